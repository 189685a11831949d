/** Programs run by the FIR interpreter, as they are or after changes to their module. */
import { Interpreter } from '../../fluxc/fir/interpret.ts';
import type { Module } from '../../fluxc/fir/module.ts';
import { type Batch, type Corner, type ProgramResult, sameResult } from './corner.ts';

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

/** What the program means, or a failure if it depends on what FIR leaves open. */
export function meaning(module: Module, main: string): ProgramResult {
  const options = { fuel: FUEL, stackBytes: STACK_BYTES };
  const result = interpretMain(new Interpreter(module, options), main);
  const other = interpretMain(new Interpreter(module, { ...options, choice: 1 }), main);
  if (result.kind === 'failure' || sameResult(result, other)) return result;
  return { kind: 'failure', text: 'the result depends on what FIR leaves open' };
}

function interpretMain(interpreter: Interpreter, main: string): ProgramResult {
  const outcome = interpreter.call(main);
  switch (outcome.kind) {
    case 'results': return { kind: 'value', value: outcome.results[0]! };
    case 'trap': return { kind: 'trap', code: outcome.trap };
    case 'fault': return { kind: 'failure', text: `${outcome.fault} in @${outcome.function}` };
    case 'out of fuel': return { kind: 'failure', text: 'out of fuel' };
  }
}
