/**
 * The language as one step: syntax trees of all modules of a build in, FIR modules out.
 *
 * Everything is checked once and before anything is lowered, so one build reports all errors. What was checked is lowered
 * for each image that is made of it: `lowerKernel` takes all modules, `lowerProgram` (`lower-program.ts`) what an agent
 * reaches. Symbols come in an order that the documents fix: the same documents give the same module.
 */
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import { Module } from '../fir/module.ts';
import type { ModuleNode } from './ast.ts';
import { checkAgent, checkAgentTest } from './check-agent.ts';
import { checkFunction, checkTest } from './check-body.ts';
import { checkConstant, checkStatic } from './check-constant.ts';
import type { Compilation, Environment } from './compilation.ts';
import { declare } from './declare.ts';
import type { FunctionEntity, ModuleScope } from './entities.ts';
import { DataWriter } from './lower-data.ts';
import { type Definition, lowerDefinition } from './lower-definition.ts';
import { isInMemory } from './representation.ts';
import { listTests, testSymbol } from './tests.ts';

export type { Architecture, Environment } from './compilation.ts';
export { listTests, type TestEntry } from './tests.ts';

/** Modules whose functions only work in agents: the kernel has no part of them. */
export const AGENT_MODULES: readonly string[] = ['call'];

/** All modules of a build, their bodies checked. With errors reported nothing of it may be lowered. */
export interface Checked {
  compilation: Compilation;
  nodes: readonly ModuleNode[];
  modules: { scope: ModuleScope; definitions: Definition[] }[];
}

/** Checks `modules`, each module of the build once. */
export function checkModules(modules: ModuleNode[], environment: Environment, diagnostics: Diagnostics): Checked {
  const compilation = declare(modules, environment, diagnostics, checkConstant);
  const checked = compilation.program.modules.map((scope) => ({ scope, definitions: checkModule(compilation, scope) }));
  return { compilation, nodes: modules, modules: checked };
}

/** Checks and lowers `modules`. Reports what is wrong; then the FIR module is empty. */
export function lowerModules(modules: ModuleNode[], environment: Environment, diagnostics: Diagnostics): Module {
  const checked = checkModules(modules, environment, diagnostics);
  return diagnostics.failed ? emptyModule(checked) : lowerKernel(checked);
}

/** The FIR module of the kernel: all code but that of agents and of the modules `without`; with the table of tests, if there is to be one. */
export function lowerKernel(checked: Checked, without: readonly string[] = []): Module {
  const { compilation, modules } = checked;
  const { environment } = compilation;
  const module = emptyModule(checked);
  const data = new DataWriter(module);
  for (const { scope, definitions } of modules) {
    for (const definition of definitions) {
      const isWanted = definition.kind === 'test' ? environment.tests && !definition.inAgent
        : definition.kind !== 'agent' && !without.includes(scope.name);
      if (isWanted) lowerDefinition(compilation, module, data, scope, definition);
    }
  }
  if (environment.tests) defineTestTable(module, checked.nodes);
  for (const name of environment.exports) {
    const symbol = module.find(name);
    if (symbol !== undefined) module.symbols[symbol]!.root = true;
  }
  return module;
}

function emptyModule({ nodes }: Checked): Module {
  return new Module(nodes[nodes.length - 1]?.name ?? 'empty');
}

/** The data `image.tests`: a u64 count, then so many function pointers, in the order of `listTests`. */
function defineTestTable(module: Module, nodes: readonly ModuleNode[]): void {
  const tests = listTests(nodes).filter(({ inAgent }) => !inAgent);
  const bytes = new Uint8Array(8 + 8 * tests.length);
  new DataView(bytes.buffer).setUint32(0, tests.length, true);
  const references = tests.map(({ symbol }, index) => {
    return { offset: 8 + 8 * index, symbol: module.symbol(symbol), addend: 0 };
  });
  module.defineData('image.tests', { bytes, size: bytes.length, align: 8, writable: false, references }, 0);
}

/** What a module defines: constants and statics first, then code. */
function checkModule(c: Compilation, scope: ModuleScope): Definition[] {
  const constants: Definition[] = [];
  const statics: Definition[] = [];
  const assembly: Definition[] = [];
  const code: Definition[] = [];
  for (const entity of scope.entities.values()) {
    if (entity.kind === 'const' && entity.value && isInMemory(entity.value.type)) {
      constants.push({ kind: 'const', symbol: entity.symbol, entity });
    } else if (entity.kind === 'static') {
      statics.push({ kind: 'static', symbol: entity.symbol, entity, value: checkStatic(c, entity) });
    } else if (entity.kind === 'fn') {
      const block = assemblyOf(c, entity);
      if (block) assembly.push({ kind: 'assembly', symbol: entity.symbol, entity, block });
      else if (entity.decl.body) {
        code.push({ kind: 'fn', symbol: entity.symbol, entity, body: checkFunction(c, entity, entity.decl.body) });
      }
    }
  }
  let number = 0;
  for (const decl of scope.node!.decls) {
    const loc = decl.name.span.start;
    if (decl.kind === 'agent') {
      code.push({ kind: 'agent', symbol: `${scope.name}.${decl.name.text}`, body: checkAgent(c, scope, decl), loc });
    }
    if (decl.kind !== 'test') continue;
    const inAgent = decl.agent !== null;
    const body = inAgent ? checkAgentTest(c, scope, decl) : checkTest(c, scope, decl);
    code.push({ kind: 'test', symbol: testSymbol(scope.name, number++), body, loc, inAgent });
  }
  return [...constants, ...statics, ...assembly, ...code];
}

function assemblyOf(c: Compilation, entity: FunctionEntity) {
  return entity.decl.assembly.find((block) => block.arch.text === c.environment.arch);
}
