/**
 * What the command says: results on standard output, diagnostics and progress on standard error.
 *
 * With `--json` standard output carries one JSON value and nothing else, written when the command ends: what the command
 * found, and under `diagnostics` everything that was reported. Progress is shown on a terminal only, and so are colours.
 */
import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Sources } from '../fluxc/base/source.ts';
import type { Code } from '../fluxc/diagnostics/catalogue.ts';
import { Diagnostics } from '../fluxc/diagnostics/diagnostic.ts';
import { COLOURED, type JsonDiagnostic, PLAIN, renderDiagnostics, toJson } from '../fluxc/diagnostics/render.ts';

export interface OutputOptions {
  json: boolean;
  verbose: boolean;
}

const STANDARD_OUTPUT = 1;
const STANDARD_ERROR = 2;
/** How long to wait for a reader that has not made room yet. */
const FULL_PIPE_MILLISECONDS = 2;

export class Output {
  private readonly value: Record<string, unknown> = {};
  private readonly reported: JsonDiagnostic[] = [];
  private readonly seen = new Set<string>();
  private isProgressShown = false;

  constructor(readonly options: OutputOptions) {}

  /** A line of the result. */
  line(text = ''): void {
    if (!this.options.json) writeAll(STANDARD_OUTPUT, text + '\n');
  }

  /** Adds to what `--json` prints at the end. */
  json(value: Record<string, unknown>): void {
    Object.assign(this.value, value);
  }

  /** A line about the work, with `--verbose`. */
  detail(text: string): void {
    if (this.options.verbose) writeAll(STANDARD_ERROR, text + '\n');
  }

  /** A line for people that is no result. With `--json` the value says the same. */
  remark(text: string): void {
    if (!this.options.json) writeAll(STANDARD_ERROR, text + '\n');
  }

  /** What is being done right now: overwritten by whatever comes next. */
  progress(text: string): void {
    if (this.options.json || this.options.verbose || !isatty(STANDARD_ERROR)) return;
    writeAll(STANDARD_ERROR, `\r\x1b[K${text}`);
    this.isProgressShown = true;
  }

  endProgress(): void {
    if (!this.isProgressShown) return;
    writeAll(STANDARD_ERROR, '\r\x1b[K');
    this.isProgressShown = false;
  }

  /** Everything reported, in the order of the sources. What was said before, for another board, is not said again. */
  diagnostics(diagnostics: Diagnostics, sources: Sources): void {
    const fresh = diagnostics.list.filter((diagnostic) => {
      const [json] = toJson([diagnostic], sources);
      const key = JSON.stringify(json);
      if (this.seen.has(key)) return false;
      this.seen.add(key);
      return true;
    });
    if (fresh.length === 0) return;
    if (this.options.json) this.reported.push(...toJson(fresh, sources));
    else writeAll(STANDARD_ERROR, renderDiagnostics(fresh, sources, hasColours() ? COLOURED : PLAIN));
  }

  /** Ends the command's output: with `--json`, prints its value. */
  finish(): void {
    this.endProgress();
    if (this.options.json) {
      writeAll(STANDARD_OUTPUT, JSON.stringify({ ...this.value, diagnostics: this.reported }, null, 2) + '\n');
    }
  }
}

/** A single message that has no place in a text. */
export function failure(code: Code, ...values: (string | number)[]): Diagnostics {
  const diagnostics = new Diagnostics();
  diagnostics.report(code, null, ...values);
  return diagnostics;
}

/** A terminal that shows colours, and nobody who wants none (`NO_COLOR`, https://no-color.org). */
function hasColours(): boolean {
  return isatty(STANDARD_ERROR) && !process.env['NO_COLOR'] && process.stderr.hasColors();
}

/** Writes all of it before it returns: a process that ends at once must not lose its last lines. False: nobody reads. */
export function writeAll(descriptor: number, data: string | Uint8Array): boolean {
  let bytes = typeof data === 'string' ? Buffer.from(data) : data;
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(descriptor, bytes));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EAGAIN') return false;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_MILLISECONDS);
    }
  }
  return true;
}
