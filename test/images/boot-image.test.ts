import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { type BootImage, writeBootImage } from '../../images/boot-image.ts';

const SECTIONS = [
  { address: 0x80040, bytes: Uint8Array.of(1, 2, 3, 4) },
  { address: 0x81000, bytes: Uint8Array.of(5) },
  { address: 0x82000, bytes: new Uint8Array(0) },
];
const IMAGE: BootImage = { arch: 'arm64', start: 0x80000, end: 0x90000, entry: 0x80040, textOffset: 0x80000, sections: SECTIONS };

/** The first instruction as GNU objdump reads it at address 0. */
function firstInstruction(bytes: Uint8Array, machine: string, program: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'fluxos-image-')), 'image');
  writeFileSync(path, bytes);
  const { stdout } = execaSync(program, ['-D', '-b', 'binary', '-m', machine, '--stop-address=4', path]);
  return stdout.trim().split('\n').pop()!.split('\t').slice(2).join(' ').trim();
}

describe('a boot image', () => {
  it('has the arm64 header of Linux, its branch reaching the entry', () => {
    const bytes = writeBootImage(IMAGE);
    const view = new DataView(bytes.buffer);
    expect(view.getUint32(56, true)).toBe(0x644d5241);
    expect(view.getUint32(8, true)).toBe(0x80000);
    expect(view.getUint32(16, true)).toBe(0x10000);
    expect(firstInstruction(bytes, 'aarch64', 'aarch64-linux-gnu-objdump')).toMatch(/^b 0x40/);
  });

  it('has the riscv64 header of Linux, its jump reaching the entry', () => {
    const bytes = writeBootImage({ ...IMAGE, arch: 'riscv64', entry: 0x80000 + 0x1234 });
    const view = new DataView(bytes.buffer);
    expect(Buffer.from(bytes.subarray(48, 60)).toString('latin1')).toBe('RISCV\0\0\0RSC\x05');
    expect(view.getUint32(32, true)).toBe(2);
    expect(firstInstruction(bytes, 'riscv:rv64', 'riscv64-linux-gnu-objdump')).toMatch(/^j 0x1234/);
  });

  it('holds the sections at their distances and leaves zeros at the end out', () => {
    const bytes = writeBootImage(IMAGE);
    expect(bytes.length).toBe(0x1001);
    expect([...bytes.subarray(0x40, 0x44)]).toEqual([1, 2, 3, 4]);
    expect(bytes[0x1000]).toBe(5);
  });
});
