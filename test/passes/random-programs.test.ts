/**
 * Random programs mean the same after each pass alone, after passes in random orders, and after all of them; the FIR is
 * sound in between, and legalised at the end. (`test/differential` runs many more through the whole list.)
 */
import { describe, expect, test } from 'vitest';
import { Interpreter } from '../../fluxc/fir/interpret.ts';
import type { Module } from '../../fluxc/fir/module.ts';
import { type Level, optimise, type Pass, PASSES, runPass } from '../../fluxc/fir/passes/pipeline.ts';
import { printModule } from '../../fluxc/fir/print.ts';
import { verifyModule } from '../../fluxc/fir/verify.ts';
import { programOf } from '../differential/batch.ts';
import { Random } from '../random.ts';

/** Passes may add instructions to run, and slots to frames: room for both. */
const OPTIONS = { fuel: 4_000_000, stackBytes: 1 << 22 };

function resultOf(module: Module, main: string): string {
  const outcome = new Interpreter(module, OPTIONS).call(main);
  switch (outcome.kind) {
    case 'results': return `0x${BigInt.asUintN(64, outcome.results[0]!).toString(16)}`;
    case 'trap': return `trap ${outcome.trap}`;
    case 'fault': return outcome.fault;
    case 'out of fuel': return outcome.kind;
  }
}

/** Runs passes over the program of a seed; what went wrong, or ''. */
function check(seed: number, passes: readonly Pass[]): string {
  const { module, main } = programOf(seed);
  const expected = resultOf(module, main);
  for (const [index, pass] of passes.entries()) {
    runPass(pass, module, { divisionWraps: seed % 2 === 0 });
    const problems = verifyModule(module);
    const got = problems.length > 0 ? problems[0]! : resultOf(module, main);
    const sofar = passes.slice(0, index + 1).map(({ name }) => name).join(' ');
    if (got !== expected) return `seed ${seed}, ${sofar}: ${got}, not ${expected}`;
  }
  return '';
}

/** What every other pass may rely on. */
const FIRST = PASSES.filter(({ name }) => name === 'remove-unreachable' || name === 'own-edges');

describe('each pass alone', () => {
  test.each(PASSES.map((pass, index) => [pass.name, index] as const))('%s', (_, index) => {
    for (let i = 0; i < 8; i++) expect(check(100 * index + i, [...FIRST, PASSES[index]!, PASSES[index]!])).toBe('');
  });
});

test('passes in random orders', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = new Random(seed);
    expect(check(7000 + seed, [...FIRST, ...Array.from({ length: 7 }, () => random.pick(PASSES))])).toBe('');
  }
});

test.each([0, 1, 2] as const)('all passes of level %i leave legalised FIR', (level: Level) => {
  for (let seed = 1; seed <= 60; seed++) {
    const { module, main } = programOf(9000 + seed);
    const expected = resultOf(module, main);
    optimise(module, { divisionWraps: seed % 2 === 0 }, { level, verifyEach: true });
    expect([seed, verifyModule(module, { legalised: true })]).toEqual([seed, []]);
    expect([seed, resultOf(module, main)]).toEqual([seed, expected]);
  }
});

test('the same module gives the same FIR', () => {
  const texts = [0, 1].map(() => {
    const { module } = programOf(4711);
    optimise(module, { divisionWraps: false }, { level: 2 });
    return printModule(module);
  });
  expect(texts[0]).toBe(texts[1]);
});

test('passes can be watched, timed and stopped by name', () => {
  const { module } = programOf(5);
  const seen: string[] = [];
  let clock = 0;
  const timings = optimise(module, { divisionWraps: true }, {
    level: 1, stopAfter: 'fold-branches', dump: (name) => seen.push(name), now: () => (clock += 2),
  });
  expect(seen).toEqual(timings.map(({ name }) => name));
  expect(seen[seen.length - 1]).toBe('fold-branches');
  expect(timings.every(({ milliseconds }) => milliseconds === 2)).toBe(true);
  expect(new Set(PASSES.map(({ name }) => name)).size).toBe(PASSES.length);
});
