/**
 * Emission of a switch: a search through the sorted cases, three at most at each end; or, where the cases lie close
 * together, a jump through a table of distances that stands behind the jump.
 */
import type { CodeBuffer } from '../machine/code-buffer.ts';
import type { MachineFunction } from '../machine/machine-function.ts';
import {
  ARITHMETIC_RM_IMM, ARITHMETIC_RM_IMM8, ARITHMETIC_RM_R, isByte, putAtBase, putConstant, putJump, putJumpIf,
  putRegister, putRegisters, TEST_RM_R,
} from './emit-forms.ts';
import { IP, memory, put32, write } from './encode.ts';
import { form } from './forms.ts';
import { Arithmetic, codeOf, Condition, Size, sizeOf } from './instructions.ts';
import { R11 } from './registers.ts';
import { Relocation } from './relocations.ts';

const LEA_DOUBLE = form('lea', 'rv, m', 32);
const LEA_QUAD = form('lea', 'rv, m', 64);
const MOVSXD = form('movsxd', 'r64, rm32');
const JMP_RM = form('jmp', 'rm64');

/** Fewer cases are searched; a table may have this many entries for each case. */
const LEAST_TABLE = 6;
const MOST_ENTRIES_PER_CASE = 3;
const LINEAR = 3;

interface Case {
  low: number;
  high: number;
  block: number;
}

/** See `Inst.Switch`; the table is (default block, then low word, high word and block of each case). */
export function emitSwitch(machine: MachineFunction, id: number, out: CodeBuffer, next: number): void {
  const table = machine.tables[machine.imm[id]!]!;
  const size = sizeOf(machine.mode[id]!);
  const bits = codeOf(machine.mode[id]!);
  const cases: Case[] = [];
  for (let i = 1; i < table.length; i += 3) {
    const low = table[i]!;
    const high = size === Size.Quad ? table[i + 1]! : low >> 31;
    const isPossible = bits === 0 || (high === 0 && low < 1 << bits);
    if (isPossible && table[i + 2] !== table[0]) cases.push({ low, high, block: table[i + 2]! });
  }
  cases.sort((a, b) => a.high - b.high || (a.low >>> 0) - (b.low >>> 0));
  const [value, temporary] = [machine.register(id, 0), machine.register(id, 1)];
  const search: Search = { out, table: machine.imm[id]!, bits, size, value, temporary, otherwise: table[0]!, next };
  if (!emitTable(search, cases)) emitSearch(search, cases, 0, cases.length, false);
}

/** The switch at hand. */
interface Search {
  out: CodeBuffer;
  /** its number in `CodeBuffer.tables` */
  table: number;
  /** the value is below 2 to this power, if it is not 0 */
  bits: number;
  size: Size;
  value: number;
  temporary: number;
  /** the default block */
  otherwise: number;
  next: number;
}

function compare({ out, size, value }: Search, { low, high }: Case): void {
  if (low === 0 && high === 0) putRegisters(out, TEST_RM_R[size]!, value, value);
  else if (high !== low >> 31) {
    putConstant(out, R11, low, high);
    putRegisters(out, ARITHMETIC_RM_R[Arithmetic.Compare]![size]!, R11, value);
  } else if (isByte(low)) {
    putRegister(out, ARITHMETIC_RM_IMM8[Arithmetic.Compare]![size]!, value);
    out.put8(low & 255);
  } else {
    putRegister(out, ARITHMETIC_RM_IMM[Arithmetic.Compare]![size]!, value);
    put32(out, low);
  }
}

/**
 * Cases `from` up to `to`, `to` not among them; falls out at the end of the instruction only where the default follows.
 * `isCompared`: the flags already tell how the value compares with case `from`.
 */
function emitSearch(search: Search, cases: readonly Case[], from: number, to: number, isCompared: boolean): void {
  const { out } = search;
  if (to - from <= LINEAR) {
    for (let i = from; i < to; i++) {
      if (i > from || !isCompared) compare(search, cases[i]!);
      putJumpIf(out, Condition.Equal, cases[i]!.block);
    }
    if (to < cases.length || search.otherwise !== search.next) putJump(out, search.otherwise);
    return;
  }
  const middle = (from + to) >> 1;
  const upper = out.newLabel();
  compare(search, cases[middle]!);
  putJumpIf(out, Condition.GreaterEqual, upper);
  emitSearch(search, cases, from, middle, false);
  out.bind(upper);
  emitSearch(search, cases, middle, to, true);
}

/** The value of a table's first entry and how many there are: Infinity if there can be no table. */
function tableRange({ bits }: Search, cases: readonly Case[]): { first: number; entries: number } {
  const first = cases[0]!;
  const last = cases[cases.length - 1]!;
  if (first.high !== first.low >> 31 || last.high !== last.low >> 31 || first.low === -0x80000000) return { first: 0, entries: Infinity };
  // An entry for every value there is saves looking whether there is one.
  if (bits > 0 && 1 << bits <= MOST_ENTRIES_PER_CASE * cases.length) return { first: 0, entries: 1 << bits };
  return { first: first.low, entries: last.low - first.low + 1 };
}

function emitTable(search: Search, cases: readonly Case[]): boolean {
  const { out, size, value, temporary, otherwise } = search;
  if (cases.length < LEAST_TABLE) return false;
  const { first, entries } = tableRange(search, cases);
  if (!(entries <= MOST_ENTRIES_PER_CASE * cases.length)) return false;
  let index = value;
  const isWhole = search.bits > 0 && first === 0 && entries === 1 << search.bits;
  if (!isWhole) {
    index = temporary;
    // Written to 32 bits the number of the entry is exact for an i32; an i64 keeps all its bits.
    putAtBase(out, size === Size.Quad ? LEA_QUAD : LEA_DOUBLE, temporary, value, -first);
    compare({ ...search, value: temporary }, { low: entries - 1, high: 0, block: otherwise });
    putJumpIf(out, Condition.Above, otherwise);
  }
  const written = out.tables.get(search.table);
  const start = written ?? out.newLabel();
  write(out, LEA_QUAD, 64, R11, 0, memory(IP));
  // The displacement, which `write` has just written, is the distance to the table.
  out.length -= 4;
  out.fixup(Relocation.Relative32, start);
  put32(out, 0);
  write(out, MOVSXD, 64, temporary, 0, { ...memory(R11), index, shift: 2 });
  putRegisters(out, ARITHMETIC_RM_R[Arithmetic.Add]![Size.Quad]!, R11, temporary);
  putRegister(out, JMP_RM, temporary);
  if (written !== undefined) return true;
  out.tables.set(search.table, start);
  out.bind(start);
  let at = 0;
  for (let entry = 0; entry < entries; entry++) {
    const isCase = cases[at]?.low === first + entry;
    out.fixup(Relocation.TableEntry, isCase ? cases[at++]!.block : otherwise);
    put32(out, 4 * entry);
  }
  return true;
}
