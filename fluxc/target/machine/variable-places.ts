/**
 * Where the variables of a function are while its allocated code runs: registers, spill slots, stack slots, constants.
 *
 * Nothing is asked of the allocator. As its checker does (`allocation-check.ts`), a walk over the allocated code follows what
 * each register and spill slot holds, and what each variable is bound to (`fir/debug-values.ts`); where paths meet, only
 * what all of them say stays. A value counts where its definition dominates: elsewhere a register may hold what it was a turn of
 * a loop ago. What comes after the walk moves and copies instructions, which keep what was found for them.
 *
 * **Trap.** A debugger looks a caller up one byte before the return address, so inside the call: by then, registers that the
 * call destroys are gone. So a place that an instruction writes counts at its first byte alone.
 */
import { type Binding, type DebugValues, type Piece, type Site, startOf, type Variable } from '../../fir/debug-values.ts';
import type { Func } from '../../fir/function.ts';
import { Op } from '../../fir/ops.ts';
import type { Snapshot } from './allocation-check.ts';
import type { CodeBuffer } from './code-buffer.ts';
import type { Surroundings } from './code-library.ts';
import { ControlFlow } from './control-flow.ts';
import { Constraint, FLOAT, type MachineFunction, Pseudo, VIRTUAL } from './machine-function.ts';
import type { Target } from './target.ts';

/** Where bytes of a variable are. */
export type Place =
  | { kind: 'register'; register: number }
  /** in memory, so far from the frame pointer */
  | { kind: 'frame'; offset: number }
  /** they are the address of that */
  | { kind: 'frameAddress'; offset: number }
  | { kind: 'constant'; low: number; high: number }
  /** they are an address in the image */
  | { kind: 'symbol'; name: string; addend: number }
  /** in memory, `at` bytes behind the address that is there */
  | { kind: 'memory'; address: Place; at: number };

export interface LocatedPiece {
  offset: number;
  bytes: number;
  place: Place;
}

/** In bytes `from` to `to` of the function, the variable is in these pieces; what they leave out is lost. */
export interface LocatedRange {
  from: number;
  to: number;
  pieces: readonly LocatedPiece[];
}

export interface LocatedVariable extends Omit<Variable, 'pieces'> {
  ranges: LocatedRange[];
}

export interface FunctionPlaces {
  sites: readonly Site[];
  variables: LocatedVariable[];
  /** triples: from this offset on, the code comes from a Loc and belongs to a site */
  rows: number[];
  /** where the last row ends */
  end: number;
}

/** A place whose offset in the frame is not known before the code is written. */
type Draft =
  | { kind: 'register'; register: number }
  | { kind: 'spill'; spill: number }
  | { kind: 'slot'; slot: number; at: number }
  | { kind: 'slotAddress'; slot: number; at: number }
  | { kind: 'constant'; low: number; high: number }
  | { kind: 'symbol'; name: string; addend: number }
  | { kind: 'memory'; address: Draft; at: number };

interface DraftPiece {
  offset: number;
  bytes: number;
  place: Draft;
}

/** Of each variable its pieces, as an index into `drafts`. */
type Row = Int32Array;

/** What registers (0 to 63) and spill slots (from 64 on) hold, and what is bound. */
interface State {
  held: Map<number, Set<number>>;
  bound: Map<Piece, number>;
}

export class VariablePlaces {
  private readonly debug: DebugValues;
  private readonly flow: ControlFlow;
  /** block that defines each value */
  private readonly home: Int32Array;
  /** values that variables have, or that are passed on to such */
  private readonly isWanted: Uint8Array;
  private readonly allocatable = new Set<number>();
  private readonly ignored = new Map<number, number>();
  /** bindings by the machine instruction that they precede; those of a block's end by `startOf` it */
  private readonly bindings = new Map<number, Binding[]>();
  /** of instructions without a place in a document: one with such */
  private readonly neighbour = new Map<number, number>();
  private readonly drafts: (readonly DraftPiece[])[] = [[]];
  private readonly draftNumbers = new Map<string, number>([['', 0]]);
  /** by instruction: at its first byte, and behind that */
  private readonly rows = new Map<number, readonly [Row, Row]>();

  /**
   * `machine` is just allocated; `before` is what it was; `selected` says which virtual register a FIR value has, 0 if none.
   */
  constructor(
    private readonly f: Func, private readonly module: Surroundings, private readonly machine: MachineFunction,
    private readonly before: Snapshot, target: Target, private readonly selected: (value: number) => number,
  ) {
    this.debug = f.debug!;
    this.flow = new ControlFlow(machine);
    for (const list of [target.registers.intOrder, target.registers.floatOrder]) for (const register of list) this.allocatable.add(register);
    const ignored = [...machine.ignored!.keys()];
    this.home = new Int32Array(machine.virtualCount + ignored.length).fill(-1);
    this.isWanted = new Uint8Array(this.home.length);
    ignored.forEach((param, i) => {
      this.ignored.set(param, VIRTUAL + machine.virtualCount + i);
      this.home[machine.virtualCount + i] = 0;
    });
    this.findHomes();
    this.findWanted();
    this.hangBindings();
    this.findNeighbours();
    this.follow(target);
  }

  // ---- what to follow ----

  /** Virtual register of a FIR value; a parameter that nobody asked for gets one for as long as its register holds it. */
  private registerOf(value: number): number {
    return this.ignored.get(value) ?? this.selected(value);
  }

  private value(register: number): number {
    return this.before.source[register - VIRTUAL] ?? register - VIRTUAL;
  }

  private findHomes(): void {
    const { before, machine, home } = this;
    for (const block of machine.layout) {
      for (let i = before.start[block]!; i < before.end[block]!; i++) {
        const id = before.order[i]!;
        before.registers.get(id)!.forEach((register, k) => {
          const isDefinition = register >= VIRTUAL && machine.constraint(id, k) & Constraint.Def;
          // A copy defines another name of what is there already.
          if (isDefinition && this.value(register) === register - VIRTUAL) home[this.value(register)] = block;
        });
      }
      for (const param of before.params[block]!) home[this.value(param)] = block;
    }
  }

  private findWanted(): void {
    const { before, machine, debug } = this;
    const want = (value: number) => {
      const register = this.registerOf(debug.find(value));
      if (register) this.isWanted[this.value(register)] = 1;
    };
    for (const { pieces } of debug.variables) {
      for (const { source } of pieces) {
        if (source.kind === 'value') want(source.value);
        else if (source.kind === 'memory') want(source.base);
      }
    }
    for (const list of debug.bindings.values()) for (const { value } of list) if (value) want(value);
    for (let changed = true; changed;) {
      changed = false;
      for (const block of machine.layout) {
        for (const successor of machine.successors[block]!) {
          before.params[successor]!.forEach((param, i) => {
            const argument = this.value(before.jumpArguments[block]![i]!);
            if (!this.isWanted[this.value(param)] || this.isWanted[argument]) return;
            this.isWanted[argument] = 1;
            changed = true;
          });
        }
      }
    }
  }

  /** Finds, for what hangs behind FIR instructions, the machine instruction that comes next. */
  private hangBindings(): void {
    const { f, before, machine, debug } = this;
    if (debug.bindings.size === 0) return;
    const stands = new Set(machine.order);
    const firstOf = new Map<number, number>();
    for (const block of machine.layout) {
      for (let i = before.end[block]! - 1; i >= before.start[block]!; i--) {
        const id = before.order[i]!;
        if (stands.has(id)) firstOf.set(machine.origin!.get(id)!, id);
      }
    }
    for (const block of machine.layout) {
      let pending = [...(debug.bindings.get(startOf(block)) ?? [])];
      for (let id = f.first[block]!; id; id = f.next[id]!) {
        const first = firstOf.get(id);
        if (first !== undefined && pending.length > 0) {
          this.bindings.set(first, pending);
          pending = [];
        }
        pending.push(...(debug.bindings.get(id) ?? []));
      }
      if (pending.length > 0) this.bindings.set(startOf(block), pending);
    }
  }

  /** What the allocator has put in comes from where its neighbour does: the one before, or at the start of a block the one behind. */
  private findNeighbours(): void {
    const { machine, neighbour } = this;
    for (const block of machine.layout) {
      let last = -1;
      for (let i = machine.start[block]!; i < machine.end[block]! && last < 0; i++) if (machine.loc[machine.order[i]!]) last = machine.order[i]!;
      for (let i = machine.start[block]!; i < machine.end[block]! && last >= 0; i++) {
        const id = machine.order[i]!;
        if (machine.loc[id]) last = id;
        else neighbour.set(id, last);
      }
    }
  }

  // ---- the walk ----

  private follow(target: Target): void {
    const { machine, flow } = this;
    const entry: (State | null)[] = machine.successors.map(() => null);
    const ignored = [...machine.ignored!].map(([param, register]): [number, Set<number>] => [register, new Set([this.value(this.ignored.get(param)!)])]);
    entry[0] = { held: new Map(ignored), bound: new Map() };
    const work = [0];
    while (work.length > 0) {
      const block = work.pop()!;
      const state = copyOf(entry[block]!);
      this.walk(block, state, target, null);
      for (const successor of machine.successors[block]!) {
        const arriving = this.alongEdge(block, successor, state);
        const known = entry[successor]!;
        if (known === null) entry[successor] = arriving;
        else if (!meet(known, arriving)) continue;
        if (!work.includes(successor)) work.push(successor);
      }
    }
    for (const block of flow.order) {
      let row = this.rowOf(entry[block]!, null);
      this.walk(block, copyOf(entry[block]!), target, (id, state, written, changed) => {
        // The epilogue takes frame and registers away, and several returns may share one.
        if (machine.op[id] === target.returnInstruction) return;
        if (changed) row = this.rowOf(state, row);
        const inside = written.length === 0 ? row : this.rowOf(withoutPlaces(state, written), row);
        this.rows.set(id, [row, inside]);
      });
    }
  }

  private walk(
    block: number, state: State, target: Target,
    visit: ((id: number, state: State, written: readonly number[], changed: boolean) => void) | null,
  ): void {
    const { machine } = this;
    let changed = true;
    for (let i = machine.start[block]!; i < machine.end[block]!; i++) {
      const id = machine.order[i]!;
      const bindings = this.bindings.get(id);
      if (bindings) {
        bind(state, bindings);
        changed = true;
      }
      const written = this.written(id, target, state);
      visit?.(id, state, written.filter((place) => state.held.has(place)), changed);
      changed = this.step(id, state, written) || written.length > 0;
    }
    const last = this.bindings.get(startOf(block));
    if (last) bind(state, last);
  }

  /** The places that an instruction writes or destroys. */
  private written(id: number, target: Target, state: State): number[] {
    const { machine } = this;
    if (machine.op[id] === Pseudo.Spill) return [VIRTUAL + machine.imm[id]!];
    const list: number[] = [];
    for (let k = 0; k < machine.operandCount[id]!; k++) {
      if (machine.constraint(id, k) & Constraint.Def || machine.op[id] === Pseudo.Exchange) list.push(machine.register(id, k));
    }
    const clobber = machine.clobber[id]!;
    if (clobber === 0) return list;
    const { int, float } = target.clobbers[clobber]!;
    for (const place of state.held.keys()) {
      if (place < VIRTUAL && ((place < FLOAT ? int : float) >>> (place & 31)) & 1) list.push(place);
    }
    return list;
  }

  /** True if anything that counts changed. */
  private step(id: number, state: State, written: readonly number[]): boolean {
    const { machine, before } = this;
    const { held } = state;
    const virtual = before.registers.get(id);
    const heldIn = (place: number) => [...(held.get(place) ?? [])];
    const write = (place: number, values: Iterable<number>) => {
      const set = new Set(values);
      if (set.size > 0) held.set(place, set);
      else held.delete(place);
    };
    if (!virtual || machine.op[id] === Pseudo.Move) {
      switch (machine.op[id]) {
        case Pseudo.Move: {
          const values = heldIn(machine.register(id, 1));
          write(machine.register(id, 0), values);
          break;
        }
        case Pseudo.Spill: write(VIRTUAL + machine.imm[id]!, heldIn(machine.register(id, 0))); return true;
        case Pseudo.Reload: write(machine.register(id, 0), heldIn(VIRTUAL + machine.imm[id]!)); return true;
        case Pseudo.Exchange: {
          const [a, b] = [machine.register(id, 0), machine.register(id, 1)];
          const [first, second] = [heldIn(a), heldIn(b)];
          write(a, second);
          write(b, first);
          return true;
        }
        default: for (const place of written) held.delete(place);
      }
      if (!virtual) return true;
    } else for (const place of written) held.delete(place);
    virtual.forEach((register, k) => {
      if (register < VIRTUAL || !(machine.constraint(id, k) & Constraint.Def)) return;
      const value = this.value(register);
      if (!this.isWanted[value]) return;
      forget(held, value);
      const place = machine.register(id, k);
      write(place, machine.op[id] === Pseudo.Move ? [...heldIn(place), value] : [value]);
    });
    return virtual.length > 0;
  }

  /** What holds behind an edge: a parameter is where its argument was, and values count where they dominate. */
  private alongEdge(block: number, successor: number, state: State): State {
    const { before, flow, home } = this;
    const params = before.params[successor]!.map((param) => this.value(param));
    const passed = params.length > 0 ? before.jumpArguments[block]!.map((argument) => this.value(argument)) : [];
    const held = new Map<number, Set<number>>();
    for (const [place, values] of state.held) {
      const kept = new Set<number>();
      for (const value of values) {
        const from = home[value]!;
        if (from >= 0 && from !== successor && flow.dominates(from, successor)) kept.add(value);
      }
      params.forEach((param, i) => {
        if (values.has(passed[i]!)) kept.add(param);
      });
      if (kept.size > 0) held.set(place, kept);
    }
    return { held, bound: new Map(state.bound) };
  }

  // ---- what it says of variables ----

  private rowOf(state: State, like: Row | null): Row {
    const row = Int32Array.from(this.debug.variables, ({ pieces }) => this.numberOf(this.drafted(pieces, state)));
    return like?.every((number, i) => number === row[i]) ? like : row;
  }

  private drafted(pieces: readonly Piece[], state: State): DraftPiece[] {
    const drafts: DraftPiece[] = [];
    for (const piece of pieces) {
      const place = this.placeOf(piece, state);
      if (place) drafts.push({ offset: piece.offset, bytes: piece.bytes, place });
    }
    return drafts;
  }

  private numberOf(pieces: readonly DraftPiece[]): number {
    if (pieces.length === 0) return 0;
    const key = JSON.stringify(pieces);
    const known = this.draftNumbers.get(key);
    if (known !== undefined) return known;
    this.draftNumbers.set(key, this.drafts.length);
    return this.drafts.push(pieces) - 1;
  }

  private placeOf(piece: Piece, state: State): Draft | null {
    const { source } = piece;
    switch (source.kind) {
      case 'value': return this.placeOfValue(source.value, state);
      case 'slot': return { kind: 'slot', slot: source.slot, at: source.at };
      case 'memory': {
        const address = this.placeOfValue(source.base, state);
        return address && { kind: 'memory', address, at: source.at };
      }
      case 'tracked': {
        const value = state.bound.get(piece);
        return value ? this.placeOfValue(value, state) : null;
      }
      case 'lost': return null;
    }
  }

  private placeOfValue(old: number, { held }: State): Draft | null {
    const { f } = this;
    const value = this.debug.find(old);
    if (value === 0) return null;
    switch (f.op[value]! as Op) {
      case Op.Iconst: case Op.Fconst: return { kind: 'constant', low: f.a[value]!, high: f.b[value]! };
      case Op.Symbol: return { kind: 'symbol', name: this.module.symbols[f.a[value]!]!.name, addend: f.c[value]! };
      case Op.Slot: return { kind: 'slotAddress', slot: f.a[value]!, at: 0 };
    }
    const register = this.registerOf(value);
    if (!register) return null;
    const wanted = this.value(register);
    let best = -1;
    for (const [place, values] of held) {
      if (values.has(wanted) && (place >= VIRTUAL || this.allocatable.has(place)) && (best < 0 || place < best)) best = place;
    }
    if (best < 0) return null;
    return best < VIRTUAL ? { kind: 'register', register: best } : { kind: 'spill', spill: best - VIRTUAL };
  }

  // ---- when the code is written ----

  located({ marks, endOfBody: end, trapMarks, length }: CodeBuffer): FunctionPlaces {
    const { machine, debug } = this;
    const variables = debug.variables.map(({ pieces: _, ...rest }): LocatedVariable => ({ ...rest, ranges: [] }));
    const open = new Int32Array(variables.length);
    const rows: number[] = [];
    let loc = machine.loc0;
    let site = 0;
    const add = (from: number, to: number, row: Row | null) => {
      if (from >= to) return;
      variables.forEach(({ ranges }, i) => {
        const number = row ? row[i]! : 0;
        const last = ranges[ranges.length - 1];
        if (number !== 0 && number === open[i] && last?.to === from) last.to = to;
        else if (number !== 0) ranges.push({ from, to, pieces: this.drafts[number]!.map((piece) => this.finished(piece)) });
        open[i] = number;
      });
    };
    const note = (from: number) => {
      if (rows.length >= 3 && rows[rows.length - 2] === loc && rows[rows.length - 1] === site) return;
      if (rows[rows.length - 3] === from) rows.length -= 3;
      rows.push(from, loc, site);
    };
    for (let i = 0; i < marks.length; i += 2) {
      const id = machine.copies!.get(marks[i + 1]!) ?? marks[i + 1]!;
      const from = i === 0 ? 0 : marks[i]!;
      const to = i + 2 < marks.length ? marks[i + 2]! : end;
      const found = this.rows.get(id);
      // What comes before the first instructions only makes the frame: arguments are where the entry finds them.
      if (machine.op[id] === Pseudo.Entry) add(from, to, this.rows.get(marks[i + 3]!)?.[0] ?? null);
      else {
        add(from, Math.min(from + 1, to), found?.[0] ?? null);
        add(from + 1, to, found?.[1] ?? null);
      }
      const of = this.neighbour.get(id) ?? id;
      if (machine.loc[of]) {
        loc = machine.loc[of]!;
        site = this.siteOf(machine.origin!.get(of) ?? 0, loc);
      }
      note(from);
    }
    trapMarks.forEach((trap, i) => {
      const ids = trap.from.map((id) => machine.copies!.get(id) ?? id);
      add(trap.offset, trapMarks[i + 1]?.offset ?? length, this.commonRow(ids));
      const sites = new Set(ids.map((id) => this.siteOf(machine.origin!.get(id) ?? 0, trap.loc)));
      loc = trap.loc;
      site = sites.size === 1 ? [...sites][0]! : 0;
      note(trap.offset);
    });
    return { sites: debug.sites, variables, rows, end: length };
  }

  /** What holds at all of the instructions: a trap is reached from each of them. */
  private commonRow(ids: readonly number[]): Row | null {
    const [first, ...others] = ids.map((id) => this.rows.get(id)?.[0]);
    return first?.map((number, i) => (others.every((row) => row?.[i] === number) ? number : 0)) ?? null;
  }

  /** What a pass made for inlined code has the place of that, but no site: there is one only if one alone can be meant. */
  private siteOf(origin: number, loc: number): number {
    const { sites, siteOf } = this.debug;
    const known = siteOf.get(origin);
    if (known !== undefined) return known;
    const within = (site: Site) => loc >= site.body.start && loc < site.body.end;
    if (sites.length === 1 || within(sites[0]!)) return 0;
    const first = sites.findIndex(within);
    return first >= 0 && !sites.some((site, index) => index > first && within(site)) ? first : 0;
  }

  private finished({ offset, bytes, place }: DraftPiece): LocatedPiece {
    return { offset, bytes, place: this.finishedPlace(place) };
  }

  private finishedPlace(place: Draft): Place {
    const frame = this.machine.frame;
    switch (place.kind) {
      case 'spill': return { kind: 'frame', offset: frame!.spillOffset(place.spill) };
      case 'slot': return { kind: 'frame', offset: (frame?.slotOffset(place.slot) ?? 0) + place.at };
      case 'slotAddress': return { kind: 'frameAddress', offset: (frame?.slotOffset(place.slot) ?? 0) + place.at };
      case 'memory': return { ...place, address: this.finishedPlace(place.address) };
      default: return place;
    }
  }
}

function bind(state: State, bindings: readonly Binding[]): void {
  for (const { piece, value } of bindings) state.bound.set(piece, value);
}

function copyOf({ held, bound }: State): State {
  return { held: new Map([...held].map(([place, values]) => [place, new Set(values)])), bound: new Map(bound) };
}

function withoutPlaces({ held, bound }: State, places: readonly number[]): State {
  const rest = new Map(held);
  for (const place of places) rest.delete(place);
  return { held: rest, bound };
}

/** Removes `value` from every place. */
function forget(held: Map<number, Set<number>>, value: number): void {
  for (const [place, values] of held) if (values.delete(value) && values.size === 0) held.delete(place);
}

/** Keeps in `known` only what `arriving` says too; true if that took something away. What is bound differently becomes unknown. */
function meet(known: State, arriving: State): boolean {
  let changed = false;
  for (const [place, values] of known.held) {
    const other = arriving.held.get(place);
    for (const value of values) {
      if (other?.has(value)) continue;
      values.delete(value);
      changed = true;
    }
    if (values.size === 0) known.held.delete(place);
  }
  for (const [piece, value] of known.bound) {
    if (value === 0 || arriving.bound.get(piece) === value) continue;
    known.bound.set(piece, 0);
    changed = true;
  }
  return changed;
}
