/** Checks unary and binary operators, and computes those of untyped literals exactly. */
import type { Expr } from './ast.ts';
import { takeAddress } from './check-place.ts';
import { castName, type Checker, mend, textOf } from './checker.ts';
import { holds } from './fold-constant.ts';
import { scalarPart } from './representation.ts';
import type { ArithmeticOp, CompareOp, IntNode, TypedExpr } from './typed-tree.ts';
import { BOOL, type FluxType, isBad, isFloat, isInteger, nameOf, NULL, prune } from './types.ts';

/** An untyped integer literal: it is computed with exactly, and its use gives it a type. */
function isLiteral(node: TypedExpr): node is IntNode {
  return node.kind === 'int' && prune(node.type).kind === 'variable';
}

export function checkUnary(k: Checker, expr: Extract<Expr, { kind: 'unary' }>, expected: FluxType | null): TypedExpr {
  const span = expr.span;
  if (expr.op === '&') {
    const inner = expected && prune(expected);
    const hint = inner?.kind === 'pointer' ? inner.to : null;
    const place = k.checkRaw(expr.operand, hint);
    if (isBad(place.type)) return place;
    if (!takeAddress(k, place, expr.operand)) return k.bad(span);
    const type = prune(place.type);
    return type.kind === 'registers' ? place : { kind: 'address', place, type: { kind: 'pointer', to: type }, span };
  }
  if (expr.op === '!') {
    const operand = k.checkValue(expr.operand, BOOL);
    return isBad(operand.type) ? operand : { kind: 'unary', op: '!', operand, type: BOOL, span };
  }
  const operand = k.check(expr.operand, expected);
  const type = prune(operand.type);
  if (type.kind === 'bad') return operand;
  if (isLiteral(operand)) {
    operand.isFolded = true;
    return expr.op === '-'
      ? k.integer(-operand.value, span)
      : k.integer(~operand.value, span, undefined, true);
  }
  if (isInteger(type) || (expr.op === '-' && isFloat(type))) return { kind: 'unary', op: expr.op, operand, type, span };
  k.report('FX0312', span, expr.op, nameOf(type), operatorHint(type, expr.operand));
  return k.bad(span);
}

function operatorHint(type: FluxType, source: Expr): string {
  if (type.kind === 'optional' || type.kind === 'result') return mend(type, prune(type.of), source);
  if (type.kind === 'pointer' || type.kind === 'function') {
    return `compute with addresses: \`${textOf(source)} as addr\`, and back with \`as\``;
  }
  if (type.kind === 'enum' || type.kind === 'handle') return `compute with its number: \`${textOf(source)} as u64\``;
  if (type.kind === 'bool') return 'truth values take `&&`, `||`, `!`, `&`, `|`, `^`, `==` and `!=`';
  return 'it takes numbers';
}

export function checkBinary(k: Checker, expr: Extract<Expr, { kind: 'binary' }>, expected: FluxType | null): TypedExpr {
  switch (expr.op) {
    case '&&': case '||': {
      const left = k.checkValue(expr.left, BOOL);
      const right = k.checkValue(expr.right, BOOL);
      return { kind: 'logic', op: expr.op, left, right, type: BOOL, span: expr.span };
    }
    case '==': case '!=': case '<': case '<=': case '>': case '>=': return checkCompare(k, expr, expr.op);
    case '<<': case '>>': return checkShift(k, expr, expr.op, expected);
    default: {
      const left = k.check(expr.left, expected);
      const right = k.check(expr.right, expected);
      return arithmetic(k, expr.op, left, right, expr);
    }
  }
}

type BinaryExpr = Extract<Expr, { kind: 'binary' }>;

/** Where an operation stands, and what its sides look like: a binary expression, or an assignment like `a += b`. */
type Operation = Pick<BinaryExpr, 'left' | 'right' | 'opSpan' | 'span'>;

/** `left op right`; `source` gives spans and texts. Also what an assignment like `+=` computes. */
export function arithmetic(
  k: Checker, op: Exclude<ArithmeticOp, '<<' | '>>'>, left: TypedExpr, right: TypedExpr,
  source: Operation,
): TypedExpr {
  const span = source.span;
  if (isBad(left.type) || isBad(right.type)) return k.bad(span);
  if (isLiteral(left) && isLiteral(right)) {
    const value = exact(k, op, left.value, right.value, span);
    left.isFolded = right.isFolded = true;
    if (value === null) return k.bad(span);
    const keepsMask = (op === '&' || op === '|' || op === '^') && (left.isMask || right.isMask);
    return k.integer(value, span, undefined, keepsMask);
  }
  const both = k.common(left, right);
  if (!both) {
    doNotMix(k, left, right, op, source);
    return k.bad(span);
  }
  const type = prune(both.type);
  const isBitwise = op === '&' || op === '|' || op === '^';
  if (isInteger(type) || (isFloat(type) && !isBitwise && op !== '%') || (type.kind === 'bool' && isBitwise)) {
    if ((op === '/' || op === '%') && both.right.kind === 'int' && both.right.value === 0n) {
      k.report('FX0350', both.right.span);
      return k.bad(span);
    }
    return { kind: 'binary', op, left: both.left, right: both.right, type, span };
  }
  if (!isBad(type)) k.report('FX0312', source.opSpan, op, nameOf(type), operatorHint(type, source.left));
  return k.bad(span);
}

function doNotMix(k: Checker, left: TypedExpr, right: TypedExpr, op: string, source: Operation): void {
  const a = prune(left.type);
  const b = prune(right.type);
  for (const [type, expr] of [[a, source.left], [b, source.right]] as const) {
    if (type.kind !== 'optional' && type.kind !== 'result') continue;
    k.report('FX0312', expr.span, op, nameOf(type), mend(type, prune(type.of), expr));
    return;
  }
  if (a.kind === 'int' && b.kind === 'int') {
    const widenLeft = a.bits < b.bits || b.name === 'addr';
    const hint = widenLeft ? `\`${textOf(source.left)} as ${b.name}\`` : `\`${textOf(source.right)} as ${a.name}\``;
    k.report('FX0304', source.opSpan, a.name, b.name, `write ${hint}`);
    return;
  }
  const numbers = (isInteger(a) || isFloat(a)) && (isInteger(b) || isFloat(b));
  const enumText = textOf(a.kind === 'enum' ? source.left : source.right);
  const enumeration = a.kind === 'enum' ? a : b.kind === 'enum' ? b : null;
  const hint = numbers
    ? `write \`${textOf(isFloat(a) ? source.right : source.left)} as ${castName(isFloat(a) ? a : b)}\``
    : enumeration && (isInteger(a) || isInteger(b))
      ? `name a member, \`${enumeration.name}.…\`, or take its number: \`${enumText} as ${enumeration.base.name}\``
    : a.kind === 'pointer' || b.kind === 'pointer' ? 'compute with addresses: `pointer as addr`'
    : 'both sides must have the same type';
  k.report('FX0304', source.opSpan, nameOf(a), nameOf(b), hint);
}

/** Exact arithmetic on literals; null if it was reported. */
function exact(k: Checker, op: string, a: bigint, b: bigint, span: BinaryExpr['span']): bigint | null {
  if ((op === '/' || op === '%') && b === 0n) {
    k.report('FX0350', span);
    return null;
  }
  if ((op === '<<' || op === '>>') && (b < 0n || b > 127n)) {
    k.report('FX0351', span, String(b));
    return null;
  }
  const value = compute(op, a, b);
  if (value >= -(1n << 128n) && value <= 1n << 128n) return value;
  k.report('FX0311', span, 'the result', 'i64', 'no integer type holds more than 64 bits');
  return null;
}

function compute(op: string, a: bigint, b: bigint): bigint {
  switch (op) {
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    case '/': return a / b;
    case '%': return a % b;
    case '&': return a & b;
    case '|': return a | b;
    case '^': return a ^ b;
    case '<<': return a << b;
    default: return a >> b;
  }
}

function checkShift(k: Checker, expr: BinaryExpr, op: '<<' | '>>', expected: FluxType | null): TypedExpr {
  const left = k.check(expr.left, expected);
  const right = k.check(expr.right, null);
  return shift(k, op, left, right, expr);
}

export function shift(
  k: Checker, op: '<<' | '>>', left: TypedExpr, right: TypedExpr, source: Operation,
): TypedExpr {
  const span = source.span;
  if (isBad(left.type) || isBad(right.type)) return k.bad(span);
  for (const [node, expr] of [[left, source.left], [right, source.right]] as const) {
    if (isInteger(node.type)) continue;
    k.report('FX0312', source.opSpan, op, nameOf(node.type), operatorHint(prune(node.type), expr));
    return k.bad(span);
  }
  if (isLiteral(left) && isLiteral(right)) {
    const value = exact(k, op, left.value, right.value, span);
    left.isFolded = right.isFolded = true;
    return value === null ? k.bad(span) : k.integer(value, span, undefined, left.isMask);
  }
  return { kind: 'binary', op, left, right, type: left.type, span };
}

function checkCompare(k: Checker, expr: BinaryExpr, op: CompareOp): TypedExpr {
  const span = expr.span;
  let left: TypedExpr;
  let right: TypedExpr;
  if (expr.left.kind === 'implicit') {
    right = k.check(expr.right, null);
    left = k.check(expr.left, right.type);
  } else {
    left = k.check(expr.left, null);
    right = k.check(expr.right, left.type);
  }
  if (isBad(left.type) || isBad(right.type)) return { ...k.bad(span), type: BOOL, kind: 'bad' };
  const isEquality = op === '==' || op === '!=';
  const hasNull = prune(left.type) === NULL || prune(right.type) === NULL;
  if (isEquality && hasNull) return compareNull(k, expr, left, right, op);
  if (isLiteral(left) && isLiteral(right)) {
    left.isFolded = right.isFolded = true;
    return { kind: 'bool', value: holds(op, left.value, right.value), type: BOOL, span };
  }
  const both = k.common(left, right);
  if (!both) {
    doNotMix(k, left, right, op, expr);
    return k.bad(span);
  }
  const type = prune(both.type);
  const hasOrder = isInteger(type) || isFloat(type);
  const hasEquality = hasOrder || type.kind === 'bool' || type.kind === 'enum' || type.kind === 'pointer' ||
    type.kind === 'function' || type.kind === 'registers' || type.kind === 'handle' ||
    (type.kind === 'optional' && scalarPart(type.of) !== null);
  if (isEquality ? !hasEquality : !hasOrder) {
    k.report('FX0312', expr.opSpan, op, nameOf(type), compareHint(type, expr.left, isEquality));
    return k.bad(span);
  }
  return { kind: 'compare', op, left: both.left, right: both.right, type: BOOL, span };
}

function compareHint(type: FluxType, source: Expr, isEquality: boolean): string {
  if (type.kind === 'result') {
    return `compare its error: \`${textOf(source)}.error == .busy\`, or take the value with \`or\``;
  }
  if (type.kind === 'optional' && !isEquality) return mend(type, prune(type.of), source);
  if (type.kind === 'slice' || type.kind === 'array') return 'compare the items one by one';
  if (type.kind === 'struct') return 'compare the fields that matter';
  if (!isEquality) return operatorHint(type, source);
  return 'it cannot be compared';
}

function compareNull(k: Checker, expr: BinaryExpr, left: TypedExpr, right: TypedExpr, op: CompareOp): TypedExpr {
  const isLeft = prune(left.type) === NULL;
  const value = isLeft ? right : left;
  const type = prune(value.type);
  if (type.kind === 'optional') return { kind: 'isNull', value, negated: op === '!=', type: BOOL, span: expr.span };
  k.report('FX0357', value.span, nameOf(type));
  return k.bad(expr.span);
}
