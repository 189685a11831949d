/**
 * Stores of spilled values and the slots they go to.
 *
 * A value that is reloaded anywhere is stored once, where that costs least: after its definition, or at the start of a
 * block that dominates all reloads and has the value in a register. Values that never live at the same time share
 * slots. At the end the instructions of assignment, the stores and the moves of the edges are one order again.
 */
import { IntPool } from '../../base/int-pool.ts';
import type { Allocation } from './allocation.ts';
import type { EdgeMoves } from './edges.ts';
import { bitOf } from './liveness.ts';
import { Constraint, Pseudo, VIRTUAL } from './machine-function.ts';

/** How many dominators above its reloads are looked at for a value's store. */
const CLIMB = 64;

/**
 * Inserts stores and edge moves, writes `order`, `start` and `end` of the machine function and gives out spill slots.
 */
export function placeSpills(allocation: Allocation, edges: EdgeMoves): void {
  const { machine, flow, body, bodyStart, bodyEnd } = allocation;
  const values = machine.virtualCount;
  const afterInstruction = new Int32Array(machine.count).fill(-1);
  const atEntry = new Int32Array(machine.successors.length).fill(-1);
  const storeRegister = new Int8Array(values);
  const nextStore = new Int32Array(values).fill(-1);
  for (let value = 0; value < values; value++) {
    if (allocation.reloadedUnder[value]! < 0 || allocation.passedInMemory[value]) continue;
    const block = storeBlock(allocation, value);
    const definition = allocation.definition[value]!;
    if (block < 0 && definition >= 0) {
      storeRegister[value] = allocation.definitionRegister[value]!;
      nextStore[value] = afterInstruction[definition]!;
      afterInstruction[definition] = value;
    } else {
      const at = block < 0 ? allocation.live.definitionBlock[value]! : block;
      storeRegister[value] = registerOnEntry(allocation, at, value);
      nextStore[value] = atEntry[at]!;
      atEntry[at] = value;
    }
  }
  const order = new IntPool(body.length + edges.code.length + 16);
  const store = (first: number) => {
    for (let value = first; value >= 0; value = nextStore[value]!) {
      const id = machine.make(Pseudo.Spill);
      machine.imm[id] = value;
      machine.addOperand(storeRegister[value]!, 0);
      order.push(id);
    }
  };
  const lastBefore = afterInstruction.length;
  machine.layout = machine.layout.filter((block) => flow.index[block]! >= 0);
  for (const block of flow.order) {
    machine.start[block] = order.length;
    store(atEntry[block]!);
    const end = bodyEnd[block]!;
    const jump = end > bodyStart[block]! && machine.target[body.data[end - 1]!]! >= 0 ? end - 1 : end;
    for (let i = bodyStart[block]!; i <= end; i++) {
      if (i === jump) for (let k = edges.start[block]!; k < edges.end[block]!; k++) order.push(edges.code.data[k]!);
      if (i === end) break;
      const id = body.data[i]!;
      order.push(id);
      if (id < lastBefore) store(afterInstruction[id]!);
    }
    machine.end[block] = order.length;
  }
  machine.order = order.data.slice(0, order.length);
  assignSlots(allocation);
}

/** The block at whose start `value` is stored best, or -1: after its definition. */
function storeBlock(allocation: Allocation, value: number): number {
  const { flow, live } = allocation;
  const definition = live.definitionBlock[value]!;
  let block = allocation.reloadedUnder[value]!;
  let best = -1;
  let weight = flow.weight[definition]!;
  // Of places that weigh the same the lowest in the dominator tree is best: fewer paths come through it.
  for (let i = 0; i < CLIMB && block !== definition; i++) {
    if (flow.weight[block]! <= weight && registerOnEntry(allocation, block, value) >= 0 &&
      (best < 0 || flow.weight[block]! < weight)) {
      best = block;
      weight = flow.weight[block]!;
    }
    block = flow.dominator[block]!;
  }
  return best;
}

function registerOnEntry(allocation: Allocation, block: number, value: number): number {
  const entry = allocation.entry[block]!;
  for (let i = 1; i < entry.length; i += 2) if (entry[i] === value) return entry[i - 1]!;
  return -1;
}

/**
 * Gives values real slots. A value needs its slot from its first store to the end of the last block, in reverse
 * postorder, that has it live on entry; slots are handed on along this order (linear scan).
 */
function assignSlots(allocation: Allocation): void {
  const { machine, flow, live } = allocation;
  const first = new Int32Array(allocation.slotNumbers).fill(-1);
  const last = new Int32Array(allocation.slotNumbers);
  const used: number[] = [];
  const touch = (slot: number, position: number) => {
    if (first[slot]! < 0) {
      used.push(slot);
      first[slot] = last[slot] = position;
    } else if (position < first[slot]!) first[slot] = position;
    else if (position > last[slot]!) last[slot] = position;
  };
  const accesses: number[] = [];
  for (const block of flow.order) {
    for (let i = machine.start[block]!; i < machine.end[block]!; i++) {
      const id = machine.order[i]!;
      if (machine.op[id] !== Pseudo.Spill && machine.op[id] !== Pseudo.Reload) continue;
      touch(machine.imm[id]!, i);
      accesses.push(id);
    }
  }
  if (used.length === 0) return;
  for (const block of flow.order) {
    for (let i = live.start[block]!; i < live.start[block + 1]!; i++) {
      if (first[live.values[i]!]! < 0) continue;
      touch(live.values[i]!, machine.start[block]!);
      touch(live.values[i]!, machine.end[block]!);
    }
    for (const param of machine.params[block]!) {
      if (first[param - VIRTUAL]! < 0) continue;
      touch(param - VIRTUAL, machine.start[block]!);
      // The edges may write it among other moves: the slot is taken until they all are done.
      for (const predecessor of flow.predecessors[block]!) touch(param - VIRTUAL, machine.end[predecessor]!);
    }
  }
  const byEnd = used.slice().sort((a, b) => last[a]! - last[b]! || a - b);
  used.sort((a, b) => first[a]! - first[b]! || a - b);
  const slotOf = new Int32Array(allocation.slotNumbers).fill(-1);
  const free: number[] = [];
  let ended = 0;
  for (const slot of used) {
    for (; last[byEnd[ended]!]! < first[slot]!; ended++) free.push(slotOf[byEnd[ended]!]!);
    slotOf[slot] = free.pop() ?? machine.spillSlots++;
  }
  for (const id of accesses) machine.imm[id] = slotOf[machine.imm[id]!]!;
}

/**
 * Callee-saved registers that the allocated function writes, ascending. An interrupt function interrupts code that
 * expects no call: it saves every register that it, its scratch register or its calls change.
 */
export function savedRegisters(allocation: Allocation): number[] {
  const { machine, target } = allocation;
  const { scratch } = target.registers;
  const own = [allocation.allocatable[0]! | bitOf(scratch.int), allocation.allocatable[1]! | bitOf(scratch.float)];
  const written = [machine.interrupt ? bitOf(scratch.int) : 0, 0];
  for (const block of machine.layout) {
    for (let i = machine.start[block]!; i < machine.end[block]!; i++) {
      const id = machine.order[i]!;
      for (let k = 0; k < machine.operandCount[id]!; k++) {
        if (!(machine.constraint(id, k) & Constraint.Def)) continue;
        const register = machine.register(id, k);
        written[register >> 5]! |= bitOf(register) & own[register >> 5]!;
      }
      if (machine.clobber[id] === 0) continue;
      written[0]! |= target.clobbers[machine.clobber[id]!]!.int;
      written[1]! |= target.clobbers[machine.clobber[id]!]!.float;
    }
  }
  const list: number[] = [];
  for (let register = 0; register < VIRTUAL; register++) {
    const saves = machine.interrupt ? -1 : allocation.calleeSaved[register >> 5]!;
    if (written[register >> 5]! & saves & bitOf(register)) list.push(register);
  }
  return list;
}
