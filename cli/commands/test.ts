/**
 * `fluxos test`: boots a system that runs the documents' own tests and reports them by document.
 *
 * The guest says `test N ok` or `test N failed at line L`; a test that says neither before the guest ends has trapped, and
 * what the guest printed since is the reason.
 */
import { join } from 'node:path';
import type { TestEntry } from '../../fluxc/lang/compile-modules.ts';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { HOME } from '../host.ts';
import type { Output } from '../output.ts';
import { writeAll } from '../output.ts';
import type { Project } from '../project.ts';
import { runImage } from '../qemu.ts';
import { boardNames } from './boards.ts';
import { build } from './build.ts';
import { canRun } from './run.ts';

export interface TestOptions {
  timeout: number;
}

export interface TestReport {
  board: string;
  document: string;
  title: string;
  line: number;
  outcome: 'passed' | 'failed' | 'not run';
  /** what failed, where */
  reason: string | null;
}

export async function testCommand(project: Project, output: Output, board: string, options: TestOptions): Promise<number> {
  const names = board === 'all' ? boardNames([project.folder, HOME]) : [board];
  const reports: TestReport[] = [];
  let broken = false;
  for (const name of names) {
    const folder = join(project.folder, 'build', name);
    const built = build({ project, board: name, tests: project.isDocument ? 'document' : 'all', output: join(folder, 'tests', 'tests.img') }, output);
    if (!built) return 1;
    const diagnostics = new Diagnostics();
    if (!(await canRun(built.compilation.board, diagnostics))) {
      output.diagnostics(diagnostics, new Sources());
      if (board !== 'all') return 1;
      output.line(`${name}: skipped, QEMU cannot run it here`);
      continue;
    }
    const chunks: Uint8Array[] = [];
    const result = await runImage(built.compilation.board, built.image, {
      timeout: options.timeout, onConsole: (chunk) => chunks.push(chunk),
    });
    const console = Buffer.concat(chunks).toString('utf8');
    output.detail(console);
    if (result.complaint !== '') writeAll(2, result.complaint + '\n');
    const run = readConsole(name, built.compilation.tests, console, result.timedOut ? `no end after ${options.timeout} s` : null);
    broken ||= result.status !== run.filter(({ outcome }) => outcome === 'failed').length && run.every(({ outcome }) => outcome === 'passed');
    reports.push(...run);
    for (const document of new Set(run.map((report) => report.document))) {
      const own = run.filter((report) => report.document === document);
      const passed = own.filter(({ outcome }) => outcome === 'passed').length;
      output.line(`${name}  ${document}: ${passed} of ${own.length} passed`);
      for (const report of own) {
        if (report.outcome !== 'passed') output.line(`    ${report.outcome}: ${report.title} (${report.reason ?? 'the run ended before it'})`);
      }
    }
  }
  const count = (outcome: TestReport['outcome']) => reports.filter((report) => report.outcome === outcome).length;
  output.json({ tests: reports });
  output.line(`${count('passed')} passed, ${count('failed')} failed${count('not run') ? `, ${count('not run')} not run` : ''}`);
  return broken || count('passed') < reports.length ? 1 : 0;
}

/** What the console says of each test. */
export function readConsole(board: string, tests: readonly TestEntry[], console: string, ended: string | null): TestReport[] {
  const lines = console.replace(/\r/g, '').split('\n');
  return tests.map(({ document, title, line }, number) => {
    const at = lines.findIndex((text) => text.startsWith(`test ${number} `) || text === `test ${number}`);
    const report = { board, document, title, line };
    if (at < 0) return { ...report, outcome: 'not run' as const, reason: null };
    if (lines[at] === `test ${number} ok`) return { ...report, outcome: 'passed' as const, reason: null };
    const failed = /failed at line (\d+)$/.exec(lines[at]!);
    const rest = lines.slice(at).join(' ').replace(`test ${number}`, '').trim();
    return { ...report, outcome: 'failed' as const, reason: failed ? `${document}:${failed[1]}` : ended ?? rest };
  });
}
