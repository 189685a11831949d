/**
 * Integer and float arithmetic of FIR on 64-bit values held as two 32-bit words, as the interpreter needs it.
 *
 * Functions return the low word; those with a 64-bit result leave its high word in `high`. Common operations work on
 * the words, rare ones (division, upper halves of products, conversions) go through `BigInt`.
 */

/** High word of the last 64-bit result. */
export let high = 0;

export function add64(aLow: number, aHigh: number, bLow: number, bHigh: number): number {
  const low = (aLow >>> 0) + (bLow >>> 0);
  high = (aHigh + bHigh + (low > 0xffffffff ? 1 : 0)) | 0;
  return low | 0;
}

export function sub64(aLow: number, aHigh: number, bLow: number, bHigh: number): number {
  high = (aHigh - bHigh - ((aLow >>> 0) < (bLow >>> 0) ? 1 : 0)) | 0;
  return (aLow - bLow) | 0;
}

/** Upper 32 bits of the unsigned product. */
export function umulh32(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const carry = a0 * b1 + (middle & 0xffff);
  return (a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) | 0;
}

export function smulh32(a: number, b: number): number {
  return (umulh32(a, b) - (a < 0 ? b : 0) - (b < 0 ? a : 0)) | 0;
}

export function mul64(aLow: number, aHigh: number, bLow: number, bHigh: number): number {
  high = (umulh32(aLow, bLow) + Math.imul(aLow, bHigh) + Math.imul(aHigh, bLow)) | 0;
  return Math.imul(aLow, bLow);
}

export function signed(low: number, highWord: number): bigint {
  return (BigInt(highWord) << 32n) | BigInt(low >>> 0);
}

export function unsigned(low: number, highWord: number): bigint {
  return (BigInt(highWord >>> 0) << 32n) | BigInt(low >>> 0);
}

/** The low word of `value` modulo 2^64; its high word goes to `high`. */
export function split(value: bigint): number {
  high = Number(BigInt.asIntN(32, value >> 32n));
  return Number(BigInt.asIntN(32, value));
}

/** Sets the high word; returns the low one. */
export function words(low: number, highWord: number): number {
  high = highWord;
  return low;
}

export function shl64(low: number, highWord: number, count: number): number {
  const n = count & 63;
  if (n === 0) {
    high = highWord;
    return low;
  }
  if (n >= 32) {
    high = low << (n - 32);
    return 0;
  }
  high = (highWord << n) | (low >>> (32 - n));
  return low << n;
}

export function lshr64(low: number, highWord: number, count: number): number {
  const n = count & 63;
  if (n === 0) {
    high = highWord;
    return low;
  }
  if (n >= 32) {
    high = 0;
    return (highWord >>> (n - 32)) | 0;
  }
  high = (highWord >>> n) | 0;
  return (low >>> n) | (highWord << (32 - n));
}

export function ashr64(low: number, highWord: number, count: number): number {
  const n = count & 63;
  if (n === 0) {
    high = highWord;
    return low;
  }
  if (n >= 32) {
    high = highWord >> 31;
    return highWord >> (n - 32);
  }
  high = highWord >> n;
  return (low >>> n) | (highWord << (32 - n));
}

export function rotl64(low: number, highWord: number, count: number): number {
  const n = count & 63;
  const upperLow = shl64(low, highWord, n);
  const upperHigh = high;
  if (n === 0) return upperLow;
  const lowerLow = lshr64(low, highWord, 64 - n);
  high |= upperHigh;
  return upperLow | lowerLow;
}

export function ctz32(word: number): number {
  return word === 0 ? 32 : 31 - Math.clz32(word & -word);
}

export function popcnt32(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

export function bswap32(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

/** `value` as the nearest f32, ties to even: rounded once, which `fround` of the nearest f64 would not be. */
export function toFloat32(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  if (magnitude < 1n << 53n) return Math.fround(Number(value));
  // 24 bits decide the result: keep the upper bits and one that says whether any lower one is set.
  const kept = (magnitude >> 11n) | (magnitude & 2047n ? 1n : 0n);
  return Math.fround(Number(value < 0n ? -kept : kept)) * 2048;
}

/** Toward zero, held between `least` and `most`; NaN gives 0. */
export function saturate(value: number, least: bigint, most: bigint): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value <= Number(least)) return least;
  if (value >= Number(most)) return most;
  return BigInt(Math.trunc(value));
}
