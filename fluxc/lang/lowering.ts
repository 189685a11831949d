/**
 * The state of lowering one function: the FIR function that grows, the block at hand, where locals live, and the small
 * steps that every part of the lowering takes (loads, stores, constants, blocks).
 *
 * A scalar that never changes is its FIR value; a `var` is a stack slot that the pass `promote-slots` turns into SSA.
 * There is always a block to append to: after `jump` and `brif` the caller starts the next; behind a return or a trap
 * it is one that nothing reaches (`ended`), and `finish` drops those.
 */
import type { Loc, Span } from '../base/source.ts';
import type { Piece, Source } from '../fir/debug-values.ts';
import { Func } from '../fir/function.ts';
import type { Module } from '../fir/module.ts';
import { Access, ACCESS_BYTES, type Cond, Op, type TrapCode } from '../fir/ops.ts';
import { Type } from '../fir/types.ts';
import type { Compilation } from './compilation.ts';
import type { DataWriter } from './lower-data.ts';
import { isInMemory, type Part, type Representation, representationOf } from './representation.ts';
import type { Local, TypedBlock, TypedExpr, TypedStmt } from './typed-tree.ts';
import { type FluxType, layoutOf, prune } from './types.ts';

/** A value in one or two FIR values; 0 where there is none. */
export interface Value {
  a: number;
  b: number;
}

export const NO_VALUE: Value = { a: 0, b: 0 };

/** A place in memory: a ptr and bytes from it. */
export interface Address {
  base: number;
  offset: number;
}

type Storage =
  /** it never changes, or it is a parameter */
  | { kind: 'value'; value: Value }
  /** a slot for each part, as wide as a register */
  | { kind: 'parts'; slots: number[] }
  /** in memory, as its type lies there */
  | { kind: 'slot'; slot: number }
  /** in memory of someone else, which does not change while the local lives */
  | { kind: 'memory'; address: Address };

export interface Loop {
  breakTo: number;
  continueTo: number;
  /** number of pending defers outside the loop */
  defers: number;
}

/** How the function answers: with its results, through a pointer, or with the line of a failed `expect`. */
export type Answer =
  | { kind: 'results'; type: FluxType; representation: Representation }
  | { kind: 'memory'; type: FluxType; pointer: number }
  | { kind: 'test' };

/** The parts of the lowering that call each other, whatever the order of their files. */
export interface LoweringParts {
  value(l: Lowering, expr: TypedExpr): Value;
  into(l: Lowering, expr: TypedExpr, to: Address): void;
  address(l: Lowering, expr: TypedExpr): Address;
  statement(l: Lowering, statement: TypedStmt): void;
}

export class Lowering {
  /** the block that instructions are appended to */
  block: number;
  loc: Loc = 0;
  readonly loops: Loop[] = [];
  /** blocks to run when their scope is left, innermost last */
  defers: TypedBlock[] = [];
  answer: Answer = { kind: 'test' };
  /** the block of the document that locals belong to */
  scope: Span = { start: 0, end: 0 };
  private readonly storage: (Storage | undefined)[] = [];
  /** blocks in the order they were started */
  private readonly order: number[] = [];

  constructor(
    readonly c: Compilation,
    readonly module: Module,
    readonly data: DataWriter,
    readonly f: Func,
    private readonly parts: LoweringParts,
    /** locals that the document names, parameters included */
    locals = 0,
  ) {
    this.storage.length = locals;
    this.block = f.addBlock();
    this.order.push(this.block);
  }

  /** The lowering of another function of the same module. */
  another(f: Func): Lowering {
    return new Lowering(this.c, this.module, this.data, f, this.parts);
  }

  /** The name of the module at hand, for what it keeps in the image. */
  get home(): string {
    return this.f.name.slice(0, this.f.name.lastIndexOf('.'));
  }

  // ---- the tree ----

  lowerStatement(statement: TypedStmt): void {
    this.parts.statement(this, statement);
  }

  /** Computes an expression whose type takes at most two FIR values. */
  lowerValue(expr: TypedExpr): Value {
    return this.parts.value(this, expr);
  }

  /** Computes an expression whose type lives in memory to `to`, which nothing that it reads may overlap. */
  lowerInto(expr: TypedExpr, to: Address): void {
    this.parts.into(this, expr, to);
  }

  /** Where a place lies; a value that lies nowhere is put into memory of its own first. */
  lowerAddress(expr: TypedExpr): Address {
    return this.parts.address(this, expr);
  }

  /** A value of type `never` stands where any type is wanted: what follows is not reached, but must be whole. */
  lowerValueAs(expr: TypedExpr, type: FluxType): Value {
    if (prune(expr.type).kind !== 'never') return this.lowerValue(expr);
    this.lowerValue(expr);
    return this.zeroValue(type);
  }

  /** Computes `expr` to `to`, whatever its type. */
  lowerTo(expr: TypedExpr, type: FluxType, to: Address): void {
    if (isInMemory(type) && prune(expr.type).kind !== 'never') this.lowerInto(expr, to);
    else this.store(type, to, this.lowerValueAs(expr, type));
  }

  /** Evaluates for its effects alone. */
  lowerEffect(expr: TypedExpr): void {
    if (isInMemory(expr.type)) this.lowerAddress(expr);
    else this.lowerValue(expr);
  }

  // ---- instructions ----

  emit(op: Op, type: Type, a = 0, b = 0, c = 0, aux = 0): number {
    return this.f.append(this.block, op, type, a, b, c, aux, this.loc);
  }

  i32(value: number): number {
    return this.f.iconst(this.block, Type.I32, value, undefined, this.loc);
  }

  i64(value: number | bigint): number {
    return this.constant(Type.I64, BigInt(value));
  }

  bool(value: boolean): number {
    return this.f.iconst(this.block, Type.Bool, value ? 1 : 0, 0, this.loc);
  }

  /** An integer of any type that is one in FIR, modulo its width. */
  constant(type: Type, value: bigint): number {
    const low = Number(BigInt.asIntN(32, value));
    return this.f.iconst(this.block, type, low, Number(BigInt.asIntN(32, value >> 32n)), this.loc);
  }

  float(type: Type, value: number): number {
    const bits = new DataView(new ArrayBuffer(8));
    if (type === Type.F32) {
      bits.setFloat32(0, value);
      return this.emit(Op.Fconst, type, bits.getInt32(0), 0);
    }
    bits.setFloat64(0, value);
    return this.emit(Op.Fconst, type, bits.getInt32(4), bits.getInt32(0));
  }

  /** Zero of a FIR type. */
  zero(type: Type): number {
    if (type === Type.F32 || type === Type.F64) return this.emit(Op.Fconst, type, 0, 0);
    return this.f.iconst(this.block, type, 0, 0, this.loc);
  }

  symbol(name: string, offset = 0): number {
    return this.emit(Op.Symbol, Type.Ptr, this.module.symbol(name), 0, offset);
  }

  icmp(cond: Cond, a: number, b: number): number {
    return this.f.icmp(this.block, cond, a, b, this.loc);
  }

  trapIf(condition: number, code: TrapCode): void {
    this.emit(Op.Trapif, Type.Void, condition, 0, 0, code);
  }

  // ---- blocks ----

  newBlock(): number {
    return this.f.addBlock();
  }

  /** Goes on in `block`. The block before must have its terminator. */
  start(block: number): void {
    this.block = block;
    this.order.push(block);
  }

  jump(target: number, args: readonly number[] = []): void {
    this.f.jump(this.block, target, args, this.loc);
  }

  brif(condition: number, then: number, otherwise: number): void {
    this.f.brif(this.block, condition, then, otherwise, this.loc);
  }

  /** Control left with the terminator that was just appended: what follows is reached by nothing. */
  ended(): void {
    this.start(this.newBlock());
  }

  /** Drops what nothing reaches; the layout is the order in which blocks were started. */
  finish(): void {
    const { f } = this;
    const isReached = new Uint8Array(f.blockCount);
    isReached[0] = 1;
    const work = [0];
    for (let block = work.pop(); block !== undefined; block = work.pop()) {
      for (const target of f.successors(block)) {
        if (isReached[target]) continue;
        isReached[target] = 1;
        work.push(target);
      }
    }
    for (let block = 0; block < f.blockCount; block++) {
      if (isReached[block]) continue;
      for (let id = f.first[block]!; id; id = f.next[id]!) f.block[id] = -1;
      for (const id of f.params[block]!) f.block[id] = -1;
      f.first[block] = f.last[block] = 0;
      f.params[block] = [];
    }
    f.layout = this.order.filter((block) => isReached[block]);
  }

  // ---- memory ----

  slotAddress(slot: number): number {
    return this.emit(Op.Slot, Type.Ptr, slot);
  }

  /** New memory for a value of the type, in this function's frame. */
  temporary(type: FluxType): Address {
    const { size, align } = layoutOf(type);
    return { base: this.slotAddress(this.f.addSlot(Math.max(size, 1), align)), offset: 0 };
  }

  /** Bytes from the first of items of `size` bytes to item `index`. */
  scaled(index: number, size: number): number {
    return size === 1 ? index : this.emit(Op.Mul, Type.I64, index, this.i64(size));
  }

  /** The address as one ptr. */
  pointer(address: Address): number {
    if (address.offset === 0) return address.base;
    return this.emit(Op.Ptradd, Type.Ptr, address.base, this.i64(address.offset));
  }

  loadPart(part: Part, address: Address): number {
    return this.f.load(this.block, part.type, part.access, address.base, address.offset + part.offset, this.loc);
  }

  storePart(part: Part, address: Address, value: number): void {
    this.f.store(this.block, part.access, address.base, value, address.offset + part.offset, this.loc);
  }

  /** The value at an address; its type takes one or two FIR values, or none. */
  load(type: FluxType, address: Address): Value {
    const { kind, first, second } = representationOf(type);
    if (kind === 'none') return NO_VALUE;
    return { a: this.loadPart(first, address), b: kind === 'pair' ? this.loadPart(second, address) : 0 };
  }

  store(type: FluxType, address: Address, value: Value): void {
    const { kind, first, second } = representationOf(type);
    if (kind === 'none') return;
    this.storePart(first, address, value.a);
    if (kind === 'pair') this.storePart(second, address, value.b);
  }

  copy(type: FluxType, to: Address, from: Address): void {
    const { size, align } = layoutOf(type);
    if (size === 0) return;
    this.emit(Op.Memcopy, Type.Void, this.pointer(to), this.pointer(from), this.i64(size), align);
  }

  /** Sets bytes to 0; the address has this alignment. */
  fillZero(size: number, align: number, to: Address): void {
    if (size > 0) this.emit(Op.Memfill, Type.Void, this.pointer(to), this.i32(0), this.i64(size), align);
  }

  zeroValue(type: FluxType): Value {
    const { kind, first, second } = representationOf(type);
    if (kind === 'none') return NO_VALUE;
    return { a: this.zero(first.type), b: kind === 'pair' ? this.zero(second.type) : 0 };
  }

  // ---- locals ----

  /** The number of a new local that no document names. */
  freshLocal(): number {
    return this.storage.push(undefined) - 1;
  }

  /** Makes a local that holds `value`. */
  bind(local: Local, value: Value): void {
    if (!local.mutable) {
      this.storage[local.index] = { kind: 'value', value };
      this.tellParts(local, [value.a, value.b].map((part) => ({ kind: 'value', value: part })));
      return;
    }
    this.makeRoom(local);
    this.writeLocal(local, value);
  }

  /** Runs `lower` with the locals that it makes belonging to `scope`. */
  within(scope: Span, lower: () => void): void {
    const outer = this.scope;
    this.scope = scope;
    lower();
    this.scope = outer;
  }

  /** Tells debuggers where a local is: `sources` of its first and its second part, or of the whole. */
  private tellParts(local: Local, sources: readonly Source[]): void {
    if (!this.f.debug) return;
    const { kind, first, second } = representationOf(local.type);
    const parts = kind === 'none' ? [] : kind === 'pair' ? [first, second] : [first];
    this.tell(local, parts.map(({ offset, access }, index) => ({ offset, bytes: ACCESS_BYTES[access]!, source: sources[index]! })));
  }

  private tellWhole(local: Local, source: Source): void {
    if (this.f.debug) this.tell(local, [{ offset: 0, bytes: layoutOf(local.type).size, source }]);
  }

  private tell({ name, type, origin, span }: Local, pieces: Piece[]): void {
    if (name === '' || name === '_' || pieces.length === 0) return;
    const isParameter = origin === 'parameter';
    this.f.debug!.variables.push({ name, type, isParameter, loc: span.start, scope: this.scope, site: 0, pieces });
  }

  /** Makes a local in memory that is there already and does not change. */
  bindMemory(local: Local, address: Address): void {
    this.storage[local.index] = { kind: 'memory', address };
    this.tellWhole(local, { kind: 'memory', base: address.base, at: address.offset });
  }

  /** Makes a local whose value the caller writes to memory. */
  bindSlot(local: Local): Address {
    const { size, align } = layoutOf(local.type);
    const slot = this.f.addSlot(Math.max(size, 1), align);
    this.storage[local.index] = { kind: 'slot', slot };
    this.tellWhole(local, { kind: 'slot', slot, at: 0 });
    return { base: this.slotAddress(slot), offset: 0 };
  }

  private makeRoom(local: Local): void {
    const { kind, first, second } = representationOf(local.type);
    if (local.addressTaken || kind === 'memory') {
      this.bindSlot(local);
      return;
    }
    const parts = kind === 'pair' ? [first, second] : kind === 'none' ? [] : [first];
    const slots = parts.map((part) => {
      const bytes = registerBytes(part.type);
      return this.f.addSlot(bytes, bytes);
    });
    this.storage[local.index] = { kind: 'parts', slots };
    this.tellParts(local, slots.map((slot) => ({ kind: 'slot', slot, at: 0 })));
  }

  writeLocal(local: Local, value: Value): void {
    const storage = this.storage[local.index]!;
    if (storage.kind === 'slot') {
      this.store(local.type, { base: this.slotAddress(storage.slot), offset: 0 }, value);
      return;
    }
    if (storage.kind !== 'parts') throw new Error(`local ${local.name} is fixed`);
    const { first, second } = representationOf(local.type);
    storage.slots.forEach((slot, index) => {
      const { type } = index === 0 ? first : second;
      const part = index === 0 ? value.a : value.b;
      this.f.store(this.block, registerAccess(type), this.slotAddress(slot), part, 0, this.loc);
    });
  }

  readLocal(local: Local): Value {
    const storage = this.storage[local.index]!;
    switch (storage.kind) {
      case 'value': return storage.value;
      case 'slot': return this.load(local.type, { base: this.slotAddress(storage.slot), offset: 0 });
      case 'memory': return this.load(local.type, storage.address);
      case 'parts': {
        const { first, second } = representationOf(local.type);
        const read = (slot: number | undefined, type: Type) => {
          if (slot === undefined) return 0;
          return this.f.load(this.block, type, registerAccess(type), this.slotAddress(slot), 0, this.loc);
        };
        return { a: read(storage.slots[0], first.type), b: read(storage.slots[1], second.type) };
      }
    }
  }

  /** Where a local lies that is in memory; null if it is in registers. */
  localAddress(local: Local): Address | null {
    const storage = this.storage[local.index]!;
    if (storage.kind === 'slot') return { base: this.slotAddress(storage.slot), offset: 0 };
    return storage.kind === 'memory' ? storage.address : null;
  }
}

/** Bytes of a FIR value in a slot of its own. */
function registerBytes(type: Type): number {
  return type === Type.Bool ? 1 : type === Type.I32 || type === Type.F32 ? 4 : 8;
}

/** Access that stores a whole FIR value. */
function registerAccess(type: Type): Access {
  switch (type) {
    case Type.Bool: return Access.Bool;
    case Type.I32: return Access.S32;
    case Type.F32: return Access.F32;
    case Type.F64: return Access.F64;
    default: return Access.W64;
  }
}
