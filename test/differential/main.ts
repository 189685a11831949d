/**
 * The command behind `scripts/differential.mjs`: random programs on chosen corners, as many as asked for, mismatches
 * reduced and kept as regressions.
 */
import { parseArgs } from 'node:util';
import { compare, makeSet } from './batch.ts';
import { ALL_CORNERS, CORNERS } from './corners.ts';
import { reduceAndKeep } from './regressions.ts';

const USAGE = `node scripts/differential.mjs [options]

  --count N        programs (default 1000)
  --seed S         seed of the first one (default 1)
  --batch B        programs that are compiled together (default 250)
  --corners a,b    ${ALL_CORNERS.join(', ')}
                   (default: all but c-sanitized)
  --keep           reduce the first mismatch of each corner and keep it in test/differential/regressions

Ends with status 1 if a corner differs from the interpreter.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' },
      batch: { type: 'string', default: '250' }, corners: { type: 'string' },
      keep: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
    },
  });
  const names = values.corners?.split(',') ?? ALL_CORNERS.filter((name) => name !== 'c-sanitized');
  const numbers = [values.count, values.seed, values.batch].map(Number);
  const wrongNumber = numbers.some((number) => !Number.isInteger(number) || number < 1);
  if (values.help || wrongNumber || names.some((name) => !CORNERS[name])) {
    process.stdout.write(USAGE);
    return values.help ? 0 : 1;
  }
  const [count, seed, batch] = numbers as [number, number, number];
  let wrong = 0;
  const kept = new Set<string>();
  for (let done = 0, next = seed; done < count;) {
    const set = makeSet(next, Math.min(batch, count - done));
    for (const name of names) {
      const started = performance.now();
      const corner = CORNERS[name]!();
      const mismatches = await compare(set, corner);
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      const which = `${set.seeds.length} programs from seed ${next}`;
      process.stdout.write(`${name}: ${which}, ${mismatches.length} differ, ${seconds} s\n`);
      for (const { seed: at, expected, got } of mismatches.slice(0, 10)) {
        process.stdout.write(`  seed ${at}: expected ${expected}, got ${got.slice(0, 500)}\n`);
      }
      wrong += mismatches.length;
      if (values.keep && mismatches.length > 0 && !kept.has(name)) {
        kept.add(name);
        process.stdout.write(`  kept as ${await reduceAndKeep(mismatches[0]!.seed, corner)}\n`);
      }
    }
    done += set.seeds.length;
    next = set.seeds[set.seeds.length - 1]! + 1;
  }
  return wrong === 0 ? 0 : 1;
}

process.exitCode = await main();
