/** Documents of `vm/` as WebAssembly in this process: their exported functions, and their tests. */
import { compileWasm } from '../../fluxc/compile-wasm.ts';
import { PLAIN, renderDiagnostics } from '../../fluxc/diagnostics/render.ts';
import { hostWith } from '../host.ts';

export type WasmFunction = (...values: (bigint | number)[]) => bigint | number;

export interface Instance {
  memory(): Uint8Array;
  call(name: string, ...values: (bigint | number)[]): bigint | number;
}

/** How a trap of Flux ends a call. */
export class Trap extends Error {
  constructor(readonly code: number) {
    super(`trap ${code}`);
  }
}

function compiled(main: string, files: Record<string, string>, tests: boolean) {
  const { output, diagnostics, sources } = compileWasm(hostWith(files), { main, tests, heapBytes: 1 << 20 });
  if (!output) throw new Error(renderDiagnostics(diagnostics.list, sources, PLAIN));
  const trap = (code: number) => {
    throw new Trap(code);
  };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(output.bytes), { fluxos: { trap } });
  return { exports: exports as Record<string, WasmFunction>, memory: exports['memory'] as { buffer: ArrayBuffer }, tests: output.tests };
}

/** `files` come before those of the repository. */
export function instantiate(main: string, files: Record<string, string> = {}): Instance {
  const { exports, memory } = compiled(main, files, false);
  return {
    memory: () => new Uint8Array(memory.buffer),
    call: (name, ...values) => exports[name]!(...values),
  };
}

export interface TestRun {
  failed: { document: string; title: string; why: string }[];
  /** documents whose tests ran */
  documents: Set<string>;
}

/** Runs the tests of a document and of all that it uses. `files` come before those of the repository. */
export function runTests(main: string, files: Record<string, string> = {}): TestRun {
  const { exports, tests } = compiled(main, files, true);
  const run: TestRun = { failed: [], documents: new Set() };
  for (const { document, title, symbol } of tests) {
    run.documents.add(document);
    const fail = (why: string) => run.failed.push({ document, title, why });
    try {
      const line = Number(exports[symbol]!());
      if (line !== 0) fail(`line ${line}`);
    } catch (error) {
      fail(String(error));
    }
  }
  return run;
}
