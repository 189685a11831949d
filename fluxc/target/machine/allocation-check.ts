/**
 * Proves a register allocation: follows which virtual value each register and spill slot holds, along every path, and
 * checks that each operand finds the value that the program before allocation used there.
 *
 * `snapshot` keeps the virtual program; after allocation `checkAllocation` walks the new one (abstract interpretation;
 * where paths meet, a place holds only what it holds on all of them). The same idea as regalloc2's checker. It knows
 * nothing of how the allocator works: it trusts only the order of the target's instructions, which must be unchanged.
 *
 * Throws an Error that names function, block and instruction at the first thing that is wrong.
 */
import type { AllocationTarget } from './allocation.ts';
import { copySources, isPlainCopy } from './copies.ts';
import { Constraint, FLOAT, type MachineFunction, Pseudo, VIRTUAL } from './machine-function.ts';

/** The program before allocation: per instruction the operands, per block what it contains. */
export interface Snapshot {
  order: Int32Array;
  start: Int32Array;
  end: Int32Array;
  params: number[][];
  jumpArguments: number[][];
  /** registers of each instruction, by instruction */
  registers: Map<number, number[]>;
  /** value of each virtual register: those joined by a copy share it */
  source: Int32Array;
  /** instruction that defines each value, -1 for parameters */
  definition: Int32Array;
}

export function snapshot(machine: MachineFunction): Snapshot {
  const registers = new Map<number, number[]>();
  const definition = new Int32Array(machine.virtualCount).fill(-1);
  for (const id of machine.order) {
    const list: number[] = [];
    for (let k = 0; k < machine.operandCount[id]!; k++) {
      const register = machine.register(id, k);
      list.push(register);
      if (register >= VIRTUAL && machine.constraint(id, k) & Constraint.Def) definition[register - VIRTUAL] = id;
    }
    registers.set(id, list);
  }
  return {
    order: machine.order.slice(),
    start: machine.start.slice(),
    end: machine.end.slice(),
    params: machine.params.map((list) => list.slice()),
    jumpArguments: machine.jumpArguments.map((list) => list.slice()),
    registers,
    source: copySources(machine),
    definition,
  };
}

/** What each place holds: values by place. Registers are places 0 to 63, spill slots from 64 on. */
type State = Map<number, Set<number>>;

export function checkAllocation(before: Snapshot, machine: MachineFunction, target: AllocationTarget): void {
  new Checker(before, machine, target).run();
}

class Checker {
  private readonly entry: (State | null)[];
  private readonly saved: Set<number>;
  private where = '';

  constructor(
    private readonly before: Snapshot,
    private readonly machine: MachineFunction,
    private readonly target: AllocationTarget,
  ) {
    this.entry = machine.successors.map(() => null);
    this.saved = new Set(machine.savedRegisters);
  }

  run(): void {
    const { machine } = this;
    this.entry[0] = new Map();
    const work = [0];
    while (work.length > 0) {
      const block = work.pop()!;
      const state = copyOf(this.entry[block]!);
      this.block(block, state);
      for (const successor of machine.successors[block]!) {
        const arriving = this.alongEdge(block, successor, state);
        const known = this.entry[successor]!;
        if (known === null) this.entry[successor] = arriving;
        else if (!meet(known, arriving)) continue;
        if (!work.includes(successor)) work.push(successor);
      }
    }
    for (const block of machine.layout) {
      if (this.entry[block] === null) throw new Error(`${machine.name}: block ${block} is laid out but not reached`);
    }
  }

  private fail(message: string): never {
    throw new Error(`${this.machine.name}, ${this.where}: ${message}`);
  }

  /** Follows one block; its instructions of the target must be those of the snapshot, in their order. */
  private block(block: number, state: State): void {
    const { machine, before } = this;
    let expected = before.start[block]!;
    const skipCopies = () => {
      while (expected < before.end[block]! && this.wasCopy(before.order[expected]!)) expected++;
    };
    for (let i = machine.start[block]!; i < machine.end[block]!; i++) {
      const id = machine.order[i]!;
      this.where = `block ${block}, instruction ${id} (op ${machine.op[id]})`;
      skipCopies();
      if (expected < before.end[block]! && before.order[expected] === id) {
        expected++;
        this.original(id, state);
      } else this.inserted(id, state);
    }
    skipCopies();
    this.where = `block ${block}`;
    if (expected !== before.end[block]) this.fail(`instruction ${before.order[expected]} is missing`);
  }

  private wasCopy(id: number): boolean {
    const { machine, before } = this;
    if (machine.op[id] !== Pseudo.Move) return false;
    const [to, from] = before.registers.get(id)!;
    // Joined copies keep their virtual operands; any other Move has been given registers.
    return isPlainCopy(machine, id) && to! >= VIRTUAL && from! >= VIRTUAL;
  }

  private value(register: number): number {
    return this.before.source[register - VIRTUAL]!;
  }

  private original(id: number, state: State): void {
    const { machine, before, target } = this;
    const virtual = this.asPlaced(id, before.registers.get(id)!, state);
    const count = machine.operandCount[id]!;
    const clobber = machine.clobber[id]!;
    const destroyed = clobber === 0 ? null : target.clobbers[clobber]!;
    const isDestroyed = (register: number) =>
      destroyed !== null && ((register < FLOAT ? destroyed.int : destroyed.float) >>> (register & 31) & 1) === 1;
    const written = new Map<number, number>();
    for (let k = 0; k < count; k++) {
      if (virtual[k]! < VIRTUAL) {
        if (machine.register(id, k) !== virtual[k]) this.fail(`operand ${k} was register ${virtual[k]}`);
        continue;
      }
      const register = machine.register(id, k);
      const constraint = machine.constraint(id, k);
      this.checkPlace(id, k, register);
      if (constraint & Constraint.Def) {
        if (written.has(register)) this.fail(`two definitions in ${this.name(register)}`);
        written.set(register, this.value(virtual[k]!));
        const isAny = (constraint & 3) === Constraint.Any;
        if (isAny && isDestroyed(register)) this.fail(`definition ${k} in a destroyed register`);
      } else if (!state.get(register)?.has(this.value(virtual[k]!))) {
        this.fail(`operand ${k} wants value ${this.value(virtual[k]!)}, ${this.name(register)} ` +
          `holds ${[...(state.get(register) ?? [])].join(', ') || 'nothing known'}`);
      }
    }
    for (let k = 0; k < count; k++) {
      if (virtual[k]! < VIRTUAL || !(machine.constraint(id, k) & Constraint.Overlap)) continue;
      const register = machine.register(id, k);
      const definition = (machine.constraint(id, k) & Constraint.Def) !== 0;
      const isLost = written.has(register) || isDestroyed(register);
      if (!definition && isLost) this.fail(`late use ${k} in an overwritten register`);
      for (let other = 0; definition && other < count; other++) {
        if (virtual[other]! >= VIRTUAL && !(machine.constraint(id, other) & Constraint.Def) &&
          machine.register(id, other) === register) this.fail(`early definition ${k} overwrites operand ${other}`);
      }
    }
    for (const register of [...state.keys()]) if (register < VIRTUAL && isDestroyed(register)) state.delete(register);
    if (destroyed) this.checkSaved((register) => isDestroyed(register));
    // SSA: a value's new definition makes all older copies of it (of an earlier loop round) something else.
    for (const value of written.values()) forget(state, value);
    for (const [register, value] of written) this.write(state, register, [value]);
  }

  /** The virtual operands of an instruction, exchanged where the target lets the allocator do so and it did. */
  private asPlaced(id: number, virtual: number[], state: State): number[] {
    const { machine, target } = this;
    if (!target.commutes?.(machine, id)) return virtual;
    const holds = (k: number, register: number) => {
      return state.get(machine.register(id, k))?.has(this.value(register)) ?? false;
    };
    for (let k = 0; k < virtual.length; k++) {
      if ((machine.constraint(id, k) & 3) !== Constraint.Reuse) continue;
      const use = machine.constraint(id, k) >> 8;
      const other = virtual.findIndex((register, i) => {
        return i !== use && register >= VIRTUAL && machine.constraint(id, i) === Constraint.Any;
      });
      if (other < 0 || virtual[use]! < VIRTUAL) break;
      if (holds(use, virtual[use]!) && holds(other, virtual[other]!)) break;
      const exchanged = virtual.slice();
      [exchanged[use], exchanged[other]] = [virtual[other]!, virtual[use]!];
      return exchanged;
    }
    return virtual;
  }

  private checkPlace(id: number, k: number, register: number): void {
    const { machine, before } = this;
    const constraint = machine.constraint(id, k);
    const cls = machine.classOf(before.registers.get(id)![k]!);
    const { intOrder, floatOrder } = this.target.registers;
    if (register >= VIRTUAL) this.fail(`operand ${k} is still virtual`);
    switch (constraint & 3) {
      case Constraint.Fixed:
        if (register !== constraint >> 8) this.fail(`operand ${k} is not in ${this.name(constraint >> 8)}`);
        return;
      case Constraint.Reuse:
        if (register !== machine.register(id, constraint >> 8)) this.fail(`operand ${k} is not in its use's register`);
        return;
      default: {
        const readable = constraint & Constraint.Def ? [] : this.fixedElsewhere(id);
        if (!(cls === 0 ? intOrder : floatOrder).includes(register) && !readable.includes(register)) {
          this.fail(`operand ${k} is in ${this.name(register)}, which is not of its class`);
        }
      }
    }
  }

  /** Registers of the fixed uses of an instruction: another use may read them though they are not allocatable. */
  private fixedElsewhere(id: number): number[] {
    const { machine } = this;
    const list: number[] = [];
    for (let k = 0; k < machine.operandCount[id]!; k++) {
      const constraint = machine.constraint(id, k);
      if ((constraint & 3) === Constraint.Fixed && !(constraint & Constraint.Def)) list.push(constraint >> 8);
    }
    return list;
  }

  private inserted(id: number, state: State): void {
    const { machine, before } = this;
    switch (machine.op[id]) {
      case Pseudo.Move: {
        const held = state.get(machine.register(id, 1));
        if (machine.register(id, 0) >> 5 !== machine.register(id, 1) >> 5) this.fail('move between classes');
        this.write(state, machine.register(id, 0), held ?? []);
        return;
      }
      case Pseudo.Spill:
        this.checkSlot(machine.imm[id]!);
        this.write(state, VIRTUAL + machine.imm[id]!, state.get(machine.register(id, 0)) ?? []);
        return;
      case Pseudo.Reload:
        this.checkSlot(machine.imm[id]!);
        this.write(state, machine.register(id, 0), state.get(VIRTUAL + machine.imm[id]!) ?? []);
        return;
      case Pseudo.Exchange: {
        const [a, b] = [machine.register(id, 0), machine.register(id, 1)];
        const [heldByA, heldByB] = [state.get(a) ?? [], state.get(b) ?? []].map((held) => [...held]);
        this.write(state, a, heldByB!);
        this.write(state, b, heldByA!);
        return;
      }
      default: {
        // A repeated constant: the instruction that defines the value it stands for.
        const values: number[] = [];
        for (let value = 0; value < before.definition.length; value++) {
          if (before.definition[value]! >= 0 && this.repeats(id, before.definition[value]!)) values.push(value);
        }
        if (values.length === 0) this.fail('an instruction that was not there and repeats none');
        this.write(state, machine.register(id, 0), values);
      }
    }
  }

  private repeats(id: number, definition: number): boolean {
    const { machine, target } = this;
    return machine.op[id] === machine.op[definition] && machine.imm[id] === machine.imm[definition] &&
      machine.immHigh[id] === machine.immHigh[definition] && machine.symbol[id] === machine.symbol[definition] &&
      machine.mode[id] === machine.mode[definition] && machine.operandCount[id] === 1 &&
      machine.operandCount[definition] === 1 && (target.canRematerialize?.(machine, definition) ?? false);
  }

  private checkSlot(slot: number): void {
    if (slot < 0 || slot >= this.machine.spillSlots) this.fail(`spill slot ${slot} of ${this.machine.spillSlots}`);
  }

  /** A callee-saved register may be written only if the prologue saves it. */
  private checkSaved(isWritten: (register: number) => boolean): void {
    const { calleeSaved } = this.target.registers;
    for (let register = 0; register < VIRTUAL; register++) {
      const kept = ((register < FLOAT ? calleeSaved.int : calleeSaved.float) >>> (register & 31)) & 1;
      if (kept && isWritten(register) && !this.saved.has(register)) this.fail(`${this.name(register)} is not saved`);
    }
  }

  private write(state: State, place: number, values: Iterable<number>): void {
    const set = new Set(values);
    if (place < VIRTUAL) this.checkSaved((register) => register === place);
    if (set.size === 0) state.delete(place);
    else state.set(place, set);
  }

  /** What holds after the edge: each parameter is where its argument was; older copies of parameters count no more. */
  private alongEdge(block: number, successor: number, state: State): State {
    const { before } = this;
    const params = before.params[successor]!.map((param) => this.value(param));
    if (params.length === 0) return copyOf(state);
    const passed = before.jumpArguments[block]!.map((argument) => this.value(argument));
    const result: State = new Map();
    for (const [place, values] of state) {
      const held = new Set<number>();
      for (const value of values) if (!params.includes(value)) held.add(value);
      for (let i = 0; i < params.length; i++) if (values.has(passed[i]!)) held.add(params[i]!);
      if (held.size > 0) result.set(place, held);
    }
    return result;
  }

  private name(register: number): string {
    return this.target.registers.names[register] || `register ${register}`;
  }
}

function copyOf(state: State): State {
  const copy: State = new Map();
  for (const [place, values] of state) copy.set(place, new Set(values));
  return copy;
}

/** Removes `value` from every place. */
function forget(state: State, value: number): void {
  for (const [place, values] of state) {
    if (values.delete(value) && values.size === 0) state.delete(place);
  }
}

/** Keeps in `known` only what `arriving` holds too; true if that took something away. */
function meet(known: State, arriving: State): boolean {
  let changed = false;
  for (const [place, values] of known) {
    const other = arriving.get(place);
    for (const value of values) {
      if (other?.has(value)) continue;
      values.delete(value);
      changed = true;
    }
    if (values.size === 0) known.delete(place);
  }
  return changed;
}
