/**
 * Comparisons and what uses them: branches, traps, selections, and bools that have to stand in a register.
 *
 * A bool that only its user needs is never made: its comparison sets the flags directly before the user. Nothing that
 * comes between changes flags: moves, loads, stores and constants other than zero (`Constant` makes zero with xor, but
 * only where selection placed it, and never repeated by the allocator).
 */
import { Access, ACCESS_MASK, Cond, COND_SWAPPED, Op } from '../../fir/ops.ts';
import { isFloat, isWide, Type } from '../../fir/types.ts';
import type { Selector } from '../machine/selector.ts';
import { addAddress, isFoldableLoad, loadAddress } from './address.ts';
import { Arithmetic, Condition, Inst, modeOf, Size, Source } from './instructions.ts';

/** In the order of `Cond`. */
const INTEGER_CONDITIONS = [
  Condition.Equal, Condition.NotEqual, Condition.Less, Condition.GreaterEqual, Condition.Greater, Condition.LessEqual,
  Condition.Below, Condition.AboveEqual, Condition.Above, Condition.BelowEqual,
];

/** The unsigned condition for each, in the order of `Cond`. */
const UNSIGNED = [Cond.Eq, Cond.Ne, Cond.Ult, Cond.Uge, Cond.Ugt, Cond.Ule, Cond.Ult, Cond.Uge, Cond.Ugt, Cond.Ule];

/** What to test after the comparison. Equality of floats needs the parity flag too: unordered operands set it. */
export interface Test {
  condition: Condition;
  parity: 'none' | 'and not' | 'or';
}

export function sizeOfType(type: Type): Size {
  return isWide(type) || type === Type.F64 ? Size.Quad : Size.Double;
}

/** Adds the last operand of an instruction: an immediate, memory that this instruction reads, or a register. */
export function addSource(s: Selector, value: number, code: number, size: Size, user: number): void {
  const { f } = s;
  if (isImmediate(s, value, size)) s.imm(f.a[value]!, 0).mode(modeOf(code, size, Source.Immediate));
  else if (isFoldableLoad(s, value, size, user)) {
    addAddress(s, loadAddress(s, value, user), modeOf(code, size, Source.Memory));
  } else s.useReg(s.use(value)).mode(modeOf(code, size));
}

/** Can `value` be an immediate of an instruction of `size`? Of 32 bits every constant is one. */
export function isImmediate(s: Selector, value: number, size: Size): boolean {
  return size === Size.Quad ? s.isConstant32(value) : s.isConstant(value);
}

/** Users of a comparison of integers that make it again for themselves, rather than have it as a bool. */
const MOST_REPEATS = 3;

/**
 * The comparison that bool `value` stands for, if `user` may do it itself; through negations. Integers in registers may
 * be compared again by every user; only a single one may read them from memory.
 */
function comparisonBehind(s: Selector, value: number, user: number): { id: number; inverted: boolean } | null {
  const { f } = s;
  let inverted = false;
  let id = value;
  while (f.op[id] === Op.Not && s.canFold(id, user)) {
    id = f.a[id]!;
    inverted = !inverted;
  }
  const isComparison = f.op[id] === Op.Icmp || f.op[id] === Op.Fcmp;
  if (isComparison && s.canFold(id, user)) return { id, inverted };
  const isNear = f.block[id] === f.block[user] && s.uses[id]! <= MOST_REPEATS;
  const isRepeatable = f.op[id] === Op.Icmp && isNear && !s.wanted(id);
  const readsMemory = isRepeatable && (f.op[f.a[id]!] === Op.Load || f.op[f.b[id]!] === Op.Load);
  return isRepeatable && !readsMemory ? { id, inverted } : null;
}

/** Emits what sets the flags by bool `value`. Without `allowParity` the condition alone tells. */
export function setFlags(s: Selector, value: number, user: number, allowParity: boolean): Test {
  const { f } = s;
  const found = comparisonBehind(s, value, user);
  if (found) {
    const { id, inverted } = found;
    const flip = inverted ? 1 : 0;
    if (f.op[id] === Op.Icmp) return { condition: compareIntegers(s, id, user) ^ flip, parity: 'none' };
    const cond = f.aux[id]! as Cond;
    if (cond !== Cond.Eq && cond !== Cond.Ne) return { condition: compareFloats(s, id, user) ^ flip, parity: 'none' };
    if (allowParity) {
      compareFloats(s, id, user);
      const isEqual = (cond === Cond.Eq) !== inverted;
      if (isEqual) return { condition: Condition.Equal, parity: 'and not' };
      return { condition: Condition.NotEqual, parity: 'or' };
    }
  }
  if (isNarrowLoad(s, value, user)) {
    s.emit(Inst.Compare);
    addAddress(s, loadAddress(s, value, user), modeOf(Arithmetic.Compare, Size.Byte, Source.MemoryImmediate), 0);
  } else {
    const register = s.use(value);
    s.emit(Inst.Test).useReg(register).useReg(register).mode(modeOf(0, Size.Double));
  }
  return { condition: Condition.NotEqual, parity: 'none' };
}

/** Emits the comparison `id`, an icmp, for `user`; returns the condition under which it is true. */
export function compareIntegers(s: Selector, id: number, user: number): Condition {
  const { f } = s;
  let a = f.a[id]!;
  let b = f.b[id]!;
  let cond = f.aux[id]! as Cond;
  const size = sizeOfType(f.type[a]! as Type);
  const swapped = () => {
    [a, b] = [b, a];
    cond = COND_SWAPPED[cond]!;
  };
  if (s.isConstant(a) && !s.isConstant(b)) swapped();
  if (isImmediate(s, b, size)) {
    const constant = f.a[b]!;
    if (constant === 0 && testInstead(s, a, cond, size, user)) return INTEGER_CONDITIONS[cond]!;
    const narrow = compareNarrow(s, a, constant, cond, user);
    if (narrow !== null) return INTEGER_CONDITIONS[narrow]!;
    s.emit(Inst.Compare);
    if (isFoldableLoad(s, a, size, user)) {
      addAddress(s, loadAddress(s, a, user), modeOf(Arithmetic.Compare, size, Source.MemoryImmediate), constant);
    } else s.useReg(s.use(a)).imm(constant, 0).mode(modeOf(Arithmetic.Compare, size, Source.Immediate));
    return INTEGER_CONDITIONS[cond]!;
  }
  if (!isFoldableLoad(s, b, size, user) && isFoldableLoad(s, a, size, user)) swapped();
  s.emit(Inst.Compare).useReg(s.use(a));
  addSource(s, b, Arithmetic.Compare, size, user);
  return INTEGER_CONDITIONS[cond]!;
}

/** A comparison with zero as `test`, which also takes an `and` along. */
function testInstead(s: Selector, value: number, cond: Cond, size: Size, user: number): boolean {
  const { f } = s;
  const isEquality = cond === Cond.Eq || cond === Cond.Ne;
  if (f.op[value] === Op.And && s.canFold(value, user)) {
    let a = f.a[value]!;
    let b = f.b[value]!;
    if (s.isConstant(a)) [a, b] = [b, a];
    if (s.isConstant(b) && isEquality && f.a[b]! >= 0 && f.a[b]! < 256 && (size === Size.Double || f.b[b] === 0)) {
      s.emit(Inst.Test).useReg(s.use(a)).imm(f.a[b]!, 0).mode(modeOf(0, Size.Byte, Source.Immediate));
      return true;
    }
    // For equality with zero the upper half of the mask does not matter if it is zero.
    if (isEquality && size === Size.Quad && s.isConstant(b) && f.b[b] === 0) size = Size.Double;
    s.emit(Inst.Test).useReg(s.use(a));
    if (isImmediate(s, b, size)) s.imm(f.a[b]!, 0).mode(modeOf(0, size, Source.Immediate));
    else s.useReg(s.use(b)).mode(modeOf(0, size));
    return true;
  }
  if (isFoldableLoad(s, value, size, user) || isNarrowLoad(s, value, user)) return false;
  const register = s.use(value);
  s.emit(Inst.Test).useReg(register).useReg(register).mode(modeOf(0, size));
  return true;
}

/** Is `value` a load of a byte or half-word without sign that `user` may do itself? */
function isNarrowLoad(s: Selector, value: number, user: number): boolean {
  const { f } = s;
  if (f.op[value] !== Op.Load || !s.canFold(value, user)) return false;
  const access = f.aux[value]! & ACCESS_MASK;
  return access === Access.U8 || access === Access.U16 || access === Access.Bool;
}

/**
 * Compares a byte or half-word in memory with a constant that it can hold. Both are not negative, so that signed
 * conditions become unsigned ones; returns the condition, or null if this does not apply.
 */
function compareNarrow(s: Selector, value: number, constant: number, cond: Cond, user: number): Cond | null {
  if (!isNarrowLoad(s, value, user)) return null;
  const isHalf = (s.f.aux[value]! & ACCESS_MASK) === Access.U16;
  if (constant < 0 || constant > (isHalf ? 0xffff : 0xff)) return null;
  const size = isHalf ? Size.Word : Size.Byte;
  const mode = modeOf(Arithmetic.Compare, size, Source.MemoryImmediate);
  s.emit(Inst.Compare);
  addAddress(s, loadAddress(s, value, user), mode, constant);
  return UNSIGNED[cond]!;
}

/** Emits ucomiss or ucomisd such that the returned condition is false for unordered operands (but for equality). */
function compareFloats(s: Selector, id: number, user: number): Condition {
  const { f } = s;
  const cond = f.aux[id]! as Cond;
  const isLess = cond === Cond.Slt || cond === Cond.Sle;
  const a = isLess ? f.b[id]! : f.a[id]!;
  const b = isLess ? f.a[id]! : f.b[id]!;
  s.emit(Inst.FloatCompare).useReg(s.use(a));
  addSource(s, b, 0, sizeOfType(f.type[a]! as Type), user);
  return cond === Cond.Sgt || cond === Cond.Slt ? Condition.Above : Condition.AboveEqual;
}

/** An icmp whose value somebody needs. */
export function lowerIcmp(s: Selector, id: number): void {
  // The zero comes first: xor changes flags.
  const zero = s.temp();
  s.emit(Inst.Constant).defReg(zero).imm(0, 0).mode(modeOf(0, Size.Double));
  const condition = compareIntegers(s, id, id);
  s.emit(Inst.Set).defReuse(s.def(id), 1).useReg(zero).mode(modeOf(condition, Size.Byte));
}

/** An fcmp whose value somebody needs. */
export function lowerFcmp(s: Selector, id: number): void {
  const { f } = s;
  const cond = f.aux[id]! as Cond;
  const isLess = cond === Cond.Slt || cond === Cond.Sle;
  const a = isLess ? f.b[id]! : f.a[id]!;
  const b = isLess ? f.a[id]! : f.b[id]!;
  const code = cond === Cond.Eq ? 0 : cond === Cond.Ne ? 1 : cond === Cond.Sgt || cond === Cond.Slt ? 2 : 3;
  s.emit(Inst.FloatSet).defReg(s.def(id)).useReg(s.use(a)).useReg(s.use(b));
  s.mode(modeOf(code, sizeOfType(f.type[a]! as Type)));
}

export function lowerSelect(s: Selector, id: number): void {
  const { f } = s;
  const type = f.type[id]! as Type;
  const then = s.use(f.b[id]!);
  const otherwise = s.use(f.c[id]!);
  const { condition } = setFlags(s, f.a[id]!, id, false);
  s.emit(isFloat(type) ? Inst.ConditionalMoveFloat : Inst.ConditionalMove);
  s.defReuse(s.def(id), 1).useReg(otherwise).useReg(then).mode(modeOf(condition, sizeOfType(type)));
}

export function lowerBranch(s: Selector, id: number): void {
  const { f } = s;
  const then = f.edgeTarget(f.b[id]!);
  const otherwise = f.edgeTarget(f.c[id]!);
  const { condition, parity } = setFlags(s, f.a[id]!, id, true);
  const branch = (code: Condition, block: number) => s.emit(Inst.Branch).mode(modeOf(code, Size.Byte)).branchTo(block);
  if (parity === 'and not') {
    branch(Condition.NotEqual, otherwise);
    branch(Condition.Parity, otherwise);
    s.emit(Inst.Jump).branchTo(then);
  } else if (parity === 'or') {
    branch(Condition.NotEqual, then);
    branch(Condition.Parity, then);
    s.emit(Inst.Jump).branchTo(otherwise);
  } else if (then === s.nextBlock) branch(condition ^ 1, otherwise);
  else {
    branch(condition, then);
    s.emit(Inst.Jump).branchTo(otherwise);
  }
}

export function lowerTrapif(s: Selector, id: number): void {
  const { f } = s;
  const { condition } = setFlags(s, f.a[id]!, id, false);
  s.emit(Inst.TrapIf).imm(f.aux[id]!, 0).mode(modeOf(condition, Size.Byte));
}
