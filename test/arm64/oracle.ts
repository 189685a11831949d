/** Compares what qemu-aarch64 returns with what the FIR interpreter says, call by call. */
import { Interpreter, type Outcome } from '../../fluxc/fir/interpret.ts';
import type { Module } from '../../fluxc/fir/module.ts';
import { isFloat, Type } from '../../fluxc/fir/types.ts';
import { type Call, type Result, runOnMachine } from './machine.ts';

/** How a result prints: as many bits as its type has; every NaN alike, because FIR leaves its bits open. */
function shown(type: Type, bits: bigint): string {
  if (type === Type.F64 || type === Type.F32) {
    const view = new DataView(new ArrayBuffer(8));
    if (type === Type.F64) view.setBigUint64(0, BigInt.asUintN(64, bits));
    else view.setUint32(0, Number(BigInt.asUintN(32, bits)));
    const value = type === Type.F64 ? view.getFloat64(0) : view.getFloat32(0);
    return Number.isNaN(value) ? 'NaN' : Object.is(value, -0) ? '-0' : String(value);
  }
  const width = type === Type.I32 || type === Type.Bool ? 32 : 64;
  return `0x${BigInt.asUintN(width, bits).toString(16)}`;
}

function expected(outcome: Outcome, types: readonly Type[]): string {
  if (outcome.kind === 'trap') return `trap ${outcome.trap}`;
  if (outcome.kind !== 'results') throw new Error(`the interpreter ends with ${outcome.kind}`);
  return outcome.results.map((bits, i) => shown(types[i]!, bits)).join(' ');
}

function actual(result: Result, types: readonly Type[]): string {
  if (result.kind === 'trap') return `trap ${result.code}`;
  let ints = 0;
  let floats = 0;
  return types.map((type) => shown(type, isFloat(type) ? result.floats[floats++]! : result.ints[ints++]!)).join(' ');
}

/** One line for each call whose result differs. `stackBytes`: for the interpreter, if its default is too little. */
export function differences(module: Module, calls: readonly Call[], stackBytes?: number): string[] {
  const interpreter = new Interpreter(module, stackBytes === undefined ? {} : { stackBytes });
  const results = runOnMachine(module, calls);
  const wrong: string[] = [];
  calls.forEach(({ name, args }, i) => {
    const { results: types } = module.symbols[module.find(name)!]!.func!.signature;
    const theirs = expected(interpreter.call(name, args), types);
    const ours = actual(results[i]!, types);
    if (ours !== theirs)
      wrong.push(
        `${name}(${args.map((arg) => `0x${BigInt.asUintN(64, arg).toString(16)}`).join(', ')}): ${ours}, not ${theirs}`,
      );
  });
  return wrong;
}
