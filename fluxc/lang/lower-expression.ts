/**
 * Expressions in FIR, three ways: `lowerValue` for types of one or two FIR values, `lowerInto` for types that live in
 * memory (to an address that nothing else can see yet), `lowerAddress` for where something lies. `lowerBranch` turns a
 * condition into control flow.
 */
import { Cond, Op, TrapCode } from '../fir/ops.ts';
import { Type } from '../fir/types.ts';
import { fold, isZero } from './fold-constant.ts';
import { lowerBuiltIn } from './lower-builtin.ts';
import { lowerCall } from './lower-call.ts';
import { lowerMatch } from './lower-match.ts';
import { arithmetic, compare, complement, convert, integerOf, negate, widened } from './lower-operator.ts';
import { lowerOr, lowerTry } from './lower-optional.ts';
import { extractField, findRegister, readFound, writeFields } from './lower-register.ts';
import { type Address, type Lowering, NO_VALUE, type Value } from './lowering.ts';
import { isInMemory, representationOf, scalarPart } from './representation.ts';
import type { TypedExpr } from './typed-tree.ts';
import { fieldsOf, type FluxType, isPointerLike, layoutOf, payloadOffset, prune } from './types.ts';

const one = (a: number): Value => ({ a, b: 0 });

/** The name of the module at hand, for what it keeps in the image. */
export function homeOf(l: Lowering): string {
  return l.f.name.slice(0, l.f.name.lastIndexOf('.'));
}

// ---- values in registers ----

export function lowerValue(l: Lowering, expr: TypedExpr): Value {
  const { kind } = representationOf(expr.type);
  if (kind === 'memory') throw new Error(`a ${expr.kind} in memory used as a value`);
  const value = valueOf(l, expr);
  return value;
}

function valueOf(l: Lowering, expr: TypedExpr): Value {
  l.loc = expr.span.start;
  switch (expr.kind) {
    case 'int': return one(l.constant(scalarPart(expr.type)!.type, expr.value));
    case 'float': return one(l.float(scalarPart(expr.type)!.type, expr.value));
    case 'bool': return one(l.bool(expr.value));
    case 'null': case 'zero': return l.zeroValue(expr.type);
    case 'string': {
      const pointer = expr.bytes.length > 0 ? l.symbol(l.data.text(expr.bytes, homeOf(l))) : l.zero(Type.Ptr);
      return { a: pointer, b: l.i64(expr.bytes.length) };
    }
    case 'function': return one(l.symbol(expr.entity.symbol));
    case 'symbol': {
      const address = l.symbol(expr.symbol, expr.offset);
      const { type } = scalarPart(expr.type)!;
      return one(type === Type.Ptr ? address : l.emit(Op.Bitcast, type, address));
    }
    case 'some': {
      const inner = lowerValue(l, expr.value);
      return isPointerLike(expr.value.type) ? inner : { a: l.bool(true), b: inner.a };
    }
    case 'ok': {
      const inner = expr.value ? lowerValue(l, expr.value) : NO_VALUE;
      return { a: l.i32(0), b: inner.a };
    }
    case 'failure': return { a: errorNumber(l, expr), b: representationOf(expr.type).kind === 'pair' ? l.zero(representationOf(expr.type).second.type) : 0 };
    case 'errorOf': {
      const tag = isInMemory(expr.value.type) ? loadTag(l, lowerAddress(l, expr.value)) : lowerValue(l, expr.value).a;
      const base = integerOf(expr.type);
      return one(base.bits === 64 ? l.emit(Op.Sext, Type.I64, tag) : tag);
    }
    case 'arraySlice': {
      const pointer = prune(expr.pointer.type);
      const array = pointer.kind === 'pointer' ? prune(pointer.to) : pointer;
      return { a: lowerValue(l, expr.pointer).a, b: l.i64(array.kind === 'array' ? array.count : 0) };
    }
    case 'local': {
      const address = l.localAddress(expr.local);
      return address ? l.load(expr.type, address) : l.readLocal(expr.local);
    }
    case 'static': case 'constant': case 'field': case 'index': case 'deref': {
      const address = lowerAddress(l, expr);
      l.loc = expr.span.start;
      return l.load(expr.type, address);
    }
    case 'address': return one(l.pointer(lowerAddress(l, expr.place)));
    case 'length': return one(sliceValue(l, expr.slice).b);
    case 'slice': return lowerSlice(l, expr);
    case 'unary': {
      const operand = lowerValue(l, expr.operand).a;
      l.loc = expr.span.start;
      if (expr.op === '!') return one(l.emit(Op.Not, Type.Bool, operand));
      return one(expr.op === '-' ? negate(l, expr.type, operand) : complement(l, expr.type, operand));
    }
    case 'binary': {
      const left = lowerValue(l, expr.left).a;
      const right = lowerValue(l, expr.right).a;
      l.loc = expr.span.start;
      return one(arithmetic(l, expr.op, expr.type, left, right, expr.right.type));
    }
    case 'compare': {
      const left = lowerValue(l, expr.left);
      const right = lowerValue(l, expr.right);
      l.loc = expr.span.start;
      return one(compare(l, expr.op, expr.left.type, left, right));
    }
    case 'logic': return lowerLogic(l, expr);
    case 'isNull': {
      const present = isPresent(l, expr.value.type, openValue(l, expr.value));
      return one(expr.negated ? present : l.emit(Op.Not, Type.Bool, present));
    }
    case 'cast': {
      const value = lowerValue(l, expr.value).a;
      l.loc = expr.span.start;
      return one(convert(l, value, expr.value.type, expr.type));
    }
    case 'call': case 'callPointer': return lowerCall(l, expr, null);
    case 'builtIn': return lowerBuiltIn(l, expr);
    case 'match': return lowerMatch(l, expr, null);
    case 'or': return lowerOr(l, expr, null);
    case 'try': return lowerTry(l, expr, null);
    case 'trap':
      l.emit(Op.Trap, Type.Void, 0, 0, 0, expr.code);
      l.ended();
      return NO_VALUE;
    case 'registerRead': {
      const found = findRegister(l, expr.place);
      l.loc = expr.span.start;
      const value = readFound(l, found);
      return one(expr.field ? extractField(l, value, expr.field, found.type) : value);
    }
    case 'registerFields':
      writeFields(l, expr.place, expr.fields, expr.reads);
      return NO_VALUE;
    case 'struct': case 'array': case 'repeat': case 'bad':
      throw new Error(`a ${expr.kind} is no value in registers`);
  }
}

/** A value of type `never` stands where any type is wanted: what follows is not reached, but must be whole. */
export function lowerValueAs(l: Lowering, expr: TypedExpr, type: FluxType): Value {
  if (prune(expr.type).kind !== 'never') return lowerValue(l, expr);
  lowerValue(l, expr);
  return l.zeroValue(type);
}

/** Evaluates for its effects alone. */
export function lowerEffect(l: Lowering, expr: TypedExpr): void {
  if (isInMemory(expr.type)) lowerAddress(l, expr);
  else lowerValue(l, expr);
}

function sliceValue(l: Lowering, expr: TypedExpr): Value {
  return lowerValue(l, expr);
}

function lowerLogic(l: Lowering, expr: Extract<TypedExpr, { kind: 'logic' }>): Value {
  const left = lowerValue(l, expr.left).a;
  l.loc = expr.span.start;
  const further = l.newBlock();
  const decided = l.newBlock();
  const merge = l.newBlock();
  const result = l.f.addParam(merge, Type.Bool, expr.span.start);
  if (expr.op === '&&') l.brif(left, further, decided);
  else l.brif(left, decided, further);
  l.start(decided);
  l.jump(merge, [l.bool(expr.op === '||')]);
  l.start(further);
  l.jump(merge, [lowerValueAs(l, expr.right, expr.type).a]);
  l.start(merge);
  return one(result);
}

/** Goes to `yes` if the condition holds, else to `no`. The caller starts the next block. */
export function lowerBranch(l: Lowering, expr: TypedExpr, yes: number, no: number): void {
  if (expr.kind === 'logic') {
    const further = l.newBlock();
    if (expr.op === '&&') lowerBranch(l, expr.left, further, no);
    else lowerBranch(l, expr.left, yes, further);
    l.start(further);
    lowerBranch(l, expr.right, yes, no);
  } else if (expr.kind === 'unary' && expr.op === '!') lowerBranch(l, expr.operand, no, yes);
  else if (expr.kind === 'bool') l.jump(expr.value ? yes : no);
  else {
    const condition = lowerValueAs(l, expr, { kind: 'bool' }).a;
    l.loc = expr.span.start;
    l.brif(condition, yes, no);
  }
}

// ---- slices and items ----

function lowerSlice(l: Lowering, expr: Extract<TypedExpr, { kind: 'slice' }>): Value {
  const type = prune(expr.object.type);
  let base: number;
  let length: number;
  if (type.kind === 'array') {
    base = l.pointer(lowerAddress(l, expr.object));
    length = l.i64(type.count);
  } else {
    const whole = sliceValue(l, expr.object);
    base = whole.a;
    length = whole.b;
  }
  const position = (at: TypedExpr) => widened(l, lowerValue(l, at).a, integerOf(at.type));
  const from = expr.from && position(expr.from);
  const to = expr.to ? position(expr.to) : length;
  l.loc = expr.span.start;
  const fitsArray = type.kind === 'array' && (!expr.from || expr.from.kind === 'int') && (!expr.to || expr.to.kind === 'int');
  if (!fitsArray) {
    if (expr.to) l.trapIf(l.icmp(Cond.Ugt, to, length), TrapCode.OutOfBounds);
    if (from) l.trapIf(l.icmp(Cond.Ugt, from, to), TrapCode.OutOfBounds);
  }
  if (!from) return { a: base, b: to };
  return { a: l.emit(Op.Ptradd, Type.Ptr, base, scaled(l, from, layoutOf(type.kind === 'array' || type.kind === 'slice' ? type.of : type).size)), b: l.emit(Op.Sub, Type.I64, to, from) };
}

export function scaled(l: Lowering, index: number, size: number): number {
  return size === 1 ? index : l.emit(Op.Mul, Type.I64, index, l.i64(size));
}

function itemAddress(l: Lowering, expr: Extract<TypedExpr, { kind: 'index' }>): Address {
  const type = prune(expr.object.type);
  const { size } = layoutOf(expr.type);
  let base: Address;
  let length = 0;
  if (type.kind === 'array') base = lowerAddress(l, expr.object);
  else {
    const whole = sliceValue(l, expr.object);
    base = { base: whole.a, offset: 0 };
    length = whole.b;
  }
  if (type.kind === 'array' && expr.index.kind === 'int') {
    return { base: base.base, offset: base.offset + Number(expr.index.value) * size };
  }
  const index = widened(l, lowerValue(l, expr.index).a, integerOf(expr.index.type));
  l.loc = expr.span.start;
  if (type.kind === 'array') length = l.i64(type.count);
  l.trapIf(l.icmp(Cond.Uge, index, length), TrapCode.OutOfBounds);
  return { base: l.emit(Op.Ptradd, Type.Ptr, base.base, scaled(l, index, size)), offset: base.offset };
}

// ---- memory ----

/** Does the expression name a place, so that reading it makes nothing new? */
export function isPlace(expr: TypedExpr): boolean {
  switch (expr.kind) {
    case 'local': return true;
    case 'static': case 'constant': case 'deref': return true;
    case 'field': return isPlace(expr.object);
    case 'index': return prune(expr.object.type).kind === 'slice' || isPlace(expr.object);
    default: return false;
  }
}

/** A place that nothing can change while it is visible: constants, and what `let` and parameters hold. */
export function isFixedPlace(expr: TypedExpr): boolean {
  switch (expr.kind) {
    case 'local': return !expr.local.mutable;
    case 'constant': return true;
    case 'field': return isFixedPlace(expr.object);
    case 'index': return prune(expr.object.type).kind === 'array' && isFixedPlace(expr.object);
    default: return false;
  }
}

/** Where a place lies; a value that lies nowhere is put into memory of its own first. */
export function lowerAddress(l: Lowering, expr: TypedExpr): Address {
  l.loc = expr.span.start;
  switch (expr.kind) {
    case 'local': {
      const address = l.localAddress(expr.local);
      if (address) return address;
      break;
    }
    case 'static': case 'constant': return { base: l.symbol(expr.entity.symbol), offset: 0 };
    case 'field': {
      const object = lowerAddress(l, expr.object);
      return { base: object.base, offset: object.offset + expr.field.offset };
    }
    case 'index': return itemAddress(l, expr);
    case 'deref': return { base: lowerValue(l, expr.pointer).a, offset: 0 };
  }
  const address = l.temporary(expr.type);
  if (isInMemory(expr.type)) lowerInto(l, expr, address);
  else l.store(expr.type, address, lowerValue(l, expr));
  return address;
}

/** Computes `expr` to `to`, whatever its type. */
export function lowerTo(l: Lowering, expr: TypedExpr, type: FluxType, to: Address): void {
  if (isInMemory(type) && prune(expr.type).kind !== 'never') lowerInto(l, expr, to);
  else l.store(type, to, lowerValueAs(l, expr, type));
}

/** A literal of more bytes than this that is constant is copied from the image instead of being built item by item. */
const BUILT_IN_PLACE = 32;

/** Computes an expression whose type lives in memory to `to`, which nothing that it reads may overlap. */
export function lowerInto(l: Lowering, expr: TypedExpr, to: Address): void {
  l.loc = expr.span.start;
  const type = prune(expr.type);
  switch (expr.kind) {
    case 'null': return l.storePart({ type: Type.Bool, access: ACCESS_BOOL, offset: 0 }, to, l.bool(false));
    case 'zero': return l.fillZero(layoutOf(type).size, to);
    case 'struct': {
      if (type.kind !== 'struct') return;
      if (copyConstant(l, expr, to)) return;
      fieldsOf(type).forEach((field, index) => {
        const value = expr.fields[index];
        const at = { base: to.base, offset: to.offset + field.offset };
        if (value) lowerTo(l, value, field.type, at);
        else if (isInMemory(field.type)) l.fillZero(layoutOf(field.type).size, at);
        else l.store(field.type, at, l.zeroValue(field.type));
      });
      return;
    }
    case 'array': {
      if (type.kind !== 'array' || copyConstant(l, expr, to)) return;
      const { size } = layoutOf(type.of);
      expr.items.forEach((item, index) => lowerTo(l, item, type.of, { base: to.base, offset: to.offset + index * size }));
      return;
    }
    case 'repeat': return lowerRepeat(l, expr, to);
    case 'some': case 'ok': {
      if (type.kind !== 'optional' && type.kind !== 'result') return;
      if (expr.value) lowerTo(l, expr.value, type.of, { base: to.base, offset: to.offset + payloadOffset(type) });
      storeTag(l, to, type, expr.kind === 'some' ? l.bool(true) : l.i32(0));
      return;
    }
    case 'failure':
      if (type.kind === 'result') storeTag(l, to, type, errorNumber(l, expr));
      return;
    case 'call': case 'callPointer':
      lowerCall(l, expr, to);
      return;
    case 'match':
      lowerMatch(l, expr, to);
      return;
    case 'or':
      lowerOr(l, expr, to);
      return;
    case 'try':
      lowerTry(l, expr, to);
      return;
    default: {
      const from = lowerAddress(l, expr);
      l.loc = expr.span.start;
      l.copy(type, to, from);
    }
  }
}

const ACCESS_BOOL = scalarPart({ kind: 'bool' })!.access;

function copyConstant(l: Lowering, expr: TypedExpr, to: Address): boolean {
  if (layoutOf(expr.type).size <= BUILT_IN_PLACE) return false;
  const { constant } = fold(expr);
  if (!constant) return false;
  l.copy(expr.type, to, { base: l.symbol(l.data.constant(constant, homeOf(l))), offset: 0 });
  return true;
}

/** The item is computed once. */
function lowerRepeat(l: Lowering, expr: Extract<TypedExpr, { kind: 'repeat' }>, to: Address): void {
  const { item, count } = expr;
  const { size } = layoutOf(item.type);
  if (isZero(item)) return l.fillZero(size * count, to);
  if (count === 0) return lowerEffect(l, item);
  const inMemory = isInMemory(item.type);
  const value = inMemory ? NO_VALUE : lowerValue(l, item);
  l.loc = expr.span.start;
  if (size === 1 && scalarPart(item.type)?.type === Type.I32) {
    l.emit(Op.Memfill, Type.Void, l.pointer(to), value.a, l.i64(count));
    return;
  }
  const first = inMemory ? { base: l.pointer(to), offset: 0 } : to;
  if (inMemory) lowerInto(l, item, first);
  countTo(l, count, (index) => {
    const at = { base: l.emit(Op.Ptradd, Type.Ptr, l.pointer(to), scaled(l, index, size)), offset: 0 };
    if (inMemory) l.copy(item.type, at, first);
    else l.store(item.type, at, value);
  });
}

/** A loop whose body gets an i64 from 0 to `count` - 1; `count` is not 0. */
function countTo(l: Lowering, count: number, body: (index: number) => void): void {
  const head = l.newBlock();
  const after = l.newBlock();
  const index = l.f.addParam(head, Type.I64, l.loc);
  l.jump(head, [l.i64(0)]);
  l.start(head);
  body(index);
  const next = l.emit(Op.Add, Type.I64, index, l.i64(1));
  const again = l.newBlock();
  l.brif(l.icmp(Cond.Ult, next, l.i64(count)), again, after);
  l.start(again);
  l.jump(head, [next]);
  l.start(after);
}

// ---- optionals and results ----

/** An optional or result that was computed: its parts, or where it lies. */
export type Open = { value: Value; address: null } | { value: null; address: Address };

export function openValue(l: Lowering, expr: TypedExpr): Open {
  if (isInMemory(expr.type)) return { value: null, address: lowerAddress(l, expr) };
  return { value: lowerValue(l, expr), address: null };
}

function loadTag(l: Lowering, address: Address): number {
  return l.loadPart({ type: Type.I32, access: scalarPart({ kind: 'int', name: 'i32', bits: 32, signed: true })!.access, offset: 0 }, address);
}

function storeTag(l: Lowering, to: Address, type: FluxType, tag: number): void {
  const part = prune(type).kind === 'optional' ? scalarPart({ kind: 'bool' })! : scalarPart({ kind: 'int', name: 'i32', bits: 32, signed: true })!;
  l.storePart(part, to, tag);
}

/** A bool: there is a value in it. */
export function isPresent(l: Lowering, type: FluxType, open: Open): number {
  const pruned = prune(type);
  if (pruned.kind === 'optional') {
    if (open.address) return l.loadPart(scalarPart({ kind: 'bool' })!, open.address);
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
function errorNumber(l: Lowering, expr: Extract<TypedExpr, { kind: 'failure' }>): number {
  const value = lowerValue(l, expr.error).a;
  l.loc = expr.span.start;
  const number = integerOf(expr.error.type).bits === 64 ? l.emit(Op.Trunc, Type.I32, value) : value;
  const type = prune(expr.type);
  const isPlain = type.kind === 'result' && prune(type.of).kind === 'void';
  if (!isPlain && expr.error.kind !== 'int') l.trapIf(l.icmp(Cond.Eq, number, l.i32(0)), TrapCode.BadEnum);
  return number;
}
