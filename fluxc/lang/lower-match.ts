/** `match` in FIR: a `switch`, or a chain of comparisons where wide ranges of integers are among the patterns. */
import { Op, TrapCode } from '../fir/ops.ts';
import { Type } from '../fir/types.ts';
import { lowerUnreachable } from './lower-answer.ts';
import { lowerBlock } from './lower-block.ts';
import { Merge } from './lower-merge.ts';
import { compare, integerOf } from './lower-operator.ts';
import type { Address, Lowering, Value } from './lowering.ts';
import type { TypedArm, TypedExpr } from './typed-tree.ts';
import { type FluxType, prune, wrap } from './types.ts';

type MatchExpr = Extract<TypedExpr, { kind: 'match' }>;

/** Ranges of up to so many values become cases of the switch. */
const CASES_OF_RANGE = 16n;

export function lowerMatch(l: Lowering, expr: MatchExpr, to: Address | null): Value {
  const subject = l.lowerValue(expr.subject).a;
  l.loc = expr.span.start;
  const merge = new Merge(l, expr.type, to);
  const blocks = expr.arms.map(() => l.newBlock());
  const otherwise = l.newBlock();
  const type = prune(expr.subject.type);
  const isWide = expr.arms.some((arm) => arm.ranges.some((range) => range.to - range.from >= CASES_OF_RANGE));
  if (type.kind === 'bool') chooseBool(l, expr, subject, blocks, otherwise);
  else if (isWide) chooseInOrder(l, expr, subject, blocks, otherwise);
  else chooseBySwitch(l, expr, subject, blocks, otherwise);
  expr.arms.forEach((arm, index) => {
    l.start(blocks[index]!);
    lowerArm(l, arm, expr.type, merge);
  });
  // Exhaustive without `_`: an enum that holds none of its numbers came through a raw pointer.
  l.start(otherwise);
  l.loc = expr.span.start;
  lowerUnreachable(l, TrapCode.BadEnum);
  // `ended` opened a block that nothing reaches; it must end too.
  merge.giveValue(to ? { a: 0, b: 0 } : l.zeroValue(expr.type));
  return merge.end();
}

function lowerArm(l: Lowering, arm: TypedArm, type: FluxType, merge: Merge): void {
  if (arm.body.kind === 'expr') {
    if (prune(type).kind === 'void') {
      l.lowerEffect(arm.body.value);
      merge.giveValue({ a: 0, b: 0 });
    } else merge.give(arm.body.value);
    return;
  }
  lowerBlock(l, arm.body.block);
  merge.giveValue(l.zeroValue(type));
}

function chooseBool(l: Lowering, expr: MatchExpr, subject: number, blocks: number[], otherwise: number): void {
  const blockOf = (value: bigint) => {
    const index = expr.arms.findIndex((arm) => arm.isDefault || arm.values.includes(value));
    return index < 0 ? otherwise : blocks[index]!;
  };
  l.brif(subject, blockOf(1n), blockOf(0n));
}

function chooseBySwitch(l: Lowering, expr: MatchExpr, subject: number, blocks: number[], otherwise: number): void {
  const int = integerOf(expr.subject.type);
  const taken = new Set<bigint>();
  const cases: { value: bigint; block: number }[] = [];
  let fallback = otherwise;
  const add = (value: bigint, block: number) => {
    const wrapped = wrap(value, int);
    if (!taken.has(wrapped)) cases.push({ value: wrapped, block });
    taken.add(wrapped);
  };
  expr.arms.forEach((arm, index) => {
    if (arm.isDefault) fallback = blocks[index]!;
    for (const value of arm.values) add(value, blocks[index]!);
    for (const range of arm.ranges) for (let value = range.from; value <= range.to; value++) add(value, blocks[index]!);
  });
  const words: number[] = [l.f.edge(fallback)];
  for (const { value, block } of cases) {
    words.push(Number(BigInt.asIntN(32, value)));
    words.push(int.bits === 64 ? Number(BigInt.asIntN(32, value >> 32n)) : Number(BigInt.asIntN(32, value)) >> 31);
    words.push(l.f.edge(block));
  }
  l.emit(Op.Switch, Type.Void, subject, l.f.list(words), cases.length);
}

function chooseInOrder(l: Lowering, expr: MatchExpr, subject: number, blocks: number[], otherwise: number): void {
  const type = expr.subject.type;
  const fir = integerOf(type).bits === 64 ? Type.I64 : Type.I32;
  const value = { a: subject, b: 0 };
  const number = (n: bigint) => ({ a: l.constant(fir, n), b: 0 });
  for (const [index, arm] of expr.arms.entries()) {
    const block = blocks[index]!;
    const test = (condition: number) => {
      const next = l.newBlock();
      l.brif(condition, block, next);
      l.start(next);
    };
    for (const wanted of arm.values) test(compare(l, '==', type, value, number(wanted)));
    for (const range of arm.ranges) {
      const above = compare(l, '>=', type, value, number(range.from));
      const below = compare(l, '<=', type, value, number(range.to));
      test(l.emit(Op.And, Type.Bool, above, below));
    }
    if (arm.isDefault) {
      l.jump(block);
      return;
    }
  }
  l.jump(otherwise);
}
