/**
 * `fluxos vm repl`: an instruction, a label, a directive or an expression a line.
 *
 * What was entered is a program that grows: each line is put behind those before it, the program runs anew, with the answers that
 * its requests got before, and what the new line changed is shown. So labels of earlier lines can be jumped to, `:undo` costs
 * nothing, and `:save` writes what can be assembled.
 */
import { writeFileSync } from 'node:fs';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { PLAIN, renderDiagnostics } from '../../fluxc/diagnostics/render.ts';
import { rowOf } from '../../fluxc/isa/assemble.ts';
import type { Container, SetName } from '../../fluxc/isa/container.ts';
import { ABSOLUTE, type Names, Scanner, Token } from '../../fluxc/target/assembly/scanner.ts';
import { AssemblyError } from '../../fluxc/target/assembly/statements.ts';
import { reasonOf } from '../project.ts';
import { Agents, type Console } from './agents.ts';
import { numberText } from './debugger.ts';
import { type Answer, Machine, type Request } from './machine.ts';
import { assembleText } from './programs.ts';
import { realOf } from './run.ts';
import { instructionSet } from './sets.ts';

/** Instructions that a line may take. */
const FUEL = 10_000_000n;
const ALL = 0x7ff;

interface State {
  registers: bigint[];
  stack: string[];
  flags: number;
  emitted: bigint[];
}

/** One program with answers that it got before; what it asks beyond them is done. */
class Replay extends Agents {
  private known = 0;

  constructor(private readonly answers: Answer[], console: Console) {
    super(console);
  }

  protected override answer(agent: Parameters<Agents['after']>[0], answer: Answer): void {
    this.answers.push(answer);
    this.known = this.answers.length;
    super.answer(agent, answer);
  }

  /** How many answers the program has had. */
  get used(): number {
    return this.known;
  }

  /** The next of the known answers. */
  next(): Answer | undefined {
    return this.known < this.answers.length ? this.answers[this.known++] : undefined;
  }
}

export class Repl {
  private lines: string[] = [];
  private answers: Answer[] = [];
  private state: State;
  private container: Container | null = null;
  private isOver = false;
  /** answers that the last attempt had */
  private used = 0;

  constructor(readonly set: SetName, private readonly profile: number, private readonly console: Console) {
    const first = this.attempt([]);
    this.state = typeof first === 'string' ? { registers: [], stack: [], flags: 0, emitted: [] } : first;
  }

  get isDone(): boolean {
    return this.isOver;
  }

  /** What there is to say to a line. */
  execute(line: string): string[] {
    const text = line.trim();
    if (text === '') return [];
    if (text.startsWith(':')) return this.command(text);
    const word = /^[A-Za-z_.][\w.]*/.exec(text)?.[0] ?? '';
    const isCode = /^[\w.$]+\s*:/.test(text) || text.startsWith('.') || rowOf(instructionSet(this.set), word) !== null ||
      /^[;#]|^\/\/|^[A-Za-z_]\w*\s+[\w"']/.test(text);
    return isCode ? this.enter(text) : this.evaluate(text);
  }

  private command(text: string): string[] {
    const [, name, argument] = /^:(\w*)\s*(.*)$/.exec(text)!;
    switch (name) {
      case 'quit': case 'q':
        this.isOver = true;
        return [];
      case 'undo':
        if (this.lines.length === 0) return ['there is nothing to take back'];
        return this.restart(this.lines.slice(0, -1));
      case 'reset': return this.restart([]);
      case 'list': return this.lines.length === 0 ? ['nothing yet'] : this.lines.map((line, index) => `${String(index + 1).padStart(4)}  ${line}`);
      case 'registers': {
        const shown = this.state.registers.flatMap((value, index) => (value === 0n ? [] : [`r${index} = ${numberText(value)}`]));
        return shown.length === 0 ? ['all registers are 0'] : shown;
      }
      case 'stack': return this.state.stack.length === 0 ? ['the stack is empty'] : [...this.state.stack].reverse();
      case 'save': return this.save(argument!);
      default:
        return [
          'an instruction, a label, a directive or an expression (`r1 + 2`) a line; besides',
          ':registers  :stack  :list  :undo  :reset  :save FILE  :quit',
        ];
    }
  }

  private save(path: string): string[] {
    if (path === '') return ['it is written `:save FILE`'];
    try {
      writeFileSync(path, this.textOf(this.lines));
    } catch (error) {
      return [`\`${path}\` could not be written: ${reasonOf(error)}`];
    }
    return [`${this.lines.length} lines in ${path}`];
  }

  /** Goes on with the first of the lines; what they were answered stays. */
  private restart(lines: string[]): string[] {
    const state = this.attempt(lines);
    if (typeof state === 'string') return [state];
    this.answers.length = this.used;
    this.lines = lines;
    this.state = state;
    return [`${lines.length} lines`];
  }

  private textOf(lines: readonly string[]): string {
    const profile = this.set.startsWith('stack') ? ` ${this.profile === 2 ? 'json' : 'golden'}` : '';
    const capabilities = this.set === 'flux64' ? '.capability COMMUNICATE, IO_READ, IO_WRITE, MEMORY\n' : '';
    return `.set ${this.set}${profile}\n${capabilities}${lines.map((line) => `    ${line}\n`).join('')}    .code\n    halt\n`;
  }

  private enter(line: string): string[] {
    const before = this.answers.length;
    const state = this.attempt([...this.lines, line]);
    if (typeof state === 'string') {
      this.answers.length = before;
      return state.split('\n');
    }
    const said = this.differences(this.state, state);
    this.lines.push(line);
    this.state = state;
    return said;
  }

  private differences(old: State, now: State): string[] {
    const said = now.registers.flatMap((value, index) => (value === (old.registers[index] ?? 0n) ? [] : [`r${index} = ${numberText(value)}`]));
    if (now.flags !== old.flags) said.push(`flags = ${now.flags}`);
    if (now.stack.join() !== old.stack.join()) said.push(`stack: ${now.stack.length === 0 ? 'empty' : now.stack.join(' ')}`);
    for (const value of now.emitted.slice(old.emitted.length)) said.push(`emitted ${BigInt.asIntN(64, value)}`);
    return said;
  }

  /** The state behind the last of these lines, or what is wrong with them. */
  private attempt(lines: readonly string[]): State | string {
    const sources = new Sources();
    const diagnostics = new Diagnostics();
    const program = assembleText('repl.fasm', this.textOf(lines), sources, diagnostics, { map: false });
    if (!program) {
      const wrong = diagnostics.list.filter(({ severity }) => severity === 'error').map((each) => ({ ...each, span: null }));
      return renderDiagnostics(wrong, sources, PLAIN).trimEnd();
    }
    const { machine, refusal } = Machine.load(program.file, ALL);
    if (!machine) return `refused by the verifier: ${refusal.reason}`;
    const agents = new Replay(this.answers, this.console);
    const agent = agents.add('repl', machine, program.set, FUEL);
    const emitted: bigint[] = [];
    const wrong = this.run(agents, agent, machine, emitted);
    this.used = agents.used;
    if (wrong !== null) return wrong;
    this.container = program.container;
    const stack = machine.stack.map((value, index) => String(machine.isReal(index) ? realOf(value) : BigInt.asIntN(64, value)));
    return { registers: machine.registers, stack, flags: machine.flags, emitted };
  }

  /** Null if the program came to its end. */
  private run(agents: Replay, agent: ReturnType<Agents['add']>, machine: Machine, emitted: bigint[]): string | null {
    for (;;) {
      const left = FUEL - machine.executed;
      if (left <= 0n) return `still running after ${FUEL} instructions; the line is dropped`;
      const ending = machine.run(left);
      if (ending === 'halted') return null;
      if (ending === 'error') return `error: ${machine.error.text}; the line is dropped`;
      if (ending !== 'request') continue;
      const request: Request = machine.request;
      if (this.set === 'asm16') emitted.push(request.arguments[0]!);
      const known = agents.next();
      if (known) machine.answer(known);
      else {
        agents.after(agent, 'request');
        if (agent.waiting) return 'it waits for a message, and nobody is there to send one; the line is dropped';
      }
    }
  }

  // ---- expressions ----

  private evaluate(text: string): string[] {
    const names: Names = {
      value: (name) => ({ base: ABSOLUTE, number: this.named(name) }),
      numeric: () => null,
      here: () => ({ base: ABSOLUTE, number: BigInt(this.container?.code.length ?? 0) }),
    };
    try {
      const scanner = new Scanner(text, 0, text.length, names);
      const value = scanner.constant();
      if (scanner.token !== Token.End) scanner.fail('an operator or the end of the line');
      return [`${value}${value > 9n || value < 0n ? `  0x${BigInt.asUintN(64, value).toString(16)}` : ''}`];
    } catch (error) {
      if (!(error instanceof AssemblyError)) throw error;
      return [`expected ${error.expected}, found ${error.found}; :help says what may stand here`];
    }
  }

  private named(name: string): bigint {
    const register = /^r(\d+)$/i.exec(name);
    if (register && Number(register[1]) < this.state.registers.length) return BigInt.asIntN(64, this.state.registers[Number(register[1])]!);
    if (name === 'flags') return BigInt(this.state.flags);
    if (name === 'top' && this.state.stack.length > 0) return BigInt(Math.trunc(Number(this.state.stack[this.state.stack.length - 1])));
    const region = this.container?.regions.find((each) => each.name === name);
    if (region) return BigInt(region.number);
    throw new AssemblyError({ start: 0, end: name.length }, `\`${name}\``, 'a register, `flags`, `top`, a region or a number');
  }
}
