/**
 * The documents that fluxos brings, parsed, and their machine code: empty in a plain process, filled before a start-up
 * snapshot is taken (`entry.ts`).
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Sources } from '../fluxc/base/source.ts';
import { Diagnostics } from '../fluxc/diagnostics/diagnostic.ts';
import { Documents } from '../fluxc/lang/documents.ts';
import { Library } from '../fluxc/lang/library.ts';
import { DOCUMENT_SUFFIX } from '../fluxc/lang/parser.ts';
import { stubModule } from '../fluxc/lang/syscall-stubs.ts';
import { CodeLibrary } from '../fluxc/target/machine/code-library.ts';
import { HOME, readerOf } from './host.ts';

export const LIBRARY = new Library();
export const CODE = new CodeLibrary();

const FOLDERS = ['hal', 'kernel'];

/** Parses every document below `FOLDERS`, but for those with build blocks: there is no interpreter yet. */
export function fillLibrary(): void {
  const host = { read: readerOf([HOME]), evaluate: () => ({ ok: false as const, error: '', line: 0, column: 0 }) };
  const calls = stubModule(new Documents(host, new Sources(), new Diagnostics()));
  if (calls) LIBRARY.add(calls.path, { ...host, read: () => calls.text });
  for (const folder of FOLDERS) {
    for (const path of readdirSync(join(HOME, folder), { recursive: true, encoding: 'utf8' }).sort()) {
      if (path.endsWith(DOCUMENT_SUFFIX)) LIBRARY.add(`${folder}/${path.replace(/\\/g, '/')}`, host);
    }
  }
}
