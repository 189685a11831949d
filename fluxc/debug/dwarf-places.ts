/**
 * `.debug_loclists` and `.debug_rnglists`: where variables are while which code runs, and which code a block of the document became.
 *
 * Source: DWARF 5, sections 2.5, 2.6, 2.17.3, 7.7, 7.25 and 7.28.
 */
import type { LocatedPiece, LocatedRange, Place } from '../target/machine/variable-places.ts';
import type { Unwinding } from '../target/machine/target.ts';
import { DwarfBytes } from './dwarf-bytes.ts';

const enum Operation {
  Addr = 0x03, Deref = 0x06, Const8u = 0x0e, PlusUconst = 0x23, Reg0 = 0x50, Breg0 = 0x70, Regx = 0x90, Fbreg = 0x91, Bregx = 0x92,
  Piece = 0x93, CallFrameCfa = 0x9c, ImplicitValue = 0x9e, StackValue = 0x9f,
}
const OFFSET_PAIR = 0x04;
const END_OF_LIST = 0x00;
/** of both sections, behind the length: version, size of addresses, size of selectors, number of offsets */
const HEADER = 12;

/** The base of frames: the stack pointer of the caller. */
export function frameBase(): DwarfBytes {
  return new DwarfBytes().u8(Operation.CallFrameCfa);
}

export class Places {
  private readonly locations = new DwarfBytes();
  private readonly ranges = new DwarfBytes();

  /** `base`: address that offsets in lists count from. `addressOf`: of a symbol, null if it is not in the image. */
  constructor(
    private readonly base: number, private readonly unwinding: Unwinding, private readonly addressOf: (symbol: string) => number | null,
  ) {}

  /** A list of locations of a function at `address`; its place in the section, or the one expression that always holds. */
  list(address: number, size: number, ranges: readonly LocatedRange[]): number | DwarfBytes | null {
    const known: { from: number; to: number; expression: DwarfBytes }[] = [];
    for (const { from, to, pieces } of ranges) {
      const expression = this.expression(pieces);
      if (expression) known.push({ from, to, expression });
    }
    if (known.length === 0) return null;
    if (known.length === 1 && known[0]!.from === 0 && known[0]!.to === size) return known[0]!.expression;
    const at = HEADER + this.locations.length;
    for (const { from, to, expression } of known) {
      this.locations.u8(OFFSET_PAIR).unsigned(address - this.base + from).unsigned(address - this.base + to);
      this.locations.unsigned(expression.length).append(expression);
    }
    this.locations.u8(END_OF_LIST);
    return at;
  }

  /** A list of ranges of addresses, as pairs; its place in the section. */
  rangeList(pairs: readonly number[]): number {
    const at = HEADER + this.ranges.length;
    for (let i = 0; i < pairs.length; i += 2) this.ranges.u8(OFFSET_PAIR).unsigned(pairs[i]! - this.base).unsigned(pairs[i + 1]! - this.base);
    this.ranges.u8(END_OF_LIST);
    return at;
  }

  sections(): { locations: Uint8Array; ranges: Uint8Array } {
    const whole = (lists: DwarfBytes) => new DwarfBytes().sized((out) => out.u16(5).u8(8).u8(0).u32(0).append(lists)).take();
    return { locations: whole(this.locations), ranges: whole(this.ranges) };
  }

  /** Where the pieces are, null if no one knows of any. */
  expression(pieces: readonly LocatedPiece[]): DwarfBytes | null {
    const known = pieces.filter(({ place }) => this.isThere(place)).sort((a, b) => a.offset - b.offset);
    if (known.length === 0) return null;
    const out = new DwarfBytes();
    if (pieces.length === 1 && known[0]!.offset === 0) {
      this.place(out, known[0]!.place, known[0]!.bytes);
      return out;
    }
    let at = 0;
    for (const { offset, bytes, place } of known) {
      if (offset < at) continue;
      if (offset > at) out.u8(Operation.Piece).unsigned(offset - at);
      this.place(out, place, bytes);
      out.u8(Operation.Piece).unsigned(bytes);
      at = offset + bytes;
    }
    return out;
  }

  private isThere(place: Place): boolean {
    if (place.kind === 'symbol') return this.addressOf(place.name) !== null;
    return place.kind !== 'memory' || this.isThere(place.address);
  }

  private place(out: DwarfBytes, place: Place, bytes: number): void {
    switch (place.kind) {
      case 'register': {
        const number = this.unwinding.numbers[place.register]!;
        if (number < 32) out.u8(Operation.Reg0 + number);
        else out.u8(Operation.Regx).unsigned(number);
        return;
      }
      case 'frame': this.frame(out, place.offset); return;
      case 'frameAddress':
        this.frame(out, place.offset);
        out.u8(Operation.StackValue);
        return;
      case 'constant': {
        const words = new DwarfBytes().u32(place.low >>> 0).u32(place.high >>> 0).take();
        out.u8(Operation.ImplicitValue).unsigned(Math.min(bytes, 8)).bytes(words.subarray(0, bytes));
        return;
      }
      case 'symbol': this.address(out, place, 0); out.u8(Operation.StackValue); return;
      case 'memory': this.address(out, place.address, place.at); return;
    }
  }

  /** Puts the address that is at `place`, and `at` bytes, on the stack of the expression. */
  private address(out: DwarfBytes, place: Place, at: number): void {
    switch (place.kind) {
      case 'register': {
        const number = this.unwinding.numbers[place.register]!;
        if (number < 32) out.u8(Operation.Breg0 + number).signed(at);
        else out.u8(Operation.Bregx).unsigned(number).signed(at);
        return;
      }
      case 'symbol': out.u8(Operation.Addr).u64(this.addressOf(place.name)! + place.addend + at); return;
      case 'frameAddress': this.frame(out, place.offset + at); return;
      case 'constant': out.u8(Operation.Const8u).u32(place.low >>> 0).u32(place.high >>> 0); break;
      case 'frame':
        this.frame(out, place.offset);
        out.u8(Operation.Deref);
        break;
      case 'memory':
        this.address(out, place.address, place.at);
        out.u8(Operation.Deref);
        break;
    }
    if (at > 0) out.u8(Operation.PlusUconst).unsigned(at);
  }

  private frame(out: DwarfBytes, offset: number): void {
    out.u8(Operation.Fbreg).signed(offset - this.unwinding.recordOffset);
  }

  /** An object in the image, of which only parts may be left. */
  object(parts: readonly { offset: number; bytes: number; address: number }[], size: number): DwarfBytes {
    const out = new DwarfBytes();
    let at = 0;
    for (const { offset, bytes, address } of parts) {
      if (offset > at) out.u8(Operation.Piece).unsigned(offset - at);
      out.u8(Operation.Addr).u64(address);
      if (offset === 0 && bytes >= size) return out;
      out.u8(Operation.Piece).unsigned(bytes);
      at = offset + bytes;
    }
    return out;
  }
}
