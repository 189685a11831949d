/**
 * Leaves out of the kernel the system calls that no program of the image makes.
 *
 * All programs are known when the kernel is built, and so are the instructions with which they enter it: functions of
 * assembly, in which the number of the call stands as a constant. A row whose number no program has answers
 * `.unavailable`, and its handler, with all that only this handler reaches, is not in the image. A program that enters
 * the kernel with a number which is not written there may mean any: then all rows stay.
 */
import { SymbolKind, type Module } from '../fir/module.ts';
import { Op } from '../fir/ops.ts';
import type { SystemCall } from '../lang/ast.ts';
import { ABSENT_CALL, rowSymbol } from '../lang/syscall-dispatch.ts';

/** The instructions that enter the kernel, and those before them that say the number, on all architectures. */
const ENTERS = /\b(?:syscall|svc|ecall)\b/;
const NUMBER = /\b(?:mov\s+[er]ax\s*,\s*|mov\s+[wx]8\s*,\s*#|li\s+a7\s*,\s*)(0x[0-9a-fA-F]+|\d+)\b/g;

/** The numbers of the calls that a program makes, by the FIR module that it was made of; null: it may be any. */
export function callsOf(module: Module, live: ReadonlySet<string>): Set<number> | null {
  const calls = new Set<number>();
  for (const { name, kind, assembly } of module.symbols) {
    if (kind !== SymbolKind.Assembly || !live.has(name)) continue;
    const numbers = numbersIn(assembly!.text);
    if (!numbers) continue;
    if (numbers.length === 0) return null;
    for (const number of numbers) calls.add(number);
  }
  return calls;
}

/** The numbers of system calls that a function of assembly may make; null if it makes none. */
export function numbersIn(text: string): number[] | null {
  const code = text.replace(/\/\/.*/g, '');
  return ENTERS.test(code) ? [...code.matchAll(NUMBER)].map((match) => Number(match[1])) : null;
}

/** Takes the rows out of `dispatch` that none of the programs wants. `made`: what `callsOf` says of each program. */
export function dropAbsentCalls(
  module: Module, table: { module: string; calls: readonly SystemCall[] }, made: readonly (ReadonlySet<number> | null)[],
): void {
  if (made.includes(null)) return;
  const absent = module.find(`${table.module}.${ABSENT_CALL}`);
  if (absent === undefined) return;
  const dropped = new Set<number>();
  for (const call of table.calls) {
    const symbol = module.find(`${table.module}.${rowSymbol(call)}`);
    if (symbol !== undefined && !made.some((calls) => calls!.has(call.number))) dropped.add(symbol);
  }
  for (const f of module.functions()) {
    for (const block of f.layout) {
      for (let id = f.first[block]!; id; id = f.next[id]!) {
        if (f.op[id] === Op.Call && dropped.has(f.a[id]!)) f.a[id] = absent;
      }
    }
  }
}
