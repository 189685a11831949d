/**
 * What selection asks about FIR values: their width, whether they are constants, and which register holds them when
 * only some of their bits matter.
 */
import { type Access, ACCESS_MASK, Op } from '../../fir/ops.ts';
import { isFloat, isWide, Type } from '../../fir/types.ts';
import type { Selector } from '../machine/selector.ts';
import { encodeBitmask } from './bitmask.ts';
import { WIDE } from './forms.ts';
import { Inst } from './instructions.ts';
import { ZERO } from './registers.ts';

export function typeOf(s: Selector, value: number): Type {
  return s.f.type[value]! as Type;
}

/** The width bits of an integer instruction on values of this type. */
export function widthBits(type: Type): number {
  return isWide(type) ? WIDE : 0;
}

export function widthOf(type: Type): 32 | 64 {
  return isWide(type) ? 64 : 32;
}

/** Is `value` the integer constant 0? */
export function isZero(s: Selector, value: number): boolean {
  const { f } = s;
  return f.op[value] === Op.Iconst && f.a[value] === 0 && (f.b[value] === 0 || !isWide(typeOf(s, value)));
}

/** The constant as a signed number if it fits 32 bits, else null. */
export function smallConstant(s: Selector, value: number): number | null {
  const { f } = s;
  if (f.op[value] !== Op.Iconst) return null;
  if (isWide(typeOf(s, value)) && f.b[value] !== f.a[value]! >> 31) return null;
  return f.a[value]!;
}

/** The constant as a logical immediate N:immr:imms, or -1. */
export function bitmaskConstant(s: Selector, value: number): number {
  const { f } = s;
  if (f.op[value] !== Op.Iconst) return -1;
  const low = f.a[value]!;
  return encodeBitmask(low, isWide(typeOf(s, value)) ? f.b[value]! : low);
}

/** The immediate field of add and sub (`imm12`, `sh`) for a number from 0 on, or -1. */
export function arithmeticImmediate(number: number): number {
  if (number >= 0 && number < 4096) return number << 10;
  if (number >= 0 && number < 1 << 24 && (number & 4095) === 0) return ((number >>> 12) << 10) | (1 << 22);
  return -1;
}

/**
 * The value whose register has the same low 32 bits, nearest to the source: `trunc` to i32 and `zext` of a bool need no
 * instruction.
 */
export function lowWordOf(s: Selector, value: number): number {
  const { f } = s;
  for (;;) {
    const isWord = typeOf(s, value) === Type.I32;
    if (isWord && (f.op[value] === Op.Trunc || f.op[value] === Op.Zext)) value = f.a[value]!;
    else {
      const same = sameBits(s, value);
      if (same === value) return value;
      value = same;
    }
  }
}

/**
 * The value whose register holds the same 64 bits: a `bitcast` between integers and pointers needs no instruction, nor
 * does a `zext` of what a 32-bit instruction wrote.
 */
export function sameBits(s: Selector, value: number): number {
  const { f } = s;
  for (;;) {
    const source = f.a[value]!;
    if (f.op[value] === Op.Bitcast && !isFloat(typeOf(s, value)) && !isFloat(typeOf(s, source))) value = source;
    else if (f.op[value] === Op.Zext && hasZeroUpperHalf(s, source)) value = source;
    else return value;
  }
}

/** A register with `value`, of whose upper half nothing is expected unless the type is 64 bits wide. */
export function useValue(s: Selector, value: number): number {
  const type = typeOf(s, value);
  if (isFloat(type)) return s.use(value);
  return s.use(isWide(type) ? sameBits(s, value) : lowWordOf(s, value));
}

/** The same, where an operand may be the zero register. */
export function useOrZero(s: Selector, value: number): number {
  return isZero(s, value) ? ZERO : useValue(s, value);
}

/**
 * Is the upper half of the register that holds this i32 or bool zero? True for what a 32-bit instruction of this
 * function writes; false for what comes from elsewhere or shares the register of a 64-bit value.
 */
export function hasZeroUpperHalf(s: Selector, value: number): boolean {
  const { f } = s;
  switch (f.op[value]! as Op) {
    case Op.Param:
    case Op.Call:
    case Op.Callptr:
    case Op.Result1:
    case Op.Trunc:
    case Op.Bitcast:
    case Op.Sysread:
      return false;
    case Op.Zext:
      return hasZeroUpperHalf(s, f.a[value]!);
    default:
      return !isWide(typeOf(s, value));
  }
}

/** The access of a load or store. */
export function accessOf(s: Selector, id: number): Access {
  return (s.f.aux[id]! & ACCESS_MASK) as Access;
}

/** Emits `to = from + number`: in one or two instructions up to 24 bits, else through a constant in a register. */
export function addConstant(s: Selector, to: number, from: number, number: number, width = WIDE): void {
  const magnitude = Math.abs(number);
  const op = number < 0 ? Inst.SubImmediate : Inst.AddImmediate;
  const whole = arithmeticImmediate(magnitude);
  if (whole >= 0) s.emit(op).mode(width | whole).defReg(to).useReg(from);
  else if (magnitude < 1 << 24) {
    const between = s.temp();
    s.emit(op).mode(width | arithmeticImmediate(magnitude & ~4095)).defReg(between).useReg(from);
    s.emit(op).mode(width | arithmeticImmediate(magnitude & 4095)).defReg(to).useReg(between);
  } else {
    const constant = s.temp();
    s.emit(Inst.Constant).mode(width).imm(number | 0, number < 0 ? -1 : 0).defReg(constant);
    s.emit(Inst.Add).mode(width).defReg(to).useReg(from).useReg(constant);
  }
}
