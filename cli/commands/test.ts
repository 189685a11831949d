/**
 * `fluxos test`: boots a system that runs the documents' own tests and reports them by document.
 *
 * The guest says `test N:`, then what the test itself prints, then ` ok` or ` failed at line L`. A test that says neither
 * before the guest ends has trapped, and the panic that the guest printed is the reason. A test that runs in an agent ends
 * alone, whatever it does: the guest says what has happened and where, then ` failed: `, and goes on with the next one.
 */
import { join } from 'node:path';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import type { TestEntry } from '../../fluxc/lang/compile-modules.ts';
import { Interrupts } from '../interrupt.ts';
import type { Output } from '../output.ts';
import { ALL_BOARDS, type Project } from '../project.ts';
import { canRun, type RunResult, runImage } from '../qemu.ts';
import { boardsOf, build, type Built } from './build.ts';

export interface TestCommandOptions {
  timeout: number;
}

export interface TestReport {
  board: string;
  document: string;
  title: string;
  /** of the test's heading */
  line: number;
  /** ran in an agent of its own, in user mode, not in the kernel */
  inAgent: boolean;
  outcome: 'passed' | 'failed' | 'not run';
  /** what failed, and where; null for a test that passed */
  reason: string | null;
}

const ENDED_BEFORE = 'the run ended before it';
/** The modules that call the tests: what stands below them in a backtrace says nothing about a test. */
const RUNNERS = ['kernel.testing', 'kernel.start', 'hal.boot'];

export async function testCommand(project: Project, output: Output, options: TestCommandOptions): Promise<number> {
  const reports: TestReport[] = [];
  const skipped: { board: string; reason: string }[] = [];
  let isBroken = false;
  for (const name of boardsOf(project)) {
    const path = join(project.folder, 'build', name, 'tests', 'tests.img');
    const built = build({ project, board: name, tests: project.isDocument ? 'document' : 'all', output: path }, output);
    if (!built) {
      isBroken = true;
      continue;
    }
    if (built.compilation.tests.length === 0) continue;
    const diagnostics = new Diagnostics();
    if (!(await canRun(built.compilation.board, diagnostics))) {
      if (project.board !== ALL_BOARDS) output.diagnostics(diagnostics, new Sources());
      isBroken ||= project.board !== ALL_BOARDS;
      skipped.push({ board: name, reason: diagnostics.list.map(({ message }) => message).join('; ') });
      continue;
    }
    const interrupts = new Interrupts();
    const { result, console } = await boot(built, options, interrupts);
    interrupts.end();
    if (interrupts.status !== null) return interrupts.status;
    output.detail(console);
    const run = readConsole(name, built.compilation.tests, console, result.timedOut ? `no end after ${options.timeout} s` : null);
    const trouble = troubleOf(run, result, console);
    if (trouble !== null) output.remark(`${name}: ${trouble}`);
    isBroken ||= trouble !== null;
    reports.push(...run);
    printReports(name, run, output);
  }
  for (const { board, reason } of skipped) output.line(`${board}: skipped, ${reason}`);
  const count = (outcome: TestReport['outcome']) => reports.filter((report) => report.outcome === outcome).length;
  const counts = { passed: count('passed'), failed: count('failed'), notRun: count('not run') };
  output.json({ ...counts, tests: reports, skipped });
  if (reports.length > 0) {
    output.line(`${counts.passed} passed, ${counts.failed} failed${counts.notRun > 0 ? `, ${counts.notRun} not run` : ''}`);
  } else if (!isBroken && skipped.length === 0) output.line('there are no tests');
  return isBroken || counts.passed < reports.length ? 1 : 0;
}

async function boot(
  built: Built, { timeout }: TestCommandOptions, interrupts: Interrupts,
): Promise<{ result: RunResult; console: string }> {
  const chunks: Uint8Array[] = [];
  const result = await runImage(built.compilation.board, built.image, {
    timeout, cancel: interrupts.signal, onConsole: (chunk) => chunks.push(chunk),
  });
  return { result, console: Buffer.concat(chunks).toString('utf8').replace(/\r/g, '') };
}

function printReports(board: string, reports: readonly TestReport[], output: Output): void {
  for (const document of new Set(reports.map((report) => report.document))) {
    const own = reports.filter((report) => report.document === document);
    const passed = own.filter(({ outcome }) => outcome === 'passed').length;
    const agents = own.filter(({ inAgent }) => inAgent).length;
    output.line(`${board}  ${document}: ${passed} of ${own.length} passed${agents > 0 ? `, ${agents} of them in agents` : ''}`);
    for (const { outcome, title, line, reason } of own) {
      if (outcome === 'passed') continue;
      output.line(`    ${outcome}: ${title} (${document}:${line})`);
      for (const text of (reason ?? '').split('\n')) output.line(`        ${text}`);
    }
  }
}

/** What the console says of each test. `ended`: why the guest was ended from outside, if it was. */
export function readConsole(board: string, tests: readonly TestEntry[], console: string, ended: string | null): TestReport[] {
  const lines = console.split('\n');
  const starts = tests.map((_, number) => startOf(lines, number));
  return tests.map(({ document, title, line, inAgent }, number) => {
    const report = { board, document, title, line, inAgent };
    if (starts[number]! < 0) return { ...report, outcome: 'not run' as const, reason: ENDED_BEFORE };
    const next = starts.slice(number + 1).find((at) => at >= 0) ?? lines.length;
    const own = lines.slice(starts[number], next);
    const panic = panicOf(own);
    const verdict = own.map((text) => / (?:ok|failed at line (\d+)|failed: (.*))$/.exec(text)).filter((match) => match !== null).pop();
    if (panic !== null) return { ...report, outcome: 'failed' as const, reason: panic };
    if (!verdict) return { ...report, outcome: 'failed' as const, reason: ended ?? 'the guest ended inside it' };
    if (verdict[2] !== undefined) return { ...report, outcome: 'failed' as const, reason: faultOf(own, number) ?? verdict[2] };
    if (verdict[1] === undefined) return { ...report, outcome: 'passed' as const, reason: null };
    return { ...report, outcome: 'failed' as const, reason: `${document}:${verdict[1]}: an \`expect\` does not hold` };
  });
}

/** The line where test `number` starts. */
function startOf(lines: readonly string[], number: number): number {
  return lines.findIndex((text) => text.startsWith(`test ${number}:`));
}

/** Why and where the agent of test `number` faulted, as the kernel said it; null if it did not. */
function faultOf(lines: readonly string[], number: number): string | null {
  const start = `test ${number} (pid `;
  const line = lines.find((text) => text.includes(start));
  return line === undefined ? null : line.slice(line.indexOf(': ', line.indexOf(start)) + 2);
}

/** The panic's text and the way there, up to the functions that run the tests. */
function panicOf(lines: readonly string[]): string | null {
  const at = lines.findIndex((text) => text.startsWith('panic: '));
  if (at < 0) return null;
  const way: string[] = [];
  for (const text of lines.slice(at + 1)) {
    if (!text.startsWith('  in ') || RUNNERS.some((module) => text.startsWith(`  in ${module}.`))) break;
    way.push(text);
  }
  return [lines[at]!, ...way].join('\n');
}

/** What went wrong that no test accounts for; null if nothing did. */
function troubleOf(reports: readonly TestReport[], { status, complaint, timedOut }: RunResult, console: string): string | null {
  const isSaid = reports.some(({ outcome }) => outcome === 'failed');
  if (isSaid || (status === 0 && reports.every(({ outcome }) => outcome === 'passed'))) return complaint || null;
  const panic = panicOf(console.split('\n'));
  const what = timedOut ? 'the guest did not end in time' : `the guest ended with status ${status}`;
  return [what, complaint, panic].filter(Boolean).join('\n');
}
