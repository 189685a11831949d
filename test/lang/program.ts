/** Small programs for the tests of the language: documents in, a verified FIR module or diagnostics out. */
import { Sources } from '../../fluxc/base/source.ts';
import { type Diagnostic, Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { Interpreter, type InterpreterOptions, type Outcome } from '../../fluxc/fir/interpret.ts';
import type { Module } from '../../fluxc/fir/module.ts';
import { TRAP_NAMES } from '../../fluxc/fir/ops.ts';
import { printModule } from '../../fluxc/fir/print.ts';
import { verifyModule } from '../../fluxc/fir/verify.ts';
import type { ModuleNode } from '../../fluxc/lang/ast.ts';
import { type Environment, listTests, lowerModules, type TestEntry } from '../../fluxc/lang/compile-modules.ts';
import type { Host } from '../../fluxc/lang/host.ts';
import { parseModule } from '../../fluxc/lang/parser.ts';

export const ERRORS = `---
module: kernel.error
---

## enum Error: i32

| name | value | meaning |
|---|---|---|
| \`ok\` | 0 | |
| \`general\` | -1 | |
| \`no_memory\` | -2 | |
| \`invalid\` | -3 | |
| \`denied\` | -4 | |
| \`timeout\` | -5 | |
| \`busy\` | -6 | |
| \`not_found\` | -7 | |
| \`exists\` | -8 | |
| \`overflow\` | -9 | |
| \`deadlock\` | -10 | |
| \`unavailable\` | -11 | |
`;

const HOST: Host = {
  read: () => null,
  evaluate: () => ({ ok: false, error: 'build blocks are tested elsewhere', line: 0, column: 0 }),
};

export interface Compiled {
  module: Module;
  sources: Sources;
  diagnostics: Diagnostics;
  tests: TestEntry[];
}

/** Parses and lowers documents, by path. `kernel.error` is there too, unless told otherwise. */
export function compile(
  documents: Record<string, string>, environment: Partial<Environment> = {}, { withErrors = true } = {},
): Compiled {
  const sources = new Sources();
  const diagnostics = new Diagnostics();
  const nodes: ModuleNode[] = [];
  const all = withErrors ? { 'kernel/error.flux.md': ERRORS, ...documents } : documents;
  for (const [path, text] of Object.entries(all)) {
    nodes.push(parseModule(sources.add(path, text), diagnostics, HOST));
  }
  const module = lowerModules(nodes, {
    arch: 'c', placements: new Map(), aliases: new Map(), tests: true, exports: [], sources, ...environment,
  }, diagnostics);
  return { module, sources, diagnostics, tests: listTests(nodes, sources) };
}

/** Like `compile`; throws if there are errors, or if the FIR is not sound. */
export function compileSound(documents: Record<string, string>, environment: Partial<Environment> = {}): Compiled {
  const compiled = compile(documents, environment);
  if (compiled.diagnostics.failed) throw new Error(describe(compiled).join('\n'));
  const wrong = verifyModule(compiled.module);
  if (wrong.length > 0) throw new Error(`${wrong.join('\n')}\n${printModule(compiled.module)}`);
  return compiled;
}

/** `line:column FX0303 message (hint)` of each diagnostic, in the order of the text. */
export function describe({ sources, diagnostics }: Pick<Compiled, 'sources' | 'diagnostics'>): string[] {
  const inOrder = (a: Diagnostic, b: Diagnostic) => (a.span?.start ?? 0) - (b.span?.start ?? 0);
  return [...diagnostics.list].sort(inOrder).map(({ code, message, hint, span }) => {
    const place = span && sources.place(span.start);
    return `${place ? `${place.line}:${place.column}` : '-'} ${code} ${message}${hint ? ` (${hint})` : ''}`;
  });
}

/** What a call gave, as text: results with commas between, or `trap out_of_bounds`. */
export function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'results': return outcome.results.join(', ');
    case 'trap': return `trap ${TRAP_NAMES[outcome.trap]}`;
    case 'fault': return `fault ${outcome.fault}`;
    default: return outcome.kind;
  }
}

/** Runs every test of the documents that needs no kernel in the interpreter: `title: passed`, `failed at line n` or how it ended. */
export function runTests(compiled: Compiled, options: InterpreterOptions = {}): string[] {
  const interpreter = new Interpreter(compiled.module, options);
  return compiled.tests.filter(({ inAgent }) => !inAgent).map(({ title, symbol }) => {
    const outcome = interpreter.call(symbol);
    if (outcome.kind !== 'results') {
      const place = 'loc' in outcome ? compiled.sources.place(outcome.loc) : null;
      return `${title}: ${outcomeText(outcome)}${place ? ` at line ${place.line}` : ''}`;
    }
    return `${title}: ${outcome.results[0] === 0n ? 'passed' : `failed at line ${outcome.results[0]}`}`;
  });
}

/** A `##` section whose body is code. */
export function section(heading: string, code: string): string {
  return `## ${heading}\n\n\`\`\`flux\n${code}\n\`\`\`\n\n`;
}

/** Wraps statements in a document with one function `run`, lowers it and calls it. */
export function run(signature: string, body: string, args: (bigint | number)[] = [], declarations = ''): string {
  const head = '---\nmodule: t\nuses: [kernel.error]\n---\n\n';
  const { module } = compileSound({ 't.flux.md': head + section(`fn run${signature}`, body) + declarations });
  return outcomeText(new Interpreter(module).call('t.run', args));
}
