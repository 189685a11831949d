/**
 * A growable array of 32-bit integers: the one storage class of the compiler's intermediate forms.
 *
 * Typed arrays build and read several times faster than arrays of objects, in V8 and in QuickJS alike, and the garbage
 * collector never looks inside them. `data` is replaced when it grows: read it again after every `push`.
 */
export class IntPool {
  data: Int32Array;
  length = 0;

  constructor(capacity = 64) {
    this.data = new Int32Array(capacity);
  }

  /** Appends one integer and returns its index. */
  push(value: number): number {
    const index = this.length;
    if (index === this.data.length) this.grow(index + 1);
    this.data[index] = value;
    this.length = index + 1;
    return index;
  }

  /** Appends `count` zeros and returns the index of the first. */
  reserve(count: number): number {
    const index = this.length;
    if (index + count > this.data.length) this.grow(index + count);
    this.data.fill(0, index, index + count);
    this.length = index + count;
    return index;
  }

  at(index: number): number {
    return this.data[index]!;
  }

  clear(): void {
    this.length = 0;
  }

  private grow(least: number): void {
    const bigger = new Int32Array(Math.max(least, this.data.length * 2));
    bigger.set(this.data);
    this.data = bigger;
  }
}

/** `array` itself if it holds `length` items, else a copy of at least twice its size. */
export function grown<T extends Int32Array | Uint8Array | Uint16Array>(array: T, length: number): T {
  if (length <= array.length) return array;
  const bigger = new (array.constructor as new (size: number) => T)(Math.max(length, array.length * 2));
  bigger.set(array);
  return bigger;
}
