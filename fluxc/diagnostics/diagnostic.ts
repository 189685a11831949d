/**
 * What the compiler has to say about its input.
 *
 * Every message has a row in the catalogue (`catalogue.ts`): a stable code, its text with `{}` gaps, and what mends it.
 * Stages report and carry on, so one build shows all errors; `failed` tells whether any was an error.
 */
import type { Loc, Span } from '../base/source.ts';
import { CATALOGUE, type Code } from './catalogue.ts';

export interface Note {
  span: Span | null;
  text: string;
}

export interface Diagnostic {
  code: Code;
  severity: 'error' | 'warning';
  /** where: null only for what has no place in a text (an option, a missing file) */
  span: Span | null;
  message: string;
  hint: string | null;
  notes: Note[];
}

export class Diagnostics {
  readonly list: Diagnostic[] = [];
  private seen = new Set<string>();

  /** Reports the catalogue's message `code` at `at`, its `{}` gaps filled with `values` from left to right. */
  report(code: Code, at: Span | Loc | null, ...values: (string | number)[]): Diagnostic {
    const row = CATALOGUE[code];
    const span = typeof at === 'number' ? (at > 0 ? { start: at, end: at + 1 } : null) : at;
    let next = 0;
    const fill = (text: string) => text.replace(/\{\}/g, () => String(values[next++] ?? ''));
    const message = fill(row.text);
    const hint = row.hint === null ? null : fill(row.hint);
    const diagnostic: Diagnostic = { code, severity: row.severity ?? 'error', span, message, hint, notes: [] };
    const key = `${code}:${span?.start ?? 0}:${message}`;
    if (this.seen.has(key)) return diagnostic;
    this.seen.add(key);
    this.list.push(diagnostic);
    return diagnostic;
  }

  /** Takes over what `others` reported, as far as `wanted` says. */
  adopt(others: Diagnostics, wanted: (code: Code) => boolean): void {
    for (const diagnostic of others.list) if (wanted(diagnostic.code)) this.list.push(diagnostic);
  }

  get failed(): boolean {
    return this.list.some((diagnostic) => diagnostic.severity === 'error');
  }
}
