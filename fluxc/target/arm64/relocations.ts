/**
 * Relocations and fixups: where a word of code or data depends on an address, and how it is written.
 *
 * Kinds carry the numbers and the arithmetic of "ELF for the Arm 64-bit Architecture" (AAELF64, section 5.7). The same
 * kinds serve as fixups inside a function, where the distance is known before linking.
 */

export const enum Relocation {
  Abs64 = 257,
  Abs32 = 258,
  Abs16 = 259,
  Prel64 = 260,
  Prel32 = 261,
  LoadLiteral19 = 273,
  Adr21 = 274,
  AdrPage21 = 275,
  AddLow12 = 277,
  LoadStore8Low12 = 278,
  TestBranch14 = 279,
  ConditionBranch19 = 280,
  Jump26 = 282,
  Call26 = 283,
  LoadStore16Low12 = 284,
  LoadStore32Low12 = 285,
  LoadStore64Low12 = 286,
  LoadStore128Low12 = 299,
}

interface RelocationRow {
  kind: Relocation;
  name: string;
  /** the field in the instruction word, and how many low bits of the value it drops; no field: `bytes` of data */
  shift: number;
  bits: number;
  drops: number;
  bytes?: number;
  /** the value is a distance from the field's own address; `page`: between their 4 KiB pages */
  relative?: 'byte' | 'page';
  /** only the value's bits that fit count; the rest is another instruction's business */
  truncates?: boolean;
}

const ROWS: readonly RelocationRow[] = [
  { kind: Relocation.Abs64, name: 'abs64', shift: 0, bits: 64, drops: 0, bytes: 8 },
  { kind: Relocation.Abs32, name: 'abs32', shift: 0, bits: 32, drops: 0, bytes: 4 },
  { kind: Relocation.Abs16, name: 'abs16', shift: 0, bits: 16, drops: 0, bytes: 2 },
  { kind: Relocation.Prel64, name: 'prel64', shift: 0, bits: 64, drops: 0, bytes: 8, relative: 'byte' },
  { kind: Relocation.Prel32, name: 'prel32', shift: 0, bits: 32, drops: 0, bytes: 4, relative: 'byte' },
  { kind: Relocation.LoadLiteral19, name: 'ld_prel_lo19', shift: 5, bits: 19, drops: 2, relative: 'byte' },
  { kind: Relocation.Adr21, name: 'adr_prel_lo21', shift: 5, bits: 21, drops: 0, relative: 'byte' },
  { kind: Relocation.AdrPage21, name: 'adr_prel_pg_hi21', shift: 5, bits: 21, drops: 12, relative: 'page' },
  { kind: Relocation.AddLow12, name: 'add_abs_lo12_nc', shift: 10, bits: 12, drops: 0, truncates: true },
  { kind: Relocation.LoadStore8Low12, name: 'ldst8_abs_lo12_nc', shift: 10, bits: 12, drops: 0, truncates: true },
  { kind: Relocation.LoadStore16Low12, name: 'ldst16_abs_lo12_nc', shift: 10, bits: 11, drops: 1, truncates: true },
  { kind: Relocation.LoadStore32Low12, name: 'ldst32_abs_lo12_nc', shift: 10, bits: 10, drops: 2, truncates: true },
  { kind: Relocation.LoadStore64Low12, name: 'ldst64_abs_lo12_nc', shift: 10, bits: 9, drops: 3, truncates: true },
  { kind: Relocation.LoadStore128Low12, name: 'ldst128_abs_lo12_nc', shift: 10, bits: 8, drops: 4, truncates: true },
  { kind: Relocation.TestBranch14, name: 'tstbr14', shift: 5, bits: 14, drops: 2, relative: 'byte' },
  { kind: Relocation.ConditionBranch19, name: 'condbr19', shift: 5, bits: 19, drops: 2, relative: 'byte' },
  { kind: Relocation.Jump26, name: 'jump26', shift: 0, bits: 26, drops: 2, relative: 'byte' },
  { kind: Relocation.Call26, name: 'call26', shift: 0, bits: 26, drops: 2, relative: 'byte' },
];

const byKind = new Map(ROWS.map((row) => [row.kind, row]));

function rowOf(kind: number): RelocationRow {
  const row = byKind.get(kind);
  if (!row) throw new Error(`arm64 has no relocation ${kind}`);
  return row;
}

export function relocationName(kind: number): string {
  return byKind.get(kind)?.name ?? `relocation ${kind}`;
}

/** The relocation of a load or store of `bytes` bytes that adds the low 12 bits of an address. */
export function loadStoreLow12(bytes: number): Relocation {
  switch (bytes) {
    case 1: return Relocation.LoadStore8Low12;
    case 2: return Relocation.LoadStore16Low12;
    case 4: return Relocation.LoadStore32Low12;
    case 8: return Relocation.LoadStore64Low12;
    case 16: return Relocation.LoadStore128Low12;
    default: throw new Error(`no load of ${bytes} bytes`);
  }
}

/**
 * Writes `value`, an exact integer below 2^53 in magnitude, into the field that `kind` describes. The value is the
 * address itself, the distance, or for `adr_prel_pg_hi21` the distance of the pages in bytes. False: it does not fit.
 */
function write(bytes: Uint8Array, offset: number, row: RelocationRow, value: number): boolean {
  if (row.bytes) return writeData(bytes, offset, row, value);
  const unit = 2 ** row.drops;
  const low = row.truncates ? value - 4096 * Math.floor(value / 4096) : value;
  if (low % unit !== 0) return false;
  const field = low / unit;
  const half = 2 ** (row.bits - 1);
  if (!row.truncates && (field < -half || field >= half)) return false;
  const isAddress = row.kind === Relocation.Adr21 || row.kind === Relocation.AdrPage21;
  const mask = (2 ** row.bits - 1) | 0;
  const bits = field & mask;
  // adr and adrp keep the two lowest bits in bits 29 and 30 (Arm ARM, C6.2 `ADR`).
  const placed = isAddress ? ((bits & 3) << 29) | ((bits >>> 2) << 5) : bits << row.shift;
  const holes = isAddress ? 0x60ffffe0 : mask << row.shift;
  const word = readWord(bytes, offset);
  writeWord(bytes, offset, (word & ~holes) | placed);
  return true;
}

/** Data of less than 8 bytes may hold a signed or an unsigned number, as in AAELF64. */
function writeData(bytes: Uint8Array, offset: number, row: RelocationRow, value: number): boolean {
  const count = row.bytes!;
  if (count < 8) {
    const range = 2 ** (8 * count);
    if (value < -range / 2 || value >= (row.relative ? range / 2 : range)) return false;
  }
  let rest = value;
  for (let i = 0; i < count; i++) {
    const byte = rest - 256 * Math.floor(rest / 256);
    bytes[offset + i] = byte;
    rest = (rest - byte) / 256;
  }
  return true;
}

function readWord(bytes: Uint8Array, offset: number): number {
  return bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24);
}

function writeWord(bytes: Uint8Array, offset: number, word: number): void {
  bytes[offset] = word;
  bytes[offset + 1] = word >> 8;
  bytes[offset + 2] = word >> 16;
  bytes[offset + 3] = word >> 24;
}

/** `Target.patch`: a fixup inside one function. */
export function patch(bytes: Uint8Array, position: number, kind: number, distance: number): boolean {
  return write(bytes, position, rowOf(kind), distance);
}

/** `Target.relocate`. */
export function relocate(bytes: Uint8Array, offset: number, kind: number, value: number, place: number): string | null {
  const row = rowOf(kind);
  let written = value;
  if (row.relative === 'byte') written = value - place;
  else if (row.relative === 'page') written = (Math.floor(value / 4096) - Math.floor(place / 4096)) * 4096;
  if (write(bytes, offset, row, written)) return null;
  if (row.drops > 0 && row.relative !== 'page' && written % 2 ** row.drops !== 0) {
    return `${written} is no multiple of ${2 ** row.drops}`;
  }
  return `${written} is out of range`;
}
