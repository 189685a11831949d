/**
 * `gvn`: global value numbering. An instruction that computes what a dominating one computed already is replaced by it;
 * a condition that a dominating branch or `trapif` decided becomes a constant; a load of what was just stored or loaded
 * becomes that value (`available-memory.ts`).
 *
 * One walk in reverse postorder over a hash table of leaders; a leader counts if its block dominates. Divisions are
 * numbered too: the first one traps for all. Constants must be unique: `ConstantTable` sees to it.
 */
import { IntPool } from '../../base/int-pool.ts';
import { controlFlow, type ControlFlow, edgeAt, predecessorCount } from '../analysis/control-flow.ts';
import { dominates, type DominatorTree, dominatorTree } from '../analysis/dominators.ts';
import type { Func } from '../function.ts';
import { type Module, SymbolKind } from '../module.ts';
import { Cond, COND_SWAPPED, INVARIANT, Op, OPS, VOLATILE } from '../ops.ts';
import { Type } from '../types.ts';
import { AvailableMemory } from './available-memory.ts';
import { ConstantTable, hash, isConstantOp } from './constants.ts';
import { Replacements } from './replacements.ts';

export function numberValues(f: Func, module: Module): void {
  new Numbering(f, module).run();
}

/** How far a condition made of others is taken apart. */
const DEPTH = 4;
/** Integers of one fact: block, condition, first operand, second operand, next fact of the same hash. */
const FACT = 5;

class Numbering {
  private readonly flow: ControlFlow;
  private readonly tree: DominatorTree;
  private readonly replacements: Replacements;
  private readonly constants: ConstantTable;
  private readonly memory: AvailableMemory;
  /** first leader of each hash, and the next one with the hash of each leader */
  private readonly heads: Int32Array;
  private readonly next: Int32Array;
  /** facts that hold in their block from now on, and in the blocks it dominates; 0 is none */
  private readonly facts = new IntPool(256);
  private readonly factHeads: Int32Array;
  private block = 0;
  private readonly map = (value: number): number => this.known(this.replacements.find(value));

  constructor(private readonly f: Func, private readonly module: Module) {
    this.flow = controlFlow(f);
    this.tree = dominatorTree(f, this.flow);
    this.replacements = new Replacements(f);
    this.constants = new ConstantTable(f, this.replacements);
    this.replacements.apply();
    this.memory = new AvailableMemory(f, module, this.flow, this.constants);
    let size = 64;
    while (size < f.count) size *= 2;
    this.heads = new Int32Array(size);
    this.factHeads = new Int32Array(size);
    this.next = new Int32Array(f.count);
    this.facts.reserve(FACT);
  }

  run(): void {
    const { f, flow } = this;
    for (let i = 0; i < flow.order.length; i++) {
      this.block = flow.order[i]!;
      this.enter();
      for (let id = f.first[this.block]!; id;) {
        const next = f.next[id]!;
        f.mapOperands(id, this.map);
        this.visit(id);
        id = next;
      }
      this.memory.leave(this.block);
    }
    this.replacements.apply();
  }

  /** What is known where a block starts: which way the only branch to it went. */
  private enter(): void {
    const { f, flow, block } = this;
    const single = predecessorCount(flow, block) === 1;
    const above = single ? flow.predecessors[flow.start[block]!]! : -1;
    this.memory.enter(above);
    if (!single) return;
    const end = f.last[above]!;
    if (f.op[end] === Op.Brif) this.learn(f.a[end]!, edgeAt(f, end, 0) === flow.incoming[flow.start[block]!], DEPTH);
  }

  private visit(id: number): void {
    const { f } = this;
    const op = f.op[id]! as Op;
    if (op === Op.Trapif) {
      const cond = f.a[id]!;
      if (f.op[cond] !== Op.Iconst) this.learn(cond, false, DEPTH);
      else if (f.a[cond] === 0) f.remove(id);
      return;
    }
    if (op === Op.Icmp) this.orderComparison(id);
    if (this.isNumbered(id, op)) {
      if (OPS[op]!.commutative && f.a[id]! > f.b[id]! && !isConstantOp(f.op[f.b[id]!]!)) {
        const a = f.a[id]!;
        f.a[id] = f.b[id]!;
        f.b[id] = a;
      }
      const leader = this.leaderOf(id, op);
      if (leader) this.replace(id, leader);
      return;
    }
    if (op === Op.Load && !(f.aux[id]! & VOLATILE)) {
      const value = this.memory.load(id);
      if (value) this.replace(id, value);
    } else this.memory.clobber(id);
  }

  private replace(id: number, by: number): void {
    this.replacements.replace(id, by);
    this.f.remove(id);
  }

  private isNumbered(id: number, op: Op): boolean {
    const { f } = this;
    if (op === Op.Load) {
      if (f.aux[id]! & VOLATILE) return false;
      if (f.aux[id]! & INVARIANT) return true;
      const base = f.a[id]!;
      const data = f.op[base] === Op.Symbol ? this.module.symbols[f.a[base]!]! : null;
      return data?.kind === SymbolKind.Data && !data.data!.writable;
    }
    if (op >= Op.Sdiv && op <= Op.Urem) return true;
    return OPS[op]!.effect === 0 && !isConstantOp(op) && op !== Op.Nop;
  }

  /** The dominating instruction that computes the same; if there is none, `id` leads from now on. */
  private leaderOf(id: number, op: Op): number {
    const { f, heads, next, tree, block } = this;
    const aux = op >= Op.Sdiv && op <= Op.Urem ? 0 : f.aux[id]!;
    const bucket = hash(op | (aux << 16), f.type[id]!, f.a[id]!, f.b[id]!, f.c[id]!) & (heads.length - 1);
    for (let other = heads[bucket]!; other; other = next[other]!) {
      const same = f.op[other] === op && f.a[other] === f.a[id] && f.b[other] === f.b[id] && f.c[other] === f.c[id] &&
        f.type[other] === f.type[id] && (aux === 0 && op >= Op.Sdiv && op <= Op.Urem ? true : f.aux[other] === aux);
      if (same && dominates(tree, f.block[other]!, block)) return other;
    }
    if (id < next.length) {
      next[id] = heads[bucket]!;
      heads[bucket] = id;
    }
    return 0;
  }

  // ---- conditions ----

  /** Two values are always compared in one order. */
  private orderComparison(id: number): void {
    const { f } = this;
    const [a, b] = [f.a[id]!, f.b[id]!];
    if (a <= b || isConstantOp(f.op[b]!)) return;
    f.a[id] = b;
    f.b[id] = a;
    f.aux[id] = COND_SWAPPED[f.aux[id]!]!;
  }

  /** From here on `cond` is known. */
  private learn(cond: number, holds: boolean, depth: number): void {
    const { f } = this;
    const op = f.op[cond]! as Op;
    if (op === Op.Iconst) return;
    this.addFact(holds ? Cond.Ne : Cond.Eq, cond, 0);
    if (depth === 0) return;
    if (op === Op.Not) this.learn(f.a[cond]!, !holds, depth - 1);
    else if ((op === Op.And && holds) || (op === Op.Or && !holds)) {
      this.learn(f.a[cond]!, holds, depth - 1);
      this.learn(f.b[cond]!, holds, depth - 1);
    } else if (op === Op.Icmp) this.addFact(holds ? f.aux[cond]! : f.aux[cond]! ^ 1, f.a[cond]!, f.b[cond]!);
  }

  private factBucket(a: number, b: number): number {
    return hash(0, 0, a, b, 0) & (this.factHeads.length - 1);
  }

  private addFact(cond: Cond, a: number, b: number): void {
    const bucket = this.factBucket(a, b);
    const at = this.facts.push(this.block);
    this.facts.push(cond);
    this.facts.push(a);
    this.facts.push(b);
    this.facts.push(this.factHeads[bucket]!);
    this.factHeads[bucket] = at;
  }

  /** What the facts say about a (cond) b: 1, 0, or -1 for nothing. For a bool `a` alone `b` is 0 and `cond` is Ne. */
  private ask(cond: Cond, a: number, b: number): number {
    const { facts, tree, block } = this;
    for (let at = this.factHeads[this.factBucket(a, b)]!; at; at = facts.at(at + 4)) {
      if (facts.at(at + 2) !== a || facts.at(at + 3) !== b || !dominates(tree, facts.at(at), block)) continue;
      const answer = implied(facts.at(at + 1), cond);
      if (answer >= 0) return answer;
    }
    return -1;
  }

  /** `value` itself, or the constant that a condition is known to be. */
  private known(value: number): number {
    const { f } = this;
    if (f.type[value] !== Type.Bool || f.op[value] === Op.Iconst) return value;
    let answer = this.ask(Cond.Ne, value, 0);
    if (answer < 0 && f.op[value] === Op.Icmp) answer = this.ask(f.aux[value]!, f.a[value]!, f.b[value]!);
    return answer < 0 ? value : this.constants.small(Type.Bool, answer);
  }
}

/** Which of less, equal, greater (bits 0, 1, 2) each condition allows. */
const ALLOWED = [2, 5, 1, 6, 4, 3, 1, 6, 4, 3];

/** Given that `fact` holds between two values, does `cond`? 1, 0, or -1 if that is open. */
function implied(fact: Cond, cond: Cond): number {
  const comparable = fact <= Cond.Ne || cond <= Cond.Ne || (fact <= Cond.Sle) === (cond <= Cond.Sle);
  if (!comparable) return -1;
  const given = ALLOWED[fact]!;
  const wanted = ALLOWED[cond]!;
  if ((given & ~wanted) === 0) return 1;
  return (given & wanted) === 0 ? 0 : -1;
}
