import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { assemble } from '../../fluxc/isa/assemble.ts';
import { decode, encode, fits, type OperandValue, rangeOf } from '../../fluxc/isa/code.ts';
import { type Container, readContainer, SETS, type SetName, writeContainer } from '../../fluxc/isa/container.ts';
import { programText } from '../../fluxc/isa/disassemble.ts';
import type { InstructionSet, Operand, Row } from '../../fluxc/isa/instruction-set.ts';
import { instructionSets } from '../../fluxc/lang/instruction-sets.ts';
import { HOST } from '../host.ts';

const setOf = instructionSets(HOST);
const NAMES = SETS.map(({ name }) => name);

function assembled(text: string, name = 'program'): { container: Container; set: InstructionSet } {
  const sources = new Sources();
  const diagnostics = new Diagnostics();
  const result = assemble(sources.add('program.fasm', text), { set: setOf, name }, diagnostics);
  if (!result) throw new Error(`${diagnostics.list.map(({ code, message }) => `${code} ${message}`).join('\n')}\n${text}`);
  return result;
}

/** `line:column code message (hint)` of everything that is wrong with the text. */
function complaints(text: string): string[] {
  const sources = new Sources();
  const diagnostics = new Diagnostics();
  assemble(sources.add('program.fasm', text), { set: setOf, name: 'program' }, diagnostics);
  return diagnostics.list.map(({ code, message, hint, span }) => {
    const { line, column } = sources.place(span!.start)!;
    return `${line}:${column} ${code} ${message}${hint ? ` (${hint})` : ''}`;
  });
}

function program(set: SetName, code: Uint8Array, parts: Partial<Container> = {}): Container {
  const profile = set.startsWith('stack') ? 1 : 0;
  return { set, profile, name: 'program', capabilities: 0, entry: 0, code, regions: [], peers: [], map: null, ...parts };
}

/** Disassembled and assembled again, it is the same; and so is the text then. */
function expectRoundTrip(container: Container): void {
  const set = setOf(container.set)!;
  const text = programText(set, container);
  const again = assembled(text).container;
  expect({ ...again, map: null }, text).toEqual({ ...container, map: null });
  expect(programText(set, { ...again, map: null })).toBe(text);
}

/** The ends of what an operand takes, and what lies between. */
function values(operand: Operand): OperandValue[] {
  if (operand.kind === 'bytes') return [new Uint8Array(0), Uint8Array.from([0, 34, 92, 10, 200])];
  const { least, most } = rangeOf(operand);
  return [...new Set([least, least + 1n, (least + most) / 2n, most - 1n, most])].filter((value) => fits(operand, value));
}

function anyValue(operand: Operand): fc.Arbitrary<OperandValue> {
  if (operand.kind === 'bytes') return fc.uint8Array({ maxLength: 20 });
  const { least, most } = rangeOf(operand);
  return fc.bigInt({ min: least, max: most });
}

describe.each(NAMES)('%s', (name) => {
  const set = setOf(name)!;

  it('encodes and decodes every row, at the ends of its operands too', () => {
    for (const row of set.rows) {
      const widest = Math.max(1, ...row.operands.map((operand) => values(operand).length));
      for (let i = 0; i < widest; i++) {
        const chosen = row.operands.map((operand, at) => values(operand)[(i + at) % values(operand).length]!);
        const bytes = encode(set, row, chosen);
        expect(decode(set, bytes, 0)).toEqual({ row, values: chosen, length: bytes.length });
        expectRoundTrip(program(name, bytes));
      }
    }
  });

  it('round-trips programs of random instructions', () => {
    const instruction = fc.constantFrom<Row>(...set.rows).chain((row) =>
      fc.tuple(...row.operands.map(anyValue)).map((chosen) => encode(set, row, chosen)));
    fc.assert(fc.property(fc.array(instruction, { minLength: 1, maxLength: 30 }), (parts) => {
      expectRoundTrip(program(name, Uint8Array.from(parts.flatMap((part) => [...part]))));
    }), { numRuns: 60, seed: 4 });
  });

  it('round-trips random bytes: what is no instruction is data', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (bytes) => {
      const code = bytes.slice(0, Math.max(set.unit, bytes.length - (bytes.length % set.unit)));
      if (code.length % set.unit === 0) expectRoundTrip(program(name, code));
    }), { numRuns: 200, seed: 5 });
  });
});

describe('a program', () => {
  const region = fc.record({
    name: fc.stringMatching(/^[a-z]{1,8}$/), size: fc.integer({ min: 40, max: 5000 }), writable: fc.boolean(),
    initial: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constant(Uint8Array.from('some text, and "quotes"', (letter) => letter.charCodeAt(0)))),
  });

  it('round-trips with regions, peers, capabilities and entry, as text and as a file', () => {
    const parts = fc.record({
      regions: fc.uniqueArray(region, { maxLength: 4, selector: ({ name }) => name }),
      gaps: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 4, maxLength: 4 }),
      peers: fc.uniqueArray(fc.stringMatching(/^[A-Z][a-z0-9-]{1,12}$/), { maxLength: 3 }),
      capabilities: fc.integer({ min: 0, max: 2047 }), entry: fc.integer({ min: 0, max: 2 }), name: fc.stringMatching(/^[a-z][a-z0-9.-]{0,20}$/),
    });
    fc.assert(fc.property(parts, ({ regions, gaps, peers, capabilities, entry, name }) => {
      let number = -1;
      const numbered = regions.map((each, index) => ({ ...each, number: (number += gaps[index]!) }));
      const code = assembled('.set flux64\n iadd r1, r2, r3\n jmp 0\n halt').container.code;
      const container = program('flux64', code, { regions: numbered, peers, capabilities, entry: 4 * entry, name });
      expectRoundTrip(container);
      const read = readContainer(writeContainer(container));
      expect(read).toEqual({ fault: 'none', container });
    }), { numRuns: 100, seed: 6 });
  });

  it('keeps the names of labels and the lines of the source in its file', () => {
    const { container } = assembled('.set flux64\n\nagain:\n    inc r1 ; one more\n\n    jmp again\n.zero 4\nend: halt\n');
    const read = readContainer(writeContainer(container));
    expect(read.container!.map).toEqual({
      path: 'program.fasm', symbols: [{ name: 'again', offset: 0 }, { name: 'end', offset: 12 }],
      lines: [{ offset: 0, line: 4 }, { offset: 4, line: 6 }, { offset: 12, line: 8 }],
    });
    expect(programText(setOf('flux64')!, read.container!)).toContain('again:\n    inc r1\n    jmp again\n');
  });
});

describe('the assembler', () => {
  it('reads numbers, characters, names, comments and repetitions', () => {
    const { container } = assembled(`
.set flux64                 // the set
.const TEN 10
.const LETTER 'a'
.region greeting 32, write  # memory
hello: .text "hi\\n", "\\x00\\xff"
       .half 0x102
       .word -1, 1.5
       .quad TEN * LETTER, done
.code
1:  addi r1, 0b11           ; binary
    .rept 2
    addi r1, (TEN + 1) << 1
    .endr
    jmp 1b
    jmp 1f
1:  addi r2, hello
done: halt
.entry 1b
`);
    expect(container.regions[0]!.initial).toEqual(Uint8Array.from([
      104, 105, 10, 0, 255, 2, 1, 255, 255, 255, 255, 0, 0, 192, 63, 0xca, 3, 0, 0, 0, 0, 0, 0, 24, 0, 0, 0, 0, 0, 0, 0,
    ]));
    expect(container.entry).toBe(20);
    expect(programText(setOf('flux64')!, { ...container, map: null, regions: [] }).split('\n').slice(5)).toEqual([
      'at_0000:', '    addi r1, 3', '    addi r1, 22', '    addi r1, 22', '    jmp at_0000', '    jmp start', 'start:', '    addi r2, 0', '    halt', '',
    ]);
  });

  it('knows registers by the names that they are given', () => {
    const { container, set } = assembled('.set flux64\n.register count r5\n    movi count, 3\n.register count, r6\n    iadd r1, count, r5\n    halt');
    expect(programText(set, container)).toContain('movi r5, 3\n    iadd r1, r6, r5\n');
    expect(complaints('.set flux64\n.register count 5\n    halt')).toEqual(['2:17 FX1103 expected a register, found `5`']);
    expect(complaints('.set flux64\n.register big r99\n    inc big\n    halt')[0]).toMatch(/^3:9 FX1104 `big` does not fit/);
  });

  it('knows names that the host defines', () => {
    const diagnostics = new Diagnostics();
    const source = new Sources().add('agent.fasm', '.set flux64\n.peer host\n    movi r1, host\n    movi r2, other\n    halt');
    const result = assemble(source, { set: setOf, name: 'a', constants: new Map([['host', 3], ['other', 4]]) }, diagnostics);
    expect(diagnostics.list).toEqual([]);
    expect(programText(setOf('flux64')!, result!.container)).toContain('movi r1, 3\n    movi r2, 4\n');
  });

  it.each([
    ['.set flux64\n    iad r1, r2, r3', ['2:5 FX1101 there is no instruction `iad` in flux64 (did you mean `iadd` or `iand`?)']],
    ['.set flux64\n    iadd r1, r2', ['2:5 FX1102 `iadd` takes 3 operands, not 2 (it is written `iadd rd, ra, rb`)']],
    ['.set flux64\n.bytes 1, 2',  ['1:1 FX1119 the code is not a whole number of words here (`.zero` fills up: an instruction of this set starts at a multiple of 4 bytes)']],
    ['.set flux64\n    halt r1', ['2:10 FX1103 expected the end of the line, found `r1`']],
    ['.set flux64\n    iadd r1, 5, r3', ['2:14 FX1103 expected a register from r0 to r63, found `5`']],
    ['.set flux64\n    iadd r1, r64, r3', ['2:14 FX1104 `r64` does not fit: `ra` must be a register from r0 to r63 (build larger numbers of several instructions, or read them from a region)']],
    ['.set flux64\n    jmp agian\nagain: halt', ['2:9 FX1105 nothing is called `agian` here (did you mean `again`?)']],
    ['.set flux64\na: nop\na: halt', ['3:1 FX1106 `a` is defined twice (rename one; labels, constants, regions and peers share their names. A numeric label `1:` may stand often: `1b`, `1f`)']],
    ['.set flux32', ['1:6 FX1108 there is no instruction set `flux32` (the sets are: flux64, stack2, stack3, asm16)']],
    ['    halt', ['1:5 FX1109 the instruction set is not named before the first instruction (begin with `.set flux64`, `.set stack2 golden`, `.set stack3 golden` or `.set asm16`)']],
    ['.set flux64\n    jmp 6\n    halt', ['2:9 FX1110 `jmp` cannot lead to 6: it is no multiple of 4 bytes (targets are labels, or offsets in the code in bytes)']],
    ['.set flux64\n.region data 4 read\n.text "hello"\n.code\n    halt', ['2:9 FX1111 the region `data` has 4 bytes, its content 5 (make the region larger)']],
    ['.set flux64\n.region data 4 read\n    halt', ['3:5 FX1112 an instruction cannot stand in the region `data` (`.code` leads back to the code)']],
    ['.set asm16\n.capability SPEAK\n halt', ['2:13 FX1113 there is no capability `SPEAK` (there are: SPAWN, COMMUNICATE, COMPILE, IO_READ, IO_WRITE, MEMORY, HARDWARE, NETWORK, FILESYSTEM, DEBUG, SUPERVISE)']],
    ['.set flux64\n    tell r1, r2, r3\n    halt', ['2:5 FX1114 `tell` needs the capability `COMMUNICATE`, which the program does not ask for (write `.capability COMMUNICATE`)']],
    ['.set flux64', ['1:1 FX1115 the program has no instruction (write at least one that ends it)']],
    ['.set flux64\n.agent 2nd\n    halt', ['2:8 FX1117 `2nd` is no name for a program (a name starts with a letter or `_`, goes on with letters, digits, `_`, `-` and `.`, and has 32 characters at most)']],
    ['.set flux64\n.entry 100\n    halt', ['2:1 FX1118 the entry 100 is not the place of an instruction (`.entry` takes a label of the code)']],
    ['.set flux64\n.bytes 1\n    halt', ['3:5 FX1119 the code is not a whole number of words here (`.zero` fills up: an instruction of this set starts at a multiple of 4 bytes)']],
    ['.set asm16\n.section data\n halt', ['2:1 FX1107 there is no directive `.section` (directives: .set .agent .entry .capability .peer .const .register .region .code .bytes .half .word .quad .text .zero .rept .endr)']],
    ['.set asm16\na: .zero b - a + 1\nb: halt', ['1:1 FX0506 the place of this depends on itself (sizes and alignments count from labels above them)']],
  ])('says what is wrong: %#', (text, expected) => {
    expect(complaints(text)).toEqual(expected);
  });

  it('never fails on mutated text', () => {
    const text = '.set flux64\n.region data 64 write\nm: .text "x"\n.code\nstart: movi r1, m\n load r2, r1, 0\n jmp start\n halt\n.entry start\n';
    fc.assert(fc.property(fc.nat(text.length - 1), fc.nat(6), fc.string({ maxLength: 5 }), (at, length, piece) => {
      complaints(text.slice(0, at) + piece + text.slice(at + length));
    }), { numRuns: 300, seed: 7 });
  });
});

describe('docs/vm.md', () => {
  const blocks = [...HOST.read('docs/vm.md')!.matchAll(/^```fasm\n([^]*?)^```/gm)].map(([, text]) => text!);

  it.each(blocks.map((text, index) => [index, text] as const))('example %d assembles without a word', (_, text) => {
    expect(complaints(text)).toEqual([]);
  });
});
