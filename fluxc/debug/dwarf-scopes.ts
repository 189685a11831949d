/**
 * What stands inside a function for debuggers: its parameters and variables, the blocks of the document that they belong to, and
 * the bodies of functions that were put in place of calls, each with what stands in it.
 *
 * Optimised code does not lie in one piece: a block's code is where the instructions are that come from it, and from what was
 * inlined in it.
 */
import type { Sources, Span } from '../base/source.ts';
import type { FluxType } from '../lang/types.ts';
import type { LinkedSymbol } from '../link/link.ts';
import type { FunctionPlaces, LocatedRange, LocatedVariable } from '../target/machine/variable-places.ts';
import { Attribute, type AttributeValue, type Entries, Form, Tag } from './dwarf-entries.ts';
import type { DocumentTable } from './dwarf-line.ts';
import type { Places } from './dwarf-places.ts';
import type { Types } from './dwarf-types.ts';

export interface Writing {
  entries: Entries;
  types: Types;
  places: Places;
  sources: Sources;
  documents: DocumentTable;
}

/** A block of the document in the code of one site; the body of the site's function, if it is the outermost. */
interface Scope {
  site: number;
  span: Span;
  variables: LocatedVariable[];
  blocks: Scope[];
  /** numbers of the sites that were calls in it */
  inlined: number[];
}

/** Where something is declared, as attributes; none if that is no document. */
export function declared(loc: number, { sources, documents }: Writing, file = Attribute.DeclFile, line = Attribute.DeclLine): AttributeValue[] {
  const place = sources.place(loc);
  return place ? [[file, Form.Udata, documents.number(place.path)], [line, Form.Udata, place.line]] : [];
}

/** The key of the entry of a function that is inlined somewhere. */
export function abstractKey(symbol: string): string {
  return `inlined ${symbol}`;
}

/** What stands in the entry of a function. */
export class Contents {
  private readonly bodies: Scope[];

  constructor(private readonly func: LinkedSymbol, private readonly found: FunctionPlaces, private readonly writing: Writing) {
    this.bodies = found.sites.map(({ body }, site) => ({ site, span: body, variables: [], blocks: [], inlined: [] }));
    // From the largest to the smallest block: each finds the one around it.
    const variables = merged(found.variables).sort((a, b) => b.scope.end - b.scope.start - (a.scope.end - a.scope.start) || a.loc - b.loc);
    for (const variable of variables) this.scopeFor(this.bodies[variable.site]!, variable.scope).variables.push(variable);
    found.sites.forEach((site, number) => {
      if (site.parent >= 0) innermost(this.bodies[site.parent]!, site.call).inlined.push(number);
    });
  }

  get isEmpty(): boolean {
    return !this.hasAny(this.bodies[0]!);
  }

  write(): void {
    this.inside(this.bodies[0]!);
  }

  /** Will `inside` write anything? */
  private hasAny({ variables, blocks, inlined }: Scope): boolean {
    return variables.length > 0 || blocks.some((block) => this.isThere(block) && this.hasAny(block)) ||
      inlined.some((number) => this.isThere(this.bodies[number]!));
  }

  private isThere(scope: Scope): boolean {
    return this.code(this.rowsOf(scope)).length > 0;
  }

  private scopeFor(scope: Scope, span: Span): Scope {
    if (span.start <= scope.span.start && span.end >= scope.span.end) return scope;
    const inner = scope.blocks.find((block) => block.span.start <= span.start && block.span.end >= span.end);
    if (inner) return this.scopeFor(inner, span);
    const made: Scope = { site: scope.site, span, variables: [], blocks: [], inlined: [] };
    scope.blocks.push(made);
    return made;
  }

  private inside(scope: Scope): void {
    const byPlace = [...scope.variables].sort((a, b) => a.loc - b.loc);
    for (const variable of byPlace) if (variable.isParameter) this.variable(variable);
    for (const variable of byPlace) if (!variable.isParameter) this.variable(variable);
    for (const block of scope.blocks) {
      const code = this.code(this.rowsOf(block));
      if (code.length === 0 || !this.hasAny(block)) continue;
      this.writing.entries.entry(Tag.LexicalBlock, codeAttributes(code, this.writing.places), true);
      this.inside(block);
      this.writing.entries.end();
    }
    for (const number of scope.inlined) this.site(number);
  }

  private site(number: number): void {
    const { entries } = this.writing;
    const { symbol, call } = this.found.sites[number]!;
    const body = this.bodies[number]!;
    const code = this.code(this.rowsOf(body));
    if (code.length === 0) return;
    const hasAny = this.hasAny(body);
    entries.entry(Tag.InlinedSubroutine, [
      [Attribute.AbstractOrigin, Form.Ref4, abstractKey(symbol)], ...codeAttributes(code, this.writing.places),
      ...declared(call, this.writing, Attribute.CallFile, Attribute.CallLine),
    ], hasAny);
    if (!hasAny) return;
    this.inside(body);
    entries.end();
  }

  private variable({ name, type, loc, isParameter, ranges }: LocatedVariable): void {
    const { entries, types, places } = this.writing;
    const where = places.list(this.func.address, this.func.size, ranges);
    const location: AttributeValue[] = where === null ? []
      : typeof where === 'number' ? [[Attribute.Location, Form.SecOffset, where]] : [[Attribute.Location, Form.Exprloc, where]];
    entries.entry(isParameter ? Tag.FormalParameter : Tag.Variable, [
      [Attribute.Name, Form.String, name], ...declared(loc, this.writing), ...types.attribute(type as FluxType), ...location,
    ]);
  }

  // ---- code ----

  /** Numbers of the rows of code that belong to a scope, or to what was inlined in it. */
  private rowsOf(scope: Scope): Set<number> {
    const { rows } = this.found;
    const { site, span } = scope;
    const isBody = this.bodies[site] === scope;
    const own = new Set<number>();
    for (let i = 0; i < rows.length; i += 3) {
      if (rows[i + 2] === site && (isBody || (rows[i + 1]! >= span.start && rows[i + 1]! < span.end))) own.add(i);
    }
    const add = (inner: Scope) => {
      for (const block of inner.blocks) add(block);
      for (const number of inner.inlined) for (const row of this.rowsOf(this.bodies[number]!)) own.add(row);
    };
    add(scope);
    return own;
  }

  /** Pairs of addresses; rows that follow each other are one. */
  private code(numbers: Set<number>): number[] {
    const { rows } = this.found;
    const { address, size } = this.func;
    const pairs: number[] = [];
    for (let i = 0; i < rows.length; i += 3) {
      if (!numbers.has(i)) continue;
      const from = address + rows[i]!;
      const to = address + (i + 3 < rows.length ? rows[i + 3]! : Math.min(this.found.end, size));
      if (from >= to) continue;
      if (pairs[pairs.length - 1] === from) pairs[pairs.length - 1] = to;
      else pairs.push(from, to);
    }
    return pairs;
  }
}

/** Where something's code is: pairs of addresses. */
export function codeAttributes(pairs: readonly number[], places: Places): AttributeValue[] {
  if (pairs.length === 2) return [[Attribute.LowPc, Form.Addr, pairs[0]!], [Attribute.HighPc, Form.Data8, pairs[1]! - pairs[0]!]];
  return [[Attribute.Ranges, Form.SecOffset, places.rangeList(pairs)]];
}

function innermost(scope: Scope, loc: number): Scope {
  const inner = scope.blocks.find(({ span }) => loc >= span.start && loc < span.end);
  return inner ? innermost(inner, loc) : scope;
}

/** What was lowered several times (a deferred block runs on every way out) is one variable. */
function merged(variables: readonly LocatedVariable[]): LocatedVariable[] {
  const known = new Map<string, LocatedVariable>();
  for (const variable of variables) {
    const key = `${variable.site} ${variable.loc} ${variable.name}`;
    const first = known.get(key);
    if (first) first.ranges = joined(first.ranges, variable.ranges);
    else known.set(key, { ...variable });
  }
  return [...known.values()];
}

/** Both lists in one; where both say something, neither counts. */
function joined(one: readonly LocatedRange[], other: readonly LocatedRange[]): LocatedRange[] {
  const without = (ranges: readonly LocatedRange[], taken: readonly LocatedRange[]) => {
    return ranges.flatMap((range) => {
      let rest = [range];
      for (const { from, to } of taken) {
        rest = rest.flatMap((part) => {
          return [{ ...part, to: Math.min(part.to, from) }, { ...part, from: Math.max(part.from, to) }].filter((left) => left.from < left.to);
        });
      }
      return rest;
    });
  };
  return [...without(one, other), ...without(other, one)].sort((a, b) => a.from - b.from);
}
