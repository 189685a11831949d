/**
 * Bundles `cli/` and the compiler into `dist/fluxos.cjs`, the compiler alone into `dist/fluxc.js`, a script that runs in any
 * JavaScript engine, and the virtual machine as a library into `dist/vm.cjs`. Compiles the machine itself for the host
 * (`machine-modules.mjs`). Then makes the command `dist/fluxos`, which starts fast (`snapshot.mjs`).
 */
import { build } from 'esbuild';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildMachineModules } from './machine-modules.mjs';
import { writeLauncher } from './snapshot.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

export async function bundleCommand() {
  const results = await Promise.all([
    build({
      absWorkingDir: root,
      entryPoints: [join(root, 'cli/entry.ts')],
      outfile: join(root, 'dist/fluxos.cjs'),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      minify: true,
      banner: { js: '#!/usr/bin/env node' },
      external: ['quickjs-emscripten'],
      logLevel: 'warning',
      write: false,
    }),
    build({
      absWorkingDir: root,
      entryPoints: [join(root, 'cli/vm/index.ts')],
      outfile: join(root, 'dist/vm.cjs'),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      minify: true,
      logLevel: 'warning',
      write: false,
    }),
    build({
      absWorkingDir: root,
      entryPoints: [join(root, 'fluxc/compile.ts')],
      outfile: join(root, 'dist/fluxc.js'),
      bundle: true,
      platform: 'neutral',
      mainFields: ['module', 'main'],
      format: 'iife',
      globalName: 'fluxc',
      // The TOML parser asks for Node's name of the global object.
      define: { global: 'globalThis' },
      target: 'es2020',
      logLevel: 'warning',
      write: false,
    }),
  ]);
  for (const { outputFiles } of results) for (const { path, contents } of outputFiles) writeWhole(path, contents);
  await buildMachineModules(root, writeWhole);
  writeLauncher(root);
}

/** Puts the file in place at once: another process may be starting from it. */
function writeWhole(path, contents) {
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.partial`;
  writeFileSync(partial, contents);
  renameSync(partial, path);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleCommand();
