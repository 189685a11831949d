/** Bytes of a DWARF section as they are written: fixed numbers, LEB128, texts, lengths that are known at the end. */
import { encodeUtf8 } from '../base/utf8.ts';

export class DwarfBytes {
  private readonly data: number[] = [];

  get length(): number {
    return this.data.length;
  }

  u8(value: number): this {
    this.data.push(value & 255);
    return this;
  }

  u16(value: number): this {
    return this.u8(value).u8(value >> 8);
  }

  u32(value: number): this {
    return this.u16(value).u16(value >>> 16);
  }

  /** An exact integer below 2^53. */
  u64(value: number): this {
    return this.u32(value >>> 0).u32(Math.floor(value / 0x1_0000_0000));
  }

  /** ULEB128 of an exact integer below 2^53. */
  unsigned(value: number): this {
    let rest = value;
    while (rest >= 128) {
      this.u8((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    return this.u8(rest);
  }

  /** SLEB128 of 32 bits. */
  signed(value: number): this {
    let rest = value | 0;
    for (;;) {
      const low = rest & 127;
      rest >>= 7;
      if ((rest === 0 && !(low & 64)) || (rest === -1 && low & 64)) return this.u8(low);
      this.u8(low | 128);
    }
  }

  /** SLEB128 of any integer. */
  signedBig(value: bigint): this {
    let rest = value;
    for (;;) {
      const low = Number(rest & 127n);
      rest >>= 7n;
      if ((rest === 0n && !(low & 64)) || (rest === -1n && low & 64)) return this.u8(low);
      this.u8(low | 128);
    }
  }

  text(value: string): this {
    for (const byte of encodeUtf8(value)) this.data.push(byte);
    return this.u8(0);
  }

  bytes(values: ArrayLike<number>): this {
    for (let i = 0; i < values.length; i++) this.data.push(values[i]!);
    return this;
  }

  append(other: DwarfBytes): this {
    return this.bytes(other.data);
  }

  patch32(at: number, value: number): void {
    for (let i = 0; i < 4; i++) this.data[at + i] = (value >>> (8 * i)) & 255;
  }

  /** A part behind its length of 32 bits. */
  sized(write: (part: DwarfBytes) => void): this {
    const part = new DwarfBytes();
    write(part);
    return this.u32(part.length).bytes(part.data);
  }

  take(): Uint8Array {
    return Uint8Array.from(this.data);
  }
}
