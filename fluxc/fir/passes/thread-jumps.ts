/**
 * Jump threading: an edge to a block that only passes on, or whose branch the edge's arguments decide, goes straight to
 * where the block would go.
 *
 * Such a block holds nothing but a few pure instructions and its terminator, and what it defines (parameters included) is
 * used in it alone, so that leaving it out needs no repair. Headers of loops are never skipped by a decision: a loop must
 * keep one entry.
 */
import {
  chosenCase, type ControlFlow, controlFlow, edgeArguments, edgeAt, edgeCount, setEdge,
} from '../analysis/control-flow.ts';
import { countUses } from '../analysis/uses.ts';
import type { Func } from '../function.ts';
import { Op, OPS } from '../ops.ts';
import type { Type } from '../types.ts';
import { compareIntegers, foldBinary, foldUnary, high, low } from './fold.ts';

/** Longest chain of blocks that one edge skips, and most instructions of a block that decides. */
const HOPS = 16;
const INSTRUCTIONS = 4;

export function threadJumps(f: Func): boolean {
  return new Threading(f).run();
}

const enum Kind { Unknown, Other, PassesOn, Decides }

class Threading {
  private readonly flow: ControlFlow;
  private readonly uses: Int32Array;
  private readonly kinds: Uint8Array;
  /** words of the last constant that `evaluate` found */
  private low = 0;
  private high = 0;

  constructor(private readonly f: Func) {
    this.flow = controlFlow(f);
    this.uses = countUses(f);
    this.kinds = new Uint8Array(f.blockCount);
  }

  run(): boolean {
    const { f } = this;
    let changed = false;
    for (const block of this.flow.order) {
      const end = f.last[block]!;
      for (let k = edgeCount(f, end) - 1; k >= 0; k--) {
        for (let hops = 0; hops < HOPS; hops++) {
          const by = this.shortcut(block, end, k);
          if (by < 0) break;
          this.countArguments(edgeAt(f, end, k), -1);
          this.countArguments(by, 1);
          setEdge(f, end, k, by);
          changed = true;
        }
      }
    }
    return changed;
  }

  private countArguments(edge: number, by: number): void {
    for (let i = 0; i < this.f.edgeCount(edge); i++) this.uses[this.f.edgeArgument(edge, i)]! += by;
  }

  /** The edge to take instead of edge `index` of terminator `end`, or -1. */
  private shortcut(block: number, end: number, index: number): number {
    const { f } = this;
    const edge = edgeAt(f, end, index);
    const target = f.edgeTarget(edge);
    if (target === block) return -1;
    const kind = this.kindOf(target);
    if (kind === Kind.Other) return -1;
    const last = f.last[target]!;
    let taken: number;
    if (kind === Kind.PassesOn) taken = f.a[last]!;
    else {
      const known = f.op[end] === Op.Brif && f.b[end] !== f.c[end] ? 1 - index : -1;
      if (!this.evaluate(target, edge, f.a[last]!, known, f.a[end]!)) return -1;
      if (f.op[last] === Op.Brif) taken = this.low === 1 ? f.b[last]! : f.c[last]!;
      else taken = chosenCase(f, last, this.low, this.high);
    }
    if (f.edgeTarget(taken) === target) return -1;
    const args = edgeArguments(f, taken);
    for (let i = 0; i < args.length; i++) {
      if (f.block[args[i]!] !== target) continue;
      if (f.op[args[i]!] !== Op.Param) return -1;
      args[i] = f.edgeArgument(edge, f.a[args[i]!]!);
    }
    return f.edge(f.edgeTarget(taken), args);
  }

  private kindOf(block: number): Kind {
    return (this.kinds[block] ||= this.classify(block));
  }

  private classify(block: number): Kind {
    const { f, flow } = this;
    const end = f.last[block]!;
    const op = f.op[end]!;
    const passesOn = op === Op.Jump;
    if (block === 0 || (!passesOn && op !== Op.Brif && op !== Op.Switch)) return Kind.Other;
    let count = 0;
    for (let id = f.first[block]!; id !== end; id = f.next[id]!) {
      if (passesOn || ++count > INSTRUCTIONS || OPS[f.op[id]!]!.effect !== 0) return Kind.Other;
    }
    if (!passesOn) {
      for (let k = flow.start[block]!; k < flow.start[block + 1]!; k++) {
        if (flow.rank[flow.predecessors[k]!]! >= flow.rank[block]!) return Kind.Other;
      }
    }
    return this.keepsToItself(block) ? (passesOn ? Kind.PassesOn : Kind.Decides) : Kind.Other;
  }

  /** Is everything the block defines used in it alone? */
  private keepsToItself(block: number): boolean {
    const { f, uses } = this;
    let outside = 0;
    for (const param of f.params[block]!) outside += uses[param]!;
    for (let id = f.first[block]!; id; id = f.next[id]!) {
      outside += uses[id]!;
      f.forEachOperand(id, (value) => {
        if (f.block[value] === block) outside--;
      });
    }
    return outside === 0;
  }

  /**
   * Is `value`, as the block sees it when it is entered along `edge`, a constant? Then `low` and `high` are its words.
   * `known` is the value of `condition` on that edge, or -1.
   */
  private evaluate(block: number, edge: number, value: number, known: number, condition: number, depth = 0): boolean {
    const { f } = this;
    if (f.block[value] === block && f.op[value] === Op.Param) value = f.edgeArgument(edge, f.a[value]!);
    else if (f.block[value] === block && depth <= INSTRUCTIONS && f.op[value] !== Op.Iconst) {
      return this.compute(block, edge, value, known, condition, depth);
    }
    if (value === condition && known >= 0) return this.found(known, 0);
    return f.op[value] === Op.Iconst && this.found(f.a[value]!, f.b[value]!);
  }

  private found(lowWord: number, highWord: number): boolean {
    this.low = lowWord;
    this.high = highWord;
    return true;
  }

  private compute(block: number, edge: number, id: number, known: number, condition: number, depth: number): boolean {
    const { f } = this;
    const op = f.op[id]! as Op;
    const type = f.type[id]! as Type;
    const isUnary = op === Op.Not || op === Op.Zext || op === Op.Sext || op === Op.Trunc || op === Op.Neg;
    const isBinary = op === Op.Icmp || (op >= Op.Add && op <= Op.Rotl);
    if (!isUnary && !isBinary) return false;
    if (!this.evaluate(block, edge, f.a[id]!, known, condition, depth + 1)) return false;
    const [aLow, aHigh] = [this.low, this.high];
    if (isUnary) return foldUnary(op, type, f.type[f.a[id]!]! as Type, aLow, aHigh) && this.found(low, high);
    if (!this.evaluate(block, edge, f.b[id]!, known, condition, depth + 1)) return false;
    if (op === Op.Icmp) return this.found(compareIntegers(f.aux[id]!, aLow, aHigh, this.low, this.high) ? 1 : 0, 0);
    return foldBinary(op, type, aLow, aHigh, this.low, this.high) && this.found(low, high);
  }
}
