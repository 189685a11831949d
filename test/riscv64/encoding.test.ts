/** Every row of the encoding table against GNU as and objdump, both directions, with sampled legal operands. */
import { describe, expect, test } from 'vitest';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { Module } from '../../fluxc/fir/module.ts';
import { assemble } from '../../fluxc/target/riscv64/assembler.ts';
import { CSR_NAMES } from '../../fluxc/target/riscv64/csr-names.ts';
import { disassemble } from '../../fluxc/target/riscv64/disassembler.ts';
import { ALIASES, type Alias, COMPRESSED, type CompressedForm, type Form, FORMS, type Layout, LAYOUTS } from
  '../../fluxc/target/riscv64/forms.ts';
import { FLOAT_NAMES, INT_NAMES } from '../../fluxc/target/riscv64/registers.ts';
import { Random } from '../random.ts';
import { BASE, gnuAssemble, gnuDisassemble } from './gnu.ts';

const SAMPLES = 6;

export function assembled(text: string): Uint8Array {
  const diagnostics = new Diagnostics();
  const atom = assemble(text, 1, new Module('test'), diagnostics);
  if (!atom) throw new Error(diagnostics.list.map((item) => `${item.span?.start}: ${item.message}`).join('\n'));
  return atom.bytes;
}

function immediate(random: Random, layout: Layout): number {
  const steps = (layout.max - layout.min) / layout.step;
  const edges = [layout.min, layout.max, layout.min + layout.step, layout.max - layout.step, 0];
  for (;;) {
    const value = random.below(3) === 0 ? random.pick(edges) : layout.min + layout.step * random.below(steps + 1);
    if (!(layout.nonZero && value === 0) && value >= layout.min && value <= layout.max) return value;
  }
}

function integer(random: Random, place: string | number | undefined): string {
  if (typeof place === 'number') return INT_NAMES[place]!;
  if (place?.startsWith('p')) return INT_NAMES[8 + random.below(8)]!;
  return INT_NAMES[place?.endsWith('!') ? 1 + random.below(31) : random.below(32)]!;
}

function float(random: Random, place: string | number | undefined): string {
  return FLOAT_NAMES[typeof place === 'string' && place.startsWith('p') ? 8 + random.below(8) : random.below(32)]!;
}

/** The text of one operand with a random legal value. */
function operandText(
  random: Random, operand: string, layout: Layout, places: CompressedForm['places'], row: string,
): string {
  switch (operand) {
    case 'rd': {
      let name = integer(random, places.rd);
      while (row === 'c.lui' && name === 'sp') name = integer(random, places.rd);
      return name;
    }
    case 'rs1': return integer(random, places.rs1);
    case 'rs2': return integer(random, places.rs2);
    case 'fd': return float(random, places.rd);
    case 'fs1': return float(random, places.rs1);
    case 'fs2': return float(random, places.rs2);
    case 'fs3': return float(random, undefined);
    case 'imm': {
      const value = immediate(random, layout);
      return String(row === 'c.lui' && value < 0 ? value + 0x100000 : value);
    }
    case 'imm(rs1)': return `${immediate(random, layout)}(${integer(random, places.rs1)})`;
    case '(rs1)': return `(${integer(random, undefined)})`;
    case 'label': return '1f';
    case 'csr': return random.pick(CSR_NAMES);
    case 'zimm': return String(random.below(32));
    case 'rm': return random.pick(['rne', 'rtz', 'rdn', 'rup', 'rmm', 'dyn']);
    case 'pred': case 'succ': return random.pick(['i', 'o', 'rw', 'iorw', 'r', 'w', 'ir']);
    default: throw new Error(operand);
  }
}

function sample(random: Random, row: Form | Alias | CompressedForm): string {
  const { layout } = 'base' in row && !('layout' in row) ? row.base : row as Form;
  const places = 'places' in row ? row.places : {};
  const operands = row.operands.map((operand) => operandText(random, operand, layout, places, row.name));
  // The optional rounding mode is left out half of the time.
  if (row.operands[row.operands.length - 1] === 'rm' && random.below(2)) operands.pop();
  return `${row.name} ${operands.join(', ')}`;
}

/** Samples of all rows; branches lead to the next instruction. */
function samples(rows: readonly (Form | Alias | CompressedForm)[], seed: number): string[] {
  const random = new Random(seed);
  const lines: string[] = [];
  for (const row of rows) {
    for (let i = 0; i < SAMPLES; i++) {
      const line = sample(random, row);
      lines.push(line.includes('1f') ? `${line}\nnop\n1:` : line);
    }
  }
  return lines;
}

function expectSameBytes(lines: readonly string[], prefix: string): void {
  const text = `${prefix}\n${lines.join('\n')}`;
  const ours = assembled(text);
  const theirs = gnuAssemble(text);
  if (Buffer.compare(ours, theirs) !== 0) {
    // Find the first line that differs, for a message worth reading.
    for (const line of lines) {
      expect([line, ...assembled(`${prefix}\n${line}`)]).toEqual([line, ...gnuAssemble(`${prefix}\n${line}`)]);
    }
  }
  expect(ours.length).toBe(theirs.length);
}

const IMMEDIATE_BY_REGISTER_NAME = /^(add|and|or|xor|sll|srl|sra|slt|sltu)(w?) (\w+,\w+,-?\d+)$/;

/** What binutils spells otherwise: an immediate form by its register name, numbers in hexadecimal. */
function normalised(text: string): string {
  return text
    .replace(/\b0x([0-9a-f]+)\b/g, (match) => String(BigInt(match)))
    .replace(/, /g, ',')
    .replace(IMMEDIATE_BY_REGISTER_NAME, (_, name: string, w: string, rest: string) => (
      `${name === 'sltu' ? 'sltiu' : `${name}i`}${w} ${rest}`))
    .replace(/^csr(w|s|c) (\w+),(\d+)$/, 'csr$1i $2,$3')
    .replace(/^csrr(w|s|c) (\w+),(\w+),(\d+)$/, 'csrr$1i $2,$3,$4')
    .trim();
}

function expectSameText(bytes: Uint8Array, aliases: boolean, filter: (line: string) => boolean = () => true): void {
  const theirs = gnuDisassemble(bytes, aliases ? [] : ['-M', 'no-aliases']);
  const ours: string[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const { length, text } = disassemble(bytes, offset, BASE + offset, aliases);
    ours.push(text);
    offset += length;
  }
  expect(ours.length).toBe(theirs.length);
  const isBranch = /^(j|jal|b\w+)\b/;
  const tidy = (line: string) => {
    // objdump prints targets in hexadecimal without 0x.
    const text = isBranch.test(line) ? line.replace(/(^|,| )([0-9a-f]+)$/, '$10x$2') : line;
    return normalised(text);
  };
  const pairs = ours.map((line, i) => [normalised(line), tidy(theirs[i]!)] as const).filter(([line]) => filter(line));
  for (const [our, their] of pairs) expect(our).toBe(their);
}

describe('rows of the table', () => {
  test('base rows: our bytes are those of GNU as', () => {
    expectSameBytes(samples(FORMS, 11), '.option norvc');
  });

  test('base rows with compression on: GNU as shrinks the same ones', () => {
    expectSameBytes(samples(FORMS.filter((row) => row.shorter.length > 0), 12), '');
  });

  test('aliases: our bytes are those of GNU as', () => {
    expectSameBytes(samples(ALIASES, 13), '.option norvc');
  });

  test('compressed rows: our bytes are those of GNU as', () => {
    expectSameBytes(samples(COMPRESSED.filter((row) => !row.encodeOnly), 14), '');
  });

  test('our bytes read back by objdump are our base text', () => {
    expectSameText(assembled(`.option norvc\n${samples(FORMS, 15).join('\n')}`), false);
  });

  test('our bytes read back by objdump are our text with aliases', () => {
    expectSameText(assembled(`.option norvc\n${samples(FORMS, 16).join('\n')}`), true);
    const aliases = samples(ALIASES, 17);
    expectSameText(assembled(`.option norvc\n${aliases.join('\n')}`), true);
  });

  test('compressed instructions are shown as objdump shows them', () => {
    expectSameText(assembled(samples(COMPRESSED.filter((row) => !row.encodeOnly), 18).join('\n')), true);
  });

  test('every name of a CSR has the number that GNU as gives it', () => {
    expectSameBytes(CSR_NAMES.map((name) => `csrr a0, ${name}`), '');
  });

  test('what we print assembles to the same bytes', () => {
    const bytes = assembled(`.option norvc\n${samples(FORMS, 19).join('\n')}`);
    const lines: string[] = [];
    for (let offset = 0; offset < bytes.length;) {
      const { length, text } = disassemble(bytes, offset, offset);
      lines.push(text);
      offset += length;
    }
    // A branch target is a place in the block: `here - here` makes a number one.
    const text = lines.join('\n').replace(/^(j|jal|b\w+)( .*)0x/gm, '$1$2.-.+0x');
    expect(assembled(`.option norvc\n${text}`)).toEqual(bytes);
  });

  test('all half words: what decodes as compressed, objdump decodes too', () => {
    const bytes = new Uint8Array(2 * 3 * 4096);
    const random = new Random(20);
    let at = 0;
    for (let i = 0; i < 3 * 4096; i++) {
      let half = random.below(65536);
      if ((half & 3) === 3) half ^= 1 + random.below(3);
      bytes[at++] = half & 255;
      bytes[at++] = half >> 8;
    }
    expectSameText(bytes.slice(0, at), true, (line) => !line.startsWith('.half'));
  });

  test('layouts cover as many bits as their range needs', () => {
    for (const layout of Object.values(LAYOUTS) as Layout[]) {
      const bits = layout.pieces.reduce((sum, [, , count]) => sum + count, 0);
      expect((layout.max - layout.min) / layout.step + 1).toBe(2 ** bits);
    }
  });
});
