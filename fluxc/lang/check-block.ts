/**
 * Checks blocks, and follows control: `k.hasEnded` says whether the next statement can be reached. What cannot is
 * reported once a block and left out.
 */
import type { Block, Expr, Stmt } from './ast.ts';
import { type Checker, textOf } from './checker.ts';
import type { TypedBlock, TypedExpr, TypedStmt } from './typed-tree.ts';
import { prune } from './types.ts';

export function checkBlock(k: Checker, block: Block): TypedBlock {
  k.openScope();
  const statements = checkStatements(k, block.statements);
  k.closeScope();
  return { statements, span: block.span };
}

/** The statements of a block whose scope is open. */
export function checkStatements(k: Checker, list: Stmt[]): TypedStmt[] {
  const statements: TypedStmt[] = [];
  let wasReported = false;
  for (const statement of list) {
    const isDead = k.hasEnded;
    if (isDead && !wasReported && statement.kind !== 'bad') {
      wasReported = true;
      k.report('FX0352', statement.span);
    }
    // What is not reached is checked all the same, but not reported once more inside.
    k.hasEnded = false;
    const typed = k.checkStatement(statement);
    if (isDead) k.hasEnded = true;
    else if (typed) statements.push(typed);
  }
  return statements;
}

/** A statement's value is lost: fine for calls, wrong for `!T` and for what only computes. */
export function checkUnused(k: Checker, node: TypedExpr, source: Expr): void {
  const type = prune(node.type);
  if (type.kind === 'bad' || type.kind === 'never') return;
  if (type.kind === 'result') {
    k.report('FX0323', node.span, textOf(source));
    return;
  }
  const mayStand = node.kind === 'call' || node.kind === 'callPointer' || node.kind === 'match' || node.kind === 'or' ||
    node.kind === 'try' || node.kind === 'registerRead' || (type.kind === 'void' && node.kind !== 'local');
  if (!mayStand) k.report('FX0324', node.span);
}
