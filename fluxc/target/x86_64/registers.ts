/**
 * The registers of x86-64: their names by size, and which ones the compiler uses for what.
 *
 * Integer registers are numbered as the hardware does, rax = 0 to r15 = 15; xmm0 to xmm15 are registers 32 to 47, as
 * `machine-function.ts` wants. Source: Intel SDM volume 1, section 3.4; System V ABI for AMD64, section 3.2.
 */
import type { RegisterFile, RegisterSet } from '../machine/target.ts';

export const RAX = 0;
export const RCX = 1;
export const RDX = 2;
export const RBX = 3;
export const RSP = 4;
export const RBP = 5;
export const RSI = 6;
export const RDI = 7;
export const R8 = 8;
export const R9 = 9;
export const R10 = 10;
export const R11 = 11;
export const XMM0 = 32;
export const XMM15 = 47;

const WITHOUT_NUMBER = ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'];

function numbered(prefix: string, suffix: string, from: number): string[] {
  return Array.from({ length: 16 - from }, (_, i) => `${prefix}${from + i}${suffix}`);
}

export const NAMES_64 = [...WITHOUT_NUMBER.map((name) => `r${name}`), ...numbered('r', '', 8)];
export const NAMES_32 = [...WITHOUT_NUMBER.map((name) => `e${name}`), ...numbered('r', 'd', 8)];
export const NAMES_16 = [...WITHOUT_NUMBER, ...numbered('r', 'w', 8)];
/** 0 to 15, of which 4 to 7 need a REX prefix; from `HIGH_BYTE` + 4 on ah, ch, dh, bh, which allow none */
export const NAMES_8 = [
  'al', 'cl', 'dl', 'bl', 'spl', 'bpl', 'sil', 'dil', ...numbered('r', 'b', 8),
  '', '', '', '', 'ah', 'ch', 'dh', 'bh',
];
export const HIGH_BYTE = 16;
export const NAMES_XMM = Array.from({ length: 16 }, (_, i) => `xmm${i}`);
export const NAMES_SEGMENT = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'];
/** only those that exist: the rest are empty */
export const NAMES_CONTROL = ['cr0', '', 'cr2', 'cr3', 'cr4', '', '', '', 'cr8'];
export const NAMES_DEBUG = ['dr0', 'dr1', 'dr2', 'dr3', '', '', 'dr6', 'dr7'];

/** What a register's name says about it. `ip` is rip or eip, which only address memory. */
export type RegisterKind = 'r8' | 'r16' | 'r32' | 'r64' | 'xmm' | 'segment' | 'control' | 'debug' | 'ip';

export interface NamedRegister {
  kind: RegisterKind;
  number: number;
}

export const REGISTER_BY_NAME = new Map<string, NamedRegister>();
const ALL: [RegisterKind, readonly string[]][] = [
  ['r8', NAMES_8], ['r16', NAMES_16], ['r32', NAMES_32], ['r64', NAMES_64], ['xmm', NAMES_XMM],
  ['segment', NAMES_SEGMENT], ['control', NAMES_CONTROL], ['debug', NAMES_DEBUG],
];
for (const [kind, names] of ALL) {
  names.forEach((name, number) => {
    if (name !== '') REGISTER_BY_NAME.set(name, { kind, number });
  });
}
REGISTER_BY_NAME.set('rip', { kind: 'ip', number: 64 });
REGISTER_BY_NAME.set('eip', { kind: 'ip', number: 32 });

/** r11 and xmm15 are scratch; rsp and rbp hold the frame. Short encodings stand first within each group. */
export const REGISTERS: RegisterFile = {
  names: [...NAMES_64, ...new Array<string>(16).fill(''), ...NAMES_XMM, ...new Array<string>(16).fill('')],
  intOrder: [RAX, RCX, RDX, RSI, RDI, R8, R9, R10, RBX, 14, 15, 12, 13],
  floatOrder: [32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46],
  calleeSaved: { int: (1 << RBX) | (1 << 12) | (1 << 13) | (1 << 14) | (1 << 15), float: 0 },
  scratch: { int: R11, float: XMM15 },
};

const CALLER_SAVED = [RAX, RCX, RDX, RSI, RDI, R8, R9, R10, R11];

/** Index of what a call destroys, and of what conversions of floats to integers do. */
export const CALL_CLOBBERS = 1;
export const FLOAT_SCRATCH_CLOBBERS = 2;
export const CLOBBERS: readonly RegisterSet[] = [
  { int: 0, float: 0 },
  { int: CALLER_SAVED.reduce((set, register) => set | (1 << register), 0), float: 0xffff },
  { int: 0, float: 1 << (XMM15 - 32) },
];
