/**
 * Random SSA machine functions: any control flow with critical edges split, values used wherever their definition
 * dominates, operands with every kind of constraint.
 */
import type { AllocationTarget } from '../../fluxc/target/machine/allocation.ts';
import { ControlFlow } from '../../fluxc/target/machine/control-flow.ts';
import { Constraint, MachineFunction, Pseudo, RegClass } from '../../fluxc/target/machine/machine-function.ts';
import type { RegisterSet } from '../../fluxc/target/machine/target.ts';
import { Random } from '../random.ts';
import { INT_SCRATCH, ToyOp } from './toy-target.ts';

export interface RandomShape {
  blocks: number;
  /** instructions of each block */
  length: number;
  /** every block can go to the next one, so all are reached */
  connected?: boolean;
  /** percent of instructions that are calls */
  calls: number;
  /** how many of the latest values operands are drawn from: the larger, the more registers are needed */
  reach: number;
}

export function randomMachine(seed: number, target: AllocationTarget, shape: RandomShape): MachineFunction {
  return new Builder(new Random(seed), target, shape).build(`random${seed}`);
}

class Builder {
  private readonly machine = new MachineFunction('');
  private readonly order: number[] = [];

  constructor(
    private readonly random: Random, private readonly target: AllocationTarget, private readonly shape: RandomShape,
  ) {}

  build(name: string): MachineFunction {
    const machine = Object.assign(this.machine, { name });
    this.graph();
    const flow = new ControlFlow(machine);
    const count = machine.successors.length;
    machine.start = new Int32Array(count);
    machine.end = new Int32Array(count);
    machine.layout = [...flow.order];
    const available: number[][] = [];
    for (const block of flow.order) {
      const known = block === 0 ? [] : available[flow.dominator[block]!]!.slice();
      const mayHaveParams = block !== 0 && flow.predecessors[block]!.every((b) => machine.successors[b]!.length === 1);
      if (mayHaveParams) {
        for (let i = this.random.below(4); i > 0; i--) machine.params[block]!.push(machine.newVirtual(this.anyClass()));
      }
      known.push(...machine.params[block]!);
      this.fill(block, known);
      available[block] = known;
    }
    for (const block of flow.order) {
      if (machine.successors[block]!.length !== 1) continue;
      for (const param of machine.params[machine.successors[block]![0]!]!) {
        machine.jumpArguments[block]!.push(this.someValue(available[block]!, machine.classOf(param)));
      }
    }
    machine.order = Int32Array.from(this.order);
    return machine;
  }

  /** Random edges, then a block on each critical one. */
  private graph(): void {
    const { machine, random } = this;
    const count = this.shape.blocks;
    const incoming = new Array<number>(count).fill(0);
    const near = (block: number) => {
      const target = random.chance(60) ? block + 1 + random.below(3) : block - 2 + random.below(6);
      return Math.min(Math.max(target, 1), count - 1);
    };
    for (let block = 0; block < count; block++) {
      const { connected } = this.shape;
      const returns = block === count - 1 || (!connected && random.chance(10));
      const next = Math.min(block + 1, count - 1);
      let list = [next, near(block)];
      if (returns && (block > 1 || count === 1)) list = [];
      else if (random.chance(40)) list = [connected || random.chance(50) ? next : near(block)];
      if (list.length === 2 && list[0] === list[1]) list.pop();
      for (const target of list) incoming[target]!++;
      machine.successors.push(list);
    }
    for (let block = 0; block < count; block++) {
      const list = machine.successors[block]!;
      if (list.length < 2) continue;
      for (let i = 0; i < list.length; i++) {
        if (incoming[list[i]!]! > 1) list[i] = machine.successors.push([list[i]!]) - 1;
      }
    }
    for (const _ of machine.successors) {
      machine.params.push([]);
      machine.jumpArguments.push([]);
    }
  }

  private anyClass(): RegClass {
    return this.random.chance(30) ? RegClass.Float : RegClass.Int;
  }

  private registersOf(cls: RegClass): readonly number[] {
    return cls === RegClass.Int ? this.target.registers.intOrder : this.target.registers.floatOrder;
  }

  private someValue(known: number[], cls: RegClass): number {
    const fitting = known.filter((register) => this.machine.classOf(register) === cls);
    return this.random.pick(fitting.slice(-this.shape.reach));
  }

  private fill(block: number, known: number[]): void {
    const { machine, random } = this;
    machine.start[block] = this.order.length;
    if (block === 0) this.entry(known);
    for (let i = random.below(this.shape.length + 1); i > 0; i--) {
      if (random.chance(12)) this.copy(known);
      else if (random.chance(12)) this.constant(known);
      else if (random.chance(20)) this.sum(known);
      else this.mix(known);
    }
    const successors = machine.successors[block]!;
    const op = successors.length === 0 ? ToyOp.Return : successors.length === 1 ? ToyOp.Jump : ToyOp.Branch;
    this.order.push(machine.make(op));
    if (op === ToyOp.Branch) machine.addOperand(this.someValue(known, RegClass.Int), Constraint.Any);
    if (op === ToyOp.Return) {
      const register = this.registersOf(RegClass.Int)[0]!;
      machine.addOperand(this.someValue(known, RegClass.Int), Constraint.Fixed | (register << 8));
    }
    machine.end[block] = this.order.length;
  }

  private entry(known: number[]): void {
    const { machine, random } = this;
    this.order.push(machine.make(Pseudo.Entry));
    for (const cls of [RegClass.Int, RegClass.Float]) {
      const registers = this.registersOf(cls);
      const count = 1 + random.below(registers.length);
      for (let i = 0; i < count; i++) {
        const register = machine.newVirtual(cls);
        machine.addOperand(register, Constraint.Def | Constraint.Fixed | (registers[i]! << 8));
        known.push(register);
      }
    }
  }

  private copy(known: number[]): void {
    const { machine } = this;
    const from = this.someValue(known, this.anyClass());
    const to = machine.newVirtual(machine.classOf(from));
    this.order.push(machine.make(Pseudo.Move));
    machine.addOperand(to, Constraint.Def);
    machine.addOperand(from, Constraint.Any);
    known.push(to);
  }

  private constant(known: number[]): void {
    const { machine } = this;
    const to = machine.newVirtual(RegClass.Int);
    const id = machine.make(ToyOp.Constant);
    machine.imm[id] = this.random.word() | 0;
    this.order.push(id);
    machine.addOperand(to, Constraint.Def);
    known.push(to);
  }

  private sum(known: number[]): void {
    const { machine } = this;
    const cls = this.anyClass();
    const uses = [this.someValue(known, cls), this.someValue(known, cls)];
    const result = machine.newVirtual(cls);
    this.order.push(machine.make(ToyOp.Sum));
    machine.addOperand(result, Constraint.Def | Constraint.Reuse | (1 << 8));
    for (const use of uses) machine.addOperand(use, Constraint.Any);
    known.push(result);
  }

  /**
   * An instruction with random constraints that can surely be met: per class, the registers that are fixed or destroyed
   * and one for each other operand are no more than there are.
   */
  private mix(known: number[]): void {
    const { machine, random, target } = this;
    const clobber = random.chance(this.shape.calls) ? 1 : random.chance(5) ? 2 : 0;
    const destroyed = target.clobbers[clobber]!;
    const operands: [register: number, constraint: number][] = [];
    const fixedUses = new Set<number>();
    const fixedDefs = new Set<number>();
    const others = [0, 0];
    const reused = new Set<number>();
    const fits = (cls: RegClass) => {
      let taken = 0;
      for (const register of this.registersOf(cls)) {
        const lost = ((cls === RegClass.Int ? destroyed.int : destroyed.float) >>> (register & 31)) & 1;
        if (lost || fixedUses.has(register) || fixedDefs.has(register)) taken++;
      }
      return taken + others[cls]! < this.registersOf(cls).length;
    };
    for (let i = random.below(4); i > 0; i--) {
      const cls = this.anyClass();
      const value = this.someValue(known, cls);
      const register = random.pick(this.registersOf(cls));
      if (cls === RegClass.Int && random.chance(4) && !fixedUses.has(INT_SCRATCH)) {
        // A register that is not allocatable may be asked for too.
        fixedUses.add(INT_SCRATCH);
        operands.push([value, Constraint.Fixed | (INT_SCRATCH << 8)]);
      } else if (random.chance(30) && fits(cls) && !fixedUses.has(register)) {
        fixedUses.add(register);
        let constraint = Constraint.Fixed | (register << 8);
        if (random.chance(20) && !this.isLost(constraint, fixedDefs, destroyed)) {
          constraint |= Constraint.Overlap;
          fixedDefs.add(register);
        }
        operands.push([value, constraint]);
      } else if (fits(cls)) {
        others[cls]!++;
        operands.push([value, random.chance(20) ? Constraint.Overlap : Constraint.Any]);
      }
    }
    const uses = operands.length;
    const results: number[] = [];
    for (let i = random.below(3); i > 0; i--) {
      const cls = this.anyClass();
      const result = machine.newVirtual(cls);
      const register = random.pick(this.registersOf(cls));
      const use = uses > 0 ? random.below(uses) : -1;
      const reusable = use >= 0 && !reused.has(use) && machine.classOf(operands[use]![0]) === cls && fits(cls) &&
        !(operands[use]![1] & Constraint.Overlap) && !this.isLost(operands[use]![1], fixedDefs, destroyed);
      if (reusable && random.chance(50)) {
        reused.add(use);
        others[cls]!++;
        if ((operands[use]![1] & 3) === Constraint.Fixed) fixedDefs.add(operands[use]![1] >> 8);
        operands.push([result, Constraint.Def | Constraint.Reuse | (use << 8)]);
      } else if (random.chance(30) && fits(cls) && !fixedDefs.has(register)) {
        fixedDefs.add(register);
        const early = random.chance(20) && !fixedUses.has(register) ? Constraint.Overlap : 0;
        if (early) fixedUses.add(register);
        operands.push([result, Constraint.Def | Constraint.Fixed | early | (register << 8)]);
      } else if (fits(cls)) {
        others[cls]!++;
        operands.push([result, Constraint.Def | (random.chance(20) ? Constraint.Overlap : 0)]);
      } else continue;
      results.push(result);
    }
    const id = machine.make(ToyOp.Mix);
    machine.clobber[id] = clobber;
    machine.imm[id] = random.word() | 0;
    this.order.push(id);
    for (const [register, constraint] of operands) machine.addOperand(register, constraint);
    known.push(...results);
  }

  /** Is the operand in a fixed register that holds something else after the instruction, or may not? */
  private isLost(constraint: number, fixedDefs: Set<number>, destroyed: RegisterSet): boolean {
    if ((constraint & 3) !== Constraint.Fixed) return false;
    const register = constraint >> 8;
    const set = register < 32 ? destroyed.int : destroyed.float;
    return register === INT_SCRATCH || fixedDefs.has(register) || ((set >>> (register & 31)) & 1) === 1;
  }
}
