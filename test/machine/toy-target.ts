/** Made-up register files for tests of the allocator: as tight as one likes. */
import type { AllocationTarget } from '../../fluxc/target/machine/allocation.ts';
import { FIRST_TARGET_OP } from '../../fluxc/target/machine/machine-function.ts';
import type { RegisterSet } from '../../fluxc/target/machine/target.ts';

/** Opcodes of the toy machine; its meaning is in `interpret.ts`. */
export const enum ToyOp {
  /** any uses and definitions: each definition is a hash of all uses */
  Mix = FIRST_TARGET_OP,
  /** one definition: the immediate */
  Constant = FIRST_TARGET_OP + 1,
  Jump = FIRST_TARGET_OP + 2,
  /** goes to the first or second successor by the lowest bit of its use */
  Branch = FIRST_TARGET_OP + 3,
  Return = FIRST_TARGET_OP + 4,
  /** definition 0 = use 1 + use 2, in the register of use 1 */
  Sum = FIRST_TARGET_OP + 5,
}

export interface ToyRegisters {
  int: number;
  float: number;
  /** the last so many of each class are callee-saved */
  saved: number;
}

export const INT_SCRATCH = 30;
export const FLOAT_SCRATCH = 62;

/** A target with `int` + `float` allocatable registers. Clobbers: 1 is a call, 2 destroys integer register 0 alone. */
export function toyTarget({ int, float, saved }: ToyRegisters): AllocationTarget {
  const names: string[] = new Array(64).fill('');
  for (let i = 0; i < int; i++) names[i] = `r${i}`;
  for (let i = 0; i < float; i++) names[32 + i] = `f${i}`;
  names[INT_SCRATCH] = 'rs';
  names[FLOAT_SCRATCH] = 'fs';
  const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
  const upTo = (count: number) => (1 << count) - 1;
  const call: RegisterSet = {
    int: upTo(int - saved) | (1 << INT_SCRATCH),
    float: upTo(float - Math.min(saved, float)) | (1 << (FLOAT_SCRATCH - 32)),
  };
  return {
    registers: {
      names,
      intOrder: range(0, int),
      floatOrder: range(32, float),
      calleeSaved: { int: upTo(int) & ~call.int, float: upTo(float) & ~call.float },
      scratch: { int: INT_SCRATCH, float: FLOAT_SCRATCH },
    },
    clobbers: [{ int: 0, float: 0 }, call, { int: 1, float: 0 }],
    canRematerialize: (machine, id) => machine.op[id] === ToyOp.Constant,
    commutes: (machine, id) => machine.op[id] === ToyOp.Sum,
  };
}
