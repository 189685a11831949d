/**
 * Calls in FIR, and the FIR signature of a Flux function.
 *
 * Each parameter is one or two FIR values, or a ptr to its memory, which the callee only reads and the caller does not
 * change meanwhile. A result in memory is written through a hidden first parameter to memory that nothing else can see.
 */
import { Op } from '../fir/ops.ts';
import { Type } from '../fir/types.ts';
import { type Address, type Lowering, NO_VALUE, type Value } from './lowering.ts';
import { isFixedPlace, isPlace } from './places.ts';
import { isInMemory, representationOf } from './representation.ts';
import type { TypedExpr } from './typed-tree.ts';
import { type FluxType, prune } from './types.ts';

export function signatureOf(params: FluxType[], result: FluxType): { params: Type[]; results: Type[] } {
  const types: Type[] = [];
  const results: Type[] = [];
  const answer = representationOf(result);
  if (answer.kind === 'memory') types.push(Type.Ptr);
  else if (answer.kind !== 'none') results.push(answer.first.type);
  if (answer.kind === 'pair') results.push(answer.second.type);
  for (const param of params) {
    const { kind, first, second } = representationOf(param);
    if (kind === 'memory') types.push(Type.Ptr);
    else if (kind !== 'none') types.push(first.type);
    if (kind === 'pair') types.push(second.type);
  }
  return { params: types, results };
}

type CallNode = Extract<TypedExpr, { kind: 'call' | 'callPointer' }>;

/** Lowers a call; a result in memory goes to `to`, or to new memory that is lost if `to` is null. */
export function lowerCall(l: Lowering, expr: CallNode, to: Address | null): Value {
  const callee = expr.kind === 'callPointer' ? l.lowerValue(expr.callee).a : 0;
  const paramTypes = paramsOf(expr);
  const args: number[] = [];
  if (isInMemory(expr.type)) args.push(l.pointer(to ?? l.temporary(expr.type)));
  expr.args.forEach((argument, index) => passArgument(l, argument, paramTypes[index]!, args));
  const { params, results } = signatureOf(paramTypes, expr.type);
  const signature = l.module.signature(params, results);
  l.loc = expr.span.start;
  const type = results[0] ?? Type.Void;
  const at = l.f.list(args);
  const call = expr.kind === 'call'
    ? l.emit(Op.Call, type, l.module.symbol(expr.entity.symbol), at, args.length, signature)
    : l.emit(Op.Callptr, type, callee, at, args.length, signature);
  if (results.length === 0) return NO_VALUE;
  return { a: call, b: results.length === 2 ? l.emit(Op.Result1, results[1]!, call) : 0 };
}

function paramsOf(expr: CallNode): FluxType[] {
  if (expr.kind === 'call') return expr.entity.params.map((param) => param.type);
  const type = prune(expr.callee.type);
  if (type.kind !== 'function') throw new Error('a call of what is no function');
  return type.params;
}

function passArgument(l: Lowering, argument: TypedExpr, type: FluxType, args: number[]): void {
  const { kind } = representationOf(type);
  if (kind === 'memory' && prune(argument.type).kind !== 'never') {
    let address = l.lowerAddress(argument);
    if (isPlace(argument) && !isFixedPlace(argument)) {
      // The callee must not see what happens to the variable while it runs.
      const copy = l.temporary(type);
      l.copy(type, copy, address);
      address = copy;
    }
    args.push(l.pointer(address));
    return;
  }
  if (kind === 'memory') {
    l.lowerValue(argument);
    args.push(l.zero(Type.Ptr));
    return;
  }
  const value = l.lowerValueAs(argument, type);
  if (kind !== 'none') args.push(value.a);
  if (kind === 'pair') args.push(value.b);
}
