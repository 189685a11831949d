/**
 * A plan for moving a program to another instruction set: what stays as it is, what gets another number, what is encoded
 * anew, and what cannot be moved. The plan is made of the program's own instructions, and what it rewrites is the program.
 */
import { type Authority, codeText, type KnownSet, rowText } from './authority.ts';
import { type TranslatedInstruction, type Translation, translate } from './translate.ts';

export type Step = 'unchanged' | 'renumbered' | 're-encoded' | 'unsupported';

export interface PlanRow {
  step: Step;
  from: string;
  /** null if it cannot be moved */
  to: string | null;
  /** how often it stands in the program */
  count: number;
  /** offset of the first */
  first: number;
  /** numbers of the two, or why it cannot be moved */
  detail: string;
}

export interface Migration {
  plan: PlanRow[];
  translation: Translation;
}

export function planMigration(from: KnownSet, to: KnownSet, code: Uint8Array, authority: Authority): Migration {
  const translation = translate(from, to, code, authority);
  const plan = new Map<string, PlanRow>();
  const add = (key: string, offset: number, row: Omit<PlanRow, 'count' | 'first'>) => {
    const known = plan.get(key);
    if (known) known.count++;
    else plan.set(key, { ...row, count: 1, first: offset });
  };
  const refused = new Set(translation.problems.map(({ offset }) => offset));
  for (const instruction of translation.instructions) {
    const { offset, from: old, to: row } = instruction;
    if (refused.has(offset)) continue;
    const step = stepOf(instruction);
    const detail = step === 'unchanged' ? codeText(row) : `${codeText(old)} → ${codeText(row)}`;
    add(`${step} ${old.mnemonic}`, offset, { step, from: rowText(old), to: rowText(row), detail });
  }
  for (const { offset, instruction, reason } of translation.problems) {
    add(`${instruction}: ${reason}`, offset, { step: 'unsupported', from: instruction, to: null, detail: reason });
  }
  const order: Step[] = ['unsupported', 're-encoded', 'renumbered', 'unchanged'];
  const rows = [...plan.values()].sort((a, b) => order.indexOf(a.step) - order.indexOf(b.step) || a.first - b.first);
  return { plan: rows, translation };
}

/** What becomes of the bytes of an instruction. */
function stepOf({ from, to, bytes, newBytes }: TranslatedInstruction): Step {
  const isSameLength = bytes.length === newBytes.length;
  if (isSameLength && bytes.every((byte, index) => byte === newBytes[index])) return 'unchanged';
  // The code of a word is one of its bytes: that the others stay shows nothing if they are in another order.
  const behind = from.code.length;
  const isByteCode = from.length === behind + from.operands.reduce((sum, { bytes: size }) => sum + size, 0);
  const isOnlyCode = isSameLength && isByteCode && behind === to.code.length &&
    bytes.every((byte, index) => index < behind || byte === newBytes[index]);
  return isOnlyCode ? 'renumbered' : 're-encoded';
}
