/**
 * Instruction selection, the part that all targets share: greedy, block by block, from the last instruction to the
 * first.
 *
 * Seen from below, an instruction whose value nobody asked for (`use`) is not emitted: so a target folds a constant, an
 * address or a comparison into its user simply by not asking for the value. Input is legalised FIR (critical edges
 * split, only jumps pass arguments, constants placed in the block that uses them); output is SSA machine code on
 * virtual registers.
 */
import { IntPool } from '../../base/int-pool.ts';
import type { Func } from '../../fir/function.ts';
import { Effect, hasEffect, isTerminator, Op, VOLATILE } from '../../fir/ops.ts';
import { isFloat, Type } from '../../fir/types.ts';
import type { Surroundings } from './code-library.ts';
import { Constraint, MachineFunction, RegClass } from './machine-function.ts';
import type { Target } from './target.ts';

export class Selector {
  readonly machine: MachineFunction;
  /** how often each FIR value is used */
  readonly uses: Int32Array;
  /** block that follows the current one in the layout, or -1 */
  nextBlock = -1;
  /** block being selected */
  block = 0;

  /** virtual register of each FIR value, 0 while nobody asked for it */
  private readonly virtual: Int32Array;
  /** position of an instruction among those with effects in its block: equal numbers have no effect between them */
  private readonly epoch: Int32Array;
  private loc = 0;

  constructor(readonly f: Func, readonly module: Surroundings, private readonly target: Target) {
    this.machine = new MachineFunction(f.name, f.loc0);
    this.uses = new Int32Array(f.count);
    this.virtual = new Int32Array(f.count);
    this.epoch = new Int32Array(f.count);
  }

  // ---- asking about values ----

  /** Virtual register that holds `value`; makes sure the value is computed. */
  use(value: number): number {
    return this.def(value);
  }

  /** Virtual register that the lowered instruction must define. */
  def(value: number): number {
    let register = this.virtual[value]!;
    if (!register) {
      const cls = isFloat(this.f.type[value]! as Type) ? RegClass.Float : RegClass.Int;
      register = this.virtual[value] = this.machine.newVirtual(cls);
    }
    return register;
  }

  temp(cls: RegClass = RegClass.Int): number {
    return this.machine.newVirtual(cls);
  }

  /** Virtual register of `value`, 0 if nobody asked for it. */
  registerOf(value: number): number {
    return this.virtual[value] ?? 0;
  }

  /** Has anybody asked for the value yet? A lowering of several results may ask (`result1`). */
  wanted(value: number): boolean {
    return this.virtual[value] !== 0;
  }

  isConstant(value: number): boolean {
    return this.f.op[value] === Op.Iconst;
  }

  /** Does `value` hold an integer constant that, as a signed 64-bit number, fits 32 bits? Then `f.a[value]` is it. */
  isConstant32(value: number): boolean {
    const f = this.f;
    return f.op[value] === Op.Iconst && f.b[value] === f.a[value]! >> 31;
  }

  /**
   * May `user` compute `value` inside itself instead of asking for it? True if `value` has one use, both stand in one
   * block, and nothing between them could change what `value` reads. `user` is the instruction being lowered, also when
   * `value` is swallowed through others: it is where the reading happens then.
   */
  canFold(value: number, user: number): boolean {
    const f = this.f;
    if (this.uses[value] !== 1 || f.block[value] !== f.block[user] || this.virtual[value]) return false;
    const op = f.op[value]! as Op;
    if (hasEffect(op, Effect.Writes | Effect.Pinned | Effect.Traps)) return false;
    return !hasEffect(op, Effect.Reads) || this.epoch[value] === this.epoch[user];
  }

  /** May `user` compute `value` again inside itself, whoever else uses it? For what is free in an addressing mode. */
  canRepeat(value: number): boolean {
    return this.f.op[value] !== Op.Param && !hasEffect(this.f.op[value]! as Op, 31 as Effect);
  }

  // ---- emitting; within one `lower` in the order of execution ----

  emit(op: number): this {
    this.group.push(this.machine.make(op, this.loc));
    return this;
  }

  useReg(register: number, constraint: number = Constraint.Any): this {
    this.machine.addOperand(register, constraint);
    return this;
  }

  useFixed(register: number, physical: number): this {
    this.machine.addOperand(register, Constraint.Fixed | (physical << 8));
    return this;
  }

  defReg(register: number, constraint: number = Constraint.Any): this {
    this.machine.addOperand(register, constraint | Constraint.Def);
    return this;
  }

  defFixed(register: number, physical: number): this {
    this.machine.addOperand(register, Constraint.Fixed | Constraint.Def | (physical << 8));
    return this;
  }

  /** A definition in the register of operand `operand` of this instruction. */
  defReuse(register: number, operand: number): this {
    this.machine.addOperand(register, Constraint.Reuse | Constraint.Def | (operand << 8));
    return this;
  }

  imm(low: number, high = low >> 31): this {
    const id = this.machine.count - 1;
    this.machine.imm[id] = low;
    this.machine.immHigh[id] = high;
    return this;
  }

  symbolRef(symbol: number, addend = 0): this {
    const id = this.machine.count - 1;
    this.machine.symbol[id] = symbol;
    this.machine.imm[id] = addend;
    return this;
  }

  branchTo(block: number): this {
    this.machine.target[this.machine.count - 1] = block;
    return this;
  }

  mode(mode: number): this {
    this.machine.mode[this.machine.count - 1] = mode;
    return this;
  }

  clobbers(index: number): this {
    this.machine.clobber[this.machine.count - 1] = index;
    return this;
  }

  // ---- the driver ----

  private group: number[] = [];

  run(): MachineFunction {
    const { f, machine } = this;
    this.count();
    machine.layout = f.layout.slice();
    machine.start = new Int32Array(f.blockCount);
    machine.end = new Int32Array(f.blockCount);
    for (let b = 0; b < f.blockCount; b++) {
      machine.params.push([]);
      machine.jumpArguments.push([]);
      machine.successors.push([]);
    }
    machine.slots = f.slots.slice();
    if (f.debug) {
      machine.origin = new Map();
      machine.copies = new Map();
      machine.ignored = new Map();
    }
    machine.interrupt = f.attributes.interrupt;
    machine.naked = f.attributes.naked;
    // Blocks from last to first in the layout, instructions from last to first; `reversed` is turned round at the end.
    const reversed = new IntPool(f.count);
    const bounds: number[] = [];
    for (let i = f.layout.length - 1; i >= 0; i--) {
      const block = f.layout[i]!;
      this.block = block;
      this.nextBlock = i + 1 < f.layout.length ? f.layout[i + 1]! : -1;
      machine.successors[block] = f.successors(block);
      const terminator = f.terminator(block);
      if (f.op[terminator] === Op.Jump) {
        const edge = f.a[terminator]!;
        const passed = machine.jumpArguments[block]!;
        for (let k = 0; k < f.edgeCount(edge); k++) passed.push(this.use(f.edgeArgument(edge, k)));
      }
      const from = reversed.length;
      for (let id = f.last[block]!; id; id = f.prev[id]!) {
        if (this.virtual[id] !== 0 || this.mustStay(id) || isTerminator(f.op[id]!)) this.lower(id, reversed);
      }
      if (block === 0) {
        this.loc = f.loc0;
        this.group = [];
        this.target.lowerEntry(this);
        this.flush(reversed);
      } else for (const param of f.params[block]!) machine.params[block]!.push(this.def(param));
      bounds.push(block, from, reversed.length);
    }
    const total = reversed.length;
    machine.order = new Int32Array(total);
    for (let i = 0; i < total; i++) machine.order[i] = reversed.at(total - 1 - i);
    for (let i = 0; i < bounds.length; i += 3) {
      machine.start[bounds[i]!] = total - bounds[i + 2]!;
      machine.end[bounds[i]!] = total - bounds[i + 1]!;
    }
    machine.cold = this.coldBlocks();
    return machine;
  }

  /** Blocks that end in a trap, and those from which every way leads to one. */
  private coldBlocks(): Uint8Array {
    const { f, machine } = this;
    const cold = new Uint8Array(f.blockCount);
    // Cold blocks come last in the layout: backwards, successors are mostly known before their predecessors.
    for (let i = f.layout.length - 1; i > 0; i--) {
      const block = f.layout[i]!;
      const successors = machine.successors[block]!;
      const leadsToTrap = successors.length > 0 && successors.every((successor) => cold[successor] === 1);
      if (leadsToTrap || f.op[f.terminator(block)] === Op.Trap) cold[block] = 1;
    }
    return cold;
  }

  private lower(id: number, reversed: IntPool): void {
    this.loc = this.f.loc[id]!;
    this.group = [];
    this.target.lower(this, id);
    if (this.machine.origin) for (const made of this.group) this.machine.origin.set(made, id);
    this.flush(reversed);
  }

  private flush(reversed: IntPool): void {
    for (let i = this.group.length - 1; i >= 0; i--) reversed.push(this.group[i]!);
  }

  /** Is the instruction executed although nobody may want its value? Nothing that reads memory moves across it. */
  private mustStay(id: number): boolean {
    const op = this.f.op[id]! as Op;
    if (op === Op.Load) return (this.f.aux[id]! & VOLATILE) !== 0;
    return hasEffect(op, Effect.Writes | Effect.Pinned | Effect.Traps);
  }

  private count(): void {
    const { f, uses, epoch } = this;
    const visit = (value: number) => {
      uses[value]!++;
      return value;
    };
    for (const block of f.layout) {
      let now = 0;
      for (let id = f.first[block]!; id; id = f.next[id]!) {
        f.mapOperands(id, visit);
        epoch[id] = now;
        if (this.mustStay(id)) now++;
      }
    }
  }
}
