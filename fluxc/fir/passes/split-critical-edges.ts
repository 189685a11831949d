/**
 * `split-critical-edges`: behind this pass only jumps pass arguments, and no edge leads from a block with several
 * successors to one with several predecessors. So moves for an edge have a place: the end of its source or the start of
 * its target. Cases of a switch that go the same way with the same arguments share it.
 */
import { edgeArguments, edgeAt, edgeCount } from '../analysis/control-flow.ts';
import type { Func } from '../function.ts';
import { Op } from '../ops.ts';

export function splitCriticalEdges(f: Func): void {
  const incoming = new Int32Array(f.blockCount);
  const blocks = f.layout.slice();
  for (const block of blocks) {
    const end = f.last[block]!;
    for (let k = edgeCount(f, end) - 1; k >= 0; k--) incoming[f.edgeTarget(edgeAt(f, end, k))]!++;
  }
  for (const block of blocks) {
    const end = f.last[block]!;
    if (f.op[end] === Op.Jump) continue;
    const count = edgeCount(f, end);
    const shared = new Map<string, number>();
    for (let k = 0; k < count; k++) {
      const edge = edgeAt(f, end, k);
      const target = f.edgeTarget(edge);
      if (f.edgeCount(edge) === 0 && incoming[target] === 1) continue;
      const args = edgeArguments(f, edge);
      const key = `${target} ${args.join()}`;
      let between = shared.get(key) ?? -1;
      if (between < 0) {
        between = f.addBlock();
        f.jump(between, target, args, f.loc[end]!);
        if (f.op[end] === Op.Switch) shared.set(key, between);
      }
      f.extra.data[edge] = between;
      f.extra.data[edge + 1] = 0;
    }
  }
}
