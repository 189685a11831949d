/**
 * The table of a `syscalls` heading: each row a system call, with what it takes and gives, what the caller must be
 * allowed, and who does it.
 *
 * In: the table. Out: its rows, every cell checked as far as its own text goes; what the names in them stand for, the
 * checker finds out from the code that `syscall-dispatch.ts` makes of the rows.
 */
import type { Span } from '../base/source.ts';
import type { Section } from '../document/document.ts';
import type { Table } from '../document/table.ts';
import type { Name, SystemCall, SystemCallArgument, SystemCallHandle, TypeNode } from './ast.ts';
import { readRows, type Column, type ColumnRow } from './columns.ts';
import { NameTable, type DeclarationContext } from './declaration-context.ts';
import { integerValue } from './literals.ts';
import { isMissing, parseType } from './parser-types.ts';
import type { TokenReader } from './token-reader.ts';
import { Token, wordKind } from './tokens.ts';

const COLUMNS: readonly Column[] = [
  { name: 'number', isRequired: true },
  { name: 'name', isRequired: true },
  { name: 'arguments', isRequired: true },
  { name: 'result', isRequired: true },
  { name: 'capability', isRequired: true },
  { name: 'handle', isRequired: true },
  { name: 'handler', isRequired: true },
  { name: 'meaning', isRequired: false },
];

/** Types of one register, for arguments and results. */
const REGISTER_TYPES: readonly string[] = ['u64', 'i64', 'addr', 'agent', 'capability', 'bytecode', 'region'];
const LARGEST_NUMBER = 0xffff;
const REGISTERS = 6;

/** The system calls that a table lists, in its order. */
export function readSystemCalls(context: DeclarationContext, section: Section, table: Table): SystemCall[] {
  const calls: SystemCall[] = [];
  const names = new NameTable();
  for (const row of readRows(context, section, table, COLUMNS)) {
    const call = readSystemCall(context, row);
    if (!call) continue;
    const same = calls.find((other) => other.number === call.number);
    if (same) {
      const diagnostic = context.diagnostics.report('FX0161', call.numberSpan, call.number);
      diagnostic.notes.push({ span: same.numberSpan, text: 'the first one' });
    }
    if (names.add(call.name, context.diagnostics) && !same) calls.push(call);
  }
  return calls;
}

/** One row; null if any of its cells is wrong. Looks at all of them. */
function readSystemCall(context: DeclarationContext, row: ColumnRow): SystemCall | null {
  const numberCell = row.required('number', context);
  const number = numberCell && readNumber(context, numberCell);
  const name = readName(context, row.required('name', context));
  const args = readArguments(context, row.cell('arguments'));
  const result = readResult(context, row.cell('result'));
  const capability = readCapability(context, row.required('capability', context));
  const handles = args && readHandles(context, row.cell('handle'), args);
  const handler = readHandler(context, row.required('handler', context));
  if (number === null || !name || !args || !result || !capability || !handles || !handler) return null;
  const meaning = row.cell('meaning');
  return {
    number, numberSpan: numberCell!, name, arguments: args, result: result.type, capability: capability.name, handles,
    handler: handler.names, meaning: meaning ? context.text(meaning) : '', span: row.span,
  };
}

function readNumber(context: DeclarationContext, cell: Span): number | null {
  const reader = context.cell(cell);
  const value = reader.kind === Token.Int ? integerValue(reader.text) : null;
  reader.advance();
  const isNumber = value && value.high === 0 && value.low >= 0 && value.low <= LARGEST_NUMBER;
  if (isNumber && reader.kind === Token.End) return value.low;
  context.diagnostics.report('FX0160', cell, context.text(cell), LARGEST_NUMBER);
  return null;
}

/** A name in capitals: in small letters it is what agents call. */
function readName(context: DeclarationContext, cell: Span | null): Name | null {
  if (!cell) return null;
  const reader = context.cell(cell);
  const { kind, text, span } = reader;
  reader.advance();
  const isName = kind === Token.Name && /^[A-Z][A-Z0-9_]*$/.test(text) && wordKind(text.toLowerCase()) === Token.Name;
  if (isName && reader.kind === Token.End) return { text, span };
  context.diagnostics.report('FX0162', cell, context.text(cell));
  return null;
}

/** `text: []u8, timeout: u64`. */
function readArguments(context: DeclarationContext, cell: Span | null): SystemCallArgument[] | null {
  if (!cell) return [];
  const reader = context.cell(cell);
  const names = new NameTable();
  const args: SystemCallArgument[] = [];
  let register = 0;
  let isWrong = false;
  do {
    const name = reader.expectName('the name of an argument');
    reader.expect(Token.Colon, '`:` and the type');
    const type = parseType(reader);
    if (reader.panicking || isMissing(type)) return null;
    const known = registerType(type);
    if (!known) context.diagnostics.report('FX0163', type.span, 'an argument', argumentTypes());
    if (!names.add(name, context.diagnostics) || !known) isWrong = true;
    args.push({ name, type: known ?? '', register });
    register += known === '[]u8' ? 2 : 1;
  } while (reader.accept(Token.Comma));
  reader.expectEnd();
  if (register > REGISTERS) context.diagnostics.report('FX0164', cell, register, REGISTERS);
  return isWrong || reader.panicking || register > REGISTERS ? null : args;
}

function argumentTypes(): string {
  return `${REGISTER_TYPES.map((type) => `\`${type}\``).join(', ')} and \`[]u8\``;
}

/** The name of a type that travels in one or two registers; null for all others. */
function registerType(type: TypeNode): string | null {
  if (type.kind === 'slice') return registerName(type.of) === 'u8' ? '[]u8' : null;
  const name = registerName(type);
  return REGISTER_TYPES.includes(name) ? name : null;
}

function registerName(type: TypeNode): string {
  return type.kind === 'named' && !type.module ? type.name.text : '';
}

/** A type, nothing for an answer without value, `never` for a call that does not return. */
function readResult(context: DeclarationContext, cell: Span | null): { type: string } | null {
  if (!cell) return { type: '' };
  const reader = context.cell(cell);
  const type = parseType(reader);
  reader.expectEnd();
  if (reader.panicking) return null;
  const name = registerName(type);
  if (name === 'never' || REGISTER_TYPES.includes(name)) return { type: name };
  const types = `${REGISTER_TYPES.map((known) => `\`${known}\``).join(', ')} and \`never\``;
  context.diagnostics.report('FX0163', cell, 'a result', types);
  return null;
}

/** The name of a constant of `kernel.interface`, or `-`. */
function readCapability(context: DeclarationContext, cell: Span | null): { name: Name | null } | null {
  if (!cell) return null;
  const reader = context.cell(cell);
  const { kind, text, span } = reader;
  reader.advance();
  if (reader.kind === Token.End && kind === Token.Minus) return { name: null };
  if (reader.kind === Token.End && kind === Token.Name) return { name: { text, span } };
  context.diagnostics.report('FX0168', cell, context.text(cell));
  return null;
}

/** `module.function`, the name of a function of the document, or `-`. */
function readHandler(context: DeclarationContext, cell: Span | null): { names: Name[] } | null {
  if (!cell) return null;
  const reader = context.cell(cell);
  if (reader.kind === Token.Minus && reader.peek(1) === Token.End) return { names: [] };
  const names: Name[] = [];
  do {
    const name = { text: reader.text, span: reader.span };
    if (!reader.accept(Token.Name)) break;
    names.push(name);
  } while (names.length < 2 && reader.accept(Token.Dot));
  if (names.length > 0 && reader.kind === Token.End) return { names };
  context.diagnostics.report('FX0169', cell, context.text(cell));
  return null;
}

/** `to: process MAY_SEND|MAY_PASS; from: region|device or 0`. */
function readHandles(
  context: DeclarationContext, cell: Span | null, args: readonly SystemCallArgument[],
): SystemCallHandle[] | null {
  if (!cell) return [];
  const reader = context.cell(cell);
  const handles: SystemCallHandle[] = [];
  const names = new NameTable();
  let isWrong = false;
  do {
    const handle = readHandle(reader);
    if (!handle) {
      if (reader.kind !== Token.Bad) context.diagnostics.report('FX0167', reader.here(), context.text(cell));
      return null;
    }
    const { name } = handle;
    const argument = args.find((candidate) => candidate.name.text === name.text);
    if (!names.add(name, context.diagnostics)) isWrong = true;
    else if (!argument) context.diagnostics.report('FX0165', name.span, name.text, argumentNames(args));
    else if (argument.type === '[]u8') context.diagnostics.report('FX0166', name.span, name.text);
    if (argument && argument.type !== '[]u8') handles.push({ ...handle, register: argument.register });
    else isWrong = true;
  } while (reader.accept(Token.Semicolon));
  if (reader.kind === Token.End) return isWrong ? null : handles;
  context.diagnostics.report('FX0167', reader.here(), context.text(cell));
  return null;
}

function argumentNames(args: readonly SystemCallArgument[]): string {
  return args.length === 0 ? 'the call has none' : `its arguments are ${args.map(({ name }) => `\`${name.text}\``).join(', ')}`;
}

function readHandle(reader: TokenReader): Omit<SystemCallHandle, 'register'> | null {
  const name = { text: reader.text, span: reader.span };
  if (!reader.accept(Token.Name) || !reader.accept(Token.Colon)) return null;
  const objects = readAlternatives(reader);
  if (objects.length === 0 || (objects.length > 1 && objects.some(({ text }) => text === 'any'))) return null;
  const rights = reader.kind === Token.Name ? readAlternatives(reader) : [];
  let isOptional = false;
  if (reader.accept(Token.Or)) {
    if (reader.kind !== Token.Int || reader.text !== '0') return null;
    reader.advance();
    isOptional = true;
  }
  return { name, objects, rights, isOptional };
}

/** `region|device`: the names between bars; none if something else stands there. */
function readAlternatives(reader: TokenReader): Name[] {
  const names: Name[] = [];
  do {
    const name = { text: reader.text, span: reader.span };
    if (!reader.accept(Token.Name)) return [];
    names.push(name);
  } while (reader.accept(Token.Bar));
  return names;
}
