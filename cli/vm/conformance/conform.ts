/** Suites on one target: each vector run, judged, and held against the list of contradictions. */
import type { InstructionSet } from '../../../fluxc/isa/instruction-set.ts';
import type { Host } from '../../../fluxc/lang/host.ts';
import { packCase, readLine, type Result } from './cases.ts';
import { contradictionOf } from './contradictions.ts';
import { encodingOf, stackSets } from './encoding.ts';
import { judge } from './judge.ts';
import { type Lines, runCases, type RunOptions } from './run.ts';
import type { Profile, Suite, Vector } from './vector.ts';

export interface Report {
  name: string;
  description: string;
  /** `contradictory`: it fails in just the way that `docs/conformance.md` lists and explains */
  outcome: 'passed' | 'failed' | 'contradictory';
  expected: string;
  got: string;
  /** of a contradictory vector */
  reason: string | null;
  /** as the documents wrote it: the same on every target */
  line: string;
  result: Result | null;
}

/** A suite and the profile that it is run in. */
export interface Task {
  suite: Suite;
  profile: Profile;
}

/** `reports`: of each task; null if the vectors could not all be run, and the rest says why. */
export interface Conformance extends Omit<Lines, 'lines'> {
  reports: Report[][] | null;
}

/** Runs all tasks on a target, in one build. */
export async function conform(host: Host, tasks: readonly Task[], options: RunOptions): Promise<Conformance> {
  let stack3: InstructionSet | null = null;
  const encoding = ({ bytecode, encoding: said }: Vector) => {
    return said ?? encodingOf((stack3 ??= stackSets(host).get('Stack3')!), bytecode ?? new Uint8Array());
  };
  const all = tasks.flatMap(({ suite, profile }) => suite.vectors.map((vector) => {
    return { vector, profile, isRegister: profile === 'v3' && encoding(vector) === 'register' };
  }));
  const cases = all.map(({ vector, profile, isRegister }) => packCase(vector, profile, isRegister));
  const { lines, ...rest } = await runCases(host, cases, options);
  if (lines.length < cases.length) return { ...rest, reports: null };
  const judged = all.map(({ vector, profile, isRegister }, index) => report(vector, profile, isRegister, lines[index]!));
  let at = 0;
  return { ...rest, reports: tasks.map(({ suite }) => judged.slice(at, (at += suite.vectors.length))) };
}

function report(vector: Vector, profile: Profile, isRegister: boolean, line: string): Report {
  const { name, description } = vector;
  const result = readLine(line);
  if (!result) return { name, description, outcome: 'failed', expected: '', got: `no line: ${line}`, reason: null, line, result };
  const { passed, expected, got } = judge(vector, profile, isRegister, result);
  const common = { name, description, expected, got, line, result };
  if (passed && vector.bytecode !== null) return { ...common, outcome: 'passed', reason: null };
  const reason = contradictionOf(profile, name, expected, got);
  return { ...common, outcome: reason === null ? 'failed' : 'contradictory', reason };
}
