/** `simplify`: rules for integer and bitwise arithmetic. Constants stand on the right when these are asked. */
import type { Func } from '../function.ts';
import { Cond, Op } from '../ops.ts';
import { isInteger, Type } from '../types.ts';
import { foldBinary, foldUnary, high, low } from './fold.ts';
import type { Rewriter } from './rewriter.ts';

export function simplifyUnary(s: Rewriter, id: number): number {
  const { f } = s;
  const op = f.op[id]! as Op;
  const type = f.type[id]! as Type;
  const a = f.a[id]!;
  if (s.isConstant(a) && foldUnary(op, type, s.typeOfA(id), f.a[a]!, f.b[a]!)) {
    return s.constants.integer(type, low, high);
  }
  const inner = f.op[a]! as Op;
  switch (op) {
    case Op.Neg:
      if (inner === Op.Neg) return f.a[a]!;
      return inner === Op.Sub && s.usedOnce(a) ? s.become(Op.Sub, f.b[a]!, f.a[a]!) : 0;
    case Op.Not:
      if (inner === Op.Not) return f.a[a]!;
      if (type !== Type.Bool) return 0;
      if (inner === Op.Icmp) return s.become(Op.Icmp, f.a[a]!, f.b[a]!, 0, f.aux[a]! ^ 1);
      if (inner === Op.Fcmp && f.aux[a]! <= Cond.Ne) return s.become(Op.Fcmp, f.a[a]!, f.b[a]!, 0, f.aux[a]! ^ 1);
      return 0;
    case Op.Bswap: return inner === Op.Bswap ? f.a[a]! : 0;
    default: return 0;
  }
}

export function simplifyBinary(s: Rewriter, id: number): number {
  const { f } = s;
  const op = f.op[id]! as Op;
  const type = f.type[id]! as Type;
  const a = f.a[id]!;
  const b = f.b[id]!;
  if (s.isConstant(b)) {
    if (s.isConstant(a)) {
      return foldBinary(op, type, f.a[a]!, f.b[a]!, f.a[b]!, f.b[b]!) ? s.constants.integer(type, low, high) : 0;
    }
    const chained = isAssociative(op) && f.op[a] === op ? combine(s, id, op, type) : 0;
    if (chained) return chained;
  }
  switch (op) {
    case Op.Add: return add(s, f, a, b, type);
    case Op.Sub: return subtract(s, f, a, b, type);
    case Op.Mul: return multiply(s, f, a, b, type);
    case Op.Smulh: return s.is(b, 0) ? b : 0;
    case Op.Umulh: return s.is(b, 0) ? b : s.is(b, 1) ? s.int(type, 0) : 0;
    case Op.And: return and(s, f, a, b, type);
    case Op.Or: return or(s, f, a, b, type);
    case Op.Xor: return exclusiveOr(s, f, a, b, type);
    case Op.Shl: case Op.Lshr: case Op.Ashr: case Op.Rotl: return shift(s, f, id, op, type);
    default: return 0;
  }
}

function isAssociative(op: Op): boolean {
  return op === Op.Add || op === Op.Mul || op === Op.And || op === Op.Or || op === Op.Xor;
}

/** (x op c1) op c2 is x op (c1 op c2). */
function combine(s: Rewriter, id: number, op: Op, type: Type): number {
  const { f } = s;
  const inner = f.a[id]!;
  const first = f.b[inner]!;
  const second = f.b[id]!;
  if (!s.isConstant(first) || !foldBinary(op, type, f.a[first]!, f.b[first]!, f.a[second]!, f.b[second]!)) return 0;
  return s.become(op, f.a[inner]!, s.constants.integer(type, low, high));
}

/** `a` op `b` of two constants. */
function constant(s: Rewriter, op: Op, type: Type, a: number, b: number): number {
  const { f } = s;
  foldBinary(op, type, f.a[a]!, f.b[a]!, f.a[b]!, f.b[b]!);
  return s.constants.integer(type, low, high);
}

function add(s: Rewriter, f: Func, a: number, b: number, type: Type): number {
  if (s.is(b, 0)) return a;
  if (f.op[b] === Op.Neg) return s.become(Op.Sub, a, f.a[b]!);
  if (f.op[a] === Op.Neg) return s.become(Op.Sub, b, f.a[a]!);
  if (f.op[a] === Op.Sub) {
    if (f.b[a] === b) return f.a[a]!;
    if (s.isConstant(b) && s.isConstant(f.a[a]!)) {
      return s.become(Op.Sub, constant(s, Op.Add, type, f.a[a]!, b), f.b[a]!);
    }
  }
  return f.op[b] === Op.Sub && f.b[b] === a ? f.a[b]! : 0;
}

function subtract(s: Rewriter, f: Func, a: number, b: number, type: Type): number {
  if (a === b) return s.int(type, 0);
  if (s.isConstant(b)) {
    foldUnary(Op.Neg, type, type, f.a[b]!, f.b[b]!);
    return s.become(Op.Add, a, s.constants.integer(type, low, high));
  }
  if (s.is(a, 0)) return s.become(Op.Neg, b);
  if (f.op[b] === Op.Neg) return s.become(Op.Add, a, f.a[b]!);
  if (f.op[a] === Op.Add) {
    if (f.a[a] === b) return f.b[a]!;
    if (f.b[a] === b) return f.a[a]!;
  }
  if (f.op[b] === Op.Sub && f.a[b] === a) return f.b[b]!;
  if (f.op[b] === Op.Add && s.isConstant(f.b[b]!)) {
    if (f.a[b] === a) return s.make(Op.Neg, type, f.b[b]!);
    if (s.isConstant(a)) return s.become(Op.Sub, constant(s, Op.Sub, type, a, f.b[b]!), f.a[b]!);
  }
  const isAddress = (value: number) => f.op[value] === Op.Bitcast && f.type[f.a[value]!] === Type.Ptr;
  return isAddress(a) && isAddress(b) ? distance(s, f, f.a[a]!, f.a[b]!) : 0;
}

/** How far pointer `a` lies behind `b`, where both were moved from the same one by constants, and `a` perhaps by one number more. */
function distance(s: Rewriter, f: Func, a: number, b: number): number {
  const left = apart(s, f, a);
  const right = apart(s, f, b);
  if (left.pointer === right.pointer) return bytesBetween(s, left.bytes, right.bytes);
  if (f.op[left.pointer] !== Op.Ptradd) return 0;
  const before = apart(s, f, f.a[left.pointer]!);
  const moved = f.b[left.pointer]!;
  if (before.pointer !== right.pointer) return 0;
  const bytes = bytesBetween(s, left.bytes + before.bytes, right.bytes);
  return bytes === 0 || s.is(bytes, 0) ? bytes && moved : s.become(Op.Add, moved, bytes);
}

/** The difference as a constant; 0 if 32 bits do not hold it. */
function bytesBetween(s: Rewriter, a: number, b: number): number {
  return a - b === (a - b | 0) ? s.int(Type.I64, a - b) : 0;
}

/** A pointer without the constants of 32 bits that were added to it, and their sum. */
function apart(s: Rewriter, f: Func, pointer: number): { pointer: number; bytes: number } {
  let at = pointer;
  let bytes = 0;
  while (f.op[at] === Op.Ptradd && s.isConstant(f.b[at]!) && f.b[f.b[at]!] === f.a[f.b[at]!]! >> 31) {
    bytes += f.a[f.b[at]!]!;
    at = f.a[at]!;
  }
  return { pointer: at, bytes };
}

function multiply(s: Rewriter, f: Func, a: number, b: number, type: Type): number {
  if (!s.isConstant(b)) return 0;
  if (s.is(b, 0)) return b;
  if (s.is(b, 1)) return a;
  if (s.is(b, -1)) return s.become(Op.Neg, a);
  const exponent = s.exponent(b);
  if (exponent >= 0) return s.become(Op.Shl, a, s.int(type, exponent));
  if (f.op[a] !== Op.Shl || !s.isConstant(f.b[a]!)) return 0;
  return s.become(Op.Mul, f.a[a]!, constant(s, Op.Shl, type, b, f.b[a]!));
}

function and(s: Rewriter, f: Func, a: number, b: number, type: Type): number {
  if (a === b) return a;
  if (isInverse(f, a, b)) return s.int(type, 0);
  if (isAbsorbed(f, Op.Or, a, b)) return a;
  if (isAbsorbed(f, Op.Or, b, a)) return b;
  if (!s.isConstant(b)) return 0;
  if (s.is(b, 0)) return b;
  if (type === Type.Bool || s.is(b, -1)) return a;
  const [maskLow, maskHigh] = [f.a[b]!, type === Type.I32 ? 0 : f.b[b]!];
  if (covers(maskLow, maskHigh, s.significantBits(a))) return a;
  const inner = f.op[a]! as Op;
  // What the mask takes away need not be put there.
  if ((inner === Op.Or || inner === Op.Xor) && s.isConstant(f.b[a]!)) {
    const added = f.b[a]!;
    if ((f.a[added]! & maskLow) === 0 && (type === Type.I32 || (f.b[added]! & maskHigh) === 0)) {
      return s.become(Op.And, f.a[a]!, b);
    }
  }
  if ((inner === Op.Sext8 && isLow(maskLow, maskHigh, 8)) || (inner === Op.Sext16 && isLow(maskLow, maskHigh, 16))) {
    return s.become(Op.And, f.a[a]!, b);
  }
  // The mask of a shift that moved everything else out already.
  if (inner === Op.Lshr || inner === Op.Ashr) {
    const count = s.isConstant(f.b[a]!) ? f.a[f.b[a]!]! & (type === Type.I64 ? 63 : 31) : 0;
    if (inner === Op.Ashr && count > 0 && isLow(maskLow, maskHigh, (type === Type.I64 ? 64 : 32) - count)) {
      return s.become(Op.And, s.make(Op.Lshr, type, f.a[a]!, f.b[a]!), b);
    }
  }
  return 0;
}

function or(s: Rewriter, f: Func, a: number, b: number, type: Type): number {
  if (a === b || s.is(b, 0)) return a;
  if (isInverse(f, a, b)) return s.int(type, type === Type.Bool ? 1 : -1);
  if (isAbsorbed(f, Op.And, a, b)) return a;
  if (isAbsorbed(f, Op.And, b, a)) return b;
  if (s.isConstant(b)) return s.is(b, type === Type.Bool ? 1 : -1) ? b : 0;
  return type === Type.Bool ? 0 : rotation(s, f, a, b, type) || rotation(s, f, b, a, type);
}

function exclusiveOr(s: Rewriter, f: Func, a: number, b: number, type: Type): number {
  if (a === b) return s.int(type, 0);
  if (s.is(b, 0)) return a;
  if (s.is(b, type === Type.Bool ? 1 : -1)) return s.become(Op.Not, a);
  return isInverse(f, a, b) ? s.int(type, type === Type.Bool ? 1 : -1) : 0;
}

/** Is one the bitwise inverse of the other? */
function isInverse(f: Func, a: number, b: number): boolean {
  return (f.op[a] === Op.Not && f.a[a] === b) || (f.op[b] === Op.Not && f.a[b] === a);
}

/** Is `b` (a inner x): a & (a | x) and a | (a & x) are a. */
function isAbsorbed(f: Func, inner: Op, a: number, b: number): boolean {
  return f.op[b] === inner && (f.a[b] === a || f.b[b] === a);
}

/** (x << c) | (x >> width - c) is a rotation. */
function rotation(s: Rewriter, f: Func, left: number, right: number, type: Type): number {
  if (f.op[left] !== Op.Shl || f.op[right] !== Op.Lshr || f.a[left] !== f.a[right]) return 0;
  const [up, down] = [f.b[left]!, f.b[right]!];
  if (!s.isConstant(up) || !s.isConstant(down)) return 0;
  const width = type === Type.I64 ? 64 : 32;
  const [c, d] = [f.a[up]! & (width - 1), f.a[down]! & (width - 1)];
  return c > 0 && c + d === width ? s.become(Op.Rotl, f.a[left]!, up) : 0;
}

function shift(s: Rewriter, f: Func, id: number, op: Op, type: Type): number {
  const width = type === Type.I64 ? 64 : 32;
  const a = f.a[id]!;
  const b = f.b[id]!;
  if (!s.isConstant(b)) {
    if (s.is(a, 0)) return a;
    // The count is taken modulo the width anyway.
    const mask = f.op[b] === Op.And ? f.b[b]! : 0;
    return mask && s.isConstant(mask) && (f.a[mask]! & (width - 1)) === width - 1 ? s.become(op, a, f.a[b]!) : 0;
  }
  const count = f.a[b]! & (width - 1);
  if (count === 0) return a;
  if (!s.is(b, count)) return s.become(op, a, s.int(type, count));
  if (op === Op.Lshr && count >= s.significantBits(a)) return s.int(type, 0);
  if (op === Op.Ashr && s.isNonNegative(a)) return s.become(Op.Lshr, a, b);
  const inner = f.op[a]! as Op;
  const before = f.b[a]!;
  if (op === Op.Lshr && (inner === Op.Or || inner === Op.Xor)) {
    // What was put into bits that are shifted out.
    if (s.significantBits(before) <= count) return s.become(op, f.a[a]!, b);
    if (s.significantBits(f.a[a]!) <= count) return s.become(op, before, b);
  }
  if (inner < Op.Shl || inner > Op.Rotl || !s.isConstant(before)) return 0;
  const first = f.a[before]! & (width - 1);
  const x = f.a[a]!;
  if (inner === op) {
    if (op === Op.Rotl) return s.become(op, x, s.int(type, (first + count) & (width - 1)));
    if (first + count < width) return s.become(op, x, s.int(type, first + count));
    return op === Op.Ashr ? s.become(op, x, s.int(type, width - 1)) : s.int(type, 0);
  }
  if (first !== count) return 0;
  if (op === Op.Ashr && inner === Op.Shl) {
    if (width - count === 8) return s.become(Op.Sext8, x);
    if (width - count === 16) return s.become(Op.Sext16, x);
    return width === 64 && count === 32 ? s.make(Op.Sext, type, s.make(Op.Trunc, Type.I32, x)) : 0;
  }
  if (op === Op.Lshr && inner === Op.Shl) {
    if (width === 64 && count === 32) return s.make(Op.Zext, type, s.make(Op.Trunc, Type.I32, x));
    return width - count <= 31 ? s.become(Op.And, x, s.int(type, 2 ** (width - count) - 1)) : 0;
  }
  if (op === Op.Shl && (inner === Op.Lshr || inner === Op.Ashr) && count <= 30) {
    return s.become(Op.And, x, s.int(type, -(1 << count)));
  }
  return 0;
}

/** Has the mask all of the low `bits` bits? */
function covers(maskLow: number, maskHigh: number, bits: number): boolean {
  const lowBits = Math.min(bits, 32);
  const highBits = bits - lowBits;
  return trailingOnes(maskLow) >= lowBits && trailingOnes(maskHigh) >= highBits;
}

/** Has the mask only some of the low `bits` bits? */
function isLow(maskLow: number, maskHigh: number, bits: number): boolean {
  return 32 - Math.clz32(maskLow) <= bits && (maskHigh === 0 || 64 - Math.clz32(maskHigh) <= bits);
}

function trailingOnes(word: number): number {
  return word === -1 ? 32 : 31 - Math.clz32(~word & -~word);
}

/** Division and remainder: what needs no division. `divide-by-constant` does the rest. */
export function simplifyDivision(s: Rewriter, id: number): number {
  const { f } = s;
  const op = f.op[id]! as Op;
  const type = f.type[id]! as Type;
  const a = f.a[id]!;
  const b = f.b[id]!;
  if (f.op[b] === Op.Shl && s.is(f.a[b]!, 1) && (op === Op.Udiv || op === Op.Urem)) {
    // 1 << k is never 0.
    if (op === Op.Udiv) return s.become(Op.Lshr, a, f.b[b]!);
    return s.become(Op.And, a, s.make(Op.Add, type, b, s.int(type, -1)));
  }
  if (!s.isConstant(b) || !isInteger(type) || s.is(b, 0)) return 0;
  if (s.isConstant(a) && foldBinary(op, type, f.a[a]!, f.b[a]!, f.a[b]!, f.b[b]!)) {
    return s.constants.integer(type, low, high);
  }
  const isRemainder = op === Op.Srem || op === Op.Urem;
  const isSigned = op === Op.Sdiv || op === Op.Srem;
  if (s.is(b, 1)) return isRemainder ? s.int(type, 0) : a;
  if (isSigned && s.is(b, -1)) return isRemainder ? s.int(type, 0) : s.become(Op.Neg, a);
  const exponent = s.exponent(b);
  if (exponent < 0 || (isSigned && (!s.isNonNegative(a) || !s.isNonNegative(b)))) {
    // Of two numbers that are not negative both kinds of division are the same; unsigned is the simpler one.
    if (!isSigned || !s.isNonNegative(a) || !s.isNonNegative(b)) return 0;
    return s.become(isRemainder ? Op.Urem : Op.Udiv, a, b, 0, f.aux[id]!);
  }
  if (!isRemainder) return s.become(Op.Lshr, a, s.int(type, exponent));
  foldBinary(Op.Sub, type, f.a[b]!, f.b[b]!, 1, 0);
  return s.become(Op.And, a, s.constants.integer(type, low, high));
}
