/**
 * The calling convention, System V ABI for AMD64 (section 3.2.3) for FIR's scalars.
 *
 * Integers and pointers travel in rdi, rsi, rdx, rcx, r8, r9, floats in xmm0 to xmm7; what is left goes to the stack in
 * slots of 8 bytes. Results are rax and rdx, xmm0 and xmm1. The upper 32 bits of an i32 or bool are unspecified.
 */
import { Access, Op } from '../../fir/ops.ts';
import { isFloat, type Type } from '../../fir/types.ts';
import type { CallingConvention } from '../machine/calling-convention.ts';
import { addressMode, Inst, modeOf, Size } from './instructions.ts';
import { CALL_CLOBBERS, R8, R9, RAX, RBP, RCX, RDI, RDX, RSI, RSP, XMM0 } from './registers.ts';

/** The caller's frame pointer and the return address; stack arguments stand above them. */
const RECORD_BYTES = 16;

/** `mode` of a load or store of a whole argument slot, at a base register. */
function slotMode(type: Type): number {
  const access = isFloat(type) ? Access.F64 : Access.W64;
  return modeOf(access, Size.Quad) | addressMode(true, false, 0, -1, false);
}

const FLOATS = [0, 1, 2, 3, 4, 5, 6, 7].map((number) => XMM0 + number);

export const CONVENTION: CallingConvention = {
  int: { arguments: [RDI, RSI, RDX, RCX, R8, R9], results: [RAX, RDX] },
  float: { arguments: FLOATS, results: FLOATS.slice(0, 2) },
  crossing: null,
  returnInstruction: Inst.Return,
  use: (s, value) => s.use(value),
  storeSlot(s, type, offset, register) {
    s.emit(Inst.Store).useReg(register).useReg(RSP).imm(0, offset).mode(slotMode(type));
  },
  loadSlot(s, type, offset, register) {
    s.emit(Inst.Load).defReg(register).useReg(RBP).imm(0, RECORD_BYTES + offset).mode(slotMode(type));
  },
  emitCall(s, id) {
    const target = s.f.a[id]!;
    if (s.f.op[id] === Op.Callptr) s.emit(Inst.CallPointer).useReg(s.use(target));
    else s.emit(Inst.Call).symbolRef(target);
    s.clobbers(CALL_CLOBBERS);
  },
};
