/** Our own vectors hit every row of the instruction tables, every flag and every fault; and a wrong machine fails them. */
import { describe, expect, it } from 'vitest';
import { conform } from '../../cli/vm/conformance/conform.ts';
import { encodingOf, stackSets } from '../../cli/vm/conformance/encoding.ts';
import type { Profile, Vector } from '../../cli/vm/conformance/vector.ts';
import { codeKey, codeLength, type InstructionSet } from '../../fluxc/isa/instruction-set.ts';
import { HOST, hostWith } from '../host.ts';
import { OWN } from './suites.ts';

const SETS = stackSets(HOST);
const FLAGS = { zero: 1, sign: 2, carry: 4, overflow: 8 };
const NONE = new Uint8Array();

function setOf(profile: Profile, { encoding, bytecode }: Vector): InstructionSet {
  const stack3 = SETS.get('Stack3')!;
  if (profile !== 'v3') return SETS.get('Stack2')!;
  return (encoding ?? encodingOf(stack3, bytecode ?? NONE)) === 'register' ? SETS.get('Register3')! : stack3;
}

/** The mnemonics of a program as it is read from its first byte on. */
function mnemonicsOf(set: InstructionSet, code: Uint8Array): string[] {
  const found: string[] = [];
  for (let at = 0; at < code.length;) {
    const codes = Array.from({ length: codeLength(set) }, (_, extra) => codeKey([...code.subarray(at, at + extra + 1)]));
    const row = codes.map((key, extra) => ({ row: set.byCode.get(key), bytes: extra + 1 }))
      .find(({ row: one, bytes }) => one?.code.length === bytes)?.row;
    if (!row) break;
    found.push(row.mnemonic);
    at += row.length;
  }
  return found;
}

const vectorsOf = (profile: Profile) => OWN.find((task) => task.profile === profile)!.suite.vectors;

describe('our own vectors', () => {
  it.each([['golden', 'Stack2'], ['json', 'Stack2'], ['v3', 'Extensions'], ['v3', 'Register3']] as const)('of %s hit every row of %s', (profile, name) => {
    const wanted = SETS.get(name)!;
    const own = new Set(vectorsOf(profile)
      .filter((vector) => name !== 'Register3' || setOf(profile, vector).name === name)
      .flatMap((vector) => mnemonicsOf(setOf(profile, vector), vector.bytecode ?? NONE)));
    const rows = name === 'Register3' ? wanted.rows.filter(({ code }) => code[0] !== 0xff) : wanted.rows;
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.map(({ mnemonic }) => mnemonic).filter((mnemonic) => !own.has(mnemonic))).toEqual([]);
  });

  it.each(['golden', 'json'] as const)('of %s set each flag, and clear it', (profile) => {
    const looked = vectorsOf(profile).filter(({ flags, error }) => flags !== null && error === null);
    for (const [name, bit] of Object.entries(FLAGS)) {
      expect(looked.filter(({ flags }) => flags! & bit).length, `${name} set`).toBeGreaterThan(1);
      expect(looked.filter(({ flags }) => !(flags! & bit)).length, `${name} clear`).toBeGreaterThan(10);
    }
    const arithmetic = SETS.get('Stack2')!.rows.filter(({ code }) => code[0]! >= 0x10 && code[0]! <= 0x35);
    for (const { mnemonic } of arithmetic) {
      const own = looked.filter((vector) => mnemonicsOf(setOf(profile, vector), vector.bytecode!).includes(mnemonic));
      expect(own.length, `flags of ${mnemonic}`).toBeGreaterThan(0);
    }
  });

  it('expect every fault', () => {
    const document = HOST.read('vm/stack_machine.flux.md')!;
    const names = [...document.matchAll(/^ {4}\.\w+ => "([A-Z_]+)",$/gm)].map((match) => match[1]!);
    expect(names.length).toBe(20);
    const expected = (profile: Profile) => new Set(vectorsOf(profile).map(({ error }) => error));
    const all = new Set([...expected('golden'), ...expected('json'), ...expected('v3')]);
    expect(names.filter((name) => !all.has(name))).toEqual([]);
    const common = [
      'STACK_UNDERFLOW', 'STACK_OVERFLOW', 'CALL_STACK_UNDERFLOW', 'CALL_STACK_OVERFLOW', 'DIVISION_BY_ZERO', 'MEMORY_RANGE',
      'UNKNOWN_OPCODE', 'TRUNCATED', 'CHANNEL_FULL',
    ];
    for (const profile of ['golden', 'json'] as const) expect(common.filter((name) => !expected(profile).has(name))).toEqual([]);
  });

  it('fail on a machine that is wrong', async () => {
    const path = 'vm/stack_arithmetic.flux.md';
    const text = HOST.read(path)!;
    const wrong = text.replace('give(machine, a & b, false, false)', 'give(machine, a & b, true, false)');
    expect(wrong).not.toBe(text);
    const { reports } = await conform(hostWith({ [path]: wrong }), OWN, { target: 'wasm32', seconds: 30 });
    const failed = reports!.flatMap((own, task) => own.filter(({ outcome }) => outcome === 'failed').map(({ name }) => `${OWN[task]!.name}: ${name}`));
    expect(failed).toEqual(['golden: and', 'golden: and gives zero', 'golden: bits of a double are those of its whole part', 'json: and', 'json: and gives zero']);
  }, 60_000);
});
