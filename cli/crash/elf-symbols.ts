/**
 * The same as `image-symbols.ts` from what a build has left behind, without its sources: the ELF file, whose line tables are
 * those that the kernel itself reads, and the map beside it, which knows the agents.
 */
import { readFileSync } from 'node:fs';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { Documents } from '../../fluxc/lang/documents.ts';
import { IDENTITY } from '../../fluxc/link/link.ts';
import type { ImageMap } from '../../fluxc/link/map.ts';
import { partSymbol } from '../../fluxc/program/agents-module.ts';
import type { Arch } from '../../fluxc/target/machine/target.ts';
import { evaluateBuildScript } from '../build-script.ts';
import { HOME, readerOf } from '../host.ts';
import { type AddressSpace, type ImageSymbols, registersOf } from './image-symbols.ts';
import { type LinedRows, readLineTable } from './line-rows.ts';

/** `e_machine`. */
const MACHINES: Record<number, Arch> = { 62: 'x86_64', 183: 'arm64', 243: 'riscv64' };
const SYMBOL_TABLE = 2;
const SECTION_HEADER = 64;
const SYMBOL = 24;

interface NamedRange {
  name: string;
  address: number;
  size: number;
}

/** Throws an error that says what is wrong with the files. */
export function symbolsOfElf(path: string): ImageSymbols {
  const elf = new Elf(readFileSync(path));
  const map = readMap(path.replace(/(\.debug)?\.elf$/, '.map.json'));
  const table = (name: string, what: string) => {
    const bytes = elf.bytesOf(name);
    if (!bytes) throw new Error(`it has no line table${what}`);
    return readLineTable(bytes);
  };
  const identity = elf.bytesOf(IDENTITY);
  return {
    arch: elf.arch, start: map.start, identity: identity && Buffer.from(identity).readUInt32LE(0),
    kernel: spaceOf(elf.symbols, map.start, table('image.lines', '')),
    agents: map.programs.map(({ name, start, symbols }, index) => {
      return { name, space: spaceOf(symbols, start, table(partSymbol(index, 'lines'), ` of agent ${name}`)) };
    }),
    registers: registersOf([trapDocument(elf.arch)]), lineText: () => '',
  };
}

function readMap(path: string): ImageMap {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ImageMap;
  } catch (error) {
    throw new Error(`the map that belongs to it cannot be read: ${(error as Error).message}`);
  }
}

/** What this fluxos says of the architecture's frames. */
function trapDocument(arch: Arch) {
  const host = { read: readerOf([HOME]), evaluate: evaluateBuildScript };
  const documents = new Documents(host, new Sources(), new Diagnostics());
  const path = `hal/cpu/${arch}/trap.flux.md`;
  return documents.parse(path, documents.read(path) ?? '').node;
}

function spaceOf(symbols: readonly NamedRange[], base: number, lined: readonly LinedRows[]): AddressSpace {
  const named = (name: string) => lined.filter((one) => one.name === name);
  return {
    find(address) {
      const at = Number(address);
      const [symbol] = symbols.filter((one) => at >= one.address && at < one.address + one.size).sort((a, b) => a.size - b.size);
      if (!symbol) return null;
      const own = named(symbol.name).find(({ start }) => base + start === symbol.address);
      const row = own?.rows.filter((one) => base + one.at <= at).pop() ?? own?.rows[0];
      return {
        symbol: symbol.name, offset: at - symbol.address, isCode: own !== undefined, document: row?.document ?? null, line: row?.line ?? null, text: '',
      };
    },
    hasFunction: (name) => named(name).length > 0,
    hasLine: (name, document, line) => named(name).some(({ rows }) => rows.some((row) => row.document === document && row.line === line)),
  };
}

/** As much of an ELF file as that needs (System V ABI, chapter 4). */
class Elf {
  readonly arch: Arch;
  readonly symbols: (NamedRange & { section: number })[] = [];
  private readonly sections: { type: number; address: number; offset: number; size: number; link: number }[];

  constructor(private readonly bytes: Buffer) {
    if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[4] !== 2) throw new Error('it is no ELF file of 64 bits');
    const arch = MACHINES[bytes.readUInt16LE(18)];
    if (!arch) throw new Error('it is for another architecture than those of fluxos');
    this.arch = arch;
    try {
      const number = (at: number) => Number(bytes.readBigUInt64LE(at));
      const first = number(40);
      this.sections = Array.from({ length: bytes.readUInt16LE(60) }, (_, index) => {
        const at = first + SECTION_HEADER * index;
        const [address, offset, size] = [16, 24, 32].map((field) => number(at + field)) as [number, number, number];
        return { type: bytes.readUInt32LE(at + 4), address, offset, size, link: bytes.readUInt32LE(at + 40) };
      });
      const table = this.sections.find(({ type }) => type === SYMBOL_TABLE);
      const names = table && this.sections[table.link];
      if (!table || !names) throw new Error('it has no symbols: name the one that `fluxos build` writes beside the image');
      for (let at = table.offset + SYMBOL; at < table.offset + table.size; at += SYMBOL) {
        const start = names.offset + bytes.readUInt32LE(at);
        const name = bytes.toString('utf8', start, bytes.indexOf(0, start));
        this.symbols.push({ name, section: bytes.readUInt16LE(at + 6), address: number(at + 8), size: number(at + 16) });
      }
    } catch (error) {
      throw error instanceof RangeError ? new Error('it is cut or damaged') : error;
    }
  }

  /** What a symbol stands for; null if there is none of that name. */
  bytesOf(name: string): Uint8Array | null {
    const symbol = this.symbols.find((one) => one.name === name);
    const section = symbol && this.sections[symbol.section];
    if (!symbol || !section) return null;
    const at = section.offset + symbol.address - section.address;
    return this.bytes.subarray(at, at + symbol.size);
  }
}
