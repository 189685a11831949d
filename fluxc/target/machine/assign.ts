/**
 * Register assignment: one walk over the blocks in reverse postorder that knows at every point which value each
 * register holds.
 *
 * - A value has at most one register at a time, its *home*; fixed operands and two-address instructions get copies.
 * - Where registers run out, the value whose next use is farthest loses its home (Belady), and is loaded again, or made
 *   again, before its next use. Memory is written once, after the definition, by `spill-slots.ts`: values never change.
 * - A block with one predecessor starts with what that left in the registers; at joins `entry-state.ts` says what they
 *   hold, and `edges.ts` makes every edge agree.
 *
 * Each instruction has two moments: *before*, when uses are read, and *after*, when definitions are written. Sets of
 * registers say what it has taken at each. All copies it needs happen at once before it, as parallel moves.
 */
import type { Allocation } from './allocation.ts';
import { EntryState } from './entry-state.ts';
import { bitOf } from './liveness.ts';
import { Constraint, FLOAT, VIRTUAL } from './machine-function.ts';
import { ParallelMoves } from './moves.ts';
import { NextUses } from './next-use.ts';
import { NONE, RegisterState } from './register-state.ts';

export class Assigner {
  private readonly uses: NextUses;
  private readonly moves = new ParallelMoves();
  private readonly state: RegisterState;
  private readonly entry: EntryState;
  /** register of each block parameter on entry to its block, once chosen */
  private readonly parameterRegister: Int8Array;

  // Of the instruction at hand: its operands, then what is known per value where the stamp is the instruction's number.
  private count = 0;
  private readonly value: number[] = [];
  private readonly constraint: number[] = [];
  private readonly register: number[] = [];
  private readonly takenBefore = new Int32Array(2);
  private readonly takenAfter = new Int32Array(2);
  private stamp = 0;
  private readonly isOperand: Int32Array;
  /** the value was moved: `oldHome` is where it was before the instruction, NONE for memory */
  private readonly moved: Int32Array;
  private readonly oldHome: Int8Array;
  /** a register besides the home that holds the value when uses are read */
  private readonly hasCopy: Int32Array;
  private readonly copyRegister: Int8Array;
  /** the value has a register that holds it until the definitions are written */
  private readonly isKept: Int32Array;
  private readonly keptRegister: Int8Array;
  /** value that a fixed use puts into each register */
  private readonly fixedStamp = new Int32Array(64);
  private readonly fixedValue = new Int32Array(64);
  private readonly homeless: number[] = [];
  private pendingTo: number[] = [];
  private pendingValue: number[] = [];
  private pendingFrom: number[] = [];

  constructor(private readonly allocation: Allocation) {
    const values = allocation.machine.virtualCount;
    this.parameterRegister = new Int8Array(values).fill(NONE);
    this.uses = new NextUses(allocation, this.parameterRegister);
    this.state = new RegisterState(allocation, this.uses);
    this.entry = new EntryState(allocation, this.uses, this.state);
    this.isOperand = new Int32Array(values);
    this.moved = new Int32Array(values);
    this.oldHome = new Int8Array(values);
    this.hasCopy = new Int32Array(values);
    this.copyRegister = new Int8Array(values);
    this.isKept = new Int32Array(values);
    this.keptRegister = new Int8Array(values);
  }

  run(): void {
    const { allocation, uses } = this;
    const { machine, flow, body } = allocation;
    for (const block of flow.order) {
      uses.scan(block);
      this.enter(block);
      allocation.bodyStart[block] = body.length;
      allocation.writeTo(body, block, 0, 0);
      const from = machine.start[block]!;
      for (let i = 0; i < uses.length; i++) this.instruction(machine.order[from + i]!, i);
      allocation.bodyEnd[block] = body.length;
      allocation.exit[block] = this.state.pairs();
    }
  }

  private enter(block: number): void {
    const { allocation, state, uses } = this;
    state.clear();
    const predecessors = allocation.flow.predecessors[block]!;
    const params = allocation.machine.params[block]!;
    if (predecessors.length === 1 && params.length === 0) {
      const held = allocation.exit[predecessors[0]!]!;
      for (let i = 0; i < held.length; i += 2) {
        if (uses.isLive(held[i + 1]!)) state.settle(held[i + 1]!, held[i]!);
      }
    } else if (predecessors.length > 0) this.entry.choose(block);
    allocation.entry[block] = state.pairs();
    for (const param of params) {
      const value = param - VIRTUAL;
      this.parameterRegister[value] = state.home[value]!;
      if (state.home[value]! < 0 && uses.isLive(value)) allocation.passedInMemory[value] = 1;
    }
  }

  // ---- instructions ----

  private instruction(id: number, position: number): void {
    const { machine } = this.allocation;
    const { operands } = machine;
    const { value, constraint, register, uses } = this;
    const first = machine.operandStart[id]!;
    const count = this.count = machine.operandCount[id]!;
    for (let k = 0; k < count; k++) {
      value[k] = operands.data[first + 2 * k]! - VIRTUAL;
      constraint[k] = operands.data[first + 2 * k + 1]!;
    }
    uses.advance(position);
    this.state.mark();
    if (this.allocation.target.commutes?.(machine, id)) this.commute(position);
    if (!this.placeOperands(id, position, false)) {
      this.state.undo();
      if (!this.placeOperands(id, position, true)) this.failForRegisters();
    }
    for (let k = 0; k < count; k++) {
      if (value[k]! < 0 || !isUse(constraint[k]!)) continue;
      uses.pass(value[k]!, position);
      if (this.state.home[value[k]!]! < 0 || uses.isLive(value[k]!)) continue;
      this.mark(this.takenBefore, this.state.home[value[k]!]!);
      this.state.unsettle(value[k]!);
    }
    for (let k = 0; k < count; k++) {
      if (value[k]! < 0 || register[k] !== NONE) continue;
      const wish = uses.wishOf(value[k]!);
      const mayHave = wish >= 0 && !this.isTaken(this.takenAfter, wish);
      if (mayHave && this.moveAway(wish, value[k]!, position)) register[k] = wish;
      else register[k] = this.take(value[k]!, position, false, true);
      if (register[k] === NONE) this.failForRegisters();
      this.mark(this.takenAfter, register[k]!);
    }
    this.writeMoves();
    this.allocation.body.push(id);
    for (let k = 0; k < count; k++) {
      if (value[k]! < 0) continue;
      machine.setRegister(id, k, register[k]!);
      if (!isUse(constraint[k]!)) this.define(value[k]!, register[k]!);
    }
  }

  /**
   * Clears `register`, which `value` wishes for, if the value there has to leave it before it dies anyway: then its one
   * move is made now, and `value` needs none.
   */
  private moveAway(register: number, value: number, position: number): boolean {
    const { uses, takenBefore, takenAfter } = this;
    const cls = register >> 5;
    const occupant = this.state.holder[register]!;
    if (occupant < 0 || this.moved[occupant] === this.stamp) return false;
    const event = uses.takenAt(register, position);
    if (event < 0 || event < uses.end(value) || event > uses.end(occupant)) return false;
    const free = this.state.free(cls) & ~takenBefore[cls]! & ~takenAfter[cls]!;
    if (free === 0) return false;
    const other = this.state.pick(free, occupant, position);
    const otherEvent = uses.takenAt(other, position);
    if (otherEvent >= 0 && otherEvent <= event) return false;
    this.state.unsettle(occupant);
    this.moved[occupant] = this.stamp;
    this.oldHome[occupant] = register;
    this.state.settle(occupant, other);
    this.pend(other, occupant);
    return true;
  }

  private failForRegisters(): never {
    throw new Error(`${this.allocation.machine.name}: an instruction needs more registers than there are`);
  }

  /**
   * Finds registers for all operands but the plain definitions, which come when the last uses are over. False if values
   * stand in each other's way; with `clear`, every value loses its home first, and only a wish that no register file
   * can fulfil gives false.
   */
  private placeOperands(id: number, position: number, clear: boolean): boolean {
    const { machine, target } = this.allocation;
    const { value, constraint, register, takenBefore, takenAfter, count } = this;
    const clobber = machine.clobber[id]!;
    this.stamp++;
    takenBefore[0] = takenBefore[1] = 0;
    takenAfter[0] = clobber === 0 ? 0 : target.clobbers[clobber]!.int;
    takenAfter[1] = clobber === 0 ? 0 : target.clobbers[clobber]!.float;
    this.pendingTo.length = this.pendingValue.length = this.pendingFrom.length = 0;
    let fixed = clobber !== 0 || clear;
    let special = false;
    for (let k = 0; k < count; k++) {
      register[k] = NONE;
      if (value[k]! >= 0 && isUse(constraint[k]!)) this.isOperand[value[k]!] = this.stamp;
    }
    for (let k = 0; k < count; k++) {
      if (value[k]! < 0) continue;
      const kind = constraint[k]! & KIND;
      if (kind === Constraint.Fixed) {
        fixed = true;
        this.takeFixed(k);
      } else if (kind === Constraint.Reuse || constraint[k]! & Constraint.Overlap) special = true;
    }
    if (fixed) this.displace(position, clear);
    // What needs a register at both moments comes first.
    if (special) {
      for (let k = 0; k < count; k++) {
        if (this.isPlaced(k) || !isUse(constraint[k]!) || !(constraint[k]! & Constraint.Overlap)) continue;
        if (!this.placeLateUse(k, position)) return false;
      }
      for (let k = 0; k < count; k++) {
        if (this.isPlaced(k) || (constraint[k]! & KIND) !== Constraint.Reuse) continue;
        if (!this.placeReuse(k, position)) return false;
      }
      for (let k = 0; k < count; k++) {
        if (this.isPlaced(k) || !(constraint[k]! & Constraint.Overlap)) continue;
        register[k] = this.take(value[k]!, position, true, true);
        if (register[k] === NONE) return false;
        this.mark(takenBefore, register[k]!);
        this.mark(takenAfter, register[k]!);
      }
    }
    for (let k = 0; k < count; k++) {
      if (!this.isPlaced(k) && isUse(constraint[k]!) && !this.placeUse(k, position)) return false;
    }
    if (clear) this.settleAgain(position);
    return true;
  }

  private isPlaced(k: number): boolean {
    return this.value[k]! < 0 || this.register[k] !== NONE;
  }

  private mark(set: Int32Array, register: number): void {
    set[register >> 5]! |= bitOf(register);
  }

  private isTaken(set: Int32Array, register: number): boolean {
    return (set[register >> 5]! & bitOf(register)) !== 0;
  }

  private takeFixed(k: number): void {
    const { value, constraint, register, takenBefore, takenAfter } = this;
    const fixed = constraint[k]! >> 8;
    const late = (constraint[k]! & Constraint.Overlap) !== 0;
    register[k] = fixed;
    const again = this.fixedStamp[fixed] === this.stamp && this.fixedValue[fixed] === value[k];
    if (!isUse(constraint[k]!)) {
      this.mark(takenAfter, fixed);
      if (late) this.mark(takenBefore, fixed);
      return;
    }
    this.mark(takenBefore, fixed);
    if (late || this.isReused(k)) this.mark(takenAfter, fixed);
    this.fixedStamp[fixed] = this.stamp;
    this.fixedValue[fixed] = value[k]!;
    this.hasCopy[value[k]!] = this.stamp;
    this.copyRegister[value[k]!] = fixed;
    if (this.state.home[value[k]!] !== fixed && !again) this.pend(fixed, value[k]!);
  }

  private isReused(use: number): boolean {
    const { constraint, value, count } = this;
    for (let k = 0; k < count; k++) {
      if (value[k]! >= 0 && (constraint[k]! & KIND) === Constraint.Reuse && constraint[k]! >> 8 === use) return true;
    }
    return false;
  }

  /**
   * Values lose homes that the instruction takes or destroys (with `all`, every home); what lives on gets another one
   * where there is one (with `all`, not yet).
   */
  private displace(position: number, all: boolean): void {
    const { allocation, takenBefore, takenAfter, uses } = this;
    const { holder, occupied } = this.state;
    const homeless = this.homeless;
    homeless.length = 0;
    for (let cls = 0; cls < 2; cls++) {
      const wanted = all ? -1 : takenBefore[cls]! | takenAfter[cls]!;
      for (let set = occupied[cls]! & wanted; set !== 0; set &= set - 1) {
        const register = cls * FLOAT + 31 - Math.clz32(set & -set);
        const value = holder[register]!;
        const lives = uses.after(value, position) >= 0;
        const readable = !this.isTaken(takenBefore, register) ||
          (this.fixedStamp[register] === this.stamp && this.fixedValue[register] === value);
        if (readable && !lives && !all) continue;
        this.state.unsettle(value);
        this.moved[value] = this.stamp;
        this.oldHome[value] = register;
        if (lives) homeless.push(value);
      }
    }
    if (all || homeless.length === 0) return;
    homeless.sort((a, b) => uses.after(a, position) - uses.after(b, position) || a - b);
    for (const value of homeless) {
      const cls = allocation.machine.virtualClass[value]!;
      let register = this.survivingCopy(value);
      if (register < 0) {
        const usable = allocation.allocatable[cls]! & ~takenBefore[cls]! & ~takenAfter[cls]!;
        const free = usable & ~occupied[cls]!;
        if (free !== 0) register = this.state.pick(free, value, position);
        else {
          const victim = this.farthest(cls, usable & occupied[cls]!, position, true);
          if (victim >= 0 && uses.after(holder[victim]!, position) > uses.after(value, position)) {
            this.evict(victim);
            register = victim;
          }
        }
        if (register >= 0) this.pend(register, value);
      }
      if (register >= 0) this.state.settle(value, register);
      else if (this.isOperand[value] === this.stamp) this.readOnceMore(value);
    }
  }

  /**
   * An operand that loses its home with the instruction can still be read there, unless something else wants the place.
   */
  private readOnceMore(value: number): void {
    const register = this.oldHome[value]!;
    if (this.isTaken(this.takenBefore, register)) return;
    this.mark(this.takenBefore, register);
    this.hasCopy[value] = this.stamp;
    this.copyRegister[value] = register;
  }

  /** After `displace` of all: values go back to where they were if that is still free. */
  private settleAgain(position: number): void {
    for (const value of this.homeless) {
      if (this.state.home[value]! >= 0) continue;
      const register = this.oldHome[value]!;
      const cls = register >> 5;
      const taken = this.state.occupied[cls]! | this.takenBefore[cls]! | this.takenAfter[cls]!;
      if (!(taken & bitOf(register)) && this.uses.after(value, position) >= 0) this.state.settle(value, register);
    }
  }

  /** A register that a fixed use fills with `value` and that still holds it after the instruction, or NONE. */
  private survivingCopy(value: number): number {
    for (let k = 0; k < this.count; k++) {
      if (this.value[k] !== value || (this.constraint[k]! & (KIND | Constraint.Def)) !== Constraint.Fixed) continue;
      const register = this.register[k]!;
      const isLost = this.isTaken(this.takenAfter, register);
      if (!isLost && this.isTaken(this.allocation.allocatable, register)) return register;
    }
    return NONE;
  }

  /** Finds the register from which operand `k`, a use without further wishes, is read. */
  private placeUse(k: number, position: number): boolean {
    const value = this.value[k]!;
    let found = this.readableIn(value);
    if (found < 0) {
      const lives = this.uses.after(value, position) >= 0;
      if (lives) found = this.takeIfWorthwhile(value, position);
      if (found < 0) found = this.take(value, position, true, false);
      if (found < 0) return false;
      this.fill(found, value, lives);
    }
    this.register[k] = found;
    return true;
  }

  /** The same for a use that is read after definitions are written: nothing may be written to its register. */
  private placeLateUse(k: number, position: number): boolean {
    const value = this.value[k]!;
    let found = this.isKept[value] === this.stamp ? this.keptRegister[value]! : this.readableIn(value);
    if (found < 0 || (this.isKept[value] !== this.stamp && this.isTaken(this.takenAfter, found))) {
      const lives = this.uses.after(value, position) >= 0 && this.state.home[value]! < 0;
      found = this.take(value, position, true, true);
      if (found < 0) return false;
      this.fill(found, value, lives);
    }
    this.mark(this.takenBefore, found);
    this.mark(this.takenAfter, found);
    this.isKept[value] = this.stamp;
    this.keptRegister[value] = found;
    this.register[k] = found;
    return true;
  }

  /** Brings `value` into `register` for the instruction; it stays there if it `lives` and nothing overwrites it. */
  private fill(register: number, value: number, lives: boolean): void {
    this.pend(register, value);
    if (lives && !this.isTaken(this.takenAfter, register)) {
      if (this.moved[value] !== this.stamp) {
        this.moved[value] = this.stamp;
        this.oldHome[value] = NONE;
      }
      this.state.settle(value, register);
      return;
    }
    this.mark(this.takenBefore, register);
    this.hasCopy[value] = this.stamp;
    this.copyRegister[value] = register;
  }

  /** Exchanges the use that a definition takes over with another if that saves the copy. */
  private commute(position: number): void {
    const { value, constraint, count, uses } = this;
    for (let k = 0; k < count; k++) {
      if ((constraint[k]! & KIND) !== Constraint.Reuse) continue;
      const use = constraint[k]! >> 8;
      let other = NONE;
      for (let i = 0; i < count; i++) if (i !== use && constraint[i] === Constraint.Any) other = i;
      if (other < 0 || value[use]! < 0 || value[other]! < 0 || constraint[use] !== Constraint.Any) return;
      const { home } = this.state;
      const wish = uses.wishOf(value[k]!);
      const cost = (use: number) => {
        const isFree = uses.after(value[use]!, position) < 0 && home[value[use]!]! >= 0;
        return isFree ? (home[value[use]!] === wish ? 0 : 1) : 2;
      };
      if (cost(other) >= cost(use)) return;
      [value[use], value[other]] = [value[other]!, value[use]!];
      return;
    }
  }

  /** Gives definition `k` the register of the use it names; the use gets a copy there if its value is needed longer. */
  private placeReuse(k: number, position: number): boolean {
    const { register, takenBefore, takenAfter, allocation } = this;
    const use = this.constraint[k]! >> 8;
    const value = this.value[use]!;
    if (value < 0) throw new Error('a definition reuses an operand that is no virtual register');
    if (register[use] === NONE) {
      let found = this.readableIn(value);
      const lives = this.uses.after(value, position) >= 0;
      const usable = found >= 0 && !this.isTaken(takenAfter, found) && this.isTaken(allocation.allocatable, found);
      const definition = this.value[k]!;
      const isWished = this.state.holder[found] === value && this.uses.wishOf(definition) === found;
      if (!usable || (lives && !(isWished && this.moveAway(found, definition, position)))) {
        found = this.take(definition, position, true, true);
        if (found < 0) return false;
        this.pend(found, value);
        if (this.hasCopy[value] !== this.stamp) {
          this.hasCopy[value] = this.stamp;
          this.copyRegister[value] = found;
        }
      }
      this.mark(takenBefore, found);
      this.mark(takenAfter, found);
      register[use] = found;
    }
    register[k] = register[use]!;
    return true;
  }

  private readableIn(value: number): number {
    if (this.state.home[value]! >= 0) return this.state.home[value]!;
    return this.hasCopy[value] === this.stamp ? this.copyRegister[value]! : NONE;
  }

  /**
   * A register for `value` that is free at the moments asked for; evicts if there is none. NONE if that is impossible.
   */
  private take(value: number, position: number, before: boolean, after: boolean): number {
    const { allocation, takenBefore, takenAfter } = this;
    const { occupied } = this.state;
    const cls = allocation.machine.virtualClass[value]!;
    let usable = allocation.allocatable[cls]!;
    if (before) usable &= ~takenBefore[cls]!;
    if (after) usable &= ~takenAfter[cls]!;
    const free = usable & ~occupied[cls]!;
    if (free !== 0) return this.state.pick(free, value, position);
    const victim = this.farthest(cls, usable & occupied[cls]!, position, before);
    if (victim >= 0) this.evict(victim);
    return victim;
  }

  /**
   * A register in which the reloaded `value` can stay after the instruction; NONE if what is there is needed sooner.
   */
  private takeIfWorthwhile(value: number, position: number): number {
    const { allocation, takenBefore, takenAfter, uses } = this;
    const { holder, occupied } = this.state;
    const cls = allocation.machine.virtualClass[value]!;
    const usable = allocation.allocatable[cls]! & ~takenBefore[cls]! & ~takenAfter[cls]!;
    const free = usable & ~occupied[cls]!;
    if (free !== 0) return this.state.pick(free, value, position);
    const victim = this.farthest(cls, usable & occupied[cls]!, position, true);
    if (victim < 0 || uses.after(holder[victim]!, position) < uses.after(value, position)) return NONE;
    this.evict(victim);
    return victim;
  }

  /** The home in `set` whose value is used last; with `before`, none that this instruction reads. */
  private farthest(cls: number, set: number, position: number, before: boolean): number {
    const { holder } = this.state;
    const { uses } = this;
    const list = this.allocation.preference[cls]!;
    let best = NONE;
    let bestUse = -1;
    for (let i = 0; i < list.length; i++) {
      const register = list[i]!;
      if (!(set & bitOf(register))) continue;
      const value = holder[register]!;
      if (before && this.isOperand[value] === this.stamp) continue;
      const use = uses.after(value, position);
      if (use > bestUse) {
        best = register;
        bestUse = use;
      }
    }
    return best;
  }

  private evict(register: number): void {
    const value = this.state.holder[register]!;
    if (this.isOperand[value] !== this.stamp) {
      const at = this.pendingTo.indexOf(register);
      if (at >= 0) {
        this.pendingTo.splice(at, 1);
        this.pendingValue.splice(at, 1);
        this.pendingFrom.splice(at, 1);
      }
    }
    this.state.unsettle(value);
  }

  private pend(register: number, value: number): void {
    const from = this.moved[value] === this.stamp ? this.oldHome[value]! : this.state.home[value]!;
    this.pendingTo.push(register);
    this.pendingValue.push(value);
    this.pendingFrom.push(from >= 0 ? from : this.allocation.memoryOf(value));
  }

  private writeMoves(): void {
    const { allocation, moves, pendingTo, pendingValue, pendingFrom } = this;
    if (pendingTo.length === 0) return;
    for (let i = 0; i < pendingTo.length; i++) {
      moves.add(pendingTo[i]!, pendingFrom[i]!, allocation.machine.virtualClass[pendingValue[i]!]!);
    }
    moves.resolve(allocation);
    pendingTo.length = pendingValue.length = pendingFrom.length = 0;
  }

  private define(value: number, register: number): void {
    this.allocation.definitionRegister[value] = register;
    if (!this.uses.isLive(value)) return;
    if (!this.isTaken(this.allocation.allocatable, register)) {
      throw new Error(`${this.allocation.machine.name}: a value is defined in a register that is not allocatable`);
    }
    this.state.settle(value, register);
  }
}

/** The kind of a constraint: Any, Fixed, Reuse. */
const KIND = 3;

function isUse(constraint: number): boolean {
  return (constraint & Constraint.Def) === 0;
}
