import { describe, expect, test } from 'vitest';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { errorReference } from '../../fluxc/diagnostics/reference.ts';
import { CATALOGUE } from '../../fluxc/diagnostics/catalogue.ts';
import { COLOURED, renderDiagnostics, toJson } from '../../fluxc/diagnostics/render.ts';

function setup(text: string) {
  const sources = new Sources();
  const first = sources.add('a/first.flux.md', 'one\ntwo\n');
  const source = sources.add('b.flux.md', text);
  const diagnostics = new Diagnostics();
  const span = (part: string) => {
    const start = source.base + text.indexOf(part);
    return { start, end: start + part.length };
  };
  return { sources, first, source, diagnostics, span };
}

describe('rendering', () => {
  test('place, frame, help and notes', () => {
    const { sources, first, diagnostics, span } = setup('x\n\nlet a = (1 + 2\n');
    diagnostics.report('FX0210', span('2'), '`)`',
      'the end').notes.push({ span: { start: first.base + 4, end: first.base + 7 }, text: 'here' });
    diagnostics.report('FX0217', span('let'), 'let');
    expect(renderDiagnostics(diagnostics.list, sources)).toBe([
      'b.flux.md:3:1: error[FX0217]: `let` is a word of the language, not a name', '  |', '3 | let a = (1 + 2',
        '  | ^^^',
      '  = help: choose another name', '',
      'b.flux.md:3:14: error[FX0210]: expected `)`, found the end', '  |', '3 | let a = (1 + 2', '  |              ^',
      '  = note: a/first.flux.md:2:1: here', '',
    ].join('\n'));
  });

  test('without a place', () => {
    const { sources, diagnostics } = setup('x');
    diagnostics.report('FX0116', null, 'nowhere.flux.md');
    expect(renderDiagnostics(diagnostics.list, sources)).toBe(
      'error[FX0116]: there is no document `nowhere.flux.md`\n' +
      ' = help: give the path of a file that ends in `.flux.md`, or the name of a module\n',
    );
  });

  test('marks stand under their text: tabs, characters of two units, the end of a line, several lines', () => {
    const { sources, diagnostics, span, source } = setup('\ta\t=\tbc\n"😀ä" d\ne\nfour\nfive');
    for (const part of ['bc', 'd', 'e\nfour']) diagnostics.report('FX0217', span(part), part.slice(0, 1));
    diagnostics.report('FX0210', source.base + source.text.length, 'x', 'y');
    const lines = renderDiagnostics(diagnostics.list, sources).split('\n');
    const frames = lines.filter((line) => /^\d* *\|./.test(line));
    expect(frames).toEqual([
      '1 |     a    =    bc', '  |               ^^', '2 | "😀ä" d', '  |      ^', '3 | e', '  | ^', '5 | five',
        '  |     ^',
    ]);
  });

  test('long lines are cut around the marks', () => {
    const { sources, diagnostics, span } = setup('a'.repeat(500) + 'HERE' + 'b'.repeat(500));
    diagnostics.report('FX0217', span('HERE'), 'x');
    const [, , code, marks] = renderDiagnostics(diagnostics.list, sources).split('\n');
    expect(code!.length).toBeLessThan(130);
    expect(code!.slice(marks!.indexOf('^'), marks!.lastIndexOf('^') + 1)).toBe('HERE');
  });

  test('a document cannot send control sequences to the terminal', () => {
    const { sources, diagnostics, span } = setup('a \x1b[31m\u202e b\x07');
    diagnostics.report('FX0201', span('\x1b'), '\x1b[2J');
    expect(renderDiagnostics(diagnostics.list, sources)).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\u202e]/);
  });

  test('colours come from the palette and change nothing else', () => {
    const { sources, diagnostics, span } = setup('a b');
    diagnostics.report('FX0115', span('b'), 'b');
    const coloured = renderDiagnostics(diagnostics.list, sources, COLOURED);
    expect(coloured).toContain('\x1b[33mwarning[FX0115]\x1b[0m');
    expect(coloured.replace(/\x1b\[\d+m/g, '')).toBe(renderDiagnostics(diagnostics.list, sources));
  });

  test('thousands of errors end in a count', () => {
    const { sources, source, diagnostics } = setup('x'.repeat(3000));
    for (let i = 0; i < 3000; i++) diagnostics.report('FX0201', source.base + i, 'x');
    expect(renderDiagnostics(diagnostics.list, sources).split('\n').slice(-2)).toEqual(['… and 2900 more', '']);
  });

  test('JSON', () => {
    const { sources, first, diagnostics, span } = setup('x\nyy zz\n');
    diagnostics.report('FX0217', span('zz'),
      'zz').notes.push({ span: { start: first.base, end: first.base + 3 }, text: 'n' });
    diagnostics.report('FX0116', null, 'm');
    const list = toJson(diagnostics.list, sources);
    expect(JSON.parse(JSON.stringify(list))).toEqual([
      {
        code: 'FX0116', severity: 'error', message: 'there is no document `m`', place: null, notes: [],
        help: 'give the path of a file that ends in `.flux.md`, or the name of a module',
      },
      {
        code: 'FX0217', severity: 'error', message: '`zz` is a word of the language, not a name',
          help: 'choose another name',
        place: { path: 'b.flux.md', line: 2, column: 4, endLine: 2, endColumn: 6 },
        notes: [{ message: 'n', place: { path: 'a/first.flux.md', line: 1, column: 1, endLine: 1, endColumn: 4 } }],
      },
    ]);
  });
});

test('the reference has a section for every code', () => {
  const text = errorReference();
  for (const code of Object.keys(CATALOGUE)) expect(text.split(`### ${code}\n`).length).toBe(2);
  expect(text).not.toContain('{}');
});
