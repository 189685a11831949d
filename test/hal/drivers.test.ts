/** Drivers as agents on ARM and RISC-V boards: registers mapped into a process, interrupts as events. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runImage } from '../../cli/qemu.ts';
import { compile } from '../../fluxc/compile.ts';
import { skippedBoards } from '../boot/machine-models.ts';
import { HOST, readable } from '../host.ts';

const times = (count: number, line: string) => Array.from({ length: count }, () => line);

/** The lines of each board's agents, which run by turns, in alphabetical order. */
const SYSTEMS: [board: string, main: string, lines: string[]][] = [
  ['qemu-arm64', 'test/hal/arm64/drivers-virt.flux.md', [...times(2, 'alarm'), 'pins']],
  ['qemu-riscv64', 'test/hal/riscv64/drivers.flux.md', times(3, 'alarm')],
  ['rpi3', 'test/hal/arm64/drivers-raspberry.flux.md', ['pins', ...times(3, 'sent'), ...times(3, 'with an interrupt, alarm')]],
  ['rpi4', 'test/hal/arm64/drivers-raspberry.flux.md', [...times(3, 'alarm'), 'pins', ...times(3, 'sent')]],
];
const SKIPPED = await skippedBoards(SYSTEMS.map(([board]) => board));

describe.each(SYSTEMS)('drivers on %s', (board, main, expected) => {
  it.skipIf(SKIPPED.has(board))('reach their devices and hear of interrupts', async () => {
    const result = compile(HOST, { main, board });
    expect(readable(result)).toBe('');
    const { image, board: description } = result.output!;
    const path = join(mkdtempSync(join(tmpdir(), 'fluxos-drivers-')), description.image.file);
    writeFileSync(path, image);
    const chunks: Uint8Array[] = [];
    const { status } = await runImage(description, path, { timeout: 60, onConsole: (chunk) => chunks.push(chunk) });
    const console = Buffer.concat(chunks).toString('utf8').replace(/\r/g, '');
    expect(console.slice(console.indexOf('fluxos on')).trimEnd().split('\n').slice(1).sort()).toEqual(expected);
    expect(status).toBe(0);
  });
});
