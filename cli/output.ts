/**
 * What the command says: results on standard output, diagnostics and progress on standard error.
 *
 * With `--json` standard output carries one JSON value and nothing else. Progress is shown on a terminal only.
 */
import { writeSync } from 'node:fs';
import type { Sources } from '../fluxc/base/source.ts';
import type { Diagnostics } from '../fluxc/diagnostics/diagnostic.ts';
import { PLAIN, renderDiagnostics, toJson, type Palette } from '../fluxc/diagnostics/render.ts';

export interface OutputOptions {
  json: boolean;
  verbose: boolean;
}

const COLOURS: Palette = PLAIN;

export class Output {
  constructor(readonly options: OutputOptions) {}

  /** A line of the result. */
  line(text = ''): void {
    if (!this.options.json) writeAll(1, text + '\n');
  }

  json(value: unknown): void {
    if (this.options.json) writeAll(1, JSON.stringify(value, null, 2) + '\n');
  }

  /** A line about the work, with `--verbose`. */
  detail(text: string): void {
    if (this.options.verbose && !this.options.json) writeAll(2, text + '\n');
  }

  /** What is being done right now: overwritten by whatever comes next. */
  progress(text: string): void {
    if (process.stderr.isTTY && !this.options.json && !this.options.verbose) writeAll(2, `\r\x1b[K${text}`);
  }

  endProgress(): void {
    this.progress('');
  }

  /** Everything reported, in the order of the sources; with `--json` as `{ "diagnostics": […] }`. */
  diagnostics(diagnostics: Diagnostics, sources: Sources): void {
    if (diagnostics.list.length === 0) return;
    if (this.options.json) this.json({ diagnostics: toJson(diagnostics.list, sources) });
    else writeAll(2, renderDiagnostics(diagnostics.list, sources, COLOURS));
  }
}

/** Writes all of it before it returns: a process that ends at once must not lose its last lines. */
export function writeAll(descriptor: number, data: string | Uint8Array): void {
  let bytes = typeof data === 'string' ? Buffer.from(data) : data;
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(descriptor, bytes));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
    }
  }
}
