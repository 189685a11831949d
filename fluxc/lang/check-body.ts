/** Checks the bodies of functions and tests, and the values of statics: the entry points of the checker. */
import type { Block, Decl } from './ast.ts';
import { checkConstant } from './check-constant.ts';
import { checkBlock } from './check-statement.ts';
import { Checker } from './checker.ts';
import type { Compilation } from './compilation.ts';
import type { FunctionEntity, ModuleScope, StaticEntity } from './entities.ts';
import type { ConstantValue, TypedBody } from './typed-tree.ts';
import { type FluxType, isBad, nameOf, prune, VOID } from './types.ts';

/** The body of a function that has one in Flux. With errors reported the tree must not be lowered. */
export function checkFunction(c: Compilation, entity: FunctionEntity, body: Block): TypedBody {
  const k = new Checker(c, entity.module, 'fn', entity.result);
  for (const param of entity.params) k.declare(param.name, param.span, param.type, false, 'parameter');
  const typed = checkBody(k, body, entity.params.length);
  const result = prune(entity.result);
  const needsValue = !isBad(result) && result.kind !== 'void' && !(result.kind === 'result' && prune(result.of).kind === 'void');
  if (typed.fallsOff && needsValue) k.report('FX0322', entity.decl.name.span, entity.name, nameOf(result));
  return typed;
}

export function checkTest(c: Compilation, scope: ModuleScope, decl: Extract<Decl, { kind: 'test' }>): TypedBody {
  return checkBody(new Checker(c, scope, 'test', VOID), decl.body, 0);
}

function checkBody(k: Checker, body: Block, params: number): TypedBody {
  const block = checkBlock(k, body);
  const fallsOff = !k.hasEnded;
  k.finish();
  const result: FluxType = k.result;
  return { params: k.locals.slice(0, params), locals: k.locals, result, block, fallsOff };
}

/** What a static starts with: null for zeros, and if it was reported. */
export function checkStatic(c: Compilation, entity: StaticEntity): ConstantValue | null {
  const { value } = entity.decl;
  return value ? checkConstant(c, entity.module, value, entity.type) : null;
}
