/** The shell on the serial line of every board: what is typed, and what it answers. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { runImage } from '../../cli/qemu.ts';
import { readTrace, TraceFilter } from '../../cli/trace-lines.ts';
import { type Compilation, compile } from '../../fluxc/compile.ts';
import { skippedBoards } from '../boot/machine-models.ts';
import { HOST, readable } from '../host.ts';

const SYSTEM = 'examples/shell.flux.md';
const BOARDS = ['qemu-x86_64', 'pc', 'qemu-arm64', 'qemu-riscv64', 'rpi3', 'rpi4'];
const SKIPPED = await skippedBoards(BOARDS);
const PROMPT = '\n> ';
const KEEPER_WAITS = /^ +\d+ {2}keeper +idle +140 /m;

function build(board: string, trace = false): Compilation {
  const result = compile(HOST, { main: SYSTEM, board, trace });
  expect(readable(result)).toBe('');
  return result.output!;
}

interface Talk {
  /** by command: what stood between it and the next prompt */
  answers: string[];
  status: number;
  complaint: string;
  filter: TraceFilter;
}

/** What is typed; `until`: typed again and again until the answer is like this, because others must have run first. */
type Command = string | { type: string; until: RegExp };

/** Boots, and types each command when the shell has asked for it. The last one ends the system. */
async function talk({ board, image }: Compilation, commands: Command[]): Promise<Talk> {
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-shell-'));
  const path = join(folder, board.image.file);
  writeFileSync(path, image);
  const input = new PassThrough();
  const filter = new TraceFilter();
  const answers: string[] = [];
  let said = '';
  let next = 0;
  const { status, complaint } = await runImage(board, path, {
    timeout: 60, input,
    onConsole: (chunk) => {
      said += Buffer.from(filter.take(chunk)).toString('utf8').replace(/\r/g, '');
      const at = said.indexOf(PROMPT);
      if (at < 0 || next === commands.length) return;
      const answer = said.slice(0, at + 1);
      said = said.slice(at + PROMPT.length);
      const last = commands[next - 1];
      if (typeof last === 'object' && !last.until.test(answer)) next--;
      else if (next > 0) answers.push(answer);
      const command = commands[next++]!;
      input.write(`${typeof command === 'object' ? command.type : command}\r`);
    },
  });
  answers.push(said);
  rmSync(folder, { recursive: true });
  return { answers, status, complaint, filter };
}

/** The pid that `ps` gives a process. */
function pidOf(table: string, name: string): number {
  return Number(new RegExp(`^ *(\\d+)  ${name} `, 'm').exec(table)?.[1]);
}

describe.each(BOARDS)('the shell on %s', (board) => {
  it.skipIf(SKIPPED.has(board))('shows the system and ends it', async () => {
    const { answers, status, complaint } = await talk(build(board), [
      'help', { type: 'ps', until: KEEPER_WAITS }, 'mem', 'caps', 'caps keeper', { type: 'log', until: /: it / },
      'kill thermometer', 'ps', 'caps 3', 'kill 77', 'kill', 'slice 5', 'slice 0', 'frobnicate', 'ps now please', 'px\x7fs', '\x1b[Amem\x15', '', 'trace', 'off 3',
    ]);
    expect(complaint).toBe('');
    expect(status).toBe(3);
    const [
      help, ps, mem, caps, keeper, log, kill, psAfter, gone, none, nothing, slice, noSlice, unknown, twice, edited, cleared,
      empty, trace,
    ] = answers;
    for (const command of ['ps', 'mem', 'caps', 'log', 'trace', 'kill', 'slice', 'reboot', 'off', 'help']) {
      expect(help).toMatch(new RegExp(`^${command} `, 'm'));
    }
    for (const name of ['kernel', 'shell', 'thermometer', 'keeper', 'miner']) {
      expect(pidOf(ps!, name), name).toBeGreaterThan(0);
    }
    expect(ps).toMatch(/^ +\d+ {2}shell +running +240 +240 /m);
    expect(mem).toMatch(/^free +\d+ pages of \d+, \d+ KiB\nprocesses +4\n/m);
    expect(caps).toMatch(/^shell may: IO_READ IO_WRITE HARDWARE DEBUG SUPERVISE$/m);
    expect(keeper).toMatch(/^keeper may:$/m);
    expect(log).toMatch(/^\d+ \d+: it /m);
    expect(kill).toBe('kill thermometer\n');
    expect(pidOf(psAfter!, 'thermometer')).toBe(pidOf(ps!, 'thermometer') + 256);
    expect(pidOf(psAfter!, 'keeper')).toBe(pidOf(ps!, 'keeper'));
    expect(gone).toBe('caps 3\nno such process: `ps` lists them\n');
    expect(none).toBe('kill 77\nno such process: `ps` lists them\n');
    expect(nothing).toBe('kill\nno such process: `ps` lists them\n');
    expect(slice).toBe('slice 5\n');
    expect(noSlice).toBe('slice 0\nthat failed: the argument makes no sense\n');
    expect(unknown).toContain('no command is called `frobnicate`');
    expect(twice).toContain('only one argument');
    expect(edited).toMatch(/^ *\d+ {2}shell/m);
    expect(cleared!.replace(/\x08 \x08/g, '')).toBe('mem\n');
    expect(empty).toBe('\n');
    expect(trace).toContain('built without a trace');
  });

  it.skipIf(SKIPPED.has(board))('starts the machine anew', async () => {
    // QEMU ends where a machine would start again.
    const { answers, status, complaint } = await talk(build(board), ['reboot']);
    expect({ answers, status, complaint }).toEqual({ answers: ['reboot\n'], status: 0, complaint: '' });
  });
});

describe.each(['qemu-x86_64', 'qemu-arm64', 'qemu-riscv64'])('a trace on %s', (board) => {
  it.skipIf(SKIPPED.has(board))('is shown in the shell, and sent to the host', async () => {
    const { answers, status, filter } = await talk(build(board, true), ['trace 3', 'trace all', 'trace x', 'off']);
    expect(status).toBe(0);
    const [few, all, wrong] = answers;
    expect(few!.match(/^ +\d+ (?:us|counts) {2}pid +\d+ {2}\w+ +0x/gm)).toHaveLength(3);
    const count = Number(/^(\d+) events were sent$/m.exec(all!)![1]);
    expect(wrong).toContain('a number is missing');
    const ends = filter.lines.flatMap((line, index) => (line === 'E' ? [index + 1] : []));
    expect(ends).toHaveLength(2);
    const sent = readTrace(filter.lines.slice(0, ends[0]))!;
    const last = readTrace(filter.lines)!;
    expect(sent.events).toHaveLength(count);
    expect(last.events.length).toBeGreaterThan(count);
    expect(last.events.slice(0, count)).toEqual(sent.events);
  });
});
