/**
 * Instruction selection: what each FIR operation becomes. The shared driver (`selector.ts`) asks from the last
 * instruction of a block to the first; within one operation instructions are emitted in the order of execution.
 *
 * Operations on i32 use 32-bit instructions, which zero the upper half of their register; `isZeroExtended` relies on
 * it.
 */
import { significantBits } from '../../fir/analysis/bits.ts';
import { Access, ACCESS_BYTES, ACCESS_MASK, Op, Space } from '../../fir/ops.ts';
import { isFloat, isWide, Type } from '../../fir/types.ts';
import { lowerCall, lowerReturn } from '../machine/calling-convention.ts';
import { Constraint, Pseudo, RegClass } from '../machine/machine-function.ts';
import type { Selector } from '../machine/selector.ts';
import { CONVENTION } from './abi.ts';
import { addAddress, type Address, isFoldableLoad, loadAddress, matchAddress } from './address.ts';
import {
  addSource, isImmediate, lowerBranch, lowerFcmp, lowerIcmp, lowerSelect, lowerTrapif, sizeOfType,
} from './conditions.ts';
import { Arithmetic, Inst, LEA_FAR_SLOT, modeOf, Shift, Size, Source } from './instructions.ts';
import { FLOAT_SCRATCH_CLOBBERS, RAX, RCX, RDX } from './registers.ts';

const typeOf = (s: Selector, value: number): Type => s.f.type[value]! as Type;

/** See `Target.lower`. */
export function lower(s: Selector, id: number): void {
  const { f } = s;
  switch (f.op[id]! as Op) {
    case Op.Nop: case Op.Param: case Op.Result1: return;
    case Op.Iconst: return lowerConstant(s, id);
    case Op.Fconst:
      s.emit(Inst.FloatConstant).defReg(s.def(id)).imm(f.a[id]!, f.b[id]!).mode(modeOf(0, sizeOfType(typeOf(s, id))));
      return;
    case Op.Symbol: case Op.Slot: return lowerLea(s, id, matchAddress(s, id, 0, id), Size.Quad);
    case Op.Add: return lowerAdd(s, id);
    case Op.Sub: return lowerSub(s, id);
    case Op.And: return lowerAnd(s, id);
    case Op.Or: return lowerCommutative(s, id, Arithmetic.Or);
    case Op.Xor: return lowerXor(s, id);
    case Op.Mul: return lowerMul(s, id);
    case Op.Smulh: return lowerMultiplyHigh(s, id, 5);
    case Op.Umulh: return lowerMultiplyHigh(s, id, 4);
    case Op.Sdiv: return lowerDivide(s, id, 7, RAX);
    case Op.Udiv: return lowerDivide(s, id, 6, RAX);
    case Op.Srem: return lowerDivide(s, id, 7, RDX);
    case Op.Urem: return lowerDivide(s, id, 6, RDX);
    case Op.Shl: return lowerShift(s, id, Shift.Shl);
    case Op.Lshr: return lowerShift(s, id, Shift.Shr);
    case Op.Ashr: return lowerShift(s, id, Shift.Sar);
    case Op.Rotl: return lowerShift(s, id, Shift.Rol);
    case Op.Neg: return lowerUnary(s, id, 3);
    case Op.Not:
      if (typeOf(s, id) === Type.Bool) return arithmeticWithConstant(s, id, f.a[id]!, Arithmetic.Xor, 1, Size.Double);
      return lowerUnary(s, id, 2);
    case Op.Clz: return lowerCount(s, id, 0);
    case Op.Ctz: return lowerCount(s, id, 1);
    case Op.Popcnt: return lowerPopulation(s, id);
    case Op.Bswap:
      s.emit(Inst.ByteSwap).defReuse(s.def(id), 1).useReg(s.use(f.a[id]!)).mode(modeOf(0, sizeOfType(typeOf(s, id))));
      return;
    case Op.Icmp: return lowerIcmp(s, id);
    case Op.Fcmp: return lowerFcmp(s, id);
    case Op.Select: return lowerSelect(s, id);
    case Op.Sext: return lowerExtend(s, id, Access.S32);
    case Op.Zext: return lowerZext(s, id);
    case Op.Trunc:
      if (typeOf(s, id) === Type.Bool) return arithmeticWithConstant(s, id, f.a[id]!, Arithmetic.And, 1, Size.Double);
      return lowerCopy(s, id, f.a[id]!);
    case Op.Sext8: return lowerExtend(s, id, Access.S8);
    case Op.Sext16: return lowerExtend(s, id, Access.S16);
    case Op.Bitcast: return lowerBitcast(s, id);
    case Op.Fadd: return lowerFloatArithmetic(s, id, 0x58);
    case Op.Fmul: return lowerFloatArithmetic(s, id, 0x59);
    case Op.Fsub: return lowerFloatArithmetic(s, id, 0x5c);
    case Op.Fdiv: return lowerFloatArithmetic(s, id, 0x5e);
    case Op.Fneg: return lowerFloatUnary(s, id, Inst.FloatSign, 0);
    case Op.Fabs: return lowerFloatUnary(s, id, Inst.FloatSign, 1);
    case Op.Fsqrt: return lowerFloatUnary(s, id, Inst.FloatSquareRoot, 0);
    case Op.Fpromote: case Op.Fdemote: return lowerFloatUnary(s, id, Inst.FloatResize, 0);
    case Op.Sitof: return lowerConversion(s, id, Inst.IntToFloat, f.a[id]!, id, false);
    case Op.Uitof: return lowerConversion(s, id, Inst.IntToFloat, f.a[id]!, id, true);
    case Op.Ftosi: return lowerConversion(s, id, Inst.FloatToInt, id, f.a[id]!, false);
    case Op.Ftoui: return lowerConversion(s, id, Inst.FloatToInt, id, f.a[id]!, true);
    case Op.Ptradd: return lowerPtradd(s, id);
    case Op.Load: return lowerLoad(s, id);
    case Op.Store: return lowerStore(s, id);
    case Op.Sysread: return lowerSysread(s, id);
    case Op.Syswrite: return lowerSyswrite(s, id);
    case Op.Call: case Op.Callptr: return lowerCall(s, id, CONVENTION);
    case Op.Trapif: return lowerTrapif(s, id);
    case Op.Jump:
      s.emit(Inst.Jump).branchTo(f.edgeTarget(f.a[id]!));
      return;
    case Op.Brif: return lowerBranch(s, id);
    case Op.Switch: return lowerSwitch(s, id);
    case Op.Ret: return lowerReturn(s, id, CONVENTION);
    case Op.Trap:
      s.emit(Inst.Trap).imm(f.aux[id]!, 0);
      return;
    case Op.Memcopy: case Op.Memfill: throw new Error('memory operations are expanded before selection');
  }
}

// ---- constants and copies ----

function lowerConstant(s: Selector, id: number): void {
  const { f } = s;
  const type = typeOf(s, id);
  s.emit(Inst.Constant).defReg(s.def(id)).imm(f.a[id]!, isWide(type) ? f.b[id]! : 0).mode(modeOf(0, sizeOfType(type)));
}

function lowerCopy(s: Selector, id: number, value: number): void {
  s.emit(Pseudo.Move).defReg(s.def(id)).useReg(s.use(value));
}

function lowerLea(s: Selector, id: number, address: Address, size: Size): void {
  if (address.base === id) {
    // A slot too far for an address: by its number.
    s.emit(Inst.Lea).defReg(s.def(id)).imm(s.f.a[id]!, 0).mode(modeOf(LEA_FAR_SLOT, size));
    return;
  }
  s.emit(Inst.Lea).defReg(s.def(id));
  addAddress(s, address, modeOf(0, size));
}

// ---- integer arithmetic ----

function arithmeticWithConstant(s: Selector, id: number, a: number, code: number, constant: number, size: Size): void {
  s.emit(Inst.Arithmetic).defReuse(s.def(id), 1).useReg(s.use(a));
  s.imm(constant, 0).mode(modeOf(code, size, Source.Immediate));
}

function arithmetic(s: Selector, id: number, a: number, b: number, code: number): void {
  s.emit(Inst.Arithmetic).defReuse(s.def(id), 1).useReg(s.use(a));
  addSource(s, b, code, sizeOfType(typeOf(s, id)), id);
}

/** Constants and loads go to the right; of two registers the one that dies here is overwritten. */
function ordered(s: Selector, id: number): [a: number, b: number] {
  const { f } = s;
  const a = f.a[id]!;
  const b = f.b[id]!;
  const size = sizeOfType(typeOf(s, id));
  if (s.isConstant(b)) return [a, b];
  if (s.isConstant(a)) return [b, a];
  if (isFoldableLoad(s, b, size, id)) return [a, b];
  if (isFoldableLoad(s, a, size, id)) return [b, a];
  return s.uses[a]! > 1 && s.uses[b] === 1 ? [b, a] : [a, b];
}

function lowerCommutative(s: Selector, id: number, code: number): void {
  const [a, b] = ordered(s, id);
  arithmetic(s, id, a, b, code);
}

/** Where the left operand lives on, `lea` spares a copy. */
function lowerAdd(s: Selector, id: number): void {
  const [a, b] = ordered(s, id);
  const size = sizeOfType(typeOf(s, id));
  const address: Address = { base: a, index: 0, scale: 0, slot: -1, symbol: -1, displacement: 0 };
  if (s.uses[a]! > 1 && isImmediate(s, b, size)) {
    address.displacement = s.f.a[b]!;
    return lowerLea(s, id, address, size);
  }
  const scaled = s.isConstant(b) ? null : scaledOperand(s, b, id) ?? scaledOperand(s, a, id);
  if (scaled) {
    address.base = scaled.of === b ? a : b;
    address.index = scaled.index;
    address.scale = scaled.scale;
    return lowerLea(s, id, address, size);
  }
  if (s.uses[a]! > 1 && !s.isConstant(b) && !isFoldableLoad(s, b, size, id)) {
    address.index = b;
    return lowerLea(s, id, address, size);
  }
  arithmetic(s, id, a, b, Arithmetic.Add);
}

/** `value` as index × 2, 4 or 8 that only `user` needs. */
function scaledOperand(s: Selector, value: number, user: number): { of: number; index: number; scale: number } | null {
  const { f } = s;
  if (f.op[value] !== Op.Shl || !s.canFold(value, user) || !s.isConstant(f.b[value]!)) return null;
  const scale = f.a[f.b[value]!]! & (isWide(typeOf(s, value)) ? 63 : 31);
  return scale >= 1 && scale <= 3 ? { of: value, index: f.a[value]!, scale } : null;
}

function lowerSub(s: Selector, id: number): void {
  const { f } = s;
  const a = f.a[id]!;
  const b = f.b[id]!;
  const size = sizeOfType(typeOf(s, id));
  const negated = -f.a[b]!;
  if (s.uses[a]! > 1 && isImmediate(s, b, size) && negated <= 0x7fffffff) {
    return lowerLea(s, id, { base: a, index: 0, scale: 0, slot: -1, symbol: -1, displacement: negated }, size);
  }
  arithmetic(s, id, a, b, Arithmetic.Sub);
}

function lowerAnd(s: Selector, id: number): void {
  const { f } = s;
  const [a, b] = ordered(s, id);
  if (!s.isConstant(b)) return arithmetic(s, id, a, b, Arithmetic.And);
  const low = f.a[b]!;
  const isNarrow = !isWide(typeOf(s, id)) || f.b[b] === 0;
  if (isNarrow && low === 0xff) return extendFrom(s, id, a, Access.U8, Size.Double);
  if (isNarrow && low === 0xffff) return extendFrom(s, id, a, Access.U16, Size.Double);
  if (isNarrow && low === -1) return extendFrom(s, id, a, Access.U32, Size.Double);
  // Where the constant's upper half is zero so is the result's.
  if (isNarrow) return arithmeticWithConstant(s, id, a, Arithmetic.And, low, Size.Double);
  arithmetic(s, id, a, b, Arithmetic.And);
}

function lowerXor(s: Selector, id: number): void {
  const { f } = s;
  const [a, b] = ordered(s, id);
  const isInverse = s.isConstant32(b) && f.a[b] === -1 && typeOf(s, id) !== Type.Bool;
  if (!isInverse) return arithmetic(s, id, a, b, Arithmetic.Xor);
  s.emit(Inst.Unary).defReuse(s.def(id), 1).useReg(s.use(a)).mode(modeOf(2, sizeOfType(typeOf(s, id))));
}

function lowerMul(s: Selector, id: number): void {
  const { f } = s;
  const [a, b] = ordered(s, id);
  const size = sizeOfType(typeOf(s, id));
  if (isImmediate(s, b, size)) {
    const factor = f.a[b]!;
    const scale = factor === 3 ? 1 : factor === 5 ? 2 : factor === 9 ? 3 : 0;
    if (scale !== 0) return lowerLea(s, id, { base: a, index: a, scale, slot: -1, symbol: -1, displacement: 0 }, size);
    const power = 31 - Math.clz32(factor);
    if (factor > 1 && factor === 1 << power) {
      s.emit(Inst.ShiftImmediate).defReuse(s.def(id), 1).useReg(s.use(a)).imm(power, 0).mode(modeOf(Shift.Shl, size));
      return;
    }
    s.emit(Inst.MultiplyImmediate).defReg(s.def(id));
    if (isFoldableLoad(s, a, size, id)) addAddress(s, loadAddress(s, a, id), modeOf(0, size, Source.Memory), factor);
    else s.useReg(s.use(a)).imm(factor, 0).mode(modeOf(0, size));
    return;
  }
  s.emit(Inst.Multiply).defReuse(s.def(id), 1).useReg(s.use(a));
  addSource(s, b, 0, size, id);
}

function lowerMultiplyHigh(s: Selector, id: number, code: number): void {
  const { f } = s;
  s.emit(Inst.MultiplyHigh).defFixed(s.def(id), RDX).defFixed(s.temp(), RAX);
  s.useFixed(s.use(f.a[id]!), RAX).useReg(s.use(f.b[id]!)).mode(modeOf(code, sizeOfType(typeOf(s, id))));
}

/** The dividend's upper half is written before the divisor is read, so the divisor stands elsewhere. */
function lowerDivide(s: Selector, id: number, code: number, result: number): void {
  const { f } = s;
  s.emit(Inst.Divide);
  s.defFixed(result === RAX ? s.def(id) : s.temp(), RAX).defFixed(result === RDX ? s.def(id) : s.temp(), RDX);
  s.useFixed(s.use(f.a[id]!), RAX).useReg(s.use(f.b[id]!), Constraint.Overlap);
  const divisor = f.b[id]!;
  const mayBeMinusOne = code === 7 && !(s.isConstant(divisor) && f.a[divisor] !== -1);
  s.imm(mayBeMinusOne ? 1 : 0).mode(modeOf(code, sizeOfType(typeOf(s, id))));
}

function lowerShift(s: Selector, id: number, code: Shift): void {
  const { f } = s;
  const a = f.a[id]!;
  const b = f.b[id]!;
  const size = sizeOfType(typeOf(s, id));
  if (s.isConstant(b)) {
    const count = f.a[b]! & (size === Size.Quad ? 63 : 31);
    if (count === 0) return size === Size.Quad ? lowerCopy(s, id, a) : extendFrom(s, id, a, Access.U32, Size.Double);
    s.emit(Inst.ShiftImmediate).defReuse(s.def(id), 1).useReg(s.use(a)).imm(count, 0).mode(modeOf(code, size));
    return;
  }
  s.emit(Inst.ShiftVariable).defReuse(s.def(id), 1).useReg(s.use(a)).useFixed(s.use(b), RCX).mode(modeOf(code, size));
}

function lowerUnary(s: Selector, id: number, code: number): void {
  s.emit(Inst.Unary).defReuse(s.def(id), 1).useReg(s.use(s.f.a[id]!)).mode(modeOf(code, sizeOfType(typeOf(s, id))));
}

function lowerCount(s: Selector, id: number, code: number): void {
  s.emit(Inst.CountZeros).defReg(s.def(id)).useReg(s.use(s.f.a[id]!)).mode(modeOf(code, sizeOfType(typeOf(s, id))));
}

/** Counts ones in pairs, nibbles, bytes, then adds the bytes up by multiplication: popcnt is not of the baseline. */
function lowerPopulation(s: Selector, id: number): void {
  const size = sizeOfType(typeOf(s, id));
  const constant = (word: number) => {
    const register = s.temp();
    s.emit(Inst.Constant).defReg(register).imm(word, size === Size.Quad ? word : 0).mode(modeOf(0, size));
    return register;
  };
  const operate = (code: number, a: number, b: number) => {
    const register = s.temp();
    s.emit(Inst.Arithmetic).defReuse(register, 1).useReg(a).useReg(b).mode(modeOf(code, size));
    return register;
  };
  const shifted = (a: number, count: number, result = s.temp()) => {
    s.emit(Inst.ShiftImmediate).defReuse(result, 1).useReg(a).imm(count, 0).mode(modeOf(Shift.Shr, size));
    return result;
  };
  const bits = s.use(s.f.a[id]!);
  const pairs = operate(Arithmetic.Sub, bits, operate(Arithmetic.And, shifted(bits, 1), constant(0x55555555)));
  const twos = constant(0x33333333);
  const upper = operate(Arithmetic.And, shifted(pairs, 2), twos);
  const nibbles = operate(Arithmetic.Add, upper, operate(Arithmetic.And, pairs, twos));
  const bytes = operate(Arithmetic.And, operate(Arithmetic.Add, shifted(nibbles, 4), nibbles), constant(0x0f0f0f0f));
  const sum = s.temp();
  const ones = constant(0x01010101);
  s.emit(Inst.Multiply).defReuse(sum, 1).useReg(bytes).useReg(ones).mode(modeOf(0, size));
  shifted(sum, size === Size.Quad ? 56 : 24, s.def(id));
}

// ---- widths ----

function extendFrom(s: Selector, id: number, value: number, access: Access, size: Size): void {
  s.emit(Inst.Extend).defReg(s.def(id)).useReg(s.use(value)).mode(modeOf(access, size));
}

function lowerExtend(s: Selector, id: number, access: Access): void {
  const { f } = s;
  const value = f.a[id]!;
  const size = sizeOfType(typeOf(s, id));
  const isWordLoad = access === Access.S32 && isFoldableLoad(s, value, Size.Double, id);
  if (isWordLoad) {
    s.emit(Inst.Load).defReg(s.def(id));
    addAddress(s, loadAddress(s, value, id), modeOf(access, size));
  } else extendFrom(s, id, value, access, size);
}

function lowerZext(s: Selector, id: number): void {
  const value = s.f.a[id]!;
  if (typeOf(s, id) === Type.I32 || isZeroExtended(s, value)) lowerCopy(s, id, value);
  else extendFrom(s, id, value, Access.U32, Size.Double);
}

/** Does the register of `value`, an i32 or bool, hold zeros in its upper half? */
function isZeroExtended(s: Selector, value: number): boolean {
  switch (s.f.op[value]! as Op) {
    case Op.Param: case Op.Call: case Op.Callptr: case Op.Result1: case Op.Sysread:
    case Op.Trunc: case Op.Bitcast: case Op.Zext:
      return false;
    default: return true;
  }
}

function lowerBitcast(s: Selector, id: number): void {
  const { f } = s;
  const value = f.a[id]!;
  const type = typeOf(s, id);
  const from = typeOf(s, value);
  if (isFloat(type) === isFloat(from)) return lowerCopy(s, id, value);
  s.emit(isFloat(type) ? Inst.IntToFloatBits : Inst.FloatToIntBits);
  s.defReg(s.def(id)).useReg(s.use(value)).mode(modeOf(0, sizeOfType(type)));
}

// ---- floats ----

function lowerFloatArithmetic(s: Selector, id: number, code: number): void {
  const { f } = s;
  const isCommutative = code === 0x58 || code === 0x59;
  const [a, b] = isCommutative ? ordered(s, id) : [f.a[id]!, f.b[id]!];
  s.emit(Inst.FloatArithmetic).defReuse(s.def(id), 1).useReg(s.use(a));
  addSource(s, b, code, sizeOfType(typeOf(s, id)), id);
}

function lowerFloatUnary(s: Selector, id: number, inst: Inst, code: number): void {
  const value = s.f.a[id]!;
  s.emit(inst).defReg(s.def(id)).useReg(s.use(value)).mode(modeOf(code, sizeOfType(typeOf(s, value))));
}

/** `integer` and `float` are the two sides, one of them `id` itself. */
function lowerConversion(s: Selector, id: number, inst: Inst, integer: number, float: number, unsigned: boolean): void {
  const code = (isWide(typeOf(s, integer)) ? 1 : 0) | (unsigned ? 2 : 0);
  s.emit(inst).defReg(s.def(id)).useReg(s.use(s.f.a[id]!)).mode(modeOf(code, sizeOfType(typeOf(s, float))));
  if (inst === Inst.FloatToInt) s.clobbers(FLOAT_SCRATCH_CLOBBERS);
}

// ---- memory ----

function lowerPtradd(s: Selector, id: number): void {
  const address = matchAddress(s, id, 0, id);
  const { base, index, scale, displacement } = address;
  if (base !== 0 && s.uses[base] === 1 && scale === 0 && (index === 0) !== (displacement === 0)) {
    if (index === 0) return arithmeticWithConstant(s, id, base, Arithmetic.Add, displacement, Size.Quad);
    return arithmetic(s, id, base, index, Arithmetic.Add);
  }
  if (base !== 0 && index === 0 && displacement === 0) return lowerCopy(s, id, base);
  lowerLea(s, id, address, Size.Quad);
}

function lowerLoad(s: Selector, id: number): void {
  const { f } = s;
  const address = loadAddress(s, id, id);
  s.emit(Inst.Load).defReg(s.def(id));
  addAddress(s, address, modeOf(f.aux[id]! & ACCESS_MASK, sizeOfType(typeOf(s, id))));
}

const SIZE_OF_BYTES: Record<number, Size> = { 1: Size.Byte, 2: Size.Word, 4: Size.Double, 8: Size.Quad };

function lowerStore(s: Selector, id: number): void {
  const { f } = s;
  const access = (f.aux[id]! & ACCESS_MASK) as Access;
  const value = f.b[id]!;
  const address = matchAddress(s, f.a[id]!, f.c[id]!, id);
  const size = SIZE_OF_BYTES[ACCESS_BYTES[access]!]!;
  const constant = storedConstant(s, value, size);
  if (constant !== null) {
    s.emit(Inst.StoreImmediate);
    addAddress(s, address, modeOf(access, size), constant);
  } else if (!lowerModify(s, id, size)) {
    s.emit(Inst.Store).useReg(s.use(value));
    addAddress(s, address, modeOf(access, size));
  }
}

/** The immediate that stores constant `value`, or null. */
function storedConstant(s: Selector, value: number, size: Size): number | null {
  const { f } = s;
  if (f.op[value] !== Op.Iconst && f.op[value] !== Op.Fconst) return null;
  return size !== Size.Quad || f.b[value] === f.a[value]! >> 31 ? f.a[value]! : null;
}

const MODIFYING: Partial<Record<Op, Arithmetic>> = {
  [Op.Add]: Arithmetic.Add, [Op.Sub]: Arithmetic.Sub, [Op.And]: Arithmetic.And, [Op.Or]: Arithmetic.Or,
  [Op.Xor]: Arithmetic.Xor,
};

/** A store of what the same place held, plus something: one instruction does it in memory. */
function lowerModify(s: Selector, id: number, size: Size): boolean {
  const { f } = s;
  const operation = f.b[id]!;
  const code = MODIFYING[f.op[operation]! as Op];
  if (code === undefined || size < Size.Double || !s.canFold(operation, id)) return false;
  const isSame = (load: number) => {
    return isFoldableLoad(s, load, size, id) && f.a[load] === f.a[id] && f.c[load] === f.c[id];
  };
  let load = f.a[operation]!;
  let other = f.b[operation]!;
  if (!isSame(load)) {
    if (f.op[operation] === Op.Sub || !isSame(other)) return false;
    [load, other] = [other, load];
  }
  const address = matchAddress(s, f.a[id]!, f.c[id]!, id);
  s.emit(Inst.ArithmeticMemory);
  if (isImmediate(s, other, size)) addAddress(s, address, modeOf(code, size, Source.MemoryImmediate), f.a[other]!);
  else {
    s.useReg(s.use(other));
    addAddress(s, address, modeOf(code, size, Source.MemoryRegister));
  }
  return true;
}

// ---- system registers and ports ----

const SPACE_MASK = 15;

/** Ports up to this can stand in the instruction. */
const LAST_SHORT_PORT = 255;

function systemSize(s: Selector, id: number): Size {
  return SIZE_OF_BYTES[(s.f.aux[id]! >> 4) & 15] ?? Size.Quad;
}

function isShortPort(s: Selector, value: number): boolean {
  return s.isConstant(value) && s.f.a[value]! >= 0 && s.f.a[value]! <= LAST_SHORT_PORT;
}

function lowerSysread(s: Selector, id: number): void {
  const { f } = s;
  const number = f.a[id]!;
  switch ((f.aux[id]! & SPACE_MASK) as Space) {
    case Space.Port:
      s.emit(Inst.PortIn).defFixed(s.def(id), RAX);
      if (isShortPort(s, number)) s.imm(f.a[number]!, 0).mode(modeOf(0, systemSize(s, id), Source.Immediate));
      else s.useFixed(s.use(number), RDX).mode(modeOf(0, systemSize(s, id)));
      return;
    case Space.Msr:
      s.emit(Inst.ReadMsr).defFixed(s.def(id), RAX).defFixed(s.temp(), RDX).useFixed(s.use(number), RCX);
      return;
    case Space.Control:
      s.emit(Inst.ReadControl).defReg(s.def(id)).imm(f.a[number]!, 0);
      return;
    default: throw new Error('x86_64 has no such register space');
  }
}

function lowerSyswrite(s: Selector, id: number): void {
  const { f } = s;
  const number = f.a[id]!;
  const value = s.use(f.b[id]!);
  switch ((f.aux[id]! & SPACE_MASK) as Space) {
    case Space.Port:
      s.emit(Inst.PortOut).useFixed(value, RAX);
      if (isShortPort(s, number)) s.imm(f.a[number]!, 0).mode(modeOf(0, systemSize(s, id), Source.Immediate));
      else s.useFixed(s.use(number), RDX).mode(modeOf(0, systemSize(s, id)));
      return;
    case Space.Msr: {
      const high = s.temp();
      s.emit(Inst.ShiftImmediate).defReuse(high, 1).useReg(value).imm(32, 0).mode(modeOf(Shift.Shr, Size.Quad));
      s.emit(Inst.WriteMsr).useFixed(value, RAX).useFixed(high, RDX).useFixed(s.use(number), RCX);
      return;
    }
    case Space.Control:
      s.emit(Inst.WriteControl).useReg(value).imm(f.a[number]!, 0);
      return;
    default: throw new Error('x86_64 has no such register space');
  }
}

// ---- control flow ----

/** A switch on so few bits may have a table with an entry for every value. */
const SMALL_SWITCH_BITS = 8;

/** `machine.tables` gets the default block and then (low word, high word, block) for every case. */
function lowerSwitch(s: Selector, id: number): void {
  const { f, machine } = s;
  const at = f.b[id]!;
  const table = [f.edgeTarget(f.extra.at(at))];
  for (let i = 0; i < f.c[id]!; i++) {
    const entry = at + 1 + 3 * i;
    table.push(f.extra.at(entry), f.extra.at(entry + 1), f.edgeTarget(f.extra.at(entry + 2)));
  }
  machine.tables.push(table);
  s.emit(Inst.Switch).useReg(s.use(f.a[id]!)).defReg(s.temp(RegClass.Int), Constraint.Overlap);
  const bits = isZeroExtended(s, f.a[id]!) ? significantBits(f, f.a[id]!) : Infinity;
  const code = bits <= SMALL_SWITCH_BITS ? bits : 0;
  s.imm(machine.tables.length - 1, 0).mode(modeOf(code, sizeOfType(typeOf(s, f.a[id]!))));
}
