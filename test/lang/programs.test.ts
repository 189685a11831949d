/**
 * The documents in `programs/` are programs whose tests must all pass: run by the FIR interpreter as they were lowered,
 * and after the passes of every target and level.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { optimise } from '../../fluxc/fir/passes/pipeline.ts';
import { verifyModule } from '../../fluxc/fir/verify.ts';
import { TARGETS } from '../../fluxc/targets.ts';
import { compileSound, runTests } from './program.ts';

const folder = join(import.meta.dirname, 'programs');
const documents: Record<string, string> = {};
for (const file of readdirSync(folder).sort()) documents[file] = readFileSync(join(folder, file), 'utf8');

const failures = (results: string[]) => results.filter((line) => !line.endsWith(': passed'));

describe('programs', () => {
  const compiled = compileSound(documents);
  const results = runTests(compiled);
  for (const path of Object.keys(documents)) {
    const own = results.filter((_, index) => compiled.tests[index]!.document === path);
    if (own.length > 0) test(path, () => expect(failures(own)).toEqual([]));
  }
});

describe('programs after the passes', () => {
  for (const target of Object.values(TARGETS)) {
    test.each([0, 1, 2] as const)(`${target.name}, level %i`, (level) => {
      const compiled = compileSound(documents);
      for (const { symbol } of compiled.tests) compiled.module.symbols[compiled.module.find(symbol)!]!.root = true;
      optimise(compiled.module, target, { level });
      expect(verifyModule(compiled.module)).toEqual([]);
      expect(failures(runTests(compiled))).toEqual([]);
    });
  }
});
