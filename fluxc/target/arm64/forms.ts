/**
 * The instruction table: one row a form, in the order of the Arm ARM's encoding tree (section C4.1).
 *
 * A row is a mnemonic, the pattern of its operands, and the instruction word with every operand zero; the operands know
 * which bits they occupy (`operands.ts`), and all other bits are fixed. `R` in a pattern makes two forms, of 32 (`W`)
 * and of 64 bits (`X`); `F` two, of single (`S`) and double (`D`) precision. The assembler, the disassembler and the
 * code generator all read this table. Of two rows that fit the same word the first is printed, so an alias stands
 * before what it is an alias of; rows marked `Only.Read` are never printed.
 */
import type { Operand } from './operand.ts';
import { CONDITIONS } from './operand-names.ts';
import { operandOf } from './operands.ts';
import { STATE_FIELDS, SYSTEM_OPERATIONS } from './system-registers.ts';

export const enum Only { Both, Read }

type Row = readonly [mnemonic: string, operands: string, word: number, wideBits?: number, only?: Only];

/** What makes most forms 64 bits wide (`sf`), and a bit field operation, whose N must be equal to it. */
export const WIDE = 0x80000000 | 0;
export const WIDE_N = 0x80400000 | 0;
/** What makes a form double precision. */
export const DOUBLE = 0x00400000;

// ---- C4.1.92 Data processing: immediate ----

const IMMEDIATE: readonly Row[] = [
  // PC-relative addressing
  ['adr', 'Xd, adr', 0x10000000],
  ['adrp', 'Xd, adrp', 0x90000000],
  // Add/subtract (immediate)
  ['mov', 'sp.R, Rn|SP', 0x1100001f],
  ['mov', 'Rd|SP, sp.R', 0x110003e0],
  ['cmn', 'Rn|SP, imm12', 0x3100001f],
  ['cmp', 'Rn|SP, imm12', 0x7100001f],
  ['cmn', 'Rn|SP, imm12.negative', 0x7100001f, WIDE, Only.Read],
  ['cmp', 'Rn|SP, imm12.negative', 0x3100001f, WIDE, Only.Read],
  ['add', 'Rd|SP, Rn|SP, imm12', 0x11000000],
  ['adds', 'Rd, Rn|SP, imm12', 0x31000000],
  ['sub', 'Rd|SP, Rn|SP, imm12', 0x51000000],
  ['subs', 'Rd, Rn|SP, imm12', 0x71000000],
  ['add', 'Rd|SP, Rn|SP, imm12.negative', 0x51000000, WIDE, Only.Read],
  ['sub', 'Rd|SP, Rn|SP, imm12.negative', 0x11000000, WIDE, Only.Read],
  // Move wide (immediate)
  ['mov', 'Rd, movz.R', 0x52800000],
  ['mov', 'Rd, movn.R', 0x12800000],
  ['movn', 'Rd, imm16.R', 0x12800000],
  ['movz', 'Rd, imm16.R', 0x52800000],
  ['movk', 'Rd, imm16.R', 0x72800000],
  // Logical (immediate)
  ['tst', 'Rn, bitmask.R', 0x7200001f],
  ['and', 'Rd|SP, Rn, bitmask.R', 0x12000000],
  ['mov', 'Rd|SP, bitmask.mov.R', 0x320003e0],
  ['orr', 'Rd|SP, Rn, bitmask.R', 0x32000000],
  ['eor', 'Rd|SP, Rn, bitmask.R', 0x52000000],
  ['ands', 'Rd, Rn, bitmask.R', 0x72000000],
  // Bitfield; an alias with a fixed imms has it in the word, with that of 64 bits in `wideBits`
  ['sxtb', 'Wd, Wn', 0x13001c00],
  ['sxtb', 'Xd, Wn', 0x93401c00],
  ['sxth', 'Wd, Wn', 0x13003c00],
  ['sxth', 'Xd, Wn', 0x93403c00],
  ['sxtw', 'Xd, Wn', 0x93407c00],
  ['uxtb', 'Wd, Wn', 0x53001c00],
  ['uxth', 'Wd, Wn', 0x53003c00],
  ['asr', 'Rd, Rn, immr.R', 0x13007c00, WIDE_N | 0x8000],
  ['lsr', 'Rd, Rn, immr.R', 0x53007c00, WIDE_N | 0x8000],
  ['lsl', 'Rd, Rn, lsl.R', 0x53000000, WIDE_N],
  ['sbfiz', 'Rd, Rn, lsb.R, width.R', 0x13000000, WIDE_N],
  ['sbfx', 'Rd, Rn, immr.R, extracted.R', 0x13000000, WIDE_N],
  ['bfc', 'Rd, lsb.R, width.R', 0x330003e0, WIDE_N],
  ['bfi', 'Rd, Rn, lsb.R, width.R', 0x33000000, WIDE_N],
  ['bfxil', 'Rd, Rn, immr.R, extracted.R', 0x33000000, WIDE_N],
  ['ubfiz', 'Rd, Rn, lsb.R, width.R', 0x53000000, WIDE_N],
  ['ubfx', 'Rd, Rn, immr.R, extracted.R', 0x53000000, WIDE_N],
  ['sbfm', 'Rd, Rn, immr.R, imms.R', 0x13000000, WIDE_N, Only.Read],
  ['bfm', 'Rd, Rn, immr.R, imms.R', 0x33000000, WIDE_N, Only.Read],
  ['ubfm', 'Rd, Rn, immr.R, imms.R', 0x53000000, WIDE_N, Only.Read],
  // Extract
  ['ror', 'Rd, Rnm, imms.R', 0x13800000, WIDE_N],
  ['extr', 'Rd, Rn, Rm, imms.R', 0x13800000, WIDE_N],
];

// ---- C4.1.93 Branches, exception generating and system instructions ----

const BRANCHES: readonly Row[] = [
  // Conditional branch (immediate)
  ...CONDITIONS.map((name, number): Row => [`b.${name}`, 'label19', 0x54000000 | number]),
  ['b.hs', 'label19', 0x54000002, 0, Only.Read],
  ['b.lo', 'label19', 0x54000003, 0, Only.Read],
  // Exception generation
  ['svc', 'imm16.exception', 0xd4000001],
  ['hvc', 'imm16.exception', 0xd4000002],
  ['smc', 'imm16.exception', 0xd4000003],
  ['brk', 'imm16.exception', 0xd4200000],
  ['hlt', 'imm16.exception', 0xd4400000],
  // Hints
  ['nop', '', 0xd503201f],
  ['yield', '', 0xd503203f],
  ['wfe', '', 0xd503205f],
  ['wfi', '', 0xd503207f],
  ['sev', '', 0xd503209f],
  ['sevl', '', 0xd50320bf],
  ['hint', 'hint', 0xd503201f],
  // Barriers
  ['clrex', '', 0xd5033f5f],
  ['dsb', 'limit', 0xd503309f],
  ['dmb', 'limit', 0xd50330bf],
  ['isb', 'limit.isb', 0xd50330df],
  // PSTATE, system instructions, system register moves
  ...STATE_FIELDS.map(([name, op1, op2, most]): Row => {
    return ['msr', `'${name}', crm.${most}`, 0xd500401f | (op1 << 16) | (op2 << 5)];
  }),
  ...SYSTEM_OPERATIONS.map(([mnemonic, name, op1, crn, crm, op2, takesRegister]): Row => {
    const word = 0xd5080000 | (op1 << 16) | (crn << 12) | (crm << 8) | (op2 << 5);
    return takesRegister ? [mnemonic, `'${name}', Xt`, word] : [mnemonic, `'${name}'`, word | 31];
  }),
  ['sys', 'op1, crn, crm, op2', 0xd508001f],
  ['sys', 'op1, crn, crm, op2, Xt', 0xd5080000],
  ['sysl', 'Xt, op1, crn, crm, op2', 0xd5280000],
  ['msr', 'sysreg, Xt', 0xd5100000],
  ['mrs', 'Xt, sysreg', 0xd5300000],
  // Unconditional branch (register)
  ['br', 'Xn', 0xd61f0000],
  ['blr', 'Xn', 0xd63f0000],
  ['ret', '', 0xd65f03c0],
  ['ret', 'Xn', 0xd65f0000],
  ['eret', '', 0xd69f03e0],
  ['drps', '', 0xd6bf03e0],
  // Unconditional branch (immediate)
  ['b', 'label26', 0x14000000],
  ['bl', 'label26.call', 0x94000000],
  // Compare and branch, test and branch (immediate)
  ['cbz', 'Rt, label19', 0x34000000],
  ['cbnz', 'Rt, label19', 0x35000000],
  ['tbz', 'Wt, bit.low, label14', 0x36000000],
  ['tbz', 'Xt, bit.low, label14', 0x36000000, 0, Only.Read],
  ['tbz', 'Xt, bit.high, label14', 0xb6000000],
  ['tbnz', 'Wt, bit.low, label14', 0x37000000],
  ['tbnz', 'Xt, bit.low, label14', 0x37000000, 0, Only.Read],
  ['tbnz', 'Xt, bit.high, label14', 0xb7000000],
];

// ---- C4.1.94 Loads and stores ----

type Access = readonly [load: string, store: string, register: string, word: number, loadBits: number, bytes: number];

/** Every width: the word is that of the store with an unscaled offset. */
const ACCESSES: readonly Access[] = [
  ['ldrb', 'strb', 'Wt', 0x38000000, 0x00400000, 1],
  ['ldrsb', '', 'Wt', 0x38000000, 0x00c00000, 1],
  ['ldrsb', '', 'Xt', 0x38000000, 0x00800000, 1],
  ['ldrh', 'strh', 'Wt', 0x78000000, 0x00400000, 2],
  ['ldrsh', '', 'Wt', 0x78000000, 0x00c00000, 2],
  ['ldrsh', '', 'Xt', 0x78000000, 0x00800000, 2],
  ['ldr', 'str', 'Wt', 0xb8000000, 0x00400000, 4],
  ['ldrsw', '', 'Xt', 0xb8000000, 0x00800000, 4],
  ['ldr', 'str', 'Xt', 0xf8000000, 0x00400000, 8],
  ['ldr', 'str', 'Bt', 0x3c000000, 0x00400000, 1],
  ['ldr', 'str', 'Ht', 0x7c000000, 0x00400000, 2],
  ['ldr', 'str', 'St', 0xbc000000, 0x00400000, 4],
  ['ldr', 'str', 'Dt', 0xfc000000, 0x00400000, 8],
  ['ldr', 'str', 'Qt', 0x3c800000, 0x00400000, 16],
];

/** What an addressing mode adds to that word. */
export const UNSIGNED_OFFSET = 0x01000000;
export const REGISTER_OFFSET = 0x00200800;

function accessForms(mnemonic: string, register: string, word: number, bytes: number): Row[] {
  const unscaled = mnemonic.slice(0, 2) + 'u' + mnemonic.slice(2);
  return [
    [mnemonic, `${register}, mem.u${bytes}`, word | UNSIGNED_OFFSET],
    [mnemonic, `${register}, mem.s9.post`, word | 0x400],
    [mnemonic, `${register}, mem.s9.pre`, word | 0xc00],
    [mnemonic, `${register}, mem.r${bytes}`, word | REGISTER_OFFSET],
    [unscaled, `${register}, mem.s9`, word],
    // GNU as takes an offset that only the unscaled form holds under the plain name.
    [mnemonic, `${register}, mem.s9`, word, 0, Only.Read],
  ];
}

type Pair = readonly [load: string, store: string, register: string, word: number, bytes: number];

const PAIRS: readonly Pair[] = [
  ['ldp', 'stp', 'W', 0x28000000, 4],
  ['ldpsw', '', 'X', 0x68000000, 4],
  ['ldp', 'stp', 'X', 0xa8000000, 8],
  ['ldp', 'stp', 'S', 0x2c000000, 4],
  ['ldp', 'stp', 'D', 0x6c000000, 8],
  ['ldp', 'stp', 'Q', 0xac000000, 16],
];

function pairForms(mnemonic: string, letter: string, word: number, bytes: number): Row[] {
  const registers = `${letter}t, ${letter}t2`;
  return [
    [mnemonic, `${registers}, pair.${bytes}.post`, word | 0x00800000],
    [mnemonic, `${registers}, pair.${bytes}`, word | 0x01000000],
    [mnemonic, `${registers}, pair.${bytes}.pre`, word | 0x01800000],
  ];
}

/** Bit 30 makes an exclusive or ordered access 64 bits wide. */
const EXCLUSIVE_WIDE = 0x40000000;

const MEMORY: readonly Row[] = [
  // Load/store exclusive, load/store ordered
  ['stxrb', 'Ws, Wt, base', 0x08007c00],
  ['stlxrb', 'Ws, Wt, base', 0x0800fc00],
  ['ldxrb', 'Wt, base', 0x085f7c00],
  ['ldaxrb', 'Wt, base', 0x085ffc00],
  ['stlrb', 'Wt, base', 0x089ffc00],
  ['ldarb', 'Wt, base', 0x08dffc00],
  ['stxrh', 'Ws, Wt, base', 0x48007c00],
  ['stlxrh', 'Ws, Wt, base', 0x4800fc00],
  ['ldxrh', 'Wt, base', 0x485f7c00],
  ['ldaxrh', 'Wt, base', 0x485ffc00],
  ['stlrh', 'Wt, base', 0x489ffc00],
  ['ldarh', 'Wt, base', 0x48dffc00],
  ['stxr', 'Ws, Rt, base', 0x88007c00, EXCLUSIVE_WIDE],
  ['stlxr', 'Ws, Rt, base', 0x8800fc00, EXCLUSIVE_WIDE],
  ['stxp', 'Ws, Rt, Rt2, base', 0x88200000, EXCLUSIVE_WIDE],
  ['stlxp', 'Ws, Rt, Rt2, base', 0x88208000, EXCLUSIVE_WIDE],
  ['ldxr', 'Rt, base', 0x885f7c00, EXCLUSIVE_WIDE],
  ['ldaxr', 'Rt, base', 0x885ffc00, EXCLUSIVE_WIDE],
  ['ldxp', 'Rt, Rt2, base', 0x887f0000, EXCLUSIVE_WIDE],
  ['ldaxp', 'Rt, Rt2, base', 0x887f8000, EXCLUSIVE_WIDE],
  ['stlr', 'Rt, base', 0x889ffc00, EXCLUSIVE_WIDE],
  ['ldar', 'Rt, base', 0x88dffc00, EXCLUSIVE_WIDE],
  // Load register (literal)
  ['ldr', 'Rt, label19.load', 0x18000000, EXCLUSIVE_WIDE],
  ['ldrsw', 'Xt, label19.load', 0x98000000],
  ['ldr', 'St, label19.load', 0x1c000000],
  ['ldr', 'Dt, label19.load', 0x5c000000],
  ['ldr', 'Qt, label19.load', 0x9c000000],
  // Load/store register: unsigned offset, pre- and post-indexed, register offset, unscaled
  ...ACCESSES.flatMap(([load, store, register, word, loadBits, bytes]) => [
    ...(store ? accessForms(store, register, word, bytes) : []),
    ...accessForms(load, register, word | loadBits, bytes),
  ]),
  // Load/store register pair
  ...PAIRS.flatMap(([load, store, letter, word, bytes]) => [
    ...(store ? pairForms(store, letter, word, bytes) : []),
    ...pairForms(load, letter, word | 0x00400000, bytes),
  ]),
];

// ---- C4.1.95 Data processing: register ----

/** An operation on extended registers; with flags the destination is never the stack pointer. */
function extendedForms(mnemonic: string, word: number, destination: string): Row[] {
  const d = (letter: string) => (destination ? `${letter}${destination}, ` : '');
  return [
    [mnemonic, `${d('W')}Wn|SP, Wm, extend.W`, word],
    [mnemonic, `${d('X')}Xn|SP, Wm, extend.narrow`, word | WIDE],
    [mnemonic, `${d('X')}Xn|SP, Xm, extend.X`, word | WIDE],
  ];
}

const REGISTER: readonly Row[] = [
  // Logical (shifted register)
  ['mov', 'Rd, Rm', 0x2a0003e0],
  ['mvn', 'Rd, Rm, rotate.R', 0x2a2003e0],
  ['tst', 'Rn, Rm, rotate.R', 0x6a00001f],
  ['and', 'Rd, Rn, Rm, rotate.R', 0x0a000000],
  ['bic', 'Rd, Rn, Rm, rotate.R', 0x0a200000],
  ['orr', 'Rd, Rn, Rm, rotate.R', 0x2a000000],
  ['orn', 'Rd, Rn, Rm, rotate.R', 0x2a200000],
  ['eor', 'Rd, Rn, Rm, rotate.R', 0x4a000000],
  ['eon', 'Rd, Rn, Rm, rotate.R', 0x4a200000],
  ['ands', 'Rd, Rn, Rm, rotate.R', 0x6a000000],
  ['bics', 'Rd, Rn, Rm, rotate.R', 0x6a200000],
  // Add/subtract (shifted register)
  ['cmn', 'Rn, Rm, shift.R', 0x2b00001f],
  ['cmp', 'Rn, Rm, shift.R', 0x6b00001f],
  ['neg', 'Rd, Rm, shift.R', 0x4b0003e0],
  ['negs', 'Rd, Rm, shift.R', 0x6b0003e0],
  ['add', 'Rd, Rn, Rm, shift.R', 0x0b000000],
  ['adds', 'Rd, Rn, Rm, shift.R', 0x2b000000],
  ['sub', 'Rd, Rn, Rm, shift.R', 0x4b000000],
  ['subs', 'Rd, Rn, Rm, shift.R', 0x6b000000],
  // Add/subtract (extended register)
  ...extendedForms('cmn', 0x2b20001f, ''),
  ...extendedForms('cmp', 0x6b20001f, ''),
  ...extendedForms('add', 0x0b200000, 'd|SP'),
  ...extendedForms('adds', 0x2b200000, 'd'),
  ...extendedForms('sub', 0x4b200000, 'd|SP'),
  ...extendedForms('subs', 0x6b200000, 'd'),
  // Add/subtract (with carry)
  ['adc', 'Rd, Rn, Rm', 0x1a000000],
  ['adcs', 'Rd, Rn, Rm', 0x3a000000],
  ['ngc', 'Rd, Rm', 0x5a0003e0],
  ['ngcs', 'Rd, Rm', 0x7a0003e0],
  ['sbc', 'Rd, Rn, Rm', 0x5a000000],
  ['sbcs', 'Rd, Rn, Rm', 0x7a000000],
  // Conditional compare
  ['ccmn', 'Rn, Rm, nzcv, cond', 0x3a400000],
  ['ccmn', 'Rn, imm5, nzcv, cond', 0x3a400800],
  ['ccmp', 'Rn, Rm, nzcv, cond', 0x7a400000],
  ['ccmp', 'Rn, imm5, nzcv, cond', 0x7a400800],
  // Conditional select
  ['cset', 'Rd, cond.inverted', 0x1a9f07e0],
  ['csetm', 'Rd, cond.inverted', 0x5a9f03e0],
  ['cinc', 'Rd, Rnm, cond.inverted', 0x1a800400],
  ['cinv', 'Rd, Rnm, cond.inverted', 0x5a800000],
  ['cneg', 'Rd, Rnm, cond.inverted', 0x5a800400],
  ['csel', 'Rd, Rn, Rm, cond', 0x1a800000],
  ['csinc', 'Rd, Rn, Rm, cond', 0x1a800400],
  ['csinv', 'Rd, Rn, Rm, cond', 0x5a800000],
  ['csneg', 'Rd, Rn, Rm, cond', 0x5a800400],
  // Data-processing (1 source)
  ['rbit', 'Rd, Rn', 0x5ac00000],
  ['rev16', 'Rd, Rn', 0x5ac00400],
  ['rev', 'Wd, Wn', 0x5ac00800],
  ['rev32', 'Xd, Xn', 0xdac00800],
  ['rev', 'Xd, Xn', 0xdac00c00],
  ['clz', 'Rd, Rn', 0x5ac01000],
  ['cls', 'Rd, Rn', 0x5ac01400],
  // Data-processing (2 source)
  ['udiv', 'Rd, Rn, Rm', 0x1ac00800],
  ['sdiv', 'Rd, Rn, Rm', 0x1ac00c00],
  ['lsl', 'Rd, Rn, Rm', 0x1ac02000],
  ['lsr', 'Rd, Rn, Rm', 0x1ac02400],
  ['asr', 'Rd, Rn, Rm', 0x1ac02800],
  ['ror', 'Rd, Rn, Rm', 0x1ac02c00],
  ['lslv', 'Rd, Rn, Rm', 0x1ac02000, WIDE, Only.Read],
  ['lsrv', 'Rd, Rn, Rm', 0x1ac02400, WIDE, Only.Read],
  ['asrv', 'Rd, Rn, Rm', 0x1ac02800, WIDE, Only.Read],
  ['rorv', 'Rd, Rn, Rm', 0x1ac02c00, WIDE, Only.Read],
  // Data-processing (3 source)
  ['mul', 'Rd, Rn, Rm', 0x1b007c00],
  ['mneg', 'Rd, Rn, Rm', 0x1b00fc00],
  ['madd', 'Rd, Rn, Rm, Ra', 0x1b000000],
  ['msub', 'Rd, Rn, Rm, Ra', 0x1b008000],
  ['smull', 'Xd, Wn, Wm', 0x9b207c00],
  ['smnegl', 'Xd, Wn, Wm', 0x9b20fc00],
  ['smaddl', 'Xd, Wn, Wm, Xa', 0x9b200000],
  ['smsubl', 'Xd, Wn, Wm, Xa', 0x9b208000],
  ['umull', 'Xd, Wn, Wm', 0x9ba07c00],
  ['umnegl', 'Xd, Wn, Wm', 0x9ba0fc00],
  ['umaddl', 'Xd, Wn, Wm, Xa', 0x9ba00000],
  ['umsubl', 'Xd, Wn, Wm, Xa', 0x9ba08000],
  ['smulh', 'Xd, Xn, Xm', 0x9b407c00],
  ['umulh', 'Xd, Xn, Xm', 0x9bc07c00],
];

// ---- C4.1.96 Data processing: scalar floating-point ----

const FLOAT: readonly Row[] = [
  // Conversion between floating-point and integer
  ['scvtf', 'Fd, Rn', 0x1e220000],
  ['ucvtf', 'Fd, Rn', 0x1e230000],
  ['fcvtzs', 'Rd, Fn', 0x1e380000],
  ['fcvtzu', 'Rd, Fn', 0x1e390000],
  ['fcvtns', 'Rd, Fn', 0x1e200000],
  ['fcvtms', 'Rd, Fn', 0x1e300000],
  ['fcvtps', 'Rd, Fn', 0x1e280000],
  ['fcvtas', 'Rd, Fn', 0x1e240000],
  ['fmov', 'Wd, Sn', 0x1e260000],
  ['fmov', 'Sd, Wn', 0x1e270000],
  ['fmov', 'Xd, Dn', 0x9e660000],
  ['fmov', 'Dd, Xn', 0x9e670000],
  // Data-processing (1 source)
  ['fmov', 'Fd, Fn', 0x1e204000],
  ['fabs', 'Fd, Fn', 0x1e20c000],
  ['fneg', 'Fd, Fn', 0x1e214000],
  ['fsqrt', 'Fd, Fn', 0x1e21c000],
  ['fcvt', 'Dd, Sn', 0x1e22c000],
  ['fcvt', 'Sd, Dn', 0x1e624000],
  ['frintn', 'Fd, Fn', 0x1e244000],
  ['frintp', 'Fd, Fn', 0x1e24c000],
  ['frintm', 'Fd, Fn', 0x1e254000],
  ['frintz', 'Fd, Fn', 0x1e25c000],
  ['frinta', 'Fd, Fn', 0x1e264000],
  // Compare
  ['fcmp', 'Fn, Fm', 0x1e202000],
  ['fcmp', 'Fn, float.zero', 0x1e202008],
  ['fcmpe', 'Fn, Fm', 0x1e202010],
  ['fcmpe', 'Fn, float.zero', 0x1e202018],
  // Immediate
  ['fmov', 'Fd, float8', 0x1e201000],
  // Data-processing (2 source)
  ['fmul', 'Fd, Fn, Fm', 0x1e200800],
  ['fdiv', 'Fd, Fn, Fm', 0x1e201800],
  ['fadd', 'Fd, Fn, Fm', 0x1e202800],
  ['fsub', 'Fd, Fn, Fm', 0x1e203800],
  ['fmax', 'Fd, Fn, Fm', 0x1e204800],
  ['fmin', 'Fd, Fn, Fm', 0x1e205800],
  ['fmaxnm', 'Fd, Fn, Fm', 0x1e206800],
  ['fminnm', 'Fd, Fn, Fm', 0x1e207800],
  ['fnmul', 'Fd, Fn, Fm', 0x1e208800],
  // Conditional select
  ['fcsel', 'Fd, Fn, Fm, cond', 0x1e200c00],
  // Data-processing (3 source)
  ['fmadd', 'Fd, Fn, Fm, Fa', 0x1f000000],
  ['fmsub', 'Fd, Fn, Fm, Fa', 0x1f008000],
  ['fnmadd', 'Fd, Fn, Fm, Fa', 0x1f200000],
  ['fnmsub', 'Fd, Fn, Fm, Fa', 0x1f208000],
];

export const ROWS: readonly Row[] = [...IMMEDIATE, ...BRANCHES, ...MEMORY, ...REGISTER, ...FLOAT];

export interface Form {
  mnemonic: string;
  /** the pattern, for messages */
  pattern: string;
  operands: readonly Operand[];
  word: number;
  /** the bits that `word` fixes */
  mask: number;
  only: Only;
}

function makeForm(mnemonic: string, pattern: string, word: number, only: Only): Form {
  const operands = pattern === '' ? [] : pattern.split(', ').map(operandOf);
  const occupied = operands.reduce((bits, operand) => bits | operand.mask, 0);
  return { mnemonic, pattern, operands, word: word | 0, mask: ~occupied, only };
}

/** The forms of a row: one, or one for each width of `R` and `F`. */
function expand([mnemonic, operands, word, wideBits = WIDE, only = Only.Both]: Row): Form[] {
  let variants: [string, number][] = [[operands, word]];
  if (operands.includes('R')) {
    variants = variants.flatMap(([pattern, bits]): [string, number][] => [
      [pattern.replace(/R/g, 'W'), bits], [pattern.replace(/R/g, 'X'), bits | wideBits],
    ]);
  }
  if (operands.includes('F')) {
    variants = variants.flatMap(([pattern, bits]): [string, number][] => [
      [pattern.replace(/F/g, 'S'), bits], [pattern.replace(/F/g, 'D'), bits | DOUBLE],
    ]);
  }
  return variants.map(([pattern, bits]) => makeForm(mnemonic, pattern, bits, only));
}

let allForms: Form[] | null = null;
let formsByMnemonic: Map<string, Form[]> | null = null;
let formsByTopByte: Form[][] | null = null;

/** Every form, in the order of the table. */
export function forms(): readonly Form[] {
  return (allForms ??= ROWS.flatMap(expand));
}

/** The forms of a mnemonic, none if it is unknown. */
export function formsOf(mnemonic: string): readonly Form[] {
  if (!formsByMnemonic) {
    formsByMnemonic = new Map();
    for (const form of forms()) {
      const list = formsByMnemonic.get(form.mnemonic);
      if (list) list.push(form);
      else formsByMnemonic.set(form.mnemonic, [form]);
    }
  }
  return formsByMnemonic.get(mnemonic) ?? [];
}

/** The forms that may be printed for a word, by its top byte. */
export function candidatesFor(word: number): readonly Form[] {
  if (!formsByTopByte) {
    formsByTopByte = [];
    for (let top = 0; top < 256; top++) formsByTopByte.push([]);
    for (const form of forms()) {
      if (form.only === Only.Read) continue;
      for (let top = 0; top < 256; top++) {
        if ((((top << 24) ^ form.word) & form.mask & 0xff000000) === 0) formsByTopByte[top]!.push(form);
      }
    }
  }
  return formsByTopByte[word >>> 24]!;
}

const wordByRow = new Map<string, number>();
for (const [mnemonic, operands, word] of ROWS) {
  const key = `${mnemonic} ${operands}`;
  // The first of several rows is the one that is printed, so it is the one meant.
  if (!wordByRow.has(key)) wordByRow.set(key, word | 0);
}

/** The word of a row, for the code generator: of its 32-bit or single-precision form. */
export function rowWord(mnemonic: string, operands: string): number {
  const word = wordByRow.get(`${mnemonic} ${operands}`);
  if (word === undefined) throw new Error(`no row ${mnemonic} ${operands}`);
  return word;
}
