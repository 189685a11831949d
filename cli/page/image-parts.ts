/**
 * What every byte of an image is: of which function or datum, of which document, of the kernel or of which agent.
 *
 * Invariant: the parts add up to the image, byte for byte, in the file and in memory. Where a symbol lies inside another (the
 * linker fills gaps) the inner one has the bytes; what no symbol has is a part of its own.
 */
import type { Sources } from '../../fluxc/base/source.ts';
import type { Compilation } from '../../fluxc/compile.ts';
import type { LinkedSection, LinkedSymbol } from '../../fluxc/link/link.ts';
import { partSymbol } from '../../fluxc/program/agents-module.ts';
import type { BuiltProgram } from '../../fluxc/program/build-programs.ts';

export type PartKind = 'code' | 'constants' | 'data' | 'zeros' | 'lines' | 'padding';

export interface ImagePart {
  /** `kernel`, or `agent` and its name */
  owner: string;
  /** path; null for what the compiler made */
  document: string | null;
  line: number | null;
  name: string;
  section: string;
  kind: PartKind;
  /** in memory, of an agent's part in its process; null for what lies nowhere */
  address: number | null;
  /** bytes of the file, and of the kernel's memory: the zeros are only there */
  file: number;
  memory: number;
}

const KERNEL = 'kernel';
const KINDS: Record<string, PartKind> = { '.text': 'code', '.rodata': 'constants', '.data': 'data', '.bss': 'zeros' };

/** In the order of their addresses; parts without a byte are left out. */
export function imageParts({ image, linked, programs }: Compilation, sources: Sources): ImagePart[] {
  const embedded = new Map<string, BuiltProgram>();
  const lineTables = new Map([['image.lines', KERNEL]]);
  programs.forEach((program, index) => {
    embedded.set(partSymbol(index, 'bytes'), program);
    lineTables.set(partSymbol(index, 'lines'), `agent ${program.name}`);
  });
  const parts: ImagePart[] = [];
  for (const section of linked.sections) {
    for (const part of sectionParts(section, linked.symbols, KERNEL, sources)) {
      const program = embedded.get(part.name);
      const table = lineTables.get(part.name);
      if (program) parts.push(...programParts(program, part, sources));
      else if (table !== undefined) parts.push({ ...part, owner: table, document: null, line: null, name: 'line table', kind: 'lines' });
      else parts.push(part);
    }
  }
  const sum = (of: (part: ImagePart) => number) => parts.reduce((total, part) => total + of(part), 0);
  const rest = { owner: KERNEL, document: null, line: null, section: '', kind: 'padding' as const, address: null };
  parts.push({ ...rest, name: 'headers of the file, and between its sections', file: image.length - sum(({ file }) => file), memory: 0 });
  parts.push({ ...rest, name: 'between the sections, up to whole pages', file: 0, memory: linked.end - linked.start - sum(({ memory }) => memory) });
  return parts.filter(({ file, memory }) => file !== 0 || memory !== 0);
}

function sectionParts(section: LinkedSection, symbols: readonly LinkedSymbol[], owner: string, sources: Sources): ImagePart[] {
  const own = symbols.filter((symbol) => symbol.section === section.name && symbol.size > 0);
  const bytes = shares(section, own);
  const isFile = section.bytes.length > 0;
  const kind = KINDS[section.name]!;
  const part = (name: string, loc: number, address: number | null, size: number, what: PartKind): ImagePart => {
    const place = sources.place(loc);
    return {
      owner, document: place?.path ?? null, line: place?.line ?? null, name, section: section.name, kind: what, address,
      file: isFile ? size : 0, memory: size,
    };
  };
  return [
    ...own.map(({ name, loc, address }, index) => part(name, loc, address, bytes[index]!, kind)),
    part(`gaps in ${section.name}`, 0, null, bytes[own.length]!, 'padding'),
  ].filter(({ memory }) => memory > 0);
}

/** How many bytes of the section each symbol has for itself, and at the end how many have none. Shorter ones come before longer ones. */
function shares({ address: start, size }: LinkedSection, symbols: readonly LinkedSymbol[]): number[] {
  const nobody = symbols.length;
  const owners = new Int32Array(size).fill(nobody);
  const order = symbols.map((_, index) => index).sort((a, b) => symbols[b]!.size - symbols[a]!.size || a - b);
  for (const index of order) {
    const { address, size: length } = symbols[index]!;
    owners.fill(index, address - start, address - start + length);
  }
  const bytes = new Array<number>(symbols.length + 1).fill(0);
  for (const owner of owners) bytes[owner]!++;
  return bytes;
}

/** The bytes of an agent's program, which are constants to the kernel. Its zeros are in its process only. */
function programParts({ name, linked }: BuiltProgram, whole: ImagePart, sources: Sources): ImagePart[] {
  const owner = `agent ${name}`;
  const parts = linked.sections.filter(({ bytes }) => bytes.length > 0).flatMap((section) => sectionParts(section, linked.symbols, owner, sources));
  const rest = whole.file - parts.reduce((total, { file }) => total + file, 0);
  if (rest > 0) {
    parts.push({ ...whole, owner, document: null, line: null, name: 'up to whole words', kind: 'padding', address: null, file: rest, memory: rest });
  }
  return parts;
}
