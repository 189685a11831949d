/** Register operands, in the Arm ARM's notation: `Wd`, `Xn|SP`, `St2` …; `Rnm` is one register in two fields. */
import { fieldMask, field, type Operand } from './operand.ts';

/** Bit position of each register field. */
export const REGISTER_FIELDS: Record<string, number> = { d: 0, t: 0, n: 5, m: 16, a: 10, t2: 10, s: 16 };

export function registerName(letter: string, number: number, stack = false): string {
  if (number !== 31 || (letter !== 'w' && letter !== 'x')) return letter + number;
  return stack ? (letter === 'w' ? 'wsp' : 'sp') : letter + 'zr';
}

export function register(letter: string, fields: number[], stack: boolean): Operand {
  const low = letter.toLowerCase();
  const isFloat = low !== 'w' && low !== 'x';
  const last = isFloat ? `${low}31` : stack ? registerName(low, 31, true) : registerName(low, 31);
  const expected = `a register ${low}0 to ${isFloat ? last : `${low}30 or ${last}`}`;
  return {
    mask: fields.reduce((bits, at) => bits | fieldMask(at, 5), 0),
    encode(reader, word) {
      const number = reader.takeRegister(low, stack, expected);
      return fields.reduce((bits, at) => bits | (number << at), word);
    },
    decode(word) {
      const number = field(word, fields[0]!, 5);
      if (fields.some((at) => field(word, at, 5) !== number)) return null;
      return registerName(low, number, stack);
    },
  };
}

/** The stack pointer and nothing else. */
export function stackPointer(letter: string): Operand {
  const name = registerName(letter, 31, true);
  return {
    mask: 0,
    encode(reader, word) {
      const item = reader.take();
      const fits = item?.kind === 'register' && item.stack && item.letter === letter;
      return fits ? word : reader.fail(item, name);
    },
    decode: () => name,
  };
}

const REGISTER_NOTATION = /([WXBHSDQ])(d|nm|n|m|a|t2|t|s)(\|SP)?$/y;

export function registerOperand(notation: string): Operand | null {
  REGISTER_NOTATION.lastIndex = 0;
  const match = REGISTER_NOTATION.exec(notation);
  if (!match) return null;
  const fields = match[2] === 'nm' ? [5, 16] : [REGISTER_FIELDS[match[2]!]!];
  return register(match[1]!, fields, match[3] !== undefined);
}
