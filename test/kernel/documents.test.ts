/** Every `## test` of every document of the kernel, in the kernel and in agents, on each architecture. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConsole } from '../../cli/commands/test.ts';
import { runImage } from '../../cli/qemu.ts';
import { compile } from '../../fluxc/compile.ts';
import { skippedBoards } from '../boot/machine-models.ts';
import { hostWith, readable, ROOT } from '../host.ts';
import { type Arch, ARCHES, BOARDS } from './guest.ts';

const SKIPPED = await skippedBoards(Object.values(BOARDS));

/** Modules of the kernel's folder that have tests, and so lead to all that are tested. */
function testedModules(): string[] {
  return readdirSync(join(ROOT, 'kernel'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.flux.md'))
    .map((path) => readFileSync(join(ROOT, 'kernel', path), 'utf8'))
    .filter((text) => /^## test /m.test(text))
    .map((text) => /^module: (\S+)/m.exec(text)![1]!)
    .sort();
}

describe.each(ARCHES)('the documents of the kernel on %s', (arch: Arch) => {
  it.skipIf(SKIPPED.has(BOARDS[arch]))('pass their own tests', async () => {
    const modules = testedModules();
    const main = `---\nmodule: all\nuses: [${modules.join(', ')}]\n---\n\n# All\n`;
    const result = compile(hostWith({ 'all.flux.md': main }), { main: 'all.flux.md', board: BOARDS[arch], tests: 'all' });
    expect(readable(result)).toBe('');
    const { board, image, tests } = result.output!;
    const folder = mkdtempSync(join(tmpdir(), 'fluxos-documents-'));
    const path = join(folder, board.image.file);
    writeFileSync(path, image);
    const chunks: Uint8Array[] = [];
    const { status } = await runImage(board, path, { timeout: 100, onConsole: (chunk) => chunks.push(chunk) });
    rmSync(folder, { recursive: true });
    const console = Buffer.concat(chunks).toString('utf8').replace(/\r/g, '');
    const reports = readConsole(board.id, tests, console, null);
    const failed = reports.filter(({ outcome }) => outcome !== 'passed');
    expect(failed.map(({ document, title, reason }) => `${document}: ${title}: ${reason}`)).toEqual([]);
    expect(new Set(reports.map(({ document }) => document)).size).toBeGreaterThanOrEqual(modules.length);
    expect(status).toBe(0);
  });
});
