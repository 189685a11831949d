/**
 * `layout`: the order in which blocks are emitted. Reverse postorder, so a block always stands after its dominator (which
 * selection relies on) and loops stay together; blocks that end in a trap go last, out of the way.
 */
import { reachable } from '../dominance.ts';
import type { Func } from '../function.ts';
import { Op } from '../ops.ts';

export function layoutBlocks(f: Func): void {
  const order = reachable(f);
  const isCold = (block: number) => block !== 0 && f.op[f.terminator(block)] === Op.Trap;
  f.layout = [...order.filter((block) => !isCold(block)), ...order.filter(isCold)];
}
