/**
 * Constant folding: what an operation gives for constant operands, word for word what `ops.ts` says and the interpreter
 * does. NaN results, whose bits FIR leaves open, become the one quiet NaN, so that every engine folds alike.
 *
 * `fold…` return false if they do not know; else the result's words stand in `low` and `high`.
 */
import {
  add64, ashr64, bswap32, ctz32, high as wordHigh, lshr64, mul64, popcnt32, rotl64, saturate, shl64, signed, smulh32,
  split, sub64, toFloat32, umulh32, unsigned,
} from '../arithmetic.ts';
import { Cond, Op } from '../ops.ts';
import { isFloat, Type } from '../types.ts';

/** The words of the last result: as iconst (fconst for float types) keeps them in its fields. */
export let low = 0;
export let high = 0;

const bits = new DataView(new ArrayBuffer(8));

/** The number whose bits are these words. */
export function floatOf(type: Type, lowWord: number, highWord: number): number {
  bits.setInt32(0, lowWord, true);
  if (type === Type.F32) return bits.getFloat32(0, true);
  bits.setInt32(4, highWord, true);
  return bits.getFloat64(0, true);
}

function wide(word: number): boolean {
  low = word;
  high = wordHigh;
  return true;
}

function narrow(word: number): boolean {
  low = word | 0;
  high = low >> 31;
  return true;
}

function both(lowWord: number, highWord: number): boolean {
  low = lowWord | 0;
  high = highWord | 0;
  return true;
}

function float(type: Type, value: number): boolean {
  if (value !== value) return type === Type.F32 ? both(0x7fc00000, 0) : both(0, 0x7ff80000);
  if (type === Type.F32) {
    bits.setFloat32(0, value, true);
    return both(bits.getInt32(0, true), 0);
  }
  bits.setFloat64(0, value, true);
  return both(bits.getInt32(0, true), bits.getInt32(4, true));
}

/** An operation on one constant of type `from`, to a result of type `type`. */
export function foldUnary(op: Op, type: Type, from: Type, aLow: number, aHigh: number): boolean {
  const is64 = type === Type.I64;
  switch (op) {
    case Op.Neg: return is64 ? wide(sub64(0, 0, aLow, aHigh)) : narrow(-aLow);
    case Op.Not: return type === Type.Bool ? both(aLow ^ 1, 0) : both(~aLow, ~aHigh);
    case Op.Clz: return both(is64 ? (aHigh ? Math.clz32(aHigh) : 32 + Math.clz32(aLow)) : Math.clz32(aLow), 0);
    case Op.Ctz: return both(is64 && aLow === 0 ? 32 + ctz32(aHigh) : ctz32(aLow), 0);
    case Op.Popcnt: return both(popcnt32(aLow) + (is64 ? popcnt32(aHigh) : 0), 0);
    case Op.Bswap: return is64 ? both(bswap32(aHigh), bswap32(aLow)) : narrow(bswap32(aLow));
    case Op.Sext: return both(aLow, aLow >> 31);
    case Op.Zext: return type === Type.I64 ? both(aLow, 0) : narrow(aLow);
    case Op.Trunc: return type === Type.Bool ? both(aLow & 1, 0) : narrow(aLow);
    case Op.Sext8: return narrow((aLow << 24) >> 24);
    case Op.Sext16: return narrow((aLow << 16) >> 16);
    case Op.Bitcast:
      if (type === Type.I32) return narrow(aLow);
      return both(aLow, type === Type.F32 ? 0 : aHigh);
    case Op.Fneg: return type === Type.F32 ? both(aLow ^ 0x80000000, 0) : both(aLow, aHigh ^ 0x80000000);
    case Op.Fabs: return type === Type.F32 ? both(aLow & 0x7fffffff, 0) : both(aLow, aHigh & 0x7fffffff);
    case Op.Fsqrt: return float(type, Math.sqrt(floatOf(type, aLow, aHigh)));
    case Op.Sitof: case Op.Uitof: return float(type, integerToFloat(op, type, from, aLow, aHigh));
    case Op.Ftosi: case Op.Ftoui: {
      const width = is64 ? 64n : 32n;
      const least = op === Op.Ftosi ? -(1n << (width - 1n)) : 0n;
      const word = split(saturate(floatOf(from, aLow, aHigh), least, least + (1n << width) - 1n));
      return is64 ? wide(word) : narrow(word);
    }
    case Op.Fpromote: case Op.Fdemote: return float(type, floatOf(from, aLow, aHigh));
    default: return false;
  }
}

function integerToFloat(op: Op, type: Type, from: Type, aLow: number, aHigh: number): number {
  if (from === Type.I32 && type === Type.F64) return op === Op.Sitof ? aLow : aLow >>> 0;
  const word = from === Type.I32 ? (op === Op.Sitof ? aLow >> 31 : 0) : aHigh;
  const value = op === Op.Sitof ? signed(aLow, word) : unsigned(aLow, word);
  return type === Type.F32 ? toFloat32(value) : Number(value);
}

/** An operation on two constants of its own type; divisions by zero are not folded. */
export function foldBinary(op: Op, type: Type, aLow: number, aHigh: number, bLow: number, bHigh: number): boolean {
  if (isFloat(type)) return foldFloats(op, type, floatOf(type, aLow, aHigh), floatOf(type, bLow, bHigh));
  if (type === Type.I32 || type === Type.Bool) return foldNarrow(op, type, aLow, bLow);
  switch (op) {
    case Op.Add: case Op.Ptradd: return wide(add64(aLow, aHigh, bLow, bHigh));
    case Op.Sub: return wide(sub64(aLow, aHigh, bLow, bHigh));
    case Op.Mul: return wide(mul64(aLow, aHigh, bLow, bHigh));
    case Op.And: return both(aLow & bLow, aHigh & bHigh);
    case Op.Or: return both(aLow | bLow, aHigh | bHigh);
    case Op.Xor: return both(aLow ^ bLow, aHigh ^ bHigh);
    case Op.Shl: return wide(shl64(aLow, aHigh, bLow));
    case Op.Lshr: return wide(lshr64(aLow, aHigh, bLow));
    case Op.Ashr: return wide(ashr64(aLow, aHigh, bLow));
    case Op.Rotl: return wide(rotl64(aLow, aHigh, bLow));
    case Op.Smulh: return wide(split((signed(aLow, aHigh) * signed(bLow, bHigh)) >> 64n));
    case Op.Umulh: return wide(split((unsigned(aLow, aHigh) * unsigned(bLow, bHigh)) >> 64n));
  }
  if (op < Op.Sdiv || op > Op.Urem || (bLow === 0 && bHigh === 0)) return false;
  const isSigned = op === Op.Sdiv || op === Op.Srem;
  const a = isSigned ? signed(aLow, aHigh) : unsigned(aLow, aHigh);
  const b = isSigned ? signed(bLow, bHigh) : unsigned(bLow, bHigh);
  return wide(split(op === Op.Sdiv || op === Op.Udiv ? a / b : a % b));
}

function foldNarrow(op: Op, type: Type, a: number, b: number): boolean {
  switch (op) {
    case Op.And: return narrow(a & b);
    case Op.Or: return narrow(a | b);
    case Op.Xor: return narrow(a ^ b);
  }
  if (type === Type.Bool) return false;
  switch (op) {
    case Op.Add: return narrow(a + b);
    case Op.Sub: return narrow(a - b);
    case Op.Mul: return narrow(Math.imul(a, b));
    case Op.Smulh: return narrow(smulh32(a, b));
    case Op.Umulh: return narrow(umulh32(a, b));
    case Op.Shl: return narrow(a << b);
    case Op.Lshr: return narrow(a >>> b);
    case Op.Ashr: return narrow(a >> b);
    case Op.Rotl: return narrow((a << b) | (b & 31 ? a >>> -b : 0));
  }
  if (b === 0) return false;
  switch (op) {
    case Op.Sdiv: return narrow(a / b);
    case Op.Udiv: return narrow((a >>> 0) / (b >>> 0));
    case Op.Srem: return narrow(a % b);
    case Op.Urem: return narrow((a >>> 0) % (b >>> 0));
    default: return false;
  }
}

function foldFloats(op: Op, type: Type, a: number, b: number): boolean {
  switch (op) {
    case Op.Fadd: return float(type, a + b);
    case Op.Fsub: return float(type, a - b);
    case Op.Fmul: return float(type, a * b);
    case Op.Fdiv: return float(type, a / b);
    default: return false;
  }
}

/** Does `cond` hold between two integers? Of i32 and bool the high words are their signs, as in iconst. */
export function compareIntegers(cond: Cond, aLow: number, aHigh: number, bLow: number, bHigh: number): boolean {
  const equal = aLow === bLow && aHigh === bHigh;
  const below = aHigh !== bHigh ? aHigh >>> 0 < bHigh >>> 0 : aLow >>> 0 < bLow >>> 0;
  const less = aHigh !== bHigh ? aHigh < bHigh : aLow >>> 0 < bLow >>> 0;
  switch (cond) {
    case Cond.Eq: return equal;
    case Cond.Ne: return !equal;
    case Cond.Slt: return less;
    case Cond.Sge: return !less;
    case Cond.Sgt: return !less && !equal;
    case Cond.Sle: return less || equal;
    case Cond.Ult: return below;
    case Cond.Uge: return !below;
    case Cond.Ugt: return !below && !equal;
    case Cond.Ule: return below || equal;
  }
}

/** Does `cond` (eq, ne and the signed names) hold between two floats? */
export function compareFloats(cond: Cond, a: number, b: number): boolean {
  switch (cond) {
    case Cond.Eq: return a === b;
    case Cond.Ne: return a !== b;
    case Cond.Slt: return a < b;
    case Cond.Sge: return a >= b;
    case Cond.Sgt: return a > b;
    default: return a <= b;
  }
}
