/**
 * DWARF 5 for an image: what a debugger needs to show documents instead of addresses.
 *
 * One compilation unit holds the whole image. Functions and statics have the names of their declarations, so
 * `break kernel.sched.pick` and `break kernel/sched.flux.md:42` both work. What takes time to find out, types and variables,
 * is there only if the compilation has noted it.
 *
 * Source: DWARF 5, chapters 2, 3 and 7.
 */
import type { Loc, Sources } from '../base/source.ts';
import type { Checked } from '../lang/compile-modules.ts';
import { type EnumType, type FluxType, layoutOf, type StructType } from '../lang/types.ts';
import type { LinkedImage, LinkedSymbol } from '../link/link.ts';
import type { Target } from '../target/machine/target.ts';
import { DwarfBytes } from './dwarf-bytes.ts';
import { Attribute, type AttributeValue, Entries, Form, Tag } from './dwarf-entries.ts';
import { writeFrames } from './dwarf-frame.ts';
import { type CodeSymbol, DocumentTable, writeLines } from './dwarf-line.ts';
import { frameBase, Places } from './dwarf-places.ts';
import { abstractKey, codeAttributes, Contents, declared, type Writing } from './dwarf-scopes.ts';
import { Types } from './dwarf-types.ts';

export interface DebugSection {
  name: string;
  bytes: Uint8Array;
}

/** A static, or a constant that lies in memory. */
export interface DebugObject {
  symbol: string;
  type: FluxType;
  loc: Loc;
}

/** What the documents say of objects and types. */
export interface DebugDeclarations {
  objects: readonly DebugObject[];
  /** by full name */
  structs: ReadonlyMap<string, StructType>;
  errors: EnumType | null;
}

export interface DwarfRequest {
  /** the root document */
  main: string;
  /** where documents' paths start, for the debugger */
  folder: string;
  target: Pick<Target, 'unwinding' | 'registers'>;
  declarations: DebugDeclarations;
  /** with types and variables, which the functions have noted */
  hasVariables: boolean;
}

/** What stands nearest to Flux among the languages that debuggers know: its expressions are C's. */
const LANGUAGE_C11 = 0x1d;
const UNIT_COMPILE = 1;
/** of a unit: length, version, kind, size of addresses, place of the abbreviations */
const LENGTH_BYTES = 4;
const INLINED = 1;

/** What debuggers are to know of the objects of a build. */
export function declarationsOf({ compilation }: Checked): DebugDeclarations {
  const objects: DebugObject[] = [];
  const structs = new Map<string, StructType>();
  for (const { entities } of compilation.program.modules) {
    for (const entity of entities.values()) {
      if (entity.kind === 'static') objects.push({ symbol: entity.symbol, type: entity.type, loc: entity.decl.name.span.start });
      else if (entity.kind === 'type' && entity.type.kind === 'struct') structs.set(`${entity.type.module}.${entity.name}`, entity.type);
      else if (entity.kind === 'const' && entity.value) objects.push({ symbol: entity.symbol, type: entity.value.type, loc: entity.span.start });
    }
  }
  return { objects, structs, errors: compilation.program.errors };
}

/** The sections to put into the ELF. */
export function writeDwarf(image: LinkedImage, sources: Sources, request: DwarfRequest): DebugSection[] {
  const { main, folder, target: { unwinding, registers }, declarations, hasVariables } = request;
  const documents = new DocumentTable(main);
  const functions = withExtents(image.symbols.filter(({ section, size }) => section === '.text' && size > 0));
  const start = functions[0]?.address ?? 0;
  const last = functions[functions.length - 1];
  const addresses = new Map(image.symbols.map(({ name, address }) => [name, address]));
  const places = new Places(start, unwinding, (symbol) => addresses.get(symbol) ?? null);
  const types = new Types(declarations.errors);
  const information = new DwarfBytes();
  let abbreviations: Uint8Array = new Uint8Array(0);
  information.sized((unit) => {
    unit.u16(5).u8(UNIT_COMPILE).u8(8).u32(0);
    const entries = new Entries(unit, LENGTH_BYTES);
    const writing: Writing = { entries, types, places, sources, documents };
    entries.entry(Tag.CompileUnit, [
      [Attribute.Producer, Form.String, 'fluxos'], [Attribute.Language, Form.Data2, LANGUAGE_C11], [Attribute.Name, Form.String, main],
      [Attribute.CompDir, Form.String, folder], [Attribute.StmtList, Form.SecOffset, 0], [Attribute.LowPc, Form.Addr, start],
      [Attribute.HighPc, Form.Data8, last ? last.address + last.size - start : 0],
    ], true);
    writeInlined(functions, writing);
    for (const func of functions) writeFunction(func, writing);
    if (hasVariables) for (const object of declarations.objects) writeObject(object, image.symbols, writing);
    types.write(entries);
    entries.end();
    abbreviations = entries.finish();
  });
  const { locations, ranges } = places.sections();
  return [
    { name: '.debug_abbrev', bytes: abbreviations },
    { name: '.debug_info', bytes: information.take() },
    // Behind the information, which numbers documents as well: the table lists all of them.
    { name: '.debug_line', bytes: writeLines(functions, sources, documents, folder) },
    { name: '.debug_frame', bytes: writeFrames(functions, image.entry, unwinding, registers.names, declarations.structs) },
    { name: '.debug_rnglists', bytes: ranges },
    ...(hasVariables ? [{ name: '.debug_loclists', bytes: locations }] : []),
  ];
}

/** Of each function that was put in place of a call anywhere, what does not depend on the place. */
function writeInlined(functions: readonly CodeSymbol[], writing: Writing): void {
  const known = new Set<string>();
  for (const { places } of functions) {
    for (const { symbol, loc, parent } of places?.sites ?? []) {
      if (parent < 0 || known.has(symbol)) continue;
      known.add(symbol);
      writing.entries.define(abstractKey(symbol));
      writing.entries.entry(Tag.Subprogram, [
        [Attribute.Name, Form.String, symbol], ...declared(loc, writing), [Attribute.Inline, Form.Data1, INLINED],
      ]);
    }
  }
}

/** The linker puts functions into the gaps of others (`.gap`): then those are in several parts. */
function withExtents(functions: readonly LinkedSymbol[]): CodeSymbol[] {
  const result = functions.map((func): CodeSymbol => ({ ...func, extents: [func.address, func.address + func.size] }));
  result.forEach((outer, i) => {
    const end = outer.address + outer.size;
    for (let k = i + 1; k < result.length && result[k]!.address < end; k++) {
      const { address, size } = result[k]!;
      const last = outer.extents.pop()!;
      if (address === outer.extents[outer.extents.length - 1]) outer.extents[outer.extents.length - 1] = address + size;
      else outer.extents.push(address, address + size);
      outer.extents.push(last);
      if (outer.extents[outer.extents.length - 2] === last) outer.extents.length -= 2;
    }
  });
  return result;
}

function writeFunction(func: CodeSymbol, writing: Writing): void {
  const { name, loc, places, extents } = func;
  const attributes: AttributeValue[] = [
    [Attribute.Name, Form.String, name], ...codeAttributes(extents, writing.places), [Attribute.External, Form.FlagPresent, null], [Attribute.FrameBase, Form.Exprloc, frameBase()], ...declared(loc, writing),
  ];
  const contents = places && new Contents(func, places, writing);
  const hasContents = contents !== undefined && !contents.isEmpty;
  writing.entries.entry(Tag.Subprogram, attributes, hasContents);
  if (!hasContents) return;
  contents.write();
  writing.entries.end();
}

/** An object that is in the image: whole, or the pieces into which it fell apart (`fir/passes/split-statics.ts`). */
function writeObject({ symbol, type, loc }: DebugObject, symbols: readonly LinkedSymbol[], writing: Writing): void {
  const parts: { offset: number; bytes: number; address: number }[] = [];
  for (const { name, address, size, section } of symbols) {
    if (section === '.text' || !name.startsWith(symbol)) continue;
    const rest = name.slice(symbol.length);
    if (rest === '') parts.push({ offset: 0, bytes: size, address });
    else if (/^\.[0-9]+$/.test(rest)) parts.push({ offset: Number(rest.slice(1)), bytes: size, address });
  }
  if (parts.length === 0) return;
  parts.sort((a, b) => a.offset - b.offset);
  writing.entries.entry(Tag.Variable, [
    [Attribute.Name, Form.String, symbol], ...declared(loc, writing), ...writing.types.attribute(type), [Attribute.External, Form.FlagPresent, null],
    [Attribute.Location, Form.Exprloc, writing.places.object(parts, layoutOf(type).size)],
  ]);
}
