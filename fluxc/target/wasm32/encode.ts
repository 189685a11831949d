/**
 * WebAssembly's binary format: numbers, sections, and the instructions that we use, by their names in the text format.
 *
 * Source: WebAssembly Core Specification 2.0, chapter 5.
 */

/** Types of values (5.3.1). */
export const enum ValueType { I32 = 0x7f, I64 = 0x7e, F32 = 0x7d, F64 = 0x7c }

/** A block without parameters and results. */
export const EMPTY_BLOCK = 0x40;
export const FUNCTION_REFERENCE = 0x70;

export const enum SectionId { Type = 1, Import, Function, Table, Memory, Global, Export, Start, Element, Code, Data }

/** Codes of instructions, by name (5.4). Those behind 0xFC have two parts. */
const CODES: Record<string, readonly number[]> = {
  unreachable: [0x00], block: [0x02], loop: [0x03], if: [0x04], else: [0x05], end: [0x0b], br: [0x0c], br_if: [0x0d],
  br_table: [0x0e], return: [0x0f], call: [0x10], call_indirect: [0x11], drop: [0x1a], select: [0x1b],
  'local.get': [0x20], 'local.set': [0x21], 'local.tee': [0x22], 'global.get': [0x23], 'global.set': [0x24],
  'i32.const': [0x41], 'i64.const': [0x42], 'f32.const': [0x43], 'f64.const': [0x44],
  'memory.copy': [0xfc, 10], 'memory.fill': [0xfc, 11],
};

/** Instructions whose codes follow one another, from the first on. */
const RUNS: readonly (readonly [number, string])[] = [
  [0x28, `i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u i64.load8_s i64.load8_u
    i64.load16_s i64.load16_u i64.load32_s i64.load32_u i32.store i64.store f32.store f64.store i32.store8 i32.store16
    i64.store8 i64.store16 i64.store32`],
  [0x45, `i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u
    i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u
    f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.eq f64.ne f64.lt f64.gt f64.le f64.ge
    i32.clz i32.ctz i32.popcnt i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u i32.and i32.or i32.xor
    i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr
    i64.clz i64.ctz i64.popcnt i64.add i64.sub i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u i64.and i64.or i64.xor
    i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr
    f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt f32.add f32.sub f32.mul f32.div f32.min f32.max
    f32.copysign
    f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt f64.add f64.sub f64.mul f64.div f64.min f64.max
    f64.copysign
    i32.wrap_i64 i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u i64.extend_i32_s i64.extend_i32_u
    i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s
    f32.convert_i64_u f32.demote_f64 f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u
    f64.promote_f32 i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64
    i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s`],
];
for (const [first, names] of RUNS) names.split(/\s+/).forEach((name, index) => (CODES[name] = [first + index]));
`i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u
 i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u`
  .split(/\s+/).forEach((name, index) => (CODES[name] = [0xfc, index]));

/** Bytes that grow at their end. */
export class Bytes {
  private data = new Uint8Array(64);
  length = 0;

  byte(value: number): this {
    if (this.length === this.data.length) {
      const bigger = new Uint8Array(2 * this.length);
      bigger.set(this.data);
      this.data = bigger;
    }
    this.data[this.length++] = value;
    return this;
  }

  bytes(values: ArrayLike<number>): this {
    for (let i = 0; i < values.length; i++) this.byte(values[i]!);
    return this;
  }

  /** An unsigned number of at most 32 bits, LEB128. */
  unsigned(value: number): this {
    let rest = value >>> 0;
    while (rest >= 128) {
      this.byte((rest & 127) | 128);
      rest >>>= 7;
    }
    return this.byte(rest);
  }

  /** A signed number of 64 bits in two halves, LEB128; of 32 bits if `high` is the sign of `low`. */
  signed(low: number, high = low >> 31): this {
    for (;;) {
      const seven = low & 127;
      low = (low >>> 7) | (high << 25);
      high >>= 7;
      const isLast = (low === 0 && high === 0 && !(seven & 64)) || (low === -1 && high === -1 && (seven & 64) !== 0);
      if (isLast) return this.byte(seven);
      this.byte(seven | 128);
    }
  }

  word(value: number): this {
    return this.byte(value & 255).byte((value >> 8) & 255).byte((value >> 16) & 255).byte(value >>> 24);
  }

  /** A name: its length, then its bytes. */
  name(text: Uint8Array): this {
    return this.unsigned(text.length).bytes(text);
  }

  /** Another's bytes behind their length. */
  sized(content: Bytes): this {
    return this.unsigned(content.length).bytes(content.take());
  }

  take(): Uint8Array {
    return this.data.subarray(0, this.length);
  }
}

/** The body of a function as it is written. */
export class Body extends Bytes {
  op(name: string): this {
    const code = CODES[name];
    if (!code) throw new Error(`no WebAssembly instruction is called ${name}`);
    return this.bytes(code);
  }

  get(local: number): this {
    return this.op('local.get').unsigned(local);
  }

  set(local: number): this {
    return this.op('local.set').unsigned(local);
  }

  i32(value: number): this {
    return this.op('i32.const').signed(value | 0);
  }

  i64(low: number, high = low >> 31): this {
    return this.op('i64.const').signed(low | 0, high | 0);
  }

  /** A load or store: `log2` of an alignment that is promised (none), and an offset. */
  access(name: string, offset: number): this {
    return this.op(name).unsigned(0).unsigned(offset);
  }
}
