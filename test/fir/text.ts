/** FIR text in tests: parse it or fail with its diagnostics. */
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import type { Module } from '../../fluxc/fir/module.ts';
import { parseModule } from '../../fluxc/fir/parse.ts';

/** The module that `text` describes; throws with the diagnostics if there are any. */
export function firModule(text: string, path = 'test.fir'): Module {
  const sources = new Sources();
  const diagnostics = new Diagnostics();
  const module = parseModule(sources.add(path, text), diagnostics);
  if (module) return module;
  throw new Error(diagnostics.list.map((diagnostic) => {
    const place = diagnostic.span ? sources.place(diagnostic.span.start) : null;
    return `${place?.path}:${place?.line}:${place?.column}: ${diagnostic.code} ${diagnostic.message}`;
  }).join('\n'));
}
