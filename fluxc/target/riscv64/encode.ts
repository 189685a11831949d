/**
 * From fields to bits and back, for both lengths of instruction; nothing here names an instruction.
 *
 * `encode` packs the fields of a base row, `compress` finds the compressed row that says the same in 16 bits (or -1),
 * and `decode` reads either length as a base row with its fields. Fields must fit: `immediateFits` and the assembler
 * check.
 */
import {
  COMPRESSED, type CompressedForm, type Fields, type Form, FORMS, type Layout, type RegisterField,
} from './forms.ts';

export function noFields(): Fields {
  return { rd: 0, rs1: 0, rs2: 0, rs3: 0, imm: 0, rm: 0 };
}

/** Can the layout hold `value`? */
export function immediateFits(layout: Layout, value: number): boolean {
  return value >= layout.min && value <= layout.max && value % layout.step === 0 && !(layout.nonZero && value === 0);
}

/** The bits of `value` at their places in an instruction. */
export function placeImmediate(layout: Layout, value: number): number {
  let bits = 0;
  for (const [at, from, count] of layout.pieces) bits |= ((value >> from) & (2 ** count - 1)) << at;
  return bits;
}

function readImmediate(layout: Layout, word: number): number {
  let value = 0;
  for (const [at, from, count] of layout.pieces) value |= ((word >>> at) & (2 ** count - 1)) << from;
  return layout.min < 0 && value > layout.max ? value + 2 * layout.min : value;
}

/** The 32 bits of a base row, as a signed number. */
export function encode(
  form: Form, rd: number, rs1: number, rs2: number, imm: number, rs3 = 0, rm = 0,
): number {
  const registers = (rd << 7) | (rs1 << 15) | (rs2 << 20) | (rs3 << 27);
  return form.match | registers | (rm << 12) | placeImmediate(form.layout, imm);
}

function placeFits(place: string | number, register: number): boolean {
  switch (place) {
    case 'p7': case 'p2': return register >= 8 && register < 16;
    case 'r7!': case 'r2!': return register !== 0;
    case 'r7': case 'r2': return true;
    default: return register === place;
  }
}

function placeBits(place: string | number, register: number): number {
  if (typeof place === 'number') return 0;
  return (place.charCodeAt(0) === 114 ? register : register & 7) << (place.charCodeAt(1) - 48);
}

/** The 16 bits of `row` with these fields of its base row, or -1 if they do not fit. */
export function encodeCompressed(row: CompressedForm, rd: number, rs1: number, rs2: number, imm: number): number {
  const { places } = row;
  const value = row.base.layoutName === 'U' ? (imm << 12) >> 12 : imm;
  if (row.layoutName === 'none' ? value !== 0 : !immediateFits(row.layout, value)) return -1;
  if (!placeFits(places.rd ?? 0, rd) || !placeFits(places.rs1 ?? 0, rs1) || !placeFits(places.rs2 ?? 0, rs2)) return -1;
  if (rd === row.exceptRegister) return -1;
  // Two fields in one place must be one register.
  if (typeof places.rd === 'string' && places.rd === places.rs1 && rd !== rs1) return -1;
  return row.match | placeBits(places.rd ?? 0, rd) | placeBits(places.rs1 ?? 0, rs1) | placeBits(places.rs2 ?? 0, rs2) |
    placeImmediate(row.layout, value);
}

/**
 * The 16-bit form of a base row with these fields, or -1. Branches compress only where their distance is known: pass 0
 * to learn whether a row exists at all.
 */
export function compress(form: Form, rd: number, rs1: number, rs2: number, imm: number): number {
  for (const row of form.shorter) {
    let half = encodeCompressed(row, rd, rs1, rs2, imm);
    if (half < 0 && form.commutative) half = encodeCompressed(row, rd, rs2, rs1, imm);
    if (half >= 0) return half;
  }
  return -1;
}

export interface Decoded {
  length: 2 | 4;
  form: Form;
  fields: Fields;
}

const bitCount = (mask: number): number => {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
};

/** Base rows by major opcode, those with more fixed bits first. */
const BY_OPCODE: Form[][] = Array.from({ length: 128 }, () => []);
for (const form of FORMS) BY_OPCODE[form.match & 127]!.push(form);
for (const forms of BY_OPCODE) forms.sort((a, b) => bitCount(b.mask) - bitCount(a.mask) || a.index - b.index);

/** Compressed rows by quadrant and function code (bits 1-0 and 15-13), the same way. */
const BY_QUADRANT: CompressedForm[][] = Array.from({ length: 32 }, () => []);
for (const row of COMPRESSED) if (!row.encodeOnly) BY_QUADRANT[quadrant(row.match)]!.push(row);
for (const rows of BY_QUADRANT) rows.sort((a, b) => bitCount(b.mask) - bitCount(a.mask));

function quadrant(half: number): number {
  return (half & 3) | ((half >> 11) & 28);
}

function readPlace(place: string | number | undefined, half: number): number {
  if (place === undefined) return 0;
  if (typeof place === 'number') return place;
  const bits = half >> (place.charCodeAt(1) - 48);
  return place.charCodeAt(0) === 114 ? bits & 31 : (bits & 7) + 8;
}

function decodeCompressed(half: number): Decoded | null {
  for (const row of BY_QUADRANT[quadrant(half)]!) {
    if ((half & row.mask) !== row.match) continue;
    const fields = noFields();
    let fits = true;
    for (const field of Object.keys(row.places) as RegisterField[]) {
      const place = row.places[field]!;
      fields[field] = readPlace(place, half);
      if (!placeFits(place, fields[field])) fits = false;
    }
    const value = readImmediate(row.layout, half);
    if (!fits || (row.layout.nonZero && value === 0) || fields.rd === row.exceptRegister) continue;
    fields.imm = row.base.layoutName === 'U' ? value & 0xfffff : value;
    return { length: 2, form: row.base, fields };
  }
  return null;
}

/** The instruction that starts with these bits (`word`: four bytes, or two if there are no more), or null. */
export function decode(word: number): Decoded | null {
  if ((word & 3) !== 3) return decodeCompressed(word & 0xffff);
  for (const form of BY_OPCODE[word & 127]!) {
    if (((word & form.mask) >>> 0) !== form.match) continue;
    const fields = noFields();
    for (const operand of form.operands) {
      if (operand === 'rm') fields.rm = (word >>> 12) & 7;
      if (operand === 'zimm') fields.rs1 = (word >>> 15) & 31;
    }
    for (const { field } of form.registers) fields[field] = (word >>> FIELD_SHIFT[field]) & 31;
    fields.imm = readImmediate(form.layout, word);
    // Rounding modes 5 and 6 are reserved.
    if (fields.rm === 5 || fields.rm === 6) continue;
    return { length: 4, form, fields };
  }
  return null;
}

const FIELD_SHIFT: Record<RegisterField, number> = { rd: 7, rs1: 15, rs2: 20, rs3: 27 };
