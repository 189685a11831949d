/**
 * Arithmetic of every integer type against BigInt: operators, comparisons, conversions and built-in functions, on
 * values at the ends of the types and on random ones. The same operations as constants must give the same.
 */
import { describe, expect, test } from 'vitest';
import { Interpreter } from '../../fluxc/fir/interpret.ts';
import { Random } from '../random.ts';
import { compile, compileSound, outcomeText, section } from './program.ts';

interface Int { name: string; bits: number; signed: boolean }

const TYPES: Int[] = [8, 16, 32, 64].flatMap((bits) => [
  { name: `u${bits}`, bits, signed: false }, { name: `i${bits}`, bits, signed: true },
]);

function wrap(value: bigint, type: Int): bigint {
  return type.signed ? BigInt.asIntN(type.bits, value) : BigInt.asUintN(type.bits, value);
}

const OPERATORS = ['+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>'] as const;
const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='] as const;

/** What the language document says; null where it traps. */
function meaning(op: string, a: bigint, b: bigint, type: Int): bigint | null {
  const count = BigInt.asUintN(64, b) % BigInt(type.bits);
  switch (op) {
    case '+': return wrap(a + b, type);
    case '-': return wrap(a - b, type);
    case '*': return wrap(a * b, type);
    case '/': return b === 0n ? null : wrap(a / b, type);
    case '%': return b === 0n ? null : wrap(a % b, type);
    case '&': return a & b;
    case '|': return a | b;
    case '^': return a ^ b;
    case '<<': return wrap(a << count, type);
    case '>>': return a >> count;
    case '==': return a === b ? 1n : 0n;
    case '!=': return a !== b ? 1n : 0n;
    case '<': return a < b ? 1n : 0n;
    case '<=': return a <= b ? 1n : 0n;
    case '>': return a > b ? 1n : 0n;
    default: return a >= b ? 1n : 0n;
  }
}

function bitsOf(value: bigint, type: Int): string {
  return BigInt.asUintN(type.bits, value).toString(2).padStart(type.bits, '0');
}

const UNARY: Record<string, (a: bigint, type: Int) => bigint> = {
  '-a': (a, type) => wrap(-a, type),
  '~a': (a, type) => wrap(~a, type),
  'byte_swap(a)': (a, type) => wrap(BigInt(`0b${bitsOf(a, type).match(/.{8}/g)!.reverse().join('')}`), type),
  'rotate_left(a, 3)': (a, type) => wrap(BigInt(`0b${bitsOf(a, type).slice(3)}${bitsOf(a, type).slice(0, 3)}`), type),
  'leading_zeros(a)': (a, type) => BigInt(bitsOf(a, type).indexOf('1') < 0 ? type.bits : bitsOf(a, type).indexOf('1')),
  'trailing_zeros(a)': (a, type) => {
    const last = bitsOf(a, type).lastIndexOf('1');
    return BigInt(last < 0 ? type.bits : type.bits - 1 - last);
  },
  'count_ones(a)': (a, type) => BigInt(bitsOf(a, type).replaceAll('0', '').length),
};

/** Ends of the type and their neighbours, and some random values. */
function samples(type: Int, random: Random): bigint[] {
  const least = type.signed ? -(1n << BigInt(type.bits - 1)) : 0n;
  const most = type.signed ? (1n << BigInt(type.bits - 1)) - 1n : (1n << BigInt(type.bits)) - 1n;
  const values = [0n, 1n, 2n, 7n, least, least + 1n, most, most - 1n, BigInt(type.bits), BigInt(type.bits - 1)];
  if (type.signed) values.push(-1n, -2n, -7n);
  for (let i = 0; i < 6; i++) values.push(wrap(BigInt(random.word()) * 0x1_0000_0001n, type));
  return values.map((value) => wrap(value, type));
}

/** The interpreter gives i32 and i64 signed: what it means as the type. */
function asType(text: string, type: Int): string {
  return /^-?\d+$/.test(text) ? String(wrap(BigInt(text), type)) : text;
}

function fn(name: string, signature: string, body: string): string {
  return section(`fn ${name}${signature}`, body);
}

/** The functions `f0`, `f1`, …, one an item. */
function functions<T>(items: readonly T[], make: (item: T) => [signature: string, body: string]): string {
  return items.map((item, i) => fn(`f${i}`, ...make(item))).join('');
}

describe('integers', () => {
  const operators = [...OPERATORS, ...COMPARISONS];
  for (const type of TYPES) {
    test(`${type.name}: operators`, () => {
      const result = (op: string) => (OPERATORS.includes(op as never) ? type.name : 'bool');
      const params = `(a: ${type.name}, b: ${type.name})`;
      const text = functions(operators, (op) => [`${params}: ${result(op)}`, `return a ${op} b`]);
      const interpreter = new Interpreter(compileSound({ 't.flux.md': text }).module);
      const values = samples(type, new Random(type.bits));
      operators.forEach((op, i) => {
        for (const a of values) {
          for (const b of values) {
            const wanted = meaning(op, a, b, type);
            const found = outcomeText(interpreter.call(`t.f${i}`, [a, b]));
            const said = result(op) === 'bool' ? found : asType(found, type);
            expect(said, `${a} ${op} ${b}`).toBe(wanted === null ? 'trap division_by_zero' : String(wanted));
          }
        }
      });
    });

    test(`${type.name}: functions of one`, () => {
      const names = Object.keys(UNARY);
      const text = functions(names, (expression) => [`(a: ${type.name}): ${type.name}`, `return ${expression}`]);
      const interpreter = new Interpreter(compileSound({ 't.flux.md': text }).module);
      names.forEach((expression, i) => {
        for (const a of samples(type, new Random(3))) {
          const found = asType(outcomeText(interpreter.call(`t.f${i}`, [a])), type);
          expect(found, `${expression}, a = ${a}`).toBe(String(UNARY[expression]!(a, type)));
        }
      });
    });

    test(`${type.name}: conversions`, () => {
      const text = functions(TYPES, (to) => [`(a: ${type.name}): ${to.name}`, `return a as ${to.name}`]);
      const interpreter = new Interpreter(compileSound({ 't.flux.md': text }).module);
      TYPES.forEach((to, i) => {
        for (const a of samples(type, new Random(9))) {
          const found = asType(outcomeText(interpreter.call(`t.f${i}`, [a])), to);
          expect(found, `${a} as ${to.name}`).toBe(String(wrap(a, to)));
        }
      });
    });

    test(`${type.name}: what memory holds is what was put there`, () => {
      const body = [
        'var x: T = 0', 'let p = &x', 'p.* = a', 'var xs: [3]T = [0, 0, 0]', 'xs[i] = p.*', 'let o: ?T = xs[i]',
        'return S(before: 255, value: o or 0).value + s(S(before: 1, value: 0))',
      ].join('\n');
      const declarations = section('S', 'struct S { before: u8, value: T }\nfn s(s: S): T { return s.value }');
      const text = (declarations + fn('f', '(a: T, i: u8): T', body)).replace(/\bT\b/g, type.name);
      const interpreter = new Interpreter(compileSound({ 't.flux.md': text }).module);
      for (const a of samples(type, new Random(5))) {
        expect(asType(outcomeText(interpreter.call('t.f', [a, 1])), type)).toBe(String(a));
      }
    });

    test(`${type.name}: constants are computed alike`, () => {
      const random = new Random(type.bits + 1);
      const values = samples(type, random);
      const cases: { expression: string; wanted: string }[] = [];
      const literal = (value: bigint) => `(${value} as ${type.name})`;
      for (let i = 0; i < 150; i++) {
        const [a, b] = [random.pick(values), random.pick(values)];
        const op = OPERATORS[i % OPERATORS.length]!;
        const wanted = meaning(op, a, b, type);
        if (wanted !== null) cases.push({ expression: `${literal(a)} ${op} ${literal(b)}`, wanted: String(wanted) });
      }
      const constants = cases.map(({ expression }, i) => `const C${i}: ${type.name} = ${expression}\n`).join('');
      const uses = cases.map((_, i) => fn(`f${i}`, `(): ${type.name}`, `return C${i}`)).join('');
      const { module } = compileSound({ 't.flux.md': section('Constants', constants) + uses });
      const interpreter = new Interpreter(module);
      cases.forEach(({ expression, wanted }, i) => {
        expect(asType(outcomeText(interpreter.call(`t.f${i}`)), type), expression).toBe(wanted);
      });
    });
  }

  test('shift counts of every type', () => {
    for (const left of TYPES) {
      const signature = (right: Int) => `(a: ${left.name}, n: ${right.name}): ${left.name}`;
      const text = functions(TYPES, (right) => [signature(right), 'return a << n ^ a >> n']);
      const interpreter = new Interpreter(compileSound({ 't.flux.md': text }).module);
      TYPES.forEach((right, i) => {
        for (const n of samples(right, new Random(1))) {
          const a = wrap(0x9234_5678_9ABC_DEF5n, left);
          const wanted = meaning('^', meaning('<<', a, n, left)!, meaning('>>', a, n, left)!, left);
          const found = asType(outcomeText(interpreter.call(`t.f${i}`, [a, n])), left);
          expect(found, `${left.name} by ${right.name} ${n}`).toBe(String(wrap(wanted!, left)));
        }
      });
    }
  });

  test('literals are exact before they have a type', () => {
    for (const type of TYPES) {
      const most = type.signed ? (1n << BigInt(type.bits - 1)) - 1n : (1n << BigInt(type.bits)) - 1n;
      const least = type.signed ? -most - 1n : 0n;
      const errors = (value: string) => compile({ 't.flux.md': fn('f', `(): ${type.name}`, `return ${value}`) })
        .diagnostics.list.map((diagnostic) => diagnostic.code);
      expect(errors(`${most} + 1 - 1`)).toEqual([]);
      expect(errors(`${most} + 1`)).toEqual(['FX0311']);
      expect(errors(`${least} - 1`)).toEqual(['FX0311']);
      expect(errors(`(${least} - 1) / 1 + 1`)).toEqual([]);
      expect(errors(`1 << ${type.bits}`)).toEqual(['FX0311']);
    }
  });
});
