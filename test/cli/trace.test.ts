/** `fluxos run --trace` and `--input`: what the guest did as a time line, and what it is told. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Timeline } from '../../cli/timeline.ts';
import { skippedBoards } from '../boot/machine-models.ts';
import { ROOT } from '../host.ts';
import { bundleIfStale, fluxos, fluxosJson } from './fluxos.ts';

const BOARDS = ['qemu-x86_64', 'qemu-arm64', 'qemu-riscv64'];
const SKIPPED = await skippedBoards(BOARDS);
const GREETING = join(ROOT, 'examples/greeting.flux.md');
const HELLO = join(ROOT, 'examples/hello.flux.md');
const SHELL = join(ROOT, 'examples/shell.flux.md');
const guest = it.skipIf(SKIPPED.has('qemu-x86_64'));
const scratch = (name: string) => join(mkdtempSync(join(tmpdir(), 'fluxos-trace-')), name);

bundleIfStale();

describe('fluxos run --trace', () => {
  it.for(BOARDS)('writes what happened on %s, and shows none of it', async (board, context) => {
    context.skip(SKIPPED.has(board), 'QEMU has no such machine here');
    const path = scratch('greeting.json');
    const { status, stdout, stderr } = await fluxos(['run', GREETING, '-b', board, '--trace', path, '--timeout', '60']);
    expect(status).toBe(0);
    expect(stdout.replace(/\r/g, '')).toMatch(/^host: welcome\nguest: the host says 42$/m);
    expect(stdout).not.toContain('\x1e');
    expect(stderr).toMatch(/^\d+ events: /m);
    const { traceEvents, otherData } = JSON.parse(readFileSync(path, 'utf8')) as Timeline;
    expect(otherData).toMatchObject({ lost: 0 });
    const tracks = traceEvents.filter(({ name }) => name === 'thread_name');
    const [guestTrack, hostTrack] = ['guest', 'host'].map((agent) => {
      return tracks.find(({ args }) => String(args!['name']).startsWith(`${agent} (pid `))!.tid;
    });
    const arrows = traceEvents.filter(({ ph }) => ph === 's' || ph === 'f').map(({ ph, name, tid }) => `${ph} ${name} ${tid}`);
    expect(arrows.sort()).toEqual([
      `f ask ${hostTrack}`, `f reply ${guestTrack}`, `s ask ${guestTrack}`, `s reply ${hostTrack}`,
    ]);
    const text = readFileSync(GREETING, 'utf8').split('\n');
    const lines = traceEvents.filter(({ name }) => name === 'WRITE').map(({ args }) => String(args!['line']));
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toMatch(/greeting\.flux\.md:\d+$/);
    for (const line of lines) expect(text[Number(line.split(':')[1]) - 1]).toContain('call.write(');
    expect(traceEvents.filter(({ name, args }) => name === 'ended' && args!['reason'] === 'exited')).toHaveLength(2);
  });

  guest('says so in JSON', async () => {
    const path = scratch('greeting.json');
    const { status, value } = await fluxosJson(['run', GREETING, '--trace', path]);
    expect(status).toBe(0);
    expect(value).toMatchObject({ booted: true, trace: path, lost: 0 });
    expect(value.console).not.toContain('\x1e');
    expect(value.events).toBeGreaterThan(10);
  });

  guest('says so if there is none, or if it cannot be written', async () => {
    const none = await fluxos(['run', HELLO, '--trace', scratch('hello.json')]);
    expect(none.status).toBe(1);
    expect(none.stdout).toContain('Hello from Markdown!');
    expect(none.stderr).toContain('error[FX0840]: there is nothing to write');
    const unwritten = await fluxos(['run', GREETING, '--trace', '/proc/nothing/greeting.json']);
    expect(unwritten.status).toBe(1);
    expect(unwritten.stderr).toContain('error[FX0805]');
  });

  guest('keeps the status of a guest that fails', async () => {
    const args = ['run', SHELL, '--trace', scratch('shell.json'), '--input', '-'];
    const { status, value } = await fluxosJson(args, { stdin: 'pipe', input: 'off 7\n' });
    expect(status).toBe(7);
    expect(value.events).toBeGreaterThan(10);
  });
});

describe('fluxos run --input', () => {
  guest('types a file, and no more than the guest takes', async () => {
    const path = scratch('commands');
    writeFileSync(path, `${'help\n'.repeat(300)}off 5\nnever read`);
    const { status, stdout } = await fluxos(['run', SHELL, '--input', path, '--timeout', '60']);
    expect(status).toBe(5);
    expect(stdout.match(/reboot +starts the machine anew/g)).toHaveLength(300);
  });

  it('says so if there is no such file', async () => {
    const { status, stderr } = await fluxos(['run', SHELL, '--input', scratch('nothing')]);
    expect(status).toBe(1);
    expect(stderr).toContain('error[FX0801]');
  });
});
