import { describe, expect, test } from 'vitest';
import { Func } from '../../fluxc/fir/function.ts';
import { Module } from '../../fluxc/fir/module.ts';
import { Access, Cond, Op, TrapCode, VOLATILE } from '../../fluxc/fir/ops.ts';
import { Type } from '../../fluxc/fir/types.ts';
import { Constraint, FIRST_TARGET_OP, Pseudo, RegClass, VIRTUAL } from '../../fluxc/target/machine/machine-function.ts';
import { Selector } from '../../fluxc/target/machine/selector.ts';
import { BYTE_TARGET, opcode } from './byte-target.ts';

const module = new Module('test');
const nothing = module.signature([], []);
const callee = module.symbol('callee');

function func(params: Type[] = []): Func {
  const f = new Func('f', { params, results: [] }, 5);
  f.addBlock();
  for (const type of params) f.addParam(0, type);
  return f;
}

function opcodes(s: Selector, block = 0): number[] {
  const { machine } = s;
  return [...machine.order.slice(machine.start[block]!, machine.end[block]!)].map((id) => machine.op[id]!);
}

describe('what is selected', () => {
  test('each wanted instruction once, in the order of execution, the entry first', () => {
    const f = func([Type.I64, Type.F64]);
    const [a, b] = f.params[0]!;
    const sum = f.append(0, Op.Add, Type.I64, a, a, 0, 0, 11);
    const product = f.append(0, Op.Fmul, Type.F64, b, b, 0, 0, 12);
    f.append(0, Op.Sub, Type.I64, sum, a);
    f.ret(0, [sum, product], 13);
    const s = new Selector(f, module, BYTE_TARGET);
    const machine = s.run();
    expect(opcodes(s)).toEqual([Pseudo.Entry, opcode(Op.Add), opcode(Op.Fmul), opcode(Op.Ret)]);
    expect([...machine.order].map((id) => machine.loc[id])).toEqual([5, 11, 12, 13]);
    const [entry, add, multiply] = machine.order;
    expect(machine.classOf(machine.register(entry!, 1))).toBe(RegClass.Float);
    expect(machine.register(add!, 1)).toBe(machine.register(entry!, 0));
    expect(machine.register(multiply!, 1)).toBe(machine.register(entry!, 1));
    expect(machine.constraint(entry!, 0)).toBe(Constraint.Def | Constraint.Fixed);
  });

  test('effects stay without anybody who wants their value: stores, calls, traps, volatile loads', () => {
    const f = func([Type.Ptr, Type.I64]);
    const [p, n] = f.params[0]!;
    f.load(0, Type.I64, Access.W64, p!);
    f.load(0, Type.I64, Access.W64 | VOLATILE, p!);
    f.store(0, Access.W64, p!, n!);
    f.call(0, Type.I64, callee, nothing, []);
    f.append(0, Op.Sdiv, Type.I64, n!, n!);
    f.ret(0);
    const s = new Selector(f, module, BYTE_TARGET);
    s.run();
    expect(opcodes(s)).toEqual([
      Pseudo.Entry, opcode(Op.Load), opcode(Op.Store), opcode(Op.Call), opcode(Op.Sdiv), opcode(Op.Ret),
    ]);
  });

  test('jump arguments and block parameters', () => {
    const f = func([Type.I64]);
    const next = f.addBlock();
    const param = f.addParam(next, Type.I64);
    f.jump(0, next, [f.params[0]![0]!]);
    f.ret(next, [param]);
    const machine = new Selector(f, module, BYTE_TARGET).run();
    expect(machine.successors).toEqual([[1], []]);
    expect(machine.jumpArguments[0]).toEqual([machine.register(machine.order[0]!, 0)]);
    expect(machine.params[1]).toEqual([machine.register(machine.order[machine.start[1]!]!, 0)]);
    expect(machine.params[0]).toEqual([]);
  });

  test('the next block in the layout is known while a block is selected', () => {
    const f = func([Type.Bool]);
    const [one, two] = [f.addBlock(), f.addBlock()];
    f.brif(0, f.params[0]![0]!, one, two);
    f.ret(one);
    f.ret(two);
    f.layout = [0, two, one];
    const seen: [number, number][] = [];
    new Selector(f, module, {
      ...BYTE_TARGET,
      lower(s, id) {
        seen.push([s.block, s.nextBlock]);
        BYTE_TARGET.lower(s, id);
      },
    }).run();
    expect(seen).toEqual([[one, -1], [two, one], [0, two]]);
  });

  test('blocks that lead to traps only are cold', () => {
    const f = func([Type.Bool]);
    const [warm, leads, ends] = [f.addBlock(), f.addBlock(), f.addBlock()];
    f.brif(0, f.params[0]![0]!, warm, leads);
    f.ret(warm);
    f.jump(leads, ends);
    f.append(ends, Op.Trap, Type.Void, 0, 0, 0, TrapCode.Explicit);
    expect([...new Selector(f, module, BYTE_TARGET).run().cold]).toEqual([0, 0, 1, 1]);
  });

  test('a group of instructions keeps its order, operands and fields', () => {
    const f = func([Type.I64]);
    const value = f.append(0, Op.Neg, Type.I64, f.params[0]![0]!);
    f.ret(0, [value]);
    const machine = new Selector(f, module, {
      ...BYTE_TARGET,
      lower(s, id) {
        if (f.op[id] !== Op.Neg) return BYTE_TARGET.lower(s, id);
        const temporary = s.temp();
        s.emit(FIRST_TARGET_OP + 90).defReg(temporary, Constraint.Overlap).useFixed(s.use(f.a[id]!), 3).imm(-2).mode(6);
        s.emit(FIRST_TARGET_OP + 91).defReuse(s.def(id), 1).useReg(temporary).symbolRef(callee, 8).clobbers(2);
      },
    }).run();
    const [first, second] = [machine.order[1]!, machine.order[2]!];
    expect([machine.op[first], machine.op[second]]).toEqual([FIRST_TARGET_OP + 90, FIRST_TARGET_OP + 91]);
    const { imm, immHigh, mode, clobber } = machine;
    expect([imm[first], immHigh[first], mode[first], clobber[first]]).toEqual([-2, -1, 6, 0]);
    expect([machine.imm[second], machine.symbol[second], machine.clobber[second]]).toEqual([8, callee, 2]);
    expect(machine.constraint(first, 0)).toBe(Constraint.Def | Constraint.Overlap);
    expect(machine.constraint(first, 1)).toBe(Constraint.Fixed | (3 << 8));
    expect(machine.constraint(second, 0)).toBe(Constraint.Def | Constraint.Reuse | (1 << 8));
    expect(machine.register(second, 1)).toBe(machine.register(first, 0));
    expect(machine.register(first, 0)).toBeGreaterThanOrEqual(VIRTUAL);
  });
});

describe('folding', () => {
  /** Selects, and asks `question` when the instruction `at` is lowered. */
  function ask(f: Func, at: number, question: (s: Selector) => boolean): boolean {
    let answer: boolean | null = null;
    new Selector(f, module, {
      ...BYTE_TARGET,
      lower(s, id) {
        if (id === at) answer = question(s);
        BYTE_TARGET.lower(s, id);
      },
    }).run();
    expect(answer).not.toBeNull();
    return answer!;
  }

  /** p and n; a load of p, then what `between` makes, then load + n, returned. */
  function loadThen(
    between: (f: Func, p: number, n: number, load: number) => void, access: number = Access.W64,
  ): [f: Func, load: number, sum: number] {
    const f = func([Type.Ptr, Type.I64]);
    const [p, n] = f.params[0]!;
    const load = f.load(0, Type.I64, access, p!);
    between(f, p!, n!, load);
    const sum = f.append(0, Op.Add, Type.I64, load, n!);
    f.ret(0, [sum]);
    return [f, load, sum];
  }

  test('a load folds into its one user', () => {
    const [f, load, sum] = loadThen(() => {});
    expect(ask(f, sum, (s) => s.canFold(load, sum))).toBe(true);
  });

  test.each<[string, (f: Func, p: number, n: number, load: number) => void, number?]>([
    ['over a store', (f, p, n) => f.store(0, Access.W64, p, n, 64)],
    ['over a call', (f) => f.call(0, Type.Void, callee, nothing, [])],
    ['over a trap', (f, _, n) => f.append(0, Op.Trapif, Type.Void, f.icmp(0, Cond.Eq, n, n), 0, 0, 1)],
    ['over a volatile load', (f, p) => f.load(0, Type.I64, Access.W64 | VOLATILE, p)],
    ['with a second user', (f, p, _, load) => f.store(0, Access.W64, p, load)],
    ['if it is volatile', () => {}, Access.W64 | VOLATILE],
  ])('but not %s', (_, between, access) => {
    const [f, load, sum] = loadThen(between, access);
    expect(ask(f, sum, (s) => s.canFold(load, sum))).toBe(false);
  });

  test('arithmetic folds over effects, but not out of its block', () => {
    const f = func([Type.Ptr, Type.I64]);
    const [p, n] = f.params[0]!;
    const inner = f.append(0, Op.Neg, Type.I64, n!);
    const outer = f.append(0, Op.Not, Type.I64, n!);
    f.store(0, Access.W64, p!, n!);
    const user = f.append(0, Op.Add, Type.I64, inner, n!);
    const next = f.addBlock();
    f.jump(0, next);
    const far = f.append(next, Op.Add, Type.I64, outer, user);
    f.ret(next, [far]);
    expect(ask(f, user, (s) => s.canFold(inner, user))).toBe(true);
    expect(ask(f, far, (s) => s.canFold(outer, far))).toBe(false);
    expect(ask(f, far, (s) => s.canRepeat(outer))).toBe(true);
    expect(ask(f, far, (s) => s.canRepeat(p!))).toBe(false);
  });

  test('knows constants that fit 32 bits', () => {
    const f = func();
    const values = [[5, 0], [-5, -1], [-5, 0], [5, 1]].map(([low, high]) => f.iconst(0, Type.I64, low!, high));
    const word = f.iconst(0, Type.I32, -7);
    f.ret(0, values);
    const fits: boolean[] = [];
    ask(f, f.terminator(0), (s) => {
      for (const value of [...values, word]) fits.push(s.isConstant32(value));
      return s.isConstant(word);
    });
    expect(fits).toEqual([true, true, false, false, true]);
  });

  test('says whether somebody below wants a value', () => {
    const f = func([Type.I64, Type.I64]);
    const [a, b] = f.params[0]!;
    const sum = f.append(0, Op.Add, Type.I64, a!, b!);
    const last = f.append(0, Op.Sub, Type.I64, sum, a!);
    f.ret(0, [last]);
    expect(ask(f, sum, (s) => s.wanted(a!))).toBe(true);
    expect(ask(f, sum, (s) => s.wanted(b!))).toBe(false);
  });
});
