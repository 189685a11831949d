/**
 * Jump threading: an edge to a block that only passes on, or whose branch the edge's arguments decide, goes straight
 * to where the block would go.
 *
 * Such a block holds nothing but a few pure instructions and its terminator, and what it defines (parameters included)
 * is used in it alone, so that leaving it out needs no repair; `hand-down.ts` makes it so where it can. Headers of
 * loops are never skipped by a decision: a loop must keep one entry.
 */
import { grown } from '../../base/int-pool.ts';
import {
  chosenCase, type ControlFlow, controlFlow, edgeArguments, edgeAt, edgeCount, setEdge,
} from '../analysis/control-flow.ts';
import { countUses } from '../analysis/uses.ts';
import type { Func } from '../function.ts';
import { Op, OPS } from '../ops.ts';
import { isFloat, type Type } from '../types.ts';
import { EdgeEvaluator, type KnownCondition } from './evaluate-edge.ts';
import { handDownValues } from './hand-down.ts';

/** Longest chain of blocks that one edge skips, and most instructions of a block that decides. */
const HOPS = 16;
const INSTRUCTIONS = 4;

export function threadJumps(f: Func): boolean {
  const flow = controlFlow(f);
  const evaluator = new EdgeEvaluator(f);
  const isWanted = (block: number) => decides(f, flow, block) && isDecidedOnce(f, flow, evaluator, block);
  const handedDown = handDownValues(f, flow, isWanted);
  return new Threading(f, flow, evaluator).run() || handedDown;
}

/** A block that only branches on a value, after a few pure instructions, and heads no loop. */
function decides(f: Func, flow: ControlFlow, block: number): boolean {
  const end = f.last[block]!;
  if (block === 0 || (f.op[end] !== Op.Brif && f.op[end] !== Op.Switch)) return false;
  let count = 0;
  for (let id = f.first[block]!; id !== end; id = f.next[id]!) {
    if (++count > INSTRUCTIONS || OPS[f.op[id]!]!.effect !== 0) return false;
  }
  for (let k = flow.start[block]!; k < flow.start[block + 1]!; k++) {
    if (flow.rank[flow.predecessors[k]!]! >= flow.rank[block]!) return false;
  }
  return true;
}

/** Is there an edge to the block that decides its branch? */
function isDecidedOnce(f: Func, flow: ControlFlow, evaluator: EdgeEvaluator, block: number): boolean {
  for (let k = flow.start[block]!; k < flow.start[block + 1]!; k++) {
    const end = f.last[flow.predecessors[k]!]!;
    const known = knownOn(f, end, f.op[end] === Op.Brif && f.b[end] === flow.incoming[k] ? 0 : 1);
    if (evaluator.evaluate(block, flow.incoming[k]!, f.a[f.last[block]!]!, known)) return true;
  }
  return false;
}

/** What is known of its condition on edge `index` of terminator `end`. */
function knownOn(f: Func, end: number, index: number): KnownCondition {
  return { condition: f.a[end]!, value: f.op[end] === Op.Brif ? 1 - index : -1 };
}

const enum Kind { Unknown, Other, PassesOn, Decides }

class Threading {
  private uses: Int32Array;
  private readonly kinds: Uint8Array;

  constructor(private readonly f: Func, private readonly flow: ControlFlow, private readonly evaluator: EdgeEvaluator) {
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
    const { f, evaluator } = this;
    const edge = edgeAt(f, end, index);
    const target = f.edgeTarget(edge);
    if (target === block) return -1;
    const kind = this.kindOf(target);
    if (kind === Kind.Other) return -1;
    const last = f.last[target]!;
    const known = knownOn(f, end, index);
    let taken: number;
    if (kind === Kind.PassesOn) taken = f.a[last]!;
    else {
      if (!evaluator.evaluate(target, edge, f.a[last]!, known)) return -1;
      if (f.op[last] === Op.Brif) taken = evaluator.low === 1 ? f.b[last]! : f.c[last]!;
      else taken = chosenCase(f, last, evaluator.low, evaluator.high);
    }
    if (f.edgeTarget(taken) === target) return -1;
    const args = edgeArguments(f, taken);
    const constants: { index: number; low: number; high: number }[] = [];
    for (let i = 0; i < args.length; i++) {
      if (f.block[args[i]!] !== target) continue;
      if (f.op[args[i]!] === Op.Param) args[i] = f.edgeArgument(edge, f.a[args[i]!]!);
      else if (isFloat(f.type[args[i]!]! as Type) || !evaluator.evaluate(target, edge, args[i]!, known)) return -1;
      else constants.push({ index: i, low: evaluator.low, high: evaluator.high });
    }
    for (const { index: i, low, high } of constants) args[i] = this.constant(end, f.type[args[i]!]! as Type, low, high);
    f.skip(target, f.edgeTarget(taken));
    return f.edge(f.edgeTarget(taken), args);
  }

  private constant(end: number, type: Type, low: number, high: number): number {
    const { f } = this;
    const id = f.make(Op.Iconst, type, low, high, 0, 0, f.loc[end]!);
    f.placeBefore(id, end);
    this.uses = grown(this.uses, f.count);
    return id;
  }

  private kindOf(block: number): Kind {
    return (this.kinds[block] ||= this.classify(block));
  }

  private classify(block: number): Kind {
    const { f } = this;
    const end = f.last[block]!;
    const passesOn = block !== 0 && f.op[end] === Op.Jump && f.first[block] === end;
    if (!passesOn && !decides(f, this.flow, block)) return Kind.Other;
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
}
