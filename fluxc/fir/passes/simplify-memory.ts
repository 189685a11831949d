/** `simplify`: rules for addresses and memory accesses. */
import { add64, high as wordHigh } from '../arithmetic.ts';
import type { Func } from '../function.ts';
import { type Data, SymbolKind } from '../module.ts';
import { Access, ACCESS_BYTES, ACCESS_MASK, Op, VOLATILE } from '../ops.ts';
import { isFloat, Type } from '../types.ts';
import type { Rewriter } from './rewriter.ts';

/** Offsets that every machine's loads and stores reach. */
const REACH = 2047;
/** Symbols carry addends up to this. */
const FARTHEST = 0x3fffffff;

export function simplifyPtradd(s: Rewriter, id: number): number {
  const { f } = s;
  const a = f.a[id]!;
  const b = f.b[id]!;
  if (s.isConstant(b)) {
    if (s.is(b, 0)) return a;
    if (s.isConstant(a)) {
      const low = add64(f.a[a]!, f.b[a]!, f.a[b]!, f.b[b]!);
      return s.constants.integer(Type.Ptr, low, wordHigh);
    }
    if (f.op[a] === Op.Ptradd && s.isConstant(f.b[a]!)) {
      const inner = f.b[a]!;
      const low = add64(f.a[inner]!, f.b[inner]!, f.a[b]!, f.b[b]!);
      return s.become(Op.Ptradd, f.a[a]!, s.constants.integer(Type.I64, low, wordHigh));
    }
    const addend = f.c[a]! + f.a[b]!;
    if (f.op[a] === Op.Symbol && f.b[b] === f.a[b]! >> 31 && Math.abs(addend) <= FARTHEST) {
      return s.constants.symbol(Type.Ptr, f.a[a]!, addend);
    }
    return 0;
  }
  // Constants go outwards, where an access can take them in: p + (x + c) and (p + c) + x are (p + x) + c.
  if (f.op[b] === Op.Add && s.isConstant(f.b[b]!) && s.usedOnce(b)) {
    return s.become(Op.Ptradd, s.make(Op.Ptradd, Type.Ptr, a, f.a[b]!), f.b[b]!);
  }
  if (f.op[a] === Op.Ptradd && s.isConstant(f.b[a]!) && s.usedOnce(a)) {
    return s.become(Op.Ptradd, s.make(Op.Ptradd, Type.Ptr, f.a[a]!, b), f.b[a]!);
  }
  return 0;
}

/** Moves a constant part of the address of load or store `id` into its offset. */
function foldAddress(s: Rewriter, f: Func, id: number): number {
  const a = f.a[id]!;
  const c = f.c[id]!;
  if (f.op[a] === Op.Ptradd && s.isConstant(f.b[a]!)) {
    const b = f.b[a]!;
    const offset = c + f.a[b]!;
    const near = Math.abs(offset) <= REACH || (f.op[f.a[a]!] === Op.Slot && Math.abs(offset) <= FARTHEST);
    if (f.b[b] === f.a[b]! >> 31 && near) return s.become(f.op[id]! as Op, f.a[a]!, f.b[id]!, offset, f.aux[id]!);
  }
  // Registers of one device share the upper part of their address.
  if (s.isConstant(a)) {
    const low = add64(f.a[a]!, f.b[a]!, c, c >> 31);
    const offset = low & REACH;
    if (offset === c) return 0;
    const base = s.constants.integer(Type.Ptr, low & ~REACH, wordHigh);
    return s.become(f.op[id]! as Op, base, f.b[id]!, offset, f.aux[id]!);
  }
  // Accesses to one object share its address if the offset is theirs.
  if (f.op[a] === Op.Symbol && f.c[a] !== 0 && c + f.c[a]! >= 0 && c + f.c[a]! <= REACH) {
    return s.become(f.op[id]! as Op, s.constants.symbol(Type.Ptr, f.a[a]!, 0), f.b[id]!, c + f.c[a]!, f.aux[id]!);
  }
  return 0;
}

export function simplifyLoad(s: Rewriter, id: number): number {
  const { f } = s;
  const folded = foldAddress(s, f, id);
  if (folded) return folded;
  const a = f.a[id]!;
  if (f.op[a] !== Op.Symbol || f.aux[id]! & VOLATILE) return 0;
  const symbol = s.module.symbols[f.a[a]!]!;
  if (symbol.kind !== SymbolKind.Data || symbol.data!.writable) return 0;
  return loadConstant(s, f, id, symbol.data!, f.c[a]! + f.c[id]!);
}

/** What load `id` finds at `offset` of a read-only object; 0 if it is not known. */
function loadConstant(s: Rewriter, f: Func, id: number, data: Data, offset: number): number {
  const type = f.type[id]! as Type;
  const access = (f.aux[id]! & ACCESS_MASK) as Access;
  const count = ACCESS_BYTES[access]!;
  if (offset < 0 || offset + count > data.size) return 0;
  for (const reference of data.references) {
    if (reference.offset >= offset + count || reference.offset + 8 <= offset) continue;
    const isAddress = reference.offset === offset && access === Access.W64 && Math.abs(reference.addend) <= FARTHEST;
    if (!isAddress) return 0;
    if (type === Type.Ptr || type === Type.Func) return s.constants.symbol(type, reference.symbol, reference.addend);
    return s.make(Op.Bitcast, type, s.constants.symbol(Type.Ptr, reference.symbol, reference.addend));
  }
  const byte = (index: number) => data.bytes?.[offset + index] ?? 0;
  const half = byte(0) | (byte(1) << 8);
  const word = (at: number) => byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24);
  switch (access) {
    case Access.U8: return s.int(type, byte(0));
    case Access.S8: return s.int(type, (byte(0) << 24) >> 24);
    case Access.U16: return s.int(type, half);
    case Access.S16: return s.int(type, (half << 16) >> 16);
    case Access.U32: return s.constants.integer(type, word(0), 0);
    case Access.S32: return s.int(type, word(0));
    case Access.Bool: return s.bool((byte(0) & 1) === 1);
    case Access.F32: return s.constants.float(type, word(0), 0);
    case Access.F64: return s.constants.float(type, word(0), word(4));
    default: return s.constants.integer(type, word(0), word(4));
  }
}

export function simplifyStore(s: Rewriter, id: number): number {
  const { f } = s;
  const folded = foldAddress(s, f, id);
  if (folded) return folded;
  const bits = 8 * ACCESS_BYTES[f.aux[id]! & ACCESS_MASK]!;
  const b = f.b[id]!;
  if (bits > 32 || f.type[b] === Type.Bool || isFloat(f.type[b]! as Type)) return 0;
  // The store takes the low bits only: what happened to the others does not matter.
  const x = f.a[b]!;
  switch (f.op[b]! as Op) {
    case Op.And: {
      const mask = f.b[b]!;
      const wanted = bits === 32 ? -1 : 2 ** bits - 1;
      if (!s.isConstant(mask) || (f.a[mask]! & wanted) !== wanted) return 0;
      break;
    }
    case Op.Sext8: if (bits > 8) return 0; break;
    case Op.Sext16: if (bits > 16) return 0; break;
    case Op.Sext: case Op.Trunc: break;
    case Op.Zext: if (f.type[x] === Type.Bool) return 0; break;
    default: return 0;
  }
  return s.become(Op.Store, f.a[id]!, x, f.c[id]!, f.aux[id]!);
}

/** memcopy and memfill that do nothing. */
export function isIdleBulk(s: Rewriter, id: number): boolean {
  const { f } = s;
  return s.is(f.c[id]!, 0) || (f.op[id] === Op.Memcopy && f.a[id] === f.b[id]);
}
