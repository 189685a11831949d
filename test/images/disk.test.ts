import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../fluxc/base/crc32.ts';
import { flatten, makeDisk, type Piece, SECTOR, shifted } from '../../images/disk.ts';
import { type FatFile, type FatKind, type FatVolume, writeFat } from '../../images/fat.ts';
import { GPT_LAST_SECTORS, GptType, guidBytes, writeGpt } from '../../images/gpt.ts';
import { MbrType, writeMbr } from '../../images/mbr.ts';
import { Random } from '../random.ts';

const MIB = 2 ** 20;
const FOLDER = mkdtempSync(join(tmpdir(), 'fluxos-disk-'));
let count = 0;

/** A file that holds the pieces. */
function written(size: number, pieces: readonly Piece[]): string {
  const path = join(FOLDER, `disk-${count++}`);
  writeFileSync(path, flatten(makeDisk(size, pieces)));
  return path;
}

function run(program: string, ...args: string[]): string {
  const { stdout, stderr, exitCode } = execaSync(program, args, { reject: false, encoding: 'latin1', stripFinalNewline: false });
  expect(exitCode, `${program}: ${stdout}${stderr}`).toBe(0);
  return stdout as unknown as string;
}

function content(random: Random, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, () => random.below(256));
}

const VOLUME: Omit<FatVolume, 'sectors' | 'files'> = { hidden: 0, label: 'FLUXOS', serial: 0x1234abcd };

describe('checksums and identifiers', () => {
  it('has the check value of CRC-32', () => {
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array(0))).toBe(0);
  });

  it('puts the first three groups of a GUID in little-endian order', () => {
    expect(Buffer.from(guidBytes(GptType.EfiSystem)).toString('hex')).toBe('28732ac11ff8d211ba4b00a0c93ec93b');
    expect(() => guidBytes('C12A7328')).toThrow('no GUID');
  });
});

describe('a FAT volume', () => {
  const sizes: [FatKind, number][] = [[12, 1 * MIB], [12, 3 * MIB], [16, 8 * MIB], [16, 40 * MIB], [32, 40 * MIB], [32, 300 * MIB]];
  it.each(sizes)('of kind %i and %i bytes is clean to fsck.fat and read by mtools', (kind, size) => {
    const random = new Random(kind + size);
    const files: FatFile[] = [
      { path: 'KERNEL8.IMG', bytes: content(random, 20_000) },
      { path: 'config.txt', bytes: Buffer.from('arm_64bit=1\n') },
      { path: 'EFI/BOOT/BOOTX64.EFI', bytes: content(random, 5000) },
      { path: 'extlinux/extlinux.conf', bytes: Buffer.from('default fluxos\n') },
      { path: 'extlinux/a rather long name with spaces.text', bytes: content(random, 1) },
      { path: 'extlinux/a rather long name with spots.text', bytes: content(random, SECTOR) },
      { path: 'empty', bytes: new Uint8Array(0) },
    ];
    const path = written(size, writeFat({ ...VOLUME, sectors: size / SECTOR, files, kind }));
    const report = run('fsck.fat', '-n', '-v', path);
    expect(report).toContain(`FATs, ${kind} bit entries`);
    expect(report).not.toMatch(/differences|free clusters? wrong|wrongly|dirty|invalid/i);
    for (const file of files) {
      const read = execaSync('mtype', ['-i', path, `::${file.path}`], { encoding: 'buffer', stripFinalNewline: false });
      expect(Buffer.compare(Buffer.from(read.stdout), Buffer.from(file.bytes)), file.path).toBe(0);
    }
    expect(run('mlabel', '-i', path, '-s', '::')).toContain('FLUXOS');
  });

  it('holds hundreds of files in nested folders', () => {
    const random = new Random(7);
    const files = Array.from({ length: 300 }, (_, index) => ({
      path: `folder ${index % 7}/${index % 3 === 0 ? 'deeper/' : ''}file-${index}.data`, bytes: content(random, random.below(3000)),
    }));
    const path = written(16 * MIB, writeFat({ ...VOLUME, sectors: (16 * MIB) / SECTOR, files }));
    run('fsck.fat', '-n', path);
    for (const file of files.slice(0, 20)) {
      const read = execaSync('mtype', ['-i', path, `::${file.path}`], { encoding: 'buffer', stripFinalNewline: false });
      expect(Buffer.compare(Buffer.from(read.stdout), Buffer.from(file.bytes)), file.path).toBe(0);
    }
  });

  it('refuses what does not fit and what FAT cannot name', () => {
    const sectors = MIB / SECTOR;
    expect(() => writeFat({ ...VOLUME, sectors, files: [{ path: 'big', bytes: new Uint8Array(2 * MIB) }] })).toThrow('do not fit');
    expect(() => writeFat({ ...VOLUME, sectors, files: [{ path: 'a:b', bytes: new Uint8Array(1) }] })).toThrow('no file name');
    expect(() => writeFat({ ...VOLUME, sectors, files: [], kind: 32 })).toThrow('no FAT32 volume');
  });

  it('writes its tables and what is used, not the room', () => {
    const pieces = writeFat({ ...VOLUME, sectors: (300 * MIB) / SECTOR, files: [{ path: 'a', bytes: new Uint8Array(100) }], kind: 32 });
    expect(pieces.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThan(MIB);
  });

  it.each([12, 16, 32] as const)('of kind %i on a medium that was used before has its own files and no others', (kind) => {
    const size = kind === 12 ? 2 * MIB : 40 * MIB;
    const medium = new Uint8Array(size).fill(0xee);
    const many = Array.from({ length: 100 }, (_, index) => ({ path: `old/file-${index}`, bytes: new Uint8Array(3000) }));
    for (const files of [many, [{ path: 'new/one', bytes: Uint8Array.of(1) }]]) {
      for (const { offset, bytes } of writeFat({ ...VOLUME, sectors: size / SECTOR, files, kind })) medium.set(bytes, offset);
    }
    const path = join(mkdtempSync(join(tmpdir(), 'fluxos-fat-')), 'used');
    writeFileSync(path, medium);
    expect(run('fsck.fat', '-n', '-v', path)).not.toMatch(/differences|free clusters? wrong|Reclaimed/i);
    expect(run('mdir', '-b', '-/', '-i', path, '::').trim().split('\n')).toEqual(['::/new/', '::/new/one']);
  });
});

describe('partition tables', () => {
  const start = 2048;
  const size = 64 * MIB;
  const volume = writeFat({ ...VOLUME, hidden: start, sectors: size / SECTOR - start - GPT_LAST_SECTORS, files: [{ path: 'a', bytes: Buffer.from('b') }], kind: 32 });

  it('passes sgdisk --verify', () => {
    const partition = { type: GptType.EfiSystem, id: '11111111-2222-3333-4444-555555555555', name: 'boot', start, count: size / SECTOR - start - GPT_LAST_SECTORS };
    const gpt = writeGpt({ id: 'AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE', sectors: size / SECTOR, partitions: [partition] });
    const path = written(size, [...gpt, ...shifted(volume, start * SECTOR)]);
    expect(run('sgdisk', '--verify', path)).toContain('No problems found');
    expect(run('sgdisk', '-i', '1', path)).toMatch(/Partition GUID code: C12A7328[^]*Partition unique GUID: 11111111-2222-3333-4444-555555555555[^]*Partition name: 'boot'/);
    expect(run('mtype', '-i', `${path}@@${start * SECTOR}`, '::a')).toBe('b');
  });

  it('damages are seen: sgdisk is a judge that can say no', () => {
    const gpt = writeGpt({ id: 'AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE', sectors: size / SECTOR, partitions: [] });
    gpt[1]!.bytes[24]! ^= 1;
    const { stdout } = execaSync('sgdisk', ['--verify', written(size, gpt)], { reject: false });
    expect(stdout).toContain('corrupt GPT');
  });

  it('an MBR is read by sfdisk', () => {
    const mbr = writeMbr({ partitions: [{ type: MbrType.Fat32, start, count: size / SECTOR - start, active: true }], signature: 0xcafef00d });
    const path = written(size, [{ offset: 0, bytes: mbr }, ...shifted(volume, start * SECTOR)]);
    const listing = run('sfdisk', '--dump', path);
    expect(listing).toContain('label-id: 0xcafef00d');
    expect(listing).toMatch(/start= +2048, size= +129024, type=c, bootable/);
  });
});
