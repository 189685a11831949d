/**
 * A cursor over the tokens of FIR text: takes what is expected or reports what stands there instead.
 *
 * A statement is broken by its first error: from then on nothing more of it is reported or taken, every reading method
 * gives a neutral value, and `endLine` skips to the next statement.
 */
import type { Source } from '../base/source.ts';
import type { Code } from '../diagnostics/catalogue.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import { isHexadecimal, Kind, tokenize, type Token } from './lexer.ts';
import type { Signature } from './module.ts';
import { TRAP_NAMES } from './ops.ts';
import { symbolName } from './print.ts';
import { Type, TYPE_NAMES } from './types.ts';

export const TYPE_BY_NAME = new Map<string, Type>(TYPE_NAMES.map((name, type) => [name, type as Type]));

export class Reader {
  protected readonly tokens: Token[];
  protected at = 0;
  /** an error in the current statement was reported: the rest of it is skipped */
  protected broken = false;

  constructor(private readonly source: Source, private readonly diagnostics: Diagnostics) {
    this.tokens = tokenize(source, diagnostics);
  }

  // ---- tokens ----

  protected get token(): Token {
    return this.tokens[this.at]!;
  }

  protected advance(): Token {
    const token = this.tokens[this.at]!;
    if (token.kind !== Kind.End) this.at++;
    return token;
  }

  protected error(code: Code, token: Token, ...values: (string | number)[]): void {
    if (this.broken) return;
    this.broken = true;
    const { base } = this.source;
    const end = Math.max(token.end, token.start + 1);
    this.diagnostics.report(code, { start: base + token.start, end: base + end }, ...values);
  }

  protected expected(what: string): void {
    this.error('FX0402', this.token, what, describe(this.token));
  }

  protected isMark(mark: string): boolean {
    return this.token.kind === Kind.Mark && this.token.text === mark;
  }

  protected isWord(word: string): boolean {
    return this.token.kind === Kind.Word && this.token.text === word;
  }

  protected acceptMark(mark: string): boolean {
    if (this.broken || !this.isMark(mark)) return false;
    this.advance();
    return true;
  }

  protected acceptWord(word: string): boolean {
    if (this.broken || !this.isWord(word)) return false;
    this.advance();
    return true;
  }

  protected mark(mark: string): void {
    if (!this.broken && !this.acceptMark(mark)) this.expected(`\`${mark}\``);
  }

  protected word(word: string): void {
    if (!this.broken && !this.acceptWord(word)) this.expected(`\`${word}\``);
  }

  protected take(kind: Kind, what: string): Token | null {
    if (this.broken) return null;
    if (this.token.kind === kind) return this.advance();
    this.expected(what);
    return null;
  }

  /** Ends a statement: what follows must be a line end. */
  protected endLine(): void {
    if (!this.broken && this.token.kind !== Kind.Line) this.expected('the end of the line');
    while (this.token.kind !== Kind.Line && this.token.kind !== Kind.End && !this.isMark('}')) this.advance();
    if (this.token.kind === Kind.Line) this.advance();
    this.broken = false;
  }

  protected skipLines(): void {
    while (this.token.kind === Kind.Line) this.advance();
  }

  // ---- types, numbers, strings ----

  protected signature(): Signature {
    const params: Type[] = [];
    const results: Type[] = [];
    this.mark('(');
    if (!this.acceptMark(')')) {
      do params.push(this.type()); while (this.acceptMark(','));
      this.mark(')');
    }
    if (!this.broken && this.token.kind === Kind.Arrow) {
      this.advance();
      do results.push(this.type()); while (this.acceptMark(','));
    }
    return { params, results };
  }

  protected type(): Type {
    const token = this.take(Kind.Word, 'a type');
    if (!token) return Type.Void;
    const type = TYPE_BY_NAME.get(token.text);
    if (type === undefined) this.error('FX0402', token, 'a type', describe(token));
    return type ?? Type.Void;
  }

  /** ` + n` or ` - n`, else 0 */
  protected offset(): number {
    if (this.acceptMark('+')) return this.integer(-(2 ** 31), 2 ** 31 - 1, 'a 32-bit offset');
    if (this.acceptMark('-')) return -this.integer(-(2 ** 31) + 1, 2 ** 31, 'a 32-bit offset');
    return 0;
  }

  protected loc(): number {
    return this.acceptMark('!') ? this.integer(0, 2 ** 31 - 1, 'a location') : 0;
  }

  protected trapCode(): number {
    if (this.token.kind === Kind.Number) return this.integer(0, 255, 'a trap code');
    const token = this.take(Kind.Word, 'a trap code');
    const code = token ? TRAP_NAMES.indexOf(token.text as (typeof TRAP_NAMES)[number]) : 0;
    const known = TRAP_NAMES.slice(1).join(', ');
    if (token && code < 1) this.error('FX0402', token, `a trap code (${known})`, describe(token));
    return Math.max(code, 0);
  }

  protected integer(least: number, most: number, what: string): number {
    const token = this.take(Kind.Number, what);
    if (!token) return 0;
    const value = integerOf(token.text);
    if (value !== null && value >= least && value <= most) return Number(value);
    this.error('FX0408', token, token.text, what);
    return 0;
  }

  /** An integer that `type` can hold, read as signed or unsigned. */
  protected wide(type: Type): bigint {
    const token = this.take(Kind.Number, 'an integer');
    if (!token) return 0n;
    const value = integerOf(token.text);
    const bits = type === Type.I32 ? 32n : type === Type.Bool ? 1n : 64n;
    const least = type === Type.Bool ? 0n : -(1n << (bits - 1n));
    if (value !== null && value >= least && value < 1n << bits) return value;
    this.error('FX0408', token, token.text, `an integer of type ${TYPE_NAMES[type]}`);
    return 0n;
  }

  /** The bits of a float written in decimal or, in hexadecimal, as its bits. */
  protected float(type: Type): bigint {
    const token = this.take(Kind.Number, 'a float');
    if (!token) return 0n;
    if (token.text.startsWith('0x')) {
      const bits = integerOf(token.text);
      if (bits !== null && bits < (type === Type.F32 ? 1n << 32n : 1n << 64n)) return bits;
    } else {
      const value = Number(token.text);
      if (!Number.isNaN(value) && token.text.length <= 40) {
        const view = new DataView(new ArrayBuffer(8));
        if (type === Type.F32) {
          view.setFloat32(0, value);
          return BigInt(view.getUint32(0));
        }
        view.setFloat64(0, value);
        return view.getBigUint64(0);
      }
    }
    this.error('FX0408', token, token.text, `a float of type ${TYPE_NAMES[type]}`);
    return 0n;
  }

  /** Strings that follow each other, on one line or on the next ones, joined. */
  protected strings(): string {
    const pieces: string[] = [];
    for (;;) {
      const start = this.at;
      if (pieces.length > 0 || this.token.kind === Kind.Line) this.skipLines();
      if (this.token.kind === Kind.String) pieces.push(this.advance().text);
      else {
        this.at = start;
        break;
      }
    }
    if (pieces.length === 0) this.expected('a string');
    return pieces.join('');
  }
}

/** A decimal or hexadecimal integer, null if it is none or longer than any 64-bit number. */
function integerOf(text: string): bigint | null {
  if (text.length > 24) return null;
  if (text.startsWith('0x')) return isHexadecimal(text.slice(2)) ? BigInt(text) : null;
  for (let i = text[0] === '-' ? 1 : 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return null;
  }
  return BigInt(text);
}

/** A token as a message names it. */
export function describe(token: Token): string {
  if (token.kind === Kind.Line || token.kind === Kind.End) return token.text;
  if (token.kind === Kind.String) return 'a string';
  if (token.kind === Kind.Symbol) return `\`${symbolName(token.text)}\``;
  return `\`${token.text.length > 40 ? token.text.slice(0, 40) + '…' : token.text}\``;
}
