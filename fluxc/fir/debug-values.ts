/**
 * Where the variables of a function are, for debuggers: kept beside the instructions, so that code is the same with it.
 *
 * A variable is in *pieces*: bytes of it that are one FIR value, lie in a stack slot, or change (`tracked`). A `let` is its
 * value wherever that value is; what replaces the value replaces it here too (`forward`). A `var` that `promote-slots` has
 * made SSA is another value after each assignment: *bindings* say from where on. They hang behind an instruction or at the
 * start of a block and go with it; who takes an instruction out leaves them where it stood, who leaves a block out
 * forgets what it bound (`skip`). So a variable may be lost on the way, but it is never said to be what it is not.
 *
 * Inlining makes *sites*: a call that became the body of the function it called. Variables belong to one of them, as do
 * instructions that it brought along; site 0 is the function itself.
 */
import type { Loc, Span } from '../base/source.ts';

export type Source =
  | { kind: 'value'; value: number }
  /** in a stack slot, `at` bytes from its start */
  | { kind: 'slot'; slot: number; at: number }
  /** where the address `base` plus `at` bytes leads */
  | { kind: 'memory'; base: number; at: number }
  /** what the last binding says */
  | { kind: 'tracked' }
  | { kind: 'lost' };

export interface Piece {
  /** bytes from the start of the variable */
  offset: number;
  bytes: number;
  source: Source;
}

export interface Variable {
  name: string;
  /** the language's own */
  type: object;
  isParameter: boolean;
  loc: Loc;
  /** the block that it belongs to */
  scope: Span;
  site: number;
  pieces: Piece[];
}

export interface Site {
  /** the function whose body it is, where it is declared, and where its body stands */
  symbol: string;
  loc: Loc;
  body: Span;
  /** the site of the call, and the call; -1 for the function itself */
  parent: number;
  call: Loc;
}

/** From here on `piece` is `value`; with 0, nobody knows. */
export interface Binding {
  piece: Piece;
  value: number;
}

/** Where bindings hang: behind an instruction, or at the start of a block. */
export function startOf(block: number): number {
  return -1 - block;
}

export class DebugValues {
  readonly variables: Variable[] = [];
  readonly sites: Site[] = [];
  /** site of the instructions that came with one */
  readonly siteOf = new Map<number, number>();
  readonly bindings = new Map<number, Binding[]>();
  private readonly forward = new Map<number, number>();

  constructor(symbol: string, loc: Loc, body: Span) {
    this.sites.push({ symbol, loc, body, parent: -1, call: 0 });
  }

  // ---- values ----

  replace(old: number, by: number): void {
    if (old !== by) this.forward.set(old, by);
  }

  /** The instruction makes another value from now on. */
  lose(value: number): void {
    this.forward.set(value, 0);
  }

  /** The value that stands for `value` now, 0 if none does. */
  find(value: number): number {
    for (let by = this.forward.get(value); by !== undefined; by = this.forward.get(value)) value = by;
    return value;
  }

  // ---- slots ----

  /** `number` gives slots their new numbers, -1 to those that are gone. */
  renumberSlots(number: readonly number[]): void {
    for (const piece of this.pieces()) {
      const { source } = piece;
      if (source.kind !== 'slot') continue;
      const slot = number[source.slot]!;
      piece.source = slot < 0 ? { kind: 'lost' } : { ...source, slot };
    }
  }

  /**
   * Slot `slot` becomes values, one for each of `fields`. Answers, for each field, the pieces of variables that it is from now
   * on.
   */
  promote(slot: number, fields: readonly { offset: number; bytes: number }[]): Piece[][] {
    const made: Piece[][] = fields.map(() => []);
    for (const variable of this.variables) {
      if (!variable.pieces.some(({ source }) => source.kind === 'slot' && source.slot === slot)) continue;
      variable.pieces = variable.pieces.flatMap((piece) => {
        const { source } = piece;
        if (source.kind !== 'slot' || source.slot !== slot) return [piece];
        return fields.flatMap((field, index) => {
          const at = field.offset - source.at;
          const bytes = Math.min(field.bytes, piece.bytes - at);
          if (at < 0 || bytes <= 0) return [];
          const part: Piece = { offset: piece.offset + at, bytes, source: { kind: 'tracked' } };
          made[index]!.push(part);
          return [part];
        });
      });
    }
    return made;
  }

  // ---- bindings ----

  /** From `key` on, behind what is bound there already, `pieces` are `value`. */
  bind(key: number, pieces: readonly Piece[], value: number): void {
    for (const piece of pieces) this.listAt(key).push({ piece, value });
  }

  /** What hangs at `from` hangs at `to` from now on, behind what does already. */
  move(from: number, to: number): void {
    const list = this.bindings.get(from);
    if (!list) return;
    this.bindings.delete(from);
    this.listAt(to).push(...list);
  }

  /** Somebody comes to `target` without coming through a block any more, in which `keys` are: what it binds is not known there. */
  skip(keys: Iterable<number>, target: number): void {
    const unknown: Binding[] = [];
    for (const key of keys) for (const { piece } of this.bindings.get(key) ?? []) unknown.push({ piece, value: 0 });
    if (unknown.length > 0) this.listAt(startOf(target)).unshift(...unknown);
  }

  private listAt(key: number): Binding[] {
    const list = this.bindings.get(key);
    if (list) return list;
    const made: Binding[] = [];
    this.bindings.set(key, made);
    return made;
  }

  // ---- inlining ----

  /**
   * Takes over the variables of a function whose body was put in place of the call at `call`, which belongs to `parent`.
   * `value`: this function's value for one of the callee's, 0 if there is none; `key`: the same for places of bindings, null
   * for those that nothing reaches; `firstSlot`: the number of its slot 0 here. Answers the number of its site 0 here.
   */
  adopt(
    callee: DebugValues, parent: number, call: Loc,
    { value, key, firstSlot }: { value: (value: number) => number; key: (key: number) => number | null; firstSlot: number },
  ): number {
    const first = this.sites.length;
    for (const site of callee.sites) {
      this.sites.push(site.parent < 0 ? { ...site, parent, call } : { ...site, parent: first + site.parent });
    }
    const taken = new Map<Piece, Piece>();
    const here = (old: number) => value(callee.find(old));
    for (const variable of callee.variables) {
      const pieces = variable.pieces.map((piece) => {
        const copy = { ...piece, source: this.adoptedSource(piece.source, here, firstSlot) };
        taken.set(piece, copy);
        return copy;
      });
      this.variables.push({ ...variable, site: first + variable.site, pieces });
    }
    for (const [at, list] of callee.bindings) {
      const to = key(at);
      if (to === null) continue;
      for (const binding of list) {
        const piece = taken.get(binding.piece);
        if (piece) this.listAt(to).push({ piece, value: binding.value && here(binding.value) });
      }
    }
    return first;
  }

  private adoptedSource(source: Source, here: (value: number) => number, firstSlot: number): Source {
    switch (source.kind) {
      case 'value': {
        const value = here(source.value);
        return value ? { kind: 'value', value } : { kind: 'lost' };
      }
      case 'memory': {
        const base = here(source.base);
        return base ? { ...source, base } : { kind: 'lost' };
      }
      case 'slot': return { ...source, slot: source.slot + firstSlot };
      default: return source;
    }
  }

  private *pieces(): Generator<Piece> {
    for (const { pieces } of this.variables) yield* pieces;
  }
}
