/** Division by constants gives the quotients and remainders that division gives. */
import { expect, test } from 'vitest';
import { Func } from '../../fluxc/fir/function.ts';
import { Interpreter } from '../../fluxc/fir/interpret.ts';
import { Module } from '../../fluxc/fir/module.ts';
import { Op, OPS } from '../../fluxc/fir/ops.ts';
import { divideByConstants } from '../../fluxc/fir/passes/divide-by-constant.ts';
import { Type } from '../../fluxc/fir/types.ts';
import { verifyModule } from '../../fluxc/fir/verify.ts';
import { Random } from '../random.ts';

const OPERATIONS = [Op.Sdiv, Op.Udiv, Op.Srem, Op.Urem];

function divisors(width: bigint): bigint[] {
  const random = new Random(7);
  const list = new Set<bigint>();
  for (let small = 1n; small <= 64n; small++) list.add(small);
  for (const divisor of [100n, 125n, 365n, 625n, 641n, 1000n, 1461n, 10000n, 1000000n, 0x55555555n, 0xaaaaaaabn]) {
    list.add(divisor);
  }
  for (let bit = 3n; bit < width; bit++) for (const near of [-1n, 0n, 1n]) list.add((1n << bit) + near);
  list.add((1n << width) - 1n).add((1n << width) - 2n);
  for (let i = 0; i < 60; i++) {
    const bits = BigInt(1 + random.below(Number(width)));
    list.add(1n + BigInt.asUintN(Number(bits), (BigInt(random.word()) << 32n) | BigInt(random.word())));
  }
  return [...list].filter((divisor) => divisor < 1n << width).flatMap((divisor) => [divisor, -divisor]);
}

function dividends(width: bigint, divisor: bigint): bigint[] {
  const random = new Random(11);
  const least = -(1n << (width - 1n));
  const list = [0n, 1n, 2n, -1n, -2n, least, least + 1n, -least - 1n, (1n << width) - 1n, (1n << width) - 2n];
  for (const times of [1n, 2n, 3n, -least / divisor, least / divisor, (1n << width) / divisor]) {
    for (const near of [-1n, 0n, 1n]) list.push(times * divisor + near);
  }
  for (let i = 0; i < 12; i++) list.push((BigInt(random.word()) << 32n) | BigInt(random.word()));
  return list.map((value) => BigInt.asIntN(Number(width), value));
}

test.each([[Type.I32, 32n], [Type.I64, 64n]] as const)('type %s', (type, width) => {
  const module = new Module('division');
  const all = divisors(width);
  for (const divisor of all) {
    for (const op of OPERATIONS) {
      const name = `${OPS[op]!.name} ${divisor}`;
      const f = new Func(name, { params: [type], results: [type] });
      f.addBlock();
      const x = f.addParam(0, type);
      const constant = f.iconst(0, type, Number(BigInt.asIntN(32, divisor)), Number(BigInt.asIntN(32, divisor >> 32n)));
      f.ret(0, [f.append(0, op, type, x, constant)]);
      module.defineFunction(name, f, 0);
    }
  }
  const run = () => {
    const interpreter = new Interpreter(module);
    return all.flatMap((divisor) => OPERATIONS.flatMap((op) => dividends(width, divisor).map((value) => {
      const outcome = interpreter.call(`${OPS[op]!.name} ${divisor}`, [value]);
      return `${value} ${OPS[op]!.name} ${divisor} = ${outcome.kind === 'results' ? outcome.results[0] : outcome.kind}`;
    })));
  };
  const before = run();
  for (const f of module.functions()) divideByConstants(f);
  expect(verifyModule(module)).toEqual([]);
  const after = run();
  const wrong = after.filter((text, index) => text !== before[index]).slice(0, 10);
  expect(wrong).toEqual([]);
});
