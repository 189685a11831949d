/**
 * Builds the programs of an image: each on its own, with its own statics, linked to where it lies in a process.
 *
 * A program goes through the same passes, code generator and linker as the kernel, but only what its agent reaches goes in
 * (`lang/lower-program.ts`). Out comes a linked image, and of it what the kernel's image embeds: the bytes of code,
 * constants and data one behind the other, and the line table.
 */
import type { Sources } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import type { Module } from '../fir/module.ts';
import { optimise, type PassOptions } from '../fir/passes/pipeline.ts';
import { type Definitions, lowerProgram } from '../lang/lower-program.ts';
import { alignUp } from '../link/layout.ts';
import { link, type LinkedImage, lineTableOf } from '../link/link.ts';
import type { CodeLibrary } from '../target/machine/code-library.ts';
import { generate } from '../target/machine/generate.ts';
import type { Target } from '../target/machine/target.ts';
import { callsOf } from './absent-calls.ts';
import { kindsOf } from './absent-kinds.ts';
import { machineSymbol, partSymbol, type ProgramPart } from './agents-module.ts';
import { MACHINE_STATUS } from './machines-module.ts';
import type { PlannedProgram, ProgramPlan } from './plan.ts';

/** Where the function of an agent, and whatever it spawns, returns to. */
export const FINISH = { module: 'kernel.agent.start', name: 'finish' };

/** Sizes are multiples of this, so that copies of whole words fill pages. */
const UNIT = 8;

export interface BuiltProgram {
  name: string;
  linked: LinkedImage;
  /** code, constants and data, each filled up to whole words */
  bytes: Uint8Array;
  lines: Uint8Array;
  /** numbers of the system calls that it makes; null: it may make any */
  calls: ReadonlySet<number> | null;
  /** kinds of the messages that it sends; null: it may be any */
  kinds: ReadonlySet<number> | null;
  /** address in the process of its `BytecodeStatus`, if it runs bytecode */
  machine: number | null;
  /** what the kernel must know of it; `bytes` and `lines` are symbols of its image */
  numbers: Record<Exclude<ProgramPart, 'bytes' | 'lines'>, number>;
}

export interface BuildRequest {
  definitions: Definitions;
  target: Target;
  sources: Sources;
  /** address of the first byte of every program */
  base: number;
  passes: PassOptions;
  code?: CodeLibrary;
}

/** Null, with what is wrong reported, if one of them cannot be built. */
export function buildPrograms(plan: ProgramPlan, request: BuildRequest, diagnostics: Diagnostics): BuiltProgram[] | null {
  const built: BuiltProgram[] = [];
  for (const program of plan.programs) {
    const one = buildProgram(program, request, diagnostics);
    if (one) built.push(one);
  }
  return diagnostics.failed ? null : built;
}

function buildProgram(program: PlannedProgram, request: BuildRequest, diagnostics: Diagnostics): BuiltProgram | null {
  const { definitions, target, sources, base, passes } = request;
  const finish = `${FINISH.module}.${FINISH.name}`;
  const module = lowerProgram(definitions, program, [program.symbol, finish], diagnostics);
  if (diagnostics.failed) return null;
  optimise(module, target, passes);
  const atoms = generate(module, target, diagnostics, { library: request.code });
  if (diagnostics.failed) return null;
  const linked = link({ module, atoms, target, sources, base, headerBytes: 0, entry: program.symbol }, diagnostics);
  if (!linked) return null;
  const [code, constants, data] = linked.sections.map(({ bytes }) => alignUp(bytes.length, UNIT)) as [number, number, number];
  const bytes = new Uint8Array(code + constants + data);
  bytes.set(linked.sections[0]!.bytes, 0);
  bytes.set(linked.sections[1]!.bytes, code);
  bytes.set(linked.sections[2]!.bytes, code + constants);
  const zeros = Math.max(0, linked.end - (linked.sections[2]!.address + data));
  const { memory, stack } = program.options;
  if (stack + data + zeros > memory) {
    diagnostics.report('FX0921', program.loc, program.name, memory, stack + data + zeros);
  }
  const live = new Set(linked.symbols.map(({ name }) => name));
  const addressOf = (symbol: string) => linked.symbols.find(({ name }) => name === symbol)!.address;
  return {
    name: program.name, linked, bytes, lines: lineTableOf(linked.symbols, base, sources),
    calls: callsOf(module, live), kinds: kindsOf(module, live),
    machine: program.options.bytecode ? addressOf(MACHINE_STATUS) : null,
    numbers: {
      code_size: code, constant_size: constants, data_size: data, zero_size: zeros, entry: linked.entry, finish: addressOf(finish),
    },
  };
}

/** Puts the programs into the kernel's module; the numbers are what the linker says the symbols of the others are. */
export function embedPrograms(programs: readonly BuiltProgram[], module: Module): Map<string, number> {
  const numbers = new Map<string, number>();
  programs.forEach(({ bytes, lines, machine, numbers: own }, index) => {
    for (const [part, content] of [['bytes', bytes], ['lines', lines]] as const) {
      const data = { bytes: content, size: content.length, align: UNIT, writable: false, references: [] };
      module.defineData(partSymbol(index, part), data, 0);
    }
    if (machine !== null) numbers.set(machineSymbol(index), machine);
    for (const [part, number] of Object.entries(own)) numbers.set(partSymbol(index, part as ProgramPart), number);
  });
  return numbers;
}
