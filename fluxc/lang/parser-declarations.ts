/**
 * Declarations as code: the signatures that headings and blocks share, attributes, and the free declarations of a
 * `flux` block under a plain heading.
 */
import type { Attribute, ConstRow, Decl, EnumMember, Expr, Field, Name, Param, TypeNode } from './ast.ts';
import { NameTable, type DeclarationContext } from './declaration-context.ts';
import { parseExpression } from './parser-expressions.ts';
import { parseBlock } from './parser-statements.ts';
import { isMissing, parseType } from './parser-types.ts';
import type { TokenReader } from './token-reader.ts';
import { describe, isWord, Token } from './tokens.ts';

export interface Signature {
  name: Name;
  params: Param[];
  result: TypeNode | null;
}

/** `name(a: u32, b: *T): u64`, behind the word `fn`. */
export function parseSignature(reader: TokenReader): Signature {
  const name = reader.expectName('the name of the function');
  const params: Param[] = [];
  const names = new NameTable();
  const opener = reader.index;
  reader.expect(Token.LeftParen);
  while (!reader.panicking && reader.kind !== Token.RightParen) {
    const param = reader.expectName('the name of a parameter');
    reader.expect(Token.Colon, '`:` and the type');
    const type = parseType(reader);
    if (!isMissing(type) && names.add(param, reader.diagnostics)) params.push({ name: param, type });
    if (!reader.accept(Token.Comma)) break;
  }
  reader.expectClose(Token.RightParen, opener);
  const result = !reader.panicking && reader.accept(Token.Colon) ? parseType(reader) : null;
  return { name, params, result };
}

/** `@name` and `@name(argument)`, with the line ends between and behind them. */
export function parseAttributes(reader: TokenReader): Attribute[] {
  const attributes: Attribute[] = [];
  for (;;) {
    while (reader.kind === Token.NewLine) reader.advance();
    if (reader.kind !== Token.At) return attributes;
    reader.advance();
    const name = reader.expectName('the name of the attribute');
    let argument: Expr | null = null;
    const opener = reader.index;
    if (!reader.panicking && reader.accept(Token.LeftParen)) {
      argument = parseExpression(reader);
      reader.expectClose(Token.RightParen, opener);
    }
    if (reader.panicking) reader.recover();
    else attributes.push({ name, argument });
  }
}

/** The declarations of a block under a plain heading. */
export function parseFreeDeclarations(context: DeclarationContext, reader: TokenReader, isPublic: boolean): void {
  for (;;) {
    reader.forgetBraces();
    const attributes = parseAttributes(reader);
    if (reader.kind === Token.End) {
      const [first] = attributes;
      if (first) reader.diagnostics.report('FX0226', first.name.span);
      return;
    }
    const before = reader.index;
    const decl = parseFree(context, reader, isPublic, attributes);
    if (decl) context.add(decl);
    if (!reader.panicking && reader.kind === Token.Semicolon) {
      reader.diagnostics.report('FX0215', reader.span);
      reader.advance();
    } else if (!reader.panicking && !endsDeclaration(reader) && !startsFree(reader)) {
      reader.fail(describe(Token.NewLine));
    }
    if (reader.panicking) recoverToDeclaration(reader, before);
  }
}

function endsDeclaration(reader: TokenReader): boolean {
  return reader.kind === Token.NewLine || reader.kind === Token.End;
}

function startsFree(reader: TokenReader): boolean {
  const { kind } = reader;
  return kind === Token.Fn || kind === Token.Const || kind === Token.Static || kind === Token.Struct ||
    kind === Token.Enum;
}

/** Goes on at the next line that starts with a declaration. */
function recoverToDeclaration(reader: TokenReader, before: number): void {
  reader.recover();
  if (reader.index === before) reader.advance();
  while (reader.kind !== Token.End) {
    const starts = reader.tokens.startsLine(reader.index);
    if (starts && (startsFree(reader) || reader.kind === Token.At)) return;
    reader.advance();
  }
}

function parseFree(
  context: DeclarationContext, reader: TokenReader, isPublic: boolean, attributes: Attribute[],
): Decl | null {
  const { start, kind } = reader;
  const common = () => ({ isPublic, span: reader.from(start) });
  if (!startsFree(reader)) {
    if (reader.kind === Token.RightBrace) reader.diagnostics.report('FX0212', reader.span, '}');
    else if (reader.kind !== Token.Bad) reader.diagnostics.report('FX0222', reader.here(), 'statements');
    reader.panic();
    return null;
  }
  reader.advance();
  switch (kind) {
    case Token.Fn: {
      const signature = parseSignature(reader);
      const { span } = common();
      reader.recoverToBlock();
      const body = parseBlock(reader);
      return { kind: 'fn', ...signature, isPublic, span, body, assembly: [], attributes };
    }
    case Token.Const: case Token.Static: {
      const name = reader.expectName();
      const type = !reader.panicking && reader.accept(Token.Colon) ? parseType(reader) : null;
      const { span } = common();
      let value: Expr | null = null;
      if (!reader.panicking && (kind === Token.Const || reader.kind === Token.Equal)) {
        if (reader.expect(Token.Equal)) value = parseExpression(reader);
      }
      if (kind === Token.Static && !type) reader.fail('`:` and the type');
      if (reader.panicking) return null;
      if (kind === Token.Const) return { kind: 'const', name, isPublic, span, type, value: value! };
      return { kind: 'static', name, isPublic, span, type: type!, value, attributes };
    }
    case Token.Struct: {
      const name = reader.expectName();
      const { span } = common();
      const fields: Field[] = [];
      parseList(context, reader, (field) => {
        reader.expect(Token.Colon, '`:` and the type');
        const type = parseType(reader);
        if (!reader.panicking) fields.push({ name: field, type });
      });
      return { kind: 'struct', name, isPublic, span, fields };
    }
    default: {
      const name = reader.expectName();
      reader.expect(Token.Colon, '`:` and the type');
      const base = parseType(reader);
      const { span } = common();
      const members: EnumMember[] = [];
      parseList(context, reader, (member) => {
        const value = reader.accept(Token.Equal) ? parseExpression(reader) : null;
        if (!reader.panicking) members.push({ name: member, value });
      });
      return isMissing(base) ? null : { kind: 'enum', name, isPublic, span, base, members };
    }
  }
}

/** `{ name …, name … }` with commas or line ends between; `parseRest` reads what follows a name. */
function parseList(context: DeclarationContext, reader: TokenReader, parseRest: (name: Name) => void): void {
  reader.recoverToBlock();
  const opener = reader.index;
  if (!reader.expect(Token.LeftBrace)) return;
  const names = new NameTable();
  for (;;) {
    while (reader.kind === Token.NewLine) reader.advance();
    if (!isWord(reader.kind) || reader.tokens.startsLine(reader.index) && startsFree(reader)) break;
    const name = reader.expectWord();
    if (names.add(name, context.diagnostics)) parseRest(name);
    else reader.panic();
    const end = reader.peek(0);
    const isEnd = end === Token.Comma || end === Token.RightBrace || endsDeclaration(reader);
    if (!reader.panicking && !isEnd) reader.fail('`,` or the end of the line');
    if (reader.panicking) reader.recover(true);
    reader.accept(Token.Comma);
  }
  if (reader.accept(Token.RightBrace)) return;
  if (reader.peek(0) === Token.End || startsFree(reader)) reader.unclosedBrace(opener);
  else reader.fail('a name');
}

/** A row of constants in a table, read from its cells. */
export function parseConstRow(name: TokenReader, type: TokenReader | null, value: TokenReader): ConstRow | null {
  const row: ConstRow = { name: name.expectName(), type: type && parseType(type), value: parseExpression(value) };
  for (const reader of [name, type, value]) reader?.expectEnd();
  return name.panicking || type?.panicking || value.panicking ? null : row;
}
