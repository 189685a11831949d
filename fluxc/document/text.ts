/**
 * Pieces of a document that hold Flux code, ready for the lexer.
 *
 * A block is lexed where it stands. In headings and table cells Markdown is in between: backslash escapes and
 * backticks. `inlineCode` takes those away and keeps for every character that is left where it stood, so that tokens of
 * all three have exact places in the document.
 */
import type { Loc, Source, Span } from '../base/source.ts';

export interface CodeText {
  text: string;
  /** the code is `text` from index `from` up to, not including, `to` */
  from: number;
  to: number;
  /** null: the `Loc` of `text[i]` is `base + i` */
  places: Int32Array | null;
  base: Loc;
}

export type InlineKind = 'cell' | 'heading';

/** The range `span` of a block, as it stands. */
export function blockCode(source: Source, span: Span): CodeText {
  const { base, text } = source;
  return { text, from: span.start - base, to: span.end - base, places: null, base };
}

/**
 * The code of a heading or table cell. Backticks become spaces; between them only `\|` is an escape (and that in cells
 * alone), outside them a backslash before ASCII punctuation goes.
 */
export function inlineCode(source: Source, span: Span, kind: InlineKind): CodeText {
  const from = span.start - source.base;
  const to = span.end - source.base;
  const raw = source.text.slice(from, to);
  if (raw.indexOf('`') < 0 && raw.indexOf('\\') < 0) return blockCode(source, span);
  const places = new Int32Array(raw.length + 1);
  let text = '';
  let inCode = false;
  for (let i = 0; i < raw.length; i++) {
    let code = raw.charCodeAt(i);
    let place = i;
    if (code === 92 && i + 1 < raw.length) {
      const next = raw.charCodeAt(i + 1);
      if (next === 124 ? kind === 'cell' || !inCode : !inCode && isPunctuation(next)) {
        code = next;
        place = ++i;
      }
    } else if (code === 96) {
      inCode = !inCode;
      code = 32;
    }
    places[text.length] = span.start + place;
    text += String.fromCharCode(code);
  }
  places[text.length] = span.end;
  return { text, from: 0, to: text.length, places, base: span.start };
}

/** Where character `index` of `code.text` stands in the document. */
export function placeOf(code: CodeText, index: number): Loc {
  return code.places ? code.places[index]! : code.base + index;
}

/** The place behind the character before `index`. */
export function endPlaceOf(code: CodeText, index: number): Loc {
  return code.places && index > 0 ? code.places[index - 1]! + 1 : placeOf(code, index);
}

export function isSpace(code: number): boolean {
  return code === 32 || code === 9;
}

/** Offset behind the last character of a line (from 0), before its line end. */
export function lineEnd(source: Source, line: number): number {
  const { text } = source;
  const lines = source.lines();
  let end = line + 1 < lines.length ? lines[line + 1]! : text.length;
  while (end > lines[line]! && (text.charCodeAt(end - 1) === 10 || text.charCodeAt(end - 1) === 13)) end--;
  return end;
}

/** The range from offset `start` to offset `end` without blanks at its ends, as places. */
export function trimmed(source: Source, start: number, end: number): Span {
  const { text, base } = source;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return { start: base + start, end: base + Math.max(start, end) };
}

function isPunctuation(code: number): boolean {
  return (code >= 33 && code <= 47) || (code >= 58 && code <= 64) || (code >= 91 && code <= 96) ||
    (code >= 123 && code <= 126);
}
