/**
 * Runs FIR: the oracle that passes and back ends are compared with, and what runs the language's tests on no machine.
 *
 * `new Interpreter(module).call('module.name', [1n, 2])` gives the results, or the trap with its place, or says that
 * the fuel ran out, or that the program did what FIR does not define (an access outside every object, a call of what is
 * no function): a *fault*. Memory lives as long as the interpreter, so calls see what earlier calls wrote. The module must
 * be verified and must not change meanwhile. What each operation does is in `interpret-operations.ts`.
 */
import { high, split } from './arithmetic.ts';
import { OPERATIONS } from './interpret-operations.ts';
import { type Frame, type InterpreterOptions, type Outcome, Run, Stop } from './interpreter-run.ts';
import { ARENA_HIGH, Memory } from './memory.ts';
import type { Module } from './module.ts';
import { isFloat, Type } from './types.ts';

export type { InterpreterOptions, Outcome };

export class Interpreter {
  readonly memory: Memory;
  /** instructions run so far, by all calls */
  steps = 0;
  /** frames to use again, by symbol */
  private readonly spare: Frame[][] = [];

  constructor(readonly module: Module, readonly options: InterpreterOptions = {}) {
    this.memory = new Memory(module, options.stackBytes ?? 1 << 18, options.choice);
  }

  /** Runs function `name`. A float parameter takes a number, or its bits as a bigint; the others take either. */
  call(name: string, args: readonly (bigint | number)[] = []): Outcome {
    const symbol = this.module.find(name);
    const f = symbol === undefined ? null : this.module.symbols[symbol]!.func;
    if (!f) throw new Error(`the module has no function ${name}`);
    const { params } = f.signature;
    if (args.length !== params.length) throw new Error(`${name} takes ${params.length} arguments`);
    const run = new Run(this.module, this.memory, this.options, this.spare);
    const { top } = this.memory;
    try {
      run.enter(symbol!, f, 0);
      params.forEach((type, index) => {
        const id = f.params[0]![index]!;
        run.low[id] = split(argumentBits(args[index]!, type));
        run.high[id] = high;
        if (type === Type.Bool) run.low[id]! &= 1;
      });
      return this.loop(run);
    } catch (stop) {
      if (!(stop instanceof Stop)) throw stop;
      this.memory.release(top);
      return stop.outcome;
    }
  }

  private loop(run: Run): Outcome {
    const limit = this.steps + (this.options.fuel ?? 10_000_000);
    let id = run.f.first[0]!;
    while (id > 0) {
      if (this.steps++ >= limit) throw new Stop({ kind: 'out of fuel' });
      id = OPERATIONS[run.op[id]!]!(run, id) || run.next[id]!;
    }
    return { kind: 'results', results: run.results };
  }

  /** The address of a symbol, for arguments and for `readBytes`. */
  address(name: string): bigint {
    const symbol = this.module.find(name);
    if (symbol === undefined) throw new Error(`the module has no symbol ${name}`);
    return this.memory.symbolAddress(symbol);
  }

  /** A copy of `count` bytes of memory. */
  readBytes(address: bigint, count: number): Uint8Array {
    const at = arenaOffset(address);
    if (!this.memory.readable(at, count)) throw new Error('no such memory');
    return this.memory.bytes.slice(at, at + count);
  }

  writeBytes(address: bigint, bytes: Uint8Array): void {
    const at = arenaOffset(address);
    if (!this.memory.writable(at, bytes.length)) throw new Error('no such memory');
    this.memory.bytes.set(bytes, at);
  }
}

/** The offset in the arena of an address, -1 if it is elsewhere. */
function arenaOffset(address: bigint): number {
  return address >> 32n === BigInt(ARENA_HIGH) ? Number(BigInt.asUintN(32, address)) : -1;
}

const conversion = new DataView(new ArrayBuffer(8));

/** The bits of an argument: a number is converted to the parameter's type. */
function argumentBits(value: bigint | number, type: Type): bigint {
  if (typeof value === 'bigint') return value;
  if (!isFloat(type)) return BigInt(value);
  if (type === Type.F32) conversion.setFloat32(0, value, true);
  else conversion.setFloat64(0, value, true);
  return type === Type.F32 ? BigInt(conversion.getUint32(0, true)) : conversion.getBigUint64(0, true);
}
