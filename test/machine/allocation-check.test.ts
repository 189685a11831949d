import { describe, expect, test } from 'vitest';
import { allocate } from '../../fluxc/target/machine/allocate.ts';
import { checkAllocation, snapshot } from '../../fluxc/target/machine/allocation-check.ts';
import { Constraint, type MachineFunction, Pseudo } from '../../fluxc/target/machine/machine-function.ts';
import { interpret } from './interpret.ts';
import { Random } from '../random.ts';
import { randomMachine } from './random-machine.ts';
import { parseMachine } from './toy-text.ts';
import { toyTarget } from './toy-target.ts';

const target = toyTarget({ int: 5, float: 3, saved: 2 });

/** Allocates, spoils the result with `spoil`, checks. */
function check(machine: MachineFunction, spoil: (machine: MachineFunction) => void): void {
  const before = snapshot(machine);
  allocate(machine, target);
  spoil(machine);
  checkAllocation(before, machine, target);
}

/** Index in `order` of the n-th instruction with the opcode. */
function find(machine: MachineFunction, op: number, n = 0): number {
  const found = [...machine.order.keys()].filter((i) => machine.op[machine.order[i]!] === op);
  expect(found.length).toBeGreaterThan(n);
  return found[n]!;
}

function remove(machine: MachineFunction, index: number): void {
  machine.order = machine.order.filter((_, i) => i !== index);
  machine.start = machine.start.map((at) => (at > index ? at - 1 : at));
  machine.end = machine.end.map((at) => (at > index ? at - 1 : at));
}

const CALL = '0: entry v0=r0 v1=r1; call -> v2=r0 from v1=r0; mix -> v3 from v2 v0; return v3=r0';
const FULL = `0: entry v0=r0 v1=r1 v2=r2 v3=r3 v4=r4; mix -> v5 from v0 v1 v2 v3 v4; call -> v6=r0 from v5=r0;
  mix -> v7 from v6 v0 v1 v2; mix -> v8 from v7 v3 v4; return v8=r0`;
const JOIN = `0: entry v0=r0 v1=r1; branch v0 1 2
  1: jump 3 v0 v1
  2: jump 3 v1 v0
  3 v2 v3: mix -> v4 from v2 v3; return v2=r0`;

describe('the checker', () => {
  test('accepts what the allocator makes', () => {
    for (const text of [CALL, JOIN]) check(parseMachine(text), () => {});
  });

  test('notices a missing move', () => {
    const spoil = (machine: MachineFunction) => remove(machine, find(machine, Pseudo.Move));
    expect(() => check(parseMachine(CALL), spoil)).toThrow('wants value');
  });

  test('notices a missing store', () => {
    const spoil = (machine: MachineFunction) => remove(machine, find(machine, Pseudo.Spill));
    expect(() => check(parseMachine(FULL), spoil)).toThrow('wants value');
  });

  test('sees values exchanged on an edge', () => {
    expect(() => check(parseMachine(JOIN), (machine) => {
      while (machine.order.some((id) => machine.op[id] === Pseudo.Move)) remove(machine, find(machine, Pseudo.Move));
    })).toThrow('wants value');
  });

  test('sees a reload from the wrong slot', () => {
    expect(() => check(parseMachine(FULL), (machine) => {
      machine.imm[machine.order[find(machine, Pseudo.Reload)]!]!++;
    })).toThrow(/wants value|spill slot/);
  });

  test('sees an instruction left out or put in', () => {
    const call = 16;
    expect(() => check(parseMachine(CALL), (machine) => remove(machine, find(machine, call)))).toThrow();
    expect(() => check(parseMachine(CALL), (machine) => {
      machine.order[find(machine, Pseudo.Move)] = machine.make(call);
    })).toThrow('not there');
  });

  test('sees a callee-saved register that is not saved', () => {
    expect(() => check(parseMachine(CALL), (machine) => {
      machine.savedRegisters = [];
    })).toThrow('not saved');
  });

  test('sees a fixed operand in another register', () => {
    expect(() => check(parseMachine(CALL), (machine) => {
      const last = machine.order[machine.order.length - 1]!;
      machine.setRegister(last, 0, 1);
    })).toThrow('is not in r0');
  });

  test('sees a late use and an early definition that share registers', () => {
    const late = (constraint: number, operand: number) => () => {
      const machine = parseMachine('0: entry v0=r0 v1=r1; mix -> v2 from v0 v1; return v2=r0');
      const mix = machine.order[1]!;
      machine.operands.data[machine.operandStart[mix]! + 2 * operand + 1]! |= constraint;
      check(machine, () => machine.setRegister(mix, operand, machine.register(mix, operand === 0 ? 1 : 0)));
    };
    expect(late(Constraint.Overlap, 0)).toThrow('overwrites');
    expect(late(Constraint.Overlap, 1)).toThrow();
  });

  test('catches every random change that shows when the code runs', () => {
    let caught = 0;
    let harmless = 0;
    for (let seed = 0; seed < 400; seed++) {
      const random = new Random(seed);
      const machine = randomMachine(seed, target, { blocks: 5, length: 8, calls: 10, reach: 12 });
      const expected = interpret(machine, target, 100);
      let isRight = true;
      try {
        check(machine, () => {
          const id = machine.order[random.below(machine.order.length)]!;
          if (machine.operandCount[id] === 0) return;
          const operand = random.below(machine.operandCount[id]!);
          const cls = machine.register(id, operand) >> 5;
          machine.setRegister(id, operand, random.below(cls === 0 ? 5 : 3) + 32 * cls);
        });
      } catch {
        isRight = false;
        caught++;
      }
      if (!isRight) continue;
      expect(interpret(machine, target, 100)).toEqual(expected);
      harmless++;
    }
    expect(caught).toBeGreaterThan(100);
    expect(harmless).toBeGreaterThan(20);
  });
});
