/**
 * The memory of the FIR interpreter: one byte arena at a high address, data objects first, then the stack of slots.
 *
 * Every byte knows whether it may be read and written, so an access outside its object, to a slot of a function that
 * has returned, or a write to read-only data is found at once. Objects have a gap between them that belongs to nobody.
 */
import type { Data, Module } from './module.ts';

/** Upper 32 bits of an address in the arena: a pointer that went through 32 bits is no address any more. */
export const ARENA_HIGH = 0x10;
/** Upper 32 bits of the address of a function or external symbol; the low ones are 16 × symbol index. */
export const CODE_HIGH = 0x11;
const FIRST = 0x1000;
/** Bytes between objects, in each of the two ways to choose what FIR leaves open. */
const GAPS = [16, 48];
/** Ranges up to this many bytes cannot span a gap. */
const SHORT = 16;
const READABLE = 1;
const WRITABLE = 2;
/** What a slot holds before it is written, in each of the two ways: something that shows. */
const SLOT_BYTES = [0xa5, 0x3c];

export class Memory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  private readonly rights: Uint8Array;
  /** offset of each data symbol's object, 0 for other symbols */
  private readonly offsets: Int32Array;
  /** first free offset of the stack */
  top: number;

  private readonly gap: number;
  private readonly slotByte: number;

  /** `choice`: see `InterpreterOptions` */
  constructor(private readonly module: Module, stackBytes: number, choice: 0 | 1 = 0) {
    this.gap = GAPS[choice]!;
    this.slotByte = SLOT_BYTES[choice]!;
    this.offsets = new Int32Array(module.symbols.length);
    let end = FIRST;
    module.symbols.forEach(({ data }, symbol) => {
      if (!data) return;
      end = alignUp(end + this.gap, data.align);
      this.offsets[symbol] = end;
      end += data.size;
      if (end > 2 ** 30) throw new Error('the interpreter has no room for more than 1 GiB of data');
    });
    this.top = alignUp(end + this.gap, 16);
    this.bytes = new Uint8Array(this.top + stackBytes);
    this.view = new DataView(this.bytes.buffer);
    this.rights = new Uint8Array(this.bytes.length);
    module.symbols.forEach(({ data }, symbol) => {
      if (data) this.initialise(data, this.offsets[symbol]!);
    });
  }

  private initialise(data: Data, at: number): void {
    if (data.bytes) this.bytes.set(data.bytes, at);
    for (const reference of data.references) {
      const address = this.symbolAddress(reference.symbol) + BigInt(reference.addend);
      this.view.setBigUint64(at + reference.offset, BigInt.asUintN(64, address), true);
    }
    this.rights.fill(data.writable ? READABLE | WRITABLE : READABLE, at, at + data.size);
  }

  symbolAddress(symbol: number): bigint {
    return (BigInt(this.symbolHigh(symbol)) << 32n) | BigInt(this.symbolLow(symbol));
  }

  symbolHigh(symbol: number): number {
    return this.module.symbols[symbol]!.data ? ARENA_HIGH : CODE_HIGH;
  }

  symbolLow(symbol: number): number {
    return this.module.symbols[symbol]!.data ? this.offsets[symbol]! : 16 * symbol;
  }

  /** Makes a stack object and returns its offset, or -1 if the stack is full. `release` takes it back. */
  claim(size: number, align: number): number {
    const at = alignUp(this.top + this.gap, align);
    if (at + size > this.bytes.length) return -1;
    this.bytes.fill(this.slotByte, at, at + size);
    this.rights.fill(READABLE | WRITABLE, at, at + size);
    this.top = at + size;
    return at;
  }

  /** Gives back all stack objects made since the top was `top`. */
  release(top: number): void {
    this.rights.fill(0, top, this.top);
    this.top = top;
  }

  /** May `count` bytes from arena offset `at` be read? */
  readable(at: number, count: number): boolean {
    return this.allows(at, count, READABLE);
  }

  writable(at: number, count: number): boolean {
    return this.allows(at, count, WRITABLE);
  }

  private allows(at: number, count: number, right: number): boolean {
    if (at < FIRST || at + count > this.bytes.length) return false;
    // Objects have gaps between them: a range with both ends in objects of the right may span a gap, unless it is
    // short.
    if (count <= SHORT) return (this.rights[at]! & this.rights[at + count - 1]! & right) !== 0 || count === 0;
    for (let i = at; i < at + count; i++) if ((this.rights[i]! & right) === 0) return false;
    return true;
  }
}

function alignUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}
