/**
 * Gives every block that jumps to a large switch its own copy of it: what makes interpreters fast.
 *
 * An interpreter is a loop round one switch, and each case jumps back to it. A core predicts where an indirect jump goes by
 * where the jump stands; with one jump for all instructions it sees a muddle, with one behind each instruction it sees which
 * instruction follows which. The jump back is saved as well. Registers are fixed by now, so a copy is a copy; the copies share
 * the table of the first (`CodeBuffer.tables`), which is the largest part.
 */
import { finalBlocks } from './empty-blocks.ts';
import { putInstead } from './frame-region.ts';
import type { MachineFunction } from './machine-function.ts';
import type { Target } from './target.ts';

/** Switches with fewer successors and blocks with fewer predecessors are none of an interpreter. */
const LEAST_SUCCESSORS = 24;
const LEAST_JUMPS = 16;
/** Most instructions of a block that is copied. */
const LONGEST_COPY = 20;

export function copyDispatch(machine: MachineFunction, target: Pick<Target, 'switchInstruction'>): void {
  const { layout, order, start, end, op, successors } = machine;
  const dispatches = layout.filter((block) => {
    const length = end[block]! - start[block]!;
    return length > 0 && length <= LONGEST_COPY && op[order[end[block]! - 1]!] === target.switchInstruction
      && new Set(successors[block]).size >= LEAST_SUCCESSORS;
  });
  if (dispatches.length === 0) return;
  const final = finalBlocks(machine);
  for (const dispatch of dispatches) {
    const jumping = layout.filter((block) => block !== dispatch && final[block] === block && endsInJumpTo(machine, block, dispatch, final));
    if (jumping.length >= LEAST_JUMPS) putInstead(machine, jumping, dispatch);
  }
}

function endsInJumpTo(machine: MachineFunction, block: number, to: number, final: Int32Array): boolean {
  const { order, start, end, target, operandCount, successors } = machine;
  if (end[block] === start[block] || successors[block]!.length !== 1) return false;
  const id = order[end[block]! - 1]!;
  return target[id]! >= 0 && operandCount[id] === 0 && final[target[id]!] === to;
}
