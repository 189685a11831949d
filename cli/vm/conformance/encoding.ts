/**
 * Which of the two encodings of the third version's suite a program is in, if its vector does not say: stack if it reads as
 * instructions of `Stack3` from its first byte to its last, else register.
 */
import { Sources } from '../../../fluxc/base/source.ts';
import { Diagnostics } from '../../../fluxc/diagnostics/diagnostic.ts';
import { codeKey, codeLength, type InstructionSet } from '../../../fluxc/isa/instruction-set.ts';
import type { Host } from '../../../fluxc/lang/host.ts';
import { parseModule } from '../../../fluxc/lang/parser.ts';
import type { Encoding } from './vector.ts';

const DOCUMENT = 'vm/stack2.flux.md';

/** The instruction sets of the stack machine, by name. */
export function stackSets(host: Host): Map<string, InstructionSet> {
  const source = new Sources().add(DOCUMENT, host.read(DOCUMENT) ?? '');
  const { instructionSets } = parseModule(source, new Diagnostics(), host);
  return new Map(instructionSets.map(({ set }) => [set.name, set]));
}

export function encodingOf(set: InstructionSet, code: Uint8Array): Encoding {
  let at = 0;
  while (at < code.length) {
    const length = lengthAt(set, code, at);
    if (length === null || at + length > code.length) return 'register';
    at += length;
  }
  return 'stack';
}

function lengthAt(set: InstructionSet, code: Uint8Array, at: number): number | null {
  for (let bytes = 1; bytes <= codeLength(set); bytes++) {
    const row = set.byCode.get(codeKey([...code.subarray(at, at + bytes)]));
    if (row && row.code.length === bytes) return row.length;
  }
  return null;
}
