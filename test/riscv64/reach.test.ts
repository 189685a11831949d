/** Branches of the emitter over any distance: each size is chosen where it reaches, and all of them run. */
import { describe, expect, test } from 'vitest';
import { Func } from '../../fluxc/fir/function.ts';
import { Module } from '../../fluxc/fir/module.ts';
import { Type } from '../../fluxc/fir/types.ts';
import type { Atom } from '../../fluxc/target/machine/atom.ts';
import { emitMachine } from '../../fluxc/target/machine/generate.ts';
import { MachineFunction } from '../../fluxc/target/machine/machine-function.ts';
import { Composite, rowOp } from '../../fluxc/target/riscv64/opcodes.ts';
import { RISCV64 } from '../../fluxc/target/riscv64/target.ts';
import { runOnMachine } from '../targets/machine.ts';
import { RISCV64_MACHINE } from '../targets/machines.ts';

const [A0, A4, A5] = [10, 14, 15];

/**
 * A function that counts: over `gap` counting instructions forwards if its argument is not 0, then `rounds` times
 * backwards over as many. Two bytes a counting instruction.
 */
function counting(name: string, gap: number, condition: string): MachineFunction {
  const machine = new MachineFunction(name);
  const order: number[] = [];
  const add = (op: number, registers: number[], imm = 0, target = -1) => {
    const id = machine.make(op);
    for (const register of registers) machine.addOperand(register, 0);
    machine.imm[id] = imm;
    machine.target[id] = target;
    order.push(id);
  };
  const starts: number[] = [];
  const block = (...successors: number[]) => {
    starts.push(order.length);
    machine.successors.push(successors);
    machine.params.push([]);
    machine.jumpArguments.push([]);
  };
  block(2, 1);
  add(rowOp('addi'), [A4, A0]);
  add(Composite.LoadConstant, [A5]);
  add(rowOp(condition), [A4, 0], 1, 2);
  block(2);
  for (let i = 0; i < gap; i++) add(rowOp('addi'), [A5, A5], 1);
  add(Composite.Jump, [], 0, 2);
  block(1, 3);
  add(rowOp('addi'), [A4, A4], 1);
  add(rowOp('beq'), [A4, 0], 3, 1);
  block();
  add(rowOp('addi'), [A0, A5]);
  add(Composite.Return, []);
  starts.push(order.length);
  machine.layout = [0, 1, 2, 3];
  machine.start = Int32Array.from(starts.slice(0, 4));
  machine.end = Int32Array.from(starts.slice(1));
  machine.order = Int32Array.from(order);
  return machine;
}

describe('a branch forwards and one backwards', () => {
  // Around the reach of each size: 256 and 4096 bytes, 1 MiB.
  const near = [0, 1, 120, 124, 126, 127, 128, 129, 130, 1000, 2030, 2040, 2044, 2046, 2048, 2050];
  for (const [condition, gaps] of [['bne', [...near, 524275, 524290]], ['blt', near]] as const) {
    test(`${condition} over all distances`, () => {
      const module = new Module('reach');
      const atoms = gaps.map((gap): Atom => {
        const name = `f${gap}`;
        const out = emitMachine(counting(name, gap, condition), RISCV64);
        const signature = { params: [Type.I64], results: [Type.I64] };
        const symbol = module.defineFunction(name, new Func(name, signature), 0);
        return {
          symbol, section: '.text', align: 2, bytes: out.finished(), size: out.length,
          relocations: [], lines: [], traps: [], labels: [],
        };
      });
      const calls = gaps.flatMap((gap) => [0n, -1n, 5n].map((value) => ({ name: `f${gap}`, args: [value] })));
      const results = runOnMachine(RISCV64_MACHINE, module, calls, atoms);
      const counts = results.map((result) => result.kind === 'results' && result.ints[0]);
      const expected = gaps.flatMap((gap) => [0n, -1n, 5n].map((value) => {
        const taken = condition === 'bne' ? value !== 0n : value < 0n;
        // The loop ends when the number, one more each time, is not 0.
        const rounds = value === -1n ? 1n : 0n;
        return BigInt(gap) * ((taken ? 0n : 1n) + rounds);
      }));
      expect(counts).toEqual(expected);
    });
  }
});
