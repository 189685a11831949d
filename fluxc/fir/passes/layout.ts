/**
 * `layout`: the order in which blocks are emitted. A block stands after its dominator (selection relies on that), the
 * blocks of a loop stand together, and blocks from which every path traps stand last, out of the way.
 *
 * The order is reverse postorder with three changes: at a branch the more deeply nested side comes directly behind;
 * each loop's blocks are gathered behind its header; cold blocks go to the end. None of them moves a block before its
 * dominator: a loop is dominated by its header, and what a cold block dominates is cold.
 */
import { controlFlow, type ControlFlow, edgeAt, edgeCount } from '../analysis/control-flow.ts';
import { dominatorTree } from '../analysis/dominators.ts';
import { findLoops, type Loops } from '../analysis/loops.ts';
import type { Func } from '../function.ts';
import { Op } from '../ops.ts';

export function layoutBlocks(f: Func): void {
  const flow = controlFlow(f);
  const loops = findLoops(f, flow, dominatorTree(f, flow));
  const cold = findCold(f, flow);
  const order = gatherLoops(likelyOrder(f, loops, cold), loops);
  f.layout = [...order.filter((block) => !cold[block]), ...order.filter((block) => cold[block])];
}

/** The blocks from which every path ends in a trap. */
function findCold(f: Func, flow: ControlFlow): Uint8Array {
  const cold = new Uint8Array(f.blockCount);
  for (let i = flow.order.length - 1; i > 0; i--) {
    const block = flow.order[i]!;
    const end = f.last[block]!;
    let all = f.op[end] === Op.Trap || edgeCount(f, end) > 0;
    for (let k = edgeCount(f, end) - 1; k >= 0; k--) if (!cold[f.edgeTarget(edgeAt(f, end, k))]) all = false;
    if (all) cold[block] = 1;
  }
  return cold;
}

/** Reverse postorder in which the likelier successor of a block stands before the others. */
function likelyOrder(f: Func, loops: Loops, cold: Uint8Array): number[] {
  const seen = new Uint8Array(f.blockCount);
  const postorder: number[] = [];
  const path: { block: number; pending: number[] }[] = [];
  const open = (block: number) => {
    seen[block] = 1;
    path.push({ block, pending: successorsByLikelihood(f, block, loops, cold) });
  };
  open(0);
  while (path.length > 0) {
    const top = path[path.length - 1]!;
    // The last to be finished stands first: the likeliest successor is followed last.
    const next = top.pending.pop();
    if (next === undefined) {
      postorder.push(top.block);
      path.pop();
    } else if (!seen[next]) open(next);
  }
  return postorder.reverse();
}

/** Successors, the likeliest first: those that do not trap, those in more loops, then in the order of the edges. */
function successorsByLikelihood(f: Func, block: number, loops: Loops, cold: Uint8Array): number[] {
  const end = f.last[block]!;
  const list: number[] = [];
  for (let k = 0; k < edgeCount(f, end); k++) list.push(f.edgeTarget(edgeAt(f, end, k)));
  if (list.length < 2) return list;
  const rank = (target: number) => (cold[target] ? 0 : 1 + loops.depth[target]!);
  return list
    .map((target, index) => ({ target, index }))
    .sort((x, y) => rank(y.target) - rank(x.target) || x.index - y.index)
    .map(({ target }) => target);
}

/** The same order with the blocks of every loop in a row, from its header on. */
function gatherLoops(order: number[], loops: Loops): number[] {
  if (loops.headers.length === 0) return order;
  /** members of each loop by header, in order; an inner loop is there by its header */
  const members: (number[] | undefined)[] = [];
  const top: number[] = [];
  for (const block of order) {
    const own = loops.header[block]!;
    const around = own === block ? loops.outer[block]! : own;
    if (own === block) members[block] = [];
    (around === -1 ? top : members[around]!).push(block);
  }
  const result: number[] = [];
  const pending = top.reverse();
  while (pending.length > 0) {
    const block = pending.pop()!;
    result.push(block);
    const inside = members[block];
    if (inside) for (let i = inside.length - 1; i >= 0; i--) pending.push(inside[i]!);
  }
  return result;
}
