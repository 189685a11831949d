/** Programs in files: assembly text or containers, read and made into containers, with what is wrong reported. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { CAPABILITIES } from '../../fluxc/base/capabilities.ts';
import { type Source, Sources } from '../../fluxc/base/source.ts';
import type { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { assemble } from '../../fluxc/isa/assemble.ts';
import { type Container, FAULT_TEXTS, lineAt, readContainer, type SetName, writeContainer } from '../../fluxc/isa/container.ts';
import type { InstructionSet } from '../../fluxc/isa/instruction-set.ts';
import type { Output } from '../output.ts';
import { failure } from '../output.ts';
import { reasonOf } from '../project.ts';
import { type Machine, NotBuilt, type Refusal, Machine as VirtualMachine } from './machine.ts';
import { instructionSet } from './sets.ts';

export const ASSEMBLY_SUFFIX = '.fasm';

export interface Program {
  path: string;
  container: Container;
  set: InstructionSet;
  /** the container */
  file: Uint8Array;
  /** the assembly text that it was made of, if it is there */
  source: Source | null;
}

/** Reads a file; what is wrong is printed, and the answer null. */
export function readBytes(path: string, output: Output): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    output.diagnostics(code === 'ENOENT' ? failure('FX0801', path) : failure('FX0813', path, reasonOf(error)), new Sources());
    return null;
  }
}

/** What a program is called that does not say it: its file's name, as far as it is a name. */
export function nameOf(path: string): string {
  const stem = basename(path).replace(/\.[^.]*$/, '').replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, 32);
  return /^[A-Za-z_]/.test(stem) ? stem : `_${stem}`.slice(0, 32);
}

/** Assembles a text; null if it has errors. */
export function assembleText(
  path: string, text: string, sources: Sources, diagnostics: Diagnostics, options: { map?: boolean; defaultSet?: { name: SetName; profile: number } } = {},
): Program | null {
  const source = sources.add(path, text);
  const assembled = assemble(source, { set: instructionSet, name: nameOf(path), ...options }, diagnostics);
  if (!assembled) return null;
  const { container, set } = assembled;
  return { path, container, set, file: writeContainer(container), source };
}

/** The program in a file; null if it is none, which was printed. */
export function readProgram(path: string, output: Output, diagnostics: Diagnostics, sources: Sources): Program | null {
  const bytes = readBytes(path, output);
  if (!bytes) return null;
  if (path.endsWith(ASSEMBLY_SUFFIX)) {
    const program = assembleText(path, Buffer.from(bytes).toString('utf8'), sources, diagnostics);
    output.diagnostics(diagnostics, sources);
    return program;
  }
  const { fault, container } = readContainer(bytes);
  if (!container) {
    output.diagnostics(failure('FX1120', path, FAULT_TEXTS[fault], hintOf(fault, path)), sources);
    return null;
  }
  return { path, container, set: instructionSet(container.set), file: bytes, source: sourceOf(container, sources) };
}

function hintOf(fault: string, path: string): string {
  if (fault === 'magic') return `assembly text ends in \`${ASSEMBLY_SUFFIX}\`; \`fluxos vm asm\` makes bytecode of it`;
  if (fault === 'version' || fault === 'set') return 'it was made by another fluxos: assemble it again';
  return `the file is damaged: copy \`${basename(path)}\` again, or assemble it again`;
}

/** The text that a container was made of, if it lies where the container says. */
function sourceOf({ map }: Container, sources: Sources): Source | null {
  if (!map?.path.endsWith(ASSEMBLY_SUFFIX)) return null;
  try {
    return sources.add(map.path, readFileSync(map.path, 'utf8'));
  } catch {
    return null;
  }
}

/** `path:line: text` of the instruction at an offset, or the offset alone. */
export function placeText({ container, source, path }: Program, offset: number): string {
  const line = lineAt(container.map, offset);
  const at = `offset 0x${offset.toString(16).padStart(4, '0')}`;
  if (line === null) return `${at} of ${path}`;
  const text = source?.lineText(line - 1).trim();
  return `${container.map!.path}:${line}${text ? ` \`${text}\`` : ''} (${at})`;
}

/** Makes a machine; null if the program is refused, which was printed. */
export function loadProgram(program: Program, granted: number, output: Output): Machine | null {
  try {
    const { machine, refusal } = VirtualMachine.load(program.file, granted);
    if (!machine) output.diagnostics(refusalOf(program, refusal, granted), new Sources());
    return machine;
  } catch (error) {
    if (!(error instanceof NotBuilt)) throw error;
    output.diagnostics(failure('FX1129'), new Sources());
    return null;
  }
}

function refusalOf(program: Program, { fault, reason, offset }: Refusal, granted: number): Diagnostics {
  if (fault === 'capability') {
    const missing = capabilityNames(program.container.capabilities & ~granted);
    return failure('FX1125', program.path, missing.join(' and '), missing.join(','));
  }
  if (fault === 'verifier') return failure('FX1121', program.path, reason, placeText(program, offset ?? 0));
  return failure('FX1120', program.path, reason, hintOf(fault, program.path));
}

export function capabilityNames(mask: number): string[] {
  return CAPABILITIES.filter((_, bit) => (mask & (1 << bit)) !== 0);
}

/** The mask of capabilities that are named, with commas between; null if there is no such capability, which was printed. */
export function capabilityMask(names: readonly string[], output: Output): number | null {
  let mask = 0;
  for (const name of names.flatMap((each) => each.split(','))) {
    if (name === 'ALL') mask = 2 ** CAPABILITIES.length - 1;
    const bit = (CAPABILITIES as readonly string[]).indexOf(name);
    if (bit >= 0) mask |= 1 << bit;
    else if (name !== 'ALL' && name !== '') {
      output.diagnostics(failure('FX1113', name, CAPABILITIES.join(', ')), new Sources());
      return null;
    }
  }
  return mask;
}
