/**
 * Instructions as bytes: `encode` and `decode` for every instruction set, from its rows alone.
 *
 * Operands are numbers as their fields hold them: register numbers, integers with their sign, distances of `relative`
 * operands in units of the set from the next instruction, bit patterns of floats. `decode` takes only what `encode` gives:
 * a word with bits set that no operand has is no instruction.
 */
import { codeKey, codeLength, type InstructionSet, type Operand, type Row } from './instruction-set.ts';

/** A `bytes` operand is an array, everything else a number. */
export type OperandValue = bigint | Uint8Array;

export interface Instruction {
  row: Row;
  /** in the order of `row.operands` */
  values: OperandValue[];
  /** in bytes */
  length: number;
}

/** The length of a `bytes` operand stands in two bytes before it. */
const LENGTH_BYTES = 2;
export const MOST_BYTES = 0xffff;

/** The values that an operand may have, both ends included. Bit patterns of floats are unsigned. */
export function rangeOf(operand: Operand): { least: bigint; most: bigint } {
  const width = BigInt(operand.width);
  const isSigned = operand.kind === 'relative' || (operand.kind === 'integer' && operand.signed);
  const least = isSigned ? -(1n << (width - 1n)) : 0n;
  const most = isSigned ? (1n << (width - 1n)) - 1n : (1n << width) - 1n;
  const below = operand.limit === null ? null : BigInt(operand.limit) - 1n;
  return { least, most: below !== null && below < most ? below : most };
}

export function fits(operand: Operand, value: OperandValue): boolean {
  if (typeof value !== 'bigint') return operand.kind === 'bytes' && value.length <= MOST_BYTES;
  const { least, most } = rangeOf(operand);
  return operand.kind !== 'bytes' && value >= least && value <= most;
}

/** Bytes of the instruction with these values. */
export function lengthOf(row: Row, values: readonly OperandValue[]): number {
  return values.reduce((sum, value) => (typeof value === 'bigint' ? sum : sum + value.length), row.length);
}

/** The bytes of an instruction whose values fit. */
export function encode(set: InstructionSet, row: Row, values: readonly OperandValue[]): Uint8Array {
  if (set.unit === 4) {
    let word = BigInt(row.code[0]!) << BigInt(set.opcode.low);
    row.operands.forEach((operand, index) => {
      const { low, high } = operand.bits!;
      word |= BigInt.asUintN(high - low + 1, values[index] as bigint) << BigInt(low);
    });
    return bytesOf(word, 4, set.bigEndian);
  }
  const out = new Uint8Array(lengthOf(row, values));
  out.set(row.code);
  let at = row.code.length;
  row.operands.forEach((operand, index) => {
    const value = values[index]!;
    const bytes = typeof value === 'bigint' ? bytesOf(value, operand.bytes, operand.bigEndian)
      : Uint8Array.from([...bytesOf(BigInt(value.length), LENGTH_BYTES, operand.bigEndian), ...value]);
    out.set(bytes, at);
    at += bytes.length;
  });
  return out;
}

/** The instruction at `at`; null if there is none that is whole and legal. */
export function decode(set: InstructionSet, code: Uint8Array, at: number): Instruction | null {
  return set.unit === 4 ? decodeWord(set, code, at) : decodeBytes(set, code, at);
}

function decodeWord(set: InstructionSet, code: Uint8Array, at: number): Instruction | null {
  if (at + 4 > code.length) return null;
  const word = numberAt(code, at, 4, set.bigEndian);
  const { low, high } = set.opcode;
  const row = set.byCode.get(Number(BigInt.asUintN(high - low + 1, word >> BigInt(low))));
  if (!row) return null;
  const values = row.operands.map((operand) => {
    const bits = operand.bits!;
    const width = bits.high - bits.low + 1;
    const field = BigInt.asUintN(width, word >> BigInt(bits.low));
    return isSigned(operand) ? BigInt.asIntN(width, field) : field;
  });
  if (!row.operands.every((operand, index) => fits(operand, values[index]!))) return null;
  const again = encode(set, row, values);
  if (!again.every((byte, index) => byte === code[at + index])) return null;
  return { row, values, length: 4 };
}

function decodeBytes(set: InstructionSet, code: Uint8Array, at: number): Instruction | null {
  let row: Row | undefined;
  for (let length = codeLength(set); length > 0 && !row; length--) {
    if (at + length > code.length) continue;
    const found = set.byCode.get(codeKey([...code.subarray(at, at + length)]));
    if (found?.code.length === length) row = found;
  }
  if (!row) return null;
  let end = at + row.code.length;
  const values: OperandValue[] = [];
  for (const operand of row.operands) {
    if (end + operand.bytes > code.length) return null;
    const number = numberAt(code, end, operand.bytes, operand.bigEndian);
    end += operand.bytes;
    if (operand.kind === 'bytes') {
      if (end + Number(number) > code.length) return null;
      values.push(code.slice(end, end + Number(number)));
      end += Number(number);
      continue;
    }
    const value = isSigned(operand) ? BigInt.asIntN(operand.bytes * 8, number) : number;
    if (!fits(operand, value)) return null;
    values.push(value);
  }
  return { row, values, length: end - at };
}

function isSigned(operand: Operand): boolean {
  return operand.kind === 'relative' || (operand.kind === 'integer' && operand.signed);
}

/** Where a `relative` or `address` operand leads, as an offset in the code; it may lie outside of it. */
export function targetOf(set: InstructionSet, operand: Operand, value: bigint, next: number): number {
  return operand.kind === 'relative' ? next + Number(value) * set.unit : Number(value) * set.unit;
}

/** The value of an operand that leads to `target`; null if it cannot stand for that offset. */
export function valueOfTarget(set: InstructionSet, operand: Operand, target: bigint, next: number): bigint | null {
  const distance = operand.kind === 'relative' ? target - BigInt(next) : target;
  const unit = BigInt(set.unit);
  return distance % unit === 0n ? distance / unit : null;
}

export function bytesOf(value: bigint, count: number, bigEndian: boolean): Uint8Array {
  const out = new Uint8Array(count);
  for (let i = 0; i < count; i++) out[bigEndian ? count - 1 - i : i] = Number(BigInt.asUintN(8, value >> BigInt(8 * i)));
  return out;
}

export function numberAt(code: Uint8Array, at: number, count: number, bigEndian: boolean): bigint {
  let value = 0n;
  for (let i = 0; i < count; i++) value = (value << 8n) | BigInt(code[bigEndian ? at + i : at + count - 1 - i]!);
  return value;
}
