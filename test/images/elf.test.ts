import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import elfy from 'elfy';
import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { compile } from '../../fluxc/compile.ts';
import { HOST, readable } from '../host.ts';
import { type ElfFile, pvhNote, segmentsOf, writeElf } from '../../images/elf.ts';

const FILE: ElfFile = {
  machine: 62,
  flags: 0,
  entry: 0x100010,
  sections: [
    { name: '.text', address: 0x100000, bytes: Uint8Array.from({ length: 300 }, (_, i) => i & 255), size: 300, write: false, execute: true },
    { name: '.rodata', address: 0x101000, bytes: Uint8Array.of(1, 2, 3), size: 3, write: false, execute: false },
    { name: '.data', address: 0x102000, bytes: Uint8Array.of(9, 9), size: 2, write: true, execute: false },
    { name: '.bss', address: 0x102010, bytes: new Uint8Array(0), size: 5000, write: true, execute: false },
  ],
  notes: [pvhNote(0x100010)],
  symbols: [
    { name: 'kernel.start.start', section: '.text', address: 0x100010, size: 40, kind: 'function' },
    { name: 'kernel.memory.ram', section: '.bss', address: 0x102010, size: 264, kind: 'object' },
  ],
};

function readelf(bytes: Uint8Array, ...flags: string[]): string {
  const path = join(mkdtempSync(join(tmpdir(), 'fluxos-elf-')), 'file.elf');
  writeFileSync(path, bytes);
  const { stdout, stderr } = execaSync('readelf', ['-W', ...flags, path]);
  expect(stderr).toBe('');
  return stdout;
}

describe('an ELF file', () => {
  it('is read back by elfy: header, segments, sections', () => {
    const parsed = elfy.parse(Buffer.from(writeElf(FILE)));
    expect(parsed.class).toBe('64');
    expect(parsed.endian).toBe('lsb');
    expect(parsed.machine).toBe('amd64');
    expect(parsed.entry).toBe(FILE.entry);
    const loads = parsed.body.programs.filter((program: { type: string }) => program.type === 'load');
    expect(loads.map(({ vaddr, filesz, memsz }: { vaddr: number; filesz: number; memsz: number }) => [vaddr, filesz, memsz])).toEqual([
      [0x100000, 300, 300], [0x101000, 3, 3], [0x102000, 2, 0x10 + 5000],
    ]);
    const text = parsed.body.sections.find((section: { name: string }) => section.name === '.text');
    expect([...text!.data]).toEqual([...FILE.sections[0]!.bytes]);
  });

  it('is read without complaint by readelf: segments and their rights', () => {
    const programs = readelf(writeElf(FILE), '-l');
    expect(programs).toMatch(/LOAD\s+\S+\s+0x0*100000\s+0x0*100000\s+0x0*12c\s+0x0*12c\s+R E/);
    expect(programs).toMatch(/LOAD\s+\S+\s+0x0*101000\s+\S+\s+\S+\s+\S+\s+R\s/);
    expect(programs).toMatch(/LOAD\s+\S+\s+0x0*102000\s+\S+\s+0x0*2\s+0x0*1398\s+RW/);
  });

  it('has the PVH note where loaders look for it', () => {
    expect(readelf(writeElf(FILE), '-n')).toMatch(/Xen\s+0x00000004\s+Unknown note type: \(0x00000012\)\s+description data: 10 00 10 00/);
  });

  it('has its symbols, in their sections', () => {
    const symbols = readelf(writeElf(FILE), '-s');
    expect(symbols).toMatch(/0*100010\s+40\s+FUNC\s+GLOBAL\s+DEFAULT\s+1\s+kernel\.start\.start/);
    expect(symbols).toMatch(/0*102010\s+264\s+OBJECT\s+GLOBAL\s+DEFAULT\s+4\s+kernel\.memory\.ram/);
  });

  it('without symbols is what a loader needs and no more', () => {
    const bytes = writeElf({ ...FILE, symbols: [] });
    expect(bytes.length).toBeLessThan(64 + 4 * 56 + 20 + 300 + 3 + 2 + 3 * 16 + 16);
    expect(readelf(bytes, '-h')).toMatch(/Number of section headers:\s+0/);
  });

  it('has no segment that is writable and executable', () => {
    for (const { flags } of segmentsOf(FILE.sections)) expect(flags.write && flags.execute).toBe(false);
  });
});

describe('the images of the boards', () => {
  it.each(['qemu-x86_64', 'qemu-arm64', 'qemu-riscv64'])('for %s: the ELF file with symbols pleases readelf and elfy', (board) => {
    const result = compile(HOST, { main: 'examples/hello.flux.md', board });
    expect(readable(result)).toBe('');
    const { elf, linked } = result.output!;
    expect(readelf(elf, '-a')).not.toMatch(/Warning|Error/);
    expect(readelf(elf, '-s')).toContain('kernel.start.power_off');
    const parsed = elfy.parse(Buffer.from(elf));
    expect(parsed.entry).toBe(linked.entry);
    const text = parsed.body.sections.find((section) => section.name === '.text')!;
    expect(Buffer.from(linked.sections[0]!.bytes).equals(text.data)).toBe(true);
  });

  it('for pc: what QEMU boots has the note, and no segment that is writable and executable', () => {
    const { image } = compile(HOST, { main: 'examples/hello.flux.md', board: 'pc' }).output!;
    expect(readelf(image, '-n')).toContain('Xen');
    const segments = readelf(image, '-l').split('\n').filter((line) => line.trim().startsWith('LOAD'));
    expect(segments.length).toBeGreaterThan(2);
    for (const segment of segments) expect(segment).not.toMatch(/W\s*E|RWE/);
  });
});
