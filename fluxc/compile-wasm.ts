/**
 * A document and what it uses as one WebAssembly module, for hosts: what its outline shows is exported.
 *
 * There is no board, no kernel and no agent: the documents reach nothing but what the module imports. `image`, `board` and
 * `agents` do not exist here.
 */
import { Sources } from './base/source.ts';
import { Diagnostics } from './diagnostics/diagnostic.ts';
import type { Module } from './fir/module.ts';
import { optimise, type PassOptions } from './fir/passes/pipeline.ts';
import { checkModules, listTests, lowerKernel, type TestEntry } from './lang/compile-modules.ts';
import { Documents } from './lang/documents.ts';
import type { Host } from './lang/host.ts';
import type { Library } from './lang/library.ts';
import { ModuleLoader } from './lang/load.ts';
import { emitWasm, type WasmOptions } from './target/wasm32/emit.ts';

export interface WasmRequest extends WasmOptions {
  /** path of the root document: its functions are exported, by their full names */
  main: string;
  /** export the tests of all documents too */
  tests?: boolean;
  passes?: Partial<PassOptions>;
  library?: Library;
}

export interface WasmResult {
  sources: Sources;
  diagnostics: Diagnostics;
  /** null if there were errors */
  output: { bytes: Uint8Array; module: Module; tests: readonly TestEntry[] } | null;
}

export function compileWasm(host: Host, request: WasmRequest): WasmResult {
  const sources = new Sources(request.library?.sources);
  const diagnostics = new Diagnostics();
  const lowered = lowerAlone(host, request, sources, diagnostics);
  if (!lowered) return { sources, diagnostics, output: null };
  const { module, tests } = lowered;
  optimise(module, { divisionWraps: true }, { level: 2, ...request.passes });
  const bytes = emitWasm(module, diagnostics, request);
  return { sources, diagnostics, output: diagnostics.failed ? null : { bytes, module, tests } };
}

/** The document and what it uses as FIR, before any pass: for other targets too. Null if there were errors. */
export function lowerAlone(
  host: Host, request: WasmRequest, sources: Sources, diagnostics: Diagnostics,
): { module: Module; tests: readonly TestEntry[] } | null {
  const aliases = new Map<string, string>();
  const loader = new ModuleLoader(new Documents(host, sources, diagnostics, request.library), { arch: 'wasm32', aliases, extra: new Map() }, diagnostics);
  loader.addMain(request.main);
  const documents = loader.ordered;
  const root = documents.find(({ path }) => path === request.main);
  if (!root) return null;
  const tests = request.tests ? listTests(documents, sources).filter(({ inAgent }) => !inAgent) : [];
  const functions = root.decls.flatMap((decl) => (decl.kind === 'fn' && decl.isPublic ? [`${root.name}.${decl.name.text}`] : []));
  const checked = checkModules(documents, {
    arch: 'wasm32', placements: new Map(), aliases, tests: request.tests ?? false,
    exports: [...functions, ...tests.map(({ symbol }) => symbol)], sources,
  }, diagnostics);
  return diagnostics.failed ? null : { module: lowerKernel(checked), tests };
}
