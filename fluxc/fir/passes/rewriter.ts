/**
 * What the rules of `simplify` share: reading operands, making constants and instructions, counting uses.
 *
 * A rule looks at instruction `id` and returns 0 if it has nothing to say, `id` if it changed the instruction in place,
 * or the value that takes its place. It never drops an effect. Use counts never say less than the truth.
 */
import { grown } from '../../base/int-pool.ts';
import { significantBits } from '../analysis/bits.ts';
import { countUses } from '../analysis/uses.ts';
import type { Func } from '../function.ts';
import type { Module } from '../module.ts';
import { Op } from '../ops.ts';
import { isWide, Type } from '../types.ts';
import { ConstantTable } from './constants.ts';
import { Replacements } from './replacements.ts';

/** How many instructions deep a rule looks. */

export class Rewriter {
  readonly replacements: Replacements;
  readonly constants: ConstantTable;
  private uses: Int32Array;
  /** new instructions stand before this one */
  private at = 0;
  private nesting = 0;

  constructor(
    readonly f: Func,
    readonly module: Module,
    private readonly rule: (rewriter: Rewriter, id: number) => number,
  ) {
    this.replacements = new Replacements(f);
    this.constants = new ConstantTable(f, this.replacements);
    this.replacements.apply();
    this.uses = countUses(f);
  }

  // ---- rewriting ----

  /** Applies the rules to `id` until none fits; the value that stands for it then. */
  rewrite(id: number): number {
    const { f } = this;
    const outer = this.at;
    this.at = id;
    let result = id;
    for (let rounds = 0; rounds < 8; rounds++) {
      const by = this.rule(this, id);
      if (by === 0) break;
      if (by === id) continue;
      result = by;
      if (f.type[id] !== Type.Void) {
        this.replacements.replace(id, by);
        this.grow();
        this.uses[by]! += this.uses[id]!;
      }
      f.remove(id);
      break;
    }
    this.at = outer;
    return result;
  }

  /** A new instruction before the one at hand, simplified itself. */
  make(op: Op, type: Type, a: number, b = 0, c = 0, aux = 0): number {
    const { f, at } = this;
    const id = f.make(op, type, a, b, c, aux, f.loc[at]!);
    f.placeBefore(id, at);
    this.countOperands(id);
    if (this.nesting >= 8) return id;
    this.nesting++;
    const result = this.rewrite(id);
    this.nesting--;
    return result;
  }

  /** Turns the instruction at hand into another with the same type of result. */
  become(op: Op, a: number, b = 0, c = 0, aux = 0): number {
    const { f, at } = this;
    f.op[at] = op;
    f.a[at] = a;
    f.b[at] = b;
    f.c[at] = c;
    f.aux[at] = aux;
    this.countOperands(at);
    return at;
  }

  private countOperands(id: number): void {
    this.grow();
    this.f.forEachOperand(id, (value) => this.uses[value]!++);
  }

  private grow(): void {
    this.uses = grown(this.uses, this.f.count);
  }

  /** Is `value` used only once, certainly? */
  usedOnce(value: number): boolean {
    return this.uses[value]! <= 1;
  }

  /** The integer `value` of a type, which fits 32 bits. */
  int(type: Type, value: number): number {
    return this.constants.small(type, value);
  }

  bool(value: boolean): number {
    return this.constants.small(Type.Bool, value ? 1 : 0);
  }

  // ---- reading ----

  isConstant(value: number): boolean {
    return this.f.op[value] === Op.Iconst;
  }

  /** Is `value` the integer constant `number`, which fits 32 bits? */
  is(value: number, number: number): boolean {
    const { f } = this;
    if (f.op[value] !== Op.Iconst || f.a[value] !== number) return false;
    return f.type[value] === Type.Bool || f.b[value] === number >> 31;
  }

  /** The type of operand a. */
  typeOfA(id: number): Type {
    return this.f.type[this.f.a[id]!]! as Type;
  }

  /** The exponent if `value` is a constant power of two, unsigned; else -1. */
  exponent(value: number): number {
    const { f } = this;
    if (f.op[value] !== Op.Iconst) return -1;
    const low = f.a[value]!;
    const high = f.type[value] === Type.I32 ? 0 : f.b[value]!;
    if (high === 0) return low !== 0 && (low & (low - 1)) === 0 ? 31 - Math.clz32(low) : -1;
    return low === 0 && (high & (high - 1)) === 0 ? 63 - Math.clz32(high) : -1;
  }

  /** See `significantBits` of the analysis. */
  significantBits(value: number): number {
    return significantBits(this.f, value);
  }

  /** Is the integer certainly not negative when it is read as signed? */
  isNonNegative(value: number): boolean {
    return this.significantBits(value) < (isWide(this.f.type[value]! as Type) ? 64 : 32);
  }
}
