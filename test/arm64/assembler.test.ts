/** The assembler: whole blocks against GNU as, symbols and relocations, and what it says about mistakes. */
import { describe, expect, it } from 'vitest';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { Module } from '../../fluxc/fir/module.ts';
import { assemble } from '../../fluxc/target/arm64/assembler.ts';
import {
  BARRIER_LIMITS,
  STATE_FIELDS,
  SYSTEM_OPERATIONS,
  SYSTEM_REGISTERS,
} from '../../fluxc/target/arm64/system-registers.ts';
import { relocationName } from '../../fluxc/target/arm64/relocations.ts';
import type { Atom } from '../../fluxc/target/machine/atom.ts';
import { Random } from '../random.ts';
import { gnuAssemble, wordsOf } from './binutils.ts';

function assembled(text: string, module = new Module('test')): Atom {
  const diagnostics = new Diagnostics();
  const atom = assemble(text, 1, module, diagnostics);
  expect(diagnostics.list.map((d) => d.message)).toEqual([]);
  return atom!;
}

function complaints(text: string): string[] {
  const sources = new Sources();
  const source = sources.add('a.flux.md', text);
  const diagnostics = new Diagnostics();
  expect(assemble(text, source.base, new Module('test'), diagnostics)).toBeNull();
  return diagnostics.list.map((d) => {
    const { line, column } = sources.place(d.span!.start)!;
    return `${line}:${column} ${d.message}`;
  });
}

function sameAsGnu(text: string): void {
  expect(wordsOf(assembled(text).bytes).map((word) => word.toString(16))).toEqual(
    wordsOf(gnuAssemble(text)).map((word) => word.toString(16)),
  );
}

const BOOT = `
// A boot stub with everything that real ones have.
# a comment of its own line
.set STACK, 0x1000
.equ SHIFT, 12
start:
  msr daifset, #0xf        // no interrupts
  mrs x1, MPIDR_EL1
  and x1, x1, #3
  cbz x1, 2f
1: wfe
  b 1b
2:
  mrs x0, CurrentEL
  lsr x0, x0, #2
  cmp x0, #2
  b.ne 3f
  mov x0, #(1 << 31)
  msr hcr_el2, x0
  mov x0, 0x33ff
  msr cptr_el2, x0
  msr S3_4_C12_C9_5, x0
  movz x0, #0x3c5
  movk x0, #0x30d0, lsl #16
  msr spsr_el2, x0
  adr x0, 3f
  msr elr_el2, x0
  eret
3: ldr x0, table
  ldr x1, [x0, #(end - table)]
  ldr x2, [x0], #-16
  stp x29, x30, [sp, #-STACK / 16]!
  sub sp, sp, #STACK
  add x3, sp, #STACK >> SHIFT
  tlbi vmalle1
  tlbi vae1is, x3
  dc civac, x3
  dc zva, x3
  ic iallu
  at s1e1r, x3
  dsb sy
  dsb ish
  dmb ishst
  isb
  dsb #3
  tbz x0, #35, 1b
  tbnz w0, #3, . + 8
  nop
  cmp w0, #'A'
  mov w0, #'\\n'
  /* a long
     comment */ ret
  .align 3
table:
  .quad 0x1122334455667788, -1
  .word 1, 2, 0xffffffff, table - start
  .2byte 1, -1
  .byte 1, 2, 3, ~0 & 0x7f
  .ascii "text // with \\"quotes\\"\\n"
  .asciz "a", "b"
  .balign 16
  .zero 8
  .skip 4, 0xff
  .p2align 4
end:
  .hword 7 * (2 + 3) - 1 | 4, 1
`;

describe('the assembler', () => {
  it('assembles a block of everything as GNU as does', () => {
    expect(Array.from(assembled(BOOT).bytes)).toEqual(Array.from(gnuAssemble(BOOT)));
  });

  it('takes the forms that are never printed', () => {
    sameAsGnu(
      [
        'mov x0, sp',
        'mov sp, x1',
        'mov wsp, w1',
        'mov x0, #0',
        'mov w0, #-1',
        'mov x0, #-1',
        'mov x0, #0xffff0000ffff0000',
        'mov x1, #~0xf',
        'mov w1, #0xfffffff0',
        'mov x1, 17',
        'cmp x0, #-5',
        'cmn x0, #-5',
        'cmp sp, #16',
        'add x0, x1, #-8',
        'sub w0, w1, #-8',
        'add x0, x1, #0x3000',
        'add x0, x1, #3, lsl #12',
        'add x0, x1, #3, lsl #0',
        'add x0, sp, x1',
        'add sp, sp, x1, lsl #2',
        'add x0, x1, w2, sxtw',
        'add x0, x1, w2, uxtw #2',
        'add x0, x1, x2, lsl #3',
        'add x0, x1, x2, sxtx #1',
        'sub sp, x0, w1, uxtb',
        'ldr x0, [x1, #-8]',
        'ldr w0, [x1, #3]',
        'str q0, [sp, #-16]',
        'ldrb w0, [x1, #-1]',
        'ldrsw x0, [x1, #-4]',
        'ldr x0, [x1, x2]',
        'ldr x0, [x1, x2, lsl #3]',
        'ldr x0, [x1, w2, sxtw]',
        'ldr x0, [x1, w2, uxtw #3]',
        'ldrb w0, [x1, x2, lsl #0]',
        'ldxr x0, [x1, #0]',
        'tbz x0, #3, .',
        'b.hs .',
        'b.lo .',
        'lslv x0, x1, x2',
        'rorv w0, w1, w2',
        'ubfm x0, x1, #4, #9',
        'sbfm w0, w1, #4, #2',
        'bfm x0, x1, #60, #3',
        'csel x0, x1, x2, lo',
        'cset w0, hs',
        'ccmp x0, #31, #15, al',
        'ret x30',
        'mov fp, lr',
        'mov ip0, ip1',
        'fmov d0, #1',
        'fmov s1, #-0.5',
        'fmov d2, #31.0',
        'fmov d0, xzr',
        'fcmp d0, #0',
        'fcmp s0, #0.0',
        'isb sy',
        'isb #1',
        'sys #0, c7, c5, #0',
        'sys #3, C7, C4, #1, x1',
        'hint #6',
        'msr SPSel, #1',
        'mrs x0, s3_0_c0_c0_0',
        'ADD X0, X1, X2',
        'movk x0, #0',
        'movn w0, #0, lsl #16',
        'svc 0',
        'bic w0, w1, w2, ror #3',
        'ror x0, x1, #3',
      ].join('\n'),
    );
  });

  it('knows every system register, field and operation by name', () => {
    const lines = [
      ...SYSTEM_REGISTERS.flatMap(([name]) => [`mrs x1, ${name}`, `msr ${name}, x2`]),
      ...STATE_FIELDS.map(([name]) => `msr ${name}, #1`),
      ...SYSTEM_OPERATIONS.map(
        ([mnemonic, name, , , , , takesRegister]) => `${mnemonic} ${name}${takesRegister ? ', x3' : ''}`,
      ),
      ...BARRIER_LIMITS.filter((name) => name !== '').flatMap((name) => [`dsb ${name}`, `dmb ${name}`]),
    ];
    sameAsGnu(lines.join('\n'));
  });

  it('makes relocations for names of other places, and labels for global ones', () => {
    const module = new Module('test');
    const own = module.defineAssembly('kernel.boot.start', { text: '', loc: 1 }, 1);
    const text = `
  bl kernel.main
  b kernel.panic.stop
  adrp x0, image.start
  add x0, x0, :lo12:image.start
  ldr x1, [x0, #:lo12:kernel.state + 8]
  ldrb w1, [x0, :lo12:kernel.state]
  strh w1, [x0, :lo12:kernel.state]
  ldr w1, [x0, :lo12:kernel.state]
  str q1, [x0, :lo12:kernel.state]
  b.eq kernel.main
  tbz w0, #1, kernel.main
  adrp x0, vectors
  add x0, x0, :lo12:vectors
  ret
.global vectors, other
.balign 2048
vectors: nop
other: .quad kernel.main - 4, vectors
  .word image.start`;
    const atom = assembled(text, module);
    const relocations = atom.relocations.map(
      ({ offset, kind, symbol, addend }) =>
        `${offset} ${relocationName(kind)} ${module.symbols[symbol]!.name} ${addend}`,
    );
    expect(relocations).toEqual([
      '0 call26 kernel.main 0',
      '4 jump26 kernel.panic.stop 0',
      '8 adr_prel_pg_hi21 image.start 0',
      '12 add_abs_lo12_nc image.start 0',
      '16 ldst64_abs_lo12_nc kernel.state 8',
      '20 ldst8_abs_lo12_nc kernel.state 0',
      '24 ldst16_abs_lo12_nc kernel.state 0',
      '28 ldst32_abs_lo12_nc kernel.state 0',
      '32 ldst128_abs_lo12_nc kernel.state 0',
      '36 condbr19 kernel.main 0',
      '40 tstbr14 kernel.main 0',
      '44 adr_prel_pg_hi21 kernel.boot.start 2048',
      '48 add_abs_lo12_nc kernel.boot.start 2048',
      '2052 abs64 kernel.main -4',
      '2060 abs64 kernel.boot.start 2048',
      '2068 abs32 image.start 0',
    ]);
    expect(atom.symbol).toBe(own);
    expect(atom.align).toBe(2048);
    expect(atom.labels.map(([symbol, offset]) => [module.symbols[symbol]!.name, offset])).toEqual([
      ['vectors', 2048],
      ['other', 2052],
    ]);
    expect(module.symbols.some(({ name }) => name === 'x0' || name === 'lo12')).toBe(false);
    expect(atom.lines.slice(0, 4)).toEqual([0, 1 + text.indexOf('bl '), 4, 1 + text.indexOf('b kernel.panic')]);
  });

  it('says where a mistake is and what would fit', () => {
    expect(
      complaints(
        [
          'start:',
          '  movi x0, #1',
          '  add x0, x1, #5000',
          '  add x0, w1, x2',
          '  ldr x0, [x1, #4097]',
          '  and x0, x1, #5',
          '  b.xy start',
          '  b 12',
          '  mov x0',
          '  mov x0, x1, x2',
          '  lsl w0, w1, #32',
          '  msr nothing, x0',
          '  ldp x0, x1, [x2, #1024]',
          '  .section .data',
          '  cbz x0, 1f',
          '  tlbi vae1',
          '  cset x0, al',
          '  str x0, [w1]',
          'start: nop',
          '  .align 40',
          '  .byte 256',
          '  .ascii "open',
          '  add x0, x1, $',
          '  tbz w0, #32, start',
          '  fmov d0, #0.3',
          '  ldr x0, [x1, x2, lsl #2]',
          '  movk x0, #1, lsl #8',
          '  .global nowhere',
          '  .word 1 +',
          '*',
        ].join('\n'),
      ),
    ).toMatchInlineSnapshot(`
      [
        "19:1 the label \`start\` is defined twice",
        "2:3 there is no instruction \`movi\` on arm64",
        "3:15 expected a constant from 0 to 4095, or 4096 times one, found \`#5000\`",
        "4:11 expected a register x0 to x30 or sp, or a register x0 to x30 or xzr, found \`w1\`",
        "5:16 expected a multiple of 8 from 0 to 32760, found \`#4097\`",
        "6:15 expected a constant that is a rotated run of ones, repeated, found \`#5\`",
        "7:3 there is no instruction \`b.xy\` on arm64",
        "8:5 expected a label, found \`12\`",
        "9:9 expected sp, or a constant of 64 bits, or a register x0 to x30 or xzr, found the end of the line",
        "10:15 expected nothing more here, found \`x2\`",
        "11:15 expected a constant from 0 to 31, found \`#32\`",
        "12:7 expected a system register, by name or as s3_0_c1_c0_0, found \`nothing\`",
        "13:20 expected a multiple of 8 from -512 to 504, found \`#1024\`",
        "14:3 there is no directive \`.section\`",
        "15:11 expected a label \`1:\` below, found \`1f\`",
        "16:12 expected a register x0 to x30 or xzr, found the end of the line",
        "17:12 expected a condition: eq, ne, lt, hi …, found \`al\`",
        "18:12 expected a base register x0 to x30 or sp, or an address in brackets with \`!\` behind it, found \`w1\`",
        "20:10 expected a power of two by its exponent, 0 to 16, found \`40\`",
        "21:9 expected a number of 8 bits, found \`256\`",
        "22:10 expected a closing quote, found text",
        "23:15 expected a constant from 0 to 4095, or 4096 times one, or a constant from -4095 to -1, or a register x0 to x30 or xzr, found \`$\`",
        "24:11 expected a constant from 0 to 31, found \`#32\`",
        "25:12 expected a constant of fmov: 0.125 to 31, four fractional bits, or its negative, found \`#0.3\`",
        "26:20 expected an amount of 0 or 3, found \`lsl #2\`",
        "27:16 expected \`lsl\` by a multiple of 16 up to 48, found \`lsl #8\`",
        "29:12 expected an expression, found the end of the line",
        "30:1 there is no instruction \`*\` on arm64",
        "28:11 \`.global nowhere\` names no label of this block",
      ]
    `);
  });

  it('rejects branches that do not reach', () => {
    expect(complaints('a: nop\n.zero 40000\ntbz x0, #1, a\n')).toMatchInlineSnapshot(`
      [
        "3:13 expected a label at most 32767 bytes away, not 40004, found \`a\`",
      ]
    `);
    expect(complaints('b.eq a\n.zero 1048576\na: nop\n')).toMatchInlineSnapshot(`
      [
        "1:6 expected a label at most 1048575 bytes away, not 1048580, found \`a\`",
      ]
    `);
  });

  it('survives broken text: a message or bytes, never anything else', () => {
    const random = new Random(77);
    const pieces = BOOT.split(/(?<=\s|,)/);
    for (let i = 0; i < 3000; i++) {
      const broken = pieces.slice();
      for (let k = random.word() % 6; k >= 0; k--) {
        const at = random.word() % broken.length;
        const choice = random.word() % 4;
        if (choice === 0) broken.splice(at, 1);
        else if (choice === 1) broken.splice(at, 0, pieces[random.word() % pieces.length]!);
        else if (choice === 2) broken[at] = broken[at]!.slice(random.word() % (broken[at]!.length + 1));
        else broken[at] = String.fromCharCode(32 + (random.word() % 95)) + broken[at]!;
      }
      const diagnostics = new Diagnostics();
      const atom = assemble(broken.join(''), 1, new Module('test'), diagnostics);
      expect(atom === null).toBe(diagnostics.failed);
    }
  });
});
