/** The instruction sets that programs are written in, each from the document that declares it. */
import { Sources } from '../base/source.ts';
import { Diagnostics } from '../diagnostics/diagnostic.ts';
import type { SetName } from '../isa/container.ts';
import type { InstructionSet } from '../isa/instruction-set.ts';
import { Documents } from './documents.ts';
import type { Host } from './host.ts';
import type { Library } from './library.ts';

const DECLARED: Readonly<Record<SetName, { path: string; heading: string }>> = {
  flux64: { path: 'vm/flux64.flux.md', heading: 'Flux64' },
  stack2: { path: 'vm/stack2.flux.md', heading: 'Stack2' },
  stack3: { path: 'vm/stack2.flux.md', heading: 'Stack3' },
  asm16: { path: 'vm/asm16.flux.md', heading: 'Asm16' },
};

/** The sets, by name, read when they are asked for. Null if the host has no such document, or an unsound one. */
export function instructionSets(host: Host, library?: Library): (name: SetName) => InstructionSet | null {
  const documents = new Documents(host, new Sources(library?.sources), new Diagnostics(), library);
  return (name) => {
    const { path, heading } = DECLARED[name];
    const text = documents.read(path);
    if (text === null) return null;
    return documents.parse(path, text).node.instructionSets.find(({ set }) => set.name === heading)?.set ?? null;
  };
}
