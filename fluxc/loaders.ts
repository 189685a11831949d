/**
 * Loaders: small programs that run before the kernel, made of documents like everything else.
 *
 * A board's file names them (`boot.efi`, `boot.bios`). A loader is linked on its own: no kernel, no board, only what its
 * document uses. What it hands over to is an image that is built already and enters it the way that any other loader would.
 */
import { type PeSection, writePe } from '../images/pe.ts';
import type { Sources } from './base/source.ts';
import type { Board } from './board/board.ts';
import type { Diagnostics } from './diagnostics/diagnostic.ts';
import { optimise } from './fir/passes/pipeline.ts';
import { checkModules, lowerKernel } from './lang/compile-modules.ts';
import { Documents } from './lang/documents.ts';
import type { Host } from './lang/host.ts';
import type { Library } from './lang/library.ts';
import { loadModules } from './lang/load.ts';
import { alignUp, PAGE } from './link/layout.ts';
import { link, type LinkedImage } from './link/link.ts';
import { generate } from './target/machine/generate.ts';
import { TARGETS } from './targets.ts';

export interface LoaderRequest {
  host: Host;
  board: Board;
  sources: Sources;
  diagnostics: Diagnostics;
  library?: Library;
}

/** `machine` of a COFF header (PE Format, "Machine Types"). */
const PE_MACHINES = { x86_64: 0x8664, arm64: 0xaa64, riscv64: 0x5064 } as const;
/** A PC's firmware loads the first sector here; that sector loads as many sectors as this behind it. */
const BOOT_SECTOR = 0x7c00;
const STAGE_2 = 0x8000;
export const STAGE_2_BYTES = 64 * 512;

/** The program for UEFI firmware: the board's loader with the kernel inside. Null, with what is wrong reported. */
export function makeEfi(request: LoaderRequest, kernel: Uint8Array): Uint8Array | null {
  const { board } = request;
  const linked = linkLoader(request, board.boot.efi!, PAGE);
  if (!linked) return null;
  const sections: PeSection[] = linked.sections.filter(({ size }) => size > 0).map(({ name, address, bytes, size, permission }) => {
    return { name, address, bytes, size, write: permission === 'write', execute: permission === 'execute' };
  });
  // The loader finds it behind its own last page: the number of bytes, the address that the kernel was linked to, the bytes.
  const payload = new Uint8Array(16 + kernel.length);
  const view = new DataView(payload.buffer);
  view.setUint32(0, kernel.length, true);
  view.setUint32(8, board.boot.load, true);
  payload.set(kernel, 16);
  sections.push({ name: '.kernel', address: alignUp(linked.end, PAGE), bytes: payload, size: payload.length, write: false, execute: false });
  return writePe({ machine: PE_MACHINES[board.arch], entry: linked.entry, sections });
}

/** What a PC's BIOS starts: the code of the first sector, and what that loads. Null, with what is wrong reported. */
export function makeBios(request: LoaderRequest): { sector: Uint8Array; stage2: Uint8Array } | null {
  const document = request.board.boot.bios!;
  const sector = linkLoader(request, `${document}_sector`, BOOT_SECTOR);
  const stage2 = linkLoader(request, document, STAGE_2);
  if (!sector || !stage2) return null;
  const flat = flatBytes(stage2);
  if (flat.length > STAGE_2_BYTES) throw new Error('the second stage is larger than what the first sector loads');
  return { sector: flatBytes(sector), stage2: flat };
}

/** Memory from the first byte on, zeros at the end left out. */
function flatBytes({ start, sections }: LinkedImage): Uint8Array {
  const filled = sections.filter(({ bytes }) => bytes.length > 0);
  const end = filled.reduce((last, { address, bytes }) => Math.max(last, address + bytes.length), start);
  const flat = new Uint8Array(end - start);
  for (const { address, bytes } of filled) flat.set(bytes, address - start);
  return flat;
}

/** The program of a loader's document, placed at `base`. Its entry is the document's `entry`. */
export function linkLoader({ host, board, sources, diagnostics, library }: LoaderRequest, document: string, base: number): LinkedImage | null {
  const { arch } = board;
  const target = TARGETS[arch];
  const aliases = new Map<string, string>();
  const documents = new Documents(host, sources, diagnostics, library ?? null);
  const modules = loadModules(documents, { main: null, roots: [document] }, { arch, aliases, extra: new Map() }, diagnostics);
  if (diagnostics.failed) return null;
  const checked = checkModules(modules, { arch, placements: new Map(), aliases, tests: false, exports: [], sources }, diagnostics);
  if (diagnostics.failed) return null;
  const module = lowerKernel(checked);
  optimise(module, target, { level: 2 });
  const atoms = generate(module, target, diagnostics);
  if (diagnostics.failed) return null;
  return link({ module, atoms, target, sources, base, entry: `${document}.entry`, headerBytes: 0 }, diagnostics);
}
