import { describe, expect, it } from 'vitest';
import { Interpreter, type InterpreterOptions } from '../../fluxc/fir/interpret.ts';
import { TrapCode } from '../../fluxc/fir/ops.ts';
import { firModule } from './text.ts';

const CORNERS = [
  0n, 1n, 2n, 3n, 5n, 31n, 32n, 33n, 63n, 64n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0x8000n, 0xffffn, 0x7fffffffn, 0x80000000n,
  0xffffffffn, 0x100000000n, 0x123456789abcdefn, 0x7fffffffffffffffn, 0x8000000000000000n,
  0xfedcba9876543210n, 0xffffffff80000000n, 0xffffffffffffffffn,
];

/** What each operation does, in the plainest terms: on unsigned `a` and `b` of `w` bits; `s` reads them as signed. */
type Model = (a: bigint, b: bigint, w: bigint, s: (value: bigint) => bigint) => bigint;
const MODELS: Record<string, Model> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  sdiv: (a, b, _, s) => s(a) / s(b),
  udiv: (a, b) => a / b,
  srem: (a, b, _, s) => s(a) % s(b),
  urem: (a, b) => a % b,
  smulh: (a, b, w, s) => (s(a) * s(b)) >> w,
  umulh: (a, b, w) => (a * b) >> w,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b, w) => a << b % w,
  lshr: (a, b, w) => a >> b % w,
  ashr: (a, b, w, s) => s(a) >> b % w,
  rotl: (a, b, w) => (a << b % w) | (a >> (w - b % w)),
};
const UNARY: Record<string, (a: bigint, w: number, s: (value: bigint) => bigint) => bigint> = {
  neg: (a) => -a,
  not: (a) => ~a,
  clz: (a, w) => BigInt(w - (a === 0n ? 0 : a.toString(2).length)),
  ctz: (a, w) => BigInt(a === 0n ? w : a.toString(2).length - 1 - a.toString(2).lastIndexOf('1')),
  popcnt: (a) => BigInt(a.toString(2).split('1').length - 1),
  bswap: (a, w) => BigInt('0x' + a.toString(16).padStart(w / 4, '0').match(/../g)!.reverse().join('')),
  sext8: (a) => BigInt.asIntN(8, a),
  sext16: (a) => BigInt.asIntN(16, a),
};
const CONDITIONS: Record<string, (a: bigint, b: bigint, s: (value: bigint) => bigint) => boolean> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  slt: (a, b, s) => s(a) < s(b),
  sge: (a, b, s) => s(a) >= s(b),
  sgt: (a, b, s) => s(a) > s(b),
  sle: (a, b, s) => s(a) <= s(b),
  ult: (a, b) => a < b,
  uge: (a, b) => a >= b,
  ugt: (a, b) => a > b,
  ule: (a, b) => a <= b,
};

function run(text: string, args: (bigint | number)[] = [], options: InterpreterOptions = {}) {
  return new Interpreter(firModule(text), options).call('f', args);
}

function result(text: string, args: (bigint | number)[] = [], options: InterpreterOptions = {}): bigint {
  const outcome = run(text, args, options);
  if (outcome.kind !== 'results') throw new Error(JSON.stringify(outcome));
  return outcome.results[0]!;
}

describe.each([32, 64])('integers of %i bits', (width) => {
  const type = `i${width}`;
  const s = (value: bigint) => BigInt.asIntN(width, value);
  const corners = [...new Set(CORNERS.map((value) => BigInt.asUintN(width, value)))];

  it.each(Object.keys(MODELS))('%s', (name) => {
    const interpreter = new Interpreter(firModule(`fn @f(${type}, ${type}) -> ${type} {
block0(v0: ${type}, v1: ${type}):
  v2 = ${name}.${type} v0, v1
  ret v2
}`));
    const divides = name.endsWith('div') || name.endsWith('rem');
    for (const a of corners) {
      for (const b of corners) {
        const outcome = interpreter.call('f', [s(a), s(b)]);
        if (divides && b === 0n) expect(outcome).toMatchObject({ kind: 'trap', trap: TrapCode.DivisionByZero });
        else expect(outcome).toEqual({ kind: 'results', results: [s(MODELS[name]!(a, b, BigInt(width), s))] });
      }
    }
  });

  it.each(Object.keys(UNARY))('%s', (name) => {
    const interpreter = new Interpreter(firModule(`fn @f(${type}) -> ${type} {
block0(v0: ${type}):
  v1 = ${name}.${type} v0
  ret v1
}`));
    for (const a of corners) {
      expect(interpreter.call('f', [s(a)])).toEqual({ kind: 'results', results: [s(UNARY[name]!(a, width, s))] });
    }
  });

  it.each(Object.keys(CONDITIONS))('icmp.%s', (name) => {
    const interpreter = new Interpreter(firModule(`fn @f(${type}, ${type}) -> bool {
block0(v0: ${type}, v1: ${type}):
  v2 = icmp.${name} v0, v1
  ret v2
}`));
    for (const a of corners) {
      for (const b of corners) {
        const expected = CONDITIONS[name]!(a, b, s) ? 1n : 0n;
        expect(interpreter.call('f', [s(a), s(b)])).toEqual({ kind: 'results', results: [expected] });
      }
    }
  });
});

describe('floats', () => {
  const convert = (operation: string, from: string, to: string, argument: bigint | number) => {
    return result(`fn @f(${from}) -> ${to} {
block0(v0: ${from}):
  v1 = ${operation}.${to} v0
  ret v1
}`, [argument]);
  };
  const bits64 = (value: number) => new DataView(Float64Array.of(value).buffer).getBigUint64(0, true);
  const bits32 = (value: number) => BigInt(new DataView(Float32Array.of(value).buffer).getUint32(0, true));

  it('rounds integers once', () => {
    // 2^24 + 1 is a tie that goes to even; with a bit far below it, it is no tie. An f64 in between would lose that
    // bit.
    expect(convert('sitof', 'i64', 'f32', (1n << 60n) + (1n << 36n))).toBe(bits32(2 ** 60));
    expect(convert('sitof', 'i64', 'f32', (1n << 60n) + (1n << 36n) + 1n)).toBe(bits32(2 ** 60 + 2 ** 37));
    expect(convert('uitof', 'i64', 'f64', -1n)).toBe(bits64(2 ** 64));
    expect(convert('uitof', 'i32', 'f32', -1n)).toBe(bits32(2 ** 32));
    expect(convert('sitof', 'i32', 'f64', -7n)).toBe(bits64(-7));
  });

  it.each([
    ['ftosi', 'f64', 'i32', 2147483647.9, 2147483647n],
    ['ftosi', 'f64', 'i32', -1e20, -2147483648n],
    ['ftosi', 'f32', 'i64', 1e30, (1n << 63n) - 1n],
    ['ftosi', 'f64', 'i64', -3.99, -3n],
    ['ftosi', 'f64', 'i64', NaN, 0n],
    ['ftoui', 'f64', 'i32', 4294967295.5, -1n],
    ['ftoui', 'f64', 'i32', -0.5, 0n],
    ['ftoui', 'f32', 'i64', Infinity, -1n],
    ['ftoui', 'f64', 'i64', 2 ** 63, -(1n << 63n)],
  ])('%s %s to %s of %d', (operation, from, to, argument, expected) => {
    expect(convert(operation, from, to, argument)).toBe(expected);
  });

  it('computes f32 with one rounding each', () => {
    const text = `fn @f(f32, f32) -> f32 {
block0(v0: f32, v1: f32):
  v2 = fmul.f32 v0, v1
  v3 = fadd.f32 v2, v0
  v4 = fdiv.f32 v3, v1
  v5 = fsqrt.f32 v4
  v6 = fneg.f32 v5
  ret v6
}`;
    const round = Math.fround;
    const x = round(1.1);
    const y = round(3.3);
    expect(result(text, [x, y])).toBe(bits32(-round(Math.sqrt(round(round(round(x * y) + x) / y)))));
  });

  it('knows NaN only by ne', () => {
    for (const [cond, expected] of [['eq', 0n], ['ne', 1n], ['lt', 0n], ['ge', 0n], ['gt', 0n], ['le', 0n]] as const) {
      expect(result(`fn @f(f64) -> bool {
block0(v0: f64):
  v1 = fcmp.${cond} v0, v0
  ret v1
}`, [NaN])).toBe(expected);
    }
  });
});

describe('control and memory', () => {
  it('passes edge arguments at once', () => {
    expect(result(`fn @f(i32) -> i64 {
block0(v0: i32):
  v1 = iconst.i64 1
  v2 = iconst.i64 1000
  v3 = iconst.i32 0
  v4 = iconst.i32 1
  jump block1(v1, v2, v0)
block1(v5: i64, v6: i64, v7: i32):
  v8 = icmp.eq v7, v3
  v9 = sub.i32 v7, v4
  brif v8, block2, block1(v6, v5, v9)
block2:
  v10 = sub.i64 v5, v6
  ret v10
}`, [5n])).toBe(999n);
  });

  it('calls, returns two results and follows function pointers', () => {
    const text = `fn @f(i64) -> i64 {
block0(v0: i64):
  v1 = symbol.func @divide
  v2 = iconst.i64 10
  v3 = callptr v1(v0, v2) : (i64, i64) -> i64, i64
  v4 = result1.i64 v3
  v5 = mul.i64 v3, v3
  v6 = add.i64 v5, v4
  ret v6
}
fn @divide(i64, i64) -> i64, i64 {
block0(v0: i64, v1: i64):
  v2 = sdiv.i64 v0, v1
  v3 = srem.i64 v0, v1
  ret v2, v3
}`;
    expect(result(text, [-47n])).toBe(16n - 7n);
  });

  it('reads and writes data, follows references in it', () => {
    const module = firModule(`data @list writable size 16 align 8 = "\\05\\ff" [8: @list + 1]
fn @f() -> i32 {
block0:
  v0 = symbol.ptr @list + 8
  v1 = load.64.ptr v0
  v2 = load.s8.i32 v1
  v3 = load.u8.i32 v1 - 1
  v4 = add.i32 v2, v3
  store.u16 v1 + 1, v4
  ret v4
}`);
    const interpreter = new Interpreter(module);
    expect(interpreter.call('f')).toEqual({ kind: 'results', results: [4n] });
    expect([...interpreter.readBytes(interpreter.address('list'), 4)]).toEqual([5, 255, 4, 0]);
  });

  it('says where it trapped', () => {
    expect(run(`fn @f(bool) {
block0(v0: bool):
  trapif v0, out_of_bounds !77
  trap explicit !78
}`, [1n])).toEqual({ kind: 'trap', trap: TrapCode.OutOfBounds, loc: 77, function: 'f' });
  });

  it('stops endless loops and endless recursion', () => {
    expect(run('fn @f() {\nblock0:\n  jump block1\nblock1:\n  jump block1\n}')).toEqual({ kind: 'out of fuel' });
    expect(run('fn @f() {\nslot0: size 64 align 8\nblock0:\n  call @f() : ()\n  ret\n}'))
      .toMatchObject({ kind: 'trap', trap: TrapCode.StackOverflow });
  });

  it.each([
    ['a byte behind an object', 'v1 = symbol.ptr @o + 4', 'store.u8 v1, v0'],
    ['a word that only starts inside', 'v1 = symbol.ptr @o + 1', 'store.u32 v1, v0'],
    ['read-only data', 'v1 = symbol.ptr @r', 'store.u8 v1, v0'],
    ['null', 'v1 = iconst.ptr 0', 'v2 = load.u8.i32 v1'],
    ['a slot of a function that returned', 'v1 = call @slot() : () -> ptr', 'v2 = load.u8.i32 v1'],
    ['a fill that is too long', 'v1 = symbol.ptr @o\n  v2 = iconst.i64 5', 'memfill v1, v0, v2'],
    ['a call of data', 'v1 = symbol.ptr @o', 'callptr v1() : ()'],
    ['a call by another signature', 'v1 = symbol.func @slot', 'callptr v1() : ()'],
  ])('faults on %s', (_, define, use) => {
    expect(run(`data @o writable size 4 align 4
data @r size 4 align 4
fn @slot() -> ptr {
slot0: size 8 align 8
block0:
  v0 = slot.ptr slot0
  ret v0
}
fn @f() {
block0:
  v0 = iconst.i32 1
  ${define}
  ${use}
  ret
}`)).toMatchObject({ kind: 'fault' });
  });

  it('asks the host for externals, devices and system registers', () => {
    const written: unknown[] = [];
    const text = `external @twice
fn @f(i64) -> i64 {
block0(v0: i64):
  v1 = call @twice(v0) : (i64) -> i64
  v2 = iconst.ptr 0x9000000
  v3 = load.u8.i64 v2 + 24 volatile
  store.u16 v2, v3 volatile
  v4 = iconst.i32 768
  v5 = sysread.csr.8.i64 v4
  v6 = add.i64 v1, v5
  ret v6
}`;
    expect(result(text, [21n], {
      externals: { twice: ([value]) => value! * 2n },
      device: { read: (address) => address & 0xfffn, write: (...args) => void written.push(args) },
      system: { read: (_, register) => BigInt(register), write: () => undefined },
    })).toBe(42n + 768n);
    expect(written).toEqual([[0x9000000n, 2, 24n]]);
  });
});
