/**
 * `.debug_line`: which line of which document each address comes from.
 *
 * One sequence a function, so the linker's order and gaps do not matter. The first row of a function is its head; the row
 * behind its prologue is marked, and debuggers stop there when they stop at the function.
 *
 * Source: DWARF 5, section 6.2.
 */
import type { Place, Sources } from '../base/source.ts';
import type { LinkedSymbol } from '../link/link.ts';
import { DwarfBytes } from './dwarf-bytes.ts';

/** Numbers of documents in the order in which rows first name them; 0 is the compilation's own name. */
export class DocumentTable {
  readonly paths: string[];
  private readonly numberOf: Map<string, number>;

  constructor(main: string) {
    this.paths = [main];
    this.numberOf = new Map([[main, 0]]);
  }

  number(path: string): number {
    const known = this.numberOf.get(path);
    if (known !== undefined) return known;
    this.numberOf.set(path, this.paths.length);
    return this.paths.push(path) - 1;
  }
}

const LINE_BASE = -5;
const LINE_RANGE = 14;
const OPCODE_BASE = 13;
/** How many operands each standard operation has, from operation 1 on. */
const STANDARD_LENGTHS = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];
const FORM_STRING = 0x08;
const FORM_UDATA = 0x0f;
const CONTENT_PATH = 1;
const CONTENT_DIRECTORY = 2;

const enum Standard { Copy = 1, AdvancePc, AdvanceLine, SetFile, SetColumn, SetPrologueEnd = 10 }
const enum Extended { EndSequence = 1, SetAddress = 2 }

/** A function, and pairs of addresses where its code is: without what lies in its gaps. */
export interface CodeSymbol extends LinkedSymbol {
  extents: number[];
}

/** `functions`: those with code, in ascending order. Documents are numbered into `documents` on the way. */
export function writeLines(functions: readonly CodeSymbol[], sources: Sources, documents: DocumentTable, folder: string): Uint8Array {
  const program = new DwarfBytes();
  for (const func of functions) {
    for (let i = 0; i < func.extents.length; i += 2) writeSequence(program, func, func.extents[i]!, func.extents[i + 1]!, sources, documents);
  }
  const out = new DwarfBytes();
  out.sized((unit) => {
    unit.u16(5).u8(8).u8(0);
    unit.sized((header) => {
      header.u8(1).u8(1).u8(1).u8(LINE_BASE).u8(LINE_RANGE).u8(OPCODE_BASE).bytes(STANDARD_LENGTHS);
      header.u8(1).unsigned(CONTENT_PATH).unsigned(FORM_STRING).unsigned(1).text(folder);
      header.u8(2).unsigned(CONTENT_PATH).unsigned(FORM_STRING).unsigned(CONTENT_DIRECTORY).unsigned(FORM_UDATA);
      header.unsigned(documents.paths.length);
      for (const path of documents.paths) header.text(path).unsigned(0);
    });
    unit.bytes(program.take());
  });
  return out.take();
}

/** The rows of a function's code from one address to another. */
function writeSequence(out: DwarfBytes, func: CodeSymbol, from: number, end: number, sources: Sources, documents: DocumentTable): void {
  const { lines, address, loc } = func;
  let at = from;
  let line = 1;
  let document = 0;
  let column = 0;
  let rows = 0;
  const row = (start: number, place: Place) => {
    const number = documents.number(place.path);
    if (rows > 0 && number === document && place.line === line) return;
    if (rows === 0) out.u8(0).unsigned(9).u8(Extended.SetAddress).u64(start);
    if (number !== document || rows === 0) out.u8(Standard.SetFile).unsigned(number);
    if (place.column !== column) out.u8(Standard.SetColumn).unsigned(place.column);
    if (rows === 1 && from === address) out.u8(Standard.SetPrologueEnd);
    const advance = rows === 0 ? 0 : start - at;
    const change = place.line - line;
    const special = change - LINE_BASE + LINE_RANGE * advance + OPCODE_BASE;
    if (change >= LINE_BASE && change < LINE_BASE + LINE_RANGE && special < 256) out.u8(special);
    else {
      if (advance) out.u8(Standard.AdvancePc).unsigned(advance);
      if (change) out.u8(Standard.AdvanceLine).signed(change);
      out.u8(Standard.Copy);
    }
    at = start;
    line = place.line;
    document = number;
    column = place.column;
    rows++;
  };
  // Assembly may begin with data, which has no row.
  const first = from === address && (lines[0] ?? 1) > 0 ? sources.place(loc) : null;
  if (first) row(from, first);
  for (let i = 0; i < lines.length; i += 2) {
    const next = i + 2 < lines.length ? address + lines[i + 2]! : end;
    const start = Math.max(address + lines[i]!, from);
    if (next <= from || start >= end) continue;
    const place = sources.place(lines[i + 1]!);
    // Without a prologue the head has no code: two rows at one address say so.
    const head = place && start === address && rows === 0 ? sources.place(loc) : null;
    if (head && head.path === place!.path) row(start, head);
    if (place) row(start, place);
  }
  if (rows === 0) return;
  out.u8(Standard.AdvancePc).unsigned(end - at);
  out.u8(0).unsigned(1).u8(Extended.EndSequence);
}
