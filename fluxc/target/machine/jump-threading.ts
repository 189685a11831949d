/**
 * Takes blocks out of an allocated function that do nothing but jump: what critical edges were split for and no copy
 * needed.
 *
 * Branches to such a block go where it goes. Where it stood between a conditional branch and that branch's target, the
 * branch is turned round instead of jumping over a jump. Only `layout`, `order` (a jump that is not needed becomes a
 * `Nop`), `target` and tables change.
 */
import { type MachineFunction, Pseudo } from './machine-function.ts';
import type { Target } from './target.ts';

/** What threading needs of a target. */
export interface Branches {
  /** opcode of the jump whose only effect is to go to `target` */
  jump: number;
  /** Turns a conditional branch round, its target left alone; false if the instruction is none. */
  invert(machine: MachineFunction, id: number): boolean;
  /** Replaces each block that the table of instruction `id` names, if it has one; without this such blocks stay. */
  mapTable?(machine: MachineFunction, id: number, map: (block: number) => number): void;
}

export function threadJumps(machine: MachineFunction, target: Pick<Target, 'branches'>): void {
  const { branches } = target;
  if (!branches) return;
  const forward = forwarding(machine, branches);
  if (!forward) return;
  const { layout, order, start, end } = machine;
  machine.layout = layout.filter((block, i) => {
    return forward[block] === block || isEnteredFromAbove(machine, branches, i, forward);
  });
  for (const block of machine.layout) {
    for (let k = start[block]!; k < end[block]!; k++) {
      const id = order[k]!;
      if (machine.target[id]! >= 0) machine.target[id] = forward[machine.target[id]!]!;
      branches.mapTable?.(machine, id, (other) => forward[other]!);
    }
  }
  for (let i = 0; i + 1 < machine.layout.length; i++) {
    turnRound(machine, branches, machine.layout[i]!, machine.layout[i + 1]!);
  }
}

/** Where a branch to each block may go at once; null if nowhere else. */
function forwarding(machine: MachineFunction, branches: Branches): Int32Array | null {
  const { layout, order, start, end, successors } = machine;
  const forward = new Int32Array(successors.length);
  for (let block = 0; block < forward.length; block++) forward[block] = block;
  const isFixed = fixedTargets(machine, branches);
  let found = false;
  for (let i = 1; i < layout.length; i++) {
    const block = layout[i]!;
    const id = order[start[block]!]!;
    const isJump = end[block]! - start[block]! === 1 && machine.op[id] === branches.jump;
    if (!isJump || isFixed[block] || machine.target[id] === block) continue;
    forward[block] = machine.target[id]!;
    found = true;
  }
  if (!found) return null;
  for (const block of layout) {
    // Jumps in a circle have no end: their blocks stay.
    let to = forward[block]!;
    for (let steps = 0; forward[to] !== to; steps++) {
      if (steps === layout.length) {
        to = block;
        break;
      }
      to = forward[to]!;
    }
    forward[block] = to;
  }
  return forward;
}

/** Blocks that another leads to other than by a branch that can be changed or by going on to the next. */
function fixedTargets(machine: MachineFunction, branches: Branches): Uint8Array {
  const { layout, order, start, end, successors } = machine;
  const isFixed = new Uint8Array(successors.length);
  const namedBy = new Int32Array(successors.length).fill(-1);
  layout.forEach((block, i) => {
    for (let k = start[block]!; k < end[block]!; k++) {
      const to = machine.target[order[k]!]!;
      if (to >= 0) namedBy[to] = block;
      branches.mapTable?.(machine, order[k]!, (other) => (namedBy[other] = block, other));
    }
    for (const other of successors[block]!) if (namedBy[other] !== block && other !== layout[i + 1]) isFixed[other] = 1;
  });
  return isFixed;
}

/**
 * Does control reach the block at `place` in the layout, which only jumps, from the one above without a branch? If that
 * ends in a conditional branch to the one below, the branch is turned round and goes to the block, no longer into it.
 */
function isEnteredFromAbove(
  machine: MachineFunction, branches: Branches, place: number, forward: Int32Array,
): boolean {
  const { layout, order, end, start, successors } = machine;
  const above = layout[place - 1]!;
  const block = layout[place]!;
  const below = layout[place + 1] ?? -1;
  if (end[above] === start[above]) return true;
  const last = order[end[above]! - 1]!;
  if (machine.op[last] === branches.jump || !successors[above]!.includes(block)) return false;
  let isInTable = false;
  branches.mapTable?.(machine, last, (other) => (isInTable ||= other === block, other));
  if (isInTable) return false;
  if (machine.target[last] !== below || forward[below] !== below || !branches.invert(machine, last)) return true;
  machine.target[last] = block;
  return false;
}

/** `branch next; jump elsewhere` becomes the opposite branch to elsewhere. */
function turnRound(machine: MachineFunction, { jump, invert }: Branches, block: number, next: number): void {
  const { order, end, start } = machine;
  const at = end[block]! - 1;
  if (at - 1 < start[block]!) return;
  const last = order[at]!;
  const branch = order[at - 1]!;
  if (machine.op[last] !== jump || machine.target[branch] !== next || machine.target[last] === next) return;
  if (!invert(machine, branch)) return;
  machine.target[branch] = machine.target[last]!;
  machine.op[last] = Pseudo.Nop;
  machine.target[last] = -1;
}
