/**
 * `expand-memory`: memcopy and memfill become loads and stores if they are short and their length is known, else a
 * call of a function that is added to the module on first use (`fir.memcopy`, `fir.memfill`).
 *
 * aux of both is the alignment in bytes that lowering knows both addresses to have (0: none); what the addresses show
 * themselves counts too. Accesses are as wide as that and no wider, because memory may not take unaligned ones (ARM
 * before the MMU is on). A naked function cannot call, so it gets a loop of its own.
 */
import { alignmentOf } from '../analysis/addresses.ts';
import { Func } from '../function.ts';
import type { Module } from '../module.ts';
import { Access, Cond, Op } from '../ops.ts';
import { Type } from '../types.ts';

/** Most single accesses; more is a call. */
const UNROLLED = 8;

export function expandMemory(f: Func, module: Module): void {
  for (const block of f.layout.slice()) {
    for (let id = f.first[block]!; id;) {
      const next = f.next[id]!;
      if (f.op[id] === Op.Memcopy || f.op[id] === Op.Memfill) expand(f, module, id, f.op[id] === Op.Memfill);
      id = next;
    }
  }
}

function expand(f: Func, module: Module, id: number, fills: boolean): void {
  const length = f.c[id]!;
  const shown = Math.min(alignmentOf(f, module, f.a[id]!), fills ? 16 : alignmentOf(f, module, f.b[id]!));
  const align = Math.min(8, Math.max(1, f.aux[id]!, shown));
  const known = f.op[length] === Op.Iconst && f.b[length] === 0 && f.a[length]! >= 0;
  const steps = known ? widths(f.a[length]!, align) : null;
  if (steps && steps.length <= UNROLLED) unroll(f, id, steps, fills);
  else if (f.attributes.naked) loop(f, id, known && f.a[length]! % align === 0 ? align : 1, fills);
  else callHelper(f, module, id, fills);
}

/** The widths of the accesses that cover `length` bytes, widest first; stops when they are too many. */
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

function before(f: Func, id: number, op: Op, type: Type, a: number, b = 0, c = 0, aux = 0): number {
  const made = f.make(op, type, a, b, c, aux, f.loc[id]!);
  f.placeBefore(made, id);
  return made;
}

function unroll(f: Func, id: number, steps: number[], fills: boolean): void {
  const pattern = fills ? repeated(f, id, Math.max(1, ...steps)) : null;
  let offset = 0;
  for (const width of steps) {
    const { access, type } = accessOf(width);
    const value = pattern ? pattern(width) : before(f, id, Op.Load, type, f.b[id]!, 0, offset, access);
    before(f, id, Op.Store, Type.Void, f.a[id]!, value, offset, access);
    offset += width;
  }
  f.remove(id);
}

/** The byte of a memfill in every byte of a value of up to `widest` bytes, made before it. */
function repeated(f: Func, id: number, widest: number): (width: number) => number {
  const byte = f.b[id]!;
  // A store of one byte takes the low one anyway.
  if (widest === 1) return () => byte;
  if (f.op[byte] === Op.Iconst) {
    const word = Math.imul(f.a[byte]! & 255, 0x01010101);
    const narrow = before(f, id, Op.Iconst, Type.I32, word, word >> 31);
    const wide = widest === 8 ? before(f, id, Op.Iconst, Type.I64, word, word) : narrow;
    return (width) => (width === 8 ? wide : narrow);
  }
  const low = before(f, id, Op.And, Type.I32, byte, before(f, id, Op.Iconst, Type.I32, 0xff, 0));
  const ones = (type: Type) => before(f, id, Op.Iconst, type, 0x01010101, type === Type.I64 ? 0x01010101 : 0);
  const word = before(f, id, Op.Mul, Type.I32, low, ones(Type.I32));
  if (widest <= 4) return () => word;
  const wide = before(f, id, Op.Mul, Type.I64, before(f, id, Op.Zext, Type.I64, low), ones(Type.I64));
  return (width) => (width === 8 ? wide : word);
}

/** Splits the block at `id` and copies or fills in between, `width` bytes a turn. */
function loop(f: Func, id: number, width: number, fills: boolean): void {
  const loc = f.loc[id]!;
  const block = f.block[id]!;
  const [to, from, length] = [f.a[id]!, f.b[id]!, f.c[id]!];
  const value = fills ? repeated(f, id, width)(width) : 0;
  const rest = f.addBlock();
  while (f.next[id]!) {
    const moved = f.next[id]!;
    f.detach(moved);
    f.place(moved, rest);
  }
  f.remove(id);
  const start = f.iconst(block, Type.I64, 0, 0, loc);
  const head = countedLoop(f, { to, from, length, width, count: 1, value, rest });
  f.jump(block, head, [start], loc);
}

interface CountedLoop {
  to: number;
  from: number;
  /** bytes; a multiple of `width` × `count` */
  length: number;
  width: number;
  /** accesses a turn */
  count: number;
  /** what is stored; 0: what is loaded at `from` */
  value: number;
  /** block that follows; gets the count of bytes done if it has a parameter */
  rest: number;
}

/** A loop over memory; returns its head, which takes the count of bytes done. */
function countedLoop(f: Func, { to, from, length, width, count, value, rest }: CountedLoop): number {
  const { access, type } = accessOf(width);
  const head = f.addBlock();
  const body = f.addBlock();
  const index = f.addParam(head, Type.I64);
  const more = f.icmp(head, Cond.Ult, index, length);
  const passed = f.params[rest]!.length ? [index] : [];
  f.append(head, Op.Brif, Type.Void, more, f.edge(body), f.edge(rest, passed));
  const target = f.append(body, Op.Ptradd, Type.Ptr, to, index);
  const source = value ? 0 : f.append(body, Op.Ptradd, Type.Ptr, from, index);
  for (let offset = 0; offset < count * width; offset += width) {
    f.store(body, access, target, value || f.load(body, type, access, source, offset), offset);
  }
  f.jump(body, head, [f.append(body, Op.Add, Type.I64, index, f.iconst(body, Type.I64, count * width))]);
  return head;
}

// ---- the functions for what is long ----

function callHelper(f: Func, module: Module, id: number, fills: boolean): void {
  const name = fills ? 'fir.memfill' : 'fir.memcopy';
  let symbol = module.find(name);
  if (symbol === undefined || !module.symbols[symbol]!.func) {
    symbol = module.defineFunction(name, makeHelper(name, fills), 0);
  }
  const { params, results } = module.symbols[symbol]!.func!.signature;
  const args = f.list([f.a[id]!, f.b[id]!, f.c[id]!]);
  before(f, id, Op.Call, Type.Void, symbol, args, 3, module.signature(params, results));
  f.remove(id);
}

/** Whole words while both addresses are aligned to them, eight a turn as long as there are so many, then bytes. */
function makeHelper(name: string, fills: boolean): Func {
  const f = new Func(name, { params: [Type.Ptr, fills ? Type.I32 : Type.Ptr, Type.I64], results: [] });
  const entry = f.addBlock();
  const [to, from, length] = f.signature.params.map((type) => f.addParam(entry, type)) as [number, number, number];
  const emit = (op: Op, type: Type, a: number, b = 0, c = 0) => f.append(entry, op, type, a, b, c);
  const toBits = emit(Op.Bitcast, Type.I64, to);
  const bits = fills ? toBits : emit(Op.Or, Type.I64, toBits, emit(Op.Bitcast, Type.I64, from));
  const odd = emit(Op.And, Type.I64, bits, f.iconst(entry, Type.I64, 7));
  const aligned = f.icmp(entry, Cond.Eq, odd, f.iconst(entry, Type.I64, 0));
  const words = emit(Op.And, Type.I64, length, f.iconst(entry, Type.I64, -8));
  const limit = emit(Op.Select, Type.I64, aligned, words, f.iconst(entry, Type.I64, 0));
  let word = 0;
  let byte = 0;
  if (fills) {
    byte = emit(Op.And, Type.I32, from, f.iconst(entry, Type.I32, 0xff));
    word = emit(Op.Mul, Type.I64, emit(Op.Zext, Type.I64, byte), f.iconst(entry, Type.I64, 0x01010101, 0x01010101));
  }
  const done = f.addBlock();
  f.ret(done);
  const turns = emit(Op.And, Type.I64, limit, f.iconst(entry, Type.I64, -64));
  const tail = countedLoop(f, { to, from, length, width: 1, count: 1, value: byte, rest: done });
  const middle = countedLoop(f, { to, from, length: limit, width: 8, count: 1, value: word, rest: tail });
  const head = countedLoop(f, { to, from, length: turns, width: 8, count: 8, value: word, rest: middle });
  f.jump(entry, head, [f.iconst(entry, Type.I64, 0)]);
  return f;
}
