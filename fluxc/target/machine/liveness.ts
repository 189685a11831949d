/**
 * What lives where: for each block the values live on entry with the distance to their next use, which values live
 * across calls, and how much room the registers leave inside each loop.
 *
 * A *value* is a virtual register less `VIRTUAL`. Distances count instructions; leaving a loop counts as `LOOP_EXIT`,
 * so what a loop uses is always nearer than what only the code behind it uses (Braun and Hack: Register Spilling and
 * Live-Range Splitting for SSA-Form Programs, 2009). A value's live-in blocks are found by walking from its uses to its
 * definition, so the work is proportional to the result.
 */
import { IntPool } from '../../base/int-pool.ts';
import type { ControlFlow } from './control-flow.ts';
import { Constraint, FLOAT, type MachineFunction, Pseudo, VIRTUAL } from './machine-function.ts';
import type { RegisterSet } from './target.ts';

export const FAR = 1 << 28;

export class Liveness {
  /** block of each value's definition, -1 if it has none */
  readonly definitionBlock: Int32Array;
  /** values live on entry to block b: `values[start[b] .. start[b + 1]]`, ascending; `distance` beside it */
  readonly start: Int32Array;
  readonly values: Int32Array;
  readonly distance: Int32Array;
  /** of each value: calls that it lives across, each weighted as its block */
  readonly crossing: Float64Array;
  /** of each value: physical register that a use asks for, or -1 */
  readonly hint: Int8Array;
  /** of each value: the block parameter that the most frequent jump with it as an argument passes it to, or -1 */
  readonly joins: Int32Array;
  /**
   * Of each loop header, per class (index 2 × block + class): registers that stay free at the fullest point of the
   * loop; negative where values must wait in memory. At a call only registers that survive it count.
   */
  readonly room: Int32Array;
  /** of each loop header: is there a call in the loop? */
  readonly calls: Uint8Array;
  /** per loop header, then for the whole function, and class: registers that fixed operands and clobbers take there */
  private readonly takenSets: Int32Array;

  constructor(
    private readonly machine: MachineFunction,
    private readonly flow: ControlFlow,
    /** allocatable registers of each class, bit sets */
    private readonly allocatable: Int32Array,
    private readonly clobbers: readonly RegisterSet[],
  ) {
    const values = machine.virtualCount;
    const blocks = machine.successors.length;
    this.definitionBlock = new Int32Array(values).fill(-1);
    this.start = new Int32Array(blocks + 1);
    this.crossing = new Float64Array(values);
    this.hint = new Int8Array(values).fill(-1);
    this.joins = new Int32Array(values).fill(-1);
    this.room = new Int32Array(2 * blocks).fill(FAR);
    this.calls = new Uint8Array(blocks);
    this.takenSets = new Int32Array(2 * blocks + 2);
    this.values = this.liveIn();
    this.distance = new Int32Array(this.values.length).fill(FAR);
    // The first round knows nothing about back edges, the second has the distances of the loop headers.
    if (flow.order.some((block) => flow.isLoopHeader(block))) this.measure(false);
    this.measure(true);
  }

  /** Registers that fixed operands and clobbers take in the loop of a header, or with -1 in the function. */
  taken(header: number, cls: number): number {
    return this.takenSets[2 * (header < 0 ? this.calls.length : header) + cls]!;
  }

  /** Fills `definitionBlock` and `start`; returns the live-in values of all blocks. */
  private liveIn(): Int32Array {
    const { machine, flow, definitionBlock, start } = this;
    const { operands } = machine;
    const count = machine.virtualCount;
    // Use blocks of each value, once each if its uses in a block stand together: linked lists.
    const head = new Int32Array(count).fill(-1);
    const useBlock = new IntPool(256);
    const useNext = new IntPool(256);
    const note = (value: number, block: number) => {
      const first = head[value]!;
      if (first >= 0 && useBlock.data[first] === block) return;
      useBlock.push(block);
      head[value] = useNext.push(first);
    };
    for (const block of flow.order) {
      for (const param of machine.params[block]!) definitionBlock[param - VIRTUAL] = block;
      for (let i = machine.start[block]!; i < machine.end[block]!; i++) {
        const id = machine.order[i]!;
        const from = machine.operandStart[id]!;
        const to = from + 2 * machine.operandCount[id]!;
        for (let k = from; k < to; k += 2) {
          const value = operands.data[k]! - VIRTUAL;
          if (value < 0) continue;
          if (operands.data[k + 1]! & Constraint.Def) definitionBlock[value] = block;
          else note(value, block);
        }
      }
      for (const argument of machine.jumpArguments[block]!) note(argument - VIRTUAL, block);
    }
    const nodeHead = new Int32Array(start.length).fill(-1);
    const nodeValue = new IntPool(256);
    const nodeNext = new IntPool(256);
    const work: number[] = [];
    for (let value = 0; value < count; value++) {
      const definition = definitionBlock[value]!;
      for (let use = head[value]!; use >= 0; use = useNext.data[use]!) {
        work.push(useBlock.data[use]!);
        while (work.length > 0) {
          const block = work.pop()!;
          const first = nodeHead[block]!;
          if (block === definition || (first >= 0 && nodeValue.data[first] === value)) continue;
          if (block === 0) throw new Error(`${machine.name}: virtual register ${value} is used before its definition`);
          nodeValue.push(value);
          nodeHead[block] = nodeNext.push(first);
          start[block + 1]!++;
          const predecessors = flow.predecessors[block]!;
          for (let i = 0; i < predecessors.length; i++) work.push(predecessors[i]!);
        }
      }
    }
    for (let block = 0; block + 1 < start.length; block++) start[block + 1]! += start[block]!;
    const values = new Int32Array(nodeValue.length);
    for (let block = 0; block + 1 < start.length; block++) {
      let at = start[block + 1]!;
      for (let node = nodeHead[block]!; node >= 0; node = nodeNext.data[node]!) values[--at] = nodeValue.data[node]!;
    }
    return values;
  }

  /** Goes backwards through all blocks and sets distances; with `all` also room, crossings and hints. */
  private measure(all: boolean): void {
    const { machine, flow, start, values, distance, crossing, hint } = this;
    const { operands, operandStart, operandCount } = machine;
    const next = new Int32Array(machine.virtualCount);
    /** `live[value] === stamp`: live at the current point of the walk */
    const live = new Int32Array(machine.virtualCount);
    /** calls of the block below the value's last use */
    const callsBelow = new Int32Array(machine.virtualCount);
    const joinWeight = new Float64Array(machine.virtualCount);
    const pressure = new Int32Array(2);
    const limit = [bitCount(this.allocatable[0]!), bitCount(this.allocatable[1]!)];
    for (let place = flow.order.length - 1; place >= 0; place--) {
      const block = flow.order[place]!;
      const stamp = place + 1;
      const from = machine.start[block]!;
      const length = machine.end[block]! - from;
      const weight = flow.weight[block]!;
      pressure.fill(0);
      let calls = 0;
      let roomInt = FAR;
      let roomFloat = FAR;
      let takenInt = 0;
      let takenFloat = 0;
      const revive = (value: number, at: number) => {
        if (live[value] !== stamp) {
          live[value] = stamp;
          next[value] = at;
          callsBelow[value] = calls;
          pressure[machine.virtualClass[value]!]!++;
        } else if (at < next[value]!) next[value] = at;
      };
      for (const successor of machine.successors[block]!) {
        const extra = length + flow.edgeLength(block, successor);
        for (let i = start[successor]!; i < start[successor + 1]!; i++) {
          revive(values[i]!, Math.min(FAR, extra + distance[i]!));
        }
      }
      const passed = machine.jumpArguments[block]!;
      for (let i = 0; i < passed.length; i++) {
        const value = passed[i]! - VIRTUAL;
        revive(value, length);
        if (joinWeight[value]! >= weight) continue;
        joinWeight[value] = weight;
        this.joins[value] = machine.params[machine.successors[block]![0]!]![i]! - VIRTUAL;
      }
      for (let position = length - 1; position >= 0; position--) {
        const id = machine.order[from + position]!;
        const first = operandStart[id]!;
        const last = first + 2 * operandCount[id]!;
        if (all) {
          roomInt = Math.min(roomInt, limit[0]! - pressure[0]!);
          roomFloat = Math.min(roomFloat, limit[1]! - pressure[1]!);
        }
        for (let k = first; k < last; k += 2) {
          const value = operands.data[k]! - VIRTUAL;
          const constraint = operands.data[k + 1]!;
          if (value < 0 || !(constraint & Constraint.Def)) continue;
          if (live[value] === stamp) {
            live[value] = 0;
            pressure[machine.virtualClass[value]!]!--;
            if (all) crossing[value]! += weight * (calls - callsBelow[value]!);
          }
          if (all && (constraint & 3) === Constraint.Reuse) {
            const used = operands.data[first + 2 * (constraint >> 8)]! - VIRTUAL;
            if (used >= 0 && live[used] !== stamp) hint[used] = hint[value]!;
          }
        }
        const clobber = machine.clobber[id]!;
        // The function's own arguments and results are no reason to keep long-lived values away from their registers.
        const isBoundary = machine.op[id] === Pseudo.Entry || machine.successors[block]!.length === 0;
        if (all && clobber !== 0) {
          const mask = this.clobbers[clobber]!;
          takenInt |= mask.int;
          takenFloat |= mask.float;
          if (2 * bitCount(this.allocatable[0]! & mask.int) >= limit[0]!) calls++;
          roomInt = Math.min(roomInt, bitCount(this.allocatable[0]! & ~mask.int) - pressure[0]!);
          roomFloat = Math.min(roomFloat, bitCount(this.allocatable[1]! & ~mask.float) - pressure[1]!);
        }
        for (let k = first; k < last; k += 2) {
          const value = operands.data[k]! - VIRTUAL;
          const constraint = operands.data[k + 1]!;
          if (value < 0) continue;
          const register = (constraint & 3) === Constraint.Fixed ? constraint >> 8 : -1;
          if (register >= 0 && !isBoundary) {
            if (register < FLOAT) takenInt |= bitOf(register);
            else takenFloat |= bitOf(register);
          }
          if (constraint & Constraint.Def) continue;
          revive(value, position);
          if (all && register >= 0 && (hint[value]! < 0 || !flow.isCold(block))) hint[value] = register;
        }
      }
      for (let i = start[block]!; i < start[block + 1]!; i++) {
        const value = values[i]!;
        if (live[value] === stamp) distance[i] = next[value]!;
        if (all) crossing[value]! += weight * (calls - callsBelow[value]!);
      }
      if (!all) continue;
      for (const param of machine.params[block]!) {
        const value = param - VIRTUAL;
        if (live[value] === stamp) crossing[value]! += weight * (calls - callsBelow[value]!);
      }
      for (let loop = flow.loop[block]!; loop >= 0; loop = flow.outerLoop[loop]!) {
        this.room[2 * loop] = Math.min(this.room[2 * loop]!, roomInt);
        this.room[2 * loop + 1] = Math.min(this.room[2 * loop + 1]!, roomFloat);
        if (calls > 0) this.calls[loop] = 1;
        this.takenSets[2 * loop]! |= takenInt;
        this.takenSets[2 * loop + 1]! |= takenFloat;
      }
      this.takenSets[2 * this.calls.length]! |= takenInt;
      this.takenSets[2 * this.calls.length + 1]! |= takenFloat;
    }
  }
}

/** Register `register`'s bit in the set of its class. */
export function bitOf(register: number): number {
  return 1 << (register & (FLOAT - 1));
}

export function bitCount(set: number): number {
  set -= (set >>> 1) & 0x55555555;
  set = (set & 0x33333333) + ((set >>> 2) & 0x33333333);
  return Math.imul((set + (set >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
