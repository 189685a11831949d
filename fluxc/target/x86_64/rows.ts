/**
 * The instruction table of x86-64: one row a form, in the notation of the Intel SDM, volume 2.
 *
 * Encoder, assembler, disassembler, code generation and the checks against GNU binutils read this table and nothing
 * else. A row is a mnemonic, its operands in Intel order, and its encoding:
 *
 * - `66`, `F2`, `F3` in front of other bytes are prefixes that belong to the form; `REX.W` asks for that bit.
 * - bytes in hexadecimal are the opcode; `+r` behind the last puts a register into its low three bits.
 * - `o16` is the prefix 66 that makes operands 16 bits wide in 32- and 64-bit code; `o32` the one that makes them 32 bits
 *   wide in 16-bit code.
 * - `/r` is a ModRM byte with a register and a register-or-memory operand, `/0` to `/7` one with that digit as
 *   register.
 * - `only16`, `only32`, `only64`: the mode in which the form exists; 16-bit code has those of `only32` too. `rep`: may be repeated by F3 (and F2). `alias`: another
 *   spelling, never chosen by the disassembler.
 *
 * Operands named with `v` (`rv`, `rmv`, `immv`, `rrv`, `rnzv`, `Av`) make three forms of the row: 16 bits with prefix 66, 32
 * bits, and 64 bits with REX.W; `s16`, `s32`, `s64` in the encoding restrict them. A row with several mnemonics gives
 * all but the first as aliases.
 *
 * Operand kinds (`forms.ts` has the fields they go to):
 *
 *     r8 r16 r32 r64    register in ModRM.reg or the opcode         rm8 … rm64    register or memory in ModRM.rm
 *     rr32 rr64         register in ModRM.rm, no memory             m, m8 … m128  memory; plain m has no size
 *     xmm               in ModRM.reg                                xm32 xm64 xm128, xr  the same for xmm in ModRM.rm
 *     sreg creg dreg    segment, control, debug register            al ax eax rax cl dx 1 es …  exactly this
 *     imm8 imm16 imm32 imm64   as many bits                         imm8s imm32s  sign-extended to the operand's size
 *     rel8 rel16 rel32  branch target                               moffs8 … moffs64  address without ModRM
 *     far               segment:offset                              rnz32 …       register in the opcode, not the first
 */

export type Encoding = string;
export type Row = readonly [mnemonics: string, operands: string, encoding: Encoding];

/** `add`, `or` … in the order of their digit. */
export const ARITHMETIC = ['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor', 'cmp'] as const;
export const SHIFTS = ['rol', 'ror', 'rcl', 'rcr', 'shl sal', 'shr', '', 'sar'] as const;
/** Condition codes in the order of their number; the first name is the one that is printed. */
export const CONDITIONS = [
  'o', 'no', 'b c nae', 'ae nb nc', 'e z', 'ne nz', 'be na', 'a nbe', 's', 'ns', 'p pe', 'np po', 'l nge', 'ge nl',
  'le ng', 'g nle',
] as const;

const hex = (byte: number) => byte.toString(16).toUpperCase().padStart(2, '0');

function arithmeticRows(): Row[] {
  return ARITHMETIC.flatMap((name, digit): Row[] => {
    const opcode = 8 * digit;
    return [
      [name, 'rm8, r8', `${hex(opcode)} /r`],
      [name, 'rmv, rv', `${hex(opcode + 1)} /r`],
      [name, 'r8, rm8', `${hex(opcode + 2)} /r`],
      [name, 'rv, rmv', `${hex(opcode + 3)} /r`],
      [name, 'rmv, imm8s', `83 /${digit}`],
      [name, 'al, imm8', `${hex(opcode + 4)}`],
      [name, 'Av, immv', `${hex(opcode + 5)}`],
      [name, 'rm8, imm8', `80 /${digit}`],
      [name, 'rmv, immv', `81 /${digit}`],
    ];
  });
}

function shiftRows(): Row[] {
  return SHIFTS.flatMap((name, digit): Row[] => name === '' ? [] : [
    [name, 'rm8, 1', `D0 /${digit}`],
    [name, 'rmv, 1', `D1 /${digit}`],
    [name, 'rm8, imm8', `C0 /${digit}`],
    [name, 'rmv, imm8', `C1 /${digit}`],
    [name, 'rm8, cl', `D2 /${digit}`],
    [name, 'rmv, cl', `D3 /${digit}`],
    [name, 'rm8', `D0 /${digit} alias`],
    [name, 'rmv', `D1 /${digit} alias`],
  ]);
}

function conditionRows(): Row[] {
  return CONDITIONS.flatMap((names, code): Row[] => {
    const all = (before: string) => names.split(' ').map((name) => before + name).join(' ');
    return [
      [all('j'), 'rel8', hex(0x70 + code)],
      [all('j'), 'rel16', `0F ${hex(0x80 + code)} only16`],
      [all('j'), 'rel32', `0F ${hex(0x80 + code)}`],
      [all('set'), 'rm8', `0F ${hex(0x90 + code)} /0`],
      [all('cmov'), 'rv, rmv', `0F ${hex(0x40 + code)} /r`],
    ];
  });
}

/** String instructions without operands: the letter of the size is part of the name. */
function stringRows(): Row[] {
  const rows: Row[] = [];
  const names: [string, number][] = [['movs', 0xa4], ['cmps', 0xa6], ['stos', 0xaa], ['lods', 0xac], ['scas', 0xae]];
  for (const [name, opcode] of names) {
    rows.push([`${name}b`, '', `${hex(opcode)} rep`]);
    rows.push([`${name}w`, '', `o16 ${hex(opcode + 1)} rep`]);
    rows.push([`${name}d`, '', `o32 ${hex(opcode + 1)} rep`]);
    rows.push([`${name}q`, '', `REX.W ${hex(opcode + 1)} rep`]);
  }
  for (const [name, opcode] of [['ins', 0x6c], ['outs', 0x6e]] as const) {
    rows.push([`${name}b`, '', `${hex(opcode)} rep`]);
    rows.push([`${name}w`, '', `o16 ${hex(opcode + 1)} rep`]);
    rows.push([`${name}d`, '', `o32 ${hex(opcode + 1)} rep`]);
  }
  return rows;
}

/** Scalar and packed SSE and SSE2 arithmetic: ss is F3, sd is F2, ps has no prefix, pd has 66. */
function floatRows(): Row[] {
  const rows: Row[] = [];
  const scalar: [string, number][] = [
    ['sqrt', 0x51], ['add', 0x58], ['mul', 0x59], ['sub', 0x5c], ['min', 0x5d], ['div', 0x5e], ['max', 0x5f],
  ];
  for (const [name, opcode] of scalar) {
    rows.push([`${name}ss`, 'xmm, xm32', `F3 0F ${hex(opcode)} /r`]);
    rows.push([`${name}sd`, 'xmm, xm64', `F2 0F ${hex(opcode)} /r`]);
    rows.push([`${name}ps`, 'xmm, xm128', `0F ${hex(opcode)} /r`]);
    rows.push([`${name}pd`, 'xmm, xm128', `66 0F ${hex(opcode)} /r`]);
  }
  const bitwise: [string, number][] = [
    ['unpckl', 0x14], ['unpckh', 0x15], ['and', 0x54], ['andn', 0x55], ['or', 0x56], ['xor', 0x57],
  ];
  for (const [name, opcode] of bitwise) {
    rows.push([`${name}ps`, 'xmm, xm128', `0F ${hex(opcode)} /r`]);
    rows.push([`${name}pd`, 'xmm, xm128', `66 0F ${hex(opcode)} /r`]);
  }
  const integer: [string, number][] = [
    ['punpcklbw', 0x60], ['punpcklwd', 0x61], ['punpckldq', 0x62], ['punpcklqdq', 0x6c], ['pcmpeqb', 0x74],
    ['pcmpeqw', 0x75], ['pcmpeqd', 0x76], ['paddq', 0xd4], ['pminub', 0xda], ['pand', 0xdb], ['pandn', 0xdf],
    ['por', 0xeb], ['pxor', 0xef], ['psubb', 0xf8], ['psubw', 0xf9], ['psubd', 0xfa], ['psubq', 0xfb], ['paddb', 0xfc],
    ['paddw', 0xfd], ['paddd', 0xfe],
  ];
  for (const [name, opcode] of integer) rows.push([name, 'xmm, xm128', `66 0F ${hex(opcode)} /r`]);
  return rows;
}

const GENERAL: readonly Row[] = [
  // Moves
  ['mov', 'rm8, r8', '88 /r'],
  ['mov', 'rmv, rv', '89 /r'],
  ['mov', 'r8, rm8', '8A /r'],
  ['mov', 'rv, rmv', '8B /r'],
  ['mov', 'al, moffs8', 'A0 only32'],
  ['mov', 'ax, moffs16', 'o16 A1 only32'],
  ['mov', 'eax, moffs32', 'o32 A1 only32'],
  ['mov', 'moffs8, al', 'A2 only32'],
  ['mov', 'moffs16, ax', 'o16 A3 only32'],
  ['mov', 'moffs32, eax', 'o32 A3 only32'],
  ['movabs', 'al, moffs8', 'A0 only64'],
  ['movabs', 'ax, moffs16', 'o16 A1 only64'],
  ['movabs', 'eax, moffs32', 'A1 only64'],
  ['movabs', 'rax, moffs64', 'REX.W A1'],
  ['movabs', 'moffs8, al', 'A2 only64'],
  ['movabs', 'moffs16, ax', 'o16 A3 only64'],
  ['movabs', 'moffs32, eax', 'A3 only64'],
  ['movabs', 'moffs64, rax', 'REX.W A3'],
  ['mov', 'r8, imm8', 'B0+r'],
  ['mov', 'rv, immv', 'B8+r s16 s32'],
  ['mov', 'rm8, imm8', 'C6 /0'],
  ['mov', 'rmv, immv', 'C7 /0'],
  ['movabs', 'r64, imm64', 'REX.W B8+r'],
  ['mov', 'r64, imm64', 'REX.W B8+r alias'],
  ['mov', 'm16, sreg', '8C /r'],
  ['mov', 'rrv, sreg', '8C /r s16 s32'],
  ['mov', 'rr64, sreg', '8C /r alias'],
  ['mov', 'sreg, m16', '8E /r'],
  ['mov', 'sreg, rr32', '8E /r'],
  ['mov', 'sreg, rr16', '8E /r alias'],
  ['mov', 'sreg, rr64', '8E /r alias'],
  ['mov', 'rr64, creg', '0F 20 /r only64'],
  ['mov', 'rr32, creg', '0F 20 /r only32'],
  ['mov', 'creg, rr64', '0F 22 /r only64'],
  ['mov', 'creg, rr32', '0F 22 /r only32'],
  ['mov', 'rr64, dreg', '0F 21 /r only64'],
  ['mov', 'rr32, dreg', '0F 21 /r only32'],
  ['mov', 'dreg, rr64', '0F 23 /r only64'],
  ['mov', 'dreg, rr32', '0F 23 /r only32'],
  ['movzx', 'rv, rm8', '0F B6 /r'],
  ['movzx', 'rv, rm16', '0F B7 /r s32 s64'],
  ['movsx', 'rv, rm8', '0F BE /r'],
  ['movsx', 'rv, rm16', '0F BF /r s32 s64'],
  ['movsxd', 'r64, rm32', 'REX.W 63 /r'],
  ['movsx', 'r64, rm32', 'REX.W 63 /r alias'],
  ['lea', 'rv, m', '8D /r'],
  ['xchg', 'rnzv, Av', '90+r'],
  ['xchg', 'Av, rnzv', '90+r alias'],
  ['xchg', 'rm8, r8', '86 /r'],
  ['xchg', 'rmv, rv', '87 /r'],
  ['xchg', 'r8, rm8', '86 /r alias'],
  ['xchg', 'rv, rmv', '87 /r alias'],
  ['cmpxchg', 'rm8, r8', '0F B0 /r'],
  ['cmpxchg', 'rmv, rv', '0F B1 /r'],
  ['cmpxchg8b', 'm64', '0F C7 /1'],
  ['cmpxchg16b', 'm128', 'REX.W 0F C7 /1'],
  ['xadd', 'rm8, r8', '0F C0 /r'],
  ['xadd', 'rmv, rv', '0F C1 /r'],
  ['bswap', 'rv', '0F C8+r s32 s64'],
  ['xlatb', '', 'D7'],
  ['lahf', '', '9F'],
  ['sahf', '', '9E'],
  ['cbw', '', 'o16 98'],
  ['cwde', '', 'o32 98'],
  ['cdqe', '', 'REX.W 98'],
  ['cwd', '', 'o16 99'],
  ['cdq', '', 'o32 99'],
  ['cqo', '', 'REX.W 99'],

  // Stack
  ['push', 'r64', '50+r only64'],
  ['push', 'r32', 'o32 50+r only32'],
  ['push', 'r16', 'o16 50+r'],
  ['push', 'imm8s', '6A'],
  ['push', 'imm32s', '68'],
  ['push', 'rm64', 'FF /6 only64'],
  ['push', 'rm32', 'o32 FF /6 only32'],
  ['push', 'rm16', 'o16 FF /6'],
  ['pop', 'r64', '58+r only64'],
  ['pop', 'r32', 'o32 58+r only32'],
  ['pop', 'r16', 'o16 58+r'],
  ['pop', 'rm64', '8F /0 only64'],
  ['pop', 'rm32', 'o32 8F /0 only32'],
  ['pop', 'rm16', 'o16 8F /0'],
  ['push', 'es', '06 only32'],
  ['push', 'cs', '0E only32'],
  ['push', 'ss', '16 only32'],
  ['push', 'ds', '1E only32'],
  ['push', 'fs', '0F A0'],
  ['push', 'gs', '0F A8'],
  ['pop', 'es', '07 only32'],
  ['pop', 'ss', '17 only32'],
  ['pop', 'ds', '1F only32'],
  ['pop', 'fs', '0F A1'],
  ['pop', 'gs', '0F A9'],
  ['pushfq pushf', '', '9C only64'],
  ['pushfd pushf', '', 'o32 9C only32'],
  ['popfq popf', '', '9D only64'],
  ['popfd popf', '', 'o32 9D only32'],
  ['pushad pusha', '', 'o32 60 only32'],
  ['popad popa', '', 'o32 61 only32'],
  ['enter', 'imm16, imm8', 'C8'],
  ['leave', '', 'C9'],

  // Arithmetic that is not of the eight
  ['test', 'rm8, r8', '84 /r'],
  ['test', 'rmv, rv', '85 /r'],
  ['test', 'r8, rm8', '84 /r alias'],
  ['test', 'rv, rmv', '85 /r alias'],
  ['test', 'al, imm8', 'A8'],
  ['test', 'Av, immv', 'A9'],
  ['test', 'rm8, imm8', 'F6 /0'],
  ['test', 'rmv, immv', 'F7 /0'],
  ['not', 'rm8', 'F6 /2'],
  ['not', 'rmv', 'F7 /2'],
  ['neg', 'rm8', 'F6 /3'],
  ['neg', 'rmv', 'F7 /3'],
  ['mul', 'rm8', 'F6 /4'],
  ['mul', 'rmv', 'F7 /4'],
  ['imul', 'rm8', 'F6 /5'],
  ['imul', 'rmv', 'F7 /5'],
  ['div', 'rm8', 'F6 /6'],
  ['div', 'rmv', 'F7 /6'],
  ['idiv', 'rm8', 'F6 /7'],
  ['idiv', 'rmv', 'F7 /7'],
  ['imul', 'rv, rmv', '0F AF /r'],
  ['imul', 'rv, rmv, imm8s', '6B /r'],
  ['imul', 'rv, rmv, immv', '69 /r'],
  ['inc', 'rv', '40+r only32 s16 s32'],
  ['dec', 'rv', '48+r only32 s16 s32'],
  ['inc', 'rm8', 'FE /0'],
  ['inc', 'rmv', 'FF /0'],
  ['dec', 'rm8', 'FE /1'],
  ['dec', 'rmv', 'FF /1'],
  ['shld', 'rmv, rv, imm8', '0F A4 /r'],
  ['shld', 'rmv, rv, cl', '0F A5 /r'],
  ['shrd', 'rmv, rv, imm8', '0F AC /r'],
  ['shrd', 'rmv, rv, cl', '0F AD /r'],
  ['bt', 'rmv, rv', '0F A3 /r'],
  ['bts', 'rmv, rv', '0F AB /r'],
  ['btr', 'rmv, rv', '0F B3 /r'],
  ['btc', 'rmv, rv', '0F BB /r'],
  ['bt', 'rmv, imm8', '0F BA /4'],
  ['bts', 'rmv, imm8', '0F BA /5'],
  ['btr', 'rmv, imm8', '0F BA /6'],
  ['btc', 'rmv, imm8', '0F BA /7'],
  ['bsf', 'rv, rmv', '0F BC /r'],
  ['bsr', 'rv, rmv', '0F BD /r'],
  ['tzcnt', 'rv, rmv', 'F3 0F BC /r'],
  ['lzcnt', 'rv, rmv', 'F3 0F BD /r'],
  ['popcnt', 'rv, rmv', 'F3 0F B8 /r'],
  ['crc32', 'r32, rm8', 'F2 0F 38 F0 /r'],
  ['crc32', 'r32, rm32', 'F2 o32 0F 38 F1 /r'],
  ['crc32', 'r64, rm64', 'F2 REX.W 0F 38 F1 /r'],
  ['clc', '', 'F8'],
  ['stc', '', 'F9'],
  ['cmc', '', 'F5'],
  ['cld', '', 'FC'],
  ['std', '', 'FD'],

  // Control flow
  ['jmp', 'rel8', 'EB'],
  ['jmp', 'rel16', 'E9 only16'],
  ['jmp', 'rel32', 'E9'],
  ['jmp', 'rm64', 'FF /4 only64'],
  ['jmp', 'rm32', 'o32 FF /4 only32'],
  ['jmp ljmp', 'far', 'EA only32'],
  ['jmp', 'm48', 'o32 FF /5'],
  ['call', 'rel16', 'E8 only16'],
  ['call', 'rel32', 'E8'],
  ['call', 'rm64', 'FF /2 only64'],
  ['call', 'rm32', 'o32 FF /2 only32'],
  ['call lcall', 'far', '9A only32'],
  ['call', 'm48', 'o32 FF /3'],
  ['ret', '', 'C3'],
  ['ret', 'imm16', 'C2'],
  ['retf lret', '', 'CB'],
  ['retf lret', 'imm16', 'CA'],
  ['retfq lretq', '', 'REX.W CB'],
  ['jrcxz', 'rel8', 'E3 only64'],
  ['jecxz', 'rel8', 'E3 only32'],
  ['loop', 'rel8', 'E2'],
  ['loope loopz', 'rel8', 'E1'],
  ['loopne loopnz', 'rel8', 'E0'],
  ['int3', '', 'CC'],
  ['int', 'imm8', 'CD'],
  ['iretd iret', '', 'o32 CF'],
  ['iretq', '', 'REX.W CF'],
  ['iretw', '', 'o16 CF'],
  ['ud2', '', '0F 0B'],
  ['ud1', 'rv, rmv', '0F B9 /r'],
  ['syscall', '', '0F 05'],
  ['sysretd', '', '0F 07 only64'],
  ['sysret', '', '0F 07 only32'],
  ['sysretq', '', 'REX.W 0F 07'],
  ['sysenter', '', '0F 34'],
  ['sysexitd', '', '0F 35 only64'],
  ['sysexit', '', '0F 35 only32'],
  ['sysexitq', '', 'REX.W 0F 35'],
  ['nop', '', '90'],
  ['nop', 'rmv', '0F 1F /0'],
  ['pause', '', 'F3 90'],
  ['endbr64', '', 'F3 0F 1E FA'],
  ['endbr32', '', 'F3 0F 1E FB'],

  // System
  ['hlt', '', 'F4'],
  ['cli', '', 'FA'],
  ['sti', '', 'FB'],
  ['in', 'al, imm8', 'E4'],
  ['in', 'ax, imm8', 'o16 E5'],
  ['in', 'eax, imm8', 'o32 E5'],
  ['in', 'al, dx', 'EC'],
  ['in', 'ax, dx', 'o16 ED'],
  ['in', 'eax, dx', 'o32 ED'],
  ['out', 'imm8, al', 'E6'],
  ['out', 'imm8, ax', 'o16 E7'],
  ['out', 'imm8, eax', 'o32 E7'],
  ['out', 'dx, al', 'EE'],
  ['out', 'dx, ax', 'o16 EF'],
  ['out', 'dx, eax', 'o32 EF'],
  ['sldt', 'rrv', '0F 00 /0 s16 s32'],
  ['sldt', 'rr64', '0F 00 /0 alias'],
  ['sldt', 'm16', '0F 00 /0'],
  ['str', 'rrv', '0F 00 /1 s16 s32'],
  ['str', 'rr64', '0F 00 /1 alias'],
  ['str', 'm16', '0F 00 /1'],
  ['lldt', 'rm16', '0F 00 /2'],
  ['ltr', 'rm16', '0F 00 /3'],
  ['verr', 'rm16', '0F 00 /4'],
  ['verw', 'rm16', '0F 00 /5'],
  ['sgdt', 'm', '0F 01 /0'],
  ['sidt', 'm', '0F 01 /1'],
  ['lgdt', 'm', '0F 01 /2'],
  ['lidt', 'm', '0F 01 /3'],
  ['smsw', 'rrv', '0F 01 /4'],
  ['smsw', 'm16', '0F 01 /4'],
  ['lmsw', 'rm16', '0F 01 /6'],
  ['invlpg', 'm8', '0F 01 /7'],
  ['monitor', '', '0F 01 C8'],
  ['mwait', '', '0F 01 C9'],
  ['clac', '', '0F 01 CA'],
  ['stac', '', '0F 01 CB'],
  ['xgetbv', '', '0F 01 D0'],
  ['xsetbv', '', '0F 01 D1'],
  ['vmcall', '', '0F 01 C1'],
  ['vmmcall', '', '0F 01 D9'],
  ['swapgs', '', '0F 01 F8 only64'],
  ['rdtscp', '', '0F 01 F9'],
  ['invd', '', '0F 08'],
  ['wbinvd', '', '0F 09'],
  ['clts', '', '0F 06'],
  ['wrmsr', '', '0F 30'],
  ['rdtsc', '', '0F 31'],
  ['rdmsr', '', '0F 32'],
  ['rdpmc', '', '0F 33'],
  ['cpuid', '', '0F A2'],
  ['rdrand', 'rrv', '0F C7 /6'],
  ['rdseed', 'rrv', '0F C7 /7'],
  ['rdfsbase', 'rrv', 'F3 0F AE /0 only64 s32 s64'],
  ['rdgsbase', 'rrv', 'F3 0F AE /1 only64 s32 s64'],
  ['wrfsbase', 'rrv', 'F3 0F AE /2 only64 s32 s64'],
  ['wrgsbase', 'rrv', 'F3 0F AE /3 only64 s32 s64'],
  ['invpcid', 'r64, m128', '66 0F 38 82 /r only64'],
  ['lfence', '', '0F AE E8'],
  ['mfence', '', '0F AE F0'],
  ['sfence', '', '0F AE F8'],
  ['clflush', 'm8', '0F AE /7'],
  ['fxsave', 'm', '0F AE /0'],
  ['fxrstor', 'm', '0F AE /1'],
  ['fxsave64', 'm', 'REX.W 0F AE /0'],
  ['fxrstor64', 'm', 'REX.W 0F AE /1'],
  ['ldmxcsr', 'm32', '0F AE /2'],
  ['stmxcsr', 'm32', '0F AE /3'],
  ['prefetchnta', 'm8', '0F 18 /0'],
  ['prefetcht0', 'm8', '0F 18 /1'],
  ['fninit', '', 'DB E3'],
  ['fnclex', '', 'DB E2'],
  ['fldcw', 'm16', 'D9 /5'],
  ['fnstcw', 'm16', 'D9 /7'],
  ['emms', '', '0F 77'],

  // SSE and SSE2: moves and conversions
  ['movss', 'xmm, xm32', 'F3 0F 10 /r'],
  ['movss', 'm32, xmm', 'F3 0F 11 /r'],
  ['movsd', 'xmm, xm64', 'F2 0F 10 /r'],
  ['movsd', 'm64, xmm', 'F2 0F 11 /r'],
  ['movups', 'xmm, xm128', '0F 10 /r'],
  ['movups', 'm128, xmm', '0F 11 /r'],
  ['movupd', 'xmm, xm128', '66 0F 10 /r'],
  ['movupd', 'm128, xmm', '66 0F 11 /r'],
  ['movaps', 'xmm, xm128', '0F 28 /r'],
  ['movaps', 'm128, xmm', '0F 29 /r'],
  ['movapd', 'xmm, xm128', '66 0F 28 /r'],
  ['movapd', 'm128, xmm', '66 0F 29 /r'],
  ['movdqa', 'xmm, xm128', '66 0F 6F /r'],
  ['movdqa', 'm128, xmm', '66 0F 7F /r'],
  ['movdqu', 'xmm, xm128', 'F3 0F 6F /r'],
  ['movdqu', 'm128, xmm', 'F3 0F 7F /r'],
  ['movd', 'xmm, rm32', '66 0F 6E /r'],
  ['movd', 'rm32, xmm', '66 0F 7E /r'],
  ['movq', 'xmm, xm64', 'F3 0F 7E /r'],
  ['movq', 'm64, xmm', '66 0F D6 /r'],
  ['movq', 'xmm, rr64', '66 REX.W 0F 6E /r'],
  ['movq', 'rr64, xmm', '66 REX.W 0F 7E /r'],
  ['movmskps', 'r32, xr', '0F 50 /r'],
  ['movmskpd', 'r32, xr', '66 0F 50 /r'],
  ['pmovmskb', 'r32, xr', '66 0F D7 /r'],
  ['cvtsi2ss', 'xmm, rm32', 'F3 0F 2A /r'],
  ['cvtsi2ss', 'xmm, rm64', 'F3 REX.W 0F 2A /r'],
  ['cvtsi2sd', 'xmm, rm32', 'F2 0F 2A /r'],
  ['cvtsi2sd', 'xmm, rm64', 'F2 REX.W 0F 2A /r'],
  ['cvttss2si', 'r32, xm32', 'F3 0F 2C /r'],
  ['cvttss2si', 'r64, xm32', 'F3 REX.W 0F 2C /r'],
  ['cvttsd2si', 'r32, xm64', 'F2 0F 2C /r'],
  ['cvttsd2si', 'r64, xm64', 'F2 REX.W 0F 2C /r'],
  ['cvtss2si', 'r32, xm32', 'F3 0F 2D /r'],
  ['cvtss2si', 'r64, xm32', 'F3 REX.W 0F 2D /r'],
  ['cvtsd2si', 'r32, xm64', 'F2 0F 2D /r'],
  ['cvtsd2si', 'r64, xm64', 'F2 REX.W 0F 2D /r'],
  ['cvtss2sd', 'xmm, xm32', 'F3 0F 5A /r'],
  ['cvtsd2ss', 'xmm, xm64', 'F2 0F 5A /r'],
  ['cvtdq2ps', 'xmm, xm128', '0F 5B /r'],
  ['cvttps2dq', 'xmm, xm128', 'F3 0F 5B /r'],
  ['ucomiss', 'xmm, xm32', '0F 2E /r'],
  ['ucomisd', 'xmm, xm64', '66 0F 2E /r'],
  ['comiss', 'xmm, xm32', '0F 2F /r'],
  ['comisd', 'xmm, xm64', '66 0F 2F /r'],
  ['pshufd', 'xmm, xm128, imm8', '66 0F 70 /r'],
  ['shufps', 'xmm, xm128, imm8', '0F C6 /r'],
  ['psrlq', 'xr, imm8', '66 0F 73 /2'],
  ['psrldq', 'xr, imm8', '66 0F 73 /3'],
  ['psllq', 'xr, imm8', '66 0F 73 /6'],
  ['pslldq', 'xr, imm8', '66 0F 73 /7'],
];

/** The whole table, before sizes are spelled out. */
export const ROWS: readonly Row[] = [
  ...arithmeticRows(), ...shiftRows(), ...conditionRows(), ...stringRows(), ...floatRows(), ...GENERAL,
];
