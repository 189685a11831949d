/** Statements in FIR. */
import { Cond, Op } from '../fir/ops.ts';
import { Type } from '../fir/types.ts';
import { lowerReturn } from './lower-answer.ts';
import { lowerBlock, runDefers } from './lower-block.ts';
import { lowerAddress, lowerBranch, lowerInto, lowerValue } from './lower-expression.ts';
import { contentAddress, contentValue, isPresent, openValue } from './lower-open.ts';
import { arithmetic, compare } from './lower-operator.ts';
import { findRegister, readFound, writeFound } from './lower-register.ts';
import type { Address, Lowering, LoweringParts, Value } from './lowering.ts';
import { isFixedPlace, isPlace } from './places.ts';
import { isInMemory, scalarPart } from './representation.ts';
import type { Local, TypedBlock, TypedCondition, TypedExpr, TypedStmt } from './typed-tree.ts';
import { layoutOf, prune, U64 } from './types.ts';

export function lowerStatement(l: Lowering, statement: TypedStmt): void {
  l.loc = statement.span.start;
  switch (statement.kind) {
    case 'let': return lowerLet(l, statement.local, statement.value);
    case 'assign': return lowerAssign(l, statement);
    case 'update': return lowerUpdate(l, statement);
    case 'registerWrite': {
      const found = findRegister(l, statement.place);
      const value = l.lowerValueAs(statement.value, found.type).a;
      l.loc = statement.span.start;
      return writeFound(l, found, value);
    }
    case 'registerUpdate': {
      const found = findRegister(l, statement.place);
      const old = readFound(l, found);
      const right = l.lowerValue(statement.value).a;
      l.loc = statement.span.start;
      return writeFound(l, found, arithmetic(l, statement.op, found.type, old, right, statement.value.type));
    }
    case 'expr': return l.lowerEffect(statement.value);
    case 'if': return lowerIf(l, statement);
    case 'while': return lowerWhile(l, statement);
    case 'forRange': return lowerForRange(l, statement);
    case 'forEach': return lowerForEach(l, statement);
    case 'return': {
      // A value of type nothing is evaluated, and nothing is returned.
      if (statement.value && prune(statement.value.type).kind === 'void') {
        l.lowerEffect(statement.value);
        return lowerReturn(l, null);
      }
      return lowerReturn(l, statement.value);
    }
    case 'break': case 'continue': {
      const loop = l.loops[l.loops.length - 1]!;
      runDefers(l, loop.defers);
      l.jump(statement.kind === 'break' ? loop.breakTo : loop.continueTo);
      return l.ended();
    }
    case 'defer':
      l.defers = [...l.defers, statement.body];
      return;
    case 'block': return lowerBlock(l, statement.block);
  }
}

function lowerLet(l: Lowering, local: Local, value: TypedExpr): void {
  if (prune(value.type).kind === 'never') {
    l.lowerEffect(value);
    if (isInMemory(local.type)) l.bindSlot(local);
    else l.bind(local, l.zeroValue(local.type));
    return;
  }
  if (!isInMemory(local.type)) return l.bind(local, l.lowerValue(value));
  // What nothing can change needs no copy of its own.
  if (!local.mutable && isFixedPlace(value)) return l.bindMemory(local, l.lowerAddress(value));
  l.lowerInto(value, l.bindSlot(local));
}

// ---- assignment ----

function lowerAssign(l: Lowering, statement: Extract<TypedStmt, { kind: 'assign' }>): void {
  const { place, value } = statement;
  if (isInMemory(place.type)) return assignMemory(l, place, value);
  if (place.kind === 'local' && !l.localAddress(place.local)) {
    return l.writeLocal(place.local, l.lowerValueAs(value, place.type));
  }
  const address = l.lowerAddress(place);
  const result = l.lowerValueAs(value, place.type);
  l.loc = statement.span.start;
  l.store(place.type, address, result);
}

/** A value that reads the place it is assigned to must be whole before the place changes. */
function assignMemory(l: Lowering, place: TypedExpr, value: TypedExpr): void {
  const to = l.lowerAddress(place);
  if (prune(value.type).kind === 'never') return l.lowerEffect(value);
  if (isPlace(value)) return l.copy(place.type, to, l.lowerAddress(value));
  if (readsNoMemory(value)) return lowerInto(l, value, to);
  const whole = l.temporary(place.type);
  l.lowerInto(value, whole);
  l.copy(place.type, to, whole);
}

function readsNoMemory(expr: TypedExpr): boolean {
  switch (expr.kind) {
    case 'int': case 'float': case 'bool': case 'null': case 'zero': case 'string': case 'function': case 'symbol':
      return true;
    case 'local': return !expr.local.addressTaken && !isInMemory(expr.type);
    case 'some': return readsNoMemory(expr.value);
    case 'cast': return readsNoMemory(expr.value);
    case 'unary': return readsNoMemory(expr.operand);
    case 'binary': return readsNoMemory(expr.left) && readsNoMemory(expr.right);
    case 'struct': return expr.fields.every((field) => field === null || readsNoMemory(field));
    case 'array': return expr.items.every(readsNoMemory);
    case 'repeat': return readsNoMemory(expr.item);
    default: return false;
  }
}

function lowerUpdate(l: Lowering, statement: Extract<TypedStmt, { kind: 'update' }>): void {
  const { place, value, op } = statement;
  const { type } = place;
  if (place.kind === 'local' && !l.localAddress(place.local)) {
    const old = l.readLocal(place.local).a;
    const right = l.lowerValue(value).a;
    l.loc = statement.span.start;
    return l.writeLocal(place.local, { a: arithmetic(l, op, type, old, right, value.type), b: 0 });
  }
  const address = l.lowerAddress(place);
  const old = l.load(type, address).a;
  const right = l.lowerValue(value).a;
  l.loc = statement.span.start;
  l.store(type, address, { a: arithmetic(l, op, type, old, right, value.type), b: 0 });
}

// ---- control ----

/** Goes to `yes` (having named what the optional holds) or to `no`; afterwards `yes` is the block at hand. */
function lowerCondition(l: Lowering, condition: TypedCondition, yes: number, no: number): void {
  if (condition.kind === 'expr') {
    lowerBranch(l, condition.value, yes, no);
    return l.start(yes);
  }
  const { local, value } = condition;
  const open = openValue(l, value);
  l.loc = value.span.start;
  l.brif(isPresent(l, value.type, open), yes, no);
  l.start(yes);
  if (!isInMemory(local.type)) return l.bind(local, contentValue(l, value.type, open));
  const from = contentAddress(value.type, open.address!);
  // A value that was made here is nobody else's.
  if (!local.mutable && (!isPlace(value) || isFixedPlace(value))) return l.bindMemory(local, from);
  l.copy(local.type, l.bindSlot(local), from);
}

function lowerIf(l: Lowering, statement: Extract<TypedStmt, { kind: 'if' }>): void {
  const then = l.newBlock();
  const after = l.newBlock();
  const otherwise = statement.otherwise ? l.newBlock() : after;
  l.within(statement.then.span, () => lowerCondition(l, statement.condition, then, otherwise));
  lowerBlock(l, statement.then);
  l.jump(after);
  if (statement.otherwise) {
    l.start(otherwise);
    lowerBlock(l, statement.otherwise);
    l.jump(after);
  }
  l.start(after);
}

/** Lowers the body of a loop; `break` and `continue` inside it go to the two blocks. */
function lowerLoopBody(l: Lowering, body: TypedBlock, breakTo: number, continueTo: number): void {
  l.loops.push({ breakTo, continueTo, defers: l.defers.length });
  lowerBlock(l, body);
  l.loops.pop();
}

function lowerWhile(l: Lowering, statement: Extract<TypedStmt, { kind: 'while' }>): void {
  const head = l.newBlock();
  const body = l.newBlock();
  const after = l.newBlock();
  l.jump(head);
  l.start(head);
  l.within(statement.body.span, () => lowerCondition(l, statement.condition, body, after));
  lowerLoopBody(l, statement.body, after, head);
  l.loc = statement.span.start;
  l.jump(head);
  l.start(after);
}

/** A loop variable of the compiler's own: a slot, so that `promote-slots` treats it like any other variable. */
class Counter {
  private readonly local: Local;

  constructor(private readonly l: Lowering, type: Local['type'], first: number) {
    const span = { start: 0, end: 0 };
    this.local = { name: '', type, span, mutable: true, origin: 'loop', addressTaken: false, index: l.freshLocal() };
    l.bind(this.local, { a: first, b: 0 });
  }

  read(): number {
    return this.l.readLocal(this.local).a;
  }

  write(value: number): void {
    this.l.writeLocal(this.local, { a: value, b: 0 });
  }
}

/**
 * Both bounds are computed once. The counter never leaves the range, so it cannot wrap at the ends of its type: it is
 * compared with the last value before it moves on.
 */
function lowerForRange(l: Lowering, statement: Extract<TypedStmt, { kind: 'forRange' }>): void {
  const { local, reverse, inclusive } = statement;
  const type = local.type;
  const fir = scalarPart(type)!.type;
  const from = l.lowerValue(statement.from).a;
  const to = l.lowerValue(statement.to).a;
  l.loc = statement.span.start;
  const value = (a: number): Value => ({ a, b: 0 });
  const step = (at: number, by: 1 | -1) => l.emit(Op.Add, fir, at, l.constant(fir, BigInt(by)));
  const enter = l.newBlock();
  const body = l.newBlock();
  const next = l.newBlock();
  const more = l.newBlock();
  const after = l.newBlock();
  l.brif(compare(l, inclusive ? '<=' : '<', type, value(from), value(to)), enter, after);
  l.start(enter);
  const last = reverse ? from : inclusive ? to : step(to, -1);
  const counter = new Counter(l, type, reverse ? (inclusive ? to : step(to, -1)) : from);
  l.jump(body);
  l.start(body);
  l.within(statement.body.span, () => l.bind(local, value(counter.read())));
  lowerLoopBody(l, statement.body, after, next);
  l.loc = statement.span.start;
  l.jump(next);
  l.start(next);
  const at = counter.read();
  l.brif(l.icmp(Cond.Eq, at, last), after, more);
  l.start(more);
  counter.write(step(at, reverse ? -1 : 1));
  l.jump(body);
  l.start(after);
}

function lowerForEach(l: Lowering, statement: Extract<TypedStmt, { kind: 'forEach' }>): void {
  const { over, local, index } = statement;
  const type = prune(over.type);
  if (type.kind !== 'array' && type.kind !== 'slice') throw new Error('only arrays and slices have items');
  let base: Address;
  let count: number;
  if (type.kind === 'array') {
    base = l.lowerAddress(over);
    count = l.i64(type.count);
  } else {
    const slice = l.lowerValue(over);
    base = { base: slice.a, offset: 0 };
    count = slice.b;
  }
  l.loc = statement.span.start;
  const { size } = layoutOf(type.of);
  const head = l.newBlock();
  const body = l.newBlock();
  const next = l.newBlock();
  const after = l.newBlock();
  const counter = new Counter(l, U64, l.i64(0));
  l.jump(head);
  l.start(head);
  const at = counter.read();
  l.brif(l.icmp(Cond.Ult, at, count), body, after);
  l.start(body);
  const item = { base: l.emit(Op.Ptradd, Type.Ptr, base.base, l.scaled(at, size)), offset: base.offset };
  l.within(statement.body.span, () => {
    if (index) l.bind(index, { a: at, b: 0 });
    if (!isInMemory(type.of)) l.bind(local, l.load(type.of, item));
    else if (isFixedPlace(over)) l.bindMemory(local, item);
    else l.copy(type.of, l.bindSlot(local), item);
  });
  lowerLoopBody(l, statement.body, after, next);
  l.loc = statement.span.start;
  l.jump(next);
  l.start(next);
  counter.write(l.emit(Op.Add, Type.I64, counter.read(), l.i64(1)));
  l.jump(head);
  l.start(after);
}

/** The parts of the lowering that call each other through `Lowering`. */
export const LOWERING_PARTS: LoweringParts = {
  value: lowerValue, into: lowerInto, address: lowerAddress, statement: lowerStatement,
};
