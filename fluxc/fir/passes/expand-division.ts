/**
 * `expand-division`: makes what division does besides dividing explicit.
 *
 * Behind this pass every sdiv, udiv, srem and urem has aux = 1: its divisor is not 0, because a `trapif` before it says so
 * or because it is a constant. Where the machine's signed division cannot do the least number by -1 (x86_64 faults), the
 * divisor -1 is replaced by 1 and the quotient negated: a / -1 is -a, wrapping, and a % -1 is 0 as a % 1 is.
 */
import type { Func } from '../function.ts';
import { Cond, Op, TrapCode } from '../ops.ts';
import { Type } from '../types.ts';

export function expandDivision(f: Func, divisionWraps: boolean): void {
  for (const block of f.layout) {
    for (let id = f.first[block]!; id; id = f.next[id]!) {
      const op = f.op[id]!;
      if (op < Op.Sdiv || op > Op.Urem || f.aux[id] === 1) continue;
      expand(f, id, op === Op.Sdiv || op === Op.Srem, divisionWraps);
    }
  }
}

function expand(f: Func, id: number, signed: boolean, divisionWraps: boolean): void {
  const type = f.type[id]! as Type;
  const loc = f.loc[id]!;
  const divisor = f.b[id]!;
  const constant = f.op[divisor] === Op.Iconst;
  const isZero = constant && f.a[divisor] === 0 && f.b[divisor] === 0;
  const isMinusOne = constant && f.a[divisor] === -1 && f.b[divisor] === -1;
  const before = (op: Op, ofType: Type, a: number, b = 0, c = 0, aux = 0) => {
    const made = f.make(op, ofType, a, b, c, aux, loc);
    f.placeBefore(made, id);
    return made;
  };
  const number = (low: number) => before(Op.Iconst, type, low, low >> 31);
  f.aux[id] = 1;
  if (!constant || isZero) {
    const zero = before(Op.Icmp, Type.Bool, divisor, number(0), 0, Cond.Eq);
    before(Op.Trapif, Type.Void, zero, 0, 0, TrapCode.DivisionByZero);
  }
  if (!signed || divisionWraps || (constant && !isMinusOne)) return;
  const negates = before(Op.Icmp, Type.Bool, divisor, number(-1), 0, Cond.Eq);
  const safe = before(Op.Select, type, negates, number(1), divisor);
  if (f.op[id] === Op.Srem) {
    f.b[id] = safe;
    return;
  }
  const quotient = before(Op.Sdiv, type, f.a[id]!, safe, 0, 1);
  const negated = before(Op.Neg, type, f.a[id]!);
  f.op[id] = Op.Select;
  f.a[id] = negates;
  f.b[id] = negated;
  f.c[id] = quotient;
  f.aux[id] = 0;
}
