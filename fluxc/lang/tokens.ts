/**
 * The tokens of Flux: their kinds, how each is spelled, and the stream that the lexer hands to the parser.
 *
 * `SPELLINGS` is the one list of words and signs; kinds are its indices, so the order of the two must agree (a test
 * holds them to it).
 */
import { IntPool } from '../base/int-pool.ts';
import { endPlaceOf, placeOf, type CodeText } from '../document/text.ts';
import type { Loc, Span } from '../base/source.ts';

export const enum Token {
  End, NewLine, Bad, Name, Int, Float, String, Char,
  // words
  As, Break, Const, Continue, Defer, Else, Enum, False, Fn, For, If, In, Let, Match, Null, Or, Return, Static, Struct,
  True, Try, Unreachable, Var, While,
  // brackets
  LeftParen, RightParen, LeftBracket, RightBracket, LeftBrace, RightBrace,
  // signs
  Comma, Colon, Semicolon, Dot, DotDot, DotDotEqual, DotStar, Question, At, Arrow,
  Plus, Minus, Star, Slash, Percent, Amp, Bar, Caret, ShiftLeft, ShiftRight, Tilde, Bang, AndAnd, OrOr,
  EqualEqual, BangEqual, Less, LessEqual, Greater, GreaterEqual,
  Equal, PlusEqual, MinusEqual, StarEqual, SlashEqual, PercentEqual, AmpEqual, BarEqual, CaretEqual,
  ShiftLeftEqual, ShiftRightEqual,
}

export const SPELLINGS: readonly string[] = [
  'the end', 'the end of the line', 'this', 'a name', 'a number', 'a number', 'text', 'a character',
  'as', 'break', 'const', 'continue', 'defer', 'else', 'enum', 'false', 'fn', 'for', 'if', 'in', 'let', 'match', 'null',
  'or', 'return', 'static', 'struct', 'true', 'try', 'unreachable', 'var', 'while',
  '(', ')', '[', ']', '{', '}',
  ',', ':', ';', '.', '..', '..=', '.*', '?', '@', '=>',
  '+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>', '~', '!', '&&', '||',
  '==', '!=', '<', '<=', '>', '>=',
  '=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '<<=', '>>=',
];

const WORDS = new Map<string, Token>();
for (let kind: number = Token.As; kind <= Token.While; kind++) WORDS.set(SPELLINGS[kind]!, kind);

/** The kind of a word: its own if the language reserves it, else a name. */
export function wordKind(text: string): Token {
  return WORDS.get(text) ?? Token.Name;
}

export function isReserved(kind: Token): boolean {
  return kind >= Token.As && kind <= Token.While;
}

export function isWord(kind: Token): boolean {
  return kind === Token.Name || isReserved(kind);
}

/** How a message names a kind of token. */
export function describe(kind: Token): string {
  return kind < Token.As ? SPELLINGS[kind]! : `\`${SPELLINGS[kind]!}\``;
}

/** Tokens by index: their kinds and their ranges in `code.text`. The last one is `End`. */
export class TokenList {
  readonly kinds = new IntPool(256);
  private readonly starts = new IntPool(256);
  private readonly ends = new IntPool(256);

  constructor(readonly code: CodeText) {}

  push(kind: Token, start: number, end: number): void {
    this.kinds.push(kind);
    this.starts.push(start);
    this.ends.push(end);
  }

  get length(): number {
    return this.kinds.length;
  }

  text(index: number): string {
    return this.code.text.slice(this.starts.at(index), this.ends.at(index));
  }

  start(index: number): Loc {
    return placeOf(this.code, this.starts.at(index));
  }

  end(index: number): Loc {
    return endPlaceOf(this.code, this.ends.at(index));
  }

  span(index: number): Span {
    return { start: this.start(index), end: this.end(index) };
  }

  /** Range in `code.text`. */
  range(index: number): { from: number; to: number } {
    return { from: this.starts.at(index), to: this.ends.at(index) };
  }

  /** Whether the two tokens touch. */
  isAdjacent(first: number, second: number): boolean {
    return this.ends.at(first) === this.starts.at(second);
  }

  /** Whether `index` is the first token of its line. */
  startsLine(index: number): boolean {
    const { text, from } = this.code;
    for (let i = this.starts.at(index) - 1; i >= from; i--) {
      const code = text.charCodeAt(i);
      if (code === 10 || code === 13) return true;
      if (code !== 32 && code !== 9) return false;
    }
    return true;
  }

  /** How far the line of token `index` is indented, in characters. */
  indentation(index: number): number {
    const { text, from } = this.code;
    let start = this.starts.at(index);
    while (start > from && text.charCodeAt(start - 1) !== 10 && text.charCodeAt(start - 1) !== 13) start--;
    let end = start;
    while (text.charCodeAt(end) === 32 || text.charCodeAt(end) === 9) end++;
    return end - start;
  }
}

/** Whether a text can name a declaration: letters, digits and `_`, and no word of the language. */
export function isPlainName(text: string): boolean {
  if (text === '' || text.length > 200 || wordKind(text) !== Token.Name) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const isLetter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
    if (!isLetter && (i === 0 || code < 48 || code > 57)) return false;
  }
  return true;
}
