/** The tests of all documents of a folder, in one guest: in its kernel and in agents. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConsole } from '../cli/commands/test.ts';
import { runImage } from '../cli/qemu.ts';
import { compile } from '../fluxc/compile.ts';
import { hostWith, readable, ROOT } from './host.ts';

export interface GuestRun {
  /** what the compiler says; empty if nothing is wrong */
  diagnostics: string;
  /** `document: title: why` of tests that did not pass */
  failed: string[];
  /** documents whose tests ran */
  documents: Set<string>;
  status: number;
}

/** Documents of a folder that have tests: paths from the repository's root, and modules. */
export function testedDocuments(folder: string): { path: string; module: string }[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.flux.md'))
    .sort()
    .map((path) => ({ path: `${folder}/${path}`, text: readFileSync(join(ROOT, folder, path), 'utf8') }))
    .filter(({ text }) => /^## test /m.test(text))
    .map(({ path, text }) => ({ path, module: /^module: (\S+)/m.exec(text)![1]! }));
}

export async function runDocuments(folder: string, board: string): Promise<GuestRun> {
  const modules = testedDocuments(folder).map(({ module }) => module);
  const main = `---\nmodule: all\nuses: [${modules.join(', ')}]\n---\n\n# All\n`;
  const result = compile(hostWith({ 'all.flux.md': main }), { main: 'all.flux.md', board, tests: 'all' });
  if (!result.output) return { diagnostics: readable(result), failed: [], documents: new Set(), status: -1 };
  const { output } = result;
  const temporary = mkdtempSync(join(tmpdir(), 'fluxos-documents-'));
  const path = join(temporary, output.board.image.file);
  writeFileSync(path, output.image);
  const chunks: Uint8Array[] = [];
  const { status } = await runImage(output.board, path, { timeout: 100, onConsole: (chunk) => chunks.push(chunk) });
  rmSync(temporary, { recursive: true });
  const console = Buffer.concat(chunks).toString('utf8').replace(/\r/g, '');
  const reports = readConsole(output.board.id, output.tests, console, null);
  return {
    diagnostics: readable(result),
    failed: reports.filter(({ outcome }) => outcome !== 'passed').map(({ document, title, reason }) => `${document}: ${title}: ${reason}`),
    documents: new Set(reports.map(({ document }) => document)),
    status,
  };
}
