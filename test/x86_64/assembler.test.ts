/** The assembler: whole blocks against GNU as, symbols and relocations, and what it says about mistakes. */
import { describe, expect, test } from 'vitest';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { Module } from '../../fluxc/fir/module.ts';
import { assemble } from '../../fluxc/target/x86_64/assembler.ts';
import { disassemble } from '../../fluxc/target/x86_64/disassembler.ts';
import { relocationName } from '../../fluxc/target/x86_64/relocations.ts';
import type { Atom } from '../../fluxc/target/machine/atom.ts';
import { assembleText, gnuAssemble, toHex } from './tools.ts';

function sameAsGnu(text: string): void {
  expect(toHex(assembleText(text).bytes)).toBe(toHex(gnuAssemble(text)));
}

function complaints(text: string): string[] {
  const sources = new Sources();
  const source = sources.add('a.flux.md', text);
  const diagnostics = new Diagnostics();
  expect(assemble(text, source.base, new Module('test'), diagnostics)).toBeNull();
  return diagnostics.list.map(({ code, message, span }) => {
    const { line, column } = sources.place(span!.start)!;
    return `${line}:${column}-${span!.end - span!.start} ${code} ${message}`;
  });
}

function references(atom: Atom, module: Module): string[] {
  return atom.relocations.map(({ offset, kind, symbol, addend }) => {
    return `${offset} ${relocationName(kind)} ${module.symbols[symbol]?.name ?? 'self'} ${addend}`;
  });
}

describe('blocks as GNU as assembles them', () => {
  test('a trap handler', () => {
    sameAsGnu(`
    .balign 8
stubs:
    .rept 3                         # vectors
    push 0
    call common
    .balign 8
    .rept 2
    nop
    .endr
    .endr
common:
    push rax
    push r15
    mov rcx, qword ptr [rsp+120]
    mov [rsp + 16 - 8], rcx
    lea rax, [rip + stubs]
    sub rcx, rax
    shr rcx, 3
    cld
    mov rdi, rsp
    mov rsp, rax
    pop r15
    add rsp, 16
    swapgs
    iretq`);
  });

  test('a way into 64-bit mode', () => {
    sameAsGnu(`
    .set PRESENT, 3
    .code32
    cli
    mov eax, 0x1000 + PRESENT
    mov dword ptr [edi], eax
    add eax, 0x1000
    mov dword ptr [edi + 0x1000], eax
    xor ecx, ecx
1:  mov dword ptr [edi + ecx*8 + 0x2000], eax
    add eax, 0x200000
    inc ecx
    cmp ecx, 8
    jne 1b
    mov cr3, edi
    mov eax, cr4
    or eax, 0x620
    mov cr4, eax
    mov ecx, 0xC0000080
    rdmsr
    or eax, 1 << 8 | 1 << 11
    wrmsr
    mov eax, cr0
    and eax, ~4
    mov cr0, eax
    jmp 2f
    .long 0x12345678, end - 2f
2:  pushad
    push ds
    mov word ptr [edi], ax
    .code64
    mov eax, 0x10
    mov ds, eax
    ltr ax
    mov edi, edi
    hlt
end:`);
  });

  test('a way from real mode to 64-bit mode', () => {
    sameAsGnu(`
    .code16
    cli
    xor ax, ax
    mov ds, ax
    mov sp, 0x7C00
    mov ax, word ptr [bx + si + 2]
    mov eax, dword ptr [bp]
    mov byte ptr [0x1234], 7
    rep stosb
    lodsb
    movsd
    mov ah, 0x42
    int 0x13
    jc 2f
    call 3f
    mov eax, cr0
    or eax, 1
    mov cr0, eax
    .rept 60
    inc dword ptr [di + 1000]
    .endr
    jc 2f
    jmp 3f
2:  hlt
    jmp 2b
3:  push 5
    pop ax
    ret
    .code32
    mov eax, 1
    .code64
    mov rax, rcx`);
  });

  test('string instructions with prefixes, port and system instructions', () => {
    sameAsGnu(`
    rep movsb
    rep stosq
    repne scasb
    repe cmpsb
    lock cmpxchg qword ptr [rdi], rsi
    lock xadd [rdi], eax
    in al, dx
    out 0x80, al
    mov rax, cr3
    mov cr8, rax
    mov dr7, rax
    lgdt [rdi]
    lidt [rdi + 8]
    invlpg [rdi]
    fxsave [rsp]
    fxrstor64 [rsp]
    sysretq
    lretq
    retf 8
    rdtsc
    mov rax, qword ptr gs:[0x10]
    mov gs:[rbx], rax
    mov eax, dword ptr fs:0
    movabs rax, 0x1122334455667788
    mov rax, 0xffffffff80000000
    mov rax, 0xffffffff
    test al, 1
    jmp [rax]
    call qword ptr [rax + 8]
    jmp fword ptr [rax]`);
  });

  test('data and text', () => {
    sameAsGnu(`
text: .ascii "a\\n\\"b\\""
    .asciz "c", "d"
    .byte 1, -1, 'a', '\\n'
    .short 0x1234
    .2byte end - text
    .long -2, 1 << 31
    .quad 0x8877665544332211, end - text
    .p2align 4
    .zero 3
    .skip 2, 0xff
    .equ SIZE, end - text
    mov eax, SIZE
end:
    ret`);
  });

  test('branches take the short form where it reaches', () => {
    for (const distance of [0, 1, 100, 125, 126, 127, 128, 129, 130, 200]) {
      sameAsGnu(`  jmp 1f\n  jne 1f\n  .skip ${distance}, 0x90\n1:\n  .skip ${distance}, 0x90\n  jmp 1b\n  jb 1b\n`);
    }
    // One that grows pushes others out of reach.
    const branches = Array.from({ length: 40 }, (_, i) => `  jmp l${i}\n  jne l${39 - i}\n  .skip ${i % 7}, 0x90\n`);
    const labels = Array.from({ length: 40 }, (_, i) => `l${i}: nop\n`);
    sameAsGnu([...branches, ...labels].join(''));
    sameAsGnu('1: loop 1b\n  jrcxz 2f\n2: nop');
  });
});

describe('symbols', () => {
  test('relative to rip in 64-bit code, absolute in 32-bit code', () => {
    const module = new Module('test');
    const own = module.defineAssembly('boot.entry', { text: '', loc: 1 }, 1);
    const text = `
    call kernel.start.start
    jmp kernel.panic + 4
    lea rax, [rip + a.b + 8]
    mov rax, [a.b]
    mov dword ptr [rip + a.b], 5
    mov eax, dword ptr [rax*4 + a.b]
    mov rax, offset a.b
    movabs rax, offset a.b + 1
    lea rdi, [here]
here:
    .code32
    mov esp, offset stack + 16384
    mov eax, [a.b]
    mov dword ptr [ecx*8 + a.b + 0x2000], eax
    lgdt [table]
    jmp 0x08:here
    ljmp 0x08:kernel.long
table:
    .short 23
    .long here, a.b
    .quad a.b`;
    const atom = assembleText(text, module);
    expect(atom.symbol).toBe(own);
    expect(references(atom, module)).toEqual([
      '1 R_X86_64_PC32 kernel.start.start -4',
      '6 R_X86_64_PC32 kernel.panic 0',
      '13 R_X86_64_PC32 a.b 4',
      '20 R_X86_64_PC32 a.b -4',
      '26 R_X86_64_PC32 a.b -8',
      '37 R_X86_64_32S a.b 0',
      '44 R_X86_64_32S a.b 0',
      '50 R_X86_64_64 a.b 1',
      '66 R_X86_64_32 stack 16384',
      '71 R_X86_64_32 a.b 0',
      '78 R_X86_64_32 a.b 8192',
      '85 R_X86_64_32 boot.entry 103',
      '90 R_X86_64_32 boot.entry 65',
      '97 R_X86_64_32 kernel.long 0',
      '105 R_X86_64_32 boot.entry 65',
      '109 R_X86_64_32 a.b 0',
      '113 R_X86_64_64 a.b 0',
    ]);
    expect(disassemble(atom.bytes, 58, 58).text).toBe('lea rdi, [rip]');
  });

  test('global labels become symbols, lines point into the document', () => {
    const module = new Module('test');
    const atom = assembleText('  nop\n.global inner\ninner:\n  ret\n', module);
    expect(atom.labels).toEqual([[module.find('inner'), 1]]);
    expect(atom.lines).toEqual([0, 3, 1, 30]);
    expect(atom.align).toBe(1);
    expect(assembleText('.balign 64\nnop').align).toBe(64);
  });
});

describe('mistakes', () => {
  test('each is reported where it stands', () => {
    expect(complaints('  nop\n  frobnicate eax\n  mov eax\n  add rax, 0x123456789\n')).toEqual([
      '2:3-10 FX0501 there is no instruction `frobnicate` on x86_64',
      '3:7-3 FX0510 `mov` does not take `eax`',
      '4:7-16 FX0510 `add` does not take `rax, 0x123456789`',
    ]);
    expect(complaints('mov [rax], 1\ninc [rbx + 4]\nmovzx eax, [rcx]')).toEqual([
      '1:5-5 FX0511 the size of this memory operand is not clear',
      '2:5-9 FX0511 the size of this memory operand is not clear',
      '3:12-5 FX0511 the size of this memory operand is not clear',
    ]);
    expect(complaints('jmp 5\n1: .skip 200\nloop 1b\njrcxz elsewhere')).toEqual([
      '1:5-1 FX0512 `5` is out of the reach of `jmp`',
      '3:6-2 FX0512 `1b` is out of the reach of `loop`',
      '4:7-9 FX0512 `elsewhere` is out of the reach of `jrcxz`',
    ]);
    expect(complaints('pusha\n.code32\nswapgs\nmov rax, 1\nsyscall r8')).toEqual([
      '1:1-5 FX0513 `pusha` with these operands does not exist in 64-bit code',
      '3:1-6 FX0513 `swapgs` with these operands does not exist in 32-bit code',
      '4:1-3 FX0513 `mov` with these operands does not exist in 32-bit code',
      '5:9-2 FX0510 `syscall` does not take `r8`',
    ]);
    expect(complaints('.rept 3\nnop\n')).toEqual(['1:1-5 FX0514 `.rept` without `.endr`']);
    expect(complaints('nop\n.endr\n')).toEqual(['2:1-5 FX0514 `.endr` without `.rept`']);
    expect(complaints('.rept x\nnop\n.endr')).toEqual(['1:7-1 FX0502 expected how often to repeat, found `x`']);
    expect(complaints('.section .data\n.global none\na: nop\na: nop\n')).toEqual([
      '4:1-1 FX0504 the label `a` is defined twice',
      '1:1-8 FX0503 there is no directive `.section`',
      '2:9-4 FX0505 `.global none` names no label of this block',
    ]);
    expect(complaints('.section .data\n.global none\n')).toEqual([
      '1:1-8 FX0503 there is no directive `.section`',
      '2:9-4 FX0505 `.global none` names no label of this block',
    ]);
  });

  test('in addresses of narrow code', () => {
    const lines = ['.code16', 'mov eax, [rax]', 'mov eax, [ax]', 'mov eax, [bx + bp]', 'mov eax, [si*2]', '.code32', 'mov eax, [rbx]', 'mov eax, [sp]'];
    expect(complaints(lines.join('\n'))).toEqual([
      '2:11-3 FX0502 expected a register of 32 or 16 bits, found `rax`',
      '3:10-4 FX0502 expected bx or bp, and si or di, found this address',
      '4:10-9 FX0502 expected bx or bp, and si or di, found this address',
      '5:10-6 FX0502 expected bx or bp, and si or di, found this address',
      '7:11-3 FX0502 expected a register of 32 or 16 bits, found `rbx`',
      '8:10-4 FX0502 expected bx or bp, and si or di, found this address',
    ]);
  });

  test('in addresses and expressions', () => {
    const addresses = ['[rax', '[rax*3]', '[rax + ecx]', '[rsp*2]', '[ax]'];
    expect(complaints(addresses.map((address) => `mov eax, ${address}`).join('\n'))).toEqual([
      '1:10-1 FX0502 expected `]` behind the address, found `[`',
      '2:11-5 FX0502 expected 1, 2, 4 or 8 as the scale, found `rax*3`',
      '3:16-4 FX0502 expected registers of one size, found `ecx`',
      '4:10-7 FX0502 expected rsp or rip as base only, and rip without an index, found this address',
      '5:11-2 FX0502 expected a register of 64 or 32 bits, found `ax`',
    ]);
    expect(complaints('mov eax, 3 +\nmov eax, 4*eax\nmov eax, 2f\nmov byte [rax], 1\nmov ah, r8b')).toEqual([
      '1:13-1 FX0502 expected an expression, found the end of the line',
      '2:5-10 FX0502 expected a number or a name there, found the register `eax`',
      '3:10-2 FX0502 expected a label `2:` below, found `2f`',
      '4:10-1 FX0502 expected `ptr`, found `[`',
      '5:5-7 FX0510 `mov` does not take `ah, r8b`',
    ]);
    expect(complaints('.byte 256\n.zero -1\n.balign 3\n.ascii "\\q"')).toEqual([
      '1:7-3 FX0502 expected a number of 8 bits, found `256`',
      '2:7-2 FX0502 expected 0 to 16777216 bytes, found `-1`',
      '3:9-1 FX0502 expected a power of two up to 65536, found `3`',
      '4:9-2 FX0502 expected one of \\n \\t \\r \\0 \\b \\f \\\\ \\", found `\\q`',
    ]);
  });

  test('no text makes it fail otherwise', () => {
    const pieces = [
      'mov', 'jmp', 'rep', 'lock', 'push', 'eax', 'rax', 'gs:', '[', ']', '*', '8', '+', '-', ',', 'dword ptr', 'offset',
      '1b', '0x', "'", '"', '(', ')', '.long', '.rept', '.endr', '.code32', '.set', '.balign', 'a:', '1:', 'a', '%', ':',
      '<<', '999999999999999999999', ' ', '\n', '\n',
    ];
    let state = 1;
    const next = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 8;
    for (let round = 0; round < 3000; round++) {
      const text = Array.from({ length: 1 + next() % 25 }, () => pieces[next() % pieces.length]).join(' ');
      const diagnostics = new Diagnostics();
      const atom = assemble(text, 1, new Module('test'), diagnostics);
      expect(atom === null, text).toBe(diagnostics.failed);
    }
  });
});

test('what is no instruction becomes a byte', () => {
  expect(disassemble(Uint8Array.of(0x06), 0, 0)).toEqual({ length: 1, text: '.byte 0x6' });
  expect(disassemble(Uint8Array.of(0xe8, 0, 0), 0, 0)).toEqual({ length: 1, text: '.byte 0xe8' });
  const jump = disassemble(Uint8Array.of(0xe9, 0xfb, 0xff, 0xff, 0xff), 0, 0x400000);
  expect(jump).toEqual({ length: 5, text: 'jmp 0x400000' });
});
