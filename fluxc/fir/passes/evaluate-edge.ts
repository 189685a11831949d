/**
 * What a value of a block is when the block is entered along one edge: the constant that the edge's arguments make it.
 */
import type { Func } from '../function.ts';
import { Op } from '../ops.ts';
import type { Type } from '../types.ts';
import { compareIntegers, foldBinary, foldUnary, high, low } from './fold.ts';

/** How deep a value is computed. */
const DEPTH = 4;

/** A condition that is known on the edge, because the branch that the edge belongs to asked for it. */
export interface KnownCondition {
  condition: number;
  /** 1 or 0; -1: nothing is known */
  value: number;
}

export class EdgeEvaluator {
  /** words of the last constant that `evaluate` found */
  low = 0;
  high = 0;

  constructor(private readonly f: Func) {}

  /**
   * Is `value`, as `block` sees it when it is entered along `edge`, a constant? Then `low` and `high` are its words.
   */
  evaluate(block: number, edge: number, value: number, known: KnownCondition, depth = 0): boolean {
    const { f } = this;
    if (f.block[value] === block && f.op[value] === Op.Param) value = f.edgeArgument(edge, f.a[value]!);
    else if (f.block[value] === block && depth <= DEPTH && f.op[value] !== Op.Iconst) {
      return this.compute(block, edge, value, known, depth);
    }
    if (value === known.condition && known.value >= 0) return this.found(known.value, 0);
    return f.op[value] === Op.Iconst && this.found(f.a[value]!, f.b[value]!);
  }

  private found(lowWord: number, highWord: number): boolean {
    this.low = lowWord;
    this.high = highWord;
    return true;
  }

  private compute(block: number, edge: number, id: number, known: KnownCondition, depth: number): boolean {
    const { f } = this;
    const op = f.op[id]! as Op;
    const type = f.type[id]! as Type;
    const isUnary = op === Op.Not || op === Op.Zext || op === Op.Sext || op === Op.Trunc || op === Op.Neg;
    const isBinary = op === Op.Icmp || (op >= Op.Add && op <= Op.Rotl);
    if (!isUnary && !isBinary) return false;
    if (!this.evaluate(block, edge, f.a[id]!, known, depth + 1)) return false;
    const [aLow, aHigh] = [this.low, this.high];
    if (isUnary) return foldUnary(op, type, f.type[f.a[id]!]! as Type, aLow, aHigh) && this.found(low, high);
    if (!this.evaluate(block, edge, f.b[id]!, known, depth + 1)) return false;
    if (op === Op.Icmp) return this.found(compareIntegers(f.aux[id]!, aLow, aHigh, this.low, this.high) ? 1 : 0, 0);
    return foldBinary(op, type, aLow, aHigh, this.low, this.high) && this.found(low, high);
  }
}
