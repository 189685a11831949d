/**
 * Register allocation: SSA machine code on virtual registers in, the same code on physical registers out, in place.
 *
 * The stages, each a file: control flow and liveness are computed; `assign` walks the blocks and gives registers;
 * `edges` inserts the moves at joins; `spill-slots` inserts stores and shares slots. `allocation-check.ts` proves the
 * result.
 *
 * Afterwards every operand is a physical register that satisfies its constraint, `order` has the Moves, Spills, Reloads
 * and repeated constants between the target's instructions, copies between virtual registers are gone where both have
 * one, blocks that nothing reaches are no more in the layout, and `spillSlots` and `savedRegisters` are set.
 */
import { Allocation, type AllocationTarget } from './allocation.ts';
import { Assigner } from './assign.ts';
import { joinCopies } from './copies.ts';
import { resolveEdges } from './edges.ts';
import type { MachineFunction } from './machine-function.ts';
import { placeSpills, savedRegisters } from './spill-slots.ts';

export function allocate(machine: MachineFunction, target: AllocationTarget): void {
  joinCopies(machine);
  const allocation = new Allocation(machine, target);
  new Assigner(allocation).run();
  placeSpills(allocation, resolveEdges(allocation));
  machine.savedRegisters = savedRegisters(allocation);
}
