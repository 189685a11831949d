import { describe, expect, test } from 'vitest';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { Func } from '../../fluxc/fir/function.ts';
import { Module } from '../../fluxc/fir/module.ts';
import { Cond, Op } from '../../fluxc/fir/ops.ts';
import { Type } from '../../fluxc/fir/types.ts';
import { generate, generateFunction } from '../../fluxc/target/machine/generate.ts';
import { BYTE_TARGET, Byte, opcode } from './byte-target.ts';

function func(name: string, params: Type[] = []): Func {
  const f = new Func(name, { params, results: [] }, 100);
  f.addBlock();
  for (const type of params) f.addParam(0, type);
  return f;
}

const emptyModule = () => new Module('test');

describe('functions', () => {
  test('prologue, instructions, traps; lines and relocations', () => {
    const module = emptyModule();
    const callee = module.symbol('callee');
    const f = func('f', [Type.I64]);
    const bad = f.icmp(0, Cond.Eq, f.params[0]![0]!, f.params[0]![0]!, 101);
    f.append(0, Op.Trapif, Type.Void, bad, 0, 0, 7, 102);
    f.call(0, Type.Void, callee, module.signature([], []), [], 103);
    f.ret(0, [], 104);
    const index = module.defineFunction('f', f, 100);
    const atom = generateFunction(f, module, BYTE_TARGET, { check: true });
    expect([...atom.bytes]).toEqual([
      Byte.Prologue, opcode(Op.Icmp), Byte.Short, 4, opcode(Op.Trapif), opcode(Op.Call), opcode(Op.Ret), Byte.Trap, 7,
    ]);
    expect(atom).toMatchObject({
      symbol: index, section: '.text', align: 4, size: 9, labels: [], traps: [7, 7],
      lines: [0, 100, 1, 101, 2, 102, 5, 103, 6, 104, 7, 102],
      relocations: [{ offset: 5, kind: 3, symbol: callee, addend: 4 }],
    });
  });

  test('a naked function has no prologue', () => {
    const f = func('f');
    f.attributes.naked = true;
    f.ret(0);
    expect([...generateFunction(f, emptyModule(), BYTE_TARGET).bytes]).toEqual([opcode(Op.Ret)]);
  });

  test('blocks come in the order of the layout and fall through', () => {
    const f = func('f', [Type.Bool]);
    const [one, two] = [f.addBlock(), f.addBlock()];
    f.brif(0, f.params[0]![0]!, one, two);
    f.append(one, Op.Trap, Type.Void);
    f.ret(two);
    f.layout = [0, two, one];
    expect([...generateFunction(f, emptyModule(), BYTE_TARGET).bytes]).toEqual([
      Byte.Prologue, opcode(Op.Brif), Byte.Short, 2, opcode(Op.Ret), opcode(Op.Trap),
    ]);
  });

  /** if (p) goto join through a block of its own; else through another one; join */
  function diamond(passes: boolean): Func {
    const f = func('f', [Type.Bool, Type.I64]);
    const [p, n] = f.params[0]!;
    const [one, two, join] = [f.addBlock(), f.addBlock(), f.addBlock()];
    const param = passes ? f.addParam(join, Type.I64) : 0;
    f.brif(0, p!, one, two);
    f.jump(one, join, passes ? [n!] : []);
    f.jump(two, join, passes ? [f.append(two, Op.Neg, Type.I64, n!)] : []);
    f.ret(join, passes ? [param] : []);
    return f;
  }

  test('blocks that only jump are left out', () => {
    const { bytes } = generateFunction(diamond(false), emptyModule(), BYTE_TARGET, { check: true });
    // One way falls through, the other branch goes to the same place.
    expect([...bytes]).toEqual([Byte.Prologue, opcode(Op.Brif), Byte.Short, 1, opcode(Op.Ret)]);
  });

  test('blocks that compute stay', () => {
    const { bytes } = generateFunction(diamond(true), emptyModule(), BYTE_TARGET, { check: true });
    expect([...bytes]).toContain(opcode(Op.Neg));
  });

  test('an endless loop of empty blocks stays one', () => {
    const f = func('f');
    const [one, two] = [f.addBlock(), f.addBlock()];
    f.jump(0, one);
    f.jump(one, two);
    f.jump(two, one);
    const { bytes } = generateFunction(f, emptyModule(), BYTE_TARGET);
    const last = bytes.length - 2;
    expect(bytes[last]).toBe(Byte.Short);
    expect(last + 1 + (bytes[last + 1]! << 24 >> 24)).toBeGreaterThanOrEqual(1);
    expect(last + 1 + (bytes[last + 1]! << 24 >> 24)).toBeLessThanOrEqual(last);
  });

  test('branches are as long as they must be', () => {
    const long = (count: number) => {
      const f = func('f', [Type.Bool, Type.I64]);
      const [p, n] = f.params[0]!;
      const [one, two] = [f.addBlock(), f.addBlock()];
      f.brif(0, p!, one, two);
      let value = n!;
      for (let i = 0; i < count; i++) value = f.append(one, Op.Neg, Type.I64, value);
      f.ret(one, [value]);
      f.ret(two);
      return generateFunction(f, emptyModule(), BYTE_TARGET).bytes;
    };
    expect(long(125)[2]).toBe(Byte.Short);
    expect(long(126)[2]).toBe(Byte.Long);
  });

  test('both stages can be looked at', () => {
    const f = func('f');
    f.ret(0);
    const stages: string[] = [];
    generateFunction(f, emptyModule(), BYTE_TARGET, {
      dump: (stage, machine) => stages.push(`${stage} ${machine.name}`),
    });
    expect(stages).toEqual(['selected f', 'allocated f']);
  });
});

describe('modules', () => {
  const data = { bytes: null, size: 24, align: 8, writable: true, references: [] };

  test('every defined symbol becomes an atom, in order, in its section', () => {
    const module = emptyModule();
    const external = module.symbol('external');
    const f = func('f');
    f.ret(0);
    module.defineFunction('f', f, 1);
    module.defineData('zero', data, 2);
    module.defineData('text', { ...data, bytes: Uint8Array.of(1, 2), size: 4, align: 0, writable: false }, 3);
    module.defineData('table', { ...data, references: [{ offset: 8, symbol: external, addend: 5 }] }, 4);
    module.defineData('blank', { ...data, writable: false }, 5);
    module.defineAssembly('start', { text: 'nop', loc: 6 }, 6);
    module.symbols[module.symbol('start')]!.section = '.text.boot';
    const atoms = generate(module, BYTE_TARGET, new Diagnostics(), { check: true });
    expect(atoms.map(({ symbol, section, align, size, bytes }) => {
      return [module.symbols[symbol]!.name, section, align, size, bytes.length];
    })).toEqual([
      ['f', '.text', 4, 2, 2], ['zero', '.bss', 8, 24, 0], ['text', '.rodata', 1, 4, 4], ['table', '.data', 8, 24, 24],
      ['blank', '.rodata', 8, 24, 24], ['start', '.text.boot', 2, 1, 1],
    ]);
    expect(atoms[3]!.relocations).toEqual([{ offset: 8, kind: BYTE_TARGET.absolute64, symbol: external, addend: 5 }]);
    expect([...atoms[2]!.bytes]).toEqual([1, 2, 0, 0]);
  });

  test('an assembly block with errors has no atom', () => {
    const module = emptyModule();
    module.defineAssembly('start', { text: 'nop', loc: 6 }, 6);
    expect(generate(module, { ...BYTE_TARGET, assemble: () => null }, new Diagnostics())).toEqual([]);
  });
});
