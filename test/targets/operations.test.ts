/**
 * Every FIR operation on edge values, with operands in registers, as constants and in memory, run on the machine of
 * each target against the interpreter. The functions are legal for selection as they stand.
 */
import { describe, test } from 'vitest';
import { COND_NAMES } from '../../fluxc/fir/ops.ts';
import { MACHINES } from './machines.ts';
import { FLOATS, INTS, pairs, Program, singles } from './program.ts';

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

describe.each(MACHINES)('$target.name', (machine) => {
  describe.each(['i32', 'i64'])('%s', (type) => {
    const values = INTS[type]!;

    test('operations of two operands', () => {
      const program = new Program(machine);
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
      const program = new Program(machine);
      for (const op of UNARY) {
        const body = `  v1 = ${op}.${type} v0`;
        program.add([type], body, 'v1', type, singles(values));
        program.add([type], `${body}\n  v2 = sub.${type} v1, v0`, 'v2', type, singles(values));
      }
      program.check();
    });

    test('comparisons as values, for selections and for traps', () => {
      const program = new Program(machine);
      const all = pairs(values, values);
      for (const cond of COND_NAMES) {
        const compare = `  v2 = icmp.${cond} v0, v1\n`;
        program.add([type, type], compare, 'v2', 'bool', all);
        program.add([type, type], `${compare}  v3 = select.${type} v2, v1, v0`, 'v3', type, all);
        program.add([type, type], `${compare}  v3 = not.bool v2\n  v4 = select.${type} v3, v1, v0`, 'v4', type, all);
        program.add([type, type], `${compare}  trapif v2, overflow`, 'v0', type, all);
        program.add([type, type], `${compare}  v3 = not.bool v2\n  trapif v3, overflow`, 'v0', type, all);
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

    test('what instructions swallow', () => {
      const program = new Program(machine);
      const all = pairs(values, values);
      for (const shift of ['shl', 'lshr', 'ashr', 'rotl']) {
        for (const op of ['add', 'sub', 'and', 'or', 'xor']) {
          const shifted = `  v2 = iconst.${type} 7\n  v3 = ${shift}.${type} v1, v2\n`;
          program.add([type, type], `${shifted}  v4 = ${op}.${type} v0, v3`, 'v4', type, all);
          program.add([type, type], `${shifted}  v4 = ${op}.${type} v3, v0`, 'v4', type, all);
          program.add([type, type], `${shifted}  v4 = not.${type} v3\n  v5 = ${op}.${type} v0, v4`, 'v5', type, all);
        }
        program.add(
          [type, type], `  v2 = iconst.${type} 5\n  v3 = ${shift}.${type} v1, v2\n  v4 = icmp.ult v3, v0`, 'v4', 'bool',
          all,
        );
        program.add(
          [type, type], `  v2 = iconst.${type} 5\n  v3 = ${shift}.${type} v1, v2\n  v4 = neg.${type} v3`, 'v4', type,
          all,
        );
        program.add(
          [type, type], `  v2 = iconst.${type} 5\n  v3 = ${shift}.${type} v1, v2\n  v4 = not.${type} v3`, 'v4', type,
          all,
        );
        for (const mask of [1n, 7n, 0xffffn, 0x7fffffffn, 6n]) {
          const body = `  v2 = iconst.${type} 9\n  v3 = ${shift}.${type} v1, v2\n` +
            `  v4 = iconst.${type} ${mask}\n  v5 = and.${type} v3, v4`;
          program.add([type, type], body, 'v5', type, all);
        }
      }
      program.add([type, type], `  v2 = mul.${type} v0, v1\n  v3 = add.${type} v0, v2`, 'v3', type, all);
      program.add([type, type], `  v2 = mul.${type} v0, v1\n  v3 = sub.${type} v0, v2`, 'v3', type, all);
      program.add([type, type], `  v2 = mul.${type} v0, v1\n  v3 = sub.${type} v2, v0`, 'v3', type, all);
      program.add([type, type], `  v2 = mul.${type} v0, v1\n  v3 = neg.${type} v2`, 'v3', type, all);
      for (const mask of [1n, 8n, 0x40000000n, 0xffn, 5n]) {
        for (const cond of ['eq', 'ne', 'ult', 'sge']) {
          const body = `  v2 = iconst.${type} ${mask}\n  v3 = and.${type} v0, v2\n` +
            `  v4 = iconst.${type} 0\n  v5 = icmp.${cond} v3, v4`;
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
      const choices = [
        ['v2', 'v3'], ['v3', 'v2'], ['v4', 'v3'], ['v5', 'v1'], ['v1', 'v5'], ['v1', 'v6'], ['v7', 'v1'], ['v7', 'v6'],
      ];
      for (const [yes, no] of choices) {
        program.add([type, type], `${sides}\n  v9 = select.${type} v8, ${yes}, ${no}`, 'v9', type, all);
      }
      program.check();
    });
  });

  test('conversions of integers', () => {
    const program = new Program(machine);
    const words = singles(INTS.i32!);
    const wides = singles(INTS.i64!);
    program.add(['i32'], '  v1 = sext.i64 v0', 'v1', 'i64', words);
    program.add(['i32'], '  v1 = zext.i64 v0', 'v1', 'i64', words);
    program.add(['i32'], '  v1 = neg.i32 v0\n  v2 = zext.i64 v1', 'v2', 'i64', words);
    program.add(['i32'], `${throughMemory('i32', 0, 1)}  v2 = zext.i64 v1`, 'v2', 'i64', words);
    program.add(['i32'], `${throughMemory('i32', 0, 1)}  v2 = sext.i64 v1`, 'v2', 'i64', words);
    program.add(['i64'], '  v1 = trunc.i32 v0\n  v2 = zext.i64 v1', 'v2', 'i64', wides);
    program.add(['i64'], '  v1 = trunc.i32 v0\n  v2 = sext.i64 v1', 'v2', 'i64', wides);
    program.add(['i64'], '  v1 = trunc.i32 v0\n  v2 = bswap.i32 v1', 'v2', 'i32', wides);
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

  test('conversions inside other operations', () => {
    const program = new Program(machine);
    const wide = pairs(INTS.i64!, INTS.i64!);
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
      const product = `  v2 = ${extension} v0\n  v3 = ${extension} v1\n  v4 = mul.i64 v2, v3`;
      program.add(['i32', 'i32'], product, 'v4', 'i64', pairs(INTS.i32!, INTS.i32!));
    }
    for (const narrow of ['sext8', 'sext16']) {
      program.add(['i64', 'i64'], `  v2 = ${narrow}.i64 v1\n  v3 = add.i64 v0, v2`, 'v3', 'i64', wide);
    }
    for (const mask of [0xffn, 0xffffn, 0xffffffffn]) {
      const body = `  v4 = iconst.i64 ${mask}\n  v2 = and.i64 v1, v4\n  v3 = sub.i64 v0, v2`;
      program.add(['i64', 'i64'], body, 'v3', 'i64', wide);
    }
    program.check();
  });

  describe.each(['f32', 'f64'])('%s', (type) => {
    const values = FLOATS[type]!;
    const all = pairs(values, values);

    test('arithmetic', () => {
      const program = new Program(machine);
      for (const op of ['fadd', 'fsub', 'fmul', 'fdiv']) {
        program.add([type, type], `  v2 = ${op}.${type} v0, v1`, 'v2', type, all);
        program.add([type, type], `${throughMemory(type, 1, 2)}  v3 = ${op}.${type} v0, v2`, 'v3', type, all);
        program.add([type, type], `${throughMemory(type, 0, 2)}  v3 = ${op}.${type} v2, v1`, 'v3', type, all);
      }
      for (const op of ['fneg', 'fabs', 'fsqrt']) {
        program.add([type], `  v1 = ${op}.${type} v0`, 'v1', type, singles(values));
      }
      for (const number of ['0.0', '-0.0', '1.0', '-2.5', '0.1', '0.125', '31.0', '32.0', '1e30']) {
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
      const program = new Program(machine);
      for (const cond of ['eq', 'ne', 'lt', 'le', 'gt', 'ge']) {
        const compare = `  v2 = fcmp.${cond} v0, v1\n`;
        program.add([type, type], compare, 'v2', 'bool', all);
        program.add([type, type], `${compare}  v3 = not.bool v2`, 'v3', 'bool', all);
        program.add([type, type], `${compare}  v3 = select.${type} v2, v0, v1`, 'v3', type, all);
        program.add([type, type], `${compare}  v3 = not.bool v2\n  v4 = select.${type} v3, v0, v1`, 'v4', type, all);
        program.add([type, type], `${compare}  trapif v2, overflow`, 'v0', type, all);
        program.add([type, type], `${compare}  v3 = not.bool v2\n  trapif v3, overflow`, 'v0', type, all);
        program.add(
          [type, type], `${throughMemory(type, 1, 2)}  v3 = fcmp.${cond} v0, v2\n  trapif v3, overflow`, 'v0', type,
          all,
        );
        const withZero = `  v1 = fconst.${type} 0.0\n  v2 = fcmp.${cond} v0, v1`;
        program.add([type], withZero, 'v2', 'bool', singles(values));
      }
      program.check();
    });

    test('conversions', () => {
      const program = new Program(machine);
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
});
