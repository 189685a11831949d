/**
 * `fluxos vm conformance`: runs suites of conformance vectors through the virtual machine, on one target or on all, and says of
 * each vector whether it passed. `docs/conformance.md` has the format, the profiles and the rules behind them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Sources } from '../../fluxc/base/source.ts';
import { hostOf } from '../compiler-host.ts';
import { HOME } from '../host.ts';
import { failure, type Output } from '../output.ts';
import { reasonOf } from '../project.ts';
import { conform, type Report, type Task } from '../vm/conformance/conform.ts';
import { type Target, TARGETS } from '../vm/conformance/run.ts';
import { type Profile, readSuite, type Suite, SuiteError } from '../vm/conformance/vector.ts';

export const ALL_TARGETS = 'all';

export interface ConformanceOptions {
  /** without it what each file says, else golden */
  profile?: Profile;
  target: Target | typeof ALL_TARGETS;
  /** of a guest, in seconds */
  timeout: number;
}

/** What `--json` says of a suite on a target. */
interface SuiteReport {
  file: string;
  profile: Profile;
  target: Target;
  passed: number;
  failed: number;
  contradictory: number;
  vectors: Pick<Report, 'name' | 'outcome' | 'expected' | 'got' | 'reason'>[];
}

export async function conformanceCommand(files: readonly string[], output: Output, options: ConformanceOptions): Promise<number> {
  const tasks: NamedTask[] = [];
  for (const file of files) {
    const suite = openSuite(file, output);
    if (suite) tasks.push({ file, suite, profile: options.profile ?? suite.profile ?? 'golden' });
  }
  const reports: SuiteReport[] = [];
  let isBroken = tasks.length < files.length;
  for (const target of options.target === ALL_TARGETS ? TARGETS : [options.target]) {
    const found = await runTasks(tasks, target, output, options.timeout);
    if (found) reports.push(...found);
    else isBroken = true;
  }
  output.json({ suites: reports });
  return isBroken || reports.some(({ failed }) => failed > 0) ? 1 : 0;
}

interface NamedTask extends Task {
  file: string;
}

function openSuite(file: string, output: Output): Suite | null {
  try {
    return readSuite(readFileSync(file, 'utf8'));
  } catch (error) {
    const said = error instanceof SuiteError
      ? error.vector === null ? failure('FX1180', file, error.message) : failure('FX1181', error.vector, file, error.message)
      : failure('FX0813', file, reasonOf(error));
    output.diagnostics(said, new Sources());
    return null;
  }
}

/** Null, with everything said, if the vectors did not all run. */
async function runTasks(
  tasks: readonly NamedTask[], target: Target, output: Output, timeout: number,
): Promise<SuiteReport[] | null> {
  if (tasks.length === 0) return [];
  output.progress(`${tasks.length} suites on ${target}`);
  const { reports, diagnostics, sources, complaint } = await conform(hostOf([HOME]), tasks, { target, seconds: timeout, module: builtModule() });
  output.endProgress();
  output.diagnostics(diagnostics, sources ?? new Sources());
  if (!reports) {
    if (complaint !== null) output.diagnostics(failure('FX1182', target, complaint), new Sources());
    return null;
  }
  return tasks.map(({ file, profile }, index) => {
    const own = reports[index]!;
    for (const report of own) print(report, output);
    const count = (outcome: Report['outcome']) => own.filter((report) => report.outcome === outcome).length;
    const counts = { passed: count('passed'), failed: count('failed'), contradictory: count('contradictory') };
    const listed = counts.contradictory > 0 ? `, ${counts.contradictory} contradictory` : '';
    output.line(`${file}, profile ${profile}, ${target}: ${counts.passed} of ${own.length} passed, ${counts.failed} failed${listed}`);
    const vectors = own.map(({ name, outcome, expected, got, reason }) => ({ name, outcome, expected, got, reason }));
    return { file, profile, target, ...counts, vectors };
  });
}

/** The machine as `npm run bundle` leaves it; null in a checkout that was never built. */
function builtModule(): Uint8Array | null {
  try {
    return readFileSync(join(HOME, 'dist', 'suite.wasm'));
  } catch {
    return null;
  }
}

function print({ name, description, outcome, expected, got, reason }: Report, output: Output): void {
  if (outcome === 'passed') {
    output.line(`  passed         ${name}`);
    return;
  }
  output.line(`  ${outcome.padEnd(14)} ${name}${description === '' ? '' : `: ${description}`}`);
  output.line(`                 expected ${expected}, got ${got}`);
  if (reason !== null) output.line(`                 ${reason}`);
}
