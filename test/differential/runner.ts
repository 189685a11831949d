/**
 * The code that runs a batch inside a static Linux program: calls each main function, writes 16 bytes about each to
 * standard output (`readResults`), and goes on with the next one after a trap.
 *
 * A trap instruction raises a signal. The handler finds the instruction through the machine context, reads the trap
 * code out of it, and continues in the loop with the stack as it was. Offsets in the context are the kernel's
 * (`asm/sigcontext.h`, `asm/ucontext.h` of each architecture).
 */
import { type Data, type Module, SymbolKind } from '../../fluxc/fir/module.ts';
import type { Arch } from '../../fluxc/target/machine/target.ts';

export const ENTRY = 'runner.start';
/** SA_SIGINFO | SA_NODEFER | SA_RESTORER: the handler does not return, so the signal must not stay blocked. */
const FLAGS = 0x4 | 0x40000000 | 0x04000000;
/** riscv64 has no restorer, neither the flag nor the field. */
const FLAGS_RISCV64 = 0x4 | 0x40000000;
/** SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV */
const SIGNALS = [4, 5, 7, 8, 11];

/** Adds the runner of `mains` to `module`. */
export function addRunner(module: Module, mains: readonly string[], arch: Arch): void {
  const object = (name: string, size: number, writable: boolean, words: [offset: number, value: bigint][]) => {
    const bytes = new Uint8Array(size);
    for (const [offset, value] of words) new DataView(bytes.buffer).setBigUint64(offset, value, true);
    const data: Data = { bytes, size, align: 16, writable, references: [] };
    return { name, data };
  };
  const programs = object('runner.programs', 8 * mains.length, false, []);
  programs.data.references = mains.map((main, index) => ({ offset: 8 * index, symbol: module.find(main)!, addend: 0 }));
  // index of the program, stack pointer of the loop, record: kind, value
  const state = object('runner.state', 32, true, []);
  const flags = arch === 'riscv64' ? FLAGS_RISCV64 : FLAGS;
  const action = object('runner.action', 32, false, [[8, BigInt(flags)]]);
  const handler = module.symbol('runner.handler');
  action.data.references.push({ offset: 0, symbol: handler, addend: 0 });
  if (arch !== 'riscv64') action.data.references.push({ offset: 16, symbol: handler, addend: 0 });
  for (const { name, data } of [programs, state, action]) module.defineData(name, data, 0);
  const text = TEXTS[arch](mains.length);
  module.symbols[module.defineAssembly(ENTRY, { text, loc: 0 }, 0)]!.root = true;
  if (module.symbols[handler]!.kind !== SymbolKind.External) throw new Error('the handler is a label of the runner');
}

const TEXTS: Record<Arch, (count: number) => string> = {
  x86_64: (count) => `
  and rsp, -16
  lea rbx, [rip + runner.state]
  mov [rbx + 8], rsp
${SIGNALS.map((signal) => `
  mov eax, 13
  mov edi, ${signal}
  lea rsi, [rip + runner.action]
  xor edx, edx
  mov r10d, 8
  syscall`).join('')}
next:
  lea rbx, [rip + runner.state]
  mov rsp, [rbx + 8]
  mov rcx, [rbx]
  cmp rcx, ${count}
  je done
  lea rax, [rip + runner.programs]
  call [rax + rcx * 8]
  mov rdx, rax
  xor esi, esi
record:
  lea rbx, [rip + runner.state]
  mov [rbx + 16], rsi
  mov [rbx + 24], rdx
  mov rcx, [rbx]
  add rcx, 1
  mov [rbx], rcx
  mov eax, 1
  mov edi, 1
  lea rsi, [rbx + 16]
  mov edx, 16
  syscall
  jmp next
done:
  mov eax, 60
  xor edi, edi
  syscall
.global runner.handler
runner.handler:
  mov ecx, edi
  mov esi, 2
  cmp edi, 4
  jne signal
  mov rax, [rdx + 168]
  movzx r8d, word ptr [rax]
  cmp r8d, 0xb90f
  jne signal
  movzx ecx, byte ptr [rax + 3]
  mov esi, 1
signal:
  mov edx, ecx
  jmp record
`,
  arm64: (count) => `
  adrp x19, runner.state
  add x19, x19, :lo12:runner.state
  mov x0, sp
  str x0, [x19, #8]
${SIGNALS.map((signal) => `
  mov x8, #134
  mov x0, #${signal}
  adrp x1, runner.action
  add x1, x1, :lo12:runner.action
  mov x2, #0
  mov x3, #8
  svc #0`).join('')}
next:
  adrp x19, runner.state
  add x19, x19, :lo12:runner.state
  ldr x0, [x19, #8]
  mov sp, x0
  ldr x1, [x19]
  mov x2, #${count}
  cmp x1, x2
  b.eq done
  adrp x0, runner.programs
  add x0, x0, :lo12:runner.programs
  ldr x0, [x0, x1, lsl #3]
  blr x0
  mov x2, x0
  mov x1, #0
record:
  adrp x19, runner.state
  add x19, x19, :lo12:runner.state
  stp x1, x2, [x19, #16]
  ldr x0, [x19]
  add x0, x0, #1
  str x0, [x19]
  mov x8, #64
  mov x0, #1
  add x1, x19, #16
  mov x2, #16
  svc #0
  b next
done:
  mov x8, #93
  mov x0, #0
  svc #0
.global runner.handler
runner.handler:
  mov x4, x0
  mov x1, #2
  cmp x0, #5
  b.ne signal
  ldr x5, [x2, #440]
  ldr w5, [x5]
  mov x1, #1
  lsr w4, w5, #5
  and w4, w4, #0xffff
signal:
  mov x2, x4
  b record
`,
  riscv64: (count) => `
  la s1, runner.state
  sd sp, 8(s1)
${SIGNALS.map((signal) => `
  li a7, 134
  li a0, ${signal}
  la a1, runner.action
  li a2, 0
  li a3, 8
  ecall`).join('')}
next:
  la s1, runner.state
  ld sp, 8(s1)
  ld a1, 0(s1)
  li a2, ${count}
  beq a1, a2, done
  la a0, runner.programs
  slli a1, a1, 3
  add a0, a0, a1
  ld a0, 0(a0)
  jalr ra, a0, 0
  mv a2, a0
  li a1, 0
record:
  la s1, runner.state
  sd a1, 16(s1)
  sd a2, 24(s1)
  ld a0, 0(s1)
  addi a0, a0, 1
  sd a0, 0(s1)
  li a7, 64
  li a0, 1
  addi a1, s1, 16
  li a2, 16
  ecall
  j next
done:
  li a7, 93
  li a0, 0
  ecall
.global runner.handler
runner.handler:
  mv a4, a0
  li a1, 2
  li a5, 5
  bne a0, a5, signal
  ld a5, 176(a2)
  lhu a3, 0(a5)
  andi a3, a3, 3
  addi a5, a5, 2
  li a6, 3
  bne a3, a6, short
  addi a5, a5, 2
short:
  lwu a4, 0(a5)
  srli a4, a4, 12
  li a1, 1
signal:
  mv a2, a4
  j record
`,
};
