/** What debuggers read of an image: judged by readelf and by gdb itself. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { compile } from '../../fluxc/compile.ts';
import { HOST } from '../host.ts';

const MAIN = 'examples/demo.flux.md';

function elfOf(board: string, debug = false): string {
  const { output, diagnostics } = compile(HOST, { main: MAIN, board, debug });
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
    expect(functions.some((rows) => (rows.match(/^[0-9a-f]{8,} (rsp|sp)/gm) ?? []).length > 1 && atRecord.test(rows))).toBe(true);
  });

  it('what the caller had in a register is found in the frame, and what was interrupted in its struct', () => {
    const text = run('readelf', '--debug-dump=frames-interp', elf);
    const saved = { 'qemu-x86_64': 'rbx', 'qemu-arm64': 'x19', 'qemu-riscv64': 's1' }[board]!;
    const functions = text.split(/\n(?=[0-9a-f]+ [0-9a-f]+ [0-9a-f]+ (?:FDE|CIE))/);
    const keeps = functions.filter((rows) => new RegExp(`LOC +CFA.* ${saved} `).test(rows));
    expect(keeps.length).toBeGreaterThan(5);
    for (const rows of keeps) expect(rows).toMatch(/ c-\d+ /);
    expect(text).toMatch(/CIE "S"/);
    const interrupted = functions[functions.findIndex((rows) => rows.includes('CIE "S"')) + 1]!;
    expect(interrupted.match(/ c-\d+/g)!.length).toBeGreaterThanOrEqual(17);
  });

  it('gdb finds functions, lines and documents', () => {
    const commands = ['info line demo.speak', 'info line demo.flux.md:40', "info address 'kernel.memory.take'", 'list demo.speak'];
    const text = run('gdb-multiarch', '-q', '-batch', '-nx', ...commands.flatMap((command) => ['-ex', command]), elf);
    expect(text).toMatch(/Line \d+ of "\.\/examples\/demo\.flux\.md" starts at address 0x[0-9a-f]+ <demo\.speak/);
    expect(text).toMatch(/Line 40 of "\.\/examples\/demo\.flux\.md" starts at address 0x[0-9a-f]+/);
    expect(text).toContain('### fn speak(name: u64)');
  });
});

describe.each(['qemu-x86_64', 'qemu-arm64', 'qemu-riscv64'])('%s, with variables', (board) => {
  const elf = elfOf(board, true);

  it('readelf reads types, variables, their places and the code of blocks without a complaint', () => {
    const text = run('readelf', '-W', '--debug-dump=info,abbrev,loc,Ranges,frames', elf);
    expect(text).toMatch(/DW_TAG_structure_type/);
    expect(text).toMatch(/DW_TAG_inlined_subroutine/);
    expect(text).toMatch(/DW_TAG_lexical_block/);
    expect(text).toMatch(/DW_OP_reg/);
    expect(text).toMatch(/DW_OP_fbreg/);
  });

  it('gdb knows what everything is', () => {
    const commands = ['ptype struct Frame', 'ptype enum State', "whatis 'kernel.memory.ram'", "print &'kernel.memory.free_pages'", 'info scope demo.speak'];
    const text = run('gdb-multiarch', '-q', '-batch', '-nx', ...commands.flatMap((command) => ['-ex', command]), elf);
    expect(text).toMatch(/type = struct Frame \{/);
    expect(text).toMatch(/type = struct MemoryMap/);
    expect(text).toMatch(/\(u64 \*\) 0x[0-9a-f]+/);
    expect(text).toMatch(/Symbol name is multi-location/);
    expect(text).toMatch(/Symbol letter is [^]*DW_OP_fbreg/);
  });
});

it.each([
  ['qemu-x86_64', 0], ['qemu-x86_64', 1], ['qemu-x86_64', 2], ['qemu-arm64', 2], ['qemu-riscv64', 2],
] as const)('the image for %s at -O %i is the same with variables and without, its programs too', (board, level) => {
  const [plain, debug] = [false, true].map((debug) => {
    return compile(HOST, { main: 'examples/greeting.flux.md', board, debug, passes: { level, verifyEach: debug } }).output!;
  });
  expect(Buffer.compare(plain!.image, debug!.image)).toBe(0);
  expect(plain!.programElfs).toEqual([]);
  expect(debug!.programElfs.map(({ name }) => name)).toEqual(['guest', 'host']);
});
