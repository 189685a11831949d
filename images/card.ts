/**
 * The disk or card that a board boots from: two system slots and a configuration partition.
 *
 * | partition | content |
 * |---|---|
 * | slot A | FAT32: what the board's firmware reads, and the kernel |
 * | slot B | the same, empty until the first update |
 * | configuration | the slot record, twice (`slot-record.ts`) |
 *
 * Identifiers are made from the name of the system and of the board: the same system gives the same bytes.
 */
import { crc32 } from '../fluxc/base/crc32.ts';
import { type Disk, makeDisk, type Piece, SECTOR, shifted } from './disk.ts';
import { type FatFile, writeFat } from './fat.ts';
import { GPT_ENTRY_BYTES, GPT_FIRST_SECTOR, GPT_LAST_SECTORS, GptType, guidBytes, writeGpt } from './gpt.ts';
import { MbrType, writeMbr } from './mbr.ts';
import { COPY_DISTANCE, writeSlotRecord } from './slot-record.ts';

export interface CardPlan {
  table: 'mbr' | 'gpt';
  /** what the identifiers are made from: ASCII */
  name: string;
  files: readonly FatFile[];
  /** GPT only: number of the partition that is slot A; some firmware wants others before it */
  firstPartition?: number;
  /** GPT only: type of the slots' partitions */
  slotType?: string;
  /** boot code of a BIOS, for the first sector */
  bootCode?: Uint8Array;
  /** what that boot code loads: from sector `STAGE_2_SECTOR` on, before the first partition */
  stage2?: Uint8Array;
}

const MIB = (1024 * 1024) / SECTOR;
/** Sectors. All partitions start at whole MiB: flash pages and erase blocks fit. */
const FIRST = MIB;
const SLOT = 40 * MIB;
const CONFIGURATION = MIB;
/** A power of two, which QEMU's card wants, and small enough for any card that is still sold. */
const TOTAL = 128 * MIB;
export const STAGE_2_SECTOR = 64;

/** First sectors of the parts. */
export const SLOT_A = FIRST;
export const SLOT_B = FIRST + SLOT;
export const CONFIGURATION_START = FIRST + 2 * SLOT;
export const CONFIGURATION_BYTES = CONFIGURATION * SECTOR;
/** As people call them. */
export const SLOT_NAMES = ['A', 'B'] as const;

export function makeCard(plan: CardPlan): Disk {
  const pieces: Piece[] = [
    ...makeSlot(plan, 0), ...makeSlot({ ...plan, files: [] }, 1),
    ...shifted(configuration(), CONFIGURATION_START * SECTOR),
    ...(plan.table === 'mbr' ? [mbr(plan)] : gpt(plan)),
  ];
  if (plan.stage2) {
    if (plan.stage2.length > (FIRST - STAGE_2_SECTOR) * SECTOR) throw new Error('the second stage reaches into the first partition');
    pieces.push({ offset: STAGE_2_SECTOR * SECTOR, bytes: plan.stage2 });
  }
  return makeDisk(TOTAL * SECTOR, pieces);
}

/** Slot A (0) or B (1) with the plan's files, where it lies on the card. */
export function makeSlot({ name, files }: Pick<CardPlan, 'name' | 'files'>, slot: 0 | 1): Piece[] {
  const label = `SLOT-${SLOT_NAMES[slot]}`;
  const hidden = [SLOT_A, SLOT_B][slot]!;
  return shifted(writeFat({ sectors: SLOT, hidden, label, serial: number(`${name} ${label}`), files, kind: 32 }), hidden * SECTOR);
}

/** Bytes at the start of a disk that say whether it has this layout. */
export const TABLE_BYTES = GPT_FIRST_SECTOR * SECTOR;

/**
 * What starts a disk that begins with these bytes and was laid out by `makeCard`, its partitions where they lie on all of our cards: a loader
 * of ours, which reads the slot record, or the machine's own firmware, which does not. Null if it is another disk.
 */
export function cardStarter(start: Uint8Array): 'loader' | 'firmware' | null {
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  if (start.length < TABLE_BYTES || view.getUint16(510, true) !== 0xaa55) return null;
  const starts = new Set<number>();
  let hasLoader = false;
  if (start[450] === MbrType.Protective) {
    const system = guidBytes(GptType.EfiSystem);
    for (let at = 2 * SECTOR; at < TABLE_BYTES; at += GPT_ENTRY_BYTES) {
      starts.add(view.getUint32(at + 32, true));
      if (view.getUint32(at + 32, true) === SLOT_A) hasLoader = system.every((byte, index) => start[at + index] === byte);
    }
  } else for (let entry = 0; entry < 4; entry++) starts.add(view.getUint32(446 + 16 * entry + 8, true));
  if (![SLOT_A, SLOT_B, CONFIGURATION_START].every((sector) => starts.has(sector))) return null;
  return hasLoader ? 'loader' : 'firmware';
}

/** Both copies whole: slot A is active and needs no proof. The second one is older. */
function configuration(): Piece[] {
  const record = (sequence: number) => writeSlotRecord({ sequence, active: 0, confirmed: true, tries: 0 });
  return [{ offset: 0, bytes: record(1) }, { offset: COPY_DISTANCE, bytes: record(0) }];
}

function mbr({ name, bootCode }: CardPlan): Piece {
  const partitions = [
    { type: MbrType.Fat32, start: SLOT_A, count: SLOT, active: true }, { type: MbrType.Fat32, start: SLOT_B, count: SLOT },
    { type: MbrType.Data, start: CONFIGURATION_START, count: CONFIGURATION },
  ];
  return { offset: 0, bytes: writeMbr({ partitions, signature: number(`${name} disk`), ...(bootCode ? { code: bootCode } : {}) }) };
}

function gpt({ name, firstPartition = 1, slotType = GptType.BasicData, bootCode }: CardPlan): Piece[] {
  if (CONFIGURATION_START + CONFIGURATION > TOTAL - GPT_LAST_SECTORS) throw new Error('the partitions do not fit');
  const partition = (part: string, type: string, start: number, count: number, isBootable = false) => {
    return { type, id: guid(`${name} ${part}`), name: part, start, count, isBootable };
  };
  return writeGpt({
    id: guid(`${name} disk`), sectors: TOTAL, firstNumber: firstPartition, ...(bootCode ? { code: bootCode } : {}),
    partitions: [
      partition('slot-a', slotType, SLOT_A, SLOT, true), partition('slot-b', slotType, SLOT_B, SLOT),
      partition('configuration', GptType.LinuxData, CONFIGURATION_START, CONFIGURATION),
    ],
  });
}

function number(text: string): number {
  return crc32(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
}

/** A GUID of the form for names (RFC 9562, version 8: made by rules of one's own). */
function guid(text: string): string {
  const words = [0, 1, 2, 3].map((part) => number(`${part} ${text}`));
  words[1] = ((words[1]! & 0xffff0fff) | 0x8000) >>> 0;
  words[2] = ((words[2]! & 0x3fffffff) | 0x80000000) >>> 0;
  const hex = words.map((word) => word.toString(16).padStart(8, '0')).join('').toUpperCase();
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
