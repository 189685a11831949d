/** Blocks that always follow each other become one: a jump to a block that nobody else leads to. */
import { controlFlow, predecessorCount } from '../analysis/control-flow.ts';
import { startOf } from '../debug-values.ts';
import type { Func } from '../function.ts';
import { Op } from '../ops.ts';
import { Replacements } from './replacements.ts';

export function mergeBlocks(f: Func): boolean {
  const flow = controlFlow(f);
  const replacements = new Replacements(f);
  const gone = new Uint8Array(f.blockCount);
  let any = false;
  for (let i = 0; i < flow.order.length; i++) {
    const block = flow.order[i]!;
    if (gone[block]) continue;
    for (let end = f.last[block]!; f.op[end] === Op.Jump; end = f.last[block]!) {
      const edge = f.a[end]!;
      const next = f.edgeTarget(edge);
      if (next === block || predecessorCount(flow, next) !== 1) break;
      f.params[next]!.forEach((param, index) => {
        replacements.replace(param, replacements.find(f.edgeArgument(edge, index)));
        f.block[param] = -1;
      });
      f.params[next] = [];
      f.remove(end);
      append(f, block, next);
      gone[next] = 1;
      any = true;
    }
  }
  if (!any) return false;
  f.layout = f.layout.filter((block) => !gone[block]);
  replacements.apply();
  return true;
}

/** Moves all instructions of `from` to the end of `block`. */
function append(f: Func, block: number, from: number): void {
  const first = f.first[from]!;
  const last = f.last[block]!;
  f.debug?.move(startOf(from), last || startOf(block));
  for (let id = first; id; id = f.next[id]!) f.block[id] = block;
  f.prev[first] = last;
  if (last) f.next[last] = first;
  else f.first[block] = first;
  f.last[block] = f.last[from]!;
  f.first[from] = 0;
  f.last[from] = 0;
}
