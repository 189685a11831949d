import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { type CardPlan, CONFIGURATION_START, makeCard, SLOT_A, SLOT_B } from '../../images/card.ts';
import { flatten, SECTOR } from '../../images/disk.ts';
import {
  chooseSlotRecord, COPY_DISTANCE, nextSlotRecord, readSlotRecord, RECORD_BYTES, type SlotRecord, writeSlotRecord,
} from '../../images/slot-record.ts';

const FILES = [{ path: 'kernel8.img', bytes: Uint8Array.of(1, 2, 3) }, { path: 'config.txt', bytes: Buffer.from('arm_64bit=1\n') }];
const PLANS: [string, CardPlan][] = [
  ['mbr', { table: 'mbr', name: 'sensor rpi4', files: FILES }],
  ['gpt', { table: 'gpt', name: 'sensor riscv', files: FILES, firstPartition: 3 }],
];

function run(program: string, ...args: string[]): string {
  const { stdout, stderr, exitCode } = execaSync(program, args, { reject: false });
  expect(exitCode, `${program}: ${stdout}${stderr}`).toBe(0);
  return stdout;
}

describe.each(PLANS)('a card with %s', (table, plan) => {
  const path = join(mkdtempSync(join(tmpdir(), 'fluxos-card-')), 'card.img');
  const disk = makeCard(plan);
  writeFileSync(path, flatten(disk));

  it('has a table that others read', () => {
    if (table === 'gpt') {
      expect(run('sgdisk', '--verify', path)).toContain('No problems found');
      expect(run('sgdisk', '-i', '3', path)).toMatch(/Attribute flags: 0000000000000004[^]*'slot-a'/);
    } else expect(run('sfdisk', '--verify', path)).toContain('No errors');
  });

  it('has two clean slots, the first with the files', () => {
    for (const start of [SLOT_A, SLOT_B]) {
      const slot = `${path}.${start}`;
      writeFileSync(slot, flatten(disk).subarray(start * SECTOR, start * SECTOR + 40 * 2 ** 20));
      run('fsck.fat', '-n', slot);
    }
    expect(run('mtype', '-i', `${path}@@${SLOT_A * SECTOR}`, '::config.txt')).toBe('arm_64bit=1');
    expect(run('mdir', '-b', '-i', `${path}@@${SLOT_B * SECTOR}`, '::')).toBe('');
  });

  it('says that slot A is to be started', () => {
    const partition = flatten(disk).subarray(CONFIGURATION_START * SECTOR, CONFIGURATION_START * SECTOR + 2 ** 20);
    expect(chooseSlotRecord(partition)).toEqual({ record: { sequence: 1, active: 0, confirmed: true, tries: 0 }, copy: 0 });
  });

  it('is the same bytes for the same system, others for another', () => {
    expect(Buffer.compare(Buffer.from(flatten(makeCard(plan))), Buffer.from(flatten(disk)))).toBe(0);
    expect(Buffer.compare(Buffer.from(flatten(makeCard({ ...plan, name: 'other' }))), Buffer.from(flatten(disk)))).not.toBe(0);
  });
});

describe('the slot record', () => {
  const RECORD: SlotRecord = { sequence: 7, active: 1, confirmed: false, tries: 3 };
  const partitionOf = (first: Uint8Array | null, second: Uint8Array | null) => {
    const bytes = new Uint8Array(2 ** 20).fill(0xff);
    if (first) bytes.set(first);
    if (second) bytes.set(second, COPY_DISTANCE);
    return bytes;
  };

  it('is read back, and refused after any one bit has changed', () => {
    const bytes = writeSlotRecord(RECORD);
    expect(readSlotRecord(bytes)).toEqual(RECORD);
    for (let bit = 0; bit < 8 * RECORD_BYTES; bit++) {
      const changed = bytes.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(readSlotRecord(changed), `bit ${bit}`).toBeNull();
    }
    expect(readSlotRecord(bytes.subarray(0, 63))).toBeNull();
  });

  it('survives the loss of either copy and a write that was cut anywhere', () => {
    const old = partitionOf(writeSlotRecord({ ...RECORD, sequence: 6, active: 0 }), writeSlotRecord({ ...RECORD, sequence: 5, active: 0 }));
    const { offset, bytes } = nextSlotRecord(old, { active: 1, confirmed: false, tries: 3 });
    expect(offset).toBe(COPY_DISTANCE);
    for (let length = 0; length <= RECORD_BYTES; length++) {
      const torn = old.slice();
      torn.set(bytes.subarray(0, length), offset);
      const chosen = chooseSlotRecord(torn)!.record;
      expect([6, 7]).toContain(chosen.sequence);
      expect(chosen.active).toBe(chosen.sequence === 7 ? 1 : 0);
    }
    expect(chooseSlotRecord(partitionOf(null, bytes))!.record.sequence).toBe(7);
    expect(chooseSlotRecord(partitionOf(bytes, null))!.record.sequence).toBe(7);
    expect(chooseSlotRecord(partitionOf(null, null))).toBeNull();
  });

  it('counts on beyond the largest number', () => {
    let partition = partitionOf(writeSlotRecord({ ...RECORD, sequence: 0xfffffffd }), null);
    for (let step = 1; step <= 600; step++) {
      const { offset, bytes } = nextSlotRecord(partition, { active: (step & 1) as 0 | 1, confirmed: true, tries: 0 });
      partition = partition.slice();
      partition.set(bytes, offset);
      expect(chooseSlotRecord(partition)!.record).toEqual({ sequence: (0xfffffffd + step) >>> 0, active: step & 1, confirmed: true, tries: 0 });
    }
  });
});
