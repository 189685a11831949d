/**
 * What the authority knows: the sets, the names that mean the same, and the instructions that do. All of it is written in
 * the tables of `vm/authority.flux.md`; here is its shape and what is asked of it everywhere.
 */
import type { InstructionSet, Operand, Row } from '../instruction-set.ts';

/** A set with what the authority says of it. */
export interface KnownSet {
  name: string;
  /** path of its document, and the heading in it */
  document: string;
  heading: string;
  /** null: nobody says */
  version: string | null;
  /** are operands known, or numbers alone? */
  knowsOperands: boolean;
  /** the file that its registers are numbers of; null without registers */
  registers: string | null;
  /** registers without a role, in order */
  general: number[];
  /** does the reference have it, or is it ours? */
  isOurs: boolean;
  set: InstructionSet;
}

/** An instruction as a row of the equivalences has it: what its operands are, in their order. */
export interface Form {
  mnemonic: string;
  /** a letter, or what the operand must be */
  operands: (string | bigint)[];
}

/** A meaning, and the instruction of each set that has it. */
export interface Equivalence {
  meaning: string;
  forms: Map<string, Form>;
  /** what is not quite the same; empty if all is */
  differs: string;
}

export interface Authority {
  sets: KnownSet[];
  /** of each name in capitals that has others: the first of them */
  aliases: Map<string, string>;
  /** why names are aliases, by the first of them */
  reasons: Map<string, string>;
  equivalences: Equivalence[];
}

/** The letter of operands that say where a jump leads. */
export const TARGET = 't';

/** A name as it is compared: in capitals, and with `aliases` as the first of those that mean the same. */
export function nameOf(mnemonic: string, aliases: ReadonlyMap<string, string> | null): string {
  const name = mnemonic.toUpperCase();
  return aliases?.get(name) ?? name;
}

/** What kinds of operands an instruction has, whatever they are called and wherever they stand. */
export function shapeOf(row: Row): string {
  return row.operands.map(kindText).join(', ');
}

export function kindText({ kind, width, signed, file }: Operand): string {
  switch (kind) {
    case 'register': return `register of ${file}`;
    case 'integer': return `${signed ? 'i' : 'u'}${width}`;
    case 'relative': return `relative i${width}`;
    case 'address': return `address u${width}`;
    case 'float': return `f${width}`;
    case 'bytes': return 'bytes';
  }
}

/** `iadd rd, ra, rb` */
export function rowText(row: Row): string {
  return row.operands.length === 0 ? row.mnemonic : `${row.mnemonic} ${row.operands.map(({ name }) => name).join(', ')}`;
}

/** `0x10`, `0xFF01` */
export function codeText(row: Row): string {
  return `0x${row.code.map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('')}`;
}
