/**
 * Gives every block that jumps to a large switch its own copy of it: what makes interpreters fast.
 *
 * An interpreter is a loop round one switch, and each case jumps back to it. A core predicts where an indirect jump goes by
 * where the jump stands; with one jump for all instructions it sees a muddle, with one behind each instruction it sees which
 * instruction follows which. The jump back is saved as well. Registers are fixed by now, so a copy is a copy; the copies share
 * the table of the first (`CodeBuffer.tables`), which is the largest part.
 */
import { putInstead } from './copy-block.ts';
import { finalBlocks } from './empty-blocks.ts';
import type { MachineFunction } from './machine-function.ts';
import type { Target } from './target.ts';

/** Switches with fewer successors and blocks with fewer predecessors are none of an interpreter. */
const LEAST_SUCCESSORS = 24;
const LEAST_JUMPS = 16;
/** Most instructions of a block that is copied. */
const LONGEST_COPY = 20;

export function copyDispatch(machine: MachineFunction, { dispatch: opcodes }: Pick<Target, 'dispatch'>): void {
  if (!opcodes) return;
  const { layout, order, start, end, op, successors } = machine;
  const dispatches = layout.filter((block) => {
    const length = end[block]! - start[block]!;
    return length > 0 && length <= LONGEST_COPY && op[order[end[block]! - 1]!] === opcodes.switch
      && new Set(successors[block]).size >= LEAST_SUCCESSORS;
  });
  if (dispatches.length === 0) return;
  const final = finalBlocks(machine);
  for (const dispatch of dispatches) {
    const jumping = layout.filter((block) => {
      const last = order[end[block]! - 1]!;
      return block !== dispatch && final[block] === block && end[block]! > start[block]! && op[last] === opcodes.jump
        && final[machine.target[last]!] === dispatch;
    });
    if (jumping.length >= LEAST_JUMPS) putInstead(machine, jumping, dispatch, (other) => final[other] === dispatch);
  }
}
