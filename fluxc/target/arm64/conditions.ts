/**
 * Comparisons and the branches, traps and selections that use them.
 *
 * A bool that only its user needs is never made: its comparison sets the flags directly before the user, or becomes a
 * test of a register or of one bit. Nothing between the comparison and its user changes flags: moves, loads, stores and
 * constants, all that allocation puts there, do not.
 */
import { Cond, COND_SWAPPED, Op } from '../../fir/ops.ts';
import { isWide, Type } from '../../fir/types.ts';
import type { Selector } from '../machine/selector.ts';
import { DOUBLE, WIDE } from './forms.ts';
import { BIT_SET, Inst, NOT_ZERO } from './instructions.ts';
import { ZERO } from './registers.ts';
import { extendedOperand, shiftedOperand } from './shifted-operands.ts';
import {
  arithmeticImmediate, bitmaskConstant, isZero, smallConstant, typeOf, useOrZero, useValue, widthBits, widthOf,
} from './values.ts';

/** Numbers of the condition field (Arm ARM, C1.2.4). `flags ^ 1` is the opposite, also after a float comparison. */
const enum Flags { Eq, Ne, Cs, Cc, Mi, Pl, Vs, Vc, Hi, Ls, Ge, Lt, Gt, Le }

/** In the order of `Cond`. */
const INTEGER_FLAGS = [
  Flags.Eq, Flags.Ne, Flags.Lt, Flags.Ge, Flags.Gt, Flags.Le, Flags.Cc, Flags.Cs, Flags.Hi, Flags.Ls,
];
/** After fcmp, where unordered sets C and V: each is false then, but for Ne. In the order of `Cond`. */
const FLOAT_FLAGS = [Flags.Eq, Flags.Ne, Flags.Mi, Flags.Ge, Flags.Gt, Flags.Ls];

/** What a branch or trap tests. */
export type Test =
  | { kind: 'flags'; condition: number }
  | { kind: 'zero'; register: number; mode: number }
  | { kind: 'bit'; register: number; mode: number };

/** The comparison behind `value`, through `not`s, if `user` may swallow it; `inverted` says how many nots were odd. */
function comparison(s: Selector, value: number, user: number): { id: number; inverted: boolean } | null {
  const { f } = s;
  let inverted = false;
  while (f.op[value] === Op.Not && typeOf(s, value) === Type.Bool && s.canFold(value, user)) {
    inverted = !inverted;
    value = f.a[value]!;
  }
  const op = f.op[value];
  if ((op === Op.Icmp || op === Op.Fcmp) && s.canFold(value, user)) return { id: value, inverted };
  return null;
}

/** Makes the flags say whether bool `value` is 1; returns the condition. Emits the comparison. */
export function flagsOf(s: Selector, value: number, user: number): number {
  const found = comparison(s, value, user);
  if (!found) {
    s.emit(Inst.CompareImmediate).useReg(s.use(value));
    return Flags.Ne;
  }
  const condition = compare(s, found.id);
  return found.inverted ? condition ^ 1 : condition;
}

/** The cheapest test of bool `value` for a branch or a trap. Emits the comparison if it needs one. */
export function testOf(s: Selector, value: number, user: number): Test {
  const { f } = s;
  const found = comparison(s, value, user);
  if (!found) return { kind: 'zero', register: s.use(value), mode: NOT_ZERO };
  const { id, inverted } = found;
  if (f.op[id] === Op.Icmp) {
    const test = testWithZero(s, id, inverted, user);
    if (test) return test;
  }
  const condition = compare(s, id);
  return { kind: 'flags', condition: inverted ? condition ^ 1 : condition };
}

/** A comparison with zero as a test of a register or of one of its bits. */
function testWithZero(s: Selector, id: number, inverted: boolean, user: number): Test | null {
  const { f } = s;
  let a = f.a[id]!;
  let b = f.b[id]!;
  let cond = f.aux[id]! as Cond;
  if (isZero(s, a)) {
    [a, b] = [b, a];
    cond = COND_SWAPPED[cond]!;
  }
  if (!isZero(s, b)) return null;
  if (inverted) cond ^= 1;
  // Unsigned: above zero is not zero, not above zero is zero.
  if (cond === Cond.Ugt) cond = Cond.Ne;
  if (cond === Cond.Ule) cond = Cond.Eq;
  const type = typeOf(s, a);
  if (cond === Cond.Slt || cond === Cond.Sge) {
    return { kind: 'bit', register: useValue(s, a), mode: (widthOf(type) - 1) | (cond === Cond.Slt ? BIT_SET : 0) };
  }
  if (cond !== Cond.Eq && cond !== Cond.Ne) return null;
  if (f.op[a] === Op.And && s.canFold(a, user)) {
    const bit = singleBit(s, f.b[a]!);
    if (bit >= 0) return { kind: 'bit', register: useValue(s, f.a[a]!), mode: bit | (cond === Cond.Ne ? BIT_SET : 0) };
    // Any other mask sets the flags itself.
    return null;
  }
  return { kind: 'zero', register: useValue(s, a), mode: widthBits(type) | (cond === Cond.Ne ? NOT_ZERO : 0) };
}

/** The number of the only bit of a constant, or -1. */
function singleBit(s: Selector, value: number): number {
  const { f } = s;
  if (f.op[value] !== Op.Iconst) return -1;
  const low = f.a[value]!;
  const high = isWide(typeOf(s, value)) ? f.b[value]! : 0;
  if (high === 0 && low !== 0 && (low & (low - 1)) === 0) return 31 - Math.clz32(low);
  if (low === 0 && high !== 0 && (high & (high - 1)) === 0) return 63 - Math.clz32(high);
  return -1;
}

/** Emits the comparison `id` and returns its condition. */
function compare(s: Selector, id: number): number {
  return s.f.op[id] === Op.Icmp ? compareIntegers(s, id) : compareFloats(s, id);
}

function compareFloats(s: Selector, id: number): number {
  const { f } = s;
  const a = f.a[id]!;
  const b = f.b[id]!;
  const width = typeOf(s, a) === Type.F64 ? DOUBLE : 0;
  // Minus zero equals zero, so either constant will do; only the plain one is looked for.
  const isFloatZero = f.op[b] === Op.Fconst && f.a[b] === 0 && f.b[b] === 0;
  if (isFloatZero) s.emit(Inst.FloatCompareZero).mode(width).useReg(s.use(a));
  else s.emit(Inst.FloatCompare).mode(width).useReg(s.use(a)).useReg(s.use(b));
  return FLOAT_FLAGS[f.aux[id]!]!;
}

function compareIntegers(s: Selector, id: number): number {
  const { f } = s;
  let a = f.a[id]!;
  let b = f.b[id]!;
  let cond = f.aux[id]! as Cond;
  const isWorthSwapping = f.op[a] === Op.Iconst ||
    (f.op[b] !== Op.Iconst && !shiftedOperand(s, b, id, false) && shiftedOperand(s, a, id, false) !== null);
  if (isWorthSwapping) {
    [a, b] = [b, a];
    cond = COND_SWAPPED[cond]!;
  }
  const width = widthBits(typeOf(s, a));
  const isEquality = cond === Cond.Eq || cond === Cond.Ne;
  if (isEquality && isZero(s, b) && f.op[a] === Op.And && s.canFold(a, id)) emitTest(s, a, width);
  else emitCompare(s, a, b, id, width);
  return INTEGER_FLAGS[cond]!;
}

/** Flags of `and` instruction `id`, whose value nobody else needs. */
function emitTest(s: Selector, id: number, width: number): void {
  const { f } = s;
  const a = f.a[id]!;
  const b = f.b[id]!;
  const bits = bitmaskConstant(s, b);
  if (bits >= 0) {
    s.emit(Inst.TestImmediate).mode(width | (bits << 10)).useReg(useValue(s, a));
    return;
  }
  const shifted = shiftedOperand(s, b, id, true);
  const [m, mode] = shifted ? [shifted.register(), shifted.mode] : [useValue(s, b), 0];
  s.emit(Inst.Test).mode(width | mode).useReg(useValue(s, a)).useReg(m);
}

function emitCompare(s: Selector, a: number, b: number, id: number, width: number): void {
  const number = smallConstant(s, b);
  if (number !== null) {
    const immediate = arithmeticImmediate(number);
    if (immediate >= 0) {
      s.emit(Inst.CompareImmediate).mode(width | immediate).useReg(useValue(s, a));
      return;
    }
    // a - (-n) and a + n set the same flags unless n is zero or the least number, which no immediate is.
    const negated = number < 0 ? arithmeticImmediate(-number) : -1;
    if (negated >= 0) {
      s.emit(Inst.CompareNegativeImmediate).mode(width | negated).useReg(useValue(s, a));
      return;
    }
  }
  const extended = width === WIDE ? extendedOperand(s, b, id) : null;
  if (extended) {
    const m = extended.register();
    s.emit(Inst.CompareExtended).mode(width | extended.mode).useReg(useValue(s, a)).useReg(m);
    return;
  }
  const shifted = shiftedOperand(s, b, id, false);
  const [m, mode] = shifted ? [shifted.register(), shifted.mode] : [useOrZero(s, b), 0];
  s.emit(Inst.Compare).mode(width | mode).useReg(useOrZero(s, a)).useReg(m);
}

/** `icmp` and `fcmp` whose value is needed. */
export function lowerComparison(s: Selector, id: number): void {
  const condition = compare(s, id);
  emitConditionValue(s, id, condition, Inst.SelectIncrement);
}

/** `cset` (increment) or `csetm` (invert) of a condition. */
function emitConditionValue(s: Selector, id: number, condition: number, op: Inst, width = 0): void {
  s.emit(op).mode(width | ((condition ^ 1) << 12)).defReg(s.def(id)).useReg(ZERO).useReg(ZERO);
}

/** `select` of integers. One side that is a number more, the complement or the negative of a value costs nothing. */
export function lowerSelect(s: Selector, id: number): void {
  const { f } = s;
  const width = widthBits(typeOf(s, id));
  let yes = f.b[id]!;
  let no = f.c[id]!;
  let flip = 0;
  // The computed side stands last: `condition ? yes : op(no)`.
  if (isComputed(s, yes, id) && !isComputed(s, no, id)) {
    [yes, no] = [no, yes];
    flip = 1;
  }
  const { op, operand } = computedSide(s, no, id);
  const n = useOrZero(s, yes);
  const m = operand === 0 ? ZERO : useOrZero(s, operand);
  const condition = flagsOf(s, f.a[id]!, id) ^ flip;
  s.emit(op).mode(width | (condition << 12)).defReg(s.def(id)).useReg(n).useReg(m);
}

function isComputed(s: Selector, value: number, user: number): boolean {
  return computedSide(s, value, user).op !== Inst.Select;
}

/** `value` as increment, complement or negative of `operand` (0: the zero register), or as itself. */
function computedSide(s: Selector, value: number, user: number): { op: Inst; operand: number } {
  const { f } = s;
  const number = smallConstant(s, value);
  if (number === 1) return { op: Inst.SelectIncrement, operand: 0 };
  if (number === -1 && typeOf(s, value) !== Type.Bool) return { op: Inst.SelectInvert, operand: 0 };
  if (f.op[value] === Op.Iconst || !s.canFold(value, user)) return { op: Inst.Select, operand: value };
  const operand = f.a[value]!;
  if (f.op[value] === Op.Add && smallConstant(s, f.b[value]!) === 1) return { op: Inst.SelectIncrement, operand };
  if (f.op[value] === Op.Not && typeOf(s, value) !== Type.Bool) return { op: Inst.SelectInvert, operand };
  if (f.op[value] === Op.Neg) return { op: Inst.SelectNegate, operand };
  return { op: Inst.Select, operand: value };
}

export function lowerFloatSelect(s: Selector, id: number): void {
  const { f } = s;
  const width = typeOf(s, id) === Type.F64 ? DOUBLE : 0;
  const n = s.use(f.b[id]!);
  const m = s.use(f.c[id]!);
  const condition = flagsOf(s, f.a[id]!, id);
  s.emit(Inst.FloatSelect).mode(width | (condition << 12)).defReg(s.def(id)).useReg(n).useReg(m);
}

export function lowerBranch(s: Selector, id: number): void {
  const { f } = s;
  const yes = f.edgeTarget(f.b[id]!);
  const no = f.edgeTarget(f.c[id]!);
  const test = testOf(s, f.a[id]!, id);
  if (test.kind === 'flags') s.emit(Inst.BranchCondition).mode(test.condition);
  else s.emit(test.kind === 'zero' ? Inst.BranchZero : Inst.BranchBit).mode(test.mode).useReg(test.register);
  s.branchTo(yes).imm(no);
}

export function lowerTrapIf(s: Selector, id: number): void {
  const { f } = s;
  const test = testOf(s, f.a[id]!, id);
  if (test.kind === 'flags') s.emit(Inst.TrapCondition).mode(test.condition);
  else s.emit(test.kind === 'zero' ? Inst.TrapZero : Inst.TrapBit).mode(test.mode).useReg(test.register);
  s.imm(f.aux[id]!);
}
