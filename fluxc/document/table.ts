/**
 * GitHub tables, read from the lines of a paragraph.
 *
 * A table is a line of cells, a line of `---` with as many, and the lines below. Bars part cells, `\|` is a bar inside
 * one, bars at the ends of a line may be missing. Each cell keeps its exact range without blanks around it.
 */
import type { Source, Span } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import type { Paragraph } from './markdown.ts';
import { isSpace } from './text.ts';

/** A cell's range: empty (start = end) where the cell is. */
export type Cell = Span;

export interface Row {
  /** one a column: cells that a line leaves out are empty, at its end */
  cells: Cell[];
  span: Span;
}

export interface Table {
  kind: 'table';
  head: Row;
  rows: Row[];
}

/** The table in a paragraph, or null if it is prose. */
export function readTable(source: Source, paragraph: Paragraph, diagnostics: Diagnostics): Table | null {
  const { lines } = paragraph;
  let line = 1;
  while (line < lines.length && !(isDelimiter(source, lines[line]!) && hasBar(source, lines[line - 1]!))) line++;
  if (line >= lines.length) return null;
  const head: Row = { cells: splitCells(source, lines[line - 1]!), span: lines[line - 1]! };
  const columns = head.cells.length;
  const marks = splitCells(source, lines[line]!).length;
  if (marks !== columns) diagnostics.report('FX0108', lines[line]!, marks, columns);
  const rows: Row[] = [];
  for (const span of lines.slice(line + 1)) {
    const cells = splitCells(source, span);
    if (cells.length > columns) {
      const extra = { start: cells[columns]!.start, end: cells[cells.length - 1]!.end };
      diagnostics.report('FX0107', extra.end > extra.start ? extra : span, cells.length, columns);
      cells.length = columns;
    }
    while (cells.length < columns) cells.push({ start: span.end, end: span.end });
    rows.push({ cells, span });
  }
  return { kind: 'table', head, rows };
}

/** Whether a line is made of `-`, `:`, bars and blanks only, with a `-` and a bar. */
function isDelimiter(source: Source, line: Span): boolean {
  let hasDash = false;
  let hasMark = false;
  for (let i = line.start - source.base; i < line.end - source.base; i++) {
    const code = source.text.charCodeAt(i);
    if (code === 45) hasDash = true;
    else if (code === 124) hasMark = true;
    else if (code !== 58 && !isSpace(code)) return false;
  }
  return hasDash && hasMark;
}

function hasBar(source: Source, line: Span): boolean {
  const at = source.text.indexOf('|', line.start - source.base);
  return at >= 0 && at < line.end - source.base;
}

function splitCells(source: Source, line: Span): Cell[] {
  const { text, base } = source;
  const cells: Cell[] = [];
  const end = line.end - base;
  let start = line.start - base;
  if (text.charCodeAt(start) === 124) start++;
  for (let i = start; i <= end; i++) {
    const code = i === end ? 124 : text.charCodeAt(i);
    if (code === 92 && i + 1 < end && text.charCodeAt(i + 1) === 124) i++;
    if (code !== 124) continue;
    let from = start;
    let to = i;
    while (from < to && isSpace(text.charCodeAt(from))) from++;
    while (to > from && isSpace(text.charCodeAt(to - 1))) to--;
    // Behind the bar that ends a line there is no cell.
    if (i < end || from < to || cells.length === 0) cells.push({ start: base + from, end: base + to });
    start = i + 1;
  }
  return cells;
}
