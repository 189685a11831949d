import { describe, expect, test } from 'vitest';
import { allocate } from '../../fluxc/target/machine/allocate.ts';
import { checkAllocation, snapshot } from '../../fluxc/target/machine/allocation-check.ts';
import { VIRTUAL } from '../../fluxc/target/machine/machine-function.ts';
import { interpret } from './interpret.ts';
import { randomMachine, type RandomShape } from './random-machine.ts';
import { type ToyRegisters, toyTarget } from './toy-target.ts';

const FUEL = 200;

function allocateAndCheck(seed: number, registers: ToyRegisters, shape: RandomShape): void {
  const target = toyTarget(registers);
  const machine = randomMachine(seed, target, shape);
  const expected = interpret(machine, target, FUEL);
  const before = snapshot(machine);
  allocate(machine, target);
  for (const block of machine.layout) {
    for (let i = machine.start[block]!; i < machine.end[block]!; i++) {
      const id = machine.order[i]!;
      for (let k = 0; k < machine.operandCount[id]!; k++) expect(machine.register(id, k)).toBeLessThan(VIRTUAL);
    }
  }
  checkAllocation(before, machine, target);
  expect(interpret(machine, target, FUEL)).toEqual(expected);
}

describe('allocation of random functions', () => {
  const files: ToyRegisters[] = [
    { int: 3, float: 3, saved: 0 },
    { int: 4, float: 3, saved: 1 },
    { int: 6, float: 4, saved: 2 },
    { int: 14, float: 15, saved: 5 },
  ];
  const shapes: [string, RandomShape][] = [
    ['straight-line code', { blocks: 1, length: 60, calls: 10, reach: 12 }],
    ['small graphs', { blocks: 6, length: 8, calls: 10, reach: 10 }],
    ['large graphs', { blocks: 30, length: 6, calls: 8, reach: 20 }],
    ['high pressure', { blocks: 10, length: 20, calls: 5, reach: 60 }],
    ['nothing but edges', { blocks: 20, length: 0, calls: 0, reach: 8 }],
  ];
  for (const [name, shape] of shapes) {
    for (const file of files) {
      test(`${name} on ${file.int} + ${file.float} registers, ${file.saved} callee-saved`, () => {
        for (let seed = 0; seed < 100; seed++) allocateAndCheck(seed, file, shape);
      });
    }
  }
});
