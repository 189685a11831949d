/**
 * What names stand for: the declarations of all modules of a build, as the checker and the lowering see them.
 *
 * An entity's signature is resolved before any body is checked; a constant's value is computed when it is first needed.
 */
import type { Span } from '../base/source.ts';
import type { Decl, ModuleNode, RegisterAccess } from './ast.ts';
import type { ConstantValue } from './typed-tree.ts';
import type { EnumType, FluxType, RegistersType, StructType } from './types.ts';

export type Access = RegisterAccess;

export interface FunctionEntity {
  kind: 'fn';
  name: string;
  module: ModuleScope;
  decl: Extract<Decl, { kind: 'fn' }>;
  params: { name: string; type: FluxType; span: Span }[];
  result: FluxType;
  /** full name: the FIR symbol */
  symbol: string;
}

export interface ConstEntity {
  kind: 'const';
  name: string;
  module: ModuleScope;
  isPublic: boolean;
  span: Span;
  symbol: string;
  state: 'new' | 'running' | 'done';
  /** null until the value is known, and if it is wrong */
  value: ConstantValue | null;
  evaluate(): void;
}

export interface StaticEntity {
  kind: 'static';
  name: string;
  module: ModuleScope;
  decl: Extract<Decl, { kind: 'static' }>;
  type: FluxType;
  symbol: string;
}

export interface TypeEntity {
  kind: 'type';
  name: string;
  module: ModuleScope;
  isPublic: boolean;
  span: Span;
  type: StructType | EnumType | RegistersType;
}

export type Entity = FunctionEntity | ConstEntity | StaticEntity | TypeEntity;

export interface ModuleScope {
  name: string;
  /** null for the synthetic module `image` */
  node: ModuleNode | null;
  entities: Map<string, Entity>;
  /** used modules under the name that code calls them by, the last part; two may share it */
  uses: Map<string, ModuleScope[]>;
}

/** Every module of the build. */
export interface Program {
  modules: ModuleScope[];
  byName: Map<string, ModuleScope>;
  /** enum `Error` of `kernel.error`; null if the build does not have it */
  errors: EnumType | null;
}

export function isPublic(entity: Entity): boolean {
  return entity.kind === 'fn' || entity.kind === 'static' ? entity.decl.isPublic : entity.isPublic;
}

export function spanOf(entity: Entity): Span {
  return entity.kind === 'fn' || entity.kind === 'static' ? entity.decl.name.span : entity.span;
}

/** Names in backquotes; only the first few of many. */
export function list(names: Iterable<string>): string {
  const all = [...names].map((name) => `\`${name}\``);
  if (all.length === 0) return 'none';
  return all.length > 8 ? `${all.slice(0, 8).join(', ')} and ${all.length - 8} more` : all.join(', ');
}

/** What mends a wrong name: the one that was probably meant, else `otherwise`. */
export function didYouMean(name: string, candidates: Iterable<string>, otherwise: string): string {
  const near = similar(name, candidates);
  return near ? `did you mean \`${near}\`?` : otherwise;
}

/** The same, and all names there are if none was meant. */
export function oneOf(name: string, candidates: readonly string[], introduction = 'it has'): string {
  return didYouMean(name, candidates, `${introduction} ${list(candidates)}`);
}

/** The nearest name to `name` among `candidates`, if one is near enough to be meant. */
export function similar(name: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    if (candidate === name) continue;
    const distance = editDistance(name, candidate, least);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Insertions, deletions, changes and swaps of neighbours that lead from `a` to `b`; at least `limit` if it is more. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  if (a.toLowerCase() === b.toLowerCase()) return 0.5;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(change, previous[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length]!;
}
