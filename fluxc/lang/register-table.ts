/**
 * The table of a `registers` block: rows of registers, and below each the rows of its bit fields.
 *
 * A register has an offset, a name (`data`, `data: u8`, `enable[32]`) and an access; a field has an empty offset, a
 * name with a dot (`.busy`) and its bits in the access column (`bit 5`, `bits 0..3`, both ends included).
 */
import type { Span } from '../base/source.ts';
import type { Section } from '../document/document.ts';
import type { Table } from '../document/table.ts';
import type { BitField, Expr, Register, RegisterAccess, TypeNode } from './ast.ts';
import { readRows, type Column, type ColumnRow } from './columns.ts';
import { NameTable, type DeclarationContext } from './declaration-context.ts';
import { integerValue } from './literals.ts';
import { parseExpression } from './parser-expressions.ts';
import { parseType } from './parser-types.ts';
import { Token } from './tokens.ts';

export const REGISTER_SPACES = ['port', 'cr', 'msr', 'system', 'csr'] as const;
export type RegisterSpace = (typeof REGISTER_SPACES)[number];

const COLUMNS: readonly Column[] = [
  { name: 'offset', isRequired: true },
  { name: 'name', isRequired: true },
  { name: 'access', isRequired: true },
  { name: 'meaning', isRequired: false },
];

/** The registers that a table describes, in its order. */
export function readRegisters(
  context: DeclarationContext, section: Section, table: Table, space: RegisterSpace | null, width: TypeNode,
): Register[] {
  const registers: Register[] = [];
  const names = new NameTable();
  let fields = new NameTable();
  let current: Register | null = null;
  let isSkipping = false;
  for (const row of readRows(context, section, table, COLUMNS)) {
    const offset = row.cell('offset');
    const name = row.required('name', context);
    if (!name) continue;
    if (offset) {
      current = readRegister(context, row, offset, name, space);
      isSkipping = current === null;
      fields = new NameTable();
      if (current && names.add(current.name, context.diagnostics)) registers.push(current);
      continue;
    }
    const field = readField(context, row, name);
    if (!field || isSkipping) continue;
    if (!current) context.diagnostics.report('FX0143', name, field.name.text);
    else if (fields.add(field.name, context.diagnostics)) addField(context, current, field, current.type ?? width);
  }
  return registers;
}

function readRegister(
  context: DeclarationContext, row: ColumnRow, offsetCell: Span, nameCell: Span, space: RegisterSpace | null,
): Register | null {
  const offset = readOffset(context, offsetCell, space);
  const reader = context.cell(nameCell);
  const name = reader.expectWord();
  let count: Expr | null = null;
  let type: TypeNode | null = null;
  const opener = reader.index;
  if (!reader.panicking && reader.accept(Token.LeftBracket)) {
    count = parseExpression(reader);
    reader.expectClose(Token.RightBracket, opener);
  }
  if (!reader.panicking && reader.accept(Token.Colon)) type = parseType(reader);
  reader.expectEnd();
  const access = readAccess(context, row);
  if (offset === null || access === null || reader.panicking) return null;
  return { offset, name, type, count, access, fields: [], span: row.span };
}

/** A number below 2^32; in the space `system` also `S3_0_C12_C12_5`. */
function readOffset(context: DeclarationContext, cell: Span, space: RegisterSpace | null): number | null {
  const reader = context.cell(cell);
  const { kind, text } = reader;
  let value: number | null = null;
  if (kind === Token.Int) {
    const halves = integerValue(text);
    if (halves && halves.high === 0) value = halves.low >>> 0;
  } else if (kind === Token.Name && space === 'system') value = systemEncoding(text);
  reader.advance();
  if (value !== null && reader.kind === Token.End) return value;
  const example = space === 'system' ? '`S3_0_C12_C12_5`' : space === 'msr' ? '`0xC000_0080`' : '`0x18`';
  if (kind !== Token.Bad) context.diagnostics.report('FX0141', cell, context.text(cell), example);
  return null;
}

/** `S<op0>_<op1>_C<n>_C<m>_<op2>` packed as op0<<14 | op1<<11 | CRn<<7 | CRm<<3 | op2 (Arm ARM DDI 0487, C5.1.2). */
export function systemEncoding(text: string): number | null {
  const match = /^S([0-3])_([0-7])_C([0-9]{1,2})_C([0-9]{1,2})_([0-7])$/.exec(text.slice(0, 20).toUpperCase());
  if (!match || text.length > 20) return null;
  const [op0, op1, crn, crm, op2] = match.slice(1).map(Number) as [number, number, number, number, number];
  return crn > 15 || crm > 15 ? null : (op0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2;
}

function readAccess(context: DeclarationContext, row: ColumnRow): RegisterAccess | null {
  const cell = row.required('access', context);
  if (!cell) return null;
  const code = context.cell(cell);
  const { kind, text } = code;
  code.advance();
  if (kind === Token.Name && code.kind === Token.End && (text === 'r' || text === 'w' || text === 'rw')) return text;
  if (kind !== Token.Bad) context.diagnostics.report('FX0142', cell, context.text(cell));
  return null;
}

function readField(context: DeclarationContext, row: ColumnRow, nameCell: Span): BitField | null {
  const reader = context.cell(nameCell);
  if (!reader.accept(Token.Dot)) {
    if (reader.kind !== Token.Bad) context.diagnostics.report('FX0146', row.span);
    return null;
  }
  const name = reader.expectWord('the name of the field');
  reader.expectEnd();
  const cell = row.required('access', context);
  if (!cell || reader.panicking) return null;
  const bits = readBits(context, cell);
  return bits && { name, low: bits.low, high: bits.high, span: row.span };
}

/** `bit 5` or `bits 0..3`. */
function readBits(context: DeclarationContext, cell: Span): { low: number; high: number } | null {
  const reader = context.cell(cell);
  const word = reader.kind === Token.Name ? reader.text : '';
  reader.advance();
  const number = (): number => {
    const value = reader.kind === Token.Int ? integerValue(reader.text) : null;
    reader.advance();
    return value && value.high === 0 && value.low >= 0 && value.low < 1000 ? value.low : -1;
  };
  let low = -1;
  let high = -1;
  if (word === 'bit') low = high = number();
  else if (word === 'bits') {
    low = number();
    high = reader.accept(Token.DotDot) ? number() : -1;
  }
  if (low >= 0 && high >= 0 && reader.kind === Token.End) return { low, high };
  context.diagnostics.report('FX0142', cell, context.text(cell));
  return null;
}

function addField(context: DeclarationContext, register: Register, field: BitField, type: TypeNode): void {
  const width = widthOf(type);
  if (field.high < field.low || field.high >= width) {
    context.diagnostics.report('FX0144', field.span, field.low, field.high, width);
    return;
  }
  const other = register.fields.find((known) => known.low <= field.high && field.low <= known.high);
  if (other) context.diagnostics.report('FX0145', field.span, other.name.text, field.name.text);
  register.fields.push(field);
}

/** Bits of an unsigned type; 64 for one that the checker will refuse. */
function widthOf(type: TypeNode): number {
  const name = type.kind === 'named' && !type.module ? type.name.text : '';
  return name === 'u8' ? 8 : name === 'u16' ? 16 : name === 'u32' ? 32 : 64;
}
