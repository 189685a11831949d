/**
 * `fold-branches`: branches that are decided, blocks that do nothing, blocks that always follow each other.
 *
 * Four steps in turn until nothing changes, a few rounds at most: edges skip blocks that only pass on or whose branch
 * is decided (`thread-jumps.ts`); terminators that cannot but go one way become jumps, and branches to a block that
 * only traps become `trapif`; parameters that always get the same value go; and blocks with one predecessor that has
 * one successor join it. Unreachable blocks are removed.
 */
import { chosenCase, edgeArguments } from '../analysis/control-flow.ts';
import type { Func } from '../function.ts';
import { Cond, Op } from '../ops.ts';
import { isFloat, Type } from '../types.ts';
import { mergeBlocks } from './merge-blocks.ts';
import { removeRedundantParameters } from './redundant-parameters.ts';
import { removeUnreachable } from './remove-unreachable.ts';
import { threadJumps } from './thread-jumps.ts';

const ROUNDS = 4;

export function foldBranches(f: Func): void {
  if (f.layout.length === 1) {
    cutAtTrap(f, 0);
    return;
  }
  for (let round = 0; round < ROUNDS; round++) {
    // Threading first: a choice of values instead of a branch would hide from it what each edge passes.
    let changed = threadJumps(f);
    changed = foldTerminators(f) || changed;
    removeUnreachable(f);
    changed = removeRedundantParameters(f) || changed;
    changed = mergeBlocks(f) || changed;
    if (!changed) return;
  }
}

function foldTerminators(f: Func): boolean {
  let changed = false;
  for (const block of f.layout) {
    changed = cutAtTrap(f, block) || changed;
    const end = f.last[block]!;
    if (f.op[end] === Op.Brif) changed = foldBrif(f, end) || changed;
    else if (f.op[end] === Op.Switch) changed = foldSwitch(f, end) || changed;
  }
  return changed;
}

/** A `trapif` that always traps ends its block. */
function cutAtTrap(f: Func, block: number): boolean {
  for (let id = f.first[block]!; id; id = f.next[id]!) {
    if (f.op[id] !== Op.Trapif || f.op[f.a[id]!] !== Op.Iconst || f.a[f.a[id]!] !== 1) continue;
    while (f.last[block] !== id) f.remove(f.last[block]!);
    f.op[id] = Op.Trap;
    f.a[id] = 0;
    return true;
  }
  return false;
}

function becomeJump(f: Func, id: number, edge: number): boolean {
  f.op[id] = Op.Jump;
  f.a[id] = edge;
  f.b[id] = 0;
  f.c[id] = 0;
  return true;
}

function sameEdge(f: Func, a: number, b: number): boolean {
  const count = f.edgeCount(a);
  if (f.edgeTarget(a) !== f.edgeTarget(b) || count !== f.edgeCount(b)) return false;
  for (let i = 0; i < count; i++) if (f.edgeArgument(a, i) !== f.edgeArgument(b, i)) return false;
  return true;
}

function foldBrif(f: Func, id: number): boolean {
  const cond = f.a[id]!;
  const [yes, no] = [f.b[id]!, f.c[id]!];
  if (f.op[cond] === Op.Iconst) return becomeJump(f, id, f.a[cond] === 1 ? yes : no);
  if (sameEdge(f, yes, no)) return becomeJump(f, id, yes);
  return trapInstead(f, id, cond, yes, no) || trapInstead(f, id, cond, no, yes) || selectInstead(f, id, cond, yes, no);
}

/** A branch to a block that does nothing but trap is a `trapif`. */
function trapInstead(f: Func, id: number, cond: number, edge: number, other: number): boolean {
  const target = f.edgeTarget(edge);
  const trap = f.first[target]!;
  if (f.op[trap] !== Op.Trap) return false;
  if (edge !== f.b[id]) {
    cond = f.make(Op.Not, Type.Bool, cond, 0, 0, 0, f.loc[id]!);
    f.placeBefore(cond, id);
  }
  f.placeBefore(f.make(Op.Trapif, Type.Void, cond, 0, 0, f.aux[trap]!, f.loc[trap]!), id);
  return becomeJump(f, id, other);
}

/** Do two edges lead to one block and differ in one or two values there, none of them a float? */
export function canSelect(f: Func, yes: number, no: number): boolean {
  if (f.edgeTarget(yes) !== f.edgeTarget(no)) return false;
  let different = 0;
  for (let i = 0; i < f.edgeCount(yes); i++) {
    const value = f.edgeArgument(yes, i);
    if (value === f.edgeArgument(no, i)) continue;
    if (++different > 2 || isFloat(f.type[value]! as Type)) return false;
  }
  return true;
}

/** Two ways to one block that `canSelect` accepts: a choice of values instead of a branch. */
export function selectInstead(f: Func, id: number, cond: number, yes: number, no: number): boolean {
  if (!canSelect(f, yes, no)) return false;
  const second = edgeArguments(f, no);
  const args = edgeArguments(f, yes).map((value, index) => {
    if (value === second[index]) return value;
    const chosen = f.make(Op.Select, f.type[value]! as Type, cond, value, second[index]!, 0, f.loc[id]!);
    f.placeBefore(chosen, id);
    return chosen;
  });
  return becomeJump(f, id, f.edge(f.edgeTarget(yes), args));
}

function foldSwitch(f: Func, id: number): boolean {
  const value = f.a[id]!;
  const at = f.b[id]!;
  const otherwise = f.extra.at(at);
  if (f.op[value] === Op.Iconst) return becomeJump(f, id, chosenCase(f, id, f.a[value]!, f.b[value]!));
  const rows: number[] = [];
  for (let i = 0; i < f.c[id]!; i++) {
    const row = at + 1 + 3 * i;
    const edge = f.extra.at(row + 2);
    if (!sameEdge(f, edge, otherwise)) rows.push(f.extra.at(row), f.extra.at(row + 1), edge);
  }
  if (rows.length === 0) return becomeJump(f, id, otherwise);
  if (rows.length === 3) {
    const type = f.type[value]! as Type;
    const constant = f.make(Op.Iconst, type, rows[0]!, type === Type.I32 ? rows[0]! >> 31 : rows[1]!, 0, 0, f.loc[id]!);
    const equal = f.make(Op.Icmp, Type.Bool, value, constant, 0, Cond.Eq, f.loc[id]!);
    f.placeBefore(constant, id);
    f.placeBefore(equal, id);
    f.op[id] = Op.Brif;
    f.a[id] = equal;
    f.b[id] = rows[2]!;
    f.c[id] = otherwise;
    return true;
  }
  if (rows.length === 3 * f.c[id]!) return false;
  f.b[id] = f.list([otherwise, ...rows]);
  f.c[id] = rows.length / 3;
  return true;
}
