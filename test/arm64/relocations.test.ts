/** Relocations against GNU ld, and what does not fit. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { patch, relocate, Relocation, relocationName } from '../../fluxc/target/arm64/relocations.ts';

const PLACE = 0x40000000;

/** Kind, an instruction or datum with an empty field, and addresses that fit. */
const CASES: [kind: Relocation, source: string, values: number[]][] = [
  [Relocation.Abs64, '.quad 0', [0, 0x123456789abc, PLACE, 0x1fffffffffffff]],
  [Relocation.Abs32, '.word 0, 0', [0, 0x7fffffff, 0xffffffff]],
  [Relocation.Abs16, '.hword 0, 0, 0, 0', [0, 0x7fff, 0xffff]],
  [Relocation.Prel64, '.quad 0', [0, PLACE, 0x123456789abc]],
  [Relocation.Prel32, '.word 0, 0', [0, PLACE, 0x7fff0000]],
  [Relocation.LoadLiteral19, 'ldr x5, .; nop', [PLACE - 0x80000, PLACE, PLACE + 0xff000]],
  [Relocation.Adr21, 'adr x7, .; nop', [PLACE - 0xff000, PLACE + 1, PLACE + 2, PLACE + 0xfffff]],
  [Relocation.AdrPage21, '.word 0x90000009; nop', [0, 0x12345678, PLACE - 1, PLACE + 4095, PLACE + 4096, 0x13fff_0000]],
  [Relocation.AddLow12, 'add x1, x2, #0; nop', [0, 0xfff, 0x12345678, 0x1fffffffffffff]],
  [Relocation.LoadStore8Low12, 'ldrb w1, [x2]; nop', [0xfff, 0x12345677]],
  [Relocation.LoadStore16Low12, 'ldrh w1, [x2]; nop', [0xffe, 0x12345678]],
  [Relocation.LoadStore32Low12, 'ldr w1, [x2]; nop', [0xffc, 0x12345678]],
  [Relocation.LoadStore64Low12, 'ldr x1, [x2]; nop', [0xff8, 0x12345678]],
  [Relocation.LoadStore128Low12, 'ldr q1, [x2]; nop', [0xff0, 0x12345670]],
  [Relocation.TestBranch14, 'tbz x3, #40, .; nop', [PLACE - 0x7000, PLACE + 0x7ff0]],
  [Relocation.ConditionBranch19, 'cbnz x3, .; nop', [PLACE - 0xf0000, PLACE + 0xff000]],
  [Relocation.Jump26, 'b .; nop', [PLACE - 0x7fff000, PLACE + 0x7ff0000]],
  [Relocation.Call26, 'bl .; nop', [PLACE - 0x7fff000, PLACE, PLACE + 0x7ff0000]],
];

describe('relocations', () => {
  it('write the bytes that GNU ld writes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fluxos-arm64-'));
    try {
      const lines: string[] = ['.text', '.global _start', '_start:'];
      const rows = CASES.flatMap(([kind, source, values]) => values.map((value) => ({ kind, source, value })));
      rows.forEach(({ kind, source }, i) => {
        lines.push(source.replace('; ', '\n'));
        lines.push(`.reloc ${8 * i}, R_AARCH64_${relocationName(kind).toUpperCase()}, target${i}`);
      });
      writeFileSync(join(folder, 'a.s'), lines.map((line) => `${line}\n`).join(''));
      const run = (tool: string, ...args: string[]) => execFileSync(`aarch64-linux-gnu-${tool}`, args, { cwd: folder });
      run('as', '-o', 'a.o', 'a.s');
      run('objcopy', '-O', 'binary', '-j', '.text', 'a.o', 'before.bin');
      run(
        'ld',
        `-Ttext=0x${PLACE.toString(16)}`,
        ...rows.map(({ value }, i) => `--defsym=target${i}=${value}`),
        '-o',
        'a.elf',
        'a.o',
      );
      run('objcopy', '-O', 'binary', '-j', '.text', 'a.elf', 'after.bin');
      const ours = new Uint8Array(readFileSync(join(folder, 'before.bin')));
      const theirs = new Uint8Array(readFileSync(join(folder, 'after.bin')));
      rows.forEach(({ kind, value }, i) => {
        expect(relocate(ours, 8 * i, kind, value, PLACE + 8 * i), `${relocationName(kind)} ${value}`).toBeNull();
        const bytes = (all: Uint8Array) => Array.from(all.subarray(8 * i, 8 * i + 8));
        expect(bytes(ours), `${relocationName(kind)} ${value.toString(16)}`).toEqual(bytes(theirs));
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('say what does not fit', () => {
    const word = new Uint8Array(8);
    expect(relocate(word, 0, Relocation.Call26, PLACE + 0x8000000, PLACE)).toBe('134217728 is out of range');
    expect(relocate(word, 0, Relocation.Call26, PLACE + 2, PLACE)).toBe('2 is no multiple of 4');
    expect(relocate(word, 0, Relocation.Abs32, 0x100000000, PLACE)).toBe('4294967296 is out of range');
    expect(relocate(word, 0, Relocation.AdrPage21, 0x200000000, PLACE)).toBe('7516192768 is out of range');
    expect(relocate(word, 0, Relocation.LoadStore64Low12, 0x1004, PLACE)).toBe('4100 is no multiple of 8');
    expect(Array.from(word)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(patch(word, 0, Relocation.TestBranch14, 0x8000)).toBe(false);
    expect(patch(word, 0, Relocation.TestBranch14, -0x8000)).toBe(true);
  });
});
