/**
 * The lexer: one pass over the characters of a block, heading or table cell.
 *
 * A line end is a token where it ends a statement: not inside `( )` and `[ ]`, not at the start of a block and not
 * behind a token that a statement cannot end with (an operator, a comma, `=`, `=>`, `or`). If a bracket is never
 * closed, line ends count again from the line on that can only be a new statement, so one missing bracket costs one
 * message.
 */
import type { Span } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import { endPlaceOf, placeOf, type CodeText } from '../document/text.ts';
import { isReserved, Token, TokenList, wordKind } from './tokens.ts';

export function tokenize(code: CodeText, diagnostics: Diagnostics): TokenList {
  return new Lexer(code, diagnostics).run();
}

class Lexer {
  private readonly text: string;
  private readonly to: number;
  private readonly list: TokenList;
  private at: number;
  /** the brackets that are open, innermost last */
  private readonly open: Token[] = [];
  private last: Token = Token.NewLine;
  /** a line end was passed inside ( ) or [ ] since the last token */
  private hasPassedLine = false;

  constructor(private readonly code: CodeText, private readonly diagnostics: Diagnostics) {
    this.text = code.text;
    this.at = code.from;
    this.to = code.to;
    this.list = new TokenList(code);
  }

  run(): TokenList {
    while (this.at < this.to) {
      const code = this.text.charCodeAt(this.at);
      if (code === 32 || code === 9) this.at++;
      else if (code === 10 || code === 13) this.lineEnd();
      else if (code === 47 && this.text.charCodeAt(this.at + 1) === 47) this.skipComment();
      else this.token(code);
    }
    this.list.push(Token.End, this.to, this.to);
    return this.list;
  }

  private token(code: number): void {
    const start = this.at;
    if (isNameStart(code)) {
      this.at++;
      while (this.at < this.to && isNamePart(this.text.charCodeAt(this.at))) this.at++;
      this.add(wordKind(this.text.slice(start, this.at)), start);
    } else if (isDigit(code)) this.number(start);
    else if (code === 34) this.quoted(start, 34, Token.String);
    else if (code === 39) this.quoted(start, 39, Token.Char);
    else {
      const kind = this.sign(code);
      if (kind === Token.Bad) this.unknown(start);
      else this.add(kind, start);
    }
  }

  private add(kind: Token, start: number): void {
    if (this.hasPassedLine && endsOperand(this.last) && startsStatement(kind)) {
      this.closeBrackets();
      this.list.push(Token.NewLine, start, start);
    }
    this.hasPassedLine = false;
    if (kind >= Token.LeftParen && kind <= Token.RightBrace) this.bracket(kind);
    this.list.push(kind, start, this.at);
    this.last = kind;
  }

  private lineEnd(): void {
    const start = this.at++;
    const inner = this.open.length > 0 ? this.open[this.open.length - 1]! : Token.LeftBrace;
    if (inner !== Token.LeftBrace) this.hasPassedLine = true;
    else if (endsStatement(this.last)) {
      this.list.push(Token.NewLine, start, start);
      this.last = Token.NewLine;
    }
  }

  private bracket(kind: Token): void {
    const { open } = this;
    if (kind === Token.LeftParen || kind === Token.LeftBracket || kind === Token.LeftBrace) open.push(kind);
    else if (kind === Token.RightBrace) {
      if (open.indexOf(Token.LeftBrace) < 0) return;
      this.closeBrackets();
      open.pop();
    } else {
      const match = kind === Token.RightParen ? Token.LeftParen : Token.LeftBracket;
      const index = open.lastIndexOf(match);
      if (index > open.lastIndexOf(Token.LeftBrace)) open.length = index;
    }
  }

  /** Forgets the `(` and `[` that are open inside the innermost `{`. */
  private closeBrackets(): void {
    while (this.open.length > 0 && this.open[this.open.length - 1] !== Token.LeftBrace) this.open.pop();
  }

  private skipComment(): void {
    while (this.at < this.to && !isLineEnd(this.text.charCodeAt(this.at))) this.at++;
  }

  private number(start: number): void {
    const { text } = this;
    let kind = Token.Int;
    const prefix = text.charCodeAt(start) === 48 ? text.charCodeAt(start + 1) | 32 : 0;
    const radix = prefix === 120 ? 16 : prefix === 111 ? 8 : prefix === 98 ? 2 : 10;
    if (radix !== 10) this.at += 2;
    const digits = this.digits(radix);
    let isValid = digits > 0;
    if (radix === 10) {
      if (this.peek() === 46 && isDigit(this.peek(1))) {
        kind = Token.Float;
        this.at++;
        this.digits(10);
      }
      if ((this.peek() | 32) === 101) {
        const sign = this.peek(1) === 43 || this.peek(1) === 45 ? 1 : 0;
        if (isDigit(this.peek(1 + sign))) {
          kind = Token.Float;
          this.at += 1 + sign;
          this.digits(10);
        }
      }
    }
    while (this.at < this.to && isNamePart(text.charCodeAt(this.at))) {
      isValid = false;
      this.at++;
    }
    if (!isValid) this.diagnostics.report('FX0203', this.span(start, this.at), text.slice(start, this.at));
    this.add(isValid ? kind : Token.Bad, start);
  }

  /** Passes digits and `_`, and returns how many digits there were. */
  private digits(radix: number): number {
    let count = 0;
    for (; this.at < this.to; this.at++) {
      const code = this.text.charCodeAt(this.at);
      const isInRadix = code < 48 ? false : code <= 57 ? code - 48 < radix : radix === 16 && isHexLetter(code);
      if (isInRadix) count++;
      else if (code !== 95) break;
    }
    return count;
  }

  private quoted(start: number, quote: number, kind: Token): void {
    this.at++;
    while (this.at < this.to) {
      const code = this.text.charCodeAt(this.at);
      if (isLineEnd(code)) break;
      this.at++;
      if (code === quote) {
        this.add(kind, start);
        return;
      }
      if (code === 92 && this.at < this.to && !isLineEnd(this.text.charCodeAt(this.at))) this.at++;
    }
    const [what, sign] = quote === 34 ? ['text', '`"`'] : ['character', '`\'`'];
    this.diagnostics.report('FX0202', this.span(start, this.at), what, sign);
    this.add(Token.Bad, start);
    // The bracket that would close behind it is most likely in what the quote swallowed.
    this.closeBrackets();
  }

  /** Reports a run of characters that no token starts with. */
  private unknown(start: number): void {
    const isForeign = this.text.charCodeAt(start) > 127;
    while (this.at < this.to) {
      const code = this.text.charCodeAt(this.at);
      if (this.at > start && !(isForeign && (code > 127 || isNamePart(code)))) break;
      this.at++;
    }
    this.diagnostics.report('FX0201', this.span(start, this.at), this.text.slice(start, Math.min(this.at, start + 40)));
    this.add(Token.Bad, start);
  }

  /** The sign at `at`, which it passes; `Bad`, with nothing passed, if there is none. */
  private sign(code: number): Token {
    const next = this.peek(1);
    switch (code) {
      case 40: return this.take(1, Token.LeftParen);
      case 41: return this.take(1, Token.RightParen);
      case 91: return this.take(1, Token.LeftBracket);
      case 93: return this.take(1, Token.RightBracket);
      case 123: return this.take(1, Token.LeftBrace);
      case 125: return this.take(1, Token.RightBrace);
      case 44: return this.take(1, Token.Comma);
      case 58: return this.take(1, Token.Colon);
      case 59: return this.take(1, Token.Semicolon);
      case 63: return this.take(1, Token.Question);
      case 64: return this.take(1, Token.At);
      case 126: return this.take(1, Token.Tilde);
      case 46:
        if (next === 46) return this.peek(2) === 61 ? this.take(3, Token.DotDotEqual) : this.take(2, Token.DotDot);
        return next === 42 ? this.take(2, Token.DotStar) : this.take(1, Token.Dot);
      case 61:
        if (next === 62) return this.take(2, Token.Arrow);
        return next === 61 ? this.take(2, Token.EqualEqual) : this.take(1, Token.Equal);
      case 33: return this.withEqual(next, Token.Bang, Token.BangEqual);
      case 43: return this.withEqual(next, Token.Plus, Token.PlusEqual);
      case 45: return this.withEqual(next, Token.Minus, Token.MinusEqual);
      case 42: return this.withEqual(next, Token.Star, Token.StarEqual);
      case 47: return this.withEqual(next, Token.Slash, Token.SlashEqual);
      case 37: return this.withEqual(next, Token.Percent, Token.PercentEqual);
      case 94: return this.withEqual(next, Token.Caret, Token.CaretEqual);
      case 38: return next === 38 ? this.take(2, Token.AndAnd) : this.withEqual(next, Token.Amp, Token.AmpEqual);
      case 124: return next === 124 ? this.take(2, Token.OrOr) : this.withEqual(next, Token.Bar, Token.BarEqual);
      case 60:
        if (next !== 60) return this.withEqual(next, Token.Less, Token.LessEqual);
        return this.peek(2) === 61 ? this.take(3, Token.ShiftLeftEqual) : this.take(2, Token.ShiftLeft);
      case 62:
        if (next !== 62) return this.withEqual(next, Token.Greater, Token.GreaterEqual);
        return this.peek(2) === 61 ? this.take(3, Token.ShiftRightEqual) : this.take(2, Token.ShiftRight);
      default: return Token.Bad;
    }
  }

  private withEqual(next: number, plain: Token, equal: Token): Token {
    return next === 61 ? this.take(2, equal) : this.take(1, plain);
  }

  private take(length: number, kind: Token): Token {
    this.at += length;
    return kind;
  }

  private peek(ahead = 0): number {
    const index = this.at + ahead;
    return index < this.to ? this.text.charCodeAt(index) : 0;
  }

  private span(from: number, to: number): Span {
    return { start: placeOf(this.code, from), end: endPlaceOf(this.code, to) };
  }
}

/** Whether a statement can end with this token, so that a line end behind it counts. */
function endsStatement(kind: Token): boolean {
  return endsOperand(kind) || kind === Token.Return || kind === Token.Break || kind === Token.Continue ||
    kind === Token.Bang || kind === Token.Bad || kind === Token.Semicolon || kind === Token.Else;
}

/** Whether an expression can end with this token. */
function endsOperand(kind: Token): boolean {
  return (kind >= Token.Name && kind <= Token.Char) || kind === Token.True || kind === Token.False ||
    kind === Token.Null || kind === Token.Unreachable || kind === Token.RightParen || kind === Token.RightBracket ||
    kind === Token.RightBrace || kind === Token.DotStar;
}

/** Whether this token, behind an operand, can only be the start of the next statement. */
function startsStatement(kind: Token): boolean {
  if (isReserved(kind)) return kind !== Token.Or && kind !== Token.As && kind !== Token.Else && kind !== Token.In;
  return (kind >= Token.Name && kind <= Token.Char) || kind === Token.At;
}

function isNameStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
}

function isNamePart(code: number): boolean {
  return isNameStart(code) || isDigit(code);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isHexLetter(code: number): boolean {
  return (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
}

function isLineEnd(code: number): boolean {
  return code === 10 || code === 13;
}
