/**
 * One assembly instruction: operands in, bytes and relocations out.
 *
 * All forms of the mnemonic that take the operands are encoded, and the shortest wins; among equals the first of the
 * table, as GNU as does. Targets in this text are given by their place; the result is exact once places stand still.
 */
import { ABSOLUTE, HERE, type Value } from '../assembly/scanner.ts';
import type { Range } from '../assembly/statements.ts';
import { byteNeedsRex, IP, type Memory, type Mode, write } from './encode.ts';
import { existsIn, Field, type Form, formsOf, type OperandKind } from './forms.ts';
import type { MemoryOperand, Operand } from './operands.ts';
import { Relocation } from './relocations.ts';

export interface Reference {
  /** in the instruction */
  offset: number;
  kind: Relocation;
  /** of a symbol or of this text (`HERE`); the addend counts from the field */
  value: Value;
}

export interface Instruction {
  bytes: number[];
  references: Reference[];
}

/** Why there is no instruction. */
export interface Refusal {
  reason: 'mnemonic' | 'mode' | 'operands' | 'size' | 'reach';
  range: Range | null;
}

/** Where the instruction stands. */
export interface Surroundings {
  mode: Mode;
  /** bytes in front of it, prefixes included */
  position: number;
  /** short branches to targets in this text are wanted */
  allowShort: boolean;
}

class Collector {
  readonly bytes: number[] = [];
  put8(byte: number): void {
    this.bytes.push(byte);
  }
}

/** The shortest encoding, or why there is none. */
export function assembleInstruction(
  mnemonic: string, operands: Operand[], around: Surroundings,
): Instruction | Refusal {
  const forms = formsOf(mnemonic);
  if (forms.length === 0) return { reason: 'mnemonic', range: null };
  let best: Instruction | null = null;
  let outOfReach = false;
  let otherMode = false;
  const sizes = new Set<number>();
  const unsized = operands.find((operand) => isMemory(operand) && memoryBits(operand) === 0);
  // A bare name is a target where there are targets, else memory.
  const isBranch = operands[0]?.kind === 'value' && forms.some((form) => form.operands[0]?.name.startsWith('rel'));
  for (const form of forms) {
    if (form.operands.length !== operands.length) continue;
    if (isBranch && !form.operands[0]!.name.startsWith('rel')) continue;
    if (!operands.every((operand, i) => matches(form, form.operands[i]!, operand, around.mode))) continue;
    if (!existsIn(form, around.mode)) {
      otherMode = true;
      continue;
    }
    if (form.registerOperand >= 0 && form.operands[form.registerOperand]!.name.startsWith('rnz')) {
      if ((operands[form.registerOperand] as { number: number }).number === 0) continue;
    }
    const encoded = encode(form, operands, around);
    if (encoded === 'reach') outOfReach = true;
    else if (encoded !== null) {
      if (form.rmOperand >= 0 && operands[form.rmOperand] === unsized) {
        const bits = form.operands[form.rmOperand]!.memoryBits;
        if (bits !== 0) sizes.add(bits);
      }
      if (best === null || encoded.bytes.length < best.bytes.length) best = encoded;
    }
  }
  if (sizes.size > 1) return { reason: 'size', range: unsized! };
  if (best) return best;
  if (outOfReach) return { reason: 'reach', range: operands[0]! };
  const everywhere = forms.every((form) => !existsIn(form, around.mode));
  return { reason: otherMode || everywhere ? 'mode' : 'operands', range: null };
}

function isMemory(operand: Operand): boolean {
  return operand.kind === 'memory' || (operand.kind === 'value' && operand.value.base !== ABSOLUTE && !operand.offset);
}

function memoryBits(operand: Operand): number {
  return operand.kind === 'memory' ? operand.bits : 0;
}

function matches(form: Form, kind: OperandKind, operand: Operand, mode: Mode): boolean {
  const isNumber = operand.kind === 'value' && operand.value.base === ABSOLUTE;
  if (kind.name === '1') return isNumber && operand.value.number === 1n;
  if (kind.name === 'far') return operand.kind === 'far';
  if (operand.kind === 'register') {
    if (kind.register !== operand.register) return false;
    if (mode !== 64 && (operand.number & 8) !== 0 && operand.register !== 'control') return false;
    return kind.number < 0 || kind.number === operand.number;
  }
  if (kind.memory) {
    if (!isMemory(operand)) return false;
    const bits = memoryBits(operand);
    if (bits !== 0 && kind.memoryBits !== 0 && bits !== kind.memoryBits) return false;
    // Far pointers in memory must be asked for: `jmp [rax]` is a near jump.
    if (bits === 0 && kind.memoryBits === 48) return false;
    if (kind.field === Field.Rm) return true;
    const address = operand.kind === 'memory' ? operand.memory : null;
    return address === null || (address.base < 0 && address.index < 0 && address.addressBits === mode);
  }
  if (kind.field !== Field.Immediate || operand.kind !== 'value') return false;
  if (kind.name.startsWith('rel')) return !operand.offset;
  if (operand.value.base !== ABSOLUTE) return operand.offset && kind.bytes >= (mode === 16 ? 2 : 4);
  return immediate(form, kind, operand.value.number, mode) !== null;
}

/** The number as the form's field holds it, or null if it does not fit. */
function immediate(form: Form, kind: OperandKind, value: bigint, mode: Mode): bigint | null {
  const fieldBits = 8 * kind.bytes;
  const isSigned = kind.signed && !(mode !== 64 && kind.bytes === 4);
  const bits = isSigned ? form.size || mode : fieldBits;
  if (value < -(1n << BigInt(bits - 1)) || value >= 1n << BigInt(bits)) return null;
  if (!isSigned) return value;
  const wrapped = BigInt.asIntN(bits, value);
  return BigInt.asIntN(fieldBits, wrapped) === wrapped ? wrapped : null;
}

function put(out: Collector, value: bigint, bytes: number): void {
  for (let i = 0; i < bytes; i++) out.put8(Number((value >> BigInt(8 * i)) & 255n));
}

function encode(form: Form, operands: Operand[], around: Surroundings): Instruction | 'reach' | null {
  const { mode } = around;
  const out = new Collector();
  const references: Reference[] = [];
  const registerOperand = operands[form.registerOperand];
  const register = registerOperand?.kind === 'register' ? registerOperand.number : 0;
  const rmOperand = operands[form.rmOperand];
  const rm = rmOperand?.kind === 'register' ? rmOperand.number : 0;
  let address: Memory | null = null;
  let addressValue: Value | null = null;
  if (rmOperand && rmOperand.kind !== 'register') {
    const operand = asMemory(rmOperand, mode);
    address = { ...operand.memory };
    addressValue = operand.value;
    if (addressValue.base === ABSOLUTE) {
      const displacement = displacementOf(addressValue.number, address.addressBits);
      if (displacement === null) return null;
      address.displacement = displacement;
    } else address.wide = true;
  }
  // The forms with a bare address are not used with another segment.
  const hasSegment = operands.some((operand, i) => {
    return operand.kind === 'memory' && form.operands[i]!.field === Field.Immediate && operand.memory.segment >= 0;
  });
  if (hasSegment) return null;
  const rex = write(out, form, mode, register, rm, address);
  // ah, bh, ch and dh cannot stand in an instruction with a REX prefix.
  const isHighByte = (operand: Operand) => {
    return operand.kind === 'register' && operand.register === 'r8' && byteNeedsRex(operand.number) < 0;
  };
  if (rex !== 0 && operands.some(isHighByte)) return null;
  const addressEnd = out.bytes.length;
  for (let i = 0; i < operands.length; i++) {
    const kind = form.operands[i]!;
    if (kind.field !== Field.Immediate) continue;
    if (!writeImmediate(out, references, form, kind, operands[i]!, around)) return 'reach';
  }
  if (address && addressValue && addressValue.base !== ABSOLUTE) {
    const relative = address.base === IP;
    const bytes = address.addressBits === 16 ? 2 : 4;
    const rest = BigInt(out.bytes.length - addressEnd + bytes);
    const offset = addressEnd - bytes;
    if (relative && addressValue.base === HERE) {
      const distance = addressValue.number - BigInt(around.position + out.bytes.length);
      for (let i = 0; i < 4; i++) out.bytes[offset + i] = Number((distance >> BigInt(8 * i)) & 255n);
    } else {
      const kind = relative ? Relocation.Relative32 : bytes === 2 ? Relocation.Absolute16
        : address.addressBits === 32 || mode === 32 ? Relocation.Absolute32 : Relocation.Absolute32Signed;
      const addend = relative ? addressValue.number - rest : addressValue.number;
      references.push({ offset, kind, value: { base: addressValue.base, number: addend } });
    }
  }
  return { bytes: out.bytes, references };
}

/** Memory as written, where a name without registers means an address relative to rip in 64-bit code. */
function asMemory(operand: Operand, mode: Mode): Pick<MemoryOperand, 'memory' | 'value'> {
  const written = operand as MemoryOperand;
  const address: Memory = operand.kind === 'memory' ? written.memory
    : { segment: -1, base: -1, index: -1, shift: 0, displacement: 0, wide: true, addressBits: mode };
  const isPlainName = written.value.base !== ABSOLUTE && address.base < 0 && address.index < 0 && address.segment < 0;
  return { memory: isPlainName && mode === 64 ? { ...address, base: IP } : address, value: written.value };
}

function displacementOf(value: bigint, addressBits: Mode): number | null {
  if (addressBits === 16) return value < -0x8000n || value > 0xffffn ? null : Number(BigInt.asIntN(16, value));
  if (value < -0x80000000n || value > (addressBits === 32 ? 0xffffffffn : 0x7fffffffn)) return null;
  return Number(BigInt.asIntN(32, value));
}

/** False if a branch target is out of reach. */
function writeImmediate(
  out: Collector, references: Reference[], form: Form, kind: OperandKind, operand: Operand, around: Surroundings,
): boolean {
  const offset = out.bytes.length;
  if (operand.kind === 'far') {
    const isNarrow = around.mode === 16;
    writeReference(out, references, operand.value, isNarrow ? 2 : 4, isNarrow ? Relocation.Absolute16 : Relocation.Absolute32);
    put(out, operand.segment.number, 2);
    return true;
  }
  if (operand.kind === 'register') throw new Error('a register is no immediate');
  const { value } = operand;
  if (kind.name.startsWith('rel')) {
    const isShort = kind.bytes === 1;
    if (value.base === HERE) {
      const distance = value.number - BigInt(around.position + offset + kind.bytes);
      if (isShort && (!around.allowShort || distance < -128n || distance > 127n)) return false;
      put(out, distance, kind.bytes);
      return true;
    }
    if (isShort || value.base === ABSOLUTE) return false;
    const relative = kind.bytes === 2 ? Relocation.Relative16 : Relocation.Relative32;
    references.push({ offset, kind: relative, value: { base: value.base, number: value.number - BigInt(kind.bytes) } });
    put(out, 0n, kind.bytes);
    return true;
  }
  if (kind.memory) {
    const bytes = around.mode / 8;
    writeReference(out, references, value, bytes, absoluteOf(bytes));
    return true;
  }
  if (value.base === ABSOLUTE) put(out, immediate(form, kind, value.number, around.mode)!, kind.bytes);
  else {
    const isSigned = kind.signed && around.mode === 64;
    writeReference(out, references, value, kind.bytes, isSigned && kind.bytes === 4 ? Relocation.Absolute32Signed : absoluteOf(kind.bytes));
  }
  return true;
}

function absoluteOf(bytes: number): Relocation {
  return bytes === 8 ? Relocation.Absolute64 : bytes === 2 ? Relocation.Absolute16 : Relocation.Absolute32;
}

function writeReference(out: Collector, references: Reference[], value: Value, bytes: number, kind: Relocation): void {
  if (value.base === ABSOLUTE) put(out, value.number, bytes);
  else {
    references.push({ offset: out.bytes.length, kind, value });
    put(out, 0n, bytes);
  }
}
