/**
 * Addressing modes: finds base + index × scale + displacement behind a pointer, and loads that an instruction can do
 * itself.
 *
 * Matching asks for no value; `addAddress` does, and writes the address into the instruction made last. Constants,
 * slots and symbols cost nothing in an address and are repeated for every use; an index is taken along if its
 * computation stands in the same block, so that no register has to live much longer for it.
 */
import { Access, ACCESS_MASK, Op } from '../../fir/ops.ts';
import { Type } from '../../fir/types.ts';
import type { Selector } from '../machine/selector.ts';
import { ADDRESSABLE_SLOTS, addressMode, Size } from './instructions.ts';

export interface Address {
  /** FIR value, 0 for none */
  base: number;
  index: number;
  /** power of two: 0 to 3 */
  scale: number;
  /** stack slot or -1 */
  slot: number;
  /** symbol or -1 */
  symbol: number;
  displacement: number;
}

function fitsDisplacement(value: number): boolean {
  return value >= -0x80000000 && value <= 0x7fffffff;
}

/** The address `pointer` + `offset`, for instruction `user`. */
export function matchAddress(s: Selector, pointer: number, offset: number, user: number): Address {
  const { f } = s;
  const address: Address = { base: pointer, index: 0, scale: 0, slot: -1, symbol: -1, displacement: offset };
  for (;;) {
    const value = address.base;
    switch (f.op[value]! as Op) {
      case Op.Ptradd: {
        const step = f.b[value]!;
        if (s.isConstant32(step) && fitsDisplacement(address.displacement + f.a[step]!)) {
          address.displacement += f.a[step]!;
          address.base = f.a[value]!;
          continue;
        }
        if (address.index !== 0 || f.block[value] !== f.block[user]) return address;
        matchIndex(s, step, address, user);
        address.base = f.a[value]!;
        continue;
      }
      case Op.Slot:
        if (f.a[value]! >= ADDRESSABLE_SLOTS) return address;
        address.slot = f.a[value]!;
        address.base = 0;
        return address;
      case Op.Symbol:
        // Relative to rip there is no index.
        if (address.index !== 0 || !fitsDisplacement(address.displacement + f.c[value]!)) return address;
        address.symbol = f.a[value]!;
        address.displacement += f.c[value]!;
        address.base = 0;
        return address;
      case Op.Iconst:
        if (!s.isConstant32(value) || !fitsDisplacement(address.displacement + f.a[value]!)) return address;
        address.displacement += f.a[value]!;
        address.base = 0;
        return address;
      default:
        return address;
    }
  }
}

/** Takes `value` as index, through additions of constants and multiplications by 2, 4 and 8. */
function matchIndex(s: Selector, value: number, address: Address, user: number): void {
  const { f } = s;
  address.index = value;
  address.scale = 0;
  for (;;) {
    const index = address.index;
    const op = f.op[index]! as Op;
    const operand = f.b[index]!;
    const isKnown = op === Op.Shl || op === Op.Mul || op === Op.Add;
    if (!isKnown || f.block[index] !== f.block[user] || !s.isConstant32(operand)) return;
    const constant = f.a[operand]!;
    if (op === Op.Add) {
      const more = constant * 2 ** address.scale;
      if (!fitsDisplacement(address.displacement + more)) return;
      address.displacement += more;
    } else {
      const more = op === Op.Shl ? constant & 63 : exponentOf(constant);
      if (address.scale + more > 3) return;
      address.scale += more;
    }
    address.index = f.a[index]!;
  }
}

/** The exponent if `value` is 2, 4 or 8, else one that fits nowhere. */
function exponentOf(value: number): number {
  return value === 2 ? 1 : value === 4 ? 2 : value === 8 ? 3 : 4;
}

/** Adds the address to the instruction made last, behind its other operands, with `mode` and an immediate. */
export function addAddress(s: Selector, address: Address, mode: number, immediate = 0): void {
  const { base, index, scale, slot, symbol, displacement } = address;
  if (base !== 0) s.useReg(s.use(base));
  if (index !== 0) s.useReg(s.use(index));
  if (symbol >= 0) s.symbolRef(symbol);
  s.imm(immediate, displacement).mode(mode | addressMode(base !== 0, index !== 0, scale, slot, symbol >= 0));
}

/** Is `value` a load that `user` may do itself as an operand of `size` bits (32 or 64, by power of two)? */
export function isFoldableLoad(s: Selector, value: number, size: Size, user: number): boolean {
  const { f } = s;
  if (f.op[value] !== Op.Load || !s.canFold(value, user)) return false;
  const access = (f.aux[value]! & ACCESS_MASK) as Access;
  switch (access) {
    case Access.U32: case Access.S32: return size === Size.Double;
    case Access.W64: return size === Size.Quad;
    case Access.F32: return size === Size.Double && f.type[value] === Type.F32;
    case Access.F64: return size === Size.Quad && f.type[value] === Type.F64;
    default: return false;
  }
}

/** The address of load `value`, which `user` does. */
export function loadAddress(s: Selector, value: number, user: number): Address {
  return matchAddress(s, s.f.a[value]!, s.f.c[value]!, user);
}
