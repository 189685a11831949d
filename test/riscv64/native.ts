/**
 * Runs compiled functions under qemu-riscv64: their atoms are placed at a fixed address inside a small static C program
 * that calls them one after the other and catches traps.
 *
 * A function under test takes two pointers: `ARGUMENT_BYTES` bytes of arguments and 8 bytes for its result.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import type { Module } from '../../fluxc/fir/module.ts';
import type { Atom } from '../../fluxc/target/machine/atom.ts';
import { generate } from '../../fluxc/target/machine/generate.ts';
import { RISCV64 } from '../../fluxc/target/riscv64/target.ts';
import { inFolder, run } from './gnu.ts';

export const ARGUMENT_BYTES = 32;
const BASE = 0x40000000;

export interface Call {
  name: string;
  args: Uint8Array;
}

export type NativeResult = { trap: number } | { value: bigint };

/** Atoms one behind the other from `BASE` on, relocations applied. */
export function place(module: Module, atoms: readonly Atom[], externals: Record<string, number> = {}): {
  bytes: Uint8Array; addressOf: Map<string, number>;
} {
  const addressOf = new Map<string, number>(Object.entries(externals));
  let size = 0;
  const offsets = atoms.map((atom) => {
    const align = Math.max(atom.align, 1);
    const offset = Math.ceil(size / align) * align;
    size = offset + atom.size;
    addressOf.set(module.symbols[atom.symbol]!.name, BASE + offset);
    for (const [symbol, at] of atom.labels) addressOf.set(module.symbols[symbol]!.name, BASE + offset + at);
    return offset;
  });
  const bytes = new Uint8Array(size);
  atoms.forEach((atom, i) => {
    const offset = offsets[i]!;
    bytes.set(atom.bytes, offset);
    for (const relocation of atom.relocations) {
      const name = module.symbols[relocation.symbol]!.name;
      const address = addressOf.get(name);
      if (address === undefined) throw new Error(`nobody defines ${name}`);
      const at = offset + relocation.offset;
      const problem = RISCV64.relocate(bytes, at, relocation.kind, address + relocation.addend, BASE + at);
      if (problem) throw new Error(problem);
    }
  });
  return { bytes, addressOf };
}

const HARNESS = `
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

static sigjmp_buf end;
static volatile uint64_t code;

static void on_trap(int number, siginfo_t *info, void *context) {
  (void)info;
  uint64_t pc = ((ucontext_t *)context)->uc_mcontext.__gregs[REG_PC];
  code = number == SIGTRAP ? *(uint32_t *)(pc + 4) >> 12 : 1000 + number;
  siglongjmp(end, 1);
}

/* Fills what a function may rely on nobody to have cleared, and checks what it must keep. */
extern uint64_t guarded_call(void *function, void *args, void *out);

int main(int count, char **arguments) {
  (void)count;
  struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_NODEFER };
  int signals[] = { SIGTRAP, SIGSEGV, SIGBUS, SIGILL, SIGFPE };
  for (int i = 0; i < 5; i++) sigaction(signals[i], &action, 0);
  FILE *calls = fopen(arguments[1], "rb");
  uint64_t function;
  static _Alignas(16) uint8_t args[${ARGUMENT_BYTES}];
  while (fread(&function, 8, 1, calls) == 1 && fread(args, 1, sizeof args, calls) == sizeof args) {
    volatile uint64_t result[2] = { 0, 0 };
    if (sigsetjmp(end, 1) == 0) {
      if (guarded_call((void *)function, args, (void *)&result[1])) { result[0] = 1; result[1] = 999; }
    } else { result[0] = 1; result[1] = code; }
    fwrite((void *)result, 16, 1, stdout);
  }
  return 0;
}
`;

/** Calls with known values in all callee-saved registers; 1 if one of them or the stack pointer changed. */
const GUARD = `
.text
.globl guarded_call
guarded_call:
  addi sp, sp, -224
  sd ra, 0(sp)
${Array.from({ length: 12 }, (_, i) => `  sd s${i}, ${8 + 8 * i}(sp)`).join('\n')}
${Array.from({ length: 12 }, (_, i) => `  fsd fs${i}, ${104 + 8 * i}(sp)`).join('\n')}
  sd sp, 200(sp)
${Array.from({ length: 12 }, (_, i) => `  li s${i}, ${0x7700 + i}\n  fmv.d.x fs${i}, s${i}`).join('\n')}
  mv t0, a0
  mv a0, a1
  mv a1, a2
  li a2, -1
  li a3, -1
  li t6, -1
  jalr t0
  li a0, 0
  ld t0, 200(sp)
  sub t0, t0, sp
  or a0, a0, t0
${Array.from({ length: 12 }, (_, i) => `  li t1, ${0x7700 + i}
  xor t0, s${i}, t1
  or a0, a0, t0
  fmv.x.d t0, fs${i}
  xor t0, t0, t1
  or a0, a0, t0`).join('\n')}
  snez a0, a0
  ld ra, 0(sp)
${Array.from({ length: 12 }, (_, i) => `  ld s${i}, ${8 + 8 * i}(sp)`).join('\n')}
${Array.from({ length: 12 }, (_, i) => `  fld fs${i}, ${104 + 8 * i}(sp)`).join('\n')}
  addi sp, sp, 224
  ret
.section .flux, "awx"
.incbin "blob.bin"
`;

export function atomsOf(module: Module): Atom[] {
  const diagnostics = new Diagnostics();
  const atoms = generate(module, RISCV64, diagnostics, { check: true });
  if (diagnostics.failed) throw new Error(diagnostics.list.map((item) => item.message).join('\n'));
  return atoms;
}

/** Compiles `module` and makes all calls. */
export function runNative(module: Module, calls: readonly Call[]): NativeResult[] {
  return runAtoms(module, atomsOf(module), calls);
}

export function runAtoms(module: Module, atoms: readonly Atom[], calls: readonly Call[]): NativeResult[] {
  const { bytes, addressOf } = place(module, atoms);
  return inFolder((folder) => {
    const path = (name: string) => join(folder, name);
    writeFileSync(path('blob.bin'), bytes);
    writeFileSync(path('main.c'), HARNESS);
    writeFileSync(path('guard.s'), GUARD);
    run('riscv64-linux-gnu-gcc', [
      '-static', '-no-pie', '-O1', '-w', `-Wl,--section-start=.flux=0x${BASE.toString(16)}`, `-Wa,-I${folder}`,
      path('main.c'), path('guard.s'), '-o', path('main'),
    ]);
    const record = 8 + ARGUMENT_BYTES;
    const input = new Uint8Array(record * calls.length);
    const view = new DataView(input.buffer);
    calls.forEach((call, i) => {
      view.setBigUint64(record * i, BigInt(addressOf.get(call.name)!), true);
      input.set(call.args, record * i + 8);
    });
    writeFileSync(path('calls.bin'), input);
    const output = execFileSync('qemu-riscv64', [path('main'), path('calls.bin')], {
      maxBuffer: 1 << 28, timeout: 120_000,
    });
    const results = new DataView(output.buffer, output.byteOffset, output.byteLength);
    return calls.map((_, i): NativeResult => {
      const value = results.getBigUint64(16 * i + 8, true);
      return results.getBigUint64(16 * i, true) === 0n ? { value } : { trap: Number(value) };
    });
  });
}
