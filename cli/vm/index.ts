/**
 * The virtual machine as a library: `import { compileAndRun, run } from 'fluxos/vm'`. `docs/vm.md` has examples.
 *
 * Nothing here prints, and what is wrong with a program is an `Error` whose message says so.
 */
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { PLAIN, renderDiagnostics } from '../../fluxc/diagnostics/render.ts';
import { FAULT_TEXTS, readContainer, type SetName } from '../../fluxc/isa/container.ts';
import { programText } from '../../fluxc/isa/disassemble.ts';
import { type Agent, Agents, type Console } from './agents.ts';
import { Machine } from './machine.ts';
import { assembleText } from './programs.ts';
import { instructionSet } from './sets.ts';

export { type Agent, Agents, type Console } from './agents.ts';
export { type Answer, type Ending, Machine, type Refusal, type Request } from './machine.ts';
export { type Container, readContainer, writeContainer } from '../../fluxc/isa/container.ts';
export { instructionSet } from './sets.ts';

export interface AssembleOptions {
  /** of the program, unless its text says it */
  name?: string;
  /** of a text without `.set` */
  set?: SetName;
}

/** The container of a program in assembly. Throws what is wrong with the text. */
export function assemble(text: string, { name = 'program', set }: AssembleOptions = {}): Uint8Array {
  const sources = new Sources();
  const diagnostics = new Diagnostics();
  const defaultSet = set && { name: set, profile: set.startsWith('stack') ? 1 : 0 };
  const program = assembleText(`${name}.fasm`, text, sources, diagnostics, { defaultSet });
  if (!program) throw new Error(renderDiagnostics(diagnostics.list, sources, PLAIN).trimEnd());
  return program.file;
}

/** A container as assembly text. Throws why it is refused. */
export function disassemble(file: Uint8Array): string {
  const { container, fault } = readContainer(file);
  if (!container) throw new Error(FAULT_TEXTS[fault]);
  return programText(instructionSet(container.set), container);
}

export interface RunOptions {
  /** instructions that each program may execute */
  fuel?: bigint;
  /** a mask of capabilities; all without it */
  granted?: number;
  /** what programs read from the console */
  input?: string;
}

export interface RunResult {
  name: string;
  ending: 'halted' | 'error' | 'fuel' | 'waiting';
  /** r16 of flux64, the value on top of a stack set, the last emitted one of asm16 */
  result: bigint;
  /** all values that an asm16 program emitted */
  emitted: bigint[];
  instructions: bigint;
  /** of ending `error` */
  error: string | null;
}

const ALL = 0x7ff;

/** Runs programs beside each other, until each has ended or none can go on. `console` is what they wrote. */
export function run(files: readonly Uint8Array[], { fuel, granted = ALL, input = '' }: RunOptions = {}): { programs: RunResult[]; console: string } {
  let rest = Buffer.from(input, 'utf8');
  const written: Uint8Array[] = [];
  const console: Console = {
    write: (bytes) => void written.push(bytes),
    read: (most) => {
      const part = rest.subarray(0, most);
      rest = rest.subarray(part.length);
      return part;
    },
  };
  const agents = new Agents(console);
  for (const file of files) {
    const { machine, refusal } = Machine.load(file, granted);
    if (!machine) throw new Error(refusal.offset === null ? refusal.reason : `${refusal.reason}, at offset ${refusal.offset}`);
    agents.add(machine.container.name, machine, instructionSet(machine.container.set), fuel ?? null);
  }
  agents.run();
  return { programs: agents.list.map(resultOf), console: Buffer.concat(written).toString('utf8') };
}

function resultOf({ name, machine, ending, isOutOfFuel, emitted }: Agent): RunResult {
  return {
    name, emitted: emitted.map((value) => BigInt.asIntN(64, value)), instructions: machine.executed, result: BigInt.asIntN(64, machine.result),
    ending: isOutOfFuel ? 'fuel' : ending === 'halted' || ending === 'error' ? ending : 'waiting',
    error: ending === 'error' ? machine.error.text : null,
  };
}

/** Runs a text of the sixteen operations and gives the value that it emitted last. Throws if there is none, or what is wrong. */
export function compileAndRun(text: string, options: RunOptions = {}): bigint {
  const { programs: [program] } = run([assemble(text, { set: 'asm16' })], { fuel: 100_000_000n, ...options });
  const { ending, error, emitted } = program!;
  if (ending !== 'halted') throw new Error(error ?? `the program has not ended (${ending})`);
  const value = emitted[emitted.length - 1];
  if (value === undefined) throw new Error('the program emitted nothing');
  return value;
}
