/**
 * Block parameters that always get the same value: all edges pass one value, or the parameter itself. That value is
 * defined before the block on every path, so it takes the parameter's place.
 */
import { controlFlow, type ControlFlow } from '../analysis/control-flow.ts';
import type { Func } from '../function.ts';
import { Replacements } from './replacements.ts';

export function removeRedundantParameters(f: Func): boolean {
  const flow = controlFlow(f);
  const replacements = new Replacements(f);
  let any = false;
  for (let changed = true; changed;) {
    changed = false;
    for (let i = 1; i < flow.order.length; i++) {
      const block = flow.order[i]!;
      for (let index = f.params[block]!.length - 1; index >= 0; index--) {
        const param = f.params[block]![index]!;
        const value = onlyValue(f, flow, replacements, block, index, param);
        if (!value) continue;
        replacements.replace(param, value);
        removeParameter(f, flow, block, index);
        changed = any = true;
      }
    }
  }
  replacements.apply();
  return any;
}

/** The one value that edges pass to a parameter besides itself, or 0 if there are several. */
function onlyValue(
  f: Func, flow: ControlFlow, replacements: Replacements, block: number, index: number, param: number,
): number {
  let only = 0;
  for (let k = flow.start[block]!; k < flow.start[block + 1]!; k++) {
    const value = replacements.find(f.edgeArgument(flow.incoming[k]!, index));
    if (value === param || value === only) continue;
    if (only) return 0;
    only = value;
  }
  return only;
}

/** Takes parameter `index` off a block and its argument off all edges that lead there. */
export function removeParameter(f: Func, flow: ControlFlow, block: number, index: number): void {
  f.removeParam(block, index);
  for (let k = flow.start[block]!; k < flow.start[block + 1]!; k++) f.removeEdgeArgument(flow.incoming[k]!, index);
}
