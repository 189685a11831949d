/**
 * Matches the items of a statement against the operands of one instruction form, left to right.
 *
 * An operand takes items and returns the instruction word with its bits added. If it cannot, it fails: the reader keeps
 * the place and what would have fitted, and the assembler reports the failure of the form that came farthest.
 */
import { ABSOLUTE, HERE, type Value } from '../assembly/scanner.ts';
import type { Range } from '../assembly/statements.ts';
import type { Item, MemoryItem, RegisterItem, ShiftItem } from './items.ts';
import type { Relocation } from './relocations.ts';

/** What assembling one instruction needs to know about its surroundings. */
export interface Surroundings {
  /** offset of the instruction in the text's code */
  position: number;
  /** the value of a lone name */
  resolve(name: string): Value;
}

export interface PendingRelocation {
  kind: Relocation;
  value: Value;
}

export interface Failure extends Range {
  /** how many items fitted before it */
  depth: number;
  /** what would fit */
  expected: string;
  /** the item is of the right sort, only its value is wrong */
  near: boolean;
}

export class OperandReader {
  failure: Failure | null = null;
  relocation: PendingRelocation | null = null;
  private next = 0;

  constructor(private readonly items: readonly Item[], private readonly end: Range, readonly around: Surroundings) {}

  peek(): Item | null {
    return this.items[this.next] ?? null;
  }

  take(): Item | null {
    return this.items[this.next++] ?? null;
  }

  /** All items taken? Else fails. */
  finish(): boolean {
    const item = this.peek();
    if (item) this.fail(item, 'nothing more here', false, this.next);
    return !item;
  }

  fail(item: Range | null, expected: string, near = false, depth = this.next - 1): 0 {
    const { start, end } = item ?? this.end;
    this.failure ??= { start, end, depth, expected, near };
    return 0;
  }

  takeRegister(letter: string, stack: boolean, expected: string): number {
    return this.register(this.take(), letter, stack, expected);
  }

  /** The number of a register item; 31 is the stack pointer where `stack`, else the zero register. */
  register(item: Item | null, letter: string, stack: boolean, expected: string): number {
    if (!item || item.kind !== 'register' || item.letter !== letter) return this.fail(item, expected);
    if (item.number === 31 && item.stack !== stack && isInteger(item)) return this.fail(item, expected);
    return item.number;
  }

  /** A constant between `low` and `high` that `unit` divides. */
  integer(item: Item | null, low: number, high: number, unit = 1): number {
    const expected = unit === 1 ? `a constant from ${low} to ${high}` : `a multiple of ${unit} from ${low} to ${high}`;
    const value = this.constant(item, expected);
    if (value === null) return 0;
    const fits = value >= BigInt(low) && value <= BigInt(high) && value % BigInt(unit) === 0n;
    return fits ? Number(value) : this.fail(item, expected, true);
  }

  /** A constant that fits a register of 32 or 64 bits, signed or not, as [low, high] words; null if it failed. */
  word(item: Item | null, wide: boolean): [number, number] | null {
    const expected = `a constant of ${wide ? 64 : 32} bits`;
    const value = this.constant(item, expected);
    if (value === null) return null;
    const bits = wide ? 64n : 32n;
    if (value < -(1n << (bits - 1n)) || value >= 1n << bits) {
      this.fail(item, expected, true);
      return null;
    }
    return [Number(BigInt.asIntN(32, value)), wide ? Number(BigInt.asIntN(32, value >> 32n)) : 0];
  }

  constant(item: Item | null, expected: string): bigint | null {
    if (item?.kind === 'name') {
      const value = this.around.resolve(item.name);
      if (value.base === ABSOLUTE) return value.number;
    }
    if (item?.kind !== 'value' || item.part || item.value.base !== ABSOLUTE) {
      this.fail(item, expected);
      return null;
    }
    return item.value.number;
  }

  /** A place in the code: a distance if it is in this text, else null and a relocation. */
  distance(item: Item | null, kind: Relocation, bits: number): number | null {
    const expected = 'a label';
    const value = item?.kind === 'name' ? this.around.resolve(item.name)
      : item?.kind === 'value' && !item.hash && !item.part ? item.value : null;
    if (!value || value.base === ABSOLUTE) {
      this.fail(item, expected);
      return null;
    }
    if (value.base !== HERE) {
      this.relocation = { kind, value };
      return null;
    }
    const distance = Number(value.number) - this.around.position;
    const reach = 2 ** (bits - 1);
    if (distance < -reach || distance >= reach) {
      this.fail(item, `a label at most ${reach - 1} bytes away, not ${Math.abs(distance)}`, true);
      return null;
    }
    return distance;
  }

  /** The place of an operand `:lo12:name`, or null if the item is none. */
  low12(item: Item | null): Value | null {
    return item?.kind === 'value' && item.part === 'lo12' ? item.value : null;
  }

  memory(writeBack: boolean): MemoryItem | null {
    const item = this.take();
    const expected = writeBack ? 'an address in brackets with `!` behind it' : 'an address in brackets';
    if (item?.kind === 'memory' && item.writeBack === writeBack) return item;
    this.fail(item, expected);
    return null;
  }

  /** The shift or extension that comes next, if one does. */
  shift(): ShiftItem | null {
    const item = this.peek();
    if (item?.kind !== 'shift') return null;
    this.next++;
    return item;
  }
}

export function isInteger(item: RegisterItem): boolean {
  return item.letter === 'w' || item.letter === 'x';
}
