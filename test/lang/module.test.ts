/** What becomes of declarations in FIR: symbols, signatures, data, sections, and that it is the same each time. */
import { describe, expect, test } from 'vitest';
import { type Module, SymbolKind } from '../../fluxc/fir/module.ts';
import { Op, VOLATILE } from '../../fluxc/fir/ops.ts';
import { printModule, printSignature } from '../../fluxc/fir/print.ts';
import { compile, compileSound, section } from './program.ts';

function symbol(module: Module, name: string) {
  const index = module.find(name);
  if (index === undefined) throw new Error(`no symbol ${name}`);
  return module.symbols[index]!;
}

function signature(module: Module, name: string): string {
  return printSignature(symbol(module, name).func!.signature);
}

const HEAD = '---\nmodule: a.b\nuses: [kernel.error]\n---\n\n';

describe('functions', () => {
  test('signatures', () => {
    const declarations = section('Types', 'struct S { a: u32, b: u64, c: u64 }\nenum E: u8 { x }');
    const cases: [string, string][] = [
      ['(a: u8, b: i16, c: u32, d: i64, e: bool, f: f32)', '(i32, i32, i32, i64, bool, f32)'],
      ['(a: []u8, b: *S, c: ?*S, d: fn(u8): u8, e: ?fn())', '(ptr, i64, ptr, ptr, ptr, ptr)'],
      ['(a: ?u8, b: !u64, c: !, d: E)', '(bool, i32, i32, i64, i32, i32)'],
      ['(a: S, b: [4]u8, c: ?S, d: agent)', '(ptr, ptr, ptr, agent)'],
      ['(): S', '(ptr)'],
      ['(a: u8): []u8', '(i32) -> ptr, i64'],
      ['(): ?u8', '() -> bool, i32'],
      ['(): !*u8', '() -> i32, ptr'],
      ['(): !', '() -> i32'],
      ['(): ![]u8', '(ptr)'],
      ['()', '()'],
    ];
    const body = cases.map(([flux], i) => section(`fn f${i}${flux}`, flux.includes('): ') ? 'unreachable' : ''));
    const { module } = compileSound({ 'a/b.flux.md': HEAD + declarations + body.join('') });
    expect(cases.map((_, i) => signature(module, `a.b.f${i}`))).toEqual(cases.map(([, fir]) => fir));
  });

  test('attributes', () => {
    const { module } = compileSound({ 'a/b.flux.md': HEAD +
      section('fn first()', '@section(".text.boot")\n@noinline\n@export') + section('fn second()', '@inline\nfirst()') +
      section('fn handler()', '@interrupt') + section('static page: [8]u8', '@align(4096)\n@section(".data.page")') });
    const first = symbol(module, 'a.b.first');
    expect([first.section, first.root, first.func!.attributes.inline]).toEqual(['.text.boot', true, 'never']);
    expect(symbol(module, 'a.b.second').func!.attributes.inline).toBe('always');
    expect(symbol(module, 'a.b.second').root).toBe(false);
    expect(symbol(module, 'a.b.handler').func!.attributes.interrupt).toBe(true);
    expect(symbol(module, 'a.b.page')).toMatchObject({ section: '.data.page', data: { size: 8, align: 4096 } });
  });

  test('assembly is taken for the architecture of the build', () => {
    const text = `${HEAD}## fn stop()\n\n\`\`\`asm x86_64\n@section(".text.boot")\n    cli\n    hlt\n\`\`\`\n\n` +
      '```asm arm64\n    wfi\n```\n\n' + section('fn run()', 'stop()');
    const { module } = compileSound({ 'a/b.flux.md': text }, { arch: 'x86_64' });
    expect(symbol(module, 'a.b.stop')).toMatchObject({ kind: SymbolKind.Assembly, section: '.text.boot' });
    expect(symbol(module, 'a.b.stop').assembly!.text).toBe('    cli\n    hlt\n');
    const other = compile({ 'a/b.flux.md': text }, { arch: 'riscv64' });
    expect(other.diagnostics.list.map(({ code }) => code)).toEqual(['FX0346']);
  });

  test('names that must stay', () => {
    const documents = { 'a/b.flux.md': HEAD + section('fn run()', '') };
    const { module } = compileSound(documents, { exports: ['a.b.run', 'a.b.none'] });
    expect(symbol(module, 'a.b.run').root).toBe(true);
    expect(module.find('a.b.none')).toBeUndefined();
  });

  test('what never changes needs no slot, what does needs one', () => {
    const { module } = compileSound({ 'a/b.flux.md': HEAD +
      section('fn fixed(a: u32): u32', 'let b = a + 1\nlet c = b * a\nreturn c') +
      section('fn changing(a: u32): u32', 'var b = a\nb += 1\nreturn b') });
    expect(symbol(module, 'a.b.fixed').func!.slots).toEqual([]);
    expect(symbol(module, 'a.b.changing').func!.slots).toEqual([{ size: 4, align: 4 }]);
  });

  test('every instruction of a register is volatile, and everything has a place', () => {
    const text = `${HEAD}## registers R: u16\n\n| offset | name | access |\n|---|---|---|\n| 2 | \`a\` | rw |\n\n` +
      section('fn run(r: R): u16', 'r.a = 3\nr.a |= 4\nreturn r.a');
    const f = symbol(compileSound({ 'a/b.flux.md': text }).module, 'a.b.run').func!;
    let accesses = 0;
    for (const block of f.layout) {
      for (let id = f.first[block]!; id; id = f.next[id]!) {
        expect(f.loc[id]).toBeGreaterThan(0);
        if (f.op[id] !== Op.Load && f.op[id] !== Op.Store) continue;
        accesses++;
        expect(f.aux[id]! & VOLATILE).toBe(VOLATILE);
      }
    }
    expect(accesses).toBe(4);
  });
});

describe('data', () => {
  test('statics, constants and texts', () => {
    const { module } = compileSound({ 'a/b.flux.md': HEAD + section('Data', `
struct S { a: u8, b: *u32, c: []u8, d: ?u16, e: fn() }
const table: [3]u16 = [1, 2, 0xFFFF]
static zero: [100]u64
static also_zero: [2]u32 = [0, 0]
static count: u32 = 0x0102_0304
static all: S = S(a: 9, b: &count, c: "text", d: 7, e: run)
static part: *u16 = &words[2]
static words: [4]u16
static negative: i64 = -2
static half: f32 = 0.5
fn run() { }`) + section('fn texts(): u64', 'let a = "text"\nlet b = "other"\nreturn a.len + b.len') });
    const data = (name: string) => symbol(module, `a.b.${name}`).data!;
    expect(data('zero')).toEqual({ bytes: null, size: 800, align: 8, writable: true, references: [] });
    expect(data('also_zero').bytes).toBeNull();
    expect([...data('table').bytes!]).toEqual([1, 0, 2, 0, 255, 255]);
    expect(data('table').writable).toBe(false);
    expect([...data('count').bytes!]).toEqual([4, 3, 2, 1]);
    expect([...data('negative').bytes!]).toEqual([254, 255, 255, 255, 255, 255, 255, 255]);
    expect([...data('half').bytes!]).toEqual([0, 0, 0, 63]);
    const { references } = data('all');
    expect(references.map(({ offset, symbol: index }) => [offset, module.symbols[index]!.name])).toEqual([
      [8, 'a.b.count'], [16, 'a.b.string.0'], [40, 'a.b.run'],
    ]);
    expect(data('all').bytes!.slice(0, 40)[0]).toBe(9);
    expect([data('all').bytes![24], data('all').bytes![32], data('all').bytes![34]]).toEqual([4, 1, 7]);
    expect(data('part').references).toEqual([{ offset: 0, symbol: module.find('a.b.words'), addend: 4 }]);
    const texts = module.symbols.map(({ name }) => name).filter((name) => name.includes('.string.'));
    expect(texts).toEqual(['a.b.string.0', 'a.b.string.1']);
    expect(String.fromCharCode(...data('string.0').bytes!)).toBe('text');
  });

  test('addresses of the image are external', () => {
    const head = '---\nmodule: a.b\nuses: [image]\n---\n\n';
    const code = section('fn size(): u64', 'return (image.end - image.start) as u64');
    const { module } = compileSound({ 'a/b.flux.md': head + code });
    expect(symbol(module, 'image.end').kind).toBe(SymbolKind.External);
  });

  test('the table of tests', () => {
    const text = HEAD + section('test one', 'expect(true)') + section('test two', 'expect(true)');
    const { module, tests } = compileSound({ 'a/b.flux.md': text });
    expect(tests.map(({ title, line, symbol }) => [title, line, symbol])).toEqual([
      ['one', 6, 'a.b.test.0'], ['two', 12, 'a.b.test.1'],
    ]);
    const { bytes, references, writable } = symbol(module, 'image.tests').data!;
    expect([...bytes!.slice(0, 8)]).toEqual([2, 0, 0, 0, 0, 0, 0, 0]);
    expect(references.map(({ offset, symbol: index }) => [offset, module.symbols[index]!.name])).toEqual([
      [8, 'a.b.test.0'], [16, 'a.b.test.1'],
    ]);
    expect(writable).toBe(false);
    expect(compileSound({ 'a/b.flux.md': text }, { tests: false }).module.find('a.b.test.0')).toBeUndefined();
  });
});

test('the same documents give the same module', () => {
  const text = HEAD +
    section('Data', 'struct S { a: u8, b: u64 }\nfn f(s: S): ?S {\n    if s.a == 0 { return null }\n    return s\n}') +
    section('fn run(n: u32): u64', [
      'let s = f(S(a: n as u8)) or return 3', 'return match n { 0 => 1, 1..9 => s.b, _ => "x".len }',
    ].join('\n'));
  const print = () => printModule(compileSound({ 'a/b.flux.md': text }).module, { locs: true });
  expect(print()).toBe(print());
});
