/** The slots of a card that is written already: which one is started, and how another comes to be. */
import { closeSync, openSync, readSync } from 'node:fs';
import { cardStarter, CONFIGURATION_BYTES, CONFIGURATION_START, TABLE_BYTES } from '../../images/card.ts';
import { type Piece, SECTOR } from '../../images/disk.ts';
import { chooseSlotRecord, nextSlotRecord, type SlotRecord } from '../../images/slot-record.ts';

/** Where the two copies of the record lie. */
const CONFIGURATION_OFFSET = CONFIGURATION_START * SECTOR;

export interface CardSlots {
  /** the configuration partition */
  configuration: Uint8Array;
  /** what counts; null if both copies are damaged */
  record: SlotRecord | null;
  /** whether what starts the card goes by the record */
  isHeeded: boolean;
}

/** The slots of the card at `path`; null if there is another disk, or none. Throws what the system says if it cannot be read. */
export function readSlots(path: string): CardSlots | null {
  const descriptor = openSync(path, 'r');
  try {
    const start = bytesAt(descriptor, 0, TABLE_BYTES);
    const configuration = bytesAt(descriptor, CONFIGURATION_OFFSET, CONFIGURATION_BYTES);
    const starter = cardStarter(start);
    if (starter === null || configuration.length < CONFIGURATION_BYTES) return null;
    return { configuration, record: chooseSlotRecord(configuration)?.record ?? null, isHeeded: starter === 'loader' };
  } finally {
    closeSync(descriptor);
  }
}

function bytesAt(descriptor: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let count = 0;
  while (count < length) {
    const now = readSync(descriptor, bytes, count, length - count, offset + count);
    if (now === 0) break;
    count += now;
  }
  return bytes.subarray(0, count);
}

/** What to write so that `slot` is started from now on: for good, or for so many tries. The copy that counts stays. */
export function startPiece({ configuration }: CardSlots, slot: 0 | 1, tries: number): Piece {
  const { offset, bytes } = nextSlotRecord(configuration, { active: slot, confirmed: tries === 0, tries });
  return { offset: CONFIGURATION_OFFSET + offset, bytes };
}
