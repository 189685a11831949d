/**
 * Statements and blocks.
 *
 * A statement ends with its line or with the `}` of its block. An error in one is reported and the next one is read as
 * if nothing had happened; a broken statement stays in the tree as `bad`.
 */
import type { AssignOp, Block, Condition, Expr, Stmt, TypeNode } from './ast.ts';
import { bad, parseExpression, parseLeave, parseMatch } from './parser-expressions.ts';
import { parseType } from './parser-types.ts';
import { startsStatement, type TokenReader } from './token-reader.ts';
import { SPELLINGS, Token } from './tokens.ts';

/** The statements of a whole block of the document: the body of a function whose heading declares it. */
export function parseBody(reader: TokenReader): Block {
  const { start } = reader;
  const statements = parseStatements(reader, true);
  return { statements, span: reader.from(start) };
}

/** `{ … }` */
export function parseBlock(reader: TokenReader): Block {
  const { start } = reader;
  const opener = reader.index;
  if (!reader.enter() || !reader.accept(Token.LeftBrace)) {
    reader.missingBlock();
    reader.leave();
    return { statements: [], span: reader.from(start) };
  }
  const statements = parseStatements(reader, false);
  if (reader.kind === Token.RightBrace) {
    const { tokens, index } = reader;
    const isFurtherLeft = tokens.startsLine(index) && tokens.indentation(index) < tokens.indentation(opener);
    if (isFurtherLeft && reader.suspect < 0) reader.suspect = opener;
    reader.advance();
  } else reader.unclosedBrace(opener);
  reader.leave();
  reader.raise(reader.height);
  return { statements, span: reader.from(start) };
}

/** Statements up to the `}` that ends their block, or with `isBody` up to the end of the code. */
function parseStatements(reader: TokenReader, isBody: boolean): Stmt[] {
  const statements: Stmt[] = [];
  let height = 0;
  for (;;) {
    while (reader.kind === Token.NewLine) reader.advance();
    if (reader.kind === Token.End) break;
    if (reader.kind === Token.RightBrace) {
      if (!isBody) break;
      reader.strayBrace();
      continue;
    }
    if (reader.kind === Token.Fn && reader.peek(1) === Token.Name && !isBody && isOutside(reader)) break;
    const before = reader.index;
    parseStatement(reader, statements);
    height = Math.max(height, reader.height);
    endStatement(reader);
    if (reader.index === before) reader.advance();
  }
  reader.height = height;
  return statements;
}

/** Whether a function starts here at the left edge: then a brace is missing before it. */
function isOutside(reader: TokenReader): boolean {
  return reader.tokens.startsLine(reader.index) && reader.tokens.indentation(reader.index) === 0;
}

function endStatement(reader: TokenReader): void {
  if (!reader.panicking) {
    const { kind } = reader;
    if (kind === Token.NewLine || kind === Token.RightBrace || kind === Token.End) return;
    if (kind === Token.Semicolon) {
      if (!reader.isCell) reader.diagnostics.report('FX0215', reader.span);
      reader.advance();
      return;
    }
    if (kind === Token.DotDot || kind === Token.DotDotEqual) {
      reader.diagnostics.report('FX0221', reader.span);
      reader.panic();
    } else if (kind === Token.Plus || kind === Token.Minus) reader.fail('an expression');
    else reader.fail(SPELLINGS[Token.NewLine]!);
  }
  reader.recover();
}

/** Appends the statement at the reader's place: several for `let a = 1, b = 2`. */
function parseStatement(reader: TokenReader, out: Stmt[]): void {
  const { start, kind } = reader;
  reader.height = 0;
  switch (kind) {
    case Token.Let: case Token.Var: return parseLet(reader, out);
    case Token.If: out.push(parseIf(reader)); return;
    case Token.While: {
      reader.advance();
      const condition = parseCondition(reader);
      const { height } = reader;
      const body = parseBlock(reader);
      reader.raise(Math.max(height, reader.height));
      out.push({ kind: 'while', condition, body, span: reader.from(start) });
      return;
    }
    case Token.For: out.push(parseFor(reader)); return;
    case Token.Defer: {
      reader.advance();
      const body = reader.kind === Token.LeftBrace ? parseBlock(reader) : parseSingle(reader);
      reader.raise(reader.height);
      out.push({ kind: 'defer', body, span: reader.from(start) });
      return;
    }
    case Token.LeftBrace: {
      const block = parseBlock(reader);
      reader.raise(reader.height);
      out.push({ kind: 'block', block, span: block.span });
      return;
    }
    case Token.Return: case Token.Break: case Token.Continue:
      out.push(parseLeave(reader)!);
      return;
    case Token.Fn:
      if (reader.peek(1) === Token.Name && !reader.panicking) {
        reader.diagnostics.report('FX0223', reader.span);
        reader.panic();
        out.push({ kind: 'bad', span: reader.span });
        return;
      }
      break;
    case Token.At:
      reader.diagnostics.report('FX0226', reader.span);
      reader.panic();
      out.push({ kind: 'bad', span: reader.span });
      return;
    case Token.Semicolon:
      return;
    case Token.Name:
      if (reader.text === 'execute' && reader.peek(1) === Token.Name) {
        out.push(parseExecute(reader));
        return;
      }
      break;
    default:
      if (isContinuation(kind) && reader.tokens.startsLine(reader.index)) {
        const sign = SPELLINGS[kind]!;
        if (!reader.panicking) reader.diagnostics.report('FX0216', reader.span, sign, sign);
        reader.panic();
        out.push({ kind: 'bad', span: reader.span });
        return;
      }
  }
  out.push(parseSimple(reader));
}

/** `execute Set(pc) { illegal => … }`; the word is a name everywhere else. */
function parseExecute(reader: TokenReader): Stmt {
  const { start } = reader;
  reader.advance();
  const set = reader.expectName();
  const args: Expr[] = [];
  let height = 0;
  const opener = reader.index;
  if (reader.expect(Token.LeftParen)) {
    while (!reader.panicking && reader.kind !== Token.RightParen) {
      args.push(parseExpression(reader));
      height = Math.max(height, reader.height);
      if (!reader.accept(Token.Comma)) break;
    }
    reader.expectClose(Token.RightParen, opener);
  }
  const { arms } = parseMatch(reader, bad(set.span));
  reader.raise(Math.max(height, reader.height));
  const span = reader.from(start);
  return reader.panicking ? { kind: 'bad', span } : { kind: 'execute', set, args, arms, span };
}

/** Signs that go on with an expression: no statement starts with them. */
function isContinuation(kind: Token): boolean {
  return kind === Token.Or || kind === Token.As || kind === Token.Plus || kind === Token.Slash ||
    kind === Token.Percent || (kind >= Token.Bar && kind <= Token.ShiftRight) ||
    (kind >= Token.AndAnd && kind <= Token.ShiftRightEqual) || kind === Token.Question ||
    kind === Token.Comma || kind === Token.Dot;
}

/** An expression or an assignment. */
function parseSimple(reader: TokenReader): Stmt {
  const { start } = reader;
  const value = parseExpression(reader);
  if (reader.panicking || reader.kind < Token.Equal || reader.kind > Token.ShiftRightEqual) {
    if (reader.panicking) return { kind: 'bad', span: reader.from(start) };
    return { kind: 'expr', value, span: reader.from(start) };
  }
  const { height } = reader;
  const op = SPELLINGS[reader.kind] as AssignOp;
  const isPlace = value.kind === 'name' || value.kind === 'member' || value.kind === 'index' ||
    value.kind === 'deref' || value.kind === 'bad';
  if (!isPlace) reader.diagnostics.report('FX0225', value.span);
  reader.advance();
  const assigned = parseExpression(reader);
  reader.raise(Math.max(height, reader.height));
  if (!isPlace) return { kind: 'bad', span: reader.from(start) };
  return { kind: 'assign', op, target: value, value: assigned, span: reader.from(start) };
}

/** One statement as a block: `defer close()`, `.a => return null`. */
function parseSingle(reader: TokenReader): Block {
  const { start } = reader;
  const statements: Stmt[] = [];
  if (reader.enter()) parseStatement(reader, statements);
  reader.leave();
  return { statements, span: reader.from(start) };
}

/** What stands behind `=>`: a block, one statement (as a block), or an expression. */
export function parseArmBody(reader: TokenReader): Block | Expr {
  if (reader.kind === Token.LeftBrace) return parseBlock(reader);
  if (startsStatement(reader.kind)) return parseSingle(reader);
  const statement = parseSimple(reader);
  if (statement.kind === 'expr') return statement.value;
  return statement.kind === 'bad' ? bad(statement.span) : { statements: [statement], span: statement.span };
}

/** `let a = 1, b: u8 = 2`, `var c: [4]u8` */
function parseLet(reader: TokenReader, out: Stmt[]): void {
  const mutable = reader.kind === Token.Var;
  let { start } = reader;
  let height = 0;
  reader.advance();
  do {
    const name = reader.expectName();
    let type: TypeNode | null = null;
    let value: Expr | null = null;
    if (!reader.panicking && reader.accept(Token.Colon)) {
      type = parseType(reader);
      height = Math.max(height, reader.height);
    }
    if (!reader.panicking && reader.accept(Token.Equal)) {
      value = parseExpression(reader);
      height = Math.max(height, reader.height);
    } else if (!mutable || !type) reader.fail(type ? '`=`' : '`=` or `:`');
    // A name whose value is broken is still declared, so that its uses are not reported too.
    if (reader.panicking && !value && name.text !== '') value = bad(name.span);
    if (name.text !== '') out.push({ kind: 'let', mutable, name, type, value, span: reader.from(start) });
    start = reader.start;
    if (reader.panicking || reader.kind !== Token.Comma) break;
    reader.advance();
    start = reader.start;
  } while (reader.peek(0) !== Token.End);
  reader.raise(height);
}

function parseIf(reader: TokenReader): Stmt {
  const { start } = reader;
  if (!reader.enter()) return { kind: 'bad', span: reader.here() };
  reader.advance();
  const condition = parseCondition(reader);
  let { height } = reader;
  const then = parseBlock(reader);
  height = Math.max(height, reader.height);
  let otherwise: Block | null = null;
  if (!reader.panicking) {
    if (reader.kind === Token.NewLine && reader.peek(1) === Token.Else) reader.advance();
    if (reader.accept(Token.Else)) {
      if (reader.kind === Token.If) {
        const nested = parseIf(reader);
        reader.raise(reader.height);
        otherwise = { statements: [nested], span: nested.span };
      } else otherwise = parseBlock(reader);
    }
  }
  reader.leave();
  reader.raise(Math.max(height, reader.height));
  return { kind: 'if', condition, then, otherwise, span: reader.from(start) };
}

/** The condition of an `if` or `while`, up to its block. */
function parseCondition(reader: TokenReader): Condition {
  const { start } = reader;
  let condition: Condition;
  if (reader.kind === Token.Let || reader.kind === Token.Var) {
    const mutable = reader.kind === Token.Var;
    reader.advance();
    const name = reader.expectName();
    let value = bad(reader.here());
    if (!reader.panicking && reader.expect(Token.Equal)) value = parseExpression(reader);
    condition = { kind: 'let', mutable, name, value, span: reader.from(start) };
  } else {
    let value = parseExpression(reader);
    if (reader.kind === Token.Equal && !reader.panicking) {
      reader.diagnostics.report('FX0220', reader.span);
      const { height } = reader;
      reader.advance();
      parseExpression(reader);
      reader.height = Math.max(height, reader.height);
      value = bad(reader.from(start));
    }
    condition = { kind: 'expr', value };
  }
  const { height } = reader;
  reader.recoverToBlock();
  reader.height = height;
  return condition;
}

function parseFor(reader: TokenReader): Stmt {
  const { start } = reader;
  reader.advance();
  // `for in list` lacks a name; `in` is none.
  if (reader.kind === Token.In) reader.fail('a name');
  let name = reader.expectName();
  let index = null;
  if (!reader.panicking && reader.accept(Token.Comma)) {
    index = name;
    name = reader.expectName();
  }
  reader.expect(Token.In);
  const isReverse = reader.kind === Token.Name && reader.text === 'reverse' && startsOperand(reader.peek(1)) &&
    !reader.tokens.isAdjacent(reader.index, reader.index + 1);
  if (isReverse) reader.advance();
  const over = reader.panicking ? bad(reader.here()) : parseExpression(reader);
  let { height } = reader;
  let to: Expr | null = null;
  let inclusive = false;
  if (!reader.panicking && (reader.kind === Token.DotDot || reader.kind === Token.DotDotEqual)) {
    inclusive = reader.kind === Token.DotDotEqual;
    reader.advance();
    to = parseExpression(reader);
    height = Math.max(height, reader.height);
  } else if (isReverse) reader.fail('`..` or `..=`');
  reader.recoverToBlock();
  const body = parseBlock(reader);
  reader.raise(Math.max(height, reader.height));
  const span = reader.from(start);
  if (!to) return { kind: 'forEach', index, name, over, body, span };
  if (index) reader.diagnostics.report('FX0210', index.span, 'one name before a range', 'two');
  return { kind: 'forRange', name, reverse: isReverse, from: over, to, inclusive, body, span };
}

/** Whether an expression goes on with this token behind the word `reverse`: then that is no name. */
function startsOperand(kind: Token): boolean {
  return kind === Token.Name || kind === Token.Int || kind === Token.LeftParen || kind === Token.Minus;
}
