/**
 * The procedure call standard (AAPCS64) for FIR's scalars: where arguments and results stand, and the machine
 * instructions of calls, returns and the function entry.
 *
 * Integers and pointers travel in x0 to x7, floats in v0 to v7, each class counted on its own; what is left goes to the
 * stack in slots of 8 bytes. Results are x0 and x1, v0 and v1. The upper bits of an i32 or bool are unspecified.
 */
import { Op } from '../../fir/ops.ts';
import { isFloat, type Type } from '../../fir/types.ts';
import { Pseudo } from '../machine/machine-function.ts';
import type { Selector } from '../machine/selector.ts';
import { rowWord, UNSIGNED_OFFSET } from './forms.ts';
import { Inst } from './instructions.ts';
import { FIRST_FLOAT, FRAME_POINTER, STACK_POINTER } from './registers.ts';

const ARGUMENT_REGISTERS = 8;
const SLOT_BYTES = 8;
/** The frame record: the caller's frame pointer and the return address. Stack arguments stand above it. */
export const RECORD_BYTES = 16;

/** Index in call clobbers (`CLOBBERS`). */
const CALL_CLOBBERS = 1;

const STORE_INT = rowWord('str', 'Xt, mem.u8');
const STORE_FLOAT = rowWord('str', 'Dt, mem.u8');
const LOAD_BIT = 0x00400000;
if ((STORE_INT & UNSIGNED_OFFSET) === 0) throw new Error('not an access with an unsigned offset');

/** A register, or a byte offset in the argument area: `register` is -1 then. */
interface ArgumentPlace {
  register: number;
  offset: number;
}

class ArgumentPlaces {
  private ints = 0;
  private floats = 0;
  stackBytes = 0;

  next(type: Type): ArgumentPlace {
    if (isFloat(type)) {
      if (this.floats < ARGUMENT_REGISTERS) return { register: FIRST_FLOAT + this.floats++, offset: 0 };
    } else if (this.ints < ARGUMENT_REGISTERS) return { register: this.ints++, offset: 0 };
    const offset = this.stackBytes;
    this.stackBytes += SLOT_BYTES;
    return { register: -1, offset };
  }
}

function slotAccess(type: Type, offset: number, load: boolean): number {
  return (isFloat(type) ? STORE_FLOAT : STORE_INT) | (load ? LOAD_BIT : 0) | ((offset / SLOT_BYTES) << 10);
}

/** `Target.lowerEntry`. */
export function lowerEntry(s: Selector): void {
  const { f } = s;
  const places = new ArgumentPlaces();
  const onStack: { param: number; offset: number }[] = [];
  s.emit(Pseudo.Entry);
  for (const param of f.params[0]!) {
    const type = f.type[param]! as Type;
    const place = places.next(type);
    if (!s.wanted(param)) continue;
    if (place.register >= 0) s.defFixed(s.def(param), place.register);
    else onStack.push({ param, offset: place.offset });
  }
  for (const { param, offset } of onStack) {
    const access = slotAccess(f.type[param]! as Type, RECORD_BYTES + offset, true);
    s.emit(Inst.Access).mode(access).defReg(s.def(param)).useReg(FRAME_POINTER);
  }
}

/** A call of symbol `f.a[id]`, or with `pointer` of the function at that address. */
export function lowerCall(s: Selector, id: number, pointer: boolean): void {
  const { f, machine } = s;
  const places = new ArgumentPlaces();
  const inRegisters: { value: number; register: number }[] = [];
  for (let i = 0; i < f.c[id]!; i++) {
    const value = f.extra.at(f.b[id]! + i);
    const type = f.type[value]! as Type;
    const place = places.next(type);
    if (place.register >= 0) inRegisters.push({ value, register: place.register });
    else s.emit(Inst.Access).mode(slotAccess(type, place.offset, false)).useReg(s.use(value)).useReg(STACK_POINTER);
  }
  machine.hasCalls = true;
  machine.outgoingBytes = Math.max(machine.outgoingBytes, places.stackBytes);
  const callee = pointer ? s.use(f.a[id]!) : -1;
  s.emit(pointer ? Inst.CallPointer : Inst.Call).clobbers(CALL_CLOBBERS);
  if (pointer) s.useReg(callee);
  else s.symbolRef(f.a[id]!);
  for (const { value, register } of inRegisters) s.useFixed(s.use(value), register);
  defineResults(s, id);
}

function defineResults(s: Selector, id: number): void {
  const { f } = s;
  const signature = s.module.signatures[f.aux[id]!]!;
  const second = f.next[id]!;
  const results = [id, second && f.op[second] === Op.Result1 && f.a[second] === id ? second : 0];
  resultRegisters(signature.results).forEach((register, i) => {
    const value = results[i]!;
    if (value && s.wanted(value)) s.defFixed(s.def(value), register);
  });
}

function resultRegisters(types: readonly Type[]): number[] {
  let ints = 0;
  let floats = 0;
  return types.map((type) => (isFloat(type) ? FIRST_FLOAT + floats++ : ints++));
}

export function lowerReturn(s: Selector, id: number): void {
  const { f } = s;
  const values: number[] = [];
  for (let i = 0; i < f.c[id]!; i++) values.push(f.extra.at(f.b[id]! + i));
  const registers = resultRegisters(values.map((value) => f.type[value]! as Type));
  const used = values.map((value) => s.use(value));
  s.emit(Inst.Return);
  used.forEach((register, i) => s.useFixed(register, registers[i]!));
}
