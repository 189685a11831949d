/**
 * The LP64D calling convention for scalars (RISC-V psABI, "Procedure Calling Convention").
 *
 * Integers and pointers travel in a0-a7, floats in fa0-fa7; floats beyond those take integer registers, and what finds
 * no register takes 8 bytes of stack each, the first at the stack pointer of the call. Results come in a0, a1 and fa0,
 * fa1.
 */
import { Op } from '../../fir/ops.ts';
import { isFloat, isWide, Type } from '../../fir/types.ts';
import type { CallingConvention } from '../machine/calling-convention.ts';
import { Composite, rowOp } from './opcodes.ts';
import { A0, ARGUMENT_REGISTERS, CALL_CLOBBERS, FA0, FP, SP } from './registers.ts';
import { argument } from './values.ts';

const FMV_X_W = rowOp('fmv.x.w');
const FMV_X_D = rowOp('fmv.x.d');
const FMV_W_X = rowOp('fmv.w.x');
const FMV_D_X = rowOp('fmv.d.x');

function stackStore(type: Type): number {
  if (isFloat(type)) return rowOp(type === Type.F64 ? 'fsd' : 'fsw');
  return rowOp('sd');
}

function stackLoad(type: Type): number {
  if (isFloat(type)) return rowOp(type === Type.F64 ? 'fld' : 'flw');
  return rowOp(isWide(type) ? 'ld' : 'lw');
}

function registersFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

export const CONVENTION: CallingConvention = {
  int: { arguments: registersFrom(A0, ARGUMENT_REGISTERS), results: registersFrom(A0, 2) },
  float: { arguments: registersFrom(FA0, ARGUMENT_REGISTERS), results: registersFrom(FA0, 2) },
  crossing: {
    toInt: (type) => (type === Type.F64 ? FMV_X_D : FMV_X_W),
    toFloat: (type) => (type === Type.F64 ? FMV_D_X : FMV_W_X),
  },
  returnInstruction: Composite.Return,
  use: argument,
  storeSlot(s, type, offset, register) {
    s.emit(stackStore(type)).useReg(register).useReg(SP).imm(offset);
  },
  loadSlot(s, type, offset, register) {
    s.emit(stackLoad(type)).defReg(register).useReg(FP).imm(offset);
  },
  emitCall(s, id) {
    const target = s.f.a[id]!;
    if (s.f.op[id] === Op.Callptr) s.emit(Composite.CallPointer).clobbers(CALL_CLOBBERS).useReg(s.use(target));
    else s.emit(Composite.Call).clobbers(CALL_CLOBBERS).symbolRef(target);
  },
};
