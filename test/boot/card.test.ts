/** The SD driver against QEMU's card, with the partition table that `images/` writes. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { cardImage } from '../../cli/card-image.ts';
import { Output } from '../../cli/output.ts';
import { qemuArguments, QEMU_PROGRAMS } from '../../cli/qemu.ts';
import { compile } from '../../fluxc/compile.ts';
import { SLOT_A, SLOT_B } from '../../images/card.ts';
import { flatten, makeDisk, SECTOR, shifted } from '../../images/disk.ts';
import { writeFat } from '../../images/fat.ts';
import { MbrType, writeMbr } from '../../images/mbr.ts';
import { HOST, readable } from '../host.ts';

const MIB = 2 ** 20;

function cardOf(bytes: number): Uint8Array {
  const start = 2048;
  const count = bytes / SECTOR - start;
  const mbr = writeMbr({ partitions: [{ type: MbrType.Fat32, start, count }], signature: 0x12345678 });
  const volume = writeFat({ sectors: count, hidden: start, label: 'FLUXOS', serial: 1, files: [], kind: 32 });
  return flatten(makeDisk(bytes, [{ offset: 0, bytes: mbr }, ...shifted(volume, start * SECTOR)]));
}

describe.each(['rpi3', 'rpi4'])('the SD card of %s', (board) => {
  it('gives its partition table, takes a block and gives it back', () => {
    const result = compile(HOST, { main: 'test/boot/card.flux.md', board });
    expect(readable(result)).toBe('');
    const folder = mkdtempSync(join(tmpdir(), 'fluxos-card-'));
    const image = join(folder, 'kernel8.img');
    const card = join(folder, 'card.img');
    writeFileSync(image, result.output!.image);
    writeFileSync(card, cardOf(64 * MIB));
    const args = [...qemuArguments(result.output!.board, image), '-drive', `if=sd,format=raw,file=${card}`];
    const { stdout, exitCode } = execaSync(QEMU_PROGRAMS.arm64, args, { reject: false, timeout: 30_000, stdin: 'ignore' });
    expect(stdout).toContain('partition of type 0xc at 2048, 129024 blocks');
    expect(stdout).toContain('written and read back');
    expect(exitCode).toBe(0);
    const written = readFileSync(card).subarray(SECTOR, 2 * SECTOR);
    expect([...written]).toEqual(Array.from({ length: SECTOR }, (_, index) => (index & 255) ^ 0x5a));
  }, 60_000);

  it('that the command makes of the board gives its partition table too', () => {
    const { output } = compile(HOST, { main: 'test/boot/card.flux.md', board });
    const folder = mkdtempSync(join(tmpdir(), 'fluxos-card-'));
    const project = { folder, main: 'card.flux.md', name: 'card', isDocument: false, board };
    const { disk } = cardImage(output!, project, folder, new Output({ json: false, verbose: false }))!;
    const [image, card] = [join(folder, 'kernel8.img'), join(folder, 'card.img')];
    writeFileSync(image, output!.image);
    writeFileSync(card, flatten(disk));
    const args = [...qemuArguments(output!.board, image), '-drive', `if=sd,format=raw,file=${card}`];
    const { stdout, exitCode } = execaSync(QEMU_PROGRAMS.arm64, args, { reject: false, timeout: 30_000, stdin: 'ignore' });
    expect(stdout).toContain(`partition of type 0xc at ${SLOT_A}, ${SLOT_B - SLOT_A} blocks`);
    expect(exitCode).toBe(0);
  }, 60_000);

  it('is found missing where there is none', () => {
    const result = compile(HOST, { main: 'test/boot/card.flux.md', board });
    const image = join(mkdtempSync(join(tmpdir(), 'fluxos-card-')), 'kernel8.img');
    writeFileSync(image, result.output!.image);
    const { exitCode } = execaSync(QEMU_PROGRAMS.arm64, qemuArguments(result.output!.board, image), { reject: false, timeout: 30_000, stdin: 'ignore' });
    expect(exitCode).toBe(1);
  }, 60_000);
});
