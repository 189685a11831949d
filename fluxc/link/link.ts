/**
 * The linker: atoms in, one placed image out.
 *
 * Keeps what the roots reach, lays the sections out (`layout.ts`), gives every symbol its address, builds the line table
 * and applies the relocations. Errors (symbols nobody defines, sections nobody knows, fields that overflow) are reported
 * all together; then there is no image.
 */
import { crc32 } from '../base/crc32.ts';
import type { Sources } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import { type Module, SymbolKind } from '../fir/module.ts';
import type { Atom, Interruption } from '../target/machine/atom.ts';
import type { Target } from '../target/machine/target.ts';
import type { FunctionPlaces } from '../target/machine/variable-places.ts';
import { alignUp, BOOT_SECTION, PAGE, type Permission, SECTIONS, sectionOf, type SectionPlan } from './layout.ts';
import { buildLineTable } from './line-table.ts';

export interface LinkedSection {
  name: string;
  permission: Permission;
  address: number;
  /** empty for `.bss` */
  bytes: Uint8Array;
  /** bytes in memory */
  size: number;
}

export interface LinkedSymbol {
  name: string;
  section: string;
  address: number;
  size: number;
  /** pairs (offset, Loc) */
  lines: readonly number[];
  /** see `Atom` */
  frames?: readonly number[];
  saved?: readonly number[];
  interrupted?: readonly number[];
  interruptions?: readonly Interruption[];
  /** see `Atom.places` */
  places?: FunctionPlaces;
  loc: number;
  /** written as assembly */
  isAssembly?: boolean;
}

export interface LinkedImage {
  /** address of the image's first byte, and of the first behind its last, `.bss` included */
  start: number;
  end: number;
  entry: number;
  sections: LinkedSection[];
  /** in ascending order of address */
  symbols: LinkedSymbol[];
  /** names of what dead-code removal dropped */
  dropped: string[];
}

export interface LinkRequest {
  module: Module;
  atoms: Atom[];
  target: Target;
  sources: Sources;
  /** address of the image */
  base: number;
  /** bytes that the image format puts in front of the first section (`Image` headers) */
  headerBytes: number;
  /** name of the entry symbol */
  entry: string;
  /** symbols that are numbers, not places */
  numbers?: ReadonlyMap<string, number>;
  /** modules whose functions are for agents only */
  agentModules?: readonly string[];
}

/** Where the zeros start: boot code clears them in whole words, with caches off, where an unaligned one is a fault. */
const ZEROS_ALIGN = 16;
/** Symbols that the linker defines. Addresses end where the next page-aligned section starts, but for `image.end`. */
const LINE_TABLE = 'image.lines';
/** Four bytes that tell this image from others: the CRC-32 of all sections while these bytes are zero. */
export const IDENTITY = 'image.identity';
const IDENTITY_BYTES = 4;

export function link(request: LinkRequest, diagnostics: Diagnostics): LinkedImage | null {
  const { module, atoms } = request;
  const entrySymbol = module.find(request.entry);
  const definedBy = new Map<number, Atom>();
  for (const atom of atoms) {
    definedBy.set(atom.symbol, atom);
    for (const [symbol] of atom.labels) {
      if (definedBy.has(symbol)) diagnostics.report('FX0601', module.symbols[atom.symbol]!.loc, module.symbols[symbol]!.name);
      definedBy.set(symbol, atom);
    }
  }
  if (entrySymbol === undefined || !definedBy.has(entrySymbol)) {
    diagnostics.report('FX0602', null, request.entry);
    return null;
  }
  for (const atom of atoms) {
    if (sectionOf(atom.section)) continue;
    const known = SECTIONS.map((section) => section.name).join(', ');
    diagnostics.report('FX0605', module.symbols[atom.symbol]!.loc, atom.section, known);
  }
  const live = reach(request, definedBy, entrySymbol, diagnostics);
  const lineSymbol = live.wantsLines ? module.find(LINE_TABLE)! : -1;
  const identity = live.wantsIdentity ? constantAtom(module.find(IDENTITY)!, new Uint8Array(IDENTITY_BYTES)) : null;

  // Placement: text first, because the line table is made of its addresses.
  const addressOf = new Map<number, number>();
  for (const [name, number] of request.numbers ?? []) {
    const symbol = module.find(name);
    if (symbol !== undefined) addressOf.set(symbol, number);
  }
  const sections: LinkedSection[] = [];
  const symbols: LinkedSymbol[] = [];
  let address = request.base + request.headerBytes;
  for (const plan of SECTIONS) {
    const members = membersOf(plan, atoms, live.atoms);
    if (plan.name === '.rodata' && identity) members.push(identity);
    if (plan.name === '.rodata' && lineSymbol >= 0) members.push(constantAtom(lineSymbol, lineTableOf(symbols, request.base, request.sources)));
    if (plan.permission !== sections[sections.length - 1]?.permission) {
      if (sections.length > 0) address = alignUp(address, PAGE);
    } else address = alignUp(address, ZEROS_ALIGN);
    const start = address;
    const { placed, end } = packed(members, address);
    for (const { atom, address: own } of placed) place(atom, plan, own, module, addressOf, symbols);
    address = end;
    const bytes = new Uint8Array(plan.zero ? 0 : address - start);
    // In this order: what stands in an atom's gap is written over it.
    if (!plan.zero) for (const { atom, address: own } of placed) bytes.set(atom.bytes, own - start);
    sections.push({ name: plan.name, permission: plan.permission, address: start, bytes, size: address - start });
  }
  defineImageSymbols(request, sections, addressOf, address);
  for (let i = 0; i < sections.length; i++) {
    for (const atom of membersOf(SECTIONS[i]!, atoms, live.atoms)) {
      applyRelocations(atom, sections[i]!, request, addressOf, diagnostics);
    }
  }
  if (diagnostics.failed) return null;
  if (identity) writeIdentity(sections, addressOf.get(identity.symbol)!);
  const dropped = atoms.filter((atom) => !live.atoms.has(atom)).map((atom) => module.symbols[atom.symbol]!.name);
  return {
    start: request.base, end: address, entry: addressOf.get(entrySymbol)!, sections,
    symbols: symbols.sort((a, b) => a.address - b.address || a.size - b.size), dropped,
  };
}

/** Constants of the linker's own. */
function constantAtom(symbol: number, bytes: Uint8Array): Atom {
  return { symbol, section: '.rodata', align: 4, bytes, size: bytes.length, relocations: [], lines: [], traps: [], labels: [] };
}

function writeIdentity(sections: readonly LinkedSection[], address: number): void {
  const all = new Uint8Array(sections.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let at = 0;
  for (const { bytes } of sections) {
    all.set(bytes, at);
    at += bytes.length;
  }
  const home = sections.find((section) => address >= section.address && address < section.address + section.bytes.length)!;
  new DataView(home.bytes.buffer, home.bytes.byteOffset).setUint32(address - home.address, crc32(all), true);
}

/** The line table of the code among `symbols`; its offsets count from `base`. Assembly has a row a function, not one an instruction. */
export function lineTableOf(symbols: readonly LinkedSymbol[], base: number, sources: Sources): Uint8Array {
  const functions = symbols
    .filter((entry) => entry.section === '.text')
    .sort((a, b) => a.address - b.address)
    .map(({ name, address, loc, lines, isAssembly }) => ({ name, start: address - base, loc, lines: isAssembly ? lines.slice(0, 2) : lines }));
  return buildLineTable(functions, sources);
}

/** What the roots reach through relocations, breadth first. Reports symbols that nobody defines, once each. */
function reach(
  { module, atoms, target, numbers, agentModules = [] }: LinkRequest,
  definedBy: Map<number, Atom>,
  entry: number,
  diagnostics: Diagnostics,
): { atoms: Set<Atom>; wantsLines: boolean; wantsIdentity: boolean } {
  const live = new Set<Atom>();
  const queue: Atom[] = [];
  let wantsLines = false;
  let wantsIdentity = false;
  const visit = (symbol: number, loc: number) => {
    const atom = definedBy.get(symbol);
    const name = module.symbols[symbol]!.name;
    if (atom) {
      if (!live.has(atom)) {
        live.add(atom);
        queue.push(atom);
      }
    } else if (name === LINE_TABLE) wantsLines = true;
    else if (name === IDENTITY) wantsIdentity = true;
    else if (agentModules.includes(name.slice(0, name.lastIndexOf('.')))) diagnostics.report('FX0922', loc, name);
    else if (!IMAGE_SYMBOLS.includes(name) && !numbers?.has(name)) diagnostics.report('FX0603', loc, name, target.name);
  };
  visit(entry, 0);
  for (const atom of atoms) if (module.symbols[atom.symbol]!.root) visit(atom.symbol, 0);
  for (let i = 0; i < queue.length; i++) {
    const atom = queue[i]!;
    for (const relocation of atom.relocations) visit(relocation.symbol, lineAt(atom.lines, relocation.offset));
  }
  return { atoms: live, wantsLines, wantsIdentity };
}

/** The Loc of the code at `offset`, 0 if no row covers it. */
export function lineAt(lines: readonly number[], offset: number): number {
  let loc = 0;
  for (let i = 0; i < lines.length && lines[i]! <= offset; i += 2) loc = lines[i + 1]!;
  return loc;
}

/** The live atoms of a section: the boot section's first, then in the order of the module. */
function membersOf(plan: SectionPlan, atoms: Atom[], live: Set<Atom>): Atom[] {
  const members = atoms.filter((atom) => live.has(atom) && sectionOf(atom.section) === plan);
  return [
    ...members.filter((atom) => atom.section === BOOT_SECTION),
    ...members.filter((atom) => atom.section !== BOOT_SECTION),
  ];
}

/** Alignment from which the gap in front of an atom is worth filling. */
const WIDE = 64;

/**
 * The atoms with their addresses: in their order, but those that fit drawn forward into the gaps in front of widely
 * aligned ones and into those that atoms have inside.
 */
function packed(atoms: readonly Atom[], from: number): { placed: { atom: Atom; address: number }[]; end: number } {
  const placed: { atom: Atom; address: number }[] = [];
  const rest = atoms.slice();
  let end = from;
  const startOf = (atom: Atom, address: number) => alignUp(address, Math.max(1, atom.align));
  /** Puts what fits between two addresses; answers where the rest of the room starts. */
  const fill = (address: number, limit: number): number => {
    for (let i = 0; i < rest.length && address < limit; ) {
      const filler = rest[i]!;
      const start = startOf(filler, address);
      if (filler.align < WIDE && !filler.gaps?.length && start + filler.size <= limit) {
        rest.splice(i, 1);
        placed.push({ atom: filler, address: start });
        address = start + filler.size;
      } else i++;
    }
    return address;
  };
  while (rest.length > 0) {
    const atom = rest.shift()!;
    if (atom.align >= WIDE) end = fill(end, alignUp(end, atom.align));
    const address = startOf(atom, end);
    placed.push({ atom, address });
    end = address + atom.size;
    for (const [offset, size] of atom.gaps ?? []) fill(address + offset, address + offset + size);
  }
  return { placed, end };
}

function place(
  atom: Atom, plan: SectionPlan, address: number, module: Module, addressOf: Map<number, number>, symbols: LinkedSymbol[],
): void {
  const symbol = module.symbols[atom.symbol]!;
  addressOf.set(atom.symbol, address);
  for (const [label, offset] of atom.labels) addressOf.set(label, address + offset);
  symbols.push({
    name: symbol.name, section: plan.name, address, size: atom.size, lines: atom.lines, frames: atom.frames, saved: atom.saved,
    interrupted: atom.interrupted, interruptions: atom.interruptions, places: atom.places, loc: symbol.loc,
    isAssembly: symbol.kind === SymbolKind.Assembly,
  });
}

const IMAGE_SYMBOLS = ['image.start', 'image.text_end', 'image.rodata_end', 'image.data_end', 'image.end'];

function defineImageSymbols(
  { module, base }: LinkRequest, sections: LinkedSection[], addressOf: Map<number, number>, end: number,
): void {
  const behind = (name: string) => {
    const section = sections.find((candidate) => candidate.name === name)!;
    return section.address + section.size;
  };
  const values = [
    base, alignUp(behind('.text'), PAGE), alignUp(behind('.rodata'), PAGE), alignUp(behind('.data'), ZEROS_ALIGN), end,
  ];
  IMAGE_SYMBOLS.forEach((name, i) => {
    const symbol = module.find(name);
    if (symbol !== undefined) addressOf.set(symbol, values[i]!);
  });
}

function applyRelocations(
  atom: Atom, section: LinkedSection, request: LinkRequest, addressOf: Map<number, number>, diagnostics: Diagnostics,
): void {
  const { module, target } = request;
  const offset = addressOf.get(atom.symbol)! - section.address;
  for (const relocation of atom.relocations) {
    const value = addressOf.get(relocation.symbol);
    if (value === undefined) continue;
    const at = offset + relocation.offset;
    const problem = target.relocate(section.bytes, at, relocation.kind, value + relocation.addend, section.address + at);
    if (problem === null) continue;
    const loc = lineAt(atom.lines, relocation.offset) || module.symbols[atom.symbol]!.loc;
    const kind = target.relocationName(relocation.kind);
    diagnostics.report('FX0604', loc, module.symbols[relocation.symbol]!.name, kind, problem);
  }
}
