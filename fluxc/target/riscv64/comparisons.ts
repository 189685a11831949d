/**
 * Comparisons: as values, and as the conditions that branches, traps and selects take into themselves.
 *
 * Sign-extended i32 keep both the signed and the unsigned order, so every comparison works on whole registers.
 */
import type { Func } from '../../fir/function.ts';
import { Cond, Op } from '../../fir/ops.ts';
import { isFloat, Type } from '../../fir/types.ts';
import { Constraint } from '../machine/machine-function.ts';
import type { Selector } from '../machine/selector.ts';
import { Composite, floatRows, rowOp, SELECT_X_KEPT, SELECT_Y_KEPT } from './opcodes.ts';
import { ZERO } from './registers.ts';
import { argument, emit2, emitImm, fits12, isZero, reg, small } from './values.ts';

const FEQ = floatRows('feq');
const FLT = floatRows('flt');
const FLE = floatRows('fle');
const XOR = rowOp('xor');
const XORI = rowOp('xori');
const SLTU = rowOp('sltu');
const SLTIU = rowOp('sltiu');
const SIGNED = { register: rowOp('slt'), immediate: rowOp('slti') };
const UNSIGNED = { register: SLTU, immediate: SLTIU };
const BEQ = rowOp('beq');
const BNE = rowOp('bne');

/** A branch row and its sources: taken if the condition holds. */
interface Condition {
  row: number;
  x: number;
  y: number;
}

/** By `Cond`; what `isSwapped` says takes its sources in the other order. */
const BRANCH_ROWS = ['beq', 'bne', 'blt', 'bge', 'blt', 'bge', 'bltu', 'bgeu', 'bltu', 'bgeu'].map(rowOp);

function isSwapped(cond: Cond): boolean {
  return cond === Cond.Sgt || cond === Cond.Sle || cond === Cond.Ugt || cond === Cond.Ule;
}

function unsignedOf(cond: Cond): Cond {
  return cond >= Cond.Slt && cond <= Cond.Sle ? (cond + 4) as Cond : cond;
}

/**
 * The sources of a comparison and its condition. Sign extension keeps the unsigned order, so two zero-extended i32 are
 * compared as they were before.
 */
function compareSources(s: Selector, id: number): { a: number; b: number; cond: Cond } {
  const { f } = s;
  const a = f.a[id]!;
  const b = f.b[id]!;
  const cond = f.aux[id] as Cond;
  const isWord = (value: number) => f.op[value] === Op.Zext && f.type[f.a[value]!] === Type.I32;
  const isSmall = (value: number) => s.isConstant32(value) && f.a[value]! >= 0;
  if (isWord(a) && (isWord(b) || isSmall(b))) {
    return { a: f.a[a]!, b: isWord(b) ? f.a[b]! : b, cond: unsignedOf(cond) };
  }
  if (isSmall(a) && isWord(b)) return { a, b: f.a[b]!, cond: unsignedOf(cond) };
  return { a, b, cond };
}

/** May `user` compute the comparison `value` inside itself? */
function canFuse(s: Selector, value: number, user: number): boolean {
  return s.f.block[value] === s.f.block[user] || s.canFold(value, user);
}

export function condition(s: Selector, value: number, user: number): Condition {
  const { f } = s;
  let inverted = false;
  while (f.op[value] === Op.Not && canFuse(s, value, user)) {
    inverted = !inverted;
    value = f.a[value]!;
  }
  if (f.op[value] === Op.Icmp && canFuse(s, value, user)) {
    const { a, b, cond } = compareSources(s, value);
    const actual = (inverted ? cond ^ 1 : cond) as Cond;
    const row = BRANCH_ROWS[actual]!;
    return isSwapped(actual) ? { row, x: reg(s, b), y: reg(s, a) } : { row, x: reg(s, a), y: reg(s, b) };
  }
  if (f.op[value] === Op.Fcmp && canFuse(s, value, user)) {
    const compared = floatCompare(s, value, s.temp());
    return { row: compared.inverted !== inverted ? BEQ : BNE, x: compared.register, y: ZERO };
  }
  return { row: inverted ? BEQ : BNE, x: reg(s, value), y: ZERO };
}

/** Does the machine's comparison give the opposite of `fcmp`? True with a NaN: only `ne` is. */
function inverts(f: Func, id: number): boolean {
  return f.aux[id] === Cond.Ne;
}

/** Compares into `def`; if `inverted`, that is the opposite of the condition. */
function floatCompare(s: Selector, id: number, def: number): { register: number; inverted: boolean } {
  const { f } = s;
  const cond = f.aux[id] as Cond;
  const a = s.use(f.a[id]!);
  const b = s.use(f.b[id]!);
  const rows = cond <= Cond.Ne ? FEQ : cond === Cond.Slt || cond === Cond.Sgt ? FLT : FLE;
  const isReversed = cond === Cond.Sgt || cond === Cond.Sge;
  emit2(s, rows[f.type[f.a[id]!] === Type.F64 ? 1 : 0], def, isReversed ? b : a, isReversed ? a : b);
  return { register: def, inverted: inverts(f, id) };
}

/** Lowers `fcmp` to a value. */
export function lowerFcmp(s: Selector, id: number): void {
  const def = s.def(id);
  const { register, inverted } = floatCompare(s, id, inverts(s.f, id) ? s.temp() : def);
  if (inverted) emitImm(s, XORI, def, register, 1);
}

export function lowerIcmp(s: Selector, id: number): void {
  const { f } = s;
  const def = s.def(id);
  const { a, b, cond } = compareSources(s, id);
  if (cond === Cond.Eq || cond === Cond.Ne) {
    let difference = reg(s, a);
    if (!isZero(f, b)) {
      const temp = s.temp();
      const imm = small(s, b);
      if (imm !== null) emitImm(s, XORI, temp, difference, imm);
      else emit2(s, XOR, temp, difference, reg(s, b));
      difference = temp;
    }
    if (cond === Cond.Eq) emitImm(s, SLTIU, def, difference, 1);
    else emit2(s, SLTU, def, ZERO, difference);
    return;
  }
  const isSigned = cond <= Cond.Sle;
  const rows = isSigned ? SIGNED : UNSIGNED;
  // a > c is not a < c + 1, and a <= c is a < c + 1.
  const isOrEqual = cond === Cond.Sle || cond === Cond.Ule || cond === Cond.Sgt || cond === Cond.Ugt;
  const isGreater = cond === Cond.Sgt || cond === Cond.Ugt;
  const constant = s.isConstant32(b) ? f.a[b]! : null;
  const imm = constant === null ? null : constant + (isOrEqual ? 1 : 0);
  const wraps = !isSigned && isOrEqual && constant === -1;
  const usesImmediate = imm !== null && fits12(imm) && !wraps && !(isGreater && constant === 0);
  const negated = cond === Cond.Sge || cond === Cond.Uge ||
    (usesImmediate ? isGreater : cond === Cond.Sle || cond === Cond.Ule);
  const result = negated ? s.temp() : def;
  if (usesImmediate) emitImm(s, rows.immediate, result, reg(s, a), imm);
  else if (isSwapped(cond)) emit2(s, rows.register, result, reg(s, b), reg(s, a));
  else emit2(s, rows.register, result, reg(s, a), reg(s, b));
  if (negated) emitImm(s, XORI, def, result, 1);
}

/**
 * A copy that a branch skips: the condition is a whole comparison, and most cores fuse or predict the pair. A source of
 * the comparison that is the value kept is read where that stands already, in the destination.
 */
export function lowerSelect(s: Selector, id: number): void {
  const { f } = s;
  const isFloatValue = isFloat(f.type[id] as Type);
  const kept = isFloatValue ? s.use(f.b[id]!) : argument(s, f.b[id]!);
  const other = isFloatValue ? s.use(f.c[id]!) : reg(s, f.c[id]!);
  const { row, x, y } = condition(s, f.a[id]!, id);
  s.emit(Composite.Select)
    .defReuse(s.def(id), 1)
    .useReg(kept)
    .useReg(other, Constraint.Any | Constraint.Overlap)
    .mode(row | (x === kept ? SELECT_X_KEPT : 0) | (y === kept ? SELECT_Y_KEPT : 0));
  for (const register of [x, y]) if (register !== kept) s.useReg(register, Constraint.Any | Constraint.Overlap);
}
