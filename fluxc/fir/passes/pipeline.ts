/**
 * The passes, in the order in which they run. This list is the whole middle of the compiler; read it from top to bottom.
 */
import type { Func } from '../function.ts';
import type { Module } from '../module.ts';
import { verifyFunction } from '../verify.ts';
import { expandDivision } from './expand-division.ts';
import { expandMemory } from './expand-memory.ts';
import { layoutBlocks } from './layout.ts';
import { placeConstants } from './place-constants.ts';
import { promoteSlots } from './promote-slots.ts';
import { removeUnreachable } from './remove-unreachable.ts';
import { splitCriticalEdges } from './split-critical-edges.ts';

export type Level = 0 | 1 | 2;

/** What passes must know of the machine that the code is for. */
export interface PassTarget {
  divisionWraps: boolean;
}

export interface Pass {
  name: string;
  /** runs from this level on */
  level: Level;
  run: (f: Func, module: Module, target: PassTarget) => void;
}

export interface PassOptions {
  level: Level;
  /** sees the module after the pass of this name */
  dump?: (name: string, module: Module) => void;
  /** the last pass to run */
  stopAfter?: string;
  /** checks the FIR after every pass; throws if a pass broke it */
  verifyEach?: boolean;
  /** milliseconds from any origin; passes are timed with it */
  now?: () => number;
}

export const PASSES: readonly Pass[] = [
  { name: 'remove-unreachable', level: 0, run: removeUnreachable },
  { name: 'promote-slots', level: 0, run: promoteSlots },
  { name: 'expand-division', level: 0, run: (f, _, target) => expandDivision(f, target.divisionWraps) },
  { name: 'expand-memory', level: 0, run: expandMemory },
  { name: 'split-critical-edges', level: 0, run: splitCriticalEdges },
  { name: 'place-constants', level: 0, run: placeConstants },
  { name: 'layout', level: 0, run: layoutBlocks },
];

export interface PassTiming {
  name: string;
  milliseconds: number;
}

export function optimise(module: Module, target: PassTarget, options: PassOptions): PassTiming[] {
  const timings: PassTiming[] = [];
  for (const pass of PASSES) {
    if (pass.level > options.level) continue;
    const started = options.now?.() ?? 0;
    for (const f of module.functions()) {
      pass.run(f, module, target);
      if (!options.verifyEach) continue;
      const messages = verifyFunction(f, module);
      if (messages.length > 0) throw new Error(`pass ${pass.name} broke ${f.name}: ${messages.join('; ')}`);
    }
    timings.push({ name: pass.name, milliseconds: (options.now?.() ?? 0) - started });
    options.dump?.(pass.name, module);
    if (options.stopAfter === pass.name) break;
  }
  return timings;
}
