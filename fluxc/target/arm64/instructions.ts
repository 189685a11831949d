/**
 * The machine instructions of the code generator: one row each, a row of the encoding table plus where its registers
 * go.
 *
 * An instruction's operands stand in the order of the row's register fields; its `mode` holds all further bits of the
 * word (width, shift, condition, immediate), so emitting one is: word, mode and registers or'd together. What is more
 * than one word, or needs the frame, a label or a symbol, has no row and is written by `emit.ts`.
 */
import { FIRST_TARGET_OP } from '../machine/machine-function.ts';
import { rowWord } from './forms.ts';
import { REGISTER_FIELDS } from './operand-registers.ts';

export const enum Inst {
  // ---- one word, from the table below, in its order; the first is FIRST_TARGET_OP ----
  Add = 16, AddExtended, AddImmediate, Sub, SubExtended, SubImmediate,
  Compare, CompareExtended, CompareImmediate, CompareNegative, CompareNegativeImmediate,
  And, AndImmediate, AndNot, Or, OrImmediate, OrNot, Xor, XorImmediate, XorNot, Test, TestImmediate,
  Negate, Not,
  Multiply, MultiplyAdd, MultiplySubtract, MultiplyNegate, SignedMultiplyLong, UnsignedMultiplyLong,
  SignedMultiplyHigh, UnsignedMultiplyHigh, SignedDivide, UnsignedDivide,
  ShiftLeft, ShiftRight, ShiftRightSigned, RotateRight,
  UnsignedBitField, SignedBitField, Extract,
  CountLeadingZeros, ReverseBits, ReverseBytes32, ReverseBytes64,
  Select, SelectIncrement, SelectInvert, SelectNegate,
  FloatAdd, FloatSub, FloatMultiply, FloatDivide, FloatNegate, FloatAbsolute, FloatSquareRoot,
  FloatCompare, FloatCompareZero, FloatSelect, FloatImmediate,
  FloatFromSigned, FloatFromUnsigned, SignedFromFloat, UnsignedFromFloat, Promote, Demote,
  MoveSingleToInt, MoveIntToSingle, MoveDoubleToInt, MoveIntToDouble,
  ReadSystem, WriteSystem,
  /** a load or store; its whole word is in `mode`. Operands: data, base */
  Access,
  /** data, base, index */
  AccessIndexed,

  // ---- written by emit.ts ----
  /** like Access; a relocation adds the low 12 bits of a symbol; imm is the addend */
  AccessSymbol,
  /** data; imm: offset, immHigh: slot; mode: the word with an unscaled offset of zero */
  AccessSlot,
  /** def; imm, immHigh: the bits; mode: WIDE or 0 */
  Constant,
  /** def float; imm, immHigh: the bits; mode: DOUBLE or 0 */
  FloatConstant,
  /** def; imm: offset, immHigh: slot */
  SlotAddress,
  /** def; symbol + imm */
  SymbolAddress,
  /** def; the page of symbol + imm */
  SymbolPage,
  /** symbol */
  Call,
  /** use */
  CallPointer,
  Return,
  /** target */
  Jump,
  /** mode: condition; target: block if it holds; imm: block if not */
  BranchCondition,
  /** use; mode: WIDE or 0, or'd with NOT_ZERO; target, imm as above */
  BranchZero,
  /** use; mode: bit number, or'd with BIT_SET; target, imm as above */
  BranchBit,
  /** imm: trap code */
  Trap,
  /** the same three conditions for traps; imm: trap code */
  TrapCondition,
  TrapZero,
  TrapBit,
  /** use, temporary def; mode: WIDE or 0; imm: index in `machine.tables`: pairs (less the least case, block) */
  JumpTable,
  /** use, temporary def; mode: WIDE or 0; imm: index in `machine.tables`: triples (low word, high word, block) */
  CompareChain,
}

/** In `mode` of BranchZero and TrapZero: branch if the register is not zero. */
export const NOT_ZERO = 1 << 24;
/** In `mode` of BranchBit and TrapBit: branch if the bit is set. */
export const BIT_SET = 1 << 24;

export interface InstructionRow {
  word: number;
  /** bit position of each register operand */
  places: readonly number[];
}

const REGISTER_FIELD = /[RFWXSDBHQ](d|nm|n|m|a|t2|t|s)(\|SP)?$/y;

function row(mnemonic: string, operands: string): InstructionRow {
  const places: number[] = [];
  for (const notation of operands.split(', ')) {
    REGISTER_FIELD.lastIndex = 0;
    const match = REGISTER_FIELD.exec(notation);
    if (match) places.push(REGISTER_FIELDS[match[1]!]!);
  }
  return { word: rowWord(mnemonic, operands), places };
}

/** In the order of `Inst`, from `Add` on. */
const INSTRUCTIONS: readonly InstructionRow[] = [
  row('add', 'Rd, Rn, Rm, shift.R'),
  // The option of extension is in `mode`, so that of the row must be zero in it.
  row('add', 'Wd|SP, Wn|SP, Wm, extend.W'),
  row('add', 'Rd|SP, Rn|SP, imm12'),
  row('sub', 'Rd, Rn, Rm, shift.R'),
  row('sub', 'Wd|SP, Wn|SP, Wm, extend.W'),
  row('sub', 'Rd|SP, Rn|SP, imm12'),
  row('cmp', 'Rn, Rm, shift.R'),
  row('cmp', 'Wn|SP, Wm, extend.W'),
  row('cmp', 'Rn|SP, imm12'),
  row('cmn', 'Rn, Rm, shift.R'),
  row('cmn', 'Rn|SP, imm12'),
  row('and', 'Rd, Rn, Rm, rotate.R'),
  row('and', 'Rd|SP, Rn, bitmask.R'),
  row('bic', 'Rd, Rn, Rm, rotate.R'),
  row('orr', 'Rd, Rn, Rm, rotate.R'),
  row('orr', 'Rd|SP, Rn, bitmask.R'),
  row('orn', 'Rd, Rn, Rm, rotate.R'),
  row('eor', 'Rd, Rn, Rm, rotate.R'),
  row('eor', 'Rd|SP, Rn, bitmask.R'),
  row('eon', 'Rd, Rn, Rm, rotate.R'),
  row('tst', 'Rn, Rm, rotate.R'),
  row('tst', 'Rn, bitmask.R'),
  row('neg', 'Rd, Rm, shift.R'),
  row('mvn', 'Rd, Rm, rotate.R'),
  row('mul', 'Rd, Rn, Rm'),
  row('madd', 'Rd, Rn, Rm, Ra'),
  row('msub', 'Rd, Rn, Rm, Ra'),
  row('mneg', 'Rd, Rn, Rm'),
  row('smull', 'Xd, Wn, Wm'),
  row('umull', 'Xd, Wn, Wm'),
  row('smulh', 'Xd, Xn, Xm'),
  row('umulh', 'Xd, Xn, Xm'),
  row('sdiv', 'Rd, Rn, Rm'),
  row('udiv', 'Rd, Rn, Rm'),
  row('lsl', 'Rd, Rn, Rm'),
  row('lsr', 'Rd, Rn, Rm'),
  row('asr', 'Rd, Rn, Rm'),
  row('ror', 'Rd, Rn, Rm'),
  row('ubfm', 'Rd, Rn, immr.R, imms.R'),
  row('sbfm', 'Rd, Rn, immr.R, imms.R'),
  row('extr', 'Rd, Rn, Rm, imms.R'),
  row('clz', 'Rd, Rn'),
  row('rbit', 'Rd, Rn'),
  row('rev', 'Wd, Wn'),
  row('rev', 'Xd, Xn'),
  row('csel', 'Rd, Rn, Rm, cond'),
  row('csinc', 'Rd, Rn, Rm, cond'),
  row('csinv', 'Rd, Rn, Rm, cond'),
  row('csneg', 'Rd, Rn, Rm, cond'),
  row('fadd', 'Fd, Fn, Fm'),
  row('fsub', 'Fd, Fn, Fm'),
  row('fmul', 'Fd, Fn, Fm'),
  row('fdiv', 'Fd, Fn, Fm'),
  row('fneg', 'Fd, Fn'),
  row('fabs', 'Fd, Fn'),
  row('fsqrt', 'Fd, Fn'),
  row('fcmp', 'Fn, Fm'),
  row('fcmp', 'Fn, float.zero'),
  row('fcsel', 'Fd, Fn, Fm, cond'),
  row('fmov', 'Fd, float8'),
  row('scvtf', 'Fd, Rn'),
  row('ucvtf', 'Fd, Rn'),
  row('fcvtzs', 'Rd, Fn'),
  row('fcvtzu', 'Rd, Fn'),
  row('fcvt', 'Dd, Sn'),
  row('fcvt', 'Sd, Dn'),
  row('fmov', 'Wd, Sn'),
  row('fmov', 'Sd, Wn'),
  row('fmov', 'Xd, Dn'),
  row('fmov', 'Dd, Xn'),
  row('mrs', 'Xt, sysreg'),
  row('msr', 'sysreg, Xt'),
  { word: 0, places: [REGISTER_FIELDS.t!, REGISTER_FIELDS.n!] },
  { word: 0, places: [REGISTER_FIELDS.t!, REGISTER_FIELDS.n!, REGISTER_FIELDS.m!] },
];

/** The row of an instruction of one word, undefined for the others. */
export function instructionRow(op: number): InstructionRow | undefined {
  return INSTRUCTIONS[op - FIRST_TARGET_OP];
}

if (Inst.Add !== FIRST_TARGET_OP || INSTRUCTIONS.length !== Inst.AccessSymbol - FIRST_TARGET_OP) {
  throw new Error('instruction rows and numbers differ');
}
