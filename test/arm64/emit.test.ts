/** Emission where no run shows it: long branches, interrupt functions, the text of small functions. */
import { describe, expect, it } from 'vitest';
import { CodeBuffer } from '../../fluxc/target/machine/code-buffer.ts';
import { disassemble } from '../../fluxc/target/arm64/disassembler.ts';
import { emitBranchBit, emitBranchCondition, emitBranchZero } from '../../fluxc/target/arm64/emit-branches.ts';
import { emitTrap } from '../../fluxc/target/arm64/emit.ts';
import { patch } from '../../fluxc/target/arm64/relocations.ts';
import { ARM64 } from '../../fluxc/target/arm64/target.ts';
import { atomsOf, listing, moduleOf } from '../targets/machine.ts';

/** The instructions of each function of a FIR text. */
function code(text: string): Record<string, string[]> {
  const module = moduleOf(text);
  return Object.fromEntries(
    atomsOf(module, ARM64)
      .filter((atom) => atom.section === '.text')
      .map((atom) => [module.symbols[atom.symbol]!.name, listing(atom, ARM64)]),
  );
}

describe('branches', () => {
  const NOP = 0xd503201f | 0;

  function across(words: number, branch: (out: CodeBuffer, label: number) => void): string[] {
    const out = new CodeBuffer(1);
    const write = () => {
      branch(out, 0);
      for (let i = 0; i < words; i++) out.put32(NOP);
      out.bind(0);
      out.put32(NOP);
    };
    out.emitUntilStable(write, (code) => emitTrap(out, code), patch);
    const bytes = out.finished();
    const lines: string[] = [];
    for (let at = 0; at < bytes.length - 4 * words - 4; at += 4) lines.push(disassemble(bytes, at, at).text);
    return lines;
  }

  it('are short while they reach and step over a jump where they do not', () => {
    const condition = (out: CodeBuffer, label: number) => emitBranchCondition(out, 0, label);
    const zero = (out: CodeBuffer, label: number) => emitBranchZero(out, 3, 0, label);
    const bit = (out: CodeBuffer, label: number) => emitBranchBit(out, 3, 40, label);
    expect(across(0x3fffe, condition)).toEqual(['b.eq 0xffffc']);
    expect(across(0x3ffff, condition)).toEqual(['b.ne 0x8', 'b 0x100004']);
    expect(across(0x3fffe, zero)).toEqual(['cbz w3, 0xffffc']);
    expect(across(0x3ffff, zero)).toEqual(['cbnz w3, 0x8', 'b 0x100004']);
    expect(across(0x1ffe, bit)).toEqual(['tbz x3, #40, 0x7ffc']);
    expect(across(0x1fff, bit)).toEqual(['tbnz x3, #40, 0x8', 'b 0x8004']);
  });
});

describe('functions', () => {
  it('that handle an interrupt keep every register and return from the exception', () => {
    const listings = code(`
external @handle

fn @leaf(ptr) [interrupt] {
block0(v0: ptr):
  v1 = load.u32.i32 v0 volatile
  store.u32 v0 + 4, v1 volatile
  ret
}

fn @caller() [interrupt] {
block0:
  call @handle() : ()
  ret
}

fn @bare() [naked] {
block0:
  ret
}
`);
    expect(listings).toMatchInlineSnapshot(`
      {
        "bare": [
          "ret",
        ],
        "caller": [
          "stp x16, x17, [sp, #-16]!",
          "stp x29, x30, [sp, #-16]!",
          "mov x29, sp",
          "sub sp, sp, #0x160",
          "stp x1, x0, [x29, #-16]",
          "stp x3, x2, [x29, #-32]",
          "stp x5, x4, [x29, #-48]",
          "stp x7, x6, [x29, #-64]",
          "stp x9, x8, [x29, #-80]",
          "stp x11, x10, [x29, #-96]",
          "stp x13, x12, [x29, #-112]",
          "stp x15, x14, [x29, #-128]",
          "stp x17, x16, [x29, #-144]",
          "str x30, [sp, #200]",
          "stp d1, d0, [x29, #-168]",
          "stp d3, d2, [x29, #-184]",
          "stp d5, d4, [x29, #-200]",
          "stp d7, d6, [x29, #-216]",
          "stp d17, d16, [x29, #-232]",
          "stp d19, d18, [x29, #-248]",
          "stp d21, d20, [x29, #-264]",
          "stp d23, d22, [x29, #-280]",
          "stp d25, d24, [x29, #-296]",
          "stp d27, d26, [x29, #-312]",
          "stp d29, d28, [x29, #-328]",
          "stp d31, d30, [x29, #-344]",
          "bl 0x68",
          "ldp x1, x0, [x29, #-16]",
          "ldp x3, x2, [x29, #-32]",
          "ldp x5, x4, [x29, #-48]",
          "ldp x7, x6, [x29, #-64]",
          "ldp x9, x8, [x29, #-80]",
          "ldp x11, x10, [x29, #-96]",
          "ldp x13, x12, [x29, #-112]",
          "ldp x15, x14, [x29, #-128]",
          "ldp x17, x16, [x29, #-144]",
          "ldr x30, [sp, #200]",
          "ldp d1, d0, [x29, #-168]",
          "ldp d3, d2, [x29, #-184]",
          "ldp d5, d4, [x29, #-200]",
          "ldp d7, d6, [x29, #-216]",
          "ldp d17, d16, [x29, #-232]",
          "ldp d19, d18, [x29, #-248]",
          "ldp d21, d20, [x29, #-264]",
          "ldp d23, d22, [x29, #-280]",
          "ldp d25, d24, [x29, #-296]",
          "ldp d27, d26, [x29, #-312]",
          "ldp d29, d28, [x29, #-328]",
          "ldp d31, d30, [x29, #-344]",
          "mov sp, x29",
          "ldp x29, x30, [sp], #16",
          "ldp x16, x17, [sp], #16",
          "eret",
        ],
        "leaf": [
          "stp x16, x17, [sp, #-16]!",
          "stp x29, x30, [sp, #-16]!",
          "mov x29, sp",
          "stp x1, x0, [sp, #-16]!",
          "stp x16, x16, [sp, #-16]!",
          "ldr w1, [x0]",
          "str w1, [x0, #4]",
          "ldr x16, [sp], #16",
          "ldp x1, x0, [sp], #16",
          "ldp x29, x30, [sp], #16",
          "ldp x16, x17, [sp], #16",
          "eret",
        ],
      }
    `);
  });

  it('are as short as the instruction set allows', () => {
    expect(
      code(`
data @state writable size 64 align 8

fn @counter() -> i64 {
block0:
  v0 = symbol.ptr @state + 8
  v1 = load.64.i64 v0
  v2 = iconst.i64 1
  v3 = add.i64 v1, v2
  v4 = symbol.ptr @state + 8
  store.64 v4, v3
  ret v3
}

fn @element(ptr, i32) -> i32 {
block0(v0: ptr, v1: i32):
  v2 = zext.i64 v1
  v3 = iconst.i64 2
  v4 = shl.i64 v2, v3
  v5 = ptradd.ptr v0, v4
  v6 = load.u32.i32 v5
  ret v6
}

fn @bounds(ptr, i64, i64) -> i32 {
block0(v0: ptr, v1: i64, v2: i64):
  v3 = icmp.uge v2, v1
  trapif v3, out_of_bounds
  v4 = ptradd.ptr v0, v2
  v5 = load.u8.i32 v4
  ret v5
}

fn @system(i64) -> i64 {
block0(v0: i64):
  v1 = iconst.i32 49664
  v2 = sysread.system.8.i64 v1
  v3 = or.i64 v2, v0
  v4 = iconst.i32 49664
  syswrite.system.8 v4, v3
  v5 = iconst.i64 0
  v6 = iconst.i32 50561
  syswrite.system.8 v6, v5
  ret v2
}

fn @wait(ptr) {
block0(v0: ptr):
  jump block1
block1:
  v1 = load.u32.i32 v0 + 24 volatile
  v2 = iconst.i32 32
  v3 = and.i32 v1, v2
  v4 = iconst.i32 0
  v5 = icmp.ne v3, v4
  brif v5, block3, block2
block2:
  v6 = iconst.i32 0
  store.u32 v0, v6 volatile
  ret
block3:
  jump block1
}

fn @maximum(i64, i64) -> i64 {
block0(v0: i64, v1: i64):
  v2 = icmp.sgt v0, v1
  v3 = select.i64 v2, v0, v1
  ret v3
}
`),
    ).toMatchInlineSnapshot(`
      {
        "bounds": [
          "cmp x2, x1",
          "b.cs 0x10",
          "ldrb w0, [x0, x2]",
          "ret",
          "stp x29, x30, [sp, #-16]!",
          "mov x29, sp",
          "brk #0x3",
        ],
        "counter": [
          "adrp x0, 0x0",
          "ldr x0, [x0]",
          "add x0, x0, #0x1",
          "adrp x1, 0x0",
          "str x0, [x1]",
          "ret",
        ],
        "element": [
          "ldr w0, [x0, w1, uxtw #2]",
          "ret",
        ],
        "maximum": [
          "cmp x0, x1",
          "csel x0, x0, x1, gt",
          "ret",
        ],
        "system": [
          "mrs x1, spsr_el1",
          "orr x0, x1, x0",
          "msr spsr_el1, x0",
          "msr s3_0_c11_c0_1, xzr",
          "mov x0, x1",
          "ret",
        ],
        "wait": [
          "ldr w1, [x0, #24]",
          "tbnz w1, #5, 0x0",
          "str wzr, [x0]",
          "ret",
        ],
      }
    `);
  });
});
