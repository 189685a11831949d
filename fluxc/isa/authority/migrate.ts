/**
 * A plan for moving a program to another instruction set: what stays as it is, what gets another number, what is encoded
 * anew, and what cannot be moved. The plan is made of the program's own instructions, and what it rewrites is the program.
 */
import type { Row } from '../instruction-set.ts';
import { type Authority, codeText, type KnownSet, rowText } from './authority.ts';
import { encodingOf } from './negotiate.ts';
import { type Translation, translate } from './translate.ts';

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
  for (const { offset, from: old, to: row } of translation.instructions) {
    if (refused.has(offset)) continue;
    const step = stepOf(from, old, to, row);
    const detail = `${codeText(old)} → ${codeText(row)}`;
    add(`${old.mnemonic} ${row.mnemonic}`, offset, { step, from: rowText(old), to: rowText(row), detail });
  }
  for (const { offset, instruction, reason } of translation.problems) {
    add(`${instruction}: ${reason}`, offset, { step: 'unsupported', from: instruction, to: null, detail: reason });
  }
  const order: Step[] = ['unsupported', 're-encoded', 'renumbered', 'unchanged'];
  const rows = [...plan.values()].sort((a, b) => order.indexOf(a.step) - order.indexOf(b.step) || a.first - b.first);
  return { plan: rows, translation };
}

function stepOf(from: KnownSet, old: Row, to: KnownSet, row: Row): Step {
  const before = encodingOf(from.set, old);
  const after = encodingOf(to.set, row);
  const isSameRegisters = from.registers === to.registers || old.operands.every(({ kind }) => kind !== 'register');
  if (before === after && isSameRegisters) return 'unchanged';
  // The same but for the code: everything behind the first `:` up to `;`.
  const layout = (text: string) => text.replace(/: [\d ]+;/, ':');
  return layout(before) === layout(after) && isSameRegisters ? 'renumbered' : 're-encoded';
}
