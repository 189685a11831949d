/**
 * Selection of switches: a table of branches where the cases lie close together, else comparisons one after the other.
 *
 * Either is one machine instruction, because a block's branches must not be torn apart by what the allocator puts
 * between instructions. The table is code (a row of `b`), so the text section stays free of data.
 */
import { isWide } from '../../fir/types.ts';
import { Constraint } from '../machine/machine-function.ts';
import type { Selector } from '../machine/selector.ts';
import { Inst } from './instructions.ts';
import { typeOf, useValue, widthBits } from './values.ts';

const LEAST_TABLE_CASES = 5;
const MOST_TABLE_ENTRIES = 1024;

interface Case {
  low: number;
  high: number;
  block: number;
}

export function lowerSwitch(s: Selector, id: number): void {
  const { f, machine } = s;
  const value = f.a[id]!;
  const type = typeOf(s, value);
  const [first, ...edges] = f.edges(id);
  const otherwise = f.edgeTarget(first!);
  const at = f.b[id]!;
  const cases = edges.map((edge, i): Case => {
    const low = f.extra.at(at + 1 + 3 * i);
    const high = isWide(type) ? f.extra.at(at + 2 + 3 * i) : low >> 31;
    return { low, high, block: f.edgeTarget(edge) };
  });
  const table = branchTable(cases);
  const entries = table ?? cases.flatMap(({ low, high, block }) => [low, high, block]);
  s.emit(table ? Inst.JumpTable : Inst.CompareChain).mode(widthBits(type)).imm(machine.tables.push(entries) - 1);
  // The temporary is written while the value is still needed, so the two must not share a register.
  s.defReg(s.temp(), Constraint.Overlap).useReg(useValue(s, value)).branchTo(otherwise);
}

/** Least case, then the block of every number up to the greatest (-1: no case); null if too few of them are cases. */
function branchTable(cases: readonly Case[]): number[] | null {
  if (cases.length < LEAST_TABLE_CASES || cases.some(({ low, high }) => high !== low >> 31)) return null;
  const least = Math.min(...cases.map(({ low }) => low));
  const greatest = Math.max(...cases.map(({ low }) => low));
  const count = greatest - least + 1;
  if (count > MOST_TABLE_ENTRIES || count > 2 * cases.length) return null;
  const blocks: number[] = new Array<number>(count).fill(-1);
  for (const { low, block } of cases) blocks[low - least] = block;
  return [least, ...blocks];
}
