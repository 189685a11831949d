import { describe, expect, test } from 'vitest';
import type { Decl } from '../../fluxc/lang/ast.ts';
import { systemEncoding } from '../../fluxc/lang/register-table.ts';
import { declarations, fence, parseDocument } from './parse.ts';
import { printBlock, printExpr, printType } from './print.ts';

/** A declaration on one line or a few, without places. */
function show(decl: Decl): string {
  const head = `${decl.isPublic ? 'public ' : ''}${decl.kind} ${decl.name.text}`;
  switch (decl.kind) {
    case 'fn': {
      const params = decl.params.map(({ name, type }) => `${name.text}: ${printType(type)}`).join(', ');
      const attributes =
        decl.attributes.map(({ name, argument }) => `@${name.text}${argument ? `(${printExpr(argument)})` : ''} `);
      const result = decl.result ? `: ${printType(decl.result)}` : '';
      const bodies = decl.assembly.map(({ arch, text }) => ` asm ${arch.text} ${JSON.stringify(text)}`);
      const body = decl.body ? ` ${printBlock(decl.body)}` : '';
      return `${attributes.join('')}${head}(${params})${result}${body}${bodies.join('')}`;
    }
    case 'const': return `${head}${decl.type ? `: ${printType(decl.type)}` : ''} = ${printExpr(decl.value)}`;
    case 'static': {
      const attributes = decl.attributes.map(({ name }) => `@${name.text} `).join('');
      return `${attributes}${head}: ${printType(decl.type)}${decl.value ? ` = ${printExpr(decl.value)}` : ''}`;
    }
    case 'enum': {
      const members = decl.members.map(({ name, value }) => name.text + (value ? ` = ${printExpr(value)}` : ''));
      return `${head}: ${printType(decl.base)} { ${members.join(', ')} }`;
    }
    case 'struct': {
      const fields = decl.fields.map(({ name, type }) => `${name.text}: ${printType(type)}`);
      return `${head} { ${fields.join(', ')} }`;
    }
    case 'test': return `${head} ${JSON.stringify(decl.title)} ${printBlock(decl.body)}`;
    case 'agent': {
      const { init, loop, handlers } = decl.code;
      const blocks = [init, loop, ...handlers.map(({ body }) => body)].map((block) => (block ? printBlock(block) : '-'));
      return `${head} ${blocks.join(' ')}`;
    }
    case 'registers': {
      const registers = decl.registers.map((register) => {
        const count = register.count ? `[${printExpr(register.count)}]` : '';
        const type = register.type ? `: ${printType(register.type)}` : '';
        const fields = register.fields.map(({ name, low, high }) => ` .${name.text} ${low}..${high}`).join('');
        return `${register.offset} ${register.name.text}${count}${type} ${register.access}${fields}`;
      });
      return `${head}${decl.space ? ` in ${decl.space}` : ''}: ${printType(decl.width)} { ${registers.join('; ')} }`;
    }
  }
}

const table = (...rows: string[]) => `${rows[0]}\n${rows[0]!.replace(/[^|]+/g, '---')}\n${rows.slice(1).join('\n')}\n`;

const cases: [string, string, string[]][] = [
  ['a function', `## fn f(a: u32, b: *T): !u64\n\nProse.\n\n${fence('flux', 'return a')}`,
    ['public fn f(a: u32, b: *T): !u64 { return a }']],
  ['a function in backticks', `## \`fn f(a: *u8)\`\n${fence('flux', '')}### fn \`g\`(): \\*u8\n${fence('flux', 'h()')}`,
    ['public fn f(a: *u8) {}', 'fn g(): *u8 { h() }']],
  ['attributes', `## fn f()\n${fence('flux', '@naked\n@section(".text.boot") @inline\n\nf()')}`,
    ['@naked @section(".text.boot") @inline public fn f() { f() }']],
  ['assembly',
    `## fn f()\n${fence('asm x86_64', '@export\n\n  @naked\n  hlt\n@x')}${fence('asm arm64', '@export\n  wfi')}`,
    ['@export @naked public fn f() asm x86_64 "  hlt\\n@x\\n" asm arm64 "  wfi\\n"']],
  ['attributes in a block of their own', `## fn f()\n${fence('flux', '@inline')}\n${fence('asm riscv64', 'ret')}`,
    ['@inline public fn f() asm riscv64 "ret\\n"']],
  ['a block for the reader beside the body',
    `## fn f()\n${fence('text', 'a -> b')}\n${fence('', '???')}\n${fence('flux', 'f()')}`,
    ['public fn f() { f() }']],
  ['a body under a plain heading of the section', `## fn f()\n\n### Why\n\n${fence('flux', 'f()')}`,
    ['public fn f() { f() }']],
  ['a body in a list',
    `## fn f()\n\n1. first\n\n   ${fence('flux', '   f()').replace(/\n```/, '\n   ```')}`, ['public fn f() { f() }']],
  ['constants',
    `## const\n\n${table('|name|type|value|meaning|', '|`A`|`u8`|1 + 2|x|', '|B||`A \\| 4`|', '|`C`| |`"a\\|b"`||', '||||')}`,
    ['public const A: u8 = (1 + 2)', 'public const B = (A | 4)', 'public const C = "a|b"']],
  ['a table without outer bars', '### const\n\nname | value\n--- | ---\nA | 1\nB | 2\n',
    ['const A = 1', 'const B = 2']],
  ['one constant', `## const a: [2]u8\n${fence('flux', '[\n 1,\n 2\n]')}## const b\n${fence('flux', '\n// two\na')}`,
    ['public const a: [2]u8 = [1, 2]', 'public const b = a']],
  ['an enum', `## enum E: u8\n\n${table('|name|value|meaning|', '|`a`||', '|`in`|0x10|', '|`c`|`E.a + 1`|x|')}`,
    ['public enum E: u8 { a, in = 16, c = (E.a + 1) }']],
  ['a struct', `## struct S\n\n${table('|Field|TYPE|', '|`a`|`?*S`|', '|b|\\*u8|', '|`match`|`fn(u8): !u8`|')}`,
    ['public struct S { a: ?*S, b: *u8, match: fn(u8): !u8 }']],
  ['registers',
    `## registers R: u32\n\n${table('|offset|name|access|meaning|', '|0x00|`data`|rw||', '||`.low`|bit 0||', '||`.high`|bits 4..31||',
    '|4|`id: u8`|r|', '|`0x100`|`enable[2 * 16]: u16`|w||', '||`.x`|bits 0..15||')}`,
    ['public registers R: u32 { 0 data rw .low 0..0 .high 4..31; 4 id: u8 r; 256 enable[(2 * 16)]: u16 w .x 0..15 }']],
  ['system registers',
    `### registers C in system: u64\n\n${table('|offset|name|access|', '|S3_0_C12_C12_5|`sre`|rw|', '||`.sre`|bit 0|')}`,
    ['registers C in system: u64 { 50789 sre rw .sre 0..0 }']],
  ['model-specific registers',
    `## registers M in msr: u64\n\n${table('|offset|name|access|', '|0xC000_0080|`efer`|rw|')}`,
    ['public registers M in msr: u64 { 3221225600 efer rw }']],
  ['objects',
    `## static a: [4]u8\n\nFour bytes.\n\n## static b: Pair\n${fence('flux', '@align(16)\nPair(x: 1)')}## static c: u8\n${fence('flux', '@align(4)')}`,
    ['public static a: [4]u8', '@align public static b: Pair = Pair(x: 1)', '@align public static c: u8']],
  ['tests',
    `## test it is so, \`a < b\` \\*\n${fence('flux', 'expect(a < b)')}### test second\n${fence('flux', 'f()')}`,
    ['public test test.0 "it is so,  a < b  *" { expect((a < b)) }', 'test test.1 "second" { f() }']],
  ['free declarations',
    `# T\n${fence('flux', 'const A: u8 = 1\n\nstatic b: u8\nfn f(a: u8): u8 {\n  return a\n}\nfn g() { }')}### Private\n${fence('flux', 'const C = 2')}`,
    ['public const A: u8 = 1', 'public static b: u8', 'public fn f(a: u8): u8 { return a }', 'public fn g() {}',
      'const C = 2']],
  ['free types',
    fence('flux',
    'struct A { x: u8, y: *A }\nstruct B {\n  x: u8\n  y: []u8,\n}\nenum C: u8 { a, b = 2\n c }\n@inline\nfn f() { }'),
    ['public struct A { x: u8, y: *A }', 'public struct B { x: u8, y: []u8 }', 'public enum C: u8 { a, b = 2, c }',
      '@inline public fn f() {}']],
  ['headings that only look like it',
    `# fn f()\n\n## Function f\n\n## constants\n\n## fn-like\n\n## Test plan\n\n> ## fn q()\n\n<!--\n## fn h()\n-->\n`, []],
  ['underlined headings', `fn f()\n------\n${fence('flux', 'g()')}\nconst\n---\n\n|name|value|\n|---|---|\n|A|1|\n`,
    ['public fn f() { g() }', 'public const A = 1']],
  ['closed headings', `## fn f() ##\n${fence('flux', 'g()')}### struct S ###   \n\n|field|type|\n|---|---|\n`,
    ['public fn f() { g() }', 'struct S {  }']],
];

describe('declarations', () => {
  test.each(cases)('%s', (_, text, shown) => expect(declarations(text).map(show)).toEqual(shown));
  test.each(cases)('%s, with CRLF', (_, text, shown) => {
    const expected = shown.map((line) => line.replace(/\\n/g, '\\r\\n'));
    expect(declarations(text.replace(/\n/g, '\r\n')).map(show)).toEqual(expected);
  });

  test('system register encodings', () => {
    expect(systemEncoding('S3_0_C12_C12_5')).toBe((3 << 14) | (12 << 7) | (12 << 3) | 5);
    expect(systemEncoding('S3_3_C14_C2_1')).toBe((3 << 14) | (3 << 11) | (14 << 7) | (2 << 3) | 1);
    for (const wrong of ['S4_0_C0_C0_0', 'S3_8_C0_C0_0', 'S3_0_C16_C0_0', 'S3_0_C0_C0', 'x', 'S3_0_C0_C0_0 ']) {
      expect(systemEncoding(wrong)).toBe(null);
    }
  });
});

describe('build blocks', () => {
  const build = (head: string, json: string) => parseDocument(`${head}\n${fence('js build', 'code')}`,
    () => ({ ok: true, json }));

  test('entries become constants in their order', () => {
    const { module, reports } = build('## const',
      '{"B":1,"A":-2,"TEXT":"é","F":1.5,"BIG":{"$bigint":"18446744073709551615"},"YES":true,"L":[1,[2]]}');
    expect(reports).toEqual([]);
    expect(module.decls.map(show)).toEqual([
      'public const B = 1', 'public const A = (-2)', 'public const TEXT = "Ã©"', 'public const F = f1.5',
      'public const BIG = 4294967295:4294967295', 'public const YES = true', 'public const L = [1, [2]]',
    ]);
  });

  test('a value of a declared type', () => {
    expect(build('## const a: [2]f32',
      '[1,-2]').module.decls.map(show)).toEqual(['public const a: [2]f32 = [f1, (-f2)]']);
    expect(build('## static a: [2]u8', '[1,2]').module.decls.map(show)).toEqual(['public static a: [2]u8 = [1, 2]']);
    expect(build('## const a',
      '9007199254740991').module.decls.map(show)).toEqual(['public const a = 2097151:4294967295']);
  });

  test('what is no constant is reported', () => {
    expect(build('## const a', 'null').reports).toEqual(['FX0151 2:1']);
    expect(build('## const a', '{"$invalid":"NaN"}').reports).toEqual(['FX0151 2:1']);
    expect(build('## const a', '{"x":1}').reports).toEqual(['FX0151 2:1']);
    expect(build('## const', '[1]').reports).toEqual(['FX0152 2:1']);
    expect(build('## const', '{"a b":1,"if":2,"9":3,"ok":4}').reports).toEqual(['FX0153 2:1', 'FX0153 2:1',
      'FX0153 2:1']);
    expect(build('## const a', '{"$bigint":"18446744073709551616"}').reports).toEqual(['FX0204 2:1']);
  });

  test('an error is shown at its place in the block', () => {
    const text =
      `## const a\n\n- in a list:\n\n  ${fence('js build', '  one\n  two three').replace('\n```', '\n  ```')}`;
    const parsed = parseDocument(text, () => ({ ok: false, error: 'SyntaxError: no', line: 2, column: 7 }));
    expect(parsed.reports).toEqual(['FX0150 7:7']);
    const nowhere = parseDocument(text, () => ({ ok: false, error: 'it never ends', line: 0, column: 0 }));
    expect(nowhere.reports).toEqual(['FX0150 5:3']);
    const behind = parseDocument(text, () => ({ ok: false, error: 'x', line: 99, column: 99 }));
    expect(behind.reports.length).toBe(1);
  });
});
