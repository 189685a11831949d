/**
 * The dominator tree: immediate dominators, a constant-time test, children, and dominance frontiers.
 *
 * Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001). Block 0 is the root; unreachable blocks are in
 * no tree and dominate nothing.
 */
import type { Func } from '../function.ts';
import type { ControlFlow } from './control-flow.ts';

export interface DominatorTree {
  /** immediate dominator of each block; 0 for block 0, -1 for an unreachable block */
  parent: Int32Array;
  /** blocks of the tree, each before its children; children in reverse postorder of the graph */
  preorder: Int32Array;
  /** a dominates b if enter[a] <= enter[b] and enter[b] < leave[a] */
  enter: Int32Array;
  leave: Int32Array;
}

export function dominates(tree: DominatorTree, a: number, b: number): boolean {
  return tree.enter[a]! <= tree.enter[b]! && tree.enter[b]! < tree.leave[a]!;
}

export function dominatorTree(f: Func, flow: ControlFlow): DominatorTree {
  const parent = immediateDominators(f, flow);
  const { order } = flow;
  const { blockCount } = f;
  const firstChild = new Int32Array(blockCount).fill(-1);
  const sibling = new Int32Array(blockCount).fill(-1);
  const enter = new Int32Array(blockCount).fill(-1);
  const leave = new Int32Array(blockCount).fill(-1);
  for (let i = order.length - 1; i > 0; i--) {
    const block = order[i]!;
    const above = parent[block]!;
    sibling[block] = firstChild[above]!;
    firstChild[above] = block;
  }
  const preorder = new Int32Array(order.length);
  let count = 0;
  for (let block = 0; block !== -1;) {
    enter[block] = count;
    preorder[count++] = block;
    let next = firstChild[block]!;
    while (next === -1) {
      leave[block] = count;
      if (block === 0) break;
      next = sibling[block]!;
      if (next === -1) block = parent[block]!;
    }
    block = next;
  }
  return { parent, preorder, enter, leave };
}

function immediateDominators(f: Func, flow: ControlFlow): Int32Array {
  const { order, rank, start, predecessors } = flow;
  const parent = new Int32Array(f.blockCount).fill(-1);
  parent[0] = 0;
  for (let changed = true; changed;) {
    changed = false;
    for (let i = 1; i < order.length; i++) {
      const block = order[i]!;
      let common = -1;
      for (let k = start[block]!; k < start[block + 1]!; k++) {
        let other = predecessors[k]!;
        if (parent[other] === -1) continue;
        if (common === -1) common = other;
        while (common !== other) {
          if (rank[common]! > rank[other]!) common = parent[common]!;
          else other = parent[other]!;
        }
      }
      if (parent[block] === common) continue;
      parent[block] = common;
      changed = true;
    }
  }
  return parent;
}

/** For each block, the blocks where its dominance ends: `blocks[start[b] .. start[b + 1]]`. */
export interface DominanceFrontiers {
  start: Int32Array;
  blocks: Int32Array;
}

export function dominanceFrontiers(f: Func, flow: ControlFlow, tree: DominatorTree): DominanceFrontiers {
  const start = new Int32Array(f.blockCount + 1);
  /** the join that each block met last: a block has a join in its frontier once */
  const met = new Int32Array(f.blockCount).fill(-1);
  const visit = (found: (block: number, join: number) => void) => {
    met.fill(-1);
    for (let i = 0; i < flow.order.length; i++) {
      const join = flow.order[i]!;
      if (flow.start[join + 1]! - flow.start[join]! < 2) continue;
      for (let k = flow.start[join]!; k < flow.start[join + 1]!; k++) {
        for (let block = flow.predecessors[k]!; block !== tree.parent[join]; block = tree.parent[block]!) {
          if (met[block] === join) break;
          met[block] = join;
          found(block, join);
        }
      }
    }
  };
  visit((block) => start[block + 1]!++);
  for (let b = 0; b < f.blockCount; b++) start[b + 1]! += start[b]!;
  const fill = start.slice();
  const blocks = new Int32Array(start[f.blockCount]!);
  visit((block, join) => {
    blocks[fill[block]!++] = join;
  });
  return { start, blocks };
}
