/**
 * Reachable blocks and immediate dominators, computed from nothing but the edges. The verifier has its own so that it
 * does not believe what a pass keeps.
 */
import type { Func } from './function.ts';

/** The blocks that a path from block 0 reaches, in reverse postorder. */
export function reachable(f: Func): number[] {
  const seen = new Uint8Array(f.blockCount);
  const postorder: number[] = [];
  const path = [0];
  const pending = [f.successors(0)];
  seen[0] = 1;
  while (path.length > 0) {
    const next = pending[pending.length - 1]!.pop();
    if (next === undefined) {
      postorder.push(path.pop()!);
      pending.pop();
    } else if (!seen[next]) {
      seen[next] = 1;
      path.push(next);
      pending.push(f.successors(next));
    }
  }
  return postorder.reverse();
}

/**
 * The immediate dominator of each block; block 0 is its own, an unreachable block has -1.
 * Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001).
 */
export function dominators(f: Func): Int32Array {
  const order = reachable(f);
  const rank = new Int32Array(f.blockCount).fill(-1);
  order.forEach((block, index) => (rank[block] = index));
  const predecessors: number[][] = Array.from({ length: f.blockCount }, () => []);
  for (const block of order) for (const next of f.successors(block)) predecessors[next]!.push(block);
  const idom = new Int32Array(f.blockCount).fill(-1);
  idom[0] = 0;
  for (let changed = true; changed;) {
    changed = false;
    for (const block of order) {
      if (block === 0) continue;
      let common = -1;
      for (let other of predecessors[block]!) {
        if (idom[other] === -1) continue;
        if (common === -1) common = other;
        while (common !== other) {
          if (rank[common]! > rank[other]!) common = idom[common]!;
          else other = idom[other]!;
        }
      }
      if (idom[block] !== common) {
        idom[block] = common;
        changed = true;
      }
    }
  }
  return idom;
}
