/** Calls between our functions and those of GCC, with arguments of all kinds and numbers: the LP64D convention. */
import { expect, test } from 'vitest';
import { Func } from '../../fluxc/fir/function.ts';
import { Module } from '../../fluxc/fir/module.ts';
import { Op } from '../../fluxc/fir/ops.ts';
import { Type } from '../../fluxc/fir/types.ts';
import { Random } from '../random.ts';
import { runProgram, sourceOf } from '../targets/machine.ts';
import { RISCV64_MACHINE } from '../targets/machines.ts';
import { inFolder } from '../temporary-folder.ts';

const C_TYPES: Partial<Record<Type, string>> = {
  [Type.I32]: 'int32_t', [Type.I64]: 'int64_t', [Type.F32]: 'float', [Type.F64]: 'double', [Type.Bool]: '_Bool',
};
const TYPES = [Type.I32, Type.I64, Type.F32, Type.F64, Type.Bool];

function literal(type: Type, index: number): string {
  switch (type) {
    case Type.I32: return `${-1000003 * (index + 1)}`;
    case Type.I64: return `${-1000000007 * (index + 5) * 1000}LL`;
    case Type.F32: return `${index + 1}.25f`;
    case Type.F64: return `${-index - 1}.125`;
    default: return index % 2 ? '1' : '0';
  }
}

test('functions of random signatures pass what they get on to C in another order', () => {
  const random = new Random(77);
  const module = new Module('calls');
  const c: string[] = ['#include <stdint.h>', '#include <stdio.h>'];
  const main: string[] = [];
  const expected: string[] = [];
  for (let n = 0; n < 60; n++) {
    const params = Array.from({ length: random.below(24) }, () => random.pick(TYPES));
    const result = random.pick(TYPES);
    const order = params.map((_, i) => i).sort((a, b) => ((a * 7 + n) % 11) - ((b * 7 + n) % 11) || a - b);
    const passed = order.map((i) => params[i]!);
    // Ours: passes its parameters on in the other order and gives back what C gave.
    const f = new Func(`ours${n}`, { params, results: [result] });
    const block = f.addBlock();
    const values = params.map((type) => f.addParam(block, type));
    const callee = module.symbol(`theirs${n}`);
    const signature = module.signature(passed, [result]);
    const given = f.call(block, result, callee, signature, order.map((i) => values[i]!));
    f.ret(block, [given]);
    module.defineFunction(f.name, f, 0);
    // Theirs: checks every argument.
    const cParams = passed.map((type, i) => `${C_TYPES[type]} p${i}`).join(', ') || 'void';
    const cResult = C_TYPES[result];
    const checks = order.map((i, k) => `p${k} == (${C_TYPES[params[i]!]})${literal(params[i]!, i)}`);
    const good = `(${cResult})${literal(result, 1)}`;
    c.push(`${cResult} theirs${n}(${cParams}) { return (${checks.join(' && ') || '1'}) ? ${good} : 0; }`);
    c.push(`extern ${cResult} ours${n}(${params.map((type) => C_TYPES[type]).join(', ') || 'void'});`);
    main.push(`printf("%d", ours${n}(${params.map((type, i) => literal(type, i)).join(', ')}) == ${good});`);
    expected.push('1');
  }
  // Two results are a C structure of two members.
  const pairs = [[Type.I64, Type.I64], [Type.F64, Type.I64], [Type.F64, Type.F64]] as const;
  for (const [n, results] of pairs.entries()) {
    const pair = new Func(`pair${n}`, { params: [results[0], results[1]], results: [...results] });
    const block = pair.addBlock();
    const values = results.map((type) => pair.addParam(block, type));
    pair.ret(block, values);
    const symbol = module.defineFunction(pair.name, pair, 0);
    const swap = new Func(`swap${n}`, { params: [results[0], results[1]], results: [results[1], results[0]] });
    const entry = swap.addBlock();
    const inputs = results.map((type) => swap.addParam(entry, type));
    const first = swap.call(entry, results[0], symbol, module.signature([...results], [...results]), inputs);
    const second = swap.append(entry, Op.Result1, results[1], first);
    swap.ret(entry, [second, first]);
    module.defineFunction(swap.name, swap, 0);
    const [one, two] = results.map((type) => C_TYPES[type]!) as [string, string];
    c.push(`struct s${n} { ${two} a; ${one} b; }; extern struct s${n} swap${n}(${one}, ${two});`);
    main.push(`{ struct s${n} r = swap${n}(${literal(results[0], 3)}, ${literal(results[1], 4)});
      printf("%d", r.a == ${literal(results[1], 4)} && r.b == ${literal(results[0], 3)}); }`);
    expected.push('1');
  }
  c.push(`int main(void) { ${main.join('\n')} return 0; }`);
  const assembly = sourceOf(module, RISCV64_MACHINE);
  const output = inFolder((folder) => runProgram(RISCV64_MACHINE, folder, c.join('\n'), assembly));
  expect(output).toBe(expected.join(''));
});
