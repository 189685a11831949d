/**
 * The authority, computed from its documents: collisions of the reference's seven tables, comparisons, negotiation, and
 * translation of random programs there and back.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Authority, type Form, type KnownSet, nameOf, TARGET } from '../../fluxc/isa/authority/authority.ts';
import { compareSets } from '../../fluxc/isa/authority/compare.ts';
import { findConflicts } from '../../fluxc/isa/authority/conflicts.ts';
import { planMigration } from '../../fluxc/isa/authority/migrate.ts';
import { compareVersions, negotiate } from '../../fluxc/isa/authority/negotiate.ts';
import { translate } from '../../fluxc/isa/authority/translate.ts';
import { decode, encode, fits, lengthOf, type OperandValue, rangeOf, valueOfTarget } from '../../fluxc/isa/code.ts';
import type { Row } from '../../fluxc/isa/instruction-set.ts';
import { AUTHORITY, readAuthority } from '../../fluxc/lang/read-authority.ts';
import { HOST, ROOT } from '../host.ts';
import { Random } from '../random.ts';

const authority = readAuthority(HOST);
const REFERENCE = authority.sets.filter(({ isOurs }) => !isOurs);

function named(name: string): KnownSet {
  return authority.sets.find((set) => set.name === name)!;
}

/** Bytes from instructions: a mnemonic and the values of its operands. */
function program(set: KnownSet, ...instructions: [string, ...(number | bigint)[]][]): Uint8Array {
  return Uint8Array.from(instructions.flatMap(([mnemonic, ...values]) => {
    return [...encode(set.set, set.set.byMnemonic.get(mnemonic)!, values.map(BigInt))];
  }));
}

describe('the documents', () => {
  test('have the instructions of the reference, which are so many', () => {
    expect(REFERENCE.map(({ name, set, knowsOperands }) => [name, set.rows.length, knowsOperands])).toEqual([
      ['conformance-v2', 48, true], ['flux-os', 184, true], ['flux-runtime', 131, true], ['isa-unified', 256, true],
      ['vocab-assembler', 33, true], ['rust-shim', 85, false], ['go-shim', 14, false],
    ]);
  });

  const folder = join(ROOT, '../shared/reference/isa');
  if (existsSync(folder)) test('agree with the facts that were read from the reference, code by code', () => {
    for (const { name, set, knowsOperands } of REFERENCE) {
      const { opcodes } = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
      expect(set.rows.map(({ mnemonic, code }) => [mnemonic, code[0]])).toEqual(
        opcodes.map((row: { name: string; opcode: number }) => [row.name, row.opcode]));
      if (!knowsOperands) continue;
      for (const { name: mnemonic, length } of opcodes) {
        expect([name, mnemonic, set.byMnemonic.get(mnemonic)!.length]).toEqual([name, mnemonic, length < 0 ? 3 : length]);
      }
    }
  });

  test('give an alias to no two instructions of one set', () => {
    for (const { name, set } of authority.sets) {
      const names = set.rows.map(({ mnemonic }) => nameOf(mnemonic, authority.aliases));
      expect([name, names.filter((each, index) => names.indexOf(each) !== index)]).toEqual([name, []]);
    }
  });

  test('are refused if they contradict themselves', () => {
    const text = HOST.read(AUTHORITY)!;
    const wrong: [string | RegExp, string, string][] = [
      ['`IADD d a b`', '`IADX d a b`', 'flux-os has no `IADX`'],
      ['`IADD d a b`', '`IADD d a`', 'has 3 operands'],
      ['`IADD d a b`', '`IADD d a x`', 'the operands of `sum` are not the same everywhere'],
      ['`ISUB d a b`', '`IADD d a b`', 'has two meanings'],
      ['`SUB`, `ISUB`', '`ADD`, `ISUB`', 'in two groups'],
      ['`FluxOs`', '`FluxOz`', 'has no `opcodes FluxOz`'],
      ['## Sets', '## Settings', 'no table under `Sets`'],
    ];
    for (const [from, to, message] of wrong) {
      const host = { ...HOST, read: (path: string) => (path === AUTHORITY ? text.replace(from, to) : HOST.read(path)) };
      expect(() => readAuthority(host)).toThrow(message);
    }
  });
});

describe('conflicts', () => {
  const raw = findConflicts(REFERENCE, null);

  test('are 184 numbers with several meanings and 108 names with several numbers', () => {
    expect([raw.numbers.length, raw.names.length, raw.shapes.length]).toEqual([184, 108, 81]);
  });

  test('by pairs', () => {
    const pairs = Object.fromEntries(raw.pairs.map(({ a, b, shared, differing }) => [`${a}/${b}`, `${shared}/${differing}`]));
    expect(pairs).toMatchObject({
      'conformance-v2/flux-os': '48/48', 'conformance-v2/flux-runtime': '45/45', 'conformance-v2/isa-unified': '48/46',
      'flux-os/flux-runtime': '130/129', 'flux-os/isa-unified': '184/184', 'flux-runtime/isa-unified': '131/122',
      'flux-runtime/vocab-assembler': '33/18', 'vocab-assembler/go-shim': '13/0',
    });
    expect(raw.pairs).toHaveLength(21);
  });

  test('numbers that three tables agree on are twelve', () => {
    expect([...new Set(raw.agreed.map(({ code }) => code))]).toEqual([0, 1, 6, 8, 9, 10, 11, 14, 15, 0x2b, 0x2d, 0x80]);
    expect(raw.agreed[1]).toEqual({ code: 0, name: 'NOP', sets: ['flux-os', 'flux-runtime', 'vocab-assembler', 'go-shim'] });
  });

  test('with aliases: ADD and IADD at 0x10 are no collision of their two sets any more', () => {
    const two = [named('conformance-v2'), named('flux-os')];
    const meaningOf = (aliases: Authority['aliases'] | null) => findConflicts(two, aliases).numbers.some(({ code }) => code === 0x10);
    expect([meaningOf(null), meaningOf(authority.aliases)]).toEqual([true, false]);
    expect(findConflicts(two, authority.aliases).pairs[0]).toMatchObject({ shared: 48, differing: 42 });
    const all = findConflicts(REFERENCE, authority.aliases);
    expect([all.numbers.length, all.shapes.length]).toEqual([184, 86]);
    expect(all.names.find(({ name }) => name === 'ADD')!.spellings).toEqual(['ADD', 'IADD']);
    expect(authority.reasons.get('ADD')).toContain('integer');
  });

  const listed = join(ROOT, '../shared/reference/isa/_conflicts.json');
  if (existsSync(listed)) test('are those that were listed for the reference', () => {
    const known = JSON.parse(readFileSync(listed, 'utf8'));
    expect(raw.numbers.map(({ code, meanings }) => [code, Object.fromEntries(meanings)])).toEqual(
      known.number_collisions.map((row: { opcode: number; meanings: object }) => [row.opcode, row.meanings]));
    expect(raw.names.map(({ name }) => name)).toEqual(known.name_divergences.map(({ name }: { name: string }) => name).sort());
  });
});

describe('compare', () => {
  const counts = (a: string, b: string) => Object.fromEntries(compareSets(named(a), named(b), authority.aliases).counts);

  test('row by row', () => {
    expect(counts('flux-os', 'flux64')).toMatchObject({ 'only there': named('flux64').set.rows.length - 184 });
    expect(counts('stack2', 'stack3')).toEqual({ 'same': 48, 'only there': named('stack3').set.rows.length - 48 });
    expect(counts('go-shim', 'vocab-assembler')).toEqual({ 'same number': 13, 'other number': 1, 'only there': 19 });
    expect(compareSets(named('flux-runtime'), named('flux64'), authority.aliases).rows.find(({ name }) => name === 'ADD'))
      .toMatchObject({ agreement: 'renumbered', a: { code: [8] }, b: { code: [0x10] }, takenBy: 'sys_reset' });
  });
});

describe('negotiate', () => {
  const pair = (...names: string[]) => negotiate(names.map(named), authority);

  test('gives the set whose programs all run', () => {
    expect(pair('stack2', 'stack3')).toMatchObject({ verdict: 'compatible', common: 'stack2', version: '2.0', byNameOnly: [] });
    expect(pair('stack3', 'stack2')).toMatchObject({ verdict: 'compatible', common: 'stack2', version: '2.0' });
    expect(pair('conformance-v2', 'stack2', 'stack3')).toMatchObject({ verdict: 'compatible', common: 'conformance-v2' });
    expect(pair('conformance-v2', 'stack2')).toMatchObject({ verdict: 'identical', score: 1, version: '2.0', limits: [] });
  });

  test('sees that one name is not one instruction', () => {
    const result = pair('flux-os', 'flux64');
    expect(result).toMatchObject({ verdict: 'translatable', common: null, version: null, score: 0 });
    expect(result.byNameOnly).toHaveLength(184);
    expect(result.limits.map(({ text }) => text)).toContain('the most significant byte of a word comes first, and not in all others');
    expect(pair('flux-runtime', 'vocab-assembler').agreed).toContain('MOVI');
    expect(pair('flux-runtime', 'vocab-assembler').byNameOnly).toContain('JMP');
  });

  test('claims nothing of sets of which only numbers are known', () => {
    expect(pair('go-shim', 'vocab-assembler')).toMatchObject({ verdict: 'incompatible', agreed: [], translatable: [] });
  });

  test('compares versions as versions', () => {
    expect(['1.10', '1.9', '2', '1.9.1', '0.1'].sort(compareVersions)).toEqual(['0.1', '1.9', '1.9.1', '1.10', '2']);
    expect(compareVersions('2', '2.0')).toBe(0);
  });
});

// ---- translation ----

/** A random value of an operand that can be translated into `to`. */
function value(random: Random, from: KnownSet, row: Row, form: Form, index: number): bigint {
  const part = form.operands[index]!;
  if (typeof part !== 'string') return part;
  const operand = row.operands[index]!;
  if (operand.kind === 'register') return BigInt(from.general[random.below(Math.min(11, from.general.length))] ?? 0);
  const { least, most } = rangeOf(operand);
  const span = most - least + 1n;
  return least + BigInt(random.below(Number(span < 0x1_0000_0000n ? span : 0x1_0000_0000n)));
}

/** A program of instructions that both sets have; jumps lead to its own instructions, or to the end. */
function randomProgram(random: Random, from: KnownSet, to: KnownSet): Uint8Array {
  const usable = authority.equivalences.filter(({ forms }) => forms.has(from.name) && forms.has(to.name));
  const chosen = Array.from({ length: 1 + random.below(30) }, () => {
    const { forms } = usable[random.below(usable.length)]!;
    const form = forms.get(from.name)!;
    const row = from.set.byMnemonic.get(form.mnemonic)!;
    return { form, row, values: row.operands.map((_, index) => value(random, from, row, form, index)) as OperandValue[] };
  });
  const starts = [0];
  for (const { row, values } of chosen) starts.push(starts[starts.length - 1]! + lengthOf(row, values));
  const parts = chosen.map(({ form, row, values }, place) => {
    const at = form.operands.indexOf(TARGET);
    if (at >= 0) {
      const target = BigInt(starts[random.below(starts.length)]!);
      const operand = row.operands[at]!;
      const isPlace = operand.kind === 'relative' || operand.kind === 'address';
      values[at] = isPlace ? valueOfTarget(from.set, operand, target, starts[place + 1]!)! : target;
      expect(fits(operand, values[at]!)).toBe(true);
    }
    return [...encode(from.set, row, values)];
  });
  return Uint8Array.from(parts.flat());
}

const PAIRS: [string, string][] = authority.sets.flatMap(({ name: a }) => authority.sets
  .filter(({ name: b }) => a !== b && authority.equivalences.some(({ forms }) => forms.has(a) && forms.has(b)))
  .map(({ name: b }): [string, string] => [a, b]));

describe('translate', () => {
  test('every pair of the sets of registers, and of the sets of stacks', () => expect(PAIRS).toHaveLength(6 * 5 + 3 * 2));

  test.each(PAIRS)('%s to %s and back is the same program', (a, b) => {
    const [from, to] = [named(a), named(b)];
    const random = new Random(0xf1 + PAIRS.findIndex(([x, y]) => x === a && y === b));
    let whole = 0;
    for (let round = 0; round < 40; round++) {
      const code = randomProgram(random, from, to);
      const there = translate(from, to, code, authority);
      if (!there.code) {
        // A number may be too large for the other set; nothing else may be in the way.
        for (const { reason } of there.problems) expect(reason).toMatch(/does not fit/);
        continue;
      }
      whole++;
      expect(there.instructions).toHaveLength(there.offsets.size - 1);
      const back = translate(to, from, there.code, authority);
      expect(back.problems).toEqual([]);
      expect([...back.code!]).toEqual([...code]);
    }
    expect(whole).toBeGreaterThan(2);
  });

  test('operands stay operands: bytes that look like codes are not touched', () => {
    // 0x08 is IADD and the number of a register; 0x2B is MOVI and a constant.
    const { code } = translate(named('flux-runtime'), named('vocab-assembler'), program(named('flux-runtime'), ['IADD', 8, 8, 8], ['MOVI', 8, 0x2b], ['IAND', 8, 8, 8]), authority);
    expect([...code!]).toEqual([8, 8, 8, 8, 0x2b, 8, 0x2b, 0, 0x20, 8, 8, 8]);
  });

  test('jumps lead to the same instructions although lengths change', () => {
    const from = named('flux-runtime');
    const code = program(from, ['MOVI', 0, 5], ['MOVI', 1, 1], ['IMUL', 1, 1, 0], ['DEC', 0], ['JNZ', 0, -10], ['JMP', 0, 0], ['HALT']);
    const { code: words, differences } = translate(from, named('flux64'), code, authority);
    const set = named('flux64').set;
    const texts = Array.from({ length: words!.length / 4 }, (_, i) => decode(set, words!, 4 * i)!);
    expect(texts.map(({ row, values }) => [row.mnemonic, ...values.map(Number)])).toEqual([
      ['movi', 16, 5], ['movi', 17, 1], ['imul', 17, 17, 16], ['dec', 16], ['jnz', 16, -3], ['jmp', 0], ['halt'],
    ]);
    expect(differences).toEqual(['flux-runtime and vocab-assembler have integers without width']);
  });

  const problems = (from: string, to: string, code: Uint8Array) =>
    translate(named(from), named(to), code, authority).problems.map(({ offset, reason }) => `${offset} ${reason}`);

  test('what has no equivalent is reported with its place, all of it, and there is no program', () => {
    const from = named('flux-runtime');
    const code = program(from, ['MOVI', 11, 1], ['YIELD'], ['JMP', 3, 0], ['JNZ', 1, -3], ['HALT']);
    expect(translate(from, named('flux64'), code, authority).code).toBeNull();
    expect(problems('flux-runtime', 'flux64', code)).toEqual([
      '0 register 11 has a role in flux-runtime', '4 flux64 has nothing that means the same',
      '5 `rd`, which it ignores, is 3 and would be lost', '9 it leads to 0x000A, where no instruction starts',
    ]);
    expect(problems('flux-runtime', 'isa-unified', program(from, ['MOVI', 0, 300]))).toEqual(['0 300 does not fit `small` of isa-unified, -128 to 127']);
    expect(problems('flux64', 'asm16', program(named('flux64'), ['inc', 20]))).toEqual(['0 asm16 has nothing that means the same']);
    expect(problems('flux64', 'flux-runtime', program(named('flux64'), ['inc', 40]))).toEqual(['0 flux-runtime has no register for register 40']);
    expect(problems('flux-runtime', 'flux64', Uint8Array.of(0x0e, 1, 0x91, 0x0e, 2))).toEqual(['2 no instruction of flux-runtime']);
    expect(problems('flux64', 'flux-os', Uint8Array.of(1, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0))).toEqual(['4 no instruction of flux64']);
    expect(problems('go-shim', 'flux64', Uint8Array.of(0))).toEqual(['0 of go-shim only numbers are known, no operands']);
    expect(problems('flux-os', 'stack2', program(named('flux-os'), ['NOP']))).toEqual(['0 stack2 has nothing that means the same']);
  });

  test('unsigned jumps of flux-os become unsigned jumps of flux64, which have other names', () => {
    const code = program(named('flux-os'), ['CMP', 0, 8, 9], ['JL', 12], ['NOP'], ['HALT']);
    const { instructions } = translate(named('flux-os'), named('flux64'), code, authority);
    expect(instructions.map(({ newText }) => newText)).toEqual(['cmp r8, r9', 'jb 12', 'nop', 'halt']);
  });

  test('random bytes never end in anything but a program or problems', () => {
    const random = new Random(0xb17e5);
    for (let round = 0; round < 400; round++) {
      const [a, b] = PAIRS[random.below(PAIRS.length)]!;
      const code = Uint8Array.from({ length: random.below(40) }, () => random.below(256));
      const { code: out, problems: found } = translate(named(a), named(b), code, authority);
      expect(out === null).toBe(found.length > 0);
      for (const { offset } of found) expect(offset).toBeLessThan(code.length);
    }
  });
});

describe('migrate', () => {
  test('the plan says what becomes of each instruction', () => {
    const from = named('flux-runtime');
    const code = program(from, ['IADD', 0, 1, 2], ['IADD', 0, 1, 1], ['IAND', 0, 1, 2], ['JMP', 0, 0], ['HALT']);
    const { plan } = planMigration(from, named('vocab-assembler'), code, authority);
    expect(plan.map(({ step, from: old, count, detail }) => [step, old, count, detail])).toEqual([
      ['re-encoded', 'JMP rd, target', 1, '0x04 → 0x07'], ['renumbered', 'IAND rd, rs1, rs2', 1, '0x10 → 0x20'],
      ['unchanged', 'IADD rd, rs1, rs2', 2, '0x08'], ['unchanged', 'HALT', 1, '0x80'],
    ]);
    const refused = planMigration(from, named('vocab-assembler'), program(from, ['IADD', 0, 1, 2], ['YIELD']), authority);
    expect(refused.translation.code).toBeNull();
    expect(refused.plan[0]).toMatchObject({ step: 'unsupported', first: 4, to: null });
  });
});
