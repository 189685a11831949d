/**
 * From bytes to text in the syntax that the assembler takes, by the rows of `rows.ts`. Branch targets are absolute
 * addresses; displacements from rip stay as they are written. What is no instruction of the table becomes `.byte`.
 */
import type { Disassembled } from '../machine/target.ts';
import { IP, SEGMENT_PREFIXES } from './encode.ts';
import { allForms, Field, type Form, NO_MODRM, type OperandKind, REGISTER_FIELD } from './forms.ts';
import {
  NAMES_16, NAMES_32, NAMES_64, NAMES_8, NAMES_CONTROL, NAMES_DEBUG, NAMES_SEGMENT, NAMES_XMM,
} from './registers.ts';

/** Forms by the bytes that select them: the opcode without what stands in place of a ModRM byte. */
const BY_OPCODE = new Map<number, Form[]>();

function keyLength(opcode: readonly number[]): number {
  if (opcode[0] !== 0x0f) return 1;
  return opcode[1] === 0x38 ? 3 : 2;
}

function keyOf(bytes: ArrayLike<number>, at: number, length: number): number {
  let key = length;
  for (let i = 0; i < length; i++) key = key * 256 + (bytes[at + i] ?? 0);
  return key;
}

/** `BY_OPCODE`, filled when it is first needed. */
function formsByOpcode(): Map<number, Form[]> {
  if (BY_OPCODE.size > 0) return BY_OPCODE;
  for (const form of allForms()) {
    if (form.alias) continue;
    const length = keyLength(form.opcode);
    const key = keyOf(form.opcode, 0, length);
    for (let register = 0; register < (form.plusRegister ? 8 : 1); register++) {
      const known = BY_OPCODE.get(key + register);
      if (!known) BY_OPCODE.set(key + register, [form]);
      // Fixed bytes in place of ModRM select before digits do.
      else if (form.opcode.length > length) known.unshift(form);
      else known.push(form);
    }
  }
  return BY_OPCODE;
}

const SIZE_TEXT: Record<number, string> = {
  8: 'byte', 16: 'word', 32: 'dword', 48: 'fword', 64: 'qword', 128: 'xmmword',
};

const NAMES: Record<string, readonly string[]> = {
  r8: NAMES_8, r16: NAMES_16, r32: NAMES_32, r64: NAMES_64, xmm: NAMES_XMM,
  segment: NAMES_SEGMENT, control: NAMES_CONTROL, debug: NAMES_DEBUG,
};

/** Numbers up to this print in decimal. */
const SMALL = 1024n;

function numberText(value: bigint): string {
  if (value >= -SMALL && value <= SMALL) return String(value);
  return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

/** One attempt to read an instruction. Everything read past the end counts as no instruction. */
class Reader {
  /** position of the next byte */
  at: number;
  operand16 = false;
  repeat = 0;
  lock = false;
  segment = -1;
  address32 = false;
  rex = 0;
  private modrm = 0;
  /** text of the memory operand without its size; '' if ModRM names a register */
  private memory = '';

  constructor(
    private readonly bytes: Uint8Array, private readonly start: number, private readonly address: number,
    private readonly mode: 32 | 64,
  ) {
    this.at = start;
  }

  get length(): number {
    return this.at - this.start;
  }

  run(): string | null {
    this.readPrefixes();
    const { bytes } = this;
    const first = bytes[this.at];
    const length = first !== 0x0f ? 1 : bytes[this.at + 1] === 0x38 ? 3 : 2;
    const opcodeAt = this.at;
    for (const form of formsByOpcode().get(keyOf(bytes, opcodeAt, length)) ?? []) {
      this.at = opcodeAt + length;
      const text = this.fits(form, length) ? this.read(form) : null;
      if (text !== null && this.at <= bytes.length) return text;
    }
    return null;
  }

  private readPrefixes(): void {
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte === 0x66) this.operand16 = true;
      else if (byte === 0x67) this.address32 = true;
      else if (byte === 0xf2 || byte === 0xf3) this.repeat = byte;
      else if (byte === 0xf0) this.lock = true;
      else if (byte !== undefined && SEGMENT_PREFIXES.includes(byte)) this.segment = SEGMENT_PREFIXES.indexOf(byte);
      else break;
      this.at++;
    }
    if (this.mode === 64 && (this.bytes[this.at]! & 0xf0) === 0x40) this.rex = this.bytes[this.at++]!;
  }

  private fits(form: Form, keyed: number): boolean {
    if (form.only !== 0 && form.only !== this.mode) return false;
    if (form.rexW !== ((this.rex & 8) !== 0)) return false;
    const has66 = this.operand16;
    const hasRepeat = this.repeat !== 0 && !form.repeatable;
    if (has66 !== (form.operand16 || form.prefix === 0x66)) return false;
    if (hasRepeat !== (form.prefix === 0xf2 || form.prefix === 0xf3)) return false;
    if (hasRepeat && this.repeat !== form.prefix) return false;
    for (let i = keyed; i < form.opcode.length; i++) if (this.bytes[this.at++] !== form.opcode[i]) return false;
    if (form.plusRegister) return true;
    if (form.modrm === NO_MODRM) return (this.rex & 7) === 0;
    this.modrm = this.bytes[this.at] ?? 0;
    if (form.modrm >= 0 && ((this.modrm >> 3) & 7) !== form.modrm) return false;
    const rm = form.operands[form.rmOperand]!;
    return this.modrm >= 0xc0 ? rm.register !== '' : rm.memory;
  }

  private read(form: Form): string | null {
    if (form.modrm !== NO_MODRM) this.readModrm();
    const operands: string[] = [];
    for (const kind of form.operands) {
      const text = this.operandText(form, kind);
      if (text === null) return null;
      operands.push(text);
    }
    const repeat = !form.repeatable || this.repeat === 0 ? '' : this.repeat === 0xf2 ? 'repne ' : 'rep ';
    const prefix = this.lock ? 'lock ' : repeat;
    return prefix + (operands.length > 0 ? `${form.mnemonic} ${operands.join(', ')}` : form.mnemonic);
  }

  private operandText(form: Form, kind: OperandKind): string | null {
    switch (kind.field) {
      case Field.Implied:
        return kind.name === '1' ? '1' : NAMES[kind.register]![kind.number]!;
      case Field.Register: {
        const isReg = form.modrm === REGISTER_FIELD;
        const low = isReg ? (this.modrm >> 3) & 7 : this.bytes[this.at - 1]! & 7;
        const number = low | (this.rex & (isReg ? 4 : 1) ? 8 : 0);
        return kind.name.startsWith('rnz') && number === 0 ? null : this.register(kind, number);
      }
      case Field.Rm: {
        if (this.memory === '') return this.register(kind, (this.modrm & 7) | (this.rex & 1 ? 8 : 0));
        return kind.memoryBits === 0 ? this.memory : `${SIZE_TEXT[kind.memoryBits]} ptr ${this.memory}`;
      }
      case Field.Immediate: return this.immediate(form, kind);
    }
  }

  private register(kind: OperandKind, number: number): string | null {
    if (kind.register === 'segment') return NAMES_SEGMENT[number & 7] ?? null;
    const names = NAMES[kind.register]!;
    const isHigh = kind.register === 'r8' && this.rex === 0 && number >= 4;
    return names[isHigh ? number + 16 : number] || null;
  }

  private immediate(form: Form, kind: OperandKind): string {
    if (kind.name === 'far') {
      const offset = this.take(4, false);
      return `${numberText(this.take(2, false))}:${numberText(offset)}`;
    }
    if (kind.memory) {
      const segment = this.segment >= 0 ? `${NAMES_SEGMENT[this.segment]}:` : '';
      return `${segment}[${numberText(this.take(this.mode / 8, false))}]`;
    }
    if (kind.name.startsWith('rel')) {
      const distance = this.take(kind.bytes, true);
      const target = BigInt.asUintN(this.mode, BigInt(this.address + this.length) + distance);
      return `0x${target.toString(16)}`;
    }
    const isSigned = kind.signed && (form.size || this.mode) > 8 * kind.bytes;
    return numberText(this.take(kind.bytes, isSigned));
  }

  /** Takes a little-endian number; bytes behind the end are noticed by the caller. */
  private take(bytes: number, signed: boolean): bigint {
    let value = 0n;
    for (let i = bytes - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[this.at + i] ?? 0);
    this.at += bytes;
    return signed ? BigInt.asIntN(8 * bytes, value) : value;
  }

  private readModrm(): void {
    this.at++;
    this.memory = '';
    const mod = this.modrm >> 6;
    if (mod === 3) return;
    let base = this.modrm & 7;
    let index = -1;
    let shift = 0;
    if (base === 4) {
      const sib = this.bytes[this.at++] ?? 0;
      base = sib & 7;
      index = ((sib >> 3) & 7) | (this.rex & 2 ? 8 : 0);
      shift = sib >> 6;
      if (index === 4) index = -1;
      if (base === 5 && mod === 0) base = -1;
    } else if (base === 5 && mod === 0) base = this.mode === 64 ? IP : -1;
    if (base >= 0 && base !== IP && this.rex & 1) base += 8;
    const bytes = mod === 1 ? 1 : mod === 2 || base < 0 || base === IP ? 4 : 0;
    const wide = this.mode === 64 && !this.address32;
    const isAddress = base < 0 && index < 0 && !wide;
    const displacement = bytes === 0 ? 0n : this.take(bytes, !isAddress);
    const names = wide ? NAMES_64 : NAMES_32;
    let text = base === IP ? (wide ? 'rip' : 'eip') : base >= 0 ? names[base]! : '';
    if (index >= 0) text += `${text === '' ? '' : '+'}${names[index]}*${1 << shift}`;
    if (text === '') text = numberText(displacement);
    else if (displacement !== 0n) text += displacement < 0n ? numberText(displacement) : `+${numberText(displacement)}`;
    this.memory = `${this.segment >= 0 ? `${NAMES_SEGMENT[this.segment]}:` : ''}[${text}]`;
  }
}

/** See `Target.disassemble`; `mode` 32 is for the few instructions before a core enters 64-bit mode. */
export function disassemble(bytes: Uint8Array, offset: number, address: number, mode: 32 | 64 = 64): Disassembled {
  const reader = new Reader(bytes, offset, address, mode);
  const text = reader.run();
  if (text !== null) return { length: reader.length, text };
  return { length: 1, text: `.byte 0x${bytes[offset]!.toString(16)}` };
}
