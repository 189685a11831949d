/**
 * Diagnostics as text, for people, and as plain objects, for `--json`. Pure: colours come in as a palette.
 *
 *     kernel/sched.flux.md:52:9: error[FX0210]: expected an expression, found `}`
 *        |
 *     52 | let a = }
 *        |         ^
 *        = help: …
 *
 * What is quoted from a document cannot reach the terminal as a control sequence: control characters are replaced.
 */
import type { Place, Sources, Span } from '../base/source.ts';
import type { Diagnostic } from './diagnostic.ts';

export type Style = (text: string) => string;

export interface Palette {
  error: Style;
  warning: Style;
  /** line numbers, bars, `= help` */
  frame: Style;
  /** the message */
  strong: Style;
}

const plain: Style = (text) => text;
export const PLAIN: Palette = { error: plain, warning: plain, frame: plain, strong: plain };

const escape = (code: number): Style => (text) => `\x1b[${code}m${text}\x1b[0m`;
/** Colours of a terminal (ECMA-48, SGR). */
export const COLOURED: Palette = { error: escape(31), warning: escape(33), frame: escape(36), strong: escape(1) };

/** More than these are counted, not shown. */
const MOST_SHOWN = 100;
/** Characters of a document's line that are shown, and how many of them before the marked part. */
const WIDTH = 120;
const LEAD = 60;

/** All diagnostics in the order of the sources, each with its code frame, help and notes. Ends with a line end. */
export function renderDiagnostics(list: readonly Diagnostic[], sources: Sources, palette: Palette = PLAIN): string {
  const ordered = inOrder(list);
  const parts = ordered.slice(0, MOST_SHOWN).map((diagnostic) => renderOne(diagnostic, sources, palette));
  if (ordered.length > MOST_SHOWN) parts.push(`… and ${ordered.length - MOST_SHOWN} more\n`);
  return parts.join('\n');
}

function inOrder(list: readonly Diagnostic[]): Diagnostic[] {
  return list
    .map((diagnostic, index) => ({ diagnostic, index, at: diagnostic.span?.start ?? 0 }))
    .sort((a, b) => a.at - b.at || a.index - b.index)
    .map(({ diagnostic }) => diagnostic);
}

function renderOne(diagnostic: Diagnostic, sources: Sources, palette: Palette): string {
  const { code, severity, span, message, hint, notes } = diagnostic;
  const place = span && sources.place(span.start);
  const style = palette[severity];
  const lines = [`${placeText(place)}${style(`${severity}[${code}]`)}: ${palette.strong(printable(message))}`];
  const gutter = String(place?.line ?? '').length + 1;
  const bar = palette.frame(' '.repeat(gutter) + '|');
  if (span && place) {
    const frame = codeFrame(sources, span, place);
    lines.push(bar);
    lines.push(`${palette.frame(`${place.line} |`)} ${frame.text}`.trimEnd());
    lines.push(`${bar} ${frame.indent}${style(frame.marks)}`);
  }
  const prefix = ' '.repeat(gutter) + '=';
  if (hint !== null) lines.push(`${palette.frame(`${prefix} help:`)} ${printable(hint)}`);
  for (const note of notes) {
    const at = note.span && sources.place(note.span.start);
    lines.push(`${palette.frame(`${prefix} note:`)} ${placeText(at)}${printable(note.text)}`);
  }
  return lines.join('\n') + '\n';
}

function placeText(place: Place | null): string {
  return place ? `${printable(place.path)}:${place.line}:${place.column}: ` : '';
}

/** The line at `place` and the marks under the part of `span` that is in it. Long lines are cut around the marks. */
function codeFrame(sources: Sources, span: Span, place: Place): { text: string; indent: string; marks: string } {
  const source = sources.find(span.start)!;
  const line = source.lineText(place.line - 1);
  const start = Math.min(place.column - 1, line.length);
  const end = Math.max(start + 1, Math.min(start + (span.end - span.start), line.length));
  const from = line.length > WIDTH && start > LEAD ? start - LEAD : 0;
  const to = Math.min(line.length, from + WIDTH);
  const before = printable(line.slice(from, start), true);
  const marked = printable(line.slice(start, Math.min(end, to)), true);
  const after = printable(line.slice(Math.min(end, to), to), true);
  const lead = from > 0 ? '…' : '';
  return {
    text: lead + before + marked + after + (to < line.length ? '…' : ''),
    indent: ' '.repeat(width(lead + before)),
    marks: '^'.repeat(Math.max(1, width(marked))),
  };
}

/** `text` without control characters and directional marks; a tab becomes four blanks where columns count. */
function printable(text: string, isCode = false): string {
  let result = '';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const isControl = code < 32 || (code >= 127 && code < 160) || (code >= 0x200b && code <= 0x200f) ||
      (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code === 0xfeff;
    if (code === 9) result += isCode ? '    ' : ' ';
    else if (code === 10 && !isCode) result += '\n';
    else result += isControl ? '\ufffd' : text.charAt(i);
  }
  return result;
}

/** How many characters a terminal shows: surrogate pairs count once. */
function width(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0xdc00 || code > 0xdfff) count++;
  }
  return count;
}

export interface JsonPlace {
  path: string;
  /** all from 1; columns in UTF-16 units; the end is behind the last character */
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
}

export interface JsonDiagnostic {
  code: string;
  severity: 'error' | 'warning';
  message: string;
  help: string | null;
  place: JsonPlace | null;
  notes: { message: string; place: JsonPlace | null }[];
}

/** The same as values for JSON, in the same order, all of them. */
export function toJson(list: readonly Diagnostic[], sources: Sources): JsonDiagnostic[] {
  return inOrder(list).map(({ code, severity, span, message, hint, notes }) => ({
    code, severity, message, help: hint, place: jsonPlace(span, sources),
    notes: notes.map((note) => ({ message: note.text, place: jsonPlace(note.span, sources) })),
  }));
}

function jsonPlace(span: Span | null, sources: Sources): JsonPlace | null {
  const start = span && sources.place(span.start);
  if (!span || !start) return null;
  const end = sources.place(span.end) ?? start;
  const isSame = end.path === start.path;
  return {
    path: start.path, line: start.line, column: start.column,
    endLine: isSame ? end.line : start.line, endColumn: isSame ? end.column : start.column + 1,
  };
}
