/** The forms that code generation writes, looked up once, and the ways to write them. */
import type { CodeBuffer } from '../machine/code-buffer.ts';
import { layoutFrame } from '../machine/frame.ts';
import type { MachineFunction } from '../machine/machine-function.ts';
import { IP, type Memory, memory, NO_REGISTER, put32, write } from './encode.ts';
import { findForm, type Form, form } from './forms.ts';
import { type Condition, hasBase, hasIndex, hasSymbol, scaleOf, Size, slotOf } from './instructions.ts';
import { RBP } from './registers.ts';
import { Relocation } from './relocations.ts';
import { ARITHMETIC, CONDITIONS, SHIFTS } from './rows.ts';

const MODE = 64;

/**
 * The forms of `mnemonic` by `Size`, `v` in `kinds` standing for the bits; those that do not exist must not be asked
 * for.
 */
export function bySize(mnemonic: string, kinds: string): readonly Form[] {
  const byte = findForm(mnemonic, kinds.replace(/v\b/g, '8'));
  return [byte!, findForm(mnemonic, kinds, 16)!, form(mnemonic, kinds, 32), form(mnemonic, kinds, 64)];
}

export const ARITHMETIC_RM_R = ARITHMETIC.map((name) => bySize(name, 'rmv, rv'));
export const ARITHMETIC_R_RM = ARITHMETIC.map((name) => bySize(name, 'rv, rmv'));
export const ARITHMETIC_RM_IMM8 = ARITHMETIC.map((name) => bySize(name, 'rmv, imm8s'));
export const ARITHMETIC_RM_IMM = ARITHMETIC.map((name) => bySize(name, 'rmv, immv'));
export const ARITHMETIC_A_IMM = ARITHMETIC.map((name) => bySize(name, 'Av, immv'));
export const SHIFT_1 = SHIFTS.map((name) => (name === '' ? [] : bySize(name.split(' ')[0]!, 'rmv, 1')));
export const SHIFT_IMM8 = SHIFTS.map((name) => (name === '' ? [] : bySize(name.split(' ')[0]!, 'rmv, imm8')));
export const SHIFT_CL = SHIFTS.map((name) => (name === '' ? [] : bySize(name.split(' ')[0]!, 'rmv, cl')));

/** The forms of `before` with every condition behind it. */
function conditional(before: string, kinds: string): readonly Form[] {
  return CONDITIONS.map((names) => form(before + names.split(' ')[0]!, kinds));
}

const JCC_SHORT = conditional('j', 'rel8');
const JCC_LONG = conditional('j', 'rel32');
const JMP_SHORT = form('jmp', 'rel8');
const JMP_LONG = form('jmp', 'rel32');
export const SET = conditional('set', 'rm8');
/** by condition, then by size */
export const CMOV = CONDITIONS.map((names) => bySize(`cmov${names.split(' ')[0]!}`, 'rv, rmv'));

export const MOV_RM_R = bySize('mov', 'rmv, rv');
export const MOV_R_RM = bySize('mov', 'rv, rmv');
export const MOV_RM_IMM = bySize('mov', 'rmv, immv');
const MOV_R32_IMM = form('mov', 'rv, immv', 32);
const MOV_R64_IMM = form('movabs', 'r64, imm64');
export const TEST_RM_R = bySize('test', 'rmv, rv');
export const XOR_RM_R = bySize('xor', 'rmv, rv');

// ---- writing ----

/** An instruction whose operands are the registers of ModRM.reg and ModRM.rm; float registers by their own numbers. */
export function putRegisters(out: CodeBuffer, row: Form, register: number, rm: number): void {
  write(out, row, MODE, register & 31, rm & 31, null);
}

/** An instruction with one register in ModRM.rm, or with none at all. */
export function putRegister(out: CodeBuffer, row: Form, rm = 0): void {
  write(out, row, MODE, 0, rm & 31, null);
}

/** An instruction with a register in its opcode. */
export function putInOpcode(out: CodeBuffer, row: Form, register: number): void {
  write(out, row, MODE, register, 0, null);
}

const place: Memory = memory(NO_REGISTER);

/** An instruction with memory at `base` + `displacement`. */
export function putAtBase(out: CodeBuffer, row: Form, register: number, base: number, displacement: number): void {
  place.base = base;
  place.index = NO_REGISTER;
  place.displacement = displacement;
  place.wide = false;
  write(out, row, MODE, register & 31, 0, place);
}

/**
 * An instruction with the memory operand of machine instruction `id`, whose registers start at operand `first`. `tail`
 * is the number of immediate bytes that the caller writes behind it.
 */
export function putMemory(
  out: CodeBuffer, row: Form, register: number, machine: MachineFunction, id: number, first: number, tail = 0,
): void {
  const mode = machine.mode[id]!;
  const displacement = machine.immHigh[id]!;
  place.base = NO_REGISTER;
  place.index = NO_REGISTER;
  place.shift = scaleOf(mode);
  place.displacement = displacement;
  place.wide = false;
  let operand = first;
  if (hasBase(mode)) place.base = machine.register(id, operand++);
  if (hasIndex(mode)) place.index = machine.register(id, operand);
  const slot = slotOf(mode);
  if (slot >= 0) {
    place.base = RBP;
    place.displacement += layoutFrame(machine).slotOffset(slot);
  }
  if (!hasSymbol(mode)) {
    write(out, row, MODE, register & 31, 0, place);
    return;
  }
  place.base = IP;
  place.displacement = 0;
  write(out, row, MODE, register & 31, 0, place);
  out.relocate(Relocation.Relative32, machine.symbol[id]!, displacement - 4 - tail, out.length - 4);
}

/** An immediate of 1, 2 or 4 bytes. */
export function putImmediate(out: CodeBuffer, value: number, bytes: number): void {
  for (let i = 0; i < bytes; i++) out.put8((value >> (8 * i)) & 255);
}

/** Bytes of a full immediate: never more than 4. */
export function immediateBytes(size: Size): number {
  return size === Size.Byte ? 1 : size === Size.Word ? 2 : 4;
}

export function isByte(value: number): boolean {
  return value >= -128 && value <= 127;
}

export function putJump(out: CodeBuffer, label: number): void {
  putBranch(out, JMP_SHORT, JMP_LONG, label);
}

export function putJumpIf(out: CodeBuffer, condition: Condition, label: number): void {
  putBranch(out, JCC_SHORT[condition]!, JCC_LONG[condition]!, label);
}

function putBranch(out: CodeBuffer, short: Form, long: Form, label: number): void {
  const isLong = out.nextIsLong();
  putRegister(out, isLong ? long : short);
  out.fixup(isLong ? Relocation.Relative32 : Relocation.Relative8, label);
  if (isLong) put32(out, 0);
  else out.put8(0);
}

/** A 64-bit constant without change of flags. */
export function putConstant(out: CodeBuffer, register: number, low: number, high: number): void {
  if (high === 0) {
    putInOpcode(out, MOV_R32_IMM, register);
    put32(out, low);
  } else if (high === low >> 31) {
    putRegister(out, MOV_RM_IMM[Size.Quad]!, register);
    put32(out, low);
  } else {
    putInOpcode(out, MOV_R64_IMM, register);
    put32(out, low);
    put32(out, high);
  }
}

/** Zero, with change of flags. */
export function putZero(out: CodeBuffer, register: number): void {
  putRegisters(out, XOR_RM_R[Size.Double]!, register, register);
}
