/**
 * Compiles the virtual machine for the host: documents of `vm/` become WebAssembly in `dist/`, by our own compiler.
 *
 * It takes a second or two, so it is only done when a document or the compiler has changed: beside each module lies a hash of all
 * that it was made from.
 */
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Root documents, and the files that they become. */
const MODULES = [['vm/host.flux.md', 'vm.wasm']];
/** What they are made from: documents, and the compiler. */
const INPUTS = [['vm', '.flux.md'], ['kernel', '.flux.md'], ['fluxc', '.ts']];

/** `write(path, contents)` puts a file in place. Throws what the compiler reports. */
export async function buildMachineModules(root, write) {
  const hash = createHash('sha256').update(readFileSync(new URL(import.meta.url)));
  for (const [folder, ending] of INPUTS) {
    const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ending)).sort();
    for (const name of names) hash.update(`${folder}/${name}\n`).update(readFileSync(join(root, folder, name)));
  }
  const key = hash.digest('hex');
  const isCurrent = (file) => existsSync(file) && existsSync(`${file}.key`) && readFileSync(`${file}.key`, 'utf8') === key;
  const stale = MODULES.filter(([, name]) => !isCurrent(join(root, 'dist', name)));
  if (stale.length === 0) return;
  const compiler = await bundledCompiler(root);
  const { compileForHost } = await import(`data:text/javascript;base64,${Buffer.from(compiler).toString('base64')}`);
  for (const [path, name] of stale) {
    const bytes = compileForHost(path, (wanted) => {
      const file = join(root, wanted);
      return existsSync(file) ? readFileSync(file, 'utf8') : null;
    });
    write(join(root, 'dist', name), bytes);
    write(join(root, 'dist', `${name}.key`), key);
  }
}

/** The compiler as one script, which exports `compileForHost(path, read)`. */
async function bundledCompiler(root) {
  const contents = `
    import { compileWasm } from './fluxc/compile-wasm.ts';
    import { PLAIN, renderDiagnostics } from './fluxc/diagnostics/render.ts';
    export function compileForHost(main, read) {
      const evaluate = () => ({ ok: false, error: 'the machine has no build blocks', line: 0, column: 0 });
      const { output, diagnostics, sources } = compileWasm({ read, readBytes: () => null, evaluate }, { main });
      if (!output) throw new Error(renderDiagnostics(diagnostics.list, sources, PLAIN));
      return output.bytes;
    }`;
  const { outputFiles } = await build({
    absWorkingDir: root, stdin: { contents, resolveDir: root, loader: 'ts' }, bundle: true, platform: 'neutral',
    mainFields: ['module', 'main'], format: 'esm', define: { global: 'globalThis' }, target: 'es2022', logLevel: 'warning', write: false,
  });
  return outputFiles[0].text;
}
