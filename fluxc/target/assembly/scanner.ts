/**
 * Reads the operands of one assembly statement: tokens, and expressions with the operators and precedence of GNU as.
 *
 * Names in expressions go to whoever made the scanner. Errors are thrown as `AssemblyError`.
 */
import { escapedCode, isBlank, isDigit, isNamePart, isNameStart } from './characters.ts';
import { AssemblyError } from './statements.ts';

/**
 * A number, or a place plus a number. `base` is `ABSOLUTE`, `HERE` (this text's first byte) or the number of
 * a name that is defined elsewhere.
 */
export interface Value {
  base: number;
  number: bigint;
}
export const ABSOLUTE = -1;
export const HERE = -2;

export const enum Token { End, Name, Number, Text, Sign }

/** What names in an expression stand for. */
export interface Names {
  /** the value of a name; a name that nothing defines is a symbol of another module */
  value(name: string): Value;
  /** where `1b` or `1f` leads to from here, or null */
  numeric(digits: string, forward: boolean): Value | null;
  /** the place of the current statement */
  here(): Value;
}

const NUMBER = /0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+[bf](?![0-9A-Za-z_])|[0-9]+/y;
const FLOAT = /[-+]?[0-9]+(?:\.[0-9]*(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)/y;

/** Reads the tokens of one statement's operands. `token`, `start`, `end` describe the current one. */
export class Scanner {
  token: Token = Token.End;
  start = 0;
  end = 0;
  private depth = 0;

  constructor(readonly text: string, at: number, private readonly limit: number, readonly names: Names) {
    this.end = at;
    this.advance();
  }

  /** the current token as it is written */
  get word(): string {
    return this.text.slice(this.start, this.end);
  }

  advance(): void {
    let at = this.end;
    while (at < this.limit && isBlank(this.text.charCodeAt(at))) at++;
    this.start = at;
    if (at >= this.limit) {
      this.token = Token.End;
      this.end = at;
      return;
    }
    const code = this.text.charCodeAt(at);
    if (isDigit(code)) {
      NUMBER.lastIndex = at;
      this.end = at + NUMBER.exec(this.text)![0].length;
      this.token = Token.Number;
    } else if (isNameStart(code)) {
      while (at < this.limit && isNamePart(this.text.charCodeAt(at))) at++;
      this.end = at;
      this.token = Token.Name;
    } else if (code === 34) {
      at++;
      while (at < this.limit && this.text.charCodeAt(at) !== 34) at += this.text.charCodeAt(at) === 92 ? 2 : 1;
      if (at >= this.limit) throw new AssemblyError({ start: this.start, end: this.limit }, 'text', 'a closing quote');
      this.end = at + 1;
      this.token = Token.Text;
    } else {
      const two = this.text.slice(at, at + 2);
      this.end = at + (two === '<<' || two === '>>' ? 2 : 1);
      this.token = Token.Sign;
    }
  }

  /** Is everything read? */
  get atEnd(): boolean {
    return this.token === Token.End;
  }

  is(sign: string): boolean {
    return this.token === Token.Sign && this.word === sign;
  }

  /** Steps over `sign` if it comes next. */
  accept(sign: string): boolean {
    if (!this.is(sign)) return false;
    this.advance();
    return true;
  }

  expect(sign: string): void {
    if (!this.accept(sign)) this.fail(`\`${sign}\``);
  }

  /** A number with a point or an exponent, and its sign, if it comes next; else null. */
  acceptFloat(): number | null {
    FLOAT.lastIndex = this.start;
    const match = this.token === Token.End ? null : FLOAT.exec(this.text);
    if (!match || this.start + match[0].length > this.limit) return null;
    this.end = this.start + match[0].length;
    this.advance();
    return Number(match[0]);
  }

  fail(expected: string): never {
    const found = this.token === Token.End ? 'the end of the line' : `\`${this.word}\``;
    throw new AssemblyError({ start: this.start, end: Math.max(this.end, this.start + 1) }, found, expected);
  }

  /** An expression: `* / % << >>` bind tightest, then `| & ^`, then `+ -`, as in GNU as. */
  expression(): Value {
    return this.operation(0);
  }

  /** An expression whose value is a number. */
  constant(): bigint {
    const start = this.start;
    const value = this.expression();
    if (value.base === ABSOLUTE) return value.number;
    throw new AssemblyError({ start, end: this.start }, `\`${this.text.slice(start, this.start).trim()}\``, 'a number');
  }

  private operation(level: number): Value {
    if (level === 3) return this.primary();
    let left = this.operation(level + 1);
    for (;;) {
      if (this.token !== Token.Sign || !LEVELS[level]!.includes(this.word)) return left;
      const { start, end, word } = this;
      this.advance();
      const right = this.operation(level + 1);
      const result = combine(word, left, right);
      if (!result) throw new AssemblyError({ start, end }, `\`${word}\``, 'numbers here, or two labels of this block');
      left = result;
    }
  }

  private primary(): Value {
    if (++this.depth > 100) this.fail('an expression nested less deeply');
    const value = this.factor();
    this.depth--;
    return value;
  }

  private factor(): Value {
    const { token, word } = this;
    if (token === Token.Number) {
      const last = word.charAt(word.length - 1);
      const isReference = (last === 'b' || last === 'f') && !/^0[xXbB]./.test(word);
      if (isReference) {
        const value = this.names.numeric(word.slice(0, -1), last === 'f');
        if (!value) this.fail(`a label \`${word.slice(0, -1)}:\` ${last === 'f' ? 'below' : 'above'}`);
        this.advance();
        return value;
      }
      this.advance();
      return { base: ABSOLUTE, number: BigInt(word) };
    }
    if (token === Token.Name) {
      this.advance();
      return word === '.' ? this.names.here() : this.names.value(word);
    }
    if (this.is("'")) return this.character();
    if (this.is('-') || this.is('~') || this.is('+')) {
      this.advance();
      const start = this.start;
      const operand = this.primary();
      if (operand.base !== ABSOLUTE) {
        throw new AssemblyError({ start, end: this.start }, `\`${word}\``, 'a number behind it');
      }
      if (word === '+') return operand;
      return { base: ABSOLUTE, number: word === '-' ? -operand.number : ~operand.number };
    }
    if (this.accept('(')) {
      const value = this.expression();
      this.expect(')');
      return value;
    }
    this.fail('an expression');
  }

  private character(): Value {
    const at = this.end;
    const escaped = this.text.charCodeAt(at) === 92;
    const code = escaped ? escapedCode(this.text.charAt(at + 1)) : this.text.charCodeAt(at);
    if (at >= this.limit || code < 0) this.fail('a character');
    this.end = at + (escaped ? 2 : 1);
    if (this.text.charAt(this.end) === "'") this.end++;
    this.advance();
    return { base: ABSOLUTE, number: BigInt(code) };
  }
}

const LEVELS = [['+', '-'], ['|', '&', '^'], ['*', '/', '%', '<<', '>>']];

function combine(operator: string, left: Value, right: Value): Value | null {
  const a = left.number;
  const b = right.number;
  if (operator === '+' && (left.base === ABSOLUTE || right.base === ABSOLUTE)) {
    return { base: left.base === ABSOLUTE ? right.base : left.base, number: a + b };
  }
  if (operator === '-' && right.base === ABSOLUTE) return { base: left.base, number: a - b };
  if (operator === '-' && left.base === right.base) return { base: ABSOLUTE, number: a - b };
  if (left.base !== ABSOLUTE || right.base !== ABSOLUTE) return null;
  switch (operator) {
    case '|': return { base: ABSOLUTE, number: a | b };
    case '&': return { base: ABSOLUTE, number: a & b };
    case '^': return { base: ABSOLUTE, number: a ^ b };
    case '*': return { base: ABSOLUTE, number: BigInt.asIntN(128, a * b) };
    case '/': return b === 0n ? null : { base: ABSOLUTE, number: a / b };
    case '%': return b === 0n ? null : { base: ABSOLUTE, number: a % b };
    case '<<': return b < 0n || b > 127n ? null : { base: ABSOLUTE, number: BigInt.asIntN(128, a << b) };
    case '>>': return b < 0n || b > 127n ? null : { base: ABSOLUTE, number: a >> b };
    default: return null;
  }
}
