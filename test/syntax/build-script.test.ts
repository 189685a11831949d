import { describe, expect, test } from 'vitest';
import { evaluateBuildScript } from '../../cli/build-script.ts';
import { declarations, fence, parseDocument } from './parse.ts';
import { printExpr } from './print.ts';

const value = (code: string) => {
  const result = evaluateBuildScript(code);
  return result.ok ? result.json : `${result.line}:${result.column} ${result.error}`;
};

describe('build blocks in QuickJS', () => {
  const cases: [string, string][] = [
    ['1 + 1', '2'],
    ['const squares = []\nfor (let i = 0; i < 4; i++) squares.push(i * i)\nsquares', '[0,1,4,9]'],
    ['{ A: 1, B: "é" }', '{"A":1,"B":"é"}'],
    ['({ a: 2n ** 64n - 1n, b: -0, c: 1.5, d: true })',
      '{"a":{"$bigint":"18446744073709551615"},"b":-0,"c":1.5,"d":true}'],
    ['new Uint8Array([1, 255])', '[1,255]'],
    ['[NaN, undefined, () => 1, new Map(), null]',
      '[{"$invalid":"NaN"},{"$invalid":"undefined"},{"$invalid":"a function"},{"$invalid":"an object with a prototype of its own"},null]'],
    ['Array.prototype.join = JSON.stringify = null; Object.prototype.toJSON = () => 7; [1, "a"]', '[1,"a"]'],
    ['[typeof Date, typeof Math.random, typeof WeakRef, typeof performance, typeof console, typeof process, typeof require].join()',
      '"undefined,undefined,undefined,undefined,undefined,undefined,undefined"'],
    ['globalThis.kept = 1', '1'],
    ['typeof kept', '"undefined"'],
    ['let a = 1\n  missing + 1', "2:3 ReferenceError: 'missing' is not defined"],
    ['{ A: 1,\n  B: missing }', "2:6 ReferenceError: 'missing' is not defined"],
    ['a b', "1:3 SyntaxError: expecting ';'"],
    ['new Date()', "1:5 ReferenceError: 'Date' is not defined"],
    ['throw 3', '0:0 it throws 3'],
    ['for (;;) { }', '0:0 it takes more steps than a build block may'],
    ['(function again() { return again() + 1 })()', '1:33 InternalError: stack overflow'],
    ['const list = []\nfor (;;) list.push(new Uint8Array(1 << 24))', '2:34 InternalError: out of memory'],
    ['1', '1'],
  ];
  test.each(cases)('%s', (code, expected) => expect(value(code)).toBe(expected));

  test('a list that holds itself ends in a message', () => {
    const { reports, diagnostics } = parseDocument(`## const a\n${fence('js build', 'const a = []; a[0] = a; a')}`,
      evaluateBuildScript);
    expect(reports).toEqual(['FX0151 2:1']);
    expect(diagnostics.list[0]!.message).toContain('nested too deep');
  });

  test('constants of a document', () => {
    const [a, b] =
      declarations(`## const\n${fence('js build', '{ A: 6 * 7 }')}\n## const b: [3]u8\n${fence('js build', '[1, 2, 3]')}`, evaluateBuildScript);
    expect(a?.kind === 'const' && printExpr(a.value)).toBe('42');
    expect(b?.kind === 'const' && printExpr(b.value)).toBe('[1, 2, 3]');
  });

  test('errors point into the document', () => {
    const { reports } = parseDocument(`# T\n\n## const a\n\n${fence('js build', '// one\nlet x = y')}`,
      evaluateBuildScript);
    expect(reports).toEqual(['FX0150 7:9']);
  });
});
