/**
 * Where a random function gets its operands: values and pointers in scope, constants, comparisons; and how values are
 * made visible to the checksum. Emits into the current block.
 */
import type { Func } from '../../fluxc/fir/function.ts';
import type { Module } from '../../fluxc/fir/module.ts';
import { Cond, Op } from '../../fluxc/fir/ops.ts';
import { isFloat, Type } from '../../fluxc/fir/types.ts';
import type { Random } from '../random.ts';

/** What a pointer may be used for. `room`: bytes that may be read and written from it on, a power of two. */
export interface Pointer {
  id: number;
  room: number;
  /**
   * read-only; holds bools, one a byte; holds pointers of at least `PASSED` bytes of room; the running checksum; too
   * large to be looked at as a whole, for long offsets
   */
  kind: 'plain' | 'constant' | 'bools' | 'pointers' | 'sum' | 'far';
  /** objects of different origin do not overlap; '' is unknown */
  origin: string;
}

export interface Value {
  id: number;
  type: Type;
}

export interface Callee {
  symbol: number;
  params: Type[];
  results: Type[];
}

/** A data object of the program, with what a pointer to its start may be used for. */
export interface DataObject {
  symbol: number;
  pointer: Omit<Pointer, 'id'>;
}

/** Room of a pointer that is passed as an argument, an edge argument or a value in memory. */
export const PASSED = 16;
/** The types of most values, as often as they are wanted. */
export const SCALARS = [
  Type.I32, Type.I32, Type.I32, Type.I64, Type.I64, Type.I64, Type.F64, Type.F32, Type.Bool,
] as const;
/** Small numbers, limits of the types, and those on both sides of what immediates of the machines can hold. */
export const INTEGERS = [
  0, 1, 2, 3, 5, 7, 8, 10, 15, 16, 31, 32, 33, 63, 64, 100, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x10000,
  0x7fffffff, -1, -2, -3, -8, -127, -128, -129, -32768, -32769, -0x80000000,
  2047, 2048, -2048, -2049, 4095, 4096, -4096, 0xfff000, 0x1000000, 0x7ffff7ff, 0x7ffff800, -0x7ffff800,
  0x55555555, 0x00ff00ff, 0x0ff00000, 0x3ffc, -16, 0x12345678,
];
export const FLOATS = [
  0, -0, 1, -1, 0.5, -2.5, 3, 1e10, -1e-10, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53 + 2, 2 ** 63, -(2 ** 63), 2 ** 64,
  1e30, 3.4e38, 1e300, 5e-324, 1e-40, Infinity, -Infinity, NaN,
];

export class ScopeGenerator {
  protected block: number;
  protected values: Value[] = [];
  protected pointers: Pointer[] = [];

  constructor(
    protected readonly f: Func,
    protected readonly module: Module,
    protected readonly random: Random,
    /** functions that may be called */
    protected readonly callees: Callee[],
    protected readonly data: DataObject[],
    /** read-only object that holds pointers to plain ones */
    protected readonly table: { symbol: number; length: number } | null,
  ) {
    this.block = f.addBlock();
  }

  protected emit(op: Op, type: Type, a = 0, b = 0, c = 0, aux = 0): number {
    return this.f.append(this.block, op, type, a, b, c, aux);
  }

  protected keep(id: number, type: Type): number {
    this.values.push({ id, type });
    return id;
  }

  protected iconst(type: Type, value: number): number {
    return this.f.iconst(this.block, type, value, value < 0 ? -1 : 0);
  }

  protected constant(type: Type): number {
    const { random } = this;
    if (isFloat(type)) {
      const view = new DataView(new ArrayBuffer(8));
      const value = random.chance(80) ? random.pick(FLOATS) : random.word() / 977 - 1e6;
      if (type === Type.F32) view.setFloat32(0, value, true);
      else view.setFloat64(0, value, true);
      return this.emit(Op.Fconst, type, view.getInt32(0, true), view.getInt32(4, true));
    }
    if (type === Type.Bool) return this.iconst(type, random.below(2));
    if (type !== Type.I32 && random.chance(25)) {
      return this.f.iconst(this.block, type, random.word() | 0, random.word() | 0);
    }
    if (random.chance(20)) return this.iconst(type, 1 << random.below(31));
    return random.chance(70) ? this.iconst(type, random.pick(INTEGERS)) : this.iconst(type, random.word() | 0);
  }

  /** A value of `type` in scope, preferably a recent one, or a constant. */
  protected value(type: Type): number {
    const { random } = this;
    if (type === Type.Ptr) return this.passedPointer();
    if (type !== Type.Bool || random.chance(80)) {
      for (let tries = 0; tries < 6 && this.values.length > 0; tries++) {
        const recent = random.chance(50) ? Math.min(12, this.values.length) : this.values.length;
        const value = this.values[this.values.length - 1 - random.below(recent)]!;
        if (value.type === type) return value.id;
      }
      if (type === Type.Agent) return this.emit(Op.Bitcast, type, this.value(Type.I64));
    }
    if (type === Type.Bool && random.chance(70)) return this.comparison();
    return this.constant(type);
  }

  protected comparison(): number {
    const { random } = this;
    if (random.chance(10) && this.pointers.length > 0) return this.pointerComparison();
    if (random.chance(25)) {
      const type = random.pick([Type.F32, Type.F64]);
      return this.emit(Op.Fcmp, Type.Bool, this.value(type), this.value(type), 0, random.between(Cond.Eq, Cond.Sle));
    }
    const type = random.chance(8) ? Type.Bool : random.pick([Type.I32, Type.I64]);
    const cond = type === Type.Bool ? random.below(2) : random.below(10);
    return this.emit(Op.Icmp, Type.Bool, this.value(type), this.value(type), 0, cond);
  }

  /** Compares two addresses in one object: whatever the address is, the answer is the same. */
  protected pointerComparison(): number {
    const pointer = this.random.pick(this.pointers);
    const offset = () => {
      const bytes = this.iconst(Type.I64, this.random.below(pointer.room));
      return this.emit(Op.Ptradd, Type.Ptr, pointer.id, bytes);
    };
    const a = offset();
    return this.emit(Op.Icmp, Type.Bool, a, offset(), 0, this.random.below(10));
  }

  /** A pointer to an object that is in scope, or to a data object. */
  protected pointer(wanted: (pointer: DataObject['pointer']) => boolean): Pointer | null {
    const { random } = this;
    const known = this.pointers.filter(wanted);
    if (known.length > 0 && random.chance(70)) return random.pick(known);
    const objects = this.data.filter((object) => wanted(object.pointer));
    if (objects.length === 0) return known.length > 0 ? random.pick(known) : null;
    const object = random.pick(objects);
    const pointer = { ...object.pointer, id: this.emit(Op.Symbol, Type.Ptr, object.symbol) };
    if (random.chance(40)) this.pointers.push(pointer);
    return pointer;
  }

  /** A pointer that may be passed on: plain, with enough room, valid as long as this function runs. */
  protected passedPointer(): number {
    return this.pointer((pointer) => pointer.kind === 'plain' && pointer.room >= PASSED)!.id;
  }

  protected mix(sum: number, value: number): number {
    const rotated = this.emit(Op.Rotl, Type.I64, sum, this.iconst(Type.I64, this.random.between(1, 63)));
    return this.emit(this.random.pick([Op.Add, Op.Xor, Op.Sub]), Type.I64, rotated, value);
  }

  /** An i64 that shows the value. */
  protected asInteger({ id, type }: Value): number {
    switch (type) {
      case Type.I64: return id;
      case Type.I32: return this.emit(this.random.pick([Op.Sext, Op.Zext]), Type.I64, id);
      case Type.Bool: return this.emit(Op.Zext, Type.I64, id);
      case Type.F64: return this.emit(Op.Bitcast, Type.I64, this.observable(id, type));
      case Type.F32: {
        const bits = this.emit(Op.Bitcast, Type.I32, this.observable(id, type));
        return this.emit(Op.Zext, Type.I64, bits);
      }
      default: return this.emit(Op.Bitcast, Type.I64, id);
    }
  }

  /** The float itself or, if it is a NaN, one whose bits are known: FIR does not say which NaN an operation gives. */
  protected observable(id: number, type: Type): number {
    const number = this.emit(Op.Fcmp, Type.Bool, id, id, 0, Cond.Eq);
    return this.emit(Op.Select, type, number, id, this.emit(Op.Fconst, type, 0x7fc00000, 0));
  }
}
