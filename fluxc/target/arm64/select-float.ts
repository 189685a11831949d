/** Selection of floating-point arithmetic, conversions and moves between the register files. */
import { Op } from '../../fir/ops.ts';
import { isFloat, isWide, Type } from '../../fir/types.ts';
import { Pseudo } from '../machine/machine-function.ts';
import type { Selector } from '../machine/selector.ts';
import { DOUBLE } from './forms.ts';
import { Inst } from './instructions.ts';
import { lowWordOf, typeOf, useValue, widthBits } from './values.ts';

/** The precision bits of a float instruction on values of this type. */
function precisionBits(type: Type): number {
  return type === Type.F64 ? DOUBLE : 0;
}

/** Everything about floats but comparison and selection; any other operation is an error of the compiler. */
export function lowerFloat(s: Selector, id: number): void {
  const { f } = s;
  const type = typeOf(s, id);
  const precision = precisionBits(type);
  const a = f.a[id]!;
  switch (f.op[id]! as Op) {
    case Op.Fconst:
      s.emit(Inst.FloatConstant).mode(precision).imm(f.a[id]!, f.b[id]!).defReg(s.def(id));
      return;
    case Op.Fadd:
      binary(s, id, Inst.FloatAdd);
      return;
    case Op.Fsub:
      binary(s, id, Inst.FloatSub);
      return;
    case Op.Fmul:
      binary(s, id, Inst.FloatMultiply);
      return;
    case Op.Fdiv:
      binary(s, id, Inst.FloatDivide);
      return;
    case Op.Fneg:
      unary(s, id, Inst.FloatNegate, precision);
      return;
    case Op.Fabs:
      unary(s, id, Inst.FloatAbsolute, precision);
      return;
    case Op.Fsqrt:
      unary(s, id, Inst.FloatSquareRoot, precision);
      return;
    case Op.Sitof:
      unary(s, id, Inst.FloatFromSigned, precision | widthBits(typeOf(s, a)));
      return;
    case Op.Uitof:
      unary(s, id, Inst.FloatFromUnsigned, precision | widthBits(typeOf(s, a)));
      return;
    case Op.Ftosi:
      unary(s, id, Inst.SignedFromFloat, precisionBits(typeOf(s, a)) | widthBits(type));
      return;
    case Op.Ftoui:
      unary(s, id, Inst.UnsignedFromFloat, precisionBits(typeOf(s, a)) | widthBits(type));
      return;
    case Op.Fpromote:
      unary(s, id, Inst.Promote, 0);
      return;
    case Op.Fdemote:
      unary(s, id, Inst.Demote, 0);
      return;
    case Op.Bitcast:
      lowerBitcast(s, id);
      return;
    default:
      throw new Error(`arm64 does not select operation ${f.op[id]}`);
  }
}

function binary(s: Selector, id: number, op: Inst): void {
  const { f } = s;
  const n = s.use(f.a[id]!);
  s.emit(op).mode(precisionBits(typeOf(s, id))).defReg(s.def(id)).useReg(n).useReg(s.use(f.b[id]!));
}

function unary(s: Selector, id: number, op: Inst, mode: number): void {
  s.emit(op).mode(mode).defReg(s.def(id)).useReg(useValue(s, s.f.a[id]!));
}

function lowerBitcast(s: Selector, id: number): void {
  const source = s.f.a[id]!;
  const to = typeOf(s, id);
  const from = typeOf(s, source);
  let op: Inst | Pseudo = Pseudo.Move;
  if (isFloat(from) && !isFloat(to)) op = from === Type.F64 ? Inst.MoveDoubleToInt : Inst.MoveSingleToInt;
  else if (!isFloat(from) && isFloat(to)) op = to === Type.F64 ? Inst.MoveIntToDouble : Inst.MoveIntToSingle;
  const register = isWide(from) || isFloat(from) ? useValue(s, source) : s.use(lowWordOf(s, source));
  s.emit(op).defReg(s.def(id)).useReg(register);
}
