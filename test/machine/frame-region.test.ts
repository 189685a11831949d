import { describe, expect, test } from 'vitest';
import { Framed, frameRegion } from '../../fluxc/target/machine/frame-region.ts';
import { FIRST_TARGET_OP, MachineFunction, Pseudo } from '../../fluxc/target/machine/machine-function.ts';

const PLAIN = FIRST_TARGET_OP;
const STACK = FIRST_TARGET_OP + 1;
const target = { usesFrame: (machine: MachineFunction, id: number) => machine.op[id] === STACK };

/** A function whose blocks hold one instruction each. */
function machineOf(successors: number[][], ops: Record<number, number> = {}): MachineFunction {
  const machine = new MachineFunction('f');
  machine.successors = successors;
  machine.layout = successors.map((_, block) => block);
  const ids = successors.map((_, block) => machine.make(ops[block] ?? PLAIN));
  machine.order = Int32Array.from(ids);
  machine.start = Int32Array.from(ids.keys());
  machine.end = Int32Array.from(ids, (_, block) => block + 1);
  return machine;
}

/** `.` without the frame, `|` where it begins, `-` with it: one sign a block. */
function show(machine: MachineFunction, chosen: { usesFrame?: typeof target.usesFrame } = target): string {
  const region = frameRegion(machine, chosen, machine.layout, machine.successors);
  return [...region].map((state) => (state === Framed.No ? '.' : state === Framed.Begins ? '|' : '-')).join('');
}

describe('the part of a function that has a frame', () => {
  test('a function that needs none has none', () => {
    expect(show(machineOf([[1, 2], [3], [3], []]))).toBe('....');
  });

  test('it begins where it is needed, and what follows has it', () => {
    expect(show(machineOf([[1, 2], [], [3], []], { 2: STACK }))).toBe('..|-');
    expect(show(machineOf([[1, 2], [], [3, 4], [], []], { 3: STACK, 1: STACK }))).toBe('.|.|.');
  });

  test('two ways that meet behind it both have it', () => {
    // 1 parts into 2 and 3, which meet in 5; 4 leaves early. The frame of 2 is 5's too, so 3 needs one as well: 1 makes it for both.
    expect(show(machineOf([[1, 4], [2, 3], [5], [5], [], []], { 2: STACK }))).toBe('.|--.-');
    // Of two edges into 2 one comes from 0 itself.
    expect(show(machineOf([[1, 2], [2], []], { 1: STACK }))).toBe('|--');
  });

  test('it begins in front of a loop', () => {
    // 0 -> 1 (2 (3) 1)* 4
    expect(show(machineOf([[1, 5], [2], [3, 4], [2], [], []], { 3: STACK }))).toBe('.|---.');
  });

  test('spills, calls and registers of the caller need it', () => {
    const call = machineOf([[1, 2], [], []]);
    call.clobber[1] = 1;
    expect(show(call)).toBe('.|.');
    expect(show(machineOf([[1, 2], [], []], { 2: Pseudo.Reload }))).toBe('..|');
    const saved = machineOf([[1, 2], [], []]);
    saved.savedRegisters = [7];
    saved.addOperand(7, 0);
    expect(show(saved)).toBe('..|');
  });

  test('an entry that is come back to keeps it from the start', () => {
    expect(show(machineOf([[1, 2], [0], []], { 1: STACK }))).toBe('|--');
  });

  test('all of it has one in an interrupt function, with arguments on the stack, and if the target cannot tell', () => {
    const interrupt = machineOf([[1, 2], [], []]);
    interrupt.interrupt = true;
    expect(show(interrupt)).toBe('|--');
    const pushing = machineOf([[1, 2], [], []]);
    pushing.outgoingBytes = 8;
    expect(show(pushing)).toBe('|--');
    expect(show(machineOf([[1, 2], [], []]), {})).toBe('|--');
  });
});
