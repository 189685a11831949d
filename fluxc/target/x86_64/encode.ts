/**
 * From a row of the table and its operands to bytes: prefixes, REX, opcode, ModRM, SIB, displacement.
 *
 * Both the assembler and code generation write through `write`. Immediates come last in every form, so their writer is
 * the caller. Prefixes stand in the order of GNU as: segment, 67, 66, the form's own, REX. Source: Intel SDM volume 2,
 * chapter 2.
 */
import { type Form, NO_MODRM, REGISTER_FIELD } from './forms.ts';

export type Mode = 16 | 32 | 64;

/** What bytes are written to: a `CodeBuffer`, or whatever collects bytes. */
export interface ByteSink {
  put8(byte: number): void;
}

/** The instruction pointer as base. */
export const IP = 64;
export const NO_REGISTER = -1;

export interface Memory {
  /** number of a segment register that overrides the usual one, or -1 */
  segment: number;
  /** register, `IP` or -1 */
  base: number;
  /** register other than rsp, or -1 */
  index: number;
  /** power of two that the index is multiplied with: 0 to 3 */
  shift: number;
  /** signed, 32 bits */
  displacement: number;
  /**
   * the displacement takes four bytes whatever it is, because the linker fills it; they are the last that `write`
   * writes
   */
  wide: boolean;
  /** size of the registers in it */
  addressBits: Mode;
}

export function memory(base: number, displacement = 0): Memory {
  return { segment: -1, base, index: NO_REGISTER, shift: 0, displacement, wide: false, addressBits: 64 };
}

export const SEGMENT_PREFIXES = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];

/** Does an 8-bit register exist only with (1) or only without (-1) a REX prefix? */
export function byteNeedsRex(register: number): number {
  return register >= 4 && register < 8 ? 1 : register >= 16 ? -1 : 0;
}

/**
 * Writes everything of an instruction but its immediates. `register` is the operand of ModRM.reg or of the opcode, `rm`
 * the register of ModRM.rm if `address` is null. Operands that the form does not have are ignored. Returns the REX
 * prefix, 0 for none.
 */
export function write(
  out: ByteSink, form: Form, mode: Mode, register: number, rm: number, address: Memory | null,
): number {
  if (address !== null) {
    if (address.segment >= 0) out.put8(SEGMENT_PREFIXES[address.segment]!);
    if (address.addressBits !== mode) out.put8(0x67);
  }
  if (mode === 16 ? form.operand32 : form.operand16) out.put8(0x66);
  if (form.prefix !== 0) out.put8(form.prefix);
  const usesRegister = form.plusRegister || form.modrm === REGISTER_FIELD;
  let rex = form.rexW ? 0x48 : 0;
  if (usesRegister && register & 8) rex |= form.plusRegister ? 0x41 : 0x44;
  if (usesRegister && form.byteRegister && byteNeedsRex(register) > 0) rex |= 0x40;
  if (form.modrm !== NO_MODRM) {
    if (address === null) {
      if (rm & 8) rex |= 0x41;
      if (form.byteRm && byteNeedsRex(rm) > 0) rex |= 0x40;
    } else {
      if (address.base >= 0 && address.base & 8) rex |= 0x41;
      if (address.index >= 0 && address.index & 8) rex |= 0x42;
    }
  }
  if (rex !== 0) out.put8(rex);
  const { opcode } = form;
  const last = opcode.length - 1;
  for (let i = 0; i < last; i++) out.put8(opcode[i]!);
  out.put8(form.plusRegister ? opcode[last]! + (register & 7) : opcode[last]!);
  if (form.modrm === NO_MODRM) return rex;
  const field = (form.modrm === REGISTER_FIELD ? register & 7 : form.modrm) << 3;
  if (address === null) out.put8(0xc0 | field | (rm & 7));
  else if (address.addressBits === 16) writeNarrowMemory(out, field, address);
  else writeMemory(out, field, mode, address);
  return rex;
}

function writeMemory(out: ByteSink, field: number, mode: Mode, address: Memory): void {
  const { base, index, displacement } = address;
  if (base === IP) {
    out.put8(field | 5);
    put32(out, displacement);
    return;
  }
  if (base < 0) {
    // Without a base the displacement takes four bytes. ModRM.rm = 5 alone is relative to rip in 64-bit mode.
    if (index < 0 && mode === 32) out.put8(field | 5);
    else {
      out.put8(field | 4);
      out.put8((address.shift << 6) | ((index < 0 ? 4 : index & 7) << 3) | 5);
    }
    put32(out, displacement);
    return;
  }
  const isShort = !address.wide && displacement >= -128 && displacement <= 127;
  // rbp and r13 as base always have a displacement: mod = 0 means something else there.
  const mod = !address.wide && displacement === 0 && (base & 7) !== 5 ? 0 : isShort ? 0x40 : 0x80;
  if (index >= 0 || (base & 7) === 4) {
    out.put8(mod | field | 4);
    out.put8((address.shift << 6) | ((index < 0 ? 4 : index & 7) << 3) | (base & 7));
  } else out.put8(mod | field | (base & 7));
  if (mod === 0x40) out.put8(displacement & 255);
  else if (mod === 0x80) put32(out, displacement);
}

/** ModRM.rm of 16-bit addresses: `bx+si` and so on, by base times 16 plus index, 15 for none. */
const NARROW = new Map([[0x36, 0], [0x37, 1], [0x56, 2], [0x57, 3], [0x6f, 4], [0x7f, 5], [0x5f, 6], [0x3f, 7]]);
const narrowKey = ({ base, index }: Memory) => (base & 15) * 16 + (index & 15);

/** Can 16-bit addresses be made of these registers? */
export function isNarrowAddress(address: Memory): boolean {
  return address.shift === 0 && ((address.base < 0 && address.index < 0) || NARROW.has(narrowKey(address)));
}

function writeNarrowMemory(out: ByteSink, field: number, address: Memory): void {
  const { base, displacement, wide } = address;
  const isShort = !wide && displacement >= -128 && displacement <= 127;
  // bp alone always has a displacement: mod = 0 means an address without registers there.
  const mod = base < 0 || (!wide && displacement === 0 && (base !== 5 || address.index >= 0)) ? 0 : isShort ? 0x40 : 0x80;
  out.put8(mod | field | (base < 0 ? 6 : NARROW.get(narrowKey(address))!));
  if (mod === 0x40) out.put8(displacement & 255);
  else if (mod === 0x80 || base < 0) {
    out.put8(displacement & 255);
    out.put8((displacement >> 8) & 255);
  }
}

export function put32(out: ByteSink, value: number): void {
  out.put8(value & 255);
  out.put8((value >> 8) & 255);
  out.put8((value >> 16) & 255);
  out.put8((value >> 24) & 255);
}
