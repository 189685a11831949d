/**
 * The operands of one assembly statement in the Intel syntax of GNU as, read without knowing the instruction:
 * registers, values, memory, far addresses. `instruction.ts` matches them against the forms of the table.
 *
 *     eax    5    offset name + 8    name    dword ptr [rax + rcx*4 - 8]    gs:[rip + name]    0x08:name
 */
import { ABSOLUTE, Scanner, Token, type Value } from '../assembly/scanner.ts';
import { AssemblyError, type Range } from '../assembly/statements.ts';
import { IP, isNarrowAddress, type Memory, memory, type Mode, NO_REGISTER } from './encode.ts';
import { REGISTER_BY_NAME, type RegisterKind } from './registers.ts';

export interface RegisterOperand extends Range {
  kind: 'register';
  register: RegisterKind;
  number: number;
}

/**
 * A number, or an address. A bare name is one: a branch target or, elsewhere, memory; `offset` makes it an immediate.
 */
export interface ValueOperand extends Range {
  kind: 'value';
  value: Value;
  offset: boolean;
}

export interface MemoryOperand extends Range {
  kind: 'memory';
  /** size by `dword ptr` and the like, 0 if none is given */
  bits: number;
  /** without its displacement, which is `value` */
  memory: Memory;
  value: Value;
}

export interface FarOperand extends Range {
  kind: 'far';
  segment: Value;
  value: Value;
}

export type Operand = RegisterOperand | ValueOperand | MemoryOperand | FarOperand;

const ZERO: Value = { base: ABSOLUTE, number: 0n };

const SIZE_WORDS: Record<string, number> = {
  byte: 8, word: 16, dword: 32, fword: 48, qword: 64, oword: 128, xmmword: 128,
};

function sizeOf(word: string): number {
  return Object.prototype.hasOwnProperty.call(SIZE_WORDS, word) ? SIZE_WORDS[word]! : 0;
}

/** All operands up to the end of the statement. Throws `AssemblyError`. */
export function readOperands(scanner: Scanner, mode: Mode): Operand[] {
  const isEmpty = scanner.token === Token.End;
  if (isEmpty) return [];
  const operands = [readOperand(scanner, mode)];
  while (scanner.accept(',')) operands.push(readOperand(scanner, mode));
  if (scanner.token !== Token.End) scanner.fail('`,` or the end of the line');
  return operands;
}

function peek(scanner: Scanner): string {
  let at = scanner.end;
  while (scanner.text.charAt(at) === ' ' || scanner.text.charAt(at) === '\t') at++;
  return scanner.text.charAt(at);
}

function readOperand(scanner: Scanner, mode: Mode): Operand {
  const start = scanner.start;
  if (scanner.is('[')) return readMemory(scanner, mode, start, 0, -1);
  if (scanner.token === Token.Name) {
    const word = scanner.word.toLowerCase();
    const register = REGISTER_BY_NAME.get(word);
    if (register && register.kind !== 'ip') {
      if (register.kind === 'segment' && peek(scanner) === ':') return readMemory(scanner, mode, start, 0, -1);
      const end = scanner.end;
      scanner.advance();
      return { kind: 'register', register: register.kind, number: register.number, start, end };
    }
    if (word === 'offset') {
      scanner.advance();
      return { kind: 'value', value: scanner.expression(), offset: true, start, end: scanner.start };
    }
    const bits = sizeOf(word);
    if (bits !== 0) {
      scanner.advance();
      if (scanner.token !== Token.Name || scanner.word.toLowerCase() !== 'ptr') scanner.fail('`ptr`');
      scanner.advance();
      return readMemory(scanner, mode, start, bits, -1);
    }
  }
  const value = scanner.expression();
  if (scanner.accept(':')) {
    const offset = scanner.expression();
    return { kind: 'far', segment: value, value: offset, start, end: scanner.start };
  }
  if (scanner.is('[')) return withDisplacement(readMemory(scanner, mode, start, 0, -1), value, scanner);
  return { kind: 'value', value, offset: false, start, end: scanner.start };
}

/** Memory behind its size: a segment, a displacement and brackets, of which one of the latter must be there. */
function readMemory(scanner: Scanner, mode: Mode, start: number, bits: number, segment: number): MemoryOperand {
  const register = scanner.token === Token.Name ? REGISTER_BY_NAME.get(scanner.word.toLowerCase()) : undefined;
  if (register?.kind === 'segment' && segment < 0) {
    scanner.advance();
    scanner.expect(':');
    return readMemory(scanner, mode, start, bits, register.number);
  }
  const operand: MemoryOperand = { kind: 'memory', bits, memory: memory(NO_REGISTER), value: ZERO, start, end: start };
  operand.memory.segment = segment;
  operand.memory.addressBits = mode;
  if (!scanner.is('[')) {
    operand.value = scanner.expression();
    operand.end = scanner.start;
    if (!scanner.is('[')) return operand;
  }
  const outside = operand.value;
  operand.value = ZERO;
  readBrackets(scanner, operand);
  return withDisplacement(operand, outside, scanner);
}

function withDisplacement(operand: MemoryOperand, outside: Value, scanner: Scanner): MemoryOperand {
  const { value } = operand;
  if (outside.base !== ABSOLUTE && value.base !== ABSOLUTE) scanner.fail('one name only');
  const base = outside.base === ABSOLUTE ? value.base : outside.base;
  operand.value = { base, number: outside.number + value.number };
  return operand;
}

/** The ranges of the terms of `[a + b*4 - 8]`, with their signs. */
function terms(scanner: Scanner): { range: Range; negative: boolean }[] {
  const { text } = scanner;
  const open = scanner.start;
  const list: { range: Range; negative: boolean }[] = [];
  let depth = 0;
  let from = open + 1;
  let negative = false;
  for (let at = open + 1; at < text.length && text.charCodeAt(at) !== 10; at++) {
    const character = text.charAt(at);
    if (character === '(') depth++;
    else if (character === ')') depth--;
    const isEnd = character === ']' && depth <= 0;
    const isSign = (character === '+' || character === '-') && depth === 0 && text.slice(from, at).trim() !== '';
    if (isEnd || isSign) {
      list.push({ range: { start: from, end: at }, negative });
      negative = character === '-';
      from = at + 1;
    }
    if (isEnd) return list;
  }
  return scanner.fail('`]` behind the address');
}

const SCALES = ['1', '2', '4', '8'];

function readBrackets(scanner: Scanner, operand: MemoryOperand): void {
  const { memory: address } = operand;
  const list = terms(scanner);
  const mode = address.addressBits;
  for (const { range, negative } of list) {
    if (readRegisterTerm(scanner, operand, range, negative, mode)) continue;
    const inside = new Scanner(scanner.text, range.start, range.end, scanner.names);
    const value = inside.expression();
    if (inside.token !== Token.End) inside.fail('`+`, `-` or `]`');
    const { base, number } = operand.value;
    if (value.base !== ABSOLUTE && (negative || base !== ABSOLUTE)) {
      const written = scanner.text.slice(range.start, range.end).trim();
      throw new AssemblyError(range, `\`${written}\``, 'one name and a number');
    }
    const sum = negative ? number - value.number : number + value.number;
    operand.value = { base: base === ABSOLUTE ? value.base : base, number: sum };
  }
  scanner.end = list[list.length - 1]!.range.end;
  scanner.advance();
  operand.end = scanner.end;
  scanner.expect(']');
  if (address.index === 4 && address.shift === 0 && address.addressBits !== 16) {
    [address.index, address.base] = [address.base, address.index];
  }
  if (address.addressBits === 16) {
    if (address.base >= 6 && address.index >= 0) [address.index, address.base] = [address.base, address.index];
    if (!isNarrowAddress(address)) throw new AssemblyError(operand, 'this address', 'bx or bp, and si or di');
  } else if (address.index === 4 || (address.base === IP && address.index >= 0)) {
    throw new AssemblyError(operand, 'this address', 'rsp or rip as base only, and rip without an index');
  }
}

/** Takes a term that is a register, or a register times a scale. */
function readRegisterTerm(scanner: Scanner, operand: MemoryOperand, range: Range, negative: boolean, mode: Mode): boolean {
  const { memory: address } = operand;
  const parts = scanner.text.slice(range.start, range.end).split('*').map((part) => part.trim().toLowerCase());
  const position = parts.findIndex((part) => REGISTER_BY_NAME.has(part));
  if (position < 0) return false;
  const fail = (expected: string): never => {
    throw new AssemblyError(range, `\`${scanner.text.slice(range.start, range.end).trim()}\``, expected);
  };
  const register = REGISTER_BY_NAME.get(parts[position]!)!;
  const isWide = register.kind === 'r64' || (register.kind === 'ip' && register.number === 64);
  const isNarrow = register.kind === 'r16' && mode !== 64;
  if (isWide ? mode !== 64 : !isNarrow && register.kind !== 'r32' && register.kind !== 'ip') fail(mode === 64 ? 'a register of 64 or 32 bits' : 'a register of 32 or 16 bits');
  const bits = isWide ? 64 : isNarrow ? 16 : 32;
  if ((address.base >= 0 || address.index >= 0) && address.addressBits !== bits) fail('registers of one size');
  if (negative || parts.length > 2) fail('a register, or a register times 1, 2, 4 or 8');
  address.addressBits = bits;
  const number = register.kind === 'ip' ? IP : register.number;
  const shift = parts.length === 2 ? SCALES.indexOf(parts[1 - position]!) : -1;
  if (parts.length === 2 && shift < 0) fail('1, 2, 4 or 8 as the scale');
  if (shift <= 0 && address.base < 0 && (shift < 0 || address.index >= 0)) address.base = number;
  else if (address.index < 0 && number !== IP) {
    address.index = number;
    address.shift = Math.max(shift, 0);
  } else fail('at most two registers');
  return true;
}
