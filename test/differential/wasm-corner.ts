/** Programs through the WebAssembly back end and V8, which validates what it runs. */
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { optimise } from '../../fluxc/fir/passes/pipeline.ts';
import { emitWasm } from '../../fluxc/target/wasm32/emit.ts';
import type { Batch, Corner, ProgramResult } from './corner.ts';
import { STACK_BYTES } from './interpreter-corner.ts';

/** How a program that trapped ends in the host. */
class Trap extends Error {
  constructor(readonly code: number) {
    super(`trap ${code}`);
  }
}

export function wasmCorner(level: 0 | 1 | 2): Corner {
  return {
    name: `wasm32, level ${level}`,
    run({ module, mains }: Batch): Promise<ProgramResult[]> {
      for (const main of mains) module.symbols[module.find(main)!]!.root = true;
      optimise(module, { divisionWraps: true }, { level });
      const diagnostics = new Diagnostics();
      const bytes = emitWasm(module, diagnostics, { stackBytes: STACK_BYTES });
      if (diagnostics.failed) throw new Error(diagnostics.list.map(({ message }) => message).join('\n'));
      const trap = (code: number) => {
        throw new Trap(code);
      };
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { fluxos: { trap } });
      const stack = exports['stack_pointer'] as WebAssembly.Global;
      return Promise.resolve(mains.map((main): ProgramResult => {
        stack.value = STACK_BYTES;
        try {
          return { kind: 'value', value: (exports[main] as () => bigint)() };
        } catch (error) {
          if (error instanceof Trap) return { kind: 'trap', code: error.code };
          return { kind: 'failure', text: String(error) };
        }
      }));
    },
  };
}
