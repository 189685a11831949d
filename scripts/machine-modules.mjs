/**
 * Compiles the virtual machine for the host: documents of `vm/` become WebAssembly in `dist/`, by our own compiler.
 *
 * It takes a second or two, so it is only done when a document or the compiler has changed: beside each module lies a hash of all
 * that it was made from.
 */
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Root documents, and the files that they become. */
const MODULES = [['vm/host.flux.md', 'vm.wasm'], ['vm/suite_host.flux.md', 'suite.wasm']];
/** What they are made from: documents, and the compiler. */
const INPUTS = [['vm', '.flux.md'], ['kernel', '.flux.md'], ['fluxc', '.ts']];

/** `write(path, contents)` puts a file in place. What the compiler reports is printed, and the process will fail. */
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
  const { compileForHost } = await loadCompiler(root);
  for (const [path, name] of stale) {
    const { bytes, wrong } = compileForHost(path, (wanted) => {
      const file = join(root, wanted);
      return existsSync(file) ? readFileSync(file, 'utf8') : null;
    });
    if (wrong) {
      process.stderr.write(`${wrong}\nfluxos: dist/${name} was not made\n`);
      process.exitCode = 1;
      continue;
    }
    write(join(root, 'dist', name), bytes);
    write(join(root, 'dist', `${name}.key`), key);
  }
}

/** The compiler, as a module of its own with the one function `compileForHost(path, read)`. */
async function loadCompiler(root) {
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-'));
  const outfile = join(folder, 'compiler.mjs');
  const contents = `
    import { compileWasm } from './fluxc/compile-wasm.ts';
    import { PLAIN, renderDiagnostics } from './fluxc/diagnostics/render.ts';
    export function compileForHost(main, read) {
      const evaluate = () => ({ ok: false, error: 'the machine has no build blocks', line: 0, column: 0 });
      const { output, diagnostics, sources } = compileWasm({ read, readBytes: () => null, evaluate }, { main });
      return output ? { bytes: output.bytes } : { wrong: renderDiagnostics(diagnostics.list, sources, PLAIN) };
    }`;
  await build({
    absWorkingDir: root, stdin: { contents, resolveDir: root, loader: 'ts' }, bundle: true, platform: 'neutral', outfile,
    mainFields: ['module', 'main'], format: 'esm', define: { global: 'globalThis' }, target: 'es2022', logLevel: 'warning',
  });
  const compiler = await import(pathToFileURL(outfile).href);
  rmSync(folder, { recursive: true, force: true });
  return compiler;
}
