import { expect, test } from 'vitest';
import { layoutFrame } from '../../fluxc/target/machine/frame.ts';
import { MachineFunction } from '../../fluxc/target/machine/machine-function.ts';
import { Random } from '../random.ts';

function machineWith(parts: Partial<MachineFunction>): MachineFunction {
  return Object.assign(new MachineFunction('f'), parts);
}

test('a function that needs nothing has an empty frame', () => {
  expect(layoutFrame(machineWith({})).size).toBe(0);
  expect(layoutFrame(machineWith({}), 16).size).toBe(16);
});

test('saved registers are next to the frame pointer, then spill slots, then small stack slots, then large ones', () => {
  const frame = layoutFrame(machineWith({
    savedRegisters: [19, 20, 40], spillSlots: 2, outgoingBytes: 8,
    slots: [{ size: 100, align: 8 }, { size: 4, align: 4 }],
  }));
  expect([19, 20, 40].map((register) => frame.savedOffset(register))).toEqual([-8, -16, -24]);
  expect([0, 1].map((slot) => frame.spillOffset(slot))).toEqual([-32, -40]);
  expect([0, 1].map((slot) => frame.slotOffset(slot))).toEqual([-144, -44]);
  expect(frame.size).toBe(160);
  expect(() => frame.savedOffset(21)).toThrow('21');
});

test('the frame record stays free', () => {
  const frame = layoutFrame(machineWith({ savedRegisters: [9], spillSlots: 1 }), 16);
  expect([frame.savedOffset(9), frame.spillOffset(0), frame.size]).toEqual([-24, -32, 32]);
});

test('the frame is computed once', () => {
  const machine = machineWith({ spillSlots: 1 });
  expect(layoutFrame(machine)).toBe(layoutFrame(machine));
});

test('a stack slot aligned beyond the stack is a mistake', () => {
  expect(() => layoutFrame(machineWith({ slots: [{ size: 64, align: 64 }] }))).toThrow('alignment 64');
});

test('nothing overlaps, everything is aligned and above the outgoing arguments', () => {
  for (let seed = 0; seed < 120; seed++) {
    const random = new Random(seed);
    const slots = Array.from({ length: random.below(8) }, () => {
      return { size: random.below(70), align: 1 << random.below(5) };
    });
    const savedRegisters = [19, 20, 21, 40, 41].slice(0, random.below(6));
    const machine = machineWith({
      slots, savedRegisters, spillSlots: random.below(5), outgoingBytes: 8 * random.below(4),
    });
    const record = 16 * random.below(2);
    const frame = layoutFrame(machine, record);
    const ranges = slots.map(({ size }, i) => [frame.slotOffset(i), size] as const);
    for (const register of savedRegisters) ranges.push([frame.savedOffset(register), 8]);
    for (let i = 0; i < machine.spillSlots; i++) ranges.push([frame.spillOffset(i), 8]);
    const used = new Set<number>();
    for (const [offset, size] of ranges) {
      for (let byte = offset; byte < offset + size; byte++) {
        expect(used.has(byte)).toBe(false);
        used.add(byte);
        expect(byte).toBeLessThan(-record);
        expect(byte).toBeGreaterThanOrEqual(machine.outgoingBytes - frame.size);
      }
    }
    slots.forEach(({ align }, i) => expect(Math.abs(frame.slotOffset(i) % align)).toBe(0));
    expect(frame.size % 16).toBe(0);
  }
});
