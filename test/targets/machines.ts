/** The targets as machines that tests run code on: see `machine.ts`. */
import { arch } from 'node:os';
import { Type } from '../../fluxc/fir/types.ts';
import { ARM64 } from '../../fluxc/target/arm64/target.ts';
import { Relocation } from '../../fluxc/target/riscv64/relocations.ts';
import { RISCV64 } from '../../fluxc/target/riscv64/target.ts';
import { X86_64 } from '../../fluxc/target/x86_64/target.ts';
import { type Machine, NOISE } from './machine.ts';

/** Frames of tests are large; this is more than the usual limit. */
const STACK_BYTES = 64 << 20;

function withNoise(low: bigint): bigint {
  return ((NOISE >> 32n) << 32n) | low;
}

const ARM64_TRAMPOLINE = `
  .text
  .global trampoline
trampoline:
  stp x29, x30, [sp, #-176]!
  mov x29, sp
  stp x19, x20, [sp, #16]
  stp x21, x22, [sp, #32]
  stp x23, x24, [sp, #48]
  stp x25, x26, [sp, #64]
  stp x27, x28, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  str x1, [sp, #160]
  mov x9, x0
  mov x10, x1
  sub sp, sp, #64
  .irp i, 0,1,2,3,4,5,6,7
  ldr x11, [x10, #128 + 8 * \\i]
  str x11, [sp, #8 * \\i]
  .endr
  .irp i, 8,9,10,11,12,13,14,15
  mov x11, #0x1000 + \\i
  fmov d\\i, x11
  .endr
  .irp i, 19,20,21,22,23,24,25,26,27,28
  mov x\\i, #0x2000 + \\i
  .endr
  .irp i, 0,1,2,3,4,5,6,7
  ldr d\\i, [x10, #64 + 8 * \\i]
  .endr
  ldp x0, x1, [x10]
  ldp x2, x3, [x10, #16]
  ldp x4, x5, [x10, #32]
  ldp x6, x7, [x10, #48]
  blr x9
  add sp, sp, #64
  ldr x10, [x29, #160]
  stp x0, x1, [x10]
  stp d0, d1, [x10, #16]
  cmp sp, x29
  cset x0, ne
  .irp i, 8,9,10,11,12,13,14,15
  mov x11, #0x1000 + \\i
  fmov x12, d\\i
  cmp x11, x12
  cinc x0, x0, ne
  .endr
  .irp i, 19,20,21,22,23,24,25,26,27,28
  mov x11, #0x2000 + \\i
  cmp x11, x\\i
  cinc x0, x0, ne
  .endr
  mov sp, x29
  ldp x19, x20, [sp, #16]
  ldp x21, x22, [sp, #32]
  ldp x23, x24, [sp, #48]
  ldp x25, x26, [sp, #64]
  ldp x27, x28, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  ldp x29, x30, [sp], #176
  ret
`;

export const ARM64_MACHINE: Machine = {
  target: ARM64,
  intArguments: 8,
  floatArguments: 8,
  floatsCross: false,
  trampoline: ARM64_TRAMPOLINE,
  syntax: '',
  compiler: 'aarch64-linux-gnu-gcc',
  runner: ['qemu-aarch64', '-s', String(STACK_BYTES)],
  programCounter: 'c->uc_mcontext.pc',
  relocation(start, { offset, kind }, symbol) {
    return [`.reloc ${start} + ${offset}, R_AARCH64_${ARM64.relocationName(kind).toUpperCase()}, ${symbol}`];
  },
  extended: (_type, low) => withNoise(low),
  // brk #code
  trapCode: (bytes) => ((bytes & 0xffe0001fn) === 0xd4200000n ? Number((bytes >> 5n) & 0xffffn) : -1),
};

const COUNT = Array.from({ length: 12 }, (_, i) => i);

const RISCV64_TRAMPOLINE = `
  .text
  .global trampoline
trampoline:
  addi sp, sp, -224
  sd ra, 0(sp)
${COUNT.map((i) => `  sd s${i}, ${8 + 8 * i}(sp)\n  fsd fs${i}, ${104 + 8 * i}(sp)`).join('\n')}
  sd sp, 200(sp)
  sd a1, 208(sp)
  mv t5, a0
  mv t6, a1
  addi sp, sp, -64
${COUNT.slice(0, 8).map((i) => `  ld t0, ${128 + 8 * i}(t6)
  sd t0, ${8 * i}(sp)
  fld fa${i}, ${64 + 8 * i}(t6)`).join('\n')}
${COUNT.map((i) => `  li s${i}, ${0x7700 + i}\n  fmv.d.x fs${i}, s${i}`).join('\n')}
${COUNT.slice(0, 8).map((i) => `  ld a${i}, ${8 * i}(t6)`).join('\n')}
  li t6, -1
  jalr t5
  addi sp, sp, 64
  ld t2, 208(sp)
  sd a0, 0(t2)
  sd a1, 8(t2)
  fsd fa0, 16(t2)
  fsd fa1, 24(t2)
  ld a0, 200(sp)
  sub a0, a0, sp
${COUNT.map((i) => `  li t1, ${0x7700 + i}
  xor t0, s${i}, t1
  or a0, a0, t0
  fmv.x.d t0, fs${i}
  xor t0, t0, t1
  or a0, a0, t0`).join('\n')}
  ld ra, 0(sp)
${COUNT.map((i) => `  ld s${i}, ${8 + 8 * i}(sp)\n  fld fs${i}, ${104 + 8 * i}(sp)`).join('\n')}
  addi sp, sp, 224
  ret
`;

export const RISCV64_MACHINE: Machine = {
  target: RISCV64,
  intArguments: 8,
  floatArguments: 8,
  floatsCross: true,
  trampoline: RISCV64_TRAMPOLINE,
  syntax: '',
  compiler: 'riscv64-linux-gnu-gcc',
  runner: ['qemu-riscv64', '-s', String(STACK_BYTES)],
  programCounter: 'c->uc_mcontext.__gregs[REG_PC]',
  relocation(start, { offset, kind }, symbol) {
    const at = `.reloc ${start} + ${offset}`;
    if (kind === Relocation.Call) return [`${at}, R_RISCV_CALL_PLT, ${symbol}`];
    if (kind !== Relocation.PairI && kind !== Relocation.PairS) {
      return [`${at}, ${RISCV64.relocationName(kind)}, ${symbol}`];
    }
    // ELF has one relocation for each instruction of the pair; the second names the place of the first.
    const pair = `${start.slice(1)}_${offset}`;
    const low = kind === Relocation.PairI ? 'R_RISCV_PCREL_LO12_I' : 'R_RISCV_PCREL_LO12_S';
    return [
      // GNU as would name the section instead of a local label.
      `.global ${pair}`, `.set ${pair}, ${start} + ${offset}`, `${at}, R_RISCV_PCREL_HI20, ${symbol}`,
      `.reloc ${start} + ${offset + 4}, ${low}, ${pair}`,
    ];
  },
  // Integers are sign-extended; floats of 32 bits stand in all ones.
  extended(type, low) {
    return type === Type.F32 ? (0xffffffffn << 32n) | low : BigInt.asUintN(64, BigInt.asIntN(32, low));
  },
  // ebreak, and the code in the upper 20 bits of the word behind it
  trapCode: (bytes) => ((bytes & 0xffffffffn) === 0x00100073n ? Number(bytes >> 44n) : -1),
};

const KEPT = ['rbx', 'r12', 'r13', 'r14', 'r15'];

const X86_64_TRAMPOLINE = `
  .text
  .global trampoline
trampoline:
  push rbp
  mov rbp, rsp
${KEPT.map((register) => `  push ${register}`).join('\n')}
  push rsi
  mov r11, rdi
  mov r10, rsi
${[7, 6, 5, 4, 3, 2, 1, 0].map((slot) => `  push qword ptr [r10 + ${8 * (14 + slot)}]`).join('\n')}
${[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `  movsd xmm${i}, qword ptr [r10 + ${8 * (6 + i)}]`).join('\n')}
${KEPT.map((register, i) => `  mov ${register}, 0x${0x1111 * (i + 1)}`).join('\n')}
${['rdi', 'rsi', 'rdx', 'rcx', 'r8', 'r9'].map((register, i) => `  mov ${register}, [r10 + ${8 * i}]`).join('\n')}
  call r11
  mov r10, [rbp - 48]
  mov [r10], rax
  mov [r10 + 8], rdx
  movsd qword ptr [r10 + 16], xmm0
  movsd qword ptr [r10 + 24], xmm1
  xor eax, eax
${KEPT.map((register, i) => `  cmp ${register}, 0x${0x1111 * (i + 1)}\n  je 1f\n  inc eax\n1:`).join('\n')}
  lea rdx, [rbp - 112]
  cmp rsp, rdx
  je 1f
  inc eax
1:
  lea rsp, [rbp - 40]
${[...KEPT].reverse().map((register) => `  pop ${register}`).join('\n')}
  pop rbp
  ret
`;

const IS_HOST = arch() === 'x64';

export const X86_64_MACHINE: Machine = {
  target: X86_64,
  intArguments: 6,
  floatArguments: 8,
  floatsCross: false,
  trampoline: X86_64_TRAMPOLINE,
  syntax: '.intel_syntax noprefix',
  compiler: IS_HOST ? 'gcc' : 'x86_64-linux-gnu-gcc',
  runner: IS_HOST
    ? ['sh', '-c', `ulimit -s ${STACK_BYTES >> 10}; exec "$0"`] : ['qemu-x86_64', '-s', String(STACK_BYTES)],
  programCounter: 'c->uc_mcontext.gregs[REG_RIP]',
  relocation(start, { offset, kind }, symbol) {
    return [`.reloc ${start} + ${offset}, ${X86_64.relocationName(kind)}, ${symbol}`];
  },
  extended: (_type, low) => withNoise(low),
  // ud1 eax, [rax + code]: 0F B9 40 and the code
  trapCode: (bytes) => ((bytes & 0xffffffn) === 0x40b90fn ? Number((bytes >> 24n) & 0xffn) : -1),
};

export const MACHINES = [ARM64_MACHINE, RISCV64_MACHINE, X86_64_MACHINE];
