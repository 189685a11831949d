/** `simplify`: rules for comparisons and choices. */
import type { Func } from '../function.ts';
import { SymbolKind } from '../module.ts';
import { Cond, COND_SWAPPED, Op } from '../ops.ts';
import { isWide, Type } from '../types.ts';
import { compareFloats, compareIntegers, floatOf, foldBinary, foldUnary, high, low } from './fold.ts';
import type { Rewriter } from './rewriter.ts';

/** Constants up to this stay as cheap when one is added: every machine has them as immediates. */
const SMALL = 2046;

export function simplifyIntegerComparison(s: Rewriter, id: number): number {
  const { f } = s;
  const a = f.a[id]!;
  const b = f.b[id]!;
  const cond = f.aux[id]! as Cond;
  if (a === b) return s.bool(compareIntegers(cond, 0, 0, 0, 0));
  if (s.isConstant(a)) {
    if (!s.isConstant(b)) return s.become(Op.Icmp, b, a, 0, COND_SWAPPED[cond]!);
    return s.bool(compareIntegers(cond, f.a[a]!, f.b[a]!, f.a[b]!, f.b[b]!));
  }
  const widened = compareWidened(s, f, a, b, cond);
  if (widened) return widened;
  if (s.isConstant(b)) return compareConstant(s, f, a, b, cond);
  // x % n is below n; the division trapped if n is 0.
  if (f.op[a] === Op.Urem && f.b[a] === b && (cond === Cond.Ult || cond === Cond.Uge)) return s.bool(cond === Cond.Ult);
  if (f.op[b] === Op.Urem && f.b[b] === a && (cond === Cond.Ugt || cond === Cond.Ule)) return s.bool(cond === Cond.Ugt);
  if (f.op[a] === Op.Ptradd && f.op[b] === Op.Ptradd && f.a[a] === f.a[b] && cond <= Cond.Ne) {
    return s.become(Op.Icmp, f.b[a]!, f.b[b]!, 0, cond);
  }
  if (f.op[a] === Op.Ptradd && f.a[a] === b && cond <= Cond.Ne) {
    return s.become(Op.Icmp, f.b[a]!, s.int(Type.I64, 0), 0, cond);
  }
  return 0;
}

/** Comparisons of widened values are comparisons of the values. */
function compareWidened(s: Rewriter, f: Func, a: number, b: number, cond: Cond): number {
  const op = f.op[a]! as Op;
  if (op !== Op.Zext && op !== Op.Sext) return 0;
  const x = f.a[a]!;
  const narrow = f.type[x]! as Type;
  const compare = op === Op.Zext ? unsignedOf(cond) : cond;
  if (f.op[b] === op && f.type[f.a[b]!] === narrow && narrow !== Type.Bool) {
    return s.become(Op.Icmp, x, f.a[b]!, 0, compare);
  }
  if (!s.isConstant(b)) return 0;
  if (narrow === Type.Bool) {
    // 0 and 1 are all there is.
    const ifZero = compareIntegers(cond, 0, 0, f.a[b]!, f.b[b]!);
    const ifOne = compareIntegers(cond, 1, 0, f.a[b]!, f.b[b]!);
    if (ifZero === ifOne) return s.bool(ifZero);
    return ifOne ? x : s.make(Op.Not, Type.Bool, x);
  }
  const fits = op === Op.Zext ? f.b[b] === 0 : f.b[b] === f.a[b]! >> 31;
  if (fits) return s.become(Op.Icmp, x, s.int(Type.I32, f.a[b]!), 0, compare);
  // A constant that no widened value reaches: all of them compare with it as 0 does.
  if (cond <= Cond.Ne) return s.bool(cond === Cond.Ne);
  return op === Op.Zext || cond <= Cond.Sle ? s.bool(compareIntegers(cond, 0, 0, f.a[b]!, f.b[b]!)) : 0;
}

function unsignedOf(cond: Cond): Cond {
  return cond >= Cond.Slt && cond <= Cond.Sle ? cond + 4 : cond;
}

function compareConstant(s: Rewriter, f: Func, a: number, b: number, cond: Cond): number {
  const type = f.type[a]! as Type;
  if (type === Type.Bool) return (cond === Cond.Eq) === s.is(b, 1) ? a : s.make(Op.Not, Type.Bool, a);
  const wide = isWide(type);
  const [cLow, cHigh] = [f.a[b]!, f.b[b]!];
  if (cond > Cond.Ne) {
    const extreme = atExtreme(s, cond, cLow, cHigh, wide, a, b);
    if (extreme) return extreme;
    // Only "less" and "not less" with a constant: fewer comparisons that mean the same.
    const next = cond === Cond.Sgt ? Cond.Sge : cond === Cond.Sle ? Cond.Slt : cond === Cond.Ugt ? Cond.Uge
      : cond === Cond.Ule ? Cond.Ult : cond;
    const wraps = cLow === -1 && cond >= Cond.Ult;
    if (next !== cond && cHigh === cLow >> 31 && cLow >= -SMALL && cLow <= SMALL && !wraps) {
      return s.become(Op.Icmp, a, s.int(type, cLow + 1), 0, next);
    }
    const known = byRange(s, f, a, b, cond, wide);
    if (known) return known;
  } else {
    const width = s.significantBits(a);
    const needed = wide && cHigh !== 0 ? 64 - Math.clz32(cHigh) : 32 - Math.clz32(cLow);
    if (needed > width) return s.bool(cond === Cond.Ne);
  }
  if (cond <= Cond.Ne) {
    const inverted = s.usedOnce(a) ? invertible(s, f, a, b, type) : 0;
    if (inverted) return s.become(Op.Icmp, f.a[a]!, inverted, 0, cond);
    if ((f.op[a] === Op.Sub || f.op[a] === Op.Xor) && s.is(b, 0) && s.usedOnce(a)) {
      return s.become(Op.Icmp, f.a[a]!, f.b[a]!, 0, cond);
    }
    if (s.is(b, 0) && isObject(s, f, a)) return s.bool(cond === Cond.Ne);
  }
  // An unsigned comparison with a power of two that is about the sign bit alone.
  if (cond === Cond.Ult && cLow === (wide ? 0 : -0x80000000) && (!wide || cHigh === -0x80000000)) {
    return s.become(Op.Icmp, a, s.int(type, 0), 0, Cond.Sge);
  }
  return 0;
}

/** Comparisons with the least or the greatest number of their kind. */
function atExtreme(s: Rewriter, cond: Cond, cLow: number, cHigh: number, wide: boolean, a: number, b: number): number {
  const signed = cond <= Cond.Sle;
  const sign = wide ? cHigh : cLow;
  const rest = wide ? cLow : 0;
  const isLeast = signed ? sign === -0x80000000 && rest === 0 : cLow === 0 && cHigh === 0;
  const isMost = signed ? sign === 0x7fffffff && (!wide || cLow === -1) : cLow === -1 && cHigh === -1;
  const isOne = !signed && s.is(b, 1);
  const type = s.f.type[a]! as Type;
  switch (cond) {
    case Cond.Slt: case Cond.Ult:
      if (isLeast) return s.bool(false);
      if (isOne) return s.become(Op.Icmp, a, s.int(type, 0), 0, Cond.Eq);
      return isMost ? s.become(Op.Icmp, a, b, 0, Cond.Ne) : 0;
    case Cond.Sge: case Cond.Uge:
      if (isLeast) return s.bool(true);
      if (isOne) return s.become(Op.Icmp, a, s.int(type, 0), 0, Cond.Ne);
      return isMost ? s.become(Op.Icmp, a, b, 0, Cond.Eq) : 0;
    case Cond.Sgt: case Cond.Ugt:
      if (isMost) return s.bool(false);
      return isLeast ? s.become(Op.Icmp, a, b, 0, Cond.Ne) : 0;
    default:
      if (isMost) return s.bool(true);
      return isLeast ? s.become(Op.Icmp, a, b, 0, Cond.Eq) : 0;
  }
}

/** An ordered comparison that the possible bits of `a` decide, or that may as well be unsigned. */
function byRange(s: Rewriter, f: Func, a: number, b: number, cond: Cond, wide: boolean): number {
  const bits = s.significantBits(a);
  if (bits >= (wide ? 64 : 32)) return 0;
  const signed = cond <= Cond.Sle;
  // a is from 0 to 2^bits - 1, and as a signed number too.
  const mostLow = bits >= 32 ? -1 : 2 ** bits - 1 | 0;
  const mostHigh = bits > 32 ? 2 ** (bits - 32) - 1 | 0 : 0;
  const atLeast = compareIntegers(cond, 0, 0, f.a[b]!, f.b[b]!);
  const atMost = compareIntegers(cond, mostLow, wide ? mostHigh : mostLow >> 31, f.a[b]!, f.b[b]!);
  if (atLeast === atMost) return s.bool(atLeast);
  // They differ, so the constant is in that range, where signed and unsigned are the same.
  return signed ? s.become(Op.Icmp, a, b, 0, unsignedOf(cond)) : 0;
}

/** The constant that `a`'s operand is compared with instead: x + c1 == c2, x ^ c1 == c2, -x == c, !x == c. */
function invertible(s: Rewriter, f: Func, a: number, b: number, type: Type): number {
  const x = f.b[a]!;
  const [bLow, bHigh] = [f.a[b]!, f.b[b]!];
  const op = f.op[a]! as Op;
  if (op === Op.Neg || op === Op.Not) {
    foldUnary(op, type, type, bLow, bHigh);
    return s.constants.integer(type, low, high);
  }
  if ((op !== Op.Add && op !== Op.Xor) || !s.isConstant(x)) return 0;
  foldBinary(op === Op.Add ? Op.Sub : Op.Xor, type, bLow, bHigh, f.a[x]!, f.b[x]!);
  return s.constants.integer(type, low, high);
}

/** Is it the address of an object of the program, which is never at 0? */
function isObject(s: Rewriter, f: Func, value: number): boolean {
  if (f.op[value] === Op.Slot) return true;
  if (f.op[value] !== Op.Symbol || f.c[value] !== 0) return false;
  return s.module.symbols[f.a[value]!]!.kind !== SymbolKind.External;
}

export function simplifyFloatComparison(s: Rewriter, id: number): number {
  const { f } = s;
  const a = f.a[id]!;
  const b = f.b[id]!;
  if (f.op[a] !== Op.Fconst || f.op[b] !== Op.Fconst) return 0;
  const type = s.typeOfA(id);
  return s.bool(compareFloats(f.aux[id]!, floatOf(type, f.a[a]!, f.b[a]!), floatOf(type, f.a[b]!, f.b[b]!)));
}

export function simplifySelect(s: Rewriter, id: number): number {
  const { f } = s;
  const type = f.type[id]! as Type;
  const cond = f.a[id]!;
  const yes = f.b[id]!;
  const no = f.c[id]!;
  if (yes === no) return yes;
  if (s.isConstant(cond)) return s.is(cond, 1) ? yes : no;
  if (f.op[cond] === Op.Not) return s.become(Op.Select, f.a[cond]!, no, yes);
  if (type === Type.Bool) {
    if (s.is(yes, 1) || yes === cond) return s.become(Op.Or, cond, no);
    if (s.is(no, 0) || no === cond) return s.become(Op.And, cond, yes);
    if (s.is(yes, 0)) return s.become(Op.And, s.make(Op.Not, type, cond), no);
    if (s.is(no, 1)) return s.become(Op.Or, s.make(Op.Not, type, cond), yes);
    return 0;
  }
  if (type === Type.I32 || type === Type.I64) {
    if (s.is(yes, 1) && s.is(no, 0)) return s.become(Op.Zext, cond);
    if (s.is(yes, 0) && s.is(no, 1)) return s.become(Op.Zext, s.make(Op.Not, Type.Bool, cond));
  }
  const common = selectOperand(s, f, cond, yes, no);
  if (common) return common;
  // (x == y) ? x : y is y, whichever it is.
  if (f.op[cond] === Op.Icmp && (f.aux[cond] === Cond.Eq || f.aux[cond] === Cond.Ne)) {
    const [x, y] = [f.a[cond]!, f.b[cond]!];
    if ((x === yes && y === no) || (x === no && y === yes)) return f.aux[cond] === Cond.Eq ? no : yes;
  }
  return 0;
}

/** c ? (x op y) : (x op z) is x op (c ? y : z) if nobody else wants either. */
function selectOperand(s: Rewriter, f: Func, cond: number, yes: number, no: number): number {
  const op = f.op[yes]! as Op;
  const isPlain = (op >= Op.Add && op <= Op.Mul) || (op >= Op.And && op <= Op.Rotl) || op === Op.Ptradd;
  if (!isPlain || f.op[no] !== op || f.a[yes] !== f.a[no] || !s.usedOnce(yes) || !s.usedOnce(no)) return 0;
  const operand = s.make(Op.Select, f.type[f.b[yes]!]! as Type, cond, f.b[yes]!, f.b[no]!);
  return s.become(op, f.a[yes]!, operand);
}
