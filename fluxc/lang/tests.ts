/** The tests of a build: what they are called, where they stand, and the FIR functions that they become. */
import type { Sources } from '../base/source.ts';
import type { ModuleNode } from './ast.ts';

export interface TestEntry {
  /** path of the document */
  document: string;
  module: string;
  title: string;
  /** 1-based line of the heading; 0 without `sources` */
  line: number;
  /** FIR function `() -> i32`: 0 if the test passed, else the line of the first `expect` that failed */
  symbol: string;
  /** runs in an agent of its own: it is a program, and no entry of `image.tests` */
  inAgent: boolean;
}

/**
 * Every test of the modules, in the order in which they run: first those of the kernel, as in the table `image.tests`, then
 * those in agents, as their programs stand in the module `agents`.
 */
export function listTests(modules: readonly ModuleNode[], sources: Sources | null = null): TestEntry[] {
  const entries: TestEntry[] = [];
  for (const module of modules) {
    let number = 0;
    for (const decl of module.decls) {
      if (decl.kind !== 'test') continue;
      const line = sources?.place(decl.name.span.start)?.line ?? 0;
      const symbol = testSymbol(module.name, number++);
      const inAgent = decl.agent !== null;
      entries.push({ document: module.path, module: module.name, title: decl.title, line, symbol, inAgent });
    }
  }
  return [...entries.filter(({ inAgent }) => !inAgent), ...entries.filter(({ inAgent }) => inAgent)];
}

export function testSymbol(module: string, number: number): string {
  return `${module}.test.${number}`;
}
