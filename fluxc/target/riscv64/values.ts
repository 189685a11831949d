/**
 * How riscv64 selection asks for values: registers that may be had for nothing, and the emission of plain rows.
 *
 * An i32 in a register is its sign-extended 64 bits, so a sign extension, and the zero extension of what is never
 * negative, are the value itself; the constant 0 is the zero register.
 */
import type { Func } from '../../fir/function.ts';
import { Access, ACCESS_MASK, Op } from '../../fir/ops.ts';
import { isFloat, Type } from '../../fir/types.ts';
import { Pseudo } from '../machine/machine-function.ts';
import type { Selector } from '../machine/selector.ts';
import { ZERO } from './registers.ts';

export function fits12(value: number): boolean {
  return value >= -2048 && value < 2048;
}

/** The constant that `value` is, if a 12-bit immediate can hold it; else null. */
export function small(s: Selector, value: number): number | null {
  if (!s.isConstant32(value)) return null;
  const constant = s.f.a[value]!;
  return fits12(constant) ? constant : null;
}

export function isZero(f: Func, value: number): boolean {
  return f.op[value] === Op.Iconst && f.a[value] === 0 && f.b[value] === 0;
}

function isIntBitcast(f: Func, value: number): boolean {
  return f.op[value] === Op.Bitcast && !isFloat(f.type[value]! as Type) && !isFloat(f.type[f.a[value]!]! as Type);
}

/** Is the i32 or bool `value` known to have its sign bit clear, so that its zero extension is itself? */
export function isNonNegative(f: Func, value: number): boolean {
  if (f.type[value] === Type.Bool) return true;
  switch (f.op[value] as Op) {
    case Op.Load: {
      const access = f.aux[value]! & ACCESS_MASK;
      return access === Access.U8 || access === Access.U16;
    }
    case Op.Zext: return true;
    case Op.Iconst: return f.a[value]! >= 0;
    case Op.Lshr: return f.op[f.b[value]!] === Op.Iconst && (f.a[f.b[value]!]! & 31) > 0;
    case Op.And: return f.op[f.b[value]!] === Op.Iconst && f.a[f.b[value]!]! >= 0;
    default: return false;
  }
}

/** The value whose register holds what `value` is: looks through what is free on this machine. */
function source(f: Func, value: number): number {
  for (;;) {
    const op = f.op[value] as Op;
    const isFree = op === Op.Sext || isIntBitcast(f, value) || (op === Op.Zext && isNonNegative(f, f.a[value]!));
    if (!isFree) return value;
    value = f.a[value]!;
  }
}

/** Register of an integer value; the zero register for the constant 0. */
export function reg(s: Selector, value: number): number {
  if (isFloat(s.f.type[value]! as Type)) return s.use(value);
  const from = source(s.f, value);
  return isZero(s.f, from) ? ZERO : s.use(from);
}

/** Register whose low 32 bits are those of `value`; the upper ones may be anything. */
export function low32(s: Selector, value: number): number {
  const { f } = s;
  for (;;) {
    const op = f.op[value] as Op;
    const widensI32 = (op === Op.Sext || op === Op.Zext) && f.type[f.a[value]!] === Type.I32;
    const narrows = op === Op.Trunc && f.type[value] === Type.I32;
    if (!widensI32 && !narrows && !isIntBitcast(f, value)) break;
    value = f.a[value]!;
  }
  return reg(s, value);
}

/** A value for a fixed register: the zero register cannot be moved there by the allocator, so 0 is loaded. */
export function argument(s: Selector, value: number): number {
  const from = isFloat(s.f.type[value]! as Type) ? value : source(s.f, value);
  return s.use(from);
}

// ---- emission ----

/** `op def, a, b` on registers. */
export function emit2(s: Selector, op: number, def: number, a: number, b: number): void {
  s.emit(op).defReg(def).useReg(a).useReg(b);
}

/** `op def, a, imm`. */
export function emitImm(s: Selector, op: number, def: number, a: number, imm: number): void {
  s.emit(op).defReg(def).useReg(a).imm(imm);
}

export function emitCopy(s: Selector, def: number, from: number): void {
  s.emit(Pseudo.Move).defReg(def).useReg(from);
}

/** A row on whole registers, or one of 32 bits that ignores the upper halves of its sources. */
export function emitWord(s: Selector, op: number, wide: boolean, def: number, a: number, b: number): void {
  if (wide) emit2(s, op, def, reg(s, a), reg(s, b));
  else emit2(s, op, def, low32(s, a), low32(s, b));
}
