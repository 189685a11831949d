/**
 * Parallel moves: many copies that happen at once, written as a sequence.
 *
 * Put in `(to, from)` pairs with distinct `to`, all sources read before any destination is written; `resolve` hands the
 * copies to a `MoveSink` one by one in an order that keeps that meaning. Block edges, calls and fixed operands all use
 * it.
 *
 * A *location* is a register (below `SLOT`), a spill slot (`SLOT` + number) or, as a source only, a value that is made
 * again (`REMAKE` + number). Cycles of registers are broken through the class's scratch register; cycles that go
 * through memory through a fresh slot, because the scratch register may be what reaches a far slot.
 */
import { RegClass } from './machine-function.ts';

export const SLOT = 64;
export const REMAKE = 1 << 28;

export interface MoveSink {
  move(to: number, from: number): void;
  spill(slot: number, from: number): void;
  reload(to: number, slot: number): void;
  remakeValue(to: number, value: number): void;
  /** a spill slot nobody uses */
  freshSlot(): number;
  /** the register of the class that is never allocated */
  scratch(cls: RegClass): number;
  /** a register that holds nothing and that no move names, or -1 */
  free(cls: RegClass): number;
  /** any allocatable register of the class */
  any(cls: RegClass): number;
}

export class ParallelMoves {
  private to: number[] = [];
  private from: number[] = [];
  private cls: RegClass[] = [];
  /** by location: pending moves that read it */
  private readers = new Map<number, number>();
  /** by location: the pending move that writes it */
  private writer = new Map<number, number>();

  /** by register: a register that a move of this set has copied it to */
  private copied = new Map<number, number>();

  get length(): number {
    return this.to.length;
  }

  add(to: number, from: number, cls: RegClass): void {
    if (to === from) return;
    this.to.push(to);
    this.from.push(from);
    this.cls.push(cls);
  }

  /** Writes all moves added since the last call and forgets them. */
  resolve(sink: MoveSink): void {
    const { to, from, cls } = this;
    const count = to.length;
    if (count === 1) this.copy(sink, to[0]!, from[0]!, cls[0]!);
    else if (count > 1) this.sequence(sink, count);
    to.length = 0;
    from.length = 0;
    cls.length = 0;
  }

  private sequence(sink: MoveSink, count: number): void {
    const { to, from, readers, writer, copied } = this;
    readers.clear();
    writer.clear();
    copied.clear();
    for (let i = 0; i < count; i++) {
      if (writer.has(to[i]!)) throw new Error(`two moves to location ${to[i]}`);
      writer.set(to[i]!, i);
      readers.set(from[i]!, (readers.get(from[i]!) ?? 0) + 1);
    }
    const ready: number[] = [];
    for (let i = 0; i < count; i++) if (!readers.get(to[i]!)) ready.push(i);
    let next = 0;
    const drain = () => {
      while (next < ready.length) {
        const i = ready[next++]!;
        const source = from[i]!;
        this.copy(sink, to[i]!, source, this.cls[i]!);
        writer.delete(to[i]!);
        if (to[i]! < SLOT && source < SLOT) copied.set(source, to[i]!);
        const left = readers.get(source)! - 1;
        readers.set(source, left);
        const blocked = writer.get(source);
        if (left === 0 && blocked !== undefined) ready.push(blocked);
      }
    };
    drain();
    for (let i = 0; i < count; i++) {
      if (!writer.has(to[i]!)) continue;
      ready.push(this.breakCycle(sink, i));
      drain();
    }
  }

  /**
   * All that is left are cycles. Saves what move `i` overwrites, and lets its one reader read the copy; if a move
   * already made has copied any of the cycle's registers, that copy serves. Returns the move that is free to happen
   * then.
   */
  private breakCycle(sink: MoveSink, i: number): number {
    const { to, from, writer, copied } = this;
    const lost = to[i]!;
    const cls = this.cls[i]!;
    let throughMemory = lost >= SLOT || to.includes(sink.scratch(cls));
    for (let reader = i; ; reader = writer.get(from[reader]!)!) {
      const read = from[reader]!;
      const copy = copied.get(read);
      if (copy !== undefined) {
        const first = writer.get(read)!;
        this.readInstead(reader, copy);
        return first;
      }
      if (read === lost) {
        const saved = throughMemory ? SLOT + sink.freshSlot() : sink.scratch(cls);
        this.copy(sink, saved, lost, cls);
        this.readInstead(reader, saved);
        return i;
      }
      if (read >= SLOT) throughMemory = true;
    }
  }

  private readInstead(move: number, place: number): void {
    this.readers.set(this.from[move]!, 0);
    this.from[move] = place;
    this.readers.set(place, 1);
  }

  private copy(sink: MoveSink, to: number, from: number, cls: RegClass): void {
    if (to < SLOT) {
      if (from < SLOT) sink.move(to, from);
      else if (from < REMAKE) sink.reload(to, from - SLOT);
      else sink.remakeValue(to, from - REMAKE);
    } else if (from < SLOT) sink.spill(to - SLOT, from);
    else {
      let through = sink.free(cls);
      let saved = -1;
      if (through < 0) {
        through = sink.any(cls);
        saved = sink.freshSlot();
        sink.spill(saved, through);
      }
      this.copy(sink, through, from, cls);
      sink.spill(to - SLOT, through);
      if (saved >= 0) sink.reload(through, saved);
    }
  }
}
