/**
 * `convert-branches`: what both sides of a branch do alike is done before it, and a branch that only chooses between
 * one or two numbers becomes a choice (if-conversion).
 *
 * The price is strict, because a branch that is guessed well costs nothing: at most two cheap instructions are
 * computed in vain, nothing that can trap or touch memory, and at most two values may differ behind the branch, none
 * of them a float.
 */
import { controlFlow, type ControlFlow, predecessorCount } from '../analysis/control-flow.ts';
import type { Func } from '../function.ts';
import { Op, OPS } from '../ops.ts';
import { isConstantOp } from './constants.ts';
import { canSelect, selectInstead } from './fold-branches.ts';
import { mergeBlocks } from './merge-blocks.ts';
import { removeUnreachable } from './remove-unreachable.ts';
import { Replacements } from './replacements.ts';

/** Most instructions that may be computed though the branch would have skipped them. */
const IN_VAIN = 2;

export function convertBranches(f: Func): void {
  const flow = controlFlow(f);
  const replacements = new Replacements(f);
  let converted = false;
  // From the last block to the first, so that the inner of two nested branches goes first.
  for (let i = flow.order.length - 1; i >= 0; i--) {
    const end = f.last[flow.order[i]!]!;
    if (f.op[end] !== Op.Brif) continue;
    hoistCommon(f, flow, replacements, end);
    converted = convert(f, flow, end) || converted;
  }
  replacements.apply();
  if (!converted) return;
  removeUnreachable(f);
  mergeBlocks(f);
}

/** Moves pure instructions with which both successors start in front of the branch. */
function hoistCommon(f: Func, flow: ControlFlow, replacements: Replacements, branch: number): void {
  const [yes, no] = [f.edgeTarget(f.b[branch]!), f.edgeTarget(f.c[branch]!)];
  if (yes === no || predecessorCount(flow, yes) !== 1 || predecessorCount(flow, no) !== 1) return;
  for (;;) {
    const [a, b] = [firstComputation(f, yes), firstComputation(f, no)];
    if (!a || !b || f.op[a] !== f.op[b] || f.type[a] !== f.type[b] || f.aux[a] !== f.aux[b]) return;
    if (OPS[f.op[a]!]!.effect !== 0 || f.op[a] === Op.Nop) return;
    let same = true;
    const operands: number[] = [];
    f.forEachOperand(a, (value) => operands.push(replacements.find(value)));
    f.forEachOperand(b, (value) => {
      if (operands.shift() !== replacements.find(value)) same = false;
    });
    // What the instruction uses may be a parameter of its block.
    f.forEachOperand(a, (value) => {
      if (f.block[replacements.find(value)] === yes) same = false;
    });
    if (!same) return;
    f.remove(a);
    f.placeBefore(a, branch);
    replacements.replace(b, a);
    f.remove(b);
  }
}

/** The first instruction of a block that is no constant. */
function firstComputation(f: Func, block: number): number {
  let id = f.first[block]!;
  while (id && isConstantOp(f.op[id]!)) id = f.next[id]!;
  return id;
}

/** Makes the branch a choice if both sides come together at once. */
function convert(f: Func, flow: ControlFlow, branch: number): boolean {
  const [yes, no] = [f.b[branch]!, f.c[branch]!];
  const through = [arm(f, flow, yes), arm(f, flow, no)];
  const behind = (edge: number) => f.a[f.last[f.edgeTarget(edge)]!]!;
  const edges = [through[0] ? behind(yes) : yes, through[1] ? behind(no) : no];
  // One side may lead straight to where the other one goes.
  for (const [first, second] of [[edges[0]!, edges[1]!], [yes, edges[1]!], [edges[0]!, no]] as const) {
    if (f.edgeTarget(first) !== f.edgeTarget(second)) continue;
    const arms = [first === yes ? null : through[0]!, second === no ? null : through[1]!];
    const work = (arms[0]?.length ?? 0) + (arms[1]?.length ?? 0);
    if (work > IN_VAIN || (!arms[0] && !arms[1])) continue;
    if (!canSelect(f, first, second)) continue;
    if (first !== yes) f.skip(f.edgeTarget(yes), f.edgeTarget(first));
    if (second !== no) f.skip(f.edgeTarget(no), f.edgeTarget(first));
    for (const id of [...(arms[0] ?? []), ...(arms[1] ?? [])]) {
      f.remove(id);
      f.placeBefore(id, branch);
    }
    return selectInstead(f, branch, f.a[branch]!, first, second);
  }
  return false;
}

/**
 * The instructions of a block that does nothing but a little arithmetic before it goes on; null for any other block.
 */
function arm(f: Func, flow: ControlFlow, edge: number): number[] | null {
  const block = f.edgeTarget(edge);
  const end = f.last[block]!;
  if (predecessorCount(flow, block) !== 1 || f.params[block]!.length > 0 || f.op[end] !== Op.Jump) return null;
  const list: number[] = [];
  for (let id = f.first[block]!; id !== end; id = f.next[id]!) {
    if (!isCheap(f.op[id]! as Op) || list.push(id) > IN_VAIN) return null;
  }
  return list;
}

function isCheap(op: Op): boolean {
  switch (op) {
    case Op.Add: case Op.Sub: case Op.And: case Op.Or: case Op.Xor: case Op.Shl: case Op.Lshr: case Op.Ashr:
    case Op.Neg: case Op.Not: case Op.Sext: case Op.Zext: case Op.Trunc: case Op.Sext8: case Op.Sext16: case Op.Ptradd:
      return true;
    default: return isConstantOp(op);
  }
}
