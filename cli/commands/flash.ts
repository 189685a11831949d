/** `fluxos flash`: the card of a board onto a card, asked for twice, read back, with a clear end whatever happens. */
import { readFileSync, realpathSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { isatty } from 'node:tty';
import { Sources } from '../../fluxc/base/source.ts';
import type { Code } from '../../fluxc/diagnostics/catalogue.ts';
import { type CardPlan, makeCard, makeSlot, SLOT_NAMES } from '../../images/card.ts';
import { type Disk, makeDisk, type Piece, SECTOR } from '../../images/disk.ts';
import { GptType } from '../../images/gpt.ts';
import { startedSlot } from '../../images/slot-record.ts';
import { cardPlan, formatsOf } from '../card-image.ts';
import { type BlockDevice, listDevices } from '../flash/devices.ts';
import { type CardSlots, readSlots, startPiece } from '../flash/slots.ts';
import { writeDisk, writeOnto, type WriteOptions, type WriteProgress, type WriteResult } from '../flash/writer.ts';
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
  /** only this slot, of a card that is written already */
  slot?: 'a' | 'b';
  /** starts until the system of that slot must have been confirmed; without it needs no proof */
  tries?: number;
  O: 0 | 1 | 2;
}

type Refuse = (code: Code, ...values: (string | number)[]) => number;

/** `project`: null to list the cards, or with `--image`. */
export async function flashCommand(
  project: Project | null, path: string | undefined, output: Output, options: FlashCommandOptions, devices = listDevices(),
): Promise<number> {
  const refuse: Refuse = (code, ...values) => {
    output.diagnostics(failure(code, ...values), new Sources());
    return 1;
  };
  if (options.tries !== undefined && options.slot === undefined) return refuse('FX0874', '`--slot`');
  if (path === undefined) return listCards(devices, output);
  if (project?.board === ALL_BOARDS) return refuse('FX0817', 'fluxos flash');

  const device = deviceAt(path, devices);
  if (device) {
    const why = objection(device, options.force === path);
    if (why) return refuse('FX0828', path, why.what, why.mend);
  } else if (statOf(path)?.isFile() === false) return refuse('FX0828', path, 'it is neither a disk nor a file', '`fluxos flash` lists the cards');

  const what = device ? `${path} (${device.model || 'no name'}, ${sizeText(device.bytes)})` : path;
  const target: Target = { path, isDevice: device !== null, what, isAsked: device !== null && !options.yes };
  if (options.slot !== undefined && project) return flashSlot(project, target, options.slot === 'a' ? 0 : 1, output, options, refuse);

  const disk = project ? builtDisk(project, output, options) : imageDisk(options.image!, output);
  if (!disk) return 1;
  if (device && device.bytes < disk.size) return refuse('FX0829', path, device.bytes, disk.size);
  if (!(await mayWrite(target, `Everything on ${what} will be lost.`, refuse))) return 1;
  return write(target, output, (writing) => writeDisk(path, disk, writing), (result) => refuse(...complaint(path, result)));
}

interface Target {
  path: string;
  isDevice: boolean;
  /** as people know it */
  what: string;
  /** whether somebody must agree first */
  isAsked: boolean;
}

/** One slot of a card that is there already, and then the record that makes it the one to be started. */
async function flashSlot(
  project: Project, target: Target, slot: 0 | 1, output: Output, options: FlashCommandOptions, refuse: Refuse,
): Promise<number> {
  const { path, what } = target;
  const name = SLOT_NAMES[slot];
  let slots: CardSlots | null;
  try {
    slots = readSlots(path);
  } catch (error) {
    return refuse('FX0813', path, reasonOf(error));
  }
  if (!slots) return refuse('FX0870', path, path);
  // Both copies damaged: loaders take slot A then.
  const started = slots.record ? startedSlot(slots.record) : 0;
  if (slot === started) return refuse('FX0871', name, path, SLOT_NAMES[1 - slot]!.toLowerCase());
  const plan = builtPlan(project, output, options);
  if (!plan) return 1;
  if (slots.isHeeded !== (plan.slotType === GptType.EfiSystem)) {
    return refuse('FX0828', path, 'it is the card of another kind of board', 'name its own board with `--board`, or write the whole card');
  }
  const pieces: Piece[] = makeSlot(plan, slot);
  if (!(await mayWrite(target, `Everything in slot ${name} of ${what} will be lost.`, refuse))) return 1;
  const record = startPiece(slots, slot, options.tries ?? 0);
  const status = await write(
    { ...target, what: `slot ${name} of ${what}` }, output, (writing) => writeOnto(path, pieces, record, writing),
    (result) => refuse('FX0872', name, path, shortComplaint(result)),
  );
  if (status === 0 && !slots.isHeeded) refuse('FX0873', path);
  return status;
}

async function mayWrite({ isAsked, path }: Target, loss: string, refuse: Refuse): Promise<boolean> {
  if (!isAsked) return true;
  if (isatty(0)) return isWanted(loss);
  refuse('FX0830', path);
  return false;
}

async function write(
  { path, isDevice, what }: Target, output: Output, work: (options: WriteOptions) => Promise<WriteResult>,
  fail: (result: Exclude<WriteResult, { kind: 'done' }>) => number,
): Promise<number> {
  const interrupts = new Interrupts();
  const started = performance.now();
  const onProgress = ({ phase, done, total }: WriteProgress) => {
    const seconds = (performance.now() - started) / 1000;
    output.progress(`${phase} ${what}: ${Math.floor((100 * done) / total)} % of ${sizeText(total)}, ${(done / 2 ** 20 / seconds).toFixed(1)} MiB/s`);
  };
  const result = await work({ isDevice, onProgress, signal: interrupts.signal });
  interrupts.end();
  output.endProgress();
  output.json({ target: path, ...result });
  if (result.kind !== 'done') {
    fail(result);
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

function shortComplaint(result: Exclude<WriteResult, { kind: 'done' }>): string {
  switch (result.kind) {
    case 'failed': return `at byte ${result.offset} ${result.why}`;
    case 'differs': return `byte ${result.offset} came back as something else`;
    case 'interrupted': return `it was interrupted after ${result.done} of ${result.total} bytes`;
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
export function deviceAt(path: string, devices: readonly BlockDevice[]): BlockDevice | null {
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
  const plan = builtPlan(project, output, options);
  return plan && makeCard(plan);
}

function builtPlan(project: Project, output: Output, options: FlashCommandOptions): CardPlan | null {
  const compiled = compileProject({ project, board: project.board, passes: { level: options.O } }, output);
  if (!compiled) return null;
  const { board } = compiled.compilation;
  if (!board.card) output.diagnostics(failure('FX0826', board.id, 'card', formatsOf(board).join(', ')), new Sources());
  const found = cardPlan(compiled.compilation, project, options.firmware, output);
  if (!found) return null;
  const { missing } = found.firmware;
  if (missing.length > 0) {
    output.diagnostics(failure('FX0827', project.board, missing.join(', '), 'the folder `firmware`'), new Sources());
  }
  return found.plan;
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

async function isWanted(loss: string): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(`${loss} Write to it? [y/N] `);
  prompt.close();
  return /^y(es)?$/i.test(answer.trim());
}

function sizeText(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e3).toFixed(1)} kB`;
}
