/** Which of a disk's two systems starts: the loaders for a BIOS and for UEFI heed the slot record, whatever state it is in. */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { cardPlan } from '../../cli/card-image.ts';
import { Output } from '../../cli/output.ts';
import { QEMU_PROGRAMS } from '../../cli/qemu.ts';
import type { Board } from '../../fluxc/board/board.ts';
import { compile } from '../../fluxc/compile.ts';
import { CONFIGURATION_BYTES, CONFIGURATION_START, makeCard, makeSlot, SLOT_A, SLOT_B } from '../../images/card.ts';
import { flatten, SECTOR } from '../../images/disk.ts';
import { chooseSlotRecord, COPY_DISTANCE, RECORD_BYTES, type SlotRecord, startedSlot, writeSlotRecord } from '../../images/slot-record.ts';
import { hostWith, readable, ROOT } from '../host.ts';

const U_BOOT = '/usr/lib/u-boot/qemu-riscv64_smode/uboot.elf';
const OVMF = '/usr/share/ovmf/OVMF.fd';
const EDK2 = '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd';
const CONFIGURATION = CONFIGURATION_START * SECTOR;
const OUTPUT = new Output({ json: false, verbose: false });

/** A disk with a system in each slot, told apart by the line that they print. */
function diskOf(id: string): { board: Board; disk: Uint8Array } {
  const systems = ['A', 'B'].map((slot) => {
    const main = `system_${slot.toLowerCase()}.flux.md`;
    const text = `---\nmodule: system_${slot.toLowerCase()}\nuses: [kernel.console]\n---\n\n## fn main(): u32\n\n\`\`\`flux\nconsole.print("this is system ${slot}\\n")\nreturn 0\n\`\`\`\n`;
    const result = compile(hostWith({ [main]: text }), { main, board: id });
    expect(readable(result)).toBe('');
    const project = { folder: ROOT, main, name: 'slots', isDocument: false, board: id };
    return { board: result.output!.board, plan: cardPlan(result.output!, project, undefined, OUTPUT)!.plan };
  });
  const disk = flatten(makeCard(systems[0]!.plan));
  for (const { offset, bytes } of makeSlot(systems[1]!.plan, 1)) disk.set(bytes, offset);
  return { board: systems[0]!.board, disk };
}

/** The two copies of the record as they are to lie on a disk; a copy that is damaged has a wrong byte. */
function withRecords(disk: Uint8Array, first: Partial<SlotRecord> | null, second: Partial<SlotRecord> | null): Uint8Array {
  const changed = disk.slice();
  [first, second].forEach((record, copy) => {
    const bytes = writeSlotRecord({ sequence: 0, active: 0, confirmed: true, tries: 0, ...record });
    if (!record) bytes[30]! ^= 1;
    changed.set(bytes, CONFIGURATION + copy * COPY_DISTANCE);
  });
  return changed;
}

class Machine {
  readonly path = join(mkdtempSync(join(tmpdir(), 'fluxos-slots-')), 'disk.img');

  constructor(private readonly board: Board, private readonly more: (disk: string) => string[], disk: Uint8Array) {
    writeFileSync(this.path, disk);
  }

  /** Boots once. The slot whose system spoke, with what a PC's BIOS has on its screen. */
  async boot(): Promise<{ slot: string | undefined; console: string }> {
    const { machine, cpu, arguments: own } = this.board.qemu!;
    const { stdout } = await execa(QEMU_PROGRAMS[this.board.arch], [
      '-machine', machine, ...(cpu === null ? [] : ['-cpu', cpu]), '-m', '256M', '-display', 'none', '-serial', 'stdio', '-monitor', 'none',
      '-no-reboot', ...own, ...this.more(this.path),
    ], { reject: false, timeout: 60_000, stdin: 'ignore' });
    return { slot: /this is system (.)/.exec(stdout)?.[1], console: stdout };
  }

  get record(): SlotRecord {
    return chooseSlotRecord(readFileSync(this.path).subarray(CONFIGURATION, CONFIGURATION + CONFIGURATION_BYTES))!.record;
  }
}

const DRIVE = (disk: string) => ['-drive', `format=raw,file=${disk}`];

describe('a PC with a BIOS', () => {
  let board: Board;
  let disk: Uint8Array;
  beforeAll(() => ({ board, disk } = diskOf('pc')));
  const machine = (image: Uint8Array, more = DRIVE) => new Machine(board, more, image);

  it.each<[string, Partial<SlotRecord> | null, Partial<SlotRecord> | null, string]>([
    ['starts slot A of a new disk', { sequence: 1 }, {}, 'A'],
    ['starts the slot that the record names', { active: 1, sequence: 1 }, {}, 'B'],
    ['takes the later of two copies', { sequence: 4, active: 0 }, { sequence: 5, active: 1 }, 'B'],
    ['knows that numbers wrap', { sequence: 0, active: 1 }, { sequence: 0xffffffff, active: 0 }, 'B'],
    ['takes the older copy if the later one is damaged', null, { sequence: 3, active: 1 }, 'B'],
    ['starts slot A if both copies are damaged', null, null, 'A'],
    ['starts the other slot if there are no tries left', { sequence: 9, active: 0, confirmed: false, tries: 0 }, {}, 'B'],
  ])('%s', async (_, first, second, slot) => {
    const pc = machine(withRecords(disk, first, second));
    const before = readFileSync(pc.path);
    expect((await pc.boot()).slot).toBe(slot);
    expect(Buffer.compare(readFileSync(pc.path), before), 'nothing is written where nothing is to be counted').toBe(0);
  }, 60_000);

  it('gives a system that is not confirmed its tries and then goes back, for good', async () => {
    const pc = machine(withRecords(disk, { sequence: 7 }, { sequence: 8, active: 1, confirmed: false, tries: 2 }));
    const seen: unknown[] = [];
    for (let start = 0; start < 4; start++) {
      const expected = startedSlot(pc.record) === 0 ? 'A' : 'B';
      const { slot } = await pc.boot();
      expect(slot).toBe(expected);
      seen.push([slot, pc.record.tries, pc.record.sequence]);
    }
    expect(seen).toEqual([['B', 1, 9], ['B', 0, 10], ['A', 0, 10], ['A', 0, 10]]);
  }, 60_000);

  it('writes a count over the older copy, so that the later one outlives a cut', async () => {
    const image = withRecords(disk, { sequence: 7 }, { sequence: 8, active: 1, confirmed: false, tries: 2 });
    const pc = machine(image);
    await pc.boot();
    const after = readFileSync(pc.path);
    const copy = [CONFIGURATION, CONFIGURATION + RECORD_BYTES] as const;
    expect(Buffer.compare(after.subarray(...copy), image.subarray(...copy))).not.toBe(0);
    image.set(after.subarray(...copy), CONFIGURATION);
    expect(Buffer.compare(after, image), 'all else is as it was').toBe(0);
  }, 60_000);

  it('does not try what it cannot count', async () => {
    const image = withRecords(disk, { sequence: 7, active: 1, confirmed: false, tries: 2 }, {});
    const readOnly = (path: string) => ['-drive', `if=none,id=disk,format=raw,readonly=on,file=${path}`, '-device', 'virtio-blk-pci,drive=disk'];
    expect((await machine(image, readOnly).boot()).slot).toBe('A');
  }, 60_000);

  it('starts the other slot, and says so, if the one that it should start has no kernel', async () => {
    const image = withRecords(disk, { sequence: 7, active: 1 }, {});
    image.fill(0, SLOT_B * SECTOR, (SLOT_B + 8) * SECTOR);
    const screen = (path: string) => [...DRIVE(path), '-machine', 'graphics=off'];
    const { slot, console } = await machine(image, screen).boot();
    expect(console).toContain('the slot that is to be started has no kernel, so the other is');
    expect(slot).toBe('A');
  }, 60_000);

  it('starts slot B if slot A is empty and the records are damaged', async () => {
    const image = withRecords(disk, null, null);
    image.fill(0, SLOT_A * SECTOR, (SLOT_A + 8) * SECTOR);
    expect((await machine(image).boot()).slot).toBe('B');
  }, 60_000);
});

describe.each([
  ['a PC with UEFI', 'pc', OVMF, (disk: string) => ['-net', 'none', '-bios', OVMF, ...DRIVE(disk)]],
  ['ARM64 with UEFI', 'qemu-arm64-uefi', EDK2, (disk: string) => [
    '-net', 'none', '-bios', EDK2, '-drive', `if=none,id=disk,format=raw,file=${disk}`, '-device', 'virtio-blk-device,drive=disk',
  ]],
] as const)('%s', (_, id, firmware, more) => {
  // As with machine models (`machine-models.ts`): with `CI` set nothing may be skipped.
  const isThere = existsSync(firmware) || Boolean(process.env['CI']);
  let board: Board;
  let disk: Uint8Array;
  beforeAll(() => ({ board, disk } = diskOf(id)));

  it.skipIf(!isThere)('takes the copy that is whole, counts the try, and goes back when none is left', async () => {
    const machine = new Machine(board, more, withRecords(disk, { sequence: 8, active: 1, confirmed: false, tries: 1 }, null));
    expect((await machine.boot()).slot).toBe('B');
    expect(machine.record).toEqual({ sequence: 9, active: 1, confirmed: false, tries: 0 });
    expect((await machine.boot()).slot).toBe('A');
    expect(machine.record.sequence).toBe(9);
  }, 120_000);

  if (id === 'pc') it.skipIf(!isThere)('starts its own slot if the other one has no kernel', async () => {
    const image = withRecords(disk, { sequence: 8, active: 1 }, {});
    image.fill(0, (SLOT_B + 1) * SECTOR, CONFIGURATION);
    expect((await new Machine(board, more, image).boot()).slot).toBe('A');
  }, 120_000);
});

describe('RISC-V with U-Boot', () => {
  it.skipIf(!existsSync(U_BOOT) && !process.env['CI'])('starts slot B once the mark is moved there, as docs/cards.md says', async () => {
    const { board, disk } = diskOf('qemu-riscv64');
    const more = (path: string) => ['-kernel', U_BOOT, '-drive', `if=none,id=disk,format=raw,file=${path}`, '-device', 'virtio-blk-device,drive=disk'];
    // U-Boot reads no record.
    const machine = new Machine(board, more, withRecords(disk, { sequence: 8, active: 1 }, {}));
    expect((await machine.boot()).slot).toBe('A');
    const [, moved] = /`sgdisk (-A [^`]*)`/.exec(readFileSync(join(ROOT, 'docs/cards.md'), 'utf8'))!;
    await execa('sgdisk', [...moved!.split(' '), machine.path]);
    expect((await machine.boot()).slot).toBe('B');
  }, 120_000);
});
