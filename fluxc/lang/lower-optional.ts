/** `or` and `try` in FIR, and how a function answers: returns, errors passed on, deferred blocks on the way out. */
import { Op } from '../fir/ops.ts';
import { Type } from '../fir/types.ts';
import {
  contentAddress, contentValue, errorOf, isPresent, lowerInto, lowerTo, lowerValueAs, type Open, openValue,
} from './lower-expression.ts';
import { lowerStatement, runDefers } from './lower-statement.ts';
import { type Address, type Lowering, NO_VALUE, type Value } from './lowering.ts';
import { isInMemory, representationOf, scalarPart } from './representation.ts';
import type { TypedExpr } from './typed-tree.ts';
import { type FluxType, prune } from './types.ts';

/** Gathers a value of `type` from several blocks in one: in block parameters, or in memory at `to`. */
export class Merge {
  readonly block: number;
  private readonly result: Value;

  constructor(private readonly l: Lowering, private readonly type: FluxType, private readonly to: Address | null) {
    this.block = l.newBlock();
    const { kind, first, second } = representationOf(type);
    this.result = to || kind === 'none' || kind === 'memory' ? NO_VALUE : {
      a: l.f.addParam(this.block, first.type, l.loc),
      b: kind === 'pair' ? l.f.addParam(this.block, second.type, l.loc) : 0,
    };
  }

  /** Computes `expr` and goes to the merge. */
  give(expr: TypedExpr): void {
    if (this.to) {
      lowerTo(this.l, expr, this.type, this.to);
      this.l.jump(this.block);
    } else this.giveValue(lowerValueAs(this.l, expr, this.type));
  }

  giveValue(value: Value): void {
    const { kind } = representationOf(this.type);
    if (kind === 'none' || this.to) this.l.jump(this.block);
    else this.l.jump(this.block, kind === 'pair' ? [value.a, value.b] : [value.a]);
  }

  /** Goes on behind the merge. */
  end(): Value {
    this.l.start(this.block);
    return this.result;
  }
}

export function lowerOr(l: Lowering, expr: Extract<TypedExpr, { kind: 'or' }>, to: Address | null): Value {
  const open = openValue(l, expr.value);
  l.loc = expr.span.start;
  const present = isPresent(l, expr.value.type, open);
  const there = l.newBlock();
  const absent = l.newBlock();
  const merge = new Merge(l, expr.type, to);
  l.brif(present, there, absent);
  l.start(there);
  const staysOpen = prune(expr.type).kind === prune(expr.value.type).kind && isSame(expr.type, expr.value.type);
  if (staysOpen) {
    if (to) l.copy(expr.type, to, open.address!);
    merge.giveValue(open.value ?? NO_VALUE);
  } else giveContent(l, expr.value.type, open, merge, to);
  l.start(absent);
  if (expr.fallback.kind === 'expr') merge.give(expr.fallback.value);
  else {
    lowerStatement(l, expr.fallback.statement);
    // The statement left: this edge is never taken.
    merge.giveValue(to ? NO_VALUE : l.zeroValue(expr.type));
  }
  return merge.end();
}

/** `a or b` with an optional `b` stays optional: then both have the very same type object or equal parts. */
function isSame(a: FluxType, b: FluxType): boolean {
  const left = prune(a);
  const right = prune(b);
  if (left === right) return true;
  if ((left.kind !== 'optional' && left.kind !== 'result') || left.kind !== right.kind) return false;
  const inner = prune(left.of);
  const other = prune(right.of);
  return inner.kind === other.kind;
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

/** Returns the error, or null for `error` null; a test fails there. */
function passOn(l: Lowering, error: number | null, loc: number): void {
  const { answer } = l;
  if (answer.kind === 'test') {
    runDefers(l, 0);
    l.f.ret(l.block, [l.i32(lineOf(l, loc))], l.loc);
  } else if (answer.kind === 'memory') {
    const to = { base: answer.pointer, offset: 0 };
    if (error === null) l.storePart(scalarPart({ kind: 'bool' })!, to, l.bool(false));
    else l.f.store(l.block, ERROR.access, to.base, error, 0, l.loc);
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

const ERROR = scalarPart({ kind: 'int', name: 'i32', bits: 32, signed: true })!;

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
    if (value) lowerInto(l, value, { base: answer.pointer, offset: 0 });
    runDefers(l, 0);
    l.f.ret(l.block, [], loc);
  } else {
    const { kind, first } = answer.representation;
    let result = NO_VALUE;
    if (value) result = lowerValueAs(l, value, answer.type);
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
