/** What debuggers read of an image: judged by readelf and by gdb itself. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { compile } from '../../fluxc/compile.ts';
import { HOST } from '../host.ts';

const MAIN = 'examples/demo.flux.md';

function elfOf(board: string): string {
  const { output, diagnostics } = compile(HOST, { main: MAIN, board });
  expect(diagnostics.list).toEqual([]);
  const path = join(mkdtempSync(join(tmpdir(), 'fluxos-dwarf-')), 'image.elf');
  writeFileSync(path, output!.elf);
  return path;
}

function run(program: string, ...args: string[]): string {
  const { stdout, stderr, exitCode } = execaSync(program, args, { reject: false });
  expect(exitCode, `${program}: ${stderr}`).toBe(0);
  expect(stderr).not.toMatch(/warning|error/i);
  return stdout;
}

describe.each(['qemu-x86_64', 'qemu-arm64', 'qemu-riscv64'])('%s', (board) => {
  const elf = elfOf(board);

  it('readelf reads the sections without a complaint', () => {
    const text = run('readelf', '--debug-dump=info,abbrev', elf);
    expect(text).toMatch(/DW_AT_name +: demo\.speak/);
    const lines = run('readelf', '--debug-dump=decodedline', elf);
    expect(lines).toMatch(/^examples\/demo\.flux\.md +\d+ +0x/m);
    expect(lines).toMatch(/^kernel\/memory\.flux\.md +\d+ +0x/m);
  });

  it('the way to the caller is known from every instruction of a function', () => {
    const text = run('readelf', '--debug-dump=frames-interp', elf);
    const functions = text.split(/\n(?=[0-9a-f]+ [0-9a-f]+ [0-9a-f]+ FDE)/).slice(1);
    expect(functions.length).toBeGreaterThan(20);
    const atRecord = /(rbp|x29|s0)\+(16|0) /;
    // Some functions have no frame, some have one from the start, and in some it begins and ends on the way.
    expect(functions.some((rows) => !atRecord.test(rows))).toBe(true);
    expect(functions.some((rows) => rows.match(/^[0-9a-f]{8,} (rsp|sp)/gm)!.length > 1 && atRecord.test(rows))).toBe(true);
  });

  it('gdb finds functions, lines and documents', () => {
    const commands = ['info line demo.speak', 'info line demo.flux.md:40', "info address 'kernel.memory.take'", 'list demo.speak'];
    const text = run('gdb-multiarch', '-q', '-batch', '-nx', ...commands.flatMap((command) => ['-ex', command]), elf);
    expect(text).toMatch(/Line \d+ of "\.\/examples\/demo\.flux\.md" starts at address 0x[0-9a-f]+ <demo\.speak/);
    expect(text).toMatch(/Line 40 of "\.\/examples\/demo\.flux\.md" starts at address 0x[0-9a-f]+/);
    expect(text).toContain('### fn speak(name: u64)');
  });
});
