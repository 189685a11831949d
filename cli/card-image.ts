/** The card or disk of a board, put together: the kernel that was built, loaders, the files of the board's description, the firmware that this machine has. */
import { encodeUtf8 } from '../fluxc/base/utf8.ts';
import { Sources } from '../fluxc/base/source.ts';
import type { Board } from '../fluxc/board/board.ts';
import type { Compilation } from '../fluxc/compile.ts';
import { Diagnostics } from '../fluxc/diagnostics/diagnostic.ts';
import { type LoaderRequest, makeBios, makeEfi } from '../fluxc/loaders.ts';
import { type CardPlan, makeCard } from '../images/card.ts';
import type { Disk } from '../images/disk.ts';
import { GptType } from '../images/gpt.ts';
import { findFirmware, type FoundFirmware } from './firmware.ts';
import { hostOf } from './compiler-host.ts';
import { HOME } from './host.ts';
import { LIBRARY } from './library.ts';
import type { Output } from './output.ts';
import type { Project } from './project.ts';

export interface CardImage {
  disk: Disk;
  firmware: FoundFirmware;
}

export function cardImage(compilation: Compilation, project: Project, firmwareFolder: string | undefined, output: Output): CardImage | null {
  const found = cardPlan(compilation, project, firmwareFolder, output);
  return found && { disk: makeCard(found.plan), firmware: found.firmware };
}

/**
 * What is on the card. Null if the board's file describes none, or if its loaders cannot be built, which is said. Without firmware
 * the card is whole but for that, and boots in QEMU only.
 */
export function cardPlan(
  compilation: Compilation, project: Project, firmwareFolder: string | undefined, output: Output,
): { plan: CardPlan; firmware: FoundFirmware } | null {
  const { board } = compilation;
  const { card } = board;
  if (!card) return null;
  const efi = card.efi === null ? null : efiProgram(compilation, project, output);
  const bios = board.boot.bios === null ? null : withLoader(board, project, output, makeBios);
  if ((card.efi !== null && !efi) || (board.boot.bios !== null && !bios)) return null;
  const firmware = findFirmware(card.firmware, { project: project.folder, ...(firmwareFolder === undefined ? {} : { folder: firmwareFolder }) });
  const files = [
    ...firmware.files.map(({ name, bytes }) => ({ path: name, bytes })),
    ...[...card.files].map(([path, text]) => ({ path, bytes: Uint8Array.from(encodeUtf8(text)) })),
    { path: card.kernel, bytes: compilation.image },
    ...(efi ? [{ path: card.efi!, bytes: efi }] : []),
  ];
  const plan: CardPlan = {
    table: card.table, name: `${project.name} ${board.id}`, files, firstPartition: card.firstPartition,
    ...(efi ? { slotType: GptType.EfiSystem } : {}), ...(bios ? { bootCode: bios.sector, stage2: bios.stage2 } : {}),
  };
  return { plan, firmware };
}

/** The program that UEFI firmware starts, with the kernel inside. Null if the board has none, or if it cannot be built, which is said. */
export function efiProgram({ board, image }: Compilation, project: Project, output: Output): Uint8Array | null {
  return board.boot.efi === null ? null : withLoader(board, project, output, (request) => makeEfi(request, image));
}

function withLoader<T>(board: Board, project: Project, output: Output, make: (request: LoaderRequest) => T | null): T | null {
  const host = hostOf([project.folder, HOME]);
  const sources = new Sources(LIBRARY.sources);
  const diagnostics = new Diagnostics();
  const made = make({ host, board, sources, diagnostics, library: LIBRARY });
  output.diagnostics(diagnostics, sources);
  return made;
}

/** The formats that `fluxos build --format` can write for the board. */
export function formatsOf({ boot, card }: Board): string[] {
  return ['image', 'elf', ...(boot.efi === null ? [] : ['efi']), ...(card ? ['sd', 'disk'] : [])];
}
