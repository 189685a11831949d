/** Reads the line table of an image (`fluxc/link/line-table.ts` describes it), as `kernel/lines.flux.md` does on the device. */
import { HEADER_BYTES, Row } from '../../fluxc/link/line-table.ts';

export interface LinedRows {
  /** with its module */
  name: string;
  /** bytes from where the table counts */
  start: number;
  rows: { at: number; document: string; line: number }[];
}

const { END, LONG, DOCUMENT, FIRST_SHORT, LINES, LEAST } = Row;

/** In ascending order. Throws a `RangeError` where the bytes are no table. */
export function readLineTable(bytes: Uint8Array): LinedRows[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [count, documentsAt, unit] = [0, 4, 8].map((at) => view.getUint32(at, true)) as [number, number, number];
  const documents: string[] = [];
  let at = documentsAt;
  while (at < bytes.length) documents.push(text());
  at = HEADER_BYTES;
  const paths = documents.map((path) => (path.includes('.') ? path : `${path}.flux.md`));
  const functions: LinedRows[] = [];
  const lines = documents.map(() => 0);
  let start = 0;
  for (let index = 0; index < count; index++) {
    start += unsigned() * unit;
    const name = text();
    const home = unsigned();
    const module = documents[home]!.replace(/\//g, '.');
    const rows: LinedRows['rows'] = [];
    let document = home;
    let address = start;
    for (let code = view.getUint8(at++); code !== END; code = view.getUint8(at++)) {
      if (code === DOCUMENT) {
        document = unsigned();
        continue;
      }
      const isLong = code === LONG;
      address += (isLong ? unsigned() : Math.floor((code - FIRST_SHORT) / LINES)) * unit;
      lines[document]! += isLong ? signed() : ((code - FIRST_SHORT) % LINES) + LEAST;
      rows.push({ at: address, document: paths[document]!, line: lines[document]! });
    }
    functions.push({ name: name.startsWith('.') ? module + name : name, start, rows });
  }
  return functions;

  function text(): string {
    const end = bytes.indexOf(0, at);
    if (end < 0) throw new RangeError('a text without an end');
    const found = Buffer.from(bytes.subarray(at, end)).toString('utf8');
    at = end + 1;
    return found;
  }

  function unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = view.getUint8(at++);
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }

  function signed(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = view.getUint8(at++);
      value |= (byte & 127) << shift;
      if (byte < 128) return byte & 64 && shift + 7 < 32 ? value | (-1 << (shift + 7)) : value;
    }
  }
}
