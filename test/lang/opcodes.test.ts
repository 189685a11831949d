/**
 * Instruction sets in documents: every diagnostic about them, the FIR of a row, and that both kinds of sets run alike on
 * every target. What their instructions do is shown by `programs/words.flux.md` and `programs/bytes.flux.md`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../fluxc/diagnostics/catalogue.ts';
import { Interpreter } from '../../fluxc/fir/interpret.ts';
import { optimise } from '../../fluxc/fir/passes/pipeline.ts';
import { printModule } from '../../fluxc/fir/print.ts';
import { codeKey, codeLength, factsName, isExecutable } from '../../fluxc/isa/instruction-set.ts';
import { CAPABILITIES } from '../../fluxc/base/capabilities.ts';
import { TARGETS } from '../../fluxc/targets.ts';
import { MINUTE } from '../differential/agreement.ts';
import { CORNERS } from '../differential/corners.ts';
import { HOST } from '../host.ts';
import { parseDocument } from '../syntax/parse.ts';
import { compile, compileSound, describe as said, outcomeText, section } from './program.ts';

const HEAD = '---\nmodule: t\n---\n## opcodes Tiny: u32\n';
const OPERANDS = `
|operand|bits|kind|
|-|-|-|
|rd|8..15|register r < 64|
|imm|16..31|i16|
`;
const COLUMNS = '\n|code|mnemonic|operands|stack|flow|capability|semantics|\n|-|-|-|-|-|-|-|\n';
const HALT = '|0|halt|||stop||return|\n';
const SET = '|1|set|rd, imm||||rd = imm as u64|\n';
/** Line 5 is the first of these operands' rows when they stand alone. */
const operand = (row: string, unit = 'u32', head = '|operand|bits|kind|\n|-|-|-|') =>
  `---\nmodule: t\n---\n## opcodes Tiny: ${unit}\n\n${head}\n${row}\n${COLUMNS}|1|one|x||||_ = x|\n`;
const rows = (text: string) => `${HEAD}${OPERANDS}${COLUMNS}${text}|9|use|rd, imm||||rd = imm as u64|\n`;
const run = (code: string, sets = rows(HALT + SET)) =>
  `${sets}\n### static r: [256]u64\n\n${section('fn run(start: *u32)', `var pc = start\n${code}`)}`;

/** What is reported, first, about a document. */
const WRONG: [string, string][] = [
  ['FX1000 4:18', HEAD.replace('u32', 'u16')],
  ['FX1001 6:1', `${HEAD}\n|name|\n|-|\n|a|\n${COLUMNS}${HALT}`],
  ['FX1002 4:4', HEAD],
  ['FX1002 4:4', HEAD + OPERANDS],
  ['FX1003 6:12', `${HEAD}\n- extends: Other\n${COLUMNS}${HALT}`],
  ['FX1004 6:10', `${HEAD}\n- order: middle\n${COLUMNS}${HALT}`],
  ['FX1004 6:11', `${HEAD}\n- opcode: 0..15\n${COLUMNS}${HALT}`],
  ['FX0902 6:3', `${HEAD}\n- endian: big\n${COLUMNS}${HALT}`],
  ['FX0903 7:3', `${HEAD}\n- order: big-endian\n- order: big-endian\n${COLUMNS}${HALT}`],
  ['FX1005 6:9', `${HEAD}\n- fuse: halt halt\n${COLUMNS}${HALT}`],
  ['FX1005 6:9', `${HEAD}\n- fuse: nop\n${COLUMNS}|1|nop|||||_ = 1|\n`],
  ['FX1005 6:9', `${HEAD}\n- fuse: nop nip\n${COLUMNS}|1|nop|||||_ = 1|\n`],
  ['FX1005 6:9', `${HEAD}\n- fuse: nop nop\n${COLUMNS}|1|nop||||SPAWN|_ = 1|\n`],
  ['FX1005 6:18', `${HEAD}\n- fuse: nop nop, nop nop\n${COLUMNS}|1|nop|||||_ = 1|\n`],
  ['FX1005 6:9', `${HEAD.replace('u32', 'u8')}\n- fuse: nop nop\n${COLUMNS}|1|nop|||||_ = 1|\n`],
  ['FX1010 8:10', operand('|x|8..15|int|')],
  ['FX1010 8:10', operand('|x|8..15|f32|')],
  ['FX1010 8:10', operand('|x|8..15|u8 big|')],
  ['FX1010 8:10', operand('|x|8..15|relative u8|')],
  ['FX1010 8:4', operand('|x|i12|', 'u8', '|operand|kind|\n|-|-|')],
  ['FX1011 8:4', operand('|x|7..15|u9|')],
  ['FX1011 8:4', operand('|x|8..32|u25|')],
  ['FX1011 8:4', operand('|x|15..8|u8|')],
  ['FX1012 8:10', operand('|x|8..15|u16|')],
  ['FX1012 8:11', operand('|x|16..31|register r|')],
  ['FX1013 8:10', operand('|x|8..15|register r < 257|')],
  ['FX1013 8:10', operand('|x|8..15|u8 < 0|')],
  ['FX1014 8:10', operand('|x|8..15|relative i8|')],
  ['FX1015 8:2', `${HEAD}${OPERANDS}${COLUMNS}|1|set|imm||||_ = imm|\n`],
  ['FX1016 8:2', operand('|x|8..15|register x < 64|')],
  ['FX1017 8:1', operand('|x|u8|', 'u32', '|operand|kind|\n|-|-|')],
  ['FX1017 8:4', operand('|x|8..15|u8|', 'u8')],
  ['FX0124 9:2', operand('|x|8..15|u8|\n|x|16..23|u8|')],
  ['FX1020 13:2', rows('|256|halt|||||return|\n')],
  ['FX1020 13:2', rows('|1 2|halt|||||return|\n')],
  ['FX1020 13:2', rows('|rd|halt|||||return|\n')],
  ['FX1021 14:2', rows(`${HALT}|0x00|stop|||||return|\n`)],
  ['FX1022 9:2', `${HEAD.replace('u32', 'u8')}\n${COLUMNS.trimStart()}|1 2|a|||||return|\n|1|b|||||return|\n`],
  ['FX1023 13:4', rows('|0|a.b|||||return|\n')],
  ['FX1024 14:4', rows(`${HALT}|2|HALT|||||return|\n`)],
  ['FX1025 13:8', rows('|1|set|rx||||return|\n')],
  ['FX1026 13:11', operand('|x|8..15|u8|\n|y|8..31|u24|').replace('x||||_ = x', 'x, y||||_ = x; _ = y')],
  ['FX1027 13:12', rows('|1|set|rd, rd, imm||||return|\n')],
  ['FX1028 13:11', `${operand('|t|bytes|\n|x|u8|', 'u8', '|operand|kind|\n|-|-|').replace('x||||_ = x', 't, x||||_ = t; _ = x')}`],
  ['FX1029 13:11', rows('|0|halt|||goto||return|\n')],
  ['FX1030 13:10', rows('|0|halt||a b|||return|\n')],
  ['FX1030 13:10', rows('|0|halt||a -- b -- c|||return|\n')],
  ['FX0905 13:12', rows('|0|halt||||FLY|return|\n')],
  ['FX0210 13:20', rows('|0|halt|||||return )|\n')],
  ['FX1040 13:19', rows('|1|set|rd||||rd = imm as u64|\n')],
  ['FX1041 13:19', rows('|1|set|rd, imm||||rd = 1|\n')],
  ['FX1042 13:23', rows('|1|set|rd, imm||||let rd = imm; rd = 1|\n')],
  ['FX1042 13:23', rows('|1|set|rd, imm||||let r = imm; rd = r as u64|\n')],
  ['FX1043 13:19', rows('|1|set|rd, imm||||imm += 1; rd = 1|\n')],
  ['FX1044 14:12', run('execute Tiny(pc) { illegal => return }', rows(`${HALT}|1|jmp|||||pc = start|\n`))],
  ['FX1050 23:9', run('execute Tiyn(pc) { illegal => return }')],
  ['FX1051 23:9', run('execute Tiny(pc) { illegal => return }', rows(`${HALT}|1|set|rd, imm|||||\n`))],
  ['FX1052 23:1', run('execute Tiny(pc, pc) { illegal => return }')],
  ['FX1053 23:9', run('execute Tiny(pc) { }')],
  ['FX1053 23:20', run('execute Tiny(pc) { wrong => return }')],
  ['FX1053 23:39', run('execute Tiny(pc) { illegal => return, illegal => return }')],
  ['FX1054 23:14', run('execute Tiny(start.*) { illegal => return }')],
  // what is wrong in the semantics is reported at the cell
  ['FX0303 14:24', run('execute Tiny(pc) { illegal => return }', rows(`${HALT}|1|set|rd, imm||||rd = imm|\n`))],
  ['FX0301 14:37', run('execute Tiny(pc) { illegal => return }', rows(`${HALT}|1|set|rd, imm||||rd = imm as u64 + nothing|\n`))],
  ['FX0319 23:14', run('execute Tiny(pc) { illegal => return }').replace('var pc', 'let pc')],
  ['FX0303 23:14', run('execute Tiny(pc) { illegal => return }').replace('*u32', '*u64')],
  ['FX0301 13:19', run('execute Tiny(pc) { illegal => return }', HEAD + OPERANDS + COLUMNS + SET).replace('### static r: [256]u64', '')],
];

describe('diagnostics', () => {
  test.each(WRONG)('%s', (expected, text) => {
    const compiled = compile({ 't.flux.md': text });
    const reports = said(compiled);
    const places = reports.map((report) => report.replace(/^(\S+) (\S+) .*/, '$2 $1'));
    expect(places, `${reports.join('\n')}\n${text}`).toEqual([expected]);
    for (const report of reports) expect(report).not.toMatch(/\{\}|undefined|\[object/);
  });

  test('every message about instruction sets is shown', () => {
    const shown = new Set(WRONG.map(([expected]) => expected.slice(0, 6)));
    expect(Object.keys(CATALOGUE).filter((code) => /^FX10[0-5]/.test(code) && !shown.has(code))).toEqual([]);
  });

  test('an error in the semantics is reported once, however often the set is executed', () => {
    const text = run('execute Tiny(pc) { illegal => return }\nexecute Tiny(pc) { illegal => return }',
      rows(`${HALT}|1|set|rd, imm||||rd = imm|\n`));
    expect(said(compile({ 't.flux.md': text }))).toHaveLength(1);
  });
});

const PROGRAMS = ['words', 'bytes'].map((name) => readFileSync(join(import.meta.dirname, `programs/${name}.flux.md`), 'utf8'));

describe('the model', () => {
  const sets = PROGRAMS.flatMap((text) => parseDocument(text).module.instructionSets.map(({ set }) => set));

  test('has what the tables say', () => {
    expect(sets.map(({ name, unit, rows }) => [name, unit, rows.length])).toEqual([
      ['Tiny', 4, 12], ['Big', 4, 13], ['Fields', 4, 3], ['Stack', 1, 15],
    ]);
    const [tiny, big, fields, stack] = sets;
    expect(tiny!.byMnemonic.get('jnz')).toMatchObject({
      code: [0x41], length: 4, flow: 'branch', capability: 'SPAWN', stack: { takes: 2, gives: 1 },
      semantics: { text: 'if ra != 0 { steps += 1; pc = short }' },
    });
    expect(big!.rows[0]).toBe(tiny!.rows[0]);
    expect(fields!.opcode).toEqual({ low: 24, high: 31 });
    expect(fields!.operands.get('six')).toMatchObject({ kind: 'integer', signed: true, bits: { low: 12, high: 17 }, width: 6, bigEndian: true });
    expect(stack!.byCode.get(0xff01)!.mnemonic).toBe('far');
    expect(stack!.byMnemonic.get('say')).toMatchObject({ length: 4, operands: [{ kind: 'register', file: 'r', bytes: 1 }, { kind: 'bytes', bytes: 2 }] });
    expect(sets.map(codeLength)).toEqual([1, 1, 1, 2]);
    expect(sets.every(isExecutable)).toBe(true);
    for (const set of sets) for (const row of set.rows) expect(set.byCode.get(codeKey(row.code))).toBe(row);
  });

  test('names facts and capabilities as the language and the kernel do', () => {
    expect(['Flux64', 'FluxRuntime', 'Stack2'].map((name) => factsName(name))).toEqual(['FLUX64_FACTS', 'FLUX_RUNTIME_FACTS', 'STACK2_FACTS']);
    const constants = HOST.read('kernel/interface.flux.md')!;
    CAPABILITIES.forEach((name, bit) => expect(constants).toContain(`| \`${name}\` | 0x${(1 << bit).toString(16).toUpperCase()} |`));
  });
});

describe('the code of a row', () => {
  const HEADER = '---\nmodule: t\n---\n\n';
  const set = `## opcodes Set: u32

| operand | bits | kind |
|---|---|---|
| rd | 8..15 | register r < 64 |
| ra | 16..23 | register r < 64 |
| rb | 24..31 | register r < 64 |

| code | mnemonic | operands | semantics |
|---|---|---|---|
| 0 | halt | | return |
| 1 | add | rd, ra, rb | rd = ra + rb |

`;
  const byHand = section('fn step(start: *u32, r: *[256]u64)', `var pc = start
while true {
    let code = (pc as addr as *u8).*
    pc = (pc as addr + 4) as *u32
    match code {
        0 => return,
        1 => {
            let rd = ((pc as addr - 3) as *u8).*, ra = ((pc as addr - 2) as *u8).*, rb = ((pc as addr - 1) as *u8).*
            r[rd] = r[ra] + r[rb]
        },
        _ => return,
    }
}`);
  const executed = section('fn step(start: *u32, r: *[256]u64)', 'var pc = start\nwhile true { execute Set(pc) { illegal => return } }');

  test.each(['x86_64', 'arm64', 'riscv64'] as const)('is that of the same code written by hand, on %s', (name) => {
    const lines = (text: string) => {
      const { module } = compileSound({ 't.flux.md': HEADER + text });
      module.symbols[module.find('t.step')!]!.root = true;
      optimise(module, TARGETS[name]!, { level: 2 });
      const printed = printModule(module);
      return printed.slice(printed.indexOf('@t.step')).split('\n').filter((line) => line.startsWith('  ') && !line.includes('switch'));
    };
    const operation = (line: string) => /(?:= )?([a-z]+\S*)/.exec(line.trim().replace(/^v\d+ = /, ''))![1];
    const count = (text: string, what: RegExp) => lines(text).map(operation).filter((op) => what.test(op!)).length;
    expect(lines(set + executed).join('\n')).not.toContain('out_of_bounds');
    for (const what of [/^load/, /^store/, /^(mul|shl|lshr|and|add|ptradd)/, /^icmp/]) {
      expect(count(set + executed, what)).toBe(count(byHand, what));
    }
  });

  test('is one switch', () => {
    const text = printModule(compileSound({ 't.flux.md': HEADER + set + executed }).module);
    expect(text.match(/ switch /g)).toHaveLength(1);
    expect(text.match(/switch .*/)![0].match(/\d+: block/g)).toHaveLength(256);
  });
});

test.each(['words', 'bytes'])('%s: the same sum on every target', async (name) => {
  const text = PROGRAMS[name === 'words' ? 0 : 1]!;
  const build = () => {
    const { module } = compileSound({ 't.flux.md': text });
    module.symbols[module.find(`${name}.checksum`)!]!.root = true;
    return module;
  };
  const expected = outcomeText(new Interpreter(build()).call(`${name}.checksum`));
  for (const corner of ['c-O2', 'wasm32-2', 'x86_64-0', 'x86_64-2', 'arm64-2', 'riscv64-2']) {
    const [result] = await CORNERS[corner]!().run({ module: build(), mains: [`${name}.checksum`] });
    const value = result!.kind === 'value' ? String(BigInt.asUintN(64, result!.value)) : JSON.stringify(result);
    expect([corner, value]).toEqual([corner, String(BigInt.asUintN(64, BigInt(expected)))]);
  }
}, MINUTE);
