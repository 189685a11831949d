/**
 * The directives that all targets share, with the meaning that GNU as gives them: data, text, alignment, space, global
 * labels and constants. `sharedDirective` reads the operands from a scanner and writes to the assembler.
 */
import { encodeUtf8 } from '../../base/utf8.ts';
import type { Assembler, DataItem } from './assembler.ts';
import { escapedCode } from './characters.ts';
import { ABSOLUTE, type Scanner, Token } from './scanner.ts';
import { AssemblyError, type Range } from './statements.ts';

/** Bytes that one block may have, repetitions and padding included. */
export const MOST_BYTES = 1 << 24;
/** The largest alignment is 2 to this power. */
const MOST_ALIGN_POWER = 16;

/** False if `name` is no directive of all targets. What stands behind the operands is left to the caller. */
export function sharedDirective(out: Assembler, name: string, scanner: Scanner): boolean {
  const data = out.syntax.data.get(name);
  if (data) {
    if (!scanner.atEnd) list(scanner, () => dataItem(out, data, scanner));
    return true;
  }
  switch (name) {
    case '.ascii': list(scanner, () => text(out, scanner)); return true;
    case '.asciz': case '.string':
      list(scanner, () => {
        text(out, scanner);
        out.put8(0);
      });
      return true;
    case '.align': align(out, scanner, out.syntax.alignsByPower); return true;
    case '.balign': align(out, scanner, false); return true;
    case '.p2align': align(out, scanner, true); return true;
    case '.gap': gap(out, scanner); return true;
    case '.zero': case '.skip': case '.space': space(out, scanner); return true;
    case '.global': case '.globl': list(scanner, () => global(out, scanner)); return true;
    case '.set': case '.equ': set(out, scanner); return true;
    case '.interrupted': interrupted(out, scanner); return true;
    default: return false;
  }
}

function list(scanner: Scanner, item: () => void): void {
  do item(); while (scanner.accept(','));
}

/** A number and where it stands. */
function measured(scanner: Scanner): Range & { number: bigint } {
  const { start } = scanner;
  const number = scanner.constant();
  return { start, end: scanner.start, number };
}

function dataItem(out: Assembler, { bytes, kind }: DataItem, scanner: Scanner): void {
  const { start } = scanner;
  const value = scanner.expression();
  const range = { start, end: scanner.start };
  let { number } = value;
  if (value.base !== ABSOLUTE) {
    if (kind === null) throw new AssemblyError(range, out.written(range), 'a number');
    out.relocate(kind, value);
    number = 0n;
  }
  const bits = BigInt(8 * bytes);
  if (number < -(1n << (bits - 1n)) || number >= 1n << bits) {
    throw new AssemblyError(range, out.written(range), `a number of ${bits} bits`);
  }
  for (let i = 0; i < bytes; i++) out.put8(Number((number >> BigInt(8 * i)) & 255n));
}

function text(out: Assembler, scanner: Scanner): void {
  if (scanner.token !== Token.Text) scanner.fail('a text in double quotes');
  const inside = scanner.word.slice(1, -1);
  let characters = '';
  for (let i = 0; i < inside.length; i++) {
    let code = inside.charCodeAt(i);
    if (code === 92) {
      code = escapedCode(inside.charAt(++i));
      const range = { start: scanner.start + i, end: scanner.start + i + 2 };
      if (code < 0) throw new AssemblyError(range, out.written(range), 'one of \\n \\t \\r \\0 \\b \\f \\\\ \\"');
    }
    characters += String.fromCharCode(code);
  }
  for (const byte of encodeUtf8(characters)) out.put8(byte);
  scanner.advance();
}

/** As `.balign`, but nobody ever executes what is skipped: the linker may put other functions there. */
function gap(out: Assembler, scanner: Scanner): void {
  const start = out.position;
  align(out, scanner, false);
  out.leave(start);
}

/** With a second operand, that byte fills the gap instead of instructions that do nothing. */
function align(out: Assembler, scanner: Scanner, isPower: boolean): void {
  const asked = measured(scanner);
  const most = isPower ? MOST_ALIGN_POWER : 1 << MOST_ALIGN_POWER;
  const isInReach = asked.number >= 0n && asked.number <= BigInt(most);
  // Alignment to 0 bytes is none, as with GNU as.
  const alignment = !isInReach ? 0 : isPower ? 2 ** Number(asked.number) : Math.max(1, Number(asked.number));
  if (!isInReach || (alignment & (alignment - 1)) !== 0) {
    const expected = isPower ? `a power of two by its exponent, 0 to ${most}` : `a power of two up to ${most}`;
    throw new AssemblyError(asked, out.written(asked), expected);
  }
  out.alignTo(alignment, scanner.accept(',') ? fillByte(scanner) : null);
}

function space(out: Assembler, scanner: Scanner): void {
  const asked = measured(scanner);
  const fill = scanner.accept(',') ? fillByte(scanner) : 0;
  if (asked.number < 0n || asked.number + BigInt(out.position) > BigInt(MOST_BYTES)) {
    throw new AssemblyError(asked, out.written(asked), `0 to ${MOST_BYTES} bytes`);
  }
  for (let i = 0; i < Number(asked.number); i++) out.put8(fill);
}

function fillByte(scanner: Scanner): number {
  return Number(scanner.constant() & 255n);
}

function global(out: Assembler, scanner: Scanner): void {
  if (scanner.token !== Token.Name) scanner.fail('the name of a label');
  out.makeGlobal(scanner.word, { start: scanner.start, end: scanner.end });
  scanner.advance();
}

/**
 * For debuggers: from here on, a struct lies at a register, whose fields are the registers of what was interrupted, by their
 * names. Without operands: from here on nobody knows where they are.
 */
function interrupted(out: Assembler, scanner: Scanner): void {
  if (scanner.atEnd) return out.interrupt(null);
  const register = out.syntax.registers.indexOf(scanner.word);
  if (register < 0) scanner.fail('a register');
  scanner.advance();
  scanner.expect(',');
  if (scanner.token !== Token.Name) scanner.fail('the full name of a struct');
  out.interrupt({ register, type: scanner.word });
  scanner.advance();
}

function set(out: Assembler, scanner: Scanner): void {
  if (scanner.token !== Token.Name) scanner.fail('a name');
  const name = scanner.word;
  scanner.advance();
  scanner.expect(',');
  out.define(name, scanner.expression());
}
