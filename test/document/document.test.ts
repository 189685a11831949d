import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Sources, type Source, type Span } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { readDocument } from '../../fluxc/document/document.ts';
import { readFrontMatter } from '../../fluxc/document/front-matter.ts';
import { readMarkdown } from '../../fluxc/document/markdown.ts';
import { readTable } from '../../fluxc/document/table.ts';
import { parseModule } from '../../fluxc/lang/parser.ts';
import { spannedNodes } from './tree.ts';

function read<T>(text: string, reader: (source: Source, diagnostics: Diagnostics) => T) {
  const sources = new Sources();
  sources.add('other.flux.md', 'x\ny\n');
  const source = sources.add('test.flux.md', text);
  const diagnostics = new Diagnostics();
  const value = reader(source, diagnostics);
  const cut = (span: Span) => source.text.slice(span.start - source.base, span.end - source.base);
  return { value, cut, codes: diagnostics.list.map(({ code }) => code), source };
}

describe('front matter', () => {
  const cases: [string, string, Record<string, string[]>][] = [
    ['plain values', '---\nmodule: a.b\ntitle: "A: b"\nempty:\n---\n', { module: ['a.b'], title: ['A: b'], empty: [] }],
    ['a list', "---\nuses: [a, 'b' , c.d ]\n---", { uses: ['a', 'b', 'c.d'] }],
    ['an empty list', '---\nuses: []\n---', { uses: [] }],
    ['a list over lines', '---\nuses: [\n  a,\n  b.c,\n]\nmodule: x\n---', { uses: ['a', 'b.c'], module: ['x'] }],
    ['a list of dashes', '---\nuses:\n  - a\n  - b\nmodule: x\n---', { uses: ['a', 'b'], module: ['x'] }],
    ['comments and blank lines', '---\n# note: this\n\nmodule: x\n---', { module: ['x'] }],
    ['none', 'module: x\n---\n', {}],
    ['behind a byte order mark', '\ufeff---\nmodule: x\n---\n', { module: ['x'] }],
  ];
  test.each(cases)('%s', (_, text, expected) => {
    for (const variant of [text, text.replace(/\n/g, '\r\n')]) {
      const { value, cut, codes } = read(variant, readFrontMatter);
      expect(codes).toEqual([]);
      const found = [...value.entries].map(([key, entry]) => [key, entry.items.map((item) => item.text)]);
      expect(Object.fromEntries(found)).toEqual(expected);
      for (const [key, entry] of value.entries) {
        expect(cut(entry.key.span)).toBe(key);
        for (const item of entry.items) expect(cut(item.span)).toBe(item.text);
      }
    }
  });
});

describe('blocks', () => {
  const blocks = (text: string) => {
    const { value, cut, codes } = read(text, (source, diagnostics) => readMarkdown(source, 0, diagnostics));
    expect(codes).toEqual([]);
    return value.map((block) => {
      if (block.kind === 'heading') return `${block.level} ${cut(block.span)}`;
      if (block.kind === 'paragraph') return block.lines.map(cut).join('/');
      if (block.kind === 'item') return `${block.isNested ? '  ' : ''}${block.isOrdered ? '1.' : '-'} ${block.lines.map(cut).join('/')}`;
      return [block.language, ...block.words.map((word) => cut(word.span))].join(' ') +
        `: ${JSON.stringify(cut(block.content))}`;
    });
  };
  const cases: [string, string[]][] = [
    ['# A\n## B ##\n###  C # d \n#### #\n', ['1 A', '2 B', '3 C # d', '4 ']],
    ['A b\n===\n\nC\nd\n---\n', ['1 A b', '2 C\nd']],
    ['text\nmore\n\n   again', ['text/more', 'again']],
    ['```flux\na\n\nb\n```\n', ['flux: "a\\n\\nb\\n"']],
    ['```flux\n```', ['flux: ""']],
    ['~~~~ asm  arm64 x\n```\n~~~~~\n', ['asm arm64 x: "```\\n"']],
    ['1. a\n\n   ```flux\n   b\n   ```\n2. c\n', ['1. a', 'a', 'flux: "   b\\n"', '1. c', 'c']],
    ['- a: b,\n  c\n\n  d\n  * e\n\n+ f\n', ['- a: b,/c', 'a: b,/c', 'd', '  - e', 'e', '- f', 'f']],
    ['- - ```x\n    y\n    ```\n', ['- ', '  - ', 'x: "    y\\n"']],
    ['> # A\n> ```flux\n> a\n> ```\n', []],
    ['<!--\n# A\n-->\n\n<div>\n## B\n</div>\n', []],
    ['    # indented code\n', []],
    ['a\r\n\r\n## B\r\n```x\r\ny\r\n```', ['a', '2 B', 'x: "y\\r\\n"']],
    ['\ufeff# A\n', ['1 A']],
    ['\tx\n\n- a\n\n\t## B\n', ['- a', 'a', '2 B']],
    ['[a]: http://b\n| x |\n|---|\n', ['[a]: http://b/| x |/|---|']],
    ['a\u0000b\n\n## c\u0000\n', ['a\u0000b', '2 c\u0000']],
    ['', []],
  ];
  test.each(cases)('%j', (text, expected) => expect(blocks(text)).toEqual(expected));
});

describe('a fence that is never closed', () => {
  const outline = (text: string) => {
    const { value, cut, codes } = read(text, (source, diagnostics) => readMarkdown(source, 0, diagnostics));
    return [...value.map((block) => (block.kind === 'fence' ? `${block.language}: ${JSON.stringify(cut(block.content))}`
      : block.kind === 'heading' ? `# ${cut(block.span)}` : 'text')), ...codes];
  };
  const cases: [string, string[]][] = [
    ['```flux\na\n\n## B\n\n```flux\nc\n```\n', ['flux: "a\\n\\n"', '# B', 'flux: "c\\n"', 'FX0105']],
    ['```flux\na\n```asm arm64\nb\n```\n## C\n', ['flux: "a\\n"', 'asm: "b\\n"', '# C', 'FX0105']],
    ['```flux\na\n\n## B\n\ntext\n', ['flux: "a\\n\\n"', '# B', 'text', 'FX0105']],
    ['~~~text\na\n\n### B\n', ['text: "a\\n\\n"', '# B', 'FX0105']],
    ['```text\n## a\n```flux\n```\n', ['text: "## a\\n```flux\\n"']],
    ['````markdown\n```flux\n## a\n```\n````\n', ['markdown: "```flux\\n## a\\n```\\n"']],
    ['```asm arm64\n## a\nb\n```\n', ['asm: "## a\\nb\\n"']],
    ['```flux\na', ['flux: "a"', 'FX0105']],
  ];
  test.each(cases)('%j', (text, expected) => expect(outline(text)).toEqual(expected));

  test('hundreds of them', () => {
    expect(outline('```flux\n## a\n'.repeat(500)).filter((part) => part === 'FX0105').length).toBeGreaterThan(10);
  });
});

describe('tables', () => {
  const table = (text: string) => {
    const { value, cut, codes } = read(text, (source, diagnostics) => {
      const block = readMarkdown(source, 0, diagnostics).find(({ kind }) => kind !== 'item');
      return block?.kind === 'paragraph' ? readTable(source, block, diagnostics) : null;
    });
    return { rows: value && [value.head, ...value.rows].map((row) => row.cells.map(cut)), codes };
  };
  const cases: [string, string[][] | null][] = [
    ['| a | b |\n|---|---|\n| 1 | 2 |', [['a', 'b'], ['1', '2']]],
    ['a|b\n:-:|--\n1|2\n3', [['a', 'b'], ['1', '2'], ['3', '']]],
    ['|a|\n|-|\n||\n|  x  |', [['a'], [''], ['x']]],
    ['| a \\| b | `c \\| d` |\n| --- | --- |', [['a \\| b', '`c \\| d`']]],
    ['text before\n| a | b |\n|---|---|\n| 1 |', [['a', 'b'], ['1', '']]],
    ['| ä😀 | b |\r\n|---|---|\r\n|\tü\t| 2 |\r\n', [['ä😀', 'b'], ['ü', '2']]],
    ['- | a |\n  |---|\n  | 1 |', [['a'], ['1']]],
    ['| a | b |\n| 1 | 2 |', null],
    ['no | table', null],
    ['a\n-|-', null],
  ];
  test.each(cases)('%j', (text, rows) => expect(table(text)).toEqual({ rows, codes: [] }));

  test('rows and heads that do not fit are reported', () => {
    expect(table('|a|b|\n|---|---|\n|1|2|3|')).toEqual({ rows: [['a', 'b'], ['1', '2']], codes: ['FX0107'] });
    expect(table('|a|b|\n|---|\n|1|2|')).toEqual({ rows: [['a', 'b'], ['1', '2']], codes: ['FX0108'] });
  });
});

describe('sections', () => {
  const outline = (text: string) => {
    const words = ['fn', 'const'];
    const { value } = read(text,
      (source, diagnostics) => readDocument(source, (word) => words.includes(word), diagnostics));
    return value.sections.map(({ keyword, level, fences, tables }) =>
      `${keyword ?? '-'} ${level}: ${[...fences.map((fence) => fence.language), ...tables.map(() => 'table')].join(' ')}`.trim());
  };
  const cases: [string, string[]][] = [
    ['```a\n```\n# T\n```b\n```\n## fn f\n```c\n```\n### Why\n```d\n```\n## Next\n```e\n```',
      ['- 0: a', '- 1: b', 'fn 2: c d', '- 2: e']],
    ['## fn f\n```a\n```\n### fn g\n```b\n```\n#### More\n```c\n```\n### Notes\n```d\n```\n# T\n```e\n```',
      ['- 0:', 'fn 2: a d', 'fn 3: b c', '- 1: e']],
    ['# fn f\n```a\n```\n## fnord\n## Fn\n## `const`\n|a|\n|-|\n',
      ['- 0:', '- 1: a', '- 2:', '- 2:', 'const 2: table']],
  ];
  test.each(cases)('%j', (text, expected) => expect(outline(text)).toEqual(expected));

  test('the lists and blocks of a section by their heading, and which list is which', () => {
    const text = '## fn f\n- a: 1\n- b: 2\n\ntext\n\n- c\n### One\n1. d\n   - e\n```x\n```\n### fn g\n- f\n### Two\n- g\n';
    const { value, cut } = read(text, (source, diagnostics) => readDocument(source, (word) => word === 'fn', diagnostics));
    const shown = value.sections.slice(1).map(({ parts }) => parts.map(({ heading, fences, items }) => ({
      heading: cut(heading!.span), fences: fences.length, items: items.map(({ lines }) => lines.map(cut).join('/')),
    })));
    expect(shown).toEqual([
      [{ heading: 'fn f', fences: 0, items: ['a: 1', 'b: 2', 'c'] }, { heading: 'One', fences: 1, items: ['d', 'e'] },
        { heading: 'Two', fences: 0, items: ['g'] }],
      [{ heading: 'fn g', fences: 0, items: ['f'] }],
    ]);
    const lists = value.sections[1]!.parts[0]!.items.map(({ list }) => list);
    expect([lists[0] === lists[1], lists[0] === lists[2]]).toEqual([true, false]);
  });
});

describe('the model documents', () => {
  const names = ['everything', 'scheduler', 'serial'];
  test.each(names)('%s parses, and every node spans its text', (name) => {
    const path = fileURLToPath(new URL(`fixtures/${name}.flux.md`, import.meta.url));
    for (const text of [readFileSync(path, 'utf8'), readFileSync(path, 'utf8').replace(/\n/g, '\r\n')]) {
      const host = { read: () => null, evaluate: () => ({ ok: true as const, json: '[1,4,9]' }) };
      const { value, cut, codes, source } = read(text,
        (document, diagnostics) => parseModule(document, diagnostics, host));
      expect(codes).toEqual([]);
      for (const node of spannedNodes(value)) {
        expect(node.span.start).toBeGreaterThanOrEqual(source.base);
        expect(node.span.end).toBeLessThanOrEqual(source.base + text.length);
        const shown = cut(node.span);
        if (!('arch' in node)) expect(shown).toBe(shown.trim());
        if (node.kind === 'name') expect(shown).toBe((node as unknown as { name: string }).name);
        const isName = 'text' in node && !('arch' in node) && !shown.startsWith('test ');
        if (isName) expect(shown).toBe((node as { text: string }).text);
      }
    }
  });

  test('the scheduler has the declarations of its outline', () => {
    const path = fileURLToPath(new URL('fixtures/scheduler.flux.md', import.meta.url));
    const host = { read: () => null, evaluate: () => ({ ok: true as const, json: '0' }) };
    const { value } = read(readFileSync(path, 'utf8'),
      (document, diagnostics) => parseModule(document, diagnostics, host));
    expect(value.name).toBe('kernel.sched');
    expect(value.uses.map((name) => name.text)).toEqual(['kernel.process', 'kernel.trace', 'hal.cpu', 'hal.clock']);
    expect(value.decls.map((decl) => `${decl.isPublic ? '+' : '-'}${decl.kind} ${decl.name.text}`)).toEqual([
      '+const LEVELS', '+const SLICE', '+const BOOST', '+struct Level', '+struct Ready', '+static ready', '+fn enqueue',
      '+fn pick', '+fn tick', '+fn wake', '-fn highest', '-fn take', '+test test.0',
    ]);
  });
});
