/** The built-in functions in FIR. */
import { Func } from '../fir/function.ts';
import { Access, Cond, Op, TrapCode } from '../fir/ops.ts';
import { Type } from '../fir/types.ts';
import { lineOf } from './lower-answer.ts';
import { runDefers } from './lower-block.ts';
import { compare, convert, integerOf, negate, normalised, shiftCount, widened } from './lower-operator.ts';
import { type Lowering, NO_VALUE, type Value } from './lowering.ts';
import { scalarPart } from './representation.ts';
import type { TypedExpr } from './typed-tree.ts';
import { type IntType, isFloat, layoutOf, prune, U32, U64 } from './types.ts';

type BuiltInExpr = Extract<TypedExpr, { kind: 'builtIn' }>;

export function lowerBuiltIn(l: Lowering, expr: BuiltInExpr): Value {
  const values = expr.args.map((argument) => l.lowerValue(argument));
  l.loc = expr.span.start;
  const first = values[0]!;
  const second = values[1] ?? NO_VALUE;
  const one = (a: number): Value => ({ a, b: 0 });
  const type = prune(expr.type);
  switch (expr.name) {
    case 'min': case 'max': {
      const isFirst = compare(l, expr.name === 'min' ? '<' : '>', type, first, second);
      return one(l.emit(Op.Select, scalarPart(type)!.type, isFirst, first.a, second.a));
    }
    case 'abs': {
      if (isFloat(type)) return one(l.emit(Op.Fabs, scalarPart(type)!.type, first.a));
      const fir = scalarPart(type)!.type;
      const isNegative = l.icmp(Cond.Slt, first.a, l.zero(fir));
      return one(l.emit(Op.Select, fir, isNegative, negate(l, type, first.a), first.a));
    }
    case 'sqrt': return one(l.emit(Op.Fsqrt, scalarPart(type)!.type, first.a));
    case 'leading_zeros': case 'trailing_zeros': case 'count_ones': {
      const from = integerOf(expr.args[0]!.type);
      return one(convert(l, countBits(l, expr.name, first.a, from), from.bits === 64 ? U64 : U32, type));
    }
    case 'byte_swap': return one(swapBytes(l, first.a, integerOf(type)));
    case 'rotate_left': return one(rotate(l, first.a, second.a, expr));
    case 'assert':
      l.trapIf(l.emit(Op.Not, Type.Bool, first.a), TrapCode.AssertFailed);
      return NO_VALUE;
    case 'expect': {
      const holds = l.newBlock();
      const fails = l.newBlock();
      l.brif(first.a, holds, fails);
      l.start(fails);
      runDefers(l, 0);
      l.f.ret(l.block, [l.i32(lineOf(l, expr.span.start))], expr.span.start);
      l.start(holds);
      return NO_VALUE;
    }
    case 'slice': return { a: first.a, b: widened(l, second.a, integerOf(expr.args[1]!.type)) };
    case 'copy': {
      const of = prune(expr.args[0]!.type);
      l.trapIf(l.icmp(Cond.Ult, first.b, second.b), TrapCode.OutOfBounds);
      const bytes = l.scaled(second.b, of.kind === 'slice' ? layoutOf(of.of).size : 1);
      const signature = l.module.signature([Type.Ptr, Type.Ptr, Type.I64], []);
      l.f.call(l.block, Type.Void, copyFunction(l), signature, [first.a, second.a, bytes], l.loc);
      return NO_VALUE;
    }
    case 'fill':
      l.emit(Op.Memfill, Type.Void, first.a, second.a, first.b);
      return NO_VALUE;
  }
}

/** The bits of a narrow integer without its sign's copies. */
function bare(l: Lowering, value: number, type: IntType): number {
  if (!type.signed || type.bits >= 32) return value;
  return l.emit(Op.And, Type.I32, value, l.i32(type.bits === 8 ? 0xff : 0xffff));
}

function countBits(l: Lowering, name: BuiltInExpr['name'], value: number, type: IntType): number {
  const fir = type.bits === 64 ? Type.I64 : Type.I32;
  const bits = bare(l, value, type);
  if (name === 'count_ones') return l.emit(Op.Popcnt, fir, bits);
  if (name === 'leading_zeros') {
    const count = l.emit(Op.Clz, fir, bits);
    return type.bits >= 32 ? count : l.emit(Op.Sub, fir, count, l.i32(32 - type.bits));
  }
  // A one just above the narrow type stops the count there.
  const stopped = type.bits >= 32 ? bits : l.emit(Op.Or, fir, bits, l.i32(1 << type.bits));
  return l.emit(Op.Ctz, fir, stopped);
}

function swapBytes(l: Lowering, value: number, type: IntType): number {
  if (type.bits === 8) return value;
  const swapped = l.emit(Op.Bswap, type.bits === 64 ? Type.I64 : Type.I32, value);
  if (type.bits !== 16) return swapped;
  return l.emit(type.signed ? Op.Ashr : Op.Lshr, Type.I32, swapped, l.i32(16));
}

function rotate(l: Lowering, value: number, bits: number, expr: BuiltInExpr): number {
  const type = integerOf(expr.type);
  const count = shiftCount(l, bits, expr.args[1]!.type, type);
  if (type.bits >= 32) return l.emit(Op.Rotl, type.bits === 64 ? Type.I64 : Type.I32, value, count);
  const whole = bare(l, value, type);
  const left = l.emit(Op.Shl, Type.I32, whole, count);
  // Counts of 0 shift right by the whole width, which gives 0 from a bare value.
  const right = l.emit(Op.Lshr, Type.I32, whole, l.emit(Op.Sub, Type.I32, l.i32(type.bits), count));
  return normalised(l, l.emit(Op.Or, Type.I32, left, right), type);
}

const COPY = 'flux.copy';

/** The function behind `copy`: bytes that may overlap. Made once a build, at first use. */
function copyFunction(l: Lowering): number {
  const known = l.module.find(COPY);
  if (known !== undefined) return known;
  const f = new Func(COPY, { params: [Type.Ptr, Type.Ptr, Type.I64], results: [] });
  const index = l.module.defineFunction(COPY, f, 0);
  const inner = l.another(f);
  const to = f.addParam(0, Type.Ptr);
  const from = f.addParam(0, Type.Ptr);
  const bytes = f.addParam(0, Type.I64);
  const backward = inner.newBlock();
  const ahead = inner.newBlock();
  const forward = inner.newBlock();
  const apart = inner.newBlock();
  const done = inner.newBlock();
  const distance = (a: number, b: number) =>
    inner.emit(Op.Sub, Type.I64, inner.emit(Op.Bitcast, Type.I64, a), inner.emit(Op.Bitcast, Type.I64, b));
  // The end that is written first must not be one that is still to be read.
  inner.brif(inner.icmp(Cond.Ult, distance(to, from), bytes), backward, ahead);
  inner.start(ahead);
  inner.brif(inner.icmp(Cond.Ult, distance(from, to), bytes), forward, apart);
  inner.start(apart);
  inner.emit(Op.Memcopy, Type.Void, to, from, bytes);
  inner.jump(done);
  inner.start(backward);
  byteLoop(inner, to, from, bytes, true, done);
  inner.start(forward);
  byteLoop(inner, to, from, bytes, false, done);
  inner.start(done);
  f.ret(inner.block, []);
  inner.finish();
  return index;
}

function byteLoop(l: Lowering, to: number, from: number, bytes: number, isBackward: boolean, done: number): void {
  const head = l.newBlock();
  const body = l.newBlock();
  const count = l.f.addParam(head, Type.I64);
  l.jump(head, [isBackward ? bytes : l.i64(0)]);
  l.start(head);
  l.brif(l.icmp(Cond.Eq, count, isBackward ? l.i64(0) : bytes), done, body);
  l.start(body);
  const next = l.emit(Op.Add, Type.I64, count, l.i64(isBackward ? -1 : 1));
  const at = isBackward ? next : count;
  const byte = l.f.load(l.block, Type.I32, Access.U8, l.emit(Op.Ptradd, Type.Ptr, from, at));
  l.f.store(l.block, Access.U8, l.emit(Op.Ptradd, Type.Ptr, to, at), byte);
  l.jump(head, [next]);
}
