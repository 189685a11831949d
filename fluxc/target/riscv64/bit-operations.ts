/**
 * Rotations, bit counts and byte reversal out of the base instructions: RV64GC has none of them (they are in Zbb). Each
 * is a straight line of shifts and logic; masks are derived from one another where that is shorter than loading them.
 */
import { Op } from '../../fir/ops.ts';
import { isWide, type Type } from '../../fir/types.ts';
import type { Selector } from '../machine/selector.ts';
import { Composite, rowOp } from './opcodes.ts';
import { ZERO } from './registers.ts';
import { emit2, emitImm, low32, reg } from './values.ts';

/** Lowers `rotl`, `clz`, `ctz`, `popcnt` and `bswap`. */
export function lowerBits(s: Selector, id: number): void {
  const { f } = s;
  const wide = isWide(f.type[id] as Type);
  const op = f.op[id] as Op;
  const def = s.def(id);
  if (op === Op.Rotl) {
    rotate(s, id, wide, def);
    return;
  }
  const x = wide ? reg(s, f.a[id]!) : low32(s, f.a[id]!);
  switch (op) {
    case Op.Clz: countLeading(s, x, wide, def); return;
    case Op.Popcnt: countOnes(s, x, wide, def); return;
    case Op.Bswap: reverseBytes(s, x, wide, def); return;
    default: {
      // The ones below the lowest one: ~x & (x - 1).
      const below = immediate(s, wide ? 'addi' : 'addiw', x, -1);
      const inverse = immediate(s, 'xori', x, -1);
      countOnes(s, combine(s, 'and', below, inverse), wide, def);
    }
  }
}

function immediate(s: Selector, row: string, x: number, imm: number): number {
  const temp = s.temp();
  emitImm(s, rowOp(row), temp, x, imm);
  return temp;
}

function combine(s: Selector, row: string, x: number, y: number): number {
  const temp = s.temp();
  emit2(s, rowOp(row), temp, x, y);
  return temp;
}

function constant(s: Selector, value: number): number {
  const temp = s.temp();
  s.emit(Composite.LoadConstant).defReg(temp).imm(value);
  return temp;
}

/** `word` in both halves. */
function doubled(s: Selector, word: number): number {
  const low = constant(s, word);
  return combine(s, 'add', immediate(s, 'slli', low, 32), low);
}

function rotate(s: Selector, id: number, wide: boolean, def: number): void {
  const { f } = s;
  const x = wide ? reg(s, f.a[id]!) : low32(s, f.a[id]!);
  const width = wide ? 64 : 32;
  const suffix = wide ? '' : 'w';
  const b = f.b[id]!;
  if (s.isConstant(b)) {
    const amount = f.a[b]! & (width - 1);
    if (amount === 0) {
      emitImm(s, rowOp(`addi${suffix}`), def, x, 0);
      return;
    }
    const left = immediate(s, `slli${suffix}`, x, amount);
    emit2(s, rowOp('or'), def, left, immediate(s, `srli${suffix}`, x, width - amount));
    return;
  }
  // Shifts take their amount modulo the width, so -b stands for width - b.
  const amount = low32(s, b);
  const left = combine(s, `sll${suffix}`, x, amount);
  const rest = combine(s, 'sub', ZERO, amount);
  emit2(s, rowOp('or'), def, left, combine(s, `srl${suffix}`, x, rest));
}

/** Halves the range six (five) times: what is left above the middle moves down, and its distance adds to the place. */
function countLeading(s: Selector, x: number, wide: boolean, def: number): void {
  let rest = wide ? x : immediate(s, 'srli', immediate(s, 'slli', x, 32), 32);
  let place = -1;
  for (let step = wide ? 5 : 4; step >= 0; step--) {
    const above = immediate(s, 'srli', rest, 2 ** step);
    let distance = above;
    if (step > 0) distance = immediate(s, 'slli', combine(s, 'sltu', ZERO, above), step);
    rest = combine(s, 'srl', rest, distance);
    place = place < 0 ? distance : combine(s, 'add', place, distance);
  }
  // What is left is 1 with the place of the highest one, or 0 with place 0.
  const width = constant(s, wide ? 64 : 32);
  emit2(s, rowOp('sub'), def, combine(s, 'sub', width, place), rest);
}

/** Sums of 2, 4 and 8 bits side by side, then all bytes by one multiplication. */
function countOnes(s: Selector, x: number, wide: boolean, def: number): void {
  const suffix = wide ? '' : 'w';
  const nibbles = wide ? doubled(s, 0x0f0f0f0f) : constant(s, 0x0f0f0f0f);
  const pairs = combine(s, 'xor', nibbles, immediate(s, 'slli', nibbles, 2));
  const bits = combine(s, 'xor', pairs, immediate(s, 'slli', pairs, 1));
  const bytes = combine(s, 'and', nibbles, immediate(s, 'srli', nibbles, 3));
  const by2 = combine(s, `sub${suffix}`, x, combine(s, 'and', immediate(s, `srli${suffix}`, x, 1), bits));
  const high2 = combine(s, 'and', immediate(s, `srli${suffix}`, by2, 2), pairs);
  const by4 = combine(s, 'add', combine(s, 'and', by2, pairs), high2);
  const by8 = combine(s, 'and', combine(s, 'add', by4, immediate(s, `srli${suffix}`, by4, 4)), nibbles);
  const sum = combine(s, `mul${suffix}`, by8, bytes);
  emitImm(s, rowOp(`srli${suffix}`), def, sum, wide ? 56 : 24);
}

/** Swaps neighbouring bytes, then pairs of bytes, then halves. */
function reverseBytes(s: Selector, x: number, wide: boolean, def: number): void {
  const suffix = wide ? '' : 'w';
  const pairs = wide ? doubled(s, 0x0000ffff) : -1;
  const bytes = wide ? combine(s, 'xor', pairs, immediate(s, 'slli', pairs, 8)) : constant(s, 0x00ff00ff);
  const swapped = swap(s, x, bytes, 8);
  const whole = wide ? swap(s, swapped, pairs, 16) : swapped;
  const half = wide ? 32 : 16;
  const upper = immediate(s, `slli${suffix}`, whole, half);
  emit2(s, rowOp('or'), def, upper, immediate(s, `srli${suffix}`, whole, half));
}

function swap(s: Selector, x: number, mask: number, distance: number): number {
  const down = combine(s, 'and', immediate(s, 'srli', x, distance), mask);
  const up = immediate(s, 'slli', combine(s, 'and', x, mask), distance);
  return combine(s, 'or', down, up);
}
