import { describe, expect, test, vi } from 'vitest';
import { IntPool } from '../../fluxc/base/int-pool.ts';
import { allocate } from '../../fluxc/target/machine/allocate.ts';
import { checkAllocation, snapshot } from '../../fluxc/target/machine/allocation-check.ts';
import type { AllocationTarget } from '../../fluxc/target/machine/allocation.ts';
import { type MachineFunction, Pseudo, VIRTUAL } from '../../fluxc/target/machine/machine-function.ts';
import { NextUses } from '../../fluxc/target/machine/next-use.ts';
import { RegisterState } from '../../fluxc/target/machine/register-state.ts';
import { added, interpret } from './interpret.ts';
import { randomMachine, type RandomShape } from './random-machine.ts';
import { parseMachine } from './toy-text.ts';
import { INT_SCRATCH, type ToyRegisters, toyTarget } from './toy-target.ts';

const FUEL = 200;

function allocateAndCheck(machine: MachineFunction, target: AllocationTarget): void {
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
        const target = toyTarget(file);
        for (let seed = 0; seed < 100; seed++) allocateAndCheck(randomMachine(seed, target, shape), target);
      });
    }
  }

  test('gives the same code each time', () => {
    const target = toyTarget(files[2]!);
    const shape = { blocks: 30, length: 10, calls: 8, reach: 20 };
    const [one, two] = [1, 2].map(() => {
      const machine = randomMachine(7, target, shape);
      allocate(machine, target);
      return [machine.order, machine.operands.data.slice(0, machine.operands.length), machine.savedRegisters];
    });
    expect(one).toEqual(two);
  });

  test('an interrupt function saves whatever it changes', () => {
    const target = toyTarget(files[2]!);
    for (let seed = 0; seed < 50; seed++) {
      const machine = randomMachine(seed, target, { blocks: 4, length: 10, calls: 3, reach: 10 });
      machine.interrupt = true;
      allocate(machine, target);
      const saved = new Set(machine.savedRegisters);
      expect(saved.has(INT_SCRATCH)).toBe(true);
      for (const id of machine.order) {
        for (let k = 0; k < machine.operandCount[id]!; k++) {
          if (machine.constraint(id, k) & 4) expect(saved.has(machine.register(id, k))).toBe(true);
        }
        if (machine.clobber[id] === 1) for (let r = 0; r < 4; r++) expect(saved.has(r)).toBe(true);
      }
    }
  });
});

describe('work', () => {
  /** Calls of what every stage does most: a count that no clock disturbs. */
  function workOf(blocks: number, length: number): number {
    const target = toyTarget({ int: 12, float: 12, saved: 5 });
    const machine = randomMachine(3, target, { blocks, length, calls: 4, reach: 12, connected: true });
    const spies = [
      vi.spyOn(IntPool.prototype, 'push'),
      vi.spyOn(NextUses.prototype, 'after'),
      vi.spyOn(RegisterState.prototype, 'settle'),
    ];
    allocate(machine, target);
    const work = spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
    for (const spy of spies) spy.mockRestore();
    return work / machine.order.length;
  }

  test('grows with the length of a block, not with its square', () => {
    expect(workOf(1, 16000)).toBeLessThan(1.5 * workOf(1, 2000));
  });

  test('grows with the number of blocks, not with its square', () => {
    expect(workOf(1600, 6)).toBeLessThan(3 * workOf(200, 6));
  });
});

describe('quality', () => {
  const target = toyTarget({ int: 6, float: 2, saved: 3 });

  function allocated(text: string): MachineFunction {
    const machine = parseMachine(text);
    allocateAndCheck(machine, target);
    return machine;
  }

  function pseudos(machine: MachineFunction, block: number): number {
    let count = 0;
    for (let i = machine.start[block]!; i < machine.end[block]!; i++) {
      const op = machine.op[machine.order[i]!]!;
      if (op === Pseudo.Move || op === Pseudo.Spill || op === Pseudo.Reload) count++;
    }
    return count;
  }

  test('a counting loop needs no moves', () => {
    const machine = allocated(`
      0: entry v0=r0 v1=r1; const v2; const v3; jump 1 v2 v3
      1 v4 v5: mix -> v6 from v4 v0; branch v6 2 3
      2: sum v7 v5 v4; mix -> v8 from v1; sum v9 v4 v8; jump 1 v9 v7
      3: return v5=r0`);
    expect(pseudos(machine, 1) + pseudos(machine, 2)).toBe(0);
  });

  test('arguments are computed in the registers that a call wants them in', () => {
    const machine = allocated(`
      0: entry v0=r0 v1=r1; mix -> v2 from v0; mix -> v3 from v1; call -> v4=r0 from v2=r0 v3=r1; return v4=r0`);
    expect(added(machine)).toEqual({ moves: 0, memory: 0 });
  });

  test('a value that has to leave its register for a call leaves in time', () => {
    const machine = allocated(`
      0: entry v0=r0; mix -> v1 from v0; call -> v2=r0 from v1=r0; sum v3 v2 v0; return v3=r0`);
    expect(added(machine)).toEqual({ moves: 1, memory: 0 });
    expect(machine.savedRegisters.length).toBe(1);
  });

  test('two-address code copies only what lives on', () => {
    const dies = allocated('0: entry v0=r0 v1=r1; sum v2 v0 v1; return v2=r0');
    expect(added(dies)).toEqual({ moves: 0, memory: 0 });
    const swapped = allocated('0: entry v0=r0 v1=r1; sum v2 v0 v1; mix -> v3 from v0 v2; return v3=r0');
    expect(added(swapped)).toEqual({ moves: 0, memory: 0 });
    const both = allocated('0: entry v0=r0 v1=r1; sum v2 v0 v1; mix -> v3 from v0 v1 v2; return v3=r0');
    expect(added(both)).toEqual({ moves: 1, memory: 0 });
  });

  test('what a loop with a call needs is moved before the loop, once', () => {
    const machine = allocated(`
      0: entry v0=r0 v1=r1; const v2; jump 1 v2
      1 v3: call -> v4=r0 from v0=r0; sum v5 v3 v4; mix -> v6 from v5 v1; branch v6 2 3
      2: jump 1 v5
      3: return v5=r0`);
    // The one move brings the argument to its register.
    expect(pseudos(machine, 1)).toBe(1);
    expect(pseudos(machine, 2)).toBe(0);
  });

  test('what only lives through a full loop waits in memory and is not touched in the loop', () => {
    const machine = allocated(`
      0: entry v0=r0 v1=r1 v2=r2 v3=r3 v4=r4; mix -> v5 from v0; const v6; jump 1 v6
      1 v7: mix -> v8 from v7 v1; mix -> v9 from v2 v3 v8; mix -> v10 from v4 v5 v9; branch v10 2 3
      2: jump 1 v10
      3: mix -> v11 from v0 v1; return v11=r0`);
    expect(pseudos(machine, 1) + pseudos(machine, 2)).toBe(0);
    expect(machine.spillSlots).toBe(1);
  });

  test('constants are made again, not kept in memory', () => {
    const machine = allocated(`
      0: entry v0=r0 v1=r1 v2=r2 v3=r3; const v4; mix -> v5 from v4;
         mix -> v6 from v0 v1 v2 v3 v5; mix -> v7 from v5 v6 v0;
         call -> v8=r0 from v7=r0; mix -> v9 from v8 v1 v2 v3; mix -> v10 from v9 v4; return v10=r0`);
    expect(machine.spillSlots).toBe(0);
  });

  test('a value needed in a rare branch is stored there, not at its definition', () => {
    const machine = allocated(`
      0: entry v0=r0 v1=r1 v2=r2 v3=r3; jump 1
      1: mix -> v4 from v0 v1 v2 v3; branch v4 2 3
      2: call -> v5=r0 from v4=r0; call -> v6=r0 from v5=r0; mix -> v7 from v6 v0 v1 v2 v3; return v7=r0
      3: return v4=r0`);
    expect(pseudos(machine, 0) + pseudos(machine, 1)).toBe(0);
    expect(machine.spillSlots).toBeGreaterThan(0);
  });
});
