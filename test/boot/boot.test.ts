import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readConsole } from '../../cli/commands/test.ts';
import { hasMachine, QEMU_PROGRAMS, findProgram, runImage } from '../../cli/qemu.ts';
import { type Compilation, compile } from '../../fluxc/compile.ts';
import { HOST, readable } from '../host.ts';
import { skippedBoards } from './machine-models.ts';

const BOARDS = ['qemu-x86_64', 'pc', 'qemu-arm64', 'qemu-riscv64', 'rpi3', 'rpi4'];
const SKIPPED = await skippedBoards(BOARDS);

function build(main: string, board: string, tests?: 'all'): Compilation {
  const result = compile(HOST, { main, board, tests });
  expect(readable(result)).toBe('');
  return result.output!;
}

async function boot(main: string, board: string, tests?: 'all'): Promise<{ console: string; status: number; complaint: string }> {
  const compilation = build(main, board, tests);
  const image = join(mkdtempSync(join(tmpdir(), 'fluxos-boot-')), compilation.board.image.file);
  writeFileSync(image, compilation.image);
  const chunks: Uint8Array[] = [];
  const { status, complaint } = await runImage(compilation.board, image, { timeout: 60, onConsole: (chunk) => chunks.push(chunk) });
  return { console: Buffer.concat(chunks).toString('utf8').replace(/\r/g, ''), status, complaint };
}

/** The line of the panic example that holds `text`. */
function lineOf(text: string): number {
  return HOST.read('examples/panic.flux.md')!.split('\n').indexOf(text) + 1;
}

/** What a board's kernel must find at run time: its own name for the machine, the core, the memory. */
const BANNERS: Record<string, RegExp> = {
  'qemu-x86_64': /fluxos on QEMU microvm, QEMU Virtual CPU version [\d.]+\+?, 12[67](\d* KiB| MiB|.*KiB)/,
  pc: /fluxos on PC, QEMU Virtual CPU version [\d.]+\+?, 1\d+ KiB/,
  'qemu-arm64': /fluxos on QEMU virt, ARM64 \(linux,dummy-virt\), Cortex-A72, 1\d\d+ (MiB|KiB)/,
  'qemu-riscv64': /fluxos on QEMU virt, RISC-V \(riscv-virtio,qemu\), rv64, 1\d\d+ (MiB|KiB)/,
  rpi3: /fluxos on Raspberry Pi 3 Model B \(Raspberry Pi 3 Model B\), Cortex-A53, \d+ KiB/,
  rpi4: /fluxos on Raspberry Pi 4 Model B \(Raspberry Pi 4 Model B\), Cortex-A72, \d+ KiB/,
};

/** The core models beside the board's own that an image must boot on too. */
const OTHER_CORES: [board: string, cpu: string][] = [
  ['qemu-x86_64', 'Westmere'], ['pc', 'max'], ['qemu-arm64', 'cortex-a53'], ['qemu-arm64', 'max'], ['qemu-riscv64', 'max'],
];

describe.each(BOARDS)('board %s', (board) => {
  // Every test below boots: without the machine model none of them can run.
  beforeEach((context) => context.skip(SKIPPED.has(board), 'QEMU has no such machine here'));

  it('is one that this QEMU has', async () => {
    const { board: description } = build('examples/hello.flux.md', board);
    const program = QEMU_PROGRAMS[description.arch];
    expect(findProgram(program)).not.toBeNull();
    expect(await hasMachine(program, description.qemu!.machine)).toBe(true);
  });

  it('says hello and turns itself off with status 0', async () => {
    const { console, status, complaint } = await boot('examples/hello.flux.md', board);
    expect(console).toMatch(BANNERS[board]!);
    expect(console.trimEnd().endsWith('Hello from Markdown!')).toBe(true);
    expect({ status, complaint }).toEqual({ status: 0, complaint: '' });
  });

  it('runs two threads by turns under its timer', async () => {
    const { console, status } = await boot('examples/demo.flux.md', board);
    const turns = [...console.matchAll(/^thread ([AB]), round (\d)$/gm)].map((match) => match[1]! + match[2]!);
    expect([...turns].sort()).toEqual(['A1', 'A2', 'A3', 'B1', 'B2', 'B3']);
    expect(turns.indexOf('B1')).toBeLessThan(turns.indexOf('A3'));
    expect(turns.indexOf('A1')).toBeLessThan(turns.indexOf('B3'));
    expect(console).toMatch(/^\d+ pages free$/m);
    expect(console.trimEnd().endsWith('all threads have finished')).toBe(true);
    expect(status).toBe(0);
  });

  it("passes its documents' own tests", async () => {
    const { tests } = build('examples/demo.flux.md', board, 'all');
    const { console, status } = await boot('examples/demo.flux.md', board, 'all');
    expect(tests.length).toBeGreaterThan(4);
    // Some print something before they are done.
    const reports = readConsole(board, tests, console, null);
    expect(reports.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    expect(reports).toHaveLength(tests.length);
    expect(status).toBe(0);
  });

  it('panics with the line and the way there, and status 101', async () => {
    const { console, status } = await boot('examples/panic.flux.md', board);
    const lines = console.slice(console.indexOf('panic: ')).trimEnd().split('\n');
    expect(lines[0]).toBe('panic: index out of bounds');
    expect(lines[1]).toBe(`  in panic_example.second (examples/panic.flux.md:${lineOf('return table[index]')})`);
    expect(lines[2]).toBe(`  in panic_example.first (examples/panic.flux.md:${lineOf('return second(index) + 1')})`);
    expect(lines[3]).toBe(`  in panic_example.main (examples/panic.flux.md:${lineOf('return first(9)')})`);
    expect(lines[4]).toMatch(/^ {2}in kernel\.start\.start \(kernel\/start\.flux\.md:\d+\)$/);
    expect(status).toBe(101);
  });

  it('maps no page writable and executable, and none at address 0', async () => {
    const { console, status } = await boot('test/boot/rights.flux.md', board);
    const faults = [...console.matchAll(/^panic: (.*)$/gm)].map((match) => match[1]!);
    expect(faults).toHaveLength(1);
    expect(console).toMatch(/in writes_to_code\.main/);
    expect(status).toBe(101);
    const data = await boot('test/boot/execute-data.flux.md', board);
    expect(data.console).toMatch(/panic: /);
    expect(data.console).not.toMatch(/ran data/);
    expect(data.status).toBe(101);
    const zero = await boot('test/boot/null.flux.md', board);
    expect(zero.console).toMatch(/panic: .*\n {2}in reads_null\.main/);
    expect(zero.status).toBe(101);
  });
});

describe.each(OTHER_CORES)('board %s', (board, cpu) => {
  it.skipIf(SKIPPED.has(board))(`boots on a ${cpu}`, async () => {
    const compilation = build('examples/demo.flux.md', board);
    const image = join(mkdtempSync(join(tmpdir(), 'fluxos-boot-')), compilation.board.image.file);
    writeFileSync(image, compilation.image);
    const chunks: Uint8Array[] = [];
    const other = { ...compilation.board, qemu: { ...compilation.board.qemu!, cpu } };
    const { status } = await runImage(other, image, { timeout: 60, onConsole: (chunk) => chunks.push(chunk) });
    expect(Buffer.concat(chunks).toString()).toContain('all threads have finished');
    expect(status).toBe(0);
  });
});

describe.each(BOARDS)('the status of a system', (board) => {
  it.skipIf(SKIPPED.has(board))(`reaches the host from ${board}`, async () => {
    const { status } = await boot('test/boot/status.flux.md', board);
    expect(status).toBe(42);
  });
});
