/**
 * The line table: what lets a panic name functions and document lines from addresses, on the device, without a debugger.
 *
 * It is built when the text has its final place, to be small: whoever reads it goes through it from its start, which a
 * panic has time for. Numbers are ULEB128 or SLEB128 (DWARF 5, section 7.6), but for the head:
 *
 *     u32 number of functions, u32 offset of the documents, u32 unit: all distances of code are counted in units of so many bytes
 *     per function, ascending by address:
 *         U   distance of its start from the start of the one before; of the first from where the table counts
 *         text, 0 byte: its name; one that starts with a dot goes behind the module of its home
 *         U   number of its home, the document that declares it
 *         rows: bytes, each with what follows it. The address starts at the function's, the document is its home. Lines
 *         change from the last row of the same document, of a function before this one as well; at first they are 0
 *             0          the end
 *             1, U, S    distance of the row's address from the last one, change of the line
 *             2, U       the document from here on
 *             3 and up   3 + distance × LINES + (change of the line - LEAST)
 *     documents: paths, each with a 0 byte, in the order of their numbers; one without a dot goes before `.flux.md`
 *
 * `kernel/lines.flux.md` reads it.
 */
import type { Sources } from '../base/source.ts';
import { encodeUtf8 } from '../base/utf8.ts';

export interface LinedFunction {
  name: string;
  /** bytes from where the table counts */
  start: number;
  /** of its declaration */
  loc: number;
  /** pairs (offset in the function, Loc) */
  lines: readonly number[];
}

/** The first byte of a row, and the short rows from `FIRST_SHORT` on: `LINES` differences of the line from `LEAST` on. */
export const Row = { END: 0, LONG: 1, DOCUMENT: 2, FIRST_SHORT: 3, LINES: 11, LEAST: -3 } as const;
export const HEADER_BYTES = 12;
const { END, LONG, DOCUMENT, FIRST_SHORT, LINES, LEAST } = Row;
const DOCUMENT_SUFFIX = '.flux.md';

export function buildLineTable(functions: readonly LinedFunction[], sources: Sources): Uint8Array {
  const unit = unitOf(functions);
  const paths: string[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (path: string) => {
    const known = numbers.get(path);
    if (known !== undefined) return known;
    numbers.set(path, paths.length);
    return paths.push(withoutSuffix(path) ?? path) - 1;
  };
  const bytes: number[] = [];
  /** by document: line of its last row */
  const lastLine: number[] = [];
  let start = 0;
  for (const func of functions) {
    pushUnsigned(bytes, (func.start - start) / unit);
    start = func.start;
    const home = sources.place(func.loc)?.path ?? '';
    bytes.push(...encodeUtf8(shortName(func.name, home)), 0);
    const document = numberOf(home);
    pushUnsigned(bytes, document);
    pushRows(bytes, func, document, unit, sources, numberOf, lastLine);
  }
  const documents = paths.flatMap((path) => [...encodeUtf8(path), 0]);
  const table = new Uint8Array(HEADER_BYTES + bytes.length + documents.length);
  const view = new DataView(table.buffer);
  [functions.length, HEADER_BYTES + bytes.length, unit].forEach((word, i) => view.setUint32(4 * i, word, true));
  table.set(bytes, HEADER_BYTES);
  table.set(documents, HEADER_BYTES + bytes.length);
  return table;
}

/** The largest power of two up to 4 that all distances are multiples of: the size of the machine's instructions. */
function unitOf(functions: readonly LinedFunction[]): number {
  let all = 0;
  for (const { start, lines } of functions) {
    all |= start;
    for (let i = 0; i < lines.length; i += 2) all |= lines[i]!;
  }
  return all % 4 === 0 ? 4 : all % 2 === 0 ? 2 : 1;
}

/** A document's path without its suffix, null if it has another, or if that could not be seen: then nothing has a dot. */
function withoutSuffix(path: string): string | null {
  if (!path.endsWith(DOCUMENT_SUFFIX)) return null;
  const rest = path.slice(0, -DOCUMENT_SUFFIX.length);
  return rest.includes('.') ? null : rest;
}

/** The name without the module that its home has, if the module has the home's path. */
function shortName(name: string, home: string): string {
  const module = withoutSuffix(home)?.replace(/\//g, '.');
  return module !== undefined && name.startsWith(`${module}.`) ? name.slice(module.length) : name;
}

function pushRows(
  bytes: number[], { lines }: LinedFunction, home: number, unit: number, sources: Sources, numberOf: (path: string) => number,
  lastLine: number[],
): void {
  let offset = 0;
  let isFirst = true;
  let document = home;
  for (let i = 0; i < lines.length; i += 2) {
    const place = sources.place(lines[i + 1]!);
    if (!place) continue;
    const number = numberOf(place.path);
    const line = lastLine[number] ?? 0;
    if (!isFirst && place.line === line && number === document) continue;
    if (number !== document) {
      bytes.push(DOCUMENT);
      pushUnsigned(bytes, number);
    }
    const distance = (lines[i]! - offset) / unit;
    const change = place.line - line - LEAST;
    const short = FIRST_SHORT + distance * LINES + change;
    if (change >= 0 && change < LINES && short < 256) bytes.push(short);
    else {
      bytes.push(LONG);
      pushUnsigned(bytes, distance);
      pushSigned(bytes, place.line - line);
    }
    offset = lines[i]!;
    lastLine[number] = place.line;
    document = number;
    isFirst = false;
  }
  bytes.push(END);
}

function pushUnsigned(bytes: number[], value: number): void {
  while (value >= 128) {
    bytes.push((value & 127) | 128);
    value >>>= 7;
  }
  bytes.push(value);
}

function pushSigned(bytes: number[], value: number): void {
  for (;;) {
    const low = value & 127;
    value >>= 7;
    if ((value === 0 && !(low & 64)) || (value === -1 && low & 64)) {
      bytes.push(low);
      return;
    }
    bytes.push(low | 128);
  }
}
