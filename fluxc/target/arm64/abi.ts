/**
 * The procedure call standard (AAPCS64) for FIR's scalars.
 *
 * Integers and pointers travel in x0 to x7, floats in v0 to v7, each class counted on its own; what is left goes to the
 * stack in slots of 8 bytes. Results are x0 and x1, v0 and v1. The upper bits of an i32 or bool are unspecified.
 */
import { Op } from '../../fir/ops.ts';
import { isFloat, type Type } from '../../fir/types.ts';
import type { CallingConvention } from '../machine/calling-convention.ts';
import { rowWord, UNSIGNED_OFFSET } from './forms.ts';
import { Inst } from './instructions.ts';
import { FIRST_FLOAT, FRAME_POINTER, STACK_POINTER } from './registers.ts';

const SLOT_BYTES = 8;
/** The frame record: the caller's frame pointer and the return address. Stack arguments stand above it. */
const RECORD_BYTES = 16;

/** Index in call clobbers (`CLOBBERS`). */
const CALL_CLOBBERS = 1;

const STORE_INT = rowWord('str', 'Xt, mem.u8');
const STORE_FLOAT = rowWord('str', 'Dt, mem.u8');
const LOAD_BIT = 0x00400000;
if ((STORE_INT & UNSIGNED_OFFSET) === 0) throw new Error('not an access with an unsigned offset');

function slotAccess(type: Type, offset: number, load: boolean): number {
  return (isFloat(type) ? STORE_FLOAT : STORE_INT) | (load ? LOAD_BIT : 0) | ((offset / SLOT_BYTES) << 10);
}

const FLOATS = [0, 1, 2, 3, 4, 5, 6, 7].map((number) => FIRST_FLOAT + number);

export const CONVENTION: CallingConvention = {
  int: { arguments: [0, 1, 2, 3, 4, 5, 6, 7], results: [0, 1] },
  float: { arguments: FLOATS, results: FLOATS.slice(0, 2) },
  crossing: null,
  returnInstruction: Inst.Return,
  use: (s, value) => s.use(value),
  storeSlot(s, type, offset, register) {
    s.emit(Inst.Access).mode(slotAccess(type, offset, false)).useReg(register).useReg(STACK_POINTER);
  },
  loadSlot(s, type, offset, register) {
    s.emit(Inst.Access).mode(slotAccess(type, RECORD_BYTES + offset, true)).defReg(register).useReg(FRAME_POINTER);
  },
  emitCall(s, id) {
    const target = s.f.a[id]!;
    if (s.f.op[id] === Op.Callptr) s.emit(Inst.CallPointer).clobbers(CALL_CLOBBERS).useReg(s.use(target));
    else s.emit(Inst.Call).clobbers(CALL_CLOBBERS).symbolRef(target);
  },
};
