/** Optionals and results taken apart: is there a value, which error is there, where the value lies. */
import { Cond, Op, TrapCode } from '../fir/ops.ts';
import { Type } from '../fir/types.ts';
import { integerOf } from './lower-operator.ts';
import type { Address, Lowering, Value } from './lowering.ts';
import { isInMemory, scalarPart } from './representation.ts';
import type { TypedExpr } from './typed-tree.ts';
import { BOOL, type FluxType, I32, isPointerLike, payloadOffset, prune } from './types.ts';

/** An optional or result that was computed: its parts, or where it lies. */
export type Open = { value: Value; address: null } | { value: null; address: Address };

export function openValue(l: Lowering, expr: TypedExpr): Open {
  if (isInMemory(expr.type)) return { value: null, address: l.lowerAddress(expr) };
  return { value: l.lowerValue(expr), address: null };
}

function loadTag(l: Lowering, address: Address): number {
  return l.loadPart(scalarPart(I32)!, address);
}

/** Says of an optional or result in memory what it holds. */
export function storeTag(l: Lowering, to: Address, type: FluxType, tag: number): void {
  const part = prune(type).kind === 'optional' ? scalarPart(BOOL)! : scalarPart(I32)!;
  l.storePart(part, to, tag);
}

/** A bool: there is a value in it. */
export function isPresent(l: Lowering, type: FluxType, open: Open): number {
  const pruned = prune(type);
  if (pruned.kind === 'optional') {
    if (open.address) return l.loadPart(scalarPart(BOOL)!, open.address);
    return isPointerLike(pruned.of) ? l.icmp(Cond.Ne, open.value!.a, l.zero(Type.Ptr)) : open.value!.a;
  }
  return l.icmp(Cond.Eq, errorOf(l, open), l.i32(0));
}

/** The i32 error of a result, 0 for none. */
export function errorOf(l: Lowering, open: Open): number {
  return open.address ? loadTag(l, open.address) : open.value!.a;
}

/** What is in an optional or result that is present, if its type fits registers. */
export function contentValue(l: Lowering, type: FluxType, open: Open): Value {
  const pruned = prune(type);
  if (pruned.kind !== 'optional' && pruned.kind !== 'result') throw new Error('nothing to take apart');
  if (open.address) return l.load(pruned.of, contentAddress(type, open.address));
  return isPointerLike(pruned.of) && pruned.kind === 'optional' ? open.value! : { a: open.value!.b, b: 0 };
}

export function contentAddress(type: FluxType, address: Address): Address {
  const pruned = prune(type);
  if (pruned.kind !== 'optional' && pruned.kind !== 'result') throw new Error('nothing to take apart');
  return { base: address.base, offset: address.offset + payloadOffset(pruned) };
}

/** The i32 of a failure. Only constants are known not to be `.ok`; for `!` alone `.ok` is what it says. */
export function errorNumber(l: Lowering, expr: Extract<TypedExpr, { kind: 'failure' }>): number {
  const value = l.lowerValue(expr.error).a;
  l.loc = expr.span.start;
  const number = integerOf(expr.error.type).bits === 64 ? l.emit(Op.Trunc, Type.I32, value) : value;
  const type = prune(expr.type);
  const isPlain = type.kind === 'result' && prune(type.of).kind === 'void';
  if (!isPlain && expr.error.kind !== 'int') l.trapIf(l.icmp(Cond.Eq, number, l.i32(0)), TrapCode.BadEnum);
  return number;
}
