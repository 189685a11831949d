/**
 * Copies between virtual registers: in SSA form both names are one value, so one of them and the copy go.
 *
 * Only a Move without constraints between registers of one class is such a copy; others change class or place.
 */
import { Constraint, type MachineFunction, Pseudo, VIRTUAL } from './machine-function.ts';

/** The virtual register that each register is a copy of, by index `register - VIRTUAL`; itself if it is none. */
export function copySources(machine: MachineFunction): Int32Array {
  const source = new Int32Array(machine.virtualCount);
  for (let value = 0; value < source.length; value++) source[value] = value;
  for (const id of machine.order) {
    if (isPlainCopy(machine, id)) source[machine.register(id, 0) - VIRTUAL] = machine.register(id, 1) - VIRTUAL;
  }
  for (let value = 0; value < source.length; value++) {
    let root = value;
    while (source[root] !== root) root = source[root]!;
    for (let at = value; source[at] !== root;) {
      const next = source[at]!;
      source[at] = root;
      at = next;
    }
  }
  return source;
}

export function isPlainCopy(machine: MachineFunction, id: number): boolean {
  if (machine.op[id] !== Pseudo.Move) return false;
  const to = machine.register(id, 0);
  const from = machine.register(id, 1);
  return to >= VIRTUAL && from >= VIRTUAL && machine.constraint(id, 0) === Constraint.Def &&
    machine.constraint(id, 1) === Constraint.Any && machine.classOf(to) === machine.classOf(from);
}

/** Replaces every copy by what it copies and takes the Moves out of `order`. */
export function joinCopies(machine: MachineFunction): void {
  const { order, operands } = machine;
  if (!order.some((id) => isPlainCopy(machine, id))) return;
  const source = copySources(machine);
  const kept: number[] = [];
  for (const block of machine.layout) {
    const from = kept.length;
    for (let i = machine.start[block]!; i < machine.end[block]!; i++) {
      const id = order[i]!;
      if (isPlainCopy(machine, id)) continue;
      kept.push(id);
      const first = machine.operandStart[id]!;
      for (let k = first; k < first + 2 * machine.operandCount[id]!; k += 2) {
        if (operands.data[k]! >= VIRTUAL) operands.data[k] = VIRTUAL + source[operands.data[k]! - VIRTUAL]!;
      }
    }
    machine.start[block] = from;
    machine.end[block] = kept.length;
    const passed = machine.jumpArguments[block]!;
    for (let i = 0; i < passed.length; i++) passed[i] = VIRTUAL + source[passed[i]! - VIRTUAL]!;
  }
  machine.order = Int32Array.from(kept);
}
