/**
 * Operands of bytecode as text: `readOperand` for the assembler, `operandText` for the disassembler. What the one writes
 * the other reads.
 *
 * Registers are `r0`, `r1`, … (the first letter of their file's name); integers are expressions; a target is an offset in
 * the code, by a label most often; floats are decimal, `inf`, `nan`, or `bits(0x…)` for a NaN of another pattern; bytes are
 * text in quotes.
 */
import { encodeUtf8 } from '../base/utf8.ts';
import { escapedCode } from '../target/assembly/characters.ts';
import { type Scanner, Token } from '../target/assembly/scanner.ts';
import { AssemblyError, type Range } from '../target/assembly/statements.ts';
import { type OperandValue, rangeOf } from './code.ts';
import type { Operand, Row } from './instruction-set.ts';

/** `iadd rd, ra, rb`: how the instruction is written. */
export function signatureText(row: Row): string {
  return `${row.mnemonic} ${row.operands.map(({ name }) => name).join(', ')}`.trim();
}

/** What may stand there, for messages. */
export function rangeText(operand: Operand): string {
  if (operand.kind === 'bytes') return 'text of 65535 bytes at most';
  if (operand.kind === 'float') return `a number of ${operand.width} bits`;
  const { least, most } = rangeOf(operand);
  if (operand.kind === 'register') return `a register from ${registerName(operand, 0n)} to ${registerName(operand, most)}`;
  return `a number from ${least} to ${most}`;
}

function registerName(operand: Operand, number: bigint): string {
  return `${registerLetter(operand)}${number}`;
}

function registerLetter(operand: Operand): string {
  const file = operand.file ?? 'r';
  return file.slice(file.lastIndexOf('.') + 1).charAt(0).toLowerCase();
}

/** Either a value, or the offset in the code that a target operand leads to. */
export type ReadOperand = { value: OperandValue } | { target: bigint };

/** Reads one operand; errors are thrown as `AssemblyError`. `names`: what registers are called besides their numbers. */
export function readOperand(operand: Operand, scanner: Scanner, names: ReadonlyMap<string, bigint> = NO_NAMES): ReadOperand {
  switch (operand.kind) {
    case 'register': return { value: readRegister(operand, scanner, names) };
    case 'float': return { value: readFloat(operand.width, scanner) };
    case 'bytes': return { value: readText(scanner) };
    case 'integer': return { value: scanner.constant() };
    case 'relative': case 'address': return { target: scanner.constant() };
  }
}

const NO_NAMES: ReadonlyMap<string, bigint> = new Map();

function readRegister(operand: Operand, scanner: Scanner, names: ReadonlyMap<string, bigint>): bigint {
  const named = scanner.token === Token.Name ? names.get(scanner.word) : undefined;
  if (named !== undefined) {
    scanner.advance();
    return named;
  }
  const letter = registerLetter(operand);
  const match = /^([a-z])([0-9]{1,3})$/i.exec(scanner.token === Token.Name ? scanner.word : '');
  if (match?.[1]!.toLowerCase() !== letter) scanner.fail(rangeText(operand));
  scanner.advance();
  return BigInt(match![2]!);
}

const NUMBERS = new Map([['inf', Infinity], ['nan', NaN]]);

/** The bit pattern of a float of `width` bits. */
export function readFloat(width: number, scanner: Scanner): bigint {
  if (scanner.token === Token.Name && scanner.word.toLowerCase() === 'bits') {
    scanner.advance();
    scanner.expect('(');
    const bits = scanner.constant();
    scanner.expect(')');
    return BigInt.asUintN(width, bits);
  }
  const isNegative = scanner.is('-') && /^-\s*inf\b/i.test(scanner.text.slice(scanner.start));
  if (isNegative) scanner.advance();
  const named = scanner.token === Token.Name ? NUMBERS.get(scanner.word.toLowerCase()) : undefined;
  if (named !== undefined) {
    scanner.advance();
    return bitsOf(isNegative ? -named : named, width);
  }
  const float = scanner.acceptFloat();
  return bitsOf(float ?? Number(scanner.constant()), width);
}

function bitsOf(value: number, width: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (Number.isNaN(value)) return width === 32 ? 0x7fc0_0000n : 0x7ff8_0000_0000_0000n;
  if (width === 32) view.setFloat32(0, value);
  else view.setFloat64(0, value);
  return width === 32 ? BigInt(view.getUint32(0)) : view.getBigUint64(0);
}

function floatText(bits: bigint, width: number): string {
  const view = new DataView(new ArrayBuffer(8));
  if (width === 32) view.setUint32(0, Number(bits));
  else view.setBigUint64(0, bits);
  const value = width === 32 ? view.getFloat32(0) : view.getFloat64(0);
  if (bitsOf(value, width) !== bits) return `bits(0x${bits.toString(16)})`;
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  if (/^-?\d+$/.test(text)) return `${text}.0`;
  // A number with an exponent needs a point or digits before the `e`, which it always has.
  return text;
}

/** The bytes of a text in quotes. `\xHH` is a byte, everything else UTF-8. */
export function readText(scanner: Scanner): Uint8Array {
  if (scanner.token !== Token.Text) scanner.fail('text in quotes');
  const { word, start } = scanner;
  const bytes: number[] = [];
  let plain = '';
  const flush = () => {
    for (const byte of encodeUtf8(plain)) bytes.push(byte);
    plain = '';
  };
  for (let i = 1; i < word.length - 1; i++) {
    if (word.charAt(i) !== '\\') {
      plain += word.charAt(i);
      continue;
    }
    flush();
    const hex = /^x([0-9a-fA-F]{2})/.exec(word.slice(i + 1));
    const code = hex ? parseInt(hex[1]!, 16) : escapedCode(word.charAt(i + 1));
    const range: Range = { start: start + i, end: start + i + 2 };
    if (code < 0) throw new AssemblyError(range, `\`${word.slice(i, i + 2)}\``, 'one of \\n \\r \\t \\0 \\b \\f \\\\ \\" \\\' \\xHH');
    bytes.push(code);
    i += hex ? 3 : 1;
  }
  flush();
  scanner.advance();
  return Uint8Array.from(bytes);
}

/** Bytes as text in quotes: printable ASCII stands for itself. */
export function quoted(bytes: Uint8Array): string {
  let text = '"';
  for (const byte of bytes) {
    if (byte === 10) text += '\\n';
    else if (byte === 34 || byte === 92) text += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 32 && byte < 127) text += String.fromCharCode(byte);
    else text += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return `${text}"`;
}

/** An operand that is no target, as the assembler reads it. */
export function operandText(operand: Operand, value: OperandValue): string {
  if (typeof value !== 'bigint') return quoted(value);
  if (operand.kind === 'register') return registerName(operand, value);
  if (operand.kind === 'float') return floatText(value, operand.width);
  return String(value);
}
