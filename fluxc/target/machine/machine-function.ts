/**
 * A function as machine instructions, from selection to emission.
 *
 * One instruction is an opcode, some immediates and a list of register operands. Before allocation the registers are
 * virtual and in SSA form (one definition each; block parameters join values); after it they are physical.
 *
 * - Registers 0 to 31 are the machine's integer registers, 32 to 63 its float registers, from `VIRTUAL` on virtual
 *   ones. Operands that name a physical register outright (stack pointer, frame pointer, zero) are not the allocator's
 *   business and must not be allocatable.
 * - Opcodes below `FIRST_TARGET_OP` are the pseudo-instructions here; the others are a target's own.
 * - Only a block's single `jump` edge passes arguments: critical edges are split before selection.
 */
import { grown, IntPool } from '../../base/int-pool.ts';
import type { Loc } from '../../base/source.ts';
import type { Slot } from '../../fir/function.ts';
import type { Frame } from './frame.ts';

export const FLOAT = 32;
export const VIRTUAL = 64;

export const enum RegClass { Int, Float }

/** Pseudo-instructions that every target emits. */
export const enum Pseudo {
  Nop,
  /** def, use: copies a register of either class (all 64 bits) */
  Move,
  /** use; imm = spill slot */
  Spill,
  /** def; imm = spill slot */
  Reload,
  /** exchanges two registers of a class: (use def) (use def); only made where `canExchange` says so */
  Exchange,
  /** defs fixed to the argument registers; first in the entry block */
  Entry,
}
export const FIRST_TARGET_OP = 16;

/**
 * What an operand asks of the allocator, packed: bits 0-1 the kind, bit 2 definition, bit 3 early or late, bits 8-15
 * the register (Fixed) or operand number (Reuse).
 */
export const enum Constraint {
  /** any register of its class */
  Any = 0,
  /** the physical register in bits 8-15 */
  Fixed = 1,
  /** a definition that takes the register of the use in bits 8-15 (two-address instructions) */
  Reuse = 2,
  Def = 4,
  /** a definition written before the uses are read, or a use read after the definitions are written: no sharing */
  Overlap = 8,
}

export class MachineFunction {
  count = 0;
  op = new Uint16Array(64);
  imm = new Int32Array(64);
  immHigh = new Int32Array(64);
  /** symbol index of the FIR module, or -1 */
  symbol = new Int32Array(64);
  /** block that a branch goes to, or -1 */
  target = new Int32Array(64);
  /** the target's own: condition, scale, addressing mode … */
  mode = new Int32Array(64);
  loc = new Int32Array(64);
  /** index into the target's `clobbers`; 0 is none */
  clobber = new Uint8Array(64);
  operandStart = new Int32Array(64);
  operandCount = new Uint8Array(64);
  /** pairs: register, constraint */
  readonly operands = new IntPool(256);

  /** class of each virtual register, index `register - VIRTUAL` */
  virtualCount = 0;
  virtualClass = new Uint8Array(64);

  /**
   * Blocks keep their FIR numbers; `layout` is the order of emission. Instructions of block b: order[start[b] ..
   * end[b]].
   */
  layout: number[] = [];
  order: Int32Array = new Int32Array(0);
  start: Int32Array = new Int32Array(0);
  end: Int32Array = new Int32Array(0);
  /** per block: virtual registers of its parameters; the entry block has none (they are `Entry`'s definitions) */
  params: number[][] = [];
  /** per block: arguments of its jump edge */
  jumpArguments: number[][] = [];
  successors: number[][] = [];
  /** per block: 1 if it ends in a trap whatever happens; so its speed is of no interest */
  cold: Uint8Array = new Uint8Array(0);
  /**
   * lists too long for an instruction's fields, such as the cases of a switch; the instruction's `imm` is an index here
   */
  readonly tables: number[][] = [];

  /** stack slots of the FIR function, then bytes for outgoing arguments, then what the allocator adds */
  slots: Slot[] = [];
  outgoingBytes = 0;
  hasCalls = false;
  /** set by the allocator: 8-byte spill slots, and the callee-saved registers it used (ascending) */
  spillSlots = 0;
  savedRegisters: number[] = [];
  /** set by `layoutFrame`, once allocation is done */
  frame: Frame | null = null;
  /** while it is emitted: does the block at hand have the frame? */
  hasFrame = true;
  interrupt = false;
  naked = false;

  // For debuggers, else null: the FIR instruction that each one was selected for, the original of each copy,
  origin: Map<number, number> | null = null;
  copies: Map<number, number> | null = null;
  // and parameters that nobody asks for, with the registers that they come in.
  ignored: Map<number, number> | null = null;

  constructor(readonly name: string, readonly loc0: Loc = 0) {}

  newVirtual(cls: RegClass): number {
    const index = this.virtualCount++;
    this.virtualClass = grown(this.virtualClass, index + 1);
    this.virtualClass[index] = cls;
    return VIRTUAL + index;
  }

  classOf(register: number): RegClass {
    if (register < VIRTUAL) return register < FLOAT ? RegClass.Int : RegClass.Float;
    return this.virtualClass[register - VIRTUAL]!;
  }

  /** Makes an instruction; it is placed by whoever builds `order`. */
  make(op: number, loc: Loc = 0): number {
    const id = this.count++;
    if (id >= this.op.length) this.growTo(id + 1);
    this.op[id] = op;
    this.imm[id] = 0;
    this.immHigh[id] = 0;
    this.symbol[id] = -1;
    this.target[id] = -1;
    this.mode[id] = 0;
    this.loc[id] = loc;
    this.clobber[id] = 0;
    this.operandStart[id] = this.operands.length;
    this.operandCount[id] = 0;
    return id;
  }

  /** Makes an instruction that is the same as `id`. */
  copy(id: number): number {
    const made = this.make(this.op[id]!, this.loc[id]!);
    this.imm[made] = this.imm[id]!;
    this.immHigh[made] = this.immHigh[id]!;
    this.symbol[made] = this.symbol[id]!;
    this.target[made] = this.target[id]!;
    this.mode[made] = this.mode[id]!;
    this.copies?.set(made, this.copies.get(id) ?? id);
    this.clobber[made] = this.clobber[id]!;
    for (let i = 0; i < this.operandCount[id]!; i++) this.addOperand(this.register(id, i), this.constraint(id, i));
    return made;
  }

  /** Adds an operand to the instruction made last. */
  addOperand(register: number, constraint: number): void {
    this.operands.push(register);
    this.operands.push(constraint);
    this.operandCount[this.count - 1]!++;
  }

  register(id: number, operand: number): number {
    return this.operands.data[this.operandStart[id]! + 2 * operand]!;
  }

  constraint(id: number, operand: number): number {
    return this.operands.data[this.operandStart[id]! + 2 * operand + 1]!;
  }

  setRegister(id: number, operand: number, register: number): void {
    this.operands.data[this.operandStart[id]! + 2 * operand] = register;
  }

  private growTo(length: number): void {
    this.op = grown(this.op, length);
    this.imm = grown(this.imm, length);
    this.immHigh = grown(this.immHigh, length);
    this.symbol = grown(this.symbol, length);
    this.target = grown(this.target, length);
    this.mode = grown(this.mode, length);
    this.loc = grown(this.loc, length);
    this.clobber = grown(this.clobber, length);
    this.operandStart = grown(this.operandStart, length);
    this.operandCount = grown(this.operandCount, length);
  }
}
