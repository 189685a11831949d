/** `fluxos flash` onto a device: what it refuses, what any interruption leaves, what reading back finds, what it never touches. */
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { flashCommand, type FlashCommandOptions } from '../../cli/commands/flash.ts';
import { writeDisk, type WriteProgress } from '../../cli/flash/writer.ts';
import { Output } from '../../cli/output.ts';
import type { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { type Disk, makeDisk, SECTOR } from '../../images/disk.ts';
import { Random } from '../random.ts';
import { BlockTarget, KIND } from './block-target.ts';
import { bundleIfStale, start } from './fluxos.ts';

const MIB = 2 ** 20;
const SIZE = 9 * MIB;

const random = new Random(11);
const content = (bytes: number) => {
  const words = new Uint32Array(Math.ceil(bytes / 4));
  for (let i = 0; i < words.length; i++) words[i] = random.below(2 ** 32);
  return new Uint8Array(words.buffer, 0, bytes);
};
const disk: Disk = makeDisk(SIZE, [
  { offset: 0, bytes: content(SECTOR) }, { offset: MIB, bytes: content(3 * MIB + 100) }, { offset: 5 * MIB, bytes: content(5000) },
  { offset: 6 * MIB, bytes: content(2 * MIB) },
]);
const old = content(SIZE);

/** What is there once all of `disk` is written over `old`. */
const after = Buffer.from(old);
for (const { offset, bytes } of disk.pieces) after.set(bytes, offset);

const targets: BlockTarget[] = [];
function target(bytes = SIZE, first: Uint8Array = old.subarray(0, bytes)): BlockTarget {
  const made = new BlockTarget(bytes, first);
  targets.push(made);
  return made;
}
afterEach(() => targets.splice(0).forEach((each) => each.end()));

const folder = mkdtempSync(join(tmpdir(), 'fluxos-flash-'));
const image = join(folder, 'image');

beforeAll(() => {
  bundleIfStale();
  writeFileSync(image, after);
});

/** The command in this process, with its messages' codes. */
async function flash(path: string, on: BlockTarget, options: Partial<FlashCommandOptions> = {}): Promise<[number, ...string[]]> {
  const codes: string[] = [];
  const output = new Output({ json: true, verbose: false });
  output.diagnostics = (diagnostics: Diagnostics) => void codes.push(...diagnostics.list.map(({ code }) => code));
  return [await flashCommand(null, path, output, { image, yes: true, O: 2, ...options }, on.devices), ...codes];
}

const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);

describe(`flashing ${KIND}`, () => {
  it('writes the image and nothing else', async () => {
    const card = target(SIZE + MIB, content(SIZE + MIB));
    const before = card.read();
    expect(await flash(card.path, card)).toEqual([0]);
    before.set(after);
    expect(Buffer.compare(card.read(), before)).toBe(0);
    expect(card.isGuardWhole).toBe(true);
  });

  it('refuses what is mounted, also by another name, and leaves it alone', async () => {
    const card = target();
    card.mount();
    const before = card.read();
    const link = join(folder, `link-${Math.random()}`);
    symlinkSync(card.path, link);
    expect(await flash(card.path, card)).toEqual([1, 'FX0828']);
    expect(await flash(link, card)).toEqual([1, 'FX0828']);
    expect(await flash(card.path, card, { force: card.path })).toEqual([1, 'FX0828']);
    expect(Buffer.compare(card.read(), before)).toBe(0);
    card.unmount();
    expect(await flash(link, card)).toEqual([0]);
  });

  it('refuses one that is too small by a sector, and takes one that just fits', async () => {
    const small = target(SIZE - SECTOR);
    expect(await flash(small.path, small)).toEqual([1, 'FX0829']);
    expect(Buffer.compare(small.read(), Buffer.from(old.subarray(0, SIZE - SECTOR)))).toBe(0);
    const large = target(SIZE);
    expect(await flash(large.path, large)).toEqual([0]);
  });

  it('asks before it writes, and writes nothing where nobody can answer', async () => {
    const card = target();
    expect(await flash(card.path, card, { yes: false })).toEqual([1, 'FX0830']);
    expect(Buffer.compare(card.read(), Buffer.from(old))).toBe(0);
  });

  it('finds each byte that changes between writing and reading back', async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const chance = new Random(seed);
      const piece = disk.pieces[1 + chance.below(3)]!;
      const offset = piece.offset + chance.below(piece.bytes.length);
      const card = target();
      let isAltered = false;
      // The first step of reading back: everything is on the medium by then. What was read already is not read again.
      const onProgress = ({ phase, done }: WriteProgress) => {
        const total = disk.pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
        if (isAltered || phase !== 'writing' || done < total - SECTOR) return;
        isAltered = true;
        setImmediate(() => card.alter(offset, (byte) => byte ^ (1 << chance.below(8))));
      };
      expect(await writeDisk(card.path, disk, { isDevice: true, onProgress }), `seed ${seed}`).toEqual({ kind: 'differs', offset });
      expect(isZero(card.read().subarray(0, SECTOR)), `seed ${seed}: it must not boot`).toBe(true);
      expect(card.isGuardWhole, `seed ${seed}`).toBe(true);
    }
  }, 60_000);

  it.each(['SIGKILL', 'SIGINT'] as const)('ended by %s at random points it holds the old card, no card, or all of the new one', async (signal) => {
    const args = (card: BlockTarget) => ['flash', '--image', image, card.path, '--yes'];
    const whole = target();
    const began = performance.now();
    expect((await start(args(whole))).exitCode).toBe(0);
    const duration = performance.now() - began;
    const states = new Set<string>();
    for (let seed = 1; seed <= 12; seed++) {
      const card = target();
      const child = start(args(card));
      await sleep((0.1 + 0.95 * (new Random(seed).below(1000) / 1000)) * duration);
      child.kill(signal);
      const { exitCode, stderr } = await child;
      const now = card.read();
      const state = isZero(now.subarray(0, SECTOR)) ? 'no card' : Buffer.compare(now, after) === 0 ? 'new' : Buffer.compare(now, Buffer.from(old)) === 0 ? 'old' : 'torn';
      states.add(state);
      expect(state, `seed ${seed}`).not.toBe('torn');
      expect(card.isGuardWhole, `seed ${seed}`).toBe(true);
      // SIGINT may come before anybody listens: then it ends the process as it ends any other.
      if (signal === 'SIGINT' && state === 'no card') {
        expect(exitCode, `seed ${seed}`).toBe(130);
        expect(stderr).toMatch(/FX0833/);
      }
      if (exitCode === 0) expect(state).toBe('new');
      card.end();
    }
    expect([...states], 'no interruption came while it wrote').toContain('no card');
  }, 120_000);
});

