/** The table of flux64, and whole programs of it through the loader of the host. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { PLAIN, renderDiagnostics } from '../../fluxc/diagnostics/render.ts';
import { assemble } from '../../fluxc/isa/assemble.ts';
import { type Container, writeContainer } from '../../fluxc/isa/container.ts';
import { instructionSets } from '../../fluxc/lang/instruction-sets.ts';
import { HOST, ROOT } from '../host.ts';
import { instantiate } from './wasm.ts';

const sets = instructionSets(HOST);
const flux64 = sets('flux64')!;
const ENDINGS = ['paused', 'halted', 'error', 'request', 'stopped'];

function assembled(text: string): Container {
  const sources = new Sources();
  const diagnostics = new Diagnostics();
  const result = assemble(sources.add('t.fasm', text), { set: sets, name: 't' }, diagnostics);
  if (!result) throw new Error(renderDiagnostics(diagnostics.list, sources, PLAIN));
  return result.container;
}

const vm = instantiate('vm/host.flux.md');
const call = (name: string, ...values: number[]) => Number(vm.call(`vm.host.${name}`, ...values.map(BigInt)));

function load(container: Container, granted = 0x7ff): number {
  const file = writeContainer(container);
  vm.memory().set(file, call('buffer'));
  return call('load', file.length, granted);
}

/** What a program gives in r16, or how it ended else. */
function run(text: string, argument = 0, fuel = 1_000_000_000): number | string {
  const loaded = load(assembled(text));
  if (loaded !== 0) return `refused: ${loaded} at ${call('fault_place')}`;
  call('set_register', 16, argument);
  const ending = ENDINGS[call('run', fuel)]!;
  return ending === 'halted' ? call('exit_code') : `${ending} ${call('error_code')} at ${call('pc')}`;
}

/** The documents that test instructions. */
const rules = readdirSync(join(ROOT, 'vm')).filter((file) => /^flux64_\w*rules\.flux\.md$/.test(file))
  .map((file) => readFileSync(join(ROOT, 'vm', file), 'utf8')).join('\n');

describe('the table of flux64', () => {
  it('has the 184 names of the older set at their numbers, and thirteen more', () => {
    expect(flux64.rows).toHaveLength(184 + 13);
    expect(flux64.rows.map(({ code }) => code[0])).toEqual(Array.from({ length: 197 }, (_, code) => code));
    const places = { halt: 0x01, sys_exception: 0x0f, iadd: 0x10, f2i: 0x1f, xori: 0x2f, cmp: 0x30, jmp: 0x40, loop: 0x4f, load: 0x50,
      memset: 0x5f, push: 0x60, stack_free: 0x6f, call: 0x70, set_handler: 0x7f, delegate: 0x80, agent_query: 0x8f, io_read: 0x90,
      io_poll: 0x9f, tile_load: 0xa0, gas_check: 0xaf, native_call: 0xb0, vec_splat: 0xb7, movi: 0xb8 };
    for (const [mnemonic, code] of Object.entries(places)) expect(flux64.byMnemonic.get(mnemonic)?.code).toEqual([code]);
  });

  it('says of every instruction what it does', () => {
    for (const row of flux64.rows) expect(row.semantics?.text).toBeTruthy();
  });

  it('has a test for every instruction', () => {
    const isTested = (mnemonic: string) => new RegExp(`\\.${mnemonic}\\b`).test(rules);
    expect(flux64.rows.filter(({ mnemonic }) => !isTested(mnemonic)).map(({ mnemonic }) => mnemonic)).toEqual([]);
  });

  it('has a test for every error', () => {
    const machine = readFileSync(join(ROOT, 'vm/machine.flux.md'), 'utf8');
    const rows = machine.slice(machine.indexOf('## enum Stop')).split('\n## ')[0]!.matchAll(/^\| `(\w+)` \| (\d+) \|/gm);
    const errors = [...rows].filter(([, , code]) => (Number(code) > 0 && Number(code) < 128) || code === '254').map(([, name]) => name!);
    expect(errors).toHaveLength(19);
    expect(errors.filter((name) => !new RegExp(`\\.${name}\\b`).test(rules))).toEqual([]);
  });

  it('gives a reason for what is not supported', () => {
    const unsupported = flux64.rows.filter(({ semantics }) => semantics!.text.includes('.unsupported'));
    expect(unsupported).toHaveLength(14);
    for (const { meaning } of unsupported) expect(meaning).not.toBe('');
  });
});

describe('programs of flux64', () => {
  const program = (name: string) => readFileSync(join(ROOT, 'bench/vm', `${name}.fasm`), 'utf8');

  it('compute', () => {
    expect(run(program('sum'), 1000)).toBe(499_500);
    expect(run(program('fib'), 20)).toBe(6765);
    expect(run(program('sieve'), 10_000)).toBe(1229);
  });

  it('give what the documents of the older runtime promise', () => {
    const start = '.set flux64\n';
    expect(run(`${start}movi r1, 10\nmovi r2, 20\niadd r16, r1, r2\nhalt`)).toBe(30);
    expect(run(`${start}movi r1, 7\nmovi r2, 6\nimul r3, r1, r2\nimul r4, r1, r1\niadd r16, r3, r4\nhalt`)).toBe(91);
    expect(run(program('fib'), 10)).toBe(55);
    expect(run(`${start}movi r1, 42\nmovi r2, 100\nimul r16, r1, r2\naddi r16, 7\nhalt`)).toBe(4207);
    expect(run(`${start}movi r16, 42\naddi r16, 7\nhalt`)).toBe(49);
  });

  it('end for want of fuel, and go on with more', () => {
    expect(run(program('sum'), 1000, 100)).toBe('paused 255 at 12');
    expect(ENDINGS[call('run', 1_000_000)]).toBe('halted');
    expect([call('exit_code'), call('fuel_used')]).toEqual([499_500, 3005]);
  });

  it('are refused with the place', () => {
    expect(run('.set flux64\nnop\npop r1\nhalt')).toBe('refused: 111 at 4');
    expect(run('.set flux64\nnop\nnop')).toBe('refused: 110 at 4');
    expect(run('.set flux64\nload_rm r1, 4, r2\nhalt')).toBe('refused: 107 at 0');
    const container = assembled('.set flux64\n.capability IO_WRITE\nio_write r1, r2, r3\nhalt');
    expect([load(container, 0), load({ ...container, capabilities: 0 }), load(container, 0x10)]).toEqual([132, 109, 0]);
    expect(run('.set flux64\n.region big 40000000 write\n.code\nhalt')).toBe('refused: 133 at 0');
    const code = Uint8Array.from(container.code);
    code[4] = 0xff;
    expect([load({ ...container, code }), call('fault_place')]).toEqual([104, 4]);
  });

  it('record what they do where they ask for it', () => {
    expect(run('.set flux64\ninc r1\ntrace_on\nprof_start\ninc r1\ninc r2\ntrace_off\nprof_stop\nhalt')).toBe(0);
    expect([call('traced'), call('profile_count', 0x17)]).toEqual([4, 2]);
    const record = new DataView(vm.memory().buffer, call('trace_record', 1));
    expect([record.getUint32(0, true), Number(record.getBigUint64(8, true)), Number(record.getBigUint64(16, true))]).toEqual([3, 1, 2]);
  });

  it('end with an error and its place', () => {
    expect(run('.set flux64\nnop\nload r1, r0, 0\nhalt')).toBe('error 42 at 4');
    expect(run('.set flux64\n.region r 8 read\n.code\nstore r1, r0, 0\nhalt')).toBe('error 41 at 0');
    expect(run('.set flux64\nidiv r1, r1, r0\nhalt')).toBe('error 30 at 0');
  });
});
