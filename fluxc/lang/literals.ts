/**
 * The values of literals: integers as two 32-bit halves, floats, and the bytes of texts and characters.
 *
 * The lexer has checked the shape; what is reported here is a value that does not fit and an escape that does not
 * exist.
 */
import type { Span } from '../base/source.ts';
import { encodeUtf8 } from '../base/utf8.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import { endPlaceOf, placeOf, type CodeText } from '../document/text.ts';

export interface Halves {
  low: number;
  high: number;
}

/** The value of an integer literal modulo 2^64, or null if it needs more than 64 bits. The halves are signed. */
export function integerValue(text: string): Halves | null {
  const prefix = text.charCodeAt(0) === 48 ? text.charCodeAt(1) | 32 : 0;
  const radix = prefix === 120 ? 16 : prefix === 111 ? 8 : prefix === 98 ? 2 : 10;
  let low = 0;
  let high = 0;
  for (let i = radix === 10 ? 0 : 2; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 95) continue;
    // Both products stay below 2^37, so they are exact.
    const sum = low * radix + (code <= 57 ? code - 48 : (code | 32) - 87);
    low = sum % 0x1_0000_0000;
    high = high * radix + Math.floor(sum / 0x1_0000_0000);
    if (high >= 0x1_0000_0000) return null;
  }
  return { low: low | 0, high: high | 0 };
}

/** The value of a float literal; infinite if it is out of range. */
export function floatValue(text: string): number {
  return Number(text.replace(/_/g, ''));
}

/** The bytes of a text whose token, quotes included, is at `from`..`to`. */
export function textBytes(code: CodeText, from: number, to: number, diagnostics: Diagnostics): Uint8Array {
  const { text } = code;
  if (text.indexOf('\\', from) < 0 || text.indexOf('\\', from) >= to) return encodeUtf8(text.slice(from + 1, to - 1));
  const parts: Uint8Array[] = [];
  let plain = from + 1;
  for (let i = from + 1; i < to - 1; ) {
    if (text.charCodeAt(i) !== 92) {
      i++;
      continue;
    }
    if (i > plain) parts.push(encodeUtf8(text.slice(plain, i)));
    const escape = readEscape(code, i, to - 1, diagnostics);
    parts.push(escape.bytes);
    i = plain = escape.next;
  }
  if (plain < to - 1) parts.push(encodeUtf8(text.slice(plain, to - 1)));
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The byte of a character literal whose token is at `from`..`to`. Reports one that is not one byte; it counts as 0. */
export function characterValue(code: CodeText, from: number, to: number, diagnostics: Diagnostics): number {
  const errors = diagnostics.list.length;
  const bytes = textBytes(code, from, to, diagnostics);
  if (bytes.length === 1) return bytes[0]!;
  if (diagnostics.list.length === errors) diagnostics.report('FX0206', span(code, from, to));
  return 0;
}

const SIMPLE: Record<string, number> = { n: 10, r: 13, t: 9, '0': 0, '\\': 92, '"': 34, "'": 39 };

function readEscape(
  code: CodeText, at: number, end: number, diagnostics: Diagnostics,
): { bytes: Uint8Array; next: number } {
  const { text } = code;
  const letter = text.charAt(at + 1);
  const simple = SIMPLE[letter];
  if (simple !== undefined) return { bytes: Uint8Array.of(simple), next: at + 2 };
  let next = Math.min(at + 2, end);
  if (letter === 'x') {
    while (next < end && next < at + 4 && hexDigit(text.charCodeAt(next)) >= 0) next++;
    if (next === at + 4) return { bytes: Uint8Array.of(parseInt(text.slice(at + 2, next), 16)), next };
  } else if (letter === 'u' && text.charCodeAt(at + 2) === 123) {
    let value = 0;
    for (next = at + 3; next < end && hexDigit(text.charCodeAt(next)) >= 0; next++) {
      value = Math.min(value * 16 + hexDigit(text.charCodeAt(next)), 0x11_0000);
    }
    const isClosed = next > at + 3 && next < end && text.charCodeAt(next) === 125;
    if (isClosed) next++;
    const isScalar = value < 0xd800 || (value > 0xdfff && value < 0x11_0000);
    if (isClosed && isScalar) return { bytes: encodeUtf8(String.fromCodePoint(value)), next };
  }
  diagnostics.report('FX0205', span(code, at, next), text.slice(at, next));
  return { bytes: new Uint8Array(0), next };
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

function span(code: CodeText, from: number, to: number): Span {
  return { start: placeOf(code, from), end: endPlaceOf(code, to) };
}
