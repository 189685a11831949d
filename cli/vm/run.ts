/** `fluxos vm run`: programs beside each other, with this terminal for a console. */
import { readSync } from 'node:fs';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { failure, type Output, writeAll } from '../output.ts';
import { type Agent, Agents, type Console, type Outcome } from './agents.ts';
import { capabilityMask, capabilityNames, loadProgram, placeText, type Program, readProgram } from './programs.ts';

export interface RunOptions {
  fuel?: bigint;
  /** capabilities; without it the usual ones */
  grant?: string[];
}

const FAILED = 1;
const OUT_OF_FUEL = 124;
/** What a program gets that nobody has said anything about: it may talk. */
const DEFAULT_GRANT = ['COMMUNICATE', 'IO_READ', 'IO_WRITE', 'MEMORY'];

/** Where programs write and read. With `--json` what they write is kept for the value. */
export class Terminal implements Console {
  readonly written: Uint8Array[] = [];

  constructor(private readonly keeps: boolean) {}

  write(bytes: Uint8Array): void {
    if (this.keeps) this.written.push(bytes);
    else writeAll(1, bytes);
  }

  read(most: number): Uint8Array {
    const buffer = new Uint8Array(most);
    for (;;) {
      try {
        return buffer.subarray(0, readSync(0, buffer, 0, most, null));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EOF') return new Uint8Array(0);
        if (code !== 'EAGAIN') return new Uint8Array(0);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      }
    }
  }

  get text(): string {
    return Buffer.concat(this.written).toString('utf8');
  }
}

/** Reads and loads all files; null if one of them is refused, or they do not fit each other. */
export function loadAll(paths: readonly string[], grant: readonly string[] | undefined, output: Output): { program: Program; granted: number }[] | null {
  const granted = capabilityMask(grant ?? DEFAULT_GRANT, output);
  if (granted === null) return null;
  const sources = new Sources();
  const programs: Program[] = [];
  for (const path of paths) {
    const program = readProgram(path, output, new Diagnostics(), sources);
    if (!program) return null;
    programs.push(program);
  }
  const names = programs.map(({ container }) => container.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    output.diagnostics(failure('FX1127', twice), sources);
    return null;
  }
  for (const { container } of programs) {
    const missing = container.peers.find((peer) => !names.includes(peer));
    if (missing === undefined) continue;
    output.diagnostics(failure('FX1126', container.name, missing), sources);
    return null;
  }
  return programs.map((program) => ({ program, granted }));
}

export function runCommand(paths: readonly string[], output: Output, { fuel, grant }: RunOptions): number {
  const loaded = loadAll(paths, grant, output);
  if (!loaded) return FAILED;
  const terminal = new Terminal(output.options.json);
  const agents = new Agents(terminal);
  for (const { program, granted } of loaded) {
    const machine = loadProgram(program, granted, output);
    if (!machine) return FAILED;
    agents.add(program.container.name, machine, program.set, fuel ?? null);
  }
  const outcome = agents.run();
  const programs = loaded.map(({ program }) => program);
  agents.list.forEach((agent, index) => report(agent, programs[index]!, output, fuel));
  if (outcome.kind === 'stuck') output.diagnostics(stuckOf(outcome), new Sources());
  output.json({
    programs: agents.list.map((agent, index) => describe(agent, programs[index]!)), console: terminal.text,
  });
  return statusOf(agents.list, outcome);
}

/** That of the first program: what r16 holds, its low eight bits. What went wrong with any of them goes before. */
function statusOf(agents: readonly Agent[], outcome: Outcome): number {
  if (agents.some(({ ending }) => ending === 'error') || outcome.kind === 'stuck') return FAILED;
  if (agents.some(({ isOutOfFuel }) => isOutOfFuel)) return OUT_OF_FUEL;
  const first = agents[0]!;
  return first.machine.container.set === 'flux64' ? Number(first.machine.result & 0xffn) : 0;
}

/** A line for people on standard error: what it gave, and how long it took. What asm16 emits is output. */
function report(agent: Agent, program: Program, output: Output, fuel: bigint | undefined): void {
  const { machine } = agent;
  for (const value of agent.emitted) output.line(String(BigInt.asIntN(64, value)));
  if (agent.isOutOfFuel) output.diagnostics(failure('FX1123', agent.name, String(fuel)), new Sources());
  else if (agent.ending === 'error') {
    const { text, detail } = machine.error;
    const reason = detail === 0n ? text : `${text} (${detail})`;
    output.diagnostics(failure('FX1122', agent.name, reason, placeText(program, machine.pc)), new Sources());
  } else if (agent.ending === 'halted') {
    const count = `${machine.executed} instruction${machine.executed === 1n ? '' : 's'}`;
    output.remark(`${agent.name}: ${resultText(agent)}, ${count}`);
  }
}

function resultText({ machine }: Agent): string {
  const { set } = machine.container;
  if (set === 'flux64') return `r16 = ${BigInt.asIntN(64, machine.result)}`;
  if (set === 'asm16') return 'halted';
  return `stack ${stackText(machine.stack.map((value, index) => (machine.isReal(index) ? realOf(value) : BigInt.asIntN(64, value))))}`;
}

export function stackText(values: readonly (bigint | number)[]): string {
  return values.length === 0 ? 'empty' : `[${values.join(', ')}]`;
}

export function realOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

function describe(agent: Agent, { path, container }: Program): Record<string, unknown> {
  const { machine, ending, isOutOfFuel, emitted } = agent;
  const { text, code, detail } = machine.error;
  return {
    name: agent.name, path, set: container.set, capabilities: capabilityNames(container.capabilities),
    ending: isOutOfFuel ? 'fuel' : ending ?? 'waiting', result: String(BigInt.asIntN(64, machine.result)), instructions: Number(machine.executed), offset: machine.pc,
    error: ending === 'error' ? { code, text, detail: String(detail) } : null,
    stack: machine.stack.map((value, index) => (machine.isReal(index) ? realOf(value) : String(BigInt.asIntN(64, value)))),
    emitted: emitted.map((value) => String(BigInt.asIntN(64, value))),
  };
}

function stuckOf({ waiting }: Extract<Outcome, { kind: 'stuck' }>): Diagnostics {
  return failure('FX1124', waiting.map(({ name, waiting: how }) => `\`${name}\` waits for ${WAITS[how!.for]}`).join(', '));
}

const WAITS = { message: 'a message', answer: 'an answer', barrier: 'others at a barrier', time: 'a time', wake: 'somebody to wake it' } as const;
