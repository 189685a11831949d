/**
 * Front matter: the lines between `---` and `---` at the very start of a document.
 *
 * It is flat: `key: value`, `key: [a, b]` (the list may go over several lines), or `key:` with lines `- item` below it.
 * Lines that start with `#` are comments. What comes out keeps the place of every key, value and item.
 */
import type { Source, Span } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import { isSpace } from './text.ts';

export interface Item {
  text: string;
  span: Span;
}

export interface Entry {
  key: Item;
  /** the value as written, without quotes around it; of a list its items with commas between */
  value: string;
  span: Span;
  /** of a list its items; of a plain value that alone; none of an empty one */
  items: Item[];
}

export interface FrontMatter {
  entries: Map<string, Entry>;
  /** index of the first line behind it: 0 if there is none */
  bodyLine: number;
}

/** Reads the front matter of `source`; a document without any has no entries. */
export function readFrontMatter(source: Source, diagnostics: Diagnostics): FrontMatter {
  const entries = new Map<string, Entry>();
  const lines = source.lines();
  if (trimmedLine(source, 0).text !== '---') return { entries, bodyLine: 0 };
  let last = 1;
  while (last < lines.length && trimmedLine(source, last).text !== '---') last++;
  if (last === lines.length) {
    diagnostics.report('FX0101', trimmedLine(source, 0).span);
    return { entries, bodyLine: lines.length };
  }
  for (let line = 1; line < last; ) line = readEntry(source, line, last, entries, diagnostics);
  return { entries, bodyLine: last + 1 };
}

/** Reads the entry that starts at `line` and returns the line behind it. */
function readEntry(
  source: Source, line: number, last: number, entries: Map<string, Entry>, diagnostics: Diagnostics,
): number {
  const whole = trimmedLine(source, line);
  if (whole.text === '' || whole.text.charCodeAt(0) === 35) return line + 1;
  const colon = whole.text.indexOf(':');
  const key = colon < 0 ? null : trimmed(source, whole.span.start, whole.span.start + colon);
  if (!key || !isKey(key.text)) {
    diagnostics.report('FX0102', whole.span);
    return line + 1;
  }
  const value = trimmed(source, whole.span.start + colon + 1, whole.span.end);
  const entry: Entry = { key, value: value.text, span: value.text === '' ? key.span : value.span, items: [] };
  let next = line + 1;
  if (value.text.charCodeAt(0) === 91) next = readList(source, value, line, last, entry, diagnostics);
  else if (value.text !== '') {
    const item = unquoted(value);
    entry.items.push(item);
    entry.value = item.text;
  } else {
    for (; next < last; next++) {
      const below = trimmedLine(source, next);
      if (below.text.charCodeAt(0) !== 45 || !isSpace(below.text.charCodeAt(1))) break;
      entry.items.push(unquoted(trimmed(source, below.span.start + 1, below.span.end)));
    }
    entry.value = entry.items.map((item) => item.text).join(', ');
  }
  if (entries.has(key.text)) diagnostics.report('FX0103', key.span, key.text);
  else entries.set(key.text, entry);
  return next;
}

/** Reads `[a, b]` from `value` on, over several lines if need be, and returns the line behind it. */
function readList(
  source: Source, value: Item, line: number, last: number, entry: Entry, diagnostics: Diagnostics,
): number {
  let part: Item = { text: value.text.slice(1), span: { start: value.span.start + 1, end: value.span.end } };
  for (let at = line; ; ) {
    const close = part.text.indexOf(']');
    const end = close < 0 ? part.text.length : close;
    for (let from = 0; from <= end; ) {
      let comma = part.text.indexOf(',', from);
      if (comma < 0 || comma > end) comma = end;
      const item = unquoted(trimmed(source, part.span.start + from, part.span.start + comma));
      if (item.text !== '') entry.items.push(item);
      from = comma + 1;
    }
    if (close >= 0) {
      entry.span = { start: value.span.start, end: part.span.start + close + 1 };
      const rest = trimmed(source, part.span.start + close + 1, part.span.end);
      if (rest.text !== '') diagnostics.report('FX0102', rest.span);
      entry.value = entry.items.map((item) => item.text).join(', ');
      return at + 1;
    }
    at++;
    const below = at < last ? trimmedLine(source, at) : null;
    if (!below || below.text.indexOf(':') >= 0) {
      diagnostics.report('FX0104', value.span, entry.key.text);
      entry.value = entry.items.map((item) => item.text).join(', ');
      return at;
    }
    part = below;
  }
}

function trimmedLine(source: Source, line: number): Item {
  const lines = source.lines();
  const start = lines[line]!;
  const end = line + 1 < lines.length ? lines[line + 1]! : source.text.length;
  const isMarked = line === 0 && source.text.charCodeAt(0) === 0xfeff;
  return trimmed(source, source.base + start + (isMarked ? 1 : 0), source.base + end);
}

function trimmed(source: Source, start: number, end: number): Item {
  const { text, base } = source;
  const isBlank = (code: number) => isSpace(code) || code === 10 || code === 13;
  while (start < end && isBlank(text.charCodeAt(start - base))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1 - base))) end--;
  return { text: text.slice(start - base, end - base), span: { start, end } };
}

function unquoted(item: Item): Item {
  const { text, span } = item;
  const quote = text.charCodeAt(0);
  if (text.length < 2 || (quote !== 34 && quote !== 39) || text.charCodeAt(text.length - 1) !== quote) return item;
  return { text: text.slice(1, -1), span: { start: span.start + 1, end: span.end - 1 } };
}

function isKey(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const isLetter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
    if (!isLetter && (i === 0 || !((code >= 48 && code <= 57) || code === 45))) return false;
  }
  return text !== '';
}
