/** `fluxos inspect --crash`: dumps of real panics on three architectures, and what becomes of logs on their way here. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCrashes } from '../../cli/crash/console-log.ts';
import { symbolsOf } from '../../cli/crash/image-symbols.ts';
import { type CrashReport, reportLines, reportOf } from '../../cli/crash/report.ts';
import { qemuArguments, QEMU_PROGRAMS } from '../../cli/qemu.ts';
import { DebugStub } from '../../cli/stub.ts';
import { compile } from '../../fluxc/compile.ts';
import { skippedBoards } from '../boot/machine-models.ts';
import { HOST, readable, ROOT } from '../host.ts';
import { bundleIfStale, fluxos, fluxosJson } from './fluxos.ts';

/** gdb's number of the register that holds the first argument, and what the report calls it. */
const BOARDS = [
  { board: 'qemu-x86_64', argument: 5, register: 'rdi', counter: 'rip', count: 22 },
  { board: 'qemu-arm64', argument: 0, register: 'x0', counter: 'pc', count: 36 },
  { board: 'qemu-riscv64', argument: 10, register: 'x10', counter: 'pc', count: 36 },
];
const SKIPPED = await skippedBoards(BOARDS.map(({ board }) => board));
const DOCUMENT = 'test/cli/fixtures/crash.flux.md';
const NOWHERE = 0x18n;
const lineOf = (text: string) => readFileSync(join(ROOT, DOCUMENT), 'utf8').split('\n').findIndex((line) => line.includes(text)) + 1;

function build(board: string) {
  const result = compile(HOST, { main: DOCUMENT, board });
  expect(readable(result)).toBe('');
  return { compilation: result.output!, sources: result.sources };
}

/** What the console says; `fail`: the kernel gets a wrong address the first time that it prints for the agent. */
async function consoleOf({ compilation }: ReturnType<typeof build>, fail: { argument: number } | null): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-crash-'));
  const [image, socket] = [join(folder, 'image'), join(folder, 'gdb')];
  writeFileSync(image, compilation.image);
  const over = new AbortController();
  const guest = execa(QEMU_PROGRAMS[compilation.board.arch], [
    ...qemuArguments(compilation.board, image), ...(fail ? ['-S', '-gdb', `unix:${socket},server=on,wait=off`] : []),
  ], { reject: false, stdin: 'ignore', timeout: 30_000 });
  if (fail) {
    const stub = (await DebugStub.reach(socket, over.signal))!;
    const stops = [compilation.programs[0]!.linked.entry, compilation.linked.symbols.find(({ name }) => name === 'kernel.console.print')!.address];
    for (const address of stops) {
      expect(await stub.setBreakpoint(address)).toBe(true);
      expect(await stub.resume()).toBe(true);
      expect(await stub.clearBreakpoint(address)).toBe(true);
    }
    expect(await stub.setRegister(fail.argument, NOWHERE)).toBe(true);
    void stub.resume();
  }
  const { stdout } = await guest;
  rmSync(folder, { recursive: true });
  return `${stdout}\n`;
}

/**
 * Of a report what both a build and an ELF file know: not the text of lines, nor where data are declared. Of assembly the tables
 * of an image have the first line only.
 */
function ofCode({ agent, ...report }: CrashReport) {
  const frames = report.frames.map((frame) => ({ ...frame, text: '' }));
  const registers = report.registers.map(({ name, value, at }) => ({ name, value, at: at?.isCode ? { ...at, text: '' } : null }));
  const stack = report.stack.filter(({ at }) => at.isCode).map(({ address, at: { symbol, offset } }) => ({ address, symbol, offset }));
  return { ...report, frames, registers, stack, agent: agent?.name };
}

/** The log that a console leaves when a line is lost, and so on. */
const withoutLine = (log: string, text: string) => log.split('\n').filter((line) => !line.includes(text)).join('\n');

beforeAll(bundleIfStale);

describe.each(BOARDS)('a kernel that fails on $board', ({ board, argument, register, counter, count }) => {
  const isSkipped = SKIPPED.has(board);
  const built = isSkipped ? null! : build(board);
  const image = isSkipped ? null! : symbolsOf(built.compilation, built.sources);
  let log = '';
  beforeAll(async () => {
    if (!isSkipped) log = await consoleOf(built, { argument });
  });
  const only = () => {
    const crashes = readCrashes(log, ['worker']);
    expect(crashes).toHaveLength(1);
    return reportOf(crashes[0]!, image);
  };

  it.skipIf(isSkipped)('leaves a dump with every register, the process, the way there', () => {
    const report = only();
    expect(report).toMatchObject({ kind: 'panic', isSameImage: true, problems: [] });
    expect(report.message).toContain('0x18');
    expect(report.evidence).toMatch(/^identity [0-9a-f]{8}$/);
    expect(report.frames[0]).toMatchObject({ function: 'kernel.console.print', document: 'kernel/console.flux.md' });
    expect(report.frames.length).toBeGreaterThan(1);
    expect(report.frames[1]!.text).not.toBe('');
    expect(report.registers).toHaveLength(count);
    expect(report.registers.find(({ name }) => name === register)!.value).toBe('0x18');
    expect(report.registers.find(({ name }) => name === counter)!.at).toMatchObject({ symbol: 'kernel.console.print', isCode: true });
    // The process stands behind its system call, in a function of its program.
    expect(report.agent).toMatchObject({ name: 'worker', at: { isCode: true } });
    expect(report.agent!.at!.symbol).toMatch(/^(call|crash)\./);
    expect(report.stack.some(({ at }) => at.isCode)).toBe(true);
  });

  it.skipIf(isSkipped)('is understood without the kernel\'s own backtrace: the dump has one', () => {
    const whole = only();
    const report = reportOf(readCrashes(withoutLine(log, '  in '), ['worker'])[0]!, image);
    expect(report.frames[0]).toMatchObject({ function: 'kernel.console.print', document: 'kernel/console.flux.md' });
    const [mine, its] = [report, whole].map(({ frames }) => frames.slice(0, 2).map(({ document, line }) => `${document}:${line}`));
    expect(mine).toEqual(its);
  });

  it.skipIf(isSkipped)('is the same behind times, colours and line ends of any kind', () => {
    const whole = { ...only(), line: 0 };
    for (const change of [
      (text: string) => text.replace(/\r?\n/g, '\r\n'),
      (text: string) => text.replace(/\r?\n/g, '\r'),
      (text: string) => text.split('\n').map((line, index) => `[2026-11-21 12:00:${index % 60}.123] ${line}`).join('\n'),
      (text: string) => text.split('\n').map((line, index) => `Nov 21 12:00:${index % 60} board1 console: \x1b[31m${line}\x1b[0m`).join('\n'),
    ]) {
      const crashes = readCrashes(change(log), ['worker']);
      expect(crashes).toHaveLength(1);
      expect({ ...reportOf(crashes[0]!, image), line: 0 }).toEqual(whole);
    }
  });

  it.skipIf(isSkipped)('says what was lost', () => {
    const cases: [string, RegExp][] = [
      ['panic: ', /`panic:` is not in the log/], ['dump stack', /lost from the dump: `dump stack`/],
      ['dump begin', /lost from the dump: `dump begin`/], ['dump end', /cut: `dump end` is not/],
    ];
    for (const [text, problem] of cases) {
      const crashes = readCrashes(withoutLine(log, text), ['worker']);
      expect(crashes).toHaveLength(1);
      expect(reportLines(reportOf(crashes[0]!, image), false).join('\n')).toMatch(problem);
    }
    const cut = readCrashes(log.slice(0, log.indexOf('dump frame') + 60), ['worker']);
    const report = reportOf(cut[0]!, image);
    expect(report.problems.join('; ')).toMatch(/\d+ of \d+ registers are there/);
    expect(report.isSameImage).toBe(true);
    const garbled = log.replace(/(dump frame \S+ )0x/, '$1~x');
    expect(reportOf(readCrashes(garbled, ['worker'])[0]!, image).problems).toEqual(['1 word of `dump frame` cannot be read']);
  });

  it.skipIf(isSkipped)('takes any log without an error', () => {
    fc.assert(fc.property(fc.nat(), fc.nat(), fc.string(), (from, length, text) => {
      const start = from % log.length;
      const broken = log.slice(0, start) + text + log.slice(start + (length % 400));
      for (const crash of readCrashes(broken, ['worker'])) reportLines(reportOf(crash, image), true);
    }), { numRuns: 200 });
  });
});

describe('fluxos inspect --crash', () => {
  const isSkipped = SKIPPED.has('qemu-x86_64');
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-crash-'));
  const path = join(folder, 'console.log');

  it.skipIf(isSkipped)('names the agent that was ended, and its line', async () => {
    writeFileSync(path, await consoleOf(build('qemu-x86_64'), null));
    const { status, value } = await fluxosJson(['inspect', DOCUMENT, '--crash', path]);
    expect(status).toBe(0);
    expect(value.crashes).toHaveLength(1);
    expect(value.crashes[0]).toMatchObject({
      kind: 'agent', agent: { name: 'worker', pid: 2 }, isSameImage: true, message: 'no such access at address 0x10',
      frames: [{ function: 'crash.worker', document: 'test/cli/fixtures/crash.flux.md', line: lineOf('if nowhere.*'), text: 'if nowhere.* == 0 { return 2 }' }],
    });
  });

  it.skipIf(isSkipped)('reads standard input, and refuses a crash of another image', async () => {
    const log = await consoleOf(build('qemu-x86_64'), BOARDS[0]!);
    const same = await fluxos(['inspect', DOCUMENT, '--crash', '-'], { stdin: 'pipe', input: log });
    expect(same).toMatchObject({ status: 0, stderr: '' });
    expect(same.stdout).toMatch(/^panic: .*0x18$/m);
    expect(same.stdout).toMatch(/^ {2}rip +0x[0-9a-f]+ {2}kernel\.console\.print(\+0x[0-9a-f]+)? \(kernel\/console\.flux\.md:\d+\)$/m);
    expect(same.stdout).toMatch(/^while worker \(pid 2\) ran, at .*$/m);
    const other = await fluxos(['inspect', DOCUMENT, '--crash', '-', '-O1'], { stdin: 'pipe', input: log });
    expect(other.status).toBe(1);
    expect(other.stderr).toContain('FX0851');
    expect(other.stdout).toMatch(/^of another image: the dump is of image [0-9a-f]{8}, this one is [0-9a-f]{8}$/m);
    expect(other.stdout).not.toContain('rip+');
    // Without the sources: what the build left.
    const built = await fluxosJson(['build', DOCUMENT, '-o', join(folder, 'old.img')]);
    const elf = await fluxosJson(['inspect', built.value.images[0].elf, '--crash', '-'], { stdin: 'pipe', input: log });
    const sources = await fluxosJson(['inspect', DOCUMENT, '--crash', '-'], { stdin: 'pipe', input: log });
    expect(elf.status).toBe(0);
    expect(ofCode(elf.value.crashes[0])).toEqual(ofCode(sources.value.crashes[0]));
    const board = await fluxos(['inspect', DOCUMENT, '--crash', '-', '-b', 'rpi4'], { stdin: 'pipe', input: log });
    expect(board.stdout).toContain('the dump is of x86_64, the image for arm64');
  });

  it('tells a panic without a dump from one of other documents, by its lines', async () => {
    const at = (line: number) => `panic: index out of bounds\n  in panic_example.second (examples/panic.flux.md:${line})\n`;
    const line = readFileSync(join(ROOT, 'examples/panic.flux.md'), 'utf8').split('\n').indexOf('return table[index]') + 1;
    writeFileSync(path, at(line));
    const good = await fluxos(['inspect', 'examples/panic.flux.md', '--crash', path]);
    expect(good).toMatchObject({ status: 0, stderr: '' });
    expect(good.stdout).toContain('return table[index]');
    writeFileSync(path, at(line + 5));
    expect(await fluxos(['inspect', 'examples/panic.flux.md', '--crash', path])).toMatchObject({ status: 1 });
    writeFileSync(path, 'all is well\n');
    const none = await fluxos(['inspect', 'examples/panic.flux.md', '--crash', path]);
    expect(none).toMatchObject({ status: 1, stdout: '' });
    expect(none.stderr).toContain('FX0850');
    expect((await fluxos(['inspect', 'examples/panic.flux.md', '--crash', join(folder, 'nothing')])).stderr).toContain('FX0813');
  });
});
