/**
 * The list of operand kinds by the notation that patterns in `forms.ts` use: `Xn|SP`, `imm12`, `mem.u8` … The notations
 * of registers are the Arm ARM's own; a suffix `.W` or `.X` is the width of the form.
 */
import type { Operand } from './operand.ts';
import {
  arithmeticConstant, bitmask, float8, floatZero, halfword, moveConstant,
} from './operand-constants.ts';
import {
  barrier, condition, controlRegister, ISB_LIMITS, literal, systemRegister, unsigned,
} from './operand-names.ts';
import { address, baseOnly, indexed, label, memory } from './operand-places.ts';
import { registerOperand, stackPointer } from './operand-registers.ts';
import {
  extended, extractedWidth, insertedLow, insertedWidth, leftShift, shifted, testedBit,
} from './operand-shifts.ts';
import { Relocation } from './relocations.ts';
import { BARRIER_LIMITS } from './system-registers.ts';

const KINDS: Record<string, Operand> = {
  'sp.W': stackPointer('w'),
  'sp.X': stackPointer('x'),

  imm12: arithmeticConstant(false),
  'imm12.negative': arithmeticConstant(true),
  'bitmask.W': bitmask(false, false),
  'bitmask.X': bitmask(true, false),
  'bitmask.mov.W': bitmask(false, true),
  'bitmask.mov.X': bitmask(true, true),
  'imm16.W': halfword(false),
  'imm16.X': halfword(true),
  'movz.W': moveConstant(false, false),
  'movz.X': moveConstant(true, false),
  'movn.W': moveConstant(false, true),
  'movn.X': moveConstant(true, true),

  'shift.W': shifted(false, 3),
  'shift.X': shifted(true, 3),
  'rotate.W': shifted(false, 4),
  'rotate.X': shifted(true, 4),
  'extend.W': extended([0, 1, 2, 4, 5, 6], 2),
  'extend.narrow': extended([0, 1, 2, 4, 5, 6], -1),
  'extend.X': extended([3, 7], 3),
  'lsl.W': leftShift(32),
  'lsl.X': leftShift(64),
  'immr.W': unsigned(16, 6, 10, 31),
  'immr.X': unsigned(16, 6, 10),
  'imms.W': unsigned(10, 6, 10, 31),
  'imms.X': unsigned(10, 6, 10),
  'lsb.W': insertedLow(32),
  'lsb.X': insertedLow(64),
  'width.W': insertedWidth(32),
  'width.X': insertedWidth(64),
  'extracted.W': extractedWidth(32),
  'extracted.X': extractedWidth(64),

  cond: condition(false),
  'cond.inverted': condition(true),
  nzcv: unsigned(0, 4, 16),
  imm5: unsigned(16, 5, 16),
  'bit.low': testedBit(0, 31),
  'bit.high': testedBit(32, 63),

  label26: label(0, 26, Relocation.Jump26),
  'label26.call': label(0, 26, Relocation.Call26),
  label19: label(5, 19, Relocation.ConditionBranch19),
  'label19.load': label(5, 19, Relocation.LoadLiteral19),
  label14: label(5, 14, Relocation.TestBranch14),
  adr: address(false),
  adrp: address(true),

  'mem.u1': memory(10, 12, 1, false, ''),
  'mem.u2': memory(10, 12, 2, false, ''),
  'mem.u4': memory(10, 12, 4, false, ''),
  'mem.u8': memory(10, 12, 8, false, ''),
  'mem.u16': memory(10, 12, 16, false, ''),
  'mem.s9': memory(12, 9, 1, true, ''),
  'mem.s9.pre': memory(12, 9, 1, true, 'pre'),
  'mem.s9.post': memory(12, 9, 1, true, 'post'),
  'mem.r1': indexed(1),
  'mem.r2': indexed(2),
  'mem.r4': indexed(4),
  'mem.r8': indexed(8),
  'mem.r16': indexed(16),
  'pair.4': memory(15, 7, 4, true, ''),
  'pair.4.pre': memory(15, 7, 4, true, 'pre'),
  'pair.4.post': memory(15, 7, 4, true, 'post'),
  'pair.8': memory(15, 7, 8, true, ''),
  'pair.8.pre': memory(15, 7, 8, true, 'pre'),
  'pair.8.post': memory(15, 7, 8, true, 'post'),
  'pair.16': memory(15, 7, 16, true, ''),
  'pair.16.pre': memory(15, 7, 16, true, 'pre'),
  'pair.16.post': memory(15, 7, 16, true, 'post'),
  base: baseOnly,

  'imm16.exception': unsigned(5, 16, 16),
  hint: unsigned(5, 7, 16),
  'crm.1': unsigned(8, 4, 16, 1),
  'crm.15': unsigned(8, 4, 16),
  op1: unsigned(16, 3, 10),
  op2: unsigned(5, 3, 10),
  crn: controlRegister(12),
  crm: controlRegister(8),
  limit: barrier(BARRIER_LIMITS, ''),
  'limit.isb': barrier(ISB_LIMITS, 'sy'),
  sysreg: systemRegister,

  float8,
  'float.zero': floatZero,
};

/** The operand of a notation; a quoted one is a word that stands for itself. */
export function operandOf(notation: string): Operand {
  if (notation.charAt(0) === "'") return literal(notation.slice(1, -1));
  const operand = KINDS[notation] ?? registerOperand(notation);
  if (!operand) throw new Error(`no operand has the notation ${notation}`);
  return (KINDS[notation] = operand);
}
