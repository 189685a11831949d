/** Dominators, loops and layout on random graphs, against what their definitions say. */
import { describe, expect, test } from 'vitest';
import { controlFlow } from '../../fluxc/fir/analysis/control-flow.ts';
import { dominanceFrontiers, dominates, dominatorTree } from '../../fluxc/fir/analysis/dominators.ts';
import { findLoops, loopHolds } from '../../fluxc/fir/analysis/loops.ts';
import { Func } from '../../fluxc/fir/function.ts';
import { Module } from '../../fluxc/fir/module.ts';
import { Op, TrapCode } from '../../fluxc/fir/ops.ts';
import { layoutBlocks } from '../../fluxc/fir/passes/layout.ts';
import { removeUnreachable } from '../../fluxc/fir/passes/remove-unreachable.ts';
import { splitCriticalEdges } from '../../fluxc/fir/passes/split-critical-edges.ts';
import { placeConstants } from '../../fluxc/fir/passes/place-constants.ts';
import { Type } from '../../fluxc/fir/types.ts';
import { verifyFunction } from '../../fluxc/fir/verify.ts';
import { Random } from '../random.ts';

/** A function whose blocks branch at random, also backwards and to themselves. */
function randomGraph(seed: number): Func {
  const random = new Random(seed);
  const f = new Func('graph', { params: [Type.Bool], results: [] });
  const count = random.between(1, 14);
  for (let i = 0; i < count; i++) f.addBlock();
  const cond = f.addParam(0, Type.Bool);
  const target = () => random.between(1, count - 1);
  for (let block = 0; block < count; block++) {
    const kind = count === 1 ? 9 : random.below(10);
    if (kind < 4) f.jump(block, target());
    else if (kind < 7) f.brif(block, cond, target(), target());
    else if (kind < 8) {
      const number = f.iconst(block, Type.I32, 3);
      const edge = () => f.edge(target());
      f.append(block, Op.Switch, Type.Void, number, f.list([edge(), 1, 0, edge(), 2, 0, edge()]), 2);
    } else if (kind < 9) f.append(block, Op.Trap, Type.Void, 0, 0, 0, TrapCode.Explicit);
    else f.ret(block);
  }
  return f;
}

/** The blocks that a path from block 0 reaches without going through `without`. */
function reachedWithout(f: Func, without: number): Set<number> {
  const reached = new Set<number>();
  const work = without === 0 ? [] : [0];
  while (work.length > 0) {
    const block = work.pop()!;
    if (reached.has(block) || block === without) continue;
    reached.add(block);
    work.push(...f.successors(block));
  }
  return reached;
}

/** The blocks from which a path inside what `head` dominates leads back to `head`. */
function naturalLoop(f: Func, head: number, isDominated: (block: number) => boolean): Set<number> {
  const loop = new Set<number>();
  for (let changed = true; changed;) {
    changed = false;
    for (let block = 0; block < f.blockCount; block++) {
      if (loop.has(block) || !isDominated(block)) continue;
      if (!f.successors(block).some((next) => next === head || (loop.has(next) && next !== head))) continue;
      loop.add(block);
      changed = true;
    }
  }
  if (loop.size > 0) loop.add(head);
  return loop;
}

describe.each(Array.from({ length: 8 }, (_, index) => index))('random graphs %i', (group) => {
  const graphs = Array.from({ length: 50 }, (_, index) => randomGraph(1000 * group + index));

  test('a block dominates another if no path avoids it', () => {
    for (const f of graphs) {
      const tree = dominatorTree(f, controlFlow(f));
      const reachable = reachedWithout(f, -1);
      for (const a of reachable) {
        const without = reachedWithout(f, a);
        for (const b of reachable) expect(dominates(tree, a, b)).toBe(!without.has(b));
      }
      expect([...tree.preorder].sort((x, y) => x - y)).toEqual([...reachable].sort((x, y) => x - y));
    }
  });

  test('a frontier is where dominance ends', () => {
    for (const f of graphs) {
      const flow = controlFlow(f);
      const tree = dominatorTree(f, flow);
      const frontiers = dominanceFrontiers(f, flow, tree);
      for (const block of flow.order) {
        const expected = [...flow.order].filter((join) => {
          const above = [...flow.predecessors.subarray(flow.start[join]!, flow.start[join + 1]!)];
          const isStrict = block !== join && dominates(tree, block, join);
          return above.some((other) => dominates(tree, block, other)) && !isStrict;
        });
        const found = [...frontiers.blocks.subarray(frontiers.start[block]!, frontiers.start[block + 1]!)];
        expect(found.sort((x, y) => x - y)).toEqual(expected.sort((x, y) => x - y));
      }
    }
  });

  test('loops are what leads back to a header that dominates it', () => {
    for (const f of graphs) {
      const flow = controlFlow(f);
      const tree = dominatorTree(f, flow);
      const loops = findLoops(f, flow, tree);
      for (const head of flow.order) {
        const isDominated = (block: number) => flow.rank[block]! >= 0 && dominates(tree, head, block);
        const expected = naturalLoop(f, head, isDominated);
        expect(loops.headers.includes(head)).toBe(expected.size > 0);
        if (expected.size === 0) continue;
        for (const block of flow.order) expect(loopHolds(loops, head, block)).toBe(expected.has(block));
      }
      for (const block of flow.order) {
        expect(loops.depth[block]).toBe(loops.headers.filter((head) => loopHolds(loops, head, block)).length);
      }
    }
  });

  test('the layout keeps dominators first, loops together and traps last', () => {
    const module = new Module('graphs');
    for (const f of graphs) {
      removeUnreachable(f);
      splitCriticalEdges(f);
      placeConstants(f);
      layoutBlocks(f);
      expect(verifyFunction(f, module, { legalised: true })).toEqual([]);
      const flow = controlFlow(f);
      expect([...f.layout].sort((x, y) => x - y)).toEqual([...flow.order].sort((x, y) => x - y));
      const loops = findLoops(f, flow, dominatorTree(f, flow));
      for (const head of loops.headers) {
        const start = f.layout.indexOf(head);
        const isInside = f.layout.map((block) => loopHolds(loops, head, block));
        const size = isInside.filter((inside) => inside).length;
        expect(isInside.slice(start, start + size)).toEqual(Array(size).fill(true));
      }
      const firstTrap = f.layout.findIndex((block) => block !== 0 && f.op[f.last[block]!] === Op.Trap);
      for (const block of firstTrap < 0 ? [] : f.layout.slice(firstTrap)) expect(f.op[f.last[block]!]).not.toBe(Op.Ret);
    }
  });
});
