/**
 * Machine opcodes of riscv64: one for each base row of `forms.ts`, then the composites that `emit.ts` expands.
 *
 * An instruction whose opcode is a row carries its registers in the order of the row's assembly operands and its
 * immediate in `imm`. Further use of the fields, by kind of row:
 * - loads and stores: with a symbol they are pc-relative, with `mode` = slot + 1 they reach a stack slot; then the base
 *   register is missing and `imm` is the offset;
 * - branches: `target` is the block if true, `imm` the block if false; with `mode` = `BRANCH_TO_TRAP`, `imm` is the
 *   trap code;
 * - float arithmetic: `mode` is the rounding mode (0: to nearest even);
 * - `csrrwi` and its kin: `imm` is the CSR, `mode` the five-bit constant.
 */
import { FIRST_TARGET_OP } from '../machine/machine-function.ts';
import { type Form, form, FORMS } from './forms.ts';

/** The opcode of the base row called `name`. */
export function rowOp(name: string): number {
  return FIRST_TARGET_OP + form(name).index;
}

/** The opcodes of a float operation for f32 and f64. */
export function floatRows(name: string): readonly [single: number, double: number] {
  return [rowOp(`${name}.s`), rowOp(`${name}.d`)];
}

/** The row of an opcode, or undefined for a composite. */
export function rowOf(op: number): Form | undefined {
  return FORMS[op - FIRST_TARGET_OP];
}

const FIRST_COMPOSITE = 1024;
if (FIRST_TARGET_OP + FORMS.length > FIRST_COMPOSITE) throw new Error('the encoding table has outgrown its opcodes');

export const enum Composite {
  /** def; imm, immHigh: the shortest sequence for a 64-bit constant */
  LoadConstant = 1024,
  /** def float; imm, immHigh: the bits; mode 1: f64 */
  LoadFloat,
  /** def; symbol, imm = addend: auipc + addi */
  SymbolAddress,
  /** def; mode = slot, imm = offset */
  SlotAddress,
  /** fixed uses and defs; symbol */
  Call,
  /** use, then as Call */
  CallPointer,
  /** fixed uses: epilogue and ret */
  Return,
  /** target */
  Jump,
  /** imm = trap code */
  Trap,
  /**
   * def = use 1, use 2, then those sources of the branch row in mode that are not use 1: use 1 if it is taken, else use
   * 2
   */
  Select,
  /** use: copies the value into t6 for the cases that follow */
  SwitchStart,
  /** imm = table of (low word, high word, block), ascending: goes to the block of the case that t6 is, if it is one */
  SwitchCases,
  /** def, use; imm likewise: goes to the block of the case that the use is, else to target; the def is overwritten */
  SwitchSearch,
  /** imm, immHigh = least case, mode = entries that follow; target = default */
  SwitchTable,
  /** one entry of a jump table: a jump to target */
  TableEntry,
}

export const BRANCH_TO_TRAP = 1;
/** Set in the mode of a Select, above the opcode of its branch: a source of the branch is the destination. */
export const SELECT_X_KEPT = 1 << 16;
export const SELECT_Y_KEPT = 1 << 17;
