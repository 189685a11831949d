/**
 * `remove-unreachable`: drops the blocks that no path from the entry reaches, with their instructions. The passes
 * behind it see live blocks only; one that cuts edges calls it again.
 */
import { reversePostorder } from '../analysis/control-flow.ts';
import type { Func } from '../function.ts';

export function removeUnreachable(f: Func): void {
  const { order, rank } = reversePostorder(f);
  if (order.length === f.layout.length) return;
  for (const block of f.layout) if (rank[block] === -1) clearBlock(f, block);
  f.layout = f.layout.filter((block) => rank[block] !== -1);
}

/** Takes all instructions and parameters out of a block that is not, or will not be, in the layout. */
function clearBlock(f: Func, block: number): void {
  while (f.last[block]) f.remove(f.last[block]!);
  for (const param of f.params[block]!) f.block[param] = -1;
  f.params[block] = [];
}
