/**
 * What all parts of the parser share: the place in the token stream, expectations, and recovery from errors.
 *
 * After an error the reader is `panicking`: it reports nothing more until the statement, row or declaration in which
 * the error stands calls `recover`. So one mistake costs one message, and the next statement is read as if it had not
 * happened. Loops over parts of a construct end while the reader panics.
 *
 * `height` is the height of the tree that was parsed last. Stages behind the parser walk trees recursively; `raise`
 * and `enter` keep every tree lower than `DEEPEST`, whatever the input.
 */
import type { Loc, Span } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import type { CodeText } from '../document/text.ts';
import type { Block, Expr, Name } from './ast.ts';
import { tokenize } from './lexer.ts';
import { describe, isReserved, SPELLINGS, Token, type TokenList } from './tokens.ts';

export const DEEPEST = 200;

/**
 * The grammar is recursive: a type may hold an expression, an expression a block. What a part of the parser needs of
 * one that stands on it comes with the reader, so that the parts' imports go one way.
 */
export interface Grammar {
  expression(reader: TokenReader): Expr;
  /** what stands behind the `=>` of a `match` arm */
  armBody(reader: TokenReader): Block | Expr;
}

export type Container = 'block' | 'heading' | 'cell';

const LONGEST_QUOTE = 40;

export class TokenReader {
  readonly tokens: TokenList;
  index = 0;
  panicking = false;
  height = 0;
  /** a `{` that is closed by a `}` further left than its line: the likely culprit if a brace is missing */
  suspect = -1;
  private hasReportedBrace = false;
  /** how many `{` were reported to be missing: so many `}` close nothing and need no message */
  private missingOpeners = 0;
  /** the token that `fail` reported last */
  private lastFailure = -1;
  private depth = 0;
  private hasGivenUp = false;

  constructor(
    readonly code: CodeText,
    readonly diagnostics: Diagnostics,
    readonly grammar: Grammar,
    private readonly container: Container,
    /** how a heading is written that declares, for what is reported about one */
    private readonly form: string | null = null,
  ) {
    this.tokens = tokenize(code, diagnostics);
  }

  get kind(): Token {
    return this.tokens.kinds.data[this.index]!;
  }

  /** The kind of the token `ahead` behind the current one. */
  peek(ahead: number): Token {
    return this.tokens.kinds.data[Math.min(this.index + ahead, this.tokens.length - 1)]!;
  }

  /** Statements of a cell have `;` between them: it has no lines. */
  get isCell(): boolean {
    return this.container === 'cell';
  }

  get text(): string {
    return this.tokens.text(this.index);
  }

  get span(): Span {
    return this.tokens.span(this.index);
  }

  get start(): Loc {
    return this.tokens.start(this.index);
  }

  /** Where the token before the current one ends. */
  get lastEnd(): Loc {
    return this.index > 0 ? this.tokens.end(this.index - 1) : this.start;
  }

  /** The span from `start` up to the token before the current one. */
  from(start: Loc): Span {
    return { start, end: Math.max(start, this.lastEnd) };
  }

  advance(): void {
    if (this.index < this.tokens.length - 1) this.index++;
  }

  accept(kind: Token): boolean {
    if (this.kind !== kind) return false;
    this.advance();
    return true;
  }

  /** Passes a token of this kind or reports that it is missing. */
  expect(kind: Token, what = describe(kind)): boolean {
    if (this.accept(kind)) return true;
    this.fail(what);
    return false;
  }

  /** Like `expect`, for the bracket that closes the one at token `opener`. */
  expectClose(kind: Token, opener: number): boolean {
    if (this.accept(kind)) return true;
    const diagnostic = this.fail(describe(kind));
    const text = `\`${this.tokens.text(opener)}\` is open since here`;
    if (diagnostic) diagnostic.notes.push({ span: this.tokens.span(opener), text });
    return false;
  }

  /** A name; a word of the language in its place is reported and taken as one. */
  expectName(what = 'a name'): Name {
    const name = { text: this.text, span: this.span };
    if (isReserved(this.kind)) {
      if (!this.panicking) this.diagnostics.report('FX0217', name.span, name.text);
      this.advance();
    } else if (!this.expect(Token.Name, what)) return { text: '', span: this.here() };
    return name;
  }

  /** A name behind a dot or before a colon, where words of the language may stand too. */
  expectWord(what = 'a name'): Name {
    const name = { text: this.text, span: this.span };
    if (isReserved(this.kind)) this.advance();
    else if (!this.expect(Token.Name, what)) return { text: '', span: this.here() };
    return name;
  }

  /** Reports that `expected` is not here, and panics. Silent while panicking and about what the lexer reported. */
  fail(expected: string) {
    const isSilent = this.panicking || this.kind === Token.Bad;
    this.panicking = true;
    if (!isSilent) this.lastFailure = this.index;
    if (isSilent) return null;
    const message = `expected ${expected}, found ${this.found()}`;
    if (this.form !== null) return this.diagnostics.report('FX0224', this.here(), message, this.form);
    return this.diagnostics.report('FX0210', this.here(), expected, this.found());
  }

  /** Reports what is left behind a complete heading or cell. */
  expectEnd(): void {
    if (this.kind !== Token.End) this.fail(`the end of the ${this.container}`);
  }

  /** Panics after an error that the caller reported. */
  panic(): void {
    this.panicking = true;
  }

  /** The current token, or the place behind the last one where a line or the code ends. */
  here(): Span {
    if (this.kind !== Token.NewLine && this.kind !== Token.End) return this.span;
    const end = this.lastEnd;
    return { start: end, end: end + 1 };
  }

  private found(): string {
    if (this.kind === Token.End) return `the end of the ${this.container}`;
    if (this.kind === Token.NewLine) return SPELLINGS[Token.NewLine]!;
    const { text } = this;
    return `\`${text.length > LONGEST_QUOTE ? text.slice(0, LONGEST_QUOTE) + '…' : text}\``;
  }

  // ---- recovery ----

  /**
   * Passes the rest of a broken statement, with the blocks in it, up to its line end or to the `}` of its block.
   * With `comma` also a comma ends it.
   */
  recover(comma = false): void {
    if (this.hasGivenUp) return;
    this.panicking = false;
    let braces = 0;
    let others = 0;
    for (let isFirst = true; this.kind !== Token.End; isFirst = false) {
      const { kind } = this;
      if (braces === 0) {
        if (kind === Token.NewLine || kind === Token.RightBrace) return;
        if (comma && others <= 0 && kind === Token.Comma) return;
        if (!isFirst && startsStatement(kind) && this.tokens.startsLine(this.index)) return;
      }
      if (kind === Token.LeftBrace) braces++;
      else if (kind === Token.RightBrace) braces--;
      else if (kind === Token.LeftParen || kind === Token.LeftBracket) others++;
      else if (kind === Token.RightParen || kind === Token.RightBracket) others--;
      this.advance();
    }
  }

  /** After an error in what stands before a block: goes to the block's `{` if it is on this line. */
  recoverToBlock(): void {
    if (!this.panicking || this.hasGivenUp) return;
    let index = this.index;
    for (let kind = this.tokens.kinds.at(index); kind !== Token.LeftBrace; kind = this.tokens.kinds.at(++index)) {
      if (kind === Token.NewLine || kind === Token.RightBrace || kind === Token.End) return;
    }
    this.index = index;
    this.panicking = false;
  }

  /** Reports, once, that the `{` at token `opener` is never closed. */
  unclosedBrace(opener: number): void {
    if (!this.panicking && !this.hasReportedBrace) {
      this.diagnostics.report('FX0211', this.tokens.span(this.suspect >= 0 ? this.suspect : opener), '{', '}');
    }
    this.hasReportedBrace = true;
  }

  /** Passes a `}` that closes nothing. Reports it unless it was reported or its `{` was, as missing. */
  strayBrace(): void {
    if (this.missingOpeners > 0) this.missingOpeners--;
    else if (!this.panicking && this.lastFailure !== this.index) this.diagnostics.report('FX0212', this.span, '}');
    this.advance();
  }

  /** Reports that a block does not start here. */
  missingBlock(): void {
    this.missingOpeners++;
    this.fail(describe(Token.LeftBrace));
  }

  /** Starts a new declaration of a block: what was said about braces before counts no more. */
  forgetBraces(): void {
    this.hasReportedBrace = false;
    this.missingOpeners = 0;
    this.suspect = -1;
  }

  // ---- depth ----

  /** Counts one level of nesting. Returns whether there may be one; else everything up to the end is passed. */
  enter(): boolean {
    if (++this.depth <= DEEPEST) return true;
    this.giveUp();
    return false;
  }

  leave(): void {
    this.depth--;
  }

  /** The tree just parsed stands on subtrees of `height` at most. */
  raise(height: number): void {
    this.height = height + 1;
    if (this.height > DEEPEST) this.giveUp();
  }

  private giveUp(): void {
    if (!this.hasGivenUp && !this.panicking) this.diagnostics.report('FX0213', this.here(), DEEPEST);
    this.hasGivenUp = true;
    this.panicking = true;
    this.hasReportedBrace = true;
    this.index = this.tokens.length - 1;
  }
}

/** Words that only a statement starts with. */
export function startsStatement(kind: Token): boolean {
  switch (kind) {
    case Token.Let: case Token.Var: case Token.If: case Token.While: case Token.For: case Token.Return:
    case Token.Break: case Token.Continue: case Token.Defer: case Token.Fn: case Token.Const: case Token.Static:
    case Token.Struct: case Token.Enum:
      return true;
    default:
      return false;
  }
}
