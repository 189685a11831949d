/**
 * Every FIR operation on edge values, with operands in registers, as constants and in memory, run on this machine
 * against the interpreter. The functions are legal for selection as they stand.
 */
import { describe, expect, test } from 'vitest';
import { COND_NAMES } from '../../fluxc/fir/ops.ts';
import { type Call, differences, moduleOf } from './machine.ts';

const INTS: Record<string, bigint[]> = {
  i32: [
    0n, 1n, 2n, 8n, 31n, 32n, 33n, 127n, 128n, 255n, 0xffffn, 0x12345678n, 0x7fffffffn, -1n, -2n, -128n, -129n,
    -0x80000000n,
  ],
  i64: [
    0n, 1n, 4n, 63n, 64n, 65n, 128n, 255n, 0xffffn, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x100000000n,
    0x123456789abcdefn, -1n, -5n, -129n, -0x80000000n, -0x80000001n, -0x8000000000000000n, 0x7fffffffffffffffn,
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
  0, -0, 1, -1, 0.5, -0.5, -0.9, 1.5, 2.5, -2.5, 0.1, 1e10, -1e10, 2147483647, 2147483648, -2147483648,
  -2147483649, 4294967295, 4294967296, 9.2e18, 9.3e18, -9.3e18, 1.8e19, 1.9e19, 1e300, 1e-300, Infinity, -Infinity, NaN,
];
const FLOATS: Record<string, bigint[]> = { f32: NUMBERS.map(bits32), f64: NUMBERS.map(bits64) };

class Program {
  private readonly texts: string[] = ['data @cell writable size 16 align 8'];
  private readonly calls: Call[] = [];

  /** A function of one block with parameters v0, v1 …; `body` defines what it returns. */
  add(params: string[], body: string, result: string, type: string, argumentLists: bigint[][]): void {
    const name = `f${this.texts.length}`;
    const list = params.map((param, i) => `v${i}: ${param}`).join(', ');
    this.texts.push(`fn @${name}(${params.join(', ')}) -> ${type} {\nblock0(${list}):\n${body}\n  ret ${result}\n}\n`);
    for (const args of argumentLists) this.calls.push({ name, args });
  }

  check(): void {
    expect(differences(moduleOf(this.texts.join('\n')), this.calls)).toEqual([]);
  }
}

const pairs = (a: bigint[], b: bigint[]): bigint[][] => a.flatMap((x) => b.map((y) => [x, y]));
const singles = (values: bigint[]): bigint[][] => values.map((value) => [value]);

const DIVISIONS = ['sdiv', 'udiv', 'srem', 'urem'];
const BINARY = ['add', 'sub', 'mul', 'and', 'or', 'xor', 'smulh', 'umulh', 'shl', 'lshr', 'ashr', 'rotl', ...DIVISIONS];
const UNARY = ['neg', 'not', 'clz', 'ctz', 'popcnt', 'bswap', 'sext8', 'sext16'];
const WIDTH: Record<string, string> = { i32: 'u32', i64: '64', f32: 'f32', f64: 'f64' };

/** Lines that put v`from` into memory and load it as v`to`, so that the next instruction may read it there. */
function throughMemory(type: string, from: number, to: number): string {
  return `  v90 = symbol.ptr @cell\n  store.${WIDTH[type]} v90 + 8, v${from}\n` +
    `  v${to} = load.${WIDTH[type]}.${type} v90 + 8\n`;
}

/** The least number by -1 does not reach selection: the pass `expand-division` guards it. */
function isLegal(op: string, type: string, [a, b]: bigint[]): boolean {
  const least = type === 'i32' ? -0x80000000n : -0x8000000000000000n;
  return !DIVISIONS.includes(op) || (b !== 0n && !(op.startsWith('s') && a === least && b === -1n));
}

describe.each(['i32', 'i64'])('%s', (type) => {
  const values = INTS[type]!;

  test('operations of two operands', () => {
    const program = new Program();
    for (const op of BINARY) {
      const checked = DIVISIONS.includes(op) ? ' checked' : '';
      const all = pairs(values, values).filter((pair) => isLegal(op, type, pair));
      program.add([type, type], `  v2 = ${op}.${type} v0, v1${checked}`, 'v2', type, all);
      // The same with operands that live on.
      const later = `  v2 = ${op}.${type} v0, v1${checked}\n  v3 = xor.${type} v0, v1\n  v4 = rotl.${type} v2, v0\n` +
        `  v5 = xor.${type} v3, v4`;
      program.add([type, type], later, 'v5', type, all);
      program.add([type, type], `${throughMemory(type, 1, 2)}  v3 = ${op}.${type} v0, v2${checked}`, 'v3', type, all);
      program.add([type, type], `${throughMemory(type, 0, 2)}  v3 = ${op}.${type} v2, v1${checked}`, 'v3', type, all);
      for (const constant of values) {
        const right = singles(values).filter(([value]) => isLegal(op, type, [value!, constant]));
        const left = singles(values).filter(([value]) => isLegal(op, type, [constant, value!]));
        const body = `  v1 = iconst.${type} ${constant}\n`;
        if (right.length > 0) program.add([type], `${body}  v2 = ${op}.${type} v0, v1${checked}`, 'v2', type, right);
        program.add([type], `${body}  v2 = ${op}.${type} v1, v0${checked}`, 'v2', type, left);
        if (right.length > 0) program.add(
          [type], `${body}  v2 = ${op}.${type} v0, v1${checked}\n  v3 = sub.${type} v0, v2`, 'v3', type, right,
        );
      }
    }
    for (const factor of [2n, 3n, 5n, 7n, 9n, 16n, 1000n]) {
      const body = `  v1 = iconst.${type} ${factor}\n${throughMemory(type, 0, 2)}  v3 = mul.${type} v2, v1\n` +
        `  v4 = mul.${type} v0, v1\n`;
      program.add([type], `${body}  v5 = xor.${type} v3, v4\n  v6 = add.${type} v5, v3`, 'v6', type, singles(values));
    }
    program.check();
  });

  test('operations of one operand', () => {
    const program = new Program();
    for (const op of UNARY) {
      const body = `  v1 = ${op}.${type} v0`;
      program.add([type], body, 'v1', type, singles(values));
      program.add([type], `${body}\n  v2 = sub.${type} v1, v0`, 'v2', type, singles(values));
    }
    program.check();
  });

  test('comparisons as values, for selections and for traps', () => {
    const program = new Program();
    const all = pairs(values, values);
    for (const cond of COND_NAMES) {
      const compare = `  v2 = icmp.${cond} v0, v1\n`;
      program.add([type, type], compare, 'v2', 'bool', all);
      program.add([type, type], `${compare}  v3 = select.${type} v2, v1, v0`, 'v3', type, all);
      program.add([type, type], `${compare}  v3 = not.bool v2\n  v4 = select.${type} v3, v1, v0`, 'v4', type, all);
      program.add([type, type], `${compare}  trapif v2, overflow`, 'v0', type, all);
      program.add([type, type], `${throughMemory(type, 0, 2)}  v3 = icmp.${cond} v2, v1`, 'v3', 'bool', all);
      program.add([type, type], `${throughMemory(type, 1, 2)}  v3 = icmp.${cond} v0, v2`, 'v3', 'bool', all);
      for (const constant of values) {
        const body = `  v1 = iconst.${type} ${constant}\n`;
        program.add([type], `${body}  v2 = icmp.${cond} v0, v1`, 'v2', 'bool', singles(values));
        program.add([type], `${body}  v2 = icmp.${cond} v1, v0\n  trapif v2, bad_enum`, 'v0', type, singles(values));
        program.add(
          [type], `${body}${throughMemory(type, 0, 2)}  v3 = icmp.${cond} v2, v1`, 'v3', 'bool', singles(values),
        );
      }
      for (const mask of [1n, 8n, 0xffn, 0x100n, 0x40000000n, -0x80000000n]) {
        const body = `  v1 = iconst.${type} ${mask}\n  v2 = and.${type} v0, v1\n  v3 = iconst.${type} 0\n` +
          `  v4 = icmp.${cond} v2, v3`;
        program.add([type], body, 'v4', 'bool', singles(values));
      }
      program.add(
        [type, type], `  v2 = and.${type} v0, v1\n  v3 = iconst.${type} 0\n  v4 = icmp.${cond} v2, v3`, 'v4', 'bool',
        all,
      );
      for (const access of ['u8', 'u16', 's8', 's16']) {
        for (const constant of [0n, 1n, 127n, 128n, 255n, 256n, 65535n, -1n]) {
          const load = `  v90 = symbol.ptr @cell\n  store.64 v90, v0\n  v1 = load.${access}.${type} v90\n` +
            `  v2 = iconst.${type} ${constant}\n`;
          program.add(['i64'], `${load}  v3 = icmp.${cond} v1, v2`, 'v3', 'bool', singles(INTS.i64!));
        }
      }
    }
    program.check();
  });
});

test('conversions of integers', () => {
  const program = new Program();
  const words = singles(INTS.i32!);
  const wides = singles(INTS.i64!);
  program.add(['i32'], '  v1 = sext.i64 v0', 'v1', 'i64', words);
  program.add(['i32'], '  v1 = zext.i64 v0', 'v1', 'i64', words);
  program.add(['i32'], '  v1 = neg.i32 v0\n  v2 = zext.i64 v1', 'v2', 'i64', words);
  program.add(['i32'], `${throughMemory('i32', 0, 1)}  v2 = zext.i64 v1`, 'v2', 'i64', words);
  program.add(['i32'], `${throughMemory('i32', 0, 1)}  v2 = sext.i64 v1`, 'v2', 'i64', words);
  program.add(['i64'], '  v1 = trunc.i32 v0\n  v2 = zext.i64 v1', 'v2', 'i64', wides);
  program.add(['i64'], '  v1 = trunc.i32 v0\n  v2 = sext.i64 v1', 'v2', 'i64', wides);
  program.add(['i64'], '  v1 = trunc.bool v0', 'v1', 'bool', wides);
  program.add(
    ['i64'],
    '  v1 = trunc.bool v0\n  v2 = not.bool v1\n  v3 = zext.i32 v2\n  v4 = zext.i64 v2\n  v5 = sext.i64 v3\n' +
      '  v6 = add.i64 v4, v5',
    'v6', 'i64', wides,
  );
  program.add(['i64'], '  v1 = bitcast.ptr v0\n  v2 = bitcast.func v1\n  v3 = bitcast.i64 v2', 'v3', 'i64', wides);
  program.check();
});

describe.each(['f32', 'f64'])('%s', (type) => {
  const values = FLOATS[type]!;
  const all = pairs(values, values);

  test('arithmetic', () => {
    const program = new Program();
    for (const op of ['fadd', 'fsub', 'fmul', 'fdiv']) {
      program.add([type, type], `  v2 = ${op}.${type} v0, v1`, 'v2', type, all);
      program.add([type, type], `${throughMemory(type, 1, 2)}  v3 = ${op}.${type} v0, v2`, 'v3', type, all);
      program.add([type, type], `${throughMemory(type, 0, 2)}  v3 = ${op}.${type} v2, v1`, 'v3', type, all);
    }
    for (const op of ['fneg', 'fabs', 'fsqrt']) {
      program.add([type], `  v1 = ${op}.${type} v0`, 'v1', type, singles(values));
    }
    for (const number of ['0.0', '-0.0', '1.0', '-2.5', '0.1', '1e30']) {
      program.add([type], `  v1 = fconst.${type} ${number}\n  v2 = fadd.${type} v0, v1`, 'v2', type, singles(values));
      program.add(
        [type],
        `  v1 = fconst.${type} ${number}\n  v90 = symbol.ptr @cell\n  store.${type} v90, v1\n` +
          `  v2 = load.${type}.${type} v90`,
        'v2', type, singles(values),
      );
    }
    program.check();
  });

  test('comparisons', () => {
    const program = new Program();
    for (const cond of ['eq', 'ne', 'lt', 'le', 'gt', 'ge']) {
      const compare = `  v2 = fcmp.${cond} v0, v1\n`;
      program.add([type, type], compare, 'v2', 'bool', all);
      program.add([type, type], `${compare}  v3 = not.bool v2`, 'v3', 'bool', all);
      program.add([type, type], `${compare}  v3 = select.${type} v2, v0, v1`, 'v3', type, all);
      program.add([type, type], `${compare}  v3 = not.bool v2\n  v4 = select.${type} v3, v0, v1`, 'v4', type, all);
      program.add([type, type], `${compare}  trapif v2, overflow`, 'v0', type, all);
      program.add([type, type], `${compare}  v3 = not.bool v2\n  trapif v3, overflow`, 'v0', type, all);
      program.add(
        [type, type], `${throughMemory(type, 1, 2)}  v3 = fcmp.${cond} v0, v2\n  trapif v3, overflow`, 'v0', type, all,
      );
    }
    program.check();
  });

  test('conversions', () => {
    const program = new Program();
    for (const int of ['i32', 'i64']) {
      // Numbers whose rounding to 24 or 53 bits is a tie, or not quite one.
      const ties = [0x1000001n, 0x1000003n, 0x40000000000003ffn, 0x4000000000000200n, 0x8000000000000401n, -0x3ffn];
      const ints = [...INTS[int]!, ...ties];
      program.add([type], `  v1 = ftosi.${int} v0`, 'v1', int, singles(values));
      program.add([type], `  v1 = ftoui.${int} v0`, 'v1', int, singles(values));
      program.add([type], `  v1 = ftoui.i32 v0\n  v2 = zext.i64 v1`, 'v2', 'i64', singles(values));
      program.add([int], `  v1 = sitof.${type} v0`, 'v1', type, singles(ints));
      program.add([int], `  v1 = uitof.${type} v0`, 'v1', type, singles(ints));
    }
    const same = type === 'f32' ? 'i32' : 'i64';
    program.add([type], `  v1 = bitcast.${same} v0`, 'v1', same, singles(values.slice(0, -1)));
    program.add([same], `  v1 = bitcast.${type} v0`, 'v1', type, singles(INTS[same]!));
    program.add(
      [type], type === 'f32' ? '  v1 = fpromote.f64 v0' : '  v1 = fdemote.f32 v0', 'v1',
      type === 'f32' ? 'f64' : 'f32', singles(values),
    );
    program.check();
  });
});
