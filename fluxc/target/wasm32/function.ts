/**
 * One FIR function as a WebAssembly function: a value is a local, but for what is written in the place of its only use.
 *
 * Addresses and handles are 64-bit integers, as everywhere: a struct with pointers has one layout on all targets, and only an
 * access cuts its address to 32 bits. The function's slots lie in one frame on a stack in linear memory.
 */
import type { Func } from '../../fir/function.ts';
import type { Signature } from '../../fir/module.ts';
import { Access, ACCESS_MASK, Cond, hasEffect, Effect, Op, OPS } from '../../fir/ops.ts';
import { Type } from '../../fir/types.ts';
import { Body, ValueType } from './encode.ts';
import { type Contents, writeStructure } from './structure.ts';

/** What a function needs of its module. */
export interface ModuleContext {
  functionIndex(symbol: number): number;
  /** of a function: its place in the table; of data: its address */
  addressOf(symbol: number): number;
  typeIndex(signature: Signature): number;
  signature(index: number): Signature;
  /** index of a function that this back end adds */
  helper(name: string): number;
  /** global with the top of the stack */
  stackPointer: number;
}

export function valueType(type: Type): ValueType {
  switch (type) {
    case Type.I32: case Type.Bool: return ValueType.I32;
    case Type.F32: return ValueType.F32;
    case Type.F64: return ValueType.F64;
    default: return ValueType.I64;
  }
}

const PREFIX: Record<number, string> = {
  [ValueType.I32]: 'i32', [ValueType.I64]: 'i64', [ValueType.F32]: 'f32', [ValueType.F64]: 'f64',
};

function prefix(type: Type): string {
  return PREFIX[valueType(type)]!;
}

/** FIR operations that are one instruction of the type of their result. */
const PLAIN: Partial<Record<Op, string>> = {
  [Op.Add]: 'add', [Op.Sub]: 'sub', [Op.Mul]: 'mul', [Op.And]: 'and', [Op.Or]: 'or', [Op.Xor]: 'xor', [Op.Shl]: 'shl',
  [Op.Lshr]: 'shr_u', [Op.Ashr]: 'shr_s', [Op.Rotl]: 'rotl', [Op.Clz]: 'clz', [Op.Ctz]: 'ctz', [Op.Popcnt]: 'popcnt',
  [Op.Ptradd]: 'add', [Op.Fadd]: 'add', [Op.Fsub]: 'sub', [Op.Fmul]: 'mul', [Op.Fdiv]: 'div', [Op.Fneg]: 'neg',
  [Op.Fabs]: 'abs', [Op.Fsqrt]: 'sqrt', [Op.Sext8]: 'extend8_s', [Op.Sext16]: 'extend16_s',
};
const CONDITIONS = ['eq', 'ne', 'lt_s', 'ge_s', 'gt_s', 'le_s', 'lt_u', 'ge_u', 'gt_u', 'le_u'];
const FLOAT_CONDITIONS = ['eq', 'ne', 'lt', 'ge', 'gt', 'le'];

/** Longest chain of values that are written in the place of their use. */
const DEEPEST = 48;
/** A `switch` becomes a table if at least one of so many entries is a case. */
const SPARSEST = 4;

export function writeFunction(f: Func, context: ModuleContext): Body {
  return new FunctionWriter(f, context).write();
}

class FunctionWriter implements Contents {
  private readonly out = new Body();
  /** by value: its local, -1 for none */
  private readonly local: Int32Array;
  /** by value: 1 if it is written in the place of its use */
  private readonly isInline: Uint8Array;
  private readonly slotOffset: number[] = [];
  private frameBytes = 0;
  private frame = -1;
  private readonly locals: ValueType[] = [];

  constructor(private readonly f: Func, private readonly context: ModuleContext) {
    this.local = new Int32Array(f.count).fill(-1);
    this.isInline = new Uint8Array(f.count);
    this.layOutFrame();
    this.chooseInline();
    this.numberLocals();
  }

  write(): Body {
    const { out, frameBytes } = this;
    if (frameBytes > 0) {
      out.op('global.get').unsigned(this.context.stackPointer).i32(frameBytes).op('i32.sub').op('local.tee').unsigned(this.frame);
      out.op('global.set').unsigned(this.context.stackPointer);
    }
    writeStructure(this.f, out, this, () => this.newLocal(ValueType.I32));
    // Every way out returned or trapped; the validator does not know.
    out.op('unreachable').op('end');
    const body = new Body();
    body.unsigned(this.locals.length);
    for (const type of this.locals) body.unsigned(1).byte(type);
    return body.bytes(out.take()) as Body;
  }

  private layOutFrame(): void {
    let at = 0;
    for (const { size, align } of this.f.slots) {
      at = Math.ceil(at / align) * align;
      this.slotOffset.push(at);
      at += size;
    }
    this.frameBytes = Math.ceil(at / 16) * 16;
  }

  /** What has no effect and one use, in its own block, and every constant: no local for these. */
  private chooseInline(): void {
    const { f } = this;
    const uses = new Int32Array(f.count);
    const depth = new Uint8Array(f.count);
    const isForeign = new Uint8Array(f.count);
    for (const block of f.layout) {
      for (let id = f.first[block]!; id; id = f.next[id]!) {
        f.forEachOperand(id, (value) => {
          uses[value]!++;
          if (f.block[value] !== block) isForeign[value] = 1;
        });
      }
    }
    for (const block of f.layout) {
      for (let id = f.first[block]!; id; id = f.next[id]!) {
        const op = f.op[id]! as Op;
        if (op === Op.Iconst || op === Op.Fconst || op === Op.Symbol || op === Op.Slot) this.isInline[id] = 1;
        else if (uses[id] === 1 && !isForeign[id] && isPure(op)) {
          let deepest = 0;
          f.forEachOperand(id, (value) => (deepest = Math.max(deepest, this.isInline[value] ? depth[value]! : 0)));
          if (deepest < DEEPEST) {
            this.isInline[id] = 1;
            depth[id] = deepest + 1;
          }
        }
      }
    }
  }

  private newLocal(type: ValueType): number {
    return this.f.signature.params.length + this.locals.push(type) - 1;
  }

  private numberLocals(): void {
    const { f } = this;
    f.params[0]!.forEach((param, index) => (this.local[param] = index));
    for (const block of f.layout) {
      if (block !== 0) for (const param of f.params[block]!) this.local[param] = this.newLocal(valueType(f.type[param]!));
      for (let id = f.first[block]!; id; id = f.next[id]!) {
        if (f.type[id] !== Type.Void && !this.isInline[id]) this.local[id] = this.newLocal(valueType(f.type[id]!));
      }
    }
    if (this.frameBytes > 0) this.frame = this.newLocal(ValueType.I32);
  }

  // ---- what the structure asks for ----

  block(block: number): void {
    const { f } = this;
    const end = f.terminator(block);
    for (let id = f.first[block]!; id && id !== end; id = f.next[id]!) if (!this.isInline[id]) this.instruction(id);
  }

  subject(terminator: number): void {
    this.push(this.f.a[terminator]!);
  }

  pass(edge: number): void {
    const { f } = this;
    const params = f.params[f.edgeTarget(edge)]!;
    // All are pushed before any is set, so none is overwritten before it was read.
    params.forEach((_, index) => this.push(f.edgeArgument(edge, index)));
    for (let i = params.length - 1; i >= 0; i--) this.out.set(this.local[params[i]!]!);
  }

  end(terminator: number): void {
    const { f, out } = this;
    if (f.op[terminator] === Op.Trap) return this.trap(f.aux[terminator]!);
    for (let i = 0; i < f.c[terminator]!; i++) this.push(f.extra.at(f.b[terminator]! + i));
    if (this.frameBytes > 0) {
      out.get(this.frame).i32(this.frameBytes).op('i32.add').op('global.set').unsigned(this.context.stackPointer);
    }
    out.op('return');
  }

  choose(terminator: number): void {
    const { f, out } = this;
    const subject = f.a[terminator]!;
    const isWide = valueType(f.type[subject]!) === ValueType.I64;
    const count = f.c[terminator]!;
    const cases = Array.from({ length: count }, (_, index) => {
      const at = f.b[terminator]! + 1 + 3 * index;
      return { low: f.extra.at(at), high: f.extra.at(at + 1), label: index + 1 };
    });
    const isNarrow = cases.every(({ low, high }) => high === low >> 31);
    const least = cases.reduce((least, { low }) => Math.min(least, low), Infinity);
    const span = cases.reduce((most, { low }) => Math.max(most, low), -Infinity) - least + 1;
    if (count > 0 && isNarrow && span <= SPARSEST * count + SPARSEST) {
      if (isWide) {
        // Beyond the table, also in the upper half: the default.
        this.push(subject);
        out.i64(least).op('i64.sub').i64(span).op('i64.ge_u').op('br_if').unsigned(0);
      }
      this.push(subject);
      if (isWide) out.op('i32.wrap_i64');
      out.i32(least).op('i32.sub').op('br_table').unsigned(span);
      const labels = new Array<number>(span).fill(0);
      for (const { low, label } of cases) labels[low - least] = label;
      for (const label of [...labels, 0]) out.unsigned(label);
      return;
    }
    for (const { low, high, label } of cases) {
      this.push(subject);
      if (isWide) out.i64(low, high).op('i64.eq');
      else out.i32(low).op('i32.eq');
      out.op('br_if').unsigned(label);
    }
    out.op('br').unsigned(0);
  }

  // ---- instructions ----

  private trap(code: number): void {
    this.out.i32(code).op('call').unsigned(this.context.helper('trap')).op('unreachable');
  }

  /** Pushes a value: reads its local, or computes it here. */
  private push(value: number): void {
    if (this.isInline[value]) this.compute(value);
    else this.out.get(this.local[value]!);
  }

  private instruction(id: number): void {
    const { f, out } = this;
    const op = f.op[id]! as Op;
    switch (op) {
      case Op.Nop: case Op.Result1: return;
      case Op.Store: return this.store(id);
      case Op.Memcopy: case Op.Memfill:
        this.push32(f.a[id]!);
        if (op === Op.Memcopy) this.push32(f.b[id]!);
        else this.push(f.b[id]!);
        this.push32(f.c[id]!);
        out.op(op === Op.Memcopy ? 'memory.copy' : 'memory.fill').unsigned(0);
        if (op === Op.Memcopy) out.unsigned(0);
        return;
      case Op.Syswrite:
        this.push(f.a[id]!);
        this.push(f.b[id]!);
        if (valueType(f.type[f.b[id]!]!) === ValueType.I32) out.op('i64.extend_i32_u');
        out.i32(f.aux[id]!).op('call').unsigned(this.context.helper('syswrite'));
        return;
      case Op.Call: case Op.Callptr: return this.call(id, op);
      case Op.Trapif:
        this.push(f.a[id]!);
        out.op('if').byte(0x40);
        this.trap(f.aux[id]!);
        out.op('end');
        return;
    }
    this.compute(id);
    out.set(this.local[id]!);
  }

  /** An address or length as 32 bits. */
  private push32(value: number): void {
    this.push(value);
    this.out.op('i32.wrap_i64');
  }

  private store(id: number): void {
    const { f } = this;
    const offset = this.address(f.a[id]!, f.c[id]!);
    this.push(f.b[id]!);
    const type = prefix(f.type[f.b[id]!]!);
    const bits = STORE_BITS[f.aux[id]! & ACCESS_MASK]!;
    const isWhole = bits === Number(type.slice(1));
    this.out.access(`${type}.store${isWhole ? '' : bits}`, offset);
  }

  /** Pushes an address; answers the offset that the access adds. */
  private address(pointer: number, offset: number): number {
    this.push32(pointer);
    if (offset >= 0) return offset;
    this.out.i32(offset).op('i32.add');
    return 0;
  }

  private call(id: number, op: Op): void {
    const { f, out, context } = this;
    const signature = context.signature(f.aux[id]!);
    for (let i = 0; i < f.c[id]!; i++) this.push(f.extra.at(f.b[id]! + i));
    if (op === Op.Call) out.op('call').unsigned(context.functionIndex(f.a[id]!));
    else {
      this.push32(f.a[id]!);
      out.op('call_indirect').unsigned(context.typeIndex(signature)).unsigned(0);
    }
    const second = f.next[id]!;
    if (signature.results.length === 2) {
      const isTaken = f.op[second] === Op.Result1 && f.a[second] === id;
      if (isTaken) out.set(this.local[second]!);
      else out.op('drop');
    }
    if (signature.results.length > 0) out.set(this.local[id]!);
  }

  /** Pushes the value of an operation. */
  private compute(id: number): void {
    const { f, out } = this;
    const op = f.op[id]! as Op;
    const type = f.type[id]! as Type;
    const kind = prefix(type);
    const a = f.a[id]!;
    const b = f.b[id]!;
    const from = a > 0 ? (f.type[a]! as Type) : Type.Void;
    const plain = PLAIN[op];
    if (plain) {
      this.push(a);
      if (OPS[op]!.shape === OPS[Op.Add]!.shape) this.push(b);
      out.op(`${kind}.${plain}`);
      return;
    }
    switch (op) {
      case Op.Iconst: void (kind === 'i32' ? out.i32(a) : out.i64(a, b)); return;
      case Op.Fconst:
        out.op(`${kind}.const`).word(a);
        if (kind === 'f64') out.word(b);
        return;
      case Op.Symbol: {
        const address = this.context.addressOf(a) + f.c[id]!;
        out.i64(address, address < 0 ? -1 : 0);
        return;
      }
      case Op.Slot:
        out.get(this.frame).i32(this.slotOffset[a]!).op('i32.add').op('i64.extend_i32_u');
        return;
      case Op.Sdiv: case Op.Udiv: case Op.Srem: case Op.Urem: return this.division(id, op, kind);
      case Op.Smulh: case Op.Umulh: return this.highProduct(op, kind, a, b);
      case Op.Neg:
        void (kind === 'i32' ? out.i32(0) : out.i64(0));
        this.push(a);
        out.op(`${kind}.sub`);
        return;
      case Op.Not:
        this.push(a);
        void (kind === 'i32' ? out.i32(type === Type.Bool ? 1 : -1) : out.i64(-1));
        out.op(`${kind}.xor`);
        return;
      case Op.Bswap:
        this.push(a);
        out.op('call').unsigned(this.context.helper(`bswap_${kind}`));
        return;
      case Op.Icmp: case Op.Fcmp:
        this.push(a);
        this.push(b);
        out.op(`${prefix(from)}.${(op === Op.Icmp ? CONDITIONS : FLOAT_CONDITIONS)[f.aux[id]! as Cond]}`);
        return;
      case Op.Select:
        this.push(b);
        this.push(f.c[id]!);
        this.push(a);
        out.op('select');
        return;
      default:
        this.push(a);
        return this.convert(id, op, type, from);
    }
  }

  /** A conversion or access of the value that was pushed; an address still has its 64 bits. */
  private convert(id: number, op: Op, type: Type, from: Type): void {
    const { f, out } = this;
    const kind = prefix(type);
    const source = prefix(from);
    switch (op) {
      case Op.Sext: out.op('i64.extend_i32_s'); return;
      case Op.Zext: if (kind === 'i64') out.op('i64.extend_i32_u'); return;
      case Op.Trunc:
        if (source === 'i64') out.op('i32.wrap_i64');
        if (type === Type.Bool) out.i32(1).op('i32.and');
        return;
      case Op.Bitcast: if (kind !== source) out.op(`${kind}.reinterpret_${source}`); return;
      case Op.Sitof: out.op(`${kind}.convert_${source}_s`); return;
      case Op.Uitof: out.op(`${kind}.convert_${source}_u`); return;
      case Op.Ftosi: out.op(`${kind}.trunc_sat_${source}_s`); return;
      case Op.Ftoui: out.op(`${kind}.trunc_sat_${source}_u`); return;
      case Op.Fpromote: out.op('f64.promote_f32'); return;
      case Op.Fdemote: out.op('f32.demote_f64'); return;
      case Op.Load: {
        out.op('i32.wrap_i64');
        let offset = f.c[id]!;
        if (offset < 0) {
          out.i32(offset).op('i32.add');
          offset = 0;
        }
        out.access(loadName(f.aux[id]! & ACCESS_MASK, kind), offset);
        return;
      }
      case Op.Sysread:
        out.i32(f.aux[id]!).op('call').unsigned(this.context.helper('sysread'));
        if (kind === 'i32') out.op('i32.wrap_i64');
        return;
    }
    throw new Error(`the wasm32 back end does not know ${OPS[op]!.name}`);
  }

  private division(id: number, op: Op, kind: string): void {
    const { f, out } = this;
    this.push(f.a[id]!);
    this.push(f.b[id]!);
    const isChecked = (f.aux[id]! & 1) !== 0;
    const sign = op === Op.Sdiv || op === Op.Srem ? 's' : 'u';
    const name = op === Op.Sdiv || op === Op.Udiv ? 'div' : 'rem';
    // The least number by -1 traps in WebAssembly's division, but not in its remainder.
    if (isChecked && op !== Op.Sdiv) out.op(`${kind}.${name}_${sign}`);
    else out.op('call').unsigned(this.context.helper(`${name}_${sign}_${kind}${isChecked ? '_checked' : ''}`));
  }

  private highProduct(op: Op, kind: string, a: number, b: number): void {
    const { out } = this;
    const sign = op === Op.Smulh ? 's' : 'u';
    this.push(a);
    if (kind === 'i32') out.op(`i64.extend_i32_${sign}`);
    this.push(b);
    if (kind === 'i64') {
      out.op('call').unsigned(this.context.helper(`mulh_${sign}`));
      return;
    }
    out.op(`i64.extend_i32_${sign}`).op('i64.mul').i64(32).op('i64.shr_u').op('i32.wrap_i64');
  }
}

/** Bits that an access of each kind stores. */
const STORE_BITS = [8, 8, 16, 16, 32, 32, 64, 32, 64, 8];

function loadName(access: Access, kind: string): string {
  switch (access) {
    case Access.W64: case Access.F32: case Access.F64: return `${kind}.load`;
    case Access.Bool: return 'i32.load8_u';
    default: {
      const bits = STORE_BITS[access]!;
      return bits === 32 && kind === 'i32' ? 'i32.load' : `${kind}.load${bits}_${access & 1 ? 's' : 'u'}`;
    }
  }
}

/** May the operation be computed later than where it stands? */
function isPure(op: Op): boolean {
  const effects = Effect.Reads | Effect.Writes | Effect.Traps | Effect.Terminates | Effect.Pinned;
  return op !== Op.Param && op !== Op.Nop && !hasEffect(op, effects);
}
