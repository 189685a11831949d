import { describe, expect, test } from 'vitest';
import { fence, parseDocument, reportsOf, statements } from './parse.ts';
import { printStmt } from './print.ts';

const cases: [string, string[]][] = [
  ['let a = 1, b: u8 = 2', ['let a = 1', 'let b: u8 = 2']],
  ['let a = 1,\n    b = 2', ['let a = 1', 'let b = 2']],
  ['var c: [4]u8\nvar d = 1', ['var c: [4]u8', 'var d = 1']],
  ['a = 1\na.b += 2\na[i] -= 3\np.* *= 4\na /= 5\na %= 6\na &= 7\na |= 8\na ^= 9\na <<= 1\na >>= 1',
    ['a = 1', 'a.b += 2', 'a[i] -= 3', 'p.* *= 4', 'a /= 5', 'a %= 6', 'a &= 7', 'a |= 8', 'a ^= 9', 'a <<= 1',
      'a >>= 1']],
  ['if a { b() } else if c { d() } else { e() }', ['if a { b() } else { if c { d() } else { e() } }']],
  ['if a { b() }\nelse { c() }\nd()', ['if a { b() } else { c() }', 'd()']],
  ['if let p = head { } else { }', ['if let p = head {} else {}']],
  ['while var x = next() { x = 1 }', ['while var x = next() { x = 1 }']],
  ['while true { break }\nwhile a { continue }', ['while true { break }', 'while a { continue }']],
  ['for i in 0..n { }', ['for i in 0..n {}']],
  ['for i in reverse 0..=n - 1 { }', ['for i in reverse 0..=(n - 1) {}']],
  ['for x in reverse(list) { }', ['for x in reverse(list) {}']],
  ['for x in reverse { }', ['for x in reverse {}']],
  ['for x in list { }\nfor i, x in list[1..2] { }', ['for x in list {}', 'for i, x in list[1..2] {}']],
  ['return', ['return']],
  ['if a { return }', ['if a { return }']],
  ['return a or\n  b', ['return (a or b)']],
  ['defer close(f)\ndefer { a = 1 }', ['defer { close(f) }', 'defer { a = 1 }']],
  ['{\n a()\n\n\n b() }', ['{ a(); b() }']],
  ['a() // comment; not code\n// b()\nc()', ['a()', 'c()']],
  ['match a { _ => b() }\nc()', ['match a { _ => b() }', 'c()']],
  ['f(a,\n  b)\ng()', ['f(a, b)', 'g()']],
  ['p.*\nq()', ['p.*', 'q()']],
  ['try f()', ['(try f())']],
  ['', []],
];

describe('statements', () => {
  test.each(cases)('%s', (code, printed) => expect(statements(code).map(printStmt)).toEqual(printed));
  test.each(cases)('%s, with CRLF', (code, printed) => {
    expect(statements(code.replace(/\n/g, '\r\n')).map(printStmt)).toEqual(printed);
  });

  const errors: [string, string[]][] = [
    ['let = 1\nlet b = ', ['FX0210 1:5', 'FX0210 2:8']],
    ['let a', ['FX0210 1:6']],
    ['let a: u8', ['FX0210 1:10']],
    ['let in = 1', ['FX0217 1:5']],
    ['let a = 1; b()\nc();', ['FX0215 1:10', 'FX0215 2:4']],
    ['a()\n  + b\nc )', ['FX0216 2:3', 'FX0210 3:3']],
    ['a()\n  .b()\n', ['FX0216 2:3']],
    ['a()\nor return', ['FX0216 2:1']],
    ['if a = b { c( }\nd(', ['FX0220 1:6', 'FX0210 1:15', 'FX0210 2:3']],
    ['if { a() }\nb(', ['FX0210 1:4', 'FX0210 2:3']],
    ['if a b() }\nc(', ['FX0210 1:6', 'FX0210 2:3']],
    ['if a\n{ b() }', ['FX0210 1:5']],
    ['while x {\n  if a b() }\n}\nc(', ['FX0210 2:8', 'FX0210 4:3']],
    ['1 = a\nf() = 2\n&x = 3', ['FX0225 1:1', 'FX0225 2:1', 'FX0225 3:1']],
    ['a }\nb(', ['FX0212 1:3', 'FX0210 2:3']],
    ['while a {\n b()', ['FX0211 1:9']],
    ['while a {\n    if b {\n        c()\n}\nd(', ['FX0210 5:3', 'FX0211 2:10']],
    ['if a {\n  while b {\n    match c {\n', ['FX0211 3:13']],
    ['fn g() { }\na(', ['FX0223 1:1', 'FX0210 2:3']],
    ['a()\n@inline\nb(', ['FX0226 2:1', 'FX0210 3:3']],
    ['for in a { }', ['FX0210 1:5']],
    ['for i of a { b( }', ['FX0210 1:7', 'FX0210 1:17']],
    ['for i, j in 0..3 { }', ['FX0210 1:5']],
    ['for i in reverse n { }', ['FX0210 1:20']],
    ['a b', ['FX0210 1:3']],
    ['a $$ b\nc(', ['FX0201 1:3', 'FX0201 1:4', 'FX0210 2:3']],
    ['let a = (((1\nlet b = 2\nlet c = )', ['FX0210 1:13', 'FX0210 3:9']],
    ['defer', ['FX0210 1:6']],
    ['x = a[1', ['FX0210 1:8']],
  ];
  test.each(errors)('error in %s', (code, reports) => {
    expect(reportsOf(code).sort()).toEqual([...reports].sort());
  });

  test('a broken statement leaves the others of its function and of other sections', () => {
    const { module, reports } = parseDocument(
      `## fn a()\n\n${fence('flux', 'let x = (\none()\nlet y = }\ntwo()')}\n## fn b()\n\n${fence('flux', 'while {')}\n` +
      `## fn c()\n\n${fence('flux', 'three()')}`,
    );
    expect(reports).toEqual(['FX0210 5:6', 'FX0210 6:9', 'FX0210 13:7', 'FX0211 13:7']);
    const bodies =
      module.decls.map((decl) => (decl.kind === 'fn' && decl.body ? decl.body.statements.map(printStmt) : null));
    expect(bodies[0]).toContain('two()');
    expect(bodies[2]).toEqual(['three()']);
  });
});
