/** `fluxos vm` as users call it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readContainer } from '../../fluxc/isa/container.ts';
import { bundleIfStale, fluxos, fluxosJson } from './fluxos.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'fluxos-vm-'));

function file(name: string, content: string | Uint8Array): string {
  const path = join(FOLDER, name);
  writeFileSync(path, content);
  return path;
}

beforeAll(bundleIfStale, 120_000);
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

describe('fluxos vm', { timeout: 60_000 }, () => {
  it('run: the status is what the program leaves in r16, and a line says it', async () => {
    const { status, stdout, stderr } = await fluxos(['vm', 'run', 'examples/vm/hello_world.fasm']);
    expect([status, stdout, stderr]).toEqual([30, '', 'hello_world: r16 = 30, 6 instructions']);
  });

  it('run: several programs talk to each other; --json says everything', async () => {
    const { status, value } = await fluxosJson(['vm', 'run', 'examples/vm/navigator.fasm', 'examples/vm/engine.fasm']);
    expect(status).toBe(49);
    expect(value.console).toBe('4207\n49\n');
    expect(value.programs.map(({ name, ending, result }: Record<string, unknown>) => [name, ending, result])).toEqual([['navigator', 'halted', '49'], ['engine', 'halted', '0']]);
    expect(value.programs[0].capabilities).toEqual(['COMMUNICATE', 'IO_WRITE']);
    expect(value.diagnostics).toEqual([]);
  });

  it('run: what the sixteen operations emit is output', async () => {
    expect(await fluxos(['vm', 'run', 'examples/vm/readme.fasm'])).toMatchObject({ status: 0, stdout: '50' });
  });

  it('run: reads standard input', async () => {
    const echo = file('echo.fasm', `.set flux64
.capability IO_READ, IO_WRITE
.region buffer, 64, write
.code
next:
    movi r2, 64
    io_read r3, r0, r2
    jz r3, done
    io_write r0, r0, r3
    jmp next
done:
    halt
`);
    expect(await fluxos(['vm', 'run', echo], { stdin: 'pipe', input: 'one line\n' })).toMatchObject({ status: 0, stdout: 'one line' });
  });

  it.each<[string, () => string[], number, RegExp]>([
    ['a file that is not there', () => ['nowhere.fasm'], 1, /FX0801.*nowhere\.fasm/],
    ['text with an error, at its place', () => [file('wrong.fasm', '.set flux64\n    iadd r1\n    halt\n')], 1, /wrong\.fasm:2:5: error\[FX1102\].*\n[^]*iadd rd, ra, rb/],
    ['what is no bytecode', () => [file('photo.fluxbc', 'JFIF')], 1, /FX1120.*no bytecode/],
    ['code that leads out of itself', () => [file('wild.fasm', '.set flux64\n    jmp 400\n    halt\n')], 1, /FX1121.*leads out of the code\n.*wild\.fasm:2 `jmp 400`/],
    ['an instruction that fails, with its line', () => [file('zero.fasm', '.set flux64\n    movi r1, 1\n    idiv r1, r1, r0\n    halt\n')], 1, /FX1122.*division by zero\n.*zero\.fasm:3 `idiv r1, r1, r0` \(offset 0x0004\)/],
    ['a program that burns its fuel', () => ['--fuel', '1k', file('endless.fasm', '.set flux64\nagain: jmp again\n')], 124, /FX1123.*1000 instructions/],
    ['a capability that is not granted', () => ['--grant', 'IO_READ', 'examples/vm/navigator.fasm', 'examples/vm/engine.fasm'], 1, /FX1125.*COMMUNICATE and IO_WRITE.*\n.*--grant COMMUNICATE,IO_WRITE/],
    ['a capability that does not exist', () => ['--grant', 'FLY', 'examples/vm/readme.fasm'], 1, /FX1113.*FLY/],
    ['a program without its peer', () => ['examples/vm/navigator.fasm'], 1, /FX1126.*navigator.*engine/],
    ['a program twice', () => ['examples/vm/readme.fasm', 'examples/vm/readme.fasm'], 1, /FX1127.*readme/],
    ['programs that wait for each other', () => ['examples/vm/engine.fasm'], 1, /FX1124.*`engine` waits for a message/],
    ['no file', () => [], 2, /FX0809/],
    ['fuel that is no number', () => ['--fuel', 'lots', 'examples/vm/readme.fasm'], 2, /FX0809.*instructions/],
  ])('run refuses %s', async (_, args, status, message) => {
    const ended = await fluxos(['vm', 'run', ...args()]);
    expect(ended.stderr).toMatch(message);
    expect(ended.status).toBe(status);
  });

  it('asm and disasm go round, and damaged files are refused with the reason', async () => {
    const target = join(FOLDER, 'recursion.fluxbc');
    expect((await fluxos(['vm', 'asm', 'examples/vm/recursion.fasm', '-o', target])).stdout).toMatch(/recursion\.fluxbc: \d+ bytes, flux64, 64 of code/);
    const text = (await fluxos(['vm', 'disasm', target])).stdout;
    expect(text).toContain('fib:\n    movi r1, 2\n    blt r16, r1, small\n');
    const again = join(FOLDER, 'again.fluxbc');
    await fluxos(['vm', 'asm', file('recursion.fasm', text), '-o', again, '--no-map']);
    const read = (path: string) => ({ ...readContainer(readFileSync(path)).container!, map: null });
    expect(read(again)).toEqual(read(target));
    expect((await fluxos(['vm', 'run', again])).status).toBe(55);
    const bytes = readFileSync(target);
    bytes[100]! ^= 4;
    expect((await fluxos(['vm', 'disasm', file('damaged.fluxbc', bytes)])).stderr).toMatch(/FX1120.*checksum/);
    expect((await fluxos(['vm', 'run', file('cut.fluxbc', bytes.subarray(0, 90))])).stderr).toMatch(/FX1120.*shorter than it says/);
  });

  it('disasm shows raw code of a set that is named, and offsets and lines if asked', async () => {
    const code = file('raw.bin', Uint8Array.from([0x55, 42, 0, 0, 0, 0xee, 0x00]));
    expect((await fluxos(['vm', 'disasm', '--set', 'stack2', code])).stdout).toBe('.set stack2 golden\n.agent raw\n\n.entry start\n\nstart:\n    push 42\n    .bytes 0xee\n    halt');
    expect((await fluxos(['vm', 'disasm', code])).stderr).toMatch(/FX1128/);
    expect((await fluxos(['vm', 'disasm', '--set', 'none', code])).stderr).toMatch(/FX1108/);
    expect((await fluxos(['vm', 'disasm', '--offsets', 'examples/vm/hello_world.fasm'])).stdout).toMatch(/calli add +; 0008 {2}line 10/);
    const { value } = await fluxosJson(['vm', 'disasm', 'examples/vm/hello_world.fasm']);
    expect(value.instructions[2]).toEqual({ offset: 8, length: 4, text: 'calli add', labels: [], legal: true });
  });

  it('debug takes its commands as lines', async () => {
    const input = 'break loop\ncontinue\ncontinue\nregisters r3\nback 2\nwhere\nquit\n';
    const { status, stdout } = await fluxos(['vm', 'debug', 'examples/vm/fibonacci.fasm'], { stdin: 'pipe', input });
    expect(status).toBe(0);
    expect(stdout).toContain('(vm) continue\nbreakpoint\n=> 000c  jz r3, done');
    expect(stdout).toContain('r3 = 9  hexadecimal 0x9');
    expect(stdout).toContain('(vm) back 2\n=> 001c  dec r3');
    expect(stdout).toContain('fibonacci, flux64, 7 instructions executed');
    const { value } = await fluxosJson(['vm', 'debug', 'examples/vm/navigator.fasm', 'examples/vm/engine.fasm'], { stdin: 'pipe', input: 'continue\n' });
    expect(value.commands[0].lines[0]).toBe('ended: r16 = 49 after 86 instructions');
  });

  it('repl shows what a line changes, and values', async () => {
    const input = 'movi r1, 6\nimul r2, r1, r1\nr2 + 0x10\nagain: inc r1\niad r1\n:undo\n:registers\nidiv r1, r1, r0\n';
    const { status, stdout } = await fluxos(['vm', 'repl'], { stdin: 'pipe', input });
    expect(status).toBe(0);
    expect(stdout.split('\n').slice(1)).toEqual([
      '> movi r1, 6', 'r1 = 6', '> imul r2, r1, r1', 'r2 = 36', '> r2 + 0x10', '52  0x34', '> again: inc r1', 'r1 = 7', '> iad r1',
      'error[FX1101]: there is no instruction `iad` in flux64', ' = help: did you mean `iadd` or `iand`?', '> :undo', '2 lines', '> :registers', 'r1 = 6', 'r2 = 36', 'r32 = 1',
      '> idiv r1, r1, r0', 'error: a division by zero; the line is dropped',
    ]);
    const stack = await fluxosJson(['vm', 'repl', '--set', 'stack2:json'], { stdin: 'pipe', input: 'push 20\npush 22\nadd\n' });
    expect(stack.value.lines.map(({ answer }: { answer: string[] }) => answer)).toEqual([['stack: 20'], ['stack: 20 22'], ['stack: 42']]);
    const asm16 = await fluxosJson(['vm', 'repl', '--set', 'asm16'], { stdin: 'pipe', input: 'load r0, 42\nemit r0\nemit r0\n' });
    expect(asm16.value.lines.map(({ answer }: { answer: string[] }) => answer)).toEqual([['r0 = 42'], ['emitted 42'], ['emitted 42']]);
  });

  it('profile counts instructions and lines', async () => {
    const { status, value } = await fluxosJson(['vm', 'profile', 'examples/vm/recursion.fasm']);
    expect(status).toBe(0);
    expect(value.instructions).toBe(1414);
    expect(value.opcodes.find(({ mnemonic }: { mnemonic: string }) => mnemonic === 'calli').count).toBe(177);
    expect(value.lines.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(1414);
    const { stdout } = await fluxos(['vm', 'profile', 'examples/vm/fibonacci.fasm']);
    expect(stdout).toMatch(/11 {2}16\.9 %\s+\d+\s+jz r3, done/);
    expect((await fluxos(['vm', 'profile', '--fuel', '50', 'examples/vm/recursion.fasm'])).status).toBe(124);
  });

  it('asm16 as a library gives 50', async () => {
    const { compileAndRun } = (await import('../../dist/vm.cjs' as string)).default as { compileAndRun: (text: string) => bigint };
    expect(compileAndRun('load r0, 42\nload r1, 8\nadd r2, r0, r1\nemit r2\nhalt')).toBe(50n);
  });

  it('says what is there', async () => {
    const { stdout } = await fluxos(['vm', '--help']);
    for (const name of ['run', 'asm', 'disasm', 'debug', 'repl', 'profile', 'conformance']) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  });
});
