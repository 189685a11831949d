/** Edge values, and programs of many small functions that run on a machine and in the interpreter. */
import { expect } from 'vitest';
import { type Call, differences, type Machine, moduleOf } from './machine.ts';

export const INTS: Record<string, bigint[]> = {
  i32: [
    0n, 1n, 2n, 8n, 31n, 32n, 33n, 127n, 128n, 255n, 4095n, 4096n, 0xffffn, 0x12345n, 0x12345678n, 0x55aa55aan,
    0x7fffffffn, -1n, -2n, -128n, -129n, -4096n, -0x80000000n,
  ],
  i64: [
    0n, 1n, 3n, 4n, 63n, 64n, 65n, 128n, 255n, 4095n, 0xffffn, 0xfff000n, 0x7fffffffn, 0x80000000n, 0xffffffffn,
    0x100000000n, 0x123456789abcdefn, 0x00ff00ff00ff00ffn, -1n, -5n, -129n, -4097n, -0x80000000n, -0x80000001n,
    -0x8000000000000000n, 0x7fffffffffffffffn,
  ],
};

export function bits64(value: number): bigint {
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
  0, -0, 1, -1, 0.5, -0.5, -0.9, 1.5, 2.5, -2.5, 31, 0.1, 1e10, -1e10, 2147483647, 2147483648, -2147483648,
  -2147483649, 4294967295, 4294967296, 9.2e18, 9.3e18, -9.3e18, 1.8e19, 1.9e19, 1e300, 1e-300, Infinity, -Infinity, NaN,
];
export const FLOATS: Record<string, bigint[]> = { f32: NUMBERS.map(bits32), f64: NUMBERS.map(bits64) };

/** Functions of one block, legal for selection as they stand, and calls of them. */
export class Program {
  private readonly texts: string[] = ['data @cell writable size 16 align 8'];
  private readonly calls: Call[] = [];

  constructor(private readonly machine: Machine) {}

  /** A function of one block with parameters v0, v1 …; `body` defines what it returns. */
  add(params: string[], body: string, result: string, type: string, argumentLists: bigint[][]): void {
    const name = `f${this.texts.length}`;
    const list = params.map((param, i) => `v${i}: ${param}`).join(', ');
    this.texts.push(`fn @${name}(${params.join(', ')}) -> ${type} {\nblock0(${list}):\n${body}\n  ret ${result}\n}\n`);
    for (const args of argumentLists) this.calls.push({ name, args });
  }

  check(): void {
    expect(differences(this.machine, moduleOf(this.texts.join('\n')), this.calls)).toEqual([]);
  }
}

export function pairs(a: bigint[], b: bigint[]): bigint[][] {
  return a.flatMap((x) => b.map((y) => [x, y]));
}

export function singles(values: bigint[]): bigint[][] {
  return values.map((value) => [value]);
}
