/**
 * One FIR function as flat arrays: an instruction is an index, and so is the value it makes.
 *
 * - Instruction `i` has `op[i]`, `type[i]` (of its value; void if none), `aux[i]` and three fields `a[i]`, `b[i]`,
 *   `c[i]` whose meaning the operation's shape says (`ops.ts`). Instruction 0 is no instruction: 0 as an operand means
 *   "none".
 * - A block's instructions form a list through `next` and `prev`; `block[i]` is where `i` stands, -1 once removed.
 * - A block's parameters are `param` instructions listed in `params[block]`; block 0 is the entry and its parameters
 *   are the function's. No edge leads to block 0.
 * - Longer operand lists and edges stand in `extra`: an edge is (target block, count, arguments…).
 *
 * Passes may leave garbage in `extra` and removed instructions behind; nothing but size depends on it.
 */
import { grown, IntPool } from '../base/int-pool.ts';
import type { Loc } from '../base/source.ts';
import { type DebugValues, startOf } from './debug-values.ts';
import { Access, type Cond, isTerminator, Op, OPS, Shape } from './ops.ts';
import { Type } from './types.ts';

export interface Slot {
  size: number;
  align: number;
  /** slots of the same number are never in use at the same time: copies of one slot, made by the inliner */
  copyOf?: number;
}

export interface Attributes {
  /** always, never, or as the inliner thinks */
  inline: 'auto' | 'always' | 'never';
  /** saves every register and returns from an exception */
  interrupt: boolean;
  /** no prologue, no epilogue, no frame */
  naked: boolean;
}

export class Func {
  /** instructions made so far, instruction 0 included */
  count = 1;
  op = new Uint8Array(64);
  type = new Uint8Array(64);
  aux = new Int32Array(64);
  a = new Int32Array(64);
  b = new Int32Array(64);
  c = new Int32Array(64);
  loc = new Int32Array(64);
  block = new Int32Array(64);
  next = new Int32Array(64);
  prev = new Int32Array(64);
  readonly extra = new IntPool(64);

  blockCount = 0;
  /** first and last instruction of each block, 0 while it is empty */
  readonly first: number[] = [];
  readonly last: number[] = [];
  readonly params: number[][] = [];
  /** order of emission; always starts with 0 and lists every live block once */
  layout: number[] = [];

  readonly slots: Slot[] = [];
  attributes: Attributes = { inline: 'auto', interrupt: false, naked: false };
  /** where its variables are, if a debugger wants to know */
  debug: DebugValues | null = null;

  constructor(
    readonly name: string,
    /** replaced, never changed in place: others may share it */
    public signature: { params: Type[]; results: Type[] },
    readonly loc0: Loc = 0,
  ) {}

  // ---- building ----

  addBlock(): number {
    const block = this.blockCount++;
    this.first.push(0);
    this.last.push(0);
    this.params.push([]);
    this.layout.push(block);
    return block;
  }

  addSlot(size: number, align: number): number {
    return this.slots.push({ size, align }) - 1;
  }

  /** Makes an instruction that stands in no block yet. */
  make(op: Op, type: Type, a = 0, b = 0, c = 0, aux = 0, loc: Loc = 0): number {
    const id = this.count++;
    if (id >= this.op.length) this.growTo(id + 1);
    this.op[id] = op;
    this.type[id] = type;
    this.aux[id] = aux;
    this.a[id] = a;
    this.b[id] = b;
    this.c[id] = c;
    this.loc[id] = loc;
    this.block[id] = -1;
    this.next[id] = 0;
    this.prev[id] = 0;
    return id;
  }

  /** Makes an instruction at the end of `block`. */
  append(block: number, op: Op, type: Type, a = 0, b = 0, c = 0, aux = 0, loc: Loc = 0): number {
    const id = this.make(op, type, a, b, c, aux, loc);
    this.place(id, block);
    return id;
  }

  /** Puts a made or removed instruction at the end of `block`. */
  place(id: number, block: number): void {
    const last = this.last[block]!;
    this.block[id] = block;
    this.prev[id] = last;
    this.next[id] = 0;
    if (last) this.next[last] = id;
    else this.first[block] = id;
    this.last[block] = id;
  }

  /** Puts a made or removed instruction directly before `before`. */
  placeBefore(id: number, before: number): void {
    const block = this.block[before]!;
    const prev = this.prev[before]!;
    this.block[id] = block;
    this.prev[id] = prev;
    this.next[id] = before;
    this.prev[before] = id;
    if (prev) this.next[prev] = id;
    else this.first[block] = id;
  }

  /** Puts a made or removed instruction directly after `after`. */
  placeAfter(id: number, after: number): void {
    const next = this.next[after]!;
    if (next) this.placeBefore(id, next);
    else this.place(id, this.block[after]!);
  }

  /** Takes an instruction out of its block. Its value must have no uses left, or be placed again. */
  remove(id: number): void {
    this.debug?.move(id, this.prev[id]! || startOf(this.block[id]!));
    this.detach(id);
  }

  /** The same for an instruction that goes elsewhere with all that stands behind it. */
  detach(id: number): void {
    const block = this.block[id]!;
    const prev = this.prev[id]!;
    const next = this.next[id]!;
    if (prev) this.next[prev] = next;
    else this.first[block] = next;
    if (next) this.prev[next] = prev;
    else this.last[block] = prev;
    this.block[id] = -1;
  }

  addParam(block: number, type: Type, loc: Loc = 0): number {
    const id = this.make(Op.Param, type, this.params[block]!.length, 0, 0, 0, loc);
    this.block[id] = block;
    this.params[block]!.push(id);
    return id;
  }

  /** Takes parameter `index` off `block`. The edges to it must lose that argument too (`removeEdgeArgument`). */
  removeParam(block: number, index: number): void {
    const params = this.params[block]!;
    this.block[params[index]!] = -1;
    params.splice(index, 1);
    for (let i = index; i < params.length; i++) this.a[params[i]!] = i;
  }

  /** A new edge to `target` that passes `args` to its parameters. */
  edge(target: number, args: readonly number[] = []): number {
    const at = this.extra.push(target);
    this.extra.push(args.length);
    for (let i = 0; i < args.length; i++) this.extra.push(args[i]!);
    return at;
  }

  list(values: readonly number[]): number {
    const at = this.extra.length;
    for (let i = 0; i < values.length; i++) this.extra.push(values[i]!);
    return at;
  }

  // ---- the everyday instructions ----

  iconst(block: number, type: Type, low: number, high = low < 0 ? -1 : 0, loc: Loc = 0): number {
    return this.append(block, Op.Iconst, type, low | 0, type === Type.I32 ? (low | 0) >> 31 : high | 0, 0, 0, loc);
  }

  icmp(block: number, cond: Cond, a: number, b: number, loc: Loc = 0): number {
    return this.append(block, Op.Icmp, Type.Bool, a, b, 0, cond, loc);
  }

  load(block: number, type: Type, access: Access | number, address: number, offset = 0, loc: Loc = 0): number {
    return this.append(block, Op.Load, type, address, 0, offset, access, loc);
  }

  store(block: number, access: Access | number, address: number, value: number, offset = 0, loc: Loc = 0): number {
    return this.append(block, Op.Store, Type.Void, address, value, offset, access, loc);
  }

  call(block: number, type: Type, symbol: number, signature: number, args: readonly number[], loc: Loc = 0): number {
    return this.append(block, Op.Call, type, symbol, this.list(args), args.length, signature, loc);
  }

  jump(block: number, target: number, args: readonly number[] = [], loc: Loc = 0): number {
    return this.append(block, Op.Jump, Type.Void, this.edge(target, args), 0, 0, 0, loc);
  }

  brif(block: number, cond: number, then: number, otherwise: number, loc: Loc = 0): number {
    return this.append(block, Op.Brif, Type.Void, cond, this.edge(then), this.edge(otherwise), 0, loc);
  }

  ret(block: number, values: readonly number[] = [], loc: Loc = 0): number {
    return this.append(block, Op.Ret, Type.Void, 0, this.list(values), values.length, 0, loc);
  }

  /** Somebody who came to `target` through `block` comes there without it from now on. */
  skip(block: number, target: number): void {
    if (!this.debug) return;
    const keys = [startOf(block)];
    for (let id = this.first[block]!; id; id = this.next[id]!) keys.push(id);
    this.debug.skip(keys, target);
  }

  // ---- reading ----

  terminator(block: number): number {
    const last = this.last[block]!;
    return last && isTerminator(this.op[last]!) ? last : 0;
  }

  edgeTarget(edge: number): number {
    return this.extra.data[edge]!;
  }

  edgeCount(edge: number): number {
    return this.extra.data[edge + 1]!;
  }

  edgeArgument(edge: number, index: number): number {
    return this.extra.data[edge + 2 + index]!;
  }

  /** The edges that leave an instruction, in order: jump 1, brif 2, switch default first. */
  edges(id: number): number[] {
    switch (OPS[this.op[id]!]!.shape) {
      case Shape.Jump: return [this.a[id]!];
      case Shape.Branch: return [this.b[id]!, this.c[id]!];
      case Shape.Switch: {
        const at = this.b[id]!;
        const edges = [this.extra.at(at)];
        for (let i = 0; i < this.c[id]!; i++) edges.push(this.extra.at(at + 3 + 3 * i));
        return edges;
      }
      default: return [];
    }
  }

  /** Makes `edge` the edge number `which`, counted as `edges` does, of instruction `id`. */
  setEdge(id: number, which: number, edge: number): void {
    switch (OPS[this.op[id]!]!.shape) {
      case Shape.Jump: this.a[id] = edge; return;
      case Shape.Branch:
        if (which === 0) this.b[id] = edge;
        else this.c[id] = edge;
        return;
      case Shape.Switch: this.extra.data[which === 0 ? this.b[id]! : this.b[id]! + 3 * which] = edge; return;
    }
  }

  /** Blocks that a block's terminator can go to; one may stand twice. */
  successors(block: number): number[] {
    const terminator = this.terminator(block);
    return terminator ? this.edges(terminator).map((edge) => this.extra.at(edge)) : [];
  }

  /** Calls `visit` with every value that instruction `id` uses, edge arguments included. */
  forEachOperand(id: number, visit: (value: number) => void): void {
    const shape = OPS[this.op[id]!]!.shape;
    if (shape === Shape.None) return;
    if (shape !== Shape.List && shape !== Shape.Jump) visit(this.a[id]!);
    if (shape === Shape.AB || shape === Shape.ABC) visit(this.b[id]!);
    if (shape === Shape.ABC) visit(this.c[id]!);
    if (shape === Shape.List || shape === Shape.AList) {
      const at = this.b[id]!;
      const count = this.c[id]!;
      for (let i = 0; i < count; i++) visit(this.extra.data[at + i]!);
    } else if (shape === Shape.Jump) this.forEachArgument(this.a[id]!, visit);
    else if (shape === Shape.Branch) {
      this.forEachArgument(this.b[id]!, visit);
      this.forEachArgument(this.c[id]!, visit);
    } else if (shape === Shape.Switch) for (const edge of this.edges(id)) this.forEachArgument(edge, visit);
  }

  private forEachArgument(edge: number, visit: (value: number) => void): void {
    const count = this.extra.data[edge + 1]!;
    for (let i = 0; i < count; i++) visit(this.extra.data[edge + 2 + i]!);
  }

  /**
   * Replaces every value operand `v` of instruction `id` by `map(v)`. `map` may make instructions: that replaces the
   * arrays, so each result is taken before the array that gets it.
   */
  mapOperands(id: number, map: (value: number) => number): void {
    const shape = OPS[this.op[id]!]!.shape;
    const extra = this.extra;
    if (shape === Shape.None) return;
    if (shape !== Shape.List && shape !== Shape.Jump) {
      const a = map(this.a[id]!);
      this.a[id] = a;
    }
    if (shape === Shape.AB || shape === Shape.ABC) {
      const b = map(this.b[id]!);
      this.b[id] = b;
    }
    if (shape === Shape.ABC) {
      const c = map(this.c[id]!);
      this.c[id] = c;
    }
    if (shape === Shape.List || shape === Shape.AList) {
      const at = this.b[id]!;
      for (let i = 0; i < this.c[id]!; i++) {
        const value = map(extra.at(at + i));
        extra.data[at + i] = value;
      }
      return;
    }
    if (shape === Shape.Jump) this.mapArguments(this.a[id]!, map);
    else if (shape === Shape.Branch) {
      this.mapArguments(this.b[id]!, map);
      this.mapArguments(this.c[id]!, map);
    } else if (shape === Shape.Switch) for (const edge of this.edges(id)) this.mapArguments(edge, map);
  }

  private mapArguments(edge: number, map: (value: number) => number): void {
    const { extra } = this;
    const count = extra.data[edge + 1]!;
    for (let i = 0; i < count; i++) {
      const value = map(extra.data[edge + 2 + i]!);
      extra.data[edge + 2 + i] = value;
    }
  }

  /** Drops argument `index` of an edge in place. */
  removeEdgeArgument(edge: number, index: number): void {
    const data = this.extra.data;
    const count = data[edge + 1]!;
    for (let i = index; i + 1 < count; i++) data[edge + 2 + i] = data[edge + 3 + i]!;
    data[edge + 1] = count - 1;
  }

  private growTo(length: number): void {
    this.op = grown(this.op, length);
    this.type = grown(this.type, length);
    this.aux = grown(this.aux, length);
    this.a = grown(this.a, length);
    this.b = grown(this.b, length);
    this.c = grown(this.c, length);
    this.loc = grown(this.loc, length);
    this.block = grown(this.block, length);
    this.next = grown(this.next, length);
    this.prev = grown(this.prev, length);
  }
}
