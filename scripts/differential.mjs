#!/usr/bin/env node
/**
 * Runs random FIR programs through the interpreter and every back end and compares: `--help` lists the options.
 * `npm test` runs some thousands; this runs as many as asked for.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = mkdtempSync(join(tmpdir(), 'fluxos-differential-'));
const bundle = join(folder, 'differential.mjs');
try {
  process.chdir(root);
  await build({
    entryPoints: ['test/differential/main.ts'],
    bundle: true, platform: 'node', format: 'esm', outfile: bundle, logLevel: 'error',
  });
  await import(pathToFileURL(bundle).href);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
