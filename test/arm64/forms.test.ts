/** Every row of the instruction table against GNU as and objdump, in both directions. */
import { describe, expect, it } from 'vitest';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { Module } from '../../fluxc/fir/module.ts';
import { assemble } from '../../fluxc/target/arm64/assembler.ts';
import { disassemble } from '../../fluxc/target/arm64/disassembler.ts';
import { type Form, forms, Only } from '../../fluxc/target/arm64/forms.ts';
import { Random } from '../random.ts';
import { bytesOf, gnuAssemble, normalise, objdump, wordsOf } from './binutils.ts';

const START = 0x40000000;
const SAMPLES = 12;

function isBranch(form: Form): boolean {
  return /label|adr/.test(form.pattern);
}

/** The operands of `form` in `word`, or null if another form prints this word. */
function textOf(form: Form, word: number, address: number): string | null {
  const parts: string[] = [];
  for (const operand of form.operands) {
    const text = operand.decode(word | 0, address);
    if (text === null) return null;
    if (text !== '') parts.push(text);
  }
  return `${form.mnemonic} ${parts.join(', ')}`.trim();
}

/** A pair loaded into one register, or over its own base, is no legal instruction. */
function isUnpredictable(form: Form, word: number): boolean {
  const [t, t2, n] = [word & 31, (word >>> 10) & 31, (word >>> 5) & 31];
  return form.mnemonic.startsWith('ldp') && (t === t2 || t === n || t2 === n);
}

/** objdump has names for later extensions; here they are numbers, which GNU as takes as well (third test). */
const GENERIC = /^(hint #|dsb #|sys #|sysl |mrs .*s[23]_|msr s[23]_)/;

interface Sample {
  form: Form;
  word: number;
}

/** Random words of every printed form; registers are often 31, because that means something else. */
function samples(): Sample[] {
  const random = new Random(20261121);
  const list: Sample[] = [];
  for (const form of forms()) {
    if (form.only === Only.Read) continue;
    let found = 0;
    for (let tries = 0; found < SAMPLES && tries < 4000; tries++) {
      let bits = random.word();
      const corner = random.word();
      if (corner % 5 === 0) bits |= 31 << [0, 5, 16, 10][(corner >>> 8) % 4]!;
      if (corner % 7 === 0) bits &= random.word();
      const word = ((bits & ~form.mask) | form.word) >>> 0;
      if (textOf(form, word, START) === null || isUnpredictable(form, word)) continue;
      list.push({ form, word });
      found++;
    }
    if (found === 0) throw new Error(`no legal word found for ${form.mnemonic} ${form.pattern}`);
  }
  return list;
}

/** Branch targets as GNU as takes them without a relocation. */
function relativeTargets(text: string, address: number): string {
  return text
    .replace(/ 0x([0-9a-f]+)$/, (_, digits: string) => ` .+${parseInt(digits, 16) - address}`)
    .replace('.+-', '.-');
}

describe('instruction table', () => {
  const all = samples();

  it('has words that their operands leave zero', () => {
    for (const form of forms()) expect(form.word & ~form.mask, `${form.mnemonic} ${form.pattern}`).toBe(0);
  });

  it('disassembles to what objdump prints', () => {
    const words = all.map((sample) => sample.word);
    const theirs = objdump(words, START);
    const bytes = bytesOf(words);
    const wrong: string[] = [];
    words.forEach((word, i) => {
      const ours = normalise(disassemble(bytes, 4 * i, START + 4 * i).text);
      if (ours !== theirs[i] && !GENERIC.test(ours))
        wrong.push(`${word.toString(16)}: ours ${ours} | objdump ${theirs[i]}`);
    });
    expect(wrong).toEqual([]);
  });

  it('assembles its own text to the same bytes as GNU as does', () => {
    const encodable = all.filter(({ form }) => form.mnemonic !== 'adrp');
    const lines = encodable.map(({ word }, i) => {
      const text = disassemble(bytesOf([word]), 0, START + 4 * i).text;
      return relativeTargets(text, START + 4 * i);
    });
    const source = lines.join('\n') + '\n';
    const diagnostics = new Diagnostics();
    const atom = assemble(source, 1, new Module('test'), diagnostics);
    const complaints = diagnostics.list.map(
      (d) => `${lines[source.slice(0, d.span!.start - 1).split('\n').length - 1]}: ${d.message}`,
    );
    expect(complaints).toEqual([]);
    const ours = wordsOf(atom!.bytes);
    const theirs = wordsOf(gnuAssemble(source));
    const wrong: string[] = [];
    lines.forEach((line, i) => {
      if (ours[i] !== theirs[i]) wrong.push(`${line}: ours ${ours[i]?.toString(16)} | as ${theirs[i]?.toString(16)}`);
    });
    expect(wrong).toEqual([]);
  });

  it('prints every form that it should', () => {
    const printed = new Set(all.map(({ form }) => form));
    for (const form of forms()) expect(printed.has(form) || form.only === Only.Read, form.pattern).toBe(true);
    for (const { form, word } of all) {
      const text = disassemble(bytesOf([word]), 0, START).text;
      if (!isBranch(form)) expect(text, word.toString(16)).not.toMatch(/^\./);
    }
  });
});
