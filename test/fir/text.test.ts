import { describe, expect, it } from 'vitest';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { parseModule } from '../../fluxc/fir/parse.ts';
import { printModule } from '../../fluxc/fir/print.ts';
import { verifyModule } from '../../fluxc/fir/verify.ts';
import { EVERYTHING } from './everything.ts';
import { firModule } from './text.ts';

function errorsOf(text: string): string[] {
  const sources = new Sources();
  const diagnostics = new Diagnostics();
  const module = parseModule(sources.add('test.fir', text), diagnostics);
  expect(module === null).toBe(diagnostics.list.length > 0);
  return diagnostics.list.map((diagnostic) => {
    const place = sources.place(diagnostic.span!.start)!;
    return `${place.line}:${place.column} ${diagnostic.code} ${diagnostic.message}`;
  });
}

describe('the text form', () => {
  it('prints what it parsed', () => {
    expect(printModule(firModule(EVERYTHING))).toBe(EVERYTHING);
    expect(verifyModule(firModule(EVERYTHING))).toEqual([]);
  });

  it('keeps locations when asked', () => {
    const text = [
      'module "m"', '', 'external @e !3', '', 'data @d !4 size 8 align 8', '', 'asm @s !5 = !6 "ret"', '',
      'fn @f(i32) -> i32 !7 !8 {', 'block0(v0: i32 !9):', '  v1 = add.i32 v0, v0 !10', '  ret v1', '}', '',
    ].join('\n');
    const module = firModule(text);
    expect(printModule(module, { locs: true })).toBe(text);
    expect(module.symbols.map((symbol) => symbol.loc)).toEqual([3, 4, 5, 7]);
    expect(module.symbols[3]!.func!.loc0).toBe(8);
  });

  it('numbers values, blocks and slots anew', () => {
    const module = firModule(`fn @f() -> i32 {
  slot7: size 4 align 4
block0:
  v9 = iconst.i32 0x7fffffff
  jump block5(v9)
block9(v3: i32):
  ret v3
block5(v2: i32):
  v1 = slot.ptr slot7
  jump block9(v2)
}`);
    expect(printModule(module)).toBe(`module ""

fn @f() -> i32 {
  slot0: size 4 align 4
block0:
  v0 = iconst.i32 2147483647
  jump block2(v0)
block1(v1: i32):
  ret v1
block2(v2: i32):
  v3 = slot.ptr slot0
  jump block1(v2)
}
`);
  });

  it('reads floats in decimal and as bits', () => {
    const module = firModule(`fn @f() {
block0:
  v0 = fconst.f64 0.1
  v1 = fconst.f64 0x3fb999999999999a
  v2 = fconst.f32 0.1
  v3 = fconst.f32 1e+300
  v4 = fconst.f64 -0.0
  ret
}`);
    const f = module.symbols[0]!.func!;
    expect([f.a[1], f.b[1]]).toEqual([f.a[2], f.b[2]]);
    expect(printModule(module)).toContain('v2 = fconst.f32 0.10000000149011612\n  v3 = fconst.f32 0x7f800000\n');
    expect(printModule(module)).toContain('v4 = fconst.f64 0x8000000000000000\n');
  });
});

describe('broken text', () => {
  const body = (line: string) => `fn @f(i32) -> i32 {\nblock0(v0: i32):\n  ${line}\n  ret v0\n}\n`;
  it.each([
    ['v1 = plus.i32 v0, v0', '3:8 FX0403 FIR has no operation `plus`'],
    ['v1 = add.i32 v0', '3:18 FX0402 expected `,`, found the end of the line'],
    ['v1 = add.i32 v0, v7', '3:20 FX0404 nothing in the function defines `v7`'],
    ['v1 = add.i31 v0, v0', '3:8 FX0402 expected a type after the operation (`add.i64`), found `add.i31`'],
    ['v1 = add.i32.i32 v0, v0', '3:8 FX0402 expected fewer parts after the operation, found `add.i32.i32`'],
    ['add.i32 v0, v0', '3:3 FX0410 `add` has a result: give it a name'],
    ['v1 = store.u8 v0, v0', '3:3 FX0409 `store` has no result to name'],
    ['v0 = add.i32 v0, v0', '3:3 FX0407 `v0` is defined twice'],
    ['jump block1', '3:8 FX0405 the function has no `block1`'],
    ['v1 = slot.ptr slot0', '3:17 FX0405 the function has no `slot0`'],
    ['v1 = symbol.ptr @g', '3:19 FX0406 nothing declares the symbol `@g`'],
    ['v1 = iconst.i32 4294967296', '3:19 FX0408 `4294967296` is not an integer of type i32'],
    ['v1 = iconst.i32 12x', '3:19 FX0408 `12x` is not an integer of type i32'],
    ['syswrite.port.3 v0, v0',
      '3:3 FX0402 expected a width in bytes after the operation (1, 2, 4, 8), found `syswrite.port.3`'],
    ['trapif v0, nonsense', '3:14 FX0402 expected a trap code (unreachable, division_by_zero, out_of_bounds, ' +
      'assert_failed, overflow, null_unwrap, bad_enum, stack_overflow, explicit), found `nonsense`'],
    ['call @f(v0 : (i32) -> i32', '3:14 FX0402 expected `)`, found `:`'],
    ['? v0', '3:3 FX0401 FIR text cannot hold `?` here'],
    ['v1 = iconst.i32 "x', '3:19 FX0401 FIR text cannot hold a string without its closing quote here'],
  ])('%s', (line, message) => {
    expect(errorsOf(body(line))[0]).toBe(message);
  });

  it('shows every error of a text at once', () => {
    expect(errorsOf(`fn @f() {
block0:
  v0 = nonsense v1
  v2 = add.i64 v0, v0
  ret v3
}
fn @f( {
}
data @d size 1 align 1 = "abc"
thing
`)).toEqual([
      '7:4 FX0407 `@f` is defined twice',
      '3:8 FX0403 FIR has no operation `nonsense`',
      '5:7 FX0404 nothing in the function defines `v3`',
      '7:8 FX0402 expected a type, found `{`',
      '9:6 FX0411 the object has 3 bytes of content but size 1',
      '10:1 FX0402 expected `external`, `data`, `asm` or `fn`, found `thing`',
    ]);
  });
});
