/**
 * GUID partition tables: protective MBR, header and entries at the start of the disk, and both once more at its end.
 *
 * Source: UEFI Specification 2.10, sections 5.2.3 and 5.3.
 */
import { crc32 } from '../fluxc/base/crc32.ts';
import { type Piece, SECTOR } from './disk.ts';
import { MbrType, writeMbr } from './mbr.ts';

export interface GptPartition {
  /** type, as text: `C12A7328-F81F-11D2-BA4B-00A0C93EC93B` */
  type: string;
  /** of this very partition, as text */
  id: string;
  name: string;
  /** first sector */
  start: number;
  /** sectors */
  count: number;
  /** U-Boot looks for its configuration on these (attribute bit 2, legacy BIOS bootable) */
  isBootable?: boolean;
}

/** Partition types that our images use. */
export const GptType = {
  EfiSystem: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  BasicData: 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7',
  LinuxData: '0FC63DAF-8483-4772-8E79-3D69D8477DE4',
} as const;

export interface Gpt {
  /** of the disk, as text */
  id: string;
  /** sectors of the disk */
  sectors: number;
  partitions: readonly GptPartition[];
  /** number of the first of them, from 1 on; those before stay free */
  firstNumber?: number;
  /** boot code for a BIOS in the protective MBR */
  code?: Uint8Array;
}

const ENTRIES = 128;
export const GPT_ENTRY_BYTES = 128;
const ARRAY_SECTORS = (ENTRIES * GPT_ENTRY_BYTES) / SECTOR;
/** Sectors before the first that a partition may use, and behind the last. */
export const GPT_FIRST_SECTOR = 2 + ARRAY_SECTORS;
export const GPT_LAST_SECTORS = 1 + ARRAY_SECTORS;

/** The sectors that the table occupies, at the start and at the end of the disk. */
export function writeGpt(gpt: Gpt): Piece[] {
  const last = gpt.sectors - 1;
  const array = entryArray(gpt);
  const arrayCrc = crc32(array);
  const backup = last - ARRAY_SECTORS;
  const protective = writeMbr({
    partitions: [{ type: MbrType.Protective, start: 1, count: Math.min(last, 0xffffffff) }], signature: 0,
    ...(gpt.code ? { code: gpt.code } : {}),
  });
  // The protective entry starts at head 0, sector 2 and reaches to the end of what CHS can say.
  protective.set([0, 2, 0], 447);
  protective.set([0xff, 0xff, 0xff], 451);
  return [
    { offset: 0, bytes: protective },
    { offset: SECTOR, bytes: header(gpt, arrayCrc, 1, last, 2) },
    { offset: 2 * SECTOR, bytes: array },
    { offset: backup * SECTOR, bytes: array },
    { offset: last * SECTOR, bytes: header(gpt, arrayCrc, last, 1, backup) },
  ];
}

function header({ id, sectors }: Gpt, arrayCrc: number, own: number, other: number, array: number): Uint8Array {
  const bytes = new Uint8Array(SECTOR);
  const view = new DataView(bytes.buffer);
  bytes.set([0x45, 0x46, 0x49, 0x20, 0x50, 0x41, 0x52, 0x54]); // EFI PART
  view.setUint32(8, 0x00010000, true);
  view.setUint32(12, 92, true);
  put64(view, 24, own);
  put64(view, 32, other);
  put64(view, 40, GPT_FIRST_SECTOR);
  put64(view, 48, sectors - 1 - GPT_LAST_SECTORS);
  bytes.set(guidBytes(id), 56);
  put64(view, 72, array);
  view.setUint32(80, ENTRIES, true);
  view.setUint32(84, GPT_ENTRY_BYTES, true);
  view.setUint32(88, arrayCrc, true);
  view.setUint32(16, crc32(bytes.subarray(0, 92)), true);
  return bytes;
}

function entryArray({ partitions, sectors, firstNumber = 1 }: Gpt): Uint8Array {
  if (firstNumber - 1 + partitions.length > ENTRIES) throw new Error(`a GPT holds ${ENTRIES} partitions`);
  const bytes = new Uint8Array(ENTRIES * GPT_ENTRY_BYTES);
  const view = new DataView(bytes.buffer);
  partitions.forEach(({ type, id, name, start, count, isBootable }, index) => {
    if (start < GPT_FIRST_SECTOR || start + count > sectors - GPT_LAST_SECTORS) throw new Error(`partition ${name} overlaps the table`);
    const at = (firstNumber - 1 + index) * GPT_ENTRY_BYTES;
    bytes.set(guidBytes(type), at);
    bytes.set(guidBytes(id), at + 16);
    put64(view, at + 32, start);
    put64(view, at + 40, start + count - 1);
    if (isBootable) put64(view, at + 48, 4);
    for (let i = 0; i < Math.min(name.length, 36); i++) view.setUint16(at + 56 + 2 * i, name.charCodeAt(i), true);
  });
  return bytes;
}

/** A GUID's sixteen bytes: the first three groups little-endian, the others as written. */
export function guidBytes(text: string): Uint8Array {
  const digits = text.replace(/-/g, '');
  if (!/^[0-9a-fA-F]{32}$/.test(digits)) throw new Error(`${text} is no GUID`);
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  return Uint8Array.from(order, (index) => parseInt(digits.slice(2 * index, 2 * index + 2), 16));
}

function put64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
}
