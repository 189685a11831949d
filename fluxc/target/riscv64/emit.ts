/**
 * Allocated machine instructions to bytes: prologue, epilogue, composites, branches in the size that reaches.
 *
 * Frame: `s0` is the stack pointer at entry, ra stands at s0 - 8 and the caller's s0 at s0 - 16, so that a backtrace
 * can walk it. In the body the stack pointer is fixed and reaches everything, because compressed loads and stores count
 * from it. ra is free as a second scratch register where there is a frame, beside t6.
 */
import { FrameState } from '../machine/atom.ts';
import type { CodeBuffer } from '../machine/code-buffer.ts';
import { type Frame, layoutFrame } from '../machine/frame.ts';
import { FLOAT, type MachineFunction, Pseudo } from '../machine/machine-function.ts';
import { materialise, type Step } from './constants.ts';
import { compress, encode } from './encode.ts';
import { type Form, form, INVERSE } from './forms.ts';
import { BRANCH_TO_TRAP, Composite, rowOf, SELECT_X_KEPT, SELECT_Y_KEPT } from './opcodes.ts';
import { FP, FT11, RA, SP, T6, ZERO } from './registers.ts';
import { lower12, Relocation, upper20 } from './relocations.ts';

/** ra and the caller's frame pointer */
const RECORD_BYTES = 16;
/** Frames up to here are made by one addition and reach the saved registers by compressed stores. */
const SMALL_FRAME = 512;

const ADD = form('add');
const ADDI = form('addi');
const AUIPC = form('auipc');
const BEQ = form('beq');
const BGE = form('bge');
const BGEU = form('bgeu');
const EBREAK = form('ebreak');
const FLD = form('fld');
const FMV_D_X = form('fmv.d.x');
const FMV_W_X = form('fmv.w.x');
const FSD = form('fsd');
const FSGNJ_D = form('fsgnj.d');
const JAL = form('jal');
const JALR = form('jalr');
const LD = form('ld');
const LUI = form('lui');
const SD = form('sd');
const SLLI = form('slli');
const SRET = form('sret');
const SUB = form('sub');

/** Writes one instruction, compressed if it can be. Registers are numbers 0 to 63; their class is the row's. */
function put(out: CodeBuffer, row: Form, rd: number, rs1: number, rs2: number, imm: number): void {
  const half = compress(row, rd & 31, rs1 & 31, rs2 & 31, imm);
  if (half >= 0) out.put16(half);
  else out.put32(encode(row, rd & 31, rs1 & 31, rs2 & 31, imm));
}

function putSteps(out: CodeBuffer, rd: number, steps: readonly Step[]): void {
  for (let i = 0; i < steps.length; i++) put(out, steps[i]!.form, rd, i === 0 ? ZERO : rd, ZERO, steps[i]!.imm);
}

function putConstant(out: CodeBuffer, rd: number, low: number, high = low >> 31): void {
  putSteps(out, rd, materialise(low, high));
}

/** `rd = rs1 + amount` for any 32-bit amount, through t6 where it is far; rd may be t6. */
function addAmount(out: CodeBuffer, rd: number, rs1: number, amount: number): void {
  if (amount === lower12(amount)) put(out, ADDI, rd, rs1, ZERO, amount);
  else {
    putConstant(out, T6, amount);
    put(out, ADD, rd, T6, rs1, 0);
  }
}

/** A load (`rd`) or store (`rs2`) at `base` + `offset`, through t6 where that is far. */
function putMemory(out: CodeBuffer, row: Form, rd: number, rs2: number, base: number, offset: number): void {
  const low = lower12(offset);
  if (offset !== low) {
    put(out, LUI, T6, ZERO, ZERO, upper20(offset));
    put(out, ADD, T6, T6, base, 0);
    base = T6;
  }
  put(out, row, rd, base, rs2, low);
}

function saveRegister(out: CodeBuffer, register: number, offset: number): void {
  put(out, register < FLOAT ? SD : FSD, ZERO, SP, register, offset);
}

function restoreRegister(out: CodeBuffer, register: number, offset: number): void {
  put(out, register < FLOAT ? LD : FLD, register, SP, ZERO, offset);
}

function frameOf(machine: MachineFunction): Frame {
  return layoutFrame(machine, RECORD_BYTES);
}

/** The part of the frame that prologue and epilogue address: all of a small frame, else record and saved registers. */
function savedBytes(machine: MachineFunction): number {
  const { size } = frameOf(machine);
  if (size <= SMALL_FRAME) return size;
  return RECORD_BYTES + 16 * Math.ceil(machine.savedRegisters.length / 2);
}

/** `Target.emitRecord` */
export function emitRecord(out: CodeBuffer): void {
  put(out, ADDI, SP, SP, ZERO, -RECORD_BYTES);
  saveRegister(out, RA, RECORD_BYTES - 8);
  saveRegister(out, FP, RECORD_BYTES - 16);
  put(out, ADDI, FP, SP, ZERO, RECORD_BYTES);
  out.frame(FrameState.Record);
}

/** `Target.usesFrame`: what is on the stack, and ra as a scratch register. */
export function usesFrame(machine: MachineFunction, id: number): boolean {
  const op = machine.op[id]!;
  if (op === Composite.SlotAddress || op === Composite.SwitchCases || op === Composite.SwitchTable) return true;
  const row = rowOf(op);
  const isPlaced = row?.operands[1] === 'imm(rs1)' && machine.operandCount[id] === 1;
  if (isPlaced && machine.symbol[id]! < 0) return true;
  for (let i = 0; i < machine.operandCount[id]!; i++) if (machine.register(id, i) === FP) return true;
  return false;
}

export function emitPrologue(machine: MachineFunction, out: CodeBuffer): void {
  const frame = frameOf(machine);
  const near = savedBytes(machine);
  put(out, ADDI, SP, SP, ZERO, -near);
  saveRegister(out, RA, near - 8);
  saveRegister(out, FP, near - 16);
  for (const register of machine.savedRegisters) saveRegister(out, register, near + frame.savedOffset(register));
  put(out, ADDI, FP, SP, ZERO, near);
  out.frame(FrameState.Whole);
  if (near < frame.size) addAmount(out, SP, SP, near - frame.size);
}

function emitReturn(machine: MachineFunction, out: CodeBuffer): void {
  if (!machine.naked && machine.hasFrame) {
    const frame = frameOf(machine);
    const near = savedBytes(machine);
    if (machine.savedRegisters.length > 0) {
      if (out.epilogue >= 0) return jump(out, out.epilogue);
      out.bind((out.epilogue = out.newLabel()));
    }
    if (near < frame.size) put(out, ADDI, SP, FP, ZERO, -near);
    for (const register of machine.savedRegisters) restoreRegister(out, register, near + frame.savedOffset(register));
    restoreRegister(out, RA, near - 8);
    restoreRegister(out, FP, near - 16);
    put(out, ADDI, SP, SP, ZERO, near);
  }
  out.frame(FrameState.None);
  if (machine.interrupt) put(out, SRET, ZERO, ZERO, ZERO, 0);
  else put(out, JALR, ZERO, RA, ZERO, 0);
}

// ---- branches ----

/** A jump to `label` in the size that reaches: 16 bits, 32 bits, or through t6. */
function jump(out: CodeBuffer, label: number): void {
  const level = out.nextLevel();
  if (level === 0) {
    out.fixup(Relocation.CompressedJump, label);
    out.put16(compress(JAL, ZERO, ZERO, ZERO, 0));
  } else if (level === 1) jumpWide(out, label);
  else jumpFar(out, label);
}

function jumpWide(out: CodeBuffer, label: number): void {
  out.fixup(Relocation.Jump, label);
  out.put32(encode(JAL, ZERO, 0, 0, 0));
}

function jumpFar(out: CodeBuffer, label: number): void {
  out.fixup(Relocation.PairI, label);
  out.put32(encode(AUIPC, T6, 0, 0, 0));
  out.put32(encode(JALR, ZERO, T6, 0, 0));
}

/** A conditional branch to `label`: 16 bits, 32 bits, or inverted around a jump. `inverted` takes the opposite. */
function branch(out: CodeBuffer, row: Form, rs1: number, rs2: number, label: number, inverted: boolean): void {
  const actual = inverted ? INVERSE.get(row)! : row;
  // Equality does not mind the order, and only the second source of a compressed branch may be zero.
  if (rs1 === ZERO && (actual.name === 'beq' || actual.name === 'bne')) [rs1, rs2] = [rs2, rs1];
  const half = compress(actual, ZERO, rs1, rs2, 0);
  const level = out.nextLevel() + (half < 0 ? 1 : 0);
  if (level === 0) {
    out.fixup(Relocation.CompressedBranch, label);
    out.put16(half);
  } else if (level === 1) {
    out.fixup(Relocation.Branch, label);
    out.put32(encode(actual, 0, rs1, rs2, 0));
  } else {
    const inverse = INVERSE.get(actual)!;
    const distance = level === 2 ? 4 : 8;
    const around = compress(inverse, ZERO, rs1, rs2, 2 + distance);
    if (around >= 0) out.put16(around);
    else out.put32(encode(inverse, 0, rs1, rs2, 4 + distance));
    if (level === 2) jumpWide(out, label);
    else jumpFar(out, label);
  }
}

function emitBranch(machine: MachineFunction, id: number, out: CodeBuffer, next: number, row: Form): void {
  const rs1 = machine.register(id, 0);
  const rs2 = machine.register(id, 1);
  if (machine.mode[id] === BRANCH_TO_TRAP) {
    branch(out, row, rs1, rs2, out.trapLabel(machine.imm[id]!, machine.loc[id]!), false);
    return;
  }
  const then = machine.target[id]!;
  const otherwise = machine.imm[id]!;
  if (then === next) branch(out, row, rs1, rs2, otherwise, true);
  else {
    branch(out, row, rs1, rs2, then, false);
    if (otherwise !== next) jump(out, otherwise);
  }
}

// ---- instructions that are a row of the table ----

function emitRow(machine: MachineFunction, id: number, out: CodeBuffer, next: number, row: Form): void {
  const { layoutName, registers } = row;
  if (layoutName === 'B') {
    emitBranch(machine, id, out, next, row);
    return;
  }
  const imm = machine.imm[id]!;
  const mode = machine.mode[id]!;
  const isMemory = row.operands[1] === 'imm(rs1)';
  if (isMemory && machine.operandCount[id] === 1) {
    emitPlacedMemory(machine, id, out, row);
    return;
  }
  const fields = { rd: 0, rs1: 0, rs2: 0, rs3: 0 };
  for (let i = 0; i < registers.length; i++) fields[registers[i]!.field] = machine.register(id, i) & 31;
  const { rd, rs1, rs2, rs3 } = fields;
  if (isMemory) putMemory(out, row, rd, rs2, rs1, imm);
  else if (row.operands[2] === 'zimm') out.put32(encode(row, rd, mode, 0, imm));
  else if (mode !== 0) out.put32(encode(row, rd, rs1, rs2, imm, rs3, mode));
  else put(out, row, rd, rs1, rs2, imm);
}

/** A load or store of a stack slot, or of a symbol through an auipc. */
function emitPlacedMemory(machine: MachineFunction, id: number, out: CodeBuffer, row: Form): void {
  const register = machine.register(id, 0) & 31;
  const isStore = row.layoutName === 'S';
  const rd = isStore ? ZERO : register;
  const rs2 = isStore ? register : ZERO;
  const imm = machine.imm[id]!;
  if (machine.symbol[id]! < 0) {
    const frame = frameOf(machine);
    putMemory(out, row, rd, rs2, SP, frame.size + frame.slotOffset(machine.mode[id]! - 1) + imm);
    return;
  }
  // An integer load can build the address in its own destination.
  const base = isStore || machine.register(id, 0) >= FLOAT ? T6 : register;
  out.relocate(isStore ? Relocation.PairS : Relocation.PairI, machine.symbol[id]!, imm);
  out.put32(encode(AUIPC, base, 0, 0, 0));
  out.put32(encode(row, rd, base, rs2, 0));
}

// ---- composites and pseudo-instructions ----

/** See `Target.emit`. */
export function emit(machine: MachineFunction, id: number, out: CodeBuffer, next: number): void {
  const op = machine.op[id]!;
  const row = rowOf(op);
  if (row) {
    emitRow(machine, id, out, next, row);
    return;
  }
  const imm = machine.imm[id]!;
  const reg = (operand: number) => machine.register(id, operand);
  switch (op) {
    case Pseudo.Nop: case Pseudo.Entry: return;
    case Pseudo.Move: move(out, reg(0), reg(1)); return;
    case Pseudo.Spill: case Pseudo.Reload: {
      const frame = frameOf(machine);
      const offset = frame.size + frame.spillOffset(imm);
      const isFloat = reg(0) >= FLOAT;
      if (op === Pseudo.Spill) putMemory(out, isFloat ? FSD : SD, ZERO, reg(0), SP, offset);
      else putMemory(out, isFloat ? FLD : LD, reg(0), ZERO, SP, offset);
      return;
    }
    case Pseudo.Exchange: exchange(out, reg(0), reg(1)); return;
    case Composite.LoadConstant: putConstant(out, reg(0), imm, machine.immHigh[id]!); return;
    case Composite.LoadFloat: {
      const isDouble = machine.mode[id] === 1;
      const high = isDouble ? machine.immHigh[id]! : imm >> 31;
      const from = imm === 0 && high === 0 ? ZERO : T6;
      if (from === T6) putConstant(out, T6, imm, high);
      put(out, isDouble ? FMV_D_X : FMV_W_X, reg(0), from, ZERO, 0);
      return;
    }
    case Composite.SymbolAddress:
      out.relocate(Relocation.PairI, machine.symbol[id]!, imm);
      out.put32(encode(AUIPC, reg(0), 0, 0, 0));
      out.put32(encode(ADDI, reg(0), reg(0), 0, 0));
      return;
    case Composite.SlotAddress: {
      const frame = frameOf(machine);
      addAmount(out, reg(0), SP, frame.size + frame.slotOffset(machine.mode[id]!) + imm);
      return;
    }
    case Composite.Call:
      out.relocate(Relocation.Call, machine.symbol[id]!, 0);
      out.put32(encode(AUIPC, RA, 0, 0, 0));
      out.put32(encode(JALR, RA, RA, 0, 0));
      return;
    case Composite.CallPointer: put(out, JALR, RA, reg(0), ZERO, 0); return;
    case Composite.Return: emitReturn(machine, out); return;
    case Composite.Jump: if (machine.target[id] !== next) jump(out, machine.target[id]!); return;
    case Composite.Trap:
      if (out.withoutFrame) emitRecord(out);
      out.trapSite(imm);
      emitTrap(out, imm);
      return;
    case Composite.Select: emitSelect(machine, id, out); return;
    case Composite.SwitchStart: move(out, T6, reg(0)); return;
    case Composite.SwitchCases: emitSearch(out, T6, RA, machine.tables[imm]!); return;
    case Composite.SwitchSearch:
      emitSearch(out, reg(1), reg(0), machine.tables[imm]!);
      if (machine.target[id] !== next) jump(out, machine.target[id]!);
      return;
    case Composite.SwitchTable: emitTable(machine, id, out); return;
    case Composite.TableEntry:
      out.nextLevel();
      jumpWide(out, machine.target[id]!);
      return;
    default: throw new Error(`${machine.name}: opcode ${op} has no emission`);
  }
}

/** An `ebreak`, and behind it a word that is never executed and says why: `lui zero, code`. */
export function emitTrap(out: CodeBuffer, code: number): void {
  out.put32(encode(EBREAK, 0, 0, 0, 0));
  out.put32(encode(LUI, ZERO, 0, 0, code));
}

function move(out: CodeBuffer, to: number, from: number): void {
  if (to < FLOAT) put(out, ADDI, to, from, ZERO, 0);
  else put(out, FSGNJ_D, to, from, from, 0);
}

function exchange(out: CodeBuffer, a: number, b: number): void {
  const through = a < FLOAT ? T6 : FT11;
  move(out, through, a);
  move(out, a, b);
  move(out, b, through);
}

/** The destination holds the first value; the branch skips the copy of the second. */
function emitSelect(machine: MachineFunction, id: number, out: CodeBuffer): void {
  const mode = machine.mode[id]!;
  const row = rowOf(mode & 0xffff)!;
  const kept = machine.register(id, 0);
  let operand = 3;
  const x = mode & SELECT_X_KEPT ? kept : machine.register(id, operand++);
  const y = mode & SELECT_Y_KEPT ? kept : machine.register(id, operand);
  const done = out.newLabel();
  branch(out, row, x, y, done, false);
  move(out, kept, machine.register(id, 2));
  out.bind(done);
}

/** Cases that are tried one by one; more of them are halved first. */
const MOST_IN_A_ROW = 3;

/** Goes to the block of the case of `table` (low, high, block) that `value` is; falls out at the end if it is none. */
function emitSearch(out: CodeBuffer, value: number, temporary: number, table: readonly number[]): void {
  const done = out.newLabel();
  /** `isLoaded`: the temporary is the case already */
  const compare = (row: Form, at: number, label: number, isLoaded: boolean) => {
    const [low, high] = [table[3 * at]!, table[3 * at + 1]!];
    const isZero = low === 0 && high === 0;
    if (!isZero && !isLoaded) putConstant(out, temporary, low, high);
    branch(out, row, value, isZero ? ZERO : temporary, label, false);
  };
  const search = (from: number, to: number, isLoaded: boolean) => {
    if (to - from <= MOST_IN_A_ROW) {
      for (let at = from; at < to; at++) compare(BEQ, at, table[3 * at + 2]!, isLoaded && at === from);
      if (to < table.length / 3) jump(out, done);
      return;
    }
    const middle = (from + to) >> 1;
    const upper = out.newLabel();
    compare(BGE, middle, upper, false);
    search(from, middle, false);
    out.bind(upper);
    search(middle, to, true);
  };
  search(0, table.length / 3, false);
  out.bind(done);
}

/** Bounds check on t6, then a computed jump into the entries that stand behind this instruction. */
function emitTable(machine: MachineFunction, id: number, out: CodeBuffer): void {
  const low = machine.imm[id]!;
  const high = machine.immHigh[id]!;
  const isSmall = high === low >> 31 && -low === lower12(-low);
  if (isSmall) {
    if (low !== 0) put(out, ADDI, T6, T6, ZERO, -low);
  } else {
    putConstant(out, RA, low, high);
    put(out, SUB, T6, T6, RA, 0);
  }
  putConstant(out, RA, machine.mode[id]!);
  branch(out, BGEU, T6, RA, machine.target[id]!, false);
  put(out, SLLI, T6, T6, ZERO, 2);
  // Behind the auipc stand c.add (2 bytes) and jalr (4): the entries start 10 bytes from it.
  out.put32(encode(AUIPC, RA, 0, 0, 0));
  out.put16(compress(ADD, T6, T6, RA, 0));
  out.put32(encode(JALR, ZERO, T6, 0, 10));
}

