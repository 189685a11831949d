/** Pieces of syntax, for code that the compiler writes: every node gets the place that it is given. */
import type { Span } from '../base/source.ts';
import type { BinaryOp, Block, Expr, MatchArm, Pattern, Stmt, TypeNode } from './ast.ts';

export function name(text: string, span: Span): Expr {
  return { kind: 'name', name: text, span };
}

export function integer(value: number, span: Span): Expr {
  return { kind: 'int', low: value | 0, high: 0, span };
}

export function binary(op: BinaryOp, left: Expr, right: Expr, span: Span): Expr {
  return { kind: 'binary', op, left, right, opSpan: span, span };
}

export function type(text: string, span: Span): TypeNode {
  return { kind: 'named', module: null, name: { text, span }, span };
}

export function pointerTo(text: string, span: Span): TypeNode {
  return { kind: 'pointer', to: type(text, span), span };
}

export function cast(value: Expr, to: TypeNode | string, span: Span): Expr {
  return { kind: 'cast', value, to: typeof to === 'string' ? type(to, span) : to, span };
}

export function letIs(text: string, of: TypeNode | null, value: Expr, span: Span, mutable = false): Stmt {
  return { kind: 'let', mutable, name: { text, span }, type: of, value, span };
}

export function assign(target: Expr, value: Expr, span: Span): Stmt {
  return { kind: 'assign', op: '=', target, value, span };
}

export function choose(condition: Expr, then: Block, otherwise: Stmt[], span: Span): Stmt {
  return { kind: 'if', condition: { kind: 'expr', value: condition }, then, otherwise: { statements: otherwise, span }, span };
}

/** `match subject { … }` as a statement. */
export function matchOf(subject: Expr, arms: MatchArm[], span: Span): Stmt {
  return { kind: 'expr', value: { kind: 'match', subject, arms, span }, span };
}

export function armOf(values: readonly number[], statements: Stmt[], span: Span): MatchArm {
  const patterns = values.map((value): Pattern => ({ kind: 'value', value: integer(value, span), span }));
  return { patterns, body: { kind: 'block', block: { statements, span } }, span };
}
