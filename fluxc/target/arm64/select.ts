/**
 * Selection for AArch64: one FIR instruction, with what it swallows, becomes machine instructions.
 *
 * `lower` dispatches; integer arithmetic stands here, comparisons in `conditions.ts`, memory in `addressing.ts`, calls
 * in `abi.ts`, floats in `select-float.ts`, switches in `select-switch.ts`. 32-bit operations leave the upper half of
 * their register zero; operands of theirs may have anything there (`values.ts`).
 */
import { Access, Op, VOLATILE } from '../../fir/ops.ts';
import { isFloat, isWide, Type } from '../../fir/types.ts';
import { lowerCall, lowerReturn } from '../machine/calling-convention.ts';
import { Pseudo } from '../machine/machine-function.ts';
import type { Selector } from '../machine/selector.ts';
import { CONVENTION } from './abi.ts';
import { lowerLoad, lowerStore } from './addressing.ts';
import { encodeBitmask } from './bitmask.ts';
import { lowerBranch, lowerComparison, lowerFloatSelect, lowerSelect, lowerTrapIf } from './conditions.ts';
import { WIDE, WIDE_N } from './forms.ts';
import { Inst } from './instructions.ts';
import { ZERO } from './registers.ts';
import { lowerFloat } from './select-float.ts';
import { lowerSwitch } from './select-switch.ts';
import { extendedOperand, shiftedOperand } from './shifted-operands.ts';
import {
  accessOf, addConstant, bitmaskConstant, lowWordOf, sameBits, smallConstant, typeOf, useOrZero, useValue, widthBits,
  widthOf,
} from './values.ts';

/** The logical immediate 1. */
const LOWEST_BIT = encodeBitmask(1, 1) << 10;
/** `lsr #4` of the last register. */
const SHIFT_RIGHT_BY_4 = (1 << 22) | (4 << 10);

export function lower(s: Selector, id: number): void {
  const { f } = s;
  const type = typeOf(s, id);
  switch (f.op[id]! as Op) {
    case Op.Nop:
    case Op.Param:
    case Op.Result1:
      return;
    case Op.Iconst:
      s.emit(Inst.Constant).mode(widthBits(type)).imm(f.a[id]!, f.b[id]!).defReg(s.def(id));
      return;
    case Op.Symbol:
      s.emit(Inst.SymbolAddress).symbolRef(f.a[id]!, f.c[id]!).defReg(s.def(id));
      return;
    case Op.Slot:
      s.emit(Inst.SlotAddress).imm(0, f.a[id]!).defReg(s.def(id));
      return;

    case Op.Add:
    case Op.Ptradd:
      lowerAdd(s, id);
      return;
    case Op.Sub:
      lowerSub(s, id);
      return;
    case Op.Mul:
      lowerMultiply(s, id);
      return;
    case Op.Sdiv:
      binary(s, id, Inst.SignedDivide);
      return;
    case Op.Udiv:
      binary(s, id, Inst.UnsignedDivide);
      return;
    case Op.Srem:
      lowerRemainder(s, id, Inst.SignedDivide);
      return;
    case Op.Urem:
      lowerRemainder(s, id, Inst.UnsignedDivide);
      return;
    case Op.Smulh:
    case Op.Umulh:
      lowerMultiplyHigh(s, id);
      return;
    case Op.And:
      if (!lowerFieldExtract(s, id)) logical(s, id, Inst.And, Inst.AndImmediate, Inst.AndNot);
      return;
    case Op.Or:
      logical(s, id, Inst.Or, Inst.OrImmediate, Inst.OrNot);
      return;
    case Op.Xor:
      logical(s, id, Inst.Xor, Inst.XorImmediate, Inst.XorNot);
      return;
    case Op.Shl:
    case Op.Lshr:
    case Op.Ashr:
      lowerShift(s, id);
      return;
    case Op.Rotl:
      lowerRotate(s, id);
      return;
    case Op.Neg:
      lowerNegate(s, id);
      return;
    case Op.Not:
      lowerNot(s, id);
      return;
    case Op.Clz:
      unary(s, id, Inst.CountLeadingZeros);
      return;
    case Op.Ctz:
      lowerTrailingZeros(s, id);
      return;
    case Op.Popcnt:
      lowerPopulationCount(s, id);
      return;
    case Op.Bswap:
      s.emit(isWide(type) ? Inst.ReverseBytes64 : Inst.ReverseBytes32).defReg(s.def(id)).useReg(useValue(s, f.a[id]!));
      return;

    case Op.Icmp:
    case Op.Fcmp:
      lowerComparison(s, id);
      return;
    case Op.Select:
      if (isFloat(type)) lowerFloatSelect(s, id);
      else lowerSelect(s, id);
      return;

    case Op.Sext:
    case Op.Zext:
      lowerExtension(s, id);
      return;
    case Op.Trunc:
      if (type === Type.Bool) {
        s.emit(Inst.AndImmediate).mode(LOWEST_BIT).defReg(s.def(id)).useReg(s.use(lowWordOf(s, f.a[id]!)));
      } else s.emit(Pseudo.Move).defReg(s.def(id)).useReg(s.use(lowWordOf(s, id)));
      return;
    case Op.Sext8:
      signedField(s, id, 8);
      return;
    case Op.Sext16:
      signedField(s, id, 16);
      return;

    case Op.Load:
      lowerLoad(s, id, id);
      return;
    case Op.Store:
      lowerStore(s, id);
      return;
    case Op.Sysread:
      s.emit(Inst.ReadSystem).mode(systemField(s, id)).defReg(s.def(id));
      return;
    case Op.Syswrite:
      s.emit(Inst.WriteSystem).mode(systemField(s, id)).useReg(useOrZero(s, f.b[id]!));
      return;

    case Op.Call:
    case Op.Callptr:
      lowerCall(s, id, CONVENTION);
      return;
    case Op.Ret:
      lowerReturn(s, id, CONVENTION);
      return;
    case Op.Trap:
      s.emit(Inst.Trap).imm(f.aux[id]!);
      return;
    case Op.Trapif:
      lowerTrapIf(s, id);
      return;
    case Op.Jump:
      s.emit(Inst.Jump).branchTo(f.edgeTarget(f.a[id]!));
      return;
    case Op.Brif:
      lowerBranch(s, id);
      return;
    case Op.Switch:
      lowerSwitch(s, id);
      return;
    case Op.Memcopy:
    case Op.Memfill:
      throw new Error('memcopy and memfill are expanded before selection');
    default:
      lowerFloat(s, id);
  }
}

// ---- shapes ----

function binary(s: Selector, id: number, op: Inst): void {
  const { f } = s;
  const n = useValue(s, f.a[id]!);
  s.emit(op).mode(widthBits(typeOf(s, id))).defReg(s.def(id)).useReg(n).useReg(useValue(s, f.b[id]!));
}

function unary(s: Selector, id: number, op: Inst): void {
  s.emit(op).mode(widthBits(typeOf(s, id))).defReg(s.def(id)).useReg(useValue(s, s.f.a[id]!));
}

/** Bits of ubfm and sbfm: the field from bit immr to bit imms, or as the aliases have it. */
function bitField(width: 32 | 64, immr: number, imms: number): number {
  return (width === 64 ? WIDE_N : 0) | (immr << 16) | (imms << 10);
}

function signedField(s: Selector, id: number, bits: number): void {
  const width = widthOf(typeOf(s, id));
  s.emit(Inst.SignedBitField).mode(bitField(width, 0, bits - 1)).defReg(s.def(id)).useReg(useValue(s, s.f.a[id]!));
}

/** The operands of a commutative operation, the one that may be swallowed second. */
function commuted(s: Selector, id: number, isSecond: (value: number) => boolean): [number, number] {
  const a = s.f.a[id]!;
  const b = s.f.b[id]!;
  return isSecond(a) && !isSecond(b) ? [b, a] : [a, b];
}

function isConstant(s: Selector): (value: number) => boolean {
  return (value) => s.f.op[value] === Op.Iconst;
}

// ---- addition, multiplication, division ----

function lowerAdd(s: Selector, id: number): void {
  const { f } = s;
  const width = widthBits(typeOf(s, id));
  const [a, b] = commuted(s, id, isConstant(s));
  const number = smallConstant(s, b);
  if (number !== null && Math.abs(number) < 1 << 24) {
    if (f.op[a] === Op.Slot) s.emit(Inst.SlotAddress).imm(number, f.a[a]!).defReg(s.def(id));
    else addConstant(s, s.def(id), useValue(s, a), number, width);
    return;
  }
  if (multiplyAdd(s, id, Inst.MultiplyAdd, b, a, width) || multiplyAdd(s, id, Inst.MultiplyAdd, a, b, width)) return;
  if (addModified(s, id, Inst.Add, Inst.AddExtended, a, b, width)) return;
  if (addModified(s, id, Inst.Add, Inst.AddExtended, b, a, width)) return;
  s.emit(Inst.Add).mode(width).defReg(s.def(id)).useReg(useValue(s, a)).useReg(useValue(s, b));
}

function lowerSub(s: Selector, id: number): void {
  const { f } = s;
  const width = widthBits(typeOf(s, id));
  const a = f.a[id]!;
  const b = f.b[id]!;
  const number = smallConstant(s, b);
  if (number !== null && Math.abs(number) < 1 << 24) {
    addConstant(s, s.def(id), useValue(s, a), -number, width);
    return;
  }
  if (multiplyAdd(s, id, Inst.MultiplySubtract, b, a, width)) return;
  if (addModified(s, id, Inst.Sub, Inst.SubExtended, a, b, width)) return;
  s.emit(Inst.Sub).mode(width).defReg(s.def(id)).useReg(useOrZero(s, a)).useReg(useValue(s, b));
}

/** `a + modified b` or `a - modified b`. */
function addModified(
  s: Selector, id: number, op: Inst, extendedOp: Inst, a: number, b: number, width: number,
): boolean {
  // The first register of an extended addition may be the stack pointer, so it cannot be the zero register.
  const extended = width === WIDE ? extendedOperand(s, b, id) : null;
  const modified = extended ?? shiftedOperand(s, b, id, false);
  if (!modified) return false;
  const m = modified.register();
  s.emit(extended ? extendedOp : op).mode(width | modified.mode).defReg(s.def(id)).useReg(useValue(s, a)).useReg(m);
  return true;
}

/** `addend ± factor × factor` if `product` is a multiplication that only this needs. */
function multiplyAdd(s: Selector, id: number, op: Inst, product: number, addend: number, width: number): boolean {
  const { f } = s;
  if (f.op[product] !== Op.Mul || !s.canFold(product, id)) return false;
  const n = useValue(s, f.a[product]!);
  const m = useValue(s, f.b[product]!);
  s.emit(op).mode(width).defReg(s.def(id)).useReg(n).useReg(m).useReg(useValue(s, addend));
  return true;
}

function lowerMultiply(s: Selector, id: number): void {
  const { f } = s;
  const a = f.a[id]!;
  const b = f.b[id]!;
  for (const extension of [Op.Sext, Op.Zext]) {
    const isLong = f.op[a] === extension && f.op[b] === extension && typeOf(s, id) === Type.I64 &&
      s.canFold(a, id) && s.canFold(b, id) && isFromWord(s, a) && isFromWord(s, b);
    if (!isLong) continue;
    const op = extension === Op.Sext ? Inst.SignedMultiplyLong : Inst.UnsignedMultiplyLong;
    const n = s.use(lowWordOf(s, f.a[a]!));
    s.emit(op).defReg(s.def(id)).useReg(n).useReg(s.use(lowWordOf(s, f.a[b]!)));
    return;
  }
  binary(s, id, Inst.Multiply);
}

function isFromWord(s: Selector, extension: number): boolean {
  return typeOf(s, s.f.a[extension]!) === Type.I32;
}

function lowerMultiplyHigh(s: Selector, id: number): void {
  const { f } = s;
  const signed = f.op[id] === Op.Smulh;
  if (isWide(typeOf(s, id))) {
    const n = useValue(s, f.a[id]!);
    const op = signed ? Inst.SignedMultiplyHigh : Inst.UnsignedMultiplyHigh;
    s.emit(op).defReg(s.def(id)).useReg(n).useReg(useValue(s, f.b[id]!));
    return;
  }
  const product = s.temp();
  const n = useValue(s, f.a[id]!);
  const m = useValue(s, f.b[id]!);
  s.emit(signed ? Inst.SignedMultiplyLong : Inst.UnsignedMultiplyLong).defReg(product).useReg(n).useReg(m);
  // The upper half moves down, so the result's own upper half is zero.
  s.emit(Inst.UnsignedBitField).mode(bitField(64, 32, 63)).defReg(s.def(id)).useReg(product);
}

function lowerRemainder(s: Selector, id: number, divide: Inst): void {
  const { f } = s;
  const width = widthBits(typeOf(s, id));
  const quotient = s.temp();
  const a = useValue(s, f.a[id]!);
  const b = useValue(s, f.b[id]!);
  s.emit(divide).mode(width).defReg(quotient).useReg(a).useReg(b);
  s.emit(Inst.MultiplySubtract).mode(width).defReg(s.def(id)).useReg(quotient).useReg(b).useReg(a);
}

// ---- logic and shifts ----

function logical(s: Selector, id: number, op: Inst, immediateOp: Inst, notOp: Inst): void {
  const { f } = s;
  const width = widthBits(typeOf(s, id));
  const [a, b] = commuted(s, id, isConstant(s));
  const bits = bitmaskConstant(s, b);
  if (bits >= 0) {
    s.emit(immediateOp).mode(width | (bits << 10)).defReg(s.def(id)).useReg(useValue(s, a));
    return;
  }
  for (const [n, m] of [[a, b], [b, a]] as const) {
    // The complement of a bool is not that of its register.
    if (f.op[m] === Op.Not && typeOf(s, m) !== Type.Bool && s.canFold(m, id)) {
      emitLogical(s, id, notOp, width, n, f.a[m]!);
      return;
    }
  }
  if (shiftedOperand(s, b, id, true) || !shiftedOperand(s, a, id, true)) emitLogical(s, id, op, width, a, b);
  else emitLogical(s, id, op, width, b, a);
}

function emitLogical(s: Selector, id: number, op: Inst, width: number, a: number, b: number): void {
  const shifted = shiftedOperand(s, b, id, true);
  const [m, mode] = shifted ? [shifted.register(), shifted.mode] : [useOrZero(s, b), 0];
  s.emit(op).mode(width | mode).defReg(s.def(id)).useReg(useOrZero(s, a)).useReg(m);
}

/** `(value >> count) & ones` is one bit field. */
function lowerFieldExtract(s: Selector, id: number): boolean {
  const { f } = s;
  const [shift, mask] = commuted(s, id, isConstant(s));
  if (f.op[shift] !== Op.Lshr || f.op[mask] !== Op.Iconst || !s.canFold(shift, id)) return false;
  const width = widthOf(typeOf(s, id));
  const count = smallConstant(s, f.b[shift]!);
  const ones = lowOnes(f.a[mask]!, width === 64 ? f.b[mask]! : 0);
  if (count === null || ones === 0) return false;
  const low = count & (width - 1);
  const high = Math.min(low + ones, width) - 1;
  s.emit(Inst.UnsignedBitField).mode(bitField(width, low, high)).defReg(s.def(id)).useReg(useValue(s, f.a[shift]!));
  return true;
}

/** Number of ones if the constant is ones in its lowest bits only, else 0. */
function lowOnes(low: number, high: number): number {
  if (high === 0) return low !== 0 && (low & (low + 1)) === 0 ? 32 - Math.clz32(low) : 0;
  return low === -1 && (high & (high + 1)) === 0 ? 64 - Math.clz32(high) : 0;
}

function lowerShift(s: Selector, id: number): void {
  const { f } = s;
  const op = f.op[id]! as Op;
  const width = widthOf(typeOf(s, id));
  const amount = f.b[id]!;
  if (f.op[amount] !== Op.Iconst) {
    const inst = op === Op.Shl ? Inst.ShiftLeft : op === Op.Lshr ? Inst.ShiftRight : Inst.ShiftRightSigned;
    const n = useValue(s, f.a[id]!);
    s.emit(inst).mode(width === 64 ? WIDE : 0).defReg(s.def(id)).useReg(n).useReg(useValue(s, amount));
    return;
  }
  const count = f.a[amount]! & (width - 1);
  const top = width - 1;
  if (op !== Op.Shl) {
    const inst = op === Op.Lshr ? Inst.UnsignedBitField : Inst.SignedBitField;
    s.emit(inst).mode(bitField(width, count, top)).defReg(s.def(id)).useReg(useValue(s, f.a[id]!));
    return;
  }
  // A shifted extension is one bit field: its source is the low word.
  const source = f.a[id]!;
  const isExtension = f.op[source] === Op.Sext || f.op[source] === Op.Zext;
  if (isExtension && width === 64 && count > 0 && s.canFold(source, id) && isFromWord(s, source)) {
    const inst = f.op[source] === Op.Sext ? Inst.SignedBitField : Inst.UnsignedBitField;
    const bits = Math.min(32, width - count);
    s.emit(inst).mode(bitField(64, -count & top, bits - 1)).defReg(s.def(id)).useReg(s.use(lowWordOf(s, f.a[source]!)));
    return;
  }
  const left = bitField(width, -count & top, top - count);
  s.emit(Inst.UnsignedBitField).mode(left).defReg(s.def(id)).useReg(useValue(s, source));
}

function lowerRotate(s: Selector, id: number): void {
  const { f } = s;
  const width = widthOf(typeOf(s, id));
  const wide = width === 64 ? WIDE : 0;
  const amount = f.b[id]!;
  const n = useValue(s, f.a[id]!);
  if (f.op[amount] === Op.Iconst) {
    const right = -f.a[amount]! & (width - 1);
    s.emit(Inst.Extract).mode((width === 64 ? WIDE_N : 0) | (right << 10)).defReg(s.def(id)).useReg(n).useReg(n);
    return;
  }
  const right = s.temp();
  s.emit(Inst.Negate).mode(wide).defReg(right).useReg(useValue(s, amount));
  s.emit(Inst.RotateRight).mode(wide).defReg(s.def(id)).useReg(n).useReg(right);
}

function lowerNegate(s: Selector, id: number): void {
  const { f } = s;
  const a = f.a[id]!;
  const width = widthBits(typeOf(s, id));
  if (f.op[a] === Op.Mul && s.canFold(a, id)) {
    const n = useValue(s, f.a[a]!);
    s.emit(Inst.MultiplyNegate).mode(width).defReg(s.def(id)).useReg(n).useReg(useValue(s, f.b[a]!));
    return;
  }
  const shifted = shiftedOperand(s, a, id, false);
  const register = shifted ? shifted.register() : useValue(s, a);
  s.emit(Inst.Negate).mode(width | (shifted?.mode ?? 0)).defReg(s.def(id)).useReg(register);
}

function lowerNot(s: Selector, id: number): void {
  const { f } = s;
  const a = f.a[id]!;
  const type = typeOf(s, id);
  if (type === Type.Bool) {
    s.emit(Inst.XorImmediate).mode(LOWEST_BIT).defReg(s.def(id)).useReg(useValue(s, a));
    return;
  }
  const shifted = shiftedOperand(s, a, id, true);
  const register = shifted ? shifted.register() : useValue(s, a);
  s.emit(Inst.Not).mode(widthBits(type) | (shifted?.mode ?? 0)).defReg(s.def(id)).useReg(register);
}

// ---- bits ----

function lowerTrailingZeros(s: Selector, id: number): void {
  const width = widthBits(typeOf(s, id));
  const reversed = s.temp();
  s.emit(Inst.ReverseBits).mode(width).defReg(reversed).useReg(useValue(s, s.f.a[id]!));
  s.emit(Inst.CountLeadingZeros).mode(width).defReg(s.def(id)).useReg(reversed);
}

/**
 * Counts in parallel within pairs, nibbles and bytes, then adds the bytes with one multiplication (Warren, Hacker's
 * Delight, section 5-1). The vector unit's `cnt` would do, but a kernel may run with that unit off.
 */
function lowerPopulationCount(s: Selector, id: number): void {
  const width = widthOf(typeOf(s, id));
  const wide = width === 64 ? WIDE : 0;
  const masked = (from: number, pattern: number) => {
    const to = s.temp();
    s.emit(Inst.AndImmediate).mode(wide | (encodeBitmask(pattern, pattern) << 10)).defReg(to).useReg(from);
    return to;
  };
  const shifted = (from: number, count: number, to = s.temp()) => {
    s.emit(Inst.UnsignedBitField).mode(bitField(width, count, width - 1)).defReg(to).useReg(from);
    return to;
  };
  const value = useValue(s, s.f.a[id]!);
  const pairs = s.temp();
  const odd = masked(shifted(value, 1), 0x55555555);
  s.emit(Inst.Sub).mode(wide).defReg(pairs).useReg(value).useReg(odd);
  const nibbles = s.temp();
  const upper = masked(shifted(pairs, 2), 0x33333333);
  const lower = masked(pairs, 0x33333333);
  s.emit(Inst.Add).mode(wide).defReg(nibbles).useReg(lower).useReg(upper);
  const sums = s.temp();
  s.emit(Inst.Add).mode(wide | SHIFT_RIGHT_BY_4).defReg(sums).useReg(nibbles).useReg(nibbles);
  const bytes = masked(sums, 0x0f0f0f0f);
  const ones = s.temp();
  const product = s.temp();
  s.emit(Inst.Constant).mode(wide).imm(0x01010101, 0x01010101).defReg(ones);
  s.emit(Inst.Multiply).mode(wide).defReg(product).useReg(bytes).useReg(ones);
  shifted(product, width - 8, s.def(id));
}

// ---- extensions ----

function lowerExtension(s: Selector, id: number): void {
  const { f } = s;
  const source = f.a[id]!;
  const isLoad = f.op[source] === Op.Load && typeOf(s, source) === Type.I32 && (f.aux[source]! & VOLATILE) === 0;
  if (f.op[id] === Op.Sext) {
    if (isLoad && s.canFold(source, id)) {
      const access = accessOf(s, source);
      lowerLoad(s, source, id, access === Access.U32 ? Access.S32 : access);
      return;
    }
    s.emit(Inst.SignedBitField).mode(bitField(64, 0, 31)).defReg(s.def(id)).useReg(s.use(lowWordOf(s, source)));
    return;
  }
  const same = typeOf(s, id) === Type.I32 ? lowWordOf(s, id) : sameBits(s, id);
  if (same !== id) {
    s.emit(Pseudo.Move).defReg(s.def(id)).useReg(s.use(same));
    return;
  }
  // A 32-bit move clears the upper half.
  s.emit(Inst.Or).defReg(s.def(id)).useReg(ZERO).useReg(s.use(lowWordOf(s, source)));
}

/** The register number that sysread and syswrite name: a constant, checked where the FIR was made. */
function systemField(s: Selector, id: number): number {
  const { f } = s;
  const register = f.a[id]!;
  if (f.op[register] !== Op.Iconst) throw new Error('the number of a system register is no constant');
  return (f.a[register]! & 0x7fff) << 5;
}
