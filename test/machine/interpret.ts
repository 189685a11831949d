/**
 * Runs toy machine code before or after allocation. Both runs of one function must give the same trace; whatever an
 * instruction destroys is filled with rubbish, so a wrong allocation shows.
 */
import { isPlainCopy } from '../../fluxc/target/machine/copies.ts';
import type { AllocationTarget } from '../../fluxc/target/machine/allocation.ts';
import { Constraint, type MachineFunction, Pseudo, VIRTUAL } from '../../fluxc/target/machine/machine-function.ts';
import { ToyOp } from './toy-target.ts';

/** Runs at most `fuel` blocks and returns what every target instruction read. */
export function interpret(machine: MachineFunction, target: AllocationTarget, fuel: number): number[] {
  const places = new Map<number, number>();
  const slots = new Map<number, number>();
  const trace: number[] = [];
  let rubbish = 0x5eed;
  let block = 0;
  const get = (register: number) => places.get(register) ?? 0;
  const spoil = (register: number) => places.set(register, (rubbish = Math.imul(rubbish, 0x343fd) + 0x269ec3) | 0);
  for (let left = fuel; left > 0; left--) {
    let last = 0;
    for (let i = machine.start[block]!; i < machine.end[block]!; i++) {
      const id = machine.order[i]!;
      const count = machine.operandCount[id]!;
      switch (machine.op[id]) {
        case Pseudo.Move:
          places.set(machine.register(id, 0), get(machine.register(id, 1)));
          continue;
        case Pseudo.Spill:
          slots.set(machine.imm[id]!, get(machine.register(id, 0)));
          continue;
        case Pseudo.Reload:
          places.set(machine.register(id, 0), slots.get(machine.imm[id]!) ?? -1);
          continue;
        case ToyOp.Constant:
          places.set(machine.register(id, 0), machine.imm[id]!);
          continue;
        case ToyOp.Sum:
          places.set(machine.register(id, 0), (get(machine.register(id, 1)) + get(machine.register(id, 2))) | 0);
          continue;
      }
      const is = (k: number, mask: number) => (machine.constraint(id, k) & mask) === mask;
      const isUse = (k: number) => !is(k, Constraint.Def);
      const read = new Array<number>(count).fill(0);
      for (let k = 0; k < count; k++) if (!isUse(k) && is(k, Constraint.Overlap)) spoil(machine.register(id, k));
      for (let k = 0; k < count; k++) if (isUse(k)) read[k] = get(machine.register(id, k));
      for (let k = 0; k < count; k++) if (!isUse(k)) spoil(machine.register(id, k));
      const clobber = target.clobbers[machine.clobber[id]!]!;
      for (let bit = 0; bit < 32; bit++) {
        if ((clobber.int >>> bit) & 1) spoil(bit);
        if ((clobber.float >>> bit) & 1) spoil(32 + bit);
      }
      for (let k = 0; k < count; k++) if (isUse(k) && is(k, Constraint.Overlap)) read[k] = get(machine.register(id, k));
      let hash = machine.imm[id]!;
      for (let k = 0; k < count; k++) if (isUse(k)) hash = Math.imul(hash ^ read[k]!, 0x01000193) + k | 0;
      trace.push(id, hash);
      last = count > 0 ? read[0]! : 0;
      for (let k = 0; k < count; k++) if (!isUse(k)) places.set(machine.register(id, k), mixed(hash, k));
    }
    const successors = machine.successors[block]!;
    if (successors.length === 0) return trace;
    const passed = machine.jumpArguments[block]!;
    const next = successors.length === 1 ? successors[0]! : successors[last & 1]!;
    // After allocation parameters are virtual names only: setting them does nothing to the registers.
    const values = passed.map(get);
    machine.params[next]!.forEach((param, i) => places.set(param, values[i]!));
    block = next;
  }
  return trace;
}

function mixed(hash: number, k: number): number {
  let x = Math.imul(hash ^ (k * 0x85eb), 0x85ebca6b);
  x ^= x >>> 13;
  return Math.imul(x, 0xc2b2ae35) ^ (x >>> 16);
}

/** Instructions that allocation added. */
export function added(machine: MachineFunction): { moves: number; memory: number } {
  let moves = 0;
  let memory = 0;
  for (const block of machine.layout) {
    for (let i = machine.start[block]!; i < machine.end[block]!; i++) {
      const id = machine.order[i]!;
      if (machine.op[id] === Pseudo.Move && !isPlainCopy(machine, id) && machine.register(id, 0) < VIRTUAL) moves++;
      if (machine.op[id] === Pseudo.Spill || machine.op[id] === Pseudo.Reload) memory++;
    }
  }
  return { moves, memory };
}
