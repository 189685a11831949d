/** Slots of a card that is written already: the other system is written, checked, and only then started. */
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { readSlots, startPiece } from '../../cli/flash/slots.ts';
import { writeOnto } from '../../cli/flash/writer.ts';
import { makeCard, makeSlot, SLOT_A, SLOT_B } from '../../images/card.ts';
import { flatten, SECTOR } from '../../images/disk.ts';
import { bundleIfStale, fluxos, fluxosJson } from './fluxos.ts';

const folder = mkdtempSync(join(tmpdir(), 'fluxos-slot-'));
const card = join(folder, 'card.img');

beforeAll(async () => {
  bundleIfStale();
  expect(await fluxos(['build', 'examples/hello.flux.md', '-b', 'pc', '--format', 'disk', '-o', card])).toMatchObject({ status: 0, stderr: '' });
});

/** A card of its own for a test. */
function copy(): string {
  const path = join(mkdtempSync(join(tmpdir(), 'fluxos-slot-')), 'card.img');
  copyFileSync(card, path);
  return path;
}

const slotOf = (path: string, start: number) => readFileSync(path).subarray(start * SECTOR, start * SECTOR + 40 * 2 ** 20);
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

describe('fluxos flash --slot', () => {
  const update = (path: string, ...more: string[]) => fluxos(['flash', '-b', 'pc', '-p', 'examples/demo.flux.md', path, ...more]);

  it('writes the other system beside the one that is started, and starts it', async () => {
    const path = copy();
    expect(await update(path, '--slot', 'b')).toMatchObject({ status: 0, stderr: '' });
    expect(same(slotOf(path, SLOT_A), slotOf(card, SLOT_A))).toBe(true);
    expect(execaSync('mdir', ['-b', '-/', '-i', `${path}@@${SLOT_B * SECTOR}`, '::']).stdout).toMatch(/KERNEL.ELF[^]*EFI\/BOOT\/BOOTX64.EFI/);
    writeFileSync(`${path}.slot`, slotOf(path, SLOT_B));
    execaSync('fsck.fat', ['-n', `${path}.slot`]);
    expect(execaSync('sgdisk', ['--verify', path]).stdout).toContain('No problems found');
    expect((await fluxos(['slot', path])).stdout).toBe('slot B is started');
    // And on to the next: the slots change places.
    expect((await update(path, '--slot', 'b')).stderr).toMatch(/FX0871.*slot B.*[^]*--slot a/);
    expect((await update(path, '--slot', 'a', '--tries', '3')).status).toBe(0);
    expect((await fluxos(['slot', path])).stdout).toBe('slot A is started, 3 more times unless it is confirmed; then slot B');
    expect(same(slotOf(path, SLOT_A), slotOf(path, SLOT_B))).toBe(false);
  });

  it('never writes over the system that is started', async () => {
    const path = copy();
    const before = readFileSync(path);
    expect(await update(path, '--slot', 'a')).toMatchObject({ status: 1, stderr: expect.stringContaining('FX0871') });
    expect(same(readFileSync(path), before)).toBe(true);
  });

  it('takes the slot whose tries are used up', async () => {
    const path = copy();
    const slots = readSlots(path)!;
    const { offset, bytes } = startPiece(slots, 1, 1);
    // As a loader leaves it behind the last try.
    expect((await writeOnto(path, [], { offset, bytes }, { isDevice: false })).kind).toBe('done');
    expect((await fluxos(['slot', path])).stdout).toContain('slot B is started, 1 more time unless');
    expect((await fluxosJson(['slot', path])).value).toMatchObject({ starts: 'B', record: { active: 1, confirmed: false, tries: 1, sequence: 2 } });
  });

  it('leaves the record as it was until the slot is written and read back, wherever it is interrupted', async () => {
    const path = copy();
    const slots = readSlots(path)!;
    const pieces = makeSlot({ name: 'x', files: [{ path: 'KERNEL.ELF', bytes: new Uint8Array(3 * 2 ** 20).fill(7) }] }, 1);
    for (let end = 1; end <= 8; end++) {
      const stop = new AbortController();
      let steps = 0;
      const onProgress = () => void (++steps === end && stop.abort());
      const result = await writeOnto(path, pieces, startPiece(slots, 1, 0), { isDevice: false, signal: stop.signal, onProgress });
      expect(result.kind, `${end}`).toBe('interrupted');
      expect(readSlots(path)!.record, `${end}`).toEqual(slots.record);
      expect(same(slotOf(path, SLOT_A), slotOf(card, SLOT_A)), `${end}`).toBe(true);
    }
  });

  it('says what went wrong where it cannot be written, and the other slot is started as before', async () => {
    const path = copy();
    // Files may not grow, nor be written, beyond 42 MiB: a card that fails within slot B.
    const command = `trap '' XFSZ; ulimit -f 86016; exec "$@"`;
    const { exitCode, stderr } = execaSync('sh', [
      '-c', command, 'sh', process.execPath, 'dist/fluxos.cjs', 'flash', '-b', 'pc', '-p', 'examples/demo.flux.md', path, '--slot', 'b',
    ], { reject: false, stdin: 'ignore' });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/FX0872.*slot B.*at byte \d+/);
    expect((await fluxos(['slot', path])).stdout).toBe('slot A is started');
  });

  it('says where the firmware reads no record', async () => {
    const path = join(folder, 'pi.img');
    expect((await fluxos(['flash', '-b', 'rpi4', '-p', 'examples/hello.flux.md', path])).status).toBe(0);
    const { status, stderr } = await fluxos(['flash', '-b', 'rpi4', '-p', 'examples/hello.flux.md', path, '--slot', 'b']);
    expect(status).toBe(0);
    expect(stderr).toContain('FX0873');
    expect(await fluxos(['slot', path])).toMatchObject({ status: 0, stdout: 'slot B is started', stderr: expect.stringContaining('FX0873') });
    // A system for a PC does not go onto it, nor one for a Raspberry Pi onto a PC's disk.
    expect((await update(path, '--slot', 'a')).stderr).toContain('FX0828');
    expect((await fluxos(['flash', '-b', 'rpi4', '-p', 'examples/hello.flux.md', card, '--slot', 'b'])).stderr).toContain('FX0828');
  });
});

describe('fluxos slot', () => {
  it('goes back to the system before', async () => {
    const path = copy();
    expect((await fluxos(['slot', path, '--start', 'b', '--tries', '2'])).stdout).toContain('slot B is started, 2 more times');
    expect((await fluxos(['slot', path, '--start', 'a'])).stdout).toBe('slot A is started');
  });

  it('mends a card whose records are both damaged', async () => {
    const path = copy();
    const bytes = readFileSync(path);
    bytes.fill(0xff, 81 * 2 ** 20, 82 * 2 ** 20);
    writeFileSync(path, bytes);
    expect((await fluxos(['slot', path])).stdout).toMatch(/slot A is started: both copies .* damaged/);
    expect((await fluxos(['slot', path, '--start', 'a'])).stdout).toBe('slot A is started');
  });

  it.each([
    ['a file that is no card', () => writeFileSync(join(folder, 'other'), new Uint8Array(100 * 2 ** 20)), 'FX0870'],
    ['a file that is too short', () => writeFileSync(join(folder, 'other'), flatten(makeCard({ table: 'gpt', name: 'x', files: [] })).subarray(0, 2 ** 20)), 'FX0870'],
    ['nothing', () => writeFileSync(join(folder, 'other'), ''), 'FX0870'],
  ])('refuses %s', async (_, make, code) => {
    make();
    expect(await fluxos(['slot', join(folder, 'other'), '--start', 'b'])).toMatchObject({ status: 1, stderr: expect.stringContaining(code) });
  });

  it('refuses what makes no sense on the command line', async () => {
    expect((await fluxos(['slot', '/nowhere/card'])).stderr).toContain('FX0813');
    expect((await fluxos(['slot', card, '--tries', '3'])).stderr).toContain('FX0874');
    expect((await fluxos(['flash', card, '--tries', '3'])).stderr).toContain('FX0874');
    expect(await fluxos(['slot', card, '--start', 'c'])).toMatchObject({ status: 2 });
    expect(await fluxos(['slot', card, '--start', 'b', '--tries', '0'])).toMatchObject({ status: 2 });
    expect(await fluxos(['flash', card, '--image', card, '--slot', 'b'])).toMatchObject({ status: 2 });
  });
});
