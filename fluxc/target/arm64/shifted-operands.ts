/**
 * The last register of an addition, comparison or logical operation may be shifted by a constant or extended on the
 * way: this finds values that need no instruction of their own because of it.
 */
import { Op } from '../../fir/ops.ts';
import { isWide, Type } from '../../fir/types.ts';
import type { Selector } from '../machine/selector.ts';
import { lowWordOf, smallConstant, typeOf, useOrZero, useValue, widthOf } from './values.ts';

export interface ModifiedOperand {
  /** bits of the shift or extension */
  mode: number;
  /** asks for the register: call it once, if the operand is used this way */
  register(): number;
}

const enum Shift { Left, Right, RightSigned, Rotate }

/** `value` as a register shifted by a constant; `logical` operations also rotate. */
export function shiftedOperand(s: Selector, value: number, user: number, logical: boolean): ModifiedOperand | null {
  const { f } = s;
  const shift = shiftOf(f.op[value]! as Op, logical);
  if (shift < 0 || f.op[f.b[value]!] !== Op.Iconst || !s.canFold(value, user)) return null;
  const width = widthOf(typeOf(s, value));
  const count = f.a[f.b[value]!]! & (width - 1);
  const amount = shift === Shift.Rotate ? -count & (width - 1) : count;
  return { mode: (shift << 22) | (amount << 10), register: () => useOrZero(s, f.a[value]!) };
}

function shiftOf(op: Op, logical: boolean): number {
  switch (op) {
    case Op.Shl: return Shift.Left;
    case Op.Lshr: return Shift.Right;
    case Op.Ashr: return Shift.RightSigned;
    case Op.Rotl: return logical ? Shift.Rotate : -1;
    default: return -1;
  }
}

const enum Extension { Uxtb, Uxth, Uxtw, Uxtx, Sxtb, Sxth, Sxtw }

/** The 64-bit `value` as the extended low part of a register, shifted left by up to 4. */
export function extendedOperand(s: Selector, value: number, user: number): ModifiedOperand | null {
  const { f } = s;
  let amount = 0;
  let inner = value;
  if (f.op[value] === Op.Shl) {
    const count = smallConstant(s, f.b[value]!);
    if (count === null || count < 0 || count > 4 || !s.canFold(value, user)) return null;
    amount = count;
    inner = f.a[value]!;
  }
  const extension = extensionOf(s, inner);
  if (extension < 0 || !s.canFold(inner, user)) return null;
  const source = f.a[inner]!;
  const isWord = extension === Extension.Uxtw || extension === Extension.Sxtw;
  const register = () => (isWord && !isWide(typeOf(s, source)) ? s.use(lowWordOf(s, source)) : useValue(s, source));
  return { mode: (extension << 13) | (amount << 10), register };
}

function extensionOf(s: Selector, value: number): number {
  const { f } = s;
  switch (f.op[value]! as Op) {
    case Op.Sext: return isFoldedLoad(s, value) ? -1 : Extension.Sxtw;
    case Op.Zext: return isFoldedLoad(s, value) ? -1 : Extension.Uxtw;
    case Op.Sext8: return Extension.Sxtb;
    case Op.Sext16: return Extension.Sxth;
    case Op.And: return maskExtension(s, f.b[value]!);
    default: return -1;
  }
}

/** An extension of a load is part of the load. */
function isFoldedLoad(s: Selector, value: number): boolean {
  const source = s.f.a[value]!;
  return s.f.op[source] === Op.Load && typeOf(s, source) === Type.I32 && s.canFold(source, value);
}

function maskExtension(s: Selector, mask: number): number {
  const { f } = s;
  if (f.op[mask] !== Op.Iconst || f.b[mask] !== 0) return -1;
  switch (f.a[mask]) {
    case 0xff: return Extension.Uxtb;
    case 0xffff: return Extension.Uxth;
    case -1: return Extension.Uxtw;
    default: return -1;
  }
}
