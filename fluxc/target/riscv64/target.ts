/** The riscv64 target: RV64GC, ABI LP64D. */
import { lowerEntry } from '../machine/calling-convention.ts';
import type { MachineFunction } from '../machine/machine-function.ts';
import type { Target } from '../machine/target.ts';
import { CONVENTION } from './abi.ts';
import { assemble } from './assembler.ts';
import { disassemble } from './disassembler.ts';
import { emit, emitPrologue, emitRecord, emitTrap, usesFrame } from './emit.ts';
import { Composite } from './opcodes.ts';
import { CLOBBERS, REGISTERS } from './registers.ts';
import { patch, relocate, Relocation, relocationName } from './relocations.ts';
import { lower } from './select.ts';

const EM_RISCV = 243;
/**
 * EF_RISCV_RVC: compressed code; EF_RISCV_FLOAT_ABI_DOUBLE: floats travel in registers of 64 bits (psABI, "ELF object
 * file")
 */
const EF_RISCV_RVC = 0x0001;
const EF_RISCV_FLOAT_ABI_DOUBLE = 0x0004;

export const RISCV64: Target = {
  name: 'riscv64',
  elfMachine: EM_RISCV,
  elfFlags: EF_RISCV_RVC | EF_RISCV_FLOAT_ABI_DOUBLE,
  registers: REGISTERS,
  clobbers: CLOBBERS,
  divisionWraps: true,
  unwinding: {
    stackPointer: 2, framePointer: 8, returnAddress: 1, entryOffset: 0, recordOffset: 0, interruptedAddress: 64,
    numbers: Array.from({ length: 64 }, (_, i) => i),
  },
  functionAlign: 2,
  lower,
  lowerEntry: (selector) => lowerEntry(selector, CONVENTION),
  canRematerialize(machine: MachineFunction, id: number): boolean {
    switch (machine.op[id]) {
      case Composite.LoadConstant: case Composite.LoadFloat: case Composite.SymbolAddress: case Composite.SlotAddress:
        return true;
      default: return false;
    }
  },
  usesFrame,
  emitRecord,
  returnInstruction: Composite.Return,
  emitPrologue,
  emit,
  emitTrap,
  patch,
  relocate,
  relocationName,
  absolute64: Relocation.Absolute64,
  assemble,
  disassemble: (bytes, offset, address) => disassemble(bytes, offset, address),
};
