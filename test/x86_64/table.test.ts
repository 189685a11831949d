/**
 * Every row of the instruction table against GNU binutils, in both directions: text to bytes as GNU as makes them, and
 * bytes to text as objdump prints it.
 */
import { describe, expect, test } from 'vitest';
import { disassemble } from '../../fluxc/target/x86_64/disassembler.ts';
import { allForms, existsIn, type Form, type OperandKind } from '../../fluxc/target/x86_64/forms.ts';
import {
  NAMES_16, NAMES_32, NAMES_64, NAMES_8, NAMES_CONTROL, NAMES_DEBUG, NAMES_SEGMENT, NAMES_XMM,
} from '../../fluxc/target/x86_64/registers.ts';
import { Random } from '../random.ts';
import { assembleText, gnuAssemble, objdump, toHex } from './tools.ts';

type Mode = 16 | 32 | 64;

const SAMPLES = 10;
/** Bytes a sample has for itself; no instruction is longer than 15. */
const SLOT = 32;
const FILLER = 0xcc;

const SIZE_WORDS: Record<number, string> = {
  0: '', 8: 'byte ptr ', 16: 'word ptr ', 32: 'dword ptr ', 48: 'fword ptr ', 64: 'qword ptr ', 128: 'xmmword ptr ',
};
const NAMES: Record<string, readonly string[]> = {
  r8: NAMES_8, r16: NAMES_16, r32: NAMES_32, r64: NAMES_64, xmm: NAMES_XMM,
  segment: NAMES_SEGMENT, control: NAMES_CONTROL, debug: NAMES_DEBUG,
};

class Sampler {
  private readonly random = new Random(7);
  /** may this instruction name registers that need a REX prefix? */
  private allowRex = true;

  constructor(private readonly mode: Mode) {}

  text(form: Form): string {
    this.allowRex = this.mode === 64 && this.random.below(3) > 0;
    const operands = form.operands.map((operand) => this.operand(form, operand));
    return `${form.mnemonic} ${operands.join(', ')}`.trim();
  }

  private register(kind: OperandKind, form: Form): string {
    const { random } = this;
    // Nothing can be moved into cs.
    const isTarget = form.operands[0] === kind;
    if (kind.register === 'segment') return random.pick(NAMES_SEGMENT.filter((name) => !isTarget || name !== 'cs'));
    let names = NAMES[kind.register]!.filter((name) => name !== '');
    if (kind.register === 'control' && this.mode !== 64) names = names.slice(0, 4);
    if (kind.register === 'r8') {
      const legacy = ['al', 'cl', 'dl', 'bl'];
      // ah to bh only where no operand can bring a REX prefix.
      const bringsRex = form.rexW || form.operands.some((other) => other.register === 'r64');
      if (!this.allowRex) names = bringsRex ? legacy : [...legacy, 'ah', 'ch', 'dh', 'bh'];
      else names = names.filter((name) => !name.endsWith('h'));
    } else if (!this.allowRex && kind.register !== 'control' && kind.register !== 'debug') names = names.slice(0, 8);
    if (kind.name.startsWith('rnz')) names = names.slice(1);
    return random.pick(names);
  }

  private address(): string {
    const { random, mode } = this;
    if (mode === 16 && random.below(4) > 0) return this.narrowAddress();
    const isNarrow = mode !== 64 || random.below(6) === 0;
    const names = (isNarrow ? NAMES_32 : NAMES_64).slice(0, this.allowRex ? 16 : 8);
    const base = random.pick(names);
    const index = random.pick(names.filter((_, i) => i !== 4));
    const scale = random.pick([1, 2, 4, 8]);
    const displacement = random.pick(['', '+1', '-128', '+127', '+128', '-129', '+0x12345678', '-0x80000000']);
    const segment = random.below(5) === 0 ? random.pick(['fs:', 'gs:']) : '';
    switch (random.below(mode === 64 ? 5 : 4)) {
      case 0: return `${segment}[${base}]`;
      case 1: return `${segment}[${base}${displacement}]`;
      case 2: return `${segment}[${base}+${index}*${scale}${displacement}]`;
      case 3: return `${segment}[${index}*${random.pick([2, 4, 8])}+0x1234]`;
      default: return `${segment}[rip+0x${random.below(0x7fffffff).toString(16)}]`;
    }
  }

  private narrowAddress(): string {
    const { random } = this;
    const segment = random.below(5) === 0 ? random.pick(['es:', 'fs:', 'gs:']) : '';
    const base = random.pick(['bx', 'bp', 'si', 'di', 'bx+si', 'bx+di', 'bp+si', 'di+bp']);
    return random.below(6) === 0 ? '[0x1234]' : `${segment}[${base}${random.pick(['', '+1', '-128', '+127', '+128', '-129', '+0x7fff'])}]`;
  }

  private operand(form: Form, kind: OperandKind): string {
    const { random, mode } = this;
    if (kind.register !== '' && kind.number >= 0) {
      return kind.name.startsWith('A') ? NAMES[kind.register]![0]! : kind.name;
    }
    if (kind.name === '1') return '1';
    if (kind.name === 'far') return `${random.below(0x10000)}:${random.below(mode === 16 ? 0x10000 : 0x7fffffff)}`;
    if (kind.name.startsWith('moffs')) return mode === 16 ? '[0x1234]' : mode === 32 ? '[0x1234567]' : '[0x1122334455667788]';
    if (kind.name === 'rel8') return `.${random.pick(['+2', '+100', '-100', '-126', '+129'])}`;
    if (kind.name === 'rel16') return `.${random.pick(['+1000', '-1000'])}`;
    if (kind.name === 'rel32') return `.${random.pick(['+1000', '-1000', '+0x12345678', '-0x7fffff00'])}`;
    if (kind.bytes > 0) return this.number(form, kind);
    const isMemory = kind.memory && (kind.register === '' || random.below(2) === 0);
    if (isMemory) return `${SIZE_WORDS[kind.memoryBits]}${this.address()}`;
    return this.register(kind, form);
  }

  private number(form: Form, kind: OperandKind): string {
    const { random } = this;
    if (form.mnemonic === 'enter') return String(random.below(200));
    const bits = 8 * kind.bytes;
    const wide = ['0x1122334455667788', '-0x1122334455667788', '0x8000000000000000', '0xffffffff'];
    if (bits === 64) return random.pick(wide);
    const most = 2 ** (bits - 1) - 1;
    const values = [0, 1, most, -1, -most - 1, random.below(most)];
    // Where a byte is extended by its sign the wider form takes what is above.
    return String(random.pick(kind.signed ? values : [...values, 2 ** bits - 1]));
  }
}

interface Sample {
  form: Form;
  text: string;
  bytes: Uint8Array;
}

function samplesOf(mode: Mode): Sample[] {
  const sampler = new Sampler(mode);
  const samples: Sample[] = [];
  for (const form of allForms()) {
    if (!existsIn(form, mode)) continue;
    if (mode !== 64 && form.operands.some((operand) => operand.register === 'r64')) continue;
    for (let i = 0; i < (form.operands.length === 0 ? 1 : SAMPLES); i++) {
      const text = sampler.text(form);
      samples.push({ form, text, bytes: assembleText(mode === 64 ? text : `.code${mode}\n${text}`).bytes });
    }
  }
  return samples;
}

function inSlots(list: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(SLOT * list.length).fill(FILLER);
  list.forEach((item, i) => bytes.set(item, SLOT * i));
  return bytes;
}

/** GNU as on every text, each in a slot of its own. */
function gnuSlots(texts: readonly string[], mode: Mode): Uint8Array {
  const source = texts.map((text) => `${text}\n.p2align 5, ${FILLER}`).join('\n');
  const bytes = gnuAssemble(source, mode);
  const whole = new Uint8Array(SLOT * texts.length).fill(FILLER);
  whole.set(bytes.subarray(0, whole.length));
  return whole;
}

/** objdump prints the operands that a string instruction implies. */
const STRING_INSTRUCTION = /^(movs|cmps|stos|lods|scas|ins|outs|xlat) .*?\b([bwdq])(?:yte|ord|word) ptr/;
/** Names that differ between the two, as one of them. */
const OBJDUMP_NAMES: Record<string, string> = {
  movabs: 'mov', pushfq: 'pushf', pushfd: 'pushf', popfq: 'popf', popfd: 'popf', iret: 'iretd',
  pusha: 'pushad', popa: 'popad', repz: 'rep', repnz: 'repne',
};

/** One spelling for what both print: no sizes, no `ds:`, numbers modulo 2^bits. */
function normalised(text: string, bits: number): string {
  const string = STRING_INSTRUCTION.exec(text.toLowerCase());
  if (string) return string[1]! + string[2]!;
  return text.toLowerCase()
    .replace(/\b(byte|word|dword|fword|qword|oword|xmmword|tbyte) ptr /g, '').replace(/\b(es|cs|ss|ds):(?=\[|0x)/g, '')
    .replace(/\b([fg]s:)\[?(-?[0-9][0-9a-fx]*)\]?/g, '$1$2').replace(/\[(-?[0-9][0-9a-fx]*)\]/g, '$1')
    .replace(/\b(?:r|e)iz\*\d\+?/g, '').replace(/^(lgdt|lidt|sgdt|sidt)d\b/, '$1')
    .replace(/([-+])?\b(0x[0-9a-f]+|[0-9]+)\b/g, (_, sign: string | undefined, digits: string) => {
      const value = BigInt(digits);
      return `+${BigInt.asUintN(bits, sign === '-' ? -value : value)}`;
    })
    .replace(/\+0\]/g, ']').replace(/\s*,\s*/g, ',').replace(/\s+/g, ' ').trim()
    .replace(/^(\w+)/, (name) => OBJDUMP_NAMES[name] ?? name);
}

describe('instruction table, 16-bit code', () => {
  test('bytes are those of GNU as', () => {
    const samples = samplesOf(16);
    expect(new Set(samples.map((sample) => sample.form)).size).toBeGreaterThan(400);
    const ours = inSlots(samples.map((sample) => sample.bytes));
    const theirs = gnuSlots(samples.map((sample) => sample.text), 16);
    const wrong = samples.flatMap((sample, i) => {
      const [a, b] = [ours, theirs].map((bytes) => toHex(bytes.subarray(SLOT * i, SLOT * (i + 1))));
      return a === b ? [] : [`${sample.text}: ${a}, GNU as: ${b}`];
    });
    expect(wrong).toEqual([]);
  });
});

function bitsOf(form: Form, mode: Mode): number {
  if (form.mnemonic === 'push' || form.operands.some((operand) => operand.name.startsWith('rel'))) return mode;
  const narrow = form.operands.find((operand) => operand.name.startsWith('imm') && !operand.signed);
  return form.size || (narrow ? 8 * narrow.bytes : mode);
}

for (const mode of [64, 32] as const) {
  describe(`instruction table, ${mode}-bit code`, () => {
    const samples = samplesOf(mode);

    test('every row is sampled', () => {
      const sampled = new Set(samples.map((sample) => sample.form));
      const rows = allForms().filter((form) => form.only === 0 || form.only === mode);
      const isWide = (form: Form) => mode === 32 && form.operands.some((operand) => operand.register === 'r64');
      const missing = rows.filter((form) => !sampled.has(form) && !isWide(form));
      expect(missing.map((form) => form.mnemonic)).toEqual([]);
      expect(sampled.size).toBeGreaterThan(mode === 64 ? 700 : 500);
    });

    test('bytes are those of GNU as', () => {
      const ours = inSlots(samples.map((sample) => sample.bytes));
      const theirs = gnuSlots(samples.map((sample) => sample.text), mode);
      const wrong = samples.flatMap((sample, i) => {
        const [a, b] = [ours, theirs].map((bytes) => toHex(bytes.subarray(SLOT * i, SLOT * (i + 1))));
        return a === b ? [] : [`${sample.text}: ${a}, GNU as: ${b}`];
      });
      expect(wrong).toEqual([]);
    });

    test('text is that of objdump', () => {
      const theirs = objdump(inSlots(samples.map((sample) => sample.bytes)), mode);
      const wrong: string[] = [];
      samples.forEach((sample, i) => {
        const ours = disassemble(sample.bytes, 0, SLOT * i, mode);
        const bits = bitsOf(sample.form, mode);
        const [a, b] = [normalised(ours.text, bits), normalised(theirs.get(SLOT * i)!, bits)];
        if (ours.length !== sample.bytes.length || a !== b) wrong.push(`${sample.text}: ${a}, objdump: ${b}`);
      });
      expect(wrong).toEqual([]);
    });

    test('GNU as takes what the disassembler prints', () => {
      const isRelative = ({ form }: Sample) => form.operands.some((operand) => operand.name.startsWith('rel'));
      const absolute = samples.filter((sample) => !isRelative(sample));
      const texts = absolute.map((sample) => disassemble(sample.bytes, 0, 0, mode).text);
      const again = gnuSlots(texts, mode);
      const wrong = texts.filter((text, i) => {
        const found = disassemble(again, SLOT * i, 0, mode);
        return found.text !== text;
      });
      expect(wrong).toEqual([]);
    });
  });
}
