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
 */
export function frameRegion(
  machine: MachineFunction, target: Pick<Target, 'usesFrame'>, layout: readonly number[], successors: readonly number[][],
): Uint8Array {
  const framed = new Uint8Array(machine.successors.length);
  const whole = machine.interrupt || machine.outgoingBytes > 0 || !target.usesFrame;
  const work = whole ? [layout[0]!] : layout.filter((block) => needsFrame(machine, target, block));
  const predecessors: number[][] = machine.successors.map(() => []);
  for (const block of layout) for (const other of successors[block]!) predecessors[other]!.push(block);
  while (work.length > 0) {
    const block = work.pop()!;
    if (framed[block]) continue;
    framed[block] = Framed.Yes;
    work.push(...successors[block]!);
    // The entry is reached without a frame, so nobody may come back to it with one.
    if (predecessors[block]!.some((other) => framed[other])) work.push(...predecessors[block]!);
    for (const next of successors[block]!) work.push(...predecessors[next]!);
  }
  for (const block of layout) {
    if (framed[block] && !predecessors[block]!.some((other) => framed[other])) framed[block] = Framed.Begins;
  }
  return framed;
}

function needsFrame(machine: MachineFunction, target: Pick<Target, 'usesFrame'>, block: number): boolean {
  const { start, end, order, op, clobber, operandCount, savedRegisters } = machine;
  for (let k = start[block]!; k < end[block]!; k++) {
    const id = order[k]!;
    if (op[id] === Pseudo.Spill || op[id] === Pseudo.Reload || clobber[id] || target.usesFrame!(machine, id)) return true;
    for (let i = 0; i < operandCount[id]!; i++) if (savedRegisters.includes(machine.register(id, i))) return true;
  }
  return false;
}
