/**
 * The stack frame of an allocated function: where saved registers, spill slots and stack slots stand.
 *
 * From the frame pointer downwards: what the target's frame record keeps below it, saved registers, spill slots, stack
 * slots from the smallest to the largest (short displacements reach the scalars), outgoing arguments at the stack
 * pointer.
 *
 *     fp ->  | frame record, `recordBytes` (riscv64: 16, others 0) |
 *            | saved registers, 8 bytes each, in their order        |
 *            | spill slots, 8 bytes each                            |
 *            | stack slots                                          |
 *     sp ->  | outgoing arguments, `machine.outgoingBytes`          |
 *
 * Always `sp = fp - size` and `size` is a multiple of 16, so both are 16-byte aligned. Stack slots may ask for up to
 * 16.
 */
import type { MachineFunction } from './machine-function.ts';

export const STACK_ALIGN = 16;

export class Frame {
  constructor(
    /** bytes between frame pointer and stack pointer */
    readonly size: number,
    private readonly slots: Int32Array,
    private readonly spillBase: number,
    private readonly savedBase: number,
    private readonly saved: readonly number[],
  ) {}

  /** Stack slot `index`, relative to the frame pointer: negative. Relative to the stack pointer it is this + `size`. */
  slotOffset(index: number): number {
    return this.slots[index]!;
  }

  /** Spill slot `index` (the `imm` of Spill and Reload), relative to the frame pointer. */
  spillOffset(index: number): number {
    return this.spillBase - 8 * index;
  }

  /**
   * Where callee-saved `register` is kept, relative to the frame pointer; the n-th of `savedRegisters` 8 bytes lower
   * each.
   */
  savedOffset(register: number): number {
    const index = this.saved.indexOf(register);
    if (index < 0) throw new Error(`register ${register} is not saved`);
    return this.savedBase - 8 * index;
  }
}

/**
 * The frame of `machine` after allocation. It is computed once and kept in `machine.frame`: cheap to ask for in `emit`.
 * `recordBytes`: what the target keeps directly below the frame pointer.
 */
export function layoutFrame(machine: MachineFunction, recordBytes = 0): Frame {
  return (machine.frame ??= compute(machine, recordBytes));
}

function compute(machine: MachineFunction, recordBytes: number): Frame {
  let depth = recordBytes;
  const savedBase = -(depth + 8);
  depth += 8 * machine.savedRegisters.length;
  const spillBase = -(depth + 8);
  depth += 8 * machine.spillSlots;
  const bySize = machine.slots.map((_, index) => index);
  bySize.sort((a, b) => machine.slots[a]!.size - machine.slots[b]!.size || a - b);
  const slots = new Int32Array(machine.slots.length);
  for (const index of bySize) {
    const { size, align } = machine.slots[index]!;
    if (align > STACK_ALIGN) throw new Error(`stack slot of ${machine.name} asks for alignment ${align}`);
    depth = alignUp(depth + size, Math.max(align, 1));
    slots[index] = -depth;
  }
  const size = alignUp(depth + machine.outgoingBytes, STACK_ALIGN);
  return new Frame(size, slots, spillBase, savedBase, machine.savedRegisters);
}

function alignUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}
