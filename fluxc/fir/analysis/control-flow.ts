/**
 * The control flow graph of a function: which blocks the entry reaches, in what order, and over which edges.
 *
 * Made once per pass that needs it and true until an edge changes. Everything is an array by block: predecessors of
 * block `b` are `predecessors[start[b] .. start[b + 1]]`, with the edge that leads from each in `incoming` beside it.
 * A block that leads to another twice is its predecessor twice. Blocks that the entry does not reach have rank -1 and
 * count as nobody's predecessor.
 */
import type { Func } from '../function.ts';
import { Op } from '../ops.ts';
import { Type } from '../types.ts';

export interface ControlFlow {
  /** reachable blocks in reverse postorder: a block stands before all that it dominates */
  order: Int32Array;
  /** index in `order` of each block, -1 if no path leads there */
  rank: Int32Array;
  /** index into `predecessors` and `incoming` of each block's first; one more entry than there are blocks */
  start: Int32Array;
  predecessors: Int32Array;
  /** pool index of the edge from the predecessor at the same index */
  incoming: Int32Array;
}

/** How many edges leave terminator `id`; 0 if it ends the function, or is none. */
export function edgeCount(f: Func, id: number): number {
  switch (f.op[id]! as Op) {
    case Op.Jump: return 1;
    case Op.Brif: return 2;
    case Op.Switch: return 1 + f.c[id]!;
    default: return 0;
  }
}

/** Edge `index` of terminator `id`, in the order of `Func.edges`. */
export function edgeAt(f: Func, id: number, index: number): number {
  switch (f.op[id]! as Op) {
    case Op.Jump: return f.a[id]!;
    case Op.Brif: return index === 0 ? f.b[id]! : f.c[id]!;
    default: return f.extra.data[index === 0 ? f.b[id]! : f.b[id]! + 3 * index]!;
  }
}

/** Puts another edge in place of edge `index` of terminator `id`. */
export function setEdge(f: Func, id: number, index: number, edge: number): void {
  switch (f.op[id]! as Op) {
    case Op.Jump:
      f.a[id] = edge;
      return;
    case Op.Brif:
      if (index === 0) f.b[id] = edge;
      else f.c[id] = edge;
      return;
    default: f.extra.data[index === 0 ? f.b[id]! : f.b[id]! + 3 * index] = edge;
  }
}

/** The arguments of an edge, as a list of their own. */
export function edgeArguments(f: Func, edge: number): number[] {
  const list: number[] = [];
  for (let i = 0; i < f.edgeCount(edge); i++) list.push(f.edgeArgument(edge, i));
  return list;
}

/** The edge that a switch takes for a constant. */
export function chosenCase(f: Func, id: number, low: number, high: number): number {
  const narrow = f.type[f.a[id]!] === Type.I32;
  const at = f.b[id]!;
  for (let i = 0; i < f.c[id]!; i++) {
    const row = at + 1 + 3 * i;
    if (f.extra.at(row) === low && (narrow || f.extra.at(row + 1) === high)) return f.extra.at(row + 2);
  }
  return f.extra.at(at);
}

/** Room for what is needed only while a graph is made: several are made of every function. */
let scratch = new Int32Array(256);

export function controlFlow(f: Func): ControlFlow {
  const { rank, order } = reversePostorder(f);
  const start = new Int32Array(f.blockCount + 1);
  for (let i = 0; i < order.length; i++) {
    const end = f.last[order[i]!]!;
    for (let k = edgeCount(f, end) - 1; k >= 0; k--) start[f.edgeTarget(edgeAt(f, end, k)) + 1]!++;
  }
  for (let b = 0; b < f.blockCount; b++) start[b + 1]! += start[b]!;
  const fill = scratch;
  fill.set(start);
  const predecessors = new Int32Array(start[f.blockCount]!);
  const incoming = new Int32Array(start[f.blockCount]!);
  for (let i = 0; i < order.length; i++) {
    const block = order[i]!;
    const end = f.last[block]!;
    const count = edgeCount(f, end);
    for (let k = 0; k < count; k++) {
      const edge = edgeAt(f, end, k);
      const at = fill[f.edgeTarget(edge)]!++;
      predecessors[at] = block;
      incoming[at] = edge;
    }
  }
  return { order, rank, start, predecessors, incoming };
}

/** How many edges lead to `block`. */
export function predecessorCount(flow: ControlFlow, block: number): number {
  return flow.start[block + 1]! - flow.start[block]!;
}

/** Depth first over the edges, the last one of each block first, so that the first stands directly behind its block. */
export function reversePostorder(f: Func): { order: Int32Array; rank: Int32Array } {
  const rank = new Int32Array(f.blockCount).fill(-1);
  // In the scratch: how many edges of each block on the path are still to be followed; the path, which grows from
  // `pathAt`; and the order, which grows down to it from `end`. Together they never hold more than all blocks.
  const pathAt = f.blockCount;
  const end = pathAt + f.layout.length;
  if (scratch.length <= end) scratch = new Int32Array(2 * end);
  const room = scratch;
  let free = end;
  let top = pathAt;
  room[top] = 0;
  rank[0] = 0;
  room[0] = edgeCount(f, f.last[0]!);
  while (top >= pathAt) {
    const block = room[top]!;
    const left = room[block]!;
    if (left === 0) {
      top--;
      room[--free] = block;
      continue;
    }
    room[block] = left - 1;
    const next = f.edgeTarget(edgeAt(f, f.last[block]!, left - 1));
    if (rank[next] !== -1) continue;
    rank[next] = 0;
    room[next] = edgeCount(f, f.last[next]!);
    room[++top] = next;
  }
  const order = room.slice(free, end);
  for (let i = 0; i < order.length; i++) rank[order[i]!] = i;
  return { order, rank };
}
