/**
 * `place-constants`: constants and addresses of symbols and slots are made in the block that uses them, right before
 * their first use there. They cost less to make again than to keep in a register across blocks, and selection can fold
 * them only where it sees them.
 */
import type { Func } from '../function.ts';
import type { Op } from '../ops.ts';
import type { Type } from '../types.ts';
import { isConstantOp } from './constants.ts';

export function placeConstants(f: Func): void {
  const known = f.count;
  /** the copy of a constant in the block at hand, valid where `stamp` says so */
  const copy = new Int32Array(known);
  const stamp = new Int32Array(known).fill(-1);
  const originals: number[] = [];
  for (const block of f.layout) {
    for (let id = f.first[block]!; id; id = f.next[id]!) {
      if (id < known && isConstantOp(f.op[id]!)) {
        originals.push(id);
        continue;
      }
      if (id >= known) continue;
      f.mapOperands(id, (value) => {
        if (value >= known || !isConstantOp(f.op[value]!)) return value;
        if (stamp[value] !== block) {
          stamp[value] = block;
          const made = f.make(
            f.op[value]! as Op, f.type[value]! as Type, f.a[value]!, f.b[value]!, f.c[value]!, 0, f.loc[id]!,
          );
          f.placeBefore(made, id);
          copy[value] = made;
        }
        return copy[value]!;
      });
    }
  }
  for (const id of originals) f.remove(id);
}
