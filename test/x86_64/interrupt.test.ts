/** An interrupt function keeps every register, whatever it and its callees do, and ends with iretq. */
import { expect, test } from 'vitest';
import { moduleOf, runProgram, sourceOf } from '../targets/machine.ts';
import { X86_64_MACHINE } from '../targets/machines.ts';
import { inFolder } from '../temporary-folder.ts';

const INTS = ['rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rbp', 'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15'];
const FLOATS = Array.from({ length: 15 }, (_, i) => `xmm${i}`);

const COUNT_LOST = 'je 1f\n  inc qword ptr [rip + lost]\n1:';

/**
 * long interrupted(fn): enters fn as the core does, with an iretq frame on the stack, and with a number of its own in
 * every register; returns how many differ afterwards.
 */
const HARNESS = `
  .text
  .global interrupted
interrupted:
  push rbp
  push rbx
  push r12
  push r13
  push r14
  push r15
  mov [rip + saved], rsp
  mov [rip + entry], rdi
${FLOATS.map((register, i) => `  mov eax, ${0x5000 + i}\n  movq ${register}, rax`).join('\n')}
  mov rcx, rsp
  and rsp, -16
  mov eax, ss
  push rax
  push rcx
  pushfq
  mov eax, cs
  push rax
  lea rax, [rip + back]
  push rax
${INTS.map((register, i) => `  mov ${register}, ${0x4000 + i}`).join('\n')}
  jmp [rip + entry]
back:
${INTS.map((register, i) => `  cmp ${register}, ${0x4000 + i}\n  ${COUNT_LOST}`).join('\n')}
  cmp rsp, [rip + saved]
  ${COUNT_LOST}
${FLOATS.map((register, i) => `  movq rax, ${register}\n  cmp rax, ${0x5000 + i}\n  ${COUNT_LOST}`).join('\n')}
  mov rax, [rip + lost]
  pop r15
  pop r14
  pop r13
  pop r12
  pop rbx
  pop rbp
  ret
  .data
  .balign 8
saved: .quad 0
entry: .quad 0
lost: .quad 0
`;

const FUNCTIONS = `
data @count writable size 8 align 8

fn @leaf() [interrupt] {
block0:
  v0 = symbol.ptr @count
  v1 = load.64.i64 v0
  v2 = iconst.i64 3
  v3 = mul.i64 v1, v2
  v4 = ctz.i64 v3
  v5 = add.i64 v4, v2
  store.64 v0, v5
  ret
}

fn @outer() [interrupt] {
block0:
  v0 = iconst.i64 7
  v1 = fconst.f64 2.5
  v2 = call @busy(v0, v1) : (i64, f64) -> i64
  v3 = symbol.ptr @count
  store.64 v3, v2
  ret
}

fn @busy(i64, f64) -> i64 [noinline] {
block0(v0: i64, v1: f64):
  v2 = fmul.f64 v1, v1
  v3 = ftoui.i64 v2
  v4 = urem.i64 v3, v0
  v5 = shl.i64 v4, v0
  ret v5
}
`;

test.each(['leaf', 'outer'])('%s', (name) => {
  const c = `#include <stdio.h>\nextern void ${name}(void);\nlong interrupted(void (*)(void));\nextern long count;\n` +
    `int main(void) { long lost = interrupted(${name}); printf("%ld %d", lost, count != 0); }\n`;
  const assembly = sourceOf(moduleOf(FUNCTIONS, X86_64_MACHINE.target), X86_64_MACHINE) + HARNESS;
  const text = inFolder((folder) => runProgram(X86_64_MACHINE, folder, c, assembly));
  expect(text).toBe('0 1');
});
