/** The instruction sets of the virtual machine, as the documents beside the command have them. */
import { instructionSets } from '../../fluxc/lang/instruction-sets.ts';
import type { SetName } from '../../fluxc/isa/container.ts';
import type { InstructionSet } from '../../fluxc/isa/instruction-set.ts';
import { HOME, readerOf } from '../host.ts';
import { LIBRARY } from '../library.ts';

let known: ((name: SetName) => InstructionSet | null) | null = null;

export function instructionSet(name: SetName): InstructionSet {
  known ??= instructionSets({
    read: readerOf([HOME]), readBytes: () => null, evaluate: () => ({ ok: false, error: '', line: 0, column: 0 }),
  }, LIBRARY);
  const set = known(name);
  if (!set) throw new Error(`the document of ${name} is missing or broken`);
  return set;
}
