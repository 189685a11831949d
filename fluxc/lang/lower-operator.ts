/**
 * Operators, comparisons and conversions in FIR.
 *
 * Integers of 8 and 16 bits are i32 that hold the value extended by its type's sign. What may leave that range is
 * brought back at once by `normalised`, so every other operation can rely on it.
 */
import { Cond, Op, TrapCode } from '../fir/ops.ts';
import { Type } from '../fir/types.ts';
import type { Lowering, Value } from './lowering.ts';
import { representationOf, scalarPart } from './representation.ts';
import type { ArithmeticOp, CompareOp } from './typed-tree.ts';
import { type EnumType, type FluxType, type IntType, isFloat, membersOf, prune } from './types.ts';

/** Brings an i32 back into the range of an 8 or 16 bit type. */
export function normalised(l: Lowering, value: number, type: IntType): number {
  if (type.bits >= 32) return value;
  if (type.signed) return l.emit(type.bits === 8 ? Op.Sext8 : Op.Sext16, Type.I32, value);
  return l.emit(Op.And, Type.I32, value, l.i32(type.bits === 8 ? 0xff : 0xffff));
}

function firType(type: IntType): Type {
  return type.bits === 64 ? Type.I64 : Type.I32;
}

/** The integer type that a value of an integer or enum type is held as. */
export function integerOf(type: FluxType): IntType {
  const pruned = prune(type);
  if (pruned.kind === 'int') return pruned;
  if (pruned.kind === 'enum') return pruned.base;
  throw new Error(`${pruned.kind} is no integer`);
}

const FLOAT_OPS: Partial<Record<ArithmeticOp, Op>> = { '+': Op.Fadd, '-': Op.Fsub, '*': Op.Fmul, '/': Op.Fdiv };
const BIT_OPS: Partial<Record<ArithmeticOp, Op>> = { '&': Op.And, '|': Op.Or, '^': Op.Xor };

/** `a op b`; for shifts `b` is of type `right`, else both are of type `type`. */
export function arithmetic(
  l: Lowering, op: ArithmeticOp, type: FluxType, a: number, b: number, right: FluxType,
): number {
  const pruned = prune(type);
  if (pruned.kind === 'float') return l.emit(FLOAT_OPS[op]!, scalarPart(pruned)!.type, a, b);
  if (pruned.kind === 'bool') return l.emit(BIT_OPS[op]!, Type.Bool, a, b);
  const int = integerOf(pruned);
  const fir = firType(int);
  switch (op) {
    case '+': return normalised(l, l.emit(Op.Add, fir, a, b), int);
    case '-': return normalised(l, l.emit(Op.Sub, fir, a, b), int);
    case '*': return normalised(l, l.emit(Op.Mul, fir, a, b), int);
    // The least number by -1 is the only quotient out of range, and only signed types have it.
    case '/': return int.signed ? normalised(l, l.emit(Op.Sdiv, fir, a, b), int) : l.emit(Op.Udiv, fir, a, b);
    case '%': return l.emit(int.signed ? Op.Srem : Op.Urem, fir, a, b);
    case '&': case '|': case '^': return l.emit(BIT_OPS[op]!, fir, a, b);
    case '<<': return normalised(l, l.emit(Op.Shl, fir, a, shiftCount(l, b, right, int)), int);
    case '>>': return l.emit(int.signed ? Op.Ashr : Op.Lshr, fir, a, shiftCount(l, b, right, int));
  }
}

/** A shift count in the FIR type of what is shifted, modulo its width. For 32 and 64 bits FIR does that itself. */
export function shiftCount(l: Lowering, count: number, type: FluxType, shifted: IntType): number {
  const from = integerOf(type);
  let value = count;
  if (from.bits === 64 && shifted.bits < 64) value = l.emit(Op.Trunc, Type.I32, count);
  else if (from.bits < 64 && shifted.bits === 64) value = l.emit(Op.Zext, Type.I64, count);
  return shifted.bits >= 32 ? value : l.emit(Op.And, Type.I32, value, l.i32(shifted.bits - 1));
}

export function negate(l: Lowering, type: FluxType, a: number): number {
  if (isFloat(type)) return l.emit(Op.Fneg, scalarPart(type)!.type, a);
  const int = integerOf(type);
  return normalised(l, l.emit(Op.Neg, firType(int), a), int);
}

export function complement(l: Lowering, type: FluxType, a: number): number {
  const int = integerOf(type);
  const value = l.emit(Op.Not, firType(int), a);
  return int.signed ? value : normalised(l, value, int);
}

const SIGNED: Record<CompareOp, Cond> = {
  '==': Cond.Eq, '!=': Cond.Ne, '<': Cond.Slt, '<=': Cond.Sle, '>': Cond.Sgt, '>=': Cond.Sge,
};
const UNSIGNED: Record<CompareOp, Cond> = {
  '==': Cond.Eq, '!=': Cond.Ne, '<': Cond.Ult, '<=': Cond.Ule, '>': Cond.Ugt, '>=': Cond.Uge,
};

/** A bool: `a op b`, both of type `type`. */
export function compare(l: Lowering, op: CompareOp, type: FluxType, a: Value, b: Value): number {
  const pruned = prune(type);
  if (pruned.kind === 'float') return l.emit(Op.Fcmp, Type.Bool, a.a, b.a, 0, SIGNED[op]);
  if (representationOf(pruned).kind === 'pair' && pruned.kind === 'optional') {
    // Equal if both are null, or both are there and equal.
    const sameFlag = l.icmp(Cond.Eq, a.a, b.a);
    const sameValue = compare(l, '==', pruned.of, { a: a.b, b: 0 }, { a: b.b, b: 0 });
    const isAbsent = l.emit(Op.Not, Type.Bool, a.a);
    const equal = l.emit(Op.And, Type.Bool, sameFlag, l.emit(Op.Or, Type.Bool, isAbsent, sameValue));
    return op === '==' ? equal : l.emit(Op.Not, Type.Bool, equal);
  }
  const isSigned = pruned.kind === 'int' && pruned.signed;
  return l.icmp((isSigned ? SIGNED : UNSIGNED)[op], a.a, b.a);
}

/** An integer of type `from` as an i64, extended by its sign. */
export function widened(l: Lowering, value: number, from: IntType): number {
  if (from.bits === 64) return value;
  return l.emit(from.signed ? Op.Sext : Op.Zext, Type.I64, value);
}

/** What `as` makes of a value. */
export function convert(l: Lowering, value: number, source: FluxType, target: FluxType): number {
  const from = prune(source);
  const to = prune(target);
  if (to.kind === 'int') {
    if (from.kind === 'int' || from.kind === 'enum') return resized(l, value, integerOf(from), to);
    if (from.kind === 'bool') return l.emit(Op.Zext, firType(to), value);
    if (from.kind === 'float') return fromFloat(l, value, to);
    return l.emit(Op.Bitcast, Type.I64, value);
  }
  if (to.kind === 'float') {
    if (from.kind === 'float') {
      if (from.bits === to.bits) return value;
      return l.emit(to.bits === 64 ? Op.Fpromote : Op.Fdemote, scalarPart(to)!.type, value);
    }
    return l.emit(integerOf(from).signed ? Op.Sitof : Op.Uitof, scalarPart(to)!.type, value);
  }
  if (to.kind === 'enum') return from === to ? value : checkedMember(l, value, integerOf(from), to);
  const type = scalarPart(to)!.type;
  return type === scalarPart(from)!.type ? value : l.emit(Op.Bitcast, type, value);
}

function resized(l: Lowering, value: number, from: IntType, to: IntType): number {
  if (to.bits === 64) return widened(l, value, from);
  const narrow = from.bits === 64 ? l.emit(Op.Trunc, Type.I32, value) : value;
  const isWider = from.bits < to.bits && (!from.signed || to.signed);
  const isSame = from.bits === to.bits && from.signed === to.signed;
  return to.bits === 32 || isWider || isSame ? narrow : normalised(l, narrow, to);
}

/** Saturates at the type's ends; FIR does it for 32 and 64 bits. */
function fromFloat(l: Lowering, value: number, to: IntType): number {
  const whole = l.emit(to.signed ? Op.Ftosi : Op.Ftoui, firType(to), value);
  if (to.bits >= 32) return whole;
  const bits = to.signed ? to.bits - 1 : to.bits;
  const most = l.i32(2 ** bits - 1);
  const below = l.emit(Op.Select, Type.I32, l.icmp(to.signed ? Cond.Sgt : Cond.Ugt, whole, most), most, whole);
  if (!to.signed) return below;
  const least = l.i32(-(2 ** bits));
  return l.emit(Op.Select, Type.I32, l.icmp(Cond.Slt, below, least), least, below);
}

/** An integer as an enum: traps bad_enum if no member has the number. */
function checkedMember(l: Lowering, value: number, from: IntType, to: EnumType): number {
  const wide = widened(l, value, from);
  const numbers = [...membersOf(to).values()].sort((a, b) => (a < b ? -1 : 1));
  let isWrong: number;
  if (numbers.length > 0 && numbers[numbers.length - 1]! - numbers[0]! === BigInt(numbers.length - 1)) {
    const fromFirst = numbers[0] === 0n ? wide : l.emit(Op.Sub, Type.I64, wide, l.i64(numbers[0]!));
    isWrong = l.icmp(Cond.Ugt, fromFirst, l.i64(numbers.length - 1));
  } else {
    isWrong = l.bool(true);
    for (const number of numbers) isWrong = l.emit(Op.And, Type.Bool, isWrong, l.icmp(Cond.Ne, wide, l.i64(number)));
  }
  l.trapIf(isWrong, TrapCode.BadEnum);
  return resized(l, value, from, to.base);
}
