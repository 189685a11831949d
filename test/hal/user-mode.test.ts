/**
 * User mode without the kernel proper: `test/hal/user-mode/` maps two processes by hand, with stand-ins for
 * `kernel.entry` and `kernel.exceptions`, and says on the console how each case went.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runImage } from '../../cli/qemu.ts';
import { compile } from '../../fluxc/compile.ts';
import { skippedBoards } from '../boot/machine-models.ts';
import { hostWith, readable, ROOT } from '../host.ts';

/** Boards and core models; `refuses`: the core keeps the kernel from reading through a process's address. */
const MACHINES: [board: string, cpu: string | null, refuses: boolean][] = [
  ['qemu-arm64', 'cortex-a53', false], ['qemu-arm64', 'cortex-a72', false], ['qemu-arm64', 'max', true],
  ['rpi3', null, false], ['rpi4', null, false],
  ['qemu-riscv64', 'rv64', true], ['qemu-riscv64', 'max', true],
  ['qemu-x86_64', 'qemu64', false], ['qemu-x86_64', 'max', true], ['pc', 'qemu64', false],
];
const SKIPPED = await skippedBoards([...new Set(MACHINES.map(([board]) => board))]);

const document = (name: string) => readFileSync(join(ROOT, 'test/hal/user-mode', `${name}.flux.md`), 'utf8');
const FILES = {
  'kernel/entry.flux.md': document('entry'),
  'kernel/exceptions.flux.md': document('exceptions'),
  'user_code.flux.md': document('user-code'),
  'user_mode.flux.md': document('main'),
};

describe.each(MACHINES)('user mode on %s, core %s', (board, cpu, refuses) => {
  it.skipIf(SKIPPED.has(board))('keeps its promises', async () => {
    const result = compile(hostWith(FILES), { main: 'user_mode.flux.md', board });
    expect(readable(result)).toBe('');
    const { image, board: description } = result.output!;
    const path = join(mkdtempSync(join(tmpdir(), 'fluxos-user-mode-')), description.image.file);
    writeFileSync(path, image);
    const chunks: Uint8Array[] = [];
    const other = { ...description, qemu: { ...description.qemu!, cpu: cpu ?? description.qemu!.cpu } };
    const { status } = await runImage(other, path, { timeout: 60, onConsole: (chunk) => chunks.push(chunk) });
    const console = Buffer.concat(chunks).toString('utf8').replace(/\r/g, '');
    const lines = console.slice(console.indexOf('fluxos on')).trimEnd().split('\n').slice(1);
    expect(lines.slice(0, -1).filter((line) => !line.endsWith(': ok'))).toEqual([]);
    expect(lines.length).toBeGreaterThan(30);
    expect(lines.at(-1)).toMatch(refuses ? /cannot reach a process's page/ : /reached a process's page/);
    expect(status).toBe(0);
  });
});
