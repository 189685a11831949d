/**
 * Machine code of functions and assembly blocks that an earlier compilation made, as a linker has libraries.
 *
 * An atom is taken from here only if all that it was made from is the same again: every instruction of the legalised
 * function with its place in the documents, and of what is around it exactly what `Surroundings` lets a target see; of
 * an assembly block its text and place. Symbols and signatures have other indices in every module, so both are compared
 * by what they stand for. Taking an atom gives what making it would give.
 */
import { IntPool } from '../../base/int-pool.ts';
import { type Loc, NOWHERE } from '../../base/source.ts';
import type { Func } from '../../fir/function.ts';
import type { Module, Signature, Symbol } from '../../fir/module.ts';
import { Op } from '../../fir/ops.ts';
import type { Atom, Relocation } from './atom.ts';

/** All that the code of a function may depend on outside of it, but for the target. */
export interface Surroundings {
  readonly signatures: readonly Signature[];
  readonly symbols: readonly { readonly name: string; readonly data: { readonly align: number } | null }[];
}

/** What an atom was made from. */
interface Recipe {
  numbers: Int32Array;
  texts: readonly string[];
}

interface Entry {
  recipe: Recipe;
  atom: Atom;
  /** names of the symbols of its relocations and labels, in this order */
  names: readonly string[];
}

export class CodeLibrary {
  /** by target and symbol: a function is another one in each image that knows other things about its callers */
  private readonly entries = new Map<string, Entry[]>();
  private limit: Loc = NOWHERE;

  /** From now on code that comes from places before `limit` alone is kept. With `NOWHERE` none is, as at first. */
  keepBefore(limit: Loc): void {
    this.limit = limit;
  }

  /** The atom of `symbol`: one that was made from the same, else what `make` makes. */
  atom(symbol: Symbol, module: Module, target: string, make: () => Atom | null): Atom | null {
    if (this.limit === NOWHERE && this.entries.size === 0) return make();
    const key = `${target} ${symbol.name}`;
    const known = this.entries.get(key) ?? [];
    const recipe = known.length > 0 || this.limit !== NOWHERE ? recipeOf(symbol, module) : null;
    const same = known.find((entry) => isSame(entry.recipe, recipe!));
    if (same) return restored(same, module);
    const atom = make();
    if (atom && this.limit !== NOWHERE && isBefore(symbol, this.limit)) {
      const names = [...atom.relocations.map((relocation) => relocation.symbol), ...atom.labels.map(([label]) => label)]
        .map((index) => module.symbols[index]!.name);
      this.entries.set(key, [...known, { recipe: recipe!, atom: copied(atom, (index) => index), names }]);
    }
    return atom;
  }
}

function isBefore({ func, assembly }: Symbol, limit: Loc): boolean {
  if (assembly) return assembly.loc < limit;
  if (!func || func.loc0 >= limit) return false;
  for (let id = 1; id < func.count; id++) if (func.block[id] !== -1 && func.loc[id]! >= limit) return false;
  return true;
}

function isSame(one: Recipe, other: Recipe): boolean {
  if (one.numbers.length !== other.numbers.length || one.texts.length !== other.texts.length) return false;
  for (let i = 0; i < one.numbers.length; i++) if (one.numbers[i] !== other.numbers[i]) return false;
  return one.texts.every((text, i) => text === other.texts[i]);
}

function restored({ atom, names }: Entry, module: Module): Atom {
  let next = 0;
  return copied(atom, () => module.symbol(names[next++]!));
}

/** A copy that shares nothing that anybody changes. `symbolOf` is called for relocations, then for labels, in order. */
function copied(atom: Atom, symbolOf: (index: number) => number): Atom {
  const relocations = atom.relocations.map((relocation): Relocation => ({ ...relocation, symbol: symbolOf(relocation.symbol) }));
  const labels = atom.labels.map(([label, offset]): [number, number] => [symbolOf(label), offset]);
  return { ...atom, relocations, labels };
}

function recipeOf({ name, func, assembly }: Symbol, module: Surroundings): Recipe {
  if (assembly) return { numbers: Int32Array.of(assembly.loc), texts: [assembly.text] };
  return func ? recipeOfFunction(func, module) : { numbers: new Int32Array(0), texts: [name] };
}

function signatureText({ params, results }: Signature): string {
  return `${params.join()}:${results.join()}`;
}

function recipeOfFunction(f: Func, module: Surroundings): Recipe {
  const numbers = new IntPool(16 * f.count);
  const texts = [f.name, signatureText(f.signature), JSON.stringify(f.attributes)];
  const text = (what: string) => texts.push(what) - 1;
  const put = (id: number) => {
    const op = f.op[id]! as Op;
    let a = f.a[id]!;
    let aux = f.aux[id]!;
    if (op === Op.Call || op === Op.Symbol) {
      const { name, data } = module.symbols[a]!;
      a = text(`${name} ${data ? data.align : '-'}`);
    }
    if (op === Op.Call || op === Op.Callptr) aux = text(signatureText(module.signatures[aux]!));
    numbers.push(id);
    numbers.push(op);
    numbers.push(f.type[id]!);
    numbers.push(aux);
    numbers.push(a);
    numbers.push(f.b[id]!);
    numbers.push(f.c[id]!);
    numbers.push(f.loc[id]!);
  };
  numbers.push(f.loc0);
  numbers.push(f.count);
  numbers.push(f.blockCount);
  for (const slot of f.slots) texts.push(JSON.stringify(slot));
  for (const block of f.layout) {
    numbers.push(-1 - block);
    for (const param of f.params[block]!) put(param);
    for (let id = f.first[block]!; id; id = f.next[id]!) put(id);
  }
  for (let i = 0; i < f.extra.length; i++) numbers.push(f.extra.data[i]!);
  return { numbers: numbers.data.slice(0, numbers.length), texts };
}
