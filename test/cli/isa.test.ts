/** `fluxos isa` as a user calls it: results, JSON, files written and not written, exit statuses. */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readContainer, writeContainer } from '../../fluxc/isa/container.ts';
import { bundleIfStale, fluxos, fluxosJson } from './fluxos.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'fluxos-isa-'));
const at = (name: string) => join(FOLDER, name);
/** 5! of flux-runtime: MOVI r0, 5; MOVI r1, 1; IMUL r1, r1, r0; DEC r0; JNZ r0, -10; HALT */
const FACTORIAL = Uint8Array.of(0x2b, 0, 5, 0, 0x2b, 1, 1, 0, 0x0a, 1, 1, 0, 0x0f, 0, 6, 0, 0xf6, 0xff, 0x80);
/** MOVI r11 (the stack pointer), 5; YIELD; HALT */
const REFUSED = Uint8Array.of(0x2b, 11, 5, 0, 0x81, 0x80);

beforeAll(() => {
  bundleIfStale();
  writeFileSync(at('factorial.bin'), FACTORIAL);
  writeFileSync(at('refused.bin'), REFUSED);
  writeFileSync(at('sum.fasm'), '.set flux64\n.agent sum\nstart:\n    inc r16\n    jnz r16, start\n    halt\n');
});

describe('fluxos isa', () => {
  it('lists and shows sets', async () => {
    const { status, value } = await fluxosJson(['isa', 'list']);
    expect(status).toBe(0);
    expect(value.sets).toHaveLength(11);
    expect(value.sets[1]).toMatchObject({ set: 'flux-os', version: null, made_of: 'words', instructions: 184, operands: true, origin: 'reference' });
    expect((await fluxos(['isa', 'list'])).stdout).toMatch(/^set +version +made of/);
    expect((await fluxos(['isa', 'show', 'flux-runtime', 'iadd'])).stdout).toContain('0x08  IADD rd, rs1, rs2');
    const { value: shown } = await fluxosJson(['isa', 'show', 'flux64', '0x10']);
    expect(shown.instructions).toMatchObject([{ mnemonic: 'iadd', length: 4, semantics: 'rd = ra + rb' }]);
  });

  it('finds and explains collisions', async () => {
    const { value } = await fluxosJson(['isa', 'conflicts', '--no-aliases']);
    expect([value.sets.length, value.numbers.length, value.names.length, value.pairs.length]).toEqual([7, 184, 108, 21]);
    const { stdout } = await fluxos(['isa', 'conflicts', 'conformance-v2', 'flux-os']);
    expect(stdout).toContain('AND  conformance-v2 0x30, flux-os 0x20  (AND, IAND: as `IADD`)');
  });

  it('compares and negotiates', async () => {
    const { value } = await fluxosJson(['isa', 'compare', 'stack2', 'stack3']);
    expect(value.counts.same).toBe(48);
    const { stdout } = await fluxos(['isa', 'negotiate', 'stack2', 'stack3']);
    expect(stdout).toContain('verdict: compatible: programs of stack2 run on all\nversion: 2.0\n');
    expect((await fluxosJson(['isa', 'negotiate', 'flux-os', 'flux64', 'go-shim'])).value).toMatchObject({ verdict: 'incompatible', version: null });
  });

  it('translates a program, and says where it cannot', async () => {
    const { status, value } = await fluxosJson(['isa', 'translate', 'flux-runtime', 'flux64', at('factorial.bin')]);
    expect([status, value.bytes, value.problems]).toEqual([0, 24, []]);
    expect(value.instructions[4]).toMatchObject({ offset: 14, new_offset: 16, from: 'JNZ r0, 8', to: 'jnz r16, 8' });
    const refused = await fluxosJson(['isa', 'translate', 'flux-runtime', 'flux64', at('refused.bin')]);
    expect(refused.status).toBe(1);
    expect(refused.value.problems).toMatchObject([{ offset: 0, instruction: 'MOVI r11, 5' }, { offset: 4, instruction: 'YIELD' }]);
    expect(refused.value.diagnostics.map(({ code }: { code: string }) => code)).toEqual(['FX1061', 'FX1061']);
  });

  it('migrates there and back, and writes nothing that is not whole', async () => {
    const there = await fluxos(['isa', 'migrate', 'flux-runtime', 'flux64', at('factorial.bin'), '-o', at('there.bin')]);
    expect(there).toMatchObject({ status: 0, stderr: '' });
    expect((await fluxos(['isa', 'migrate', 'flux64', 'flux-runtime', at('there.bin'), '-o', at('back.bin')])).status).toBe(0);
    expect([...readFileSync(at('back.bin'))]).toEqual([...FACTORIAL]);
    const refused = await fluxos(['isa', 'migrate', 'flux-runtime', 'flux64', at('refused.bin'), '-o', at('never.bin')]);
    expect(refused.status).toBe(1);
    expect(refused.stdout).toContain('unsupported  1');
    expect(refused.stderr).toContain('error[FX1061]');
    expect(existsSync(at('never.bin'))).toBe(false);
    expect((await fluxos(['isa', 'migrate', 'flux-runtime', 'flux64', at('factorial.bin'), '--plan'])).status).toBe(0);
    expect(existsSync(at('factorial.bin.flux64'))).toBe(false);
  });

  it('translates into a program that runs', async () => {
    // MOVI r1, 5; MOVI r0, 1; IMUL r0, r0, r1; DEC r1; JNZ r1, -10; HALT: the result is in r0, which becomes r16
    writeFileSync(at('five.bin'), Uint8Array.of(0x2b, 1, 5, 0, 0x2b, 0, 1, 0, 0x0a, 0, 0, 1, 0x0f, 1, 6, 1, 0xf6, 0xff, 0x80));
    expect((await fluxos(['isa', 'translate', 'flux-runtime', 'flux64', at('five.bin'), '-o', at('five.code')])).status).toBe(0);
    writeFileSync(at('five.fluxbc'), writeContainer({
      set: 'flux64', profile: 0, name: 'five', capabilities: 0, entry: 0, code: readFileSync(at('five.code')), regions: [], peers: [], map: null,
    }));
    expect((await fluxos(['vm', 'run', at('five.fluxbc')])).status).toBe(120);
  });

  it('keeps a container one where the other set has them', async () => {
    expect((await fluxos(['vm', 'asm', at('sum.fasm'), '-o', at('sum.fluxbc')])).status).toBe(0);
    const { container } = readContainer(readFileSync(at('sum.fluxbc')));
    const flux = await fluxosJson(['isa', 'migrate', 'flux64', 'flux-os', at('sum.fluxbc'), '-o', at('sum.os')]);
    expect(flux.value.problems).toMatchObject([{ offset: 4, instruction: 'jnz r16, 0' }]);
    const stack = writeContainer({ ...container!, set: 'stack2', profile: 1, entry: 1, code: Uint8Array.of(1, 0x50, 0, 0, 0), map: null });
    writeFileSync(at('loop.fluxbc'), stack);
    expect((await fluxos(['isa', 'migrate', 'stack2', 'stack3', at('loop.fluxbc'), '-o', at('loop3.fluxbc')])).status).toBe(0);
    expect(readContainer(readFileSync(at('loop3.fluxbc')))).toMatchObject({ fault: 'none', container: { set: 'stack3', profile: 1, entry: 1, name: 'sum' } });
    const alone = await fluxos(['isa', 'migrate', 'stack2', 'conformance-v2', at('loop.fluxbc'), '-o', at('loop.bin')]);
    expect([alone.status, alone.stderr.split(':')[0]]).toEqual([1, 'error[FX1064]']);
    expect((await fluxos(['isa', 'translate', 'flux64', 'flux-os', at('sum.fasm')])).stderr).toContain('`jnz r16, 0`');
  });

  it.each([
    ['FX1060', ['show', 'flux65']], ['FX1063', ['show', 'flux64', 'iad']], ['FX1066', ['negotiate', 'flux64']],
    ['FX1066', ['conflicts', 'flux64']], ['FX1062', ['translate', 'stack2', 'stack3', 'sum.fluxbc']], ['FX0801', ['translate', 'stack2', 'stack3', 'nowhere.bin']],
    ['FX1065', ['translate', 'stack2', 'stack3', 'broken.fluxbc']],
  ])('%s: %j', async (code, args) => {
    writeFileSync(at('broken.fluxbc'), readFileSync(at('sum.fluxbc')).subarray(0, 40));
    const { status, value } = await fluxosJson(['isa', ...args], { cwd: FOLDER });
    expect([status, value.diagnostics.map((one: { code: string }) => one.code)]).toEqual([1, [code]]);
  });

  it('says how it is used', async () => {
    expect((await fluxos(['isa', 'translate'])).status).toBe(2);
    for (const name of ['list', 'show', 'conflicts', 'compare', 'translate', 'negotiate', 'migrate']) {
      const { status, stdout } = await fluxos(['isa', name, '--help']);
      expect([status, stdout.includes('Examples:'), stdout.includes('Exit status:')]).toEqual([0, true, true]);
    }
  });
});
