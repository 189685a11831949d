/**
 * Branches as bytes. A conditional branch reaches 1 MiB (`tbz`: 32 KiB); where that is too short its opposite steps
 * over a `b`, which reaches 128 MiB, more than a function may have.
 */
import type { CodeBuffer } from '../machine/code-buffer.ts';
import { constantWords } from './constants.ts';
import { rowWord, WIDE } from './forms.ts';
import { BIT_SET, NOT_ZERO } from './instructions.ts';
import { SCRATCH } from './registers.ts';
import { Relocation } from './relocations.ts';
import { arithmeticImmediate } from './values.ts';

const JUMP = rowWord('b', 'label26');
const BRANCH_EQUAL = rowWord('b.eq', 'label19');
const BRANCH_ZERO = rowWord('cbz', 'Rt, label19');
const BRANCH_BIT_CLEAR = rowWord('tbz', 'Wt, bit.low, label14');
/** What turns cbz into cbnz and tbz into tbnz. */
const OPPOSITE = 1 << 24;
const BRANCH_REGISTER = rowWord('br', 'Xn');
const ADR = rowWord('adr', 'Xd, adr');
const ADD = rowWord('add', 'Rd, Rn, Rm, shift.R') | WIDE;
const ADD_IMMEDIATE = rowWord('add', 'Rd|SP, Rn|SP, imm12');
const SUB_IMMEDIATE = rowWord('sub', 'Rd|SP, Rn|SP, imm12');
const SUB = rowWord('sub', 'Rd, Rn, Rm, shift.R');
const COMPARE = rowWord('cmp', 'Rn, Rm, shift.R');
const COMPARE_IMMEDIATE = rowWord('cmp', 'Rn|SP, imm12');
const COMPARE_NEGATIVE = rowWord('cmn', 'Rn|SP, imm12');

const EQUAL = 0;
const HIGHER_OR_SAME = 2;
const GREATER = 12;

if (OPPOSITE !== NOT_ZERO || OPPOSITE !== BIT_SET) throw new Error('modes of branches differ from their encoding');

export function emitJump(out: CodeBuffer, label: number): void {
  out.fixup(Relocation.Jump26, label);
  out.put32(JUMP);
}

/** `word` if the label is in its reach, else `opposite` two instructions ahead, over a jump. */
function emitConditional(out: CodeBuffer, word: number, opposite: number, kind: Relocation, label: number): void {
  if (out.nextIsLong()) {
    out.put32(opposite | (2 << 5));
    emitJump(out, label);
  } else {
    out.fixup(kind, label);
    out.put32(word);
  }
}

export function emitBranchCondition(out: CodeBuffer, condition: number, label: number): void {
  emitConditional(out, BRANCH_EQUAL | condition, BRANCH_EQUAL | (condition ^ 1), Relocation.ConditionBranch19, label);
}

/** `mode`: WIDE or 0, and NOT_ZERO. */
export function emitBranchZero(out: CodeBuffer, register: number, mode: number, label: number): void {
  const word = BRANCH_ZERO | mode | register;
  emitConditional(out, word, word ^ OPPOSITE, Relocation.ConditionBranch19, label);
}

/** `mode`: number of the bit, and BIT_SET. */
export function emitBranchBit(out: CodeBuffer, register: number, mode: number, label: number): void {
  const bit = mode & 63;
  const word = BRANCH_BIT_CLEAR | (mode & BIT_SET) | ((bit >> 5) << 31) | ((bit & 31) << 19) | register;
  emitConditional(out, word, word ^ OPPOSITE, Relocation.TestBranch14, label);
}

/** Goes to entry `value - least` of `table` (least, then blocks; -1: none), else to `otherwise`. */
export function emitJumpTable(
  out: CodeBuffer, key: number, temporary: number, value: number, width: number, table: readonly number[], otherwise: number,
): void {
  const least = table[0]!;
  const count = table.length - 1;
  // Written in 32 bits this also clears the upper half, so it is done for a least case of 0 as well.
  const immediate = arithmeticImmediate(Math.abs(least));
  if (immediate >= 0) {
    const word = least < 0 ? ADD_IMMEDIATE : SUB_IMMEDIATE;
    out.put32(word | width | immediate | (value << 5) | temporary);
  } else {
    for (const word of constantWords(SCRATCH, least, least >> 31, width !== 0)) out.put32(word);
    out.put32(SUB | width | (SCRATCH << 16) | (value << 5) | temporary);
  }
  out.put32(COMPARE_IMMEDIATE | width | arithmeticImmediate(count) | (temporary << 5));
  emitBranchCondition(out, HIGHER_OR_SAME, otherwise);
  const written = out.tables.get(key);
  const start = written ?? out.newLabel();
  out.fixup(Relocation.Adr21, start);
  out.put32(ADR | SCRATCH);
  out.put32(ADD | (temporary << 16) | (2 << 10) | (SCRATCH << 5) | SCRATCH);
  out.put32(BRANCH_REGISTER | (SCRATCH << 5));
  if (written !== undefined) return;
  out.tables.set(key, start);
  out.bind(start);
  for (let i = 1; i < table.length; i++) emitJump(out, table[i]! < 0 ? otherwise : table[i]!);
}

interface Case {
  low: number;
  high: number;
  block: number;
}

/** Cases that are tried one by one; more of them are halved first. */
const MOST_IN_A_ROW = 4;

/** Compares with each case of `table` (low word, high word, block), then goes to `otherwise`. */
export function emitCompareChain(
  out: CodeBuffer, value: number, width: number, table: readonly number[], otherwise: number, next: number,
): void {
  const cases: Case[] = [];
  for (let i = 0; i < table.length; i += 3) cases.push({ low: table[i]!, high: table[i + 1]!, block: table[i + 2]! });
  cases.sort((a, b) => a.high - b.high || (a.low >>> 0) - (b.low >>> 0));
  const part = (from: number, to: number, isLast: boolean) => {
    if (to - from <= MOST_IN_A_ROW) {
      for (let i = from; i < to; i++) {
        compare(out, value, width, cases[i]!);
        emitBranchCondition(out, EQUAL, cases[i]!.block);
      }
      if (!isLast || otherwise !== next) emitJump(out, otherwise);
      return;
    }
    const middle = (from + to) >> 1;
    compare(out, value, width, cases[middle]!);
    emitBranchCondition(out, EQUAL, cases[middle]!.block);
    const upper = out.newLabel();
    emitBranchCondition(out, GREATER, upper);
    part(from, middle, false);
    out.bind(upper);
    part(middle + 1, to, isLast);
  };
  part(0, cases.length, true);
}

function compare(out: CodeBuffer, value: number, width: number, { low, high }: Case): void {
  const immediate = high === 0 ? arithmeticImmediate(low) : -1;
  const negated = high === -1 && low < 0 ? arithmeticImmediate(-low) : -1;
  if (immediate >= 0) out.put32(COMPARE_IMMEDIATE | width | immediate | (value << 5));
  else if (negated >= 0) out.put32(COMPARE_NEGATIVE | width | negated | (value << 5));
  else {
    for (const word of constantWords(SCRATCH, low, high, width !== 0)) out.put32(word);
    out.put32(COMPARE | width | (SCRATCH << 16) | (value << 5));
  }
}
