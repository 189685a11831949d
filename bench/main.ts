/**
 * The benchmarks: what a build costs, how large an image is, what a boot costs, what the kernel's services cost, how fast the
 * virtual machine is. Prints tables, or with `--json` JSON alone.
 *
 * Times are medians on whatever machine this is: compare ratios of one run, not runs. Instructions and bytes repeat exactly.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostOf } from '../cli/compiler-host.ts';
import { findProgram, hasMachine, QEMU_PROGRAMS } from '../cli/qemu.ts';
import { compile, type Compilation } from '../fluxc/compile.ts';
import type { Host } from '../fluxc/lang/host.ts';
import { buildPlugin, count, says, timeUntil } from './guest.ts';
import { type Bound, type MeasuredCost, measureBounds, measureKernel } from './kernel.ts';
import { measureWatch, type WatchTimes } from './watch.ts';
import { measureVm, type SpeedRow } from './vm.ts';

const ROOT = process.cwd();
const HOST: Host = hostOf([ROOT]);
const LAUNCHER = join(ROOT, 'dist/fluxos');
const HELLO = 'examples/hello.flux.md';
const DEMO = 'examples/demo.flux.md';
const PAIR = 'bench/pair.flux.md';
const CALLS = 'bench/ipc.flux.md';
const BOUNDS = 'bench/bounds.flux.md';
const BOARDS = ['qemu-x86_64', 'pc', 'qemu-arm64', 'qemu-riscv64', 'rpi3', 'rpi4'];
/** One an architecture: the kernel's instructions are the same on all boards of it. */
const KERNEL_BOARDS = ['qemu-x86_64', 'qemu-arm64', 'qemu-riscv64'];
/** `kernel.start` calls it as soon as `main` has returned: the line is out. */
const AFTER_MAIN = 'kernel.start.power_off';
const LINE = 'Hello from Markdown!';
const PAIR_LINE = 'Hello from two agents!';
const WRITE = 601;

/** The bars of the project: what must not be exceeded. */
const BARS = {
  coldBuildMs: 150, imageBytes: 16384, instructions: 100_000, agentsImageBytes: 32_768, agentsInstructions: 100_000, memoryKiB: 2048, watchMs: 300,
  vmNative: 1, vmWasm: 2.2,
};

function compiled(main: string, board: string): Compilation {
  const { output, diagnostics } = compile(HOST, { main, board });
  if (!output) throw new Error(diagnostics.list.map(({ message }) => message).join('\n'));
  return output;
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

/** Wall time of whole processes, in turns so that a slow moment hits both. */
function coldBuild(runs: number) {
  const time = (command: string, ...args: string[]) => {
    const started = performance.now();
    const { status } = spawnSync(command, args, { cwd: ROOT, stdio: 'ignore' });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with status ${status}`);
    return performance.now() - started;
  };
  const nodes: number[] = [];
  const builds: number[] = [];
  for (let i = 0; i < runs; i++) {
    nodes.push(time(process.execPath, '-e', '0'));
    builds.push(time(LAUNCHER, 'build', HELLO, '--board', 'qemu-x86_64'));
  }
  const json = spawnSync(LAUNCHER, ['build', HELLO, '--board', 'qemu-x86_64', '--json'], { cwd: ROOT, encoding: 'utf8' });
  const stages = (JSON.parse(json.stdout) as { images: { stages: { stage: string; milliseconds: number }[] }[] }).images[0]!.stages;
  return {
    nodeAloneMs: round(median(nodes)), coldMs: round(median(builds)), timesNode: round(median(builds) / median(nodes), 2),
    bar: BARS.coldBuildMs, stages: stages.map(({ stage, milliseconds }) => ({ stage, milliseconds: round(milliseconds) })),
  };
}

/** Speed of a warm compiler on the demo, all stages. */
function throughput() {
  const times: number[] = [];
  let lines = 0;
  let instructions = 0;
  for (let i = 0; i < 12; i++) {
    const started = performance.now();
    const output = compiled(DEMO, 'qemu-arm64');
    times.push(performance.now() - started);
    lines = output.documents.reduce((sum, { path }) => sum + (readable(path)?.split('\n').length ?? 0), 0);
    instructions = [...output.module.functions()].reduce((sum, func) => sum + func.count, 0);
  }
  const seconds = median(times.slice(2)) / 1000;
  return { ms: round(seconds * 1000), lines, linesPerSecond: Math.round(lines / seconds), instructions, firPerSecond: Math.round(instructions / seconds) };
}

function readable(path: string): string | null {
  try {
    return readFileSync(join(ROOT, path), 'utf8');
  } catch {
    return null;
  }
}

async function boards(plugin: string | null) {
  const rows = [];
  for (const board of BOARDS) {
    const output = compiled(HELLO, board);
    const bytes = Object.fromEntries(output.linked.sections.map(({ name, bytes: content, size }) => [name, name === '.bss' ? size : content.length]));
    const runs = await canRun(output);
    const times: number[] = [];
    for (let i = 0; runs && i < 5; i++) times.push((await timeUntil(output, LINE)) ?? NaN);
    rows.push({
      board, imageBytes: output.image.length, sections: bytes,
      instructions: runs && plugin ? await countTo(output, AFTER_MAIN, plugin) : null,
      wallMs: runs ? round(median(times)) : null,
    });
  }
  return rows;
}

async function canRun({ board }: Compilation): Promise<boolean> {
  const program = QEMU_PROGRAMS[board.arch];
  return findProgram(program) !== null && (await hasMachine(program, board.qemu!.machine));
}

async function countTo(output: Compilation, name: string, plugin: string): Promise<number | null> {
  const symbol = output.linked.symbols.find((candidate) => candidate.name === name);
  return symbol ? (await count(output, plugin, { from: output.linked.entry, to: symbol.address })).once : null;
}

/** The smallest system of two agents: its image, how soon it speaks, how little memory it needs. */
async function agents(plugin: string | null) {
  const rows = [];
  for (const board of BOARDS) {
    const output = compiled(PAIR, board);
    const runs = await canRun(output);
    rows.push({
      board, imageBytes: output.image.length,
      programs: output.programs.map(({ name, linked }) => ({ name, bytes: linked.sections.reduce((sum, { bytes }) => sum + bytes.length, 0) })),
      instructions: runs && plugin ? (await count(output, plugin, { from: output.linked.entry, call: WRITE })).once : null,
      memoryKiB: runs && output.board.qemu!.memory !== null ? await leastMemory(output) : null,
    });
  }
  return rows;
}

/** The least memory of the machine, in KiB, with which the system still speaks; null if that is above what is tried. */
async function leastMemory(output: Compilation): Promise<number | null> {
  let enough = 8192;
  let little = 512;
  if (!(await says(output, PAIR_LINE, `${enough}K`))) return null;
  while (enough - little > 16) {
    const middle = (enough + little) >> 1 & ~7;
    if (await says(output, PAIR_LINE, `${middle}K`)) enough = middle;
    else little = middle;
  }
  return enough;
}

async function kernel(plugin: string): Promise<{ board: string; costs: MeasuredCost[]; bounds: Bound[] }[]> {
  const names = new Map<number, string>();
  for (const [, number, name] of (readable('kernel/system_calls.flux.md') ?? '').matchAll(/^\| (\d+) \| `(\w+)`/gm)) names.set(Number(number), name!);
  const rows = [];
  for (const board of KERNEL_BOARDS) {
    const costs = compiled(CALLS, board);
    if (!(await canRun(costs))) continue;
    rows.push({
      board, costs: await measureKernel(costs, plugin), bounds: await measureBounds(compiled(BOUNDS, board), plugin, names),
    });
  }
  return rows;
}

async function watch(): Promise<({ document: string } & WatchTimes)[]> {
  const rows = [];
  for (const [document, line] of [[HELLO, LINE], [PAIR, PAIR_LINE]] as const) {
    const times = await measureWatch(LAUNCHER, join(ROOT, document), line, 15);
    rows.push({ document, total: round(times.total), noticed: round(times.noticed), built: round(times.built), booted: round(times.booted) });
  }
  return rows;
}

function printWatch(rows: Awaited<ReturnType<typeof watch>>): void {
  console.log(`\nfluxos run --watch on qemu-x86_64, ms from a save to the first line; bar ${BARS.watchMs}\n`);
  console.log(table([
    ['document', 'all', 'noticed', 'built', 'booted'],
    ...rows.map(({ document, total, noticed, built, booted }) => [document, total, noticed, built, booted]),
  ]));
}

function printKernel(rows: Awaited<ReturnType<typeof kernel>>): void {
  for (const { board, costs, bounds } of rows) {
    console.log(`\nthe kernel on ${board}, guest instructions (-icount shift=0)\n`);
    console.log(table([
      ['', 'times', 'least', 'average', 'most', 'bar', 'agents', 'way', 'kernel', ''],
      ...costs.map(({ name, times, least, average, most, bar, parts }) => [
        name, times, least, round(average, 2), most, bar?.instructions ?? null,
        round(parts.agents), round(parts['entry and exit']), round(parts.kernel), bar?.of ?? '',
      ]),
    ]));
    for (const { name, least, bar, functions } of costs) {
      if (!bar || least <= bar.instructions) continue;
      console.log(`\n${name} needs ${least - bar.instructions} more than ${bar.of}:\n`);
      console.log(table(functions.filter(({ instructions }) => instructions >= 1).map((row) => [row.name, round(row.instructions)])));
    }
    console.log(`\nlongest ways with interrupts off on ${board}\n`);
    console.log(table([
      ['', 'times', 'least', 'average', 'most', 'where most of that goes'],
      ...bounds.map(({ entry, times, least, average, most, functions: [first] }) => [
        entry, times, least, round(average), most, first ? `${first.name} ${first.instructions}` : '',
      ]),
    ]));
  }
}

function table(rows: (string | number | null)[][]): string {
  const cells = rows.map((row) => row.map((cell) => (cell === null ? '-' : String(cell))));
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')).join('\n');
}

type Result = {
  watch: Awaited<ReturnType<typeof watch>>;
  build: ReturnType<typeof coldBuild>;
  throughput: ReturnType<typeof throughput>;
  boards: Awaited<ReturnType<typeof boards>>;
  agents: Awaited<ReturnType<typeof agents>>;
  kernel: Awaited<ReturnType<typeof kernel>>;
  vm: SpeedRow[];
};

function printBuild({ build, throughput: speed }: Pick<Result, 'build' | 'throughput'>): void {
  console.log(`build of ${HELLO}, cold: ${build.coldMs} ms (bar ${build.bar}); node alone ${build.nodeAloneMs} ms, ratio ${build.timesNode}\n`);
  console.log(table([['stage', 'ms'], ...build.stages.map(({ stage, milliseconds }) => [stage, milliseconds])]));
  console.log(`\nwarm compiler on ${DEMO}: ${speed.ms} ms, ${speed.linesPerSecond} lines/s, ${speed.firPerSecond} FIR instructions/s\n`);
}

function printBoards(rows: Result['boards']): void {
  console.log(`${HELLO}; bars: image ${BARS.imageBytes} bytes, ${BARS.instructions} instructions from entry to the line\n`);
  console.log(table([
    ['board', 'image', '.text', '.rodata', '.data', '.bss', 'instructions', 'wall ms'],
    ...rows.map((row) => [
      row.board, row.imageBytes, row.sections['.text']!, row.sections['.rodata']!, row.sections['.data']!, row.sections['.bss']!,
      row.instructions, row.wallMs,
    ]),
  ]));
}

function printAgents(rows: Result['agents']): void {
  const { agentsImageBytes, agentsInstructions, memoryKiB } = BARS;
  console.log(`\n${PAIR}; bars: image ${agentsImageBytes} bytes, ${agentsInstructions} instructions from entry to the line, ${memoryKiB} KiB\n`);
  console.log(table([
    ['board', 'image', 'agents', 'instructions', 'KiB'],
    ...rows.map(({ board, imageBytes, programs, instructions, memoryKiB: least }) => [
      board, imageBytes, programs.reduce((sum, { bytes }) => sum + bytes, 0), instructions, least,
    ]),
  ]));
}

function printVm(rows: SpeedRow[]): void {
  const { vmNative, vmWasm } = BARS;
  console.log(`\nflux64, nanoseconds an instruction; bars: ${vmNative} natively on x86_64, ${vmWasm} as WebAssembly\n`);
  const ns = (value: number | null) => (value === null ? null : value.toFixed(2));
  console.log(table([
    ['program', 'instructions', 'native', 'WebAssembly'],
    ...rows.map(({ program, instructions, native, wasm }) => [program, instructions, ns(native), ns(wasm)]),
  ]));
  console.log('\nthe same work, milliseconds\n');
  const names = Object.keys(rows[0]!.milliseconds);
  console.log(table([
    ['program', ...names],
    ...rows.map(({ program, milliseconds }) => [program, ...names.map((name) => ns(milliseconds[name]!))]),
  ]));
}

/** All parts, or those that the command line names: `build`, `boards`, `agents`, `kernel`, `vm`. */
async function main() {
  const names = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
  const wants = (name: string) => names.length === 0 || names.includes(name);
  const plugin = buildPlugin(ROOT);
  const result: Partial<Result> = {
    ...(wants('build') ? { build: coldBuild(9), throughput: throughput() } : {}),
    ...(wants('boards') ? { boards: await boards(plugin) } : {}),
    ...(wants('agents') ? { agents: await agents(plugin) } : {}),
    ...(wants('watch') ? { watch: await watch() } : {}),
    ...(wants('kernel') && plugin ? { kernel: await kernel(plugin) } : {}),
    ...(wants('vm') ? { vm: measureVm(HOST, ROOT) } : {}),
  };
  if (process.argv.includes('--json')) {
    console.log(JSON.stringify(result, null, 2));
    return;
  }
  if (result.build && result.throughput) printBuild({ build: result.build, throughput: result.throughput });
  if (result.boards) printBoards(result.boards);
  if (result.agents) printAgents(result.agents);
  if (result.watch) printWatch(result.watch);
  if (result.kernel) printKernel(result.kernel);
  if (result.vm) printVm(result.vm);
}

void main();
