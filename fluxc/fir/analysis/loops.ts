/**
 * Natural loops: who is the header of the innermost loop around each block, and how deep the block is nested.
 *
 * A loop is what an edge to a dominator (its header) closes; loops with one header are one. Cycles with several entries
 * have no header and are no loops here: nobody may move code as if they were.
 */
import type { Func } from '../function.ts';
import type { ControlFlow } from './control-flow.ts';
import { dominates, type DominatorTree } from './dominators.ts';

export interface Loops {
  /** headers, outer loops before the loops in them */
  headers: number[];
  /** header of the innermost loop that holds each block, -1 for none; a header's own is itself */
  header: Int32Array;
  /** header of the loop around the loop of each header; -1 for none and for blocks that are no headers */
  outer: Int32Array;
  /** loops around each block */
  depth: Int32Array;
}

export function findLoops(f: Func, flow: ControlFlow, tree: DominatorTree): Loops {
  const header = new Int32Array(f.blockCount).fill(-1);
  const outer = new Int32Array(f.blockCount).fill(-1);
  const depth = new Int32Array(f.blockCount);
  const headers: number[] = [];
  const { order, start, predecessors } = flow;
  const pending: number[] = [];
  // Inner headers come later in reverse postorder: from the last on, a block's first loop is its innermost.
  for (let i = order.length - 1; i >= 0; i--) {
    const head = order[i]!;
    let loops = false;
    for (let k = start[head]!; k < start[head + 1]!; k++) {
      if (!dominates(tree, head, predecessors[k]!)) continue;
      loops = true;
      pending.push(predecessors[k]!);
    }
    if (!loops) continue;
    headers.push(head);
    header[head] = head;
    while (pending.length > 0) {
      let block = pending.pop()!;
      if (block === head) continue;
      // A block of an inner loop stands for the whole of it: go on above the outermost loop known so far.
      if (header[block] !== -1) {
        block = outermost(header[block]!, outer);
        if (block === head) continue;
        outer[block] = head;
      } else header[block] = head;
      for (let k = start[block]!; k < start[block + 1]!; k++) pending.push(predecessors[k]!);
    }
  }
  headers.reverse();
  for (const head of headers) depth[head] = outer[head] === -1 ? 1 : depth[outer[head]!]! + 1;
  for (let i = 0; i < order.length; i++) {
    const block = order[i]!;
    if (header[block] !== -1) depth[block] = depth[header[block]!]!;
  }
  return { headers, header, outer, depth };
}

function outermost(head: number, outer: Int32Array): number {
  while (outer[head] !== -1) head = outer[head]!;
  return head;
}

/** Does the loop of header `head` hold `block`? */
export function loopHolds(loops: Loops, head: number, block: number): boolean {
  for (let at = loops.header[block]!; at !== -1; at = loops.outer[at]!) if (at === head) return true;
  return false;
}
