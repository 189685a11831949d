/** The random programs are sound, varied and repeatable, and the harness sees a wrong result when there is one. */
import { expect, it } from 'vitest';
import { Module } from '../../fluxc/fir/module.ts';
import { Op, OPS, TrapCode } from '../../fluxc/fir/ops.ts';
import { parseModule } from '../../fluxc/fir/parse.ts';
import { printModule } from '../../fluxc/fir/print.ts';
import { Type } from '../../fluxc/fir/types.ts';
import { verifyModule } from '../../fluxc/fir/verify.ts';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { compare, makeSet, programOf } from './batch.ts';
import type { Corner } from './corner.ts';
import { interpreterCorner } from './interpreter-corner.ts';
import { readProgram } from './regressions.ts';
import { reduce } from './reduce.ts';

const MISSING = [Op.Nop, Op.Param, Op.Sysread, Op.Syswrite];

it('uses every operation, value type and trap', () => {
  const operations = new Set<Op>(MISSING);
  const types = new Set<Type>();
  for (let seed = 1; seed <= 200; seed++) {
    for (const f of programOf(seed).module.functions()) {
      for (const block of f.layout) {
        for (let id = f.first[block]!; id; id = f.next[id]!) {
          operations.add(f.op[id]! as Op);
          types.add(f.type[id]! as Type);
        }
      }
    }
  }
  expect(OPS.filter((_, op) => !operations.has(op as Op)).map((row) => row.name)).toEqual([]);
  const expected = [Type.Void, Type.I32, Type.I64, Type.F32, Type.F64, Type.Ptr, Type.Func, Type.Bool, Type.Agent];
  expect([...types].sort((a, b) => a - b)).toEqual(expected.sort((a, b) => a - b));
  const traps = new Set(makeSet(1, 600).expected.map((result) => (result.kind === 'trap' ? result.code : 0)));
  expect([...traps].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, TrapCode.Explicit]);
});

it('gives the same program for the same seed, and another for another', () => {
  const texts = [7, 7, 8].map((seed) => printModule(programOf(seed, new Module('same')).module));
  expect(texts[0]).toBe(texts[1]);
  expect(texts[0]).not.toBe(texts[2]);
});

it('prints programs that parse back to the same text and stay sound', () => {
  for (let seed = 300; seed < 400; seed++) {
    const text = printModule(programOf(seed).module);
    const module = parseModule(new Sources().add('program.fir', text), new Diagnostics());
    expect(printModule(module!)).toBe(text);
    expect(verifyModule(module!)).toEqual([]);
  }
});

/** A corner with a bug: it takes the unsigned upper half of a product for the signed one. */
const wrong = () => interpreterCorner('wrong', (module) => {
  for (const f of module.functions()) {
    for (let id = 1; id < f.count; id++) if (f.op[id] === Op.Smulh) f.op[id] = Op.Umulh;
  }
});

it('finds a wrong corner, and which programs show it', async () => {
  const set = makeSet(1, 60);
  expect(await compare(set, interpreterCorner('right'))).toEqual([]);
  const mismatches = await compare(set, wrong());
  expect(mismatches.length).toBeGreaterThan(3);
  expect(mismatches.length).toBeLessThan(60);
  expect(mismatches[0]!.expected).not.toBe(mismatches[0]!.got);
});

it('halves a batch until it knows which program a corner fails on', async () => {
  const set = makeSet(1, 40);
  const bad = `p${set.seeds[17]}.main`;
  const mismatches = await compare(set, {
    name: 'throws',
    run(batch) {
      return batch.mains.includes(bad) ? Promise.reject(new Error('cannot compile')) : interpreterCorner('').run(batch);
    },
  });
  expect(mismatches.map(({ seed, got }) => [seed, got])).toEqual([[set.seeds[17], 'Error: cannot compile']]);
});

it('reduces a program to the operation that is wrong', async () => {
  const [first] = await compare(makeSet(1, 60), wrong());
  const { module, main } = programOf(first!.seed);
  const whole = printModule(module);
  const { text } = await reduce(whole, main, async (candidate) => {
    const copy = printModule(candidate);
    const run = (corner: Corner) => corner.run({ module: readProgram(copy).module, mains: [main] });
    const [right] = await run(interpreterCorner('right'));
    const [got] = await run(wrong());
    return right?.kind === 'value' && got?.kind === 'value' && right.value !== got.value;
  });
  expect(text).toContain('smulh');
  expect(text.split('\n').length).toBeLessThan(40);
  expect(verifyModule(readProgram(text).module)).toEqual([]);
}, 60_000);
