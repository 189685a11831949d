/** The long run of `scripts/random-bytecode.mjs flux64`: seed after seed on every target, until the time is over or two of them differ. */
import { fuzzNative, fuzzWasm } from './fuzz.ts';

const HELP = `usage: node scripts/random-bytecode.mjs flux64 [--minutes <n>] [--seed <n>]

Random flux64 programs in Node and, under qemu-user, on x86_64, arm64 and riscv64.`;
const ARCHES = ['x86_64', 'arm64', 'riscv64'] as const;
const SEEDS = 4;
const PROGRAMS = 50_000;

const args = process.argv.slice(2);
const numberOf = (option: string, otherwise: number) => (args.includes(option) ? Number(args[args.indexOf(option) + 1]) : otherwise);

if (args.includes('--help')) {
  console.log(HELP);
} else {
  const end = Date.now() + numberOf('--minutes', 10) * 60_000;
  let bytes = 0;
  let executed = 0;
  for (let seed = numberOf('--seed', 1); ; seed += SEEDS) {
    const seeds = Array.from({ length: SEEDS }, (_, index) => seed + index);
    const { hashes, tallies } = fuzzWasm(seeds, PROGRAMS);
    for (const [index, tally] of tallies.entries()) {
      bytes += tally.bytes;
      executed += tally.executed;
      if (hashes[index] === '0x0') report(`seed ${seeds[index]}: ${JSON.stringify(tally)}`);
    }
    for (const name of ARCHES) {
      const others = await fuzzNative(name, seeds, PROGRAMS);
      others.forEach((other, index) => {
        if (other !== hashes[index]) report(`seed ${seeds[index]}: ${hashes[index]} in Node, ${other} on ${name}`);
      });
    }
    console.log(`seed ${seed}: ${(bytes / 1e6).toFixed(1)} million bytes, ${(executed / 1e6).toFixed(1)} million instructions so far, on 4 targets`);
    if (process.exitCode === 1 || Date.now() > end) break;
  }
}

function report(text: string): void {
  console.log(text);
  process.exitCode = 1;
}
