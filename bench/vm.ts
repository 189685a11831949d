/**
 * How fast the virtual machine runs flux64: three programs in `bench/vm`, natively as a Linux program and as WebAssembly in this
 * process, beside other interpreters where they are installed.
 *
 * Times are the least of several runs, for a busy machine only ever adds to them; of programs less the time of a run with nothing
 * to do.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { instructionSet } from '../cli/vm/sets.ts';
import { Sources } from '../fluxc/base/source.ts';
import { compileWasm, lowerAlone } from '../fluxc/compile-wasm.ts';
import { Diagnostics } from '../fluxc/diagnostics/diagnostic.ts';
import { PLAIN, renderDiagnostics } from '../fluxc/diagnostics/render.ts';
import { optimise } from '../fluxc/fir/passes/pipeline.ts';
import { assemble } from '../fluxc/isa/assemble.ts';
import { writeContainer } from '../fluxc/isa/container.ts';
import type { Host } from '../fluxc/lang/host.ts';
import { TARGETS } from '../fluxc/targets.ts';
import { buildProgram } from '../test/differential/native-corner.ts';

/** What is run, with which argument, and how often one after the other: what a core learns of a program is part of its speed. */
const PROGRAMS = [
  { name: 'sum', argument: 50_000_000, times: 2 },
  { name: 'fib', argument: 30, times: 20 },
  { name: 'sieve', argument: 1_000_000, times: 20 },
];
const INTERPRETERS = [
  { name: 'Lua 5.4', command: ['lua5.4'], extension: 'lua' },
  { name: 'LuaJIT, JIT off', command: ['luajit', '-joff'], extension: 'lua' },
  { name: 'LuaJIT', command: ['luajit'], extension: 'lua' },
  { name: 'CPython', command: ['python3'], extension: 'py' },
];
const RUNS = 5;
const MAIN = 'bench/vm/speed.flux.md';
const FUEL = '0x3FFF_FFFF_FFFF';
const HOST_ARCHITECTURES: Readonly<Record<string, 'x86_64' | 'arm64'>> = { x64: 'x86_64', arm64: 'arm64' };

export interface SpeedRow {
  program: string;
  instructions: number;
  /** nanoseconds an instruction; null where this machine's architecture has no back end */
  native: number | null;
  wasm: number;
  /** milliseconds for the same work */
  milliseconds: Record<string, number | null>;
}

/** A document whose `main` runs `program` so many times and gives what `what` says of the last. */
function document(program: Uint8Array, argument: number, times: number, what: string): string {
  return `---
module: bench.vm.speed
uses: [vm.host]
---

## static program: [${program.length}]u8

\`\`\`flux
[${program.join(', ')}]
\`\`\`

## fn main(): u64

\`\`\`flux
copy(slice(host.buffer() as *u8, program.len), program[..])
for time in 0..${times} {
    if host.load(program.len, 0) != 0 { trap("the machine refuses the program") }
    host.set_register(16, ${argument})
    if host.run(${FUEL}) != 1 { trap("the program does not end") }
}
return ${what}
\`\`\`
`;
}

export function measureVm(host: Host, root: string): SpeedRow[] {
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-bench-vm-'));
  try {
    return PROGRAMS.map(({ name, argument, times }) => {
      const program = assembled(root, name);
      const withDocument = (n: number, what: string): Host => {
        const text = document(program, n, n === argument ? times : 1, what);
        return { ...host, read: (path) => (path === MAIN ? text : host.read(path)) };
      };
      const instructions = Number(runWasm(withDocument(argument, 'host.fuel_used()')).value);
      const wasm = runWasm(withDocument(argument, 'host.register(16)')).milliseconds / times;
      const whole = runNative(folder, (n) => withDocument(n, 'host.register(16)'), argument);
      const native = whole === null ? null : whole / times;
      const others = INTERPRETERS.map(({ name: other, command, extension }): [string, number | null] => {
        const script = join(root, 'bench/vm', `${name}.${extension}`);
        const whole = timeProcess([...command, script, String(argument), String(times)], [...command, script, '1', '1']);
        return [other, whole === null ? null : whole / times];
      });
      const nanoseconds = (milliseconds: number) => milliseconds * 1e6 / instructions;
      return {
        program: name, instructions, native: native === null ? null : nanoseconds(native), wasm: nanoseconds(wasm),
        milliseconds: { native, wasm, ...Object.fromEntries(others) },
      };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function assembled(root: string, name: string): Uint8Array {
  const path = `bench/vm/${name}.fasm`;
  const sources = new Sources();
  const diagnostics = new Diagnostics();
  const source = sources.add(path, readFileSync(join(root, path), 'utf8'));
  const program = assemble(source, { set: instructionSet, name, map: false }, diagnostics);
  if (!program) throw new Error(renderDiagnostics(diagnostics.list, sources, PLAIN));
  return writeContainer(program.container);
}

function runWasm(host: Host): { value: bigint; milliseconds: number } {
  const { output, diagnostics, sources } = compileWasm(host, { main: MAIN });
  if (!output) throw new Error(renderDiagnostics(diagnostics.list, sources, PLAIN));
  const trap = (code: number) => {
    throw new Error(`trap ${code}`);
  };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(output.bytes), { fluxos: { trap } });
  const main = exports['bench.vm.speed.main'] as () => bigint;
  let value = 0n;
  // The first run has V8 compile it.
  const milliseconds = leastOf(() => {
    const before = process.cpuUsage().user;
    value = main();
    return (process.cpuUsage().user - before) / 1000;
  }, RUNS);
  return { value, milliseconds };
}

function runNative(folder: string, hostFor: (argument: number) => Host, argument: number): number | null {
  const architecture = HOST_ARCHITECTURES[arch()];
  if (!architecture) return null;
  const target = TARGETS[architecture];
  const [whole, nothing] = [argument, 1].map((n) => {
    const sources = new Sources();
    const diagnostics = new Diagnostics();
    const lowered = lowerAlone(hostFor(n), { main: MAIN }, sources, diagnostics);
    if (!lowered) throw new Error(renderDiagnostics(diagnostics.list, sources, PLAIN));
    optimise(lowered.module, target, { level: 2 });
    const path = join(folder, `speed-${n}`);
    writeFileSync(path, buildProgram(lowered.module, ['bench.vm.speed.main'], target));
    chmodSync(path, 0o755);
    return path;
  });
  return timeProcess([whole!], [nothing!]);
}

/** Milliseconds that `command` takes beyond `nothing`, the least of several runs; null if it cannot be run. */
function timeProcess(command: readonly string[], nothing: readonly string[]): number | null {
  const time = ([program, ...args]: readonly string[]): number => {
    const started = performance.now();
    const { status } = spawnSync(program!, args, { stdio: 'ignore' });
    return status === 0 ? performance.now() - started : NaN;
  };
  const least = leastOf(() => time(command), RUNS) - leastOf(() => time(nothing), RUNS);
  return Number.isNaN(least) ? null : least;
}

function leastOf(measure: () => number, runs: number): number {
  return Math.min(...Array.from({ length: runs }, measure));
}
