/** The compiler as tests use it: the repository's own files, and diagnostics as text. */
import { fileURLToPath } from 'node:url';
import { hostOf } from '../cli/compiler-host.ts';
import type { CompileResult } from '../fluxc/compile.ts';
import { PLAIN, renderDiagnostics } from '../fluxc/diagnostics/render.ts';
import type { Host } from '../fluxc/lang/host.ts';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

export const HOST: Host = hostOf([ROOT]);

/** A host whose files come first, and then the repository's. */
export function hostWith(files: Record<string, string>): Host {
  return { ...HOST, read: (path) => files[path] ?? HOST.read(path) };
}

/** All diagnostics of a compilation as they would be printed; empty if there are none. */
export function readable({ diagnostics, sources }: Pick<CompileResult, 'diagnostics' | 'sources'>): string {
  return diagnostics.list.length === 0 ? '' : renderDiagnostics(diagnostics.list, sources, PLAIN);
}
