/**
 * Constant folding gives what the interpreter gives, operation by operation, on the numbers where they could differ.
 */
import { expect, test } from 'vitest';
import { Func } from '../../fluxc/fir/function.ts';
import { Interpreter } from '../../fluxc/fir/interpret.ts';
import { Module } from '../../fluxc/fir/module.ts';
import { Access, Op, OPS } from '../../fluxc/fir/ops.ts';
import { simplify } from '../../fluxc/fir/passes/simplify.ts';
import { isFloat, Type, TYPE_NAMES } from '../../fluxc/fir/types.ts';
import { typeMatches, TYPING } from '../../fluxc/fir/typing.ts';
import { verifyModule } from '../../fluxc/fir/verify.ts';

const INTEGERS = [
  0n, 1n, -1n, 2n, 5n, -7n, 31n, 32n, 63n, 64n, 127n, 128n, 255n, -128n, 0x7fffn, 0x8000n, 0x7fffffffn, -0x80000000n,
  0x80000000n, 0xffffffffn, 0x100000000n, 0x123456789abcdef0n, 0x7fffffffffffffffn, -0x8000000000000000n,
];
const FLOATS = [
  0, -0, 1, -1, 0.5, 1.5, -2.5, 3, 1e10, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53 + 2, 2 ** 63, -(2 ** 63), 2 ** 64, 1e300,
  -1e300, 5e-324, 1e-40, 16777217, Infinity, -Infinity, NaN,
];
const TYPES = [Type.I32, Type.I64, Type.F32, Type.F64, Type.Bool, Type.Ptr];
const CONDITIONS: Partial<Record<Op, number>> = { [Op.Icmp]: 10, [Op.Fcmp]: 6 };

/** All constants of a type that are worth trying. */
function constants(type: Type): [low: number, high: number][] {
  const view = new DataView(new ArrayBuffer(8));
  if (type === Type.Bool) return [[0, 0], [1, 0]];
  if (!isFloat(type)) {
    return INTEGERS.map((value) => {
      const low = Number(BigInt.asIntN(32, value));
      return [low, type === Type.I32 ? low >> 31 : Number(BigInt.asIntN(32, value >> 32n))];
    });
  }
  return FLOATS.map((value) => {
    if (type === Type.F32) view.setFloat32(0, value, true);
    else view.setFloat64(0, value, true);
    return [view.getInt32(0, true), type === Type.F32 ? 0 : view.getInt32(4, true)];
  });
}

/** A module whose function `f<i>` applies the operation to the i-th pair of constants. */
function moduleOf(op: Op, operands: Type[], result: Type, aux: number): { module: Module; count: number } {
  const module = new Module('fold');
  const firsts = constants(operands[0]!);
  const seconds = operands.length > 1 ? constants(operands[1]!) : [[0, 0] as [number, number]];
  let count = 0;
  for (const first of firsts) {
    for (const second of seconds) {
      const f = new Func(`f${count}`, { params: [], results: [result] });
      f.addBlock();
      const values = operands.map((type, index) => {
        const [low, high] = index === 0 ? first : second;
        return f.append(0, isFloat(type) ? Op.Fconst : Op.Iconst, type, low, high);
      });
      f.ret(0, [f.append(0, op, result, values[0]!, values[1] ?? 0, 0, aux)]);
      module.defineFunction(`f${count++}`, f, 0);
    }
  }
  return { module, count };
}

/** The result as text; all NaNs are one, for FIR leaves their bits open. */
function run(module: Module, count: number, type: Type): string[] {
  const interpreter = new Interpreter(module);
  return Array.from({ length: count }, (_, index) => {
    const outcome = interpreter.call(`f${index}`);
    if (outcome.kind !== 'results') return outcome.kind === 'trap' ? `trap ${outcome.trap}` : outcome.kind;
    const bits = outcome.results[0]!;
    const isNaNBits = type === Type.F32 ? (bits & 0x7fffffffn) > 0x7f800000n
      : type === Type.F64 && BigInt.asUintN(63, bits) > 0x7ff0000000000000n;
    return isNaNBits ? 'NaN' : String(bits);
  });
}

const FOLDED = OPS.map((_, op) => op as Op).filter((op) => op >= Op.Add && op <= Op.Ptradd && op !== Op.Select);

test.each(FOLDED.map((op) => [OPS[op]!.name, op] as const))('%s', (_, op) => {
  const row = TYPING[op]!;
  for (const first of TYPES.filter((type) => typeMatches(type, row.operands[0] === 'T' ? row.T : row.operands[0]!))) {
    const operands = row.operands.map((set) => set === 'T' || set === row.operands[0] ? first : Type.I64);
    for (const result of TYPES.filter((type) => row.result === 'T' ? type === first : typeMatches(type, row.result))) {
      for (let aux = 0; aux < (CONDITIONS[op] ?? 1); aux++) {
        const { module, count } = moduleOf(op, operands, result, aux);
        // Not all pairs of types that the sets allow are sound: the verifier knows which.
        if (verifyModule(module).length > 0) continue;
        const before = run(module, count, result);
        for (const f of module.functions()) simplify(f, module);
        expect(verifyModule(module)).toEqual([]);
        expect([TYPE_NAMES[first], TYPE_NAMES[result], aux, run(module, count, result)])
          .toEqual([TYPE_NAMES[first], TYPE_NAMES[result], aux, before]);
        const left = [...module.functions()].filter((f) => f.op[f.extra.at(f.b[f.last[0]!]!)] === op).length;
        const traps = before.filter((text) => text.startsWith('trap')).length;
        expect(left).toBe(traps);
      }
    }
  }
});

test('loads of read-only data', () => {
  const bytes = Uint8Array.from({ length: 16 }, (_, index) => (index * 97 + 129) & 255);
  const accesses: [Access, Type][] = [
    [Access.U8, Type.I32], [Access.S8, Type.I64], [Access.U16, Type.I64], [Access.S16, Type.I32],
    [Access.U32, Type.I32], [Access.U32, Type.I64], [Access.S32, Type.I64], [Access.W64, Type.I64],
    [Access.W64, Type.Ptr], [Access.F32, Type.F32], [Access.F64, Type.F64], [Access.Bool, Type.Bool],
  ];
  for (const [access, type] of accesses) {
    const module = new Module('loads');
    const symbol = module.defineData('data', { bytes, size: 20, align: 16, writable: false, references: [] }, 0);
    for (let offset = 0; offset < 12; offset++) {
      const f = new Func(`f${offset}`, { params: [], results: [type] });
      f.addBlock();
      f.ret(0, [f.load(0, type, access, f.append(0, Op.Symbol, Type.Ptr, symbol, 0, offset))]);
      module.defineFunction(`f${offset}`, f, 0);
    }
    const before = run(module, 12, type);
    for (const f of module.functions()) simplify(f, module);
    expect(run(module, 12, type)).toEqual(before);
    for (const f of module.functions()) expect(f.op[f.extra.at(f.b[f.last[0]!]!)]).not.toBe(Op.Load);
  }
});
