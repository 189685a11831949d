/**
 * The constants of a function, each once: integers, floats and the addresses of symbols and slots.
 *
 * While a function is optimised they all stand at the start of the entry block, so that equal constants are the same
 * value everywhere; `place-constants` brings them back to their users. Making the table moves them there.
 */
import type { Func } from '../function.ts';
import { Op } from '../ops.ts';
import { Type } from '../types.ts';
import type { Replacements } from './replacements.ts';

export function isConstantOp(op: number): boolean {
  return op >= Op.Iconst && op <= Op.Slot;
}

export class ConstantTable {
  /** values by hash, 0 where free; its length is a power of two */
  private table = new Int32Array(64);
  private count = 0;
  /** the constant placed last; the next one follows it */
  private last = 0;

  /** Gathers the constants of `f`. Duplicates are removed and noted in `replacements`. */
  constructor(private readonly f: Func, replacements: Replacements) {
    for (const block of f.layout) {
      for (let id = f.first[block]!; id;) {
        const next = f.next[id]!;
        if (isConstantOp(f.op[id]!)) {
          const known = this.find(f.op[id]!, f.type[id]!, f.a[id]!, f.b[id]!, f.c[id]!);
          f.remove(id);
          if (known) replacements.replace(id, known);
          else this.add(id);
        }
        id = next;
      }
    }
  }

  /** An integer constant of any integral type, by its words; the high one is set right for i32 and bool. */
  integer(type: Type, low: number, high: number): number {
    if (type === Type.I32) high = low >> 31;
    else if (type === Type.Bool) high = 0;
    return this.intern(Op.Iconst, type, low, high, 0);
  }

  /** An integer constant that fits 32 bits with its sign. */
  small(type: Type, value: number): number {
    return this.integer(type, value, value >> 31);
  }

  float(type: Type, low: number, high: number): number {
    return this.intern(Op.Fconst, type, low, type === Type.F32 ? 0 : high, 0);
  }

  symbol(type: Type, symbol: number, addend: number): number {
    return this.intern(Op.Symbol, type, symbol, 0, addend);
  }

  /** Zero of any value type. */
  zero(type: Type): number {
    return type === Type.F32 || type === Type.F64 ? this.float(type, 0, 0) : this.integer(type, 0, 0);
  }

  private intern(op: Op, type: Type, a: number, b: number, c: number): number {
    const known = this.find(op, type, a, b, c);
    if (known) return known;
    const id = this.f.make(op, type, a, b, c);
    this.add(id);
    return id;
  }

  private find(op: number, type: number, a: number, b: number, c: number): number {
    const { f, table } = this;
    for (let at = hash(op, type, a, b, c) & (table.length - 1); ; at = (at + 1) & (table.length - 1)) {
      const id = table[at]!;
      if (id === 0) return 0;
      if (f.op[id] === op && f.type[id] === type && f.a[id] === a && f.b[id] === b && f.c[id] === c) return id;
    }
  }

  private add(id: number): void {
    const { f } = this;
    if (this.last) f.placeAfter(id, this.last);
    else if (f.first[0]) f.placeBefore(id, f.first[0]!);
    else f.place(id, 0);
    this.last = id;
    if (2 * ++this.count > this.table.length) {
      const old = this.table;
      this.table = new Int32Array(2 * old.length);
      for (let i = 0; i < old.length; i++) if (old[i]) this.put(old[i]!);
    }
    this.put(id);
  }

  private put(id: number): void {
    const { f, table } = this;
    let at = hash(f.op[id]!, f.type[id]!, f.a[id]!, f.b[id]!, f.c[id]!) & (table.length - 1);
    while (table[at]) at = (at + 1) & (table.length - 1);
    table[at] = id;
  }
}

/** A hash of an instruction's fields; all bits are good. */
export function hash(op: number, type: number, a: number, b: number, c: number): number {
  let mixed = Math.imul(op | (type << 8), 0x9e3779b1) ^ Math.imul(a, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) ^ Math.imul(b, 0x27d4eb2f);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0x165667b1) ^ Math.imul(c, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
