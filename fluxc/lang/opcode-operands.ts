/**
 * The operand table of an `opcodes` heading: each row an operand that instructions may have, with its kind and, in a word
 * set, the bits where it stands.
 */
import type { Span } from '../base/source.ts';
import type { Section } from '../document/document.ts';
import type { Table } from '../document/table.ts';
import type { InstructionSet, Operand, OperandKind } from '../isa/instruction-set.ts';
import { readRows, type Column, type ColumnRow } from './columns.ts';
import type { DeclarationContext } from './declaration-context.ts';
import { integerValue } from './literals.ts';
import type { TokenReader } from './token-reader.ts';
import { Token } from './tokens.ts';

const COLUMNS: readonly Column[] = [
  { name: 'operand', isRequired: true },
  { name: 'bits', isRequired: false },
  { name: 'kind', isRequired: true },
  { name: 'meaning', isRequired: false },
];

const WORD_KINDS = 'kinds are `register r < 64`, `i16` and `u8 < 16` of any width, `relative i24` and `address u24`';
const BYTE_KINDS = 'kinds are `register r < 64`, `i8` to `i64`, `u8` to `u64`, `u16 big`, `u8 < 16`, `relative i16`, ' +
  '`address u32`, `f32`, `f64` and `bytes`';

/** What a cell `kind` says. */
interface Kind {
  kind: OperandKind;
  signed: boolean;
  /** 0: as many bits as the field has */
  width: number;
  limit: number | null;
  bigEndian: boolean;
  file: string | null;
}

/** Adds the operands of a table to those of the set, and the names of those that are wrong to `broken`. */
export function readOperands(
  context: DeclarationContext, section: Section, table: Table, set: InstructionSet, broken: Set<string>,
): void {
  const rows = readRows(context, section, table, COLUMNS);
  for (const row of rows) {
    const operand = readOperand(context, row, set);
    if (!operand) {
      const name = row.cell('operand');
      if (name) broken.add(context.text(name).replaceAll('`', ''));
      continue;
    }
    const known = set.operands.get(operand.name);
    if (known) {
      const diagnostic = context.diagnostics.report('FX0124', operand.span, operand.name);
      diagnostic.notes.push({ span: known.span, text: 'the first one' });
    } else set.operands.set(operand.name, operand);
  }
  for (const { file } of set.operands.values()) {
    const same = file === null ? undefined : set.operands.get(file);
    if (same) context.diagnostics.report('FX1016', same.span, same.name);
  }
}

function readOperand(context: DeclarationContext, row: ColumnRow, set: InstructionSet): Operand | null {
  const nameCell = row.required('operand', context);
  const kindCell = row.required('kind', context);
  if (!nameCell || !kindCell) return null;
  const reader = context.cell(nameCell);
  const name = reader.expectName('the name of the operand');
  reader.expectEnd();
  const kind = readKind(context, kindCell, set);
  if (reader.panicking || !kind) return null;
  const isWord = set.unit === 4;
  const bitsCell = row.cell('bits');
  if (isWord !== (bitsCell !== null)) {
    const hint = isWord ? 'write where it stands in the word: `8..15`' : 'they stand behind the code, in the order of the row';
    context.diagnostics.report('FX1017', bitsCell ?? row.span, isWord ? 'words' : 'bytes', isWord ? 'a' : 'no', hint);
    return null;
  }
  const bits = bitsCell ? readBits(context, bitsCell, set) : null;
  if (bitsCell && !bits) return null;
  const fieldWidth = bits ? bits.high - bits.low + 1 : 8;
  const width = kind.width > 0 || kind.kind === 'bytes' ? kind.width : fieldWidth;
  if (!fits(context, kindCell, name.text, kind, width, bits)) return null;
  const bytes = isWord ? 0 : kind.kind === 'bytes' ? 2 : width / 8;
  const meaningCell = row.cell('meaning');
  return {
    name: name.text, kind: kind.kind, signed: kind.signed, bits, width, bytes, limit: kind.limit,
    bigEndian: isWord ? set.bigEndian : kind.bigEndian, file: kind.file,
    meaning: meaningCell ? context.text(meaningCell) : '', span: name.span,
  };
}

/** Do kind, width, field and limit go together? */
function fits(
  context: DeclarationContext, cell: Span, name: string, kind: Kind, width: number, bits: Operand['bits'],
): boolean {
  const fieldWidth = bits ? bits.high - bits.low + 1 : 8 * Math.ceil(width / 8);
  if (kind.kind !== 'bytes' && (width !== fieldWidth || (kind.kind === 'register' && width > 8))) {
    const needed = kind.kind === 'register' ? '8 at most' : kind.width;
    context.diagnostics.report('FX1012', cell, name, bits ? fieldWidth : width, context.text(cell).replaceAll('`', ''), needed, 8);
    return false;
  }
  if (kind.limit !== null && (kind.limit < 1 || kind.limit > 2 ** (width - (kind.signed ? 1 : 0)))) {
    context.diagnostics.report('FX1013', cell, kind.limit, width, 2 ** Math.min(width, 53));
    return false;
  }
  if (kind.kind === 'relative' && bits && !(bits.high === 31 && [8, 16, 24].includes(bits.low))) {
    context.diagnostics.report('FX1014', cell, name, `${bits.low}..${bits.high}`);
    return false;
  }
  return true;
}

/** `8..15` */
export function readBitRange(reader: TokenReader): { low: number; high: number } | null {
  const number = (): number => {
    const value = reader.kind === Token.Int ? integerValue(reader.text) : null;
    reader.advance();
    return value && value.high === 0 && value.low >= 0 && value.low < 32 ? value.low : -1;
  };
  const low = number();
  const high = reader.accept(Token.DotDot) ? number() : low;
  return low >= 0 && high >= low && reader.kind === Token.End ? { low, high } : null;
}

function readBits(context: DeclarationContext, cell: Span, set: InstructionSet): { low: number; high: number } | null {
  const bits = readBitRange(context.cell(cell));
  const { low, high } = set.opcode;
  if (bits && (bits.high < low || bits.low > high)) return bits;
  context.diagnostics.report('FX1011', cell, context.text(cell).replaceAll('`', ''), `${low}..${high}`);
  return null;
}

function readKind(context: DeclarationContext, cell: Span, set: InstructionSet): Kind | null {
  const reader = context.cell(cell);
  const kind: Kind = { kind: 'integer', signed: false, width: 0, limit: null, bigEndian: false, file: null };
  const isWord = set.unit === 4;
  let isKind = reader.kind === Token.Name;
  const word = reader.text;
  if (isKind) reader.advance();
  if (word === 'register') {
    kind.kind = 'register';
    kind.file = reader.text;
    isKind &&= reader.accept(Token.Name);
  } else if (word === 'relative' || word === 'address') {
    kind.kind = word;
    isKind &&= reader.kind === Token.Name && readInteger(reader.text, kind) && kind.signed === (word === 'relative');
    reader.advance();
  } else if (word === 'f32' || word === 'f64') {
    kind.kind = 'float';
    kind.width = word === 'f32' ? 32 : 64;
    isKind &&= !isWord;
  } else if (word === 'bytes') {
    kind.kind = 'bytes';
    isKind &&= !isWord;
  } else isKind &&= readInteger(word, kind);
  if (isKind && !isWord && kind.width > 8 && reader.kind === Token.Name && reader.text === 'big') {
    kind.bigEndian = true;
    reader.advance();
  }
  const takesLimit = kind.kind === 'register' || (kind.kind === 'integer' && !kind.signed);
  if (isKind && takesLimit && reader.accept(Token.Less)) {
    const value = reader.kind === Token.Int ? integerValue(reader.text) : null;
    isKind &&= value !== null && value.high === 0 && value.low >= 0;
    kind.limit = value?.low ?? null;
    reader.advance();
  }
  if (isKind && reader.kind === Token.End && (isWord || kind.width % 8 === 0)) return kind;
  if (reader.kind !== Token.Bad) {
    context.diagnostics.report('FX1010', cell, context.text(cell).replaceAll('`', ''), isWord ? WORD_KINDS : BYTE_KINDS);
  }
  return null;
}

/** `i24`, `u8`. */
function readInteger(text: string, to: Kind): boolean {
  const match = /^([iu])([1-9][0-9]?)$/.exec(text);
  if (!match) return false;
  to.signed = match[1] === 'i';
  to.width = Number(match[2]);
  return to.width <= 64;
}
