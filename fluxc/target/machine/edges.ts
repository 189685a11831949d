/**
 * Makes the edges agree: at the end of every block that jumps to a join, moves what the join expects in registers to
 * where it expects it, and its parameters to their registers or spill slots, all at once.
 *
 * The moves stand before the predecessor's jump; critical edges are split, so they hurt no other path.
 */
import { IntPool } from '../../base/int-pool.ts';
import type { Allocation } from './allocation.ts';
import { bitOf } from './liveness.ts';
import { VIRTUAL } from './machine-function.ts';
import { ParallelMoves, SLOT } from './moves.ts';

export interface EdgeMoves {
  /** instructions to insert before the last one of block b: `code[start[b] .. end[b]]` */
  code: IntPool;
  start: Int32Array;
  end: Int32Array;
}

export function resolveEdges(allocation: Allocation): EdgeMoves {
  const { machine, flow } = allocation;
  const code = new IntPool(64);
  const start = new Int32Array(machine.successors.length);
  const end = new Int32Array(machine.successors.length);
  const moves = new ParallelMoves();
  /** register of each value at the end of the block at hand; valid where `seen` is the block */
  const register = new Int8Array(machine.virtualCount);
  const seen = new Int32Array(machine.virtualCount).fill(-1);
  /** argument that the edge at hand passes to each parameter */
  const argument = new Int32Array(machine.virtualCount).fill(-1);
  for (const block of flow.order) {
    start[block] = end[block] = code.length;
    const successors = machine.successors[block]!;
    if (successors.length !== 1) continue;
    const target = successors[0]!;
    const params = machine.params[target]!;
    if (flow.predecessors[target]!.length === 1 && params.length === 0) continue;
    const used = new Int32Array(2);
    const exit = allocation.exit[block]!;
    for (let i = 0; i < exit.length; i += 2) {
      register[exit[i + 1]!] = exit[i]!;
      seen[exit[i + 1]!] = block;
      used[exit[i]! >> 5]! |= bitOf(exit[i]!);
    }
    const add = (to: number, value: number) => {
      const from = seen[value] === block ? register[value]! : allocation.memoryOf(value);
      moves.add(to, from, machine.virtualClass[value]!);
    };
    for (let i = 0; i < params.length; i++) {
      const parameter = params[i]! - VIRTUAL;
      argument[parameter] = machine.jumpArguments[block]![i]! - VIRTUAL;
      if (allocation.passedInMemory[parameter]) add(SLOT + parameter, argument[parameter]!);
    }
    const entry = allocation.entry[target]!;
    for (let i = 0; i < entry.length; i += 2) {
      const value = entry[i + 1]!;
      used[entry[i]! >> 5]! |= bitOf(entry[i]!);
      const isParameter = allocation.live.definitionBlock[value] === target;
      add(entry[i]!, isParameter ? argument[value]! : value);
    }
    const { allocatable } = allocation;
    // A copy from memory to memory is not worth a register that the prologue would have to save.
    allocation.writeTo(code, block, allocatable[0]! & ~used[0]! & ~allocation.calleeSaved[0]!,
      allocatable[1]! & ~used[1]! & ~allocation.calleeSaved[1]!);
    moves.resolve(allocation);
    end[block] = code.length;
  }
  return { code, start, end };
}
