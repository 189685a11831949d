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
import { errorNumber, errorOf, isPresent, openValue, storeTag } from './lower-open.ts';
import { arithmetic, compare, complement, convert, integerOf, negate, widened } from './lower-operator.ts';
import { lowerOr, lowerTry } from './lower-optional.ts';
import { extractField, findRegister, readFound, writeFields } from './lower-register.ts';
import { type Address, type Lowering, NO_VALUE, type Value } from './lowering.ts';
import { isInMemory, representationOf, scalarPart } from './representation.ts';
import type { TypedExpr } from './typed-tree.ts';
import {
  type ArrayType, BOOL, fieldsOf, type FluxType, isPointerLike, layoutOf, payloadOffset, prune, type SliceType,
} from './types.ts';

const one = (a: number): Value => ({ a, b: 0 });

// ---- values in registers ----

/** Computes an expression whose type needs no memory. */
export function lowerValue(l: Lowering, expr: TypedExpr): Value {
  l.loc = expr.span.start;
  switch (expr.kind) {
    case 'int': return one(l.constant(scalarPart(expr.type)!.type, expr.value));
    case 'float': return one(l.float(scalarPart(expr.type)!.type, expr.value));
    case 'bool': return one(l.bool(expr.value));
    case 'null': case 'zero': return l.zeroValue(expr.type);
    case 'string': {
      const pointer = expr.bytes.length > 0 ? l.symbol(l.data.text(expr.bytes, l.home)) : l.zero(Type.Ptr);
      return { a: pointer, b: l.i64(expr.bytes.length) };
    }
    case 'function': return one(l.symbol(expr.entity.symbol));
    case 'symbol': {
      const address = l.symbol(expr.symbol, expr.offset);
      const { type } = scalarPart(expr.type)!;
      return one(type === Type.Ptr ? address : l.emit(Op.Bitcast, type, address));
    }
    case 'some': {
      const inner = l.lowerValue(expr.value);
      return isPointerLike(expr.value.type) ? inner : { a: l.bool(true), b: inner.a };
    }
    case 'ok': {
      const inner = expr.value ? l.lowerValue(expr.value) : NO_VALUE;
      return { a: l.i32(0), b: inner.a };
    }
    case 'failure': {
      const { kind, second } = representationOf(expr.type);
      return { a: errorNumber(l, expr), b: kind === 'pair' ? l.zero(second.type) : 0 };
    }
    case 'errorOf': {
      const tag = errorOf(l, openValue(l, expr.value));
      const base = integerOf(expr.type);
      return one(base.bits === 64 ? l.emit(Op.Sext, Type.I64, tag) : tag);
    }
    case 'arraySlice': {
      const pointer = prune(expr.pointer.type);
      const array = pointer.kind === 'pointer' ? prune(pointer.to) : pointer;
      return { a: l.lowerValue(expr.pointer).a, b: l.i64(array.kind === 'array' ? array.count : 0) };
    }
    case 'local': {
      const address = l.localAddress(expr.local);
      return address ? l.load(expr.type, address) : l.readLocal(expr.local);
    }
    case 'static': case 'constant': case 'field': case 'index': case 'deref': {
      const address = l.lowerAddress(expr);
      l.loc = expr.span.start;
      return l.load(expr.type, address);
    }
    case 'address': return one(l.pointer(l.lowerAddress(expr.place)));
    case 'length': return one(l.lowerValue(expr.slice).b);
    case 'slice': return lowerSlice(l, expr);
    case 'unary': {
      const operand = l.lowerValue(expr.operand).a;
      l.loc = expr.span.start;
      if (expr.op === '!') return one(l.emit(Op.Not, Type.Bool, operand));
      return one(expr.op === '-' ? negate(l, expr.type, operand) : complement(l, expr.type, operand));
    }
    case 'binary': {
      const left = l.lowerValue(expr.left).a;
      const right = l.lowerValue(expr.right).a;
      l.loc = expr.span.start;
      return one(arithmetic(l, expr.op, expr.type, left, right, expr.right.type));
    }
    case 'compare': {
      const left = l.lowerValue(expr.left);
      const right = l.lowerValue(expr.right);
      l.loc = expr.span.start;
      return one(compare(l, expr.op, expr.left.type, left, right));
    }
    case 'logic': return lowerLogic(l, expr);
    case 'isNull': {
      const present = isPresent(l, expr.value.type, openValue(l, expr.value));
      return one(expr.negated ? present : l.emit(Op.Not, Type.Bool, present));
    }
    case 'cast': {
      const value = l.lowerValue(expr.value).a;
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

function lowerLogic(l: Lowering, expr: Extract<TypedExpr, { kind: 'logic' }>): Value {
  const left = l.lowerValue(expr.left).a;
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
  l.jump(merge, [l.lowerValueAs(expr.right, expr.type).a]);
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
  else {
    // What the image knows already leaves only one way, and nothing that only the other one names.
    const known = fold(expr).constant;
    if (known?.kind === 'bool') return l.jump(known.value ? yes : no);
    const condition = l.lowerValueAs(expr, BOOL).a;
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
    base = l.pointer(l.lowerAddress(expr.object));
    length = l.i64(type.count);
  } else {
    const whole = l.lowerValue(expr.object);
    base = whole.a;
    length = whole.b;
  }
  const position = (at: TypedExpr) => widened(l, l.lowerValue(at).a, integerOf(at.type));
  const from = expr.from && position(expr.from);
  const to = expr.to ? position(expr.to) : length;
  l.loc = expr.span.start;
  // The bounds of an array that are known were judged when the program was checked.
  const isKnown = (bound: TypedExpr | null) => !bound || bound.kind === 'int';
  if (type.kind !== 'array' || !isKnown(expr.from) || !isKnown(expr.to)) {
    if (expr.to) l.trapIf(l.icmp(Cond.Ugt, to, length), TrapCode.OutOfBounds);
    if (from) l.trapIf(l.icmp(Cond.Ugt, from, to), TrapCode.OutOfBounds);
  }
  if (!from) return { a: base, b: to };
  const { size } = layoutOf((type as ArrayType | SliceType).of);
  return { a: l.emit(Op.Ptradd, Type.Ptr, base, l.scaled(from, size)), b: l.emit(Op.Sub, Type.I64, to, from) };
}

function itemAddress(l: Lowering, expr: Extract<TypedExpr, { kind: 'index' }>): Address {
  const type = prune(expr.object.type);
  const { size } = layoutOf(expr.type);
  let base: Address;
  let length = 0;
  if (type.kind === 'array') base = l.lowerAddress(expr.object);
  else {
    const whole = l.lowerValue(expr.object);
    base = { base: whole.a, offset: 0 };
    length = whole.b;
  }
  if (type.kind === 'array' && expr.index.kind === 'int') {
    return { base: base.base, offset: base.offset + Number(expr.index.value) * size };
  }
  const index = widened(l, l.lowerValue(expr.index).a, integerOf(expr.index.type));
  l.loc = expr.span.start;
  if (!expr.isWithin && !isAlwaysWithin(expr.index.type, type)) {
    if (type.kind === 'array') length = l.i64(type.count);
    l.trapIf(l.icmp(Cond.Uge, index, length), TrapCode.OutOfBounds);
  }
  return { base: l.emit(Op.Ptradd, Type.Ptr, base.base, l.scaled(index, size)), offset: base.offset };
}

/** Has the array an item for every number of the index's type, as `[256]u64` for a `u8`? */
function isAlwaysWithin(index: FluxType, type: FluxType): boolean {
  const { bits, signed } = integerOf(index);
  return type.kind === 'array' && !signed && bits < 32 && 2 ** bits <= type.count;
}

// ---- memory ----

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
      const object = l.lowerAddress(expr.object);
      return { base: object.base, offset: object.offset + expr.field.offset };
    }
    case 'index': return itemAddress(l, expr);
    case 'deref': return { base: l.lowerValue(expr.pointer).a, offset: 0 };
  }
  const address = l.temporary(expr.type);
  if (isInMemory(expr.type)) l.lowerInto(expr, address);
  else l.store(expr.type, address, l.lowerValue(expr));
  return address;
}

/** A literal of more bytes than this that is constant is copied from the image instead of being built item by item. */
const BUILT_IN_PLACE = 32;

/** Computes an expression whose type lives in memory to `to`, which nothing that it reads may overlap. */
export function lowerInto(l: Lowering, expr: TypedExpr, to: Address): void {
  l.loc = expr.span.start;
  const type = prune(expr.type);
  switch (expr.kind) {
    case 'null': return l.storePart(scalarPart(BOOL)!, to, l.bool(false));
    case 'zero': return l.fillZero(layoutOf(type).size, layoutOf(type).align, to);
    case 'struct': {
      if (type.kind !== 'struct') return;
      if (copyConstant(l, expr, to)) return;
      fieldsOf(type).forEach((field, index) => {
        const value = expr.fields[index];
        const at = { base: to.base, offset: to.offset + field.offset };
        if (value) l.lowerTo(value, field.type, at);
        else if (isInMemory(field.type)) l.fillZero(layoutOf(field.type).size, layoutOf(field.type).align, at);
        else l.store(field.type, at, l.zeroValue(field.type));
      });
      return;
    }
    case 'array': {
      if (type.kind !== 'array' || copyConstant(l, expr, to)) return;
      const { size } = layoutOf(type.of);
      expr.items.forEach((item, index) => {
        l.lowerTo(item, type.of, { base: to.base, offset: to.offset + index * size });
      });
      return;
    }
    case 'repeat': return lowerRepeat(l, expr, to);
    case 'some': case 'ok': {
      if (type.kind !== 'optional' && type.kind !== 'result') return;
      if (expr.value) l.lowerTo(expr.value, type.of, { base: to.base, offset: to.offset + payloadOffset(type) });
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
      const from = l.lowerAddress(expr);
      l.loc = expr.span.start;
      l.copy(type, to, from);
    }
  }
}

function copyConstant(l: Lowering, expr: TypedExpr, to: Address): boolean {
  if (layoutOf(expr.type).size <= BUILT_IN_PLACE) return false;
  const { constant } = fold(expr);
  if (!constant) return false;
  if (isZero(constant)) {
    l.fillZero(layoutOf(expr.type).size, layoutOf(expr.type).align, to);
    return true;
  }
  l.copy(expr.type, to, { base: l.symbol(l.data.constant(constant, l.home)), offset: 0 });
  return true;
}

/** The item is computed once. */
function lowerRepeat(l: Lowering, expr: Extract<TypedExpr, { kind: 'repeat' }>, to: Address): void {
  const { item, count } = expr;
  const { size } = layoutOf(item.type);
  if (isZero(item)) return l.fillZero(size * count, layoutOf(item.type).align, to);
  if (count === 0) return l.lowerEffect(item);
  const inMemory = isInMemory(item.type);
  const value = inMemory ? NO_VALUE : l.lowerValue(item);
  l.loc = expr.span.start;
  if (size === 1 && scalarPart(item.type)?.type === Type.I32) {
    l.emit(Op.Memfill, Type.Void, l.pointer(to), value.a, l.i64(count));
    return;
  }
  const first = inMemory ? { base: l.pointer(to), offset: 0 } : to;
  if (inMemory) l.lowerInto(item, first);
  countTo(l, count, (index) => {
    const at = { base: l.emit(Op.Ptradd, Type.Ptr, l.pointer(to), l.scaled(index, size)), offset: 0 };
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
