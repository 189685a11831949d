/**
 * The state of checking one body, and what every part of the checker needs: names in scope, literals whose type is
 * still open, reports, and `coerce`, the only place where a value of one type becomes one of another unasked.
 */
import type { Span } from '../base/source.ts';
import type { Code } from '../diagnostics/catalogue.ts';
import type { Expr, Stmt } from './ast.ts';
import { readRegister } from './check-register.ts';
import type { Compilation } from './compilation.ts';
import { type ModuleScope, oneOf } from './entities.ts';
import type { IntNode, KernelOnly, Local, TypedExpr, TypedStmt } from './typed-tree.ts';
import {
  BAD, BOOL, type EnumType, type FluxType, type IntType, isFloat, isInteger, membersOf, nameOf, prune, rangeOf,
  rangeText, settle, unify, type Variable, variable, wrap,
} from './types.ts';

/** What kind of body is checked: constants may only use constants, tests may `expect`, agents return 0 unasked. */
export type BodyKind = 'fn' | 'agent' | 'test' | 'constant';

/** The parts of the checker that call each other, whatever the order of their files. */
export interface Parts {
  expression(k: Checker, expr: Expr, expected: FluxType | null): TypedExpr;
  statement(k: Checker, statement: Stmt): TypedStmt | null;
}

export interface CheckedLoop {
  hasBreak: boolean;
  /** the turns of an agent: `continue` ends one, and `break` has no meaning */
  isAgent?: true;
}

export class Checker {
  readonly locals: Local[] = [];
  /** innermost last */
  private readonly scopes: Map<string, Local>[] = [new Map()];
  private readonly integers: IntNode[] = [];
  private readonly variables: Variable[] = [];
  /** loops around the statement, innermost last */
  readonly loops: CheckedLoop[] = [];
  /** inside a `defer` nothing may leave it; the number of loops when it began, -1 outside */
  deferLoops = -1;
  /** control cannot reach the next statement */
  hasEnded = false;
  /** the first thing in the body that only the kernel has */
  kernelOnly: KernelOnly | null = null;

  constructor(
    readonly c: Compilation,
    readonly scope: ModuleScope,
    readonly kind: BodyKind,
    /** what `return` gives; for tests and constants void */
    readonly result: FluxType,
    private readonly parts: Parts,
  ) {}

  /** Null if there is nothing to lower: the statement was wrong. */
  checkStatement(statement: Stmt): TypedStmt | null {
    return this.parts.statement(this, statement);
  }

  /** Checks `expr`; a register stays what can be read or written. The type that is expected is only a hint. */
  checkRaw(expr: Expr, expected: FluxType | null): TypedExpr {
    return this.parts.expression(this, expr, expected);
  }

  /** Checks `expr` for its value: a register is read. */
  check(expr: Expr, expected: FluxType | null): TypedExpr {
    const node = this.parts.expression(this, expr, expected);
    return node.kind === 'registerRead' ? readRegister(this, node) : node;
  }

  /** Checks `expr` and makes it a value of `type`. */
  checkValue(expr: Expr, type: FluxType): TypedExpr {
    return this.coerce(this.check(expr, type), type, expr);
  }

  report(code: Code, span: Span, ...values: (string | number)[]) {
    return this.c.diagnostics.report(code, span, ...values);
  }

  // ---- scopes ----

  openScope(): void {
    this.scopes.push(new Map());
  }

  closeScope(): void {
    this.scopes.pop();
  }

  find(name: string): Local | null {
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const local = this.scopes[i]!.get(name);
      if (local) return local;
    }
    return null;
  }

  declare(name: string, span: Span, type: FluxType, mutable: boolean, origin: Local['origin'] = 'let'): Local {
    const local: Local = { name, type, span, mutable, origin, addressTaken: false, index: this.locals.length };
    this.locals.push(local);
    const scope = this.scopes[this.scopes.length - 1]!;
    const known = scope.get(name);
    if (known && name !== '_') {
      this.report('FX0305', span, name).notes.push({ span: known.span, text: 'first declared here' });
    }
    scope.set(name, local);
    return local;
  }

  *visibleNames(): Generator<string> {
    for (const scope of this.scopes) yield* scope.keys();
    yield* this.scope.entities.keys();
    yield* this.scope.uses.keys();
  }

  // ---- nodes ----

  bad(span: Span): TypedExpr {
    return { kind: 'bad', type: BAD, span };
  }

  /** The type of a literal, open until its use decides. */
  open(isFloat: boolean): Variable {
    const open = variable(isFloat);
    this.variables.push(open);
    return open;
  }

  /** An integer literal; without a type its use decides. */
  integer(value: bigint, span: Span, type: FluxType = this.open(false), isMask = false): IntNode {
    const node: IntNode = { kind: 'int', value, isMask, isFolded: false, type, span };
    this.integers.push(node);
    return node;
  }

  /** A member of an enum. */
  enumMember(type: EnumType, name: string, span: Span): TypedExpr {
    const members = membersOf(type);
    const value = members.get(name);
    if (value !== undefined) return this.integer(value, span, type);
    this.report('FX0306', span, type.name, name, oneOf(name, [...members.keys()]));
    return this.bad(span);
  }

  /** Gives what is still open its default type, and reports literals that do not fit theirs. */
  finish(): void {
    for (const open of this.variables) settle(open);
    for (const node of this.integers) {
      const type = settle(node.type);
      if (!node.isFolded && type.kind === 'int') this.fit(node, type);
    }
  }

  private fit(node: IntNode, type: IntType): void {
    const { least, most } = rangeOf(type);
    if (node.value >= least && node.value <= most) return;
    if (node.isMask && node.value < 0n && node.value >= -most - 1n) {
      node.value = wrap(node.value, type);
      return;
    }
    this.report('FX0311', node.span, String(node.value), type.name, rangeText(type));
  }

  // ---- conversion ----

  /** `expr` as a value of type `target`; `source` is its text in the document, for hints. */
  coerce(expr: TypedExpr, target: FluxType, source: Expr | null = null): TypedExpr {
    const wanted = prune(target);
    const found = prune(expr.type);
    if (found.kind === 'bad' || wanted.kind === 'bad') return expr;
    if (found.kind === 'never') return expr;
    const span = expr.span;
    if (found.kind === 'null' && wanted.kind === 'optional') return { kind: 'null', type: wanted, span };
    if (wanted.kind === 'optional' && found.kind !== 'optional' && found.kind !== 'null') {
      const value = this.coerceSilently(expr, wanted.of);
      if (value) return { kind: 'some', value, type: wanted, span };
    } else if (wanted.kind === 'result' && found.kind !== 'result') {
      if (found === this.c.program.errors) return { kind: 'failure', error: expr, type: wanted, span };
      const value = this.coerceSilently(expr, wanted.of);
      if (value) return { kind: 'ok', value, type: wanted, span };
    } else {
      const value = this.coerceSilently(expr, wanted);
      if (value) return value;
    }
    this.mismatch(expr, wanted, source);
    return this.bad(span);
  }

  private coerceSilently(expr: TypedExpr, target: FluxType): TypedExpr | null {
    if (unify(expr.type, target)) return expr;
    const wanted = prune(target);
    const found = prune(expr.type);
    if (expr.kind === 'int' && found.kind === 'variable') {
      if (isFloat(wanted)) {
        expr.isFolded = true;
        return { kind: 'float', value: Number(expr.value), type: wanted, span: expr.span };
      }
    }
    if (wanted.kind === 'slice' && found.kind === 'pointer') {
      const to = prune(found.to);
      if (to.kind === 'array' && unify(to.of, wanted.of)) {
        return { kind: 'arraySlice', pointer: expr, type: wanted, span: expr.span };
      }
    }
    return wanted.kind === 'optional' || wanted.kind === 'result' ? this.coerceNested(expr, wanted) : null;
  }

  /** `T` to `?T`, `!T`, `??T`, `!?T`, … */
  private coerceNested(expr: TypedExpr, wanted: Extract<FluxType, { kind: 'optional' | 'result' }>): TypedExpr | null {
    if (prune(expr.type).kind === 'null') {
      return wanted.kind === 'optional' ? { kind: 'null', type: wanted, span: expr.span } : null;
    }
    const value = this.coerceSilently(expr, wanted.of);
    if (!value) return null;
    if (wanted.kind === 'optional') return { kind: 'some', value, type: wanted, span: expr.span };
    return { kind: 'ok', value, type: wanted, span: expr.span };
  }

  mismatch(expr: TypedExpr, wanted: FluxType, source: Expr | null): void {
    const hint = mend(prune(expr.type), prune(wanted), source);
    this.report('FX0303', expr.span, `\`${nameOf(wanted)}\``, `\`${nameOf(expr.type)}\``, hint);
  }

  /** One type for two values that meet; both become it. Null if they do not go together, without a report. */
  common(left: TypedExpr, right: TypedExpr): { left: TypedExpr; right: TypedExpr; type: FluxType } | null {
    const a = prune(left.type);
    const b = prune(right.type);
    if (a.kind === 'bad' || b.kind === 'bad') return { left, right, type: BAD };
    if (a.kind === 'never') return { left, right, type: b };
    if (b.kind === 'never') return { left, right, type: a };
    const asRight = this.coerceSilently(left, b);
    if (asRight) return { left: asRight, right, type: b };
    const asLeft = this.coerceSilently(right, a);
    if (asLeft) return { left, right: asLeft, type: a };
    // A null that met a plain value is one of the optional of that.
    if ((a.kind === 'null') === (b.kind === 'null')) return null;
    if (a.kind === 'null') return this.common({ ...left, type: { kind: 'optional', of: b } }, right);
    return this.common(left, { ...right, type: { kind: 'optional', of: a } });
  }
}

/** What makes a value of type `found` one of type `wanted`. */
export function mend(found: FluxType, wanted: FluxType, source: Expr | null): string {
  const text = source ? textOf(source) : '…';
  const name = castName(wanted);
  const orElse = `say what else with \`${text} or …\``;
  if (found.kind === 'optional') return `it may be null: test it with \`if let\`, or ${orElse}`;
  if (found.kind === 'result') return `it may be an error: pass it on with \`try ${text}\`, or ${orElse}`;
  if (wanted.kind === 'optional' || wanted.kind === 'result') return mend(found, prune(wanted.of), source);
  if (found.kind === 'null') return `only \`?${name}\` can be null`;
  if (wanted === BOOL && isInteger(found)) return `compare it: \`${text} != 0\``;
  if (wanted.kind === 'pointer' && unify(wanted.to, found)) return `take its address: \`&${text}\``;
  if (found.kind === 'pointer' && unify(found.to, wanted)) return `read what it points to: \`${text}.*\``;
  if (wanted.kind === 'slice' && found.kind === 'array' && unify(wanted.of, found.of)) {
    return `make a slice of it: \`&${text}\``;
  }
  if (found.kind === 'function' && wanted.kind === 'function') return 'it must take these parameters and give this result';
  if (canCast(found, wanted)) return `write \`${text} as ${name}\``;
  if (wanted.kind === 'void') return 'there is nothing to give a value to here';
  if (found.kind === 'void') return 'this gives no value';
  return 'the two must be the same type';
}

/** What to write behind `as`: an open literal becomes its default type. */
export function castName(type: FluxType): string {
  const pruned = prune(type);
  return pruned.kind === 'variable' ? (pruned.isFloat ? 'f64' : 'i64') : nameOf(pruned);
}

/** An expression as the document has it, if it is short enough to repeat. */
export function textOf(expr: Expr): string {
  switch (expr.kind) {
    // What `execute` declares for an operand is called `imm of iadd`.
    case 'name': return expr.name.split(' ')[0]!;
    case 'member': {
      const object = textOf(expr.object);
      return object === '…' ? object : `${object}.${expr.name.text}`;
    }
    case 'int': return expr.high === 0 ? String(expr.low >>> 0) : '…';
    case 'bool': return String(expr.value);
    case 'call': {
      const callee = textOf(expr.callee);
      return callee === '…' ? callee : `${callee}(${expr.args.length ? '…' : ''})`;
    }
    case 'index': {
      const object = textOf(expr.object);
      return object === '…' ? object : `${object}[${textOf(expr.index)}]`;
    }
    default: return '…';
  }
}

/** Does `as` take a value of type `from` to type `to`? */
export function canCast(from: FluxType, to: FluxType): boolean {
  const a = prune(from);
  const b = prune(to);
  const isAddress = (type: FluxType) => type.kind === 'int' && type.bits === 64 && !type.signed;
  const isPointer = (type: FluxType): boolean =>
    type.kind === 'pointer' || type.kind === 'function' || type.kind === 'registers' ||
    (type.kind === 'optional' && isPointer(prune(type.of)));
  if (isInteger(a)) {
    if (isInteger(b) || isFloat(b) || b.kind === 'enum') return true;
    if (isPointer(b)) return a.kind === 'variable' || isAddress(a);
    return b.kind === 'handle' && (a.kind === 'variable' || (a.kind === 'int' && a.name === 'u64'));
  }
  if (isFloat(a)) return isInteger(b) || isFloat(b);
  if (a.kind === 'bool') return isInteger(b);
  if (a.kind === 'enum') return isInteger(b) || a === b;
  if (a.kind === 'handle') return (b.kind === 'int' && b.name === 'u64') || unify(a, b);
  if (isPointer(a)) return isAddress(b) || isPointer(b);
  return false;
}
