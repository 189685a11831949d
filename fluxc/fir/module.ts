/**
 * A FIR module: symbols (functions, data, assembly, things defined elsewhere) and call signatures.
 *
 * Symbols are named `module.path.name` and referred to by index. A module is built once by `lang`, rewritten function by
 * function by the passes, and read by the back ends.
 */
import type { Loc } from '../base/source.ts';
import type { Func } from './function.ts';
import type { Type } from './types.ts';

export const enum SymbolKind { External, Function, Data, Assembly }

export interface Signature {
  params: Type[];
  /** none, one or two */
  results: Type[];
}

/** A place in a data object that holds the address of a symbol plus `addend`, 8 bytes. */
export interface DataReference {
  offset: number;
  symbol: number;
  addend: number;
}

export interface Data {
  /** null: all zero */
  bytes: Uint8Array | null;
  size: number;
  align: number;
  writable: boolean;
  references: DataReference[];
  /** found out by `split-statics`: only loads and stores that name it reach it, no pointer does */
  isApart?: boolean;
}

/** A function whose body is an `asm` block. */
export interface Assembly {
  text: string;
  /** where `text` starts */
  loc: Loc;
}

export interface Symbol {
  name: string;
  kind: SymbolKind;
  loc: Loc;
  func: Func | null;
  data: Data | null;
  assembly: Assembly | null;
  /** section asked for with `@section`; empty for the usual one of its kind */
  section: string;
  /** stays although nothing refers to it: entry points, `@export` */
  root: boolean;
}

export class Module {
  readonly symbols: Symbol[] = [];
  readonly signatures: Signature[] = [];
  private byName = new Map<string, number>();
  private bySignature = new Map<string, number>();

  constructor(public name: string) {}

  /** The index of the symbol `name`, made External if it is new. */
  symbol(name: string): number {
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    const index = this.symbols.length;
    this.symbols.push({
      name, kind: SymbolKind.External, loc: 0, func: null, data: null, assembly: null, section: '', root: false,
    });
    this.byName.set(name, index);
    return index;
  }

  find(name: string): number | undefined {
    return this.byName.get(name);
  }

  defineFunction(name: string, func: Func, loc: Loc): number {
    const index = this.symbol(name);
    Object.assign(this.symbols[index]!, { kind: SymbolKind.Function, func, loc });
    return index;
  }

  defineData(name: string, data: Data, loc: Loc): number {
    const index = this.symbol(name);
    Object.assign(this.symbols[index]!, { kind: SymbolKind.Data, data, loc });
    return index;
  }

  defineAssembly(name: string, assembly: Assembly, loc: Loc): number {
    const index = this.symbol(name);
    Object.assign(this.symbols[index]!, { kind: SymbolKind.Assembly, assembly, loc });
    return index;
  }

  /** The index of a signature; equal ones share it. */
  signature(params: Type[], results: Type[]): number {
    const key = params.join(',') + ':' + results.join(',');
    const known = this.bySignature.get(key);
    if (known !== undefined) return known;
    const index = this.signatures.length;
    this.signatures.push({ params, results });
    this.bySignature.set(key, index);
    return index;
  }

  /** Every function with a body, in symbol order. */
  *functions(): Generator<Func> {
    for (const symbol of this.symbols) if (symbol.func) yield symbol.func;
  }
}
