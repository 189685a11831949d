/**
 * Writes allocated machine instructions as bytes: `Target.emitPrologue`, `Target.emit` and `Target.emitTrap`.
 *
 * An instruction with a row in `instructions.ts` is its word or'd with its mode and registers; here stand the others.
 * Stack slots are reached from the stack pointer, which does not move after the prologue (`frame.ts`). x16 and x17 are
 * free between instructions, but x16 may carry a value through a series of moves: what moves, constants and stack
 * accesses need is x17.
 */
import { FrameState } from '../machine/atom.ts';
import type { CodeBuffer } from '../machine/code-buffer.ts';
import { type Frame, layoutFrame } from '../machine/frame.ts';
import { type MachineFunction, Pseudo } from '../machine/machine-function.ts';
import { constantWords } from './constants.ts';
import {
  emitBranchBit, emitBranchCondition, emitBranchZero, emitCompareChain, emitJump, emitJumpTable,
} from './emit-branches.ts';
import { DOUBLE, REGISTER_OFFSET, rowWord, UNSIGNED_OFFSET, WIDE } from './forms.ts';
import { Inst, instructionRow, NOT_ZERO } from './instructions.ts';
import { encodeFloatBits } from './operand-constants.ts';
import { FIRST_FLOAT, FRAME_POINTER, LINK, SCRATCH, SECOND_SCRATCH, STACK_POINTER, ZERO } from './registers.ts';
import { loadStoreLow12, Relocation } from './relocations.ts';
import { arithmeticImmediate } from './values.ts';

const MOVE = rowWord('mov', 'Rd, Rm') | WIDE;
const FLOAT_MOVE = rowWord('fmov', 'Fd, Fn') | DOUBLE;
const FLOAT_IMMEDIATE = rowWord('fmov', 'Fd, float8');
const WORD_TO_SINGLE = rowWord('fmov', 'Sd, Wn');
const WORD_TO_DOUBLE = rowWord('fmov', 'Dd, Xn');
const DOUBLE_TO_WORD = rowWord('fmov', 'Xd, Dn');
const ADD_IMMEDIATE = rowWord('add', 'Rd|SP, Rn|SP, imm12') | WIDE;
const SUB_IMMEDIATE = rowWord('sub', 'Rd|SP, Rn|SP, imm12') | WIDE;
const ADD_TO_STACK = rowWord('add', 'Xd|SP, Xn|SP, Xm, extend.X') | (3 << 13);
const SUB_FROM_STACK = rowWord('sub', 'Xd|SP, Xn|SP, Xm, extend.X') | (3 << 13);
const ADRP = rowWord('adrp', 'Xd, adrp');
const CALL = rowWord('bl', 'label26.call');
const CALL_POINTER = rowWord('blr', 'Xn');
const RETURN = rowWord('ret', 'Xn');
const EXCEPTION_RETURN = rowWord('eret', '');
const BREAK = rowWord('brk', 'imm16.exception');
const STORE_INT = rowWord('stur', 'Xt, mem.s9');
const LOAD_INT = rowWord('ldur', 'Xt, mem.s9');
const STORE_FLOAT = rowWord('stur', 'Dt, mem.s9');
const LOAD_FLOAT = rowWord('ldur', 'Dt, mem.s9');
const STORE_PAIR = rowWord('stp', 'Xt, Xt2, pair.8');
const LOAD_PAIR = rowWord('ldp', 'Xt, Xt2, pair.8');
const STORE_FLOAT_PAIR = rowWord('stp', 'Dt, Dt2, pair.8');
const LOAD_FLOAT_PAIR = rowWord('ldp', 'Dt, Dt2, pair.8');
const PUSH_PAIR = rowWord('stp', 'Xt, Xt2, pair.8.pre');
const POP_PAIR = rowWord('ldp', 'Xt, Xt2, pair.8.post');
const PUSH_FLOAT_PAIR = rowWord('stp', 'Dt, Dt2, pair.8.pre');
const POP_FLOAT_PAIR = rowWord('ldp', 'Dt, Dt2, pair.8.post');
const POP_INT = rowWord('ldr', 'Xt, mem.s9.post');
const POP_FLOAT = rowWord('ldr', 'Dt, mem.s9.post');

/** `[Xn|SP, Xm]` */
const PLAIN_INDEX = REGISTER_OFFSET | (3 << 13);

/** `Target.emitTrap` */
export function emitTrap(out: CodeBuffer, code: number): void {
  out.put32(BREAK | (code << 5));
}

// ---- stack ----

/** Accesses the stack at `offset` from the frame pointer. `word` is the form with an unscaled offset. */
function accessStack(out: CodeBuffer, frame: Frame, word: number, register: number, offset: number): void {
  const bytes = 1 << (word >>> 30);
  const fromStack = offset + frame.size;
  const data = word | (register & 31);
  if (fromStack >= 0 && fromStack % bytes === 0 && fromStack / bytes < 4096) {
    out.put32(data | UNSIGNED_OFFSET | ((fromStack / bytes) << 10) | (STACK_POINTER << 5));
  } else if (offset >= -256 && offset < 256) out.put32(data | ((offset & 511) << 12) | (FRAME_POINTER << 5));
  else {
    putConstant(out, SECOND_SCRATCH, fromStack);
    out.put32(data | PLAIN_INDEX | (SECOND_SCRATCH << 16) | (STACK_POINTER << 5));
  }
}

function accessSpill(out: CodeBuffer, machine: MachineFunction, id: number, load: boolean): void {
  const frame = layoutFrame(machine);
  const register = machine.register(id, 0);
  const isFloat = register >= FIRST_FLOAT;
  const word = load ? (isFloat ? LOAD_FLOAT : LOAD_INT) : isFloat ? STORE_FLOAT : STORE_INT;
  accessStack(out, frame, word, register, frame.spillOffset(machine.imm[id]!));
}

function putConstant(out: CodeBuffer, register: number, value: number): void {
  for (const word of constantWords(register, value | 0, value < 0 ? -1 : 0, true)) out.put32(word);
}

/** `to = sp + offset` */
function addressOnStack(out: CodeBuffer, to: number, offset: number): void {
  const whole = arithmeticImmediate(offset);
  if (whole >= 0) out.put32(ADD_IMMEDIATE | whole | (STACK_POINTER << 5) | to);
  else if (offset >= 0 && offset < 1 << 24) {
    out.put32(ADD_IMMEDIATE | arithmeticImmediate(offset & ~4095) | (STACK_POINTER << 5) | to);
    out.put32(ADD_IMMEDIATE | arithmeticImmediate(offset & 4095) | (to << 5) | to);
  } else {
    putConstant(out, to, offset);
    out.put32(ADD_TO_STACK | (to << 16) | (STACK_POINTER << 5) | to);
  }
}

/** Saves or restores the registers that the function must keep: in pairs, as the frame lays them out. */
function accessSaved(out: CodeBuffer, machine: MachineFunction, frame: Frame, load: boolean): void {
  const saved = machine.savedRegisters;
  for (let i = 0; i < saved.length; i++) {
    const register = saved[i]!;
    const isFloat = register >= FIRST_FLOAT;
    const partner = saved[i + 1];
    if (partner !== undefined && partner >= FIRST_FLOAT === isFloat) {
      const pair = load ? (isFloat ? LOAD_FLOAT_PAIR : LOAD_PAIR) : isFloat ? STORE_FLOAT_PAIR : STORE_PAIR;
      // The later register stands lower.
      const offset = frame.savedOffset(partner) / 8;
      out.put32(pair | ((offset & 127) << 15) | ((register & 31) << 10) | (FRAME_POINTER << 5) | (partner & 31));
      i++;
    } else {
      const word = load ? (isFloat ? LOAD_FLOAT : LOAD_INT) : isFloat ? STORE_FLOAT : STORE_INT;
      accessStack(out, frame, word, register, frame.savedOffset(register));
    }
  }
}

/** Two registers onto the stack, `first` at the lower address. Both of one class. */
function pushPair(out: CodeBuffer, first: number, second: number): void {
  const word = first >= FIRST_FLOAT ? PUSH_FLOAT_PAIR : PUSH_PAIR;
  out.put32(word | ((-2 & 127) << 15) | ((second & 31) << 10) | (STACK_POINTER << 5) | (first & 31));
}

function popPair(out: CodeBuffer, first: number, second: number): void {
  const word = first >= FIRST_FLOAT ? POP_FLOAT_PAIR : POP_PAIR;
  out.put32(word | (2 << 15) | ((second & 31) << 10) | (STACK_POINTER << 5) | (first & 31));
}

/**
 * Is the frame nothing but saved registers, to be pushed in pairs? The last may be alone: it is stored twice, which
 * keeps it where the frame says and the stack aligned. One alone before the floats would shift those against their pairs.
 */
function isPushed(machine: MachineFunction): boolean {
  const { savedRegisters: saved, slots, spillSlots, outgoingBytes } = machine;
  if (saved.length === 0 || slots.length > 0 || spillSlots > 0 || outgoingBytes > 0) return false;
  const ints = saved.filter((register) => register < FIRST_FLOAT).length;
  return ints % 2 === 0 || ints === saved.length;
}

/** `Target.emitRecord` */
export function emitRecord(out: CodeBuffer): void {
  pushPair(out, FRAME_POINTER, LINK);
  out.put32(ADD_IMMEDIATE | (STACK_POINTER << 5) | FRAME_POINTER);
  out.frame(FrameState.Record);
}

/** `Target.usesFrame` */
export function usesFrame(machine: MachineFunction, id: number): boolean {
  const op = machine.op[id]!;
  if (op === Inst.AccessSlot || op === Inst.SlotAddress) return true;
  for (let i = 0; i < machine.operandCount[id]!; i++) if (machine.register(id, i) === FRAME_POINTER) return true;
  return false;
}

/** `Target.emitPrologue`: frame record, frame pointer, room, saved registers. */
export function emitPrologue(machine: MachineFunction, out: CodeBuffer): void {
  const frame = layoutFrame(machine);
  // Interrupted code may be using the scratch registers, one of which the allocator does not know.
  if (machine.interrupt) pushPair(out, SCRATCH, SECOND_SCRATCH);
  emitRecord(out);
  if (isPushed(machine)) {
    const saved = machine.savedRegisters;
    for (let i = 0; i < saved.length; i += 2) pushPair(out, saved[i + 1] ?? saved[i]!, saved[i]!);
  } else {
    makeRoom(out, frame.size);
    accessSaved(out, machine, frame, false);
  }
  out.frame(FrameState.Whole);
}

function makeRoom(out: CodeBuffer, size: number): void {
  if (size >= 1 << 24) {
    putConstant(out, SECOND_SCRATCH, size);
    out.put32(SUB_FROM_STACK | (SECOND_SCRATCH << 16) | (STACK_POINTER << 5) | STACK_POINTER);
    return;
  }
  for (const part of [size & ~4095, size & 4095]) {
    if (part) out.put32(SUB_IMMEDIATE | arithmeticImmediate(part) | (STACK_POINTER << 5) | STACK_POINTER);
  }
}

function emitEpilogue(machine: MachineFunction, out: CodeBuffer): void {
  const frame = layoutFrame(machine);
  if (isPushed(machine)) popSaved(machine.savedRegisters, out);
  else {
    accessSaved(out, machine, frame, true);
    if (frame.size > 0) out.put32(ADD_IMMEDIATE | (FRAME_POINTER << 5) | STACK_POINTER);
  }
  popPair(out, FRAME_POINTER, LINK);
  if (machine.interrupt) popPair(out, SCRATCH, SECOND_SCRATCH);
}

function popSaved(saved: readonly number[], out: CodeBuffer): void {
  for (let i = (saved.length - 1) & ~1; i >= 0; i -= 2) {
    const register = saved[i]!;
    const partner = saved[i + 1];
    if (partner !== undefined) popPair(out, partner, register);
    else {
      const word = register >= FIRST_FLOAT ? POP_FLOAT : POP_INT;
      out.put32(word | (16 << 12) | (STACK_POINTER << 5) | (register & 31));
    }
  }
}

function emitReturn(machine: MachineFunction, out: CodeBuffer): void {
  if (!machine.naked && machine.hasFrame) {
    if (machine.savedRegisters.length > 0) {
      if (out.epilogue >= 0) return emitJump(out, out.epilogue);
      out.bind((out.epilogue = out.newLabel()));
    }
    emitEpilogue(machine, out);
  }
  out.frame(FrameState.None);
  out.put32(machine.interrupt ? EXCEPTION_RETURN : RETURN | (LINK << 5));
}

// ---- one instruction ----

/** `Target.emit` */
export function emit(machine: MachineFunction, id: number, out: CodeBuffer, next: number): void {
  const op = machine.op[id]!;
  const row = instructionRow(op);
  if (row) {
    let word = row.word | machine.mode[id]!;
    for (let i = 0; i < row.places.length; i++) word |= (machine.register(id, i) & 31) << row.places[i]!;
    out.put32(word);
    return;
  }
  const first = machine.operandCount[id]! > 0 ? machine.register(id, 0) & 31 : 0;
  const mode = machine.mode[id]!;
  const imm = machine.imm[id]!;
  switch (op as Inst | Pseudo) {
    case Pseudo.Nop:
    case Pseudo.Entry:
      return;
    case Pseudo.Move:
      emitMove(out, machine.register(id, 0), machine.register(id, 1));
      return;
    case Pseudo.Spill:
      accessSpill(out, machine, id, false);
      return;
    case Pseudo.Reload:
      accessSpill(out, machine, id, true);
      return;
    case Pseudo.Exchange:
      emitExchange(out, machine.register(id, 0), machine.register(id, 1));
      return;
    case Inst.AccessSlot: {
      const frame = layoutFrame(machine);
      accessStack(out, frame, mode, first, frame.slotOffset(machine.immHigh[id]!) + imm);
      return;
    }
    case Inst.AccessSymbol: {
      const bytes = 1 << (mode >>> 30);
      out.relocate(loadStoreLow12(bytes), machine.symbol[id]!, imm);
      out.put32(mode | ((machine.register(id, 1) & 31) << 5) | first);
      return;
    }
    case Inst.Constant:
      for (const word of constantWords(first, imm, machine.immHigh[id]!, mode !== 0)) out.put32(word);
      return;
    case Inst.FloatConstant:
      emitFloatConstant(out, first, imm, machine.immHigh[id]!, mode !== 0);
      return;
    case Inst.SlotAddress: {
      const frame = layoutFrame(machine);
      addressOnStack(out, first, frame.slotOffset(machine.immHigh[id]!) + frame.size + imm);
      return;
    }
    case Inst.SymbolAddress:
      out.relocate(Relocation.AdrPage21, machine.symbol[id]!, imm);
      out.put32(ADRP | first);
      out.relocate(Relocation.AddLow12, machine.symbol[id]!, imm);
      out.put32(ADD_IMMEDIATE | (first << 5) | first);
      return;
    case Inst.SymbolPage:
      out.relocate(Relocation.AdrPage21, machine.symbol[id]!, imm);
      out.put32(ADRP | first);
      return;
    case Inst.Call:
      out.relocate(Relocation.Call26, machine.symbol[id]!, 0);
      out.put32(CALL);
      return;
    case Inst.CallPointer:
      out.put32(CALL_POINTER | (first << 5));
      return;
    case Inst.Return:
      emitReturn(machine, out);
      return;
    case Inst.Trap:
      if (out.withoutFrame) emitRecord(out);
      out.trapSite(imm);
      emitTrap(out, imm);
      return;
    case Inst.Jump:
      if (machine.target[id] !== next) emitJump(out, machine.target[id]!);
      return;
    case Inst.BranchCondition:
    case Inst.BranchZero:
    case Inst.BranchBit:
      emitTwoWay(machine, id, out, next);
      return;
    case Inst.TrapCondition:
      emitBranchCondition(out, mode, out.trapLabel(imm, machine.loc[id]!));
      return;
    case Inst.TrapZero:
      emitBranchZero(out, first, mode, out.trapLabel(imm, machine.loc[id]!));
      return;
    case Inst.TrapBit:
      emitBranchBit(out, first, mode, out.trapLabel(imm, machine.loc[id]!));
      return;
    case Inst.JumpTable:
      emitJumpTable(out, imm, first, machine.register(id, 1), mode, machine.tables[imm]!, machine.target[id]!);
      return;
    case Inst.CompareChain:
      emitCompareChain(out, machine.register(id, 1), mode, machine.tables[imm]!, machine.target[id]!, next);
      return;
    default:
      throw new Error(`arm64 does not emit instruction ${op}`);
  }
}

function emitMove(out: CodeBuffer, to: number, from: number): void {
  if (to === from) return;
  if (to >= FIRST_FLOAT) out.put32(FLOAT_MOVE | ((from & 31) << 5) | (to & 31));
  else out.put32(MOVE | (from << 16) | to);
}

function emitExchange(out: CodeBuffer, a: number, b: number): void {
  if (a >= FIRST_FLOAT) out.put32(DOUBLE_TO_WORD | ((a & 31) << 5) | SECOND_SCRATCH);
  else emitMove(out, SECOND_SCRATCH, a);
  emitMove(out, a, b);
  if (b >= FIRST_FLOAT) out.put32(WORD_TO_DOUBLE | (SECOND_SCRATCH << 5) | (b & 31));
  else emitMove(out, b, SECOND_SCRATCH);
}

/** One `fmov` for zero and the constants that fit 8 bits, else through an integer register. */
function emitFloatConstant(out: CodeBuffer, to: number, low: number, high: number, double: boolean): void {
  const fromWord = double ? WORD_TO_DOUBLE : WORD_TO_SINGLE;
  if (low === 0 && high === 0) {
    out.put32(fromWord | (ZERO << 5) | to);
    return;
  }
  const bits = encodeFloatBits(low, high, double);
  if (bits >= 0) {
    out.put32(FLOAT_IMMEDIATE | (double ? DOUBLE : 0) | (bits << 13) | to);
    return;
  }
  for (const word of constantWords(SECOND_SCRATCH, low, high, double)) out.put32(word);
  out.put32(fromWord | (SECOND_SCRATCH << 5) | to);
}

/** A two-way branch at the end of a block: falls through to whichever block comes next. */
function emitTwoWay(machine: MachineFunction, id: number, out: CodeBuffer, next: number): void {
  const mode = machine.mode[id]!;
  let yes = machine.target[id]!;
  let no = machine.imm[id]!;
  const inverts = yes === next;
  if (inverts) [yes, no] = [no, yes];
  const op = machine.op[id]!;
  if (op === Inst.BranchCondition) emitBranchCondition(out, inverts ? mode ^ 1 : mode, yes);
  else {
    const register = machine.register(id, 0);
    // NOT_ZERO and BIT_SET are the same bit.
    const tested = inverts ? mode ^ NOT_ZERO : mode;
    if (op === Inst.BranchZero) emitBranchZero(out, register, tested, yes);
    else emitBranchBit(out, register, tested, yes);
  }
  if (no !== next) emitJump(out, no);
}
