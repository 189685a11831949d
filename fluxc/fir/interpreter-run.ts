/**
 * One call of the FIR interpreter while it runs: the frames, with the arrays of the running one at hand, and how it ends.
 *
 * `interpret.ts` starts it and goes from instruction to instruction, `interpret-operations.ts` says what each does.
 */
import type { Loc } from '../base/source.ts';
import { signed, unsigned } from './arithmetic.ts';
import type { Func } from './function.ts';
import type { Memory } from './memory.ts';
import type { Module } from './module.ts';
import { type Space, TrapCode } from './ops.ts';
import { isInteger, Type } from './types.ts';

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
  /**
   * One of two ways to choose what FIR leaves open: addresses, the bytes of fresh slots, the bits of NaNs. A program
   * whose results differ depends on it.
   */
  choice?: 0 | 1;
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
export class Frame {
  readonly low: Int32Array;
  readonly high: Int32Array;
  /** arena offset of each stack slot */
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

/** Ends a run; carries what `call` returns. */
export class Stop {
  constructor(readonly outcome: Outcome) {}
}

const conversion = new DataView(new ArrayBuffer(8));
const F32: number = Type.F32;
/** NaNs for `choice` 1: negative, with another payload than what arithmetic gives on any machine. */
const OTHER_NAN32 = 0xffc12345 | 0;
const OTHER_NAN64_HIGH = 0xfff81234 | 0;

/** One call from outside: the frame that runs, with its arrays at hand, and those that wait for it. */
export class Run {
  frame!: Frame;
  f!: Func;
  low!: Int32Array;
  high!: Int32Array;
  op!: Uint8Array;
  type!: Uint8Array;
  aux!: Int32Array;
  a!: Int32Array;
  b!: Int32Array;
  c!: Int32Array;
  next!: Int32Array;
  /** what the outermost function returned */
  results: bigint[] = [];
  private depth = 0;
  private arguments = new Int32Array(64);

  constructor(
    readonly module: Module,
    readonly memory: Memory,
    readonly options: InterpreterOptions,
    private readonly spare: Frame[][],
  ) {}

  // ---- frames ----

  /** Makes a frame for `f` and runs it from now on; the current one waits at `callSite`. */
  enter(symbol: number, f: Func, callSite: number): void {
    const frame = this.spare[symbol]?.pop() ?? new Frame(f, symbol);
    frame.stackTop = this.memory.top;
    frame.slots.length = 0;
    let room = this.depth++ < (this.options.depth ?? 5000);
    for (const { size, align } of f.slots) {
      const at = room ? this.memory.claim(size, align) : -1;
      room = at >= 0;
      frame.slots.push(at);
    }
    if (!room) throw new Stop({ kind: 'trap', trap: TrapCode.StackOverflow, loc: f.loc0, function: f.name });
    frame.caller = this.frame ?? null;
    frame.callSite = callSite;
    this.resume(frame);
  }

  /**
   * Returns values `pool[at .. at+count]` of the current frame; gives the instruction to go on with, or -1 at the
   * end.
   */
  leave(at: number, count: number): number {
    const done = this.frame;
    const { f, low, high: highs } = this;
    const first = count > 0 ? f.extra.at(at) : 0;
    const second = count > 1 ? f.extra.at(at + 1) : 0;
    const { caller, callSite } = done;
    this.memory.release(done.stackTop);
    (this.spare[done.symbol] ??= []).push(done);
    this.depth--;
    if (!caller) {
      if (first) this.results.push(this.valueOf(first));
      if (second) this.results.push(this.valueOf(second));
      return -1;
    }
    this.resume(caller);
    const after = this.next[callSite]!;
    if (first) {
      this.low[callSite] = low[first]!;
      this.high[callSite] = highs[first]!;
    }
    if (second) {
      // If it is a `result1`; if it is not, nobody asked for the second result and `after` makes its own value later.
      this.low[after] = low[second]!;
      this.high[after] = highs[second]!;
    }
    return after;
  }

  private resume(frame: Frame): void {
    const { f } = frame;
    this.frame = frame;
    this.f = f;
    this.low = frame.low;
    this.high = frame.high;
    this.op = f.op;
    this.type = f.type;
    this.aux = f.aux;
    this.a = f.a;
    this.b = f.b;
    this.c = f.c;
    this.next = f.next;
  }

  /** Passes an edge's arguments, all at once, and returns the first instruction of its block. */
  follow(edge: number): number {
    const { f, low, high: highs } = this;
    const target = f.edgeTarget(edge);
    const count = f.edgeCount(edge);
    if (count > 0) {
      if (2 * count > this.arguments.length) this.arguments = new Int32Array(4 * count);
      const { arguments: passed } = this;
      for (let i = 0; i < count; i++) {
        const value = f.edgeArgument(edge, i);
        passed[2 * i] = low[value]!;
        passed[2 * i + 1] = highs[value]!;
      }
      const params = f.params[target]!;
      for (let i = 0; i < count; i++) {
        low[params[i]!] = passed[2 * i]!;
        highs[params[i]!] = passed[2 * i + 1]!;
      }
    }
    return f.first[target]!;
  }

  trap(id: number, code: TrapCode): never {
    throw new Stop({ kind: 'trap', trap: code, loc: this.f.loc[id]!, function: this.f.name });
  }

  fault(id: number, text: string): never {
    throw new Stop({ kind: 'fault', fault: text, loc: this.f.loc[id]!, function: this.f.name });
  }

  // ---- values ----

  /** A value as the outside sees it (`Outcome`). */
  valueOf(value: number): bigint {
    const low = this.low[value]!;
    const type = this.type[value]! as Type;
    if (type === Type.I32) return BigInt(low);
    if (type === Type.Bool) return BigInt(low & 1);
    if (type === Type.F32) return BigInt(low >>> 0);
    return isInteger(type) ? signed(low, this.high[value]!) : unsigned(low, this.high[value]!);
  }

  float(value: number): number {
    conversion.setInt32(0, this.low[value]!, true);
    if (this.type[value] === F32) return conversion.getFloat32(0, true);
    conversion.setInt32(4, this.high[value]!, true);
    return conversion.getFloat64(0, true);
  }

  /**
   * Sets value `id` to `number`, rounded if it is an f32 (once: `number` is exact or the f64 result of one
   * operation).
   */
  setFloat(id: number, number: number): void {
    if (number !== number && this.options.choice === 1) {
      this.low[id] = this.type[id] === F32 ? OTHER_NAN32 : 1;
      this.high[id] = this.type[id] === F32 ? 0 : OTHER_NAN64_HIGH;
    } else if (this.type[id] === F32) {
      conversion.setFloat32(0, number, true);
      this.high[id] = 0;
      this.low[id] = conversion.getInt32(0, true);
    } else {
      conversion.setFloat64(0, number, true);
      this.low[id] = conversion.getInt32(0, true);
      this.high[id] = conversion.getInt32(4, true);
    }
  }
}
