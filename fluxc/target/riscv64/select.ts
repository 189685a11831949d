/**
 * Instruction selection: one FIR instruction to machine instructions on virtual registers.
 *
 * Invariants: an i32 in a register is its sign-extended 64 bits, also when it is meant unsigned, so sign extension
 * costs nothing, comparisons work on whole registers, and 32-bit arithmetic takes the `w` forms; a bool is 0 or 1. The
 * constant 0 is the zero register wherever it is used.
 */
import type { Func } from '../../fir/function.ts';
import { Access, Cond, Op, Space, VOLATILE } from '../../fir/ops.ts';
import { isFloat, isWide, Type } from '../../fir/types.ts';
import { Constraint, Pseudo } from '../machine/machine-function.ts';
import type { Selector } from '../machine/selector.ts';
import { lowerCall, lowerReturn } from './abi.ts';
import { lowerBits } from './bit-operations.ts';
import { BRANCH_TO_TRAP, Composite, rowOp, SELECT_X_KEPT, SELECT_Y_KEPT } from './opcodes.ts';
import { ZERO } from './registers.ts';
import { lower12 } from './relocations.ts';
import { lowerSwitch } from './switch.ts';

const enum Rounding { NearestEven = 0, TowardZero = 1 }

export function fits12(value: number): boolean {
  return value >= -2048 && value < 2048;
}

/** The constant that `value` is, if a 12-bit immediate can hold it; else null. */
export function small(s: Selector, value: number): number | null {
  if (!s.isConstant32(value)) return null;
  const constant = s.f.a[value]!;
  return fits12(constant) ? constant : null;
}

function isZero(f: Func, value: number): boolean {
  return f.op[value] === Op.Iconst && f.a[value] === 0 && f.b[value] === 0;
}

function isIntBitcast(f: Func, value: number): boolean {
  return f.op[value] === Op.Bitcast && !isFloat(f.type[value]! as Type) && !isFloat(f.type[f.a[value]!]! as Type);
}

/** Is the i32 `value` known to have its sign bit clear, so that its zero extension is itself? */
function isNonNegative(f: Func, value: number): boolean {
  switch (f.op[value] as Op) {
    case Op.Load: {
      const access = f.aux[value]! & 15;
      return access === Access.U8 || access === Access.U16 || access === Access.Bool;
    }
    case Op.Zext: return true;
    case Op.Iconst: return f.a[value]! >= 0;
    case Op.Lshr: return f.op[f.b[value]!] === Op.Iconst && (f.a[f.b[value]!]! & 31) > 0;
    case Op.And: return f.op[f.b[value]!] === Op.Iconst && f.a[f.b[value]!]! >= 0;
    default: return f.type[value] === Type.Bool;
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

function emitCopy(s: Selector, def: number, from: number): void {
  s.emit(Pseudo.Move).defReg(def).useReg(from);
}

/** `op def, a, b` on registers. */
export function emit2(s: Selector, op: number, def: number, a: number, b: number): void {
  s.emit(op).defReg(def).useReg(a).useReg(b);
}

/** `op def, a, imm`. */
export function emitImm(s: Selector, op: number, def: number, a: number, imm: number): void {
  s.emit(op).defReg(def).useReg(a).imm(imm);
}

const OP = {
  addi: rowOp('addi'), addiw: rowOp('addiw'), xori: rowOp('xori'), ori: rowOp('ori'), andi: rowOp('andi'),
  slti: rowOp('slti'), sltiu: rowOp('sltiu'), slt: rowOp('slt'), sltu: rowOp('sltu'),
  slli: rowOp('slli'), srli: rowOp('srli'), srai: rowOp('srai'), slliw: rowOp('slliw'), srliw: rowOp('srliw'),
  sll: rowOp('sll'), srl: rowOp('srl'), sra: rowOp('sra'),
  sllw: rowOp('sllw'), srlw: rowOp('srlw'), sraw: rowOp('sraw'),
  add: rowOp('add'), addw: rowOp('addw'), sub: rowOp('sub'), subw: rowOp('subw'),
  mul: rowOp('mul'), mulw: rowOp('mulw'),
  and: rowOp('and'), or: rowOp('or'), xor: rowOp('xor'), mulh: rowOp('mulh'), mulhu: rowOp('mulhu'),
  beq: rowOp('beq'), bne: rowOp('bne'), blt: rowOp('blt'), bge: rowOp('bge'), bltu: rowOp('bltu'), bgeu: rowOp('bgeu'),
  csrrs: rowOp('csrrs'), csrrw: rowOp('csrrw'), csrrwi: rowOp('csrrwi'),
};

/** The row of a float operation for f32 or f64. */
function floatRow(name: string): readonly [single: number, double: number] {
  return [rowOp(`${name}.s`), rowOp(`${name}.d`)];
}

const FLOAT_ROWS: Partial<Record<Op, readonly [number, number]>> = {
  [Op.Fadd]: floatRow('fadd'), [Op.Fsub]: floatRow('fsub'), [Op.Fmul]: floatRow('fmul'), [Op.Fdiv]: floatRow('fdiv'),
  [Op.Fneg]: floatRow('fsgnjn'), [Op.Fabs]: floatRow('fsgnjx'), [Op.Fsqrt]: floatRow('fsqrt'),
};
const FEQ = floatRow('feq');
const FLT = floatRow('flt');
const FLE = floatRow('fle');

/** Division rows: i64, i32. */
const DIVISIONS: Partial<Record<Op, readonly [number, number]>> = {
  [Op.Sdiv]: [rowOp('div'), rowOp('divw')], [Op.Udiv]: [rowOp('divu'), rowOp('divuw')],
  [Op.Srem]: [rowOp('rem'), rowOp('remw')], [Op.Urem]: [rowOp('remu'), rowOp('remuw')],
};

/** Load rows by `Access`. */
const LOADS = ['lbu', 'lb', 'lhu', 'lh', 'lwu', 'lw', 'ld', 'flw', 'fld', 'lbu'].map(rowOp);
const STORES = ['sb', 'sb', 'sh', 'sh', 'sw', 'sw', 'sd', 'fsw', 'fsd', 'sb'].map(rowOp);

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
    case Op.Fcmp: {
      const def = s.def(id);
      const { register, inverted } = floatCompare(s, id, inverts(f, id) ? s.temp() : def);
      if (inverted) emitImm(s, OP.xori, def, register, 1);
      return;
    }
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
    case Op.Load: {
      const access = f.aux[id]! & 15;
      const def = s.def(id);
      const row = access === Access.U32 && !wide ? LOADS[Access.S32]! : LOADS[access]!;
      emitMemory(s, row, a, f.c[id]!, id, (machine) => machine.defReg(def));
      return;
    }
    case Op.Store: {
      const access = f.aux[id]! & 15;
      const value = access < Access.W64 || access === Access.Bool ? low32(s, b) : reg(s, b);
      emitMemory(s, STORES[access]!, a, f.c[id]!, id, (machine) => machine.useReg(value));
      return;
    }
    case Op.Sysread: lowerSysread(s, id); return;
    case Op.Syswrite: lowerSyswrite(s, id); return;

    case Op.Call: case Op.Callptr: lowerCall(s, id, (value) => argument(s, value)); return;
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
    case Op.Ret: lowerReturn(s, id, (value) => argument(s, value)); return;
    case Op.Trap: s.emit(Composite.Trap).imm(f.aux[id]!); return;
    case Op.Nop: return;
    default: throw new Error(`${f.name}: operation ${op} must not reach riscv64 selection`);
  }
}

/** A value for a fixed register: the zero register cannot be moved there by the allocator, so 0 is loaded. */
function argument(s: Selector, value: number): number {
  const from = isFloat(s.f.type[value]! as Type) ? value : source(s.f, value);
  return s.use(from);
}

// ---- integer arithmetic ----

/** A row on whole registers, or one of 32 bits that ignores the upper halves of its sources. */
function emitWord(s: Selector, op: number, wide: boolean, def: number, a: number, b: number): void {
  if (wide) emit2(s, op, def, reg(s, a), reg(s, b));
  else emit2(s, op, def, low32(s, a), low32(s, b));
}

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
  [Op.Shl]: [OP.sll, OP.sllw], [Op.Lshr]: [OP.srl, OP.srlw], [Op.Ashr]: [OP.sra, OP.sraw],
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
  emitImm(s, op === Op.Shl ? OP.slli : OP.srli, def, reg(s, a), amount);
}

// ---- conversions ----

/** A load that `user` may make in its own place; a volatile one stays where it is. */
function isFoldableLoad(s: Selector, value: number, user: number): boolean {
  return s.f.op[value] === Op.Load && (s.f.aux[value]! & VOLATILE) === 0 && s.canFold(value, user);
}

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
  const access = f.aux[a]! & 15;
  if ((access === Access.U32 || access === Access.S32) && isFoldableLoad(s, a, id)) {
    emitMemory(s, LOADS[Access.U32]!, f.a[a]!, f.c[a]!, a, (machine) => machine.defReg(def));
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
  const access = f.aux[a]! & 15;
  if ((access === from || access === to) && isFoldableLoad(s, a, id)) {
    emitMemory(s, LOADS[to]!, f.a[a]!, f.c[a]!, a, (machine) => machine.defReg(def));
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

// ---- comparisons ----

/** A branch row and its sources: taken if the condition holds. */
interface Condition {
  row: number;
  x: number;
  y: number;
}

const BRANCH_ROWS: readonly number[] = [
  OP.beq, OP.bne, OP.blt, OP.bge, OP.blt, OP.bge, OP.bltu, OP.bgeu, OP.bltu, OP.bgeu,
];

function isSwapped(cond: Cond): boolean {
  return cond === Cond.Sgt || cond === Cond.Sle || cond === Cond.Ugt || cond === Cond.Ule;
}

function unsignedOf(cond: Cond): Cond {
  return cond >= Cond.Slt && cond <= Cond.Sle ? (cond + 4) as Cond : cond;
}

/**
 * The sources of a comparison and its condition. Sign extension keeps the unsigned order, so two zero-extended i32 are
 * compared as they were before.
 */
function compareSources(s: Selector, id: number): { a: number; b: number; cond: Cond } {
  const { f } = s;
  const a = f.a[id]!;
  const b = f.b[id]!;
  const cond = f.aux[id] as Cond;
  const isWord = (value: number) => f.op[value] === Op.Zext && f.type[f.a[value]!] === Type.I32;
  const isSmall = (value: number) => s.isConstant32(value) && f.a[value]! >= 0;
  if (isWord(a) && (isWord(b) || isSmall(b))) {
    return { a: f.a[a]!, b: isWord(b) ? f.a[b]! : b, cond: unsignedOf(cond) };
  }
  if (isSmall(a) && isWord(b)) return { a, b: f.a[b]!, cond: unsignedOf(cond) };
  return { a, b, cond };
}

/** May `user` compute the comparison `value` inside itself? */
function canFuse(s: Selector, value: number, user: number): boolean {
  return s.f.block[value] === s.f.block[user] || s.canFold(value, user);
}

export function condition(s: Selector, value: number, user: number): Condition {
  const { f } = s;
  let inverted = false;
  while (f.op[value] === Op.Not && canFuse(s, value, user)) {
    inverted = !inverted;
    value = f.a[value]!;
  }
  if (f.op[value] === Op.Icmp && canFuse(s, value, user)) {
    const { a, b, cond } = compareSources(s, value);
    const actual = (inverted ? cond ^ 1 : cond) as Cond;
    const row = BRANCH_ROWS[actual]!;
    return isSwapped(actual) ? { row, x: reg(s, b), y: reg(s, a) } : { row, x: reg(s, a), y: reg(s, b) };
  }
  if (f.op[value] === Op.Fcmp && canFuse(s, value, user)) {
    const compared = floatCompare(s, value, s.temp());
    return { row: compared.inverted !== inverted ? OP.beq : OP.bne, x: compared.register, y: ZERO };
  }
  return { row: inverted ? OP.beq : OP.bne, x: reg(s, value), y: ZERO };
}

/** Does the machine's comparison give the opposite of `fcmp`? True with a NaN: only `ne` is. */
function inverts(f: Func, id: number): boolean {
  return f.aux[id] === Cond.Ne;
}

/** Compares into `def`; if `inverted`, that is the opposite of the condition. */
function floatCompare(s: Selector, id: number, def: number): { register: number; inverted: boolean } {
  const { f } = s;
  const cond = f.aux[id] as Cond;
  const a = s.use(f.a[id]!);
  const b = s.use(f.b[id]!);
  const rows = cond <= Cond.Ne ? FEQ : cond === Cond.Slt || cond === Cond.Sgt ? FLT : FLE;
  const isReversed = cond === Cond.Sgt || cond === Cond.Sge;
  emit2(s, rows[f.type[f.a[id]!] === Type.F64 ? 1 : 0], def, isReversed ? b : a, isReversed ? a : b);
  return { register: def, inverted: inverts(f, id) };
}

function lowerIcmp(s: Selector, id: number): void {
  const { f } = s;
  const def = s.def(id);
  const { a, b, cond } = compareSources(s, id);
  if (cond === Cond.Eq || cond === Cond.Ne) {
    let difference = reg(s, a);
    if (!isZero(f, b)) {
      const temp = s.temp();
      const imm = small(s, b);
      if (imm !== null) emitImm(s, OP.xori, temp, difference, imm);
      else emit2(s, OP.xor, temp, difference, reg(s, b));
      difference = temp;
    }
    if (cond === Cond.Eq) emitImm(s, OP.sltiu, def, difference, 1);
    else emit2(s, OP.sltu, def, ZERO, difference);
    return;
  }
  const isSigned = cond <= Cond.Sle;
  const rows = isSigned ? { reg: OP.slt, imm: OP.slti } : { reg: OP.sltu, imm: OP.sltiu };
  // a > c is not a < c + 1, and a <= c is a < c + 1.
  const isOrEqual = cond === Cond.Sle || cond === Cond.Ule || cond === Cond.Sgt || cond === Cond.Ugt;
  const isGreater = cond === Cond.Sgt || cond === Cond.Ugt;
  const constant = s.isConstant32(b) ? f.a[b]! : null;
  const imm = constant === null ? null : constant + (isOrEqual ? 1 : 0);
  const wraps = !isSigned && isOrEqual && constant === -1;
  const usesImmediate = imm !== null && fits12(imm) && !wraps && !(isGreater && constant === 0);
  const negated = cond === Cond.Sge || cond === Cond.Uge ||
    (usesImmediate ? isGreater : cond === Cond.Sle || cond === Cond.Ule);
  const result = negated ? s.temp() : def;
  if (usesImmediate) emitImm(s, rows.imm, result, reg(s, a), imm);
  else if (isSwapped(cond)) emit2(s, rows.reg, result, reg(s, b), reg(s, a));
  else emit2(s, rows.reg, result, reg(s, a), reg(s, b));
  if (negated) emitImm(s, OP.xori, def, result, 1);
}

/**
 * A copy that a branch skips: the condition is a whole comparison, and most cores fuse or predict the pair. A source of
 * the comparison that is the value kept is read where that stands already, in the destination.
 */
function lowerSelect(s: Selector, id: number): void {
  const { f } = s;
  const isFloatValue = isFloat(f.type[id] as Type);
  const kept = isFloatValue ? s.use(f.b[id]!) : argument(s, f.b[id]!);
  const other = isFloatValue ? s.use(f.c[id]!) : reg(s, f.c[id]!);
  const { row, x, y } = condition(s, f.a[id]!, id);
  s.emit(Composite.Select)
    .defReuse(s.def(id), 1)
    .useReg(kept)
    .useReg(other, Constraint.Any | Constraint.Overlap)
    .mode(row | (x === kept ? SELECT_X_KEPT : 0) | (y === kept ? SELECT_Y_KEPT : 0));
  for (const register of [x, y]) if (register !== kept) s.useReg(register, Constraint.Any | Constraint.Overlap);
}

// ---- memory and registers of the machine ----

/**
 * A load or store of ptr `address` + `offset`. `value` adds the operand that is loaded or stored. Constant offsets,
 * stack slots and symbols that only this instruction uses become part of it.
 */
function emitMemory(
  s: Selector, row: number, address: number, offset: number, user: number, value: (machine: Selector) => void,
): void {
  const { f } = s;
  while (f.op[address] === Op.Ptradd && s.isConstant32(f.b[address]!)) {
    const sum = offset + f.a[f.b[address]!]!;
    if (!fits12(sum)) break;
    offset = sum;
    address = f.a[address]!;
  }
  if (f.op[address] === Op.Slot && fits12(offset)) {
    value(s.emit(row));
    s.mode(f.a[address]! + 1).imm(offset);
    return;
  }
  if (f.op[address] === Op.Symbol && s.canFold(address, user)) {
    const addend = f.c[address]! + offset;
    if (addend === (addend | 0)) {
      value(s.emit(row));
      s.symbolRef(f.a[address]!, addend);
      return;
    }
  }
  let base = reg(s, address);
  if (!fits12(offset)) {
    const distance = s.temp();
    const sum = s.temp();
    const low = lower12(offset);
    // The upper part of a 32-bit offset may be 2^31.
    const upper = offset - low;
    s.emit(Composite.LoadConstant).defReg(distance).imm(upper | 0, upper > 0x7fffffff ? 0 : upper >> 31);
    emit2(s, OP.add, sum, base, distance);
    base = sum;
    offset = low;
  }
  value(s.emit(row));
  s.useReg(base).imm(offset);
}

function csrNumber(s: Selector, id: number): number {
  const { f } = s;
  const space = f.aux[id]! & 15;
  if (space !== Space.Csr) throw new Error(`${f.name}: riscv64 has no register space ${space}`);
  return f.a[f.a[id]!]!;
}

function lowerSysread(s: Selector, id: number): void {
  const number = csrNumber(s, id);
  const wide = isWide(s.f.type[id] as Type);
  // The read itself may matter to the machine: it stays although nobody asks for its value.
  const read = wide ? s.def(id) : s.temp();
  s.emit(OP.csrrs).defReg(read).useReg(ZERO).imm(number);
  if (!wide) emitImm(s, OP.addiw, s.def(id), read, 0);
}

function lowerSyswrite(s: Selector, id: number): void {
  const { f } = s;
  const number = csrNumber(s, id);
  const value = f.b[id]!;
  if (s.isConstant32(value) && f.a[value]! >= 0 && f.a[value]! < 32) {
    s.emit(OP.csrrwi).useReg(ZERO).imm(number).mode(f.a[value]!);
    return;
  }
  let written = reg(s, value);
  if (f.type[value] === Type.I32 && !isNonNegative(f, value)) {
    const top = s.temp();
    const whole = s.temp();
    emitImm(s, OP.slli, top, written, 32);
    emitImm(s, OP.srli, whole, top, 32);
    written = whole;
  }
  s.emit(OP.csrrw).useReg(ZERO).useReg(written).imm(number);
}
