/** Checks and computes constant expressions: values of constants and statics, counts of arrays, numbers of members. */
import type { Expr } from './ast.ts';
import { PARTS } from './check-statement.ts';
import { Checker } from './checker.ts';
import type { Compilation } from './compilation.ts';
import type { ModuleScope, StaticEntity } from './entities.ts';
import { fold, isZero } from './fold-constant.ts';
import type { ConstantValue } from './typed-tree.ts';
import { type FluxType, isBad, layoutOf, nameOf, prune, variable, VOID } from './types.ts';

/** The value of `expr` as a `type` (null: its own). Null if it is wrong, which was reported. */
export function checkConstant(
  c: Compilation, scope: ModuleScope, expr: Expr, type: FluxType | null,
): ConstantValue | null {
  const before = c.diagnostics.list.length;
  const k = new Checker(c, scope, 'constant', VOID, PARTS);
  const node = type ? k.checkValue(expr, type) : k.check(expr, null);
  const isOpen = prune(node.type).kind === 'variable';
  if (isOpen && node.kind === 'int') {
    // The constant stays untyped: each use gives it a type and checks that it fits.
    node.isFolded = true;
    k.finish();
    return { ...node, type: variable(false) };
  }
  if (isOpen && node.kind === 'float') return { ...node, type: variable(true) };
  k.finish();
  if (c.diagnostics.list.length > before || isBad(node.type)) return null;
  const value = fold(node);
  if (value.failed) {
    const { kind, span } = value.failed;
    if (!isBad(value.failed.type)) c.diagnostics.report(kind === 'trap' ? 'FX0374' : 'FX0338', span, 'a constant');
    return null;
  }
  const { size } = layoutOf(node.type);
  if (size > LARGEST_CONTENT && !isZero(value.constant)) {
    c.diagnostics.report('FX0349', node.span, nameOf(node.type), LARGEST_CONTENT);
    return null;
  }
  return value.constant;
}

/** Bytes that one object may bring into the image; zeros cost nothing. */
const LARGEST_CONTENT = 0x100_0000;

/** What a static starts with: null for zeros, and if it was reported. */
export function checkStatic(c: Compilation, entity: StaticEntity): ConstantValue | null {
  const { value } = entity.decl;
  return value ? checkConstant(c, entity.module, value, entity.type) : null;
}
