/**
 * The AArch64 register file: numbers, names, and who saves what (AAPCS64, sections 6.1.1 and 6.1.2).
 *
 * Registers 0 to 31 are the integer registers, 32 to 63 the floating-point and vector registers. Number 31 is the stack
 * pointer or the zero register, as the operand's place in the instruction says; neither is ever allocated. x16 and v31
 * are the scratch registers of emission, x17 is free for the linker's long branches, x18 belongs to the platform.
 */
import type { RegisterFile, RegisterSet } from '../machine/target.ts';

export const SCRATCH = 16;
export const SECOND_SCRATCH = 17;
export const FRAME_POINTER = 29;
export const LINK = 30;
/** as an operand that names the stack pointer */
export const STACK_POINTER = 31;
/** as an operand that names the zero register */
export const ZERO = 31;
export const FIRST_FLOAT = 32;
export const FLOAT_SCRATCH = 63;

function range(from: number, to: number): number[] {
  const numbers: number[] = [];
  for (let r = from; r <= to; r++) numbers.push(r);
  return numbers;
}

function mask(numbers: readonly number[]): number {
  return numbers.reduce((bits, r) => bits | (1 << (r & 31)), 0);
}

export const CALL_CLOBBERS: RegisterSet = {
  int: mask([...range(0, 17), LINK]),
  float: mask([...range(0, 7), ...range(16, 31)]),
};

/** Everything that a `bl` may change and an exception handler therefore saves: all but the callee-saved registers. */
export const CLOBBERS: readonly RegisterSet[] = [{ int: 0, float: 0 }, CALL_CLOBBERS];

export const REGISTERS: RegisterFile = {
  names: [...range(0, 30).map((r) => `x${r}`), 'sp', ...range(0, 31).map((r) => `v${r}`)],
  intOrder: [...range(0, 15), ...range(19, 28)],
  floatOrder: [...range(0, 7), ...range(16, 30), ...range(8, 15)].map((r) => FIRST_FLOAT + r),
  calleeSaved: { int: mask(range(19, 28)), float: mask(range(8, 15)) },
  scratch: { int: SCRATCH, float: FLOAT_SCRATCH },
};
