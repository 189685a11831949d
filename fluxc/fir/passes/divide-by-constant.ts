/**
 * `divide-by-constant`: division by a constant becomes a multiplication by its reciprocal, remainders what that leaves.
 *
 * Granlund and Montgomery, "Division by Invariant Integers using Multiplication" (1994): for k large enough and
 * m = floor(2^k / d) + 1, floor(x × m / 2^k) is floor(x / d) for every x of the width, because the error
 * e = m × d - 2^k times x stays below 2^k. Signed quotients round down then, so those of negative x need 1 more.
 * Divisors 0, 1 and -1 are left to `simplify` and to the trap.
 */
import type { Func } from '../function.ts';
import { Op } from '../ops.ts';
import { Type } from '../types.ts';

export function divideByConstants(f: Func): void {
  for (const block of f.layout) {
    for (let id = f.first[block]!; id;) {
      const next = f.next[id]!;
      const op = f.op[id]!;
      if (op >= Op.Sdiv && op <= Op.Urem && f.op[f.b[id]!] === Op.Iconst) new Division(f, id).replace();
      id = next;
    }
  }
}

class Division {
  private readonly type: Type;
  private readonly width: number;
  private readonly x: number;

  constructor(private readonly f: Func, private readonly id: number) {
    this.type = f.type[id]! as Type;
    this.width = this.type === Type.I64 ? 64 : 32;
    this.x = f.a[id]!;
  }

  replace(): void {
    const { f, id, type, width, x } = this;
    const op = f.op[id]! as Op;
    const isSigned = op === Op.Sdiv || op === Op.Srem;
    const b = f.b[id]!;
    const bits = (BigInt(f.b[b]!) << 32n) | BigInt(f.a[b]! >>> 0);
    const divisor = isSigned ? BigInt.asIntN(width, bits) : BigInt.asUintN(width, bits);
    const magnitude = divisor < 0n ? -divisor : divisor;
    if (magnitude < 2n) return;
    const isPower = (magnitude & (magnitude - 1n)) === 0n;
    if (isPower && !isSigned) return;
    const quotient = isPower ? this.signedShift(magnitude)
      : isSigned ? this.signed(magnitude) : this.unsigned(magnitude);
    if (op === Op.Srem || op === Op.Urem) {
      // The remainder has the sign of x whatever the divisor's is.
      const product = isPower ? this.emit(Op.Shl, type, quotient, this.int(type, BigInt(bitLength(magnitude) - 1)))
        : this.emit(Op.Mul, type, quotient, this.int(type, magnitude));
      this.become(Op.Sub, x, product);
      return;
    }
    if (divisor < 0n) this.become(Op.Neg, quotient);
    else this.become(Op.Add, quotient, this.int(type, 0n));
  }

  /** x / 2^k toward zero: negative x get 2^k - 1 more before the shift. */
  private signedShift(magnitude: bigint): number {
    const { type, width, x } = this;
    const k = bitLength(magnitude) - 1;
    const sign = k === 1 ? x : this.emit(Op.Ashr, type, x, this.count(width - 1));
    const more = this.emit(Op.Lshr, type, sign, this.count(width - k));
    return this.emit(Op.Ashr, type, this.emit(Op.Add, type, x, more), this.count(k));
  }

  private unsigned(divisor: bigint): number {
    return this.width === 32 ? this.unsigned32(divisor) : this.unsigned64(divisor);
  }

  private unsigned32(divisor: bigint): number {
    const wide = this.emit(Op.Zext, Type.I64, this.x);
    for (let shift = 0n; shift <= 32n; shift++) {
      const { factor, error } = reciprocal(32n + shift, divisor);
      if (factor >> 32n) break;
      if (error > 1n << shift) continue;
      const product = this.emit(Op.Mul, Type.I64, wide, this.int(Type.I64, factor));
      return this.emit(Op.Trunc, Type.I32, this.emit(Op.Lshr, Type.I64, product, this.int(Type.I64, 32n + shift)));
    }
    const { factor } = reciprocal(64n, divisor);
    return this.emit(Op.Trunc, Type.I32, this.emit(Op.Umulh, Type.I64, wide, this.int(Type.I64, factor)));
  }

  private unsigned64(divisor: bigint): number {
    const { type, x } = this;
    // Factors of two of the divisor are shifted out of x first: then there are bits to spare.
    let twos = 0n;
    while (((divisor >> twos) & 1n) === 0n) twos++;
    for (const before of [0n, twos]) {
      for (let shift = 0n; shift <= 64n; shift++) {
        const { factor, error } = reciprocal(64n + shift, divisor >> before);
        if (factor >> 64n) break;
        if (error > 1n << (shift + before)) continue;
        const reduced = before ? this.emit(Op.Lshr, type, x, this.int(type, before)) : x;
        const product = this.emit(Op.Umulh, type, reduced, this.int(type, factor));
        return shift ? this.emit(Op.Lshr, type, product, this.int(type, shift)) : product;
      }
    }
    // The factor has 65 bits: x × 2^64 is added by hand, halved so that it does not overflow.
    const length = BigInt(bitLength(divisor));
    const { factor } = reciprocal(64n + length, divisor);
    const product = this.emit(Op.Umulh, type, x, this.int(type, BigInt.asUintN(64, factor)));
    const half = this.emit(Op.Lshr, type, this.emit(Op.Sub, type, x, product), this.count(1));
    return this.emit(Op.Lshr, type, this.emit(Op.Add, type, half, product), this.int(type, length - 1n));
  }

  private signed(divisor: bigint): number {
    const { type, width, x } = this;
    const { factor, shift } = signedReciprocal(width, divisor);
    const sign = this.emit(Op.Ashr, type, x, this.count(width - 1));
    let product: number;
    if (width === 32) {
      const wide = this.emit(Op.Mul, Type.I64, this.emit(Op.Sext, Type.I64, x), this.int(Type.I64, factor));
      product = this.emit(Op.Trunc, Type.I32, this.emit(Op.Ashr, Type.I64, wide, this.int(Type.I64, 32n + shift)));
    } else {
      product = this.emit(Op.Smulh, type, x, this.int(type, factor));
      // As a signed number the factor is 2^64 too small.
      if (factor >> 63n) product = this.emit(Op.Add, type, product, x);
      if (shift) product = this.emit(Op.Ashr, type, product, this.int(type, shift));
    }
    return this.emit(Op.Sub, type, product, sign);
  }

  // ---- making instructions ----

  private emit(op: Op, type: Type, a: number, b = 0): number {
    const { f, id } = this;
    const made = f.make(op, type, a, b, 0, 0, f.loc[id]!);
    f.placeBefore(made, id);
    return made;
  }

  private int(type: Type, value: bigint): number {
    const low = Number(BigInt.asIntN(32, value));
    return this.emit(Op.Iconst, type, low, type === Type.I32 ? low >> 31 : Number(BigInt.asIntN(32, value >> 32n)));
  }

  private count(count: number): number {
    return this.int(this.type, BigInt(count));
  }

  private become(op: Op, a: number, b = 0): void {
    const { f, id } = this;
    f.op[id] = op;
    f.a[id] = a;
    f.b[id] = b;
    f.c[id] = 0;
    f.aux[id] = 0;
  }
}

/** floor(2^k / d) + 1, and by how much that times d is more than 2^k. */
function reciprocal(k: bigint, divisor: bigint): { factor: bigint; error: bigint } {
  const factor = (1n << k) / divisor + 1n;
  return { factor, error: factor * divisor - (1n << k) };
}

/** The least shift that serves every signed x of the width. */
function signedReciprocal(width: number, divisor: bigint): { factor: bigint; shift: bigint } {
  for (let shift = 0n; ; shift++) {
    const { factor, error } = reciprocal(BigInt(width) + shift, divisor);
    if (error < 1n << (shift + 1n)) return { factor, shift };
  }
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}
