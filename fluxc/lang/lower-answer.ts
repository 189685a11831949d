/** How a function answers: returns, errors passed on, the line of a failed test; deferred blocks run on the way out. */
import { Op } from '../fir/ops.ts';
import { Type } from '../fir/types.ts';
import { runDefers } from './lower-block.ts';
import { type Lowering, NO_VALUE } from './lowering.ts';
import { scalarPart } from './representation.ts';
import type { TypedExpr } from './typed-tree.ts';
import { BOOL, I32 } from './types.ts';

/** Returns the error, or null for `error` null; a test fails there. */
export function passOn(l: Lowering, error: number | null, loc: number): void {
  const { answer } = l;
  if (answer.kind === 'test') {
    runDefers(l, 0);
    l.f.ret(l.block, [l.i32(lineOf(l, loc))], l.loc);
  } else if (answer.kind === 'memory') {
    const to = { base: answer.pointer, offset: 0 };
    if (error === null) l.storePart(scalarPart(BOOL)!, to, l.bool(false));
    else l.storePart(scalarPart(I32)!, to, error);
    runDefers(l, 0);
    l.f.ret(l.block, [], l.loc);
  } else {
    const { kind, first, second } = answer.representation;
    const values = error === null ? [l.zero(first.type)] : [error];
    if (kind === 'pair') values.push(l.zero(second.type));
    runDefers(l, 0);
    l.f.ret(l.block, values, l.loc);
  }
  l.ended();
}

/** The 1-based line of the document, or the `Loc` itself where no texts were handed over. */
export function lineOf(l: Lowering, loc: number): number {
  return l.c.environment.sources?.place(loc)?.line ?? loc;
}

/** Returns `value` (null: nothing, or a result without an error), after the deferred blocks ran. */
export function lowerReturn(l: Lowering, value: TypedExpr | null): void {
  const { answer } = l;
  const loc = l.loc;
  if (answer.kind === 'test') {
    runDefers(l, 0);
    l.f.ret(l.block, [l.i32(0)], loc);
  } else if (answer.kind === 'memory') {
    if (value) l.lowerInto(value, { base: answer.pointer, offset: 0 });
    runDefers(l, 0);
    l.f.ret(l.block, [], loc);
  } else {
    const { kind, first } = answer.representation;
    let result = NO_VALUE;
    if (value) result = l.lowerValueAs(value, answer.type);
    else if (kind === 'scalar') result = { a: l.zero(first.type), b: 0 };
    runDefers(l, 0);
    const values = kind === 'none' ? [] : kind === 'pair' ? [result.a, result.b] : [result.a];
    l.f.ret(l.block, values, loc);
  }
  l.ended();
}

/** Marks a place that no statement reaches, for the verifier's and the optimiser's sake. */
export function lowerUnreachable(l: Lowering, code: number): void {
  l.emit(Op.Trap, Type.Void, 0, 0, 0, code);
  l.ended();
}
