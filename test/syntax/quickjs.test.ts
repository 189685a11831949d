/** The parser runs in QuickJS as in Node: same reports, within the stack that QuickJS gives, and without a hang. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { newQuickJSWASMModule } from 'quickjs-emscripten';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseDocument } from './parse.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ENTRY = `
  import { Sources } from './fluxc/base/source.ts';
  import { Diagnostics } from './fluxc/diagnostics/diagnostic.ts';
  import { parseModule } from './fluxc/lang/parser.ts';
  export function parse(text) {
    const sources = new Sources();
    const diagnostics = new Diagnostics();
    const host = { read: () => null, evaluate: () => ({ ok: true, json: '[1,4,9]' }) };
    const module = parseModule(sources.add('test/doc.flux.md', text), diagnostics, host);
    return JSON.stringify([module, diagnostics.list]);
  }`;

const evaluate = () => ({ ok: true as const, json: '[1,4,9]' });
const fixture = (name: string) => readFileSync(new URL(`../document/fixtures/${name}.flux.md`, import.meta.url),
  'utf8');
const body = (code: string) => `## fn f()\n\n\`\`\`flux\n${code}\n\`\`\`\n`;

describe('in QuickJS', () => {
  let parse: (text: string) => string;

  beforeAll(async () => {
    const { outputFiles } = await build({
      stdin: { contents: ENTRY, resolveDir: root, loader: 'ts' }, bundle: true, write: false, format: 'iife',
      globalName: 'fluxc', target: 'es2020', platform: 'neutral', mainFields: ['module', 'main'], minify: false,
    });
    const quickjs = await newQuickJSWASMModule();
    const context = quickjs.newContext();
    // What the device gives its interpreter.
    context.runtime.setMaxStackSize(900 * 1024);
    const run = (code: string): string => {
      const result = context.unwrapResult(context.evalCode(code));
      const text = String(context.dump(result));
      result.dispose();
      return text;
    };
    run(outputFiles[0]!.text);
    parse = (text) => run(`fluxc.parse(${JSON.stringify(text)})`);
  });

  test.each(['everything', 'scheduler', 'serial'])('%s', (name) => {
    const text = fixture(name);
    const { module, diagnostics } = parseDocument(text, evaluate);
    expect(parse(text)).toBe(JSON.stringify([module, diagnostics.list]));
  });

  const deep: [string, string][] = [
    ['parentheses', '('.repeat(3000)],
    ['all levels of operators', 'x = ' + 'a || b && c == d | e & f << g + h * (-'.repeat(300)],
    ['arguments', 'x = ' + 'f(a or '.repeat(1000)],
    ['matches', 'match a { _ => '.repeat(1000)],
    ['blocks', 'if a { while b { '.repeat(1000)],
    ['else if', 'if a { }' + ' else if a { }'.repeat(1000)],
    ['types', 'let a: ' + '?*[]'.repeat(1000)],
  ];
  test.each(deep)('deep %s', (_, code) => {
    const list = JSON.parse(parse(body(code)))[1] as { code: string }[];
    expect(list.map((diagnostic) => diagnostic.code)).toContain('FX0213');
  });

  test('5,000 lines take seconds, not minutes', () => {
    const line = 'let total = first.value + (second[3] << 2) // a comment\n';
    const list = JSON.parse(parse(body(line.repeat(5_000))))[1] as unknown[];
    expect(list).toEqual([]);
  }, 30_000);
});
