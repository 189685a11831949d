/**
 * `own-edges`: gives every edge a place of its own in the pool, so that the passes may change an edge in place.
 * Lowering may let two cases of a switch share one.
 */
import { edgeArguments, edgeAt, edgeCount, setEdge } from '../analysis/control-flow.ts';
import type { Func } from '../function.ts';

export function ownEdges(f: Func): void {
  const taken = new Uint8Array(f.extra.length);
  for (const block of f.layout) {
    const end = f.last[block]!;
    for (let k = edgeCount(f, end) - 1; k >= 0; k--) {
      const edge = edgeAt(f, end, k);
      if (taken[edge]) setEdge(f, end, k, f.edge(f.edgeTarget(edge), edgeArguments(f, edge)));
      else taken[edge] = 1;
    }
  }
}
