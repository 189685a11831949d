/**
 * `promote-slots`: the values of stack slots move into SSA values (mem2reg), slots with several fields field by field
 * (scalar replacement). What a slot held before anybody wrote it becomes 0.
 *
 * `slot-fields.ts` says which slots and fields; each field is a variable here. Block parameters are made only where
 * definitions meet and the variable is still read (pruned SSA: Cytron et al. 1991, liveness first), then one walk over
 * the dominator tree replaces loads by the value at hand. Slots that nobody names any more are taken off the function,
 * and the copies of one slot that inlining made become one again.
 */
import { IntPool } from '../../base/int-pool.ts';
import { controlFlow, type ControlFlow, edgeArguments, edgeAt, edgeCount, setEdge } from '../analysis/control-flow.ts';
import { dominanceFrontiers, type DominatorTree, dominatorTree } from '../analysis/dominators.ts';
import { type DebugValues, type Piece, startOf } from '../debug-values.ts';
import type { Func, Slot } from '../function.ts';
import type { Module } from '../module.ts';
import { Access, ACCESS_MASK, Op } from '../ops.ts';
import { isWide, Type } from '../types.ts';
import { ConstantTable } from './constants.ts';
import { Replacements } from './replacements.ts';
import { Extension, type Field, pieceAccess, SlotFields } from './slot-fields.ts';

export function promoteSlots(f: Func, module: Module): void {
  if (f.slots.length === 0) return;
  const flow = controlFlow(f);
  const slots = new SlotFields(f, module, flow);
  if (slots.promoted.includes(1)) {
    new Promotion(f, flow, slots).run();
    for (let id = 1; id < slots.home.length; id++) if (slots.slotOf(id) >= 0 && f.block[id]! >= 0) f.remove(id);
  }
  dropUnusedSlots(f);
}

/** Takes the slots off the function that no `slot` instruction names; copies of one slot share its place. */
function dropUnusedSlots(f: Func): void {
  const used = new Uint8Array(f.slots.length);
  const forEachSlot = (visit: (id: number) => void) => {
    for (const block of f.layout) {
      for (let id = f.first[block]!; id; id = f.next[id]!) if (f.op[id] === Op.Slot) visit(id);
    }
  };
  forEachSlot((id) => (used[f.a[id]!] = 1));
  const kept: Slot[] = [];
  const copies = new Map<number, number>();
  const number = f.slots.map((slot, index) => {
    if (!used[index]) return -1;
    const same = slot.copyOf === undefined ? undefined : copies.get(slot.copyOf);
    if (same !== undefined) return same;
    if (slot.copyOf !== undefined) copies.set(slot.copyOf, kept.length);
    return kept.push(slot) - 1;
  });
  if (kept.length === f.slots.length) return;
  f.debug?.renumberSlots(number);
  forEachSlot((id) => (f.a[id] = number[f.a[id]!]!));
  f.slots.splice(0, f.slots.length, ...kept);
}

class Promotion {
  private readonly fields: readonly Field[];
  private readonly tree: DominatorTree;
  private readonly replacements: Replacements;
  private readonly constants: ConstantTable;
  /** value of each variable at the place that the walk has come to, 0 before the first definition */
  private readonly current: Int32Array;
  /** (variable, value before) of every change of `current`, to be undone when the walk leaves a block */
  private readonly undo = new IntPool(256);
  /** by block: the variables that its added parameters hold, in order */
  private readonly added: (number[] | undefined)[] = [];
  /** by variable: what it is of the variables that a debugger knows */
  private readonly pieces: Piece[][] = [];

  constructor(private readonly f: Func, private readonly flow: ControlFlow, private readonly slots: SlotFields) {
    this.fields = slots.fields;
    this.tree = dominatorTree(f, flow);
    this.replacements = new Replacements(f);
    this.constants = new ConstantTable(f, this.replacements);
    this.replacements.apply();
    this.current = new Int32Array(this.fields.length);
    if (f.debug) this.takePieces(f.debug);
  }

  run(): void {
    this.placeParameters();
    this.rename();
    this.replacements.apply();
  }

  private takePieces(debug: DebugValues): void {
    this.slots.promoted.forEach((isPromoted, slot) => {
      if (!isPromoted) return;
      const own = this.fields.flatMap((field, variable) => (field.slot === slot ? [variable] : []));
      const pieces = debug.promote(slot, own.map((variable) => this.fields[variable]!));
      own.forEach((variable, index) => (this.pieces[variable] = pieces[index]!));
    });
    for (let variable = 0; variable < this.fields.length; variable++) this.pieces[variable] ??= [];
  }

  // ---- where parameters are needed ----

  private placeParameters(): void {
    const { f, flow } = this;
    const frontiers = dominanceFrontiers(f, flow, this.tree);
    const { uses, definitions } = this.collect();
    const live = new Int32Array(f.blockCount).fill(-1);
    const defines = new Int32Array(f.blockCount).fill(-1);
    const placed = new Int32Array(f.blockCount).fill(-1);
    const work: number[] = [];
    this.fields.forEach((field, variable) => {
      if (!this.slots.promoted[field.slot]) return;
      for (const block of definitions[variable]!) defines[block] = variable;
      // Where is it live at the start of a block: from the blocks that read it first, upwards to its definitions.
      for (const block of uses[variable]!) {
        if (live[block] !== variable) {
          live[block] = variable;
          work.push(block);
        }
      }
      while (work.length > 0) {
        const block = work.pop()!;
        for (let k = flow.start[block]!; k < flow.start[block + 1]!; k++) {
          const above = flow.predecessors[k]!;
          if (defines[above] === variable || live[above] === variable) continue;
          live[above] = variable;
          work.push(above);
        }
      }
      for (const block of definitions[variable]!) work.push(block);
      while (work.length > 0) {
        const block = work.pop()!;
        for (let k = frontiers.start[block]!; k < frontiers.start[block + 1]!; k++) {
          const join = frontiers.blocks[k]!;
          if (placed[join] === variable || live[join] !== variable) continue;
          placed[join] = variable;
          (this.added[join] ??= []).push(variable);
          f.addParam(join, field.type, 0);
          work.push(join);
        }
      }
    });
  }

  /** The blocks that read each variable before they write it, and those that write it. */
  private collect(): { uses: number[][]; definitions: number[][] } {
    const { f, fields } = this;
    const uses: number[][] = fields.map(() => []);
    const definitions: number[][] = fields.map(() => []);
    const defined = new Int32Array(fields.length).fill(-1);
    const used = new Int32Array(fields.length).fill(-1);
    for (const block of this.flow.order) {
      const use = (variable: number) => {
        if (defined[variable] === block || used[variable] === block) return;
        used[variable] = block;
        uses[variable]!.push(block);
      };
      const define = (variable: number) => {
        if (defined[variable] === block) return;
        defined[variable] = block;
        definitions[variable]!.push(block);
      };
      for (let id = f.first[block]!; id; id = f.next[id]!) {
        switch (f.op[id]! as Op) {
          case Op.Load: this.variablesAt(f.a[id]!, f.c[id]!, 1).forEach(use); break;
          case Op.Store: this.variablesAt(f.a[id]!, f.c[id]!, 1).forEach(define); break;
          case Op.Memcopy:
            this.variablesAt(f.b[id]!, 0, f.a[f.c[id]!]!).forEach(use);
            this.variablesAt(f.a[id]!, 0, f.a[f.c[id]!]!).forEach(define);
            break;
          case Op.Memfill: this.variablesAt(f.a[id]!, 0, f.a[f.c[id]!]!).forEach(define); break;
        }
      }
    }
    return { uses, definitions };
  }

  /** The variables in `length` bytes from an address on; none if it lies in no promoted slot. */
  private variablesAt(address: number, offset: number, length: number): number[] {
    const slot = this.slots.slotOf(address);
    return slot < 0 ? [] : this.slots.fieldsIn(slot, this.slots.offset[address]! + offset, length);
  }

  // ---- renaming ----

  private rename(): void {
    const { f, tree, current, undo } = this;
    const path: number[] = [];
    const marks: number[] = [];
    for (const block of tree.preorder) {
      while (path.length > 0 && tree.leave[path[path.length - 1]!]! <= tree.enter[block]!) {
        path.pop();
        for (const mark = marks.pop()!; undo.length > mark; undo.length -= 2) {
          current[undo.at(undo.length - 2)] = undo.at(undo.length - 1);
        }
      }
      path.push(block);
      marks.push(undo.length);
      const added = this.added[block] ?? [];
      const params = f.params[block]!;
      added.forEach((variable, index) => this.set(variable, params[params.length - added.length + index]!, startOf(block)));
      for (let id = f.first[block]!; id;) {
        const next = f.next[id]!;
        f.mapOperands(id, this.replacements.map);
        this.visit(id);
        id = next;
      }
      this.passArguments(block);
    }
  }

  /** The variable is `value` from `key` on: behind an instruction, or from the start of a block. */
  private set(variable: number, value: number, key: number): void {
    if (this.pieces.length > 0) this.f.debug!.bind(key, this.pieces[variable]!, value);
    this.undo.push(variable);
    this.undo.push(this.current[variable]!);
    this.current[variable] = value;
  }

  private get(variable: number): number {
    return this.current[variable] || this.constants.zero(this.fields[variable]!.type);
  }

  private passArguments(block: number): void {
    const { f } = this;
    const end = f.last[block]!;
    for (let k = edgeCount(f, end) - 1; k >= 0; k--) {
      const edge = edgeAt(f, end, k);
      const added = this.added[f.edgeTarget(edge)];
      if (!added) continue;
      const args = edgeArguments(f, edge);
      for (const variable of added) args.push(this.get(variable));
      setEdge(f, end, k, f.edge(f.edgeTarget(edge), args));
    }
  }

  private visit(id: number): void {
    const { f } = this;
    switch (f.op[id]! as Op) {
      case Op.Load: {
        const variable = this.variableAt(f.a[id]!, f.c[id]!);
        if (variable < 0) return;
        this.replacements.replace(id, this.loaded(id, variable));
        f.remove(id);
        return;
      }
      case Op.Store: {
        const variable = this.variableAt(f.a[id]!, f.c[id]!);
        if (variable < 0) return;
        this.set(variable, this.stored(id, f.b[id]!, this.fields[variable]!), id);
        f.remove(id);
        return;
      }
      case Op.Memcopy: this.copy(id); return;
      case Op.Memfill: this.fill(id); return;
    }
  }

  private variableAt(address: number, offset: number): number {
    const slot = this.slots.slotOf(address);
    return slot < 0 ? -1 : this.slots.fieldAt(slot, this.slots.offset[address]! + offset);
  }

  private copy(id: number): void {
    const { f, slots, fields } = this;
    const [to, from, length] = [f.a[id]!, f.b[id]!, f.a[f.c[id]!]!];
    const [target, source] = [slots.slotOf(to), slots.slotOf(from)];
    if (target < 0 && source < 0) return;
    const start = slots.offset[target >= 0 ? to : from]!;
    const pieces = slots.fieldsIn(target >= 0 ? target : source, start, length);
    const values = pieces.map((variable) => {
      const field = fields[variable]!;
      const at = field.offset - start;
      if (source < 0) return this.before(id, Op.Load, field.type, from, 0, at, pieceAccess(field));
      if (target < 0) return this.get(variable);
      const other = slots.fieldAt(source, slots.offset[from]! + at);
      return this.stored(id, this.bits(id, this.get(other), fields[other]!.type), field);
    });
    pieces.forEach((variable, index) => {
      const field = fields[variable]!;
      if (target >= 0) this.set(variable, values[index]!, id);
      else this.before(id, Op.Store, Type.Void, to, values[index]!, field.offset - start, pieceAccess(field));
    });
    f.remove(id);
  }

  private fill(id: number): void {
    const { f } = this;
    const variables = this.variablesAt(f.a[id]!, 0, f.a[f.c[id]!]!);
    if (this.slots.slotOf(f.a[id]!) < 0) return;
    for (const variable of variables) this.set(variable, this.filled(id, f.b[id]!, this.fields[variable]!), id);
    f.remove(id);
  }

  // ---- conversions ----

  private before(id: number, op: Op, type: Type, a: number, b = 0, c = 0, aux = 0): number {
    const { f } = this;
    const made = f.make(op, type, a, b, c, aux, f.loc[id]!);
    f.placeBefore(made, id);
    return made;
  }

  private mask(id: number, value: number, bits: number): number {
    return this.before(id, Op.And, Type.I32, value, this.constants.small(Type.I32, bits));
  }

  /** A value as an integer of its width: floats and addresses by their bits, bools by 0 or 1. */
  private bits(id: number, value: number, type: Type): number {
    if (type === Type.I32 || type === Type.I64) return value;
    if (type === Type.Bool) return this.before(id, Op.Zext, Type.I32, value);
    return this.before(id, Op.Bitcast, type === Type.F32 ? Type.I32 : Type.I64, value);
  }

  /** The variable's new value when `value` is stored to its field. */
  private stored(id: number, value: number, field: Field): number {
    const { f } = this;
    const from = f.type[value]! as Type;
    const { type } = field;
    if (type === from && field.extension === Extension.None) return value;
    let bits = this.bits(id, value, from);
    const isNarrow = !isWide(type) && type !== Type.F64;
    if (isNarrow && f.type[bits] === Type.I64) bits = this.before(id, Op.Trunc, Type.I32, bits);
    switch (field.extension) {
      case Extension.Zero: return this.mask(id, bits, field.bytes === 1 ? 0xff : 0xffff);
      case Extension.Sign: return this.before(id, field.bytes === 1 ? Op.Sext8 : Op.Sext16, Type.I32, bits);
    }
    if (type === f.type[bits]) return bits;
    return this.before(id, type === Type.Bool ? Op.Trunc : Op.Bitcast, type, bits);
  }

  /** What load `id` gives when its field holds the value at hand. */
  private loaded(id: number, variable: number): number {
    const { f } = this;
    const field = this.fields[variable]!;
    const type = f.type[id]! as Type;
    const access = (f.aux[id]! & ACCESS_MASK) as Access;
    let value = this.get(variable);
    if (field.type === type && (field.bytes >= 4 || type === Type.Bool)) return value;
    value = this.bits(id, value, field.type);
    if (access === Access.Bool) return this.before(id, Op.Trunc, Type.Bool, value);
    if (field.bytes < 4 && field.extension === Extension.None) {
      const unsigned = access === Access.U8 || access === Access.U16;
      value = unsigned ? this.mask(id, value, field.bytes === 1 ? 0xff : 0xffff)
        : this.before(id, access === Access.S8 ? Op.Sext8 : Op.Sext16, Type.I32, value);
    }
    if (f.type[value] === type) return value;
    if (type !== Type.I64 || f.type[value] !== Type.I32) return this.before(id, Op.Bitcast, type, value);
    const signed = access === Access.S8 || access === Access.S16 || access === Access.S32;
    return this.before(id, signed ? Op.Sext : Op.Zext, Type.I64, value);
  }

  /** The variable's value when every byte of its field becomes the low byte of i32 `byte`. */
  private filled(id: number, byte: number, field: Field): number {
    const { f, constants } = this;
    if (f.op[byte] === Op.Iconst) {
      const word = Math.imul(f.a[byte]! & 255, 0x01010101);
      const wide = field.bytes === 8;
      const value = wide ? constants.integer(Type.I64, word, word)
        : constants.small(Type.I32, field.bytes === 4 ? word : word & (field.bytes === 1 ? 0xff : 0xffff));
      return word === 0 ? constants.zero(field.type) : this.stored(id, value, field);
    }
    const low = this.mask(id, byte, 0xff);
    const word = this.before(id, Op.Mul, Type.I32, low, constants.small(Type.I32, 0x01010101));
    if (field.bytes < 8) return this.stored(id, word, field);
    const wide = this.before(id, Op.Zext, Type.I64, low);
    return this.stored(
      id, this.before(id, Op.Mul, Type.I64, wide, constants.integer(Type.I64, 0x01010101, 0x01010101)), field,
    );
  }
}
