/**
 * The kinds of operand that a form's pattern names: for each the bits it occupies, how it is encoded and how it is printed.
 *
 * A kind is a notation such as `Xn|SP`, `imm12` or `mem.u8`. `encode` takes items from the reader and returns the word with
 * the operand's bits added; `decode` returns the operand's text (empty: left out), or null if the word's bits are not what
 * this form prints (then another form does). Notations of registers are the Arm ARM's own.
 */
import { decodeBitmask, encodeBitmask } from './bitmask.ts';
import type { Item } from './items.ts';
import { isInteger, type OperandReader } from './operand-reader.ts';
import { loadStoreLow12, Relocation } from './relocations.ts';
import { BARRIER_LIMITS, findSystemRegister, systemRegisterName } from './system-registers.ts';

export interface Operand {
  mask: number;
  encode(reader: OperandReader, word: number): number;
  decode(word: number, address: number): string | null;
}

export const CONDITIONS = [
  'eq', 'ne', 'cs', 'cc', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le', 'al', 'nv',
] as const;
const CONDITION_ALIASES: Record<string, number> = { hs: 2, lo: 3 };

/** Bit position of each register field. */
export const REGISTER_FIELDS: Record<string, number> = { d: 0, t: 0, n: 5, m: 16, a: 10, t2: 10, s: 16 };

const SHIFT_NAMES = ['lsl', 'lsr', 'asr', 'ror'];
const EXTEND_NAMES = ['uxtb', 'uxth', 'uxtw', 'uxtx', 'sxtb', 'sxth', 'sxtw', 'sxtx'];

/** The number of a condition by its name, or -1. */
export function conditionNumber(name: string): number {
  const number = CONDITIONS.indexOf(name as (typeof CONDITIONS)[number]);
  return number >= 0 ? number : Object.prototype.hasOwnProperty.call(CONDITION_ALIASES, name) ? CONDITION_ALIASES[name]! : -1;
}

function field(word: number, position: number, bits: number): number {
  return (word >>> position) & ((1 << bits) - 1);
}

function signedField(word: number, position: number, bits: number): number {
  return (word << (32 - position - bits)) >> (32 - bits);
}

function fieldMask(position: number, bits: number): number {
  return ((1 << bits) - 1) << position;
}

function hex(value: number): string {
  return `#0x${value.toString(16)}`;
}

/** A constant of two words. */
function hexWords(low: number, high: number): string {
  const lowText = (low >>> 0).toString(16);
  return high === 0 ? `#0x${lowText}` : `#0x${(high >>> 0).toString(16)}${lowText.padStart(8, '0')}`;
}

// ---- registers ----

export function registerName(letter: string, number: number, stack = false): string {
  if (number !== 31 || (letter !== 'w' && letter !== 'x')) return letter + number;
  return stack ? (letter === 'w' ? 'wsp' : 'sp') : letter + 'zr';
}

function register(letter: string, fields: number[], stack: boolean): Operand {
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
function stackPointer(letter: string): Operand {
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

function registerOperand(notation: string): Operand | null {
  REGISTER_NOTATION.lastIndex = 0;
  const match = REGISTER_NOTATION.exec(notation);
  if (!match) return null;
  const fields = match[2] === 'nm' ? [5, 16] : [REGISTER_FIELDS[match[2]!]!];
  return register(match[1]!, fields, match[3] !== undefined);
}

// ---- plain fields ----

/** An unsigned constant; printed in hexadecimal where objdump does. */
function unsigned(position: number, bits: number, radix: 10 | 16, high = 2 ** bits - 1): Operand {
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
function literal(text: string): Operand {
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
function named(position: number, bits: number, find: (name: string) => number, print: (value: number) => string | null,
  expected: string): Operand {
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

function condition(inverted: boolean): Operand {
  const flip = inverted ? 1 : 0;
  // Always and never have no inverse: the aliases do not take them.
  const last = inverted ? 13 : 15;
  const find = (name: string) => {
    const number = conditionNumber(name);
    return number > last ? -1 : number < 0 ? -1 : number ^ flip;
  };
  return named(12, 4, find, (value) => (value > last ? null : CONDITIONS[value ^ flip]!), 'a condition: eq, ne, lt, hi …');
}

function controlRegister(position: number): Operand {
  return named(position, 4, (name) => {
    const number = name.charAt(0) === 'c' ? Number(name.slice(1)) : -1;
    return number >= 0 && number <= 15 ? number : -1;
  }, (value) => `c${value}`, 'c0 to c15');
}

/** A name of a list, or the number. */
function barrier(names: readonly string[], least: string): Operand {
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

const ISB_LIMITS = [...new Array<string>(15).fill(''), 'sy'];

// ---- constants of arithmetic, logic and moves ----

/** `#imm{, lsl #12}`, `:lo12:name`; with `negated` the constant's negative. */
function arithmeticConstant(negated: boolean): Operand {
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

function bitmask(wide: boolean, unlessMovable: boolean): Operand {
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
function halfword(wide: boolean): Operand {
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
function moveConstant(wide: boolean, inverted: boolean): Operand {
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

// ---- shifts, extensions and bit fields ----

/** `{, lsl #amount}` of the last register: type in bits 22-23, amount in bits 10-15. */
function shifted(wide: boolean, types: number): Operand {
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
 * `{, extend {#amount}}` of the last register: option in bits 13-15, amount 0 to 4 in bits 10-12. `lsl` is the extension
 * `same`, which changes nothing; it is printed so, or left out, where a register of the instruction is the stack pointer.
 */
function extended(options: readonly number[], same: number): Operand {
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
function leftShift(width: number): Operand {
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
function insertedLow(width: number): Operand {
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
function insertedWidth(width: number): Operand {
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
function extractedWidth(width: number): Operand {
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
function testedBit(least: number, most: number): Operand {
  return {
    mask: fieldMask(19, 5),
    encode: (reader, word) => word | ((reader.integer(reader.take(), least, most) & 31) << 19),
    decode: (word) => `#${field(word, 19, 5) + least}`,
  };
}

// ---- places ----

function label(position: number, bits: number, kind: Relocation): Operand {
  return {
    mask: fieldMask(position, bits),
    encode(reader, word) {
      const item = reader.take();
      const distance = reader.distance(item, kind, bits + 2);
      if (distance === null) return word;
      if (distance & 3) return reader.fail(item, 'a label at a multiple of 4 bytes', true);
      return word | (((distance >> 2) << position) & fieldMask(position, bits));
    },
    decode: (word, address) => `0x${(address + 4 * signedField(word, position, bits)).toString(16)}`,
  };
}

/** The target of `adr` or, with `page`, of `adrp`. */
function address(page: boolean): Operand {
  return {
    mask: fieldMask(29, 2) | fieldMask(5, 19),
    encode(reader, word) {
      const item = reader.take();
      if (page) {
        const value = item?.kind === 'name' ? reader.around.resolve(item.name)
          : item?.kind === 'value' && !item.hash && !item.part ? item.value : null;
        if (!value || value.base === -1) return reader.fail(item, 'a label or symbol');
        reader.relocation = { kind: Relocation.AdrPage21, value };
        return word;
      }
      const distance = reader.distance(item, Relocation.Adr21, 21);
      return distance === null ? word : word | ((distance & 3) << 29) | (((distance >> 2) & 0x7ffff) << 5);
    },
    decode(word, at) {
      const distance = (signedField(word, 5, 19) << 2) | field(word, 29, 2);
      const target = page ? Math.floor(at / 4096) * 4096 + distance * 4096 : at + distance;
      return target < 0 ? null : `0x${target.toString(16)}`;
    },
  };
}

// ---- memory ----

function base(word: number): string {
  return registerName('x', field(word, 5, 5), true);
}

const BASE_EXPECTED = 'a base register x0 to x30 or sp';

/** `[Xn|SP{, #offset}]`: the offset in units of `unit` bytes in `bits` bits at `position`. */
function memory(position: number, bits: number, unit: number, signed: boolean, write: '' | 'pre' | 'post'): Operand {
  const high = (signed ? 2 ** (bits - 1) : 2 ** bits) - 1;
  const low = signed ? -high - 1 : 0;
  return {
    mask: fieldMask(5, 5) | fieldMask(position, bits),
    encode(reader, word) {
      const item = reader.memory(write === 'pre');
      if (!item) return word;
      const parts = item.items;
      const encoded = word | (reader.register(parts[0] ?? null, 'x', true, BASE_EXPECTED) << 5);
      let offset: Item | null = parts[1] ?? null;
      if (write === 'post') {
        if (offset) return reader.fail(offset, '`]`');
        offset = reader.take();
      } else if (parts.length > 2) return reader.fail(parts[2]!, '`]`');
      if (!offset && write !== '') return reader.fail(null, 'an offset');
      if (!offset) return encoded;
      const place = signed ? null : reader.low12(offset);
      if (place) {
        reader.relocation = { kind: loadStoreLow12(unit), value: place };
        return encoded;
      }
      const value = reader.integer(offset, low * unit, high * unit, unit);
      return encoded | (((value / unit) << position) & fieldMask(position, bits));
    },
    decode(word) {
      const offset = unit * (signed ? signedField(word, position, bits) : field(word, position, bits));
      if (write === 'post') return `[${base(word)}], #${offset}`;
      if (write === 'pre') return `[${base(word)}, #${offset}]!`;
      return offset ? `[${base(word)}, #${offset}]` : `[${base(word)}]`;
    },
  };
}

/** `[Xn|SP]`, also written with `#0`. */
const baseOnly: Operand = {
  mask: fieldMask(5, 5),
  encode(reader, word) {
    const item = reader.memory(false);
    if (!item) return word;
    if (item.items.length > 2) return reader.fail(item.items[2]!, '`]`');
    if (item.items.length > 1) reader.integer(item.items[1] ?? null, 0, 0);
    return word | (reader.register(item.items[0]!, 'x', true, BASE_EXPECTED) << 5);
  },
  decode: (word) => `[${base(word)}]`,
};

/** `[Xn|SP, Rm{, extend {#amount}}]` for an access of `bytes` bytes: option in bits 13-15, shifted or not in bit 12. */
function indexed(bytes: number): Operand {
  const amount = 31 - Math.clz32(bytes);
  return {
    mask: fieldMask(5, 5) | fieldMask(16, 5) | fieldMask(12, 4),
    encode(reader, word) {
      const item = reader.memory(false);
      if (!item) return word;
      const [first, index, shift, more] = item.items;
      const encoded = word | (reader.register(first!, 'x', true, BASE_EXPECTED) << 5);
      if (index?.kind !== 'register' || !isInteger(index)) return reader.fail(index ?? item, 'an index register');
      const wide = index.letter === 'x';
      const number = reader.register(index, index.letter, false, 'an index register');
      if (more) return reader.fail(more, '`]`');
      if (shift && shift.kind !== 'shift') return reader.fail(shift, 'a shift or an extension');
      const names = wide ? ['lsl', 'sxtx'] : ['uxtw', 'sxtw'];
      if (!wide && !shift) return reader.fail(item, 'uxtw or sxtw behind the index register');
      if (shift && !names.includes(shift.name)) return reader.fail(shift, names.join(' or '));
      const option = !shift || shift.name === 'lsl' ? 3 : EXTEND_NAMES.indexOf(shift.name);
      if (shift?.name === 'lsl' && shift.amount === null) return reader.fail(shift, 'an amount behind lsl', true);
      const by = shift?.amount ?? null;
      if (by !== null && by !== 0n && by !== BigInt(amount)) {
        return reader.fail(shift!, amount ? `an amount of 0 or ${amount}` : 'an amount of 0', true);
      }
      // Bytes are never shifted: there bit 12 says whether an amount was written.
      const scaled = by !== null && (bytes === 1 || by !== 0n);
      return encoded | (number << 16) | (option << 13) | (scaled ? 1 << 12 : 0);
    },
    decode(word) {
      const option = field(word, 13, 3);
      if ((option & 2) === 0) return null;
      const index = registerName(option & 1 ? 'x' : 'w', field(word, 16, 5));
      const scaled = field(word, 12, 1) === 1;
      if (option === 3 && !scaled) return `[${base(word)}, ${index}]`;
      const name = option === 3 ? 'lsl' : EXTEND_NAMES[option]!;
      return `[${base(word)}, ${index}, ${name}${scaled ? ` #${amount}` : ''}]`;
    },
  };
}

// ---- floats ----

/** The 8-bit constants of `fmov`: plus or minus 16 to 31 sixteenths times a power of two from -3 to 4 (`VFPExpandImm`). */
function encodeFloat8(value: number): number {
  for (let bits = 0; bits < 256; bits++) if (decodeFloat8(bits) === value) return bits;
  return -1;
}

/** The same for a constant by its bits, or -1: sign, `not b`, copies of `b`, two exponent bits, four fraction bits, zeros. */
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

const float8: Operand = {
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

const floatZero: Operand = {
  mask: 0,
  encode(reader, word) {
    const item = reader.take();
    if (item?.kind === 'float' && item.value === 0) return word;
    const value = item?.kind === 'float' ? null : reader.constant(item, '`#0.0`');
    return value === 0n ? word : reader.fail(item, '`#0.0`');
  },
  decode: () => '#0.0',
};

// ---- the list ----

const KINDS: Record<string, Operand> = {
  'sp.W': stackPointer('w'),
  'sp.X': stackPointer('x'),

  imm12: arithmeticConstant(false),
  'imm12.negative': arithmeticConstant(true),
  'bitmask.W': bitmask(false, false),
  'bitmask.X': bitmask(true, false),
  'bitmask.mov.W': bitmask(false, true),
  'bitmask.mov.X': bitmask(true, true),
  'imm16.W': halfword(false),
  'imm16.X': halfword(true),
  'movz.W': moveConstant(false, false),
  'movz.X': moveConstant(true, false),
  'movn.W': moveConstant(false, true),
  'movn.X': moveConstant(true, true),

  'shift.W': shifted(false, 3),
  'shift.X': shifted(true, 3),
  'rotate.W': shifted(false, 4),
  'rotate.X': shifted(true, 4),
  'extend.W': extended([0, 1, 2, 4, 5, 6], 2),
  'extend.narrow': extended([0, 1, 2, 4, 5, 6], -1),
  'extend.X': extended([3, 7], 3),
  'lsl.W': leftShift(32),
  'lsl.X': leftShift(64),
  'immr.W': unsigned(16, 6, 10, 31),
  'immr.X': unsigned(16, 6, 10),
  'imms.W': unsigned(10, 6, 10, 31),
  'imms.X': unsigned(10, 6, 10),
  'lsb.W': insertedLow(32),
  'lsb.X': insertedLow(64),
  'width.W': insertedWidth(32),
  'width.X': insertedWidth(64),
  'extracted.W': extractedWidth(32),
  'extracted.X': extractedWidth(64),

  cond: condition(false),
  'cond.inverted': condition(true),
  nzcv: unsigned(0, 4, 16),
  imm5: unsigned(16, 5, 16),
  'bit.low': testedBit(0, 31),
  'bit.high': testedBit(32, 63),

  label26: label(0, 26, Relocation.Jump26),
  'label26.call': label(0, 26, Relocation.Call26),
  label19: label(5, 19, Relocation.ConditionBranch19),
  'label19.load': label(5, 19, Relocation.LoadLiteral19),
  label14: label(5, 14, Relocation.TestBranch14),
  adr: address(false),
  adrp: address(true),

  'mem.u1': memory(10, 12, 1, false, ''),
  'mem.u2': memory(10, 12, 2, false, ''),
  'mem.u4': memory(10, 12, 4, false, ''),
  'mem.u8': memory(10, 12, 8, false, ''),
  'mem.u16': memory(10, 12, 16, false, ''),
  'mem.s9': memory(12, 9, 1, true, ''),
  'mem.s9.pre': memory(12, 9, 1, true, 'pre'),
  'mem.s9.post': memory(12, 9, 1, true, 'post'),
  'mem.r1': indexed(1),
  'mem.r2': indexed(2),
  'mem.r4': indexed(4),
  'mem.r8': indexed(8),
  'mem.r16': indexed(16),
  'pair.4': memory(15, 7, 4, true, ''),
  'pair.4.pre': memory(15, 7, 4, true, 'pre'),
  'pair.4.post': memory(15, 7, 4, true, 'post'),
  'pair.8': memory(15, 7, 8, true, ''),
  'pair.8.pre': memory(15, 7, 8, true, 'pre'),
  'pair.8.post': memory(15, 7, 8, true, 'post'),
  'pair.16': memory(15, 7, 16, true, ''),
  'pair.16.pre': memory(15, 7, 16, true, 'pre'),
  'pair.16.post': memory(15, 7, 16, true, 'post'),
  base: baseOnly,

  'imm16.exception': unsigned(5, 16, 16),
  hint: unsigned(5, 7, 16),
  'crm.1': unsigned(8, 4, 16, 1),
  'crm.15': unsigned(8, 4, 16),
  op1: unsigned(16, 3, 10),
  op2: unsigned(5, 3, 10),
  crn: controlRegister(12),
  crm: controlRegister(8),
  limit: barrier(BARRIER_LIMITS, ''),
  'limit.isb': barrier(ISB_LIMITS, 'sy'),
  // op0 has its upper bit in the form's fixed bits.
  sysreg: named(5, 15, (name) => {
    const packed = findSystemRegister(name);
    return packed < 0 ? -1 : packed & 0x7fff;
  }, (value) => systemRegisterName(value | 0x8000), 'a system register, by name or as s3_0_c1_c0_0'),

  float8,
  'float.zero': floatZero,
};

/** The operand of a notation; a quoted one is a word that stands for itself. */
export function operandOf(notation: string): Operand {
  if (notation.charAt(0) === "'") return literal(notation.slice(1, -1));
  const operand = KINDS[notation] ?? registerOperand(notation);
  if (!operand) throw new Error(`no operand has the notation ${notation}`);
  return (KINDS[notation] = operand);
}
