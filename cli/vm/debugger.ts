/**
 * The commands of `fluxos vm debug`, as lines in and lines out: `docs/vm.md` lists them. The same commands come from a terminal
 * and from a script.
 */
import { lineAt } from '../../fluxc/isa/container.ts';
import { decode } from '../../fluxc/isa/code.ts';
import { disassemble, instructionText, type Listed } from '../../fluxc/isa/disassemble.ts';
import { realOf } from './run.ts';
import type { Program } from './programs.ts';
import type { Session, Stop } from './session.ts';

interface Command {
  names: string[];
  usage: string;
  help: string;
  run(argument: string): string[] | null;
}

const FLAGS64 = ['zero', 'negative', 'carry', 'overflow', 'equal', 'less', 'greater'];
const STACK_FLAGS = ['zero', 'sign', 'carry', 'overflow'];
const SHOWN_STACK = 16;
const LISTED_LINES = 10;
const DUMPED_BYTES = 64;

/** A wrong argument; its message is for the user. */
class Misuse extends Error {}

export class Debugger {
  private readonly commands: Command[];
  private readonly listing: Listed[];
  private readonly labels: ReadonlyMap<number, readonly string[]>;
  private registers: bigint[];
  private isOver = false;

  constructor(private readonly session: Session) {
    const { container, set } = session.program;
    this.listing = disassemble(set, container.code, container.map?.symbols ?? []);
    this.labels = new Map(this.listing.map(({ offset, labels }) => [offset, labels]));
    this.registers = session.machine.registers;
    this.commands = this.table();
  }

  /** Has `quit` been said? */
  get isDone(): boolean {
    return this.isOver;
  }

  get program(): Program {
    return this.session.program;
  }

  /** What a command has to say. */
  execute(line: string): string[] {
    const [, name = '', argument = ''] = /^\s*(\S*)\s*(.*?)\s*$/.exec(line)!;
    if (name === '') return [];
    const command = this.commands.find(({ names }) => names.includes(name));
    if (!command) return [`there is no command \`${name}\`; \`help\` lists them`];
    try {
      return command.run(argument) ?? [`it is written \`${command.usage}\``];
    } catch (error) {
      if (!(error instanceof Misuse)) throw error;
      return [error.message];
    }
  }

  private table(): Command[] {
    const { session } = this;
    const motion = (names: string[], help: string, move: () => Stop): Command => ({
      names, usage: `${names[0]} [COUNT]`, help,
      run: (argument) => this.moved(() => {
        let stop: Stop = { kind: 'step' };
        for (let i = this.count(argument, 1); i > 0 && stop.kind === 'step'; i--) stop = move();
        return stop;
      }),
    });
    return [
      motion(['step', 's'], 'one instruction, or COUNT', () => session.step()),
      motion(['next', 'n'], 'the same, but a call is one', () => session.next()),
      { names: ['back', 'step-back', 'sb'], usage: 'back [COUNT]', help: 'back by one instruction, or COUNT', run: (text) => this.moved(() => session.back(BigInt(this.count(text, 1)))) },
      { names: ['finish', 'f'], usage: 'finish', help: 'on until this function returns', run: () => this.moved(() => session.finish()) },
      { names: ['continue', 'c'], usage: 'continue [MOST]', help: 'on to a breakpoint, a watched change or the end; MOST instructions', run: (text) => this.moved(() => session.continue(BigInt(this.count(text, 1_000_000_000)))) },
      { names: ['continue-back', 'cb'], usage: 'continue-back', help: 'back to the last breakpoint, or the start', run: () => this.moved(() => session.continueBack()) },
      { names: ['goto', 'g'], usage: 'goto COUNT', help: 'to where COUNT instructions have been executed, backward or forward', run: (text) => (text === '' ? null : this.moved(() => this.goTo(this.count(text, 0)))) },
      { names: ['restart'], usage: 'restart', help: 'back to the start', run: () => this.moved(() => session.back(session.executed + 1n)) },
      { names: ['break', 'b'], usage: 'break [PLACE]', help: 'stop at a line, a label, or an address (0x10, or *16); alone: list', run: (text) => this.setBreak(text) },
      { names: ['delete', 'd'], usage: 'delete [PLACE]', help: 'remove a breakpoint or a watch; alone: all of them', run: (text) => this.remove(text) },
      { names: ['watch', 'w'], usage: 'watch REGION+OFFSET[:SIZE]', help: 'stop when these bytes change (8 without SIZE)', run: (text) => this.watch(text) },
      { names: ['registers', 'r', 'regs'], usage: 'registers [rN]', help: 'registers that are not 0, or one', run: (text) => this.showRegisters(text) },
      { names: ['flags'], usage: 'flags', help: 'the flags that are set', run: () => [this.flagsText()] },
      { names: ['stack'], usage: 'stack', help: 'the values on the stack, the top first', run: () => this.showStack() },
      { names: ['calls', 'bt'], usage: 'calls', help: 'the calls that are open, the innermost first', run: () => this.showCalls() },
      { names: ['regions'], usage: 'regions', help: 'the memory of the program', run: () => this.showRegions() },
      { names: ['memory', 'x'], usage: 'memory REGION[+OFFSET] [SIZE]', help: 'bytes of a region', run: (text) => this.dump(text) },
      { names: ['list', 'l'], usage: 'list [LINE|LABEL]', help: 'lines of the source', run: (text) => this.listSource(text) },
      { names: ['disassemble', 'dis'], usage: 'disassemble [PLACE] [COUNT]', help: 'instructions', run: (text) => this.disassemble(text) },
      { names: ['where', 'info', 'i'], usage: 'where', help: 'where the program is, and how it got there', run: () => this.where() },
      { names: ['help', 'h', '?'], usage: 'help', help: 'this list', run: () => this.help() },
      { names: ['quit', 'q', 'exit'], usage: 'quit', help: 'leave', run: () => {
        this.isOver = true;
        return [];
      } },
    ];
  }

  private help(): string[] {
    const width = Math.max(...this.commands.map(({ usage }) => usage.length));
    return this.commands.map(({ names, usage, help }) => {
      const short = names.slice(1).join(', ');
      return `${usage.padEnd(width)}  ${help}${short ? ` (${short})` : ''}`;
    });
  }

  // ---- moving ----

  private goTo(wanted: number): Stop {
    const { session } = this;
    if (BigInt(wanted) <= session.executed) {
      session.goTo(BigInt(wanted));
      return { kind: wanted === 0 ? 'start' : 'step' };
    }
    let stop: Stop = { kind: 'step' };
    while (session.executed < BigInt(wanted) && stop.kind === 'step') stop = session.step();
    return stop;
  }

  private moved(move: () => Stop): string[] {
    const stop = move();
    return [...this.stopText(stop), ...this.here(), ...this.changes()];
  }

  private stopText(stop: Stop): string[] {
    const { machine } = this.session;
    switch (stop.kind) {
      case 'step': return [];
      case 'start': return ['at the start'];
      case 'breakpoint': return ['breakpoint'];
      case 'asked': return ['the program asks for a debugger'];
      case 'limit': return ['stopped after as many instructions as it may'];
      case 'halted': return [`ended: ${this.resultText()} after ${this.session.executed} instructions`];
      case 'error': {
        const { text, detail } = machine.error;
        return [`error: ${text}${detail === 0n ? '' : ` (${detail})`}`];
      }
      case 'stuck': return ['it waits for a message that nobody will send'];
      case 'watch': return [`${this.watchName(stop.watch)} changed: ${hexBytes(stop.before)} -> ${hexBytes(stop.after)}`];
    }
  }

  private resultText(): string {
    const { machine, program } = this.session;
    if (program.container.set === 'flux64') return `r16 = ${BigInt.asIntN(64, machine.result)}`;
    return `${BigInt.asIntN(64, machine.result)}`;
  }

  /** `=> 0008 line 5  inc r1` */
  here(): string[] {
    const { machine, program } = this.session;
    if (this.session.ended === 'halted') return [];
    return [this.instructionLine(machine.pc, program, true)];
  }

  private instructionLine(offset: number, { container, set, source }: Program, isCurrent: boolean): string {
    const instruction = decode(set, container.code, offset);
    const text = instruction ? instructionText(set, instruction, offset, this.labels) : offset >= container.code.length ? '(the end of the code)' : '(no instruction)';
    const line = lineAt(container.map, offset);
    const remark = line === null ? '' : `  ; line ${line}${source ? `: ${source.lineText(line - 1).trim()}` : ''}`;
    const mark = isCurrent ? '=>' : this.session.breakpoints.has(offset) ? ' *' : '  ';
    return `${mark} ${hex(offset, 4)}  ${text.padEnd(remark ? 28 : 0)}${remark}`.trimEnd();
  }

  /** Registers that are not what they were when somebody last looked. */
  private changes(): string[] {
    const now = this.session.machine.registers;
    const changed = now.flatMap((value, index) => (value === this.registers[index] ? [] : [`r${index} = ${numberText(value)}`]));
    this.registers = now;
    return changed.length === 0 ? [] : [`   ${changed.slice(0, 8).join(', ')}${changed.length > 8 ? ', …' : ''}`];
  }

  // ---- places ----

  private count(text: string, otherwise: number): number {
    if (text === '') return otherwise;
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < 0) throw new Misuse(`\`${text}\` is no count`);
    return value;
  }

  /** A line (`12`), a label, or an address (`0x10`, `*16`). */
  private place(text: string): number {
    const { container } = this.program;
    const label = this.listing.find(({ labels }) => labels.includes(text));
    if (label) return label.offset;
    const address = /^(?:\*(\d+|0x[0-9a-f]+)|(0x[0-9a-f]+))$/i.exec(text);
    if (address) {
      const offset = Number(address[1] ?? address[2]);
      if (!this.listing.some((each) => each.offset === offset)) throw new Misuse(`no instruction starts at ${hex(offset, 4)}`);
      return offset;
    }
    if (!/^\d+$/.test(text)) throw new Misuse(`\`${text}\` is no line, label or address`);
    if (!container.map) throw new Misuse('the program does not know the lines of its source: name a label or an address (0x10)');
    const line = container.map.lines.find((row) => row.line >= Number(text));
    if (!line) throw new Misuse(`no instruction comes from line ${text} or below it`);
    return line.offset;
  }

  private region(name: string): { number: number; size: number; address: number; name: string } {
    const { regions } = this.session.machine;
    const found = regions.find((each) => each.name === name || String(each.number) === name);
    if (!found) throw new Misuse(`there is no region \`${name}\`; \`regions\` lists them`);
    return found;
  }

  private inRegion(text: string): { number: number; offset: number; size: number | null } {
    const match = /^([^\s+:]+)(?:\+(\w+))?(?::(\w+))?$/.exec(text);
    if (!match) throw new Misuse(`\`${text}\` is no place in a region: write \`REGION+OFFSET\``);
    const region = this.region(match[1]!);
    const offset = this.count(match[2] ?? '', 0);
    if (offset >= region.size) throw new Misuse(`region \`${match[1]}\` has ${region.size} bytes`);
    return { number: region.number, offset, size: match[3] === undefined ? null : this.count(match[3], 8) };
  }

  // ---- breakpoints ----

  private setBreak(text: string): string[] {
    const { breakpoints, watches } = this.session;
    if (text === '') {
      const places = [...breakpoints].sort((a, b) => a - b).map((offset) => this.instructionLine(offset, this.program, false));
      return [...places, ...watches.map((watch) => `watch ${this.watchName(watch)}`), ...(places.length + watches.length === 0 ? ['no breakpoints'] : [])];
    }
    const offset = this.place(text);
    breakpoints.add(offset);
    return [this.instructionLine(offset, this.program, false)];
  }

  private remove(text: string): string[] {
    const { breakpoints, watches } = this.session;
    if (text === '') {
      breakpoints.clear();
      watches.length = 0;
      return ['all removed'];
    }
    const index = watches.findIndex((watch) => this.watchName(watch).startsWith(text));
    if (index >= 0) watches.splice(index, 1);
    else if (!breakpoints.delete(this.place(text))) throw new Misuse(`there is no breakpoint at \`${text}\``);
    return ['removed'];
  }

  private watch(text: string): string[] | null {
    if (text === '') return null;
    const { number, offset, size } = this.inRegion(text);
    const watch = { region: number, offset, size: Math.max(1, size ?? 8) };
    this.session.watches.push(watch);
    return [`watching ${this.watchName(watch)}: ${hexBytes(this.session.watched(watch))}`];
  }

  private watchName({ region, offset, size }: { region: number; offset: number; size: number }): string {
    const name = this.session.machine.regions.find(({ number }) => number === region)?.name || String(region);
    return `${name}+${offset}:${size}`;
  }

  // ---- state ----

  private showRegisters(text: string): string[] {
    const { registers } = this.session.machine;
    if (registers.length === 0) return ['this instruction set has no registers'];
    if (text !== '') {
      const number = Number(/^r?(\d+)$/i.exec(text)?.[1] ?? NaN);
      if (!(number < registers.length)) throw new Misuse(`there is no register \`${text}\``);
      const value = registers[number]!;
      return [`r${number} = ${numberText(value)}  hexadecimal 0x${value.toString(16)}  unsigned ${value}  float ${realOf(value)}`];
    }
    const shown = registers.flatMap((value, index) => (value === 0n ? [] : [`r${index} = ${numberText(value)}`]));
    return [...(shown.length === 0 ? ['all registers are 0'] : columns(shown)), `pc = ${hex(this.session.machine.pc, 4)}`];
  }

  private flagsText(): string {
    const { flags } = this.session.machine;
    const names = this.program.container.set === 'flux64' ? FLAGS64 : STACK_FLAGS;
    const set = names.filter((_, bit) => (flags & (1 << bit)) !== 0);
    return set.length === 0 ? 'no flag is set' : set.join(' ');
  }

  private showStack(): string[] {
    const { machine } = this.session;
    const { stack } = machine;
    if (stack.length === 0) return ['the stack is empty'];
    const lines = stack.map((value, index) => `${String(index).padStart(5)}: ${machine.isReal(index) ? realOf(value) : numberText(value)}`).reverse();
    return lines.length <= SHOWN_STACK ? lines : [...lines.slice(0, SHOWN_STACK), `and ${lines.length - SHOWN_STACK} more`];
  }

  private showCalls(): string[] {
    const { calls, pc } = this.session.machine;
    return [this.instructionLine(pc, this.program, true), ...[...calls].reverse().map((offset) => `${this.instructionLine(offset, this.program, false)}`)];
  }

  private showRegions(): string[] {
    const { regions, activeRegion } = this.session.machine;
    if (regions.length === 0) return ['the program has no region'];
    return regions.map(({ number, name, size, writable }) => {
      const active = number === activeRegion && this.program.container.set === 'flux64' ? ', active' : '';
      return `${String(number).padStart(2)}  ${name.padEnd(16)} ${String(size).padStart(9)} bytes, ${writable ? 'write' : 'read'}${active}`;
    });
  }

  private dump(text: string): string[] | null {
    const [where = '', size] = text.split(/\s+/);
    if (where === '') return null;
    const { number, offset, size: wanted } = this.inRegion(where);
    const region = this.session.machine.regions.find((each) => each.number === number)!;
    const count = Math.min(size !== undefined ? this.count(size, DUMPED_BYTES) : wanted ?? DUMPED_BYTES, region.size - offset);
    return hexDump(this.session.machine.bytes(region.address + offset, count), offset);
  }

  private listSource(text: string): string[] {
    const { container, source } = this.program;
    if (!source) return ['the source is not there; `disassemble` shows the code'];
    const line = /^\d+$/.test(text) ? Number(text) : lineAt(container.map, text === '' ? this.session.machine.pc : this.place(text)) ?? 1;
    const current = lineAt(container.map, this.session.machine.pc);
    const count = source.lines().length;
    const first = Math.max(1, Math.min(line - LISTED_LINES / 2, count - LISTED_LINES + 1));
    return Array.from({ length: Math.min(LISTED_LINES, count - first + 1) }, (_, index) => {
      const number = first + index;
      return `${number === current ? '=>' : '  '} ${String(number).padStart(4)}  ${source.lineText(number - 1)}`.trimEnd();
    });
  }

  private disassemble(text: string): string[] {
    const [where = '', size] = text.split(/\s+/);
    const offset = where === '' ? this.session.machine.pc : this.place(where);
    const from = Math.max(0, this.listing.findIndex((each) => each.offset === offset));
    const lines: string[] = [];
    for (const each of this.listing.slice(from, from + this.count(size ?? '', LISTED_LINES))) {
      for (const label of each.labels) lines.push(`${label}:`);
      lines.push(this.instructionLine(each.offset, this.program, each.offset === this.session.machine.pc));
    }
    return lines;
  }

  private where(): string[] {
    const { program, machine, executed, ended } = this.session;
    return [
      `${program.container.name}, ${program.container.set}, ${executed} instructions executed${ended ? `, ${ended}` : ''}`, ...this.showCalls(),
      `flags: ${this.flagsText()}`, ...(machine.stack.length > 0 ? [`${machine.stack.length} values on the stack`] : []),
    ];
  }
}

export function numberText(value: bigint): string {
  const signed = BigInt.asIntN(64, value);
  return signed > -1_000_000n && signed < 1_000_000n ? String(signed) : `${signed} (0x${value.toString(16)})`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

function hexBytes(bytes: Uint8Array): string {
  return [...bytes].map((byte) => hex(byte, 2)).join(' ');
}

function hexDump(bytes: Uint8Array, start: number): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const part = bytes.subarray(at, at + 16);
    const text = [...part].map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${hex(start + at, 6)}  ${hexBytes(part).padEnd(47)}  ${text}`);
  }
  return lines;
}

/** Texts beside each other, as many as a line of 100 characters takes. */
function columns(texts: readonly string[]): string[] {
  const width = Math.max(...texts.map(({ length }) => length)) + 2;
  const each = Math.max(1, Math.floor(100 / width));
  const lines: string[] = [];
  for (let i = 0; i < texts.length; i += each) lines.push(texts.slice(i, i + each).map((text) => text.padEnd(width)).join('').trimEnd());
  return lines;
}
