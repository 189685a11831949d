/** The assembler on whole blocks: against GNU as, GNU ld for relocations, and broken input for its diagnostics. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { Module } from '../../fluxc/fir/module.ts';
import { assemble } from '../../fluxc/target/riscv64/assembler.ts';
import { relocate } from '../../fluxc/target/riscv64/relocations.ts';
import { Random } from '../random.ts';
import { inFolder } from '../temporary-folder.ts';
import { gnuAssemble, run } from './gnu.ts';

function assembled(text: string): Uint8Array {
  const diagnostics = new Diagnostics();
  const atom = assemble(text, 1, new Module('test'), diagnostics);
  if (!atom) throw new Error(diagnostics.list.map((item) => `${item.span?.start}: ${item.message}`).join('\n'));
  return atom.bytes;
}

const LINK_BASE = 0x10000;

/** The bytes of `text` after GNU as and ld, placed at `LINK_BASE`, with symbols at given addresses. */
function gnuLink(text: string, addresses: Record<string, number>): Uint8Array {
  return inFolder((folder) => {
    const path = (name: string) => join(folder, name);
    writeFileSync(path('a.s'), `${text}\n`);
    run('riscv64-linux-gnu-as', ['-march=rv64gc', '-mno-relax', path('a.s'), '-o', path('a.o')]);
    const symbols = Object.entries(addresses).map(([name, at]) => `--defsym=${name}=${at}`);
    run('riscv64-linux-gnu-ld', [
      '--no-relax', `-Ttext=0x${LINK_BASE.toString(16)}`, '-e', '0', ...symbols, path('a.o'), '-o', path('a.elf'),
    ]);
    run('riscv64-linux-gnu-objcopy', ['-O', 'binary', '-j', '.text', path('a.elf'), path('a.bin')]);
    return new Uint8Array(readFileSync(path('a.bin')));
  });
}

/** `line:column code message` of each diagnostic, for a block that starts at the first character of a text. */
function complaints(text: string): string[] {
  const sources = new Sources();
  sources.add('padding.md', 'text before\n');
  const source = sources.add('block.md', text);
  const diagnostics = new Diagnostics();
  const atom = assemble(text, source.base, new Module('test'), diagnostics);
  expect(atom).toBe(null);
  return diagnostics.list.map(({ span, code, message }) => {
    const place = sources.place(span!.start)!;
    return `${place.line}:${place.column} ${code} ${message}`;
  });
}

const BOOT = `
.set STACK, 4096
.equ UART, 0x10000000
_start:                     # hart id in a0, device tree in a1
  csrw  sie, zero           // no interrupts yet
  csrw  satp, zero
  li    t0, 0x2000
  csrs  sstatus, t0
  mv    s1, a0
  li    t1, UART + 5
1:
  lbu   t2, (t1)
  andi  t2, t2, 0x20
  beqz  t2, 1b
  li    t2, 'A'
  sb    t2, -5(t1)
  bnez  s1, 2f
  li    a2, STACK * 2 - 1
  addi  sp, sp, -(STACK / 4 - 1)
  la    t3, message
  lla   t4, message + 2
  lw    t5, message
  sw    t5, message, t6
  flw   fa0, message, t0
  j     3f
2: wfi
  j     2b
3:
  call  routine
  tail  _start
routine:
  addi sp, sp, -16
  sd ra, 8(sp)
  amoadd.w.aqrl a0, a1, (a2)
  fence rw, w
  fadd.d fa0, fa1, fa2
  fmadd.s fa0, fa1, fa2, fa3, rtz
  zext.h a0, a1
  sext.b a0, a1
  not a0, a0
  bgtu a0, a1, routine
  ble a0, a1, routine
  jalr a0
  jalr 4(a0)
  jr a0
  ld ra, 8(sp)
  addi sp, sp, 16
  ret
.balign 8
message: .asciz "hart \\"%d\\"\\n\\t\\\\"
.byte 1, -1, 'x', 0xff
.p2align 3
table:
  .word routine - table, message - _start, . - table
  .half 0x1234, -2
  .quad -1, 0x123456789abcdef0, (1 << 40) | 5, ~0 & 0xff
  .zero 5
  .align 2
end:
  .8byte end - _start
  nop
.option push
.option norvc
  nop
  ret
  li a0, 1
.option pop
  nop
`;

test('a boot block: the bytes of GNU as', () => {
  // GNU as has no `//` comments for this machine.
  expect(assembled(BOOT)).toEqual(gnuLink(BOOT.replace(/\/\/.*/g, ''), {}));
});

test('constants: li is never longer than that of GNU as', () => {
  const random = new Random(5);
  for (let i = 0; i < 300; i++) {
    const shift = BigInt(random.below(60));
    const product = BigInt(random.below(2 ** 31)) * BigInt(random.below(2 ** 31));
    const value = BigInt.asIntN(64, product << shift) >> BigInt(random.below(20));
    expect(assembled(`.option norvc\nli a0, ${value}`).length).toBeLessThanOrEqual(8 * 4);
  }
  const values = [0, 1, -1, 2047, 2048, -2048, -2049, 4096, 0x7ffff7ff, 0x7ffff800, 0x7fffffff, -0x80000000];
  const text = values.map((value) => `li a0, ${value}`).join('\n');
  expect(assembled(text)).toEqual(gnuAssemble(text));
  for (const value of ['0xffffffff', '0x80000000', '0x7fffffffffffffff', '0x8000000000000000', '0xffff000000000000']) {
    const long = `.option norvc\nli a0, ${value}`;
    expect(assembled(long).length).toBeLessThanOrEqual(gnuAssemble(long).length);
  }
});

describe('branches take the size that reaches, as with GNU as', () => {
  for (const gap of [0, 100, 250, 254, 256, 258, 1000, 2046, 2048, 4088, 4094, 4096, 4098, 20000]) {
    test(`over ${gap} bytes`, () => {
      const text = `before: beqz a0, after\nbltu a1, a2, after\nj after\njal after\nbnez a3, after\n.zero ${gap}\n` +
        'bnez s0, before\nbge t0, t1, before\nj before\nafter: ret';
      expect(assembled(text)).toEqual(gnuAssemble(text));
    });
  }
});

test('references to symbols: our relocations give the bytes of GNU ld', () => {
  const text = `
  call other.function
  tail other.function
  la a0, other.data
  lla a1, other.data + 20
  ld a2, other.data
  sd a2, other.data + 8, t0
  fld fa0, other.data, t1
1: auipc a3, %pcrel_hi(other.data + 4)
  lw a4, %pcrel_lo(1b)(a3)
  nop
  sw a4, %pcrel_lo(1b)(a3)
  addi a5, a3, %pcrel_lo(1b)
  lui a0, %hi(other.data)
  addi a0, a0, %lo(other.data)
  lw a0, %lo(other.data + 4)(a0)
  sw a0, %lo(other.data)(a0)
  lui a0, %hi(0x12345fff)
  addi a0, a0, %lo(0x12345fff)
  jal other.function
  j other.function
  beqz a0, other.function
  blt a0, a1, other.function
  .balign 8
  .word other.function, 1
  .quad other.data + 16`;
  const module = new Module('test');
  const diagnostics = new Diagnostics();
  const atom = assemble(text, 1, module, diagnostics)!;
  expect(diagnostics.list).toEqual([]);
  const addresses: Record<string, number> = { 'other.function': 0x10800, 'other.data': 0x12345ff8 };
  for (const { offset, kind, symbol, addend } of atom.relocations) {
    const value = addresses[module.symbols[symbol]!.name]! + addend;
    expect(relocate(atom.bytes, offset, kind, value, LINK_BASE + offset)).toBe(null);
  }
  expect(atom.bytes).toEqual(gnuLink(text, addresses));
});

test('global labels become symbols of the atom', () => {
  const module = new Module('test');
  const atom = assemble('nop\n.global inner\n.option norvc\nnop\ninner: ret', 1, module, new Diagnostics())!;
  expect(atom.labels).toEqual([[module.find('inner'), 6]]);
  expect(atom.lines).toEqual([0, 1, 2, 1 + 32, 6, 1 + 43]);
});

test('broken input: the place, the code, what would be right', () => {
  expect(complaints('  mvo a0, a1\n\taddi a0, a0, 5000\n  addi a0, 1\n')).toEqual([
    '1:3 FX0501 there is no instruction `mvo` on riscv64',
    '2:15 FX0531 the number 5000 does not fit: it must be from -2048 to 2047',
    '3:3 FX0510 `addi` does not take `a0, 1`',
  ]);
  expect(complaints('a: nop\na: nop\n.global b\n.data\nlw a0, 4(a9)\nbeqz a0, 1f')).toEqual([
    '2:1 FX0504 the label `a` is defined twice',
    '4:1 FX0503 there is no directive `.data`',
    '5:10 FX0502 expected a register, found `a9`',
    '6:10 FX0502 expected a label `1:` below, found `1f`',
    '3:9 FX0505 `.global b` names no label of this block',
  ]);
  const numbers = 'csrr a0, sstate\nli a0, somewhere\nc.addi a0, 40\nc.lw a0, 3(a1)\n.byte 256\n.zero -1\n' +
    'slli a0, a0, 64';
  expect(complaints(numbers)).toEqual([
    '1:10 FX0534 `sstate` is not a control and status register',
    '2:8 FX0533 this must be a number that is known here, not an address',
    '3:12 FX0531 the number 40 does not fit: it must be from -32 to 31, not 0',
    '4:10 FX0531 the number 3 does not fit: it must be from 0 to 124, a multiple of 4',
    '5:7 FX0502 expected a number of 8 bits, found `256`',
    '6:7 FX0502 expected 0 to 16777216 bytes, found `-1`',
    '7:14 FX0531 the number 64 does not fit: it must be from 0 to 63',
  ]);
  expect(complaints('c.j far\n.zero 5000\nfar: c.beqz a5, far + 3\n.option whatever\n.ascii "open\n.set x')).toEqual([
    '1:5 FX0512 `far`, 5002 bytes from here, is out of the reach of `c.j`',
    '3:17 FX0512 `far + 3`, 3 bytes from here, is out of the reach of `c.beqz`',
    expect.stringContaining('4:9 FX0502 expected `rvc`'),
    expect.stringContaining('5:8 FX0502'),
    expect.stringContaining('6:7 FX0502 expected `,`'),
  ]);
});

test('mutilated blocks give diagnostics, never an exception', () => {
  const random = new Random(99);
  for (let i = 0; i < 1500; i++) {
    let text = BOOT;
    for (let k = 0; k < 1 + random.below(4); k++) {
      const at = random.below(text.length);
      const what = random.below(3);
      const copied = text.slice(at, at + random.below(9));
      const piece = what === 0 ? '' : what === 1 ? String.fromCharCode(33 + random.below(94)) : copied;
      text = text.slice(0, random.below(text.length)) + piece + text.slice(at + random.below(3));
    }
    assemble(text, 1, new Module('test'), new Diagnostics());
  }
});
