/** `fluxos vm …`: programs of bytecode on this machine: assembled, run, debugged, taken apart. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { isatty } from 'node:tty';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { readContainer, type SetName, setNamed, SETS, writeContainer } from '../../fluxc/isa/container.ts';
import { disassemble, programText } from '../../fluxc/isa/disassemble.ts';
import { failure, type Output } from '../output.ts';
import { reasonOf } from '../project.ts';
import { Debugger } from '../vm/debugger.ts';
import { ASSEMBLY_SUFFIX, capabilityNames, loadProgram, nameOf, placeText, readBytes, readProgram } from '../vm/programs.ts';
import { Repl } from '../vm/repl.ts';
import { loadAll, type RunOptions, Terminal } from '../vm/run.ts';
import { Session } from '../vm/session.ts';
import { instructionSet } from '../vm/sets.ts';

const FAILED = 1;

// ---- asm ----

export interface AsmOptions {
  output?: string;
  /** false: no names and lines for debuggers */
  map: boolean;
}

export function asmCommand(path: string, output: Output, options: AsmOptions): number {
  const program = readProgram(path, output, new Diagnostics(), new Sources());
  if (!program) return FAILED;
  const { container } = program;
  const file = options.map ? program.file : writeContainer({ ...container, map: null });
  const target = options.output ?? `${path.replace(/\.[^./]*$/, '')}.fluxbc`;
  try {
    writeFileSync(target, file);
  } catch (error) {
    output.diagnostics(failure('FX0805', target, reasonOf(error)), new Sources());
    return FAILED;
  }
  const { name, set, code, regions, peers } = container;
  output.line(`${target}: ${file.length} bytes, ${set}, ${code.length} of code${regions.length > 0 ? `, ${regions.length} regions` : ''}`);
  output.json({ path: target, bytes: file.length, name, set, code: code.length, regions: regions.length, peers, capabilities: capabilityNames(container.capabilities) });
  return 0;
}

// ---- disasm ----

export interface DisasmOptions {
  set?: string;
  offsets?: boolean;
}

export function disasmCommand(path: string, output: Output, options: DisasmOptions): number {
  if (!path.endsWith(ASSEMBLY_SUFFIX) && options.set !== undefined) return disassembleRaw(path, output, options.set);
  if (!path.endsWith(ASSEMBLY_SUFFIX)) {
    const bytes = readBytes(path, output);
    if (!bytes) return FAILED;
    if (readContainer(bytes).fault === 'magic') {
      output.diagnostics(failure('FX1128', path), new Sources());
      return FAILED;
    }
  }
  const program = readProgram(path, output, new Diagnostics(), new Sources());
  if (!program) return FAILED;
  const { container, set } = program;
  const text = programText(set, container, { offsets: options.offsets });
  output.line(text.trimEnd());
  output.json({
    name: container.name, set: container.set, entry: container.entry, text,
    instructions: disassemble(set, container.code, container.map?.symbols ?? []).map(({ offset, length, text: code, labels, instruction }) =>
      ({ offset, length, text: code, labels, legal: instruction !== null })),
  });
  return 0;
}

/** Code without a container, taken for what the command line says. */
function disassembleRaw(path: string, output: Output, wanted: string): number {
  const [name, profileName] = wanted.split(':');
  const known = setNamed(name!);
  if (!known) {
    output.diagnostics(failure('FX1108', name!, SETS.map((set) => set.name).join(', ')), new Sources());
    return FAILED;
  }
  const code = readBytes(path, output);
  if (!code) return FAILED;
  const profile = known.profiles.length === 1 ? 0 : profileName === 'json' ? 2 : 1;
  const set = instructionSet(known.name);
  const text = programText(set, { set: known.name, profile, name: nameOf(path), capabilities: 0, entry: 0, code, regions: [], peers: [], map: null });
  output.line(text.trimEnd());
  output.json({ name: nameOf(path), set: known.name, entry: 0, text, instructions: disassemble(set, code).map(({ offset, length, text: line, labels, instruction }) =>
    ({ offset, length, text: line, labels, legal: instruction !== null })) });
  return 0;
}

// ---- debug ----

export interface DebugOptions extends RunOptions {
  /** what the program reads */
  input?: string;
}

export async function vmDebugCommand(paths: readonly string[], output: Output, options: DebugOptions): Promise<number> {
  const loaded = loadAll(paths, options.grant, output);
  if (!loaded) return FAILED;
  const machines = loaded.flatMap(({ program, granted }) => {
    const machine = loadProgram(program, granted, output);
    return machine ? [{ program, machine }] : [];
  });
  if (machines.length < loaded.length) return FAILED;
  const input = options.input === undefined ? new Uint8Array(0) : readBytes(options.input, output);
  if (!input) return FAILED;
  const [first, ...others] = machines;
  const session = new Session(first!.program, first!.machine, others, typed(input, output));
  const tool = new Debugger(session);
  const said: { command: string; lines: string[] }[] = [];
  output.line(`${first!.program.container.name}: ${placeText(first!.program, session.machine.pc)}; \`help\` lists the commands`);
  await converse('(vm) ', output, (line) => {
    const lines = tool.execute(line);
    for (const each of lines) output.line(each);
    said.push({ command: line, lines });
    return !tool.isDone;
  }, true);
  output.json({ program: first!.program.container.name, commands: said });
  return 0;
}

/** A console whose input is given. */
function typed(input: Uint8Array, output: Output): Terminal {
  let at = 0;
  const terminal = new Terminal(output.options.json);
  terminal.read = (most) => {
    const part = input.subarray(at, at + most);
    at += part.length;
    return part;
  };
  return terminal;
}

/**
 * Reads lines from standard input until `answer` says that it is over, or they end. Where nobody sits at a terminal, prompt and line
 * are printed, so that what comes out can be read. `repeats`: an empty line at a terminal is the last one again.
 */
async function converse(prompt: string, output: Output, answer: (line: string) => boolean, repeats: boolean): Promise<void> {
  const isTerminal = isatty(0) && isatty(1) && !output.options.json;
  if (!isTerminal) {
    let text: string;
    try {
      text = readFileSync(0, 'utf8');
    } catch {
      text = '';
    }
    const lines = text.split(/\r?\n/);
    if (lines[lines.length - 1] === '') lines.pop();
    for (const line of lines) {
      output.line(`${prompt}${line}`);
      if (!answer(line)) return;
    }
    return;
  }
  const reader = createInterface({ input: process.stdin, output: process.stdout, prompt });
  let last = '';
  reader.prompt();
  for await (const line of reader) {
    const wanted = line.trim() === '' && repeats ? last : line;
    last = wanted;
    if (!answer(wanted)) break;
    reader.prompt();
  }
  reader.close();
}

// ---- repl ----

export async function replCommand(output: Output, options: { set: string }): Promise<number> {
  const [name, profileName] = options.set.split(':');
  const known = setNamed(name!);
  if (!known) {
    output.diagnostics(failure('FX1108', name!, SETS.map((set) => set.name).join(', ')), new Sources());
    return FAILED;
  }
  const repl = new Repl(name as SetName, profileName === 'json' ? 2 : known.profiles.length === 1 ? 0 : 1, new Terminal(output.options.json));
  const said: { line: string; answer: string[] }[] = [];
  output.line(`${known.name}; :help says what may stand here`);
  await converse('> ', output, (line) => {
    const lines = repl.execute(line);
    for (const each of lines) output.line(each);
    said.push({ line, answer: lines });
    return !repl.isDone;
  }, false);
  output.json({ set: known.name, lines: said });
  return 0;
}
