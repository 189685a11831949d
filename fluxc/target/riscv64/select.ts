/**
 * Instruction selection: one FIR instruction to machine instructions on virtual registers.
 *
 * Invariants: an i32 in a register is its sign-extended 64 bits, also when it is meant unsigned, so sign extension
 * costs nothing, comparisons work on whole registers, and 32-bit arithmetic takes the `w` forms; a bool is 0 or 1. The
 * constant 0 is the zero register wherever it is used.
 */
import { Access, ACCESS_MASK, Op } from '../../fir/ops.ts';
import { isFloat, isWide, Type } from '../../fir/types.ts';
import { lowerCall, lowerReturn } from '../machine/calling-convention.ts';
import type { Selector } from '../machine/selector.ts';
import { CONVENTION } from './abi.ts';
import { lowerBits } from './bit-operations.ts';
import { condition, lowerFcmp, lowerIcmp, lowerSelect } from './comparisons.ts';
import { isFoldableLoad, lowerLoad, lowerStore, lowerSysread, lowerSyswrite } from './memory.ts';
import { BRANCH_TO_TRAP, Composite, floatRows, rowOp } from './opcodes.ts';
import { ZERO } from './registers.ts';
import { lowerSwitch } from './switch.ts';
import { emit2, emitCopy, emitImm, emitWord, fits12, isNonNegative, low32, reg, small } from './values.ts';

const enum Rounding { NearestEven = 0, TowardZero = 1 }

const OP = {
  addi: rowOp('addi'), addiw: rowOp('addiw'), xori: rowOp('xori'), ori: rowOp('ori'), andi: rowOp('andi'),
  slli: rowOp('slli'), srli: rowOp('srli'), srai: rowOp('srai'), slliw: rowOp('slliw'), srliw: rowOp('srliw'),
  add: rowOp('add'), addw: rowOp('addw'), sub: rowOp('sub'), subw: rowOp('subw'),
  mul: rowOp('mul'), mulw: rowOp('mulw'), mulh: rowOp('mulh'), mulhu: rowOp('mulhu'),
  and: rowOp('and'), or: rowOp('or'), xor: rowOp('xor'),
};

/** f32, f64. */
const FLOAT_ROWS: Partial<Record<Op, readonly [number, number]>> = {
  [Op.Fadd]: floatRows('fadd'), [Op.Fsub]: floatRows('fsub'),
  [Op.Fmul]: floatRows('fmul'), [Op.Fdiv]: floatRows('fdiv'),
  [Op.Fneg]: floatRows('fsgnjn'), [Op.Fabs]: floatRows('fsgnjx'), [Op.Fsqrt]: floatRows('fsqrt'),
};
const FEQ = floatRows('feq');

/** i64, i32. */
const DIVISIONS: Partial<Record<Op, readonly [number, number]>> = {
  [Op.Sdiv]: [rowOp('div'), rowOp('divw')], [Op.Udiv]: [rowOp('divu'), rowOp('divuw')],
  [Op.Srem]: [rowOp('rem'), rowOp('remw')], [Op.Urem]: [rowOp('remu'), rowOp('remuw')],
};

export function lower(s: Selector, id: number): void {
  const { f } = s;
  const op = f.op[id] as Op;
  const type = f.type[id] as Type;
  const a = f.a[id]!;
  const b = f.b[id]!;
  const wide = isWide(type);
  switch (op) {
    case Op.Iconst: s.emit(Composite.LoadConstant).defReg(s.def(id)).imm(a, b); return;
    case Op.Fconst: s.emit(Composite.LoadFloat).defReg(s.def(id)).imm(a, b).mode(type === Type.F64 ? 1 : 0); return;
    case Op.Symbol: s.emit(Composite.SymbolAddress).defReg(s.def(id)).symbolRef(a, f.c[id]!); return;
    case Op.Slot: s.emit(Composite.SlotAddress).defReg(s.def(id)).mode(a).imm(0); return;

    case Op.Add: lowerAdd(s, id, a, b); return;
    case Op.Sub: lowerSub(s, id, a, b); return;
    case Op.Mul: emitWord(s, wide ? OP.mul : OP.mulw, wide, s.def(id), a, b); return;
    case Op.Sdiv: case Op.Udiv: case Op.Srem: case Op.Urem:
      emitWord(s, DIVISIONS[op]![wide ? 0 : 1], wide, s.def(id), a, b);
      return;
    case Op.Smulh: case Op.Umulh: lowerMulh(s, id, op === Op.Umulh); return;
    case Op.And: lowerAnd(s, id, a, b); return;
    case Op.Or: lowerLogic(s, id, a, b, OP.or, OP.ori); return;
    case Op.Xor: lowerLogic(s, id, a, b, OP.xor, OP.xori); return;
    case Op.Shl: case Op.Lshr: case Op.Ashr: lowerShift(s, id); return;
    case Op.Neg: emit2(s, wide ? OP.sub : OP.subw, s.def(id), ZERO, wide ? reg(s, a) : low32(s, a)); return;
    case Op.Not: emitImm(s, OP.xori, s.def(id), reg(s, a), type === Type.Bool ? 1 : -1); return;
    case Op.Rotl: case Op.Clz: case Op.Ctz: case Op.Popcnt: case Op.Bswap: lowerBits(s, id); return;

    case Op.Icmp: lowerIcmp(s, id); return;
    case Op.Fcmp: lowerFcmp(s, id); return;
    case Op.Select: lowerSelect(s, id); return;

    case Op.Sext: lowerSext(s, id); return;
    case Op.Zext: lowerZext(s, id); return;
    case Op.Trunc: lowerTrunc(s, id); return;
    case Op.Sext8: extendPart(s, id, Access.U8, Access.S8, 56); return;
    case Op.Sext16: extendPart(s, id, Access.U16, Access.S16, 48); return;
    case Op.Bitcast: lowerBitcast(s, id); return;

    case Op.Fadd: case Op.Fsub: case Op.Fmul: case Op.Fdiv:
      emit2(s, FLOAT_ROWS[op]![type === Type.F64 ? 1 : 0], s.def(id), s.use(a), s.use(b));
      return;
    // Both take their one source twice.
    case Op.Fneg: case Op.Fabs: {
      const x = s.use(a);
      emit2(s, FLOAT_ROWS[op]![type === Type.F64 ? 1 : 0], s.def(id), x, x);
      return;
    }
    case Op.Fsqrt: s.emit(FLOAT_ROWS[op]![type === Type.F64 ? 1 : 0]).defReg(s.def(id)).useReg(s.use(a)); return;
    case Op.Sitof: case Op.Uitof: lowerIntToFloat(s, id); return;
    case Op.Ftosi: case Op.Ftoui: lowerFloatToInt(s, id); return;
    case Op.Fpromote: s.emit(rowOp('fcvt.d.s')).defReg(s.def(id)).useReg(s.use(a)); return;
    case Op.Fdemote: s.emit(rowOp('fcvt.s.d')).defReg(s.def(id)).useReg(s.use(a)); return;

    case Op.Ptradd: lowerPtradd(s, id, a, b); return;
    case Op.Load: lowerLoad(s, id, (f.aux[id]! & ACCESS_MASK) as Access, s.def(id), wide); return;
    case Op.Store: lowerStore(s, id); return;
    case Op.Sysread: lowerSysread(s, id); return;
    case Op.Syswrite: lowerSyswrite(s, id); return;

    case Op.Call: case Op.Callptr: lowerCall(s, id, CONVENTION); return;
    case Op.Result1: return;
    case Op.Trapif: {
      const { row, x, y } = condition(s, a, id);
      s.emit(row).useReg(x).useReg(y).imm(f.aux[id]!).mode(BRANCH_TO_TRAP);
      return;
    }
    case Op.Jump: s.emit(Composite.Jump).branchTo(f.edgeTarget(a)); return;
    case Op.Brif: {
      const { row, x, y } = condition(s, a, id);
      s.emit(row).useReg(x).useReg(y).branchTo(f.edgeTarget(b)).imm(f.edgeTarget(f.c[id]!));
      return;
    }
    case Op.Switch: lowerSwitch(s, id, reg(s, a)); return;
    case Op.Ret: lowerReturn(s, id, CONVENTION); return;
    case Op.Trap: s.emit(Composite.Trap).imm(f.aux[id]!); return;
    case Op.Nop: return;
    default: throw new Error(`${f.name}: operation ${op} must not reach riscv64 selection`);
  }
}

// ---- integer arithmetic ----

function lowerAdd(s: Selector, id: number, a: number, b: number, wide = isWide(s.f.type[id] as Type)): void {
  const imm = small(s, b) ?? (s.isConstant(b) ? null : small(s, a));
  if (imm === null) {
    emitWord(s, wide ? OP.add : OP.addw, wide, s.def(id), a, b);
    return;
  }
  const other = small(s, b) === null ? b : a;
  emitImm(s, wide ? OP.addi : OP.addiw, s.def(id), wide ? reg(s, other) : low32(s, other), imm);
}

function lowerSub(s: Selector, id: number, a: number, b: number, wide = isWide(s.f.type[id] as Type)): void {
  if (s.isConstant32(b) && fits12(-s.f.a[b]!)) {
    emitImm(s, wide ? OP.addi : OP.addiw, s.def(id), wide ? reg(s, a) : low32(s, a), -s.f.a[b]!);
  } else emitWord(s, wide ? OP.sub : OP.subw, wide, s.def(id), a, b);
}

function lowerPtradd(s: Selector, id: number, a: number, b: number): void {
  const offset = small(s, b);
  const { f } = s;
  if (offset !== null && f.op[a] === Op.Slot) s.emit(Composite.SlotAddress).defReg(s.def(id)).mode(f.a[a]!).imm(offset);
  else lowerAdd(s, id, a, b);
}

/** Upper halves of products; those of 32 bits come out of a product of 64. */
function lowerMulh(s: Selector, id: number, unsigned: boolean): void {
  const { f } = s;
  const def = s.def(id);
  const a = reg(s, f.a[id]!);
  const b = reg(s, f.b[id]!);
  if (isWide(f.type[id] as Type)) {
    emit2(s, unsigned ? OP.mulhu : OP.mulh, def, a, b);
    return;
  }
  const product = s.temp();
  if (unsigned) {
    // (a << 32) × (b << 32) >> 64 is a × b of the zero extensions.
    const left = s.temp();
    const right = s.temp();
    emitImm(s, OP.slli, left, a, 32);
    emitImm(s, OP.slli, right, b, 32);
    emit2(s, OP.mulhu, product, left, right);
  } else emit2(s, OP.mul, product, a, b);
  emitImm(s, OP.srai, def, product, 32);
}

function lowerLogic(s: Selector, id: number, a: number, b: number, row: number, immediateRow: number): void {
  const imm = small(s, b);
  if (imm !== null) emitImm(s, immediateRow, s.def(id), reg(s, a), imm);
  else if (small(s, a) !== null && !s.isConstant(b)) emitImm(s, immediateRow, s.def(id), reg(s, b), small(s, a)!);
  else emit2(s, row, s.def(id), reg(s, a), reg(s, b));
}

function lowerAnd(s: Selector, id: number, a: number, b: number): void {
  const { f } = s;
  const ones = s.isConstant(b) ? lowOnes(f.a[b]!, f.b[b]!) : 0;
  if (ones > 11 && ones < 64) {
    const top = s.temp();
    emitImm(s, OP.slli, top, ones <= 32 ? low32(s, a) : reg(s, a), 64 - ones);
    emitImm(s, OP.srli, s.def(id), top, 64 - ones);
  } else lowerLogic(s, id, a, b, OP.and, OP.andi);
}

/** n if the number is 2^n - 1, else 0. */
function lowOnes(low: number, high: number): number {
  if (high === 0 && low !== 0) return (low & (low + 1)) === 0 ? 32 - Math.clz32(low) : 0;
  return low === -1 && (high & (high + 1)) === 0 ? 64 - Math.clz32(high) : 0;
}

/** i64, i32. */
const VARIABLE_SHIFTS: Partial<Record<Op, readonly [number, number]>> = {
  [Op.Shl]: [rowOp('sll'), rowOp('sllw')], [Op.Lshr]: [rowOp('srl'), rowOp('srlw')],
  [Op.Ashr]: [rowOp('sra'), rowOp('sraw')],
};

function lowerShift(s: Selector, id: number): void {
  const { f } = s;
  const op = f.op[id] as Op;
  const wide = isWide(f.type[id] as Type);
  const a = f.a[id]!;
  const b = f.b[id]!;
  const def = s.def(id);
  if (f.op[b] !== Op.Iconst) {
    const row = VARIABLE_SHIFTS[op]![wide ? 0 : 1];
    emit2(s, row, def, wide ? reg(s, a) : low32(s, a), low32(s, b));
    return;
  }
  const amount = f.a[b]! & (wide ? 63 : 31);
  if (op === Op.Ashr) {
    // The sign extension makes the 64-bit shift right for i32 too, and that one has a compressed form.
    emitImm(s, OP.srai, def, reg(s, a), amount);
    return;
  }
  if (!wide) {
    emitImm(s, op === Op.Shl ? OP.slliw : OP.srliw, def, low32(s, a), amount);
    return;
  }
  const isZext = f.op[a] === Op.Zext && f.type[f.a[a]!] === Type.I32 && !isNonNegative(f, f.a[a]!);
  if (isZext && s.canRepeat(a)) {
    if (op === Op.Lshr && amount > 0 && amount < 32) {
      emitImm(s, OP.srliw, def, low32(s, f.a[a]!), amount);
      return;
    }
    if (op === Op.Shl && amount < 32) {
      const top = s.temp();
      emitImm(s, OP.slli, top, low32(s, f.a[a]!), 32);
      emitImm(s, OP.srli, def, top, 32 - amount);
      return;
    }
  }
  // What a shift by half of the register throws away need not be extended first.
  const from = op === Op.Shl && amount >= 32 ? low32(s, a) : reg(s, a);
  emitImm(s, op === Op.Shl ? OP.slli : OP.srli, def, from, amount);
}

// ---- conversions ----

function lowerSext(s: Selector, id: number): void {
  // Usually looked through; a jump argument asks for the value itself.
  emitCopy(s, s.def(id), reg(s, s.f.a[id]!));
}

function lowerZext(s: Selector, id: number): void {
  const { f } = s;
  const a = f.a[id]!;
  const def = s.def(id);
  if (isNonNegative(f, a)) {
    emitCopy(s, def, reg(s, a));
    return;
  }
  const access = f.aux[a]! & ACCESS_MASK;
  if ((access === Access.U32 || access === Access.S32) && isFoldableLoad(s, a, id)) {
    lowerLoad(s, a, Access.U32, def, true);
    return;
  }
  const top = s.temp();
  emitImm(s, OP.slli, top, low32(s, a), 32);
  emitImm(s, OP.srli, def, top, 32);
}

function lowerTrunc(s: Selector, id: number): void {
  const { f } = s;
  const a = f.a[id]!;
  if (f.type[id] === Type.Bool) {
    emitImm(s, OP.andi, s.def(id), low32(s, a), 1);
    return;
  }
  // The 32-bit forms compute the low half and its sign at once.
  const op = f.op[a] as Op;
  if (op === Op.Add && s.canFold(a, id)) lowerAdd(s, id, f.a[a]!, f.b[a]!, false);
  else if (op === Op.Sub && s.canFold(a, id)) lowerSub(s, id, f.a[a]!, f.b[a]!, false);
  else if (op === Op.Mul && s.canFold(a, id)) emitWord(s, OP.mulw, false, s.def(id), f.a[a]!, f.b[a]!);
  else emitImm(s, OP.addiw, s.def(id), low32(s, a), 0);
}

/** `sext8` and `sext16`; a load whose only use this is extends by itself. */
function extendPart(s: Selector, id: number, from: Access, to: Access, shift: number): void {
  const { f } = s;
  const a = f.a[id]!;
  const def = s.def(id);
  const access = f.aux[a]! & ACCESS_MASK;
  if ((access === from || access === to) && isFoldableLoad(s, a, id)) {
    lowerLoad(s, a, to, def, true);
    return;
  }
  const top = s.temp();
  emitImm(s, OP.slli, top, low32(s, a), shift);
  emitImm(s, OP.srai, def, top, shift);
}

function lowerBitcast(s: Selector, id: number): void {
  const { f } = s;
  const a = f.a[id]!;
  const type = f.type[id] as Type;
  const from = f.type[a] as Type;
  const def = s.def(id);
  if (isFloat(type) === isFloat(from)) {
    emitCopy(s, def, reg(s, a));
  } else if (isFloat(type)) s.emit(rowOp(type === Type.F64 ? 'fmv.d.x' : 'fmv.w.x')).defReg(def).useReg(reg(s, a));
  else s.emit(rowOp(from === Type.F64 ? 'fmv.x.d' : 'fmv.x.w')).defReg(def).useReg(s.use(a));
}

function lowerIntToFloat(s: Selector, id: number): void {
  const { f } = s;
  const a = f.a[id]!;
  const suffix = isWide(f.type[a] as Type) ? 'l' : 'w';
  const sign = f.op[id] === Op.Uitof ? 'u' : '';
  const row = `fcvt.${f.type[id] === Type.F64 ? 'd' : 's'}.${suffix}${sign}`;
  s.emit(rowOp(row)).defReg(s.def(id)).useReg(reg(s, a)).mode(Rounding.NearestEven);
}

/** The hardware saturates as FIR does, but makes the greatest number of a NaN: a mask makes that 0. */
function lowerFloatToInt(s: Selector, id: number): void {
  const { f } = s;
  const x = s.use(f.a[id]!);
  const isDouble = f.type[f.a[id]!] === Type.F64;
  const suffix = isWide(f.type[id] as Type) ? 'l' : 'w';
  const sign = f.op[id] === Op.Ftoui ? 'u' : '';
  const converted = s.temp();
  const isNumber = s.temp();
  const mask = s.temp();
  s.emit(rowOp(`fcvt.${suffix}${sign}.${isDouble ? 'd' : 's'}`)).defReg(converted).useReg(x).mode(Rounding.TowardZero);
  emit2(s, FEQ[isDouble ? 1 : 0], isNumber, x, x);
  emit2(s, OP.sub, mask, ZERO, isNumber);
  emit2(s, OP.and, s.def(id), converted, mask);
}

