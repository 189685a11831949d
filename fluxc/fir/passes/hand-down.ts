/**
 * Values that a branching block defines and the blocks behind it use are handed down as arguments of its edges, so
 * that jump threading may leave the block out on the edges that decide its branch. An optional is such a block:
 * (there, value), a branch on the first, and the second used behind the branch.
 *
 * Done for a block that `wanted` asks for if every such use stands behind one of its edges: below a successor that
 * nobody else leads to.
 */
import {
  type ControlFlow, edgeArguments, edgeAt, edgeCount, predecessorCount, setEdge,
} from '../analysis/control-flow.ts';
import { type DominatorTree, dominates, dominatorTree } from '../analysis/dominators.ts';
import type { Func } from '../function.ts';
import type { Type } from '../types.ts';

/** Most values that one block hands down. */
const MOST = 4;

/** `flow` stays true: only arguments change. */
export function handDownValues(f: Func, flow: ControlFlow, wanted: (block: number) => boolean): boolean {
  const asked = new Uint8Array(f.blockCount);
  let any = false;
  for (const block of flow.order) {
    if (predecessorCount(flow, block) < 2 || !wanted(block)) continue;
    asked[block] = 1;
    any = true;
  }
  if (!any) return false;
  const usersOf = outsideUses(f, flow, asked);
  const tree = dominatorTree(f, flow);
  let changed = false;
  usersOf.forEach((users, block) => {
    if (users && handDown(f, flow, tree, block, users)) changed = true;
  });
  return changed;
}

/** By block that was asked for: the instructions elsewhere that use its values. */
function outsideUses(f: Func, flow: ControlFlow, asked: Uint8Array): (number[] | undefined)[] {
  const usersOf: (number[] | undefined)[] = [];
  for (const block of flow.order) {
    for (let id = f.first[block]!; id; id = f.next[id]!) {
      f.forEachOperand(id, (value) => {
        const home = f.block[value]!;
        if (home === block || !asked[home]) return;
        const list = (usersOf[home] ??= []);
        if (list[list.length - 1] !== id) list.push(id);
      });
    }
  }
  return usersOf;
}

function handDown(f: Func, flow: ControlFlow, tree: DominatorTree, block: number, users: number[]): boolean {
  const end = f.last[block]!;
  const below: number[] = [];
  for (let k = 0; k < edgeCount(f, end); k++) {
    const next = f.edgeTarget(edgeAt(f, end, k));
    below.push(predecessorCount(flow, next) === 1 ? next : -1);
  }
  const edgeOf = (user: number) => below.findIndex((next) => next >= 0 && dominates(tree, next, f.block[user]!));
  const values = new Set<number>();
  for (const user of users) {
    if (edgeOf(user) < 0) return false;
    f.forEachOperand(user, (value) => {
      if (f.block[value] === block) values.add(value);
    });
  }
  if (values.size > MOST) return false;
  const list = [...values];
  /** by edge and value: the parameter that stands for it there, 0 if it is not needed */
  const params = below.map(() => list.map(() => 0));
  /** by edge: the values that it passes, in the order of their parameters */
  const passed: number[][] = below.map(() => []);
  for (const user of users) {
    const index = edgeOf(user);
    f.mapOperands(user, (value) => {
      const at = f.block[value] === block ? list.indexOf(value) : -1;
      if (at < 0) return value;
      if (params[index]![at] === 0) {
        params[index]![at] = f.addParam(below[index]!, f.type[value]! as Type, f.loc[value]!);
        passed[index]!.push(value);
      }
      return params[index]![at]!;
    });
  }
  passed.forEach((values, index) => {
    if (values.length === 0) return;
    const edge = edgeAt(f, end, index);
    setEdge(f, end, index, f.edge(f.edgeTarget(edge), [...edgeArguments(f, edge), ...values]));
  });
  return true;
}
