/** The drivers that go through SBI firmware, which a board without a QEMU machine uses, on QEMU's own board. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runImage } from '../../cli/qemu.ts';
import { compile } from '../../fluxc/compile.ts';
import { HOST, hostWith, readable } from '../host.ts';

const BOARD = `
name = "QEMU virt through its firmware"
extends = "qemu-riscv64"
console = "firmware"
power = "firmware_power"

[device.firmware]
driver = "sbi-console"

[device.firmware_power]
driver = "sbi-power"
`;

it('SBI prints what the kernel says and turns the machine off', async () => {
  const result = compile(hostWith({ 'boards/firmware.toml': BOARD }), { main: 'examples/demo.flux.md', board: 'firmware' });
  expect(readable(result)).toBe('');
  const image = join(mkdtempSync(join(tmpdir(), 'fluxos-sbi-')), 'Image');
  writeFileSync(image, result.output!.image);
  const chunks: Uint8Array[] = [];
  const { status } = await runImage(result.output!.board, image, { timeout: 60, onConsole: (chunk) => chunks.push(chunk) });
  expect(Buffer.concat(chunks).toString()).toContain('all threads have finished');
  expect(status).toBe(0);
});

it('the VisionFive 2 builds for the address where its memory starts', () => {
  const result = compile(HOST, { main: 'examples/demo.flux.md', board: 'visionfive2' });
  expect(readable(result)).toBe('');
  expect(result.output!.linked.start).toBe(0x40200000);
  expect(Buffer.from(result.output!.image.subarray(48, 53)).toString()).toBe('RISCV');
});
