/**
 * Makes a program that shows a bug small: deletes instructions, replaces values by constants or operands, conditional
 * branches by jumps, and drops what nothing reaches any more, as long as the bug still shows.
 *
 * Edits of one kind are tried all at once, then in halves and so on down to single ones (Zeller and Hildebrandt,
 * "Simplifying and Isolating Failure-Inducing Input", 2002), kind after kind, until none helps or the budget is used
 * up.
 */
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { reachable } from '../../fluxc/fir/dominance.ts';
import type { Func } from '../../fluxc/fir/function.ts';
import type { Module } from '../../fluxc/fir/module.ts';
import { Effect, hasEffect, isTerminator, Op } from '../../fluxc/fir/ops.ts';
import { parseModule } from '../../fluxc/fir/parse.ts';
import { printSymbol } from '../../fluxc/fir/print.ts';
import { isFloat, Type } from '../../fluxc/fir/types.ts';
import { verifyModule } from '../../fluxc/fir/verify.ts';

/** One change of a function; false if it does not apply (any more). */
type Edit = (module: Module) => boolean;

export interface Reduction {
  text: string;
  /** candidates that were tried */
  tried: number;
}

/**
 * Reduces the program `text`, whose function `main` shows the bug. `shows` says whether a module still does; it gets
 * only sound FIR, in a fresh module that it may change.
 */
export async function reduce(
  text: string, main: string, shows: (module: Module) => Promise<boolean>, seconds = 300,
): Promise<Reduction> {
  let tried = 0;
  const deadline = performance.now() + 1000 * seconds;
  const timeIsUp = () => performance.now() > deadline;
  let current = text;
  if (!(await shows(read(text)!))) throw new Error('the program to reduce does not show the bug');
  const attempt = async (edits: readonly Edit[]): Promise<boolean> => {
    const module = read(current)!;
    let changed = false;
    for (const edit of edits) changed = edit(module) || changed;
    if (!changed || timeIsUp()) return false;
    const candidate = cleaned(module, main);
    if (candidate === current || candidate.length > current.length) return false;
    const fresh = read(candidate);
    if (!fresh || verifyModule(fresh).length > 0) return false;
    tried++;
    if (!(await shows(fresh))) return false;
    current = candidate;
    return true;
  };
  // Coarse before fine: what a large piece tells in one run, single edits would tell in hundreds.
  for (const pieces of [4, 16, 64, Infinity]) {
    for (let before = ''; before !== current && !timeIsUp();) {
      before = current;
      for (const kind of KINDS) {
        let edits = editsOf(read(current)!, kind);
        const least = Math.max(1, Math.floor(edits.length / pieces));
        for (let size = edits.length; size >= least; size = Math.floor(size / 2)) {
          for (let start = 0; start < edits.length && !timeIsUp();) {
            // An accepted change renumbers everything: the list is made anew and goes on at the same place.
            if (await attempt(edits.slice(start, start + size))) edits = editsOf(read(current)!, kind);
            else start += size;
          }
        }
      }
    }
  }
  return { text: current, tried };
}

function read(text: string): Module | null {
  return parseModule(new Sources().add('reduced.fir', text), new Diagnostics());
}

/** The program without dead instructions, unreachable blocks and symbols that `main` does not need. */
function cleaned(module: Module, main: string): string {
  const needed = new Set<number>();
  const pending = [module.find(main)!];
  while (pending.length > 0) {
    const symbol = pending.pop()!;
    if (needed.has(symbol)) continue;
    needed.add(symbol);
    const { func, data } = module.symbols[symbol]!;
    for (const reference of data?.references ?? []) pending.push(reference.symbol);
    if (!func) continue;
    clean(func);
    for (const block of func.layout) {
      for (let id = func.first[block]!; id; id = func.next[id]!) {
        if (func.op[id] === Op.Symbol || func.op[id] === Op.Call) pending.push(func.a[id]!);
      }
    }
  }
  return module.symbols.filter((_, index) => needed.has(index)).map((symbol) => printSymbol(symbol, module)).join('\n');
}

function clean(f: Func): void {
  f.layout = reachable(f);
  joinBlocks(f);
  for (let changed = true; changed;) {
    changed = false;
    const used = new Uint8Array(f.count);
    for (const block of f.layout) {
      for (let id = f.first[block]!; id; id = f.next[id]!) f.forEachOperand(id, (value) => (used[value] = 1));
    }
    for (const block of f.layout) {
      for (let id = f.last[block]!; id; id = f.prev[id]!) {
        const kept = hasEffect(f.op[id]! as Op, Effect.Writes | Effect.Traps | Effect.Terminates | Effect.Pinned);
        const idle = f.op[id] === Op.Nop || (f.op[id] === Op.Result1 && !used[id]);
        if (used[id] || (kept && !idle)) continue;
        f.remove(id);
        changed = true;
      }
    }
  }
}

/** Appends each block that only one jump leads to to the block of that jump. */
function joinBlocks(f: Func): void {
  const predecessors = new Int32Array(f.blockCount);
  for (const block of f.layout) for (const next of f.successors(block)) predecessors[next]!++;
  for (const block of f.layout) {
    if (f.first[block] === 0) continue;
    for (let end = f.terminator(block); f.op[end] === Op.Jump; end = f.terminator(block)) {
      const next = f.edgeTarget(f.a[end]!);
      if (predecessors[next] !== 1 || next === block) break;
      f.params[next]!.forEach((param, index) => replaceUses(f, param, f.edgeArgument(f.a[end]!, index)));
      f.params[next] = [];
      f.remove(end);
      for (let id = f.first[next]!; id; id = f.first[next]!) {
        f.remove(id);
        f.place(id, block);
      }
    }
  }
  f.layout = f.layout.filter((block) => f.first[block] !== 0);
}

type Kind = 'empty' | 'branch' | 'return' | 'remove' | 'operand' | 'zero' | 'one' | 'param' | 'slot' | 'attributes';
const KINDS: readonly Kind[] = [
  'empty', 'branch', 'return', 'remove', 'param', 'operand', 'zero', 'one', 'slot', 'attributes',
];

/** Every edit of a kind that may apply, biggest functions' instructions in order. */
function editsOf(module: Module, kind: Kind): Edit[] {
  const edits: Edit[] = [];
  module.symbols.forEach(({ func }, symbol) => {
    if (!func) return;
    const inFunction = (edit: (f: Func, module: Module) => boolean) =>
      edits.push((fresh) => edit(fresh.symbols[symbol]!.func!, fresh));
    if (kind === 'attributes') inFunction(plainAttributes);
    if (kind === 'empty') inFunction((f) => returnAt(f, f.first[0]!));
    if (kind === 'slot') func.slots.forEach((_, slot) => inFunction((f) => smallSlot(f, slot)));
    for (const block of func.layout) {
      if (kind === 'param' && block !== 0) {
        func.params[block]!.forEach((param) => inFunction((f) => removeParam(f, block, param)));
      }
      for (let id = func.first[block]!; id; id = func.next[id]!) {
        const at = id;
        if (kind === 'branch') func.edges(at).forEach((_, edge) => inFunction((f) => keepEdge(f, at, edge)));
        else if (kind === 'return') inFunction((f) => returnAt(f, at));
        else if (kind === 'remove') inFunction((f, fresh) => removeInstruction(f, fresh, at));
        else if (kind === 'zero' || kind === 'one') inFunction((f) => makeConstant(f, at, kind === 'one' ? 1 : 0));
        else if (kind === 'operand') {
          func.forEachOperand(at, (operand) => inFunction((f) => replaceByOperand(f, at, operand)));
        }
      }
    }
  });
  return edits;
}

function plainAttributes(f: Func): boolean {
  const changed = f.attributes.inline !== 'auto';
  f.attributes.inline = 'auto';
  return changed;
}

function smallSlot(f: Func, slot: number): boolean {
  if (f.slots[slot]!.size <= 8) return false;
  f.slots[slot]!.size = 8;
  return true;
}

/** A conditional branch becomes a jump along one of its edges. */
function keepEdge(f: Func, id: number, edge: number): boolean {
  const op = f.op[id]! as Op;
  if (f.block[id] === -1 || (op !== Op.Brif && op !== Op.Switch)) return false;
  f.a[id] = f.edges(id)[edge]!;
  f.op[id] = Op.Jump;
  return true;
}

/** The block ends before instruction `id` with a return of zeros, or of the values before it that have the types. */
function returnAt(f: Func, id: number): boolean {
  if (f.block[id] === -1 || f.op[id] === Op.Ret || f.op[id] === Op.Result1) return false;
  const block = f.block[id]!;
  const values = f.signature.results.map((type) => {
    for (let before = f.prev[id]!; before; before = f.prev[before]!) if (f.type[before] === type) return before;
    return -1;
  });
  for (let last = f.last[block]!; last !== id; last = f.last[block]!) f.remove(last);
  f.remove(id);
  const results = f.signature.results.map((type, index) => {
    return values[index]! >= 0 ? values[index]! : constantIn(f, block, type);
  });
  f.ret(block, results);
  return true;
}

function constantIn(f: Func, block: number, type: Type): number {
  if (isFloat(type)) return f.append(block, Op.Fconst, type);
  return f.iconst(block, type, 0);
}

/** A constant of the type, directly before instruction `id`. */
function constantBefore(f: Func, id: number, type: Type, value: number): number {
  const made = isFloat(type)
    ? f.make(Op.Fconst, type, type === Type.F32 && value ? 0x3f800000 : 0, type === Type.F64 && value ? 0x3ff00000 : 0)
    : f.make(Op.Iconst, type, value);
  f.placeBefore(made, id);
  return made;
}

function replaceUses(f: Func, value: number, by: number): void {
  for (const block of f.layout) {
    for (let id = f.first[block]!; id; id = f.next[id]!) {
      f.mapOperands(id, (operand) => (operand === value ? by : operand));
    }
  }
}

/** Removes an instruction; values it made become zero, or for pointers some pointer that is there anyway. */
function removeInstruction(f: Func, module: Module, id: number): boolean {
  const op = f.op[id]! as Op;
  if (f.block[id] === -1 || isTerminator(op) || op === Op.Iconst || op === Op.Fconst || op === Op.Result1) return false;
  const next = f.next[id]!;
  if (f.op[next] === Op.Result1) removeInstruction1(f, module, next);
  return removeInstruction1(f, module, id);
}

function removeInstruction1(f: Func, module: Module, id: number): boolean {
  const type = f.type[id]! as Type;
  if (type === Type.Func) return false;
  if (type === Type.Ptr) {
    const data = module.symbols.findIndex((symbol) => symbol.data !== null && symbol.data.writable);
    if (data < 0 || f.op[id] === Op.Symbol || f.op[id] === Op.Slot) return false;
    const address = f.make(Op.Symbol, Type.Ptr, data);
    f.placeBefore(address, id);
    replaceUses(f, id, address);
  } else if (type !== Type.Void) {
    const after = f.op[id] === Op.Result1 ? f.next[id]! : id;
    replaceUses(f, id, constantBefore(f, after, type, 0));
  }
  f.remove(id);
  return true;
}

function makeConstant(f: Func, id: number, value: number): boolean {
  const op = f.op[id]! as Op;
  if (f.block[id] === -1) return false;
  const type = f.type[id]! as Type;
  if (op === Op.Iconst || op === Op.Fconst) {
    const same = f.a[id] === value && f.b[id] === 0;
    if (same || isFloat(type) || type === Type.Ptr) return false;
    f.a[id] = value;
    f.b[id] = 0;
    return true;
  }
  if (type === Type.Void || type === Type.Ptr || type === Type.Func || hasEffect(op, Effect.Pinned)) return false;
  replaceUses(f, id, constantBefore(f, id, type, value));
  f.remove(id);
  return true;
}

function replaceByOperand(f: Func, id: number, operand: number): boolean {
  const removable = !hasEffect(f.op[id]! as Op, Effect.Pinned | Effect.Terminates);
  if (f.block[id] === -1 || !removable || f.type[id] === Type.Void || f.type[id] !== f.type[operand]) return false;
  if (f.block[operand] === -1) return false;
  replaceUses(f, id, operand);
  f.remove(id);
  return true;
}

/** Takes a parameter off a block: inside it becomes zero. */
function removeParam(f: Func, block: number, param: number): boolean {
  const index = f.params[block]!.indexOf(param);
  const first = f.first[block]!;
  const type = f.type[param]! as Type;
  if (index < 0 || !first || type === Type.Ptr || type === Type.Func) return false;
  replaceUses(f, param, constantBefore(f, first, type, 0));
  for (const from of f.layout) {
    for (const edge of f.edges(f.terminator(from))) {
      if (f.edgeTarget(edge) === block) f.removeEdgeArgument(edge, index);
    }
  }
  f.removeParam(block, index);
  return true;
}
