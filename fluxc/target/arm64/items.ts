/**
 * The operands of one assembly statement, read without knowing the instruction: registers, constants, names, shifts and
 * memory operands in square brackets. `operands.ts` then matches them against the operands of each form.
 */
import { type Scanner, Token, type Value } from '../assembly/scanner.ts';
import type { Range } from '../assembly/statements.ts';

export interface RegisterItem extends Range {
  kind: 'register';
  /** w and x: integer; b, h, s, d, q: float by size */
  letter: string;
  number: number;
  /** named `sp` or `wsp`: number 31, but not the zero register */
  stack: boolean;
}

/** An expression; `hash` if `#` stands before it. */
export interface ValueItem extends Range {
  kind: 'value';
  hash: boolean;
  /** `lo12` for `:lo12:name` */
  part: string;
  value: Value;
}

/** A lone name: a label, a condition, a system register … as the form has it. */
export interface NameItem extends Range {
  kind: 'name';
  name: string;
}

export interface FloatItem extends Range {
  kind: 'float';
  value: number;
}

/** A shift or an extension of the operand before it. */
export interface ShiftItem extends Range {
  kind: 'shift';
  name: string;
  amount: bigint | null;
}

export interface MemoryItem extends Range {
  kind: 'memory';
  items: Item[];
  /** `!` behind the bracket */
  writeBack: boolean;
}

export type Item = RegisterItem | ValueItem | NameItem | FloatItem | ShiftItem | MemoryItem;

const ALIASES: Record<string, [letter: string, number: number, stack: boolean]> = {
  sp: ['x', 31, true], wsp: ['w', 31, true], xzr: ['x', 31, false], wzr: ['w', 31, false],
  fp: ['x', 29, false], lr: ['x', 30, false], ip0: ['x', 16, false], ip1: ['x', 17, false],
};
const REGISTER = /([wxbhsdq])(0|[1-9][0-9]?)$/y;
const SHIFTS = ['lsl', 'lsr', 'asr', 'ror', 'uxtb', 'uxth', 'uxtw', 'uxtx', 'sxtb', 'sxth', 'sxtw', 'sxtx'];

function registerOf(name: string): { letter: string; number: number; stack: boolean } | null {
  if (Object.prototype.hasOwnProperty.call(ALIASES, name)) {
    const [letter, number, stack] = ALIASES[name]!;
    return { letter, number, stack };
  }
  REGISTER.lastIndex = 0;
  const match = REGISTER.exec(name);
  if (!match) return null;
  const number = Number(match[2]);
  const isInteger = match[1] === 'w' || match[1] === 'x';
  return number > (isInteger ? 30 : 31) ? null : { letter: match[1]!, number, stack: false };
}

/** All operands up to the end of the statement. Throws `AssemblyError`. */
export function readItems(scanner: Scanner): Item[] {
  const items: Item[] = [];
  if (scanner.atEnd) return items;
  for (;;) {
    items.push(readItem(scanner, true));
    if (scanner.atEnd) return items;
    if (!scanner.accept(',')) scanner.fail('`,` or the end of the line');
  }
}

function readItem(scanner: Scanner, mayBeMemory: boolean): Item {
  const start = scanner.start;
  if (mayBeMemory && scanner.accept('[')) {
    const items: Item[] = [];
    for (;;) {
      items.push(readItem(scanner, false));
      if (!scanner.is(',')) break;
      scanner.advance();
    }
    let end = scanner.end;
    scanner.expect(']');
    const writeBack = scanner.is('!');
    if (writeBack) {
      end = scanner.end;
      scanner.advance();
    }
    return { kind: 'memory', items, writeBack, start, end };
  }
  if (scanner.token === Token.Name) {
    const word = scanner.word.toLowerCase();
    const end = scanner.end;
    const register = registerOf(word);
    if (register) {
      scanner.advance();
      return { kind: 'register', ...register, start, end };
    }
    if (SHIFTS.includes(word)) return readShift(scanner, word);
    const name = readLoneName(scanner);
    if (name) return name;
  }
  return readValue(scanner);
}

/** The name at the scanner if nothing but the operand's end follows it. */
function readLoneName(scanner: Scanner): NameItem | null {
  let at = scanner.end;
  while (scanner.text.charAt(at) === ' ' || scanner.text.charAt(at) === '\t') at++;
  const next = scanner.text.charAt(at);
  const isOperator = '+-*/%<>&|^'.includes(next) && next !== '';
  if (isOperator || scanner.word === '.') return null;
  const item: NameItem = { kind: 'name', name: scanner.word, start: scanner.start, end: scanner.end };
  scanner.advance();
  return item;
}

function readShift(scanner: Scanner, name: string): ShiftItem {
  const start = scanner.start;
  let end = scanner.end;
  scanner.advance();
  let amount: bigint | null = null;
  if (scanner.is('#') || scanner.token === Token.Number) {
    scanner.accept('#');
    amount = scanner.constant();
    end = scanner.start;
  }
  return { kind: 'shift', name, amount, start, end };
}

function readValue(scanner: Scanner): ValueItem | FloatItem {
  const start = scanner.start;
  const hash = scanner.accept('#');
  let part = '';
  if (scanner.accept(':')) {
    part = scanner.word.toLowerCase();
    if (part !== 'lo12') scanner.fail('`lo12`, the one part of an address that is known here');
    scanner.advance();
    scanner.expect(':');
  }
  const float = hash ? scanner.acceptFloat() : null;
  if (float !== null) return { kind: 'float', value: float, start, end: scanner.start };
  const value = scanner.expression();
  return { kind: 'value', hash, part, value, start, end: scanner.start };
}
