/**
 * Logical immediates: the 5,334 bit patterns that `and`, `orr`, `eor` and `ands` take as a constant (Arm ARM,
 * `DecodeBitMasks`). A pattern is a run of ones, rotated, repeated to fill the register. Held as two 32-bit halves.
 */

function countTrailingZeros(value: number): number {
  return value === 0 ? 32 : 31 - Math.clz32(value & -value);
}

/** The 13 bits N:immr:imms of the 64-bit pattern, or -1 if it is none. For a 32-bit one pass the low word twice. */
export function encodeBitmask(low: number, high: number): number {
  if ((low | 0) === (high | 0)) return encodeRepeated(low | 0);
  // A pattern of one 64-bit element: rotate until its run of ones starts at bit 0.
  const [firstLow, firstHigh, immr] = rotateToRun(low | 0, high | 0);
  const ones = firstLow === -1 ? 32 + countTrailingZeros(~firstHigh) : countTrailingZeros(~firstLow);
  const above = ones >= 32 ? [0, firstHigh >>> (ones - 32)] : [firstLow >>> ones, firstHigh];
  if (ones >= 32 ? above[1] !== 0 : above[0] !== 0 || above[1] !== 0) return -1;
  return (1 << 12) | (immr << 6) | (ones - 1);
}

/** A 64-bit value rotated right until bit 0 is the lowest one of a run, and immr, which rotates it back. */
function rotateToRun(low: number, high: number): [number, number, number] {
  let rotation: number;
  if (low & 1 && high < 0) {
    // The run goes across the top: it starts above the highest zero.
    const leadingOnes = high === -1 ? 32 + Math.clz32(~low) : Math.clz32(~high);
    rotation = 64 - leadingOnes;
  } else rotation = low !== 0 ? countTrailingZeros(low) : 32 + countTrailingZeros(high);
  const [a, b] = rotation & 32 ? [high, low] : [low, high];
  const by = rotation & 31;
  if (by === 0) return [a, b, (64 - rotation) & 63];
  return [(a >>> by) | (b << (32 - by)), (b >>> by) | (a << (32 - by)), (64 - rotation) & 63];
}

/** A word repeated: elements of 32, 16, 8, 4 or 2 bits. */
function encodeRepeated(word: number): number {
  if (word === 0 || word === -1) return -1;
  let size = 32;
  while (size > 2) {
    const half = size >> 1;
    const mask = (1 << half) - 1;
    if ((word & mask) !== ((word >>> half) & mask)) break;
    size = half;
  }
  const mask = size === 32 ? -1 : (1 << size) - 1;
  const element = word & mask;
  const top = 1 << (size - 1);
  let rotation = countTrailingZeros(element);
  if (element & 1 && element & top) {
    rotation = size;
    while ((element >>> (rotation - 1)) & 1) rotation--;
  }
  const back = (size - rotation) & (size - 1);
  const isInPlace = rotation === 0 || rotation === size;
  const run = isInPlace ? element : ((element >>> rotation) | (element << (size - rotation))) & mask;
  const ones = countTrailingZeros(~run);
  if (ones < 32 && run >>> ones !== 0) return -1;
  return (back << 6) | ((-2 * size) & 63) | (ones - 1);
}

/** The pattern of N:immr:imms as [low, high] words, or null where the encoding is reserved. */
export function decodeBitmask(bits: number, wide: boolean): [number, number] | null {
  const n = (bits >> 12) & 1;
  const immr = (bits >> 6) & 63;
  const imms = bits & 63;
  if (n && !wide) return null;
  const sizeBits = n ? 6 : 31 - Math.clz32(~imms & 63);
  if (sizeBits < 1) return null;
  const size = 1 << sizeBits;
  const ones = (imms & (size - 1)) + 1;
  if (ones === size) return null;
  const rotation = immr & (size - 1);
  let low = 0;
  let high = 0;
  for (let i = 0; i < 64; i++) {
    // Bit i of the result is bit (i + rotation) of the element.
    if (((i + rotation) & (size - 1)) >= ones) continue;
    if (i < 32) low |= 1 << i;
    else high |= 1 << (i - 32);
  }
  return [low, wide ? high : 0];
}
