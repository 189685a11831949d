import { describe, expect, test } from 'vitest';
import { ControlFlow, LOOP_EXIT } from '../../fluxc/target/machine/control-flow.ts';
import { Liveness } from '../../fluxc/target/machine/liveness.ts';
import { Constraint, MachineFunction, VIRTUAL } from '../../fluxc/target/machine/machine-function.ts';
import { randomMachine } from './random-machine.ts';
import { parseMachine } from './toy-text.ts';
import { toyTarget } from './toy-target.ts';

function graph(successors: number[][]): MachineFunction {
  const machine = new MachineFunction('graph');
  machine.successors = successors;
  machine.params = successors.map(() => []);
  machine.jumpArguments = successors.map(() => []);
  return machine;
}

const target = toyTarget({ int: 6, float: 4, saved: 2 });

function random(seed: number): MachineFunction {
  return randomMachine(seed, target, { blocks: 14, length: 5, calls: 8, reach: 12 });
}

/** Blocks that the entry reaches without going through `removed`. */
function reached(machine: MachineFunction, removed: number): Set<number> {
  const seen = new Set<number>();
  const work = removed === 0 ? [] : [0];
  while (work.length > 0) {
    const block = work.pop()!;
    if (seen.has(block) || block === removed) continue;
    seen.add(block);
    work.push(...machine.successors[block]!);
  }
  return seen;
}

describe('control flow', () => {
  test('leaves out what is not reached, and lists predecessors once', () => {
    const flow = new ControlFlow(graph([[1, 1], [3], [3], []]));
    expect([...flow.order]).toEqual([0, 1, 3]);
    expect(flow.index[2]).toBe(-1);
    expect(flow.predecessors[1]).toEqual([0]);
    expect(flow.predecessors[3]).toEqual([1]);
  });

  test('nested loops: headers, depths, weights', () => {
    // 0 -> 1 (2 (3)* 4)* 5
    const flow = new ControlFlow(graph([[1], [2, 8], [3], [4, 7], [6], [], [1], [3], [5]]));
    expect([...flow.depth]).toEqual([0, 1, 1, 2, 1, 0, 1, 2, 0]);
    expect(flow.loop[7]).toBe(3);
    expect(flow.outerLoop[3]).toBe(1);
    expect([1, 2, 3].map((block) => flow.isLoopHeader(block))).toEqual([true, false, true]);
    expect(flow.weight[3]).toBe(64);
    expect(flow.edgeLength(3, 4)).toBe(1 + LOOP_EXIT);
    expect(flow.edgeLength(4, 6)).toBe(1);
  });

  test('a critical edge is a mistake of whoever should have split it', () => {
    expect(() => new ControlFlow(graph([[1, 2], [2], []]))).toThrow('from block 0 to 2 is critical');
  });

  test('dominators agree with their definition', () => {
    for (let seed = 0; seed < 60; seed++) {
      const machine = random(seed);
      const flow = new ControlFlow(machine);
      for (const a of flow.order) {
        const without = reached(machine, a);
        for (const b of flow.order) {
          expect(flow.dominates(a, b), `${seed}: ${a} over ${b}`).toBe(a === b || !without.has(b));
          const common = flow.commonDominator(a, b);
          expect(flow.dominates(common, a) && flow.dominates(common, b)).toBe(true);
        }
        if (a !== 0) expect(flow.dominates(flow.dominator[a]!, a)).toBe(true);
      }
    }
  });
});

function livenessOf(machine: MachineFunction): Liveness {
  const allocatable = Int32Array.from([63, 15]);
  return new Liveness(machine, new ControlFlow(machine), allocatable, target.clobbers);
}

function liveIn(live: Liveness, block: number): number[] {
  return [...live.values.slice(live.start[block]!, live.start[block + 1]!)];
}

describe('liveness', () => {
  test('agrees with the equations of data flow', () => {
    for (let seed = 0; seed < 80; seed++) {
      const machine = random(seed);
      const live = livenessOf(machine);
      const sets = machine.successors.map(() => new Set<number>());
      for (let changed = true; changed;) {
        changed = false;
        for (const block of machine.layout) {
          const now = new Set<number>();
          for (const successor of machine.successors[block]!) for (const value of sets[successor]!) now.add(value);
          for (const argument of machine.jumpArguments[block]!) now.add(argument - VIRTUAL);
          for (let i = machine.end[block]! - 1; i >= machine.start[block]!; i--) {
            const id = machine.order[i]!;
            const operands = Array.from({ length: machine.operandCount[id]! }, (_, k) => k);
            const isDefinition = (k: number) => (machine.constraint(id, k) & Constraint.Def) !== 0;
            const valueOf = (k: number) => machine.register(id, k) - VIRTUAL;
            for (const k of operands) if (isDefinition(k)) now.delete(valueOf(k));
            for (const k of operands) if (!isDefinition(k)) now.add(valueOf(k));
          }
          for (const param of machine.params[block]!) now.delete(param - VIRTUAL);
          if (now.size !== sets[block]!.size) changed = true;
          sets[block] = now;
        }
      }
      for (const block of machine.layout) expect(liveIn(live, block)).toEqual([...sets[block]!].sort((a, b) => a - b));
    }
  });

  test('distances count instructions, and loops first', () => {
    const live = livenessOf(parseMachine(`
      0: entry v0=r0 v1=r1; const v2; jump 1 v2
      1 v3: mix -> v4 from v3; mix -> v5 from v4 v0; branch v5 2 3
      2: jump 1 v4
      3: mix -> v6 from v1; return v6=r0`));
    expect(liveIn(live, 1)).toEqual([0, 1]);
    expect([...live.distance.slice(live.start[1]!, live.start[2]!)]).toEqual([1, 3 + 1 + LOOP_EXIT]);
  });

  test('counts calls that a value lives across, by how often they run', () => {
    const live = livenessOf(parseMachine(`
      0: entry v0=r0 v1=r1; call -> v2=r0 from v0=r0; jump 1 v2
      1 v3: call -> v4=r0 from v3=r0; mix -> v5 from v4 v1; branch v5 2 3
      2: jump 1 v5
      3: return v4=r0`));
    expect([...live.crossing.slice(0, 6)]).toEqual([0, 1 + 8, 0, 0, 0, 0]);
    expect(live.calls[1]).toBe(1);
    // Across the call in the loop lives v1 alone, where one callee-saved register would remain.
    expect(live.room[2]).toBe(1);
    expect(live.hint[0]).toBe(0);
    expect(live.joins[5]).toBe(3);
  });

  test('a use that no definition reaches is a mistake', () => {
    const machine = parseMachine('0: entry v0=r0; mix -> v1 from v2; return v1=r0');
    expect(() => livenessOf(machine)).toThrow('before its definition');
  });
});
