/** Memory, control flow, calls and frames, run on this machine against the interpreter. */
import { describe, expect, test } from 'vitest';
import { type Call, differences, moduleOf } from './machine.ts';

function check(text: string, calls: Call[]): void {
  expect(differences(moduleOf(text, true), calls)).toEqual([]);
}

function callsOf(name: string, ...argumentLists: (bigint | number)[][]): Call[] {
  return argumentLists.map((args) => ({ name, args: args.map(BigInt) }));
}

/** Accesses with the type of what they load and the bytes in memory. */
const ACCESSES: [access: string, type: string, bytes: number][] = [
  ['u8', 'i32', 1], ['s8', 'i32', 1], ['u16', 'i32', 2], ['s16', 'i32', 2], ['u32', 'i32', 4], ['s32', 'i32', 4],
  ['u8', 'i64', 1], ['s8', 'i64', 1], ['u16', 'i64', 2], ['s16', 'i64', 2], ['u32', 'i64', 4], ['s32', 'i64', 4],
  ['64', 'i64', 8], ['f32', 'f32', 4], ['f64', 'f64', 8],
];

test('every access through every kind of address', () => {
  const low = String.raw`"\01\82\03\84\05\86\07\88\f1\f2\73\74\75\f6\f7\f8"`;
  const high = String.raw`"\19\1a\1b\1c\9d\9e\9f\a0\11\12\13\14\15\16\17\98"`;
  const texts = [`data @bytes writable size 4096 align 16 =\n  ${low}\n  ${high}\n`];
  const calls: Call[] = [];
  const add = (params: string[], body: string, result: string, type: string, ...lists: (bigint | number)[][]) => {
    const name = `f${texts.length}`;
    const list = params.map((param, i) => `v${i}: ${param}`).join(', ');
    const slots = '  slot0: size 32 align 8\n  slot1: size 4000 align 16\n';
    const block = `block0${list && `(${list})`}:\n${body}\n  ret ${result}\n`;
    texts.push(`fn @${name}(${params.join(', ')}) -> ${type} {\n${slots}${block}}\n`);
    calls.push(...callsOf(name, ...lists));
  };
  const pattern = 0x3ff122334455c6f7n;
  for (const [access, type, size] of ACCESSES) {
    const load = `load.${access}.${type}`;
    add([], `  v0 = symbol.ptr @bytes + ${size}\n  v1 = ${load} v0 + ${2 * size} volatile`, 'v1', type, []);
    add(
      ['i64'], `  v1 = symbol.ptr @bytes\n  v2 = ptradd.ptr v1, v0\n  v3 = ${load} v2`, 'v3', type, [0], [size],
      [2 * size],
    );
    for (const scale of [0, 1, 2, 3, 4]) {
      const scaled = `  v1 = symbol.ptr @bytes\n  v2 = iconst.i64 ${scale}\n  v3 = shl.i64 v0, v2\n` +
        '  v4 = ptradd.ptr v1, v3\n';
      add(['i64'], `${scaled}  v5 = ${load} v4 + 3`, 'v5', type, [0], [1]);
      const more = `  v1 = symbol.ptr @bytes\n  v2 = iconst.i64 ${1 << scale}\n  v6 = iconst.i64 1\n` +
        '  v7 = add.i64 v0, v6\n  v3 = mul.i64 v7, v2\n';
      add(['i64'], `${more}  v4 = ptradd.ptr v1, v3\n  v5 = ${load} v4`, 'v5', type, [-1], [0]);
      const inSlot = `  v8 = slot.ptr slot1\n  v2 = iconst.i64 ${scale}\n  v3 = shl.i64 v0, v2\n` +
        '  v4 = ptradd.ptr v8, v3\n';
      add(
        ['i64', type], `${inSlot}  store.${access} v4 + 5, v1\n  v6 = ${load} v4 + 5`,
        'v6', type, [0, pattern], [100, pattern],
      );
    }
    for (const offset of [-size, -128, -136, 127, 128, 1024]) {
      const middle = '  v1 = iconst.i64 2048\n  v2 = symbol.ptr @bytes\n  v3 = ptradd.ptr v2, v1\n' +
        `  v4 = iconst.i64 ${offset}\n  v5 = ptradd.ptr v3, v4\n`;
      add([type], `${middle}  store.${access} v5, v0\n  v6 = ${load} v3 + ${offset}`, 'v6', type, [pattern], [-1n]);
    }
    for (const [slot, offset] of [[0, 8], [1, 0], [1, 3992]] as const) {
      add(
        [type], `  v1 = slot.ptr slot${slot}\n  store.${access} v1 + ${offset}, v0\n  v2 = ${load} v1 + ${offset}`,
        'v2', type, [pattern],
      );
    }
    if (type.startsWith('f')) continue;
    for (const constant of [0, 1, -1, 127, 0x7fffffff]) {
      const body = `  v0 = symbol.ptr @bytes + 64\n  v1 = iconst.${type} ${constant}\n  store.${access} v0, v1\n` +
        '  v3 = load.64.i64 v0';
      add([], body, 'v3', 'i64', []);
    }
    for (const op of ['add', 'sub', 'and', 'or', 'xor']) {
      for (const other of [`  v2 = iconst.${type} 5\n`, `  v2 = iconst.${type} -300\n`, `  v2 = neg.${type} v0\n`]) {
        for (const [a, b] of [['v3', 'v2'], ['v2', 'v3']]) {
          const body = `  v1 = symbol.ptr @bytes\n${other}  v3 = ${load} v1 + 16\n  v4 = ${op}.${type} ${a}, ${b}\n` +
            `  store.${access} v1 + 16, v4\n  v5 = load.64.i64 v1 + 16`;
          add([type], body, 'v5', 'i64', [7], [-1]);
        }
      }
    }
  }
  add(
    ['i64'],
    '  v1 = trunc.bool v0\n  v2 = slot.ptr slot0\n  store.bool v2 + 3, v1\n  v3 = load.bool.bool v2 + 3\n' +
      '  v4 = zext.i64 v3',
    'v4', 'i64', [2], [3],
  );
  check(texts.join('\n'), calls);
});

test('a store between a load and its user keeps them apart', () => {
  check(`data @cell writable size 8 align 8
fn @f(i64) -> i64 {
block0(v0: i64):
  v1 = symbol.ptr @cell
  store.64 v1, v0
  v2 = load.64.i64 v1
  v3 = iconst.i64 99
  store.64 v1, v3
  v4 = add.i64 v0, v2
  ret v4
}`, callsOf('f', [5]));
});

const CONTROL = `
fn @gcd(i64, i64) -> i64 {
block0(v0: i64, v1: i64):
  jump block1(v0, v1)
block1(v2: i64, v3: i64):
  v4 = iconst.i64 0
  v5 = icmp.eq v3, v4
  brif v5, block3, block2
block2:
  v6 = urem.i64 v2, v3
  jump block1(v3, v6)
block3:
  ret v2
}

fn @fibonacci(i32) -> i64 {
block0(v0: i32):
  v1 = iconst.i32 2
  v2 = icmp.slt v0, v1
  brif v2, block1, block2
block1:
  v3 = sext.i64 v0
  ret v3
block2:
  v4 = iconst.i32 -1
  v5 = add.i32 v0, v4
  v6 = call @fibonacci(v5) : (i32) -> i64
  v7 = iconst.i32 2
  v8 = sub.i32 v0, v7
  v9 = call @fibonacci(v8) : (i32) -> i64
  v10 = add.i64 v6, v9
  ret v10
}

fn @dense(i32) -> i32 {
block0(v0: i32):
  switch v0, block9 [-2: block1, -1: block2, 0: block3, 1: block4, 3: block5, 4: block1, 5: block2]
block1:
  v1 = iconst.i32 100
  ret v1
block2:
  v2 = iconst.i32 200
  ret v2
block3:
  v3 = iconst.i32 300
  ret v3
block4:
  v4 = iconst.i32 400
  ret v4
block5:
  v5 = iconst.i32 500
  ret v5
block9:
  ret v0
}

fn @denseWide(i64) -> i64 {
block0(v0: i64):
  switch v0, block3 [70000: block1, 70001: block2, 70002: block1, 70003: block2, 70004: block1, 70009: block2]
block1:
  v1 = iconst.i64 1
  ret v1
block2:
  v2 = iconst.i64 2
  ret v2
block3:
  ret v0
}

fn @sparse(i64) -> i64 {
block0(v0: i64):
  switch v0, block4 [
    5: block1, -5: block2, 100000: block3, 4294967296: block1, -9223372036854775808: block2, 77: block3, 78: block1,
    -70000: block2, 9223372036854775807: block3
  ]
block1:
  v1 = iconst.i64 1
  ret v1
block2:
  v2 = iconst.i64 2
  ret v2
block3:
  v3 = iconst.i64 3
  ret v3
block4:
  ret v0
}

fn @orders(f64, f64) -> i64 {
block0(v0: f64, v1: f64):
  v2 = fcmp.eq v0, v1
  brif v2, block1, block2
block1:
  v3 = iconst.i64 1
  ret v3
block2:
  v4 = fcmp.ne v0, v0
  brif v4, block3, block4
block3:
  v5 = iconst.i64 2
  ret v5
block4:
  v6 = fcmp.lt v0, v1
  brif v6, block5, block6
block5:
  v7 = iconst.i64 3
  ret v7
block6:
  v8 = fcmp.ge v0, v1
  v9 = not.bool v8
  brif v9, block7, block8
block7:
  v10 = iconst.i64 4
  ret v10
block8:
  v11 = iconst.i64 5
  ret v11
}

fn @many(i32, i64, f32, f64, i32, i64, i32, i64, i32, f64, f32, f64, f32, f64, f32, f64, f32, i64, f64) -> i64, f64 {
block0(
  v0: i32, v1: i64, v2: f32, v3: f64, v4: i32, v5: i64, v6: i32, v7: i64, v8: i32, v9: f64, v10: f32, v11: f64,
  v12: f32, v13: f64, v14: f32, v15: f64, v16: f32, v17: i64, v18: f64
):
  v20 = sext.i64 v0
  v21 = sub.i64 v1, v20
  v22 = sext.i64 v8
  v23 = mul.i64 v21, v22
  v24 = sub.i64 v23, v7
  v25 = xor.i64 v24, v17
  v26 = zext.i64 v6
  v27 = add.i64 v25, v26
  v28 = sub.i64 v27, v5
  v29 = sext.i64 v4
  v19 = add.i64 v28, v29
  v30 = fpromote.f64 v2
  v31 = fsub.f64 v3, v30
  v32 = fpromote.f64 v16
  v33 = fmul.f64 v31, v32
  v34 = fsub.f64 v33, v18
  v35 = fadd.f64 v34, v15
  v36 = fpromote.f64 v14
  v37 = fsub.f64 v35, v36
  v38 = fadd.f64 v37, v9
  ret v19, v38
}

fn @passes(i64, f64) -> i64, f64 {
block0(v0: i64, v1: f64):
  v2 = trunc.i32 v0
  v3 = fdemote.f32 v1
  v4 = iconst.i32 3
  v5 = iconst.i64 -7
  v6 = call @many(v2, v0, v3, v1, v4, v5, v2, v0, v4, v1, v3, v1, v3, v1, v3, v1, v3, v5, v1) : (
    i32, i64, f32, f64, i32, i64, i32, i64, i32, f64, f32, f64, f32, f64, f32, f64, f32, i64, f64
  ) -> i64, f64
  v7 = result1.f64 v6
  v8 = add.i64 v6, v0
  v9 = fadd.f64 v7, v1
  ret v8, v9
}

fn @through(i64, i64) -> i64, i64 {
block0(v0: i64, v1: i64):
  v2 = symbol.func @pair
  v3 = callptr v2(v0, v1) : (i64, i64) -> i64, i64
  v4 = result1.i64 v3
  v5 = sub.i64 v4, v3
  ret v5, v3
}

fn @pair(i64, i64) -> i64, i64 {
block0(v0: i64, v1: i64):
  v2 = add.i64 v0, v1
  ret v1, v2
}

fn @traps(i64) -> i64 {
block0(v0: i64):
  v1 = iconst.i64 3
  v2 = icmp.ugt v0, v1
  trapif v2, out_of_bounds
  v3 = udiv.i64 v1, v0
  v4 = icmp.eq v0, v1
  brif v4, block1, block2
block1:
  trap unreachable
block2:
  ret v3
}
`;

test('control flow and calls', () => {
  const view = new DataView(new ArrayBuffer(8));
  const bits = (value: number) => (view.setFloat64(0, value), view.getBigUint64(0));
  const numbers = [0, -0, 1, -1, NaN, Infinity].map(bits);
  check(CONTROL, [
    ...callsOf('gcd', [48, 36], [17, 5], [0, 0], [1n << 40n, 6]), ...callsOf('fibonacci', [20], [1], [0]),
    ...callsOf('dense', ...[-3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 0x7fffffff, -0x80000000].map((value) => [value])),
    ...callsOf('denseWide', [69999], [70000], [70001], [70003], [70004], [70005], [70009], [70010], [-1]),
    ...callsOf('denseWide', [0x100011170n]),
    ...callsOf('sparse', [5], [-5], [100000], [4294967296n], [-(1n << 63n)], [77], [78], [79], [-70000], [0]),
    ...callsOf('sparse', [(1n << 63n) - 1n]),
    ...numbers.flatMap((a) => numbers.flatMap((b) => callsOf('orders', [a, b]))),
    ...callsOf('passes', [1000, bits(2.5)], [-1, bits(-1e10)]), ...callsOf('through', [3, 9], [-1, 1]),
    ...callsOf('traps', [0], [1], [2], [3], [4], [-1]),
  ]);
});

describe('registers run out', () => {
  /** `count` values of a type that all live at once, across a call if asked for. */
  function crowded(type: string, op: string, count: number, calls: boolean): string {
    const lines: string[] = [];
    for (let i = 1; i <= count; i++) lines.push(`  v${i} = ${op}.${type} v${i - 1}, v${Math.floor((i - 1) / 2)}`);
    if (calls) lines.push('  v900 = iconst.i64 5', '  v901 = call @identity(v900) : (i64) -> i64');
    let sum = 'v0';
    for (let i = 1; i <= count; i++) {
      lines.push(`  v${1000 + i} = ${op}.${type} ${sum}, v${i}`);
      sum = `v${1000 + i}`;
    }
    return `fn @f(${type}) -> ${type} {\nblock0(v0: ${type}):\n${lines.join('\n')}\n  ret ${sum}\n}\n`;
  }

  const identity = 'fn @identity(i64) -> i64 [noinline] {\nblock0(v0: i64):\n  ret v0\n}\n';

  const cases: [type: string, op: string, argument: bigint][] = [
    ['i64', 'add', 7n], ['i32', 'sub', -9n], ['f64', 'fadd', 0x3ff8000000000000n],
  ];
  test.each(cases)('of %s', (type, op, argument) => {
    for (const calls of [false, true]) check(identity + crowded(type, op, 40, calls), callsOf('f', [argument]));
  });
});
