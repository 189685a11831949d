/**
 * Random and mutated bytecode through the interpreters of the stack sets, on every target: the same outcome everywhere, nothing
 * written beside the machine, nothing that runs on. `scripts/random-bytecode.mjs` runs as much as one likes.
 */
import { describe, expect, it } from 'vitest';
import { skippedBoards } from '../boot/machine-models.ts';
import { type Figures, runHere, runInGuest } from './random.ts';

const PLAN = { seed: 2026, batches: 6, programs: 1000 };
const BOARDS = ['qemu-x86_64', 'qemu-arm64', 'qemu-riscv64'];
const SKIPPED = await skippedBoards(BOARDS);

describe('random programs of the stack sets', () => {
  const here = runHere(PLAN);

  it('are millions of bytes and end in every way', () => {
    const { bytes, steps, ends }: Figures = here.figures;
    expect(bytes).toBeGreaterThan(2_000_000);
    expect(steps).toBeGreaterThan(300_000);
    for (const [outcome, count] of Object.entries(ends)) expect(count, outcome).toBeGreaterThan(50);
  });

  it('are others with another seed', () => {
    expect(runHere({ seed: 1, batches: 1, programs: 50 }).hashes).not.toEqual(runHere({ seed: 2, batches: 1, programs: 50 }).hashes);
  });

  it.for(BOARDS)('come to the same on %s as in Node', { timeout: 120_000 }, async (board, context) => {
    context.skip(SKIPPED.has(board), 'QEMU has no such machine here');
    expect(await runInGuest(PLAN, board, 60)).toEqual(here.hashes);
  });
});
