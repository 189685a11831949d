/**
 * The layer of an assembler that knows no instruction: statements, labels and expressions.
 *
 * `splitStatements` cuts a text into labels, a mnemonic or directive, and the range of its operands, comments blanked
 * out. `Scanner` reads the tokens of such a range and evaluates expressions on the way, with the operators
 * and precedence of GNU as. All positions are offsets in the text; whoever reports an error adds the text's `Loc`.
 */

export interface Range {
  start: number;
  end: number;
}

/** A label's definition: a name, or the digits of a numeric one. */
export interface Label extends Range {
  name: string;
}

export interface Statement extends Range {
  labels: Label[];
  /** lower case; empty if the line holds only labels */
  mnemonic: string;
  /** where the mnemonic stands */
  at: Range;
  /** the rest of the line, without blanks at both ends */
  operands: Range;
}

/**
 * A number, or a place plus a number. `base` is `ABSOLUTE`, `HERE` (this text's first byte) or a symbol of the module.
 */
export interface Value {
  base: number;
  number: bigint;
}
export const ABSOLUTE = -1;
export const HERE = -2;

/** Thrown by the scanner and caught by whoever processes the statement; never leaves the assembler. */
export class AssemblyError extends Error {
  constructor(readonly range: Range, readonly found: string, readonly expected: string) {
    super(`${found}: expected ${expected}`);
  }
}

const SPACE = 32;

function isBlank(code: number): boolean {
  return code === SPACE || code === 9;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

export function isNameStart(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95 || code === 46 || code === 36;
}

function isNamePart(code: number): boolean {
  return isNameStart(code) || isDigit(code);
}

/**
 * `text` with every comment replaced by blanks, so that offsets stay. `#` opens one at the start of a line, or anywhere
 * where it starts no operand (`hashAnywhere`).
 */
function withoutComments(text: string, hashAnywhere: boolean): string {
  let out = '';
  let from = 0;
  let lineStart = true;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 10 || code === 13) lineStart = true;
    else if (code === 34) {
      lineStart = false;
      for (i++; i < text.length; i++) {
        const inside = text.charCodeAt(i);
        if (inside === 92) i++;
        else if (inside === 34 || inside === 10) break;
      }
    } else if (code === 39) {
      // A character constant may be a quote or a comment sign.
      lineStart = false;
      i += text.charCodeAt(i + 1) === 92 ? 2 : 1;
    } else if ((code === 35 && (lineStart || hashAnywhere)) || (code === 47 && text.charCodeAt(i + 1) === 47)) {
      out += text.slice(from, i);
      from = i;
      while (i < text.length && text.charCodeAt(i) !== 10 && text.charCodeAt(i) !== 13) i++;
      out += ' '.repeat(i - from);
      from = i;
      i--;
    } else if (code === 47 && text.charCodeAt(i + 1) === 42) {
      const close = text.indexOf('*/', i + 2);
      const end = close < 0 ? text.length : close + 2;
      out += text.slice(from, i) + text.slice(i, end).replace(/[^\n]/g, ' ');
      from = end;
      i = end - 1;
    } else if (!isBlank(code)) lineStart = false;
  }
  return out + text.slice(from);
}

export interface AssemblyText {
  /** the text without comments, of the same length */
  text: string;
  statements: Statement[];
}

export function splitStatements(source: string, hashAnywhere = false): AssemblyText {
  const text = withoutComments(source, hashAnywhere);
  const statements: Statement[] = [];
  let lineStart = 0;
  while (lineStart < text.length) {
    let lineEnd = lineStart;
    while (lineEnd < text.length && text.charCodeAt(lineEnd) !== 10 && text.charCodeAt(lineEnd) !== 13) lineEnd++;
    const statement = readStatement(text, lineStart, lineEnd);
    if (statement) statements.push(statement);
    lineStart = lineEnd + 1;
  }
  return { text, statements: expandRepeats(text, statements) };
}

/** Most statements that repeats may grow a text to. */
const LONGEST = 100_000;

/**
 * Writes what stands between `.rept count` and `.endr` out `count` times. A repeat that is not closed, whose count is
 * no plain number or that grows beyond measure stays as it is, and so is reported as a directive that nobody knows.
 */
function expandRepeats(text: string, statements: Statement[]): Statement[] {
  const outer: { before: Statement[]; open: Statement; count: number }[] = [];
  let current: Statement[] = [];
  for (const statement of statements) {
    const inner = statement.mnemonic === '.endr' ? outer.pop() : undefined;
    if (statement.mnemonic === '.rept') {
      const count = text.slice(statement.operands.start, statement.operands.end);
      outer.push({ before: current, open: statement, count: /^[0-9]{1,5}$/.test(count) ? Number(count) : -1 });
      current = [];
    } else if (inner) {
      const body = current;
      current = inner.before;
      const isTooLong = inner.count < 0 || current.length + body.length * inner.count > LONGEST;
      if (isTooLong) current.push(inner.open, ...body, statement);
      else for (let i = 0; i < inner.count; i++) current.push(...body);
    } else current.push(statement);
  }
  while (outer.length > 0) {
    const { before, open } = outer.pop()!;
    current = [...before, open, ...current];
  }
  return current;
}

function readStatement(text: string, from: number, to: number): Statement | null {
  const skip = (at: number) => {
    while (at < to && isBlank(text.charCodeAt(at))) at++;
    return at;
  };
  const labels: Label[] = [];
  let at = skip(from);
  const start = at;
  for (;;) {
    let end = at;
    while (end < to && isNamePart(text.charCodeAt(end))) end++;
    const colon = skip(end);
    if (end === at || colon >= to || text.charCodeAt(colon) !== 58) break;
    labels.push({ name: text.slice(at, end), start: at, end });
    at = skip(colon + 1);
  }
  let end = to;
  while (end > at && isBlank(text.charCodeAt(end - 1))) end--;
  if (at === end && labels.length === 0) return null;
  let wordEnd = at;
  while (wordEnd < end && isNamePart(text.charCodeAt(wordEnd))) wordEnd++;
  // A line that starts with no name at all is all "mnemonic": the assembler reports it as unknown.
  if (wordEnd === at) wordEnd = end;
  return {
    start, end, labels,
    mnemonic: text.slice(at, wordEnd).toLowerCase(),
    at: { start: at, end: wordEnd },
    operands: { start: skip(wordEnd), end },
  };
}

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

/** The code of the character behind a backslash, or -1. */
export function escapedCode(character: string): number {
  switch (character) {
    case 'n': return 10;
    case 't': return 9;
    case 'r': return 13;
    case '0': return 0;
    case 'b': return 8;
    case 'f': return 12;
    case '\\': return 92;
    case '"': return 34;
    case "'": return 39;
    default: return -1;
  }
}
