/** The long run of `scripts/random-bytecode.mjs`: seed after seed on every target, until the time is over or two of them differ. */
import { runHere, runInGuest } from './random.ts';

const HELP = `usage: node scripts/random-bytecode.mjs [--minutes <n>] [--seed <n>] [--board <name>]...

Random programs of the stack instruction sets in Node and on each board. Without boards: qemu-x86_64, qemu-arm64, qemu-riscv64.`;
const BOARDS = ['qemu-x86_64', 'qemu-arm64', 'qemu-riscv64'];
const BATCHES = 20;
const PROGRAMS = 1000;
const GUEST_SECONDS = 300;

const args = process.argv.slice(2);
const valuesOf = (option: string) => args.flatMap((arg, index) => (arg === option ? [args[index + 1] ?? ''] : []));
const numberOf = (option: string, otherwise: number) => Number(valuesOf(option)[0] ?? otherwise);

if (args.includes('--help')) {
  console.log(HELP);
} else {
  const end = Date.now() + numberOf('--minutes', 10) * 60_000;
  const boards = valuesOf('--board').length > 0 ? valuesOf('--board') : BOARDS;
  let bytes = 0;
  let steps = 0;
  for (let seed = numberOf('--seed', 1); ; seed++) {
    const plan = { seed, batches: BATCHES, programs: PROGRAMS };
    const { hashes, figures } = runHere(plan);
    bytes += figures.bytes;
    steps += figures.steps;
    for (const board of boards) {
      const others = await runInGuest(plan, board, GUEST_SECONDS);
      const batch = hashes.findIndex((hash, index) => hash !== others[index]);
      if (batch < 0) continue;
      console.log(`seed ${seed}, batch ${batch}: ${hashes[batch]} in Node, ${others[batch]} on ${board}`);
      process.exitCode = 1;
    }
    console.log(`seed ${seed}: ${(bytes / 1e6).toFixed(1)} million bytes, ${(steps / 1e6).toFixed(1)} million instructions so far, on ${boards.length + 1} targets`);
    if (process.exitCode === 1 || Date.now() > end) break;
  }
}
