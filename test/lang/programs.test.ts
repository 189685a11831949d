/** The documents in `programs/` are programs whose tests, run by the FIR interpreter, must all pass. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileSound, runTests } from './program.ts';

const folder = join(import.meta.dirname, 'programs');
const documents: Record<string, string> = {};
for (const file of readdirSync(folder).sort()) documents[file] = readFileSync(join(folder, file), 'utf8');

describe('programs', () => {
  const compiled = compileSound(documents);
  const results = runTests(compiled);
  for (const path of Object.keys(documents)) {
    const own = results.filter((_, index) => compiled.tests[index]!.document === path);
    if (own.length > 0) test(path, () => expect(own.filter((line) => !line.endsWith(': passed'))).toEqual([]));
  }
});
