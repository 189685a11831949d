import { describe, expect, it } from 'vitest';
import { numberValues } from '../../fluxc/fir/passes/gvn.ts';
import { splitStatics } from '../../fluxc/fir/passes/split-statics.ts';
import { printModule } from '../../fluxc/fir/print.ts';
import { verifyModule } from '../../fluxc/fir/verify.ts';
import { firModule } from '../fir/text.ts';

/** The data of the module after the pass, one line an object: name, whether it is writable, size, whether it is zero. */
function split(text: string): string[] {
  const module = firModule(text);
  splitStatics(module);
  expect(verifyModule(module)).toEqual([]);
  return module.symbols
    .filter(({ data }) => data)
    .map(({ name, data }) => `${name} ${data!.writable ? 'rw' : 'r'} ${data!.size} ${data!.bytes ? [...data!.bytes].join(',') : 'zero'}`);
}

const TIMER = 'data @timer writable size 24 align 8 = "\\1e\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00"\n';

describe('split-statics', () => {
  it('makes a read-only object of what is never stored to, and a zero one of what starts at zero', () => {
    const result = split(`${TIMER}
fn @f() -> i64 [root] {
block0:
  v0 = symbol.ptr @timer
  v1 = load.u32.i32 v0
  v2 = load.64.i64 v0 + 8
  v3 = symbol.ptr @timer + 16
  store.64 v3, v2
  v4 = zext.i64 v1
  v5 = add.i64 v4, v2
  ret v5
}`);
    expect(result.filter((line) => !line.startsWith('timer '))).toEqual(['timer.0 r 4 30,0,0,0', 'timer.8 r 8 zero', 'timer.16 rw 8 zero']);
  });

  it('keeps accesses that overlap together', () => {
    const result = split(`${TIMER}
fn @f() -> i32 [root] {
block0:
  v0 = symbol.ptr @timer
  v1 = load.64.i64 v0
  v2 = trunc.i32 v1
  store.u32 v0 + 4, v2
  v3 = load.u32.i32 v0 + 8
  ret v3
}`);
    expect(result.filter((line) => !line.startsWith('timer '))).toEqual(['timer.0 rw 8 30,0,0,0,0,0,0,0', 'timer.8 r 4 zero']);
  });

  it('lets what is known of an object outlive stores through pointers, if no pointer leads to it', () => {
    const module = firModule(`data @hidden writable size 8 align 8
data @known writable size 8 align 8
external @g
fn @f(ptr) -> i64, i64 [root] {
block0(v0: ptr):
  v1 = symbol.ptr @hidden
  v2 = symbol.ptr @known
  v3 = load.64.i64 v1
  v4 = load.64.i64 v2
  store.64 v0, v3
  v5 = load.64.i64 v1
  v6 = load.64.i64 v2
  v7 = add.i64 v3, v5
  v8 = add.i64 v4, v6
  store.64 v1, v7
  v9 = load.64.i64 v0
  call @g(v2) : (ptr)
  ret v8, v9
}`);
    splitStatics(module);
    for (const f of module.functions()) numberValues(f, module);
    expect(verifyModule(module)).toEqual([]);
    const loads = printModule(module).match(/load.*/g);
    // The second load of @known may see what was stored through v0; @hidden and v0 know nothing of each other.
    expect(loads).toEqual(['load.64.i64 v1', 'load.64.i64 v2', 'load.64.i64 v2']);
  });

  const UNTOUCHED = ['timer rw 24 30,' + '0,'.repeat(22) + '0'];

  it.each([
    ['its address is stored', 'store.64 v0, v0'],
    ['its address is passed on', 'call @g(v0) : (ptr)'],
    ['a place in it is computed', 'v1 = iconst.i64 8\n  v2 = ptradd.ptr v0, v1\n  store.64 v2, v1'],
    ['an access is volatile', 'v1 = load.64.i64 v0 volatile'],
    ['an access reaches beyond it', 'v1 = load.64.i64 v0 + 20'],
  ])('leaves an object alone if %s', (_, instruction) => {
    const result = split(`external @g\n${TIMER}
fn @f() [root] {
block0:
  v0 = symbol.ptr @timer
  ${instruction}
  v9 = load.u32.i32 v0
  store.u32 v0 + 12, v9
  ret
}`);
    expect(result).toEqual(UNTOUCHED);
  });

  it('leaves an object alone that assembly or other data names, or that is a root', () => {
    const use = 'fn @f() -> i32 [root] {\nblock0:\n  v0 = symbol.ptr @timer\n  v1 = load.u32.i32 v0\n  ret v1\n}';
    expect(split(`${TIMER}asm @a [root] = "adrp x0, timer"\n${use}`)).toEqual(UNTOUCHED);
    expect(split(`${TIMER}data @p [root] size 8 align 8 [0: @timer]\n${use}`).filter((line) => line.startsWith('timer'))).toEqual(UNTOUCHED);
    expect(split(`${TIMER.replace('@timer', '@timer [root]')}${use}`)).toEqual(UNTOUCHED);
  });

  it('prints what it made', () => {
    const module = firModule(`${TIMER}fn @f() -> i32 [root] {\nblock0:\n  v0 = symbol.ptr @timer\n  v1 = load.u32.i32 v0\n  ret v1\n}`);
    splitStatics(module);
    expect(printModule(module)).toContain('symbol.ptr @timer.0');
  });
});
