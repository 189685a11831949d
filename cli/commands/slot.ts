/** `fluxos slot`: which of a card's two systems is started, and to start the other one. */
import { Sources } from '../../fluxc/base/source.ts';
import type { Code } from '../../fluxc/diagnostics/catalogue.ts';
import { SLOT_NAMES } from '../../images/card.ts';
import { type SlotRecord, startedSlot } from '../../images/slot-record.ts';
import { listDevices } from '../flash/devices.ts';
import { type CardSlots, readSlots, startPiece } from '../flash/slots.ts';
import { writeOnto } from '../flash/writer.ts';
import { failure, type Output } from '../output.ts';
import { reasonOf } from '../project.ts';
import { complaint, deviceAt, objection } from './flash.ts';

export interface SlotCommandOptions {
  start?: 'a' | 'b';
  tries?: number;
}

export async function slotCommand(path: string, output: Output, options: SlotCommandOptions, devices = listDevices()): Promise<number> {
  const refuse = (code: Code, ...values: (string | number)[]) => {
    output.diagnostics(failure(code, ...values), new Sources());
    return 1;
  };
  if (options.tries !== undefined && options.start === undefined) return refuse('FX0874', '`--start`');
  let slots: CardSlots | null;
  try {
    slots = readSlots(path);
    if (!slots) return refuse('FX0870', path, path);
    if (options.start !== undefined) {
      const device = deviceAt(path, devices);
      const why = device && objection(device, false);
      if (why) return refuse('FX0828', path, why.what, why.mend);
      const record = startPiece(slots, options.start === 'a' ? 0 : 1, options.tries ?? 0);
      const result = await writeOnto(path, [], record, { isDevice: device !== null });
      if (result.kind !== 'done') return refuse(...complaint(path, result));
      slots = readSlots(path)!;
    }
  } catch (error) {
    return refuse('FX0813', path, reasonOf(error));
  }
  output.json({ record: slots.record, starts: SLOT_NAMES[slots.record ? startedSlot(slots.record) : 0] });
  output.line(meaning(slots.record));
  if (!slots.isHeeded) output.diagnostics(failure('FX0873', path), new Sources());
  return 0;
}

/** What a loader makes of the record. */
function meaning(record: SlotRecord | null): string {
  if (!record) return 'slot A is started: both copies of the slot record are damaged';
  const [active, other] = record.active === 0 ? SLOT_NAMES : ([...SLOT_NAMES].reverse() as ['B', 'A']);
  if (record.confirmed) return `slot ${active} is started`;
  if (record.tries === 0) return `slot ${other} is started: slot ${active} was not confirmed in its tries`;
  return `slot ${active} is started, ${record.tries} more time${record.tries === 1 ? '' : 's'} unless it is confirmed; then slot ${other}`;
}
