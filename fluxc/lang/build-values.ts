/**
 * Values of ` ```js build ` blocks: the host evaluates the block, and what it gives becomes literal expressions.
 *
 * Numbers become integers or floats, BigInts integers, lists array literals. The expressions have the place of the
 * block.
 */
import type { Span } from '../base/source.ts';
import { encodeUtf8 } from '../base/utf8.ts';
import type { Fence } from '../document/fence.ts';
import type { Expr, TypeNode } from './ast.ts';
import type { DeclarationContext } from './declaration-context.ts';
import { integerValue } from './literals.ts';
import { DEEPEST } from './token-reader.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Whether a fence is a ` ```js build ` block. */
export function isBuildBlock(fence: Fence): boolean {
  return fence.language === 'js' && fence.words.length > 0 && fence.words[0]!.text === 'build';
}

/** The one value of a block, or null with the error reported. */
export function buildValue(context: DeclarationContext, fence: Fence, type: TypeNode | null): Expr | null {
  const json = evaluate(context, fence);
  return json === undefined ? null : literal(context, json, fence, isFloat(type));
}

/** The entries of a block that gives an object: names and their values, in its order. */
export function buildEntries(context: DeclarationContext, fence: Fence): { name: string; value: Expr }[] {
  const json = evaluate(context, fence);
  if (json === undefined) return [];
  if (typeof json !== 'object' || json === null || Array.isArray(json) || isMarked(json)) {
    context.diagnostics.report('FX0152', fence.head);
    return [];
  }
  const entries: { name: string; value: Expr }[] = [];
  for (const name of Object.keys(json)) {
    const value = literal(context, json[name]!, fence, false);
    if (value) entries.push({ name, value });
  }
  return entries;
}

function evaluate(context: DeclarationContext, fence: Fence): Json | undefined {
  const { source, diagnostics, host } = context;
  const { start, end } = fence.content;
  const result = host.evaluate(source.text.slice(start - source.base, end - source.base));
  if (result.ok) return JSON.parse(result.json) as Json;
  let at: Span = fence.head;
  if (result.line > 0) {
    const lines = source.lines();
    const line = Math.min(source.lineIndex(start - source.base) + result.line - 1, lines.length - 1);
    const column = Math.min(Math.max(result.column, 1) - 1, source.lineText(line).length);
    const loc = Math.min(Math.max(source.base + lines[line]! + column, start), Math.max(start, end - 1));
    at = { start: loc, end: loc + 1 };
  }
  diagnostics.report('FX0150', at, result.error);
  return undefined;
}

function literal(context: DeclarationContext, json: Json, fence: Fence, asFloat: boolean, depth = 0): Expr | null {
  const span = fence.head;
  if (typeof json === 'boolean') return { kind: 'bool', value: json, span };
  if (typeof json === 'string') return { kind: 'string', bytes: encodeUtf8(json), span };
  if (typeof json === 'number') {
    if (asFloat || !Number.isSafeInteger(json)) return signed(json < 0, { kind: 'float', value: Math.abs(json), span });
    return integer(context, String(json), span);
  }
  if (Array.isArray(json) && depth < DEEPEST) {
    const items: Expr[] = [];
    for (const item of json) {
      const value = literal(context, item, fence, asFloat, depth + 1);
      if (!value) return null;
      items.push(value);
    }
    return { kind: 'array', items, span };
  }
  const marked = typeof json === 'object' && json !== null && !Array.isArray(json) ? json : {};
  if (typeof marked['$bigint'] === 'string') return integer(context, marked['$bigint'], span);
  const what = typeof marked['$invalid'] === 'string' ? marked['$invalid'] : json === null ? 'null' : 'an object';
  context.diagnostics.report('FX0151', span, Array.isArray(json) ? 'a list nested too deep' : what);
  return null;
}

function isMarked(json: { [key: string]: Json }): boolean {
  return '$bigint' in json || '$invalid' in json;
}

function integer(context: DeclarationContext, text: string, span: Span): Expr | null {
  const isNegative = text.charCodeAt(0) === 45;
  const value = integerValue(isNegative ? text.slice(1) : text);
  if (!value) {
    context.diagnostics.report('FX0204', span, text);
    return null;
  }
  return signed(isNegative, { kind: 'int', low: value.low, high: value.high, span });
}

function signed(isNegative: boolean, value: Expr): Expr {
  return isNegative ? { kind: 'unary', op: '-', operand: value, span: value.span } : value;
}

/** Whether the innermost element type is a float: then whole numbers are floats too. */
function isFloat(type: TypeNode | null): boolean {
  let inner = type;
  while (inner && (inner.kind === 'array' || inner.kind === 'slice')) inner = inner.of;
  return inner !== null && inner.kind === 'named' && inner.module === null &&
    (inner.name.text === 'f32' || inner.name.text === 'f64');
}
