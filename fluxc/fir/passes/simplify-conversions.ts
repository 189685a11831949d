/** `simplify`: rules for conversions between types, and for floats. */
import type { Func } from '../function.ts';
import { Access, ACCESS_MASK, Op, VOLATILE } from '../ops.ts';
import { isFloat, Type } from '../types.ts';
import { foldBinary, foldUnary, high, low } from './fold.ts';
import type { Rewriter } from './rewriter.ts';

export function simplifyConversion(s: Rewriter, id: number): number {
  const { f } = s;
  const op = f.op[id]! as Op;
  const type = f.type[id]! as Type;
  const a = f.a[id]!;
  const from = f.type[a]! as Type;
  const folded = foldConstant(s, f, op, type, a, from);
  if (folded) return folded;
  switch (op) {
    case Op.Sext: return signExtend(s, f, a, type);
    case Op.Zext: return zeroExtend(s, f, a, type);
    case Op.Trunc: return truncate(s, f, a, from, type);
    case Op.Sext8: return extendPart(s, f, op, a, 8, Access.U8, Access.S8);
    case Op.Sext16: return extendPart(s, f, op, a, 16, Access.U16, Access.S16);
    case Op.Bitcast:
      if (from === type) return a;
      if (type === Type.Ptr && f.op[a] === Op.Add) return pointerSum(s, f, a);
      if (f.op[a] !== Op.Bitcast) return 0;
      return f.type[f.a[a]!] === type ? f.a[a]! : s.become(Op.Bitcast, f.a[a]!);
    default: return 0;
  }
}

/** A pointer taken apart, moved as a number and put together again has moved as a pointer. */
function pointerSum(s: Rewriter, f: Func, sum: number): number {
  const isPointer = (value: number) => f.op[value] === Op.Bitcast && f.type[f.a[value]!] === Type.Ptr;
  const [x, y] = [f.a[sum]!, f.b[sum]!];
  if (isPointer(x)) return s.become(Op.Ptradd, f.a[x]!, y);
  return isPointer(y) ? s.become(Op.Ptradd, f.a[y]!, x) : 0;
}

function foldConstant(s: Rewriter, f: Func, op: Op, type: Type, a: number, from: Type): number {
  if (f.op[a] !== (isFloat(from) ? Op.Fconst : Op.Iconst) || !foldUnary(op, type, from, f.a[a]!, f.b[a]!)) return 0;
  return isFloat(type) ? s.constants.float(type, low, high) : s.constants.integer(type, low, high);
}

/** Makes a load that only `id` uses give the wider type at once; the load, or 0. */
function widenLoad(s: Rewriter, f: Func, load: number, type: Type, signed: boolean): number {
  if (f.op[load] !== Op.Load || !s.usedOnce(load) || type !== Type.I64 || f.type[load] !== Type.I32) return 0;
  const access = (f.aux[load]! & ACCESS_MASK) as Access;
  let wanted = access;
  if (access === Access.U32 || access === Access.S32) wanted = signed ? Access.S32 : Access.U32;
  else if (!signed && (access === Access.S8 || access === Access.S16)) return 0;
  f.type[load] = type;
  f.aux[load] = (f.aux[load]! & ~ACCESS_MASK) | wanted;
  return load;
}

function signExtend(s: Rewriter, f: Func, a: number, type: Type): number {
  // A zero-extended bool has no sign to extend.
  if (f.op[a] === Op.Zext) return s.become(Op.Zext, f.a[a]!);
  return widenLoad(s, f, a, type, true);
}

function zeroExtend(s: Rewriter, f: Func, a: number, type: Type): number {
  if (f.op[a] === Op.Zext) return s.become(Op.Zext, f.a[a]!);
  if (f.op[a] === Op.Trunc) {
    const x = f.a[a]!;
    const isBool = f.type[a] === Type.Bool;
    // What was narrowed and widened again is itself if nothing was lost.
    if (f.type[x] === type && s.significantBits(x) <= (isBool ? 1 : 32)) return x;
    if (isBool && f.type[x] === type) return s.become(Op.And, x, s.int(type, 1));
    if (isBool && type === Type.I64) return s.become(Op.Zext, s.make(Op.And, Type.I32, x, s.int(Type.I32, 1)));
  }
  return widenLoad(s, f, a, type, false);
}

function truncate(s: Rewriter, f: Func, a: number, from: Type, type: Type): number {
  const inner = f.op[a]! as Op;
  const x = f.a[a]!;
  const source = f.type[x]! as Type;
  if (inner === Op.Sext || inner === Op.Zext || inner === Op.Trunc) {
    if (source === type) return x;
    if (source === Type.Bool) return s.become(Op.Zext, x);
    return s.become(Op.Trunc, x);
  }
  if (type === Type.Bool) {
    const keepsLowBit = inner === Op.And && s.isConstant(f.b[a]!) && (f.a[f.b[a]!]! & 1) === 1;
    return keepsLowBit || inner === Op.Sext8 || inner === Op.Sext16 ? s.become(Op.Trunc, x) : 0;
  }
  if (from !== Type.I64) return 0;
  const b = f.b[a]!;
  // The low half of these needs the low halves of their operands only: compute on them if that takes no more
  // conversions.
  switch (inner) {
    case Op.And:
      if (s.isConstant(b) && f.a[b] === -1) return s.become(Op.Trunc, x);
      return narrowed(s, f, a, x, b);
    case Op.Add: case Op.Sub: case Op.Mul: case Op.Or: case Op.Xor: return narrowed(s, f, a, x, b);
    case Op.Shl:
      if (!s.isConstant(b) || f.a[b]! >>> 0 > 31 || !s.usedOnce(a)) return 0;
      return s.become(Op.Shl, s.make(Op.Trunc, Type.I32, x), s.int(Type.I32, f.a[b]!));
    case Op.Sext8: case Op.Sext16: return s.become(inner, s.make(Op.Trunc, Type.I32, x));
    default: return 0;
  }
}

function narrowed(s: Rewriter, f: Func, a: number, x: number, y: number): number {
  const isFree = (value: number) => s.isConstant(value) || f.op[value] === Op.Sext || f.op[value] === Op.Zext;
  if (!s.usedOnce(a) || !(isFree(x) || isFree(y))) return 0;
  const op = f.op[a]! as Op;
  return s.become(op, s.make(Op.Trunc, Type.I32, x), s.make(Op.Trunc, Type.I32, y));
}

/** sext8 and sext16: `bits` low bits by sign. */
function extendPart(s: Rewriter, f: Func, op: Op, a: number, bits: number, zeros: Access, sign: Access): number {
  if (s.significantBits(a) < bits) return a;
  const inner = f.op[a]! as Op;
  if (inner === op || inner === Op.Sext8) return a;
  if (inner === Op.Sext16) return s.become(op, f.a[a]!);
  if (inner === Op.And && s.isConstant(f.b[a]!)) {
    const mask = f.a[f.b[a]!]!;
    const wanted = 2 ** bits - 1;
    if ((mask & wanted) === wanted) return s.become(op, f.a[a]!);
  }
  if (inner !== Op.Load) return 0;
  const access = (f.aux[a]! & ACCESS_MASK) as Access;
  if (access === sign || (access === Access.S8 && bits === 16)) return a;
  if (access !== zeros || !s.usedOnce(a) || f.aux[a]! & VOLATILE) return 0;
  f.aux[a] = (f.aux[a]! & ~ACCESS_MASK) | sign;
  f.debug?.lose(a);
  return a;
}

/** Floats have few identities: signs of zero and NaNs forbid the rest. */
export function simplifyFloat(s: Rewriter, id: number): number {
  const { f } = s;
  const op = f.op[id]! as Op;
  const type = f.type[id]! as Type;
  const a = f.a[id]!;
  if (op >= Op.Fneg) {
    const folded = foldConstant(s, f, op, type, a, f.type[a]! as Type);
    if (folded) return folded;
    if (op === Op.Fneg && f.op[a] === Op.Fneg) return f.a[a]!;
    if (op === Op.Fabs && f.op[a] === Op.Fabs) return a;
    return op === Op.Fabs && f.op[a] === Op.Fneg ? s.become(Op.Fabs, f.a[a]!) : 0;
  }
  const b = f.b[id]!;
  if (f.op[b] !== Op.Fconst) return 0;
  if (f.op[a] === Op.Fconst) {
    return foldBinary(op, type, f.a[a]!, f.b[a]!, f.a[b]!, f.b[b]!) ? s.constants.float(type, low, high) : 0;
  }
  const isOne = type === Type.F32 ? f.a[b] === 0x3f800000 : f.b[b] === 0x3ff00000 && f.a[b] === 0;
  return isOne && (op === Op.Fmul || op === Op.Fdiv) ? a : 0;
}
