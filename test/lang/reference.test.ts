/**
 * Every example of `docs/language.md` compiles, and its `expect`s hold. Blocks are gathered by `##` section:
 * declarations become one module with the statements as its tests; `wrong` statements give exactly their error.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILT_INS } from '../../fluxc/lang/check-builtin.ts';
import { BUILT_IN_TYPES } from '../../fluxc/lang/types.ts';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { Documents } from '../../fluxc/lang/documents.ts';
import { stubModule } from '../../fluxc/lang/syscall-stubs.ts';
import { HOST } from '../host.ts';
import { TRAP_NAMES } from '../../fluxc/fir/ops.ts';
import { compile, compileSound, describe as text, runTests, section as flux } from './program.ts';
import { AROUND } from './syscalls.ts';

/** What agents need around them: the kernel's own documents, and the module `call` that is made of them. */
const AGENTS: Record<string, string> = Object.fromEntries(
  ['kernel/interface', 'kernel/agent/messages'].map((name) => [`${name}.flux.md`, HOST.read(`${name}.flux.md`)!]),
);
const calls = stubModule(new Documents(HOST, new Sources(), new Diagnostics()))!;
AGENTS[calls.path] = calls.text;

interface Example {
  section: string;
  info: string;
  code: string;
  line: number;
}

const page = readFileSync(join(import.meta.dirname, '../../docs/language.md'), 'utf8');

function examples(): Example[] {
  const found: Example[] = [];
  let section = '';
  let open: { fence: string; example: Example } | null = null;
  page.split('\n').forEach((line, index) => {
    if (open) {
      if (line.startsWith(open.fence) && line.trim() === open.fence) {
        found.push(open.example);
        open = null;
      } else open.example.code += `${line}\n`;
      return;
    }
    if (line.startsWith('## ')) section = line.slice(3);
    const fence = /^(`{3,})(.+)$/.exec(line);
    if (fence) open = { fence: fence[1]!, example: { section, info: fence[2]!.trim(), code: '', line: index + 1 } };
  });
  return found;
}

describe('docs/language.md', () => {
  const all = examples();
  const head = '---\nmodule: example\nuses: [kernel.error]\n---\n\n';
  const declarationsOf = (section: string) => all
    .filter((example) => example.section === section && example.info === 'flux declarations')
    .map(({ code }) => flux('Declarations', code)).join('');

  test('has examples of every kind', () => {
    const count = (info: RegExp) => all.filter((example) => info.test(example.info)).length;
    expect(count(/^flux$/)).toBeGreaterThan(15);
    expect(count(/^flux declarations$/)).toBeGreaterThan(5);
    expect(count(/^flux wrong FX\d{4}$/)).toBeGreaterThan(10);
    expect(count(/^markdown$/)).toBeGreaterThan(3);
    expect(all.length).toBe(count(/^flux( declarations| wrong FX\d{4})?$|^markdown$/));
  });

  for (const section of new Set(all.map((example) => example.section))) {
    const own = all.filter((example) => example.section === section);
    test(section, () => {
      const statements = own.filter(({ info }) => info === 'flux');
      const body = statements.map(({ code, line }) => flux(`test line ${line}`, code)).join('');
      const compiled = compileSound({ 'example.flux.md': head + declarationsOf(section) + body });
      expect(compiled.diagnostics.list).toEqual([]);
      expect(runTests(compiled)).toEqual(statements.map(({ line }) => `line ${line}: passed`));
    });
  }

  for (const { section, info, code, line } of all.filter((example) => example.info.startsWith('flux wrong'))) {
    test(`line ${line}: ${info}`, () => {
      const compiled = compile({ 'example.flux.md': head + declarationsOf(section) + flux('fn wrong()', code) });
      const codes = compiled.diagnostics.list.map((diagnostic) => diagnostic.code);
      expect(codes, text(compiled).join('\n')).toEqual([info.slice('flux wrong '.length)]);
    });
  }

  for (const { code, line } of all.filter((example) => example.info === 'markdown')) {
    test(`the document at line ${line}`, () => {
      const around = code.includes('## syscalls') ? AROUND : AGENTS;
      const compiled = compileSound({ ...around, 'example.flux.md': code }, { arch: 'x86_64' });
      expect(compiled.diagnostics.list).toEqual([]);
      for (const result of runTests(compiled)) expect(result).toMatch(/: passed$/);
    });
  }

  test('names every built-in function, type and trap that programs can raise', () => {
    for (const name of BUILT_INS.keys()) expect(page).toContain(`\`${name}(`);
    for (const name of BUILT_IN_TYPES.keys()) expect(page).toContain(`\`${name}\``);
    const table = page.slice(page.indexOf('## Traps'), page.indexOf('## Tests'));
    for (const [, code, name] of table.matchAll(/^\| (\d+) \| `(\w+)` \|/gm)) {
      expect(TRAP_NAMES[Number(code)]).toBe(name);
    }
  });
});
