/** What can be said about addresses without running the program: alignment. */
import type { Func } from '../function.ts';
import { type Module, SymbolKind } from '../module.ts';
import { Op } from '../ops.ts';

/** More is never asked for. */
const MOST = 16;

/**
 * The largest power of two, up to 16, that certainly divides ptr `value`; data objects and slots say their alignment.
 */
export function alignmentOf(f: Func, module: Module, value: number): number {
  let align = MOST;
  for (let steps = 0; steps < 8; steps++) {
    switch (f.op[value]! as Op) {
      case Op.Slot: return Math.min(align, f.slots[f.a[value]!]!.align);
      case Op.Symbol: {
        const symbol = module.symbols[f.a[value]!]!;
        return symbol.kind === SymbolKind.Data ? Math.min(align, symbol.data!.align, lowestBit(f.c[value]!)) : 1;
      }
      case Op.Iconst: return Math.min(align, lowestBit(f.a[value]!));
      case Op.Ptradd:
        align = Math.min(align, factorOf(f, f.b[value]!));
        value = f.a[value]!;
        break;
      default: return 1;
    }
  }
  return 1;
}

/** The largest power of two, up to 16, that certainly divides integer `value`. */
function factorOf(f: Func, value: number): number {
  const b = f.b[value]!;
  switch (f.op[value]! as Op) {
    case Op.Iconst: return lowestBit(f.a[value]!);
    case Op.Shl: return f.op[b] === Op.Iconst ? Math.min(MOST, 1 << Math.min(4, f.a[b]! & 63)) : 1;
    case Op.Mul: case Op.And: return f.op[b] === Op.Iconst ? lowestBit(f.a[b]!) : 1;
    default: return 1;
  }
}

function lowestBit(word: number): number {
  return Math.min(MOST, (word & -word) >>> 0) || MOST;
}
