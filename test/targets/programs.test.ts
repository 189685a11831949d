/** Memory, control flow, calls and frames, run on the machine of each target against the interpreter. */
import { describe, expect, test } from 'vitest';
import { type Call, differences, type Machine, moduleOf } from './machine.ts';
import { MACHINES } from './machines.ts';
import { bits64 } from './program.ts';

function check(machine: Machine, text: string, calls: Call[], stackBytes?: number): void {
  expect(differences(machine, moduleOf(text, machine.target), calls, stackBytes)).toEqual([]);
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

/** Bytes from the address that an access adds. */
const OFFSETS = [
  -128, -136, -248, -256, -264, 127, 128, 248, 256, 1024, 4088, 4096, 4104, 8192, 16384, 32760, 32768, 34976,
];

const KEPT_APART = `data @cell writable size 8 align 8
fn @f(i64) -> i64 {
block0(v0: i64):
  v1 = symbol.ptr @cell
  store.64 v1, v0
  v2 = load.64.i64 v1
  v3 = iconst.i64 99
  store.64 v1, v3
  v4 = add.i64 v0, v2
  ret v4
}
`;

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

fn @collatz(i32) -> i32 {
block0(v0: i32):
  v1 = iconst.i32 0
  jump block1(v0, v1)
block1(v2: i32, v3: i32):
  v4 = iconst.i32 1
  v5 = icmp.ule v2, v4
  brif v5, block5, block2
block2:
  v6 = iconst.i32 1
  v7 = and.i32 v2, v6
  v8 = iconst.i32 0
  v9 = icmp.ne v7, v8
  v21 = add.i32 v3, v6
  brif v9, block3, block4
block3:
  v10 = iconst.i32 3
  v11 = mul.i32 v2, v10
  v12 = iconst.i32 1
  v13 = add.i32 v11, v12
  jump block1(v13, v21)
block4:
  v14 = iconst.i32 1
  v15 = lshr.i32 v2, v14
  jump block1(v15, v21)
block5:
  ret v3
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

fn @diamond(i64, i64) -> i64, i64 {
block0(v0: i64, v1: i64):
  v2 = icmp.ugt v0, v1
  brif v2, block1, block2
block1:
  v3 = sub.i64 v0, v1
  jump block3(v3, v0)
block2:
  v4 = sub.i64 v1, v0
  jump block3(v4, v1)
block3(v5: i64, v6: i64):
  v7 = zext.i64 v2
  v8 = add.i64 v6, v7
  ret v5, v8
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

const CALLS = `
fn @many(i64, i32, f64, i64, f32, i64, i64, i64, i64, i64, i32, f64, f64, f64, f64, f64, f64, f64, f32) -> i64, f64 {
block0(
  v0: i64, v1: i32, v2: f64, v3: i64, v4: f32, v5: i64, v6: i64, v7: i64, v8: i64, v9: i64, v10: i32, v11: f64,
  v12: f64, v13: f64, v14: f64, v15: f64, v16: f64, v17: f64, v18: f32
):
  v20 = sext.i64 v1
  v21 = sub.i64 v0, v20
  v22 = xor.i64 v21, v3
  v23 = sub.i64 v22, v5
  v24 = xor.i64 v23, v6
  v25 = sub.i64 v24, v7
  v26 = xor.i64 v25, v8
  v27 = sub.i64 v26, v9
  v28 = zext.i64 v10
  v29 = sub.i64 v27, v28
  v30 = fpromote.f64 v4
  v31 = fsub.f64 v2, v30
  v32 = fadd.f64 v31, v11
  v33 = fmul.f64 v32, v12
  v34 = fsub.f64 v33, v13
  v35 = fadd.f64 v34, v14
  v36 = fsub.f64 v35, v15
  v37 = fadd.f64 v36, v16
  v38 = fsub.f64 v37, v17
  v39 = fpromote.f64 v18
  v40 = fdiv.f64 v38, v39
  ret v29, v40
}

fn @forward(i64, f64) -> i64, f64 {
block0(v0: i64, v1: f64):
  v2 = trunc.i32 v0
  v3 = fdemote.f32 v1
  v4 = fneg.f64 v1
  v5 = iconst.i64 -7
  v6 = mul.i64 v0, v5
  v7 = call @many(v0, v2, v1, v5, v3, v6, v0, v5, v6, v0, v2, v4, v1, v4, v4, v1, v1, v4, v3) : (
    i64, i32, f64, i64, f32, i64, i64, i64, i64, i64, i32, f64, f64, f64, f64, f64, f64, f64, f32
  ) -> i64, f64
  v8 = result1.f64 v7
  v9 = add.i64 v7, v0
  v10 = fadd.f64 v8, v1
  ret v9, v10
}

fn @pair(i64) -> i64, i64 {
block0(v0: i64):
  v1 = not.i64 v0
  ret v1, v0
}

fn @onlySecond(i64) -> i64 {
block0(v0: i64):
  v1 = call @pair(v0) : (i64) -> i64, i64
  v2 = result1.i64 v1
  ret v2
}

fn @double(i64) -> i64 {
block0(v0: i64):
  v1 = add.i64 v0, v0
  ret v1
}

fn @square(i64) -> i64 {
block0(v0: i64):
  v1 = mul.i64 v0, v0
  ret v1
}

fn @indirect(i64, bool) -> i64 {
block0(v0: i64, v1: bool):
  v2 = symbol.func @double
  v3 = symbol.func @square
  v4 = select.func v1, v2, v3
  v5 = callptr v4(v0) : (i64) -> i64
  v6 = callptr v2(v5) : (i64) -> i64
  v7 = sub.i64 v6, v0
  ret v7
}

data @table size 16 align 8 [
  0: @double,
  8: @square
]

fn @throughTable(i64, i64) -> i64 {
block0(v0: i64, v1: i64):
  v2 = symbol.ptr @table
  v3 = iconst.i64 3
  v4 = shl.i64 v1, v3
  v5 = ptradd.ptr v2, v4
  v6 = load.64.func v5
  v7 = callptr v6(v0) : (i64) -> i64
  ret v7
}

fn @deepTrap(i64) -> i64 {
block0(v0: i64):
  v1 = call @checked(v0) : (i64) -> i64
  ret v1
}

fn @checked(i64) -> i64 {
block0(v0: i64):
  v1 = iconst.i64 10
  v2 = icmp.uge v0, v1
  trapif v2, out_of_bounds
  v3 = iconst.i64 5
  v4 = icmp.eq v0, v3
  brif v4, block1, block2
block1:
  trap null_unwrap
block2:
  ret v0
}
`;

describe.each(MACHINES)('$target.name', (machine) => {
  test('every access through every kind of address', () => {
    const low = String.raw`"\01\82\03\84\05\86\07\88\f1\f2\73\74\75\f6\f7\f8"`;
    const high = String.raw`"\19\1a\1b\1c\9d\9e\9f\a0\11\12\13\14\15\16\17\98"`;
    const texts = [
      `data @bytes writable size 70000 align 16 =\n  ${low}\n  ${high}\n`, 'data @loose writable size 64 align 1',
    ];
    const calls: Call[] = [];
    const add = (params: string[], body: string, result: string, type: string, ...lists: (bigint | number)[][]) => {
      const name = `f${texts.length}`;
      const list = params.map((param, i) => `v${i}: ${param}`).join(', ');
      const slots = '  slot0: size 32 align 8\n  slot1: size 40000 align 16\n';
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
      // Offsets in and out of reach of each field, from a pointer in the middle of the object.
      for (const offset of [-size, ...OFFSETS]) {
        const middle = '  v1 = iconst.i64 35008\n  v2 = symbol.ptr @bytes\n  v3 = ptradd.ptr v2, v1\n' +
          `  v4 = iconst.i64 ${offset}\n  v5 = ptradd.ptr v3, v4\n`;
        add([type], `${middle}  store.${access} v5, v0\n  v6 = ${load} v3 + ${offset}`, 'v6', type, [pattern], [-1n]);
        add([type], `${middle}  store.${access} v3 + ${offset}, v0\n  v6 = ${load} v5`, 'v6', type, [pattern]);
      }
      add(
        [type],
        `  v1 = symbol.ptr @loose + 3\n  store.${access} v1, v0\n  v2 = symbol.ptr @loose + 3\n  v3 = ${load} v2`,
        'v3', type, [pattern],
      );
      for (const extension of ['sext', 'zext']) {
        const index = `  v2 = symbol.ptr @bytes\n  v3 = ${extension}.i64 v0\n`;
        const scaled = `  v4 = iconst.i64 ${31 - Math.clz32(size)}\n  v5 = shl.i64 v3, v4\n  v6 = ptradd.ptr v2, v5\n`;
        add(['i32', 'i32'], `${index}${scaled}  v7 = ${load} v6`, 'v7', type, [1, 0], [3, 0]);
        add(['i32'], `${index}  v6 = ptradd.ptr v2, v3\n  v7 = ${load} v6 + ${size}`, 'v7', type, [0], [size]);
      }
      for (const [slot, offset] of [[0, 8], [1, 0], [1, 16], [1, 3992], [1, 39992]] as const) {
        add(
          [type], `  v1 = slot.ptr slot${slot}\n  store.${access} v1 + ${offset}, v0\n  v2 = ${load} v1 + ${offset}`,
          'v2', type, [pattern],
        );
      }
      if (type.startsWith('f')) continue;
      if (type === 'i32') {
        for (const extension of ['sext', 'zext']) {
          for (const mark of ['', ' volatile']) {
            const body = `  v0 = symbol.ptr @bytes\n  v1 = ${load} v0 + 4${mark}\n  v2 = ${extension}.i64 v1`;
            add([], body, 'v2', 'i64', []);
          }
        }
      }
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
    add(
      ['i64'],
      '  v1 = slot.ptr slot0\n  v2 = slot.ptr slot1\n  store.64 v1, v0\n  v6 = trunc.bool v0\n  v3 = trunc.i32 v0\n' +
        '  store.u16 v1 + 2, v3\n  v4 = iconst.i64 20\n  v5 = ptradd.ptr v2, v4\n  store.bool v5, v6\n' +
        '  v7 = load.64.i64 v1\n  v8 = load.bool.bool v2 + 20\n  v9 = zext.i64 v8\n  v10 = add.i64 v7, v9',
      'v10', 'i64', [0x123456789abcdefn],
    );
    check(machine, texts.join('\n'), calls);
  });

  test('a store between a load and its user keeps them apart', () => {
    check(machine, KEPT_APART, callsOf('f', [5]));
  });

  test('control flow and calls', () => {
    const numbers = [0, -0, 1, -1, NaN, Infinity].map(bits64);
    check(machine, CONTROL, [
      ...callsOf('gcd', [48, 36], [17, 5], [0, 0], [1n << 40n, 6], [0, 5], [7, 0], [1n << 40n, 1n << 33n]),
      ...callsOf('fibonacci', [20], [1], [0]),
      ...callsOf('collatz', [1], [27], [97]), ...callsOf('diamond', [3, 10], [10, 3], [-1, 1]),
      ...callsOf('dense', ...[-3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 0x7fffffff, -0x80000000].map((value) => [value])),
      ...callsOf('denseWide', [69999], [70000], [70001], [70003], [70004], [70005], [70009], [70010], [-1]),
      ...callsOf('denseWide', [0x100011170n], [70002], [0], [4295037296n]),
      ...callsOf('sparse', [5], [-5], [100000], [4294967296n], [-(1n << 63n)], [77], [78], [79], [-70000], [0]),
      ...callsOf('sparse', [(1n << 63n) - 1n]),
      ...numbers.flatMap((a) => numbers.flatMap((b) => callsOf('orders', [a, b]))),
      ...callsOf('passes', [1000, bits64(2.5)], [-1, bits64(-1e10)]), ...callsOf('through', [3, 9], [-1, 1]),
      ...callsOf('traps', [0], [1], [2], [3], [4], [-1]),
    ]);
  });

  test('a test of a bit over code that it cannot reach across', () => {
    // Every constant takes three instructions: more than 32 KiB between the branch and its target.
    const lines: string[] = [];
    let value = 0;
    for (let i = 0; i < 2500; i++) {
      const constant = 2 * i + 100;
      lines.push(
        `  v${constant} = iconst.i64 ${0x123456789n * BigInt(i + 1)}`,
        `  v${constant + 1} = xor.i64 v${value}, v${constant}`,
      );
      value = constant + 1;
    }
    check(
      machine, `fn @distant(i64, i64) -> i64 {
  block0(v0: i64, v1: i64):
    v2 = iconst.i64 4
    v3 = and.i64 v0, v2
    v4 = iconst.i64 0
    v9 = icmp.ne v3, v4
  brif v9, block1, block2
  block1:
  ${lines.join('\n')}
  ret v${value}
  block2:
  ret v1
  }`,
      callsOf('distant', [4, 5], [3, 5], [-1, 0]),
    );
  });

  test('arguments in registers and on the stack, two results, pointers, traps below', () => {
    const one = 0x3ff8000000000000n;
    check(machine, CALLS, [
      ...callsOf('many', [1, 2, one, 3, 0x40200000, 4, 5, 6, 7, 8, 9, one, one, one, one, one, one, one, 0x3f000000]),
      ...callsOf('forward', [123456789012n, one], [-5, 0x4008000000000000n]),
      ...callsOf('pair', [5]),
      ...callsOf('onlySecond', [9]),
      ...callsOf('indirect', [7, 1], [7, 0]),
      ...callsOf('throughTable', [9, 0], [9, 1]),
      ...callsOf('deepTrap', [1], [5], [10], [-1]),
    ]);
  });

  test('more values alive across a call than there are registers, in frames near and far', () => {
    const count = 45;
    const lines: string[] = [];
    for (let i = 0; i < count; i++) {
      lines.push(`  v${10 + i} = iconst.i64 ${i * 7 + 3}`, `  v${100 + i} = mul.i64 v0, v${10 + i}`);
      lines.push(`  v${200 + i} = sitof.f64 v${100 + i}`);
    }
    lines.push('  v300 = call @double(v0) : (i64) -> i64');
    let sum = 300;
    let total = 200;
    for (let i = 0; i < count; i++) {
      lines.push(`  v${400 + 2 * i} = xor.i64 v${sum}, v${100 + i}`, `  v${401 + 2 * i} = add.i64 v${400 + 2 * i}, v0`);
      sum = 401 + 2 * i;
      if (i > 0) {
        lines.push(`  v${600 + i} = fadd.f64 v${total}, v${200 + i}`);
        total = 600 + i;
      }
    }
    lines.push(`  v700 = slot.ptr slot0`, `  store.64 v700 + 8, v${sum}`, `  v701 = load.64.i64 v700 + 8`);
    for (const size of [16, 5000, 70000, 20000000]) {
      const text =
        `fn @double(i64) -> i64 {\nblock0(v0: i64):\n  v1 = add.i64 v0, v0\n  ret v1\n}\n\n` +
        `fn @pressure(i64) -> i64, f64 {\n  slot0: size ${size} align 8\nblock0(v0: i64):\n${lines.join('\n')}\n` +
        `  ret v701, v${total}\n}`;
      check(machine, text, callsOf('pressure', [3], [-77]), 2 * size + (1 << 16));
    }
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
      for (const calls of [false, true]) {
        check(machine, identity + crowded(type, op, 40, calls), callsOf('f', [argument]));
      }
    });
  });
});
