/**
 * `constant-arguments`: a parameter that gets the same constant from every call becomes that constant; one that nobody
 * looks at goes. Calls lose the argument.
 *
 * Only for functions whose calls are all known: no roots, none whose address is a value or that assembly names. A call
 * of the function by itself that passes the parameter on says nothing about it.
 */
import { callGraph } from '../analysis/call-graph.ts';
import { countUses } from '../analysis/uses.ts';
import type { Func } from '../function.ts';
import { type Module, SymbolKind } from '../module.ts';
import { Op } from '../ops.ts';
import { isConstantOp } from './constants.ts';
import { forEachAssemblyName } from './drop-unused.ts';

interface Call {
  f: Func;
  id: number;
}

export function propagateConstantArguments(module: Module): void {
  const calls = collectCalls(module);
  module.symbols.forEach(({ func }, symbol) => {
    const sites = calls[symbol];
    if (func && sites && sites.length > 0) narrow(module, func, sites);
  });
}

/** The calls of each function whose calls are all known. */
function collectCalls(module: Module): (Call[] | null)[] {
  const { addressTaken } = callGraph(module);
  const calls = module.symbols.map(({ kind, func, root }, symbol): Call[] | null => {
    if (kind !== SymbolKind.Function || root || addressTaken[symbol]) return null;
    return func!.attributes.naked || func!.attributes.interrupt ? null : [];
  });
  for (const { assembly } of module.symbols) {
    if (!assembly) continue;
    forEachAssemblyName(assembly.text, (word) => {
      const symbol = module.find(word);
      if (symbol !== undefined) calls[symbol] = null;
    });
  }
  for (const f of module.functions()) {
    for (const block of f.layout) {
      for (let id = f.first[block]!; id; id = f.next[id]!) if (f.op[id] === Op.Call) calls[f.a[id]!]?.push({ f, id });
    }
  }
  return calls;
}

function narrow(module: Module, callee: Func, calls: Call[]): void {
  const uses = countUses(callee);
  const kept: number[] = [];
  const own = callee.params[0]!;
  own.forEach((param, index) => {
    const isUsed = uses[param] !== 0;
    const constant = isUsed || callee.debug ? commonConstant(callee, param, calls, index) : null;
    if (constant) becomeConstant(callee, param, constant);
    else if (isUsed) kept.push(index);
    if (!isUsed) callee.block[param] = -1;
    else if (constant) callee.placeBefore(param, callee.first[0]!);
  });
  if (kept.length === own.length) return;
  callee.params[0] = kept.map((index) => own[index]!);
  callee.params[0].forEach((param, index) => (callee.a[param] = index));
  const { params, results } = callee.signature;
  callee.signature = { params: kept.map((index) => params[index]!), results };
  const signature = module.signature(callee.signature.params, results);
  for (const { f, id } of calls) {
    const args = kept.map((index) => f.extra.at(f.b[id]! + index));
    f.b[id] = f.list(args);
    f.c[id] = args.length;
    f.aux[id] = signature;
  }
}

/** The constant that every call passes at `index`, as a call and its argument's id; null if they differ. */
function commonConstant(callee: Func, param: number, calls: Call[], index: number): Call | null {
  let common: Call | null = null;
  for (const { f, id } of calls) {
    const value = f.extra.at(f.b[id]! + index);
    if (f === callee && value === param) continue;
    // The address of a slot is another one in every caller.
    if (!isConstantOp(f.op[value]!) || f.op[value] === Op.Slot) return null;
    if (!common) common = { f, id: value };
    else if (!sameConstant(common, f, value)) return null;
  }
  return common;
}

function sameConstant({ f, id }: Call, g: Func, other: number): boolean {
  return f.op[id] === g.op[other] && f.a[id] === g.a[other] && f.b[id] === g.b[other] && f.c[id] === g.c[other];
}

/** Turns a parameter into a constant that stands nowhere yet. */
function becomeConstant(callee: Func, param: number, { f, id }: Call): void {
  callee.op[param] = f.op[id]!;
  callee.a[param] = f.a[id]!;
  callee.b[param] = f.b[id]!;
  callee.c[param] = f.c[id]!;
}
