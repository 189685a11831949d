/** Copies of an allocated block: registers are fixed, so a copy is a copy. */
import type { MachineFunction } from './machine-function.ts';

/** Puts what block `from` does in the place of the jumps that end `blocks`; `leadsThere` says which successors those jumps go to. */
export function putInstead(
  machine: MachineFunction, blocks: readonly number[], from: number, leadsThere: (successor: number) => boolean = () => true,
): void {
  const lists = machine.successors.map((_, block) => Array.from(machine.order.subarray(machine.start[block]!, machine.end[block]!)));
  for (const block of blocks) {
    lists[block]!.pop();
    for (const id of lists[from]!) lists[block]!.push(machine.copy(id));
    machine.successors[block] = [...machine.successors[block]!.filter((other) => !leadsThere(other)), ...machine.successors[from]!];
  }
  let at = 0;
  machine.order = Int32Array.from(lists.flat());
  lists.forEach((list, block) => {
    machine.start[block] = at;
    at += list.length;
    machine.end[block] = at;
  });
}
