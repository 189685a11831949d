/** Whether a result is what a vector expects, under the conventions of its profile. */
import type { Result } from './cases.ts';
import type { Profile, Value, Vector } from './vector.ts';

/** As the reference's runner has it. */
const EPSILON = 1e-5;

/** Names of errors that mean the same: left those of the reference's machine, right those of its vectors, and ours. */
const ALIASES: Readonly<Record<string, string>> = {
  CAPABILITY_DENIED: 'CAP_DENIED',
  EXTENSION_NOT_SUPPORTED: 'EXT_UNKNOWN',
};

export interface Verdict {
  passed: boolean;
  /** both as people read them; equal texts do not mean that it passed, nor the other way */
  expected: string;
  got: string;
}

export function judge(vector: Vector, profile: Profile, isRegister: boolean, result: Result): Verdict {
  const hasFailed = result.outcome === 'failed';
  // A program that has failed has an empty stack and no flags, as the reference's runner shows it.
  const seen = hasFailed ? [] : observed(vector, profile, isRegister, result);
  const flags = hasFailed ? 0 : result.flags;
  const error = hasFailed ? result.fault : null;
  const wanted = vector.error === null ? null : ALIASES[vector.error] ?? vector.error;
  const areErrorsRight = wanted !== null ? error === wanted : error === null || profile === 'json';
  const areValuesRight = wanted !== null || sameList(vector, profile, seen);
  const areFlagsRight = vector.flags === null || vector.flags === flags;
  const shownFlags = (value: number) => (vector.flags === null ? '' : ` flags ${value}`);
  return {
    passed: areErrorsRight && areValuesRight && areFlagsRight,
    expected: `${wanted ?? list(vector.expected)}${shownFlags(vector.flags ?? 0)}`,
    got: `${error === null ? list(seen) : error}${shownFlags(flags)}`,
  };
}

/**
 * What stands against `expected_stack`. The json profile lists the top first. Register programs list their results, but an
 * empty list means the stack, which is empty then.
 */
function observed(vector: Vector, profile: Profile, isRegister: boolean, { stack, results }: Result): Value[] {
  if (isRegister && vector.expected.length > 0) return results;
  return profile === 'json' ? [...stack].reverse() : stack;
}

function sameList(vector: Vector, profile: Profile, seen: readonly Value[]): boolean {
  return vector.expected.length === seen.length
    && vector.expected.every((value, index) => same(value, seen[index]!, profile, vector.hasEpsilon));
}

/** Cells of the json profile are 32 bits, which the file writes with and without a sign. */
function same(expected: Value, got: Value, profile: Profile, hasEpsilon: boolean): boolean {
  if (typeof expected === 'bigint' && typeof got === 'bigint') {
    return profile === 'json' ? BigInt.asUintN(32, expected) === BigInt.asUintN(32, got) : expected === got;
  }
  const [a, b] = [Number(expected), Number(got)];
  return Object.is(a, b) || a === b || (hasEpsilon && Math.abs(a - b) <= EPSILON);
}

function list(values: readonly Value[]): string {
  return `[${values.map((value) => (typeof value === 'number' && Number.isInteger(value) ? value.toFixed(1) : String(value))).join(', ')}]`;
}
