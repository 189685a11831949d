/**
 * The benchmarks: what a build costs, how large an image is, what a boot costs. Prints tables, or with `--json` JSON alone.
 *
 * Times are medians on whatever machine this is: compare ratios of one run, not runs. Instructions and bytes repeat exactly.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluateBuildScript } from '../cli/build-script.ts';
import { readerOf } from '../cli/host.ts';
import { findProgram, hasMachine, QEMU_PROGRAMS } from '../cli/qemu.ts';
import { compile, type Compilation } from '../fluxc/compile.ts';
import type { Host } from '../fluxc/lang/host.ts';
import { buildPlugin, countInstructions, timeUntil } from './guest.ts';

const ROOT = process.cwd();
const HOST: Host = { read: readerOf([ROOT]), evaluate: evaluateBuildScript };
const LAUNCHER = join(ROOT, 'dist/fluxos');
const HELLO = 'examples/hello.flux.md';
const DEMO = 'examples/demo.flux.md';
const BOARDS = ['qemu-x86_64', 'pc', 'qemu-arm64', 'qemu-riscv64', 'rpi3', 'rpi4'];
/** `kernel.start` calls it as soon as `main` has returned: the line is out. */
const AFTER_MAIN = 'kernel.start.power_off';
const LINE = 'Hello from Markdown!';

/** The bars of the project: what must not be exceeded. */
const BARS = { coldBuildMs: 150, imageBytes: 16384, instructions: 100_000 };

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

async function boards() {
  const plugin = buildPlugin(ROOT);
  const rows = [];
  for (const board of BOARDS) {
    const output = compiled(HELLO, board);
    const bytes = Object.fromEntries(output.linked.sections.map(({ name, bytes: content, size }) => [name, name === '.bss' ? size : content.length]));
    const program = QEMU_PROGRAMS[output.board.arch];
    const runs = findProgram(program) !== null && (await hasMachine(program, output.board.qemu!.machine));
    const times: number[] = [];
    for (let i = 0; runs && i < 5; i++) times.push((await timeUntil(output, LINE)) ?? NaN);
    rows.push({
      board, imageBytes: output.image.length, sections: bytes,
      instructions: runs && plugin ? await countInstructions(output, AFTER_MAIN, plugin) : null,
      wallMs: runs ? round(median(times)) : null,
    });
  }
  return rows;
}

function table(rows: (string | number | null)[][]): string {
  const cells = rows.map((row) => row.map((cell) => (cell === null ? '-' : String(cell))));
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')).join('\n');
}

async function main() {
  const result = { build: coldBuild(9), throughput: throughput(), boards: await boards() };
  if (process.argv.includes('--json')) console.log(JSON.stringify(result, null, 2));
  else {
    const { build, throughput: speed } = result;
    console.log(`build of ${HELLO}, cold: ${build.coldMs} ms (bar ${build.bar}); node alone ${build.nodeAloneMs} ms, ratio ${build.timesNode}\n`);
    console.log(table([['stage', 'ms'], ...build.stages.map(({ stage, milliseconds }) => [stage, milliseconds])]));
    console.log(`\nwarm compiler on ${DEMO}: ${speed.ms} ms, ${speed.linesPerSecond} lines/s, ${speed.firPerSecond} FIR instructions/s\n`);
    console.log(`${HELLO}; bars: image ${BARS.imageBytes} bytes, ${BARS.instructions} instructions from entry to the line\n`);
    console.log(table([
      ['board', 'image', '.text', '.rodata', '.data', '.bss', 'instructions', 'wall ms'],
      ...result.boards.map((row) => [
        row.board, row.imageBytes, row.sections['.text']!, row.sections['.rodata']!, row.sections['.data']!, row.sections['.bss']!,
        row.instructions, row.wallMs,
      ]),
    ]));
  }
}

void main();
