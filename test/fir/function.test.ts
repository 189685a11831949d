import { expect, it } from 'vitest';
import { Func } from '../../fluxc/fir/function.ts';
import { Op } from '../../fluxc/fir/ops.ts';
import { Type } from '../../fluxc/fir/types.ts';

/** A function with one instruction of each shape; gives their numbers. */
function shapes(): { f: Func; ids: number[] } {
  const f = new Func('shapes', { params: [Type.I64], results: [] });
  const block = f.addBlock();
  const other = f.addBlock();
  const v = f.addParam(block, Type.I64);
  f.addParam(other, Type.I64);
  f.addParam(other, Type.I64);
  const ids = [
    f.append(block, Op.Neg, Type.I64, v),
    f.append(block, Op.Add, Type.I64, v, v),
    f.append(block, Op.Select, Type.I64, v, v, v),
    f.append(block, Op.Call, Type.I64, 0, f.list([v, v, v]), 3),
    f.append(block, Op.Callptr, Type.I64, v, f.list([v, v]), 2),
    f.append(block, Op.Jump, Type.Void, f.edge(other, [v, v])),
    f.append(block, Op.Brif, Type.Void, v, f.edge(other, [v, v]), f.edge(other, [v, v])),
    f.append(block, Op.Switch, Type.Void, v, f.list([f.edge(other, [v, v]), 1, 0, f.edge(other, [v, v])]), 1),
    f.append(block, Op.Ret, Type.Void, 0, f.list([v]), 1),
  ];
  return { f, ids };
}

it('maps every operand, also when that makes instructions and lists', () => {
  const { f, ids } = shapes();
  for (const id of ids) {
    f.mapOperands(id, (value) => {
      const made = f.append(1, Op.Neg, Type.I64, value);
      // Enough to make the arrays of the function grow while they are written to, again and again.
      for (let i = 0; i < 60; i++) f.append(1, Op.Neg, Type.I64, f.list([made]));
      return made;
    });
    f.forEachOperand(id, (value) => {
      expect(f.op[value]).toBe(Op.Neg);
      expect(f.a[value]).toBe(1);
    });
  }
});

it('visits as many operands as there are', () => {
  const { f, ids } = shapes();
  const counts = ids.map((id) => {
    let count = 0;
    f.forEachOperand(id, () => count++);
    return count;
  });
  expect(counts).toEqual([1, 2, 3, 3, 3, 2, 5, 5, 1]);
});
