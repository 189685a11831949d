import { describe, expect, test } from 'vitest';
import { expression, parseDocument, reportsOf } from './parse.ts';
import { printExpr, printType } from './print.ts';

const cases: [string, string][] = [
  ['1 + 2 * 3 - 4', '((1 + (2 * 3)) - 4)'],
  ['a || b && c == d | e ^ f & g << h + i * j', '(a || (b && (c == ((d | e) ^ (f & (g << (h + (i * j))))))))'],
  ['a * b + c << d & e ^ f == g && h || i', '(((((((a * b) + c) << d) & e) ^ f) == g) && h) || i)'.replace(/^/, '(')],
  ['a & b == c', '((a & b) == c)'],
  ['1 << x % 64', '(1 << (x % 64))'],
  ['~(1 << n) & -m', '((~(1 << n)) & (-m))'],
  ['-a as u64 * b as u32', '(((-a) as u64) * (b as u32))'],
  ['a as u8 as u32 + 1', '(((a as u8) as u32) + 1)'],
  ['a as u32 < b', '((a as u32) < b)'],
  ['!a.b(c)[d].*.e', '(!a.b(c)[d].*.e)'],
  ['&a.b', '(&a.b)'],
  ['- -a', '(-(-a))'],
  ['try read(x).y + 1', '((try read(x).y) + 1)'],
  ['head or return null', '(head or <return null>)'],
  ['head or return', '(head or <return>)'],
  ['head or break', '(head or <break>)'],
  ['a or b or c + 1', '(a or (b or (c + 1)))'],
  ['a or unreachable', '(a or <unreachable>)'],
  ['a or trap("no")', '(a or <trap("no")>)'],
  ['f(a or return 1, b or continue)', 'f((a or <return 1>), (b or <continue>))'],
  ['make(1, priority: 10, in: x)', 'make(1, priority: 10, in: x)'],
  ['.busy', '.busy'],
  ['a == .busy && !b', '((a == .busy) && (!b))'],
  ['xs[1..n - 1]', 'xs[1..(n - 1)]'],
  ['xs[..]', 'xs[..]'],
  ['xs[i..][..4]', 'xs[i..][..4]'],
  ['[1, 2, 3,]', '[1, 2, 3]'],
  ['[]', '[]'],
  ['[[0; 4]; 2]', '[[0; 4]; 2]'],
  ['size_of([4]*Pair) + align_of(a.B)', '(size_of([4]*Pair) + align_of(a.B))'],
  ['size_of', 'size_of'],
  ['match x { .a, .b => 1, 0..=9 => 2, 3 + 1..5 => 3, _ => y or z }',
    "match x { .a | .b => 1, 0..=9 => 2, (3 + 1)..5 => 3, _ => (y or z) }"],
  ['match x {\n .a => 1\n\n .b => { stop() }\n c.D => return .busy,\n "s" => y = 1\n}',
    'match x { .a => 1, .b => { stop() }, c.D => { return .busy }, "s" => { y = 1 } }'],
  ['(\n  1\n  +\n  2\n)', '(1 + 2)'],
  ['f(\n  a,\n  b,\n)', 'f(a, b)'],
  ['a +\n  b', '(a + b)'],
  ['f(match a {\n _ => 1\n})', 'f(match a { _ => 1 })'],
  ['true && false == null', '(true && (false == null))'],
];

describe('expressions', () => {
  test.each(cases)('%s', (code, printed) => expect(printExpr(expression(code))).toBe(printed));

  const literals: [string, string][] = [
    ['0xFFFF_FFFF_FFFF_FFFF', '4294967295:4294967295'],
    ['18446744073709551615', '4294967295:4294967295'],
    ['9_223_372_036_854_775_808', '2147483648:0'],
    ['4294967296', '1:0'],
    ['0b1010_0101', '165'],
    ['0o777', '511'],
    ['0XaB', '171'],
    ['0', '0'],
    ['1.5', 'f1.5'],
    ['1e3', 'f1000'],
    ['2.5e-3', 'f0.0025'],
    ['1_0.2_5', 'f10.25'],
    ["'a'", "'97'"],
    ["'\\n'", "'10'"],
    ["'\\x7f'", "'127'"],
    ["'\\''", "'39'"],
    ['"a\\tb\\"\\\\\\0\\x41\\u{e9}é"', '"a\\tb\\"\\\\\\u0000AÃ©Ã©"'],
    ['""', '""'],
    ['"\\u{1F600}"', JSON.stringify(Buffer.from('😀').toString('latin1'))],
  ];
  test.each(literals)('literal %s', (code, printed) => expect(printExpr(expression(code))).toBe(printed));

  const types = [
    'u32', 'process.Process', '*T', '?*T', '!T', '!', '[4]u8', '[(N * 2)]*T', '[]?u8', 'fn()', 'fn(u32, *T): !u64',
      '?fn(*a.B): *a.B',
    '[2][3]u8', '!?*T', 'fn(): !', 'fn(fn(): u8): fn(): u8',
  ];
  test.each(types)('type %s', (type) => {
    const { module, reports } = parseDocument(`## static x: ${type}\n`);
    expect(reports).toEqual([]);
    const [decl] = module.decls;
    expect(decl?.kind === 'static' && printType(decl.type)).toBe(type);
  });

  const errors: [string, string[]][] = [
    ['x = ', ['FX0210 1:4']],
    ['x = a < b < c', ['FX0214 1:11']],
    ['x = a == b != c', ['FX0214 1:12']],
    ['x = if a { 1 } else { 2 }', ['FX0218 1:5']],
    ['x = *p', ['FX0219 1:5']],
    ['x++', ['FX0219 1:3']],
    ['x = 0..3', ['FX0221 1:6']],
    ['x = 0x', ['FX0203 1:5']],
    ['x = 12ab + 1', ['FX0203 1:5']],
    ['x = 0b12', ['FX0203 1:5']],
    ['x = 18446744073709551616', ['FX0204 1:5']],
    ['x = 1e999', ['FX0204 1:5']],
    ['x = "abc', ['FX0202 1:5']],
    ["x = 'a", ['FX0202 1:5']],
    ["x = 'ab'", ['FX0206 1:5']],
    ["x = ''", ['FX0206 1:5']],
    ["x = 'é'", ['FX0206 1:5']],
    ['x = "\\q\\x1\\u{110000}\\u{d800}\\u{}"',
      ['FX0205 1:6', 'FX0205 1:8', 'FX0205 1:11', 'FX0205 1:21', 'FX0205 1:29']],
    ['x = größe + 1', ['FX0201 1:7']],
    ['x = “a”', ['FX0201 1:5']],
    ['x = a $ b', ['FX0201 1:7']],
    ['f(a: 1, 2)', ['FX0227 1:9']],
    ['x = (1 + 2\ny = 3\nz = ', ['FX0210 1:11', 'FX0210 3:4']],
    ['f(a, b\ng(c)\nlet y = ]', ['FX0210 1:7', 'FX0210 3:9']],
    ['x = [1, 2\nreturn x', ['FX0210 1:10']],
    ['f("abc)\ng(]', ['FX0202 1:3', 'FX0210 2:3']],
    ['x = a.1', ['FX0210 1:7']],
    ['x = f(1 2)', ['FX0210 1:9']],
    ['x = match a { .b 1\n .c => 2\n .d => }', ['FX0210 1:18', 'FX0210 3:8']],
    ['x = match { _ => 1 }\ny = ', ['FX0210 1:11', 'FX0210 2:4']],
    ['x = 1 as', ['FX0210 1:9']],
  ];
  test.each(errors)('error in %s', (code, reports) => expect(reportsOf(code)).toEqual(reports));
});
