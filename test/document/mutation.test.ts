/**
 * Broken documents by the ten thousand: whatever the input, parsing ends, throws nothing, reports inside the document,
 * and its messages can be shown.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../../fluxc/diagnostics/render.ts';
import type { Host } from '../../fluxc/lang/host.ts';
import { parseModule } from '../../fluxc/lang/parser.ts';
import { SPELLINGS } from '../../fluxc/lang/tokens.ts';
import { Random } from '../random.ts';
import { treeHeight } from './tree.ts';

const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url));
const DOCUMENTS = readdirSync(FIXTURES).sort().map((name) => readFileSync(join(FIXTURES, name), 'utf8'));

const HOST: Host = {
  read: () => null,
  evaluate: (code) => (code.length % 2 ? { ok: true, json: '{"A":1,"B":[1,{"$bigint":"-5"}],"c d":2}' }
    : { ok: false, error: 'no', line: 1 + (code.length % 7), column: code.length % 11 }),
};

/** Whole numbers from 0 up to, not including, `limit`, the same every time. */
function randomNumbers(seed: number): (limit: number) => number {
  const random = new Random(seed);
  return (limit) => random.below(limit);
}

/** Parses `text` and checks what must hold of every document. */
function parse(text: string): Diagnostics {
  const sources = new Sources();
  sources.add('before.flux.md', 'x');
  const source = sources.add('mutated.flux.md', text);
  const diagnostics = new Diagnostics();
  const module = parseModule(source, diagnostics, HOST);
  for (const { span, notes } of diagnostics.list) {
    for (const at of [span, ...notes.map((note) => note.span)]) {
      if (!at) continue;
      const end = source.base + text.length;
      if (at.start < source.base || at.start > end || at.end < at.start || at.end > end + 1) {
        throw new Error(`a diagnostic points outside the document: ${JSON.stringify(diagnostics.list)}`);
      }
    }
  }
  if (treeHeight(module) > 1000) throw new Error('the tree is higher than the stages behind the parser can walk');
  return diagnostics;
}

const SIGNS = [
  '`', '```', '|', '#', '## ', '### fn ', '---', '\n', '\r\n', '\t', '\\', '"', "'", '\u0000', 'é', '😀', '\ud800', '[',
  '> ', '- ', '    ', ...SPELLINGS.slice(8), '```flux\n', '```asm arm64\n', '```js build\n', '0x', '1e', '9'.repeat(20),
  '| a | b |\n|---|---|\n',
];

function mutate(text: string, random: (limit: number) => number): string {
  const at = random(text.length + 1);
  const length = random(random(4) === 0 ? 400 : 12);
  switch (random(8)) {
    case 0: return text.slice(0, at) + text.slice(at + length);
    case 1: return text.slice(0, at) + text.slice(at, at + length) + text.slice(at);
    case 2: return text.slice(0, at);
    case 3: return text.slice(at);
    case 4: return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << random(8))) + text.slice(at + 1);
    case 5: {
      const other = random(text.length + 1);
      return text.slice(0, at) + text.slice(other, other + length) + text.slice(at + random(length + 1));
    }
    default: return text.slice(0, at) + SIGNS[random(SIGNS.length)] + text.slice(at + random(3));
  }
}

describe('mutated documents', () => {
  test('12,000 mutations of the model documents', () => {
    const random = randomNumbers(20261121);
    let broken = 0;
    for (let round = 0; round < 12_000; round++) {
      let text = DOCUMENTS[round % DOCUMENTS.length]!;
      for (let count = 1 + random(4); count > 0; count--) text = mutate(text, random);
      const diagnostics = parse(text);
      if (diagnostics.list.length > 0) broken++;
      if (round % 20 === 0) {
        const sources = new Sources();
        sources.add('before.flux.md', 'x');
        sources.add('mutated.flux.md', text);
        expect(renderDiagnostics(diagnostics.list, sources)).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
      }
    }
    expect(broken).toBeGreaterThan(4000);
  }, 60_000);

  test('3,000 soups of tokens in a function, a heading and a table', () => {
    const random = randomNumbers(7);
    for (let round = 0; round < 3_000; round++) {
      let soup = '';
      for (let count = random(60); count > 0; count--) {
        soup += random(3) === 0 ? ['a', 'b', '1', '"s"', ' ', '\n'][random(6)] : SIGNS[random(SIGNS.length)];
        if (random(2)) soup += ' ';
      }
      parse(`## fn f(a: u32): u32\n\n\`\`\`flux\n${soup}\n\`\`\`\n\n## const\n\n|name|value|\n|---|---|\n|\`A\`|1|\n`);
      parse(`# T\n\n\`\`\`flux\nfn f() { ${soup} }\nconst A = 1\n\`\`\``);
      parse(`## struct S\n\n|field|type|\n|---|---|\n|a|${soup}|\n`);
      parse(`---\n${soup}\n---\n## enum ${soup}\n\n${soup}`);
    }
  }, 60_000);
});

describe('depth', () => {
  const table = '| name | value |\n|---|---|\n| 1 | 2 |\n';
  const body = (code: string) => `## fn f()\n\n\`\`\`flux\n${code}\n\`\`\`\n\n## const\n\n${table}`;
  const chains = Array.from({ length: 60 }).reduce((code) => `match a { _ => f(${code})${' + 1'.repeat(20)} }`, 'x');
  const deep: [string, string][] = [
    ['parentheses', '('.repeat(9000) + ')'.repeat(900)],
    ['prefix operators', 'a = ' + '!-~&'.repeat(2000) + 'b'],
    ['a chain of operators', 'a = 1' + ' +\n 1'.repeat(5000)],
    ['chains in parentheses', 'a = ' + '('.repeat(150) + 'x' + (' + 1'.repeat(150) + ')').repeat(150)],
    ['blocks', '{\n'.repeat(5000) + '}\n'.repeat(5000)],
    ['else if', 'if a { }' + ' else if a { }'.repeat(3000)],
    ['members', 'a' + '.b'.repeat(9000)],
    ['calls', 'f' + '()'.repeat(4000)],
    ['indices', 'a[\n'.repeat(9000)],
    ['pointers', 'let a: ' + '*?'.repeat(4000) + 'T = b'],
    ['casts', 'a = b' + ' as u8'.repeat(1500)],
    ['matches', 'match a { _ =>\n'.repeat(3000)],
    ['function types', 'let a: ' + 'fn('.repeat(9000)],
    ['defers', 'defer '.repeat(1500) + 'f()'],
    ['or', 'a = b' + ' or b'.repeat(1900)],
    ['array types that count casts', 'a = ' + 'b as ['.repeat(1000)],
    ['chains in arms', String(chains)],
  ];
  test.each(deep)('%s', (_, code) => {
    const codes = parse(body(code)).list.map((diagnostic) => diagnostic.code);
    expect(codes).toContain('FX0213');
    // What comes after the section is read all the same.
    expect(codes).toContain('FX0210');
    expect(codes.filter((code) => code !== 'FX0213').length).toBeLessThan(4);
  });

  test('Markdown', () => {
    parse('> '.repeat(4000) + 'x');
    parse('- '.repeat(4000) + 'x\n'.repeat(50));
    parse('['.repeat(9000));
    parse('*'.repeat(9000) + 'a' + '_'.repeat(9000));
    parse('|'.repeat(9000) + '\n' + '|-'.repeat(4000));
    parse('a\n'.repeat(20000));
    parse('## ' + ' '.repeat(9000) + 'x');
    parse('<a ' + 'b '.repeat(4000));
    parse('`'.repeat(9000) + '\n' + '~'.repeat(9000));
  });

  test('a line of a million characters is refused, not read', () => {
    const codes = parse('## fn f()\n' + ' '.repeat(1_000_000) + '#\n').list.map((diagnostic) => diagnostic.code);
    expect(codes).toEqual(['FX0106', 'FX0120']);
  });
});
