/**
 * Checks `match`: patterns are constants of the subject's type, all members of an enum and both truth values must be
 * there, integers need `_`. A match is an expression if its value is used, and then every arm gives one or leaves.
 */
import type { Expr, MatchArm, Pattern } from './ast.ts';
import { checkBlock, checkUnused } from './check-block.ts';
import { type Checker, mend } from './checker.ts';
import { list } from './entities.ts';
import { foldInteger } from './fold-constant.ts';
import type { TypedArm, TypedExpr } from './typed-tree.ts';
import { type FluxType, isBad, isInteger, membersOf, nameOf, NEVER, prune, VOID } from './types.ts';

type MatchExpr = Extract<Expr, { kind: 'match' }>;

/** A match whose value is used. */
export function checkMatch(k: Checker, expr: MatchExpr, expected: FluxType | null): TypedExpr {
  return checkArms(k, expr, expected, true);
}

/** A match that stands as a statement: the values of its arms are not used. */
export function checkMatchStatement(k: Checker, expr: MatchExpr): TypedExpr {
  return checkArms(k, expr, null, false);
}

function checkArms(k: Checker, expr: MatchExpr, expected: FluxType | null, isUsed: boolean): TypedExpr {
  const subject = k.check(expr.subject, null);
  const type = prune(subject.type);
  const isRight = type.kind === 'enum' || type.kind === 'bool' || isInteger(type);
  if (!isRight && type.kind !== 'bad') {
    const isClosed = type.kind === 'optional' || type.kind === 'result';
    const hint = isClosed ? mend(type, prune(type.of), expr.subject) : 'it takes integers, enums and truth values';
    k.report('FX0312', expr.subject.span, 'match', nameOf(type), hint);
  }
  const seen = new Set<bigint>();
  const arms: TypedArm[] = [];
  let hasDefault = false;
  const before = k.hasEnded;
  let allEnded = true;
  let result: FluxType | null = null;
  for (const arm of expr.arms) {
    const { span } = arm;
    const nothing = { kind: 'expr' as const, value: k.bad(span) };
    const typed: TypedArm = { values: [], ranges: [], isDefault: false, body: nothing, span };
    if (hasDefault) k.report('FX0327', arm.span, 'an arm before it takes everything');
    for (const pattern of arm.patterns) {
      if (isRight) checkPattern(k, pattern, subject, typed, seen);
      if (pattern.kind === 'any') hasDefault = typed.isDefault = true;
    }
    k.hasEnded = false;
    result = checkBody(k, arm, typed, expected ?? result, isUsed, result);
    if (!k.hasEnded) allEnded = false;
    arms.push(typed);
  }
  k.hasEnded = before || (expr.arms.length > 0 && allEnded);
  if (isRight && !hasDefault) checkExhaustive(k, expr, type, seen, arms);
  if (!isRight) return k.bad(expr.span);
  if (isUsed && result) {
    for (const arm of arms) {
      if (arm.body.kind !== 'expr' || isBad(arm.body.value.type)) continue;
      arm.body.value = k.coerce(arm.body.value, result, sourceOf(expr, arm));
    }
  }
  return { kind: 'match', subject, arms, type: isUsed ? result ?? NEVER : VOID, span: expr.span };
}

function sourceOf(expr: MatchExpr, arm: TypedArm): Expr | null {
  const source = expr.arms.find((candidate) => candidate.span === arm.span)?.body;
  return source?.kind === 'expr' ? source.value : null;
}

/** Checks what an arm does, and returns the type of the whole match as far as it is known. */
function checkBody(
  k: Checker, arm: MatchArm, typed: TypedArm, hint: FluxType | null, isUsed: boolean, result: FluxType | null,
): FluxType | null {
  if (arm.body.kind === 'block') {
    const block = checkBlock(k, arm.body.block);
    if (isUsed && !k.hasEnded) k.report('FX0368', arm.body.block.span);
    typed.body = { kind: 'block', block };
    return result;
  }
  const value = k.check(arm.body.value, hint);
  typed.body = { kind: 'expr', value };
  const type = prune(value.type);
  if (type.kind === 'never') {
    k.hasEnded = true;
    return result;
  }
  if (!isUsed) {
    checkUnused(k, value, arm.body.value);
    return result;
  }
  if (type.kind === 'void') {
    k.report('FX0368', value.span);
    typed.body = { kind: 'expr', value: k.bad(value.span) };
    return result;
  }
  if (hint && hint !== result && type.kind !== 'bad') {
    // The context wants a type: every arm becomes that, so that `null` and errors can stand in any of them.
    typed.body = { kind: 'expr', value: k.coerce(value, hint, arm.body.value) };
    return isBad(hint) ? type : hint;
  }
  if (!result || isBad(result)) return type;
  if (type.kind === 'bad') return result;
  // An arm that is wider than those before it (`?T` after `T`) widens the match.
  const resultType = prune(result);
  if ((type.kind === 'optional' || type.kind === 'result') && resultType.kind !== type.kind) return type;
  if (resultType.kind === 'null' && type.kind !== 'null') return { kind: 'optional', of: type };
  if (type.kind === 'null' && resultType.kind !== 'optional') return { kind: 'optional', of: resultType };
  return result;
}

function checkPattern(k: Checker, pattern: Pattern, subject: TypedExpr, arm: TypedArm, seen: Set<bigint>): void {
  const type = prune(subject.type);
  const add = (value: bigint) => {
    if (seen.has(value)) k.report('FX0327', pattern.span, 'an arm before it takes this value');
    seen.add(value);
    arm.values.push(value);
  };
  switch (pattern.kind) {
    case 'any': return;
    case 'member': {
      if (type.kind !== 'enum') {
        k.report('FX0329', pattern.span, pattern.name.text, `\`${nameOf(type)}\``);
        return;
      }
      const node = k.enumMember(type, pattern.name.text, pattern.span);
      if (node.kind === 'int') add(node.value);
      return;
    }
    case 'value': {
      const value = patternValue(k, pattern.value, type);
      if (value !== null) add(value);
      return;
    }
    case 'range': {
      if (!isInteger(type)) {
        k.report('FX0328', pattern.span, nameOf(type));
        return;
      }
      const from = patternValue(k, pattern.from, type);
      const end = patternValue(k, pattern.to, type);
      if (from === null || end === null) return;
      const to = pattern.inclusive ? end : end - 1n;
      if (to < from) k.report('FX0327', pattern.span, 'the range is empty');
      else arm.ranges.push({ from, to });
    }
  }
}

function patternValue(k: Checker, expr: Expr, type: FluxType): bigint | null {
  const node = k.checkValue(expr, type);
  if (isBad(node.type)) return null;
  if (node.kind === 'bool') return node.value ? 1n : 0n;
  const value = foldInteger(node);
  if (value === null) k.report('FX0338', expr.span, 'a pattern');
  return value;
}

function checkExhaustive(k: Checker, expr: MatchExpr, type: FluxType, seen: Set<bigint>, arms: TypedArm[]): void {
  if (type.kind === 'enum') {
    const missing = [...membersOf(type)].filter(([, value]) => !seen.has(value)).map(([name]) => `.${name}`);
    if (missing.length > 0) k.report('FX0325', expr.span, type.name, list(missing), missing[0]!);
  } else if (type.kind === 'bool') {
    const missing = [1n, 0n].filter((value) => !seen.has(value)).map((value) => (value === 1n ? 'true' : 'false'));
    if (missing.length > 0) k.report('FX0325', expr.span, 'bool', list(missing), missing[0]!);
  } else if (!coversAll(type, arms)) k.report('FX0326', expr.span, nameOf(type));
}

/** Do values and ranges take every value of the integer type? */
function coversAll(type: FluxType, arms: TypedArm[]): boolean {
  if (type.kind !== 'int') return false;
  const parts: { from: bigint; to: bigint }[] = [];
  for (const arm of arms) {
    parts.push(...arm.ranges);
    for (const value of arm.values) parts.push({ from: value, to: value });
  }
  parts.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  const bits = BigInt(type.bits);
  let next = type.signed ? -(1n << (bits - 1n)) : 0n;
  const end = type.signed ? 1n << (bits - 1n) : 1n << bits;
  for (const part of parts) {
    if (part.from > next) return false;
    if (part.to >= next) next = part.to + 1n;
  }
  return next >= end;
}
