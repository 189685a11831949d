/**
 * The slot record: which of a card's two systems is the one to start.
 *
 * A card has two slots, A and B, and a configuration partition that holds the record twice, `COPY_DISTANCE` bytes apart. An update
 * writes the slot that is not active, then a new record **over the older copy**: a power cut leaves at least one whole copy,
 * and whoever reads takes the whole one with the later sequence number. A record, 64 bytes, little-endian:
 *
 *     0  u32  magic "FXSR"            16  u8   slot to start: 0 is A, 1 is B
 *     4  u16  version of this form     17  u8   1 once a system of that slot has said that it works
 *     6  u16  0                        18  u8   starts that are left to a slot that has not said so
 *     8  u32  sequence number          19       zeros
 *    12  u32  0                        60  u32  CRC-32 of the bytes before
 *
 * Sequence numbers wrap: the later one is that which the other needs fewer steps to reach.
 */
import { crc32 } from '../fluxc/base/crc32.ts';

export interface SlotRecord {
  /** unsigned, 32 bits */
  sequence: number;
  active: 0 | 1;
  confirmed: boolean;
  tries: number;
}

export const RECORD_BYTES = 64;
/** One copy a flash page of its own, however large those are on the card. */
export const COPY_DISTANCE = 65536;
const MAGIC = 0x52535846;
const VERSION = 1;

export function writeSlotRecord(record: SlotRecord): Uint8Array {
  const bytes = new Uint8Array(RECORD_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, VERSION, true);
  view.setUint32(8, record.sequence, true);
  bytes[16] = record.active;
  bytes[17] = record.confirmed ? 1 : 0;
  bytes[18] = record.tries;
  view.setUint32(60, crc32(bytes.subarray(0, 60)), true);
  return bytes;
}

/** The record in one copy; null if it is damaged, or of a form that this fluxos does not know. */
export function readSlotRecord(bytes: Uint8Array): SlotRecord | null {
  if (bytes.length < RECORD_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, RECORD_BYTES);
  if (view.getUint32(0, true) !== MAGIC || view.getUint16(4, true) !== VERSION) return null;
  if (view.getUint32(60, true) !== crc32(bytes.subarray(0, 60))) return null;
  const active = bytes[16]!;
  if (active > 1 || bytes[17]! > 1) return null;
  return { sequence: view.getUint32(8, true), active: active as 0 | 1, confirmed: bytes[17] === 1, tries: bytes[18]! };
}

/** The record that counts of the two copies in a configuration partition, and which copy it is; null if neither is whole. */
export function chooseSlotRecord(partition: Uint8Array): { record: SlotRecord; copy: 0 | 1 } | null {
  const first = readSlotRecord(partition.subarray(0, RECORD_BYTES));
  const second = readSlotRecord(partition.subarray(COPY_DISTANCE, COPY_DISTANCE + RECORD_BYTES));
  if (first && (!second || ((first.sequence - second.sequence) | 0) >= 0)) return { record: first, copy: 0 };
  return second && { record: second, copy: 1 };
}

/** What to write where for a change: the new record, with the next number, over the copy that does not count. */
export function nextSlotRecord(
  partition: Uint8Array, change: Omit<SlotRecord, 'sequence'>,
): { offset: number; bytes: Uint8Array } {
  const current = chooseSlotRecord(partition);
  const sequence = current ? (current.record.sequence + 1) >>> 0 : 0;
  return { offset: current?.copy === 0 ? COPY_DISTANCE : 0, bytes: writeSlotRecord({ ...change, sequence }) };
}

/** The slot that a loader starts by this record: the other one once all tries are used up. */
export function startedSlot({ active, confirmed, tries }: SlotRecord): 0 | 1 {
  return confirmed || tries > 0 ? active : active === 0 ? 1 : 0;
}
