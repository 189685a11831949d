/**
 * Selection of `switch`: a search through single cases, then a jump table for the densest run of cases, if that is most of
 * them.
 *
 * A search alone is one instruction. For a table the value is copied to the scratch register once; the instructions behind
 * that have no operands, so the allocator cannot put anything between them, and every successor finds the registers as
 * they are at the end of the block.
 */
import { Constraint } from '../machine/machine-function.ts';
import type { Selector } from '../machine/selector.ts';
import { Composite } from './opcodes.ts';

interface Case {
  low: number;
  high: number;
  target: number;
}

const LEAST_TABLE = 5;
const LONGEST_TABLE = 1024;

/** Entries that a table from case `first` to case `last` has, or Infinity if it is too long. */
function span(cases: readonly Case[], first: number, last: number): number {
  const { low, high } = cases[first]!;
  const end = cases[last]!;
  const distance = (end.high - high) * 0x100000000 + (end.low >>> 0) - (low >>> 0);
  return distance < LONGEST_TABLE ? distance + 1 : Infinity;
}

/** The longest run of ascending cases that fill half of their table: first and last, or null. */
function densestRun(cases: readonly Case[]): { first: number; last: number } | null {
  let best: { first: number; last: number } | null = null;
  for (let first = 0; first < cases.length; first++) {
    const least = Math.max(LEAST_TABLE, best ? best.last - best.first + 2 : 0);
    for (let last = cases.length - 1; last - first + 1 >= least; last--) {
      if (span(cases, first, last) > 2 * (last - first + 1)) continue;
      best = { first, last };
      break;
    }
  }
  return best;
}

/** Lowers `switch` on the value in `register`. */
export function lowerSwitch(s: Selector, id: number, register: number): void {
  const { f } = s;
  const at = f.b[id]!;
  const defaultBlock = f.edgeTarget(f.extra.at(at));
  const cases: Case[] = [];
  for (let i = 0; i < f.c[id]!; i++) {
    const entry = at + 1 + 3 * i;
    cases.push({ low: f.extra.at(entry), high: f.extra.at(entry + 1), target: f.edgeTarget(f.extra.at(entry + 2)) });
  }
  if (cases.length === 0) {
    s.emit(Composite.Jump).branchTo(defaultBlock);
    return;
  }
  const sorted = cases.slice().sort((a, b) => a.high - b.high || (a.low >>> 0) - (b.low >>> 0));
  const run = densestRun(sorted);
  // The search comes before the table, for cases of the table too.
  const table = run && 2 * (run.last - run.first + 1) >= sorted.length ? run : null;
  const single = sorted.filter((_, index) => !table || index < table.first || index > table.last);
  if (!table) {
    const cases = single.flatMap(({ low, high, target }) => [low, high, target]);
    s.emit(Composite.SwitchSearch).imm(s.machine.tables.push(cases) - 1, 0);
    s.defReg(s.temp(), Constraint.Overlap).useReg(register).branchTo(defaultBlock);
    return;
  }
  s.emit(Composite.SwitchStart).useReg(register);
  if (single.length > 0) {
    s.machine.tables.push(single.flatMap(({ low, high, target }) => [low, high, target]));
    s.emit(Composite.SwitchCases).imm(s.machine.tables.length - 1, 0);
  }
  const least = sorted[table.first]!;
  const count = span(sorted, table.first, table.last);
  s.emit(Composite.SwitchTable).imm(least.low, least.high).mode(count).branchTo(defaultBlock);
  let next = table.first;
  for (let i = 0; i < count; i++) {
    const isCase = span(sorted, table.first, next) - 1 === i;
    s.emit(Composite.TableEntry).branchTo(isCase ? sorted[next]!.target : defaultBlock);
    if (isCase) next++;
  }
}
