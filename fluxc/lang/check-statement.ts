/** Checks statements: what they need, and whether control goes on behind them (`k.hasEnded`). */
import type { AssignOp, Block, Condition, Stmt } from './ast.ts';
import { checkBlock, checkUnused } from './check-block.ts';
import { checkExpression } from './check-expression.ts';
import { checkMatchStatement } from './check-match.ts';
import { arithmetic, shift } from './check-operator.ts';
import { checkMutable, throughPointers } from './check-place.ts';
import { canWrite, fieldValue } from './check-register.ts';
import { type Checker, mend, type Parts, textOf } from './checker.ts';
import { expandExecute } from './execute.ts';
import { resolveType } from './resolve-type.ts';
import type { ArithmeticOp, TypedBlock, TypedCondition, TypedExpr, TypedStmt } from './typed-tree.ts';
import { BAD, BOOL, type FluxType, hasZero, isBad, isInteger, nameOf, prune, U64, VOID } from './types.ts';

/** Null if there is nothing to lower: the statement was wrong. */
export function checkStatement(k: Checker, statement: Stmt): TypedStmt | null {
  const span = statement.span;
  switch (statement.kind) {
    case 'let': return checkLet(k, statement);
    case 'assign': return checkAssign(k, statement);
    case 'expr': {
      const { value } = statement;
      const node = value.kind === 'match' ? checkMatchStatement(k, value) : k.check(value, null);
      if (prune(node.type).kind === 'never') k.hasEnded = true;
      checkUnused(k, node, value);
      return { kind: 'expr', value: node, span };
    }
    case 'if': {
      k.openScope();
      const condition = checkCondition(k, statement.condition);
      const before = k.hasEnded;
      const then = checkBlock(k, statement.then);
      const thenEnded = k.hasEnded;
      k.closeScope();
      k.hasEnded = before;
      const otherwise = statement.otherwise && checkBlock(k, statement.otherwise);
      k.hasEnded = before || (thenEnded && otherwise !== null && k.hasEnded);
      return { kind: 'if', condition, then, otherwise, span };
    }
    case 'while': {
      k.openScope();
      const condition = checkCondition(k, statement.condition);
      const { body, hasBreak } = checkLoop(k, statement.body);
      k.closeScope();
      const isEndless = condition.kind === 'expr' && condition.value.kind === 'bool' && condition.value.value;
      if (isEndless && !hasBreak) k.hasEnded = true;
      return { kind: 'while', condition, body, span };
    }
    case 'forRange': return checkForRange(k, statement);
    case 'forEach': return checkForEach(k, statement);
    case 'return': return checkReturn(k, statement);
    case 'break': case 'continue': {
      const loop = k.loops[k.loops.length - 1];
      if (!loop || (loop.isAgent && statement.kind === 'break')) k.report('FX0369', span, statement.kind);
      else if (k.deferLoops >= 0 && k.loops.length <= k.deferLoops) k.report('FX0355', span);
      else if (statement.kind === 'break') loop.hasBreak = true;
      k.hasEnded = true;
      return { kind: statement.kind, span };
    }
    case 'defer': {
      if (k.deferLoops >= 0) k.report('FX0355', span);
      const outer = k.deferLoops;
      k.deferLoops = k.loops.length;
      const body = checkBlock(k, statement.body);
      k.deferLoops = outer;
      k.hasEnded = false;
      return { kind: 'defer', body, span };
    }
    case 'block': return { kind: 'block', block: checkBlock(k, statement.block), span };
    case 'execute': {
      const expansion = expandExecute(k, statement);
      return expansion && checkStatement(k, expansion);
    }
    case 'bad': return null;
  }
}

function checkLet(k: Checker, statement: Extract<Stmt, { kind: 'let' }>): TypedStmt {
  const { name, mutable, span } = statement;
  let value: TypedExpr;
  let type: FluxType;
  if (statement.type) {
    type = resolveType(k.c, k.scope, statement.type);
    if (statement.value) value = k.checkValue(statement.value, type);
    else {
      if (!hasZero(type)) k.report('FX0341', name.span, name.text, nameOf(type));
      value = { kind: 'zero', type, span: name.span };
    }
  } else if (statement.value) {
    value = k.check(statement.value, null);
    type = value.type;
    const kind = prune(type).kind;
    if (kind === 'void' || kind === 'null') {
      if (kind === 'void') k.report('FX0368', value.span);
      else {
        const declaration = `${mutable ? 'var' : 'let'} ${name.text}: ?*T = null`;
        k.report('FX0330', value.span, 'null', `say what it may be: \`${declaration}\``);
      }
      type = BAD;
    }
  } else {
    k.report('FX0330', name.span, name.text, `give it a value or a type: \`var ${name.text}: u32\``);
    type = BAD;
    value = k.bad(span);
  }
  if (prune(value.type).kind === 'never') k.hasEnded = true;
  const local = k.declare(name.text, name.span, type, mutable);
  return { kind: 'let', local, value, span };
}

function checkAssign(k: Checker, statement: Extract<Stmt, { kind: 'assign' }>): TypedStmt | null {
  const { op, span } = statement;
  const target = statement.target;
  if (op === '=' && target.kind === 'name' && target.name === '_') {
    return { kind: 'expr', value: k.check(statement.value, null), span };
  }
  const place = k.checkRaw(target, null);
  if (place.kind === 'registerRead') return assignRegister(k, statement, place);
  if (isBad(place.type)) {
    k.check(statement.value, null);
    return null;
  }
  const isRight = checkMutable(k, place, target);
  if (op === '=') {
    const value = k.checkValue(statement.value, place.type);
    return isRight ? { kind: 'assign', place, value, span } : null;
  }
  const value = updated(k, statement, place);
  return value && isRight ? { kind: 'update', op: operatorOf(op), place, value, span } : null;
}

function operatorOf(op: AssignOp): ArithmeticOp {
  return op.slice(0, -1) as ArithmeticOp;
}

/** The right side of `place op= value`, of the type that the operation wants; null if it was reported. */
function updated(k: Checker, statement: Extract<Stmt, { kind: 'assign' }>, place: TypedExpr): TypedExpr | null {
  const op = operatorOf(statement.op);
  const isShift = op === '<<' || op === '>>';
  const right = k.check(statement.value, isShift ? null : place.type);
  const opSpan = { start: statement.target.span.end, end: statement.value.span.start };
  const source = { left: statement.target, right: statement.value, opSpan, span: statement.span };
  const node = isShift ? shift(k, op, place, right, source) : arithmetic(k, op, place, right, source);
  if (node.kind !== 'binary') return null;
  if (node.left === place) return node.right;
  k.mismatch(node.right, place.type, statement.value);
  return null;
}

function assignRegister(
  k: Checker, statement: Extract<Stmt, { kind: 'assign' }>, target: Extract<TypedExpr, { kind: 'registerRead' }>,
): TypedStmt | null {
  const { op, span } = statement;
  const { place, field } = target;
  const { register } = place;
  const isRight = canWrite(k, target, op !== '=' || field !== null);
  if (field) {
    if (op !== '=') {
      k.report('FX0370', span, register.name, field.name);
      return null;
    }
    const value = fieldValue(k, register, field, statement.value);
    if (!isRight) return null;
    const fields = [{ field, value }];
    return { kind: 'expr', value: { kind: 'registerFields', place, fields, reads: true, type: VOID, span }, span };
  }
  if (op === '=') {
    const value = k.checkValue(statement.value, register.type);
    return isRight ? { kind: 'registerWrite', place, value, span } : null;
  }
  const value = updated(k, statement, target);
  return value && isRight ? { kind: 'registerUpdate', op: operatorOf(op), place, value, span } : null;
}

// ---- control ----

function checkCondition(k: Checker, condition: Condition): TypedCondition {
  if (condition.kind === 'expr') return { kind: 'expr', value: k.checkValue(condition.value, BOOL) };
  const value = k.check(condition.value, null);
  const type = prune(value.type);
  let inner: FluxType = BAD;
  if (type.kind === 'optional' || type.kind === 'result') inner = type.of;
  else if (type.kind !== 'bad') k.report('FX0332', condition.value.span, nameOf(type));
  if (prune(inner).kind === 'void') {
    k.report('FX0371', condition.span, textOf(condition.value));
    inner = BAD;
  }
  const local = k.declare(condition.name.text, condition.name.span, inner, condition.mutable);
  return { kind: 'let', local, value };
}

function checkLoop(k: Checker, block: Block): { body: TypedBlock; hasBreak: boolean } {
  const loop = { hasBreak: false };
  const before = k.hasEnded;
  k.loops.push(loop);
  const body = checkBlock(k, block);
  k.loops.pop();
  k.hasEnded = before;
  return { body, hasBreak: loop.hasBreak };
}

function checkForRange(k: Checker, statement: Extract<Stmt, { kind: 'forRange' }>): TypedStmt | null {
  const { span, reverse, inclusive } = statement;
  const from = k.check(statement.from, null);
  const to = k.check(statement.to, from.type);
  let type: FluxType = BAD;
  let bounds: { left: TypedExpr; right: TypedExpr } | null = null;
  if (!isBad(from.type) && !isBad(to.type)) {
    const both = k.common(from, to);
    if (!both) {
      const hint = mend(prune(from.type), prune(to.type), statement.from);
      k.report('FX0304', span, nameOf(from.type), nameOf(to.type), `make both bounds the same type: ${hint}`);
    } else if (!isInteger(both.type)) {
      const hint = 'ranges are of integers; write `for item in slice` for the items of a slice';
      k.report('FX0312', statement.from.span, 'for', nameOf(both.type), hint);
    } else {
      bounds = both;
      type = both.type;
      if (from.kind === 'int' && to.kind === 'int' && from.value > to.value) {
        const range = { start: statement.from.span.start, end: statement.to.span.end };
        k.report('FX0372', range, textOf(statement.to), textOf(statement.from));
      }
    }
  }
  k.openScope();
  const local = k.declare(statement.name.text, statement.name.span, type, false, 'loop');
  const { body } = checkLoop(k, statement.body);
  k.closeScope();
  if (!bounds) return null;
  return { kind: 'forRange', local, reverse, from: bounds.left, to: bounds.right, inclusive, body, span };
}

function checkForEach(k: Checker, statement: Extract<Stmt, { kind: 'forEach' }>): TypedStmt | null {
  const over = throughPointers(k.check(statement.over, null));
  const type = prune(over.type);
  const isRight = type.kind === 'array' || type.kind === 'slice';
  if (!isRight && type.kind !== 'bad') {
    const hint = type.kind === 'optional' || type.kind === 'result' ? mend(type, prune(type.of), statement.over)
      : isInteger(type) ? `count with a range: \`for ${statement.name.text} in 0..${textOf(statement.over)}\``
      : 'it goes through arrays and slices';
    k.report('FX0312', statement.over.span, 'for', nameOf(type), hint);
  }
  k.openScope();
  const index = statement.index && k.declare(statement.index.text, statement.index.span, U64, false, 'loop');
  const local = k.declare(statement.name.text, statement.name.span, isRight ? type.of : BAD, false, 'loop');
  const { body } = checkLoop(k, statement.body);
  k.closeScope();
  return isRight ? { kind: 'forEach', index, local, over, body, span: statement.span } : null;
}

function checkReturn(k: Checker, statement: Extract<Stmt, { kind: 'return' }>): TypedStmt | null {
  const span = statement.span;
  if (k.deferLoops >= 0) k.report('FX0355', span);
  const result = prune(k.result);
  const isNothing = result.kind === 'void' || (result.kind === 'result' && prune(result.of).kind === 'void');
  let value: TypedExpr | null = null;
  if (statement.value) {
    if (result.kind === 'void') {
      const node = k.check(statement.value, null);
      if (!isBad(node.type) && prune(node.type).kind !== 'void' && prune(node.type).kind !== 'never') {
        k.report('FX0367', node.span, nameOf(node.type));
      }
      k.hasEnded = true;
      return { kind: 'return', value: node, span };
    }
    value = k.checkValue(statement.value, result);
  } else if (!isNothing && k.kind !== 'agent') {
    k.report('FX0373', span, nameOf(result));
  }
  k.hasEnded = true;
  return { kind: 'return', value, span };
}

/** The parts of the checker that call each other through `Checker`. */
export const PARTS: Parts = { expression: checkExpression, statement: checkStatement };
