/** Definitions in FIR: a checked constant, static, function, assembly block, test or agent becomes a symbol with content. */
import { DebugValues } from '../fir/debug-values.ts';
import { Func } from '../fir/function.ts';
import type { Module } from '../fir/module.ts';
import { TrapCode } from '../fir/ops.ts';
import { Type } from '../fir/types.ts';
import type { AsmBody, Attribute } from './ast.ts';
import type { Compilation } from './compilation.ts';
import type { ConstEntity, FunctionEntity, ModuleScope, StaticEntity } from './entities.ts';
import { lowerReturn, lowerUnreachable } from './lower-answer.ts';
import { runDefers } from './lower-block.ts';
import { signatureOf } from './lower-call.ts';
import type { DataWriter } from './lower-data.ts';
import { LOWERING_PARTS } from './lower-statement.ts';
import { Lowering } from './lowering.ts';
import { representationOf } from './representation.ts';
import type { ConstantValue, TypedBody } from './typed-tree.ts';
import type { FluxType } from './types.ts';

/** What a module brings into an image. */
export type Definition =
  /** a constant that lies in memory */
  | { kind: 'const'; symbol: string; entity: ConstEntity }
  | { kind: 'static'; symbol: string; entity: StaticEntity; value: ConstantValue | null }
  | { kind: 'assembly'; symbol: string; entity: FunctionEntity; block: AsmBody }
  | { kind: 'fn'; symbol: string; entity: FunctionEntity; body: TypedBody }
  | { kind: 'test'; symbol: string; body: TypedBody; loc: number; inAgent: boolean }
  | { kind: 'agent'; symbol: string; body: TypedBody; loc: number };

export function lowerDefinition(
  c: Compilation, module: Module, data: DataWriter, scope: ModuleScope, definition: Definition,
): void {
  const { symbol } = definition;
  switch (definition.kind) {
    case 'const': {
      const { value, span } = definition.entity;
      const how = { writable: false, align: 1, loc: span.start, home: scope.name };
      if (value) data.define(symbol, value, value.type, how);
      return;
    }
    case 'static': {
      const { decl: { attributes, name }, type } = definition.entity;
      const how = { writable: true, align: alignOf(attributes), loc: name.span.start, home: scope.name };
      data.define(symbol, definition.value, type, how);
      applyAttributes(module, symbol, attributes);
      return;
    }
    case 'assembly': {
      const { block, entity: { decl } } = definition;
      module.defineAssembly(symbol, { text: block.text, loc: block.span.start }, decl.name.span.start);
      applyAttributes(module, symbol, decl.attributes);
      return;
    }
    case 'fn': {
      const { entity: { decl, params, result }, body } = definition;
      const types = params.map((param) => param.type);
      lowerFunction(c, module, data, { symbol, loc: decl.name.span.start, attributes: decl.attributes, types, result, body });
      return;
    }
    case 'agent': {
      const { body, loc } = definition;
      const types = body.params.map((param) => param.type);
      lowerFunction(c, module, data, { symbol, loc, attributes: [], types, result: body.result, body });
      return;
    }
    case 'test': return lowerTest(c, module, data, definition);
  }
}

function alignOf(attributes: Attribute[]): number {
  const argument = attributes.find((attribute) => attribute.name.text === 'align')?.argument;
  return argument?.kind === 'int' ? argument.low : 1;
}

function applyAttributes(module: Module, name: string, attributes: Attribute[]): void {
  const symbol = module.symbols[module.symbol(name)]!;
  for (const attribute of attributes) {
    const argument = attribute.argument;
    switch (attribute.name.text) {
      case 'export':
        symbol.root = true;
        break;
      case 'section':
        if (argument?.kind === 'string') symbol.section = String.fromCharCode(...argument.bytes);
        break;
      case 'naked':
        if (symbol.func) symbol.func.attributes.naked = true;
        break;
      case 'interrupt':
        if (symbol.func) symbol.func.attributes.interrupt = true;
        break;
      case 'inline':
        if (symbol.func) symbol.func.attributes.inline = 'always';
        break;
      case 'noinline':
        if (symbol.func) symbol.func.attributes.inline = 'never';
        break;
    }
  }
}

interface FunctionToLower {
  symbol: string;
  loc: number;
  attributes: Attribute[];
  types: FluxType[];
  result: FluxType;
  body: TypedBody;
}

function lowerFunction(c: Compilation, module: Module, data: DataWriter, what: FunctionToLower): void {
  const { symbol, loc, result, body } = what;
  const f = new Func(symbol, signatureOf(what.types, result), loc);
  module.defineFunction(symbol, f, loc);
  applyAttributes(module, symbol, what.attributes);
  if (c.environment.debug) f.debug = new DebugValues(symbol, loc, body.block.span);
  const l = new Lowering(c, module, data, f, LOWERING_PARTS, body.locals.length);
  l.loc = loc;
  l.scope = body.block.span;
  const representation = representationOf(result);
  if (representation.kind === 'memory') {
    l.answer = { kind: 'memory', type: result, pointer: f.addParam(0, Type.Ptr, loc) };
  } else l.answer = { kind: 'results', type: result, representation };
  for (const param of body.params) {
    const { kind, first, second } = representationOf(param.type);
    const at = param.span.start;
    if (kind === 'memory') l.bindMemory(param, { base: f.addParam(0, Type.Ptr, at), offset: 0 });
    else {
      const a = kind === 'none' ? 0 : f.addParam(0, first.type, at);
      l.bind(param, { a, b: kind === 'pair' ? f.addParam(0, second.type, at) : 0 });
    }
  }
  lowerBody(l, body);
}

function lowerTest(
  c: Compilation, module: Module, data: DataWriter, test: Extract<Definition, { kind: 'test' }>,
): void {
  const f = new Func(test.symbol, { params: [], results: [Type.I32] }, test.loc);
  module.defineFunction(test.symbol, f, test.loc);
  if (c.environment.debug) f.debug = new DebugValues(test.symbol, test.loc, test.body.block.span);
  const l = new Lowering(c, module, data, f, LOWERING_PARTS, test.body.locals.length);
  l.loc = test.loc;
  l.scope = test.body.block.span;
  lowerBody(l, test.body);
}

function lowerBody(l: Lowering, body: TypedBody): void {
  for (const statement of body.block.statements) l.lowerStatement(statement);
  l.loc = Math.max(body.block.span.end - 1, body.block.span.start);
  if (body.fallsOff && l.answer.kind !== 'memory') lowerReturn(l, null);
  else {
    runDefers(l, 0);
    lowerUnreachable(l, TrapCode.Unreachable);
  }
  l.finish();
}
