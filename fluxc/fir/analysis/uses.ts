/** How often each value of a function is used, arguments of edges included. */
import type { Func } from '../function.ts';

export function countUses(f: Func): Int32Array {
  const uses = new Int32Array(f.count);
  const visit = (value: number) => {
    uses[value]!++;
    return value;
  };
  for (const block of f.layout) for (let id = f.first[block]!; id; id = f.next[id]!) f.mapOperands(id, visit);
  return uses;
}
