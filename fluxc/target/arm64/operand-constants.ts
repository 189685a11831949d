/** Constants of arithmetic, logic, moves and floats: what can be encoded, and which of several spellings is printed. */
import { decodeBitmask, encodeBitmask } from './bitmask.ts';
import { field, fieldMask, hex, hexWords, type Operand } from './operand.ts';
import { Relocation } from './relocations.ts';

/** `#imm{, lsl #12}`, `:lo12:name`; with `negated` the constant's negative. */
export function arithmeticConstant(negated: boolean): Operand {
  return {
    mask: fieldMask(10, 13),
    encode(reader, word) {
      const item = reader.take();
      const place = negated ? null : reader.low12(item);
      if (place) {
        reader.relocation = { kind: Relocation.AddLow12, value: place };
        return word;
      }
      const expected = negated ? 'a constant from -4095 to -1' : 'a constant from 0 to 4095, or 4096 times one';
      let value = reader.constant(item, expected);
      if (value === null) return word;
      if (negated) value = -value;
      const shift = reader.shift();
      if (shift && (shift.name !== 'lsl' || (shift.amount !== 0n && shift.amount !== 12n))) {
        return reader.fail(shift, '`lsl #12`', true);
      }
      let shifted = shift?.amount === 12n;
      if (!shift && value > 4095n && (value & 4095n) === 0n) {
        value >>= 12n;
        shifted = true;
      }
      if (value < (negated ? 1n : 0n) || value > 4095n) return reader.fail(item, expected, true);
      return word | (Number(value) << 10) | (shifted ? 1 << 22 : 0);
    },
    decode(word) {
      if (negated) return null;
      const value = hex(field(word, 10, 12));
      return field(word, 22, 1) ? `${value}, lsl #12` : value;
    },
  };
}

export function bitmask(wide: boolean, unlessMovable: boolean): Operand {
  return {
    mask: fieldMask(10, wide ? 13 : 12),
    encode(reader, word) {
      const item = reader.take();
      const value = reader.word(item, wide);
      if (!value) return word;
      const bits = encodeBitmask(value[0], wide ? value[1] : value[0]);
      if (bits < 0) return reader.fail(item, 'a constant that is a rotated run of ones, repeated', true);
      return word | (bits << 10);
    },
    decode(word) {
      const value = decodeBitmask(field(word, 10, 13), wide);
      if (!value || (unlessMovable && isWideMove(value[0], value[1], wide))) return null;
      return hexWords(value[0], value[1]);
    },
  };
}

/** Is the constant one `movz` or `movn`? Then `mov` means that, not `orr` (Arm ARM, `MoveWidePreferred`). */
function isWideMove(low: number, high: number, wide: boolean): boolean {
  return wideMove(low, high, wide) >= 0 || wideMove(~low, wide ? ~high : 0, wide) >= 0;
}

/** hw:imm16 of a constant with at most one halfword that is not zero, or -1. */
export function wideMove(low: number, high: number, wide: boolean): number {
  if (high === 0) {
    if (low >>> 16 === 0) return low;
    if ((low & 0xffff) === 0) return (1 << 16) | (low >>> 16);
  } else if (low === 0 && wide) {
    if (high >>> 16 === 0) return (2 << 16) | high;
    if ((high & 0xffff) === 0) return (3 << 16) | (high >>> 16);
  }
  return -1;
}

/** `#imm16{, lsl #16 …}` */
export function halfword(wide: boolean): Operand {
  const most = wide ? 48 : 16;
  return {
    mask: fieldMask(5, 18),
    encode(reader, word) {
      const value = reader.integer(reader.take(), 0, 65535);
      const shift = reader.shift();
      const amount = shift?.amount ?? 0n;
      if (shift && (shift.name !== 'lsl' || amount % 16n !== 0n || amount < 0n || amount > BigInt(most))) {
        return reader.fail(shift, `\`lsl\` by a multiple of 16 up to ${most}`, true);
      }
      return word | (value << 5) | ((Number(amount) / 16) << 21);
    },
    decode(word) {
      const hw = field(word, 21, 2);
      if (!wide && hw > 1) return null;
      const value = hex(field(word, 5, 16));
      return hw ? `${value}, lsl #${16 * hw}` : value;
    },
  };
}

/** The constant of `mov` that `movz` (or `movn`, inverted) makes. */
export function moveConstant(wide: boolean, inverted: boolean): Operand {
  return {
    mask: fieldMask(5, 18),
    encode(reader, word) {
      const item = reader.take();
      const value = reader.word(item, wide);
      if (!value) return word;
      const [low, high] = inverted ? [~value[0], wide ? ~value[1] : 0] : value;
      const bits = wideMove(low, high, wide);
      if (bits < 0) return reader.fail(item, 'a constant that one instruction can load (else movz and movk)', true);
      return word | (bits << 5);
    },
    decode(word) {
      const hw = field(word, 21, 2);
      const bits = field(word, 5, 16);
      if ((bits === 0 && hw !== 0) || (!wide && (hw > 1 || (inverted && bits === 0xffff)))) return null;
      const low = hw < 2 ? bits << (16 * hw) : 0;
      const high = hw < 2 ? 0 : bits << (16 * (hw - 2));
      return inverted ? hexWords(~low, wide ? ~high : 0) : hexWords(low, high);
    },
  };
}

/**
 * The 8-bit constants of `fmov`: plus or minus 16 to 31 sixteenths times a power of two from -3 to 4 (`VFPExpandImm`).
 */
function encodeFloat8(value: number): number {
  for (let bits = 0; bits < 256; bits++) if (decodeFloat8(bits) === value) return bits;
  return -1;
}

/**
 * The same for a constant by its bits, or -1: sign, `not b`, copies of `b`, two exponent bits, four fraction bits,
 * zeros.
 */
export function encodeFloatBits(low: number, high: number, double: boolean): number {
  const upper = double ? high : low;
  const zeros = double ? 16 : 19;
  const copies = double ? 0xff : 0x1f;
  const b = (upper >>> 29) & 1;
  const isConstant = (!double || low === 0) && (upper & ((1 << zeros) - 1)) === 0 && ((upper >>> 30) & 1) !== b &&
    ((upper >>> (zeros + 6)) & copies) === (b ? copies : 0);
  return isConstant ? ((upper >>> 31) << 7) | (b << 6) | ((upper >>> zeros) & 63) : -1;
}

function decodeFloat8(bits: number): number {
  const exponent = ((bits >> 4) & 7) ^ 4;
  const magnitude = (16 + (bits & 15)) * 2 ** (exponent - 7);
  return bits & 128 ? -magnitude : magnitude;
}

export const float8: Operand = {
  mask: fieldMask(13, 8),
  encode(reader, word) {
    const item = reader.take();
    const expected = 'a constant of fmov: 0.125 to 31, four fractional bits, or its negative';
    const value = item?.kind === 'float' ? item.value : Number(reader.constant(item, expected) ?? 1n);
    const bits = encodeFloat8(value);
    return bits < 0 ? reader.fail(item, expected, true) : word | (bits << 13);
  },
  decode(word) {
    const value = decodeFloat8(field(word, 13, 8));
    return `#${value}${Number.isInteger(value) ? '.0' : ''}`;
  },
};

export const floatZero: Operand = {
  mask: 0,
  encode(reader, word) {
    const item = reader.take();
    if (item?.kind === 'float' && item.value === 0) return word;
    const value = item?.kind === 'float' ? null : reader.constant(item, '`#0.0`');
    return value === 0n ? word : reader.fail(item, '`#0.0`');
  },
  decode: () => '#0.0',
};
