/** The x86-64 target (the baseline every such processor has, SSE2 among it): its record of data and functions. */
import { lowerEntry } from '../machine/calling-convention.ts';
import type { MachineFunction } from '../machine/machine-function.ts';
import type { Target } from '../machine/target.ts';
import { CONVENTION } from './abi.ts';
import { assemble } from './assembler.ts';
import { disassemble } from './disassembler.ts';
import { emit, emitPrologue, emitRecord, emitTrap, usesFrame } from './emit.ts';
import { hasBase, hasIndex, Inst } from './instructions.ts';
import { CLOBBERS, REGISTERS } from './registers.ts';
import { patch, relocate, Relocation, relocationName } from './relocations.ts';
import { lower } from './select.ts';

/** EM_X86_64 (System V ABI for AMD64, section 4.1) */
const EM_X86_64 = 62;

/** Zero is made with xor, which changes flags; other float constants need the scratch register. */
function canRematerialize(machine: MachineFunction, id: number): boolean {
  const isZero = machine.imm[id] === 0 && machine.immHigh[id] === 0;
  switch (machine.op[id]! as Inst) {
    case Inst.Constant: return !isZero;
    case Inst.FloatConstant: return isZero;
    case Inst.Lea: return !hasBase(machine.mode[id]!) && !hasIndex(machine.mode[id]!);
    default: return false;
  }
}

/** Condition codes come in pairs of opposites. */
function invertBranch(machine: MachineFunction, id: number): boolean {
  if (machine.op[id] !== Inst.Branch) return false;
  machine.mode[id]! ^= 1;
  return true;
}

/** See `Inst.Switch` for what its table holds. */
function mapTable(machine: MachineFunction, id: number, map: (block: number) => number): void {
  if (machine.op[id] !== Inst.Switch) return;
  const table = machine.tables[machine.imm[id]!]!;
  for (let i = 0; i < table.length; i += 3) table[i] = map(table[i]!);
}

export const X86_64: Target = {
  name: 'x86_64',
  elfMachine: EM_X86_64,
  elfFlags: 0,
  registers: REGISTERS,
  clobbers: CLOBBERS,
  divisionWraps: true,
  unwinding: {
    stackPointer: 7, framePointer: 6, returnAddress: 16, entryOffset: 8, recordOffset: 16, interruptedAddress: 16,
    numbers: [0, 2, 1, 3, 7, 6, 4, 5, ...Array.from({ length: 24 }, (_, i) => 8 + i), ...Array.from({ length: 32 }, (_, i) => 17 + i)],
  },
  functionAlign: 4,
  lower,
  lowerEntry: (selector) => lowerEntry(selector, CONVENTION),
  canRematerialize,
  branches: { jump: Inst.Jump, invert: invertBranch, mapTable },
  usesFrame,
  emitRecord,
  returnInstruction: Inst.Return,
  dispatch: { switch: Inst.Switch, jump: Inst.Jump },
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
