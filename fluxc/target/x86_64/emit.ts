/**
 * Emission: allocated machine instructions to bytes, through the rows of `rows.ts`.
 *
 * The frame hangs from rbp, and `rsp = rbp - frame.size` holds all through the body. Saved registers lie directly below
 * rbp, so that push and pop write and read them. An interrupt function saves whatever it changes.
 */
import { Access } from '../../fir/ops.ts';
import { FrameState } from '../machine/atom.ts';
import type { CodeBuffer } from '../machine/code-buffer.ts';
import { layoutFrame } from '../machine/frame.ts';
import { FLOAT, type MachineFunction, Pseudo } from '../machine/machine-function.ts';
import { emitFloat } from './emit-float.ts';
import {
  ARITHMETIC_A_IMM, ARITHMETIC_R_RM, ARITHMETIC_RM_IMM, ARITHMETIC_RM_IMM8, ARITHMETIC_RM_R, bySize, CMOV,
  immediateBytes, isByte, MOV_R_RM, MOV_RM_IMM, MOV_RM_R, putAtBase, putConstant, putImmediate,
  putInOpcode, putJump, putJumpIf, putMemory, putRegister, putRegisters, putZero, SET, SHIFT_1, SHIFT_CL, SHIFT_IMM8,
  TEST_RM_R,
} from './emit-forms.ts';
import { emitSwitch } from './emit-switch.ts';
import { put32 } from './encode.ts';
import { type Form, form } from './forms.ts';
import {
  Arithmetic, codeOf, Condition, hasBase, hasIndex, Inst, LEA_FAR_SLOT, scaleOf, Shift, Size, sizeOf, slotOf, Source, sourceOf,
} from './instructions.ts';
import { R11, RAX, RBP, RDX, RSP } from './registers.ts';
import { Relocation } from './relocations.ts';

const PUSH = form('push', 'r64');
const POP = form('pop', 'r64');
const LEAVE = form('leave');
const RET = form('ret');
const IRETQ = form('iretq');
const CALL = form('call', 'rel32');
const CALL_RM = form('call', 'rm64');
const XCHG = form('xchg', 'rmv, rv', 64);
const MOVAPS = form('movaps', 'xmm, xm128');
const MOVSS_LOAD = form('movss', 'xmm, xm32');
const MOVSS_STORE = form('movss', 'm32, xmm');
const MOVSD_LOAD = form('movsd', 'xmm, xm64');
const MOVSD_STORE = form('movsd', 'm64, xmm');
const LEA = bySize('lea', 'rv, m');
const IMUL = bySize('imul', 'rv, rmv');
const IMUL_IMM8 = bySize('imul', 'rv, rmv, imm8s');
const IMUL_IMM = bySize('imul', 'rv, rmv, immv');
/** Digits of F7. */
const DIGIT_NEG = 3;
const DIGIT_IDIV = 7;
const UNARY = ['', '', 'not', 'neg', 'mul', 'imul', 'div', 'idiv'].map((name) => {
  return name === '' ? [] : bySize(name, 'rmv');
});
const CDQ = [form('cdq'), form('cdq'), form('cdq'), form('cqo')];
const BSWAP = bySize('bswap', 'rv');
const BIT_SCANS = [bySize('bsr', 'rv, rmv'), bySize('bsf', 'rv, rmv')];
const TEST_RM_IMM = bySize('test', 'rmv, immv');
const TEST_A_IMM = [form('test', 'al, imm8'), ...bySize('test', 'Av, immv').slice(1)];
const UD1 = form('ud1', 'rv, rmv', 32);
const IN_DX = [form('in', 'al, dx'), form('in', 'ax, dx'), form('in', 'eax, dx')];
const IN_IMM = [form('in', 'al, imm8'), form('in', 'ax, imm8'), form('in', 'eax, imm8')];
const OUT_DX = [form('out', 'dx, al'), form('out', 'dx, ax'), form('out', 'dx, eax')];
const OUT_IMM = [form('out', 'imm8, al'), form('out', 'imm8, ax'), form('out', 'imm8, eax')];
const RDMSR = form('rdmsr');
const WRMSR = form('wrmsr');
const MOV_FROM_CONTROL = form('mov', 'rr64, creg');
const MOV_TO_CONTROL = form('mov', 'creg, rr64');

/** Loads and extensions by `Access`, for results of 32 and of 64 bits. */
const MOVZX_BYTE = form('movzx', 'rv, rm8', 32);
const MOVZX_WORD = form('movzx', 'rv, rm16', 32);
const MOV_DOUBLE = MOV_R_RM[Size.Double]!;
const LOADS_32: readonly Form[] = [
  MOVZX_BYTE, form('movsx', 'rv, rm8', 32), MOVZX_WORD, form('movsx', 'rv, rm16', 32), MOV_DOUBLE, MOV_DOUBLE, MOV_DOUBLE,
  MOVSS_LOAD, MOVSD_LOAD, MOVZX_BYTE,
];
const LOADS_64: readonly Form[] = [
  MOVZX_BYTE, form('movsx', 'rv, rm8', 64), MOVZX_WORD, form('movsx', 'rv, rm16', 64), MOV_DOUBLE,
  form('movsxd', 'r64, rm32'), MOV_R_RM[Size.Quad]!, MOVSS_LOAD, MOVSD_LOAD, MOVZX_BYTE,
];

/** The load or extension of an `Access` to a result of `size`. */
function loadForm(access: number, size: Size): Form {
  return (size === Size.Quad ? LOADS_64 : LOADS_32)[access]!;
}

/** See `Target.emitPrologue`. Float registers are among the saved ones in interrupt functions only. */
export function emitPrologue(machine: MachineFunction, out: CodeBuffer): void {
  const frame = layoutFrame(machine);
  const pushed = machine.savedRegisters.filter((register) => register < FLOAT);
  emitRecord(out);
  for (const register of pushed) putInOpcode(out, PUSH, register);
  moveStackPointer(out, 8 * pushed.length - frame.size);
  for (const register of machine.savedRegisters) {
    if (register >= FLOAT) putAtBase(out, MOVSD_STORE, register, RBP, frame.savedOffset(register));
  }
  out.frame(FrameState.Whole);
}

/** See `Target.emitRecord`: the caller's rbp below the return address, and rbp there. */
export function emitRecord(out: CodeBuffer): void {
  putInOpcode(out, PUSH, RBP);
  putRegisters(out, MOV_RM_R[Size.Quad]!, RSP, RBP);
  out.frame(FrameState.Record);
}

/** See `Target.usesFrame`. */
export function usesFrame(machine: MachineFunction, id: number): boolean {
  const mode = machine.mode[id]!;
  if (machine.op[id] === Inst.Lea && codeOf(mode) === LEA_FAR_SLOT) return true;
  if (machine.slots.length > 0 && slotOf(mode) >= 0) return true;
  for (let i = 0; i < machine.operandCount[id]!; i++) if (machine.register(id, i) === RBP) return true;
  return false;
}

function emitReturn(machine: MachineFunction, out: CodeBuffer): void {
  if (!machine.naked && machine.hasFrame) {
    const frame = layoutFrame(machine);
    const popped = machine.savedRegisters.filter((register) => register < FLOAT).reverse();
    if (popped.length > 1) {
      if (out.epilogue >= 0) return putJump(out, out.epilogue);
      out.bind((out.epilogue = out.newLabel()));
    }
    for (const register of machine.savedRegisters) {
      if (register >= FLOAT) putAtBase(out, MOVSD_LOAD, register, RBP, frame.savedOffset(register));
    }
    if (popped.length === 0 && frame.size > 0) putRegister(out, LEAVE);
    else {
      moveStackPointer(out, frame.size - 8 * popped.length);
      for (const register of popped) putInOpcode(out, POP, register);
      putInOpcode(out, POP, RBP);
    }
  }
  out.frame(FrameState.None);
  putRegister(out, machine.interrupt ? IRETQ : RET);
}

function moveStackPointer(out: CodeBuffer, bytes: number): void {
  if (bytes < 0) putArithmeticImmediate(out, Arithmetic.Sub, Size.Quad, RSP, -bytes);
  else if (bytes > 0) putArithmeticImmediate(out, Arithmetic.Add, Size.Quad, RSP, bytes);
}

/** See `Target.emitTrap`: `ud1 eax, [rax + code]`, which a trap handler reads the code from. */
export function emitTrap(out: CodeBuffer, code: number): void {
  putAtBase(out, UD1, RAX, RAX, code);
}

/** See `Target.emit`. */
export function emit(machine: MachineFunction, id: number, out: CodeBuffer, next: number): void {
  const mode = machine.mode[id]!;
  const code = codeOf(mode);
  const size = sizeOf(mode);
  switch (machine.op[id]!) {
    case Pseudo.Nop: case Pseudo.Entry: return;
    case Pseudo.Move: return emitMove(out, machine.register(id, 0), machine.register(id, 1));
    case Pseudo.Spill: return emitSpill(out, machine, machine.register(id, 0), machine.imm[id]!, true);
    case Pseudo.Reload: return emitSpill(out, machine, machine.register(id, 0), machine.imm[id]!, false);
    case Pseudo.Exchange:
      putRegisters(out, XCHG, machine.register(id, 0), machine.register(id, 1));
      return;
    case Inst.Arithmetic: return emitArithmetic(machine, id, out, code, size, 0, 2);
    case Inst.ArithmeticMemory: return emitMemoryDestination(machine, id, out, code, size, 0);
    case Inst.Compare: return emitCompare(machine, id, out, size);
    case Inst.Test: return emitTest(machine, id, out, size);
    case Inst.Multiply:
      if (sourceOf(mode) === Source.Memory) putMemory(out, IMUL[size]!, machine.register(id, 0), machine, id, 2);
      else putRegisters(out, IMUL[size]!, machine.register(id, 0), machine.register(id, 2));
      return;
    case Inst.MultiplyImmediate: return emitMultiplyImmediate(machine, id, out, size);
    case Inst.MultiplyHigh:
      putRegister(out, UNARY[code]![size]!, machine.register(id, 3));
      return;
    case Inst.Divide: return emitDivide(out, code, size, machine.register(id, 3), machine.imm[id]! === 1);
    case Inst.ShiftImmediate: return putShift(out, code, size, machine.register(id, 0), machine.imm[id]!);
    case Inst.ShiftVariable:
      putRegister(out, SHIFT_CL[code]![size]!, machine.register(id, 0));
      return;
    case Inst.Unary:
      putRegister(out, UNARY[code]![size]!, machine.register(id, 0));
      return;
    case Inst.ByteSwap:
      putInOpcode(out, BSWAP[size]!, machine.register(id, 0));
      return;
    case Inst.CountZeros: return emitCountZeros(machine, id, out, code, size);
    case Inst.Extend:
      putRegisters(out, loadForm(code, size), machine.register(id, 0), machine.register(id, 1));
      return;
    case Inst.Lea: return emitLea(machine, id, out, code, size);
    case Inst.Constant:
      if (machine.imm[id] === 0 && machine.immHigh[id] === 0) putZero(out, machine.register(id, 0));
      else putConstant(out, machine.register(id, 0), machine.imm[id]!, machine.immHigh[id]!);
      return;
    case Inst.Load:
      putMemory(out, loadForm(code, size), machine.register(id, 0), machine, id, 1);
      return;
    case Inst.Store: return emitStore(machine, id, out, code, size);
    case Inst.StoreImmediate:
      putMemory(out, MOV_RM_IMM[size]!, 0, machine, id, 0, immediateBytes(size));
      putImmediate(out, machine.imm[id]!, immediateBytes(size));
      return;
    case Inst.Set:
      putRegister(out, SET[code]!, machine.register(id, 0));
      return;
    case Inst.ConditionalMove:
      putRegisters(out, CMOV[code]![size]!, machine.register(id, 0), machine.register(id, 2));
      return;
    case Inst.ConditionalMoveFloat: {
      const over = out.newLabel();
      putJumpIf(out, code ^ 1, over);
      putRegisters(out, MOVAPS, machine.register(id, 0), machine.register(id, 2));
      out.bind(over);
      return;
    }
    case Inst.Branch: return putJumpIf(out, code, machine.target[id]!);
    case Inst.Jump:
      if (machine.target[id] !== next) putJump(out, machine.target[id]!);
      return;
    case Inst.TrapIf: return putJumpIf(out, code, out.trapLabel(machine.imm[id]!, machine.loc[id]!));
    case Inst.Trap:
      if (out.withoutFrame) emitRecord(out);
      out.trapSite(machine.imm[id]!);
      emitTrap(out, machine.imm[id]!);
      return;
    case Inst.Switch: return emitSwitch(machine, id, out, next);
    case Inst.Call:
      putRegister(out, CALL);
      out.relocate(Relocation.Relative32, machine.symbol[id]!, machine.imm[id]! - 4);
      put32(out, 0);
      return;
    case Inst.CallPointer:
      putRegister(out, CALL_RM, machine.register(id, 0));
      return;
    case Inst.Return: return emitReturn(machine, out);
    case Inst.PortIn: return emitPort(machine, id, out, size, false);
    case Inst.PortOut: return emitPort(machine, id, out, size, true);
    case Inst.ReadMsr:
      putRegister(out, RDMSR);
      putShift(out, Shift.Shl, Size.Quad, RDX, 32);
      putRegisters(out, ARITHMETIC_RM_R[Arithmetic.Or]![Size.Quad]!, RDX, RAX);
      return;
    case Inst.WriteMsr:
      putRegister(out, WRMSR);
      return;
    case Inst.ReadControl:
      putRegisters(out, MOV_FROM_CONTROL, machine.imm[id]!, machine.register(id, 0));
      return;
    case Inst.WriteControl:
      putRegisters(out, MOV_TO_CONTROL, machine.imm[id]!, machine.register(id, 0));
      return;
    default: return emitFloat(machine, id, out);
  }
}

// ---- moves ----

function emitMove(out: CodeBuffer, to: number, from: number): void {
  if (to === from) return;
  if (to >= FLOAT) putRegisters(out, MOVAPS, to, from);
  else putRegisters(out, MOV_RM_R[Size.Quad]!, from, to);
}

function emitSpill(out: CodeBuffer, machine: MachineFunction, register: number, slot: number, isStore: boolean): void {
  const isFloat = register >= FLOAT;
  const load = isFloat ? MOVSD_LOAD : MOV_R_RM[Size.Quad]!;
  const store = isFloat ? MOVSD_STORE : MOV_RM_R[Size.Quad]!;
  putAtBase(out, isStore ? store : load, register, RBP, layoutFrame(machine).spillOffset(slot));
}

/** A sum of two registers in the place of one of them is an addition: a byte less. */
function emitLea(machine: MachineFunction, id: number, out: CodeBuffer, code: number, size: Size): void {
  const mode = machine.mode[id]!;
  const to = machine.register(id, 0);
  if (code === LEA_FAR_SLOT) {
    putAtBase(out, LEA[size]!, to, RBP, layoutFrame(machine).slotOffset(machine.imm[id]!));
    return;
  }
  const isSum = hasBase(mode) && hasIndex(mode) && scaleOf(mode) === 0 && machine.immHigh[id] === 0;
  const [base, index] = isSum ? [machine.register(id, 1), machine.register(id, 2)] : [0, 0];
  if (isSum && (to === base || to === index)) {
    putRegisters(out, ARITHMETIC_RM_R[Arithmetic.Add]![size]!, to === base ? index : base, to);
  } else putMemory(out, LEA[size]!, to, machine, id, 1);
}

function emitStore(machine: MachineFunction, id: number, out: CodeBuffer, access: number, size: Size): void {
  const row = access === Access.F32 ? MOVSS_STORE : access === Access.F64 ? MOVSD_STORE : MOV_RM_R[size]!;
  putMemory(out, row, machine.register(id, 0), machine, id, 1);
}

// ---- arithmetic ----

/** `destination` and `source` are operand numbers; with an immediate or memory the source is that. */
function emitArithmetic(
  machine: MachineFunction, id: number, out: CodeBuffer, code: number, size: Size, destination: number, source: number,
): void {
  const register = machine.register(id, destination);
  switch (sourceOf(machine.mode[id]!)) {
    case Source.Immediate: return putArithmeticImmediate(out, code, size, register, machine.imm[id]!);
    case Source.Memory: return putMemory(out, ARITHMETIC_R_RM[code]![size]!, register, machine, id, source);
    default: return putRegisters(out, ARITHMETIC_RM_R[code]![size]!, machine.register(id, source), register);
  }
}

function putArithmeticImmediate(out: CodeBuffer, code: number, size: Size, register: number, value: number): void {
  if (isByte(value)) {
    putRegister(out, ARITHMETIC_RM_IMM8[code]![size]!, register);
    out.put8(value & 255);
  } else {
    if (register === RAX) putRegister(out, ARITHMETIC_A_IMM[code]![size]!);
    else putRegister(out, ARITHMETIC_RM_IMM[code]![size]!, register);
    put32(out, value);
  }
}

function emitMemoryDestination(
  machine: MachineFunction, id: number, out: CodeBuffer, code: number, size: Size, first: number,
): void {
  const value = machine.imm[id]!;
  if (sourceOf(machine.mode[id]!) === Source.MemoryRegister) {
    putMemory(out, ARITHMETIC_RM_R[code]![size]!, machine.register(id, first), machine, id, first + 1);
    return;
  }
  const isShort = size !== Size.Byte && isByte(value);
  const bytes = isShort ? 1 : immediateBytes(size);
  putMemory(out, (isShort ? ARITHMETIC_RM_IMM8 : ARITHMETIC_RM_IMM)[code]![size]!, 0, machine, id, first, bytes);
  putImmediate(out, value, bytes);
}

function emitCompare(machine: MachineFunction, id: number, out: CodeBuffer, size: Size): void {
  const source = sourceOf(machine.mode[id]!);
  if (source === Source.MemoryImmediate) emitMemoryDestination(machine, id, out, Arithmetic.Compare, size, 0);
  else emitArithmetic(machine, id, out, Arithmetic.Compare, size, 0, 1);
}

function emitTest(machine: MachineFunction, id: number, out: CodeBuffer, size: Size): void {
  const register = machine.register(id, 0);
  if (sourceOf(machine.mode[id]!) !== Source.Immediate) {
    putRegisters(out, TEST_RM_R[size]!, machine.register(id, 1), register);
    return;
  }
  if (register === RAX) putRegister(out, TEST_A_IMM[size]!);
  else putRegister(out, TEST_RM_IMM[size]!, register);
  putImmediate(out, machine.imm[id]!, immediateBytes(size));
}

function emitMultiplyImmediate(machine: MachineFunction, id: number, out: CodeBuffer, size: Size): void {
  const value = machine.imm[id]!;
  const result = machine.register(id, 0);
  const row = (isByte(value) ? IMUL_IMM8 : IMUL_IMM)[size]!;
  const bytes = isByte(value) ? 1 : 4;
  if (sourceOf(machine.mode[id]!) === Source.Memory) putMemory(out, row, result, machine, id, 1, bytes);
  else putRegisters(out, row, result, machine.register(id, 1));
  putImmediate(out, value, bytes);
}

function putShift(out: CodeBuffer, code: number, size: Size, register: number, count: number): void {
  if (count === 1) putRegister(out, SHIFT_1[code]![size]!, register);
  else {
    putRegister(out, SHIFT_IMM8[code]![size]!, register);
    out.put8(count);
  }
}

/** The machine faults where the least number is divided by -1; so -1 is dealt with apart, unless it is ruled out. */
function emitDivide(out: CodeBuffer, code: number, size: Size, divisor: number, guarded: boolean): void {
  const done = out.newLabel();
  if (guarded) {
    const usual = out.newLabel();
    putArithmeticImmediate(out, Arithmetic.Compare, size, divisor, -1);
    putJumpIf(out, Condition.NotEqual, usual);
    putRegister(out, UNARY[DIGIT_NEG]![size]!, RAX);
    putZero(out, RDX);
    putJump(out, done);
    out.bind(usual);
  }
  if (code === DIGIT_IDIV) putRegister(out, CDQ[size]!);
  else putZero(out, RDX);
  putRegister(out, UNARY[code]![size]!, divisor);
  out.bind(done);
}

/** bsr and bsf give the number of a bit, and nothing but the zero flag for 0; `code` is 0 for leading zeros. */
function emitCountZeros(machine: MachineFunction, id: number, out: CodeBuffer, code: number, size: Size): void {
  const bits = size === Size.Quad ? 64 : 32;
  const result = machine.register(id, 0);
  // Bit number 2 × bits - 1 becomes `bits` below, as the others become their distance from the top.
  putConstant(out, R11, code === 0 ? 2 * bits - 1 : bits, 0);
  putRegisters(out, BIT_SCANS[code]![size]!, result, machine.register(id, 1));
  putRegisters(out, CMOV[Condition.Equal]![size]!, result, R11);
  if (code === 0) putArithmeticImmediate(out, Arithmetic.Xor, size, result, bits - 1);
}

// ---- ports ----

/** A byte or half-word read is extended with zeros. */
function emitPort(machine: MachineFunction, id: number, out: CodeBuffer, size: Size, isOut: boolean): void {
  if (sourceOf(machine.mode[id]!) === Source.Immediate) {
    putRegister(out, (isOut ? OUT_IMM : IN_IMM)[size]!);
    out.put8(machine.imm[id]!);
  } else putRegister(out, (isOut ? OUT_DX : IN_DX)[size]!);
  if (!isOut && size < Size.Double) putRegisters(out, size === Size.Byte ? MOVZX_BYTE : MOVZX_WORD, RAX, RAX);
}
