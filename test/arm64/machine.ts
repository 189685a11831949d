/**
 * Runs generated code under qemu-aarch64: the atoms of a module become a GNU assembler file (bytes, and relocations by
 * their ELF names, so GNU ld judges those), linked with a small C program that calls functions and prints what they return.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import type { Module } from '../../fluxc/fir/module.ts';
import { parseModule } from '../../fluxc/fir/parse.ts';
import { isFloat, type Type } from '../../fluxc/fir/types.ts';
import { verifyModule } from '../../fluxc/fir/verify.ts';
import { ARM64 } from '../../fluxc/target/arm64/target.ts';
import type { Atom } from '../../fluxc/target/machine/atom.ts';
import { generate } from '../../fluxc/target/machine/generate.ts';

export interface Call {
  name: string;
  /** floats by their bits */
  args: bigint[];
}

/** Registers x0, x1, d0, d1 after the call, or the code of the trap. */
export type Result =
  { kind: 'results'; ints: [bigint, bigint]; floats: [bigint, bigint] } | { kind: 'trap'; code: number };

/** The module that a FIR text describes; throws with the messages if there are any. */
export function moduleOf(text: string): Module {
  const sources = new Sources();
  const diagnostics = new Diagnostics();
  const module = parseModule(sources.add('test.fir', text), diagnostics);
  const complaints = diagnostics.list.map((d) => `${sources.place(d.span?.start ?? 0)?.line}: ${d.message}`);
  if (module) complaints.push(...verifyModule(module));
  if (!module || complaints.length > 0) throw new Error(complaints.join('\n'));
  return module;
}

export function atomsOf(module: Module): Atom[] {
  const diagnostics = new Diagnostics();
  const atoms = generate(module, ARM64, diagnostics, { check: true });
  if (diagnostics.failed) throw new Error(diagnostics.list.map((d) => d.message).join('\n'));
  return atoms;
}

/** The disassembly of a function, one instruction a line. */
export function listing(atom: Atom): string[] {
  const lines: string[] = [];
  for (let at = 0; at < atom.bytes.length; at += 4) lines.push(ARM64.disassemble(atom.bytes, at, at).text);
  return lines;
}

function atomSource(atom: Atom, module: Module): string {
  const label = (symbol: number) => `"${module.symbols[symbol]!.name}"`;
  const flags = atom.section === '.text' ? 'ax' : 'aw';
  const lines = [
    `.section ${atom.section}, "${flags}", %${atom.section === '.bss' ? 'nobits' : 'progbits'}`,
    `.balign ${atom.align}`,
    `.global ${label(atom.symbol)}`,
    `${label(atom.symbol)}:`,
  ];
  for (const { offset, kind, symbol, addend } of atom.relocations) {
    const name = `R_AARCH64_${ARM64.relocationName(kind).toUpperCase()}`;
    lines.push(`.reloc . + ${offset}, ${name}, ${label(symbol)} + ${addend}`);
  }
  if (atom.bytes.length > 0) lines.push(`.byte ${Array.from(atom.bytes).join(',')}`);
  if (atom.size > atom.bytes.length) lines.push(`.zero ${atom.size - atom.bytes.length}`);
  return lines.join('\n');
}

/** Calls `fn` with all argument registers and 8 stack slots set; checks that what a callee keeps is kept. */
const TRAMPOLINE = `
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

const HARNESS = `
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <ucontext.h>
struct call { void (*fn)(void); uint64_t args[24]; };
extern const struct call calls[];
extern const int call_count;
long trampoline(void (*fn)(void), uint64_t *args);
static sigjmp_buf back;
static uint32_t trapped;
static void on_trap(int signal, siginfo_t *info, void *context) {
  ucontext_t *c = context;
  trapped = signal == SIGTRAP ? *(uint32_t *)c->uc_mcontext.pc : 0;
  siglongjmp(back, 1);
}
int main(void) {
  struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_NODEFER };
  sigaction(SIGTRAP, &action, 0);
  sigaction(SIGSEGV, &action, 0);
  sigaction(SIGILL, &action, 0);
  sigaction(SIGBUS, &action, 0);
  for (int i = 0; i < call_count; i++) {
    uint64_t args[24];
    for (int k = 0; k < 24; k++) args[k] = calls[i].args[k];
    if (sigsetjmp(back, 1)) { printf("t %x\\n", trapped); continue; }
    long lost = trampoline(calls[i].fn, args);
    if (lost) printf("lost %ld\\n", lost);
    else printf("r %lx %lx %lx %lx\\n", args[0], args[1], args[2], args[3]);
  }
  return 0;
}
`;

/** Where the arguments of a call go: 8 integer registers, 8 float registers, 8 stack slots. */
function placeArguments(params: readonly Type[], args: readonly bigint[]): bigint[] {
  // What no argument sets holds this, and so does the upper half of what is 32 bits wide.
  const noise = 0xfeedfacedeadbeefn;
  const slots = new Array<bigint>(24).fill(noise);
  let ints = 0;
  let floats = 0;
  let stack = 0;
  params.forEach((type, i) => {
    const wide = ARGUMENT_BITS[type] === 64;
    const value = wide
      ? BigInt.asUintN(64, args[i]!)
      : ((noise << 32n) & (2n ** 64n - 1n)) | BigInt.asUintN(32, args[i]!);
    if (isFloat(type) && floats < 8) slots[8 + floats++] = value;
    else if (!isFloat(type) && ints < 8) slots[ints++] = value;
    else slots[16 + stack++] = value;
  });
  return slots;
}

/** Bits of each FIR type as an argument. */
const ARGUMENT_BITS = [0, 0, 0, 32, 64, 32, 64, 64, 64, 0, 0, 32, 64, 64, 64, 64, 64];

/** Runs every call, in order, in one process. */
export function runOnMachine(module: Module, calls: readonly Call[], atoms = atomsOf(module)): Result[] {
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-arm64-'));
  try {
    const names = [...new Set(calls.map(({ name }) => name))];
    const rows = calls.map(({ name, args }) => {
      const { params } = module.symbols[module.find(name)!]!.func!.signature;
      return `{ f${names.indexOf(name)}, { ${placeArguments(params, args)
        .map((arg) => `${arg}u`)
        .join(', ')} } },`;
    });
    const declarations = names.map((name, i) => `extern void f${i}(void) __asm__("${name}");`);
    const table = [
      ...declarations,
      'const struct call calls[] = {',
      ...rows,
      '};',
      `const int call_count = ${calls.length};`,
    ].join('\n');
    writeFileSync(join(folder, 'code.s'), atoms.map((atom) => atomSource(atom, module)).join('\n') + '\n' + TRAMPOLINE);
    writeFileSync(join(folder, 'main.c'), HARNESS + table);
    execFileSync('aarch64-linux-gnu-gcc', ['-static', '-O1', '-w', '-o', 'program', 'main.c', 'code.s'], {
      cwd: folder,
    });
    const out = execFileSync('qemu-aarch64', ['-s', '67108864', './program'], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
      maxBuffer: 1 << 28,
    });
    const results = out.trim().split('\n').map(readResult);
    if (results.length !== calls.length) throw new Error(`${calls.length} calls, ${results.length} results`);
    return results;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readResult(line: string): Result {
  const [kind, ...numbers] = line.split(' ');
  const words = numbers.map((digits) => BigInt(`0x${digits}`)) as [bigint, bigint, bigint, bigint];
  if (kind === 'r') return { kind: 'results', ints: [words[0], words[1]], floats: [words[2], words[3]] };
  const isBreak = kind === 't' && (words[0] & 0xffe0001fn) === 0xd4200000n;
  if (!isBreak) throw new Error(`the program did something else: ${line}`);
  return { kind: 'trap', code: Number((words[0] >> 5n) & 0xffffn) };
}
