/**
 * The operands of one assembly statement, read without knowing the instruction: registers, expressions, lone names and
 * memory operands. `assembler.ts` then matches them against the operands of each form.
 */
import { ABSOLUTE, type Scanner, Token, type Value } from '../assembly/scanner.ts';
import type { Range } from '../assembly/statements.ts';
import { registerByName } from './registers.ts';

export interface RegisterItem extends Range {
  kind: 'register';
  /** 0 to 31 integer, 32 to 63 float */
  register: number;
}

/** `%part(value)`, or a plain expression with an empty part. */
export interface ValueItem extends Range {
  kind: 'value';
  part: string;
  value: Value;
}

/** A lone name: a symbol, a constant, a CSR, a fence set or a rounding mode, as the form has it. */
export interface NameItem extends Range {
  kind: 'name';
  name: string;
}

/** `offset(register)`; an offset that is not written is 0. */
export interface MemoryItem extends Range {
  kind: 'memory';
  offset: ValueItem;
  register: number;
}

export type Item = RegisterItem | ValueItem | NameItem | MemoryItem;

export const PARTS = ['hi', 'lo', 'pcrel_hi', 'pcrel_lo'];

/** All operands up to the end of the statement. Throws `AssemblyError`. */
export function readItems(scanner: Scanner): Item[] {
  const items: Item[] = [];
  if (isAtEnd(scanner)) return items;
  for (;;) {
    items.push(readItem(scanner));
    if (isAtEnd(scanner)) return items;
    if (!scanner.accept(',')) scanner.fail('`,` or the end of the line');
  }
}

function isAtEnd(scanner: Scanner): boolean {
  return scanner.token === Token.End;
}

function readItem(scanner: Scanner): Item {
  const { start, end } = scanner;
  const base = registerInParentheses(scanner);
  if (base >= 0) {
    const zero: Value = { base: ABSOLUTE, number: 0n };
    return readBase(scanner, { kind: 'value', part: '', value: zero, start, end: start });
  }
  if (scanner.token === Token.Name) {
    const register = registerByName(scanner.word);
    if (register >= 0) {
      scanner.advance();
      return { kind: 'register', register, start, end };
    }
    if (isLoneName(scanner)) {
      const name = scanner.word;
      scanner.advance();
      return { kind: 'name', name, start, end };
    }
  }
  const value = readValue(scanner);
  if (!scanner.is('(')) return value;
  if (registerInParentheses(scanner) >= 0) return readBase(scanner, value);
  scanner.advance();
  scanner.fail('a register');
}

const IN_PARENTHESES = /\(\s*([a-z0-9]+)\s*\)/y;

/** The register in `(register)` at the scanner, or -1. */
function registerInParentheses(scanner: Scanner): number {
  if (!scanner.is('(')) return -1;
  IN_PARENTHESES.lastIndex = scanner.start;
  const match = IN_PARENTHESES.exec(scanner.text);
  return match ? registerByName(match[1]!) : -1;
}

function readBase(scanner: Scanner, offset: ValueItem): MemoryItem {
  scanner.expect('(');
  const register = registerByName(scanner.word);
  scanner.advance();
  const { end } = scanner;
  scanner.expect(')');
  return { kind: 'memory', offset, register, start: offset.start, end };
}

/** Does nothing but the operand's end follow the name at the scanner? */
function isLoneName(scanner: Scanner): boolean {
  let at = scanner.end;
  while (scanner.text.charAt(at) === ' ' || scanner.text.charAt(at) === '\t') at++;
  const next = scanner.text.charAt(at);
  return scanner.word !== '.' && (next === '' || !'+-*/%<>&|^('.includes(next));
}

function readValue(scanner: Scanner): ValueItem {
  const { start } = scanner;
  if (!scanner.accept('%')) {
    const value = scanner.expression();
    return { kind: 'value', part: '', value, start, end: scanner.start };
  }
  const part = scanner.word;
  if (!PARTS.includes(part)) scanner.fail(PARTS.map((name) => `\`${name}\``).join(', '));
  scanner.advance();
  scanner.expect('(');
  const value = scanner.expression();
  const { end } = scanner;
  scanner.expect(')');
  return { kind: 'value', part, value, start, end };
}
