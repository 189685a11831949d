/** `fluxos firmware`: which files of the boards' vendors a card needs, where this machine has them, and fetching them. */
import { resolve } from 'node:path';
import { Sources } from '../../fluxc/base/source.ts';
import { type Board, loadBoard } from '../../fluxc/board/board.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { boardFileExists, boardNames } from '../boards.ts';
import { cacheFolder, findFirmware } from '../firmware.ts';
import { download, OFFICIAL } from '../firmware-download.ts';
import { HOME, readerOf } from '../host.ts';
import { Interrupts } from '../interrupt.ts';
import { failure, type Output } from '../output.ts';
import { ALL_BOARDS } from '../project.ts';
import { shown } from './build.ts';

export interface FirmwareCommandOptions {
  board?: string;
  /** the folder whose boards and `firmware/` count too */
  project: string;
  from?: string;
  anyVersion?: boolean;
}

export type FirmwareAction = 'list' | 'fetch' | 'path';

export async function firmwareCommand(action: FirmwareAction, output: Output, options: FirmwareCommandOptions): Promise<number> {
  if (action === 'path') {
    output.json({ folder: cacheFolder() });
    output.line(cacheFolder());
    return 0;
  }
  const boards = boardsWanted(output, options);
  if (!boards) return 1;
  return action === 'list' ? list(boards, output, options) : fetchAll(boards, output, options);
}

/** The boards that have firmware; null, with everything said, if the one that was asked for is none. */
function boardsWanted(output: Output, { board, project }: FirmwareCommandOptions): Board[] | null {
  const folders = [resolve(project), HOME];
  if (board !== undefined && board !== ALL_BOARDS && !boardFileExists(folders, board)) {
    output.diagnostics(failure('FX0701', board), new Sources());
    return null;
  }
  const names = board === undefined || board === ALL_BOARDS ? boardNames(folders) : [board];
  const boards: Board[] = [];
  for (const name of names) {
    const sources = new Sources();
    const diagnostics = new Diagnostics();
    const loaded = loadBoard(name, readerOf(folders), sources, diagnostics);
    output.diagnostics(diagnostics, sources);
    if (loaded?.card && loaded.card.firmware.size > 0) boards.push(loaded);
  }
  return boards;
}

function list(boards: readonly Board[], output: Output, { project }: FirmwareCommandOptions): number {
  let isMissing = false;
  const reports = boards.map(({ id, name, card }) => {
    const found = findFirmware(card!.firmware, { project: resolve(project) });
    const files = [...card!.firmware].map(([file, sha256]) => {
      const here = found.files.find((one) => one.name === file);
      return { name: file, sha256, path: here?.path ?? null, state: here ? (here.isKnown ? 'known' : 'other version') : 'missing' };
    });
    output.line(`${id} (${name})`);
    for (const { name: file, path, state } of files) output.line(`  ${file.padEnd(16)} ${state.padEnd(14)} ${path === null ? '' : shown(path)}`.trimEnd());
    isMissing ||= found.missing.length > 0;
    return { board: id, name, files, folders: found.folders };
  });
  output.json({ boards: reports });
  if (boards.length === 0) output.line('no firmware is needed');
  if (isMissing) {
    output.line();
    output.line('To get what is missing: `fluxos firmware fetch`, or the package `raspi-firmware`');
  }
  return 0;
}

async function fetchAll(boards: readonly Board[], output: Output, options: FirmwareCommandOptions): Promise<number> {
  const from = baseOf(options.from ?? OFFICIAL.url);
  if (from === null) {
    output.diagnostics(failure('FX0860', options.from!), new Sources());
    return 1;
  }
  const wanted = new Map(boards.flatMap(({ card }) => [...card!.firmware]));
  output.remark(`${OFFICIAL.terms}\nLicence: ${OFFICIAL.licence}\nFrom: ${from}`);
  const interrupts = new Interrupts();
  const result = await download(wanted, {
    from, folder: cacheFolder(), anyVersion: options.anyVersion, signal: interrupts.signal,
    onProgress: (name, bytes, total) => output.progress(`${name}: ${bytes}${total === null ? '' : ` of ${total}`} bytes`),
  });
  interrupts.end();
  output.endProgress();
  output.json({ from, folder: cacheFolder(), licence: OFFICIAL.licence, ...result });
  switch (result.kind) {
    case 'done':
      for (const { name, bytes, isKnown, path } of result.files) {
        output.line(`${name.padEnd(16)} ${String(bytes).padStart(8)} bytes  ${isKnown ? 'known' : 'other version'}  ${path}`);
      }
      return 0;
    case 'failed': output.diagnostics(failure('FX0861', result.name, result.why), new Sources()); return 1;
    case 'differs': output.diagnostics(failure('FX0862', result.name, result.sha256), new Sources()); return 1;
    case 'interrupted': output.diagnostics(failure('FX0863'), new Sources()); return interrupts.status ?? 1;
  }
}

/** With a slash at its end; null if it is no address of the web. */
function baseOf(text: string): string | null {
  try {
    const url = new URL(text.endsWith('/') ? text : `${text}/`);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
  } catch {
    return null;
  }
}
