/** A seeded random source: the same seed gives the same numbers everywhere. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0;
  }

  /** 32 random bits, unsigned (Tommy Ettinger's mulberry32, public domain). */
  word(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** an integer, 0 <= n < limit */
  below(limit: number): number {
    return this.word() % limit;
  }

  /** an integer, least <= n <= most */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** true in `percent` of 100 cases */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}
