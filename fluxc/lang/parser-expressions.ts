/**
 * Expressions, by precedence from loosest to tightest:
 *
 *     or    ||    &&    == != < <= > >=    | ^    &    << >>    + -    * / %    as    - ~ ! & try    . ( ) [ ]
 *
 * Comparisons do not chain; `or` groups to the right, all others to the left. Binary operators are read with an
 * explicit stack, so that only brackets and prefix operators recurse. A broken expression comes back as `bad`.
 */
import type { Loc, Span } from '../base/source.ts';
import type { Argument, BinaryOp, Block, Expr, MatchArm, Name, Pattern, Stmt, UnaryOp } from './ast.ts';
import { characterValue, floatValue, integerValue, textBytes } from './literals.ts';
import { parseType } from './parser-types.ts';
import type { TokenReader } from './token-reader.ts';
import { isWord, SPELLINGS, Token } from './tokens.ts';

const COMPARISON = 3;

/** How tightly a binary operator binds: 0 if the token is none. */
function precedence(kind: Token): number {
  switch (kind) {
    case Token.OrOr: return 1;
    case Token.AndAnd: return 2;
    case Token.EqualEqual: case Token.BangEqual: case Token.Less: case Token.LessEqual: case Token.Greater:
    case Token.GreaterEqual:
      return COMPARISON;
    case Token.Bar: case Token.Caret: return 4;
    case Token.Amp: return 5;
    case Token.ShiftLeft: case Token.ShiftRight: return 6;
    case Token.Plus: case Token.Minus: return 7;
    case Token.Star: case Token.Slash: case Token.Percent: return 8;
    default: return 0;
  }
}

/** An expression, `or` included. */
export function parseExpression(reader: TokenReader): Expr {
  const { start } = reader;
  if (!reader.enter()) return bad(reader.here());
  let value = parseBinary(reader);
  if (reader.kind === Token.Or && !reader.panicking) {
    const height = reader.height;
    reader.advance();
    const fallback = parseFallback(reader);
    reader.raise(Math.max(height, reader.height));
    value = { kind: 'or', value, fallback, span: reader.from(start) };
  }
  reader.leave();
  return value;
}

function parseFallback(reader: TokenReader): Extract<Expr, { kind: 'or' }>['fallback'] {
  const leave = parseLeave(reader);
  if (leave) return { kind: 'leave', statement: leave };
  const value = parseExpression(reader);
  const isTrap = value.kind === 'call' && value.callee.kind === 'name' && value.callee.name === 'trap';
  if (!isTrap && value.kind !== 'unreachable') return { kind: 'expr', value };
  return { kind: 'leave', statement: { kind: 'expr', value, span: value.span } };
}

/** `return …`, `break` or `continue`; null if none of them is here. */
export function parseLeave(reader: TokenReader): Stmt | null {
  const { start, kind } = reader;
  if (kind === Token.Return) {
    reader.advance();
    reader.height = 0;
    const value = endsValue(reader.kind) ? null : parseExpression(reader);
    return { kind: 'return', value, span: reader.from(start) };
  }
  if (kind !== Token.Break && kind !== Token.Continue) return null;
  reader.advance();
  reader.height = 1;
  return { kind: kind === Token.Break ? 'break' : 'continue', span: reader.from(start) };
}

function endsValue(kind: Token): boolean {
  return kind === Token.NewLine || kind === Token.End || kind === Token.RightBrace || kind === Token.RightParen ||
    kind === Token.RightBracket || kind === Token.Comma || kind === Token.Semicolon;
}

/** Operators wait on a stack until one that binds less tightly, or the end, makes nodes of them. */
function parseBinary(reader: TokenReader): Expr {
  const first = parseCast(reader);
  if (precedence(reader.kind) === 0) return first;
  const operands: Expr[] = [first];
  const heights: number[] = [reader.height];
  const operators: { kind: Token; level: number; span: Span }[] = [];
  const reduce = (): void => {
    const operator = operators.pop()!;
    const right = operands.pop()!;
    const left = operands.pop()!;
    reader.raise(Math.max(heights.pop()!, heights.pop()!));
    heights.push(reader.height);
    const op = SPELLINGS[operator.kind] as BinaryOp;
    const span = { start: left.span.start, end: right.span.end };
    operands.push({ kind: 'binary', op, left, right, opSpan: operator.span, span });
  };
  for (let level = precedence(reader.kind); level > 0 && !reader.panicking; level = precedence(reader.kind)) {
    while (operators.length > 0 && operators[operators.length - 1]!.level >= level) {
      if (level === COMPARISON && operators[operators.length - 1]!.level === COMPARISON) {
        reader.diagnostics.report('FX0214', reader.span);
      }
      reduce();
    }
    operators.push({ kind: reader.kind, level, span: reader.span });
    reader.advance();
    operands.push(parseCast(reader));
    heights.push(reader.height);
  }
  while (operators.length > 0) reduce();
  reader.height = heights[0]!;
  return operands[0]!;
}

function parseCast(reader: TokenReader): Expr {
  const { start } = reader;
  let value = parseUnary(reader);
  while (reader.kind === Token.As && !reader.panicking) {
    const height = reader.height;
    reader.advance();
    const to = parseType(reader);
    reader.raise(Math.max(height, reader.height));
    value = { kind: 'cast', value, to, span: reader.from(start) };
  }
  return value;
}

const UNARY: Partial<Record<Token, UnaryOp>> = {
  [Token.Minus]: '-', [Token.Tilde]: '~', [Token.Bang]: '!', [Token.Amp]: '&',
};

function parseUnary(reader: TokenReader): Expr {
  const { start, kind } = reader;
  const op = UNARY[kind];
  if (!op && kind !== Token.Try) return parsePostfix(reader);
  if (!reader.enter()) return bad(reader.here());
  reader.advance();
  const operand = parseUnary(reader);
  reader.leave();
  reader.raise(reader.height);
  const span = reader.from(start);
  return op ? { kind: 'unary', op, operand, span } : { kind: 'try', value: operand, span };
}

function parsePostfix(reader: TokenReader): Expr {
  const { start } = reader;
  let value = parsePrimary(reader);
  while (!reader.panicking) {
    const height = reader.height;
    if (reader.accept(Token.Dot)) {
      const name = reader.expectWord('a name behind the dot');
      reader.raise(height);
      value = { kind: 'member', object: value, name, span: reader.from(start) };
    } else if (reader.accept(Token.DotStar)) {
      reader.raise(height);
      value = { kind: 'deref', object: value, span: reader.from(start) };
    } else if (reader.kind === Token.LeftParen) {
      const args = parseArguments(reader);
      reader.raise(Math.max(height, reader.height));
      value = { kind: 'call', callee: value, args, span: reader.from(start) };
    } else if (reader.kind === Token.LeftBracket) value = parseIndex(reader, value, height, start);
    else break;
  }
  return value;
}

/** `(x, name: y)`. Leaves the height of the highest argument. */
function parseArguments(reader: TokenReader): Argument[] {
  const opener = reader.index;
  const args: Argument[] = [];
  let height = 0;
  reader.advance();
  while (!reader.panicking && reader.kind !== Token.RightParen) {
    let name: Name | null = null;
    if (isWord(reader.kind) && reader.peek(1) === Token.Colon) {
      name = reader.expectWord();
      reader.advance();
    } else if (args.length > 0 && args[args.length - 1]!.name && reader.kind !== Token.End) {
      reader.diagnostics.report('FX0227', reader.here());
    }
    args.push({ name, value: parseExpression(reader) });
    height = Math.max(height, reader.height);
    if (!reader.accept(Token.Comma)) break;
  }
  reader.expectClose(Token.RightParen, opener);
  reader.height = height;
  return args;
}

/** `[i]`, `[a..b]`, `[a..]`, `[..b]`, `[..]` behind `object`. */
function parseIndex(reader: TokenReader, object: Expr, objectHeight: number, start: Loc): Expr {
  const opener = reader.index;
  reader.advance();
  let height = objectHeight;
  let from: Expr | null = null;
  if (reader.kind !== Token.DotDot) {
    from = parseExpression(reader);
    height = Math.max(height, reader.height);
  }
  if (from && reader.kind !== Token.DotDot) {
    reader.expectClose(Token.RightBracket, opener);
    reader.raise(height);
    return { kind: 'index', object, index: from, span: reader.from(start) };
  }
  reader.advance();
  let to: Expr | null = null;
  if (reader.kind !== Token.RightBracket) {
    to = parseExpression(reader);
    height = Math.max(height, reader.height);
  }
  reader.expectClose(Token.RightBracket, opener);
  reader.raise(height);
  return { kind: 'slice', object, from, to, span: reader.from(start) };
}

function parsePrimary(reader: TokenReader): Expr {
  const { span, kind } = reader;
  reader.height = 1;
  switch (kind) {
    case Token.Int: {
      const value = integerValue(reader.text);
      if (!value) reader.diagnostics.report('FX0204', span, reader.text);
      reader.advance();
      return value ? { kind: 'int', low: value.low, high: value.high, span } : bad(span);
    }
    case Token.Float: {
      const value = floatValue(reader.text);
      if (value === Infinity) reader.diagnostics.report('FX0204', span, reader.text);
      reader.advance();
      return value === Infinity ? bad(span) : { kind: 'float', value, span };
    }
    case Token.String: {
      const { from, to } = reader.tokens.range(reader.index);
      reader.advance();
      return { kind: 'string', bytes: textBytes(reader.code, from, to, reader.diagnostics), span };
    }
    case Token.Char: {
      const { from, to } = reader.tokens.range(reader.index);
      reader.advance();
      return { kind: 'char', value: characterValue(reader.code, from, to, reader.diagnostics), span };
    }
    case Token.True: case Token.False:
      reader.advance();
      return { kind: 'bool', value: kind === Token.True, span };
    case Token.Null:
      reader.advance();
      return { kind: 'null', span };
    case Token.Unreachable:
      reader.advance();
      return { kind: 'unreachable', span };
    case Token.Name: {
      const name = reader.text;
      if ((name === 'size_of' || name === 'align_of') && reader.peek(1) === Token.LeftParen) {
        return parseTypeQuery(reader, name);
      }
      reader.advance();
      return { kind: 'name', name, span };
    }
    case Token.Dot: {
      reader.advance();
      const name = reader.expectWord('a name behind the dot');
      return { kind: 'implicit', name, span: reader.from(span.start) };
    }
    case Token.LeftParen: {
      const opener = reader.index;
      reader.advance();
      const value = parseExpression(reader);
      const { height } = reader;
      reader.expectClose(Token.RightParen, opener);
      reader.height = height;
      return value;
    }
    case Token.LeftBracket: return parseArray(reader);
    case Token.Match: return parseMatch(reader);
    default: return noExpression(reader);
  }
}

/** Reports what stands where an expression should be, in the words of what the writer may have meant. */
function noExpression(reader: TokenReader): Expr {
  const span = reader.here();
  const { kind, index } = reader;
  if (!reader.panicking) {
    const { tokens } = reader;
    const isDoubled = index > 0 && tokens.kinds.at(index - 1) === kind && tokens.isAdjacent(index - 1, index);
    if (kind === Token.If) reader.diagnostics.report('FX0218', span);
    else if (kind === Token.Star) reader.diagnostics.report('FX0219', span, '*pointer', 'pointer.*');
    else if (kind === Token.Plus && isDoubled) reader.diagnostics.report('FX0219', span, '++', '+= 1');
    else reader.fail('an expression');
  }
  reader.panic();
  return bad(span);
}

function parseTypeQuery(reader: TokenReader, query: 'size_of' | 'align_of'): Expr {
  const { start } = reader;
  reader.advance();
  const opener = reader.index;
  reader.advance();
  const of = parseType(reader);
  reader.expectClose(Token.RightParen, opener);
  reader.raise(reader.height);
  return { kind: 'typeQuery', query, of, span: reader.from(start) };
}

/** `[1, 2, 3]` or `[0; 16]` */
function parseArray(reader: TokenReader): Expr {
  const { start } = reader;
  const opener = reader.index;
  const items: Expr[] = [];
  let height = 0;
  reader.advance();
  while (!reader.panicking && reader.kind !== Token.RightBracket) {
    items.push(parseExpression(reader));
    height = Math.max(height, reader.height);
    if (items.length === 1 && reader.accept(Token.Semicolon)) {
      const count = parseExpression(reader);
      height = Math.max(height, reader.height);
      reader.expectClose(Token.RightBracket, opener);
      reader.raise(height);
      return { kind: 'repeat', item: items[0]!, count, span: reader.from(start) };
    }
    if (!reader.accept(Token.Comma)) break;
  }
  reader.expectClose(Token.RightBracket, opener);
  reader.raise(height);
  return { kind: 'array', items, span: reader.from(start) };
}

/** `match subject { patterns => what, … }`; with a `known` subject the reader is at the `{`. One frame a nested match. */
export function parseMatch(reader: TokenReader, known: Expr | null = null): Extract<Expr, { kind: 'match' }> {
  const { start } = reader;
  if (!known) reader.advance();
  const subject = known ?? parseExpression(reader);
  let height = known ? 0 : reader.height;
  reader.recoverToBlock();
  const opener = reader.index;
  const arms: MatchArm[] = [];
  if (reader.expect(Token.LeftBrace)) {
    for (;;) {
      while (reader.kind === Token.NewLine || (reader.kind === Token.Comma && arms.length > 0)) reader.advance();
      if (reader.kind === Token.RightBrace || reader.kind === Token.End) break;
      const before = reader.index;
      arms.push(parseArm(reader));
      height = Math.max(height, reader.height);
      if (!reader.panicking && !endsArm(reader)) reader.fail('`,` or the end of the line');
      if (reader.panicking) {
        reader.recover(true);
        if (reader.index === before) reader.advance();
      }
    }
    if (!reader.accept(Token.RightBrace)) reader.unclosedBrace(opener);
  }
  reader.raise(height);
  return { kind: 'match', subject, arms, span: reader.from(start) };
}

function endsArm(reader: TokenReader): boolean {
  const { kind } = reader;
  return kind === Token.Comma || kind === Token.NewLine || kind === Token.RightBrace || kind === Token.End;
}

function parseArm(reader: TokenReader): MatchArm {
  const { start } = reader;
  const patterns: Pattern[] = [];
  let height = 0;
  do {
    patterns.push(parsePattern(reader));
    height = Math.max(height, reader.height);
  } while (!reader.panicking && reader.accept(Token.Comma) && reader.kind !== Token.Arrow);
  reader.expect(Token.Arrow);
  let body: MatchArm['body'];
  if (reader.panicking) body = { kind: 'expr', value: bad(reader.here()) };
  else {
    const parsed: Block | Expr = reader.grammar.armBody(reader);
    body = 'statements' in parsed ? { kind: 'block', block: parsed } : { kind: 'expr', value: parsed };
  }
  reader.raise(Math.max(height, reader.height));
  return { patterns, body, span: reader.from(start) };
}

function parsePattern(reader: TokenReader): Pattern {
  const { start, span } = reader;
  if (reader.kind === Token.Name && reader.text === '_') {
    reader.height = 1;
    reader.advance();
    return { kind: 'any', span };
  }
  const from = parseBinary(reader);
  if (reader.kind !== Token.DotDot && reader.kind !== Token.DotDotEqual) {
    return from.kind === 'implicit' ? { kind: 'member', name: from.name, span: from.span }
      : { kind: 'value', value: from, span: from.span };
  }
  const { height } = reader;
  const inclusive = reader.kind === Token.DotDotEqual;
  reader.advance();
  const to = parseBinary(reader);
  reader.raise(Math.max(height, reader.height));
  return { kind: 'range', from, to, inclusive, span: reader.from(start) };
}

export function bad(span: Span): Expr {
  return { kind: 'bad', span };
}
