/**
 * The shape of the differential tests: so many random programs on each of these corners, mismatches reduced and kept.
 */
import { describe, expect, it } from 'vitest';
import { compare, makeSet } from './batch.ts';
import { CORNERS } from './corners.ts';
import { reduceAndKeep } from './regressions.ts';

export const MINUTE = 60_000;
const BATCH = 250;
/** Time that a reduction inside the tests may take; `scripts/differential.mjs --keep` takes more. */
const REDUCTION_SECONDS = 60;

/**
 * Number of programs for each corner, and the first one's seed: corners see programs in common and some of their own.
 */
export type Plan = Readonly<Record<string, readonly [count: number, seed: number]>>;

export function testAgreement(plan: Plan): void {
  describe.each(Object.entries(plan))('%s', (name, [count, seed]) => {
    it(`agrees on ${count} random programs`, async () => {
      const corner = CORNERS[name]!();
      let next = seed;
      for (let done = 0; done < count; done += BATCH) {
        const set = makeSet(next, Math.min(BATCH, count - done));
        const mismatches = await compare(set, corner);
        const kept = mismatches.length > 0 ? await reduceAndKeep(mismatches[0]!.seed, corner, REDUCTION_SECONDS) : '';
        expect(mismatches, `the first one is reduced to ${kept}`).toEqual([]);
        next = set.seeds[set.seeds.length - 1]! + 1;
      }
    }, 10 * MINUTE);
  });
}
