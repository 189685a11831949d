/** Every `## test` of every document of the kernel, in the kernel and in agents, on each architecture. */
import { describe, expect, it } from 'vitest';
import { skippedBoards } from '../boot/machine-models.ts';
import { runDocuments, testedDocuments } from '../guest-documents.ts';
import { type Arch, ARCHES, BOARDS } from './guest.ts';

const SKIPPED = await skippedBoards(Object.values(BOARDS));

describe.each(ARCHES)('the documents of the kernel on %s', (arch: Arch) => {
  it.skipIf(SKIPPED.has(BOARDS[arch]))('pass their own tests', async () => {
    const { diagnostics, failed, documents, status } = await runDocuments('kernel', BOARDS[arch]);
    expect(diagnostics).toBe('');
    expect(failed).toEqual([]);
    expect(documents.size).toBeGreaterThanOrEqual(testedDocuments('kernel').length);
    expect(status).toBe(0);
  });
});
