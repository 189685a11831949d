/** Every FIR operation on edge values, as parameters and as constants, under qemu-aarch64 against the interpreter. */
import { describe, expect, it } from 'vitest';
import { COND_NAMES } from '../../fluxc/fir/ops.ts';
import { type Call, moduleOf } from './machine.ts';
import { differences } from './oracle.ts';

const INTS: Record<string, bigint[]> = {
  i32: [
    0n,
    1n,
    2n,
    31n,
    32n,
    33n,
    255n,
    4095n,
    4096n,
    0x12345n,
    0x7fffffffn,
    -1n,
    -2n,
    -4096n,
    -0x80000000n,
    0x55aa55aan,
  ],
  i64: [
    0n,
    1n,
    3n,
    63n,
    64n,
    65n,
    4095n,
    0xfff000n,
    0x7fffffffn,
    0xffffffffn,
    0x100000000n,
    0x123456789abcdefn,
    -1n,
    -5n,
    -4097n,
    -0x80000000n,
    -0x8000000000000000n,
    0x7fffffffffffffffn,
    0x00ff00ff00ff00ffn,
  ],
};

function bits64(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

function bits32(value: number): bigint {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return BigInt(view.getUint32(0));
}

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.5,
  1.5,
  2.5,
  -2.5,
  31,
  0.1,
  1e10,
  -1e10,
  2147483647,
  2147483648,
  -2147483648,
  -2147483649,
  4294967295,
  4294967296,
  9.3e18,
  -9.3e18,
  1.9e19,
  1e300,
  1e-300,
  Infinity,
  -Infinity,
  NaN,
];
const FLOATS: Record<string, bigint[]> = { f32: NUMBERS.map(bits32), f64: NUMBERS.map(bits64) };

class Program {
  private readonly texts: string[] = [];
  readonly calls: Call[] = [];

  /** A function of one block; `body` defines `result` from the parameters v0, v1 … */
  add(params: string[], body: string, result: string, type: string, argumentLists: bigint[][]): void {
    const name = `f${this.texts.length}`;
    const list = params.map((param, i) => `v${i}: ${param}`).join(', ');
    this.texts.push(`fn @${name}(${params.join(', ')}) -> ${type} {\nblock0(${list}):\n${body}\n  ret ${result}\n}\n`);
    for (const args of argumentLists) this.calls.push({ name, args });
  }

  check(): void {
    const module = moduleOf(`module "test"\n\n${this.texts.join('\n')}`);
    expect(differences(module, this.calls)).toEqual([]);
  }
}

function pairs(a: bigint[], b: bigint[]): bigint[][] {
  return a.flatMap((x) => b.map((y) => [x, y]));
}

const BINARY = ['add', 'sub', 'mul', 'and', 'or', 'xor', 'smulh', 'umulh', 'shl', 'lshr', 'ashr', 'rotl'];
const DIVISIONS = ['sdiv', 'udiv', 'srem', 'urem'];
const UNARY = ['neg', 'not', 'clz', 'ctz', 'popcnt', 'bswap', 'sext8', 'sext16'];

describe.each(['i32', 'i64'])('operations on %s', (type) => {
  const values = INTS[type]!;

  it('of two operands', () => {
    const program = new Program();
    for (const op of [...BINARY, ...DIVISIONS]) {
      const divides = DIVISIONS.includes(op);
      const divisors = divides ? values.filter((value) => value !== 0n) : values;
      const suffix = divides ? ' checked' : '';
      program.add([type, type], `  v2 = ${op}.${type} v0, v1${suffix}`, 'v2', type, pairs(values, divisors));
      for (const constant of divisors) {
        const body = `  v1 = iconst.${type} ${constant}\n  v2 = ${op}.${type} v0, v1${suffix}`;
        program.add(
          [type],
          body,
          'v2',
          type,
          values.map((value) => [value]),
        );
      }
      for (const constant of values) {
        const body = `  v1 = iconst.${type} ${constant}\n  v2 = ${op}.${type} v1, v0${suffix}`;
        program.add(
          [type],
          body,
          'v2',
          type,
          divisors.map((value) => [value]),
        );
      }
    }
    program.check();
  });

  it('of one operand', () => {
    const program = new Program();
    for (const op of UNARY)
      program.add(
        [type],
        `  v1 = ${op}.${type} v0`,
        'v1',
        type,
        values.map((value) => [value]),
      );
    program.check();
  });

  it('comparisons: as values, selections, traps', () => {
    const program = new Program();
    for (const cond of COND_NAMES) {
      const compare = `  v2 = icmp.${cond} v0, v1\n`;
      program.add([type, type], compare, 'v2', 'bool', pairs(values, values));
      program.add([type, type], `${compare}  v3 = select.${type} v2, v1, v0`, 'v3', type, pairs(values, values));
      program.add([type, type], `${compare}  trapif v2, overflow`, 'v0', type, pairs(values, values));
      program.add(
        [type, type],
        `${compare}  v3 = not.bool v2\n  trapif v3, overflow`,
        'v0',
        type,
        pairs(values, values),
      );
      for (const constant of values) {
        const body = `  v1 = iconst.${type} ${constant}\n  v2 = icmp.${cond} v0, v1`;
        program.add(
          [type],
          body,
          'v2',
          'bool',
          values.map((value) => [value]),
        );
        program.add(
          [type],
          `${body}\n  trapif v2, bad_enum`,
          'v0',
          type,
          values.map((value) => [value]),
        );
      }
    }
    program.check();
  });

  it('what instructions swallow', () => {
    const program = new Program();
    const all = pairs(values, values);
    for (const shift of ['shl', 'lshr', 'ashr', 'rotl']) {
      for (const op of ['add', 'sub', 'and', 'or', 'xor']) {
        const shifted = `  v2 = iconst.${type} 7\n  v3 = ${shift}.${type} v1, v2\n`;
        program.add([type, type], `${shifted}  v4 = ${op}.${type} v0, v3`, 'v4', type, all);
        program.add([type, type], `${shifted}  v4 = ${op}.${type} v3, v0`, 'v4', type, all);
        program.add([type, type], `${shifted}  v4 = not.${type} v3\n  v5 = ${op}.${type} v0, v4`, 'v5', type, all);
      }
      program.add(
        [type, type],
        `  v2 = iconst.${type} 5\n  v3 = ${shift}.${type} v1, v2\n  v4 = icmp.ult v3, v0`,
        'v4',
        'bool',
        all,
      );
      program.add(
        [type, type],
        `  v2 = iconst.${type} 5\n  v3 = ${shift}.${type} v1, v2\n  v4 = neg.${type} v3`,
        'v4',
        type,
        all,
      );
      program.add(
        [type, type],
        `  v2 = iconst.${type} 5\n  v3 = ${shift}.${type} v1, v2\n  v4 = not.${type} v3`,
        'v4',
        type,
        all,
      );
      for (const mask of [1n, 7n, 0xffffn, 0x7fffffffn, 6n]) {
        const body = `  v2 = iconst.${type} 9\n  v3 = ${shift}.${type} v1, v2\n  v4 = iconst.${type} ${mask}\n  v5 = and.${type} v3, v4`;
        program.add([type, type], body, 'v5', type, all);
      }
    }
    program.add([type, type], `  v2 = mul.${type} v0, v1\n  v3 = add.${type} v0, v2`, 'v3', type, all);
    program.add([type, type], `  v2 = mul.${type} v0, v1\n  v3 = sub.${type} v0, v2`, 'v3', type, all);
    program.add([type, type], `  v2 = mul.${type} v0, v1\n  v3 = sub.${type} v2, v0`, 'v3', type, all);
    program.add([type, type], `  v2 = mul.${type} v0, v1\n  v3 = neg.${type} v2`, 'v3', type, all);
    for (const mask of [1n, 8n, 0x40000000n, 0xffn, 5n]) {
      for (const cond of ['eq', 'ne', 'ult', 'sge']) {
        const body = `  v2 = iconst.${type} ${mask}\n  v3 = and.${type} v0, v2\n  v4 = iconst.${type} 0\n  v5 = icmp.${cond} v3, v4`;
        program.add([type, type], body, 'v5', 'bool', all);
        program.add([type, type], `${body}\n  trapif v5, overflow`, 'v1', type, all);
        program.add([type, type], `${body}\n  v6 = select.${type} v5, v0, v1`, 'v6', type, all);
      }
    }
    const sides = [
      `  v2 = iconst.${type} 1`,
      `  v3 = iconst.${type} 0`,
      `  v4 = iconst.${type} -1`,
      `  v5 = add.${type} v0, v2`,
      `  v6 = not.${type} v0`,
      `  v7 = neg.${type} v0`,
      '  v8 = icmp.slt v0, v1',
    ].join('\n');
    for (const [yes, no] of [
      ['v2', 'v3'],
      ['v3', 'v2'],
      ['v4', 'v3'],
      ['v5', 'v1'],
      ['v1', 'v5'],
      ['v1', 'v6'],
      ['v7', 'v1'],
      ['v7', 'v6'],
    ]) {
      program.add([type, type], `${sides}\n  v9 = select.${type} v8, ${yes}, ${no}`, 'v9', type, all);
    }
    program.check();
  });
});

describe('conversions', () => {
  it('between integers', () => {
    const program = new Program();
    const words = INTS.i32!.map((value) => [value]);
    const wides = INTS.i64!.map((value) => [value]);
    program.add(['i32'], '  v1 = sext.i64 v0', 'v1', 'i64', words);
    program.add(['i32'], '  v1 = zext.i64 v0', 'v1', 'i64', words);
    program.add(['i32'], '  v1 = neg.i32 v0\n  v2 = zext.i64 v1', 'v2', 'i64', words);
    program.add(['i64'], '  v1 = trunc.i32 v0\n  v2 = zext.i64 v1', 'v2', 'i64', wides);
    program.add(['i64'], '  v1 = trunc.i32 v0\n  v2 = sext.i64 v1', 'v2', 'i64', wides);
    program.add(['i64'], '  v1 = trunc.i32 v0\n  v2 = bswap.i32 v1', 'v2', 'i32', wides);
    program.add(['i64'], '  v1 = trunc.bool v0', 'v1', 'bool', wides);
    program.add(
      ['i64'],
      '  v1 = trunc.bool v0\n  v2 = not.bool v1\n  v3 = zext.i32 v2\n  v4 = zext.i64 v2\n  v5 = sext.i64 v3\n  v6 = add.i64 v4, v5',
      'v6',
      'i64',
      wides,
    );
    program.add(['i64'], '  v1 = bitcast.ptr v0\n  v2 = bitcast.func v1\n  v3 = bitcast.i64 v2', 'v3', 'i64', wides);
    for (const extension of ['sext.i64', 'zext.i64']) {
      const all = pairs(INTS.i64!, INTS.i32!);
      for (const op of ['add', 'sub', 'mul', 'and', 'shl']) {
        program.add(['i64', 'i32'], `  v2 = ${extension} v1\n  v3 = ${op}.i64 v0, v2`, 'v3', 'i64', all);
        program.add(['i64', 'i32'], `  v2 = ${extension} v1\n  v3 = ${op}.i64 v2, v0`, 'v3', 'i64', all);
      }
      for (const count of [1, 4, 5, 40]) {
        const shifted = `  v2 = ${extension} v1\n  v5 = iconst.i64 ${count}\n  v3 = shl.i64 v2, v5\n`;
        program.add(['i64', 'i32'], shifted, 'v3', 'i64', all);
        program.add(['i64', 'i32'], `${shifted}  v4 = add.i64 v0, v3`, 'v4', 'i64', all);
        program.add(['i64', 'i32'], `${shifted}  v4 = icmp.slt v0, v3`, 'v4', 'bool', all);
      }
      program.add(
        ['i32', 'i32'],
        `  v2 = ${extension} v0\n  v3 = ${extension} v1\n  v4 = mul.i64 v2, v3`,
        'v4',
        'i64',
        pairs(INTS.i32!, INTS.i32!),
      );
    }
    for (const narrow of ['sext8', 'sext16']) {
      program.add(
        ['i64', 'i64'],
        `  v2 = ${narrow}.i64 v1\n  v3 = add.i64 v0, v2`,
        'v3',
        'i64',
        pairs(INTS.i64!, INTS.i64!),
      );
    }
    for (const mask of [0xffn, 0xffffn, 0xffffffffn]) {
      const body = `  v4 = iconst.i64 ${mask}\n  v2 = and.i64 v1, v4\n  v3 = sub.i64 v0, v2`;
      program.add(['i64', 'i64'], body, 'v3', 'i64', pairs(INTS.i64!, INTS.i64!));
    }
    program.check();
  });

  it('of floats', () => {
    const program = new Program();
    for (const float of ['f32', 'f64']) {
      const floats = FLOATS[float]!.map((value) => [value]);
      for (const int of ['i32', 'i64']) {
        program.add([float], `  v1 = ftosi.${int} v0`, 'v1', int, floats);
        program.add([float], `  v1 = ftoui.${int} v0`, 'v1', int, floats);
        program.add(
          [int],
          `  v1 = sitof.${float} v0`,
          'v1',
          float,
          INTS[int]!.map((value) => [value]),
        );
        program.add(
          [int],
          `  v1 = uitof.${float} v0`,
          'v1',
          float,
          INTS[int]!.map((value) => [value]),
        );
      }
      const same = float === 'f32' ? 'i32' : 'i64';
      program.add(
        [float],
        `  v1 = bitcast.${same} v0`,
        'v1',
        same,
        floats.filter(([value]) => value !== FLOATS[float]!.at(-1)),
      );
      program.add(
        [same],
        `  v1 = bitcast.${float} v0`,
        'v1',
        float,
        INTS[same]!.map((value) => [value]),
      );
    }
    program.add(
      ['f32'],
      '  v1 = fpromote.f64 v0',
      'v1',
      'f64',
      FLOATS.f32!.map((value) => [value]),
    );
    program.add(
      ['f64'],
      '  v1 = fdemote.f32 v0',
      'v1',
      'f32',
      FLOATS.f64!.map((value) => [value]),
    );
    program.check();
  });
});

describe.each(['f32', 'f64'])('operations on %s', (type) => {
  const values = FLOATS[type]!;

  it('arithmetic', () => {
    const program = new Program();
    for (const op of ['fadd', 'fsub', 'fmul', 'fdiv'])
      program.add([type, type], `  v2 = ${op}.${type} v0, v1`, 'v2', type, pairs(values, values));
    for (const op of ['fneg', 'fabs', 'fsqrt'])
      program.add(
        [type],
        `  v1 = ${op}.${type} v0`,
        'v1',
        type,
        values.map((value) => [value]),
      );
    for (const number of ['0.0', '-0.0', '1.0', '-2.5', '0.1', '31.0', '32.0', '0.125', '1e30']) {
      program.add(
        [type],
        `  v1 = fconst.${type} ${number}\n  v2 = fadd.${type} v0, v1`,
        'v2',
        type,
        values.map((value) => [value]),
      );
    }
    program.check();
  });

  it('comparisons', () => {
    const program = new Program();
    for (const cond of ['eq', 'ne', 'lt', 'le', 'gt', 'ge']) {
      const compare = `  v2 = fcmp.${cond} v0, v1\n`;
      program.add([type, type], compare, 'v2', 'bool', pairs(values, values));
      program.add([type, type], `${compare}  v3 = not.bool v2`, 'v3', 'bool', pairs(values, values));
      program.add([type, type], `${compare}  v3 = select.${type} v2, v0, v1`, 'v3', type, pairs(values, values));
      program.add([type, type], `${compare}  trapif v2, overflow`, 'v0', type, pairs(values, values));
      program.add(
        [type, type],
        `${compare}  v3 = not.bool v2\n  trapif v3, overflow`,
        'v0',
        type,
        pairs(values, values),
      );
      program.add(
        [type],
        `  v1 = fconst.${type} 0.0\n  v2 = fcmp.${cond} v0, v1`,
        'v2',
        'bool',
        values.map((value) => [value]),
      );
    }
    program.check();
  });
});
