/**
 * Runs FIR: the oracle that passes and back ends are compared with, and the constant evaluator of tests.
 *
 * `new Interpreter(module).call('module.name', [1n, 2])` gives the results, or the trap with its place, or says that the
 * fuel ran out, or that the program did what FIR does not define (an access outside every object, a call of what is no
 * function): a *fault*. Memory lives as long as the interpreter, so calls see what earlier calls wrote.
 */
import type { Loc } from '../base/source.ts';
import {
  add64, ashr64, bswap32, ctz32, high, lshr64, mul64, popcnt32, rotl64, saturate, shl64, signed, smulh32, split, sub64,
  toFloat32, umulh32, unsigned,
} from './arithmetic.ts';
import type { Func } from './function.ts';
import { ARENA_HIGH, CODE_HIGH, Memory } from './memory.ts';
import type { Module, Signature } from './module.ts';
import { Access, ACCESS_BYTES, ACCESS_MASK, Cond, Op, type Space, TrapCode } from './ops.ts';
import { isFloat, isInteger, Type } from './types.ts';

export type Outcome =
  /** integers signed, addresses and handles unsigned, bool 0 or 1, floats by their bits */
  | { kind: 'results'; results: bigint[] }
  | { kind: 'trap'; trap: TrapCode; loc: Loc; function: string }
  | { kind: 'fault'; fault: string; loc: Loc; function: string }
  | { kind: 'out of fuel' };

export interface InterpreterOptions {
  /** instructions that one `call` may run; 10 million unless told */
  fuel?: number;
  /** most calls inside each other; 5000 unless told. More trap stack_overflow, as does a full stack. */
  depth?: number;
  /** bytes for stack slots; 256 KiB unless told */
  stackBytes?: number;
  /** functions defined elsewhere, by symbol name */
  externals?: Readonly<Record<string, (args: bigint[]) => bigint | readonly bigint[] | void>>;
  /** loads and stores outside the module's objects: device registers */
  device?: { read(address: bigint, bytes: number): bigint; write(address: bigint, bytes: number, value: bigint): void };
  /** sysread and syswrite */
  system?: {
    read(space: Space, register: number, bytes: number): bigint;
    write(space: Space, register: number, bytes: number, value: bigint): void;
  };
}

/** A function being run. Value `id` is low[id], high[id]; floats by their bits, i32 and bool in the low word. */
class Frame {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly slots: number[] = [];
  caller: Frame | null = null;
  /** instruction of the caller that waits for the results */
  callSite = 0;
  /** top of the stack before the slots were made */
  stackTop = 0;

  constructor(readonly f: Func, readonly symbol: number) {
    this.low = new Int32Array(f.count);
    this.high = new Int32Array(f.count);
  }
}

/** Ends the run; carries what `call` returns. */
class Stop {
  constructor(readonly outcome: Outcome) {}
}

const floats = new DataView(new ArrayBuffer(8));
const I32_LEAST = -(1n << 31n);
const I64_LEAST = -(1n << 63n);

export class Interpreter {
  readonly memory: Memory;
  /** instructions run so far, by all calls */
  steps = 0;
  private readonly fuel: number;
  private readonly depth: number;
  /** frames to use again, by symbol */
  private readonly spare: Frame[][] = [];
  private scratch = new Int32Array(64);

  constructor(readonly module: Module, private readonly options: InterpreterOptions = {}) {
    this.memory = new Memory(module, options.stackBytes ?? 1 << 18);
    this.fuel = options.fuel ?? 10_000_000;
    this.depth = options.depth ?? 5000;
  }

  /** Runs function `name`. A float parameter takes a number, or its bits as a bigint; the others take either. */
  call(name: string, args: readonly (bigint | number)[] = []): Outcome {
    const symbol = this.module.find(name);
    const f = symbol === undefined ? null : this.module.symbols[symbol]!.func;
    if (!f) throw new Error(`the module has no function ${name}`);
    if (args.length !== f.signature.params.length) throw new Error(`${name} takes ${f.signature.params.length} arguments`);
    const top = this.memory.top;
    try {
      const frame = this.enter(symbol!, f, 0);
      f.signature.params.forEach((type, index) => {
        const id = f.params[0]![index]!;
        frame.low[id] = split(argumentBits(args[index]!, type));
        frame.high[id] = high;
        if (type === Type.Bool) frame.low[id]! &= 1;
      });
      return this.run(frame);
    } catch (stop) {
      if (!(stop instanceof Stop)) throw stop;
      this.memory.release(top);
      return stop.outcome;
    }
  }

  /** The address of a symbol, for arguments and for `readBytes`. */
  address(name: string): bigint {
    const symbol = this.module.find(name);
    if (symbol === undefined) throw new Error(`the module has no symbol ${name}`);
    return this.memory.symbolAddress(symbol);
  }

  /** A copy of `count` bytes of memory. */
  readBytes(address: bigint, count: number): Uint8Array {
    const at = Number(BigInt.asUintN(32, address));
    if (address >> 32n !== BigInt(ARENA_HIGH) || !this.memory.readable(at, count)) throw new Error('no such memory');
    return this.memory.bytes.slice(at, at + count);
  }

  writeBytes(address: bigint, bytes: Uint8Array): void {
    const at = Number(BigInt.asUintN(32, address));
    if (address >> 32n !== BigInt(ARENA_HIGH) || !this.memory.writable(at, bytes.length)) throw new Error('no such memory');
    this.memory.bytes.set(bytes, at);
  }

  // ---- frames ----

  private enter(symbol: number, f: Func, depth: number): Frame {
    const frame = this.spare[symbol]?.pop() ?? new Frame(f, symbol);
    frame.stackTop = this.memory.top;
    frame.slots.length = 0;
    for (const { size, align } of f.slots) {
      const at = depth >= this.depth ? -1 : this.memory.claim(size, align);
      if (at < 0) throw new Stop({ kind: 'trap', trap: TrapCode.StackOverflow, loc: f.loc0, function: f.name });
      frame.slots.push(at);
    }
    if (depth >= this.depth) throw new Stop({ kind: 'trap', trap: TrapCode.StackOverflow, loc: f.loc0, function: f.name });
    return frame;
  }

  private leave(frame: Frame): void {
    this.memory.release(frame.stackTop);
    frame.caller = null;
    (this.spare[frame.symbol] ??= []).push(frame);
  }

  private trap(f: Func, id: number, code: TrapCode): never {
    throw new Stop({ kind: 'trap', trap: code, loc: f.loc[id]!, function: f.name });
  }

  private fault(f: Func, id: number, text: string): never {
    throw new Stop({ kind: 'fault', fault: text, loc: f.loc[id]!, function: f.name });
  }

  // ---- the loop ----

  private run(start: Frame): Outcome {
    const { module, memory } = this;
    let frame = start;
    let { f, low: L, high: H } = frame;
    let { op: ops, type: types, a: A, b: B, c: C, aux: X, next } = f;
    let id = f.first[0]!;
    let depth = 0;
    let fuel = this.fuel;
    const resume = (into: Frame) => {
      frame = into;
      ({ f, low: L, high: H } = frame);
      ({ op: ops, type: types, a: A, b: B, c: C, aux: X, next } = f);
    };
    for (;;) {
      if (fuel-- <= 0) throw new Stop({ kind: 'out of fuel' });
      this.steps++;
      const a = A[id]!;
      const b = B[id]!;
      const wide = types[id] !== Type.I32 && types[id] !== Type.Bool;
      switch (ops[id]! as Op) {
        case Op.Nop: break;
        case Op.Param: throw new Error('a param stands among the instructions');
        case Op.Iconst: case Op.Fconst:
          L[id] = a;
          H[id] = b;
          break;
        case Op.Symbol:
          L[id] = add64(memory.symbolLow(a), memory.symbolHigh(a), C[id]!, C[id]! >> 31);
          H[id] = high;
          break;
        case Op.Slot:
          L[id] = frame.slots[a]!;
          H[id] = ARENA_HIGH;
          break;
        case Op.Add:
          if (wide) {
            L[id] = add64(L[a]!, H[a]!, L[b]!, H[b]!);
            H[id] = high;
          } else L[id] = L[a]! + L[b]!;
          break;
        case Op.Sub:
          if (wide) {
            L[id] = sub64(L[a]!, H[a]!, L[b]!, H[b]!);
            H[id] = high;
          } else L[id] = L[a]! - L[b]!;
          break;
        case Op.Mul:
          if (wide) {
            L[id] = mul64(L[a]!, H[a]!, L[b]!, H[b]!);
            H[id] = high;
          } else L[id] = Math.imul(L[a]!, L[b]!);
          break;
        case Op.Sdiv: case Op.Udiv: case Op.Srem: case Op.Urem:
          if ((L[b]! | (wide ? H[b]! : 0)) === 0) {
            if (X[id]! & 1) this.fault(f, id, 'a division marked as checked divides by zero');
            this.trap(f, id, TrapCode.DivisionByZero);
          }
          if (wide) {
            L[id] = split(divide64(ops[id]! as Op, L[a]!, H[a]!, L[b]!, H[b]!));
            H[id] = high;
          } else L[id] = divide32(ops[id]! as Op, L[a]!, L[b]!);
          break;
        case Op.Smulh:
          if (wide) {
            L[id] = split((signed(L[a]!, H[a]!) * signed(L[b]!, H[b]!)) >> 64n);
            H[id] = high;
          } else L[id] = smulh32(L[a]!, L[b]!);
          break;
        case Op.Umulh:
          if (wide) {
            L[id] = split((unsigned(L[a]!, H[a]!) * unsigned(L[b]!, H[b]!)) >> 64n);
            H[id] = high;
          } else L[id] = umulh32(L[a]!, L[b]!);
          break;
        case Op.And:
          L[id] = L[a]! & L[b]!;
          H[id] = H[a]! & H[b]!;
          break;
        case Op.Or:
          L[id] = L[a]! | L[b]!;
          H[id] = H[a]! | H[b]!;
          break;
        case Op.Xor:
          L[id] = L[a]! ^ L[b]!;
          H[id] = H[a]! ^ H[b]!;
          break;
        case Op.Shl:
          if (wide) {
            L[id] = shl64(L[a]!, H[a]!, L[b]!);
            H[id] = high;
          } else L[id] = L[a]! << L[b]!;
          break;
        case Op.Lshr:
          if (wide) {
            L[id] = lshr64(L[a]!, H[a]!, L[b]!);
            H[id] = high;
          } else L[id] = L[a]! >>> L[b]!;
          break;
        case Op.Ashr:
          if (wide) {
            L[id] = ashr64(L[a]!, H[a]!, L[b]!);
            H[id] = high;
          } else L[id] = L[a]! >> L[b]!;
          break;
        case Op.Rotl:
          if (wide) {
            L[id] = rotl64(L[a]!, H[a]!, L[b]!);
            H[id] = high;
          } else L[id] = (L[a]! << L[b]!) | (L[b]! & 31 ? L[a]! >>> -L[b]! : 0);
          break;
        case Op.Neg:
          if (wide) {
            L[id] = sub64(0, 0, L[a]!, H[a]!);
            H[id] = high;
          } else L[id] = -L[a]!;
          break;
        case Op.Not:
          if (types[id] === Type.Bool) L[id] = 1 - L[a]!;
          else {
            L[id] = ~L[a]!;
            H[id] = ~H[a]!;
          }
          break;
        case Op.Clz:
          L[id] = !wide ? Math.clz32(L[a]!) : H[a] ? Math.clz32(H[a]) : 32 + Math.clz32(L[a]!);
          H[id] = 0;
          break;
        case Op.Ctz:
          L[id] = !wide || L[a] ? ctz32(L[a]!) : 32 + ctz32(H[a]!);
          H[id] = 0;
          break;
        case Op.Popcnt:
          L[id] = popcnt32(L[a]!) + (wide ? popcnt32(H[a]!) : 0);
          H[id] = 0;
          break;
        case Op.Bswap:
          if (wide) {
            const swapped = bswap32(L[a]!);
            L[id] = bswap32(H[a]!);
            H[id] = swapped;
          } else L[id] = bswap32(L[a]!);
          break;
        case Op.Icmp: {
          const narrow = f.type[a] === Type.I32 || f.type[a] === Type.Bool;
          L[id] = compare(X[id]!, L[a]!, narrow ? 0 : H[a]!, L[b]!, narrow ? 0 : H[b]!, narrow) ? 1 : 0;
          break;
        }
        case Op.Fcmp: {
          const x = this.float(frame, a);
          const y = this.float(frame, b);
          L[id] = compareFloats(X[id]!, x, y) ? 1 : 0;
          break;
        }
        case Op.Select: {
          const chosen = L[a]! & 1 ? b : C[id]!;
          L[id] = L[chosen]!;
          H[id] = H[chosen]!;
          break;
        }
        case Op.Sext:
          L[id] = L[a]!;
          H[id] = L[a]! >> 31;
          break;
        case Op.Zext:
          L[id] = L[a]!;
          H[id] = 0;
          break;
        case Op.Trunc:
          L[id] = types[id] === Type.Bool ? L[a]! & 1 : L[a]!;
          break;
        case Op.Sext8:
          L[id] = (L[a]! << 24) >> 24;
          H[id] = L[id]! >> 31;
          break;
        case Op.Sext16:
          L[id] = (L[a]! << 16) >> 16;
          H[id] = L[id]! >> 31;
          break;
        case Op.Bitcast:
          L[id] = L[a]!;
          H[id] = types[id] === Type.F32 ? 0 : H[a]!;
          break;
        case Op.Fadd: this.setFloat(frame, id, this.float(frame, a) + this.float(frame, b)); break;
        case Op.Fsub: this.setFloat(frame, id, this.float(frame, a) - this.float(frame, b)); break;
        case Op.Fmul: this.setFloat(frame, id, this.float(frame, a) * this.float(frame, b)); break;
        case Op.Fdiv: this.setFloat(frame, id, this.float(frame, a) / this.float(frame, b)); break;
        case Op.Fneg: case Op.Fabs: {
          const sign = types[id] === Type.F32 ? L : H;
          L[id] = L[a]!;
          H[id] = H[a]!;
          sign[id] = ops[id] === Op.Fneg ? sign[a]! ^ 0x80000000 : sign[a]! & 0x7fffffff;
          break;
        }
        case Op.Fsqrt: this.setFloat(frame, id, Math.sqrt(this.float(frame, a))); break;
        case Op.Sitof: case Op.Uitof: {
          const isSigned = ops[id] === Op.Sitof;
          const narrow = f.type[a] === Type.I32;
          const whole = narrow ? BigInt(isSigned ? L[a]! : L[a]! >>> 0)
            : isSigned ? signed(L[a]!, H[a]!) : unsigned(L[a]!, H[a]!);
          this.setFloat(frame, id, types[id] === Type.F32 ? toFloat32(whole) : Number(whole));
          break;
        }
        case Op.Ftosi: {
          const least = wide ? I64_LEAST : I32_LEAST;
          L[id] = split(saturate(this.float(frame, a), least, -least - 1n));
          H[id] = high;
          break;
        }
        case Op.Ftoui:
          L[id] = split(saturate(this.float(frame, a), 0n, (wide ? 1n << 64n : 1n << 32n) - 1n));
          H[id] = high;
          break;
        case Op.Fpromote: case Op.Fdemote: this.setFloat(frame, id, this.float(frame, a)); break;
        case Op.Ptradd:
          L[id] = add64(L[a]!, H[a]!, L[b]!, H[b]!);
          H[id] = high;
          break;
        case Op.Load: this.load(frame, id); break;
        case Op.Store: this.store(frame, id); break;
        case Op.Memcopy: {
          const count = this.byteCount(frame, id, C[id]!);
          if (count === 0) break;
          const to = this.range(frame, id, a, count, true);
          const from = this.range(frame, id, b, count, false);
          if (to !== from && to < from + count && from < to + count) this.fault(f, id, 'memcopy of ranges that overlap');
          memory.bytes.copyWithin(to, from, from + count);
          break;
        }
        case Op.Memfill: {
          const count = this.byteCount(frame, id, C[id]!);
          if (count === 0) break;
          const to = this.range(frame, id, a, count, true);
          memory.bytes.fill(L[b]! & 255, to, to + count);
          break;
        }
        case Op.Sysread: case Op.Syswrite: this.system(frame, id); break;
        case Op.Call: case Op.Callptr: {
          const symbol = ops[id] === Op.Call ? a : this.callee(frame, id);
          const callee = module.symbols[symbol]!;
          const at = b;
          if (!callee.func) {
            this.external(frame, id, symbol, at);
            break;
          }
          const inner = this.enter(symbol, callee.func, ++depth);
          const params = callee.func.params[0]!;
          if (params.length !== C[id]) this.fault(f, id, `a call of ${callee.name} with ${C[id]} arguments`);
          for (let i = 0; i < params.length; i++) {
            const value = f.extra.at(at + i);
            inner.low[params[i]!] = L[value]!;
            inner.high[params[i]!] = H[value]!;
          }
          inner.caller = frame;
          inner.callSite = id;
          resume(inner);
          id = f.first[0]!;
          continue;
        }
        case Op.Result1: break;
        case Op.Trapif:
          if (L[a]! & 1) this.trap(f, id, X[id]!);
          break;
        case Op.Jump:
          id = this.follow(frame, a);
          continue;
        case Op.Brif:
          id = this.follow(frame, L[a]! & 1 ? b : C[id]!);
          continue;
        case Op.Switch: {
          const narrow = f.type[a] === Type.I32;
          let edge = f.extra.at(b);
          for (let i = 0; i < C[id]!; i++) {
            const row = b + 1 + 3 * i;
            if (f.extra.at(row) !== L[a] || (!narrow && f.extra.at(row + 1) !== H[a])) continue;
            edge = f.extra.at(row + 2);
            break;
          }
          id = this.follow(frame, edge);
          continue;
        }
        case Op.Ret: {
          const { caller, callSite } = frame;
          const values: number[] = [];
          for (let i = 0; i < C[id]!; i++) values.push(f.extra.at(b + i));
          if (!caller) {
            const results = values.map((value) => resultOf(L[value]!, H[value]!, f.type[value]! as Type));
            this.leave(frame);
            return { kind: 'results', results };
          }
          const done = frame;
          resume(caller);
          depth--;
          if (values.length > 0) {
            L[callSite] = done.low[values[0]!]!;
            H[callSite] = done.high[values[0]!]!;
          }
          id = next[callSite]!;
          if (values.length > 1 && ops[id] === Op.Result1) {
            L[id] = done.low[values[1]!]!;
            H[id] = done.high[values[1]!]!;
          }
          this.leave(done);
          continue;
        }
        case Op.Trap: this.trap(f, id, X[id]!);
      }
      id = next[id]!;
    }
  }

  /** Passes an edge's arguments, all at once, and returns the first instruction of its block. */
  private follow(frame: Frame, edge: number): number {
    const { f, low, high: H } = frame;
    const count = f.edgeCount(edge);
    const target = f.edgeTarget(edge);
    if (count > 0) {
      if (2 * count > this.scratch.length) this.scratch = new Int32Array(4 * count);
      const { scratch } = this;
      for (let i = 0; i < count; i++) {
        const value = f.edgeArgument(edge, i);
        scratch[2 * i] = low[value]!;
        scratch[2 * i + 1] = H[value]!;
      }
      const params = f.params[target]!;
      for (let i = 0; i < count; i++) {
        low[params[i]!] = scratch[2 * i]!;
        H[params[i]!] = scratch[2 * i + 1]!;
      }
    }
    return f.first[target]!;
  }

  // ---- floats ----

  private float(frame: Frame, value: number): number {
    floats.setInt32(0, frame.low[value]!, true);
    if (frame.f.type[value] === Type.F32) return floats.getFloat32(0, true);
    floats.setInt32(4, frame.high[value]!, true);
    return floats.getFloat64(0, true);
  }

  /** Sets value `id` to `number`, rounded if it is an f32 (one rounding: `number` is exact or an f64 of one operation). */
  private setFloat(frame: Frame, id: number, number: number): void {
    if (frame.f.type[id] === Type.F32) {
      floats.setFloat32(0, number, true);
      frame.high[id] = 0;
    } else {
      floats.setFloat64(0, number, true);
      frame.high[id] = floats.getInt32(4, true);
    }
    frame.low[id] = floats.getInt32(0, true);
  }

  // ---- memory ----

  private load(frame: Frame, id: number): void {
    const { f, low, high: H } = frame;
    const access = (f.aux[id]! & ACCESS_MASK) as Access;
    const bytes = ACCESS_BYTES[access]!;
    const at = add64(low[f.a[id]!]!, H[f.a[id]!]!, f.c[id]!, f.c[id]! >> 31) >>> 0;
    if (high !== ARENA_HIGH || !this.memory.readable(at, bytes)) {
      const address = unsigned(at, high);
      if (!this.options.device) this.fault(f, id, `a load of ${bytes} bytes at 0x${address.toString(16)}`);
      low[id] = split(this.options.device.read(address, bytes));
      H[id] = high;
      return extend(frame, id, access);
    }
    const { view } = this.memory;
    H[id] = 0;
    if (bytes === 8) {
      low[id] = view.getInt32(at, true);
      H[id] = view.getInt32(at + 4, true);
    } else if (bytes === 4) low[id] = view.getInt32(at, true);
    else if (bytes === 2) low[id] = view.getUint16(at, true);
    else low[id] = view.getUint8(at);
    extend(frame, id, access);
  }

  private store(frame: Frame, id: number): void {
    const { f, low, high: H } = frame;
    const bytes = ACCESS_BYTES[f.aux[id]! & ACCESS_MASK]!;
    const at = add64(low[f.a[id]!]!, H[f.a[id]!]!, f.c[id]!, f.c[id]! >> 31) >>> 0;
    const value = f.b[id]!;
    if (high !== ARENA_HIGH || !this.memory.writable(at, bytes)) {
      const address = unsigned(at, high);
      if (!this.options.device) this.fault(f, id, `a store of ${bytes} bytes at 0x${address.toString(16)}`);
      this.options.device.write(address, bytes, BigInt.asUintN(8 * bytes, unsigned(low[value]!, H[value]!)));
      return;
    }
    const { view } = this.memory;
    if (bytes === 1) view.setUint8(at, low[value]!);
    else if (bytes === 2) view.setUint16(at, low[value]!, true);
    else {
      view.setInt32(at, low[value]!, true);
      if (bytes === 8) view.setInt32(at + 4, H[value]!, true);
    }
  }

  /** The arena offset of the `count` bytes at ptr `value`. */
  private range(frame: Frame, id: number, value: number, count: number, write: boolean): number {
    const at = frame.low[value]! >>> 0;
    const allowed = write ? this.memory.writable(at, count) : this.memory.readable(at, count);
    if (frame.high[value] === ARENA_HIGH && allowed) return at;
    const address = unsigned(frame.low[value]!, frame.high[value]!).toString(16);
    return this.fault(frame.f, id, `an access to ${count} bytes at 0x${address}`);
  }

  private byteCount(frame: Frame, id: number, value: number): number {
    const count = unsigned(frame.low[value]!, frame.high[value]!);
    if (count > BigInt(this.memory.bytes.length)) this.fault(frame.f, id, `an access to ${count} bytes`);
    return Number(count);
  }

  private system(frame: Frame, id: number): void {
    const { f, low, high: H } = frame;
    const { system } = this.options;
    const space = (f.aux[id]! & 15) as Space;
    const bytes = (f.aux[id]! >> 4) & 15;
    const register = low[f.a[id]!]!;
    if (!system) this.fault(f, id, `system register ${register} of space ${space}`);
    if (f.op[id] === Op.Syswrite) {
      const value = f.b[id]!;
      return system.write(space, register, bytes, BigInt.asUintN(8 * bytes, unsigned(low[value]!, H[value]!)));
    }
    low[id] = split(BigInt.asUintN(8 * bytes, system.read(space, register, bytes)));
    H[id] = high;
  }

  // ---- calls ----

  /** The symbol of the function at the address that a callptr calls. */
  private callee(frame: Frame, id: number): number {
    const { f, low, high: H } = frame;
    const at = low[f.a[id]!]!;
    const symbol = at / 16;
    const callee = H[f.a[id]!] === CODE_HIGH && at % 16 === 0 ? this.module.symbols[symbol] : undefined;
    if (!callee) return this.fault(f, id, `a call of 0x${unsigned(at, H[f.a[id]!]!).toString(16)}, which is no function`);
    const signature = this.module.signatures[f.aux[id]!]!;
    if (callee.func && !sameSignature(callee.func.signature, signature)) {
      this.fault(f, id, `a call of ${callee.name} by another signature`);
    }
    return symbol;
  }

  private external(frame: Frame, id: number, symbol: number, at: number): void {
    const { f, low, high: H } = frame;
    const { name } = this.module.symbols[symbol]!;
    const handler = this.options.externals?.[name];
    if (!handler) this.fault(f, id, `a call of ${name}, which is not defined here`);
    const signature = this.module.signatures[f.aux[id]!]!;
    const args = signature.params.map((type, index) => {
      const value = f.extra.at(at + index);
      return resultOf(low[value]!, H[value]!, type);
    });
    const answer = handler(args);
    const results = typeof answer === 'bigint' ? [answer] : answer ?? [];
    signature.results.forEach((_, index) => {
      const into = index === 0 ? id : f.next[id]!;
      if (index === 1 && f.op[into] !== Op.Result1) return;
      low[into] = split(results[index] ?? 0n);
      H[into] = high;
    });
  }
}

function argumentBits(value: bigint | number, type: Type): bigint {
  if (typeof value === 'bigint') return value;
  if (!isFloat(type)) return BigInt(value);
  if (type === Type.F32) floats.setFloat32(0, value, true);
  else floats.setFloat64(0, value, true);
  return type === Type.F32 ? BigInt(floats.getUint32(0, true)) : floats.getBigUint64(0, true);
}

function resultOf(low: number, highWord: number, type: Type): bigint {
  if (type === Type.I32) return BigInt(low);
  if (type === Type.Bool) return BigInt(low & 1);
  if (type === Type.F32) return BigInt(low >>> 0);
  return isInteger(type) ? signed(low, highWord) : unsigned(low, highWord);
}

function sameSignature(a: Signature, b: Signature): boolean {
  return a.params.join() === b.params.join() && a.results.join() === b.results.join();
}

/** Widens what a load read as its access says. */
function extend(frame: Frame, id: number, access: Access): void {
  const { low, high: H } = frame;
  switch (access) {
    case Access.U8: low[id]! &= 0xff; H[id] = 0; return;
    case Access.S8: low[id] = (low[id]! << 24) >> 24; H[id] = low[id]! >> 31; return;
    case Access.U16: low[id]! &= 0xffff; H[id] = 0; return;
    case Access.S16: low[id] = (low[id]! << 16) >> 16; H[id] = low[id]! >> 31; return;
    case Access.S32: H[id] = low[id]! >> 31; return;
    case Access.U32: case Access.F32: H[id] = 0; return;
    case Access.Bool: low[id]! &= 1; H[id] = 0; return;
  }
}

function compare(cond: Cond, aLow: number, aHigh: number, bLow: number, bHigh: number, narrow: boolean): boolean {
  const equal = aLow === bLow && aHigh === bHigh;
  switch (cond) {
    case Cond.Eq: return equal;
    case Cond.Ne: return !equal;
    case Cond.Slt: case Cond.Sge: case Cond.Sgt: case Cond.Sle: {
      const less = narrow ? aLow < bLow : aHigh !== bHigh ? aHigh < bHigh : aLow >>> 0 < bLow >>> 0;
      return cond === Cond.Slt ? less : cond === Cond.Sge ? !less : cond === Cond.Sle ? less || equal : !less && !equal;
    }
    default: {
      const less = aHigh !== bHigh ? aHigh >>> 0 < bHigh >>> 0 : aLow >>> 0 < bLow >>> 0;
      return cond === Cond.Ult ? less : cond === Cond.Uge ? !less : cond === Cond.Ule ? less || equal : !less && !equal;
    }
  }
}

function compareFloats(cond: Cond, x: number, y: number): boolean {
  switch (cond) {
    case Cond.Eq: return x === y;
    case Cond.Ne: return x !== y;
    case Cond.Slt: return x < y;
    case Cond.Sge: return x >= y;
    case Cond.Sgt: return x > y;
    default: return x <= y;
  }
}

function divide32(op: Op, a: number, b: number): number {
  switch (op) {
    case Op.Sdiv: return (a / b) | 0;
    case Op.Udiv: return ((a >>> 0) / (b >>> 0)) | 0;
    case Op.Srem: return a % b;
    default: return (a >>> 0) % (b >>> 0);
  }
}

function divide64(op: Op, aLow: number, aHigh: number, bLow: number, bHigh: number): bigint {
  switch (op) {
    case Op.Sdiv: return signed(aLow, aHigh) / signed(bLow, bHigh);
    case Op.Udiv: return unsigned(aLow, aHigh) / unsigned(bLow, bHigh);
    case Op.Srem: return signed(aLow, aHigh) % signed(bLow, bHigh);
    default: return unsigned(aLow, aHigh) % unsigned(bLow, bHigh);
  }
}
