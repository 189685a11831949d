/**
 * `dce`: removes what nobody needs: instructions without effect whose value is not used, block parameters that are
 * only passed round, with their arguments.
 *
 * Everything starts as dead. What has an effect is needed, and so is what a needed instruction uses; a parameter that
 * is needed needs the arguments on all edges to its block. So cycles of values that only feed each other go as well.
 */
import { controlFlow, type ControlFlow } from '../analysis/control-flow.ts';
import type { Func } from '../function.ts';
import { Effect, hasEffect, isTerminator, Op, OPS, Shape, VOLATILE } from '../ops.ts';
import { removeParameter } from './redundant-parameters.ts';

export function removeDeadCode(f: Func): void {
  const flow = controlFlow(f);
  const needed = markNeeded(f, flow);
  for (const block of flow.order) {
    const params = f.params[block]!;
    if (block !== 0) {
      for (let i = params.length - 1; i >= 0; i--) if (!needed[params[i]!]) removeParameter(f, flow, block, i);
    }
    for (let id = f.first[block]!; id;) {
      const next = f.next[id]!;
      if (!needed[id]) f.remove(id);
      id = next;
    }
  }
}

function markNeeded(f: Func, flow: ControlFlow): Uint8Array {
  const needed = new Uint8Array(f.count);
  const work: number[] = [];
  const need = (value: number) => {
    if (needed[value]) return;
    needed[value] = 1;
    work.push(value);
  };
  for (const block of flow.order) {
    for (let id = f.first[block]!; id; id = f.next[id]!) {
      if (!mustStay(f, id)) continue;
      needed[id] = 1;
      // What an edge passes is needed only if the parameter is.
      const shape = OPS[f.op[id]!]!.shape;
      if (shape === Shape.Branch || shape === Shape.Switch) need(f.a[id]!);
      else if (shape !== Shape.Jump) f.forEachOperand(id, need);
    }
  }
  while (work.length > 0) {
    const id = work.pop()!;
    if (f.op[id] !== Op.Param) {
      f.forEachOperand(id, need);
      continue;
    }
    const block = f.block[id]!;
    for (let k = flow.start[block]!; k < flow.start[block + 1]!; k++) need(f.edgeArgument(flow.incoming[k]!, f.a[id]!));
  }
  return needed;
}

/** Does the instruction do anything besides giving a value? */
export function mustStay(f: Func, id: number): boolean {
  const op = f.op[id]! as Op;
  if (op === Op.Load) return (f.aux[id]! & VOLATILE) !== 0;
  if (op >= Op.Sdiv && op <= Op.Urem) return !cannotTrap(f, id);
  // The second result of a call can go while the call stays.
  if (op === Op.Result1) return false;
  return isTerminator(op) || hasEffect(op, Effect.Writes | Effect.Traps | Effect.Pinned);
}

/** A division whose divisor is not 0. */
export function cannotTrap(f: Func, id: number): boolean {
  const b = f.b[id]!;
  return f.aux[id] === 1 || (f.op[b] === Op.Iconst && (f.a[b] !== 0 || f.b[b] !== 0));
}
