/** Tables with known columns: checks the head, and hands out the cells of each row by column name. */
import type { Span } from '../base/source.ts';
import type { Section } from '../document/document.ts';
import { inlineCode } from '../document/text.ts';
import type { Table } from '../document/table.ts';
import type { DeclarationContext } from './declaration-context.ts';

export interface Column {
  name: string;
  isRequired: boolean;
}

export class ColumnRow {
  constructor(
    private readonly cells: Map<string, Span>,
    readonly span: Span,
    /** 1 for the row below the head */
    readonly number: number,
  ) {}

  /** The cell of a column; null if the table has no such column or the cell is empty. */
  cell(column: string): Span | null {
    const cell = this.cells.get(column);
    return cell && cell.end > cell.start ? cell : null;
  }

  /** Like `cell`, but reports an empty one. */
  required(column: string, context: DeclarationContext): Span | null {
    const cell = this.cell(column);
    if (!cell && this.cells.has(column)) {
      const at = this.cells.get(column)!;
      const place = at.start < this.span.end ? { start: at.start, end: at.start + 1 } : this.span;
      context.diagnostics.report('FX0128', place, this.number, column, column);
    }
    return cell;
  }
}

/** The one table of a section; null if there is none. Further tables are reported. */
export function sectionTable(context: DeclarationContext, section: Section): Table | null {
  for (const other of section.tables.slice(1)) {
    context.diagnostics.report('FX0121', other.head.span, context.title(section), 'table');
  }
  return section.tables[0] ?? null;
}

/** The rows of a table that hold anything. Columns that are unknown, missing or there twice are reported. */
export function readRows(
  context: DeclarationContext, section: Section, table: Table, columns: readonly Column[],
): ColumnRow[] {
  const { diagnostics } = context;
  const known = columns.map((column) => `\`${column.name}\``).join(', ');
  const heads: (string | null)[] = [];
  for (const cell of table.head.cells) {
    const code = inlineCode(context.source, cell, 'cell');
    const text = code.text.slice(code.from, code.to).trim();
    const name = text.toLowerCase();
    const at = cell.end > cell.start ? cell : table.head.span;
    if (!columns.some((column) => column.name === name)) diagnostics.report('FX0125', at, text, known);
    else if (heads.includes(name)) diagnostics.report('FX0127', at, name);
    else {
      heads.push(name);
      continue;
    }
    heads.push(null);
  }
  const missing = columns.filter((column) => column.isRequired && !heads.includes(column.name));
  for (const { name } of missing) {
    diagnostics.report('FX0126', table.head.span, context.title(section), name, known);
  }
  if (missing.length > 0) return [];
  const rows: ColumnRow[] = [];
  table.rows.forEach((row, index) => {
    if (row.cells.every((cell) => cell.end === cell.start)) return;
    const cells = new Map<string, Span>();
    heads.forEach((name, column) => {
      if (name !== null) cells.set(name, row.cells[column]!);
    });
    rows.push(new ColumnRow(cells, row.span, index + 1));
  });
  return rows;
}
