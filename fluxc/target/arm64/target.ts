/** The AArch64 target (Armv8.0-A, little-endian, no extensions): its record of data and functions. */
import { lowerEntry } from '../machine/calling-convention.ts';
import type { MachineFunction } from '../machine/machine-function.ts';
import type { Target } from '../machine/target.ts';
import { CONVENTION } from './abi.ts';
import { assemble } from './assembler.ts';
import { disassemble } from './disassembler.ts';
import { emit, emitPrologue, emitRecord, emitTrap, usesFrame } from './emit.ts';
import { Inst } from './instructions.ts';
import { CLOBBERS, REGISTERS } from './registers.ts';
import { patch, relocate, Relocation, relocationName } from './relocations.ts';
import { lower } from './select.ts';

/** EM_AARCH64 (AAELF64, section 5.1) */
const EM_AARCH64 = 183;

function canRematerialize(machine: MachineFunction, id: number): boolean {
  switch (machine.op[id]! as Inst) {
    case Inst.Constant:
    case Inst.FloatConstant:
    case Inst.SlotAddress:
    case Inst.SymbolAddress:
    case Inst.SymbolPage:
      return true;
    default:
      return false;
  }
}

export const ARM64: Target = {
  name: 'arm64',
  elfMachine: EM_AARCH64,
  elfFlags: 0,
  registers: REGISTERS,
  clobbers: CLOBBERS,
  divisionWraps: true,
  unwinding: {
    stackPointer: 31, framePointer: 29, returnAddress: 30, entryOffset: 0, recordOffset: 16, interruptedAddress: 32,
    numbers: Array.from({ length: 64 }, (_, i) => (i < 32 ? i : 32 + i)),
  },
  functionAlign: 4,
  lower,
  lowerEntry: (selector) => lowerEntry(selector, CONVENTION),
  canRematerialize,
  usesFrame,
  emitRecord,
  returnInstruction: Inst.Return,
  dispatch: { switch: Inst.JumpTable, jump: Inst.Jump },
  emitPrologue,
  emit,
  emitTrap,
  patch,
  relocate,
  relocationName,
  absolute64: Relocation.Abs64,
  assemble,
  disassemble,
};
