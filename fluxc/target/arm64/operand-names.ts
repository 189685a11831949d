/**
 * Operands that are names or plain numbers: conditions, system registers, barriers, control registers, small constants.
 */
import { field, fieldMask, hex, type Operand } from './operand.ts';
import { BARRIER_LIMITS, findSystemRegister, systemRegisterName } from './system-registers.ts';

export const CONDITIONS = [
  'eq', 'ne', 'cs', 'cc', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le', 'al', 'nv',
] as const;

/** The number of a condition by its name, or -1. */
export function conditionNumber(name: string): number {
  if (name === 'hs') return 2;
  if (name === 'lo') return 3;
  return CONDITIONS.indexOf(name as (typeof CONDITIONS)[number]);
}

/** An unsigned constant; printed in hexadecimal where objdump does. */
export function unsigned(position: number, bits: number, radix: 10 | 16, high = 2 ** bits - 1): Operand {
  return {
    mask: fieldMask(position, bits),
    encode: (reader, word) => word | (reader.integer(reader.take(), 0, high) << position),
    decode(word) {
      const value = field(word, position, bits);
      return value > high ? null : radix === 16 ? hex(value) : `#${value}`;
    },
  };
}

/** A word that must stand there, such as the operation of `tlbi`. */
export function literal(text: string): Operand {
  return {
    mask: 0,
    encode(reader, word) {
      const item = reader.take();
      if (item?.kind !== 'name' || item.name.toLowerCase() !== text) reader.fail(item, `\`${text}\``);
      return word;
    },
    decode: () => text,
  };
}

/** A name of a list, by its index. */
export function named(
  position: number, bits: number, find: (name: string) => number, print: (value: number) => string | null,
  expected: string,
): Operand {
  return {
    mask: fieldMask(position, bits),
    encode(reader, word) {
      const item = reader.take();
      const value = item?.kind === 'name' ? find(item.name.toLowerCase()) : -1;
      if (value < 0) reader.fail(item, expected);
      return word | (value << position);
    },
    decode: (word) => print(field(word, position, bits)),
  };
}

export function condition(inverted: boolean): Operand {
  const flip = inverted ? 1 : 0;
  // Always and never have no inverse: the aliases do not take them.
  const last = inverted ? 13 : 15;
  const find = (name: string) => {
    const number = conditionNumber(name);
    return number < 0 || number > last ? -1 : number ^ flip;
  };
  const print = (value: number) => (value > last ? null : CONDITIONS[value ^ flip]!);
  return named(12, 4, find, print, 'a condition: eq, ne, lt, hi …');
}

export function controlRegister(position: number): Operand {
  return named(position, 4, (name) => {
    const number = name.charAt(0) === 'c' ? Number(name.slice(1)) : -1;
    return number >= 0 && number <= 15 ? number : -1;
  }, (value) => `c${value}`, 'c0 to c15');
}

/** A name of a list, or the number. */
export function barrier(names: readonly string[], least: string): Operand {
  const expected = names === BARRIER_LIMITS ? 'a limit: sy, ish, ishst, st, ld … or a number' : '`sy` or a number';
  return {
    mask: fieldMask(8, 4),
    encode(reader, word) {
      if (least && !reader.peek()) return word | (names.indexOf(least) << 8);
      const item = reader.take();
      if (item?.kind === 'name') {
        const value = names.indexOf(item.name.toLowerCase());
        return value > 0 ? word | (value << 8) : reader.fail(item, expected);
      }
      return word | (reader.integer(item, 0, 15) << 8);
    },
    decode(word) {
      const name = names[field(word, 8, 4)]!;
      return least && name === least ? '' : name || hex(field(word, 8, 4));
    },
  };
}

export const ISB_LIMITS = [...new Array<string>(15).fill(''), 'sy'];

/** A system register in bits 5 to 19; op0 has its upper bit in the form's fixed bits. */
export const systemRegister = named(5, 15, (name) => {
  const packed = findSystemRegister(name);
  return packed < 0 ? -1 : packed & 0x7fff;
}, (value) => systemRegisterName(value | 0x8000), 'a system register, by name or as s3_0_c1_c0_0');
