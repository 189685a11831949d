/**
 * `expand-memory`: memcopy and memfill become loads and stores, or a loop of them where the length is long or unknown.
 *
 * aux of both is the alignment in bytes that both addresses are known to have (0: none). Accesses are as wide as that and
 * no wider, because memory may not take unaligned ones (ARM before the MMU is on).
 */
import type { Func } from '../function.ts';
import { Access, Cond, Op } from '../ops.ts';
import { Type } from '../types.ts';

/** Longest run of single accesses; more is a loop. */
const UNROLLED = 16;

export function expandMemory(f: Func): void {
  for (const block of f.layout.slice()) {
    for (let id = f.first[block]!; id; ) {
      const next = f.next[id]!;
      const op = f.op[id]!;
      if (op === Op.Memcopy || op === Op.Memfill) expand(f, id, op === Op.Memfill);
      id = next;
    }
  }
}

function expand(f: Func, id: number, fills: boolean): void {
  const length = f.c[id]!;
  const align = Math.max(1, f.aux[id]!);
  const constant = f.op[length] === Op.Iconst && f.b[length] === 0 ? f.a[length]! : -1;
  if (constant >= 0) {
    const steps = widths(constant, Math.min(align, 8));
    if (steps.length <= UNROLLED) {
      unroll(f, id, steps, fills);
      return;
    }
  }
  const width = constant >= 0 && constant % Math.min(align, 8) === 0 ? Math.min(align, 8) : 1;
  loop(f, id, width, fills);
}

/** The widths of the accesses that cover `length` bytes, widest first. */
function widths(length: number, widest: number): number[] {
  const steps: number[] = [];
  for (let width = widest; width >= 1; width >>= 1) {
    while (length >= width && steps.length <= UNROLLED) {
      steps.push(width);
      length -= width;
    }
  }
  return steps;
}

function accessOf(width: number): { access: Access; type: Type } {
  if (width === 8) return { access: Access.W64, type: Type.I64 };
  return { access: width === 4 ? Access.U32 : width === 2 ? Access.U16 : Access.U8, type: Type.I32 };
}

function unroll(f: Func, id: number, steps: number[], fills: boolean): void {
  const loc = f.loc[id]!;
  const before = (op: Op, type: Type, a: number, b: number, c: number, aux: number) => {
    const made = f.make(op, type, a, b, c, aux, loc);
    f.placeBefore(made, id);
    return made;
  };
  const pattern = fills ? repeated(f, id, Math.max(1, ...steps)) : null;
  let offset = 0;
  for (const width of steps) {
    const { access, type } = accessOf(width);
    const value = pattern ? pattern(width) : before(Op.Load, type, f.b[id]!, 0, offset, access);
    before(Op.Store, Type.Void, f.a[id]!, value, offset, access);
    offset += width;
  }
  f.remove(id);
}

/** The byte of a memfill in every byte of a wider value, made before it. */
function repeated(f: Func, id: number, widest: number): (width: number) => number {
  const loc = f.loc[id]!;
  const before = (op: Op, type: Type, a: number, b = 0) => {
    const made = f.make(op, type, a, b, 0, 0, loc);
    f.placeBefore(made, id);
    return made;
  };
  const constant = (type: Type, low: number, high: number) => before(Op.Iconst, type, low, high);
  const byte = before(Op.And, Type.I32, f.b[id]!, constant(Type.I32, 0xff, 0));
  const word = widest > 1 ? before(Op.Mul, Type.I32, byte, constant(Type.I32, 0x01010101, 0)) : byte;
  const wide = widest > 4 ? before(Op.Mul, Type.I64, before(Op.Zext, Type.I64, byte), constant(Type.I64, 0x01010101, 0x01010101)) : word;
  return (width) => (width === 8 ? wide : word);
}

/** Splits the block at `id`: … jump to head(0); head(i): if i < length go to body, else to the rest. */
function loop(f: Func, id: number, width: number, fills: boolean): void {
  const loc = f.loc[id]!;
  const block = f.block[id]!;
  const { access, type } = accessOf(width);
  const pattern = fills ? repeated(f, id, width)(width) : 0;
  const head = f.addBlock();
  const body = f.addBlock();
  const rest = f.addBlock();
  const [to, from, length] = [f.a[id]!, f.b[id]!, f.c[id]!];
  for (let moved = f.next[id]!; moved; ) {
    const next = f.next[moved]!;
    f.remove(moved);
    f.place(moved, rest);
    moved = next;
  }
  f.remove(id);
  f.jump(block, head, [f.iconst(block, Type.I64, 0, 0, loc)], loc);
  const index = f.addParam(head, Type.I64, loc);
  f.brif(head, f.icmp(head, Cond.Ult, index, length, loc), body, rest, loc);
  const target = f.append(body, Op.Ptradd, Type.Ptr, to, index, 0, 0, loc);
  const value = fills ? pattern : f.load(body, type, access, f.append(body, Op.Ptradd, Type.Ptr, from, index, 0, 0, loc), 0, loc);
  f.store(body, access, target, value, 0, loc);
  const next = f.append(body, Op.Add, Type.I64, index, f.iconst(body, Type.I64, width, 0, loc), 0, 0, loc);
  f.jump(body, head, [next], loc);
}
