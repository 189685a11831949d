/**
 * The LP64D calling convention for scalars (RISC-V psABI, "Procedure Calling Convention").
 *
 * Integers and pointers travel in a0-a7, floats in fa0-fa7; floats beyond those take integer registers, and what finds
 * no register takes 8 bytes of stack each, the first at the stack pointer of the call. Results come in a0, a1 and fa0,
 * fa1.
 */
import type { Signature } from '../../fir/module.ts';
import { Op } from '../../fir/ops.ts';
import { isFloat, isWide, Type } from '../../fir/types.ts';
import { FLOAT, Pseudo, RegClass } from '../machine/machine-function.ts';
import type { Selector } from '../machine/selector.ts';
import { Composite, rowOp } from './opcodes.ts';
import { A0, ARGUMENT_REGISTERS, CALL_CLOBBERS, FA0, FP, SP } from './registers.ts';
import { argument } from './values.ts';

/** Where one argument travels: a register (floats may stand in integer ones), or -1 and an offset in the stack area. */
interface Place {
  register: number;
  offset: number;
}

const FMV_X_W = rowOp('fmv.x.w');
const FMV_X_D = rowOp('fmv.x.d');
const FMV_W_X = rowOp('fmv.w.x');
const FMV_D_X = rowOp('fmv.d.x');

function placeArguments(types: readonly Type[]): { places: Place[]; stackBytes: number } {
  let ints = 0;
  let floats = 0;
  let stackBytes = 0;
  const places = types.map((type) => {
    if (isFloat(type) && floats < ARGUMENT_REGISTERS) return { register: FA0 + floats++, offset: 0 };
    if (ints < ARGUMENT_REGISTERS) return { register: A0 + ints++, offset: 0 };
    stackBytes += 8;
    return { register: -1, offset: stackBytes - 8 };
  });
  return { places, stackBytes };
}

function resultRegisters(types: readonly Type[]): number[] {
  let ints = 0;
  let floats = 0;
  return types.map((type) => (isFloat(type) ? FA0 + floats++ : A0 + ints++));
}

/** Does `type` travel in `register` of the other class? */
function crosses(type: Type, register: number): boolean {
  return isFloat(type) && register >= 0 && register < FLOAT;
}

function stackStore(type: Type): number {
  if (isFloat(type)) return rowOp(type === Type.F64 ? 'fsd' : 'fsw');
  return rowOp('sd');
}

function stackLoad(type: Type): number {
  if (isFloat(type)) return rowOp(type === Type.F64 ? 'fld' : 'flw');
  return rowOp(isWide(type) ? 'ld' : 'lw');
}

/** Defines the function's parameters (see `Target.lowerEntry`). */
export function lowerEntry(s: Selector): void {
  const { f } = s;
  const params = f.params[0]!.filter((param) => s.wanted(param));
  const { places } = placeArguments(f.params[0]!.map((param) => f.type[param]! as Type));
  const crossed: [param: number, temp: number][] = [];
  s.emit(Pseudo.Entry);
  for (const param of params) {
    const { register } = places[f.a[param]!]!;
    if (register < 0) continue;
    if (crosses(f.type[param]! as Type, register)) {
      const temp = s.temp(RegClass.Int);
      crossed.push([param, temp]);
      s.defFixed(temp, register);
    } else s.defFixed(s.def(param), register);
  }
  for (const [param, temp] of crossed) {
    s.emit(f.type[param] === Type.F64 ? FMV_D_X : FMV_W_X).defReg(s.def(param)).useReg(temp);
  }
  for (const param of params) {
    const { register, offset } = places[f.a[param]!]!;
    if (register < 0) s.emit(stackLoad(f.type[param]! as Type)).defReg(s.def(param)).useReg(FP).imm(offset);
  }
}

/** Lowers `call` and `callptr`. */
export function lowerCall(s: Selector, id: number): void {
  const { f, machine } = s;
  const signature: Signature = s.module.signatures[f.aux[id]!]!;
  const { places, stackBytes } = placeArguments(signature.params);
  machine.outgoingBytes = Math.max(machine.outgoingBytes, stackBytes);
  machine.hasCalls = true;
  const fixed: [register: number, physical: number][] = [];
  for (let i = 0; i < f.c[id]!; i++) {
    const value = argument(s, f.extra.at(f.b[id]! + i));
    const type = signature.params[i]!;
    const { register, offset } = places[i]!;
    if (register < 0) s.emit(stackStore(type)).useReg(value).useReg(SP).imm(offset);
    else if (crosses(type, register)) {
      const temp = s.temp(RegClass.Int);
      s.emit(type === Type.F64 ? FMV_X_D : FMV_X_W).defReg(temp).useReg(value);
      fixed.push([temp, register]);
    } else fixed.push([value, register]);
  }
  const isDirect = f.op[id] === Op.Call;
  const callee = isDirect ? 0 : s.use(f.a[id]!);
  s.emit(isDirect ? Composite.Call : Composite.CallPointer).clobbers(CALL_CLOBBERS);
  if (isDirect) s.symbolRef(f.a[id]!);
  else s.useReg(callee);
  for (const [register, physical] of fixed) s.useFixed(register, physical);
  const [first, second] = resultRegisters(signature.results);
  if (first !== undefined && s.wanted(id)) s.defFixed(s.def(id), first);
  const next = f.next[id]!;
  if (second !== undefined && next && f.op[next] === Op.Result1 && s.wanted(next)) s.defFixed(s.def(next), second);
}

/** Lowers `ret`. */
export function lowerReturn(s: Selector, id: number): void {
  const { f } = s;
  const values: number[] = [];
  for (let i = 0; i < f.c[id]!; i++) values.push(f.extra.at(f.b[id]! + i));
  const registers = resultRegisters(values.map((value) => f.type[value]! as Type));
  const used = values.map((value) => argument(s, value));
  s.emit(Composite.Return);
  used.forEach((register, i) => s.useFixed(register, registers[i]!));
}
