/**
 * How an image boots, step by step: the very image, not a build with a trace, run in QEMU with its instructions counted.
 *
 * The kernel starts in one function, a call a line (`kernel/start.flux.md`); the optimiser puts most of what it calls there in
 * place of the call. Breakpoints stand at the image's entry, wherever the code of this function goes over to another line or
 * to another function's code, and where an agent's program starts. How many instructions the machine has executed by then is
 * the time. QEMU counts them with `-icount`; the same image gives the same numbers on any machine if what comes from outside
 * comes at a count as well, which is what its recording sees to. It records machines with one core only.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sources } from '../fluxc/base/source.ts';
import type { Compilation } from '../fluxc/compile.ts';
import type { Arch } from '../fluxc/target/machine/target.ts';
import { qemuArguments, QEMU_PROGRAMS } from './qemu.ts';
import { DebugStub, Machine } from './stub.ts';

export interface BootStep {
  /** a line of the kernel's start, or the function whose code stands there */
  name: string;
  /** `document:line`; null for what has none */
  place: string | null;
  /** instructions from the image's first one until it begins */
  at: number;
}

export interface BootSteps {
  steps: BootStep[];
  /** instructions until the last step was over; null if it was not within the time */
  end: number | null;
  /** what the guest wrote until then */
  console: string;
}

/** Where the kernel's steps stand, and where the machine is turned off. */
const START = 'kernel.start.start';
const OFF = 'kernel.start.power_off';
/** Number of the program counter in gdb's list of registers, as QEMU describes the architecture. */
const PROGRAM_COUNTER: Record<Arch, number> = { x86_64: 16, arm64: 32, riscv64: 32 };
/** 8 ns an instruction. A guest that was stopped would not go on with `sleep=off` (QEMU 10, RISC-V). */
const COUNTED = 'shift=3,sleep=on,rr=record';
/** Firmware reads the clock: it starts at the same time always. */
const CLOCK = 'base=2000-01-01T00:00:00,clock=vm';
/** From one step to the next. A `main` that never ends is a system like any other. */
const LONGEST_MILLISECONDS = 15_000;

interface Stop {
  name: string;
  place: string | null;
  isEnd: boolean;
}

/** Null if this QEMU cannot count on this board. */
export async function bootSteps(compilation: Compilation, sources: Sources, image: string, cancel?: AbortSignal): Promise<BootSteps | null> {
  const { execa } = await import('execa');
  const { board } = compilation;
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-boot-'));
  const [gdb, qmp] = ['gdb', 'qmp'].map((name) => join(folder, name)) as [string, string];
  const over = new AbortController();
  const end = () => over.abort();
  cancel?.addEventListener('abort', end);
  let timer = setTimeout(end, LONGEST_MILLISECONDS);
  const goOn = () => {
    clearTimeout(timer);
    timer = setTimeout(end, LONGEST_MILLISECONDS);
  };
  const guest = execa(QEMU_PROGRAMS[board.arch], [
    ...qemuArguments(board, image), '-icount', `${COUNTED},rrfile=${join(folder, 'record')}`, '-rtc', CLOCK, '-S',
    '-gdb', `unix:${gdb},server=on,wait=off`, '-qmp', `unix:${qmp},server=on,wait=off`,
  ], { reject: false, stdin: 'ignore', stderr: 'ignore', cancelSignal: over.signal, forceKillAfterDelay: 1000 });
  void guest.then(end);
  try {
    const [stub, machine] = await Promise.all([DebugStub.reach(gdb, over.signal), Machine.reach(qmp, over.signal)]);
    if (!stub || !machine) return null;
    const { steps, last } = await walk(stub, machine, stopsOf(compilation, sources), PROGRAM_COUNTER[board.arch], goOn);
    stub.end();
    machine.end();
    end();
    const { stdout } = await guest;
    return steps.length === 0 ? null : { steps, end: last, console: (stdout ?? '').replace(/\r/g, '') };
  } finally {
    clearTimeout(timer);
    cancel?.removeEventListener('abort', end);
    end();
    await guest;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The places to stop at, by address: wherever the code of the start goes over to another function's. */
export function stopsOf({ linked, programs, documents }: Compilation, sources: Sources): Map<number, Stop> {
  const stops = new Map<number, Stop>();
  const add = (address: number, stop: Stop) => {
    if (!stops.has(address)) stops.set(address, stop);
  };
  const functions = documents.flatMap(({ name: module, decls }) => decls.flatMap((decl) => {
    return decl.kind === 'fn' && decl.body ? [{ name: `${module}.${decl.name.text}`, span: decl.body.span }] : [];
  }));
  const start = linked.symbols.find(({ name }) => name === START);
  const off = linked.symbols.find(({ name }) => name === OFF);
  const entry = linked.symbols.find(({ address }) => address === linked.entry);
  add(linked.entry, { name: entry?.name ?? 'entry', place: placeOf(entry?.loc ?? 0), isEnd: false });
  if (off) add(off.address, { name: OFF, place: placeOf(off.loc), isEnd: true });
  for (const { name, linked: { entry: first } } of programs) add(first, { name: `agent ${name}`, place: null, isEnd: true });
  let before = '';
  for (let i = 0; start && i < start.lines.length; i += 2) {
    const stop = stopAt(start.lines[i + 1]!);
    if (!stop || stop.name === before) continue;
    before = stop.name;
    add(start.address + start.lines[i]!, stop);
  }
  return stops;

  function placeOf(loc: number): string | null {
    const place = sources.place(loc);
    return place && `${place.path}:${place.line}`;
  }

  /** A line of the start itself, or the function whose code was put there in place of a call. */
  function stopAt(loc: number): Stop | null {
    const home = functions.find(({ span }) => loc >= span.start && loc < span.end);
    const source = sources.find(loc);
    if (!home || !source) return null;
    if (home.name !== START) return { name: home.name, place: placeOf(loc), isEnd: false };
    const line = source.lineText(sources.place(loc)!.line - 1).replace(/\/\/.*$/, '').trim();
    return { name: line, place: placeOf(loc), isEnd: false };
  }
}

/** Each name once, where it is first met. Times count from the entry: what the firmware does before is its own. */
async function walk(
  stub: DebugStub, machine: Machine, stops: Map<number, Stop>, counter: number, onStop: () => void,
): Promise<{ steps: BootStep[]; last: number | null }> {
  const steps: BootStep[] = [];
  const seen = new Set<string>();
  let zero: number | null = null;
  for (const address of stops.keys()) if (!(await stub.setBreakpoint(address))) return { steps, last: null };
  while (await stub.resume()) {
    onStop();
    const address = Number(await stub.register(counter));
    const stop = stops.get(address);
    const now = await machine.instructions();
    if (!stop || now === null) return { steps, last: null };
    zero ??= now;
    if (stop.isEnd) return { steps, last: now - zero };
    if (!seen.has(stop.name)) steps.push({ name: stop.name, place: stop.place, at: now - zero });
    seen.add(stop.name);
    await stub.clearBreakpoint(address);
  }
  return { steps, last: null };
}
