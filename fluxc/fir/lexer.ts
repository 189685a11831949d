/**
 * Tokens of FIR text. Line ends count (an instruction ends with its line) except inside ( ) and [ ]; comments do not.
 * What no token starts with is reported once and left out.
 */
import type { Source } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import { isNameCode } from './print.ts';

export const enum Kind { End, Line, Word, Number, Symbol, String, Mark, Arrow }

export interface Token {
  kind: Kind;
  /** the word, number or mark as written; the name of a symbol; the content of a string */
  text: string;
  /** offsets in the source's text */
  start: number;
  end: number;
}

const MARKS = '()[]{},:=+-!';

export function tokenize(source: Source, diagnostics: Diagnostics): Token[] {
  const text = source.text;
  const tokens: Token[] = [];
  let at = 0;
  let depth = 0;
  const add = (kind: Kind, content: string, start: number) => tokens.push({ kind, text: content, start, end: at });
  const complain = (start: number, what: string) => {
    diagnostics.report('FX0401', { start: source.base + start, end: source.base + Math.max(at, start + 1) }, what);
  };
  /** reads a string whose opening quote is at `at` */
  const string = (): string => {
    const start = at++;
    let content = '';
    for (;;) {
      const code = text.charCodeAt(at);
      if (at >= text.length || code === 10 || code === 13) {
        complain(start, 'a string without its closing quote');
        return content;
      }
      at++;
      if (code === 34) return content;
      if (code !== 92) {
        content += String.fromCharCode(code);
        continue;
      }
      const next = text.charCodeAt(at);
      if (next === 34 || next === 92) {
        content += String.fromCharCode(next);
        at++;
        continue;
      }
      const braced = next === 117 && text.charCodeAt(at + 1) === 123;
      const end = braced ? at + text.slice(at, at + 8).indexOf('}') : at + 2;
      const digits = braced ? text.slice(at + 2, end) : text.slice(at, end);
      if (!isHexadecimal(digits) || digits.length > 4 || (!braced && digits.length !== 2)) {
        complain(at - 1, 'this escape (`\\hh` and `\\u{hhhh}` exist)');
        continue;
      }
      content += String.fromCharCode(parseInt(digits, 16));
      at = braced ? end + 1 : end;
    }
  };
  while (at < text.length) {
    const start = at;
    const code = text.charCodeAt(at);
    if (code === 32 || code === 9 || code === 13) at++;
    else if (code === 10) {
      at++;
      if (depth === 0) add(Kind.Line, 'the end of the line', start);
    } else if (code === 59) {
      while (at < text.length && text.charCodeAt(at) !== 10) at++;
    } else if (code === 34) {
      const content = string();
      add(Kind.String, content, start);
    } else if (code === 64) {
      at++;
      if (text.charCodeAt(at) === 34) {
        const content = string();
        add(Kind.Symbol, content, start);
      } else {
        while (isNameCode(text.charCodeAt(at))) at++;
        add(Kind.Symbol, text.slice(start + 1, at), start);
      }
    } else if (isDigit(code) || (code === 45 && isDigit(text.charCodeAt(at + 1)))) {
      at++;
      const hexadecimal = text.charCodeAt(start) === 48 && text.charCodeAt(at) === 120;
      while (isNameCode(text.charCodeAt(at)) || (!hexadecimal && isExponentSign(text, at))) at++;
      add(Kind.Number, text.slice(start, at), start);
    } else if (code === 45 && text.charCodeAt(at + 1) === 62) {
      at += 2;
      add(Kind.Arrow, '->', start);
    } else if (isNameCode(code) && code !== 46 && code !== 36) {
      while (isNameCode(text.charCodeAt(at))) at++;
      add(Kind.Word, text.slice(start, at), start);
    } else if (MARKS.includes(text[at]!)) {
      at++;
      if (code === 40 || code === 91) depth++;
      if ((code === 41 || code === 93) && depth > 0) depth--;
      // A brace never stands inside brackets: an unclosed bracket must not swallow the lines of the next function.
      if (code === 123 || code === 125) depth = 0;
      add(Kind.Mark, text.slice(start, at), start);
    } else {
      at++;
      complain(start, `\`${text[start]}\``);
    }
  }
  add(Kind.Line, 'the end of the text', at);
  add(Kind.End, 'the end of the text', at);
  return tokens;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isExponentSign(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return (code === 43 || code === 45) && (text.charCodeAt(at - 1) | 32) === 101;
}

/** Is the text hexadecimal digits and nothing else? */
export function isHexadecimal(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i) | 32;
    if (!isDigit(text.charCodeAt(i)) && !(code >= 97 && code <= 102)) return false;
  }
  return text.length > 0;
}
