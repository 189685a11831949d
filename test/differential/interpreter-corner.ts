/** Programs run by the FIR interpreter, as they are or after changes to their module. */
import { Interpreter } from '../../fluxc/fir/interpret.ts';
import type { Module } from '../../fluxc/fir/module.ts';
import type { Batch, Corner, ProgramResult } from './corner.ts';

/** Instructions that one program may run. Whoever needs more is left out: compiled code has no counter. */
export const FUEL = 200_000;

/** Room for the large slots of all functions of a program. */
export const STACK_BYTES = 1 << 20;

/** Interprets after `change`. `fuel` must leave room for instructions that passes add. */
export function interpreterCorner(name: string, change: (module: Module) => void = () => {}, fuel = FUEL): Corner {
  return {
    name,
    run(batch: Batch): Promise<ProgramResult[]> {
      change(batch.module);
      const interpreter = new Interpreter(batch.module, { fuel, stackBytes: STACK_BYTES });
      return Promise.resolve(batch.mains.map((main) => interpretMain(interpreter, main)));
    },
  };
}

export function interpretMain(interpreter: Interpreter, main: string): ProgramResult {
  const outcome = interpreter.call(main);
  switch (outcome.kind) {
    case 'results': return { kind: 'value', value: outcome.results[0]! };
    case 'trap': return { kind: 'trap', code: outcome.trap };
    case 'fault': return { kind: 'failure', text: `${outcome.fault} in @${outcome.function}` };
    case 'out of fuel': return { kind: 'failure', text: 'out of fuel' };
  }
}
