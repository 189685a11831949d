/**
 * Thousands of random programs, the same on every corner: what the FIR interpreter says holds for the passes, for the C
 * back end under GCC and for native code on x86_64, arm64 and riscv64. A program that differs is reduced, kept in
 * `regressions/`, and from then on run on every corner.
 */
import { describe, expect, it } from 'vitest';
import { compare, makeSet } from './batch.ts';
import { showResult } from './corner.ts';
import { ALL_CORNERS, CORNERS } from './corners.ts';
import { interpretProgram, reduceAndKeep, regressions, runProgram } from './regressions.ts';

const MINUTES = 60_000;
const BATCH = 250;

/** Programs of each corner, and the first one's seed: corners see some programs in common and some of their own. */
const PLAN: Readonly<Record<string, [count: number, seed: number]>> = {
  'passes-0': [500, 1],
  'passes-1': [1000, 1],
  'passes-2': [2000, 1],
  'passes-2-wrap': [500, 5000],
  'c-O0': [250, 1],
  'c-O2': [750, 1],
  'c-sanitized': [50, 9000],
  'x86_64-checked': [120, 20_001],
  'x86_64-0': [250, 1],
  'x86_64-2': [1500, 1],
  'arm64-checked': [120, 20_001],
  'arm64-0': [250, 1],
  'arm64-2': [1000, 1],
  'riscv64-checked': [120, 20_001],
  'riscv64-0': [250, 1],
  'riscv64-2': [1000, 1],
};

describe.each(Object.entries(PLAN))('%s', (name, [count, seed]) => {
  it(`agrees on ${count} random programs`, async () => {
    const corner = CORNERS[name]!();
    let next = seed;
    for (let done = 0; done < count; done += BATCH) {
      const set = makeSet(next, Math.min(BATCH, count - done));
      const mismatches = await compare(set, corner);
      // The report is the reduced program: its file is in the message.
      const kept = mismatches.length > 0 ? await reduceAndKeep(mismatches[0]!.seed, corner, 300) : '';
      expect(mismatches, `reduced to ${kept}`).toEqual([]);
      next = set.seeds[set.seeds.length - 1]! + 1;
    }
  }, 5 * MINUTES);
});

it('covers every corner', () => {
  expect(Object.keys(PLAN).sort()).toEqual([...ALL_CORNERS].sort());
});

const KEPT = regressions();
describe.runIf(KEPT.length > 0)('programs that once differed', () => {
  it.each(KEPT)('$name', async ({ text }) => {
    const expected = showResult(interpretProgram(text));
    const results = await Promise.all(ALL_CORNERS.map(async (name) => [name, showResult(await runProgram(text, CORNERS[name]!()))]));
    expect(results).toEqual(ALL_CORNERS.map((name) => [name, expected]));
  }, MINUTES);
});
