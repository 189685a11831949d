import { describe, expect, it } from 'vitest';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { Module } from '../../fluxc/fir/module.ts';
import { link, type LinkedImage } from '../../fluxc/link/link.ts';
import { buildLineTable } from '../../fluxc/link/line-table.ts';
import { X86_64 } from '../../fluxc/target/x86_64/target.ts';
import type { Atom } from '../../fluxc/target/machine/atom.ts';

const BASE = 0x100000;

class Program {
  readonly module = new Module('test');
  readonly atoms: Atom[] = [];
  readonly sources = new Sources();
  readonly diagnostics = new Diagnostics();

  /** An atom of `size` bytes whose first eight-byte words hold the addresses of `refers`. */
  add(name: string, section: string, size: number, refers: string[] = [], align = 8): Atom {
    const symbol = this.module.symbol(name);
    const atom: Atom = {
      symbol, section, align, bytes: section === '.bss' ? new Uint8Array(0) : new Uint8Array(size).fill(0x90), size,
      relocations: refers.map((other, i) => ({ offset: 8 * i, kind: X86_64.absolute64, symbol: this.module.symbol(other), addend: 0 })),
      lines: [], traps: [], labels: [],
    };
    this.atoms.push(atom);
    return atom;
  }

  link(headerBytes = 0): LinkedImage | null {
    const { module, atoms, sources, diagnostics } = this;
    return link({ module, atoms, target: X86_64, sources, base: BASE, headerBytes, entry: 'entry' }, diagnostics);
  }

  get said(): string[] {
    return this.diagnostics.list.map(({ code, message }) => `${code} ${message}`);
  }
}

function word(image: LinkedImage, name: string, index: number): number {
  const symbol = image.symbols.find((candidate) => candidate.name === name)!;
  const section = image.sections.find((candidate) => candidate.name === symbol.section)!;
  return Number(new DataView(section.bytes.buffer).getBigUint64(symbol.address - section.address + 8 * index, true));
}

function addressOf(image: LinkedImage, name: string): number {
  return image.symbols.find((symbol) => symbol.name === name)!.address;
}

describe('the linker', () => {
  it('keeps what the entry reaches and drops the rest', () => {
    const program = new Program();
    program.add('entry', '.text', 16, ['used', 'table']);
    program.add('used', '.text', 8);
    program.add('unused', '.text', 8, ['lost']);
    program.add('lost', '.data', 8);
    program.add('table', '.rodata', 8, ['deep']);
    program.add('deep', '.bss', 8);
    const image = program.link()!;
    expect(image.symbols.map(({ name }) => name).sort()).toEqual(['deep', 'entry', 'table', 'used']);
    expect(image.dropped.sort()).toEqual(['lost', 'unused']);
  });

  it('keeps roots that nothing refers to', () => {
    const program = new Program();
    program.add('entry', '.text', 8);
    program.module.symbols[program.add('exported', '.text', 8).symbol]!.root = true;
    expect(program.link()!.symbols.map(({ name }) => name)).toContain('exported');
  });

  it('starts code, constants and data on pages of their own, zeros behind the data, the boot code first', () => {
    const program = new Program();
    program.add('entry', '.text', 16, ['boot', 'constant']);
    program.add('boot', '.text.boot', 16, ['variable', 'zeros']);
    program.add('constant', '.rodata', 8);
    program.add('variable', '.data', 24);
    program.add('zeros', '.bss', 4096, [], 4096);
    const image = program.link()!;
    expect(addressOf(image, 'boot')).toBe(BASE);
    const [text, rodata, data, bss] = image.sections;
    for (const section of [rodata!, data!]) expect(section.address % 4096).toBe(0);
    expect(text!.address + text!.size).toBeLessThanOrEqual(rodata!.address);
    expect(bss!.address).toBeGreaterThanOrEqual(data!.address + data!.size);
    expect(addressOf(image, 'zeros') % 4096).toBe(0);
    expect(image.sections.map(({ bytes }) => bytes.length)).toEqual([32, 8, 24, 0]);
  });

  it('fills the gap in front of a widely aligned object with what fits, in order', () => {
    const program = new Program();
    program.add('entry', '.text', 16, ['vectors', 'large']);
    program.add('vectors', '.text', 128, ['small', 'other'], 2048);
    program.add('large', '.text', 4000);
    program.add('small', '.text', 100);
    program.add('other', '.text', 50);
    const image = program.link()!;
    const places = ['entry', 'small', 'other', 'vectors', 'large'].map((name) => addressOf(image, name) - BASE);
    expect(places).toEqual([0, 16, 120, 2048, 2176]);
  });

  it('applies relocations, and leaves room for a header', () => {
    const program = new Program();
    program.add('entry', '.text', 24, ['value', 'entry']);
    program.add('value', '.data', 8);
    const image = program.link(64)!;
    expect(image.start).toBe(BASE);
    expect(addressOf(image, 'entry')).toBe(BASE + 64);
    expect(word(image, 'entry', 0)).toBe(addressOf(image, 'value'));
    expect(word(image, 'entry', 1)).toBe(BASE + 64);
  });

  it('defines the image symbols', () => {
    const program = new Program();
    const names = ['image.start', 'image.text_end', 'image.rodata_end', 'image.data_end', 'image.end'];
    program.add('entry', '.text', 48, [...names, 'zeros']);
    program.add('zeros', '.bss', 100);
    const image = program.link()!;
    const [text, rodata, data, bss] = image.sections;
    expect(names.map((_, i) => word(image, 'entry', i))).toEqual([
      BASE, rodata!.address, data!.address, data!.address + data!.size, bss!.address + bss!.size,
    ]);
    expect(word(image, 'entry', 4)).toBe(image.end);
    expect(text!.address).toBe(BASE);
  });

  it('ends the data where the zeros start', () => {
    const program = new Program();
    program.add('entry', '.text', 8, ['image.data_end', 'odd', 'zeros']);
    program.add('odd', '.data', 13);
    program.add('zeros', '.bss', 100);
    const image = program.link()!;
    expect(word(image, 'entry', 0)).toBe(addressOf(image, 'zeros'));
    expect(word(image, 'entry', 0) % 16).toBe(0);
  });

  it('puts the line table in where it is wanted, from the final places', () => {
    const program = new Program();
    const source = program.sources.add('a.flux.md', 'one\ntwo\nthree\n');
    const entry = program.add('entry', '.text', 32, ['image.lines', 'later']);
    entry.lines = [0, source.base, 16, source.base + 8];
    program.add('later', '.text', 8).lines = [0, source.base + 4];
    const image = program.link()!;
    const rodata = image.sections.find(({ name }) => name === '.rodata')!;
    const table = rodata.bytes.subarray(word(image, 'entry', 0) - rodata.address);
    const view = new DataView(table.buffer, table.byteOffset);
    const documents = view.getUint32(4, true);
    expect([view.getUint32(0, true), view.getUint32(8, true)]).toEqual([2, 4]);
    const text = (start: number) => Buffer.from(table.subarray(start, table.indexOf(0, start))).toString();
    expect(text(documents + 1)).toBe('a');
    // Nobody said where they are declared, so home is document 0, without a path. Units of four bytes.
    const start = (word(image, 'entry', 1) - addressOf(image, 'entry')) / 4;
    const entryRows = [2, 1, 3 + 0 * 11 + 1 + 3, 3 + 4 * 11 + 2 + 3, 0];
    const laterRows = [2, 1, 3 + 0 * 11 - 1 + 3, 0];
    const name = (letters: string) => [...Buffer.from(letters), 0];
    expect([...table.subarray(12, documents)]).toEqual([
      0, ...name('entry'), 0, ...entryRows, start, ...name('later'), 0, ...laterRows,
    ]);
  });

  it('drops the module from names whose home says it, and counts long ways', () => {
    const sources = new Sources();
    const home = sources.add('kernel/far.flux.md', '\n'.repeat(300) + 'x');
    const table = buildLineTable([
      { name: 'kernel.far.away', start: 0, loc: home.base, lines: [0, home.base + 300, 400, home.base] },
    ], sources);
    const name = [...Buffer.from('.away'), 0];
    // Distance 100 units of 4; line 301, then 300 back: SLEB128.
    expect([...table.subarray(12, 12 + 1 + name.length + 1 + 9)]).toEqual([0, ...name, 0, 1, 0, 0xad, 0x02, 1, 100, 0xd4, 0x7d, 0]);
  });

  it('puts small functions into the gaps of others', () => {
    const program = new Program();
    const vectors = program.add('entry', '.text', 256, ['small', 'large', 'other']);
    vectors.gaps = [[64, 32], [128, 128]];
    program.add('large', '.text', 200);
    program.add('small', '.text', 30);
    program.add('other', '.text', 100);
    const image = program.link()!;
    const from = addressOf(image, 'entry');
    expect(addressOf(image, 'small') - from).toBe(64);
    expect(addressOf(image, 'other') - from).toBe(128);
    expect(addressOf(image, 'large') - from).toBeGreaterThanOrEqual(256);
  });

  it('reports everything that is missing, at once', () => {
    const program = new Program();
    program.add('entry', '.text', 16, ['nowhere', 'elsewhere']);
    expect(program.link()).toBeNull();
    expect(program.said).toEqual(['FX0603 nothing defines `nowhere` for x86_64', 'FX0603 nothing defines `elsewhere` for x86_64']);
  });

  it('reports a missing entry, an unknown section and a symbol that is defined twice', () => {
    const none = new Program();
    expect(none.link()).toBeNull();
    expect(none.said).toEqual(['FX0602 there is no entry: nothing defines `entry`']);
    const other = new Program();
    other.add('entry', '.fast', 8);
    expect(other.link()).toBeNull();
    expect(other.said).toEqual(['FX0605 an image has no section `.fast`']);
    const twice = new Program();
    const entry = twice.add('entry', '.text', 8);
    const again = twice.add('more', '.text', 8);
    again.labels.push([entry.symbol, 4]);
    twice.link();
    expect(twice.said).toEqual(['FX0601 the symbol `entry` is defined twice']);
  });
});
