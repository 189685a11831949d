/**
 * Which stack slots need no memory, and what values they hold: the analysis under `promote-slots`.
 *
 * A slot can be promoted if its address is only loaded from, stored to, copied and filled, at constant offsets, never
 * volatile. The bytes that it is accessed by are cut into *fields* that do not overlap; each field becomes one
 * variable. A copy of known length carries the fields of one side over to the other; what a copy to or from other
 * memory covers becomes fields as well, up to a few. A slot that does not fit this stays in memory as it is.
 */
import { alignmentOf } from '../analysis/addresses.ts';
import type { ControlFlow } from '../analysis/control-flow.ts';
import type { Func } from '../function.ts';
import type { Module } from '../module.ts';
import { Access, ACCESS_BYTES, ACCESS_MASK, Op, VOLATILE } from '../ops.ts';
import { isFloat, Type } from '../types.ts';

/** Larger slots stay in memory: they are arrays. */
const LARGEST_SLOT = 512;
/** A copy to or from memory that stays, of more fields than this, stays a copy. */
const MOST_PIECES = 8;

/** How a narrow integer variable is kept, so that loads of it need not extend. */
export const enum Extension { None, Zero, Sign }

export interface Field {
  slot: number;
  offset: number;
  bytes: number;
  /** type of the variable that stands for it */
  type: Type;
  extension: Extension;
}

export class SlotFields {
  readonly fields: Field[] = [];
  /** may the slot be promoted? */
  readonly promoted: Uint8Array;
  /** 1 + the slot that each value is an address in, 0 for other values */
  readonly home: Int32Array;
  /** offset of such an address in its slot */
  readonly offset: Int32Array;
  /** where each slot's bytes start in `owner` */
  private readonly base: Int32Array;
  /** by byte: 1 + the field that starts here, -1 in the middle of one, 0 where nobody claimed it */
  private readonly owner: Int32Array;
  private readonly bulk: number[] = [];

  constructor(private readonly f: Func, private readonly module: Module, private readonly flow: ControlFlow) {
    this.home = new Int32Array(f.count);
    this.offset = new Int32Array(f.count);
    this.promoted = new Uint8Array(f.slots.length);
    this.base = new Int32Array(f.slots.length);
    let bytes = 0;
    f.slots.forEach(({ size }, slot) => {
      this.base[slot] = bytes;
      if (size > LARGEST_SLOT) return;
      this.promoted[slot] = 1;
      bytes += size;
    });
    this.owner = new Int32Array(bytes);
    this.findAddresses();
    this.claimAccesses();
    while (this.settleBulk()) continue;
    this.chooseTypes();
  }

  /** The field that starts at `offset` of `slot`, or -1. */
  fieldAt(slot: number, offset: number): number {
    const at = this.base[slot]! + offset;
    return Math.max(0, this.owner[at]!) - 1;
  }

  /** The slot that a promoted address lies in, or -1. */
  slotOf(address: number): number {
    const slot = address < this.home.length ? this.home[address]! - 1 : -1;
    return slot >= 0 && this.promoted[slot] ? slot : -1;
  }

  /** The fields that lie in `length` bytes from `offset` of `slot` on. */
  fieldsIn(slot: number, offset: number, length: number): number[] {
    const found: number[] = [];
    for (let i = 0; i < length; i++) {
      const field = this.fieldAt(slot, offset + i);
      if (field >= 0) found.push(field);
    }
    return found;
  }

  // ---- which slots ----

  private findAddresses(): void {
    const { f, home, offset } = this;
    const escape = (value: number) => {
      if (home[value]) this.promoted[home[value]! - 1] = 0;
    };
    for (const block of this.flow.order) {
      for (let id = f.first[block]!; id; id = f.next[id]!) {
        const a = f.a[id]!;
        const b = f.b[id]!;
        switch (f.op[id]! as Op) {
          case Op.Slot:
            home[id] = a + 1;
            break;
          case Op.Ptradd:
            if (!home[a]) break;
            if (f.op[b] === Op.Iconst && f.b[b] === f.a[b]! >> 31) {
              home[id] = home[a]!;
              offset[id] = (offset[a]! + f.a[b]!) | 0;
            } else escape(a);
            break;
          case Op.Load:
            if (f.aux[id]! & VOLATILE) escape(a);
            break;
          case Op.Store:
            if (f.aux[id]! & VOLATILE) escape(a);
            escape(b);
            break;
          case Op.Memcopy: case Op.Memfill:
            if (this.lengthOf(id) < 0) {
              escape(a);
              if (f.op[id] === Op.Memcopy) escape(b);
            } else if (home[a] || (f.op[id] === Op.Memcopy && home[b])) this.bulk.push(id);
            break;
          default: f.forEachOperand(id, escape);
        }
      }
    }
  }

  /** Constant length of a memcopy or memfill, -1 if it is not known or not small. */
  private lengthOf(id: number): number {
    const { f } = this;
    const length = f.c[id]!;
    const known = f.op[length] === Op.Iconst && f.b[length] === 0;
    return known && f.a[length]! >= 0 && f.a[length]! <= LARGEST_SLOT ? f.a[length]! : -1;
  }

  // ---- which fields ----

  private claimAccesses(): void {
    this.forEachAccess((id, slot, at) => this.claim(slot, at, ACCESS_BYTES[this.f.aux[id]! & ACCESS_MASK]!));
  }

  private forEachAccess(visit: (id: number, slot: number, offset: number) => void): void {
    const { f } = this;
    for (const block of this.flow.order) {
      for (let id = f.first[block]!; id; id = f.next[id]!) {
        if (f.op[id] !== Op.Load && f.op[id] !== Op.Store) continue;
        const slot = this.slotOf(f.a[id]!);
        if (slot >= 0) visit(id, slot, this.offset[f.a[id]!]! + f.c[id]!);
      }
    }
  }

  /** Makes the bytes a field, if they are not; the slot stays in memory if they cannot be. Did that change anything? */
  private claim(slot: number, offset: number, bytes: number): boolean {
    if (!this.promoted[slot]) return false;
    if (offset < 0 || offset + bytes > this.f.slots[slot]!.size) return this.giveUp(slot);
    const at = this.base[slot]! + offset;
    const known = this.owner[at]!;
    if (known > 0 && this.fields[known - 1]!.bytes === bytes) return false;
    for (let i = 0; i < bytes; i++) if (this.owner[at + i] !== 0) return this.giveUp(slot);
    const number = this.fields.push({ slot, offset, bytes, type: Type.Void, extension: Extension.None });
    this.owner.fill(-1, at, at + bytes);
    this.owner[at] = number;
    return true;
  }

  private giveUp(slot: number): boolean {
    this.promoted[slot] = 0;
    return true;
  }

  /** Looks at every copy and fill once; true if it has to be done again. */
  private settleBulk(): boolean {
    const { f } = this;
    let changed = false;
    for (const id of this.bulk) {
      const length = this.lengthOf(id);
      const to = this.slotOf(f.a[id]!);
      const from = f.op[id] === Op.Memcopy ? this.slotOf(f.b[id]!) : -1;
      if (to >= 0) changed = this.cutAt(to, this.offset[f.a[id]!]!, length) || changed;
      if (from >= 0) changed = this.cutAt(from, this.offset[f.b[id]!]!, length) || changed;
      if (f.op[id] !== Op.Memcopy) continue;
      if (to >= 0 && from >= 0) {
        changed = this.carry(f.a[id]!, f.b[id]!, length) || changed;
        changed = this.carry(f.b[id]!, f.a[id]!, length) || changed;
      } else if (to >= 0) changed = this.cover(f.a[id]!, f.b[id]!, length, f.aux[id]!) || changed;
      else if (from >= 0) changed = this.cover(f.b[id]!, f.a[id]!, length, f.aux[id]!) || changed;
    }
    return changed;
  }

  /** The ends of a range must not cut a field. */
  private cutAt(slot: number, offset: number, length: number): boolean {
    if (!this.promoted[slot]) return false;
    const { size } = this.f.slots[slot]!;
    if (offset < 0 || offset + length > size) return this.giveUp(slot);
    const at = this.base[slot]! + offset;
    const cut = (length > 0 && this.owner[at] === -1) || (offset + length < size && this.owner[at + length] === -1);
    return cut && length > 0 ? this.giveUp(slot) : false;
  }

  /** Every field of the range at `from` is one at `to`. */
  private carry(from: number, to: number, length: number): boolean {
    const [source, target] = [this.slotOf(from), this.slotOf(to)];
    if (source < 0 || target < 0) return false;
    const start = this.offset[from]!;
    let changed = false;
    for (const field of this.fieldsIn(source, start, length)) {
      const { offset, bytes } = this.fields[field]!;
      changed = this.claim(target, this.offset[to]! + offset - start, bytes) || changed;
      if (!this.promoted[target]) return true;
    }
    return changed;
  }

  /** Fields for all bytes of a copy between a slot and other memory, no wider than that memory is aligned. */
  private cover(address: number, other: number, length: number, known: number): boolean {
    const slot = this.slotOf(address);
    if (slot < 0) return false;
    const align = Math.max(known, alignmentOf(this.f, this.module, other));
    const start = this.offset[address]!;
    let pieces = 0;
    let changed = false;
    for (let i = 0; i < length; pieces++) {
      const field = this.fieldAt(slot, start + i);
      let bytes = field >= 0 ? this.fields[field]!.bytes : Math.min(8, align);
      if (field < 0) {
        while (i % bytes !== 0 || i + bytes > length || !this.isFree(slot, start + i, bytes)) bytes >>= 1;
        changed = this.claim(slot, start + i, bytes) || changed;
      }
      if (bytes > align || i % bytes !== 0 || pieces === MOST_PIECES) return this.giveUp(slot);
      i += bytes;
    }
    return changed;
  }

  private isFree(slot: number, offset: number, bytes: number): boolean {
    for (let i = 0; i < bytes; i++) if (this.owner[this.base[slot]! + offset + i] !== 0) return false;
    return true;
  }

  // ---- which types ----

  private chooseTypes(): void {
    const { f } = this;
    /** by field: bit 0 loaded with zeros, bit 1 loaded by sign, bit 2 accessed as something else than the first time */
    const seen = new Uint8Array(this.fields.length);
    this.forEachAccess((id, slot, at) => {
      const field = this.fieldAt(slot, at);
      const access = (f.aux[id]! & ACCESS_MASK) as Access;
      const loads = f.op[id] === Op.Load;
      const type = access === Access.Bool ? Type.Bool : access < Access.W64 ? Type.I32
        : (f.type[loads ? id : f.b[id]!]! as Type);
      const row = this.fields[field]!;
      if (row.type === Type.Void) row.type = type;
      else if (row.type !== type) seen[field]! |= 4;
      if (loads) seen[field]! |= access === Access.S8 || access === Access.S16 ? 2 : 1;
    });
    // A copied byte keeps all its bits, so nothing that is copied is a bool; nor what is filled with more than zeros.
    const copied = (address: number, length: number) => {
      const slot = this.slotOf(address);
      if (slot < 0) return;
      for (const field of this.fieldsIn(slot, this.offset[address]!, length)) {
        if (this.fields[field]!.type === Type.Bool) seen[field]! |= 4;
      }
    };
    for (const id of this.bulk) {
      const b = f.b[id]!;
      if (f.op[id] === Op.Memfill && f.op[b] === Op.Iconst && f.a[b] === 0) continue;
      copied(f.a[id]!, this.lengthOf(id));
      if (f.op[id] === Op.Memcopy) copied(b, this.lengthOf(id));
    }
    this.fields.forEach((field, index) => {
      const mixed = (seen[index]! & 4) !== 0 || field.type === Type.Void;
      if (mixed) field.type = field.bytes === 8 ? Type.I64 : Type.I32;
      const narrow = field.bytes < 4 && field.type === Type.I32;
      const loads = seen[index]! & 3;
      if (narrow && loads === 1) field.extension = Extension.Zero;
      if (narrow && loads === 2) field.extension = Extension.Sign;
    });
  }
}

/** The access by which a field is copied to or from other memory, and the type it is read as. */
export function pieceAccess(field: Field): Access {
  if (field.type === Type.Bool) return Access.Bool;
  if (isFloat(field.type)) return field.bytes === 8 ? Access.F64 : Access.F32;
  const signed = field.extension === Extension.Sign;
  switch (field.bytes) {
    case 1: return signed ? Access.S8 : Access.U8;
    case 2: return signed ? Access.S16 : Access.U16;
    case 4: return Access.U32;
    default: return Access.W64;
  }
}
