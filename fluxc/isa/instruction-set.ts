/**
 * An instruction set as data: what the tables of an `opcodes` heading say, read once and used by everything that deals
 * with its instructions (expansion of `execute`, assembler, disassembler, verifier, reference pages, comparisons).
 *
 * There are two kinds. In a *word set* (`unit` 4) every instruction is one 32-bit word, and each operand a field of it.
 * In a *byte set* (`unit` 1) an instruction is a code of one or more bytes with its operands behind it.
 */
import type { Span } from '../base/source.ts';

export type OperandKind = 'register' | 'integer' | 'relative' | 'address' | 'float' | 'bytes';

/** What control does behind an instruction. The order is that of the numbers in the FACTS constant. */
export const FLOWS = ['next', 'jump', 'branch', 'call', 'return', 'stop', 'indirect'] as const;
export type Flow = (typeof FLOWS)[number];

export interface Operand {
  name: string;
  kind: OperandKind;
  /** integers and `relative` */
  signed: boolean;
  /** its field in the word, both ends included; null in byte sets */
  bits: { low: number; high: number } | null;
  /** width of its value in bits, 64 at most; 0 for `bytes` */
  width: number;
  /** bytes that it takes behind the code in a byte set (2 for the length of `bytes`); 0 in word sets */
  bytes: number;
  /** the value must be below; null: as much as the width holds */
  limit: number | null;
  /** order of its bytes; in word sets that of the word */
  bigEndian: boolean;
  /** of a register: the name of the array that it stands in */
  file: string | null;
  meaning: string;
  span: Span;
}

/** How many values an instruction takes from the stack and puts there; null: the table does not say. */
export interface StackEffect {
  takes: number | null;
  gives: number | null;
  /** as the table has it */
  text: string;
}

export interface Row {
  /** one number in a word set, the bytes of the code in a byte set */
  code: number[];
  mnemonic: string;
  /** in the order of the assembly text; in byte sets also that of the bytes */
  operands: Operand[];
  /** in bytes; the least for instructions with `bytes` */
  length: number;
  /** null: the table has no such column or the cell is empty */
  stack: StackEffect | null;
  flow: Flow;
  /** a constant of `kernel.interface` */
  capability: string | null;
  /** null in sets that are only described */
  semantics: { text: string; span: Span } | null;
  meaning: string;
  /** the row in the document */
  span: Span;
  codeSpan: Span;
  mnemonicSpan: Span;
}

/**
 * Instructions that often follow each other, two to `MOST_FUSED`, done by one arm of `execute`. Its code is no instruction: a
 * loader puts it into the first of so many verified ones.
 */
export interface FusedSequence {
  rows: Row[];
  code: number;
}

export const MOST_FUSED = 4;

export interface InstructionSet {
  name: string;
  /** full name of the module whose document declares it */
  module: string;
  /** bytes of which instructions are made: 4 or 1. Targets of word sets count words */
  unit: 4 | 1;
  bigEndian: boolean;
  /** of a word set: the bits of the code, both ends included */
  opcode: { low: number; high: number };
  operands: Map<string, Operand>;
  /** in the order of the document, those of the set that it extends first */
  rows: Row[];
  byMnemonic: Map<string, Row>;
  /** by `codeKey` */
  byCode: Map<number, Row>;
  /** sequences of a word set that are executed as one */
  fused: FusedSequence[];
  /** the heading */
  span: Span;
}

/** A code as one number, its first byte most significant: the value of the enum's member. */
export function codeKey(code: readonly number[]): number {
  return code.reduce((key, byte) => key * 256 + byte, 0);
}

/** Bytes of the longest code: 1 in word sets. */
export function codeLength(set: InstructionSet): number {
  return set.rows.reduce((longest, row) => Math.max(longest, row.code.length), 1);
}

/** Do all rows say what they mean? Only then can the set be executed. */
export function isExecutable(set: InstructionSet): boolean {
  return set.rows.length > 0 && set.rows.every((row) => row.semantics !== null);
}

/** `Flux64` → `FLUX64_FACTS`, or with another word for what the constant holds. */
export function factsName(set: string, what = 'FACTS'): string {
  return `${set.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()}_${what}`;
}
