/** `fluxos vm conformance` as a user calls it. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readSuite, SuiteError } from '../../cli/vm/conformance/vector.ts';
import { skippedBoards } from '../boot/machine-models.ts';
import { bundleIfStale, fluxos, fluxosJson } from '../cli/fluxos.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'fluxos-conformance-'));
const SKIPPED = await skippedBoards(['qemu-arm64']);

function suite(name: string, value: unknown): string {
  const path = join(FOLDER, name);
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
}

const command = (...args: string[]) => fluxos(['vm', 'conformance', ...args]);

beforeAll(bundleIfStale);

describe('fluxos vm conformance', () => {
  it('says of each vector how it went', async () => {
    const path = suite('mixed.json', [
      { name: 'right', bytecode: '552a00000000', expected_stack: [42], expected_flags: 'a text' },
      { name: 'wrong', description: 'one off', bytecode: [0x55, 41, 0, 0, 0, 0], expected_stack: [42] },
      { name: 'flags', bytecode: '1000', initial_stack: [5, -5], expected_stack: [0], expected_flags: 1 },
      { name: 'error', bytecode: '10', expected_stack: [], expected_error: 'stack_underflow' },
      { name: 'unexpected error', bytecode: '10', expected_stack: [] },
    ]);
    const { status, stdout, stderr } = await command(path);
    expect(stdout.split('\n')).toEqual([
      '  passed         right',
      '  failed         wrong: one off',
      '                 expected [42], got [41]',
      '  failed         flags',
      '                 expected [0] flags 1, got [0] flags 5',
      '  passed         error',
      '  failed         unexpected error',
      '                 expected [], got STACK_UNDERFLOW',
      `${path}, profile golden, wasm32: 2 of 5 passed, 3 failed`,
    ]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  });

  it('reports a listed vector as contradictory only if it fails as listed', async () => {
    const vector = { name: 'arith_add_from_stack', initial_stack: [], expected_stack: [30] };
    const { status, value } = await fluxosJson(['vm', 'conformance', suite('listed.json', { profile: 'json', vectors: [vector] })]);
    expect(status).toBe(0);
    expect(value).toEqual({
      suites: [{
        file: join(FOLDER, 'listed.json'), profile: 'json', target: 'wasm32', passed: 0, failed: 0, contradictory: 1,
        vectors: [{ name: vector.name, outcome: 'contradictory', expected: '[30]', got: '[]', reason: expect.stringContaining('no program') }],
      }],
      diagnostics: [],
    });
    const other = suite('other.json', { profile: 'json', vectors: [{ ...vector, bytecode: '551d00000000' }] });
    expect(await command(other)).toMatchObject({ status: 1, stdout: expect.stringContaining('failed         arith_add_from_stack') });
    const golden = suite('golden.json', { profile: 'golden', vectors: [vector] });
    expect((await command(golden)).status).toBe(1);
  });

  it('takes the profile from the file, or from the command line', async () => {
    const path = suite('mod.json', [{ name: 'mod', bytecode: '55f9ffffff55030000001400', expected_stack: [-1] }]);
    expect((await command(path)).status).toBe(1);
    expect((await command(path, '--profile', 'json')).status).toBe(0);
    const third = suite('third.json', { isa: 'conformance-v3', vectors: [{ name: 'now', bytecode: 'ff010400', expected_stack: [0] }] });
    expect((await command(third)).stdout).toContain('profile v3');
  });

  it('reads the encoding off a program that does not say it', async () => {
    const vectors = [
      { name: 'register', bytecode: '1801070018020b002000010200', expected_stack: [18] },
      { name: 'stack', bytecode: '5507000000550b0000001000', expected_stack: [18] },
      { name: 'by its category', category: 'backward_compat', bytecode: '4001000100', expected_stack: [256] },
      { name: 'only in the one', bytecode: '1801070000', encoding: 'stack', expected_stack: [], expected_error: 'UNKNOWN_OPCODE' },
    ];
    expect(await command(suite('encodings.json', { profile: 'v3', vectors }))).toMatchObject({ status: 0, stderr: '' });
  });

  it.skipIf(SKIPPED.has('qemu-arm64'))('runs several files in one guest', async () => {
    const vectors = [{ name: 'half', bytecode: '73', initial_stack: [1, 2], expected_stack: [0.5] }];
    const paths = ['first.json', 'second.json'].map((name) => suite(name, vectors));
    const { status, stdout } = await command(...paths, '--target', 'arm64');
    expect(stdout.split('\n')).toEqual(paths.flatMap((path) => ['  passed         half', `${path}, profile golden, arm64: 1 of 1 passed, 0 failed`]));
    expect(status).toBe(0);
  }, 60_000);

  it('refuses what is no suite', async () => {
    const good = suite('good.json', [{ name: 'halt', bytecode: '00', expected_stack: [] }]);
    const bad = suite('bad.json', '{ "vectors": 5 }');
    const half = suite('half.json', [{ name: 'half', bytecode: '5', expected_stack: [] }]);
    const { status, stdout, stderr } = await command(good, bad, half, join(FOLDER, 'nowhere.json'));
    expect(status).toBe(1);
    expect(stdout).toContain('1 of 1 passed');
    expect(stderr).toContain('error[FX1180]');
    expect(stderr).toContain('error[FX1181]: vector `half`');
    expect(stderr).toContain('error[FX0813]');
  });
});

describe('a suite', () => {
  it.each([
    ['{', null, 'it is not JSON'],
    ['{}', null, 'there is no list of vectors'],
    ['{ "profile": "silver", "vectors": [] }', null, '`profile` is one of'],
    ['[5]', 'number 1', 'it is no object'],
    ['[{ "bytecode": "00" }]', 'number 1', 'it has no `name`'],
    ['[{ "name": "a" }, { "name": "a" }]', 'a', 'two vectors have this name'],
    ['[{ "name": "a", "bytecode": [256] }]', 'a', '`bytecode` is not'],
    ['[{ "name": "a", "initial_stack": ["five"] }]', 'a', '`initial_stack` is not'],
    ['[{ "name": "a", "expected_stack": 5 }]', 'a', '`expected_stack` is not'],
    ['[{ "name": "a", "expected_flags": 16 }]', 'a', '`expected_flags` is not'],
    ['[{ "name": "a", "expected_error": 5 }]', 'a', '`expected_error` is not'],
    ['[{ "name": "a", "encoding": "morse" }]', 'a', '`encoding` is not'],
    ['[{ "name": "a", "capabilities": [65536] }]', 'a', '`capabilities` is not'],
  ])('%s is refused', (text, vector, message) => {
    let caught: unknown = null;
    try {
      readSuite(text);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(SuiteError);
    expect((caught as SuiteError).vector).toBe(vector);
    expect((caught as SuiteError).message).toContain(message);
  });

  it('has values that JSON numbers cannot say', () => {
    const { vectors } = readSuite('[{ "name": "a", "initial_stack": ["9223372036854775807", "2.0", 2, 0.5, "nan", "-inf", "1e3"] }]');
    expect(vectors[0]!.initial).toEqual([9223372036854775807n, 2, 2n, 0.5, NaN, -Infinity, 1000]);
  });
});
