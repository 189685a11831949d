/** `or` and `try` in FIR. */
import { passOn } from './lower-answer.ts';
import { Merge } from './lower-merge.ts';
import { contentAddress, contentValue, errorOf, isPresent, type Open, openValue } from './lower-open.ts';
import { type Address, type Lowering, NO_VALUE, type Value } from './lowering.ts';
import { isInMemory } from './representation.ts';
import type { TypedExpr } from './typed-tree.ts';
import { type FluxType, prune } from './types.ts';

export function lowerOr(l: Lowering, expr: Extract<TypedExpr, { kind: 'or' }>, to: Address | null): Value {
  const open = openValue(l, expr.value);
  l.loc = expr.span.start;
  const present = isPresent(l, expr.value.type, open);
  const there = l.newBlock();
  const absent = l.newBlock();
  const merge = new Merge(l, expr.type, to);
  l.brif(present, there, absent);
  l.start(there);
  if (expr.staysOpen) {
    if (to) l.copy(expr.type, to, open.address!);
    merge.giveValue(open.value ?? NO_VALUE);
  } else giveContent(l, expr.value.type, open, merge, to);
  l.start(absent);
  if (expr.fallback.kind === 'expr') merge.give(expr.fallback.value);
  else {
    l.lowerStatement(expr.fallback.statement);
    // The statement left: this edge is never taken.
    merge.giveValue(to ? NO_VALUE : l.zeroValue(expr.type));
  }
  return merge.end();
}

function giveContent(l: Lowering, type: FluxType, open: Open, merge: Merge, to: Address | null): void {
  const pruned = prune(type);
  if (pruned.kind !== 'optional' && pruned.kind !== 'result') throw new Error('nothing to take apart');
  if (to && open.address) {
    const from = contentAddress(type, open.address);
    if (isInMemory(pruned.of)) l.copy(pruned.of, to, from);
    else l.store(pruned.of, to, l.load(pruned.of, from));
    merge.giveValue(NO_VALUE);
  } else if (to) {
    l.store(pruned.of, to, contentValue(l, type, open));
    merge.giveValue(NO_VALUE);
  } else merge.giveValue(prune(pruned.of).kind === 'void' ? NO_VALUE : contentValue(l, type, open));
}

export function lowerTry(l: Lowering, expr: Extract<TypedExpr, { kind: 'try' }>, to: Address | null): Value {
  const type = prune(expr.value.type);
  if (type.kind !== 'optional' && type.kind !== 'result') throw new Error('nothing to take apart');
  const open = openValue(l, expr.value);
  l.loc = expr.span.start;
  const present = isPresent(l, type, open);
  const there = l.newBlock();
  const absent = l.newBlock();
  l.brif(present, there, absent);
  l.start(absent);
  passOn(l, type.kind === 'optional' ? null : errorOf(l, open), expr.span.start);
  l.start(there);
  if (!to) return prune(type.of).kind === 'void' ? NO_VALUE : contentValue(l, type, open);
  if (open.address && isInMemory(type.of)) l.copy(type.of, to, contentAddress(type, open.address));
  else l.store(type.of, to, contentValue(l, type, open));
  return NO_VALUE;
}
