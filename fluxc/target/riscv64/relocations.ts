/**
 * References that wait for an address: numbers, names and how each is applied.
 *
 * Kinds that the RISC-V psABI has keep its numbers ("Relocations"). The pair kinds are ours: they stand on an `auipc`
 * and cover the instruction behind it too, so that one value fills both halves. Branches inside a function use the same
 * kinds as fixups. Values are exact integers; pc-relative ones are value minus place.
 */
import { placeImmediate } from './encode.ts';
import { type LayoutName, LAYOUTS } from './forms.ts';

export const enum Relocation {
  Absolute32 = 1,
  Absolute64 = 2,
  Branch = 16,
  Jump = 17,
  /** auipc + jalr */
  Call = 18,
  PcrelHigh20 = 23,
  /** the addend accounts for the distance to the auipc: value - place is the auipc's whole distance */
  PcrelLow12I = 24,
  PcrelLow12S = 25,
  High20 = 26,
  Low12I = 27,
  Low12S = 28,
  CompressedBranch = 44,
  CompressedJump = 45,
  /** auipc + addi, load or jalr */
  PairI = 256,
  /** auipc + store */
  PairS = 257,
}

type Form = 'word' | 'double' | 'high' | 'low' | 'pair' | 'branch';

interface Row {
  name: string;
  form: Form;
  layout: LayoutName;
  relative: boolean;
}

const ROWS: Record<number, Row> = {
  [Relocation.Absolute32]: { name: 'R_RISCV_32', form: 'word', layout: 'none', relative: false },
  [Relocation.Absolute64]: { name: 'R_RISCV_64', form: 'double', layout: 'none', relative: false },
  [Relocation.Branch]: { name: 'R_RISCV_BRANCH', form: 'branch', layout: 'B', relative: true },
  [Relocation.Jump]: { name: 'R_RISCV_JAL', form: 'branch', layout: 'J', relative: true },
  [Relocation.Call]: { name: 'R_RISCV_CALL', form: 'pair', layout: 'I', relative: true },
  [Relocation.PcrelHigh20]: { name: 'R_RISCV_PCREL_HI20', form: 'high', layout: 'U', relative: true },
  [Relocation.PcrelLow12I]: { name: 'R_RISCV_PCREL_LO12_I', form: 'low', layout: 'I', relative: true },
  [Relocation.PcrelLow12S]: { name: 'R_RISCV_PCREL_LO12_S', form: 'low', layout: 'S', relative: true },
  [Relocation.High20]: { name: 'R_RISCV_HI20', form: 'high', layout: 'U', relative: false },
  [Relocation.Low12I]: { name: 'R_RISCV_LO12_I', form: 'low', layout: 'I', relative: false },
  [Relocation.Low12S]: { name: 'R_RISCV_LO12_S', form: 'low', layout: 'S', relative: false },
  [Relocation.CompressedBranch]: { name: 'R_RISCV_RVC_BRANCH', form: 'branch', layout: 'CB', relative: true },
  [Relocation.CompressedJump]: { name: 'R_RISCV_RVC_JUMP', form: 'branch', layout: 'CJ', relative: true },
  [Relocation.PairI]: { name: 'auipc pair', form: 'pair', layout: 'I', relative: true },
  [Relocation.PairS]: { name: 'auipc and store pair', form: 'pair', layout: 'S', relative: true },
};

export function relocationName(kind: number): string {
  return ROWS[kind]?.name ?? `relocation ${kind}`;
}

/** The upper 20 bits for lui or auipc such that the sign-extended lower 12 complete `value`. */
export function upper20(value: number): number {
  return Math.floor((value + 0x800) / 4096) & 0xfffff;
}

/** The lower 12 bits of `value`, signed. */
export function lower12(value: number): number {
  const low = ((value % 4096) + 4096) % 4096;
  return low >= 2048 ? low - 4096 : low;
}

/** Is `value` in the reach of lui or auipc with a 12-bit addition? */
function reaches(value: number): boolean {
  return value >= -0x80000800 && value < 0x7ffff800;
}

/** Adds bits to the instruction at `offset`; the field there is zero. */
function orInto(bytes: Uint8Array, offset: number, bits: number, count: number): void {
  for (let i = 0; i < count; i++) bytes[offset + i]! |= (bits >>> (8 * i)) & 255;
}

function clear(bytes: Uint8Array, offset: number, layout: LayoutName): void {
  let mask = 0;
  for (const [at, , count] of LAYOUTS[layout].pieces) mask |= (2 ** count - 1) << at;
  for (let i = 0; i < (layout.startsWith('C') ? 2 : 4); i++) bytes[offset + i]! &= ~(mask >>> (8 * i)) & 255;
}

function putImmediate(bytes: Uint8Array, offset: number, layout: LayoutName, value: number): void {
  clear(bytes, offset, layout);
  orInto(bytes, offset, placeImmediate(LAYOUTS[layout], value), layout.startsWith('C') ? 2 : 4);
}

function apply(bytes: Uint8Array, offset: number, row: Row, value: number): string | null {
  switch (row.form) {
    case 'double':
    case 'word': {
      const count = row.form === 'double' ? 8 : 4;
      if (count === 4 && (value < -0x80000000 || value > 0xffffffff)) return 'the value needs more than 32 bits';
      const low = value >>> 0;
      const high = Math.floor(value / 0x100000000);
      for (let i = 0; i < count; i++) bytes[offset + i] = ((i < 4 ? low : high) >>> (8 * (i & 3))) & 255;
      return null;
    }
    case 'branch': {
      const { min, max } = LAYOUTS[row.layout];
      if (value < min || value > max) return `the distance must be from ${min} to ${max} bytes`;
      if (value & 1) return 'the target is at an odd address';
      putImmediate(bytes, offset, row.layout, value);
      return null;
    }
    case 'high':
    case 'pair':
      if (!reaches(value)) return 'the distance is more than 2 GiB';
      putImmediate(bytes, offset, 'U', upper20(value));
      if (row.form === 'pair') putImmediate(bytes, offset + 4, row.layout, lower12(value));
      return null;
    case 'low':
      putImmediate(bytes, offset, row.layout, lower12(value));
      return null;
  }
}

/** See `Target.relocate`. */
export function relocate(bytes: Uint8Array, offset: number, kind: number, value: number, place: number): string | null {
  const row = ROWS[kind];
  if (!row) return `unknown relocation ${kind}`;
  return apply(bytes, offset, row, row.relative ? value - place : value);
}

/** See `Target.patch`. */
export function patch(bytes: Uint8Array, position: number, kind: number, distance: number): boolean {
  return apply(bytes, position, ROWS[kind]!, distance) === null;
}
