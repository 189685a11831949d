/** Values that join where several ways of control meet. */
import { type Address, type Lowering, NO_VALUE, type Value } from './lowering.ts';
import { representationOf } from './representation.ts';
import type { TypedExpr } from './typed-tree.ts';
import type { FluxType } from './types.ts';

/** Gathers a value of `type` from several blocks in one: in block parameters, or in memory at `to`. */
export class Merge {
  readonly block: number;
  private readonly result: Value;

  constructor(private readonly l: Lowering, private readonly type: FluxType, private readonly to: Address | null) {
    this.block = l.newBlock();
    const { kind, first, second } = representationOf(type);
    this.result = to || kind === 'none' || kind === 'memory' ? NO_VALUE : {
      a: l.f.addParam(this.block, first.type, l.loc),
      b: kind === 'pair' ? l.f.addParam(this.block, second.type, l.loc) : 0,
    };
  }

  /** Computes `expr` and goes to the merge. */
  give(expr: TypedExpr): void {
    if (this.to) {
      this.l.lowerTo(expr, this.type, this.to);
      this.l.jump(this.block);
    } else this.giveValue(this.l.lowerValueAs(expr, this.type));
  }

  giveValue(value: Value): void {
    const { kind } = representationOf(this.type);
    if (kind === 'none' || this.to) this.l.jump(this.block);
    else this.l.jump(this.block, kind === 'pair' ? [value.a, value.b] : [value.a]);
  }

  /** Goes on behind the merge. */
  end(): Value {
    this.l.start(this.block);
    return this.result;
  }
}
