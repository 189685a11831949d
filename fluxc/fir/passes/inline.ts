/**
 * `inline`: puts functions into their callers, bottom-up over the call graph, so that what is inlined is itself
 * finished.
 *
 * Inlined is what `@inline` asks for, what is called from one place only, and what is hardly larger than its call; in
 * loops, and where constants are passed, functions that call nobody may be a little larger. Never inlined: recursion,
 * `@noinline`, naked and interrupt functions, functions that stand in another section on purpose, and calls on a path
 * that traps. Sizes count instructions without constants.
 */
import { callGraph, type CallGraph } from '../analysis/call-graph.ts';
import { controlFlow } from '../analysis/control-flow.ts';
import { dominatorTree } from '../analysis/dominators.ts';
import { findLoops } from '../analysis/loops.ts';
import type { Func } from '../function.ts';
import { type Module, SymbolKind } from '../module.ts';
import { Op } from '../ops.ts';
import { isConstantOp } from './constants.ts';
import { inlineCall } from './inline-call.ts';
import { removeUnreachable } from './remove-unreachable.ts';

/** A function up to this size replaces its call: a call takes about as many instructions, arguments extra. */
const TINY = 3;
/** A leaf up to this size is inlined where it pays: in a loop or with constant arguments. */
const SMALL_LEAF = 14;
/** A function that is called once is inlined up to this size. */
const CALLED_ONCE = 400;
/** No function grows beyond this. */
const LARGEST_CALLER = 4000;
/** Slots that a function may bring along if it is called from several places, bytes. */
const SLOT_BYTES = 128;

export function inlineCalls(module: Module): void {
  new Inliner(module).run();
}

class Inliner {
  private readonly graph: CallGraph;
  /** instructions of each function, constants not counted, and whether it calls any */
  private readonly sizes: Int32Array;
  private readonly calls: Uint8Array;
  private readonly copies = new Map<string, number>();

  constructor(private readonly module: Module) {
    this.graph = callGraph(module);
    this.sizes = new Int32Array(module.symbols.length);
    this.calls = new Uint8Array(module.symbols.length);
  }

  run(): void {
    for (const symbol of this.graph.bottomUp) {
      const f = this.module.symbols[symbol]!.func!;
      this.measure(symbol, f);
      if (this.calls[symbol] && !f.attributes.naked) this.intoCaller(symbol, f);
    }
  }

  private measure(symbol: number, f: Func): void {
    this.sizes[symbol] = 0;
    this.calls[symbol] = 0;
    for (const block of f.layout) {
      for (let id = f.first[block]!; id; id = f.next[id]!) {
        const op = f.op[id]! as Op;
        if (!isConstantOp(op)) this.sizes[symbol]!++;
        if (op === Op.Call || op === Op.Callptr) this.calls[symbol] = 1;
      }
    }
  }

  private intoCaller(symbol: number, f: Func): void {
    const flow = controlFlow(f);
    const { depth } = findLoops(f, flow, dominatorTree(f, flow));
    const chosen: number[] = [];
    for (const block of flow.order) {
      const isCold = f.op[f.last[block]!] === Op.Trap;
      for (let id = f.first[block]!; id; id = f.next[id]!) {
        if (f.op[id] === Op.Call && this.isWorthIt(symbol, f, id, depth[block]! > 0, isCold)) chosen.push(id);
      }
    }
    for (const id of chosen) {
      const callee = f.a[id]!;
      if (this.sizes[symbol]! + this.sizes[callee]! > LARGEST_CALLER) continue;
      const body = this.module.symbols[callee]!.func!;
      inlineCall(f, id, body, (slot) => this.copyNumber(callee, slot, body.slots[slot]!.copyOf));
      this.sizes[symbol]! += this.sizes[callee]!;
      this.graph.callSites[callee]!--;
    }
    if (chosen.length === 0) return;
    // What follows the call of a function that never returns.
    removeUnreachable(f);
    this.measure(symbol, f);
  }

  /** The number of all copies of one slot of `callee`, or of all its copies of one slot. */
  private copyNumber(callee: number, slot: number, copyOf: number | undefined): number {
    const key = copyOf === undefined ? `${callee} ${slot}` : `${callee} of ${copyOf}`;
    const known = this.copies.get(key);
    if (known !== undefined) return known;
    this.copies.set(key, this.copies.size);
    return this.copies.size - 1;
  }

  private isWorthIt(caller: number, f: Func, id: number, inLoop: boolean, isCold: boolean): boolean {
    const callee = f.a[id]!;
    const { kind, func, section, root } = this.module.symbols[callee]!;
    if (kind !== SymbolKind.Function || !func) return false;
    const { attributes } = func;
    if (attributes.naked || attributes.interrupt || attributes.inline === 'never') return false;
    if (this.graph.component[callee] === this.graph.component[caller]) return false;
    if (section !== '' && section !== this.module.symbols[caller]!.section) return false;
    if (attributes.inline === 'always') return true;
    const size = this.sizes[callee]!;
    if (this.graph.callSites[callee] === 1 && !root && !this.graph.addressTaken[callee]) return size <= CALLED_ONCE;
    if (isCold || slotBytes(func) > SLOT_BYTES) return false;
    if (size <= TINY + f.c[id]!) return true;
    if (this.calls[callee] || size > SMALL_LEAF) return false;
    return inLoop || (size <= SMALL_LEAF / 2 && passesConstant(f, id));
  }
}

function slotBytes(f: Func): number {
  return f.slots.reduce((sum, { size }) => sum + size, 0);
}

function passesConstant(f: Func, call: number): boolean {
  for (let i = 0; i < f.c[call]!; i++) if (isConstantOp(f.op[f.extra.at(f.b[call]! + i)]!)) return true;
  return false;
}
