/**
 * What an operand kind is, and how its bits are read from an instruction word.
 *
 * `encode` takes items from the reader and returns the word with the operand's bits added; `decode` returns the
 * operand's text (empty: left out), or null if the word's bits are not what this form prints (then another form does).
 */
import type { OperandReader } from './operand-reader.ts';

export interface Operand {
  mask: number;
  encode(reader: OperandReader, word: number): number;
  decode(word: number, address: number): string | null;
}

export function field(word: number, position: number, bits: number): number {
  return (word >>> position) & ((1 << bits) - 1);
}

export function signedField(word: number, position: number, bits: number): number {
  return (word << (32 - position - bits)) >> (32 - bits);
}

export function fieldMask(position: number, bits: number): number {
  return ((1 << bits) - 1) << position;
}

export function hex(value: number): string {
  return `#0x${value.toString(16)}`;
}

/** A constant of two words. */
export function hexWords(low: number, high: number): string {
  const lowText = (low >>> 0).toString(16);
  return high === 0 ? `#0x${lowText}` : `#0x${(high >>> 0).toString(16)}${lowText.padStart(8, '0')}`;
}
