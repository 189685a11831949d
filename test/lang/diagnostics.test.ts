/**
 * Golden diagnostics: each file in `errors/` is a document (further ones follow behind lines `=== path`), and behind
 * `--- diagnostics ---` what the compiler says about it. `UPDATE=1` writes what it says now.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CHECK_MESSAGES } from '../../fluxc/diagnostics/check-messages.ts';
import { compile, describe as text } from './program.ts';

const folder = join(import.meta.dirname, 'errors');
const MARK = '--- diagnostics ---\n';

function parts(content: string): { documents: Record<string, string>; expected: string } {
  const at = content.indexOf(MARK);
  const documents: Record<string, string> = {};
  for (const part of `=== main.flux.md\n${content.slice(0, at)}`.split(/^=== /m).slice(1)) {
    const end = part.indexOf('\n');
    documents[part.slice(0, end)] = part.slice(end + 1);
  }
  return { documents, expected: content.slice(at + MARK.length) };
}

describe('diagnostics', () => {
  const seen = new Set<string>();
  for (const file of readdirSync(folder).sort()) {
    test(file, () => {
      const path = join(folder, file);
      const content = readFileSync(path, 'utf8');
      const { documents, expected } = parts(content);
      // A document without `kernel.error` shows what its absence means.
      const withErrors = Object.values(documents).some((document) => document.includes('kernel.error'));
      const compiled = compile(documents, {}, { withErrors });
      const said = `${text(compiled).join('\n')}\n`;
      for (const { code } of compiled.diagnostics.list) seen.add(code);
      if (process.env['UPDATE']) writeFileSync(path, content.slice(0, content.indexOf(MARK)) + MARK + said);
      else expect(said).toBe(expected);
      expect(compiled.module.symbols).toEqual([]);
    });
  }

  test('every message of the checker is shown', () => {
    expect(Object.keys(CHECK_MESSAGES).filter((code) => !seen.has(code))).toEqual([]);
  });

  test('every gap is filled', () => {
    for (const file of readdirSync(folder)) {
      const said = readFileSync(join(folder, file), 'utf8').split(MARK)[1]!;
      expect(said).not.toMatch(/\{\}|undefined|``/);
    }
  });
});
