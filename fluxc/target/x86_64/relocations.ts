/**
 * References that wait for an address, by the numbers and names of the System V ABI for AMD64 (table 4.9), and the
 * fixups of branches inside a function, which use the same numbers.
 *
 * Relative fields count from their own place: whoever asks for one subtracts the bytes up to the next instruction in
 * the addend. Fixups have no addend and stand at the end of their instruction.
 */

export const enum Relocation {
  Absolute64 = 1,
  Relative32 = 2,
  Absolute32 = 10,
  Absolute32Signed = 11,
  Absolute16 = 12,
  Relative16 = 13,
  Absolute8 = 14,
  Relative8 = 15,
  /** not an ELF relocation: a 32-bit distance to a label, added to what the field holds */
  TableEntry = 256,
}

interface Row {
  name: string;
  bytes: number;
  relative: boolean;
  /** smallest and largest value that the field holds */
  min: number;
  max: number;
}

const ROWS: Record<number, Row> = {
  [Relocation.Absolute64]: { name: 'R_X86_64_64', bytes: 8, relative: false, min: -(2 ** 53), max: 2 ** 53 },
  [Relocation.Relative32]: { name: 'R_X86_64_PC32', bytes: 4, relative: true, min: -(2 ** 31), max: 2 ** 31 - 1 },
  [Relocation.Absolute32]: { name: 'R_X86_64_32', bytes: 4, relative: false, min: 0, max: 2 ** 32 - 1 },
  [Relocation.Absolute32Signed]: { name: 'R_X86_64_32S', bytes: 4, relative: false, min: -(2 ** 31), max: 2 ** 31 - 1 },
  [Relocation.Absolute16]: { name: 'R_X86_64_16', bytes: 2, relative: false, min: 0, max: 0xffff },
  [Relocation.Relative16]: { name: 'R_X86_64_PC16', bytes: 2, relative: true, min: -0x8000, max: 0x7fff },
  [Relocation.Absolute8]: { name: 'R_X86_64_8', bytes: 1, relative: false, min: 0, max: 0xff },
  [Relocation.Relative8]: { name: 'R_X86_64_PC8', bytes: 1, relative: true, min: -128, max: 127 },
};

export function relocationName(kind: number): string {
  return ROWS[kind]?.name ?? `relocation ${kind}`;
}

function store(bytes: Uint8Array, offset: number, count: number, value: number): void {
  // Exact for every integer below 2^53 in magnitude; the high word of a negative one comes out by `floor`.
  const low = value >>> 0;
  const high = Math.floor(value / 2 ** 32);
  for (let i = 0; i < count; i++) bytes[offset + i] = ((i < 4 ? low : high) >>> (8 * (i & 3))) & 255;
}

/** See `Target.relocate`. */
export function relocate(bytes: Uint8Array, offset: number, kind: number, value: number, place: number): string | null {
  const row = ROWS[kind];
  if (!row) return `unknown relocation ${kind}`;
  const stored = row.relative ? value - place : value;
  if (stored < row.min || stored > row.max) {
    return `${stored} does not fit the ${8 * row.bytes} bits of ${row.name}`;
  }
  store(bytes, offset, row.bytes, stored);
  return null;
}

/** See `Target.patch`. */
export function patch(bytes: Uint8Array, position: number, kind: number, distance: number): boolean {
  if (kind === Relocation.TableEntry) {
    let held = 0;
    for (let i = 0; i < 4; i++) held |= bytes[position + i]! << (8 * i);
    store(bytes, position, 4, distance + held);
    return true;
  }
  const row = ROWS[kind]!;
  return relocate(bytes, position, kind, distance - row.bytes, 0) === null;
}
