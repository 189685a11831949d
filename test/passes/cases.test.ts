/**
 * What each pass must do and must not do: `cases/*.fir`. A file names its passes in the first line; each case is FIR,
 * then `; expect`, then the FIR behind the passes. `UPDATE=1` rewrites the expectations; the difference is for
 * reviewing.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { PASSES, runPass } from '../../fluxc/fir/passes/pipeline.ts';
import { printModule } from '../../fluxc/fir/print.ts';
import { verifyModule } from '../../fluxc/fir/verify.ts';
import { firModule } from '../fir/text.ts';

const FOLDER = fileURLToPath(new URL('cases', import.meta.url));
const MODULE = 'module "case"\n';

/** The text behind the passes, without the module line. Throws if the FIR before or behind them is not sound. */
function transformed(passes: readonly string[], text: string): string {
  const module = firModule(MODULE + text);
  expect(verifyModule(module)).toEqual([]);
  for (const name of passes) {
    const pass = PASSES.find((candidate) => candidate.name === name);
    if (!pass) throw new Error(`there is no pass ${name}`);
    runPass(pass, module, { divisionWraps: false });
    expect(verifyModule(module)).toEqual([]);
  }
  return printModule(module).slice(MODULE.length).trim() + '\n';
}

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.fir')).sort()) {
  const path = join(FOLDER, file);
  const [head, ...cases] = readFileSync(path, 'utf8').split(/^; case: /m);
  const passes = head!.split('\n')[0]!.replace('; passes: ', '').split(' ');
  const rewritten: string[] = [];
  describe(file, () => {
    for (const text of cases) {
      const [title] = text.split('\n', 1);
      const [input, expected] = text.slice(title!.length + 1).split('; expect\n');
      test(title!, () => {
        const result = transformed(passes, input!);
        rewritten.push(`${title}\n${input}; expect\n${result}`);
        if (process.env.UPDATE && rewritten.length === cases.length) {
          writeFileSync(path, [head, ...rewritten].join('\n; case: ').replace(/\n+; case: /g, '\n\n; case: '));
        }
        if (!process.env.UPDATE) expect(result).toBe(expected!.trim() + '\n');
      });
    }
  });
}
