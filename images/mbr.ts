/**
 * The master boot record: the first sector of a disk, with up to four partitions.
 *
 * Source: UEFI Specification 2.10, section 5.2 (legacy MBR, protective MBR); the code area and the disk signature are the
 * PC's own convention.
 */
import { SECTOR } from './disk.ts';

/** Partition types that our images use. */
export const MbrType = { Fat32: 0x0c, Fat16: 0x0e, Linux: 0x83, Data: 0xda, Protective: 0xee } as const;

export interface MbrPartition {
  type: number;
  /** in sectors */
  start: number;
  /** in sectors */
  count: number;
  active?: boolean;
}

export interface Mbr {
  partitions: readonly MbrPartition[];
  /** 32 bits that tell disks apart */
  signature: number;
  /** the boot code of a BIOS, at most 440 bytes */
  code?: Uint8Array;
}

export const MBR_CODE_BYTES = 440;
const TABLE = 446;
const LAST_CHS_SECTOR = 1023 * 255 * 63;

export function writeMbr({ partitions, signature, code }: Mbr): Uint8Array {
  if (partitions.length > 4) throw new Error('an MBR holds four partitions');
  if (code && code.length > MBR_CODE_BYTES) throw new Error(`the boot code of an MBR has at most ${MBR_CODE_BYTES} bytes`);
  const bytes = new Uint8Array(SECTOR);
  const view = new DataView(bytes.buffer);
  if (code) bytes.set(code);
  view.setUint32(MBR_CODE_BYTES, signature, true);
  partitions.forEach(({ type, start, count, active }, index) => {
    const at = TABLE + 16 * index;
    bytes[at] = active ? 0x80 : 0;
    bytes.set(chs(start), at + 1);
    bytes[at + 4] = type;
    bytes.set(chs(start + count - 1), at + 5);
    view.setUint32(at + 8, start, true);
    view.setUint32(at + 12, count, true);
  });
  view.setUint16(510, 0xaa55, true);
  return bytes;
}

/** Cylinder, head and sector for 255 heads and 63 sectors, or the largest where the number does not fit. */
function chs(sector: number): number[] {
  if (sector >= LAST_CHS_SECTOR) return [0xfe, 0xff, 0xff];
  const cylinder = Math.floor(sector / (255 * 63));
  const head = Math.floor(sector / 63) % 255;
  return [head, (sector % 63) + 1 | (cylinder >> 8) << 6, cylinder & 0xff];
}
