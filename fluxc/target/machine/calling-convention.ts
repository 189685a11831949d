/**
 * Calls, returns and function entries as the C ABIs of the targets have them for FIR's scalars: arguments travel in
 * registers of their class, what finds none in stack slots of 8 bytes, results in registers. A target describes its
 * registers and instructions by a `CallingConvention`.
 */
import { Op } from '../../fir/ops.ts';
import { isFloat, type Type } from '../../fir/types.ts';
import { Pseudo, RegClass } from './machine-function.ts';
import type { Selector } from './selector.ts';

const SLOT_BYTES = 8;

/** Registers of one class, in the order in which they are taken. */
interface ClassRegisters {
  arguments: readonly number[];
  results: readonly number[];
}

export interface CallingConvention {
  int: ClassRegisters;
  float: ClassRegisters;
  /** Where floats that find no float register take integer ones: the instructions that move one there and back. */
  crossing: { toInt(type: Type): number; toFloat(type: Type): number } | null;
  returnInstruction: number;
  /** The register of an argument or a result with the upper bits that the ABI asks for. */
  use(s: Selector, value: number): number;
  /** Stores `register` in the outgoing argument area. */
  storeSlot(s: Selector, type: Type, offset: number, register: number): void;
  /** Loads `register` from the caller's argument area. */
  loadSlot(s: Selector, type: Type, offset: number, register: number): void;
  /** The call instruction of `call` or `callptr`, without its arguments. */
  emitCall(s: Selector, id: number): void;
}

/** Where an argument travels; `register` is -1 where it takes a slot, `offset` bytes in the argument area. */
interface ArgumentPlace {
  register: number;
  offset: number;
  /** a float in an integer register */
  crosses: boolean;
}

class ArgumentPlaces {
  private ints = 0;
  private floats = 0;
  stackBytes = 0;

  constructor(private readonly convention: CallingConvention) {}

  next(type: Type): ArgumentPlace {
    const { int, float, crossing } = this.convention;
    if (isFloat(type) && this.floats < float.arguments.length) {
      return { register: float.arguments[this.floats++]!, offset: 0, crosses: false };
    }
    if ((!isFloat(type) || crossing) && this.ints < int.arguments.length) {
      return { register: int.arguments[this.ints++]!, offset: 0, crosses: isFloat(type) };
    }
    const offset = this.stackBytes;
    this.stackBytes += SLOT_BYTES;
    return { register: -1, offset, crosses: false };
  }
}

/** Each class counts on its own. */
function resultRegisters({ int, float }: CallingConvention, types: readonly Type[]): number[] {
  let ints = 0;
  let floats = 0;
  return types.map((type) => (isFloat(type) ? float.results[floats++]! : int.results[ints++]!));
}

/** See `Target.lowerEntry`. */
export function lowerEntry(s: Selector, convention: CallingConvention): void {
  const { f } = s;
  const places = new ArgumentPlaces(convention);
  const onStack: { param: number; offset: number }[] = [];
  const crossed: { param: number; register: number }[] = [];
  s.emit(Pseudo.Entry);
  for (const param of f.params[0]!) {
    const { register, offset, crosses } = places.next(f.type[param]! as Type);
    if (!s.wanted(param)) {
      if (register >= 0 && !crosses) s.machine.ignored?.set(param, register);
      continue;
    }
    if (register < 0) onStack.push({ param, offset });
    else if (crosses) {
      const carrier = s.temp(RegClass.Int);
      crossed.push({ param, register: carrier });
      s.defFixed(carrier, register);
    } else s.defFixed(s.def(param), register);
  }
  for (const { param, register } of crossed) {
    s.emit(convention.crossing!.toFloat(f.type[param]! as Type)).defReg(s.def(param)).useReg(register);
  }
  for (const { param, offset } of onStack) convention.loadSlot(s, f.type[param]! as Type, offset, s.def(param));
}

/** Lowers `call` and `callptr`. */
export function lowerCall(s: Selector, id: number, convention: CallingConvention): void {
  const { f, machine } = s;
  const places = new ArgumentPlaces(convention);
  const inRegisters: { register: number; physical: number }[] = [];
  for (let i = 0; i < f.c[id]!; i++) {
    const value = f.extra.at(f.b[id]! + i);
    const type = f.type[value]! as Type;
    const place = places.next(type);
    const register = convention.use(s, value);
    if (place.register < 0) convention.storeSlot(s, type, place.offset, register);
    else if (place.crosses) {
      const carrier = s.temp(RegClass.Int);
      s.emit(convention.crossing!.toInt(type)).defReg(carrier).useReg(register);
      inRegisters.push({ register: carrier, physical: place.register });
    } else inRegisters.push({ register, physical: place.register });
  }
  machine.hasCalls = true;
  machine.outgoingBytes = Math.max(machine.outgoingBytes, places.stackBytes);
  convention.emitCall(s, id);
  for (const { register, physical } of inRegisters) s.useFixed(register, physical);
  const second = f.next[id]!;
  const results = [id, second !== 0 && f.op[second] === Op.Result1 && f.a[second] === id ? second : 0];
  resultRegisters(convention, s.module.signatures[f.aux[id]!]!.results).forEach((physical, i) => {
    const value = results[i]!;
    if (value !== 0 && s.wanted(value)) s.defFixed(s.def(value), physical);
  });
}

/** Lowers `ret`. */
export function lowerReturn(s: Selector, id: number, convention: CallingConvention): void {
  const { f } = s;
  const values: number[] = [];
  for (let i = 0; i < f.c[id]!; i++) values.push(f.extra.at(f.b[id]! + i));
  const registers = resultRegisters(convention, values.map((value) => f.type[value]! as Type));
  const used = values.map((value) => convention.use(s, value));
  s.emit(convention.returnInstruction);
  used.forEach((register, i) => s.useFixed(register, registers[i]!));
}
