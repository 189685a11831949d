/**
 * Which part of an allocated function has a stack frame: the blocks that need one, and all that follow them.
 *
 * A block needs the frame if it calls, keeps something on the stack, or changes a register that the caller wants back.
 * The prologue stands where control comes into that part; whoever returns before, as a function does whose usual way is
 * short, pays nothing. A block that is reached with and without a frame cannot be: then the frame is made earlier, on the
 * way that had none, and so in front of every loop that needs it.
 *
 * A backtrace of code without a frame would miss one caller. So an instruction that traps there makes the frame record
 * first (`Target.emitRecord`), out of the way of those who do not trap.
 */
import { putInstead } from './copy-block.ts';
import { type MachineFunction, Pseudo } from './machine-function.ts';
import type { Target } from './target.ts';

export const enum Framed {
  No,
  Yes,
  /** and its prologue stands in front of the block */
  Begins,
}

/**
 * Of each block of `layout`, whether it has the frame. `successors`: the blocks of the layout that follow each one of it.
 * Where all ways from a block have it, so does the block: one prologue is shorter than many.
 */
export function frameRegion(
  machine: MachineFunction, target: Pick<Target, 'usesFrame'>, layout: readonly number[], successors: readonly number[][],
): Uint8Array {
  const region = spread(machine, target, layout, successors, true);
  const predecessors = predecessorsOf(layout, successors);
  for (const block of layout) {
    const isFirst = block === layout[0] || !predecessors[block]!.some((other) => region[other]);
    if (region[block] && isFirst) region[block] = Framed.Begins;
  }
  return region;
}

/** The blocks that need the frame, those that follow, and those from which others would be reached both with and without it. */
function spread(
  machine: MachineFunction, target: Pick<Target, 'usesFrame'>, layout: readonly number[], successors: readonly number[][],
  joins: boolean,
): Uint8Array {
  const framed = new Uint8Array(machine.successors.length);
  const whole = machine.interrupt || machine.outgoingBytes > 0 || !target.usesFrame;
  const work = whole ? [layout[0]!] : layout.filter((block) => needsFrame(machine, target, block));
  const predecessors = predecessorsOf(layout, successors);
  const isFollowing = new Uint8Array(framed.length);
  const hasIt = (block: number) => framed[block] || machine.cold[block];
  while (work.length > 0) {
    const block = work.pop()!;
    if (framed[block]) continue;
    framed[block] = Framed.Yes;
    for (const next of successors[block]!) {
      if (isFollowing[next]) continue;
      isFollowing[next] = 1;
      work.push(next, ...predecessors[next]!);
    }
    if (joins) for (const above of predecessors[block]!) if (successors[above]!.every(hasIt)) work.push(above);
  }
  return framed;
}

function predecessorsOf(layout: readonly number[], successors: readonly number[][]): number[][] {
  const predecessors: number[][] = successors.map(() => []);
  for (const block of layout) for (const other of successors[block]!) predecessors[other]!.push(block);
  return predecessors;
}

/** Most instructions before the return of a block that is copied. */
const LONGEST_COPY = 3;

/**
 * Gives those who return without a frame, or those who return with one, returns of their own, where both go to one block
 * that does little but return: else all would have to have the frame.
 */
export function partReturns(machine: MachineFunction, target: Pick<Target, 'usesFrame' | 'returnInstruction'>): void {
  const { layout } = machine;
  const successors = following(machine, layout);
  const isReturn = Uint8Array.from(successors, (list, block) => (list.length === 0 && isShortReturn(machine, target, block) ? 1 : 0));
  isReturn[layout[0]!] = 0;
  const returns = layout.filter((block) => isReturn[block]);
  if (returns.length === 0) return;
  const predecessors = predecessorsOf(layout, successors);
  const apart = successors.map((list) => list.filter((block) => !isReturn[block]));
  const framed = spread(machine, target, layout, apart, false);
  for (const block of returns) {
    const leading = predecessors[block]!;
    const [without, within] = [leading.filter((other) => !framed[other]), leading.filter((other) => framed[other])];
    if (without.length === 0 || within.length === 0) continue;
    const jumping = [without, within].find((list) => list.every((other) => jumps(machine, other)));
    if (jumping) putInstead(machine, jumping, block);
  }
}

function isShortReturn(machine: MachineFunction, target: Pick<Target, 'usesFrame' | 'returnInstruction'>, block: number): boolean {
  const { order, start, end, op } = machine;
  const length = end[block]! - start[block]!;
  if (length === 0 || length > LONGEST_COPY + 1 || op[order[end[block]! - 1]!] !== target.returnInstruction) return false;
  return !needsFrame(machine, target, block, length - 1);
}

/** Does a block end in a jump that is its only way? */
function jumps({ order, start, end, target, operandCount, successors }: MachineFunction, block: number): boolean {
  if (end[block] === start[block] || successors[block]!.length !== 1) return false;
  const id = order[end[block]! - 1]!;
  return target[id]! >= 0 && operandCount[id] === 0;
}

/** The blocks of `layout` that follow each block, over those that only jump and were left out of it. */
export function following(machine: MachineFunction, layout: readonly number[]): number[][] {
  const isThere = new Uint8Array(machine.successors.length);
  for (const block of layout) isThere[block] = 1;
  return machine.successors.map((successors) => successors.map((block) => {
    while (!isThere[block]) block = machine.successors[block]![0]!;
    return block;
  }));
}

/** `count`: instructions of the block to look at. */
function needsFrame(
  machine: MachineFunction, target: Pick<Target, 'usesFrame'>, block: number, count = machine.end[block]! - machine.start[block]!,
): boolean {
  const { start, order, op, clobber, operandCount, savedRegisters } = machine;
  for (let k = start[block]!; k < start[block]! + count; k++) {
    const id = order[k]!;
    if (op[id] === Pseudo.Spill || op[id] === Pseudo.Reload || clobber[id] || target.usesFrame?.(machine, id)) return true;
    for (let i = 0; i < operandCount[id]!; i++) if (savedRegisters.includes(machine.register(id, i))) return true;
  }
  return false;
}
