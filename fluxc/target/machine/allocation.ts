/**
 * What the stages of register allocation share: the function, what the register file allows, and what each stage found.
 *
 * A *value* is a virtual register less `VIRTUAL`. Until `spill-slots.ts` gives out real slots, the spill slot of a
 * value has the value's own number; slots that only a cycle of moves needs are numbered from `virtualCount` on.
 */
import { IntPool } from '../../base/int-pool.ts';
import { ControlFlow } from './control-flow.ts';
import { bitOf, Liveness } from './liveness.ts';
import { Constraint, FLOAT, type MachineFunction, Pseudo, type RegClass, VIRTUAL } from './machine-function.ts';
import { type MoveSink, REMAKE, SLOT } from './moves.ts';
import type { Target } from './target.ts';

/** The part of a target that allocation needs. */
export type AllocationTarget = Pick<Target, 'registers' | 'clobbers' | 'canRematerialize' | 'commutes'>;

export class Allocation implements MoveSink {
  readonly flow: ControlFlow;
  readonly live: Liveness;
  /** bit sets by class */
  readonly allocatable = new Int32Array(2);
  readonly calleeSaved = new Int32Array(2);
  /** allocatable registers of each class in order of preference */
  readonly preference: readonly (readonly number[])[];

  /** instructions with what assignment put between them; block b has `body[bodyStart[b] .. bodyEnd[b]]` */
  readonly body = new IntPool(256);
  readonly bodyStart: Int32Array;
  readonly bodyEnd: Int32Array;
  /** what registers hold on entry to and exit from each block: pairs (register, value) */
  readonly entry: number[][] = [];
  readonly exit: (number[] | null)[] = [];

  /** instruction that defines each value, -1 for block parameters */
  readonly definition: Int32Array;
  /** register that each value was defined in, -1 for block parameters */
  readonly definitionRegister: Int8Array;
  /** block parameters that the edges leave in their spill slots */
  readonly passedInMemory: Uint8Array;
  /** of each value: instruction that can be repeated instead of a reload, or -1 */
  readonly remake: Int32Array;
  /** of each value: the block that dominates every reload of it, -1 if there is none */
  readonly reloadedUnder: Int32Array;

  /** where `move`, `spill`, `reload` and `remake` write */
  private out: IntPool;
  private block = 0;
  private freeRegisters: Int32Array = new Int32Array(2);
  /** spill slots numbered so far: the values', then those of cycles */
  slotNumbers: number;

  constructor(readonly machine: MachineFunction, readonly target: AllocationTarget) {
    const { registers } = target;
    this.preference = [registers.intOrder, registers.floatOrder];
    for (const register of registers.intOrder) this.allocatable[0]! |= bitOf(register);
    for (const register of registers.floatOrder) this.allocatable[1]! |= bitOf(register);
    this.calleeSaved[0] = registers.calleeSaved.int;
    this.calleeSaved[1] = registers.calleeSaved.float;
    this.flow = new ControlFlow(machine);
    this.live = new Liveness(machine, this.flow, this.allocatable, target.clobbers);
    const blocks = machine.successors.length;
    const values = machine.virtualCount;
    this.bodyStart = new Int32Array(blocks);
    this.bodyEnd = new Int32Array(blocks);
    for (let block = 0; block < blocks; block++) {
      this.entry.push([]);
      this.exit.push(null);
    }
    this.definition = new Int32Array(values).fill(-1);
    this.definitionRegister = new Int8Array(values).fill(-1);
    this.passedInMemory = new Uint8Array(values);
    this.remake = new Int32Array(values).fill(-1);
    this.reloadedUnder = new Int32Array(values).fill(-1);
    this.slotNumbers = values;
    this.out = this.body;
    this.findDefinitions();
  }

  /** Says where the instructions of the sink go, in which block they stand, and which registers they may change. */
  writeTo(out: IntPool, block: number, freeInt: number, freeFloat: number): void {
    this.out = out;
    this.block = block;
    this.freeRegisters[0] = freeInt;
    this.freeRegisters[1] = freeFloat;
  }

  move(to: number, from: number): void {
    this.pseudo(Pseudo.Move, 0);
    this.machine.addOperand(to, Constraint.Def);
    this.machine.addOperand(from, 0);
  }

  spill(slot: number, from: number): void {
    this.pseudo(Pseudo.Spill, slot);
    this.machine.addOperand(from, 0);
  }

  reload(to: number, slot: number): void {
    this.pseudo(Pseudo.Reload, slot);
    this.machine.addOperand(to, Constraint.Def);
    if (slot >= this.machine.virtualCount) return;
    const known = this.reloadedUnder[slot]!;
    this.reloadedUnder[slot] = known < 0 ? this.block : this.flow.commonDominator(known, this.block);
  }

  /** Where `value` comes from when no register holds it. */
  memoryOf(value: number): number {
    return this.remake[value]! >= 0 ? REMAKE + value : SLOT + value;
  }

  /** Repeats the instruction that defines `value`, into `to`. */
  remakeValue(to: number, value: number): void {
    const { machine } = this;
    const from = this.remake[value]!;
    const id = machine.make(machine.op[from]!);
    machine.imm[id] = machine.imm[from]!;
    machine.immHigh[id] = machine.immHigh[from]!;
    machine.symbol[id] = machine.symbol[from]!;
    machine.mode[id] = machine.mode[from]!;
    machine.addOperand(to, Constraint.Def);
    this.out.push(id);
  }

  freshSlot(): number {
    return this.slotNumbers++;
  }

  scratch(cls: RegClass): number {
    return cls === 0 ? this.target.registers.scratch.int : this.target.registers.scratch.float;
  }

  free(cls: RegClass): number {
    const set = this.freeRegisters[cls]!;
    return set === 0 ? -1 : cls * FLOAT + 31 - Math.clz32(set);
  }

  any(cls: RegClass): number {
    return this.preference[cls]![0]!;
  }

  private pseudo(op: Pseudo, imm: number): void {
    const id = this.machine.make(op);
    this.machine.imm[id] = imm;
    this.out.push(id);
  }

  private findDefinitions(): void {
    const { machine, definition, remake, target } = this;
    for (const block of this.flow.order) {
      for (let i = machine.start[block]!; i < machine.end[block]!; i++) {
        const id = machine.order[i]!;
        for (let k = 0; k < machine.operandCount[id]!; k++) {
          const value = machine.register(id, k) - VIRTUAL;
          if (value < 0 || !(machine.constraint(id, k) & Constraint.Def)) continue;
          definition[value] = id;
          if (machine.operandCount[id] === 1 && machine.constraint(id, k) === Constraint.Def &&
            target.canRematerialize?.(machine, id)) remake[value] = id;
        }
      }
    }
  }
}
