/** Blocks in FIR. A block's deferred blocks run, last one first, on every way out of it. */
import type { Lowering } from './lowering.ts';
import type { TypedBlock } from './typed-tree.ts';

export function lowerBlock(l: Lowering, block: TypedBlock): void {
  const before = l.defers.length;
  l.within(block.span, () => {
    for (const statement of block.statements) l.lowerStatement(statement);
  });
  // Behind a `return` this is code that nothing reaches, and `finish` drops it.
  runDefers(l, before);
  l.defers.length = before;
}

/** Lowers the deferred blocks above `depth`, innermost first. Inside each only those outside it are pending. */
export function runDefers(l: Lowering, depth: number): void {
  const pending = l.defers;
  for (let index = pending.length - 1; index >= depth; index--) {
    l.defers = pending.slice(0, index);
    lowerBlock(l, pending[index]!);
  }
  l.defers = pending;
}
