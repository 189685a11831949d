/** What is known of the bits of integers. */
import type { Func } from '../function.ts';
import { Access, ACCESS_MASK, Op } from '../ops.ts';
import { isWide, Type } from '../types.ts';

/** How many operations back it looks. */
const DEPTH = 4;

/** How many low bits of an integer can be set: its value is below 2 to that power, unsigned. */
export function significantBits(f: Func, value: number, depth = DEPTH): number {
  const type = f.type[value]! as Type;
  const width = isWide(type) ? 64 : type === Type.Bool ? 1 : 32;
  if (depth === 0 || width === 1) return width;
  const a = f.a[value]!;
  const b = f.b[value]!;
  const left = () => significantBits(f, a, depth - 1);
  const right = () => significantBits(f, b, depth - 1);
  switch (f.op[value]! as Op) {
    case Op.Iconst: return width === 64 && b !== 0 ? 64 - Math.clz32(b) : 32 - Math.clz32(a);
    case Op.And: return Math.min(left(), right());
    case Op.Or: case Op.Xor: return Math.max(left(), right());
    case Op.Lshr: return f.op[b] === Op.Iconst ? Math.max(0, left() - (f.a[b]! & (width - 1))) : left();
    case Op.Shl: return f.op[b] === Op.Iconst ? Math.min(width, left() + (f.a[b]! & (width - 1))) : width;
    case Op.Add: return Math.min(width, Math.max(left(), right()) + 1);
    case Op.Mul: return Math.min(width, left() + right());
    case Op.Udiv: return left();
    case Op.Urem: return Math.min(left(), right());
    case Op.Zext: case Op.Trunc: return Math.min(width, left());
    case Op.Clz: case Op.Ctz: case Op.Popcnt: return width === 64 ? 7 : 6;
    case Op.Select: return Math.max(right(), significantBits(f, f.c[value]!, depth - 1));
    case Op.Load: return loadedBits(f.aux[value]! & ACCESS_MASK, width);
    default: return width;
  }
}

function loadedBits(access: Access, width: number): number {
  switch (access) {
    case Access.U8: return 8;
    case Access.U16: return 16;
    case Access.U32: return 32;
    case Access.Bool: return 1;
    default: return width;
  }
}
