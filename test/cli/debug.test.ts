/** `fluxos debug`: gdb and QEMU themselves, on each architecture. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../host.ts';
import { bundleIfStale, fluxos } from './fluxos.ts';

beforeAll(bundleIfStale, 60_000);

const BOARDS = ['qemu-x86_64', 'qemu-arm64', 'qemu-riscv64'];
const WALK = 'test/cli/fixtures/walk.flux.md';

async function debug(main: string, board: string, options: string[], ...commands: string[]): Promise<string> {
  const args = ['debug', main, '--board', board, '--batch', ...options, ...commands.flatMap((command) => ['-x', command])];
  const { stdout, stderr } = await fluxos(args, { timeout: 60_000 });
  return `${stdout}${stderr}`;
}

/** The line of a document that holds `text`. */
function lineOf(path: string, text: string): number {
  return readFileSync(join(ROOT, path), 'utf8').split('\n').findIndex((line) => line.includes(text)) + 1;
}

/** What the document promises of its variables. */
const RANGES: Record<string, [least: number, most: number]> = {
  round: [0, 4], start: [100, 104], low: [100, 119], limit: [2000, 2009], high: [1000, 1999], bit: [3000, 3099], turn: [0, 7],
};

describe.each(BOARDS)('%s', (board) => {
  it('stops on a line of a document, shows it, steps, and walks back from the interrupt to the thread', async () => {
    const text = await debug(
      'examples/demo.flux.md', board, [], 'break demo.flux.md:34', 'continue', 'info args', 'next', 'print letter', 'next', 'print round',
      'break kernel.exceptions.handle', 'continue', 'backtrace', 'print frame == 0', 'frame function kernel.thread.wait_tick', 'print now < 100', 'kill',
    );
    expect(text).toMatch(/Breakpoint 1, demo\.speak \(name=65\) at \.\/examples\/demo\.flux\.md:34\n34\tvar letter: \[1\]u8 = \[name as u8\]/);
    expect(text).toContain('35\tfor round in 0..ROUNDS {');
    expect(text).toMatch(/\$1 = "A"/);
    expect(text).toMatch(/\$2 = 0/);
    const [, after] = text.split('Breakpoint 2, ');
    expect(after).toMatch(/^kernel\.exceptions\.handle \(frame=0x[0-9a-f]+\) at \.\/kernel\/exceptions\.flux\.md:\d+/);
    expect(after).toMatch(/#1 +<signal handler called>/);
    // What the compiler has inlined is a frame of its own.
    expect(after).toMatch(/kernel\.thread\.wait_tick \(\) at \.\/kernel\/thread\.flux\.md:\d+\n#\d +demo\.speak \(name=.*\) at \.\/examples\/demo\.flux\.md:43\n#\d.* in kernel\.thread\.begin/);
    expect(after).toMatch(/\$3 = 0/);
    expect(after).toMatch(/\$4 = 1/);
  }, 90_000);

  it('prints structs, enums, slices, optionals and statics, and finishes a function', async () => {
    const text = await debug(
      WALK, board, [], `break walk.flux.md:${lineOf(WALK, 'let half =')}`, 'continue', 'print *from', 'print point.colour', 'print word', 'list',
      `print 'walk.corners'[0]`, 'break walk.tell', 'continue', 'print *point', 'up', 'print start', 'print half', 'finish', 'kill',
    );
    expect(text).toContain('$1 = {x = 7, colour = green, y = 0}');
    expect(text).toContain('$2 = red');
    expect(text).toMatch(/\$3 = \{pointer = 0x[0-9a-f]+ .*"large.*length = 5\}/);
    expect(text).toContain('\tlet half = half_of(low) or 1\n');
    expect(text).toContain('$4 = {x = 7, colour = green, y = 0}');
    // 101 to 108 are seen: 102, 105 and 108 are multiples of 3; the five others add 3000 and twice their turn.
    expect(text).toContain(`$5 = {x = 40003, colour = red, y = ${50000 + 5 * 3000 + 2 * (0 + 2 + 3 + 5 + 6)}}`);
    expect(text).toMatch(/\$6 = (100|<optimized out>)/);
    expect(text).toMatch(/\$7 = (54|<optimized out>)/);
    expect(text).toMatch(/0x[0-9a-f]+ in walk\.main \(\) at \.\/test\/cli\/fixtures\/walk\.flux\.md:\d+/);
  }, 90_000);

  it('is never wrong about a variable, at no instruction of optimised code', async () => {
    const commands = Array.from({ length: 160 }, () => ['backtrace -full 3', 'stepi 3']).flat();
    const text = await debug(WALK, board, [], 'break walk.work', 'continue', ...commands, 'kill');
    expect(text).toContain('Breakpoint 1, walk.work (');
    const seen = new Map<string, number>();
    for (const [, name, value] of text.matchAll(/\b(\w+) ?= ?(\d+)\b(?=[,)\n])/g)) {
      const range = RANGES[name!];
      if (!range) continue;
      expect(Number(value), `${name} = ${value}`).toBeGreaterThanOrEqual(range[0]);
      expect(Number(value), `${name} = ${value}`).toBeLessThanOrEqual(range[1]);
      seen.set(name!, (seen.get(name!) ?? 0) + 1);
    }
    // Something is known of all of them, of those that live long nearly always.
    for (const name of ['low', 'high', 'turn', 'round']) expect(seen.get(name) ?? 0, name).toBeGreaterThan(60);
    for (const name of ['start', 'limit', 'bit']) expect(seen.get(name) ?? 0, name).toBeGreaterThan(1);
  }, 90_000);

  it('stops in one agent and not in the others, and walks back from the kernel into it', async () => {
    const main = 'examples/greeting.flux.md';
    const text = await debug(
      main, board, ['--agent', 'host'], `agent-break greeting.flux.md:${lineOf(main, 'messages.receive')}`, 'continue', 'next', 'print message.words[0]',
      'break kernel.entry.system_call', 'continue', 'backtrace', 'kill',
    );
    expect(text).toMatch(/Breakpoint 1, greeting\.host \(.*\) at \.\/examples\/greeting\.flux\.md:39\n39\tmessages\.receive/);
    expect(text).toMatch(/\$1 = (20|42)/);
    expect(text).toMatch(/Breakpoint 2, kernel\.entry\.system_call \(frame=0x[0-9a-f]+\)/);
    expect(text).toMatch(/#1 +<signal handler called>\n#2 .*call\.a2a_send[^]*messages\.reply \(message=0x[^]*#5 +greeting\.host \(.*:41\n#6 +0x0+ in/);
  }, 90_000);
});

it('build --debug writes what gdb needs for the kernel and for each agent, and the same image', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-debug-test-'));
  const [plain, debug] = [join(folder, 'plain'), join(folder, 'debug')];
  expect((await fluxos(['build', 'examples/greeting.flux.md', '-o', plain])).status).toBe(0);
  expect((await fluxos(['build', 'examples/greeting.flux.md', '--debug', '-o', debug])).status).toBe(0);
  const files = ['debug', 'debug.elf', 'debug.guest.elf', 'debug.host.elf', 'debug.map.json', 'plain', 'plain.elf', 'plain.map.json'];
  expect(readdirSync(folder).sort()).toEqual(files);
  expect(readFileSync(debug).equals(readFileSync(plain))).toBe(true);
  rmSync(folder, { recursive: true });
}, 60_000);

it('an agent that the image does not have is an error', async () => {
  const { status, stderr } = await fluxos(['debug', 'examples/greeting.flux.md', '--agent', 'gest', '--batch']);
  expect(status).toBe(1);
  expect(stderr).toMatch(/FX0841[^]*`guest`, `host`/);
});
