/** Every `## test` of every document of `vm/`: as WebAssembly in Node, and in a guest of each architecture. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { skippedBoards } from '../boot/machine-models.ts';
import { runDocuments, testedDocuments } from '../guest-documents.ts';
import { type Arch, ARCHES, BOARDS } from '../kernel/guest.ts';
import { ROOT } from '../host.ts';
import { runTests } from './wasm.ts';

const SKIPPED = await skippedBoards(Object.values(BOARDS));

describe('the documents of the virtual machine as WebAssembly', () => {
  // Some tests stand in agents because the kernel has no floats; here is no kernel.
  const tested = testedDocuments('vm');
  const files: Record<string, string> = { 'all.flux.md': `---\nmodule: all\nuses: [${tested.map(({ module }) => module).join(', ')}]\n---\n\n# All\n` };
  for (const { path } of tested) files[path] = readFileSync(join(ROOT, path), 'utf8').replace(/^- in: agent\n/gm, '');
  const { failed, documents } = runTests('all.flux.md', files);

  it.each(tested.map(({ path }) => path))('%s passes its own tests', (path) => {
    expect(documents).toContain(path);
    expect(failed.filter(({ document }) => document === path)).toEqual([]);
  });
});

describe.each(ARCHES)('the documents of the virtual machine on %s', (arch: Arch) => {
  it.skipIf(SKIPPED.has(BOARDS[arch]))('pass their own tests', async () => {
    const { diagnostics, failed, documents, status } = await runDocuments('vm', BOARDS[arch]);
    expect(diagnostics).toBe('');
    expect(failed).toEqual([]);
    expect(documents.size).toBeGreaterThanOrEqual(testedDocuments('vm').length);
    expect(status).toBe(0);
  });
});
