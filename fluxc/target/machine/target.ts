/**
 * A target: a record of data and a few functions. Adding one means adding a folder and one line in `../targets.ts`.
 */
import type { Diagnostics } from '../../diagnostics/diagnostic.ts';
import type { Module } from '../../fir/module.ts';
import type { Atom } from './atom.ts';
import type { CodeBuffer } from './code-buffer.ts';
import type { Branches } from './jump-threading.ts';
import type { MachineFunction } from './machine-function.ts';
import type { Selector } from './selector.ts';

export type Arch = 'x86_64' | 'arm64' | 'riscv64';

/** A set of registers: bit r of `int` is register r, bit r of `float` is register 32 + r. */
export interface RegisterSet {
  int: number;
  float: number;
}

export interface RegisterFile {
  /** names of registers 0 to 63; empty where there is none */
  names: readonly string[];
  /** allocatable registers of each class, in order of preference: caller-saved first */
  intOrder: readonly number[];
  floatOrder: readonly number[];
  calleeSaved: RegisterSet;
  /** kept from the allocator: breaks cycles of moves, reaches far stack slots */
  scratch: { int: number; float: number };
}

export interface Disassembled {
  /** bytes; at least 1 (x86_64), 2 (riscv64) or 4 (arm64), also for what is no instruction */
  length: number;
  /** in the syntax that `assemble` takes; `.byte`, `.half` or `.word` for what is no instruction */
  text: string;
}

/** How a debugger finds the caller: registers by their DWARF numbers, offsets from the caller's stack pointer. */
export interface Unwinding {
  stackPointer: number;
  framePointer: number;
  returnAddress: number;
  /** the stack pointer at entry is so far below the caller's */
  entryOffset: number;
  /** the frame pointer likewise, once the frame record is made: the return address at -8, the caller's frame pointer at -16 */
  recordOffset: number;
  /** what stands for the place where interrupted code goes on: no function's return address */
  interruptedAddress: number;
  /** DWARF's numbers of registers 0 to 63 */
  numbers: readonly number[];
}

export interface Target {
  name: Arch;
  /** e_machine of ELF */
  elfMachine: number;
  /** e_flags of ELF */
  elfFlags: number;
  registers: RegisterFile;
  /** Masks that `MachineFunction.clobber` indexes: [0] none, [1] what a call destroys. */
  clobbers: readonly RegisterSet[];
  /** does sdiv of the least number by -1 give itself without help? (false: the `expand-division` pass guards it) */
  divisionWraps: boolean;
  unwinding: Unwinding;
  /** alignment of functions, bytes */
  functionAlign: number;

  /** Selects machine instructions for FIR instruction `id`. */
  lower(selector: Selector, id: number): void;
  /** Defines the entry block's parameters from the argument registers and the caller's frame. */
  lowerEntry(selector: Selector): void;

  /**
   * May the allocator repeat instruction `id` anywhere instead of keeping its one result in memory? For what makes the
   * same value from nothing each time and changes no flags: constants, addresses of symbols and stack slots.
   */
  canRematerialize?(machine: MachineFunction, id: number): boolean;

  /**
   * May the use that a definition of instruction `id` takes over change places with its other use? For two-address
   * addition and the like, register operands only.
   */
  commutes?(machine: MachineFunction, id: number): boolean;

  /**
   * For a target whose conditional branches fall through to the block that selection saw next: what jump threading
   * needs. Without it every branch must name all its ways, and emission leaves blocks out that only jump.
   */
  branches?: Branches;

  /**
   * Does instruction `id` reach into the frame, or change what only a frame keeps, other than by a call or a register
   * that the allocator knows? Without this every function has its frame from the start.
   */
  usesFrame?(machine: MachineFunction, id: number): boolean;
  /** opcode of the instruction that returns; its operands are in their registers */
  returnInstruction: number;
  /**
   * opcodes of a `switch` that is one instruction, last of its block and with one table for all its copies, and of the jump whose
   * only effect is to go somewhere; absent if the target's switches are several instructions
   */
  dispatch?: { switch: number; jump: number };
  /** Writes the part of the prologue that a backtrace follows. For a trap where there is no frame. */
  emitRecord?(out: CodeBuffer): void;
  /** Writes the prologue. `frame` is computed by the target from slots, spills, saved registers and outgoing bytes. */
  emitPrologue(machine: MachineFunction, out: CodeBuffer): void;
  /**
   * Writes one allocated instruction (the epilogue stands in the return instruction, if `machine.hasFrame`). `next`:
   * block that follows, or -1.
   */
  emit(machine: MachineFunction, id: number, out: CodeBuffer, next: number): void;

  /** Writes the instruction that traps with `code`; the trap site is recorded already. For `CodeBuffer.trapLabel`. */
  emitTrap(out: CodeBuffer, code: number): void;

  /** Writes `distance` (label minus fixup position) into a fixup of the target's `kind`; false if it does not fit. */
  patch(bytes: Uint8Array, position: number, kind: number, distance: number): boolean;
  /**
   * Applies a relocation: `value` is symbol + addend, `place` the address of the field, both exact integers below 2^53.
   * Returns null, or why it cannot be.
   */
  relocate(bytes: Uint8Array, offset: number, kind: number, value: number, place: number): string | null;
  relocationName(kind: number): string;
  /** The relocation that stores a 64-bit address in data. */
  absolute64: number;

  /** Assembles the text of an `asm` block that starts at `loc`; symbols by their FIR names. */
  assemble(text: string, loc: number, module: Module, diagnostics: Diagnostics): Atom | null;
  /** Reads one instruction at `offset`; `address` is its address, for branch targets. */
  disassemble(bytes: Uint8Array, offset: number, address: number): Disassembled;
}
