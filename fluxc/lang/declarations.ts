/**
 * Headings that declare, and what stands under them.
 *
 * `KEYWORDS` is the mechanism: a heading whose first word is one of its keys declares, and the row's function makes
 * declarations of the section. A new kind of declaration is one row and one function.
 */
import type { Span } from '../base/source.ts';
import type { Section } from '../document/document.ts';
import type { Fence } from '../document/fence.ts';
import { inlineCode } from '../document/text.ts';
import { declareAgent, testOptions } from './agent-section.ts';
import type { AsmBody, Attribute, Block, EnumMember, Expr, Field, Name, TypeNode } from './ast.ts';
import { buildEntries, buildValue, isBuildBlock } from './build-values.ts';
import { readRows, sectionTable, type Column } from './columns.ts';
import { type DeclarationContext, NameTable } from './declaration-context.ts';
import { declareFacts, opcodeUnit } from './opcode-declarations.ts';
import { readInstructionSet } from './opcode-table.ts';
import { parseAttributes, parseConstRow, parseFreeDeclarations, parseSignature } from './parser-declarations.ts';
import { bad, parseExpression } from './parser-expressions.ts';
import { parseBody } from './parser-statements.ts';
import { isMissing, parseType } from './parser-types.ts';
import { readBlock, readHeading } from './read-code.ts';
import { readRegisters, REGISTER_SPACES, type RegisterSpace } from './register-table.ts';
import { declareDispatch } from './syscall-dispatch.ts';
import { readSystemCalls } from './syscall-table.ts';
import type { TokenReader } from './token-reader.ts';
import { isPlainName, Token } from './tokens.ts';

/** Architectures that an asm block may name. */
export const ARCHITECTURES = ['x86_64', 'arm64', 'riscv64'] as const;

interface Keyword {
  /** how the heading is written, for messages */
  form: string;
  declare(context: DeclarationContext, section: Section, form: string): void;
}

const KEYWORDS: ReadonlyMap<string, Keyword> = new Map([
  ['fn', { form: '`fn name(parameter: Type): Type`', declare: declareFunction }],
  ['const', { form: '`const` above a table, or `const name: Type`', declare: declareConstants }],
  ['enum', { form: '`enum Name: u8`', declare: declareEnum }],
  ['struct', { form: '`struct Name`', declare: declareStruct }],
  ['registers', { form: '`registers Name: u32`, or `registers Name in csr: u64`', declare: declareRegisters }],
  ['static', { form: '`static name: Type`', declare: declareStatic }],
  ['agent', { form: '`agent name`', declare: declareAgent }],
  ['syscalls', { form: '`syscalls` above a table', declare: declareSystemCalls }],
  ['opcodes', { form: '`opcodes Name: u32`, or `opcodes Name: u8`', declare: declareOpcodes }],
  ['test', { form: '`test` and what it shows', declare: declareTest }],
]);

export function isDeclarationKeyword(word: string): boolean {
  return KEYWORDS.has(word);
}

/** Turns one section into declarations of the module. */
export function declareSection(context: DeclarationContext, section: Section): void {
  const keyword = section.keyword === null ? undefined : KEYWORDS.get(section.keyword);
  if (keyword) {
    keyword.declare(context, section, keyword.form);
    return;
  }
  context.refuse(section, 'a block ```flux with declarations', isFlux);
  for (const fence of section.fences) {
    if (isFlux(fence)) parseFreeDeclarations(context, fluxReader(context, fence), section.level <= 2);
  }
}

// ---- what several kinds share ----

function isPublic(section: Section): boolean {
  return section.level <= 2;
}

function isFlux(fence: Fence): boolean {
  return fence.language === 'flux';
}

function isAssembly(fence: Fence): boolean {
  return fence.language === 'asm';
}

function fluxReader(context: DeclarationContext, fence: Fence): TokenReader {
  return readBlock(context.source, fence.content, context.diagnostics);
}

/** A reader of the heading, behind its keyword. */
function headingReader(context: DeclarationContext, section: Section, form: string): TokenReader {
  const reader = readHeading(context.source, section.heading!.span, context.diagnostics, form);
  reader.advance();
  return reader;
}

/** Reports that a section lacks its table or block, unless its heading is broken: then it may not want to declare. */
function lacks(
  context: DeclarationContext, section: Section, heading: TokenReader | null, what: string, write = what,
): void {
  if (heading?.panicking) return;
  context.diagnostics.report('FX0120', section.heading!.span, context.title(section), what, write);
}

/** Reports that a function or test has no body, at the block that may have been meant as one. */
function lacksBody(context: DeclarationContext, section: Section, heading: TokenReader | null, write: string): void {
  const [other] = section.fences;
  if (!other) lacks(context, section, heading, 'a body', write);
  else context.diagnostics.report('FX0123', other.head, context.title(section), other.language || 'without a language');
}

/** The name in a cell, or null with what else stands there reported. */
function cellName(context: DeclarationContext, cell: Span): Name | null {
  const reader = context.cell(cell);
  const name = reader.expectWord();
  reader.expectEnd();
  return reader.panicking ? null : name;
}

// ---- fn, test ----

function declareFunction(context: DeclarationContext, section: Section, form: string): void {
  const heading = headingReader(context, section, form);
  const signature = parseSignature(heading);
  heading.expectEnd();
  const wanted = '```flux or ```asm <architecture>';
  context.refuse(section, `a body: a block ${wanted}`, (fence) => isFlux(fence) || isAssembly(fence));
  const fence = context.single(section, 'body', isFlux);
  const assemblyFences = section.fences.filter(isAssembly);
  let body: Block | null = null;
  let attributes: Attribute[] = [];
  if (fence) {
    const reader = fluxReader(context, fence);
    attributes = parseAttributes(reader);
    const block = parseBody(reader);
    // A block of attributes alone says something about the assembly below it.
    const isBody = block.statements.length > 0 || assemblyFences.length === 0;
    if (isBody) body = block;
    if (isBody && assemblyFences.length > 0) {
      context.diagnostics.report('FX0121', assemblyFences[0]!.head, context.title(section), 'body');
    }
  }
  const assembly: AsmBody[] = [];
  for (const block of assemblyFences) readAssembly(context, section, block, assembly, attributes);
  if (!body && assemblyFences.length === 0) {
    lacksBody(context, section, heading, `a block ${wanted}`);
    const { span } = section.heading!;
    body = { statements: [{ kind: 'bad', span }], span };
  }
  if (heading.panicking) return;
  context.add({
    kind: 'fn', ...signature, isPublic: isPublic(section), span: section.heading!.span,
    body: assembly.length > 0 ? null : body, assembly, attributes,
  });
}

/** Reads one asm block; attributes in its first lines count for the function. */
function readAssembly(
  context: DeclarationContext, section: Section, fence: Fence, bodies: AsmBody[], attributes: Attribute[],
): void {
  const { source, diagnostics } = context;
  const [word] = fence.words;
  const arch: Name = word ?? { text: '', span: fence.head };
  if (!ARCHITECTURES.some((known) => known === arch.text)) {
    diagnostics.report('FX0129', arch.span, arch.text, ARCHITECTURES.join(', '));
    return;
  }
  if (bodies.some((body) => body.arch.text === arch.text)) {
    diagnostics.report('FX0121', fence.head, context.title(section), `body for ${arch.text}`);
    return;
  }
  const { text, base } = source;
  const end = fence.content.end - base;
  let start = fence.content.start - base;
  for (let line = source.lineIndex(start); start < end; line++) {
    const next = source.lines()[line + 1] ?? text.length;
    const content = text.slice(start, next).trim();
    if (content !== '' && content.charCodeAt(0) !== 64) break;
    start = Math.min(next, end);
  }
  const head = { start: fence.content.start, end: base + start };
  for (const attribute of parseAttributes(readBlock(source, head, diagnostics))) {
    if (!attributes.some((known) => known.name.text === attribute.name.text)) attributes.push(attribute);
  }
  bodies.push({ arch, text: text.slice(start, end), span: { start: base + start, end: base + end } });
}

function declareTest(context: DeclarationContext, section: Section): void {
  const { span } = section.heading!;
  const code = inlineCode(context.source, span, 'heading');
  const title = code.text.slice(code.from, code.to).trim().slice('test'.length).trim();
  context.refuse(section, 'a block ```flux', isFlux);
  const fence = context.single(section, 'body', isFlux);
  if (!fence) {
    lacksBody(context, section, null, 'a block ```flux');
    return;
  }
  const body = parseBody(fluxReader(context, fence));
  const name = { text: `test.${context.testCount++}`, span };
  const agent = testOptions(context, section);
  context.add({ kind: 'test', name, isPublic: isPublic(section), span, title, body, agent });
}

// ---- const, static ----

const CONST_COLUMNS: readonly Column[] = [
  { name: 'name', isRequired: true },
  { name: 'type', isRequired: false },
  { name: 'value', isRequired: true },
  { name: 'meaning', isRequired: false },
];

function declareConstants(context: DeclarationContext, section: Section, form: string): void {
  const heading = headingReader(context, section, form);
  if (heading.kind !== Token.End) {
    declareConstant(context, section, heading);
    return;
  }
  const shared = { kind: 'const' as const, isPublic: isPublic(section) };
  context.refuse(section, 'a table or a block ```js build', isBuildBlock);
  const table = sectionTable(context, section);
  const build = context.single(section, 'block', isBuildBlock);
  if (!table && !build) lacks(context, section, heading, 'a table', 'a table `| name | value | meaning |`');
  if (table) {
    for (const row of readRows(context, section, table, CONST_COLUMNS)) {
      const name = row.required('name', context);
      const value = row.required('value', context);
      if (!name || !value) continue;
      const type = row.cell('type');
      const constant = parseConstRow(context.cell(name), type && context.cell(type), context.cell(value));
      if (constant) context.add({ ...shared, ...constant, span: row.span });
    }
  }
  for (const { name, value } of build ? buildEntries(context, build) : []) {
    const span = build!.head;
    if (isPlainName(name)) context.add({ ...shared, name: { text: name, span }, type: null, value, span });
    else context.diagnostics.report('FX0153', span, name);
  }
}

/** `const name` or `const name: Type` with its value in a block. */
function declareConstant(context: DeclarationContext, section: Section, heading: TokenReader): void {
  const name = heading.expectName('the name of the constant');
  const type = !heading.panicking && heading.accept(Token.Colon) ? parseType(heading) : null;
  heading.expectEnd();
  const value = blockValue(context, section, type);
  if (!value && !section.fences.some((fence) => isFlux(fence) || isBuildBlock(fence))) {
    lacks(context, section, heading, 'a value', 'a block ```flux with an expression, or a block ```js build');
  }
  if (heading.panicking) return;
  const { span } = section.heading!;
  context.add({ kind: 'const', name, isPublic: isPublic(section), span, type, value: value ?? bad(span) });
}

/** The value in a section's flux or build block: null if there is no such block or its error is reported. */
function blockValue(
  context: DeclarationContext, section: Section, type: TypeNode | null, attributes: Attribute[] | null = null,
): Expr | null {
  const isValue = (fence: Fence) => isFlux(fence) || isBuildBlock(fence);
  context.refuse(section, 'a block ```flux or ```js build with the value', isValue);
  const fence = context.single(section, 'value', isValue);
  if (!fence) return null;
  if (isBuildBlock(fence)) return buildValue(context, fence, type);
  const reader = fluxReader(context, fence);
  if (attributes) attributes.push(...parseAttributes(reader));
  while (reader.kind === Token.NewLine) reader.advance();
  if (reader.peek(0) === Token.End && attributes) return null;
  const value = parseExpression(reader);
  while (reader.peek(0) === Token.NewLine) reader.advance();
  reader.expectEnd();
  return reader.panicking ? bad(fence.head) : value;
}

function declareStatic(context: DeclarationContext, section: Section, form: string): void {
  const heading = headingReader(context, section, form);
  const name = heading.expectName('the name of the object');
  heading.expect(Token.Colon, '`:` and the type');
  const type = parseType(heading);
  heading.expectEnd();
  const attributes: Attribute[] = [];
  const value = blockValue(context, section, type, attributes);
  if (heading.panicking) return;
  context.add({
    kind: 'static', name, isPublic: isPublic(section), span: section.heading!.span, type, value, attributes,
  });
}

// ---- enum, struct, registers ----

const ENUM_COLUMNS: readonly Column[] = [
  { name: 'name', isRequired: true },
  { name: 'value', isRequired: false },
  { name: 'meaning', isRequired: false },
];

const STRUCT_COLUMNS: readonly Column[] = [
  { name: 'field', isRequired: true },
  { name: 'type', isRequired: true },
  { name: 'meaning', isRequired: false },
];

function declareEnum(context: DeclarationContext, section: Section, form: string): void {
  const heading = headingReader(context, section, form);
  const name = heading.expectName('the name of the enum');
  heading.expect(Token.Colon, '`:` and an integer type');
  const base = parseType(heading);
  heading.expectEnd();
  context.refuse(section, 'a table', () => false);
  const table = sectionTable(context, section);
  if (!table) lacks(context, section, heading, 'a table', 'a table `| name | value | meaning |`');
  const members: EnumMember[] = [];
  const names = new NameTable();
  for (const row of table ? readRows(context, section, table, ENUM_COLUMNS) : []) {
    const nameCell = row.required('name', context);
    const member = nameCell && cellName(context, nameCell);
    const valueCell = row.cell('value');
    let value: Expr | null = null;
    if (valueCell) {
      const reader = context.cell(valueCell);
      value = parseExpression(reader);
      reader.expectEnd();
      if (reader.panicking) value = bad(valueCell);
    }
    if (member && names.add(member, context.diagnostics)) members.push({ name: member, value });
  }
  if (heading.panicking || isMissing(base)) return;
  context.add({ kind: 'enum', name, isPublic: isPublic(section), span: section.heading!.span, base, members });
}

function declareStruct(context: DeclarationContext, section: Section, form: string): void {
  const heading = headingReader(context, section, form);
  const name = heading.expectName('the name of the struct');
  heading.expectEnd();
  context.refuse(section, 'a table', () => false);
  const table = sectionTable(context, section);
  if (!table) lacks(context, section, heading, 'a table', 'a table `| field | type | meaning |`');
  const fields: Field[] = [];
  const names = new NameTable();
  for (const row of table ? readRows(context, section, table, STRUCT_COLUMNS) : []) {
    const nameCell = row.required('field', context);
    const typeCell = row.required('type', context);
    const field = nameCell && cellName(context, nameCell);
    if (!typeCell) continue;
    const reader = context.cell(typeCell);
    const type = parseType(reader);
    reader.expectEnd();
    if (field && !reader.panicking && names.add(field, context.diagnostics)) fields.push({ name: field, type });
  }
  if (heading.panicking) return;
  context.add({ kind: 'struct', name, isPublic: isPublic(section), span: section.heading!.span, fields });
}

function declareRegisters(context: DeclarationContext, section: Section, form: string): void {
  const heading = headingReader(context, section, form);
  const name = heading.expectName('the name of the register block');
  let space: RegisterSpace | null = null;
  if (!heading.panicking && heading.accept(Token.In)) {
    const word = heading.expectName('the name of a register space');
    space = REGISTER_SPACES.find((known) => known === word.text) ?? null;
    if (!space && word.text !== '') {
      context.diagnostics.report('FX0140', word.span, word.text, REGISTER_SPACES.join(', '));
    }
  }
  heading.expect(Token.Colon, '`:` and the width of a register');
  const width = parseType(heading);
  heading.expectEnd();
  context.refuse(section, 'a table', () => false);
  const table = sectionTable(context, section);
  if (!table) lacks(context, section, heading, 'a table', 'a table `| offset | name | access | meaning |`');
  const registers = table ? readRegisters(context, section, table, space, width) : [];
  if (heading.panicking) return;
  const { span } = section.heading!;
  context.add({ kind: 'registers', name, isPublic: isPublic(section), span, space, width, registers });
}

// ---- syscalls ----

function declareSystemCalls(context: DeclarationContext, section: Section, form: string): void {
  const heading = headingReader(context, section, form);
  heading.expectEnd();
  context.refuse(section, 'a table', () => false);
  const table = sectionTable(context, section);
  const columns = '| number | name | arguments | result | capability | handle | handler | meaning |';
  if (!table) lacks(context, section, heading, 'a table', `a table \`${columns}\``);
  if (!table || heading.panicking) return;
  if (context.systemCalls.length > 0) {
    context.diagnostics.report('FX0124', section.heading!.span, 'syscalls');
    return;
  }
  const calls = readSystemCalls(context, section, table);
  context.systemCalls.push(...calls);
  declareDispatch(context, calls, section.heading!.span, isPublic(section));
}

// ---- opcodes ----

function declareOpcodes(context: DeclarationContext, section: Section, form: string): void {
  const heading = headingReader(context, section, form);
  const name = heading.expectName('the name of the instruction set');
  heading.expect(Token.Colon, '`:` and what instructions are made of');
  const base = parseType(heading);
  heading.expectEnd();
  context.refuse(section, 'a table', () => false);
  if (heading.panicking || isMissing(base)) return;
  const unit = opcodeUnit(context, name, base);
  const node = unit && readInstructionSet(context, section, name, unit);
  if (!node) return;
  context.instructionSets.push(node);
  declareFacts(context, node.set, isPublic(section));
}
