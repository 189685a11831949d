/**
 * The line table: what lets a panic name functions and document lines from addresses, on the device, without a debugger.
 *
 * It is built when the text has its final place. All numbers are little-endian; offsets count from the table's start.
 *
 *     u32  functions, u32 offset of rows, u32 offset of names, u32 offset of documents
 *     per function, ascending: u32 start, relative to `image.start`; u32 offset into rows; u32 offset into names
 *     rows: per function, until its 0 end mark: ULEB128 (address advance + 1) × 2 + d; if d is 1, ULEB128 document number;
 *           SLEB128 line advance. Address, line and document start at the function's start, 0 and 0
 *     names: text, 0 byte; documents: the same, in the order of their numbers
 *
 * `kernel/lines.flux.md` reads it.
 */
import type { Sources } from '../base/source.ts';
import { encodeUtf8 } from '../base/utf8.ts';

export interface LinedFunction {
  name: string;
  /** relative to `image.start` */
  start: number;
  /** pairs (offset in the function, Loc) */
  lines: readonly number[];
}

export function buildLineTable(functions: readonly LinedFunction[], sources: Sources): Uint8Array {
  const rows: number[] = [];
  const names: number[] = [];
  const documents: number[] = [];
  const documentNumber = new Map<string, number>();
  const header: number[] = [];
  const numberOf = (path: string) => {
    const known = documentNumber.get(path);
    if (known !== undefined) return known;
    documentNumber.set(path, documentNumber.size);
    documents.push(...encodeUtf8(path), 0);
    return documentNumber.size - 1;
  };
  for (const func of functions) {
    header.push(func.start, rows.length, names.length);
    names.push(...encodeUtf8(func.name), 0);
    let offset = 0;
    let line = 0;
    let document = 0;
    for (let i = 0; i < func.lines.length; i += 2) {
      const place = sources.place(func.lines[i + 1]!);
      if (!place) continue;
      const number = numberOf(place.path);
      if (place.line === line && number === document) continue;
      const change = number === document ? 0 : 1;
      pushUnsigned(rows, (func.lines[i]! - offset + 1) * 2 + change);
      if (change) pushUnsigned(rows, number);
      pushSigned(rows, place.line - line);
      offset = func.lines[i]!;
      line = place.line;
      document = number;
    }
    rows.push(0);
  }
  const rowsAt = 16 + 12 * functions.length;
  const namesAt = rowsAt + rows.length;
  const documentsAt = namesAt + names.length;
  const bytes = new Uint8Array(documentsAt + documents.length);
  const view = new DataView(bytes.buffer);
  [functions.length, rowsAt, namesAt, documentsAt, ...header].forEach((word, i) => view.setUint32(4 * i, word, true));
  bytes.set(rows, rowsAt);
  bytes.set(names, namesAt);
  bytes.set(documents, documentsAt);
  return bytes;
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
