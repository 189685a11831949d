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
}

/** Every test of the modules, in their order: the order of the table `image.tests` too. */
export function listTests(modules: ModuleNode[], sources: Sources | null = null): TestEntry[] {
  const entries: TestEntry[] = [];
  for (const module of modules) {
    let number = 0;
    for (const decl of module.decls) {
      if (decl.kind !== 'test') continue;
      const line = sources?.place(decl.name.span.start)?.line ?? 0;
      const symbol = testSymbol(module.name, number++);
      entries.push({ document: module.path, module: module.name, title: decl.title, line, symbol });
    }
  }
  return entries;
}

export function testSymbol(module: string, number: number): string {
  return `${module}.test.${number}`;
}
