/**
 * What the registers hold at one point of the walk: each value's *home*, and the choice of a register for a value.
 *
 * A value has at most one home and a register is the home of at most one value. Changes can be taken back (`undo`) up
 * to the last `mark`.
 */
import type { Allocation } from './allocation.ts';
import { bitOf } from './liveness.ts';
import { VIRTUAL } from './machine-function.ts';
import type { NextUses } from './next-use.ts';

/** No register, no value. */
export const NONE = -1;

export class RegisterState {
  /** value whose home each register is */
  readonly holder = new Int32Array(VIRTUAL).fill(NONE);
  /** register of each value */
  readonly home: Int8Array;
  /** registers that are homes, by class */
  readonly occupied = new Int32Array(2);
  /** callee-saved registers used so far, by class: using them again costs nothing */
  private readonly paidFor = new Int32Array(2);
  /** homes gained and lost since `mark`: value, register, 1 for gained */
  private readonly changed: number[] = [];

  constructor(private readonly allocation: Allocation, private readonly uses: NextUses) {
    this.home = new Int8Array(allocation.machine.virtualCount).fill(NONE);
  }

  clear(): void {
    for (let register = 0; register < VIRTUAL; register++) {
      if (this.holder[register]! >= 0) this.home[this.holder[register]!] = NONE;
    }
    this.holder.fill(NONE);
    this.occupied.fill(0);
    this.changed.length = 0;
  }

  mark(): void {
    this.changed.length = 0;
  }

  undo(): void {
    const { changed } = this;
    for (let i = changed.length - 3; i >= 0; i -= 3) {
      if (changed[i + 2] === 1) this.unsettle(changed[i]!);
      else this.settle(changed[i]!, changed[i + 1]!);
    }
    changed.length = 0;
  }

  /** Makes `register`, which is free, the home of `value`, which has none. */
  settle(value: number, register: number): void {
    const cls = register >> 5;
    const bit = bitOf(register);
    this.changed.push(value, register, 1);
    this.holder[register] = value;
    this.home[value] = register;
    this.occupied[cls]! |= bit;
    this.paidFor[cls]! |= bit & this.allocation.calleeSaved[cls]!;
  }

  /** Takes its home from `value`. */
  unsettle(value: number): void {
    const register = this.home[value]!;
    this.changed.push(value, register, 0);
    this.holder[register] = NONE;
    this.home[value] = NONE;
    this.occupied[register >> 5]! &= ~bitOf(register);
  }

  /** Allocatable registers of the class that are nobody's home. */
  free(cls: number): number {
    return this.allocation.allocatable[cls]! & ~this.occupied[cls]!;
  }

  /** All homes as pairs (register, value), registers ascending. */
  pairs(): number[] {
    const list: number[] = [];
    for (let register = 0; register < VIRTUAL; register++) {
      if (this.holder[register]! >= 0) list.push(register, this.holder[register]!);
    }
    return list;
  }

  /**
   * The best of the registers `free` for `value` from `position` on: one that nothing else takes while the value lives,
   * among these the wished one; for what lives on behind the block one that survives the calls there and that the loop
   * around does not need for fixed operands.
   */
  pick(free: number, value: number, position: number): number {
    const { allocation, uses } = this;
    const cls = allocation.machine.virtualClass[value]!;
    const saved = allocation.calleeSaved[cls]!;
    const wish = uses.wishOf(value);
    const clear = uses.undisturbed(free, value, cls, position, wish);
    const across = uses.livesAcross(value);
    const isLost = wish < 0 || !(free & bitOf(wish)) || (across && uses.livesOn(value) && !(saved & bitOf(wish)));
    if (!isLost && uses.wishHolds) return wish;
    let best = clear;
    if (across) {
      if (best & saved) best &= saved;
    } else if (uses.livesOn(value) || uses.isPassed(value)) {
      const quiet = best & ~uses.takenBeyond(value, cls);
      if (quiet & (~saved | this.paidFor[cls]!)) best = quiet;
    }
    const cheap = best & ~saved || best & this.paidFor[cls]! || best;
    const preference = allocation.preference[cls]!;
    for (let i = 0; i < preference.length; i++) if (cheap & bitOf(preference[i]!)) return preference[i]!;
    throw new Error(`${allocation.machine.name}: no register to pick from`);
  }
}
