/**
 * What memory is known to hold: the values of recent stores and loads, for `gvn`.
 *
 * The knowledge goes along paths without joins: a block with one predecessor starts with what was known at that one's
 * end, any other with nothing (so nothing is carried round a loop). A write forgets what it may overwrite: objects of
 * the program do not overlap each other, slots whose address stays in the function are out of everybody else's reach,
 * objects whose address nobody takes out of that of pointers, and one base with offsets apart is apart. Calls, volatile accesses and system registers forget all that others can
 * reach.
 */
import { IntPool } from '../../base/int-pool.ts';
import type { ControlFlow } from '../analysis/control-flow.ts';
import type { Func } from '../function.ts';
import { type Module, SymbolKind } from '../module.ts';
import { Access, ACCESS_BYTES, ACCESS_MASK, Effect, hasEffect, Op, VOLATILE } from '../ops.ts';
import { Type } from '../types.ts';
import type { ConstantTable } from './constants.ts';

/** Most entries known at a time; the oldest goes first. */
const ROOM = 24;
/** Integers of an entry: base address, offset, access, value. */
const ENTRY = 4;

export class AvailableMemory {
  private entries: number[] = [];
  /** what was known at the end of each block: where in `saved`, and how many integers */
  private readonly saved = new IntPool(256);
  private readonly savedAt: Int32Array;
  private readonly savedLength: Int32Array;
  /** has the address of the slot been given away? */
  private readonly escaped: Uint8Array;

  constructor(
    private readonly f: Func,
    private readonly module: Module,
    flow: ControlFlow,
    private readonly constants: ConstantTable,
  ) {
    this.savedAt = new Int32Array(f.blockCount);
    this.savedLength = new Int32Array(f.blockCount);
    this.escaped = this.findEscapes(flow);
  }

  /** Starts a block that only `above` leads to; -1: there are several. */
  enter(above: number): void {
    this.entries.length = 0;
    if (above < 0) return;
    for (let i = 0; i < this.savedLength[above]!; i++) this.entries.push(this.saved.at(this.savedAt[above]! + i));
  }

  leave(block: number): void {
    this.savedAt[block] = this.saved.length;
    this.savedLength[block] = this.entries.length;
    for (const word of this.entries) this.saved.push(word);
  }

  /** The value that load `id` gives, if it is known, converted by instructions before it; else 0. */
  load(id: number): number {
    const { f, entries } = this;
    const access = (f.aux[id]! & ACCESS_MASK) as Access;
    for (let i = entries.length - ENTRY; i >= 0; i -= ENTRY) {
      if (entries[i] !== f.a[id] || entries[i + 1] !== f.c[id]) continue;
      const known = entries[i + 2]! as Access;
      if (ACCESS_BYTES[known] !== ACCESS_BYTES[access]) continue;
      const value = this.convert(id, entries[i + 3]!, access);
      if (value) return value;
    }
    this.add(f.a[id]!, f.c[id]!, access, id);
    return 0;
  }

  /** Forgets what instruction `id` (a load only if it is volatile) may change; learns what it stores. */
  clobber(id: number): void {
    const { f } = this;
    const op = f.op[id]! as Op;
    if (op === Op.Store) {
      const access = (f.aux[id]! & ACCESS_MASK) as Access;
      const bytes = ACCESS_BYTES[access]!;
      const overwritten = (base: number, offset: number, known: Access) =>
        this.mayOverlap(f.a[id]!, f.c[id]!, bytes, base, offset, ACCESS_BYTES[known]!);
      if (f.aux[id]! & VOLATILE) {
        this.forget((base, offset, known) => !this.isPrivate(base) || overwritten(base, offset, known));
        return;
      }
      this.forget(overwritten);
      this.add(f.a[id]!, f.c[id]!, access, f.b[id]!);
    } else if (op === Op.Memcopy || op === Op.Memfill) {
      this.forget((base) => this.mayMeet(f.a[id]!, base));
    } else if (op === Op.Load || hasEffect(op, Effect.Writes)) this.forget((base) => !this.isPrivate(base));
  }

  private add(base: number, offset: number, access: Access, value: number): void {
    if (this.entries.length === ROOM * ENTRY) this.entries.splice(0, ENTRY);
    this.entries.push(base, offset, access, value);
  }

  private forget(changed: (base: number, offset: number, access: Access) => boolean): void {
    const { entries } = this;
    let kept = 0;
    for (let i = 0; i < entries.length; i += ENTRY) {
      if (changed(entries[i]!, entries[i + 1]!, entries[i + 2]!)) continue;
      for (let k = 0; k < ENTRY; k++) entries[kept + k] = entries[i + k]!;
      kept += ENTRY;
    }
    entries.length = kept;
  }

  // ---- which addresses can be the same ----

  private mayOverlap(a: number, aOffset: number, aBytes: number, b: number, bOffset: number, bBytes: number): boolean {
    if (a === b) return aOffset < bOffset + bBytes && bOffset < aOffset + aBytes;
    return this.mayMeet(a, b);
  }

  /** May two addresses be in one object? */
  private mayMeet(a: number, b: number): boolean {
    const { f } = this;
    const [x, y] = [this.objectOf(a), this.objectOf(b)];
    if (x === y) return true;
    const [xOp, yOp] = [f.op[x]! as Op, f.op[y]! as Op];
    if (xOp === Op.Slot && yOp === Op.Slot) return f.a[x] === f.a[y];
    if (xOp === Op.Slot) return yOp !== Op.Symbol && !this.isPrivate(a);
    if (yOp === Op.Slot) return xOp !== Op.Symbol && !this.isPrivate(b);
    if (xOp === Op.Symbol && yOp !== Op.Symbol) return !this.isApart(f.a[x]!);
    if (yOp === Op.Symbol && xOp !== Op.Symbol) return !this.isApart(f.a[y]!);
    if (xOp !== Op.Symbol || f.a[x] === f.a[y]) return true;
    // What is defined elsewhere may be another name of something here.
    return !this.isData(f.a[x]!) || !this.isData(f.a[y]!);
  }

  private isApart(symbol: number): boolean {
    return this.module.symbols[symbol]!.data?.isApart === true;
  }

  private isData(symbol: number): boolean {
    return this.module.symbols[symbol]!.kind === SymbolKind.Data;
  }

  /** The value that an address is computed from. */
  private objectOf(address: number): number {
    for (let steps = 0; steps < 8 && this.f.op[address] === Op.Ptradd; steps++) address = this.f.a[address]!;
    return address;
  }

  /** Does the address lie in a slot that nobody else can reach? */
  private isPrivate(address: number): boolean {
    const object = this.objectOf(address);
    return this.f.op[object] === Op.Slot && !this.escaped[this.f.a[object]!];
  }

  private findEscapes(flow: ControlFlow): Uint8Array {
    const { f } = this;
    const escaped = new Uint8Array(f.slots.length);
    if (escaped.length === 0) return escaped;
    /** 1 + the slot that each value points into */
    const home = new Int32Array(f.count);
    const escape = (value: number) => {
      if (home[value]) escaped[home[value]! - 1] = 1;
    };
    for (let i = 0; i < flow.order.length; i++) {
      for (let id = f.first[flow.order[i]!]!; id; id = f.next[id]!) {
        switch (f.op[id]! as Op) {
          case Op.Slot: home[id] = f.a[id]! + 1; break;
          case Op.Ptradd: home[id] = home[f.a[id]!]!; break;
          case Op.Load: case Op.Memcopy: case Op.Memfill: case Op.Icmp: break;
          case Op.Store: escape(f.b[id]!); break;
          default: f.forEachOperand(id, escape);
        }
      }
    }
    return escaped;
  }

  // ---- from what was written to what is read ----

  /** `value`, whose low bits are in memory, as load `id` reads it; 0 if that takes more than it saves. */
  private convert(id: number, value: number, access: Access): number {
    const { f } = this;
    const from = f.type[value]! as Type;
    const to = f.type[id]! as Type;
    const sameAccess = f.op[value] === Op.Load && (f.aux[value]! & ACCESS_MASK) === access;
    if (from === to && (access >= Access.W64 || sameAccess)) return value;
    if (access === Access.W64 || access === Access.F64) return this.before(id, Op.Bitcast, value);
    const integer = to === Type.I32 && from === Type.I32;
    switch (access) {
      case Access.U32: case Access.S32: return integer ? value : 0;
      case Access.U8: return integer ? this.before(id, Op.And, value, this.constants.small(Type.I32, 0xff)) : 0;
      case Access.U16: return integer ? this.before(id, Op.And, value, this.constants.small(Type.I32, 0xffff)) : 0;
      case Access.S8: return integer ? this.before(id, Op.Sext8, value) : 0;
      case Access.S16: return integer ? this.before(id, Op.Sext16, value) : 0;
      default: return 0;
    }
  }

  private before(id: number, op: Op, a: number, b = 0): number {
    const made = this.f.make(op, this.f.type[id]! as Type, a, b, 0, 0, this.f.loc[id]!);
    this.f.placeBefore(made, id);
    return made;
  }
}
