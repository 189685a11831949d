/**
 * A disk as what is written on it: pieces at offsets, everything between them zero.
 *
 * A card of many gigabytes with a system of some kilobytes stays as small as the system: who writes the disk to a file or
 * a card writes the pieces, and who needs the whole asks for `flatten`.
 */
export const SECTOR = 512;

export interface Piece {
  /** bytes from the start of the disk */
  offset: number;
  bytes: Uint8Array;
}

export interface Disk {
  /** bytes, a multiple of `SECTOR` */
  size: number;
  /** in ascending order, none overlapping */
  pieces: readonly Piece[];
}

/** The pieces of a volume that starts at `offset` of a disk. */
export function shifted(pieces: readonly Piece[], offset: number): Piece[] {
  return pieces.map((piece) => ({ offset: piece.offset + offset, bytes: piece.bytes }));
}

/** A disk of these pieces, put in order. Pieces that overlap or stand out are a mistake of the caller. */
export function makeDisk(size: number, pieces: readonly Piece[]): Disk {
  const ordered = pieces.filter(({ bytes }) => bytes.length > 0).sort((a, b) => a.offset - b.offset);
  let end = 0;
  for (const { offset, bytes } of ordered) {
    if (offset < end || offset + bytes.length > size) throw new Error(`piece at ${offset} overlaps or stands out`);
    end = offset + bytes.length;
  }
  return { size, pieces: ordered };
}

/** The whole disk in one array. */
export function flatten({ size, pieces }: Disk): Uint8Array {
  const bytes = new Uint8Array(size);
  for (const piece of pieces) bytes.set(piece.bytes, piece.offset);
  return bytes;
}
