/**
 * The register file of RV64GC under the LP64D ABI: names, saving rules, order of allocation.
 *
 * Integer register x0..x31 is number 0..31, float register f0..f31 is 32..63 (RISC-V psABI, "Register Convention").
 * Never allocated: zero, ra, sp, gp, tp, s0 (frame pointer), t6 and ft11 (scratch).
 */
import { FLOAT } from '../machine/machine-function.ts';
import type { RegisterFile, RegisterSet } from '../machine/target.ts';

export const INT_NAMES: readonly string[] = [
  'zero', 'ra', 'sp', 'gp', 'tp', 't0', 't1', 't2', 's0', 's1', 'a0', 'a1', 'a2', 'a3', 'a4', 'a5',
  'a6', 'a7', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 's10', 's11', 't3', 't4', 't5', 't6',
];
export const FLOAT_NAMES: readonly string[] = [
  'ft0', 'ft1', 'ft2', 'ft3', 'ft4', 'ft5', 'ft6', 'ft7', 'fs0', 'fs1', 'fa0', 'fa1', 'fa2', 'fa3', 'fa4', 'fa5',
  'fa6', 'fa7', 'fs2', 'fs3', 'fs4', 'fs5', 'fs6', 'fs7', 'fs8', 'fs9', 'fs10', 'fs11', 'ft8', 'ft9', 'ft10', 'ft11',
];

export const ZERO = 0;
export const RA = 1;
export const SP = 2;
export const T1 = 6;
/** the frame pointer */
export const FP = 8;
export const A0 = 10;
export const T6 = 31;
export const FA0 = FLOAT + 10;
export const FT11 = FLOAT + 31;

/** Number of arguments that travel in registers, of each class. */
export const ARGUMENT_REGISTERS = 8;

/** x5-x7, x10-x17, x28-x31; ra is destroyed too, but every frame keeps it */
const CALLER_SAVED_INT = 0xf003fce0 | 0;
const CALLER_SAVED_FLOAT = 0xf003fcff | 0;
/** s1-s11 */
const CALLEE_SAVED_INT = 0x0ffc0200;
/** fs0-fs11 */
const CALLEE_SAVED_FLOAT = 0x0ffc0300;

/**
 * Caller-saved first; among those a0-a5 first, because the three-bit register fields of compressed instructions reach
 * x8-x15 only. Of the callee-saved, s1 alone is in that range.
 */
const INT_ORDER = [15, 14, 13, 12, 11, 10, 16, 17, 5, 6, 7, 28, 29, 30, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27];
const FLOAT_ORDER = [
  15, 14, 13, 12, 11, 10, 16, 17, 0, 1, 2, 3, 4, 5, 6, 7, 28, 29, 30,
  8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
];

export const REGISTERS: RegisterFile = {
  names: [...INT_NAMES, ...FLOAT_NAMES],
  intOrder: INT_ORDER,
  floatOrder: FLOAT_ORDER.map((register) => register + FLOAT),
  calleeSaved: { int: CALLEE_SAVED_INT, float: CALLEE_SAVED_FLOAT },
  scratch: { int: T6, float: FT11 },
};

/** Index into `CLOBBERS` of what a call destroys. */
export const CALL_CLOBBERS = 1;
export const CLOBBERS: readonly RegisterSet[] = [
  { int: 0, float: 0 },
  { int: CALLER_SAVED_INT, float: CALLER_SAVED_FLOAT },
];

const BY_NAME = new Map<string, number>();
INT_NAMES.forEach((name, index) => BY_NAME.set(name, index).set(`x${index}`, index));
FLOAT_NAMES.forEach((name, index) => BY_NAME.set(name, FLOAT + index).set(`f${index}`, FLOAT + index));
BY_NAME.set('fp', FP);

/** The register called `name` (ABI name, `x` or `f` number, `fp`), or -1. */
export function registerByName(name: string): number {
  return BY_NAME.get(name) ?? -1;
}
