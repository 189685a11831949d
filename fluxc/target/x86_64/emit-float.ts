/**
 * Emission of the float instructions that are more than one: constants, signs, comparisons as bools, conversions with
 * the meaning of `ops.ts` (saturating, NaN gives 0, unsigned). They use r11 and xmm15, which hold nothing between
 * instructions.
 */
import type { CodeBuffer } from '../machine/code-buffer.ts';
import type { MachineFunction } from '../machine/machine-function.ts';
import {
  ARITHMETIC_RM_R, bySize, MOV_RM_R, putConstant, putImmediate, putJump, putJumpIf, putMemory, putRegister,
  putRegisters, putZero, SET, SHIFT_1, SHIFT_IMM8, TEST_RM_R,
} from './emit-forms.ts';
import { type Form, form } from './forms.ts';
import { Arithmetic, codeOf, Condition, Inst, Shift, Size, sizeOf, Source, sourceOf } from './instructions.ts';
import { R11, XMM15 } from './registers.ts';

/** The forms for f32 and f64, indexed by `Size`. */
function pair(single: Form, double: Form): readonly Form[] {
  return [single, single, single, double];
}

const XORPS = form('xorps', 'xmm, xm128');
const ADDSD = pair(form('addss', 'xmm, xm32'), form('addsd', 'xmm, xm64'));
const BINARY = new Map<number, readonly Form[]>(['add', 'mul', 'sub', 'div'].map((name) => {
  const forms = pair(form(`${name}ss`, 'xmm, xm32'), form(`${name}sd`, 'xmm, xm64'));
  return [forms[0]!.opcode[1]!, forms];
}));
const SQUARE_ROOT = pair(form('sqrtss', 'xmm, xm32'), form('sqrtsd', 'xmm, xm64'));
const COMPARE = pair(form('ucomiss', 'xmm, xm32'), form('ucomisd', 'xmm, xm64'));
/** by size of the source */
const RESIZE = pair(form('cvtss2sd', 'xmm, xm32'), form('cvtsd2ss', 'xmm, xm64'));
const TO_XMM = pair(form('movd', 'xmm, rm32'), form('movq', 'xmm, rr64'));
const FROM_XMM = pair(form('movd', 'rm32, xmm'), form('movq', 'rr64, xmm'));
/** by size of the integer, then of the float */
const FROM_INT = [32, 64].map((bits) => pair(form('cvtsi2ss', `xmm, rm${bits}`), form('cvtsi2sd', `xmm, rm${bits}`)));
const TO_INT = [32, 64].map((bits) => pair(form('cvttss2si', `r${bits}, xm32`), form('cvttsd2si', `r${bits}, xm64`)));
const BTC = bySize('btc', 'rmv, imm8');
const BTR = bySize('btr', 'rmv, imm8');
const COMPARE_IMM8 = bySize('cmp', 'rmv, imm8s');
const OR_IMM8 = form('or', 'rmv, imm8s', 64);

/** -2^63 as f32 and f64: low and high word. */
const MINUS_TWO_TO_63: readonly (readonly [number, number])[] = [
  [0, 0], [0, 0], [0xdf000000 | 0, 0], [0, 0xc3e00000 | 0],
];

export function emitFloat(machine: MachineFunction, id: number, out: CodeBuffer): void {
  const mode = machine.mode[id]!;
  const code = codeOf(mode);
  const size = sizeOf(mode);
  const first = machine.register(id, 0);
  switch (machine.op[id]! as Inst) {
    case Inst.FloatConstant:
      if (machine.imm[id] === 0 && machine.immHigh[id] === 0) putRegisters(out, XORPS, first, first);
      else {
        putConstant(out, R11, machine.imm[id]!, machine.immHigh[id]!);
        putRegisters(out, TO_XMM[size]!, first, R11);
      }
      return;
    case Inst.FloatArithmetic: return emitWithSource(machine, id, out, BINARY.get(code)![size]!, first, 2);
    case Inst.FloatCompare: return emitWithSource(machine, id, out, COMPARE[size]!, first, 1);
    case Inst.FloatSquareRoot:
      putRegisters(out, SQUARE_ROOT[size]!, first, machine.register(id, 1));
      return;
    case Inst.FloatResize:
      putRegisters(out, RESIZE[size]!, first, machine.register(id, 1));
      return;
    case Inst.FloatSet: return emitFloatSet(machine, id, out, code, size);
    case Inst.FloatSign:
      putRegisters(out, FROM_XMM[size]!, machine.register(id, 1), R11);
      putRegister(out, (code === 0 ? BTC : BTR)[size]!, R11);
      out.put8(size === Size.Quad ? 63 : 31);
      putRegisters(out, TO_XMM[size]!, first, R11);
      return;
    case Inst.IntToFloatBits:
      putRegisters(out, TO_XMM[size]!, first, machine.register(id, 1));
      return;
    case Inst.FloatToIntBits:
      putRegisters(out, FROM_XMM[size]!, machine.register(id, 1), first);
      return;
    case Inst.IntToFloat: return emitIntToFloat(out, code, size, first, machine.register(id, 1));
    case Inst.FloatToInt: return emitFloatToInt(out, code, size, first, machine.register(id, 1));
    default: throw new Error(`cannot emit instruction ${machine.op[id]}`);
  }
}

function emitWithSource(
  machine: MachineFunction, id: number, out: CodeBuffer, row: Form, register: number, source: number,
): void {
  if (sourceOf(machine.mode[id]!) === Source.Memory) putMemory(out, row, register, machine, id, source);
  else putRegisters(out, row, register, machine.register(id, source));
}

/** Unordered operands set the zero, parity and carry flags. */
function emitFloatSet(machine: MachineFunction, id: number, out: CodeBuffer, code: number, size: Size): void {
  const result = machine.register(id, 0);
  putZero(out, result);
  putRegisters(out, COMPARE[size]!, machine.register(id, 1), machine.register(id, 2));
  if (code >= 2) {
    putRegister(out, SET[code === 2 ? Condition.Above : Condition.AboveEqual]!, result);
    return;
  }
  putRegister(out, SET[code === 0 ? Condition.NotParity : Condition.Parity]!, R11);
  putRegister(out, SET[code === 0 ? Condition.Equal : Condition.NotEqual]!, result);
  putRegisters(out, ARITHMETIC_RM_R[code === 0 ? Arithmetic.And : Arithmetic.Or]![Size.Byte]!, R11, result);
}

function emitIntToFloat(out: CodeBuffer, code: number, size: Size, result: number, value: number): void {
  const isWide = (code & 1) !== 0;
  const isUnsigned = (code & 2) !== 0;
  // The conversion leaves the register's upper part, and so would wait for whatever wrote it last.
  putRegisters(out, XORPS, result, result);
  if (!isUnsigned) {
    putRegisters(out, FROM_INT[isWide ? 1 : 0]![size]!, result, value);
    return;
  }
  if (!isWide) {
    putRegisters(out, MOV_RM_R[Size.Double]!, value, R11);
    putRegisters(out, FROM_INT[1]![size]!, result, R11);
    return;
  }
  // From 2^63 on: half of it, the lost bit kept as a sticky one so that rounding is right, then doubled.
  const [large, done, even] = [out.newLabel(), out.newLabel(), out.newLabel()];
  putRegisters(out, TEST_RM_R[Size.Quad]!, value, value);
  putJumpIf(out, Condition.Sign, large);
  putRegisters(out, FROM_INT[1]![size]!, result, value);
  putJump(out, done);
  out.bind(large);
  putRegisters(out, MOV_RM_R[Size.Quad]!, value, R11);
  putRegister(out, SHIFT_1[Shift.Shr]![Size.Quad]!, R11);
  putJumpIf(out, Condition.AboveEqual, even);
  putRegister(out, OR_IMM8, R11);
  out.put8(1);
  out.bind(even);
  putRegisters(out, FROM_INT[1]![size]!, result, R11);
  putRegisters(out, ADDSD[size]!, result, result);
  out.bind(done);
}

/** cvtt gives the least integer for NaN and for what does not fit. */
function emitFloatToInt(out: CodeBuffer, code: number, size: Size, result: number, value: number): void {
  const isWide = (code & 1) !== 0;
  const done = out.newLabel();
  switch (code) {
    case 0: case 1: {
      const width = isWide ? Size.Quad : Size.Double;
      const nan = out.newLabel();
      putRegisters(out, TO_INT[isWide ? 1 : 0]![size]!, result, value);
      // Only the least integer minus 1 overflows.
      putRegister(out, COMPARE_IMM8[width]!, result);
      out.put8(1);
      putJumpIf(out, Condition.NoOverflow, done);
      putRegisters(out, XORPS, XMM15, XMM15);
      putRegisters(out, COMPARE[size]!, value, XMM15);
      putJumpIf(out, Condition.Parity, nan);
      putJumpIf(out, Condition.BelowEqual, done);
      putConstant(out, result, isWide ? -1 : 0x7fffffff, isWide ? 0x7fffffff : 0);
      putJump(out, done);
      out.bind(nan);
      putZero(out, result);
      break;
    }
    case 2:
      putRegisters(out, TO_INT[1]![size]!, result, value);
      putRegisters(out, MOV_RM_R[Size.Quad]!, result, R11);
      putRegister(out, SHIFT_IMM8[Shift.Shr]![Size.Quad]!, R11);
      putImmediate(out, 32, 1);
      putJumpIf(out, Condition.Equal, done);
      putZeroUnlessPositive(out, size, result, value, done);
      putConstant(out, result, -1, 0);
      break;
    default:
      putRegisters(out, TO_INT[1]![size]!, result, value);
      putRegisters(out, TEST_RM_R[Size.Quad]!, result, result);
      putJumpIf(out, Condition.NotSign, done);
      putZeroUnlessPositive(out, size, result, value, done);
      // From 2^63 on: the distance from there, and its top bit back; what is too large for that too becomes all ones.
      putConstant(out, R11, ...MINUS_TWO_TO_63[size]!);
      putRegisters(out, TO_XMM[size]!, XMM15, R11);
      putRegisters(out, ADDSD[size]!, XMM15, value);
      putRegisters(out, TO_INT[1]![size]!, result, XMM15);
      putRegisters(out, MOV_RM_R[Size.Quad]!, result, R11);
      putRegister(out, SHIFT_IMM8[Shift.Sar]![Size.Quad]!, R11);
      putImmediate(out, 63, 1);
      putRegister(out, BTC[Size.Quad]!, result);
      out.put8(63);
      putRegisters(out, ARITHMETIC_RM_R[Arithmetic.Or]![Size.Quad]!, R11, result);
  }
  out.bind(done);
}

/** Sets the result to 0 and goes to `done` if the value is not above 0; NaN is not. */
function putZeroUnlessPositive(out: CodeBuffer, size: Size, result: number, value: number, done: number): void {
  putZero(out, result);
  putRegisters(out, XORPS, XMM15, XMM15);
  putRegisters(out, COMPARE[size]!, value, XMM15);
  putJumpIf(out, Condition.BelowEqual, done);
}
