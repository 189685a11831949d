/**
 * Leaves out of the kernel what it would do with kinds of messages that no program of the image sends.
 *
 * A program sends through a few functions of assembly that take the first eight bytes of the message as an argument, and
 * the kind is the lowest of them. Most often it is a constant there once the program is optimised, whatever the rest of
 * the eight bytes is. If all kinds of all programs are known, the functions of `kernel.kinds` that ask for none of them
 * become false. A program that sends in another way, or a kind that is computed, may mean any: then everything stays.
 */
import type { Func } from '../fir/function.ts';
import { SymbolKind, type Module } from '../fir/module.ts';
import { Op } from '../fir/ops.ts';
import { numbersIn } from './absent-calls.ts';

/** The functions that send, and which of their arguments the kind is in. */
const SENDERS: ReadonlyMap<string, number> = new Map([
  ['call.a2a_send', 1], ['call.a2a_broadcast', 0],
  ['kernel.agent.messages.exchange', 1], ['kernel.agent.messages.exchange_word', 1],
]);

/** A2A_SEND and A2A_BROADCAST. */
const SENDING_CALLS: readonly number[] = [300, 302];

/** The functions of `kernel.kinds`, and the numbers of the kinds (`kernel.interface`) that each asks for. */
const QUESTIONS: readonly (readonly [name: string, kinds: readonly number[]])[] = [
  ['kernel.kinds.returnable', [0, 3, 7, 9, 10]],
  ['kernel.kinds.delegate', [3]],
  ['kernel.kinds.capability', [9]],
];

/** How deep a kind is looked for in what it is computed of. */
const DEEPEST = 8;

/** The kinds that a program sends, by the optimised FIR module that it was made of; null: it may be any. */
export function kindsOf(module: Module, live: ReadonlySet<string>): Set<number> | null {
  const senders = new Map<number, number>();
  for (const [symbol, { name, kind, assembly, data }] of module.symbols.entries()) {
    if (!live.has(name)) continue;
    const argument = SENDERS.get(name);
    if (argument !== undefined) senders.set(symbol, argument);
    else if (kind === SymbolKind.Assembly && maySend(assembly!.text)) return null;
    if (data?.references.some(({ symbol: other }) => SENDERS.has(module.symbols[other]!.name))) return null;
  }
  const kinds = new Set<number>();
  for (const f of module.functions()) {
    if (!live.has(f.name)) continue;
    for (const block of f.layout) {
      for (let id = f.first[block]!; id; id = f.next[id]!) {
        const argument = f.op[id] === Op.Call || f.op[id] === Op.Symbol ? senders.get(f.a[id]!) : undefined;
        if (argument === undefined) continue;
        const found = f.op[id] === Op.Call ? lowBytes(f, f.extra.at(f.b[id]! + argument), DEEPEST) : null;
        if (!found) return null;
        for (const kind of found) kinds.add(kind);
      }
    }
  }
  return kinds;
}

function maySend(text: string): boolean {
  const numbers = numbersIn(text);
  return numbers !== null && (numbers.length === 0 || numbers.some((number) => SENDING_CALLS.includes(number)));
}

/** What the lowest byte of a value may be; null if that is not known. */
function lowBytes(f: Func, id: number, depth: number): Set<number> | null {
  if (depth === 0) return null;
  const part = (operand: number): Set<number> | null => lowBytes(f, operand, depth - 1);
  switch (f.op[id]) {
    case Op.Iconst: return new Set([f.a[id]! & 0xff]);
    case Op.Zext: case Op.Sext: case Op.Trunc: case Op.Bitcast: return part(f.a[id]!);
    case Op.Or: return combined(part(f.a[id]!), part(f.b[id]!), (a, b) => a | b);
    case Op.And: {
      const [a, b] = [part(f.a[id]!), part(f.b[id]!)];
      return isZero(a) || isZero(b) ? new Set([0]) : combined(a, b, (x, y) => x & y);
    }
    case Op.Shl: {
      const count = f.b[id]!;
      return f.op[count] === Op.Iconst && f.a[count]! >= 8 && f.a[count]! < 64 ? new Set([0]) : null;
    }
    case Op.Select: return combined(part(f.b[id]!), part(f.c[id]!), null);
    default: return null;
  }
}

function isZero(set: Set<number> | null): boolean {
  return set !== null && set.size === 1 && set.has(0);
}

/** Each with each; without a function, both. */
function combined(
  a: Set<number> | null, b: Set<number> | null, combine: ((a: number, b: number) => number) | null,
): Set<number> | null {
  if (!a || !b) return null;
  if (!combine) return new Set([...a, ...b]);
  return new Set([...a].flatMap((x) => [...b].map((y) => combine(x, y))));
}

/** Lets the questions of `kernel.kinds` answer false where no program sends such a kind. `sent`: what `kindsOf` says of each. */
export function dropAbsentKinds(module: Module, sent: readonly (ReadonlySet<number> | null)[]): void {
  if (sent.includes(null)) return;
  const absent = new Set<number>();
  for (const [name, kinds] of QUESTIONS) {
    const symbol = module.find(name);
    if (symbol !== undefined && !kinds.some((kind) => sent.some((set) => set!.has(kind)))) absent.add(symbol);
  }
  for (const f of module.functions()) {
    for (const block of f.layout) {
      for (let id = f.first[block]!; id; id = f.next[id]!) {
        if (f.op[id] !== Op.Call || !absent.has(f.a[id]!)) continue;
        f.op[id] = Op.Iconst;
        f.a[id] = f.b[id] = f.c[id] = f.aux[id] = 0;
      }
    }
  }
}
