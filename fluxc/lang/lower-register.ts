/** Device and system registers in FIR: one access of exactly the register's width each time the document says so. */
import { Access, Cond, Op, Space, TrapCode, VOLATILE } from '../fir/ops.ts';
import { Type } from '../fir/types.ts';
import { integerOf, normalised, widened } from './lower-operator.ts';
import type { Lowering } from './lowering.ts';
import type { FieldValue, RegisterPlace } from './typed-tree.ts';
import type { BitFieldType, IntType } from './types.ts';

const ACCESS_OF_BITS = { 8: Access.U8, 16: Access.U16, 32: Access.U32, 64: Access.W64 } as const;
const SPACES = { port: Space.Port, cr: Space.Control, msr: Space.Msr, system: Space.System, csr: Space.Csr } as const;

/** A register that was found: its address is computed once, and it may be read and then written. */
export interface Found {
  type: IntType;
  /** for memory a ptr, else the i32 number of the register in its space */
  base: number;
  /** bytes behind `base`, for memory */
  offset: number;
  space: Space | null;
}

export function findRegister(l: Lowering, place: RegisterPlace): Found {
  const { registers, register, block, index } = place;
  const type = register.type;
  const bytes = type.bits / 8;
  const { stride } = registers;
  let offset = register.offset * stride;
  let dynamic = 0;
  if (index) {
    // In numbered spaces registers of an array have consecutive numbers.
    const step = registers.space === 'memory' || registers.space === 'port' ? bytes * stride : 1;
    if (index.kind === 'int') offset += Number(index.value) * step;
    else {
      const wide = widened(l, l.lowerValue(index).a, integerOf(index.type));
      l.loc = index.span.start;
      l.trapIf(l.icmp(Cond.Uge, wide, l.i64(register.count)), TrapCode.OutOfBounds);
      dynamic = l.emit(Op.Mul, Type.I64, wide, l.i64(step));
    }
  }
  if (registers.space === 'memory') {
    const pointer = l.lowerValue(block!).a;
    return { type, base: dynamic ? l.emit(Op.Ptradd, Type.Ptr, pointer, dynamic) : pointer, offset, space: null };
  }
  const space = SPACES[registers.space];
  if (!block && !dynamic) return { type, base: l.i32(offset), offset: 0, space };
  let number = dynamic ? l.emit(Op.Trunc, Type.I32, dynamic) : 0;
  if (block) {
    const base = l.emit(Op.Trunc, Type.I32, l.emit(Op.Bitcast, Type.I64, l.lowerValue(block).a));
    number = number ? l.emit(Op.Add, Type.I32, base, number) : base;
  }
  return { type, base: offset === 0 ? number : l.emit(Op.Add, Type.I32, number, l.i32(offset)), offset: 0, space };
}

/** Bytes of a system access: ports are as wide as their register, all other spaces hold 64 bits. */
function systemBytes(found: Found): number {
  return found.space === Space.Port ? found.type.bits / 8 : 8;
}

export function readFound(l: Lowering, found: Found): number {
  const { type } = found;
  const fir = type.bits === 64 ? Type.I64 : Type.I32;
  if (found.space === null) {
    return l.f.load(l.block, fir, ACCESS_OF_BITS[type.bits] | VOLATILE, found.base, found.offset, l.loc);
  }
  const bytes = systemBytes(found);
  const value = l.emit(Op.Sysread, bytes === 8 ? Type.I64 : Type.I32, found.base, 0, 0, found.space | (bytes << 4));
  if (bytes !== 8 || type.bits === 64) return value;
  return normalised(l, l.emit(Op.Trunc, Type.I32, value), type);
}

export function writeFound(l: Lowering, found: Found, value: number): void {
  const { type } = found;
  if (found.space === null) {
    l.f.store(l.block, ACCESS_OF_BITS[type.bits] | VOLATILE, found.base, value, found.offset, l.loc);
    return;
  }
  const bytes = systemBytes(found);
  const wide = bytes === 8 ? widened(l, value, type) : value;
  l.emit(Op.Syswrite, Type.Void, found.base, wide, 0, found.space | (bytes << 4));
}

/** A bit field of a register's value: a bool for one bit, else the bits moved down. */
export function extractField(l: Lowering, value: number, field: BitFieldType, type: IntType): number {
  const fir = type.bits === 64 ? Type.I64 : Type.I32;
  const bits = field.high - field.low + 1;
  if (bits === 1) {
    const bit = l.emit(Op.And, fir, value, l.constant(fir, 1n << BigInt(field.low)));
    return l.icmp(Cond.Ne, bit, l.zero(fir));
  }
  const shifted = field.low === 0 ? value : l.emit(Op.Lshr, fir, value, l.constant(fir, BigInt(field.low)));
  if (field.high === type.bits - 1) return shifted;
  return l.emit(Op.And, fir, shifted, l.constant(fir, (1n << BigInt(bits)) - 1n));
}

/** Writes fields of a register; with `reads` the others keep what they hold, else they become 0. */
export function writeFields(l: Lowering, place: RegisterPlace, fields: FieldValue[], reads: boolean): void {
  const found = findRegister(l, place);
  const { type } = found;
  const fir = type.bits === 64 ? Type.I64 : Type.I32;
  let mask = 0n;
  let constant = 0n;
  const moving: number[] = [];
  for (const { field, value } of fields) {
    const low = BigInt(field.low);
    const ones = (1n << BigInt(field.high - field.low + 1)) - 1n;
    mask |= ones << low;
    if (value.kind === 'bool') constant |= (value.value ? 1n : 0n) << low;
    else if (value.kind === 'int') constant |= (value.value & ones) << low;
    else {
      const isBit = field.low === field.high;
      const raw = l.lowerValue(value).a;
      let bits = isBit ? l.emit(Op.Zext, fir, raw) : raw;
      if (!isBit && field.high - field.low + 1 < type.bits) bits = l.emit(Op.And, fir, bits, l.constant(fir, ones));
      moving.push(field.low === 0 ? bits : l.emit(Op.Shl, fir, bits, l.constant(fir, low)));
    }
  }
  const all = (1n << BigInt(type.bits)) - 1n;
  let value = 0;
  if (reads) value = l.emit(Op.And, fir, readFound(l, found), l.constant(fir, all & ~mask));
  if (constant !== 0n || (!value && moving.length === 0)) {
    const part = l.constant(fir, constant);
    value = value ? l.emit(Op.Or, fir, value, part) : part;
  }
  for (const part of moving) value = value ? l.emit(Op.Or, fir, value, part) : part;
  writeFound(l, found, value);
}
