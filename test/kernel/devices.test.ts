/** Devices driven from user mode: registers for one agent alone, interrupts as messages, free again at its end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runImage } from '../../cli/qemu.ts';
import { compile } from '../../fluxc/compile.ts';
import { skippedBoards } from '../boot/machine-models.ts';
import { HOST, readable } from '../host.ts';

/** By board: the document that drives one of its devices. */
const DRIVERS = {
  'qemu-x86_64': 'mc146818', pc: 'mc146818', 'qemu-arm64': 'pl031', 'qemu-riscv64': 'goldfish_rtc',
  rpi3: 'bcm_mini_uart', rpi4: 'bcm_mini_uart',
};
const SKIPPED = await skippedBoards(Object.keys(DRIVERS));

describe.each(Object.entries(DRIVERS))('an agent on %s', (name, document) => {
  it.skipIf(SKIPPED.has(name))(`drives ${document}`, async () => {
    const result = compile(HOST, { main: `test/kernel/devices/${document}.flux.md`, board: name });
    expect(readable(result)).toBe('');
    const { board, image } = result.output!;
    const folder = mkdtempSync(join(tmpdir(), 'fluxos-devices-'));
    const path = join(folder, board.image.file);
    writeFileSync(path, image);
    const chunks: Uint8Array[] = [];
    const { status, complaint } = await runImage(board, path, { timeout: 60, onConsole: (chunk) => chunks.push(chunk) });
    rmSync(folder, { recursive: true });
    const said = Buffer.concat(chunks).toString('utf8').replace(/\r/g, '').split('\n');
    const own = said.filter((line) => /^(driver|rival|thief|panic)\b/.test(line));
    const of = (agent: string) => own.filter((line) => line.startsWith(agent));
    // Who uses ports that were not opened to it ends.
    if (document === 'mc146818') expect(of('thief')).toEqual([expect.stringMatching(/^thief \(pid \d+\): illegal instruction in /)]);
    expect(of('driver')).toEqual(['driver: an interrupt', 'driver: an interrupt', 'driver: an interrupt', 'driver: done']);
    expect(of('rival')).toEqual(['rival: busy', 'rival: mine']);
    expect(own.indexOf('rival: mine')).toBeGreaterThan(own.indexOf('driver: done'));
    expect(of('panic')).toEqual([]);
    expect({ status, complaint }).toEqual({ status: document === 'mc146818' ? 101 : 0, complaint: '' });
  });
});
