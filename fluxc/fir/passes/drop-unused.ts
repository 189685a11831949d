/**
 * `drop-unused`: functions and data that nothing reaches from the roots become declarations without content, so that
 * no later stage spends time on them.
 *
 * Functions name symbols in instructions, data in references. Assembly is opaque: every name in its text that is a
 * symbol's counts as used, and a symbol that it makes with `.global` brings it along. A module without roots is left
 * alone.
 */
import { forEachReference } from '../analysis/call-graph.ts';
import { type Module, SymbolKind } from '../module.ts';
import { isNameCode } from '../print.ts';

export function dropUnused(module: Module): void {
  const { symbols } = module;
  if (!symbols.some((symbol) => symbol.root)) return;
  const reached = new Uint8Array(symbols.length);
  const work: number[] = [];
  const reach = (symbol: number) => {
    if (reached[symbol]) return;
    reached[symbol] = 1;
    work.push(symbol);
  };
  const definedBy = globalLabels(module);
  symbols.forEach(({ root }, index) => {
    if (root) reach(index);
  });
  while (work.length > 0) {
    const symbol = work.pop()!;
    const { kind, name, func, data, assembly } = symbols[symbol]!;
    if (func) forEachReference(func, reach);
    for (const reference of data?.references ?? []) reach(reference.symbol);
    if (assembly) forEachAssemblyName(assembly.text, (word) => reachNamed(module, word, reach));
    const definer = kind === SymbolKind.External ? definedBy.get(name) : undefined;
    if (definer !== undefined) reach(definer);
  }
  symbols.forEach((symbol, index) => {
    const hasContent = symbol.kind === SymbolKind.Function || symbol.kind === SymbolKind.Data;
    if (hasContent && !reached[index]) Object.assign(symbol, { kind: SymbolKind.External, func: null, data: null });
  });
}

function reachNamed(module: Module, word: string, reach: (symbol: number) => void): void {
  const symbol = module.find(word);
  if (symbol !== undefined) reach(symbol);
}

/** The assembly symbol whose text makes each global label. */
function globalLabels(module: Module): Map<string, number> {
  const labels = new Map<string, number>();
  module.symbols.forEach(({ assembly }, index) => {
    let previous = '';
    if (assembly?.text.includes('.glob')) {
      forEachAssemblyName(assembly.text, (word) => {
        if (previous === '.global' || previous === '.globl') labels.set(word, index);
        previous = word;
      });
    }
  });
  return labels;
}

/** Calls `visit` with every word of an assembly text that could be a symbol. */
export function forEachAssemblyName(text: string, visit: (word: string) => void): void {
  let start = -1;
  for (let i = 0; i <= text.length; i++) {
    const inside = i < text.length && isNameCode(text.charCodeAt(i));
    if (inside && start < 0) start = i;
    else if (!inside && start >= 0) {
      visit(text.slice(start, i));
      start = -1;
    }
  }
}
