/** Shifts and extensions of the last register, and the positions and widths of bit fields. */
import { field, fieldMask, type Operand } from './operand.ts';

const SHIFT_NAMES = ['lsl', 'lsr', 'asr', 'ror'];
export const EXTEND_NAMES = ['uxtb', 'uxth', 'uxtw', 'uxtx', 'sxtb', 'sxth', 'sxtw', 'sxtx'];

/** `{, lsl #amount}` of the last register: type in bits 22-23, amount in bits 10-15. */
export function shifted(wide: boolean, types: number): Operand {
  const most = wide ? 63 : 31;
  return {
    mask: fieldMask(22, 2) | fieldMask(10, 6),
    encode(reader, word) {
      if (!reader.peek()) return word;
      const shift = reader.shift();
      const type = shift ? SHIFT_NAMES.indexOf(shift.name) : -1;
      const names = SHIFT_NAMES.slice(0, types).join(', ');
      if (!shift || type < 0 || type >= types) return reader.fail(shift ?? reader.take(), `${names} and an amount`);
      if (shift.amount === null || shift.amount < 0n || shift.amount > BigInt(most)) {
        return reader.fail(shift, `a shift by 0 to ${most}`, true);
      }
      return word | (type << 22) | (Number(shift.amount) << 10);
    },
    decode(word) {
      const type = field(word, 22, 2);
      const amount = field(word, 10, 6);
      if (type >= types || amount > most) return null;
      return type === 0 && amount === 0 ? '' : `${SHIFT_NAMES[type]} #${amount}`;
    },
  };
}

/**
 * `{, extend {#amount}}` of the last register: option in bits 13-15, amount 0 to 4 in bits 10-12. `lsl` is the
 * extension `same`, which changes nothing; it is printed so, or left out, where a register of the instruction is the
 * stack pointer.
 */
export function extended(options: readonly number[], same: number): Operand {
  const usesStack = (word: number) => {
    // Bit 29 set: flags are set and the destination is the zero register, not the stack pointer.
    return field(word, 5, 5) === 31 || (field(word, 0, 5) === 31 && field(word, 29, 1) === 0);
  };
  return {
    mask: fieldMask(10, 6),
    encode(reader, word) {
      const next = reader.peek();
      if (!next && same >= 0) return word | (same << 13);
      const shift = reader.shift();
      const option = shift ? (shift.name === 'lsl' ? same : EXTEND_NAMES.indexOf(shift.name)) : -1;
      const names = options.map((number) => EXTEND_NAMES[number]).join(', ');
      if (!shift || !options.includes(option)) return reader.fail(shift ?? reader.take(), `an extension: ${names}`);
      const amount = shift.amount ?? 0n;
      if (amount < 0n || amount > 4n) return reader.fail(shift, 'an amount from 0 to 4', true);
      return word | (option << 13) | (Number(amount) << 10);
    },
    decode(word) {
      const option = field(word, 13, 3);
      const amount = field(word, 10, 3);
      if (!options.includes(option) || amount > 4) return null;
      if (option === same && usesStack(word)) return amount ? `lsl #${amount}` : '';
      return amount ? `${EXTEND_NAMES[option]} #${amount}` : EXTEND_NAMES[option]!;
    },
  };
}

/** The amount of `lsl`: immr is its negative, imms the highest bit that stays. */
export function leftShift(width: number): Operand {
  const top = width - 1;
  return {
    mask: fieldMask(10, 12),
    encode(reader, word) {
      const amount = reader.integer(reader.take(), 0, top);
      return word | ((-amount & top) << 16) | ((top - amount) << 10);
    },
    decode(word) {
      const amount = top - field(word, 10, 6);
      if (amount < 0 || field(word, 16, 6) !== (-amount & top)) return null;
      return `#${amount}`;
    },
  };
}

/** Lowest bit of a field that is inserted (`bfi`, `ubfiz`) … */
export function insertedLow(width: number): Operand {
  return {
    mask: fieldMask(16, 6),
    encode: (reader, word) => word | ((-reader.integer(reader.take(), 0, width - 1) & (width - 1)) << 16),
    decode(word) {
      const immr = field(word, 16, 6);
      return immr >= width ? null : `#${-immr & (width - 1)}`;
    },
  };
}

/** … and its width. */
export function insertedWidth(width: number): Operand {
  return {
    mask: fieldMask(10, 6),
    encode(reader, word) {
      const low = -field(word, 16, 6) & (width - 1);
      return word | ((reader.integer(reader.take(), 1, width - low) - 1) << 10);
    },
    decode(word) {
      const imms = field(word, 10, 6);
      return imms >= width || imms >= field(word, 16, 6) ? null : `#${imms + 1}`;
    },
  };
}

/** Width of a field that is taken out (`bfxil`, `ubfx`); its lowest bit is immr. */
export function extractedWidth(width: number): Operand {
  return {
    mask: fieldMask(10, 6),
    encode(reader, word) {
      const low = field(word, 16, 6);
      return word | ((low + reader.integer(reader.take(), 1, width - low) - 1) << 10);
    },
    decode(word) {
      const imms = field(word, 10, 6);
      const immr = field(word, 16, 6);
      return imms >= width || imms < immr ? null : `#${imms - immr + 1}`;
    },
  };
}

/** The bit that `tbz` tests, 0 to 31; that of a higher one stands in the form's own bit 31. */
export function testedBit(least: number, most: number): Operand {
  return {
    mask: fieldMask(19, 5),
    encode: (reader, word) => word | ((reader.integer(reader.take(), least, most) & 31) << 19),
    decode: (word) => `#${field(word, 19, 5) + least}`,
  };
}
