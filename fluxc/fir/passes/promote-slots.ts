/**
 * `promote-slots`: stack slots become SSA values where nobody needs their address.
 *
 * A *field* is a range of a slot that all its loads and stores access alike: same offset, same width, same kind of
 * register. A slot whose address goes anywhere else (a call, a comparison, a computed offset) keeps all its fields in
 * memory; where accesses overlap differently, only those fields do. So a slice or an optional that lives in one slot
 * becomes two values, and a small struct as many as it has fields.
 *
 * Block parameters are placed at the iterated dominance frontiers of a field's stores, and only where the field is still
 * read (pruned SSA; Cytron et al. 1991). A field that is read before it is written reads as zero.
 */
import { IntPool } from '../../base/int-pool.ts';
import { dominators, reachable } from '../dominance.ts';
import type { Func } from '../function.ts';
import { Access, ACCESS_BYTES, ACCESS_MASK, Op, VOLATILE } from '../ops.ts';
import { isWide, Type } from '../types.ts';

interface Field {
  slot: number;
  offset: number;
  bytes: number;
  /** type of the value that stands for it: i32, i64, f32, f64 or bool */
  type: Type;
  inMemory: boolean;
}

export function promoteSlots(f: Func): void {
  if (f.slots.length === 0) return;
  const order = reachable(f);
  const access = findAccesses(f, order);
  if (access.fields.every(({ inMemory }) => inMemory)) return;
  new Renamer(f, order, access).run();
}

interface Accesses {
  fields: Field[];
  /** field of a load or store plus 1, 0 for any other instruction */
  fieldOf: Int32Array;
}

/** Finds the fields, and which of them must stay in memory. */
function findAccesses(f: Func, order: number[]): Accesses {
  /** slot that a value is an address in, plus 1, and where in it */
  const slotOf = new Int32Array(f.count);
  const offsetOf = new Int32Array(f.count);
  const escaped = new Uint8Array(f.slots.length);
  const fieldOf = new Int32Array(f.count);
  const fields: Field[] = [];
  const byKey = new Map<string, number>();
  const escape = (value: number) => {
    if (slotOf[value]) escaped[slotOf[value]! - 1] = 1;
  };
  for (const block of order) {
    for (let id = f.first[block]!; id; id = f.next[id]!) {
      const op = f.op[id]!;
      const address = f.a[id]!;
      if (op === Op.Slot) slotOf[id] = address + 1;
      else if (op === Op.Ptradd && slotOf[address] && isSmallConstant(f, f.b[id]!)) {
        slotOf[id] = slotOf[address]!;
        offsetOf[id] = offsetOf[address]! + f.a[f.b[id]!]!;
      } else if ((op === Op.Load || op === Op.Store) && slotOf[address] && !(f.aux[id]! & VOLATILE)) {
        if (op === Op.Store) escape(f.b[id]!);
        const slot = slotOf[address]! - 1;
        const offset = offsetOf[address]! + f.c[id]!;
        const kind = f.aux[id]! & ACCESS_MASK;
        const key = `${slot}:${offset}:${ACCESS_BYTES[kind]}`;
        let index = byKey.get(key);
        if (index === undefined) {
          index = fields.length;
          byKey.set(key, index);
          fields.push({ slot, offset, bytes: ACCESS_BYTES[kind]!, type: fieldType(kind), inMemory: false });
        } else if (fields[index]!.type !== fieldType(kind)) fields[index]!.inMemory = true;
        fieldOf[id] = index + 1;
      } else f.forEachOperand(id, escape);
    }
  }
  const bySlot = new Map<number, Field[]>();
  for (const field of fields) {
    const { size } = f.slots[field.slot]!;
    if (escaped[field.slot] || field.offset < 0 || field.offset + field.bytes > size) field.inMemory = true;
    const others = bySlot.get(field.slot) ?? [];
    for (const other of others) {
      if (field.offset < other.offset + other.bytes && other.offset < field.offset + field.bytes) {
        field.inMemory = other.inMemory = true;
      }
    }
    others.push(field);
    bySlot.set(field.slot, others);
  }
  return { fields, fieldOf };
}

function isSmallConstant(f: Func, value: number): boolean {
  return f.op[value] === Op.Iconst && f.b[value] === f.a[value]! >> 31 && Math.abs(f.a[value]!) < 1 << 20;
}

function fieldType(access: Access): Type {
  switch (access) {
    case Access.W64: return Type.I64;
    case Access.F32: return Type.F32;
    case Access.F64: return Type.F64;
    case Access.Bool: return Type.Bool;
    default: return Type.I32;
  }
}

class Renamer {
  private readonly idom: Int32Array;
  private readonly predecessors: number[][];
  /** what a removed load stands for */
  private readonly replacement: Int32Array;
  /** per block, the fields whose values its new parameters are, in order */
  private readonly placed: number[][];
  private readonly zeros = new Map<Type, number>();

  constructor(
    private readonly f: Func,
    private readonly order: number[],
    private readonly access: Accesses,
  ) {
    this.idom = dominators(f);
    this.predecessors = Array.from({ length: f.blockCount }, () => []);
    for (const block of order) for (const next of f.successors(block)) this.predecessors[next]!.push(block);
    this.replacement = new Int32Array(f.count);
    this.placed = Array.from({ length: f.blockCount }, () => []);
  }

  run(): void {
    const { f, access } = this;
    const frontier = this.frontiers();
    access.fields.forEach((field, index) => {
      if (!field.inMemory) this.placeParams(index, frontier);
    });
    const known = f.count;
    /** value of each field at the end of a block; a block starts with its dominator's */
    const ends: (Int32Array | null)[] = new Array<Int32Array | null>(f.blockCount).fill(null);
    const params = this.placed.map((fields, block) => fields.map((field) => f.addParam(block, access.fields[field]!.type)));
    for (const block of this.order) {
      const values = block === 0 ? new Int32Array(access.fields.length) : ends[this.idom[block]!]!.slice();
      this.placed[block]!.forEach((field, i) => (values[field] = params[block]![i]!));
      this.renameBlock(block, values, known);
      ends[block] = values;
    }
    for (const block of this.order) this.passArguments(block, ends[block]!);
    for (const block of this.order) {
      for (let id = f.first[block]!; id; id = f.next[id]!) f.mapOperands(id, (value) => this.resolve(value));
    }
  }

  /** Blocks where a definition in `b` meets another: `frontier[b]`. */
  private frontiers(): number[][] {
    const frontier: number[][] = Array.from({ length: this.f.blockCount }, () => []);
    for (const block of this.order) {
      if (this.predecessors[block]!.length < 2) continue;
      for (let runner of this.predecessors[block]!) {
        while (runner !== this.idom[block]) {
          const blocks = frontier[runner]!;
          if (blocks[blocks.length - 1] !== block) blocks.push(block);
          runner = this.idom[runner]!;
        }
      }
    }
    return frontier;
  }

  private placeParams(field: number, frontier: number[][]): void {
    const { f, access } = this;
    const writes = new Uint8Array(f.blockCount);
    const live = new Uint8Array(f.blockCount);
    const queue = new IntPool(16);
    for (const block of this.order) {
      let written = false;
      for (let id = f.first[block]!; id; id = f.next[id]!) {
        if (id >= access.fieldOf.length || access.fieldOf[id] !== field + 1) continue;
        if (f.op[id] === Op.Store) written = true;
        else if (!written && !live[block]) {
          live[block] = 1;
          queue.push(block);
        }
      }
      writes[block] = written ? 1 : 0;
    }
    for (let i = 0; i < queue.length; i++) {
      for (const before of this.predecessors[queue.at(i)]!) {
        if (live[before] || writes[before]) continue;
        live[before] = 1;
        queue.push(before);
      }
    }
    const meets = new Uint8Array(f.blockCount);
    const sources = this.order.filter((block) => writes[block]);
    for (let i = 0; i < sources.length; i++) {
      for (const block of frontier[sources[i]!]!) {
        if (meets[block] || !live[block]) continue;
        meets[block] = 1;
        this.placed[block]!.push(field);
        if (!writes[block]) sources.push(block);
      }
    }
  }

  private renameBlock(block: number, values: Int32Array, known: number): void {
    const { f, access } = this;
    for (let id = f.first[block]!; id; ) {
      const next = f.next[id]!;
      const index = id < known ? access.fieldOf[id]! - 1 : -1;
      if (index >= 0 && !access.fields[index]!.inMemory) {
        const field = access.fields[index]!;
        if (f.op[id] === Op.Store) {
          values[index] = this.convert(this.resolve(f.b[id]!), field.type, id);
        } else {
          if (!values[index]) values[index] = this.zero(field.type);
          this.replacement[id] = this.read(values[index]!, id);
        }
        f.remove(id);
      }
      id = next;
    }
  }

  /** The value that load `id` gives of a field whose value is `value`: extended as its access says. */
  private read(value: number, id: number): number {
    const { f } = this;
    const type = f.type[id]! as Type;
    const before = (op: Op, of: Type, a: number, b = 0) => {
      const made = f.make(op, of, a, b, 0, 0, f.loc[id]!);
      f.placeBefore(made, id);
      return made;
    };
    const mask = (bits: number) => before(Op.And, Type.I32, value, before(Op.Iconst, Type.I32, bits, 0));
    let narrow = value;
    switch (f.aux[id]! & ACCESS_MASK) {
      case Access.U8: narrow = mask(0xff); break;
      case Access.S8: narrow = before(Op.Sext8, Type.I32, value); break;
      case Access.U16: narrow = mask(0xffff); break;
      case Access.S16: narrow = before(Op.Sext16, Type.I32, value); break;
    }
    if (f.type[narrow] === type) return narrow;
    const signed = [Access.S8, Access.S16, Access.S32].includes(f.aux[id]! & ACCESS_MASK);
    if (f.type[narrow] === Type.I32) return before(signed ? Op.Sext : Op.Zext, type, narrow);
    return before(Op.Bitcast, type, narrow);
  }

  /** `value` as a field of `type` keeps it; stored at instruction `id`. */
  private convert(value: number, type: Type, id: number): number {
    const { f } = this;
    const from = f.type[value]! as Type;
    if (from === type) return value;
    const op = type === Type.I64 && isWide(from) ? Op.Bitcast : type === Type.I32 && from === Type.I64 ? Op.Trunc : Op.Bitcast;
    const made = f.make(op, type, value, 0, 0, 0, f.loc[id]!);
    f.placeBefore(made, id);
    return made;
  }

  private zero(type: Type): number {
    let made = this.zeros.get(type);
    if (made === undefined) {
      const { f } = this;
      made = f.make(type === Type.F32 || type === Type.F64 ? Op.Fconst : Op.Iconst, type);
      f.placeBefore(made, f.first[0]!);
      this.zeros.set(type, made);
    }
    return made;
  }

  /** Gives every edge out of `block` the values of its target's new parameters. */
  private passArguments(block: number, values: Int32Array): void {
    const { f, access } = this;
    const terminator = f.terminator(block);
    f.edges(terminator).forEach((edge, which) => {
      const fields = this.placed[f.edgeTarget(edge)]!;
      if (fields.length === 0) return;
      const args: number[] = [];
      for (let i = 0; i < f.edgeCount(edge); i++) args.push(f.edgeArgument(edge, i));
      for (const field of fields) args.push(values[field] || this.zero(access.fields[field]!.type));
      f.setEdge(terminator, which, f.edge(f.edgeTarget(edge), args));
    });
  }

  private resolve(value: number): number {
    while (value < this.replacement.length && this.replacement[value]) value = this.replacement[value]!;
    return value;
  }
}
