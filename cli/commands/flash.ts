/** `fluxos flash`: the card of a board onto a card, asked for twice, read back, with a clear end whatever happens. */
import { readFileSync, realpathSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { isatty } from 'node:tty';
import { Sources } from '../../fluxc/base/source.ts';
import type { Code } from '../../fluxc/diagnostics/catalogue.ts';
import { type Disk, makeDisk, SECTOR } from '../../images/disk.ts';
import { cardImage, formatsOf } from '../card-image.ts';
import { type BlockDevice, listDevices } from '../flash/devices.ts';
import { writeDisk, type WriteProgress, type WriteResult } from '../flash/writer.ts';
import { statOf } from '../host.ts';
import { Interrupts } from '../interrupt.ts';
import { failure, type Output } from '../output.ts';
import { ALL_BOARDS, type Project, reasonOf } from '../project.ts';
import { compileProject } from './build.ts';

export interface FlashCommandOptions {
  image?: string;
  firmware?: string;
  yes?: boolean;
  force?: string;
  O: 0 | 1 | 2;
}

/** `project`: null to list the cards, or with `--image`. */
export async function flashCommand(
  project: Project | null, path: string | undefined, output: Output, options: FlashCommandOptions, devices = listDevices(),
): Promise<number> {
  const refuse = (code: Code, ...values: (string | number)[]) => {
    output.diagnostics(failure(code, ...values), new Sources());
    return 1;
  };
  if (path === undefined) return listCards(devices, output);
  if (project?.board === ALL_BOARDS) return refuse('FX0817', 'fluxos flash');

  const device = deviceAt(path, devices);
  if (device) {
    const why = objection(device, options.force === path);
    if (why) return refuse('FX0828', path, why.what, why.mend);
  } else if (statOf(path)?.isFile() === false) return refuse('FX0828', path, 'it is neither a disk nor a file', '`fluxos flash` lists the cards');

  const disk = project ? builtDisk(project, output, options) : imageDisk(options.image!, output);
  if (!disk) return 1;
  if (device && device.bytes < disk.size) return refuse('FX0829', path, device.bytes, disk.size);

  const what = device ? `${path} (${device.model || 'no name'}, ${sizeText(device.bytes)})` : path;
  if (device && !options.yes) {
    if (!isatty(0)) return refuse('FX0830', path);
    if (!(await isWanted(what))) return 1;
  }
  return write(path, disk, device !== null, what, output, refuse);
}

async function write(
  path: string, disk: Disk, isDevice: boolean, what: string, output: Output, refuse: (code: Code, ...values: (string | number)[]) => number,
): Promise<number> {
  const interrupts = new Interrupts();
  const started = performance.now();
  const onProgress = ({ phase, done, total }: WriteProgress) => {
    const seconds = (performance.now() - started) / 1000;
    output.progress(`${phase} ${what}: ${Math.floor((100 * done) / total)} % of ${sizeText(total)}, ${(done / 2 ** 20 / seconds).toFixed(1)} MiB/s`);
  };
  const result = await writeDisk(path, disk, { isDevice, onProgress, signal: interrupts.signal });
  interrupts.end();
  output.endProgress();
  output.json({ target: path, ...result });
  if (result.kind !== 'done') {
    refuse(...complaint(path, result));
    return interrupts.status ?? 1;
  }
  const seconds = (performance.now() - started) / 1000;
  output.line(`${sizeText(result.bytes)} written to ${what} and read back in ${seconds.toFixed(1)} s; a machine can boot from it`);
  return 0;
}

/** What is said of a write that was not done. */
export function complaint(path: string, result: Exclude<WriteResult, { kind: 'done' }>): [Code, ...(string | number)[]] {
  switch (result.kind) {
    case 'failed': return ['FX0831', path, result.offset, result.why];
    case 'differs': return ['FX0832', path, result.offset];
    case 'interrupted': return ['FX0833', path, result.done, result.total];
  }
}

function listCards(devices: readonly BlockDevice[], output: Output): number {
  const cards = devices.filter((device) => objection(device, false) === null && !device.isLoop);
  output.json({ cards: cards.map(({ path, bytes, model }) => ({ path, bytes, model })) });
  for (const { path, model, bytes } of cards) output.line(`${path.padEnd(14)} ${sizeText(bytes).padStart(10)}  ${model || 'no name'}`);
  if (cards.length === 0) output.line('no card is there. Put one in, or name a file: `fluxos flash -b rpi4 card.img`');
  return 0;
}

/** The disk at a path, links followed; null if it is no disk as a whole. */
function deviceAt(path: string, devices: readonly BlockDevice[]): BlockDevice | null {
  try {
    const real = realpathSync(path);
    return devices.find((device) => device.path === real) ?? null;
  } catch {
    return null;
  }
}

/** Why a disk is not written to, and what mends it; null if it may be. */
export function objection(device: BlockDevice, isForced: boolean): { what: string; mend: string } | null {
  if (device.isSystem) return { what: `it holds the running system (${device.uses.join(', ')})`, mend: 'there is no way to make fluxos do that' };
  if (device.uses.length > 0) return { what: `it is in use: ${device.uses.join(', ')}`, mend: 'unmount it first' };
  if (device.isReadOnly) return { what: 'it is write-protected', mend: 'move the switch at the side of the card' };
  if (device.isRemovable || device.isLoop || isForced) return null;
  return {
    what: 'it does not look like a card or a stick, but like a disk that belongs to this machine',
    mend: `if you mean it, name it once more: \`--force ${device.path}\``,
  };
}

function builtDisk(project: Project, output: Output, options: FlashCommandOptions): Disk | null {
  const compiled = compileProject({ project, board: project.board, passes: { level: options.O } }, output);
  if (!compiled) return null;
  const { board } = compiled.compilation;
  if (!board.card) output.diagnostics(failure('FX0826', board.id, 'card', formatsOf(board).join(', ')), new Sources());
  const made = cardImage(compiled.compilation, project, options.firmware, output);
  if (!made) return null;
  const { missing } = made.firmware;
  if (missing.length > 0) {
    output.diagnostics(failure('FX0827', project.board, missing.join(', '), 'the folder `firmware`'), new Sources());
  }
  return made.disk;
}

/** An image that somebody else wrote: all of it. */
function imageDisk(path: string, output: Output): Disk | null {
  try {
    const bytes = readFileSync(path);
    return makeDisk(Math.ceil(bytes.length / SECTOR) * SECTOR, [{ offset: 0, bytes }]);
  } catch (error) {
    output.diagnostics(failure('FX0813', path, reasonOf(error)), new Sources());
    return null;
  }
}

async function isWanted(what: string): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(`Everything on ${what} will be lost. Write to it? [y/N] `);
  prompt.close();
  return /^y(es)?$/i.test(answer.trim());
}

function sizeText(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e3).toFixed(1)} kB`;
}
