/**
 * The language as one step: syntax trees of all modules of a build in, one FIR module out.
 *
 * Everything is checked before anything is lowered, so one build reports all errors; with errors the module is empty.
 * Symbols come in the order of the modules and their declarations: the same documents give the same module.
 */
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import { Func } from '../fir/function.ts';
import { Module } from '../fir/module.ts';
import { TrapCode } from '../fir/ops.ts';
import { Type } from '../fir/types.ts';
import type { Attribute, ModuleNode } from './ast.ts';
import { checkFunction, checkTest } from './check-body.ts';
import { checkConstant, checkStatic } from './check-constant.ts';
import type { Compilation, Environment } from './compilation.ts';
import { declare } from './declare.ts';
import type { FunctionEntity, ModuleScope, StaticEntity } from './entities.ts';
import { lowerReturn, lowerUnreachable } from './lower-answer.ts';
import { runDefers } from './lower-block.ts';
import { signatureOf } from './lower-call.ts';
import { DataWriter } from './lower-data.ts';
import { LOWERING_PARTS } from './lower-statement.ts';
import { Lowering } from './lowering.ts';
import { isInMemory, representationOf } from './representation.ts';
import { listTests, testSymbol } from './tests.ts';
import type { ConstantValue, TypedBody } from './typed-tree.ts';

export type { Architecture, Environment } from './compilation.ts';
export { listTests, type TestEntry } from './tests.ts';

interface Bodies {
  functions: { entity: FunctionEntity; body: TypedBody }[];
  statics: { entity: StaticEntity; value: ConstantValue | null }[];
  tests: { symbol: string; body: TypedBody; loc: number }[];
}

/** `modules`: each module of the build once. Reports what is wrong; then the FIR module is empty. */
export function lowerModules(modules: ModuleNode[], environment: Environment, diagnostics: Diagnostics): Module {
  const module = new Module(modules[modules.length - 1]?.name ?? 'empty');
  const c = declare(modules, environment, diagnostics, checkConstant);
  const bodies = c.program.modules.map((scope) => checkModule(c, scope));
  if (diagnostics.failed) return module;
  const data = new DataWriter(module);
  c.program.modules.forEach((scope, index) => lowerModule(c, module, data, scope, bodies[index]!));
  if (environment.tests) defineTestTable(module, modules);
  for (const name of environment.exports) {
    const symbol = module.find(name);
    if (symbol !== undefined) module.symbols[symbol]!.root = true;
  }
  return module;
}

/** The data `image.tests`: a u64 count, then so many function pointers, in the order of `listTests`. */
function defineTestTable(module: Module, modules: ModuleNode[]): void {
  const tests = listTests(modules);
  const bytes = new Uint8Array(8 + 8 * tests.length);
  new DataView(bytes.buffer).setUint32(0, tests.length, true);
  const references = tests.map(({ symbol }, index) => {
    return { offset: 8 + 8 * index, symbol: module.symbol(symbol), addend: 0 };
  });
  module.defineData('image.tests', { bytes, size: bytes.length, align: 8, writable: false, references }, 0);
}

function checkModule(c: Compilation, scope: ModuleScope): Bodies {
  const bodies: Bodies = { functions: [], statics: [], tests: [] };
  for (const entity of scope.entities.values()) {
    if (entity.kind === 'static') bodies.statics.push({ entity, value: checkStatic(c, entity) });
    if (entity.kind !== 'fn' || !entity.decl.body || assemblyOf(c, entity)) continue;
    bodies.functions.push({ entity, body: checkFunction(c, entity, entity.decl.body) });
  }
  let number = 0;
  for (const decl of scope.node!.decls) {
    if (decl.kind !== 'test') continue;
    const body = checkTest(c, scope, decl);
    bodies.tests.push({ symbol: testSymbol(scope.name, number++), body, loc: decl.name.span.start });
  }
  return bodies;
}

function assemblyOf(c: Compilation, entity: FunctionEntity) {
  return entity.decl.assembly.find((block) => block.arch.text === c.environment.arch);
}

function lowerModule(c: Compilation, module: Module, data: DataWriter, scope: ModuleScope, bodies: Bodies): void {
  for (const entity of scope.entities.values()) {
    if (entity.kind === 'const' && entity.value && isInMemory(entity.value.type)) {
      const how = { writable: false, align: 1, loc: entity.span.start, home: scope.name };
      data.define(entity.symbol, entity.value, entity.value.type, how);
    }
  }
  for (const { entity, value } of bodies.statics) {
    const { attributes, name } = entity.decl;
    const how = { writable: true, align: alignOf(attributes), loc: name.span.start, home: scope.name };
    data.define(entity.symbol, value, entity.type, how);
    applyAttributes(module, entity.symbol, attributes);
  }
  for (const entity of scope.entities.values()) {
    const block = entity.kind === 'fn' ? assemblyOf(c, entity) : undefined;
    if (!block || entity.kind !== 'fn') continue;
    module.defineAssembly(entity.symbol, { text: block.text, loc: block.span.start }, entity.decl.name.span.start);
    applyAttributes(module, entity.symbol, entity.decl.attributes);
  }
  for (const { entity, body } of bodies.functions) lowerFunction(c, module, data, entity, body);
  if (!c.environment.tests) return;
  for (const test of bodies.tests) lowerTest(c, module, data, test);
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

function lowerFunction(
  c: Compilation, module: Module, data: DataWriter, entity: FunctionEntity, body: TypedBody,
): void {
  const loc = entity.decl.name.span.start;
  const signature = signatureOf(entity.params.map((param) => param.type), entity.result);
  const f = new Func(entity.symbol, signature, loc);
  module.defineFunction(entity.symbol, f, loc);
  applyAttributes(module, entity.symbol, entity.decl.attributes);
  const l = new Lowering(c, module, data, f, LOWERING_PARTS, body.locals.length);
  l.loc = loc;
  const representation = representationOf(entity.result);
  if (representation.kind === 'memory') {
    l.answer = { kind: 'memory', type: entity.result, pointer: f.addParam(0, Type.Ptr, loc) };
  } else l.answer = { kind: 'results', type: entity.result, representation };
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

function lowerTest(c: Compilation, module: Module, data: DataWriter, test: Bodies['tests'][number]): void {
  const f = new Func(test.symbol, { params: [], results: [Type.I32] }, test.loc);
  module.defineFunction(test.symbol, f, test.loc);
  const l = new Lowering(c, module, data, f, LOWERING_PARTS, test.body.locals.length);
  l.loc = test.loc;
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
