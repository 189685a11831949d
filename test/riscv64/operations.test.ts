/**
 * Every FIR operation on edge values, compiled and run under qemu-riscv64, against the FIR interpreter: with operands
 * in registers, with constants on either side, and inside the instructions that absorb it (branches, selects,
 * addresses).
 */
import { expect, test } from 'vitest';
import { Func } from '../../fluxc/fir/function.ts';
import { Module } from '../../fluxc/fir/module.ts';
import { Access, Cond, Op, TrapCode } from '../../fluxc/fir/ops.ts';
import { isFloat, Type } from '../../fluxc/fir/types.ts';
import { verifyModule } from '../../fluxc/fir/verify.ts';
import { type Call, differences } from '../targets/machine.ts';
import { RISCV64_MACHINE } from '../targets/machines.ts';

const I32 = [
  0, 1, 2, 3, 7, 31, 32, 33, 255, 256, 2047, 2048, 4096, 65535, 0x12345678, 0x7fffffff, -1, -2, -31, -2048, -2049,
  -65536, -0x80000000,
].map(BigInt);
const I64 = [
  ...I32, 0x80000000n, 0xffffffffn, 0x100000000n, 0x123456789abcdef0n, 0x7fffffffffffffffn, -0x80000001n,
  -0x100000000n, -0x8000000000000000n, 0x5555555555555555n, -0x0f0f0f0f0f0f0f10n,
];
const FLOATS = [
  0, -0, 1, -1, 0.5, -2.5, 3, 1e10, -1e10, 2 ** 31, -(2 ** 31), 2 ** 31 - 1, -(2 ** 31) - 1, 2 ** 32, 2 ** 32 - 1,
  2 ** 63, -(2 ** 63), 2 ** 64, 1e30, 1e300, 5e-324, 1e-40, Infinity, -Infinity, NaN,
];

const SHORT32 = I32.filter((_, i) => i % 2 === 0);
const SHORT64 = I64.filter((_, i) => i % 3 === 0);

function floatBits(value: number, type: Type): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (type === Type.F32) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return view.getBigUint64(0, true);
}

/** Edge values of a type, by their bits. */
function edges(type: Type, short = false): bigint[] {
  switch (type) {
    case Type.Bool: return [0n, 1n];
    case Type.I32: return short ? SHORT32 : I32;
    case Type.F32: case Type.F64: return FLOATS.map((value) => floatBits(value, type));
    default: return short ? SHORT64 : I64;
  }
}

/** A module of functions, and the calls to make of them. */
class Cases {
  readonly module = new Module('operations');
  private readonly calls: Call[] = [];
  private count = 0;

  /**
   * Adds a function whose body is made by `body` from the values of its parameters (or of the constants given for
   * them), and calls of it with every combination of edge values.
   */
  add(
    types: Type[], result: Type, body: (f: Func, values: number[]) => number, constants: (bigint | null)[] = [],
    short = types.length > 1,
  ): void {
    const f = new Func(`f${this.count++}`, { params: types, results: [result] });
    const block = f.addBlock();
    const params = types.map((type) => f.addParam(block, type));
    const values = types.map((type, i) => {
      const constant = constants[i] ?? null;
      if (constant === null) return params[i]!;
      const low = Number(BigInt.asIntN(32, constant));
      const high = Number(BigInt.asIntN(32, constant >> 32n));
      if (isFloat(type)) return f.append(block, Op.Fconst, type, low, type === Type.F32 ? 0 : high);
      return f.iconst(block, type, low, type === Type.Bool ? 0 : high);
    });
    const value = body(f, values);
    f.ret(f.layout[f.layout.length - 1]!, [value]);
    this.module.defineFunction(f.name, f, 0);
    const lists = types.map((type, i) => {
      const constant = constants[i] ?? null;
      return constant === null ? edges(type, short) : [constant];
    });
    let combinations: bigint[][] = [[]];
    for (const list of lists) combinations = combinations.flatMap((head) => list.map((item) => [...head, item]));
    for (const args of combinations) this.calls.push({ name: f.name, args });
  }

  /** The same with operands in registers, and with each of some constants on the left and on the right. */
  addPair(types: [Type, Type], result: Type, body: (f: Func, values: number[]) => number): void {
    this.add(types, result, body);
    for (const constant of edges(types[1], true)) this.add(types, result, body, [null, constant]);
    for (const constant of edges(types[0], true).slice(0, 5)) this.add(types, result, body, [constant, null]);
  }

  check(): void {
    expect(verifyModule(this.module)).toEqual([]);
    expect(differences(RISCV64_MACHINE, this.module, this.calls).slice(0, 10)).toEqual([]);
  }
}

const INTEGERS = [Type.I32, Type.I64] as const;
const REALS = [Type.F32, Type.F64] as const;
const CONDITIONS = [Cond.Eq, Cond.Ne, Cond.Slt, Cond.Sge, Cond.Sgt, Cond.Sle, Cond.Ult, Cond.Uge, Cond.Ugt, Cond.Ule];
const FLOAT_CONDITIONS = CONDITIONS.slice(0, 6);

const BINARY = [
  Op.Add, Op.Sub, Op.Mul, Op.Smulh, Op.Umulh, Op.And, Op.Or, Op.Xor, Op.Shl, Op.Lshr, Op.Ashr, Op.Rotl,
];

test('integer arithmetic, logic and shifts', () => {
  const made = new Cases();
  for (const op of BINARY) {
    for (const type of INTEGERS) made.addPair([type, type], type, (f, [a, b]) => f.append(0, op, type, a!, b!));
  }
  for (const op of [Op.And, Op.Or, Op.Xor]) {
    made.addPair([Type.Bool, Type.Bool], Type.Bool, (f, [a, b]) => f.append(0, op, Type.Bool, a!, b!));
  }
  for (const mask of [0xfffn, 0xffffn, 0x7fffffffn, 0xffffffffn, 0xfffffffffn, 0x7fffffffffffffffn]) {
    made.add([Type.I64, Type.I64], Type.I64, (f, [a, b]) => f.append(0, Op.And, Type.I64, a!, b!), [null, mask]);
  }
  for (const op of [Op.Shl, Op.Lshr]) {
    for (const amount of [1, 31, 32, 33, 63]) {
      for (const extension of [Op.Zext, Op.Sext]) {
        made.add([Type.I32], Type.I64, (f, [a]) => {
          return f.append(0, op, Type.I64, f.append(0, extension, Type.I64, a!), f.iconst(0, Type.I64, amount));
        });
      }
    }
  }
  made.check();
});

test('operations with one operand', () => {
  const made = new Cases();
  for (const op of [Op.Neg, Op.Not, Op.Clz, Op.Ctz, Op.Popcnt, Op.Bswap, Op.Sext8, Op.Sext16]) {
    for (const type of INTEGERS) made.add([type], type, (f, [a]) => f.append(0, op, type, a!));
  }
  made.add([Type.Bool], Type.Bool, (f, [a]) => f.append(0, Op.Not, Type.Bool, a!));
  made.add([Type.I32], Type.I64, (f, [a]) => f.append(0, Op.Sext, Type.I64, a!));
  made.add([Type.I32], Type.I64, (f, [a]) => f.append(0, Op.Zext, Type.I64, a!));
  for (const type of INTEGERS) made.add([Type.Bool], type, (f, [a]) => f.append(0, Op.Zext, type, a!));
  made.add([Type.I64], Type.I32, (f, [a]) => f.append(0, Op.Trunc, Type.I32, a!));
  for (const type of INTEGERS) made.add([type], Type.Bool, (f, [a]) => f.append(0, Op.Trunc, Type.Bool, a!));
  for (const constant of [...I64, 0x8000n, 0xfffff000n, 0x1000000000001n, 0xff00ff00ff00ff00n, 0xcafebabedeadbeefn]) {
    made.add([Type.I64], Type.I64, (_, [a]) => a!, [constant]);
  }
  made.check();
});

test('division', () => {
  const made = new Cases();
  for (const op of [Op.Sdiv, Op.Udiv, Op.Srem, Op.Urem]) {
    for (const type of INTEGERS) {
      made.add([type, type], type, (f, [a, b]) => {
        const isZero = f.icmp(0, Cond.Eq, b!, f.iconst(0, type, 0));
        f.append(0, Op.Trapif, Type.Void, isZero, 0, 0, TrapCode.DivisionByZero);
        return f.append(0, op, type, a!, b!, 0, 1);
      }, [], false);
    }
  }
  made.check();
});

test('comparisons as values', () => {
  const made = new Cases();
  for (const cond of CONDITIONS) {
    for (const type of INTEGERS) {
      made.addPair([type, type], Type.Bool, (f, [a, b]) => f.icmp(0, cond, a!, b!));
    }
    made.add([Type.I32, Type.I32], Type.Bool, (f, [a, b]) => (
      f.icmp(0, cond, f.append(0, Op.Zext, Type.I64, a!), f.append(0, Op.Zext, Type.I64, b!))));
    made.add([Type.I32], Type.Bool, (f, [a]) => (
      f.icmp(0, cond, f.append(0, Op.Zext, Type.I64, a!), f.iconst(0, Type.I64, 2000))));
  }
  for (const cond of FLOAT_CONDITIONS) {
    for (const type of REALS) {
      made.add([type, type], Type.Bool, (f, [a, b]) => f.append(0, Op.Fcmp, Type.Bool, a!, b!, 0, cond));
    }
  }
  made.check();
});

/** A diamond on `condition` that gives 11 or 22. */
function diamond(f: Func, condition: number): number {
  const [yes, no, end] = [f.addBlock(), f.addBlock(), f.addBlock()];
  const param = f.addParam(end, Type.I64);
  f.brif(0, condition, yes, no);
  f.jump(yes, end, [f.iconst(yes, Type.I64, 11)]);
  f.jump(no, end, [f.iconst(no, Type.I64, 22)]);
  return param;
}

test('comparisons inside branches, selects and traps', () => {
  const made = new Cases();
  for (const cond of CONDITIONS) {
    for (const type of INTEGERS) {
      made.addPair([type, type], Type.I64, (f, [a, b]) => diamond(f, f.icmp(0, cond, a!, b!)));
      made.add([type, type], type, (f, [a, b]) => f.append(0, Op.Select, type, f.icmp(0, cond, a!, b!), b!, a!));
      made.add([type, type], type, (f, [a, b]) => {
        f.append(0, Op.Trapif, Type.Void, f.icmp(0, cond, a!, b!), 0, 0, TrapCode.OutOfBounds);
        return a!;
      });
    }
  }
  for (const cond of FLOAT_CONDITIONS) {
    for (const type of REALS) {
      const compare = (f: Func, [a, b]: number[]) => f.append(0, Op.Fcmp, Type.Bool, a!, b!, 0, cond);
      made.add([type, type], Type.I64, (f, values) => diamond(f, compare(f, values)));
      made.add([type, type], Type.I64, (f, values) => diamond(f, f.append(0, Op.Not, Type.Bool, compare(f, values))));
      made.add([type, type], type, (f, values) => (
        f.append(0, Op.Select, type, compare(f, values), values[0]!, values[1]!)));
    }
  }
  made.add([Type.Bool], Type.I64, (f, [a]) => diamond(f, a!));
  for (const type of [...INTEGERS, ...REALS]) {
    made.add([Type.Bool, type, type], type, (f, [a, b, c]) => f.append(0, Op.Select, type, a!, b!, c!));
  }
  for (const type of INTEGERS) {
    for (const constants of [[null, null, 0n], [null, 0n, null]]) {
      made.add([Type.Bool, type, type], type, (f, [a, b, c]) => f.append(0, Op.Select, type, a!, b!, c!), constants);
    }
  }
  made.check();
});

test('floats', () => {
  const made = new Cases();
  for (const type of REALS) {
    for (const op of [Op.Fadd, Op.Fsub, Op.Fmul, Op.Fdiv]) {
      made.add([type, type], type, (f, [a, b]) => f.append(0, op, type, a!, b!));
    }
    for (const op of [Op.Fneg, Op.Fabs, Op.Fsqrt]) made.add([type], type, (f, [a]) => f.append(0, op, type, a!));
    for (const integer of INTEGERS) {
      for (const op of [Op.Sitof, Op.Uitof]) made.add([integer], type, (f, [a]) => f.append(0, op, type, a!));
      for (const op of [Op.Ftosi, Op.Ftoui]) made.add([type], integer, (f, [a]) => f.append(0, op, integer, a!));
    }
    for (const bits of edges(type)) made.add([type], type, (_, [a]) => a!, [bits]);
  }
  made.add([Type.F32], Type.F64, (f, [a]) => f.append(0, Op.Fpromote, Type.F64, a!));
  made.add([Type.F64], Type.F32, (f, [a]) => f.append(0, Op.Fdemote, Type.F32, a!));
  made.add([Type.F64], Type.I64, (f, [a]) => f.append(0, Op.Bitcast, Type.I64, a!));
  made.add([Type.I64], Type.F64, (f, [a]) => f.append(0, Op.Bitcast, Type.F64, a!));
  made.add([Type.F32], Type.I32, (f, [a]) => f.append(0, Op.Bitcast, Type.I32, a!));
  made.add([Type.I32], Type.F32, (f, [a]) => f.append(0, Op.Bitcast, Type.F32, a!));
  made.check();
});

test('combinations that fold into one instruction', () => {
  const made = new Cases();
  for (let amount = 0; amount < 64; amount += 7) {
    for (const op of [Op.Shl, Op.Lshr, Op.Ashr]) {
      for (const extend of [Op.Zext, Op.Sext]) {
        made.add([Type.I32], Type.I64, (f, [a]) => (
          f.append(0, op, Type.I64, f.append(0, extend, Type.I64, a!), f.iconst(0, Type.I64, amount))));
      }
    }
  }
  for (const op of [Op.Add, Op.Sub, Op.Mul]) {
    made.add([Type.I64, Type.I64], Type.I32, (f, [a, b]) => (
      f.append(0, Op.Trunc, Type.I32, f.append(0, op, Type.I64, a!, b!))));
    made.add([Type.I64], Type.I32, (f, [a]) => (
      f.append(0, Op.Trunc, Type.I32, f.append(0, op, Type.I64, a!, f.iconst(0, Type.I64, 77)))));
    made.add([Type.I64, Type.I64], Type.I32, (f, [a, b]) => (
      f.append(0, op, Type.I32, f.append(0, Op.Trunc, Type.I32, a!), f.append(0, Op.Trunc, Type.I32, b!))));
  }
  for (const op of [Op.And, Op.Or, Op.Xor, Op.Lshr, Op.Ashr, Op.Sdiv, Op.Urem]) {
    made.add([Type.I64, Type.I64], Type.I32, (f, [a, b]) => {
      const divisor = f.append(0, Op.Or, Type.I32, f.append(0, Op.Trunc, Type.I32, b!), f.iconst(0, Type.I32, 1));
      const isChecked = op === Op.Sdiv || op === Op.Urem;
      return f.append(0, op, Type.I32, f.append(0, Op.Trunc, Type.I32, a!), divisor, 0, isChecked ? 1 : 0);
    });
  }
  for (const op of [Op.Sext8, Op.Sext16, Op.Zext]) {
    made.add([Type.I64], Type.I64, (f, [a]) => {
      const narrow = f.append(0, Op.Trunc, Type.I32, a!);
      return f.append(0, Op.Zext, Type.I64, op === Op.Zext ? narrow : f.append(0, op, Type.I32, narrow));
    });
  }
  made.check();
});

test('memory: every access, stack slots, symbols, far offsets', () => {
  const made = new Cases();
  const bytes = Uint8Array.from({ length: 64 }, (_, i) => (i * 37 + 129) & 255);
  made.module.defineData('table', { bytes, size: 64, align: 8, writable: true, references: [] }, 0);
  const table = made.module.symbol('table');
  const results: [Access, Type][] = [
    [Access.U8, Type.I32], [Access.S8, Type.I32], [Access.U16, Type.I32], [Access.S16, Type.I32],
    [Access.U32, Type.I32], [Access.S32, Type.I32], [Access.U8, Type.I64], [Access.S8, Type.I64],
    [Access.U16, Type.I64], [Access.S16, Type.I64], [Access.U32, Type.I64], [Access.S32, Type.I64],
    [Access.W64, Type.I64], [Access.F32, Type.F32], [Access.F64, Type.F64],
  ];
  for (const [access, type] of results) {
    made.add([Type.I64], type, (f) => {
      const base = f.append(0, Op.Symbol, Type.Ptr, table, 0, 8);
      return f.load(0, type, access, base, 8);
    }, [0n]);
    made.add([Type.I64], type, (f, [a]) => {
      const base = f.append(0, Op.Symbol, Type.Ptr, table, 0, 0);
      const index = f.append(0, Op.And, Type.I64, a!, f.iconst(0, Type.I64, 31));
      return f.load(0, type, access, f.append(0, Op.Ptradd, Type.Ptr, base, index), 3);
    });
    for (const size of [16, 4096, 100_000]) {
      made.add([type], type, (f, [a]) => {
        const slot = f.addSlot(size, 16);
        const near = f.addSlot(8, 8);
        const address = f.append(0, Op.Slot, Type.Ptr, slot);
        const other = f.append(0, Op.Slot, Type.Ptr, near);
        f.store(0, access, address, a!, size - 8);
        f.store(0, Access.W64, other, f.iconst(0, Type.I64, -1), 0);
        return f.load(0, type, access, f.append(0, Op.Ptradd, Type.Ptr, address, f.iconst(0, Type.I64, size - 8)), 0);
      });
    }
  }
  made.add([Type.I64], Type.I64, (f, [a]) => {
    const slot = f.addSlot(8, 8);
    const base = f.append(0, Op.Slot, Type.Ptr, slot);
    const far = f.append(0, Op.Ptradd, Type.Ptr, base, f.iconst(0, Type.I64, -1_000_000));
    f.store(0, Access.W64, far, a!, 1_000_000);
    return f.load(0, Type.I64, Access.W64, base);
  });
  made.check();
});

test('switch: sparse, dense, wide', () => {
  const made = new Cases();
  const sets: { type: Type; cases: bigint[] }[] = [
    { type: Type.I32, cases: [1n, 2n] },
    { type: Type.I64, cases: [0n, 1n, 2n, 3n, 7n, 31n, 32n, 33n] },
    { type: Type.I32, cases: [-2n, -1n, 0n, 1n, 2n, 3n, 255n, 0x7fffffffn, -0x80000000n] },
    { type: Type.I64, cases: [0x100000000n, 0xffffffffn, 0x7fffffffffffffffn, -1n, 2047n, 2048n] },
    { type: Type.I64, cases: [2045n, 2046n, 2047n, 2048n, 2049n, 2051n, 4096n] },
    { type: Type.I32, cases: Array.from({ length: 300 }, (_, i) => BigInt(i - 20)) },
    { type: Type.I64, cases: Array.from({ length: 12 }, (_, i) => 0x123456789abcdeean + BigInt(i)) },
    // Several runs, none of them most of the cases: a search alone.
    { type: Type.I64, cases: Array.from({ length: 31 }, (_, i) => BigInt(100 * (i % 8) + (i >> 3) - 300)) },
    // A table, and a search for those on both sides of it.
    { type: Type.I32, cases: Array.from({ length: 21 }, (_, i) => BigInt(i < 5 ? 1000 * (i - 7) : i < 16 ? i : 777 * i)) },
  ];
  for (const { type, cases: list } of sets) {
    made.add([type], Type.I64, (f, [a]) => {
      const end = f.addBlock();
      const param = f.addParam(end, Type.I64);
      const blocks = [...list, 0n].map((_, i) => {
        const block = f.addBlock();
        f.jump(block, end, [f.iconst(block, Type.I64, 1000 + i)]);
        return block;
      });
      const entry = f.list([f.edge(blocks[list.length]!), ...list.flatMap((value, i) => [
        Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)), f.edge(blocks[i]!),
      ])]);
      f.append(0, Op.Switch, Type.Void, a!, entry, list.length);
      f.layout = [0, ...blocks, end];
      return param;
    });
  }
  made.check();
});
