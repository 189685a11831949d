/**
 * The FIR module of one program: what its roots reach, and nothing else.
 *
 * A symbol is lowered when something that was lowered before names it, so code that the program does not use costs
 * nothing. The order is that of first use, which the documents fix. What only the kernel has must not be reached: that is
 * reported with the way there.
 */
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import { Module } from '../fir/module.ts';
import { forEachAssemblyName } from '../fir/passes/drop-unused.ts';
import type { Checked } from './compile-modules.ts';
import { KERNEL_MODULES } from './compilation.ts';
import type { ModuleScope } from './entities.ts';
import { DataWriter } from './lower-data.ts';
import { type Definition, lowerDefinition } from './lower-definition.ts';
import type { KernelOnly } from './typed-tree.ts';

interface Home {
  scope: ModuleScope;
  definition: Definition;
}

/** Every definition of a build by its symbol: made once, for all of its programs. */
export class Definitions {
  private readonly bySymbol = new Map<string, Home>();
  /** global labels of assembly blocks, made at first need */
  private labels: Map<string, string> | null = null;

  constructor(readonly checked: Checked) {
    for (const { scope, definitions } of checked.modules) {
      for (const definition of definitions) this.bySymbol.set(definition.symbol, { scope, definition });
    }
  }

  find(symbol: string): Home | undefined {
    return this.bySymbol.get(symbol);
  }

  /** The assembly block that makes `label` with `.global`. */
  blockOf(label: string): string | undefined {
    return (this.labels ??= this.findLabels()).get(label);
  }

  private findLabels(): Map<string, string> {
    const labels = new Map<string, string>();
    for (const { definition } of this.bySymbol.values()) {
      if (definition.kind !== 'assembly' || !definition.block.text.includes('.glob')) continue;
      let previous = '';
      forEachAssemblyName(definition.block.text, (word) => {
        if (previous === '.global' || previous === '.globl') labels.set(word, definition.symbol);
        previous = word;
      });
    }
    return labels;
  }
}

/** The module of the program that starts at `roots[0]`; the other roots are in it too. `program` names it in messages. */
export function lowerProgram(
  definitions: Definitions, program: { name: string; loc: number }, roots: readonly string[], diagnostics: Diagnostics,
): Module {
  const { compilation } = definitions.checked;
  const module = new Module(program.name);
  const data = new DataWriter(module);
  /** by symbol: the symbol that named it first, -1 for roots */
  const parents: number[] = [];
  for (const root of roots) {
    module.symbols[module.symbol(root)]!.root = true;
    parents.push(-1);
  }
  let isRefused = false;
  const refuse = (symbol: number, { name, span }: KernelOnly) => {
    if (isRefused) return;
    isRefused = true;
    const way: string[] = [];
    for (let at = symbol; at >= 0; at = parents[at]!) way.unshift(module.symbols[at]!.name);
    const path = way.map((step) => `\`${step}\``).join(' → ');
    const diagnostic = diagnostics.report('FX0920', program.loc, program.name, name, path);
    if (span.start > 0) diagnostic.notes.push({ span, text: 'used here' });
  };
  for (let symbol = 0; symbol < module.symbols.length; symbol++) {
    const { name, loc } = module.symbols[symbol]!;
    const home = definitions.find(name);
    const owner = home?.scope.name ?? name.slice(0, name.lastIndexOf('.'));
    if (KERNEL_MODULES.includes(owner)) {
      refuse(parents[symbol]!, { name, span: { start: loc, end: loc } });
      continue;
    }
    if (!home) {
      const block = definitions.blockOf(name);
      if (block !== undefined) module.symbol(block);
    } else {
      const { definition, scope } = home;
      lowerDefinition(compilation, module, data, scope, definition);
      if ('body' in definition && definition.body.kernelOnly) refuse(symbol, definition.body.kernelOnly);
      if (definition.kind === 'assembly') {
        forEachAssemblyName(definition.block.text, (word) => {
          if (definitions.find(word)) module.symbol(word);
        });
      }
    }
    while (parents.length < module.symbols.length) parents.push(symbol);
  }
  return module;
}
