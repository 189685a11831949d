/**
 * Values that have been replaced by others. A pass notes `replace(old, by)` and reads operands through `find`; at its
 * end `apply` rewrites every operand of the function, arguments of edges included.
 */
import { grown } from '../../base/int-pool.ts';
import type { Func } from '../function.ts';

export class Replacements {
  /** what each value was replaced by, 0 for those that stand */
  private forward: Int32Array;
  private any = false;
  /** `find`, for `mapOperands` */
  readonly map = (value: number): number => this.find(value);

  constructor(private readonly f: Func) {
    this.forward = new Int32Array(f.count);
  }

  /** `by` takes the place of `old`; it may have been replaced itself. */
  replace(old: number, by: number): void {
    if (old >= this.forward.length) this.forward = grown(this.forward, this.f.count);
    this.forward[old] = by;
    this.any = true;
    this.f.debug?.replace(old, by);
  }

  /** The value that stands for `value` now. */
  find(value: number): number {
    const { forward } = this;
    let last = value;
    while (last < forward.length && forward[last] !== 0) last = forward[last]!;
    while (value !== last) {
      const next = forward[value]!;
      forward[value] = last;
      value = next;
    }
    return last;
  }

  apply(): void {
    if (!this.any) return;
    const { f, map } = this;
    for (const block of f.layout) for (let id = f.first[block]!; id; id = f.next[id]!) f.mapOperands(id, map);
  }
}
