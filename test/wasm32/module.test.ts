/** Modules that the WebAssembly back end writes, judged by V8 and by wabt. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import type { Module } from '../../fluxc/fir/module.ts';
import { optimise } from '../../fluxc/fir/passes/pipeline.ts';
import { emitWasm } from '../../fluxc/target/wasm32/emit.ts';
import { batchOf, makeSet } from '../differential/batch.ts';
import { firModule } from '../fir/text.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'fluxos-wasm-'));
let count = 0;

/** The bytes, after wabt has validated them. */
function emitted(module: Module): Uint8Array {
  const diagnostics = new Diagnostics();
  const bytes = emitWasm(module, diagnostics);
  expect(diagnostics.list).toEqual([]);
  const path = join(FOLDER, `${count++}.wasm`);
  writeFileSync(path, bytes);
  const { exitCode, stderr } = execaSync('wasm-validate', [path], { reject: false });
  expect(exitCode, String(stderr)).toBe(0);
  return bytes;
}

function instance(text: string, env: Record<string, unknown> = {}): WebAssembly.Exports {
  const trap = (code: number) => {
    throw new Error(`trap ${code}`);
  };
  return new WebAssembly.Instance(new WebAssembly.Module(emitted(firModule(text))), { fluxos: { trap }, env }).exports;
}

type Func = (...values: (bigint | number)[]) => bigint;

describe('a WebAssembly module', () => {
  it('passes wabt as well as V8, random programs included', () => {
    for (const level of [0, 2] as const) {
      const { module, mains } = batchOf(makeSet(77_000, 120));
      for (const main of mains) module.symbols[module.find(main)!]!.root = true;
      optimise(module, { divisionWraps: true }, { level });
      expect(WebAssembly.validate(emitted(module))).toBe(true);
    }
  });

  it('imports what is declared only, by name, and exports the roots', () => {
    const exports = instance(`module "m"
external @host.twice
fn @m.hidden(i64) -> i64 {
block0(v0: i64):
  v1 = call @host.twice(v0) : (i64) -> i64
  ret v1
}
fn @m.visible(i64) -> i64 [root] {
block0(v0: i64):
  v1 = call @m.hidden(v0) : (i64) -> i64
  ret v1
}`, { 'host.twice': (value: bigint) => 2n * value });
    expect(Object.keys(exports).sort()).toEqual(['m.visible', 'memory', 'stack_pointer', 'table']);
    expect((exports['m.visible'] as Func)(21n)).toBe(42n);
  });

  it('keeps function addresses apart from null, in data as well', () => {
    const exports = instance(`module "m"
data @m.table size 16 align 8 [8: @m.next]
fn @m.next(i64) -> i64 {
block0(v0: i64):
  v1 = iconst.i64 1
  v2 = add.i64 v0, v1
  ret v2
}
fn @m.entry(i64) -> i64 [root] {
block0(v0: i64):
  v1 = symbol.ptr @m.table
  v2 = load.64.func v1 + 8
  v3 = callptr v2(v0) : (i64) -> i64
  ret v3
}
fn @m.address() -> i64 [root] {
block0:
  v0 = symbol.func @m.next
  v1 = bitcast.i64 v0
  ret v1
}`);
    expect((exports['m.entry'] as Func)(6n)).toBe(7n);
    expect((exports['m.address'] as Func)()).toBeGreaterThan(0n);
  });

  it('runs a function that no nesting of blocks expresses', () => {
    // Two blocks that jump to each other and are both entered from outside.
    const exports = instance(`module "m"
fn @m.irreducible(i64, i64) -> i64 [root] {
block0(v0: i64, v1: i64):
  v2 = iconst.i64 0
  v3 = icmp.eq v0, v2
  brif v3, block1(v1), block2(v1)
block1(v4: i64):
  v5 = iconst.i64 3
  v6 = mul.i64 v4, v5
  jump block2(v6)
block2(v7: i64):
  v8 = iconst.i64 1
  v9 = add.i64 v7, v8
  v10 = iconst.i64 100
  v11 = icmp.slt v9, v10
  brif v11, block1(v9), block3
block3:
  ret v9
}`);
    const expected = (entry: bigint, start: bigint) => {
      let value = start;
      let isFirst = entry === 0n;
      for (;;) {
        if (isFirst) value *= 3n;
        value += 1n;
        if (value >= 100n) return value;
        isFirst = true;
      }
    };
    for (const entry of [0n, 1n]) for (const start of [0n, 5n, 33n, 200n]) {
      expect((exports['m.irreducible'] as Func)(entry, start)).toBe(expected(entry, start));
    }
  });

  it('makes a table of a dense switch, comparisons of a sparse one', () => {
    const cases = (numbers: number[]) => numbers.map((number, index) => `${number}: block${index + 2}`).join(', ');
    const text = (name: string, numbers: number[]) => `fn @m.${name}(i64) -> i64 [root] {
block0(v0: i64):
  switch v0, block1 [${cases(numbers)}]
block1:
  v1 = iconst.i64 -1
  ret v1
${numbers.map((number, index) => `block${index + 2}:\n  v${index + 2} = iconst.i64 ${number * 10}\n  ret v${index + 2}`).join('\n')}
}`;
    const exports = instance(`module "m"\n${text('dense', [-2, 0, 1, 2, 3, 5])}\n${text('sparse', [7, 100_000, -50_000])}`);
    for (const [name, numbers] of [['dense', [-2, 0, 1, 2, 3, 5]], ['sparse', [7, 100_000, -50_000]]] as const) {
      for (const number of [...numbers, 4, 6, -3, -1, 2 ** 40]) {
        const wanted = (numbers as readonly number[]).includes(number) ? BigInt(number * 10) : -1n;
        expect((exports[`m.${name}`] as Func)(BigInt(number)), `${name} ${number}`).toBe(wanted);
      }
      expect((exports[`m.${name}`] as Func)(BigInt(numbers[0]!) + 2n ** 32n)).toBe(-1n);
    }
  });

  it('a stack that overflows leaves the memory and traps', () => {
    const exports = instance(`module "m"
fn @m.deep(i64) -> i64 [root] {
slot0: size 4096 align 16
block0(v0: i64):
  v1 = slot.ptr slot0
  store.64 v1, v0
  v2 = iconst.i64 1
  v3 = sub.i64 v0, v2
  v4 = iconst.i64 0
  v5 = icmp.eq v0, v4
  brif v5, block1, block2
block1:
  ret v0
block2:
  v6 = call @m.deep(v3) : (i64) -> i64
  v7 = load.64.i64 v1
  v8 = add.i64 v6, v7
  ret v8
}`);
    const deep = exports['m.deep'] as Func;
    const stack = exports['stack_pointer'] as WebAssembly.Global;
    const top = stack.value as number;
    expect(deep(10n)).toBe(55n);
    expect(stack.value).toBe(top);
    expect(() => deep(1000n)).toThrow(WebAssembly.RuntimeError);
  });

  it('reports an address that nobody defines', () => {
    const diagnostics = new Diagnostics();
    emitWasm(firModule(`module "m"
external @image.end
fn @m.end() -> ptr [root] {
block0:
  v0 = symbol.ptr @image.end
  ret v0
}`), diagnostics);
    expect(diagnostics.list.map(({ code }) => code)).toEqual(['FX0603']);
  });
});
