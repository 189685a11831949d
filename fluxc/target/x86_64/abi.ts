/**
 * The calling convention, System V ABI for AMD64 (section 3.2.3) for FIR's scalars: where arguments and results stand,
 * and the machine instructions of calls, returns and the function entry.
 *
 * Integers and pointers travel in rdi, rsi, rdx, rcx, r8, r9, floats in xmm0 to xmm7; what is left goes to the stack in
 * slots of 8 bytes. Results are rax and rdx, xmm0 and xmm1. The upper 32 bits of an i32 or bool are unspecified.
 */
import { Access, Op } from '../../fir/ops.ts';
import { isFloat, Type } from '../../fir/types.ts';
import { Pseudo } from '../machine/machine-function.ts';
import type { Selector } from '../machine/selector.ts';
import { addressMode, Inst, modeOf, Size } from './instructions.ts';
import { CALL_CLOBBERS, R8, R9, RAX, RBP, RCX, RDI, RDX, RSI, RSP, XMM0 } from './registers.ts';

const INT_ARGUMENTS = [RDI, RSI, RDX, RCX, R8, R9];
const FLOAT_ARGUMENTS = 8;
const INT_RESULTS = [RAX, RDX];
const SLOT_BYTES = 8;
/** The caller's frame pointer and the return address; stack arguments stand above them. */
const RECORD_BYTES = 16;

/** A register, or a byte offset in the argument area where `register` is -1. */
interface Place {
  register: number;
  offset: number;
}

class ArgumentPlaces {
  private ints = 0;
  private floats = 0;
  stackBytes = 0;

  next(type: Type): Place {
    if (isFloat(type)) {
      if (this.floats < FLOAT_ARGUMENTS) return { register: XMM0 + this.floats++, offset: 0 };
    } else if (this.ints < INT_ARGUMENTS.length) return { register: INT_ARGUMENTS[this.ints++]!, offset: 0 };
    const offset = this.stackBytes;
    this.stackBytes += SLOT_BYTES;
    return { register: -1, offset };
  }
}

/** `mode` of a load or store of a whole argument slot, at a base register. */
function slotMode(type: Type): number {
  const access = isFloat(type) ? Access.F64 : Access.W64;
  return modeOf(access, Size.Quad) | addressMode(true, false, 0, -1, false);
}

/** See `Target.lowerEntry`. */
export function lowerEntry(s: Selector): void {
  const { f } = s;
  const places = new ArgumentPlaces();
  const onStack: { param: number; offset: number }[] = [];
  s.emit(Pseudo.Entry);
  for (const param of f.params[0]!) {
    const { register, offset } = places.next(f.type[param]! as Type);
    if (!s.wanted(param)) continue;
    if (register >= 0) s.defFixed(s.def(param), register);
    else onStack.push({ param, offset });
  }
  for (const { param, offset } of onStack) {
    s.emit(Inst.Load).defReg(s.def(param)).useReg(RBP);
    s.imm(0, RECORD_BYTES + offset).mode(slotMode(f.type[param]! as Type));
  }
}

/** A call of symbol `f.a[id]`, or, as `callptr`, of the function at that address. */
export function lowerCall(s: Selector, id: number): void {
  const { f, machine } = s;
  const places = new ArgumentPlaces();
  const inRegisters: { register: number; physical: number }[] = [];
  for (let i = 0; i < f.c[id]!; i++) {
    const value = f.extra.at(f.b[id]! + i);
    const type = f.type[value]! as Type;
    const place = places.next(type);
    const register = s.use(value);
    if (place.register >= 0) inRegisters.push({ register, physical: place.register });
    else {
      s.emit(Inst.Store).useReg(register).useReg(RSP);
      s.imm(0, place.offset).mode(slotMode(type));
    }
  }
  machine.hasCalls = true;
  machine.outgoingBytes = Math.max(machine.outgoingBytes, places.stackBytes);
  if (f.op[id] === Op.Callptr) s.emit(Inst.CallPointer).useReg(s.use(f.a[id]!));
  else s.emit(Inst.Call).symbolRef(f.a[id]!);
  s.clobbers(CALL_CLOBBERS);
  for (const { register, physical } of inRegisters) s.useFixed(register, physical);
  const types = s.module.signatures[f.aux[id]!]!.results;
  const second = f.next[id]!;
  const results = [id, second !== 0 && f.op[second] === Op.Result1 ? second : 0];
  resultRegisters(types).forEach((physical, i) => {
    const value = results[i]!;
    if (value !== 0 && s.wanted(value)) s.defFixed(s.def(value), physical);
  });
}

export function lowerReturn(s: Selector, id: number): void {
  const { f } = s;
  const values: number[] = [];
  for (let i = 0; i < f.c[id]!; i++) values.push(f.extra.at(f.b[id]! + i));
  const registers = resultRegisters(values.map((value) => f.type[value]! as Type));
  s.emit(Inst.Return);
  values.forEach((value, i) => s.useFixed(s.use(value), registers[i]!));
}

/** Each class counts on its own. */
function resultRegisters(types: readonly Type[]): number[] {
  let ints = 0;
  let floats = 0;
  return types.map((type) => (isFloat(type) ? XMM0 + floats++ : INT_RESULTS[ints++]!));
}
