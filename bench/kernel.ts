/**
 * What the kernel's services cost, in guest instructions: `ipc.flux.md` does each of them many times, and the plugin counts
 * from one mark to the next. Marks are functions of `calls.flux.md`, and all processes of that system are made of one program,
 * so that an address is one place.
 */
import { type Compilation } from '../fluxc/compile.ts';
import { BY_INTERRUPT, type Cost, count, FROM_IDLE, USER_BASE, type Way } from './guest.ts';

/** What another kernel needs, or the project wants: not to be exceeded. */
export interface Bar {
  instructions: number;
  of: string;
}

export interface Measure {
  name: string;
  /** functions; null: an interrupt */
  from: string | null;
  to: string;
  /** how often it happens between the marks */
  times: number;
  bar: Bar | null;
}

const SEL4 = 'seL4 x86_64';

/** The loop that does nothing is counted too, and taken off the others that loop. */
const EMPTY = 'bench.calls.nothing';

export const MEASURES: readonly Measure[] = [
  { name: 'null system call', from: 'bench.calls.number', to: 'bench.calls.number', times: 1, bar: { instructions: 105, of: SEL4 } },
  { name: 'ask and reply, no words', from: 'bench.calls.ask_nothing', to: 'bench.calls.ask_nothing', times: 1, bar: { instructions: 465, of: `${SEL4}, one address space` } },
  { name: 'ask and reply, 4 words', from: 'bench.calls.ask_words', to: 'bench.calls.ask_words', times: 1, bar: { instructions: 482, of: `${SEL4}, one address space` } },
  { name: 'ask and reply, 4 words, library', from: 'bench.calls.asking', to: 'bench.calls.asking', times: 1, bar: null },
  { name: 'tell to receive', from: 'bench.calls.tell', to: 'bench.calls.received', times: 1, bar: null },
  { name: 'context switch', from: 'bench.calls.yield', to: 'bench.calls.yield', times: 2, bar: null },
  { name: 'agent: create, exit, wait', from: 'bench.calls.starting', to: 'bench.calls.starting', times: 1, bar: { instructions: 20_000, of: 'the project; xv6 474,585' } },
  { name: 'interrupt to message', from: null, to: 'bench.calls.interrupted', times: 1, bar: null },
];

/** Where instructions are executed: in the agents, on the way between them and the kernel's functions, in those. */
export type Part = 'agents' | 'entry and exit' | 'kernel';

export interface MeasuredCost extends Cost {
  name: string;
  bar: Bar | null;
  /** of one round, by part and by function; the loop of the benchmark is among them */
  parts: Record<Part, number>;
  functions: { name: string; instructions: number }[];
}

/** A symbol table that answers which function an address belongs to. */
export class Symbols {
  private readonly sorted: { name: string; address: number; size: number }[];

  constructor({ linked, programs }: Compilation) {
    this.sorted = [...linked.symbols, ...programs.flatMap((program) => program.linked.symbols)].sort((a, b) => a.address - b.address);
  }

  address(name: string): number {
    const found = this.sorted.find((symbol) => symbol.name === name);
    if (!found) throw new Error(`the system has no function ${name}`);
    return found.address;
  }

  nameOf(address: number): string {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.sorted[middle]!.address <= address) low = middle + 1;
      else high = middle;
    }
    return this.sorted[low - 1]?.name ?? `0x${address.toString(16)}`;
  }
}

/** Instructions by function, most first. */
export function byFunction(way: Way, symbols: Symbols, rounds: number): { name: string; instructions: number }[] {
  const sums = new Map<string, number>();
  for (const [address, times] of way.places) {
    const name = symbols.nameOf(address);
    sums.set(name, (sums.get(name) ?? 0) + times / rounds);
  }
  return [...sums].map(([name, instructions]) => ({ name, instructions })).sort((a, b) => b.instructions - a.instructions);
}

/** Assembly that saves and loads the registers of agents. */
function isWay(name: string): boolean {
  return name.startsWith('hal.cpu.user.') || name.startsWith('hal.cpu.trap.');
}

function partsOf(way: Way, symbols: Symbols, base: number): Record<Part, number> {
  const parts: Record<Part, number> = { agents: 0, 'entry and exit': 0, kernel: 0 };
  for (const [address, times] of way.places) {
    const part = address >= base ? 'agents' : isWay(symbols.nameOf(address)) ? 'entry and exit' : 'kernel';
    parts[part] += times / way.times;
  }
  return parts;
}

/** All measures of one board. `compilation` is of `bench/ipc.flux.md`. */
export async function measureKernel(compilation: Compilation, plugin: string): Promise<MeasuredCost[]> {
  const symbols = new Symbols(compilation);
  const all = [{ from: EMPTY, to: EMPTY }, ...MEASURES];
  const pairs = all.map(({ from, to }) => [from === null ? 0 : symbols.address(from), symbols.address(to)] as const);
  const answer = await count(compilation, plugin, { pairs, spans: true });
  if (answer.status !== 0) throw new Error(`${compilation.board.name}: the benchmark ended with status ${answer.status}\n${answer.console}`);
  const [empty, ...ways] = answer.pairs;
  if (!empty) throw new Error(`${compilation.board.name}: the benchmark has not run`);
  return MEASURES.map(({ name, from, to, times, bar }, index) => {
    const way = ways[index];
    if (!way) throw new Error(`${compilation.board.name}: "${name}" has not happened`);
    const loop = from === to ? empty.least : 0;
    const cost = (instructions: number) => (instructions - loop) / times;
    const parts = partsOf(way, symbols, USER_BASE[compilation.board.arch]);
    parts.agents -= loop;
    for (const part of Object.keys(parts) as Part[]) parts[part] /= times;
    return {
      name, bar, times: way.times, least: cost(way.least), average: cost(way.average), most: cost(way.most), parts,
      functions: byFunction(way, symbols, way.times * times),
    };
  });
}

/** The longest ways through the kernel with interrupts off: by system call, and for interrupts. */
export interface Bound extends Cost {
  /** name of the system call, `interrupt` or `interrupt while idle` */
  entry: string;
  /** where the longest one spends most */
  functions: { name: string; instructions: number }[];
}

export async function measureBounds(compilation: Compilation, plugin: string, calls: ReadonlyMap<number, string>): Promise<Bound[]> {
  const symbols = new Symbols(compilation);
  const answer = await count(compilation, plugin, { spans: true });
  if (answer.status !== 0) throw new Error(`${compilation.board.name}: the system ended with status ${answer.status}\n${answer.console}`);
  const special = new Map([[BY_INTERRUPT, 'interrupt or fault'], [FROM_IDLE, 'interrupt while idle']]);
  return [...answer.spans].map(([number, way]) => ({
    entry: special.get(number) ?? calls.get(number) ?? `unknown call ${number}`,
    times: way.times, least: way.least, average: way.average, most: way.most, functions: byFunction(way, symbols, 1).slice(0, 5),
  }));
}
