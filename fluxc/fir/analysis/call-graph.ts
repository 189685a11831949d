/**
 * Who calls whom: call sites by symbol, functions whose address is used for something else than a call, and all
 * functions bottom-up, callees first, with the cycles of recursion found (Tarjan's strongly connected components).
 */
import type { Func } from '../function.ts';
import type { Module } from '../module.ts';
import { Op } from '../ops.ts';

export interface CallGraph {
  /** direct calls of each symbol in the whole module */
  callSites: Int32Array;
  /** by symbol: is its address used as a value? */
  addressTaken: Uint8Array;
  /** symbols of functions, callees before callers where there is no recursion */
  bottomUp: number[];
  /** functions that can call each other have the same number; -1 for what is no function */
  component: Int32Array;
}

export function callGraph(module: Module): CallGraph {
  const count = module.symbols.length;
  const callSites = new Int32Array(count);
  const addressTaken = new Uint8Array(count);
  const callees: number[][] = module.symbols.map(({ func }) => {
    const list: number[] = [];
    if (func) {
      forEachReference(func, (symbol, isCall) => {
        if (isCall) {
          callSites[symbol]!++;
          list.push(symbol);
        } else addressTaken[symbol] = 1;
      });
    }
    return list;
  });
  for (const { data } of module.symbols) {
    for (const { symbol } of data?.references ?? []) addressTaken[symbol] = 1;
  }
  return { callSites, addressTaken, ...components(module, callees) };
}

/** Calls `visit` for every symbol that the function names. */
export function forEachReference(f: Func, visit: (symbol: number, isCall: boolean) => void): void {
  for (const block of f.layout) {
    for (let id = f.first[block]!; id; id = f.next[id]!) {
      if (f.op[id] === Op.Call) visit(f.a[id]!, true);
      else if (f.op[id] === Op.Symbol) visit(f.a[id]!, false);
    }
  }
}

function components(module: Module, callees: number[][]): { bottomUp: number[]; component: Int32Array } {
  const count = module.symbols.length;
  const component = new Int32Array(count).fill(-1);
  const number = new Int32Array(count).fill(-1);
  const least = new Int32Array(count);
  const next = new Int32Array(count);
  const bottomUp: number[] = [];
  const open: number[] = [];
  const path: number[] = [];
  let numbered = 0;
  let found = 0;
  const enter = (symbol: number) => {
    number[symbol] = least[symbol] = numbered++;
    open.push(symbol);
    path.push(symbol);
  };
  for (let root = 0; root < count; root++) {
    if (!module.symbols[root]!.func || number[root] !== -1) continue;
    enter(root);
    while (path.length > 0) {
      const symbol = path[path.length - 1]!;
      if (next[symbol]! < callees[symbol]!.length) {
        const callee = callees[symbol]![next[symbol]!++]!;
        if (!module.symbols[callee]!.func) continue;
        if (number[callee] === -1) enter(callee);
        else if (component[callee] === -1) least[symbol] = Math.min(least[symbol]!, number[callee]!);
        continue;
      }
      path.pop();
      if (path.length > 0) {
        const above = path[path.length - 1]!;
        least[above] = Math.min(least[above]!, least[symbol]!);
      }
      if (least[symbol] !== number[symbol]) continue;
      let member: number;
      do {
        member = open.pop()!;
        component[member] = found;
        bottomUp.push(member);
      } while (member !== symbol);
      found++;
    }
  }
  return { bottomUp, component };
}
