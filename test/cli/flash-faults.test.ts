/** A card that is pulled out, full, worn or slow in the middle of the work: the operating system's calls are made to say so. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { writeDisk, writeOnto } from '../../cli/flash/writer.ts';
import { type Disk, flatten, makeDisk, SECTOR } from '../../images/disk.ts';
import { Random } from '../random.ts';

/** What the next calls do instead of their work; each gets the number of calls before it. */
const faults = vi.hoisted(() => ({
  write: null as ((call: number) => number | NodeJS.ErrnoException | null) | null,
  sync: null as (() => NodeJS.ErrnoException | null) | null,
  calls: 0,
}));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  return {
    ...real,
    writeSync: (descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
      const fault = faults.write?.(faults.calls++) ?? null;
      if (fault instanceof Error) throw fault;
      return real.writeSync(descriptor, bytes, offset, fault === null ? length : Math.min(fault, length), position);
    },
    fsyncSync: (descriptor: number) => {
      const fault = faults.sync?.() ?? null;
      if (fault) throw fault;
      real.fsyncSync(descriptor);
    },
  };
});

const MIB = 2 ** 20;
const disk: Disk = makeDisk(8 * MIB, [
  { offset: 0, bytes: new Uint8Array(SECTOR).fill(1) }, { offset: MIB, bytes: new Uint8Array(4 * MIB + 77).fill(2) }, { offset: 6 * MIB, bytes: new Uint8Array(3000).fill(3) },
]);
/** Calls of a whole write: the empty first sector, five steps, one, the first sector. */
const CALLS = 8;

function failure(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}

function target(): string {
  const path = join(mkdtempSync(join(tmpdir(), 'fluxos-fault-')), 'card');
  writeFileSync(path, new Uint8Array(8 * MIB).fill(0xee));
  return path;
}

afterEach(() => Object.assign(faults, { write: null, sync: null, calls: 0 }));

describe('a card', () => {
  it.each([
    ['pulled out', 'EIO', 'it does not answer: was it pulled out, or is it broken?'], ['gone', 'ENXIO', 'it is gone: was it pulled out?'],
    ['gone with its reader', 'ENODEV', 'it is gone: was it pulled out?'], ['full', 'ENOSPC', 'there is no more room on it'],
    ['locked', 'EPERM', 'you may not write to it'],
  ])('that is %s at any step: the end is clear, and nothing there boots', async (_, code, why) => {
    for (let step = 0; step < CALLS; step++) {
      const path = target();
      Object.assign(faults, { write: (call: number) => (call >= step ? failure(code) : null), calls: 0 });
      expect(await writeDisk(path, disk, { isDevice: true }), `step ${step}`).toMatchObject({ kind: 'failed', phase: 'writing', why });
      const first = readFileSync(path).subarray(0, SECTOR);
      // Before the first step nothing has changed; behind it there is no partition table.
      expect(new Set(first), `step ${step}`).toEqual(new Set([step === 0 ? 0xee : 0]));
    }
  });

  it('that loses what it had taken says so when asked to keep it', async () => {
    const path = target();
    faults.sync = () => failure('EIO');
    expect(await writeDisk(path, disk, { isDevice: true })).toMatchObject({ kind: 'failed', why: /pulled out/ });
    expect(readFileSync(path).subarray(0, SECTOR).every((byte) => byte === 0)).toBe(true);
  });

  it('that takes a few bytes at a time is written all the same', async () => {
    const random = new Random(3);
    const path = target();
    faults.write = () => 1 + random.below(300_000);
    expect((await writeDisk(path, disk, { isDevice: true })).kind).toBe('done');
    const wanted = Buffer.alloc(8 * MIB, 0xee);
    for (const { offset, bytes } of disk.pieces) wanted.set(bytes, offset);
    expect(Buffer.compare(readFileSync(path), wanted)).toBe(0);
  });

  it('that fails while one slot is written starts the other as before', async () => {
    for (let step = 0; step < 6; step++) {
      const path = target();
      writeFileSync(path, flatten(disk));
      Object.assign(faults, { write: (call: number) => (call >= step ? failure('EIO') : null), calls: 0 });
      const pieces = [{ offset: 2 * MIB, bytes: new Uint8Array(2 * MIB).fill(9) }];
      const record = { offset: 6 * MIB, bytes: new Uint8Array(64).fill(9) };
      const result = await writeOnto(path, pieces, record, { isDevice: true });
      expect(result.kind, `step ${step}`).toBe(step < 3 ? 'failed' : 'done');
      expect(readFileSync(path)[6 * MIB], `step ${step}`).toBe(step < 3 ? 3 : 9);
      expect(readFileSync(path)[0]).toBe(1);
    }
  });
});
