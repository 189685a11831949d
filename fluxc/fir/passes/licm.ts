/**
 * `licm`: moves computations whose operands do not change in a loop in front of it.
 *
 * Moved is what has no effect and cannot trap, and loads of memory that never changes, if every turn of the loop
 * computes it; not loads of memory that somebody else might change meanwhile, and nothing that a branch or an address
 * takes in for free. What moves occupies a register throughout the loop, so only some of it does.
 */
import { controlFlow, type ControlFlow } from '../analysis/control-flow.ts';
import { dominates, type DominatorTree, dominatorTree } from '../analysis/dominators.ts';
import { findLoops, loopHolds, type Loops } from '../analysis/loops.ts';
import type { Func } from '../function.ts';
import { INVARIANT, Op, OPS, VOLATILE } from '../ops.ts';
import type { Type } from '../types.ts';
import { isConstantOp } from './constants.ts';

/** Most instructions that move out of one loop. */
const MOST = 8;

export function moveInvariants(f: Func): void {
  const flow = controlFlow(f);
  const tree = dominatorTree(f, flow);
  const loops = findLoops(f, flow, tree);
  // From the outermost loop inwards: what leaves the outer loop need not leave the inner one first.
  for (const header of loops.headers) moveOut(f, flow, tree, loops, header);
}

function moveOut(f: Func, flow: ControlFlow, tree: DominatorTree, loops: Loops, header: number): void {
  const chosen: number[] = [];
  const moved = new Set<number>();
  const isOutside = (value: number): boolean => {
    const block = f.block[value]!;
    // A block that is newer than the loops stands in front of one that holds this one.
    return moved.has(value) || block >= loops.header.length || !loopHolds(loops, header, block);
  };
  for (let i = flow.rank[header]!; i < flow.order.length && chosen.length < MOST; i++) {
    const block = flow.order[i]!;
    if (!loopHolds(loops, header, block) || !isInEveryTurn(flow, tree, header, block)) continue;
    for (let id = f.first[block]!; id && chosen.length < MOST; id = f.next[id]!) {
      if (!canMove(f, id)) continue;
      let invariant = true;
      f.forEachOperand(id, (value) => {
        if (!isOutside(value)) invariant = false;
      });
      if (!invariant) continue;
      chosen.push(id);
      moved.add(id);
    }
  }
  if (chosen.length === 0) return;
  const end = f.last[preheader(f, flow, tree, header)]!;
  for (const id of chosen) {
    f.remove(id);
    f.placeBefore(id, end);
  }
}

/** Does every way round the loop lead through `block`? */
function isInEveryTurn(flow: ControlFlow, tree: DominatorTree, header: number, block: number): boolean {
  for (let k = flow.start[header]!; k < flow.start[header + 1]!; k++) {
    const above = flow.predecessors[k]!;
    if (dominates(tree, header, above) && !dominates(tree, block, above)) return false;
  }
  return true;
}

function canMove(f: Func, id: number): boolean {
  const op = f.op[id]! as Op;
  if (op === Op.Load) return (f.aux[id]! & INVARIANT) !== 0 && (f.aux[id]! & VOLATILE) === 0;
  if (OPS[op]!.effect !== 0 || isConstantOp(op) || op === Op.Nop) return false;
  switch (op) {
    // Taken in by branches, selects and addresses, or as cheap as a move.
    case Op.Icmp: case Op.Fcmp: case Op.Not: case Op.Bitcast: case Op.Sext: case Op.Zext: case Op.Trunc: return false;
    // An immediate operand costs one instruction with no register but its result.
    case Op.Ptradd: case Op.Add: case Op.Sub: case Op.Shl: case Op.And:
      return !isConstantOp(f.op[f.b[id]!]!);
    default: return true;
  }
}

/** The block in front of a loop from which alone it is entered; made if there is none. */
function preheader(f: Func, flow: ControlFlow, tree: DominatorTree, header: number): number {
  const outside: number[] = [];
  for (let k = flow.start[header]!; k < flow.start[header + 1]!; k++) {
    if (!dominates(tree, header, flow.predecessors[k]!)) outside.push(k);
  }
  const only = flow.predecessors[outside[0]!]!;
  if (outside.length === 1 && f.op[f.last[only]!] === Op.Jump) return only;
  const made = f.addBlock();
  const params = f.params[header]!.map((param) => f.addParam(made, f.type[param]! as Type, f.loc[param]!));
  for (const k of outside) f.extra.data[flow.incoming[k]!] = made;
  f.jump(made, header, params, f.loc[f.first[header]!]!);
  f.layout.splice(f.layout.indexOf(made), 1);
  f.layout.splice(f.layout.indexOf(header), 0, made);
  return made;
}
