/** The card of a board, put together: the kernel that was built, the files of the board's description, the firmware that this machine has. */
import type { Compilation } from '../fluxc/compile.ts';
import { encodeUtf8 } from '../fluxc/base/utf8.ts';
import { makeCard } from '../images/card.ts';
import type { Disk } from '../images/disk.ts';
import { findFirmware, type FoundFirmware } from './firmware.ts';
import type { Project } from './project.ts';

export interface CardImage {
  disk: Disk;
  firmware: FoundFirmware;
}

/** Null if the board's file describes no card. Without firmware the card is whole but for that, and boots in QEMU only. */
export function cardImage(compilation: Compilation, project: Project, firmwareFolder: string | undefined): CardImage | null {
  const { board } = compilation;
  const { card } = board;
  if (!card) return null;
  const firmware = findFirmware(card.firmware, { project: project.folder, ...(firmwareFolder === undefined ? {} : { folder: firmwareFolder }) });
  const files = [
    ...firmware.files.map(({ name, bytes }) => ({ path: name, bytes })),
    ...[...card.files].map(([path, text]) => ({ path, bytes: Uint8Array.from(encodeUtf8(text)) })),
    { path: card.kernel, bytes: compilation.image },
  ];
  const disk = makeCard({ table: card.table, name: `${project.name} ${board.id}`, files, firstPartition: card.firstPartition });
  return { disk, firmware };
}
