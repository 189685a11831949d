/** Every message about documents and syntax, with a small document that shows it and the place that it points at. */
import { describe, expect, test } from 'vitest';
import { Sources } from '../../fluxc/base/source.ts';
import { CATALOGUE } from '../../fluxc/diagnostics/catalogue.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { Documents } from '../../fluxc/lang/documents.ts';
import { loadModules } from '../../fluxc/lang/load.ts';
import { fence, parseDocument } from './parse.ts';

const body = (code: string) => `## fn f()\n${fence('flux', code)}`;
const f = body('f()');
const registers = (rows: string, head = '## registers R: u32') =>
  `${head}\n\n|offset|name|access|\n|---|---|---|\n${rows}\n`;

const systemCalls = (rows: string) =>
  `## syscalls\n\n|number|name|arguments|result|capability|handle|handler|\n|---|---|---|---|---|---|---|\n${rows}\n`;

const documents: [string, string][] = [
  ['FX0101 1:1', '---\nmodule: a\n\n# A\n'],
  ['FX0102 2:1', '---\nmodule a\n---\n'],
  ['FX0102 2:11', '---\nuses: [a] b\n---\n'],
  ['FX0103 3:1', '---\ntitle: a\ntitle: b\n---\n'],
  ['FX0104 2:7', '---\nuses: [a,\n  b\ntitle: c\n---\n'],
  ['FX0105 2:1', '## fn f()\n```flux\nf()\n'],
  ['FX0105 2:1', `## fn f()\n\`\`\`flux\nf()\n\n## fn g()\n\n${fence('flux', 'g()')}`],
  ['FX0105 3:3', `## fn f()\n\n- \`\`\`flux\n  f()\n\n## fn g()\n\n${fence('flux', 'g()')}`],
  ['FX0106 3:1', `# T\n\n${'x'.repeat(10_001)}\n`],
  ['FX0107 5:8', '## const\n\n|name|value|\n|---|---|\n|A|1 | 2 | 3|\n'],
  ['FX0108 4:1', '## const\n\n|name|value|\n|---|\n|A|1|\n'],
  ['FX0110 2:9', '---\nmodule: a/b\n---\n'],
  ['FX0110 2:10', '---\nuses: [a,.b]\n---\n'],
  ['FX0115 2:11', '---\nuses: [a, a]\n---\n'],
  ['FX0120 1:4', '## fn f()\n\nProse.\n'],
  ['FX0120 1:4', '## const\n'],
  ['FX0120 1:4', '## const a\n'],
  ['FX0120 1:4', '## enum E: u8\n'],
  ['FX0120 1:4', '## struct S\n'],
  ['FX0120 1:4', '## registers R: u8\n'],
  ['FX0120 1:4', '## test t\n'],
  ['FX0120 1:4', '## syscalls\n'],
  ['FX0122 7:1', `${systemCalls('|1|A|||-||a.b|')}\n${fence('flux', 'f()')}`],
  ['FX0124 6:4', systemCalls('|1|A|||-||a.b|\n|2|A|||-||a.b|')],
  ['FX0124 5:12', systemCalls('|1|A|a: u64, a: u64||-||a.b|').replace('a: u64, a', 'a:u64,a')],
  ['FX0124 5:24', systemCalls('|1|A|a: u64||-|a: any; a: any|a.b|')],
  ['FX0124 6:4', `${systemCalls('|1|A|||-||a.b|')}## syscalls\n\n${systemCalls('|2|B|||-||a.b|').split('\n\n')[1]}`],
  ['FX0126 3:1', systemCalls('|1|A|||-||a.b|').replace('|handler', '').replace('|---', '').replace('|a.b', '')],
  ['FX0128 5:3', systemCalls('| |A|||-||a.b|')],
  ['FX0128 5:9', systemCalls('|1|A||||| |').replace('|1|A||||| |', '|1|A||| ||a.b|')],
  ['FX0160 5:2', systemCalls('|65536|A|||-||a.b|')],
  ['FX0160 5:2', systemCalls('|-1|A|||-||a.b|')],
  ['FX0161 6:2', systemCalls('|1|A|||-||a.b|\n|0x1|B|||-||a.b|')],
  ['FX0162 5:4', systemCalls('|1|exit|||-||a.b|')],
  ['FX0162 5:4', systemCalls('|1|RETURN|||-||a.b|')],
  ['FX0163 5:9', systemCalls('|1|A|a: u32||-||a.b|')],
  ['FX0163 5:9', systemCalls('|1|A|a: []u16||-||a.b|')],
  ['FX0163 5:7', systemCalls('|1|A||[]u8|-||a.b|')],
  ['FX0164 5:6', systemCalls('|1|A|a: []u8, b: []u8, c: []u8, d: u64||-||a.b|')],
  ['FX0165 5:16', systemCalls('|1|A|a: u64||-|b: any|a.b|')],
  ['FX0166 5:17', systemCalls('|1|A|a: []u8||-|a: any|a.b|')],
  ['FX0167 5:17', systemCalls('|1|A|a: u64||-|a|a.b|')],
  ['FX0167 5:26', systemCalls('|1|A|a: u64||-|a: any or 1|a.b|')],
  ['FX0167 5:31', systemCalls('|1|A|a: u64||-|a: any\\|process|a.b|')],
  ['FX0167 5:23', systemCalls('|1|A|a: u64||-|a: x y z|a.b|')],
  ['FX0168 5:8', systemCalls('|1|A|||yes, please||a.b|')],
  ['FX0169 5:11', systemCalls('|1|A|||-||write it|')],
  ['FX0169 5:11', systemCalls('|1|A|||-||a.b.c|')],
  ['FX0210 5:7', systemCalls('|1|A|a||-||a.b|')],
  ['FX0224 1:13', systemCalls('|1|A|||-||a.b|').replace('syscalls', 'syscalls x')],
  ['FX0121 5:1', f + fence('flux', 'g()')],
  ['FX0121 5:1', f + fence('asm arm64', 'ret')],
  ['FX0121 5:1', `## fn f()\n${fence('asm arm64', 'ret')}${fence('asm arm64', 'ret')}`],
  ['FX0121 7:1', '## const\n\n|name|value|\n|---|---|\n|A|1|\n\n|name|value|\n|---|---|\n|A|1|\n'],
  ['FX0121 5:1', `## const a\n${fence('flux', '1')}${fence('flux', '1')}`],
  ['FX0122 5:1', f + fence('js build', '1')],
  ['FX0122 7:1', `## struct S\n\n|field|type|\n|---|---|\n|a|u8|\n\n${fence('flux', 'let x = 1')}`],
  ['FX0122 2:1', `# T\n${fence('asm arm64', 'ret')}`],
  ['FX0123 2:1', `## fn f()\n${fence('rust', 'fn main() {}')}`],
  ['FX0123 2:1', `## test f\n${fence('', 'f()')}`],
  ['FX0124 6:2', '## const\n\n|name|value|\n|---|---|\n|A|1|\n|A|2|\n'],
  ['FX0124 6:2', '## struct S\n\n|field|type|\n|---|---|\n|a|u8|\n|a|u8|\n'],
  ['FX0124 6:2', '## enum E: u8\n\n|name|value|\n|---|---|\n|a|1|\n|a|2|\n'],
  ['FX0124 6:4', registers('|0|a|r|\n|4|a|r|')],
  ['FX0124 7:4', registers('|0|a|r|\n||.b|bit 0|\n||.b|bit 1|')],
  ['FX0124 5:7', f + '## fn f()\n' + fence('flux', 'f()')],
  ['FX0124 1:15', `## fn f(a: A, a: B)\n${fence('flux', '')}`],
  ['FX0124 4:4', `# T\n${fence('flux', 'fn g() { }\nfn g() { }')}`],
  ['FX0125 3:13', '## const\n\n|name|value|valeu|\n|---|---|---|\n|A|1||\n'],
  ['FX0126 3:1', '## const\n\n|name|meaning|\n|---|---|\n|A|1|\n'],
  ['FX0127 3:13', '## const\n\n|name|value|Value|\n|---|---|---|\n|A|1||\n'],
  ['FX0128 5:4', '## const\n\n|name|value|\n|---|---|\n|A||\n'],
  ['FX0128 5:1', '## const\n\n|name|value|\n|---|---|\n|A\n'],
  ['FX0128 5:1', registers('|0|a|')],
  ['FX0129 2:8', `## fn f()\n${fence('asm arm', 'ret')}`],
  ['FX0129 2:1', `## fn f()\n${fence('asm', 'ret')}`],
  ['FX0140 1:19', registers('|0|a|r|', '## registers R in ports: u8')],
  ['FX0141 5:2', registers('|here|a|r|')],
  ['FX0141 5:2', registers('|0x100000000|a|r|')],
  ['FX0141 5:2', registers('|1 + 2|a|r|')],
  ['FX0141 5:2', registers('|S3_0_C0_C0_0|a|r|')],
  ['FX0142 5:6', registers('|0|a|read|')],
  ['FX0142 6:6', registers('|0|a|r|\n||.b|bit 1..2|')],
  ['FX0142 6:6', registers('|0|a|r|\n||.b|bits 1|')],
  ['FX0143 5:3', registers('||.b|bit 0|')],
  ['FX0144 6:1', registers('|0|a|r|\n||.b|bit 32|')],
  ['FX0144 6:1', registers('|0|a: u8|r|\n||.b|bits 3..8|')],
  ['FX0144 6:1', registers('|0|a|r|\n||.b|bits 3..2|')],
  ['FX0145 7:1', registers('|0|a|r|\n||.b|bits 0..3|\n||.c|bit 3|')],
  ['FX0146 6:1', registers('|0|a|r|\n||b|bit 0|')],
  ['FX0150 3:1', `## const a\n${fence('js build', '1')}`],
  ['FX0151 2:1', `## const a\n${fence('js build', 'null')}`],
  ['FX0152 2:1', `## const\n${fence('js build', '[1]')}`],
  ['FX0153 2:1', `## const\n${fence('js build', '{"a-b":1}')}`],
  ['FX0201 3:9', body('let a = $')],
  ['FX0201 5:3', '## const\n\n|name|value|\n|---|---|\n|Aä|1|\n'],
  ['FX0202 3:3', body('f("a)')],
  ['FX0203 3:5', body('a = 0xG')],
  ['FX0204 3:5', body('a = 99999999999999999999')],
  ['FX0205 3:6', body('a = "\\q"')],
  ['FX0206 3:5', body("a = 'ab'")],
  ['FX0210 3:4', body('a =')],
  ['FX0210 5:6', '## const\n\n|name|value|\n|---|---|\n|A|1+|\n'],
  ['FX0210 5:9', '## struct S\n\n|field|type|\n|---|---|\n|a|\\*u8 u8|\n'],
  ['FX0211 3:9', body('while a {')],
  ['FX0211 3:8', `# T\n${fence('flux', 'fn g() {\nfn h() { }')}`],
  ['FX0212 3:1', body('}')],
  ['FX0213 3:205', body('a = ' + '('.repeat(1000))],
  ['FX0214 3:11', body('a = b < c < d')],
  ['FX0215 3:4', body('f();')],
  ['FX0216 4:1', body('a = b\n+ c')],
  ['FX0217 3:5', body('let if = 1')],
  ['FX0218 3:5', body('a = if b { 1 }')],
  ['FX0219 3:3', body('a++')],
  ['FX0220 3:6', body('if a = b { }')],
  ['FX0221 3:6', body('a = 0..1')],
  ['FX0222 3:1', `# T\n${fence('flux', 'let a = 1')}`],
  ['FX0223 3:1', body('fn g() { }')],
  ['FX0224 1:11', '## fn the function\n'],
  ['FX0224 1:12', '## struct A: u8\n\n|field|type|\n|---|---|\n'],
  ['FX0225 3:1', body('1 = a')],
  ['FX0226 4:1', body('a()\n@naked')],
  ['FX0227 3:9', body('f(a: 1, 2)')],
];

const evaluate = (code: string) => {
  const json = code.trim();
  return json === '1' ? { ok: false as const, error: 'no', line: 1, column: 1 } : { ok: true as const, json };
};

describe('messages', () => {
  test.each(documents)('%s: %j', (expected, text) => {
    const { reports, diagnostics } = parseDocument(text, evaluate);
    expect(reports).toEqual([expected]);
    const [diagnostic] = diagnostics.list;
    expect(diagnostic!.message + diagnostic!.hint).not.toContain('{}');
    expect(diagnostic!.message).not.toContain('undefined');
  });

  const load = (files: Record<string, string>, aliases = new Map<string, string>()) => {
    const sources = new Sources();
    const diagnostics = new Diagnostics();
    const host = { read: (path: string) => files[path] ?? null, evaluate };
    const options = { arch: 'arm64', aliases, extra: new Map() };
    loadModules(new Documents(host, sources, diagnostics), { main: 'main.flux.md', roots: [] }, options, diagnostics);
    return diagnostics.list.map(({ code, span }) => {
      const place = span && sources.place(span.start);
      return place ? `${code} ${place.path} ${place.line}:${place.column}` : code;
    });
  };
  const projects: [string, Record<string, string>][] = [
    ['FX0111 a.flux.md 2:9', { 'main.flux.md': '---\nuses: [a]\n---\n', 'a.flux.md': '---\nmodule: b\n---\n' }],
    ['FX0112 main.flux.md 2:8', { 'main.flux.md': '---\nuses: [a]\n---\n' }],
    ['FX0113 a.flux.md 2:8', { 'main.flux.md': '---\nuses: [a]\n---\n', 'a.flux.md': '---\nuses: [a]\n---\n' }],
    ['FX0114 b.flux.md 2:9', {
      'main.flux.md': '---\nmodule: boot\nuses: [boot]\n---\n', 'b.flux.md': '---\nmodule: boot\n---\n',
    }],
    ['FX0116', {}],
  ];
  test.each(projects)('%s', (expected, files) => {
    expect(load(files, new Map([['boot', 'b']]))).toEqual([expected]);
  });

  test('every message of these stages is shown', () => {
    const shown = new Set([...documents, ...projects].map(([expected]) => expected.slice(0, 6)));
    const codes = Object.keys(CATALOGUE).filter((code) => code.startsWith('FX01') || code.startsWith('FX02'));
    expect(codes.filter((code) => !shown.has(code))).toEqual([]);
  });
});
