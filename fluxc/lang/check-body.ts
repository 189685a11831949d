/** Checks the bodies of functions and tests. */
import type { Block, Decl } from './ast.ts';
import { checkBlock } from './check-block.ts';
import { PARTS } from './check-statement.ts';
import { Checker } from './checker.ts';
import type { Compilation } from './compilation.ts';
import type { FunctionEntity, ModuleScope } from './entities.ts';
import type { TypedBody } from './typed-tree.ts';
import { type FluxType, isBad, nameOf, prune, VOID } from './types.ts';

/** The body of a function that has one in Flux. With errors reported the tree must not be lowered. */
export function checkFunction(c: Compilation, entity: FunctionEntity, body: Block): TypedBody {
  const k = new Checker(c, entity.module, 'fn', entity.result, PARTS);
  for (const param of entity.params) k.declare(param.name, param.span, param.type, false, 'parameter');
  const typed = checkBody(k, body, entity.params.length);
  const result = prune(entity.result);
  const isNothing = result.kind === 'void' || (result.kind === 'result' && prune(result.of).kind === 'void');
  if (typed.fallsOff && !isNothing && !isBad(result)) {
    k.report('FX0322', entity.decl.name.span, entity.name, nameOf(result));
  }
  return typed;
}

export function checkTest(c: Compilation, scope: ModuleScope, decl: Extract<Decl, { kind: 'test' }>): TypedBody {
  return checkBody(new Checker(c, scope, 'test', VOID, PARTS), decl.body, 0);
}

function checkBody(k: Checker, body: Block, params: number): TypedBody {
  const block = checkBlock(k, body);
  const fallsOff = !k.hasEnded;
  k.finish();
  const result: FluxType = k.result;
  return { params: k.locals.slice(0, params), locals: k.locals, result, block, fallsOff, kernelOnly: k.kernelOnly };
}
