/**
 * `split-critical-edges`: behind this pass only jumps pass arguments, and no edge leads from a block with several
 * successors to one with several predecessors. So moves for an edge have a place: the end of its source or the start of
 * its target.
 */
import type { Func } from '../function.ts';
import { Op } from '../ops.ts';

export function splitCriticalEdges(f: Func): void {
  const incoming = new Int32Array(f.blockCount);
  for (const block of f.layout) for (const target of f.successors(block)) incoming[target]!++;
  for (const block of f.layout.slice()) {
    const terminator = f.terminator(block);
    if (f.op[terminator] === Op.Jump) continue;
    for (const edge of f.edges(terminator)) {
      const target = f.edgeTarget(edge);
      const count = f.edgeCount(edge);
      if (count === 0 && incoming[target]! < 2) continue;
      const args: number[] = [];
      for (let i = 0; i < count; i++) args.push(f.edgeArgument(edge, i));
      const between = f.addBlock();
      f.jump(between, target, args, f.loc[terminator]!);
      f.extra.data[edge] = between;
      f.extra.data[edge + 1] = 0;
    }
  }
}
