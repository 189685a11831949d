/**
 * The bars of the kernel, in bytes and guest instructions: what `npm run bench` prints must not get worse than this. Instructions
 * are counted by the plugin of the benchmarks, which needs a C compiler; without one these tests are skipped, but not in CI.
 */
import { describe, expect, it } from 'vitest';
import { ROOT, HOST, readable } from '../host.ts';
import { buildPlugin, count } from '../../bench/guest.ts';
import { MEASURES, measureBounds, measureKernel } from '../../bench/kernel.ts';
import { compile } from '../../fluxc/compile.ts';
import { skippedBoards } from '../boot/machine-models.ts';
import { ARCHES, BOARDS, build } from './guest.ts';

const ALL_BOARDS = ['qemu-x86_64', 'pc', 'qemu-arm64', 'qemu-riscv64', 'rpi3', 'rpi4'];
const SKIPPED = await skippedBoards(ALL_BOARDS);
const plugin = buildPlugin(ROOT);
const isWithout = plugin === null && !process.env['CI'];

const PAIR = 'bench/pair.flux.md';
const WRITE = 601;
/** of two agents that talk: image, and instructions from the kernel's entry to the first agent's line */
const IMAGE_BYTES = 32_768;
const BOOT_INSTRUCTIONS = 100_000;
/** with interrupts off, whatever agents do; at 1 GHz and one instruction a cycle a sixth of a millisecond */
const LONGEST = 160_000;

describe.each(ALL_BOARDS)('two agents on %s', (board) => {
  it('fit into 32 KiB', () => {
    const result = compile(HOST, { main: PAIR, board });
    expect(readable(result)).toBe('');
    expect(result.output!.image.length).toBeLessThanOrEqual(IMAGE_BYTES);
  });

  it.skipIf(isWithout || SKIPPED.has(board))('speak within 100,000 instructions', async () => {
    const output = compile(HOST, { main: PAIR, board }).output!;
    const { once, console } = await count(output, plugin!, { from: output.linked.entry, call: WRITE });
    expect(console).toContain('Hello from two agents!');
    expect(once).toBeGreaterThan(1000);
    expect(once).toBeLessThanOrEqual(BOOT_INSTRUCTIONS);
  });
});

describe.each(ARCHES)('the kernel on %s', (arch) => {
  const isSkipped = isWithout || SKIPPED.has(BOARDS[arch]);

  it.skipIf(isSkipped)('needs no more instructions than its bars', async () => {
    const costs = await measureKernel(build('bench/ipc.flux.md', arch), plugin!);
    expect(costs.map(({ name }) => name)).toEqual(MEASURES.map(({ name }) => name));
    for (const { name, bar, average, times } of costs) {
      expect(times, name).toBeGreaterThanOrEqual(10);
      if (bar) expect(average, `${name} (${bar.of})`).toBeLessThanOrEqual(bar.instructions);
    }
  });

  it.skipIf(isSkipped)('never works long with interrupts off', async () => {
    const bounds = await measureBounds(build('bench/bounds.flux.md', arch), plugin!, new Map());
    expect(bounds.length).toBeGreaterThan(25);
    for (const { entry, most, functions } of bounds) expect(most, `${entry}: ${functions[0]?.name}`).toBeLessThanOrEqual(LONGEST);
  });
});
