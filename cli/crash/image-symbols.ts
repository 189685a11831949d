/** What addresses mean in an image: function and document line of the kernel's code, of each agent's, and names of data. */
import { lineAt, type LinkedImage, IDENTITY } from '../../fluxc/link/link.ts';
import type { Sources } from '../../fluxc/base/source.ts';
import type { Compilation } from '../../fluxc/compile.ts';
import type { ModuleNode } from '../../fluxc/lang/ast.ts';
import type { Arch } from '../../fluxc/target/machine/target.ts';

export interface Position {
  /** of the function or datum */
  symbol: string;
  /** bytes from its start */
  offset: number;
  isCode: boolean;
  document: string | null;
  line: number | null;
  /** what stands there; empty if that is not known */
  text: string;
}

export interface AddressSpace {
  /** null for what lies outside */
  find(address: bigint): Position | null;
  /** whether the function has code of that line: an image that does not is another one */
  hasLine(name: string, document: string, line: number): boolean;
  hasFunction(name: string): boolean;
}

export interface ImageSymbols {
  arch: Arch;
  start: number;
  /** null if nothing in it asks for one */
  identity: number | null;
  kernel: AddressSpace;
  agents: { name: string; space: AddressSpace }[];
  /** names of the words of a frame */
  registers: string[];
  /** a line of a document; empty if there is none */
  lineText(document: string, line: number): string;
}

export function symbolsOf(compilation: Compilation, sources: Sources): ImageSymbols {
  const { target, linked, programs } = compilation;
  return {
    arch: target.name as Arch, start: linked.start, identity: identityOf(linked), kernel: spaceOf(linked, sources),
    agents: programs.map(({ name, linked: own }) => ({ name, space: spaceOf(own, sources) })), registers: registersOf(compilation.documents),
    lineText(document, line) {
      const source = sources.list.find(({ path }) => path === document);
      return source && line <= source.lines().length ? source.lineText(line - 1).trim() : '';
    },
  };
}

function identityOf({ symbols, sections }: LinkedImage): number | null {
  const symbol = symbols.find(({ name }) => name === IDENTITY);
  const section = sections.find(({ name }) => name === symbol?.section);
  if (!symbol || !section) return null;
  return new DataView(section.bytes.buffer, section.bytes.byteOffset).getUint32(symbol.address - section.address, true);
}

function spaceOf({ symbols }: LinkedImage, sources: Sources): AddressSpace {
  const named = (name: string) => symbols.filter((symbol) => symbol.name === name);
  return {
    find(address) {
      if (address > BigInt(Number.MAX_SAFE_INTEGER)) return null;
      const at = Number(address);
      // Of several the innermost: the linker fills gaps inside of symbols.
      const [symbol] = symbols.filter((one) => at >= one.address && at < one.address + one.size).sort((a, b) => a.size - b.size);
      if (!symbol) return null;
      const isCode = symbol.section === '.text';
      const loc = isCode ? lineAt(symbol.lines, at - symbol.address) || symbol.loc : symbol.loc;
      const place = sources.place(loc);
      return {
        symbol: symbol.name, offset: at - symbol.address, isCode, document: place?.path ?? null, line: place?.line ?? null,
        text: place ? sources.find(loc)!.lineText(place.line - 1).trim() : '',
      };
    },
    hasFunction: (name) => named(name).some(({ section }) => section === '.text'),
    hasLine: (name, document, line) => named(name).some((symbol) => {
      const places = [sources.place(symbol.loc), ...symbol.lines.filter((_, index) => index % 2 === 1).map((loc) => sources.place(loc))];
      return places.some((place) => place?.path === document && place.line === line);
    }),
  };
}

/** As the architecture's document has them, words of an array one by one. */
export function registersOf(documents: readonly ModuleNode[]): string[] {
  const frame = documents.find(({ name }) => name === 'hal.cpu.trap')?.decls.find(({ kind, name }) => kind === 'struct' && name.text === 'Frame');
  if (frame?.kind !== 'struct') throw new Error('hal.cpu.trap has no Frame');
  return frame.fields.flatMap(({ name, type }) => {
    if (type.kind !== 'array') return [name.text];
    if (type.count.kind !== 'int') throw new Error('the length of an array of hal.cpu.trap.Frame is no number');
    return Array.from({ length: type.count.low }, (_, index) => `${name.text}${index}`);
  });
}
