/** `fluxos flash`: which disks it would write to, and what it leaves behind whatever happens meanwhile. */
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, statSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execaSync } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { complaint, flashCommand, objection } from '../../cli/commands/flash.ts';
import { type BlockDevice, listDevices } from '../../cli/flash/devices.ts';
import { writeDisk, type WriteProgress } from '../../cli/flash/writer.ts';
import { Output } from '../../cli/output.ts';
import type { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { makeCard, SLOT_A } from '../../images/card.ts';
import { type Disk, flatten, makeDisk, SECTOR } from '../../images/disk.ts';
import { Random } from '../random.ts';
import { bundleIfStale, fluxos, fluxosJson } from './fluxos.ts';

const MIB = 2 ** 20;

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'fluxos-flash-'));
}

/** A machine: files below a root, as `/sys` and `/proc` have them. */
function machine(files: Record<string, string>, links: Record<string, string> = {}): string {
  const root = folder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content + '\n');
  }
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(join(root, target), { recursive: true });
    symlinkSync(join(root, target), join(root, path));
  }
  return root;
}

function block(name: string, more: Record<string, string>): Record<string, string> {
  const all = { size: '62333952', removable: '0', ro: '0', dev: '8:0', ...more };
  return Object.fromEntries(Object.entries(all).map(([key, value]) => [`sys/block/${name}/${key}`, value]));
}

const MOUNTS = '22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n40 22 8:33 / /media/my\\040card rw shared:2 - vfat /dev/sdc1 rw';

describe('the disks of a machine', () => {
  const root = machine({
    ...block('sda', { dev: '8:0', 'device/model': 'Samsung SSD', 'sda2/dev': '8:2' }),
    ...block('sdb', { dev: '8:16', removable: '1', 'device/vendor': 'Generic', 'device/model': 'STORAGE DEVICE' }),
    ...block('sdc', { dev: '8:32', removable: '1', 'device/model': 'Stick', 'sdc1/dev': '8:33' }),
    ...block('sdd', { dev: '8:48', 'device/model': 'Spare disk' }),
    ...block('sde', { dev: '8:64', removable: '1', ro: '1' }),
    ...block('sdf', { dev: '8:80', removable: '1', size: '0' }),
    ...block('mmcblk0', { dev: '179:0', 'device/type': 'SD', 'device/name': 'SC32G' }),
    ...block('mmcblk1', { dev: '179:8', 'device/type': 'MMC', 'device/name': 'soldered' }),
    ...block('nvme0n1', { dev: '259:0', 'nvme0n1p1/dev': '259:1', 'nvme0n1p1/holders/dm-0': '' }),
    ...block('ram0', {}), ...block('zram0', {}), ...block('dm-0', {}), ...block('loop0', { dev: '7:0' }),
    'proc/self/mountinfo': MOUNTS, 'proc/swaps': 'Filename Type Size Used Priority\n/dev/sdd1 partition 100 0 -2',
  });
  const devices = new Map(listDevices(root).map((device) => [device.name, device]));
  const why = (name: string, isForced = false) => objection(devices.get(name)!, isForced)?.what ?? 'written';

  it('are listed with model and size, without those that are no disks or hold no medium', () => {
    expect([...devices.keys()]).toEqual(['loop0', 'mmcblk0', 'mmcblk1', 'nvme0n1', 'sda', 'sdb', 'sdc', 'sdd', 'sde']);
    expect(devices.get('sdb')).toMatchObject({ path: '/dev/sdb', model: 'Generic STORAGE DEVICE', bytes: 62333952 * 512, isRemovable: true });
  });

  it('are written to if they are cards', () => {
    expect(['sdb', 'mmcblk0', 'loop0'].map((name) => why(name))).toEqual(['written', 'written', 'written']);
  });

  it('are never written to if they hold the system, or are in use, however often one says so', () => {
    expect(why('sda', true)).toMatch(/running system \(mounted at \/\)/);
    expect(why('sdc', true)).toBe('it is in use: mounted at /media/my card');
    expect(why('nvme0n1', true)).toBe('it is in use: part of dm-0');
    expect(why('sde', true)).toBe('it is write-protected');
  });

  it('are written to only if named twice when they do not look like cards', () => {
    expect(why('mmcblk1')).toMatch(/does not look like a card/);
    expect(why('mmcblk1', true)).toBe('written');
  });

  it('on USB count as removable whatever they say of themselves', () => {
    const usb = machine({ ...block('sdg', { dev: '8:96' }) }, { 'sys/block/sdg/device': 'sys/devices/pci0/usb2/2-1/host4' });
    expect(listDevices(usb)[0]).toMatchObject({ name: 'sdg', isRemovable: true } satisfies Partial<BlockDevice>);
  });
});

describe('writing a disk', () => {
  const random = new Random(5);
  const content = (bytes: number) => Uint8Array.from({ length: bytes }, () => random.below(256));
  const disk: Disk = makeDisk(16 * MIB, [
    { offset: 0, bytes: content(SECTOR) }, { offset: MIB, bytes: content(3 * MIB + 100) }, { offset: 10 * MIB, bytes: content(5000) },
  ]);
  const target = () => join(folder(), 'card.img');

  it('gives a file of the disk\'s size with its bytes', async () => {
    const path = target();
    expect(await writeDisk(path, disk, { isDevice: false })).toEqual({ kind: 'done', bytes: SECTOR + 3 * MIB + 100 + 5000 });
    expect(Buffer.compare(readFileSync(path), Buffer.from(flatten(disk)))).toBe(0);
  });

  it('that is ended anywhere leaves no partition table and says so', async () => {
    for (let end = 1; end <= 9; end++) {
      const path = target();
      writeFileSync(path, flatten(disk));
      const stop = new AbortController();
      let steps = 0;
      const result = await writeDisk(path, disk, { isDevice: false, signal: stop.signal, onProgress: () => ++steps === end && stop.abort() });
      expect(result.kind, `${end}`).toBe('interrupted');
      expect(readFileSync(path).subarray(0, SECTOR).every((byte) => byte === 0), `${end}`).toBe(true);
    }
  });

  it('notices each byte that is not what was written', async () => {
    for (const offset of [MIB, MIB + 1, 4 * MIB + 99, 10 * MIB + 4999]) {
      const path = target();
      const damage = ({ phase, done }: WriteProgress) => {
        if (phase !== 'writing' || done < 3 * MIB + 5000) return;
        const descriptor = openSync(path, 'r+');
        writeSync(descriptor, Uint8Array.of(flatten(disk)[offset]! ^ 0x10), 0, 1, offset);
        closeSync(descriptor);
      };
      expect(await writeDisk(path, disk, { isDevice: false, onProgress: damage })).toEqual({ kind: 'differs', offset });
      expect(readFileSync(path).subarray(0, SECTOR).every((byte) => byte === 0)).toBe(true);
    }
  });

  it('says what the target refuses', async () => {
    expect(await writeDisk('/dev/full', disk, { isDevice: false })).toMatchObject({ kind: 'failed', why: 'there is no more room on it' });
    expect(await writeDisk(join(folder(), 'no', 'such'), disk, { isDevice: false })).toMatchObject({ kind: 'failed' });
  });

  it('touches nothing beside the pieces', async () => {
    const path = target();
    writeFileSync(path, new Uint8Array(20 * MIB).fill(0xee));
    const descriptor = openSync(path, 'r+');
    closeSync(descriptor);
    // As a device: it keeps its size, and what was there.
    const result = await writeDisk(path, disk, { isDevice: true });
    expect(result.kind).toBe('done');
    const after = readFileSync(path);
    expect(after.length).toBe(20 * MIB);
    const wanted = Buffer.alloc(20 * MIB, 0xee);
    for (const { offset, bytes } of disk.pieces) wanted.set(bytes, offset);
    expect(Buffer.compare(after, wanted)).toBe(0);
  });
});

describe('the command', () => {
  beforeAll(bundleIfStale);

  it('writes the card of a board to a file, and the file is a good card', async () => {
    const card = join(folder(), 'card.img');
    const { status, value } = await fluxosJson(['flash', '-b', 'rpi4', '-p', 'examples/hello.flux.md', card]);
    expect(status).toBe(0);
    expect(value.kind).toBe('done');
    expect(statSync(card).size).toBe(128 * MIB);
    expect(execaSync('mtype', ['-i', `${card}@@${SLOT_A * SECTOR}`, '::config.txt']).stdout).toContain('kernel=kernel8.img');
    expect(execaSync('sfdisk', ['--verify', card]).stdout).toContain('No errors');
  });

  it('writes an image that is there already', async () => {
    const path = folder();
    const image = join(path, 'image');
    writeFileSync(image, flatten(makeCard({ table: 'mbr', name: 'x', files: [] })));
    expect((await fluxos(['flash', '--image', image, join(path, 'card')])).status).toBe(0);
    expect(Buffer.compare(readFileSync(join(path, 'card')), readFileSync(image))).toBe(0);
  });

  it('asks for a larger card, and for an answer that nobody can give', async () => {
    const path = join(folder(), 'card');
    const image = join(folder(), 'image');
    writeFileSync(path, 'old');
    writeFileSync(image, new Uint8Array(MIB));
    const codes: string[] = [];
    const output = new Output({ json: true, verbose: false });
    output.diagnostics = (diagnostics: Diagnostics) => void codes.push(...diagnostics.list.map(({ code }) => code));
    const device = (bytes: number): BlockDevice => ({
      name: 'sdx', path, bytes, model: '', isRemovable: true, isLoop: false, isReadOnly: false, uses: [], isSystem: false,
    });
    expect(await flashCommand(null, path, output, { image, yes: true, O: 2 }, [device(MIB - 512)])).toBe(1);
    expect(await flashCommand(null, path, output, { image, O: 2 }, [device(MIB)])).toBe(1);
    expect(await flashCommand(null, path, output, { image, yes: true, O: 2 }, [{ ...device(MIB), isRemovable: false }])).toBe(1);
    expect(codes).toEqual(['FX0829', 'FX0830', 'FX0828']);
    expect(readFileSync(path, 'utf8')).toBe('old');
  });

  it('says where it failed, what came back wrong, and how far it came', async () => {
    expect((await fluxos(['flash', '--image', 'package.json', '/nowhere/card'])).stderr).toContain('FX0831');
    expect(complaint('card', { kind: 'differs', offset: 7 })).toEqual(['FX0832', 'card', 7]);
    expect(complaint('card', { kind: 'interrupted', phase: 'writing', done: 1, total: 2 })).toEqual(['FX0833', 'card', 1, 2]);
  });

  it('refuses what is no disk, boards without a card, and images that are not there', async () => {
    expect((await fluxos(['flash', '-b', 'rpi4', '-p', 'examples/hello.flux.md', '/tmp'])).stderr).toContain('FX0828');
    expect((await fluxos(['flash', '-b', 'qemu-arm64', '-p', 'examples/hello.flux.md', join(folder(), 'a')])).stderr).toContain('FX0826');
    expect((await fluxos(['flash', '--image', '/nowhere/image', join(folder(), 'a')])).stderr).toContain('FX0813');
  });
});
