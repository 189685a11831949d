/**
 * What the registers hold on entry to a join.
 *
 * What they hold at the end of (most of) the predecessors known so far stays, nearest next use first. A loop must not
 * reload on each round what it does not use: of the values that only live through it, as many as do not fit beside its
 * own are left in memory. What the loop uses and nobody has loaded yet is loaded before it, if all fits.
 */
import type { Allocation } from './allocation.ts';
import { LOOP_EXIT } from './control-flow.ts';
import { bitCount, bitOf } from './liveness.ts';
import { VIRTUAL } from './machine-function.ts';
import type { NextUses } from './next-use.ts';
import { NONE, type RegisterState } from './register-state.ts';

export class EntryState {
  /** values that may get registers */
  private readonly chosen: number[] = [];
  // Of each value, valid where the stamp is the block's number + 1.
  private readonly stamp: Int32Array;
  /** register at the end of the heaviest predecessor that has the value in one, or NONE */
  private readonly wanted: Int8Array;
  /** weight of the predecessors that have the value in a register */
  private readonly weight: Float64Array;
  private readonly distance: Int32Array;

  constructor(
    private readonly allocation: Allocation, private readonly uses: NextUses, private readonly state: RegisterState,
  ) {
    const values = allocation.machine.virtualCount;
    this.stamp = new Int32Array(values);
    this.wanted = new Int8Array(values);
    this.weight = new Float64Array(values);
    this.distance = new Int32Array(values);
  }

  /** Settles in the empty `state` what `block`, whose uses have been scanned, starts with. */
  choose(block: number): void {
    const { allocation, chosen, distance, state } = this;
    const { virtualClass } = allocation.machine;
    this.collect(block);
    const room = [this.roomFor(block, 0), this.roomFor(block, 1)];
    chosen.sort((a, b) => distance[a]! - distance[b]! || a - b);
    for (let cls = 0; cls < 2; cls++) {
      let left = room[cls]!;
      const kept: number[] = [];
      for (let i = 0; i < chosen.length && left > 0; i++) {
        if (virtualClass[chosen[i]!] !== cls) continue;
        kept.push(chosen[i]!);
        left--;
      }
      for (const value of kept) if (!this.isParameter(value, block)) this.keep(value, block);
      for (const value of kept) if (this.isParameter(value, block)) this.keep(value, block);
      for (const value of kept) {
        if (state.home[value] === NONE) state.settle(value, state.pick(state.free(cls), value, -1));
      }
    }
  }

  /** Fills `chosen`: live values that most predecessors have in registers, values for the loop to load, parameters. */
  private collect(block: number): void {
    const { allocation, uses, chosen, wanted, weight } = this;
    const { flow, live, machine } = allocation;
    const known = flow.predecessors[block]!.filter((other) => allocation.exit[other] !== null);
    known.sort((a, b) => flow.weight[b]! - flow.weight[a]! || flow.index[a]! - flow.index[b]!);
    chosen.length = 0;
    let total = 0;
    for (const other of known) {
      const held = allocation.exit[other]!;
      total += flow.weight[other]!;
      for (let i = 0; i < held.length; i += 2) {
        const value = held[i + 1]!;
        if (!uses.isLive(value)) continue;
        if (this.stamp[value] !== block + 1) this.add(value, block, held[i]!);
        weight[value]! += flow.weight[other]!;
      }
    }
    let kept = 0;
    for (const value of chosen) if (2 * weight[value]! >= total) chosen[kept++] = value;
    chosen.length = kept;
    if (flow.isLoopHeader(block)) {
      for (let i = live.start[block]!; i < live.start[block + 1]!; i++) {
        const value = live.values[i]!;
        const fits = live.room[2 * block + machine.virtualClass[value]!]! >= 0;
        if (fits && live.distance[i]! < LOOP_EXIT && this.stamp[value] !== block + 1) this.add(value, block, NONE);
      }
    }
    const params = machine.params[block]!;
    const held = allocation.exit[known[0]!]!;
    for (let i = 0; i < params.length; i++) {
      const value = params[i]! - VIRTUAL;
      if (!uses.isLive(value)) continue;
      const argument = machine.jumpArguments[known[0]!]![i]! - VIRTUAL;
      let register = NONE;
      for (let k = 0; k < held.length; k += 2) if (held[k + 1] === argument) register = held[k]!;
      this.add(value, block, register);
      wanted[value] = register;
    }
  }

  private isParameter(value: number, block: number): boolean {
    return this.allocation.live.definitionBlock[value] === block;
  }

  private add(value: number, block: number, register: number): void {
    this.stamp[value] = block + 1;
    this.wanted[value] = register;
    this.weight[value] = 0;
    this.distance[value] = this.uses.after(value, -1);
    this.chosen.push(value);
  }

  /** How many registers of the class the block may start with. */
  private roomFor(block: number, cls: number): number {
    const { allocation, chosen, distance } = this;
    const { flow, live, machine } = allocation;
    const registers = bitCount(allocation.allocatable[cls]!);
    const missing = flow.isLoopHeader(block) ? -live.room[2 * block + cls]! : 0;
    if (missing <= 0) return registers;
    let candidates = 0;
    let through = 0;
    let inMemory = 0;
    for (let i = live.start[block]!; i < live.start[block + 1]!; i++) {
      if (machine.virtualClass[live.values[i]!] === cls) inMemory++;
    }
    for (const value of chosen) {
      if (machine.virtualClass[value] !== cls) continue;
      candidates++;
      if (distance[value]! >= LOOP_EXIT) through++;
      else if (allocation.remake[value]! >= 0) {
        // If not all fit: making a constant again costs less than any other value's way through memory.
        distance[value] = LOOP_EXIT - 1;
        through++;
      }
      if (!this.isParameter(value, block)) inMemory--;
    }
    return Math.min(registers, candidates - Math.max(0, Math.min(through, missing - inMemory)));
  }

  /** Leaves `value` where it is, if nobody took the place and it is a good one for what follows. */
  private keep(value: number, block: number): void {
    const { allocation, uses, state } = this;
    const { flow, live } = allocation;
    const cls = allocation.machine.virtualClass[value]!;
    const header = flow.isLoopHeader(block);
    const free = state.free(cls);
    if (this.isParameter(value, block)) {
      // A move on the way in is no dearer than one later, and before a loop cheaper than one on each round.
      const wish = uses.wishOf(value);
      if (wish >= 0 && free & bitOf(wish) && state.pick(free, value, -1) === wish) {
        state.settle(value, wish);
        return;
      }
    }
    const register = this.wanted[value]!;
    if (register < 0 || !(free & bitOf(register))) return;
    const saved = allocation.calleeSaved[cls]!;
    if (header && live.taken(block, cls) & bitOf(register)) {
      // Where the loop takes it away on each round it must not start if there is a place that is left alone.
      const quiet = free & ~live.taken(block, cls);
      const across = this.isParameter(value, block) ? live.crossing[value]! > 0 : live.calls[block] === 1;
      if (across ? quiet & saved : quiet & ~saved) return;
    } else if (this.isParameter(value, block)) {
      if (live.crossing[value]! > 0 && !(saved & bitOf(register)) && (saved & free) !== 0) return;
    }
    state.settle(value, register);
  }
}
