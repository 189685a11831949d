/**
 * One block looked at ahead of assignment: where each value is used next, and where registers are taken by fixed
 * operands and calls.
 *
 * `scan` walks the block backwards once; then the assigner walks it forwards and drops uses as it passes them.
 * Positions count the block's instructions from 0; uses behind the block have positions beyond its length.
 */
import { IntPool } from '../../base/int-pool.ts';
import type { Allocation } from './allocation.ts';
import { bitOf, FAR } from './liveness.ts';
import { Constraint, VIRTUAL } from './machine-function.ts';

/** Length of a row of `NextUses.events`. */
const EVENT = 5;
/** How many events ahead a choice looks. */
const LOOK_AHEAD = 24;
/** How many parameters in a row a wish is looked for. */
const JOINS = 4;

export class NextUses {
  /** instructions of the block */
  length = 0;
  /**
   * of each value: register that its last fixed use in a block, or the definition that takes it over, would like, or -1
   */
  private readonly wish: Int8Array;
  /** places where registers are taken, ascending: position, then per class what must be free when operands are read and
   * what is overwritten; five numbers each */
  private readonly events = new IntPool(64);
  /** the first event that is not over */
  private event = 0;
  /** see `undisturbed` */
  wishHolds = false;

  /** first use not yet passed: a node, or -1; valid where `seen` is the block */
  private readonly head: Int32Array;
  private readonly seen: Int32Array;
  private readonly position = new IntPool(256);
  private readonly next = new IntPool(256);
  /** last position in this block that needs the value; beyond the block's length if it lives on */
  private readonly last: Int32Array;
  private block = -1;

  constructor(
    private readonly allocation: Allocation,
    /** register of each block parameter on entry to its block, -1 while it is not chosen */
    private readonly parameterRegister: Int8Array,
  ) {
    const values = allocation.machine.virtualCount;
    this.head = new Int32Array(values).fill(-1);
    this.seen = new Int32Array(values).fill(-1);
    this.last = new Int32Array(values);
    this.wish = new Int8Array(values).fill(-1);
  }

  /** Does anything need `value` from here on? */
  isLive(value: number): boolean {
    return this.seen[value] === this.block && this.head[value]! >= 0;
  }

  /** Position of the first use of `value` behind `position`, or -1 if there is none. */
  after(value: number, position: number): number {
    if (this.seen[value] !== this.block) return -1;
    let node = this.head[value]!;
    while (node >= 0 && this.position.data[node]! <= position) node = this.next.data[node]!;
    return node < 0 ? -1 : this.position.data[node]!;
  }

  /** The last position of the block that needs `value`; `FAR` if it lives on behind the block. */
  end(value: number): number {
    return this.seen[value] === this.block ? this.last[value]! : -1;
  }

  /** Should `value` be in a register that survives calls, for what comes behind this block? */
  livesAcross(value: number): boolean {
    if (this.seen[value] !== this.block) return false;
    const { crossing, joins } = this.allocation.live;
    if (this.last[value]! > this.length) return crossing[value]! >= 1;
    return this.isPassed(value) && crossing[joins[value]!]! >= 1;
  }

  /** Does `value` live on behind this block? */
  livesOn(value: number): boolean {
    return this.seen[value] === this.block && this.last[value]! > this.length;
  }

  /**
   * Registers that fixed operands and calls take where `value` lives on: in the loop that this block is in, or that it
   * passes the value to; outside loops in the function.
   */
  takenBeyond(value: number, cls: number): number {
    const { flow, live, machine } = this.allocation;
    const block = this.livesOn(value) ? this.block : machine.successors[this.block]![0]!;
    return live.taken(flow.loop[block]!, cls);
  }

  /** Does a jump at the end of this block pass `value` on, which is not needed otherwise then? */
  isPassed(value: number): boolean {
    const diesAtJump = this.seen[value] === this.block && this.last[value] === this.length;
    return diesAtJump && this.allocation.live.joins[value]! >= 0;
  }

  /** Events up to `position` are over. */
  advance(position: number): void {
    while (this.event < this.events.length && this.events.data[this.event]! <= position) this.event += EVENT;
  }

  /**
   * The register that suits the uses of `value` best: that of its last fixed use here, that of the parameter it becomes
   * on a jump, that of a fixed use elsewhere. -1 if there is none or it is not of the class.
   */
  wishOf(value: number): number {
    const { joins, hint, crossing } = this.allocation.live;
    let wish = this.wish[value]!;
    if (wish < 0) wish = hint[value]!;
    if (this.wish[value]! < 0 || this.livesOn(value)) {
      // Through parameters without registers to one that has one already: a loop's.
      let parameter = joins[value]!;
      for (let i = 0; i < JOINS && parameter >= 0; i++) {
        const register = this.parameterRegister[parameter]!;
        if (register >= 0) {
          wish = register;
          break;
        }
        if (wish < 0 && crossing[parameter]! < 1) wish = hint[parameter]!;
        parameter = joins[parameter]!;
      }
    }
    return wish >> 5 === this.allocation.machine.virtualClass[value] ? wish : -1;
  }

  /**
   * Those of the registers `free` that nothing takes from `position` on while `value` lives; if something takes all,
   * those that are left alone longest. `wishHolds` says afterwards whether the register `wish` is left alone until the
   * use that wishes for it.
   */
  undisturbed(free: number, value: number, cls: number, position: number, wish: number): number {
    const { data, length } = this.events;
    const end = this.end(value);
    const wished = wish < 0 ? 0 : bitOf(wish);
    let best = free;
    let isFull = false;
    this.wishHolds = true;
    for (let e = this.event, looked = 0; e < length && looked < LOOK_AHEAD; e += EVENT, looked++) {
      const at = data[e]!;
      if (at <= position) continue;
      if (at > end) break;
      const before = data[e + 1 + 2 * cls]!;
      const after = at < end ? data[e + 2 + 2 * cls]! : 0;
      if ((before | after) & wished && at < end) this.wishHolds = false;
      isFull ||= (best & ~(before | after)) === 0;
      if (!isFull) best &= ~(before | after);
    }
    return best;
  }

  /** The first position behind `position` where something takes `register`; -1 if there is none. */
  takenAt(register: number, position: number): number {
    const { data, length } = this.events;
    const column = 1 + 2 * (register >> 5);
    const bit = bitOf(register);
    for (let e = this.event, looked = 0; e < length && looked < LOOK_AHEAD; e += EVENT, looked++) {
      if (data[e]! > position && (data[e + column]! | data[e + column + 1]!) & bit) return data[e]!;
    }
    return -1;
  }

  /** Forgets the uses of `value` up to `position`. */
  pass(value: number, position: number): void {
    let node = this.head[value]!;
    while (node >= 0 && this.position.data[node]! <= position) node = this.next.data[node]!;
    this.head[value] = node;
  }

  /** Looks at `block`. */
  scan(block: number): void {
    const { machine, flow, live } = this.allocation;
    const { operands, operandStart, operandCount } = machine;
    this.block = block;
    this.position.length = 0;
    this.next.length = 0;
    this.events.length = 0;
    this.event = 0;
    const from = machine.start[block]!;
    const length = this.length = machine.end[block]! - from;
    for (const successor of machine.successors[block]!) {
      const extra = length + flow.edgeLength(block, successor);
      for (let i = live.start[successor]!; i < live.start[successor + 1]!; i++) {
        const value = live.values[i]!;
        const position = Math.min(FAR, extra + live.distance[i]!);
        if (this.seen[value] !== block || this.head[value]! < 0) this.use(value, position, FAR);
        else {
          const node = this.head[value]!;
          if (position < this.position.data[node]!) this.position.data[node] = position;
        }
      }
    }
    const passed = machine.jumpArguments[block]!;
    for (let i = 0; i < passed.length; i++) this.use(passed[i]! - VIRTUAL, length, length);
    for (let position = length - 1; position >= 0; position--) {
      const id = machine.order[from + position]!;
      const first = operandStart[id]!;
      const last = first + 2 * operandCount[id]!;
      const clobber = machine.clobber[id]!;
      const mask = this.allocation.target.clobbers[clobber]!;
      let useInt = 0;
      let useFloat = 0;
      let defInt = clobber ? mask.int : 0;
      let defFloat = clobber ? mask.float : 0;
      for (let k = first; k < last; k += 2) {
        const constraint = operands.data[k + 1]!;
        const value = operands.data[k]! - VIRTUAL;
        if (value < 0) continue;
        const kind = constraint & 3;
        if (kind === Constraint.Fixed) {
          const register = constraint >> 8;
          const bit = bitOf(register);
          const before = !(constraint & Constraint.Def) || constraint & Constraint.Overlap;
          const after = constraint & (Constraint.Def | Constraint.Overlap);
          if (register < 32) {
            if (before) useInt |= bit;
            if (after) defInt |= bit;
          } else {
            if (before) useFloat |= bit;
            if (after) defFloat |= bit;
          }
        } else if (kind === Constraint.Reuse) {
          const used = operands.data[first + 2 * (constraint >> 8)]! - VIRTUAL;
          if (used >= 0 && !this.isLive(used)) {
            const wish = this.wishOf(value);
            if (wish >= 0) this.wish[used] = wish;
          }
        }
      }
      for (let k = first; k < last; k += 2) {
        const constraint = operands.data[k + 1]!;
        const value = operands.data[k]! - VIRTUAL;
        if (value < 0 || constraint & Constraint.Def) continue;
        this.use(value, position, position);
        if ((constraint & 3) === Constraint.Fixed) this.wish[value] = constraint >> 8;
      }
      if (useInt | useFloat | defInt | defFloat) {
        this.events.push(position);
        this.events.push(useInt);
        this.events.push(defInt);
        this.events.push(useFloat);
        this.events.push(defFloat);
      }
    }
    this.reverseEvents();
  }

  private use(value: number, position: number, last: number): void {
    const known = this.seen[value] === this.block && this.head[value]! >= 0;
    this.position.push(position);
    const node = this.next.push(known ? this.head[value]! : -1);
    this.head[value] = node;
    this.seen[value] = this.block;
    if (!known) this.last[value] = last;
  }

  private reverseEvents(): void {
    const { data, length } = this.events;
    for (let low = 0, high = length - EVENT; low < high; low += EVENT, high -= EVENT) {
      for (let i = 0; i < EVENT; i++) {
        const swapped = data[low + i]!;
        data[low + i] = data[high + i]!;
        data[high + i] = swapped;
      }
    }
  }
}
