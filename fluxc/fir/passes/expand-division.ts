/**
 * `expand-division`: makes what division does besides dividing explicit.
 *
 * Behind this pass every sdiv, udiv, srem and urem has aux = 1: its divisor is not 0, because a `trapif` before it
 * says so or because it is a constant. Where the machine's signed division cannot do the least number by -1 (x86_64
 * faults), the divisor -1 is replaced by 1 and the quotient negated: a / -1 is -a, wrapping, and a % -1 is 0 as a % 1
 * is.
 */
import type { Func } from '../function.ts';
import { Cond, Op, TrapCode } from '../ops.ts';
import { Type } from '../types.ts';
import { cannotTrap } from './dce.ts';

export function expandDivision(f: Func, divisionWraps: boolean): void {
  for (const block of f.layout) {
    for (let id = f.first[block]!; id; id = f.next[id]!) {
      const op = f.op[id]!;
      if (op < Op.Sdiv || op > Op.Urem) continue;
      if (!cannotTrap(f, id)) checkDivisor(f, id);
      f.aux[id] = 1;
      if (!divisionWraps && (op === Op.Sdiv || op === Op.Srem) && canBeMinusOne(f, f.b[id]!)) guardMinusOne(f, id);
    }
  }
}

function before(f: Func, id: number, op: Op, type: Type, a: number, b = 0, c = 0, aux = 0): number {
  const made = f.make(op, type, a, b, c, aux, f.loc[id]!);
  f.placeBefore(made, id);
  return made;
}

function integer(f: Func, id: number, value: number): number {
  return before(f, id, Op.Iconst, f.type[id]! as Type, value, value >> 31);
}

function checkDivisor(f: Func, id: number): void {
  const isZero = before(f, id, Op.Icmp, Type.Bool, f.b[id]!, integer(f, id, 0), 0, Cond.Eq);
  before(f, id, Op.Trapif, Type.Void, isZero, 0, 0, TrapCode.DivisionByZero);
}

function canBeMinusOne(f: Func, divisor: number): boolean {
  if (f.op[divisor] === Op.Iconst) return isInteger(f, divisor, -1);
  // Guarded already if it is the select that `guardMinusOne` makes.
  if (f.op[divisor] !== Op.Select) return true;
  const [test, yes, no] = [f.a[divisor]!, f.b[divisor]!, f.c[divisor]!];
  const isGuard = f.op[test] === Op.Icmp && f.aux[test] === Cond.Eq && f.a[test] === no && isInteger(f, f.b[test]!, -1);
  return !(isGuard && isInteger(f, yes, 1));
}

function isInteger(f: Func, value: number, number: number): boolean {
  return f.op[value] === Op.Iconst && f.a[value] === number && f.b[value] === number >> 31;
}

function guardMinusOne(f: Func, id: number): void {
  const type = f.type[id]! as Type;
  const divisor = f.b[id]!;
  const negates = before(f, id, Op.Icmp, Type.Bool, divisor, integer(f, id, -1), 0, Cond.Eq);
  const safe = before(f, id, Op.Select, type, negates, integer(f, id, 1), divisor);
  if (f.op[id] === Op.Srem) {
    f.b[id] = safe;
    return;
  }
  const quotient = before(f, id, Op.Sdiv, type, f.a[id]!, safe, 0, 1);
  const negated = before(f, id, Op.Neg, type, f.a[id]!);
  f.op[id] = Op.Select;
  f.a[id] = negates;
  f.b[id] = negated;
  f.c[id] = quotient;
  f.aux[id] = 0;
}
