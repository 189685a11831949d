/**
 * Blocks that do nothing but jump, as splitting critical edges leaves them where allocation needed no moves: they are
 * not emitted, and their labels stand where they lead.
 */
import type { MachineFunction } from './machine-function.ts';

/** The block that each block leads to: itself, unless it only jumps. The entry and endless jumps are kept. */
export function finalBlocks(machine: MachineFunction): Int32Array {
  const final = new Int32Array(machine.successors.length);
  for (let block = 0; block < final.length; block++) final[block] = block;
  for (const block of machine.layout) {
    if (block !== 0 && onlyJumps(machine, block)) final[block] = machine.successors[block]![0]!;
  }
  for (const block of machine.layout) {
    let end = block;
    let steps = 0;
    while (final[end] !== end && steps++ < final.length) end = final[end]!;
    // A ring of jumps has no end: one of its blocks has to stay.
    if (final[end] !== end) final[block] = block;
    else {
      for (let at = block; final[at] !== end && at !== end;) {
        const next = final[at]!;
        final[at] = end;
        at = next;
      }
    }
  }
  return final;
}

function onlyJumps(machine: MachineFunction, block: number): boolean {
  if (machine.end[block]! - machine.start[block]! !== 1 || machine.successors[block]!.length !== 1) return false;
  const id = machine.order[machine.start[block]!]!;
  return machine.target[id] === machine.successors[block]![0] && machine.operandCount[id] === 0;
}
