/** `remove-unreachable`: drops the blocks that no path from the entry reaches, with their instructions. */
import { reachable } from '../dominance.ts';
import type { Func } from '../function.ts';

export function removeUnreachable(f: Func): void {
  const live = new Uint8Array(f.blockCount);
  for (const block of reachable(f)) live[block] = 1;
  for (const block of f.layout) {
    if (live[block]) continue;
    for (let id = f.last[block]!; id; ) {
      const prev = f.prev[id]!;
      f.remove(id);
      id = prev;
    }
    for (const param of f.params[block]!) f.block[param] = -1;
    f.params[block] = [];
  }
  f.layout = f.layout.filter((block) => live[block]);
}
