/**
 * `split-statics`: writable data objects fall apart into what is really used of them.
 *
 * Where every use of an object is a load or store at a known place in it, each group of overlapping accesses becomes an
 * object of its own, read-only if nothing stores to it. What a device's struct says once and for all (addresses, interrupt
 * numbers) then folds into the code, what starts at zero takes no room in the image, and what nobody reads is dropped.
 *
 * An object whose address goes anywhere else, that assembly or other data names, or that is a root, stays whole. Of all
 * others later passes know that no pointer leads to them (`Data.isApart`).
 */
import type { Func } from '../function.ts';
import { type Data, type Module, SymbolKind } from '../module.ts';
import { ACCESS_BYTES, ACCESS_MASK, Op, VOLATILE } from '../ops.ts';
import { Type } from '../types.ts';
import { forEachAssemblyName } from './drop-unused.ts';

interface Access {
  f: Func;
  id: number;
  offset: number;
  bytes: number;
}

interface Piece {
  start: number;
  end: number;
  stored: boolean;
  accesses: Access[];
}

export function splitStatics(module: Module): void {
  const accesses = collect(module);
  accesses.forEach((list, symbol) => {
    if (list) split(module, symbol, list);
  });
}

/** The accesses to each object that may be split, by symbol; null for all others. */
function collect(module: Module): (Access[] | null)[] {
  const accesses = module.symbols.map(({ kind, data, root, section }): Access[] | null =>
    kind === SymbolKind.Data && data!.writable && !root && section === '' ? [] : null,
  );
  for (const { data, assembly } of module.symbols) {
    for (const reference of data?.references ?? []) accesses[reference.symbol] = null;
    if (assembly) {
      forEachAssemblyName(assembly.text, (word) => {
        const symbol = module.find(word);
        if (symbol !== undefined) accesses[symbol] = null;
      });
    }
  }
  for (const f of module.functions()) {
    for (const block of f.layout) {
      for (let id = f.first[block]!; id; id = f.next[id]!) {
        const op = f.op[id]!;
        const address = f.a[id]!;
        const isAccess = (op === Op.Load || op === Op.Store) && f.op[address] === Op.Symbol && !(f.aux[id]! & VOLATILE);
        if (isAccess) {
          const bytes = ACCESS_BYTES[f.aux[id]! & ACCESS_MASK]!;
          accesses[f.a[address]!]?.push({ f, id, offset: f.c[address]! + f.c[id]!, bytes });
        }
        if (op === Op.Load && isAccess) continue;
        f.forEachOperand(id, (value) => {
          const escapes = f.op[value] === Op.Symbol && !(isAccess && value === address && value !== f.b[id]);
          if (escapes) accesses[f.a[value]!] = null;
        });
      }
    }
  }
  return accesses;
}

function split(module: Module, symbol: number, accesses: Access[]): void {
  const { name, data, loc } = module.symbols[symbol]!;
  if (!data || accesses.length === 0 || accesses.some(({ offset, bytes }) => offset < 0 || offset + bytes > data.size)) return;
  data.isApart = true;
  const pieces = group(accesses, data);
  if (pieces.length === 1 && pieces[0]!.stored) return;
  for (const piece of pieces) {
    const part = module.defineData(`${name}.${piece.start}`, cut(data, piece), loc);
    for (const { f, id, offset } of piece.accesses) {
      const address = f.make(Op.Symbol, Type.Ptr, part, 0, 0, 0, f.loc[id]!);
      f.placeBefore(address, id);
      f.a[id] = address;
      f.c[id] = offset - piece.start;
    }
  }
}

/** Accesses that overlap, directly or through others or a reference that they touch, in ascending order. */
function group(accesses: readonly Access[], data: Data): Piece[] {
  const ranges: Piece[] = accesses.map((access) => ({
    start: access.offset, end: access.offset + access.bytes, stored: access.f.op[access.id] === Op.Store, accesses: [access],
  }));
  for (const { offset } of data.references) ranges.push({ start: offset, end: offset + 8, stored: false, accesses: [] });
  ranges.sort((a, b) => a.start - b.start);
  const pieces: Piece[] = [];
  for (const range of ranges) {
    const last = pieces[pieces.length - 1];
    if (last && range.start < last.end) {
      last.end = Math.max(last.end, range.end);
      last.stored ||= range.stored;
      last.accesses.push(...range.accesses);
    } else pieces.push(range);
  }
  return pieces.filter((piece) => piece.accesses.length > 0);
}

function cut(data: Data, { start, end, stored }: Piece): Data {
  const bytes = data.bytes?.slice(start, end) ?? null;
  const references = data.references
    .filter(({ offset }) => offset >= start && offset < end)
    .map((reference) => ({ ...reference, offset: reference.offset - start }));
  const isZero = references.length === 0 && (bytes === null || bytes.every((byte) => byte === 0));
  const lowest = start === 0 ? data.align : (start & -start) >>> 0;
  return { bytes: isZero ? null : bytes, size: end - start, align: Math.min(data.align, lowest), writable: stored, references, isApart: true };
}
