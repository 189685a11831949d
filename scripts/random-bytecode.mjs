#!/usr/bin/env node
/**
 * Runs random programs of the stack instruction sets, or with `flux64` as first argument of that one, on every target and compares:
 * `--help` lists the options. `npm test` runs some megabytes; this runs as many as there is time for.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);
// Below the repository, so that the bundle finds the packages that it leaves out.
mkdirSync('build', { recursive: true });
const folder = mkdtempSync(join(root, 'build', 'random-'));
const bundle = join(folder, 'random.mjs');
try {
  await build({
    entryPoints: [process.argv[2] === 'flux64' ? 'test/vm/long-fuzz.ts' : 'test/conformance/random-main.ts'],
    bundle: true, platform: 'node', format: 'esm', outfile: bundle, logLevel: 'error', packages: 'external',
    define: { __dirname: JSON.stringify(join(root, 'cli')), 'import.meta.url': JSON.stringify(pathToFileURL(join(root, 'test', 'host.ts')).href) },
  });
  await import(pathToFileURL(bundle).href);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
