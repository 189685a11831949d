/** What relocations and fixups write, and where they do not reach. */
import { describe, expect, test } from 'vitest';
import { patch, relocate, Relocation, relocationName } from '../../fluxc/target/x86_64/relocations.ts';
import { toHex } from './tools.ts';

function written(kind: number, value: number, place: number): string {
  const bytes = new Uint8Array(8).fill(0xaa);
  return relocate(bytes, 0, kind, value, place) ?? toHex(bytes);
}

describe('relocations', () => {
  test('absolute', () => {
    expect(written(Relocation.Absolute64, 0x1122334455, 0)).toBe('55 44 33 22 11 00 00 00');
    expect(written(Relocation.Absolute64, -2, 0)).toBe('fe ff ff ff ff ff ff ff');
    expect(written(Relocation.Absolute32, 0xfee00000, 0)).toBe('00 00 e0 fe aa aa aa aa');
    expect(written(Relocation.Absolute32, 2 ** 32, 0)).toBe('4294967296 does not fit the 32 bits of R_X86_64_32');
    const signed = written(Relocation.Absolute32Signed, 2 ** 31, 0);
    expect(signed).toBe('2147483648 does not fit the 32 bits of R_X86_64_32S');
  });

  test('relative to their place', () => {
    expect(written(Relocation.Relative32, 0x1000 - 4, 0x2000)).toBe('fc ef ff ff aa aa aa aa');
    expect(written(Relocation.Relative32, 0x80000000, 0)).toBe('2147483648 does not fit the 32 bits of R_X86_64_PC32');
    expect(written(Relocation.Relative32, 0x100000000, 0x90000000)).toBe('00 00 00 70 aa aa aa aa');
  });

  test('have the names of the ABI', () => {
    expect([1, 2, 10, 11].map(relocationName)).toEqual(['R_X86_64_64', 'R_X86_64_PC32', 'R_X86_64_32', 'R_X86_64_32S']);
    expect(written(999, 0, 0)).toBe('unknown relocation 999');
  });
});

describe('fixups', () => {
  test('count from the end of their field', () => {
    const bytes = new Uint8Array(8);
    expect(patch(bytes, 0, Relocation.Relative8, 128)).toBe(true);
    expect(bytes[0]).toBe(127);
    expect(patch(bytes, 0, Relocation.Relative8, 129)).toBe(false);
    expect(patch(bytes, 0, Relocation.Relative8, -127)).toBe(true);
    expect(patch(bytes, 0, Relocation.Relative8, -128)).toBe(false);
    expect(patch(bytes, 4, Relocation.Relative32, -10)).toBe(true);
    expect(toHex(bytes.subarray(4))).toBe('f2 ff ff ff');
  });

  test('of a table add to what the entry holds', () => {
    const bytes = Uint8Array.of(8, 0, 0, 0);
    expect(patch(bytes, 0, Relocation.TableEntry, -20)).toBe(true);
    expect(toHex(bytes)).toBe('f4 ff ff ff');
  });
});
