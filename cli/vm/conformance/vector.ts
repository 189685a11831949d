/**
 * A suite of conformance vectors as the public JSON format has it, read and checked.
 *
 * A suite is a list of vectors, or an object with `vectors` and, of ours, `profile`. A vector has a `name`, a `bytecode`
 * (hexadecimal text or a list of bytes) and what is expected of it. The format's own keys are `initial_stack`,
 * `expected_stack`, `expected_flags` (-1, null or a text: not looked at), `expected_error` and `allow_float_epsilon`, also
 * called `float_epsilon`. What a machine holds, which the format cannot say, we add: `encoding`, `capabilities`, `contended`,
 * `starts` (where the program is started again when it has stopped).
 *
 * Values are JSON numbers, or texts where those are not exact: `"9223372036854775807"`, `"2.0"` for a double, `"nan"`.
 */

export const PROFILES = ['golden', 'json', 'v3'] as const;
export type Profile = (typeof PROFILES)[number];
export const ENCODINGS = ['stack', 'register'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** The public file of the third version has only register programs in this category. */
const REGISTER_CATEGORY = 'backward_compat';

/** An integer, or a double. */
export type Value = bigint | number;

export interface Vector {
  name: string;
  description: string;
  /** null: the vector has no program */
  bytecode: Uint8Array | null;
  initial: Value[];
  expected: Value[];
  /** null: not looked at */
  flags: number | null;
  error: string | null;
  hasEpsilon: boolean;
  /** null: the vector does not say */
  encoding: Encoding | null;
  capabilities: number[];
  contended: number[];
  starts: number[];
}

export interface Suite {
  /** what the file says it is for */
  profile: Profile | null;
  vectors: Vector[];
}

/** What is wrong with a suite: in which vector, if in one. */
export class SuiteError extends Error {
  constructor(readonly vector: string | null, message: string) {
    super(message);
  }
}

type Json = Record<string, unknown>;

/** Reads a suite; throws a `SuiteError`. */
export function readSuite(text: string): Suite {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SuiteError(null, `it is not JSON: ${(error as Error).message}`);
  }
  const object = isObject(value) ? value : {};
  const list = Array.isArray(value) ? value : object['vectors'];
  if (!Array.isArray(list)) throw new SuiteError(null, 'there is no list of vectors in it');
  const vectors = list.map(readVector);
  const names = new Set<string>();
  for (const { name } of vectors) {
    if (names.has(name)) throw new SuiteError(name, 'two vectors have this name');
    names.add(name);
  }
  return { profile: profileOf(object), vectors };
}

function profileOf(object: Json): Profile | null {
  const named = PROFILES.find((profile) => profile === object['profile']);
  if (named) return named;
  if (object['profile'] !== undefined) throw new SuiteError(null, `\`profile\` is one of ${PROFILES.join(', ')}`);
  return object['isa'] === 'conformance-v3' ? 'v3' : null;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readVector(value: unknown, index: number): Vector {
  if (!isObject(value)) throw new SuiteError(`number ${index + 1}`, 'it is no object');
  const name = value['name'];
  if (typeof name !== 'string' || name === '') throw new SuiteError(`number ${index + 1}`, 'it has no `name`');
  const wrong = (key: string, wanted: string) => new SuiteError(name, `\`${key}\` is not ${wanted}`);
  const numbers = (key: string, most: number): number[] => {
    const list = value[key] ?? [];
    const isRight = Array.isArray(list) && list.every((item) => Number.isInteger(item) && item >= 0 && item <= most);
    if (!isRight) throw wrong(key, `a list of numbers from 0 to ${most}`);
    return list as number[];
  };
  const values = (key: string): Value[] => {
    const list = value[key] ?? [];
    if (!Array.isArray(list)) throw wrong(key, 'a list of values');
    return list.map((item) => readValue(item) ?? thrown(wrong(key, 'a list of values')));
  };
  const given = <T>(key: string, read: (item: unknown) => T | null, wanted: string): T | null => {
    return value[key] == null ? null : read(value[key]) ?? thrown(wrong(key, wanted));
  };
  const flags = value['expected_flags'];
  if (typeof flags === 'number' && (!Number.isInteger(flags) || flags > 15)) throw wrong('expected_flags', 'a number up to 15');
  const error = value['expected_error'] ?? null;
  if (error !== null && typeof error !== 'string') throw wrong('expected_error', 'a name');
  return {
    name,
    description: typeof value['description'] === 'string' ? value['description'] : '',
    bytecode: given('bytecode', readBytecode, 'hexadecimal text or a list of bytes'),
    initial: values('initial_stack'),
    expected: values('expected_stack'),
    flags: typeof flags === 'number' && flags >= 0 ? flags : null,
    error: error === null ? null : error.toUpperCase(),
    hasEpsilon: Boolean(value['allow_float_epsilon'] ?? value['float_epsilon']),
    encoding: given('encoding', readEncoding, ENCODINGS.join(' or ')) ?? (value['category'] === REGISTER_CATEGORY ? 'register' : null),
    capabilities: numbers('capabilities', 0xffff),
    contended: numbers('contended', 0xff),
    starts: numbers('starts', 0xffff),
  };
}

function thrown(error: Error): never {
  throw error;
}

function readBytecode(value: unknown): Uint8Array | null {
  if (Array.isArray(value)) {
    const isBytes = value.every((item) => Number.isInteger(item) && item >= 0 && item <= 255);
    return isBytes ? Uint8Array.from(value as number[]) : null;
  }
  if (typeof value !== 'string' || !/^(?:[0-9a-f]{2}\s*)*$/i.test(value)) return null;
  return new Uint8Array(Buffer.from(value.replace(/\s/g, ''), 'hex'));
}

/** The shared sets call the encodings `stack+escape` and `register-hybrid`. */
function readEncoding(value: unknown): Encoding | null {
  if (value === 'stack' || value === 'stack+escape') return 'stack';
  return value === 'register' || value === 'register-hybrid' ? 'register' : null;
}

function readValue(value: unknown): Value | null {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'string') return null;
  if (/^-?\d+$/.test(value)) return BigInt(value);
  if (value === 'nan') return NaN;
  if (/^-?inf$/.test(value)) return value === 'inf' ? Infinity : -Infinity;
  return /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(value) ? Number(value) : null;
}
