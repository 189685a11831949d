/**
 * Checks expressions: an `Expr` and the type that its context expects (a hint, null if it expects none) become a
 * `TypedExpr`. The result may still have another type than expected: `checkValue` insists.
 */
import { TrapCode } from '../fir/ops.ts';
import type { Expr } from './ast.ts';
import { checkCall } from './check-call.ts';
import { checkMatch } from './check-match.ts';
import { checkMember, checkName } from './check-member.ts';
import { checkBinary, checkUnary } from './check-operator.ts';
import { takeAddress, throughPointers } from './check-place.ts';
import { canCast, type Checker, mend, textOf } from './checker.ts';
import { list } from './entities.ts';
import { integerConstant, resolveType } from './resolve-type.ts';
import type { TypedExpr } from './typed-tree.ts';
import {
  BAD, BOOL, F64, type FluxType, innermost, isBad, isFloat, isInteger, isPointerLike, LARGEST_OBJECT, layoutOf,
  membersOf, nameOf, NEVER, NULL, prune, TEXT, U64, U8, unify, wrap,
} from './types.ts';

/** Checks an expression; a register stays what can be read or written. */
export function checkExpression(k: Checker, expr: Expr, expected: FluxType | null): TypedExpr {
  const span = expr.span;
  switch (expr.kind) {
    case 'int': return k.integer((BigInt(expr.high >>> 0) << 32n) | BigInt(expr.low >>> 0), span);
    case 'float': return { kind: 'float', value: expr.value, type: k.open(true), span };
    case 'bool': return { kind: 'bool', value: expr.value, type: BOOL, span };
    case 'char': return k.integer(BigInt(expr.value), span, U8);
    case 'string': return { kind: 'string', bytes: expr.bytes, type: TEXT, span };
    case 'null': return { kind: 'null', type: NULL, span };
    case 'name': return checkName(k, expr);
    case 'implicit': return checkImplicit(k, expr, expected);
    case 'member': return checkMember(k, expr);
    case 'call': return checkCall(k, expr, expected);
    case 'index': return checkIndex(k, expr);
    case 'slice': return checkSlice(k, expr);
    case 'deref': {
      const pointer = k.check(expr.object, null);
      const type = prune(pointer.type);
      if (type.kind === 'bad') return pointer;
      if (type.kind === 'pointer') return { kind: 'deref', pointer, type: type.to, span };
      const hint = type.kind === 'optional' ? mend(type, prune(type.of), expr.object) : 'it is no pointer';
      k.report('FX0312', span, '.*', nameOf(type), hint);
      return k.bad(span);
    }
    case 'unary': return checkUnary(k, expr, expected);
    case 'binary': return checkBinary(k, expr, expected);
    case 'cast': return checkCast(k, expr);
    case 'array': return checkArray(k, expr, expected);
    case 'repeat': {
      const inner = innermost(expected);
      const of = inner?.kind === 'array' ? inner.of : null;
      const item = of ? k.checkValue(expr.item, of) : k.check(expr.item, null);
      const count = integerConstant(k.c, k.scope, expr.count, null);
      if (count === null || isBad(item.type)) return k.bad(span);
      if (count < 0n || Number(count) * Math.max(1, layoutOf(item.type).size) > LARGEST_OBJECT) {
        k.report('FX0349', expr.count.span, `[${count}]${nameOf(item.type)}`, LARGEST_OBJECT);
        return k.bad(span);
      }
      const type: FluxType = { kind: 'array', count: Number(count), of: item.type };
      return { kind: 'repeat', item, count: type.count, type, span };
    }
    case 'match': return checkMatch(k, expr, expected);
    case 'or': return checkOr(k, expr, expected);
    case 'try': return checkTry(k, expr, expected);
    case 'unreachable': return { kind: 'trap', code: TrapCode.Unreachable, type: NEVER, span };
    case 'typeQuery': {
      const type = resolveType(k.c, k.scope, expr.of);
      if (isBad(type)) return k.bad(span);
      const layout = layoutOf(type);
      return k.integer(BigInt(expr.query === 'size_of' ? layout.size : layout.align), span);
    }
    case 'bad': return k.bad(span);
  }
}



function checkImplicit(k: Checker, expr: Extract<Expr, { kind: 'implicit' }>, expected: FluxType | null): TypedExpr {
  const name = expr.name.text;
  let type = expected && prune(expected);
  if (type?.kind === 'bad') return k.bad(expr.span);
  // In a `!T` function `.busy` is an error before it is a member of T.
  const { errors } = k.c.program;
  const isError = type?.kind === 'result' && errors && membersOf(errors).has(name);
  if (isError || (type?.kind === 'result' && innermost(type)?.kind !== 'enum')) type = errors;
  else type = innermost(type);
  if (type?.kind === 'enum') return k.enumMember(type, name, expr.span);
  k.report('FX0329', expr.span, name, type ? `\`${nameOf(type)}\`` : 'nothing in particular');
  return k.bad(expr.span);
}

// ---- arrays and slices ----

function checkArray(k: Checker, expr: Extract<Expr, { kind: 'array' }>, expected: FluxType | null): TypedExpr {
  const inner = innermost(expected);
  let of: FluxType | null = inner?.kind === 'array' || inner?.kind === 'slice' ? inner.of : null;
  const items: TypedExpr[] = [];
  for (const item of expr.items) {
    const value = of ? k.checkValue(item, of) : k.check(item, null);
    of ??= isBad(value.type) ? null : value.type;
    items.push(value);
  }
  if (!of) {
    if (expr.items.length === 0) k.report('FX0330', expr.span, '[]', 'say it: `let name: [0]u8 = []`');
    return k.bad(expr.span);
  }
  if (prune(of).kind === 'void' || prune(of).kind === 'null') {
    k.report('FX0330', expr.span, '[…]', 'say the type of the items: `let name: [2]?*T = […]`');
    return k.bad(expr.span);
  }
  return { kind: 'array', items, type: { kind: 'array', count: items.length, of }, span: expr.span };
}

/** The type that an index or a bound has; any integer will do. */
function checkPosition(k: Checker, expr: Expr): TypedExpr {
  const node = k.check(expr, null);
  if (isInteger(node.type) || isBad(node.type) || prune(node.type).kind === 'never') return node;
  k.mismatch(node, U64, expr);
  return k.bad(expr.span);
}

function checkIndex(k: Checker, expr: Extract<Expr, { kind: 'index' }>): TypedExpr {
  const span = expr.span;
  const object = throughPointers(k.checkRaw(expr.object, null));
  const index = checkPosition(k, expr.index);
  if (object.kind === 'registerRead') {
    const { place } = object;
    if (place.register.count > 0 && !place.index && !object.field) {
      checkBound(k, index, place.register.count, false);
      return { ...object, place: { ...place, index }, span };
    }
  }
  const type = prune(object.type);
  if (type.kind === 'bad') return object;
  if (type.kind !== 'array' && type.kind !== 'slice') {
    k.report('FX0337', expr.object.span, nameOf(type), notIndexable(type, expr.object));
    return k.bad(span);
  }
  if (type.kind === 'array') checkBound(k, index, type.count, false);
  return { kind: 'index', object, index, isWithin: expr.isWithin ?? false, type: type.of, span };
}

function notIndexable(type: FluxType, source: Expr): string {
  if (type.kind === 'optional' || type.kind === 'result') return mend(type, prune(type.of), source);
  return 'arrays `[N]T`, slices `[]T` and pointers to them have items';
}

/** A constant index is judged here, others when they are computed. */
function checkBound(k: Checker, index: TypedExpr, count: number, isEnd: boolean): void {
  if (index.kind !== 'int') return;
  if (index.value >= 0n && (isEnd ? index.value <= BigInt(count) : index.value < BigInt(count))) return;
  const range = count === 0 && !isEnd ? 'nothing can be taken from it' : `0 to ${isEnd ? count : count - 1}`;
  k.report('FX0336', index.span, String(index.value), count, range);
}

function checkSlice(k: Checker, expr: Extract<Expr, { kind: 'slice' }>): TypedExpr {
  const span = expr.span;
  const object = throughPointers(k.check(expr.object, null));
  const from = expr.from && checkPosition(k, expr.from);
  const to = expr.to && checkPosition(k, expr.to);
  const type = prune(object.type);
  if (type.kind === 'bad') return object;
  if (type.kind !== 'array' && type.kind !== 'slice') {
    k.report('FX0337', expr.object.span, nameOf(type), notIndexable(type, expr.object));
    return k.bad(span);
  }
  if (type.kind === 'array') {
    if (!takeAddress(k, object, expr.object)) return k.bad(span);
    if (from) checkBound(k, from, type.count, true);
    if (to) checkBound(k, to, type.count, true);
  }
  if (from?.kind === 'int' && to?.kind === 'int' && from.value > to.value) {
    k.report('FX0362', span, String(from.value), String(to.value));
  }
  return { kind: 'slice', object, from, to, type: { kind: 'slice', of: type.of }, span };
}

// ---- conversions that are asked for ----

function checkCast(k: Checker, expr: Extract<Expr, { kind: 'cast' }>): TypedExpr {
  const span = expr.span;
  const value = k.check(expr.value, null);
  const to = resolveType(k.c, k.scope, expr.to);
  const from = prune(value.type);
  if (isBad(from) || isBad(to)) return k.bad(span);
  if (from.kind === 'never') return value;
  if (!canCast(from, to)) {
    k.report('FX0331', span, nameOf(from), nameOf(to), castHint(from, to, expr.value));
    return k.bad(span);
  }
  if (value.kind === 'int' && from.kind === 'variable') {
    if (to.kind === 'int') {
      value.isFolded = true;
      return k.integer(wrap(value.value, to), span, to);
    }
    if (isFloat(to)) return k.coerce(value, to);
    if (to.kind === 'enum') {
      value.isFolded = true;
      for (const member of membersOf(to).values()) if (member === value.value) return k.integer(value.value, span, to);
      k.report('FX0364', span, to.name, String(value.value), list(membersOf(to).keys()));
      return k.bad(span);
    }
  }
  if (from.kind === 'variable') {
    if (from.isFloat && to.kind === 'float') unify(from, F64);
    else if (!from.isFloat && (to.kind === 'handle' || isPointerLike(to) || to.kind === 'optional')) unify(from, U64);
  }
  return { kind: 'cast', value, type: to, span };
}

function castHint(from: FluxType, to: FluxType, source: Expr): string {
  const text = textOf(source);
  if (to.kind === 'bool') return `compare it: \`${text} != 0\``;
  if (from.kind === 'optional' || from.kind === 'result') return mend(from, prune(from.of), source);
  if (isPointerLike(to) && isInteger(from)) return `addresses are 64 bits wide: \`${text} as u64 as ${nameOf(to)}\``;
  if (isPointerLike(from) && isInteger(to)) {
    return `an address is an \`addr\` or \`u64\`: \`${text} as u64 as ${nameOf(to)}\``;
  }
  return '`as` converts numbers, `bool` and enums to integers, integers to enums, and pointers to addresses and back';
}

// ---- optionals and results ----

function checkOr(k: Checker, expr: Extract<Expr, { kind: 'or' }>, expected: FluxType | null): TypedExpr {
  const span = expr.span;
  const hint = expected && prune(expected).kind !== 'bad' ? expected : null;
  const value = k.check(expr.value, null);
  const type = prune(value.type);
  const isOpen = type.kind === 'optional' || type.kind === 'result';
  if (!isOpen && type.kind !== 'bad') k.report('FX0332', expr.value.span, nameOf(type));
  const inner = isOpen ? type.of : hint ?? BAD;
  if (expr.fallback.kind === 'leave') {
    // It leaves, whatever it is: the parser takes nothing else here.
    const before = k.hasEnded;
    const statement = k.checkStatement(expr.fallback.statement);
    k.hasEnded = before;
    if (!isOpen || !statement) return k.bad(span);
    return { kind: 'or', value, staysOpen: false, fallback: { kind: 'leave', statement }, type: inner, span };
  }
  const raw = k.check(expr.fallback.value, inner);
  if (!isOpen) return k.bad(span);
  const rawType = prune(raw.type);
  const isAbsent = rawType.kind === 'null' && prune(inner).kind !== 'optional';
  const staysOpen = isAbsent || (rawType.kind === type.kind && unify(rawType, type));
  const result = staysOpen ? type : inner;
  if (prune(inner).kind === 'void' && rawType.kind !== 'never' && !staysOpen) {
    k.report('FX0333', expr.fallback.value.span, textOf(expr.value), textOf(expr.value));
    return k.bad(span);
  }
  const fallback = k.coerce(raw, result, expr.fallback.value);
  return { kind: 'or', value, staysOpen, fallback: { kind: 'expr', value: fallback }, type: result, span };
}

function checkTry(k: Checker, expr: Extract<Expr, { kind: 'try' }>, expected: FluxType | null): TypedExpr {
  const value = k.check(expr.value, expected);
  const type = prune(value.type);
  if (type.kind === 'bad') return value;
  if (type.kind !== 'optional' && type.kind !== 'result') {
    k.report('FX0332', expr.value.span, nameOf(type));
    return k.bad(expr.span);
  }
  const result = prune(k.result);
  if (k.deferLoops >= 0) k.report('FX0355', expr.span);
  else if (k.kind !== 'test' && result.kind !== type.kind) {
    const [what, mark] = type.kind === 'result' ? ['an error', '!'] : ['`null`', '?'];
    k.report('FX0334', expr.span, what!, nameOf(k.result), mark!);
  }
  return { kind: 'try', value, type: type.of, span: expr.span };
}
