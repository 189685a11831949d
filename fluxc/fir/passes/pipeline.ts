/**
 * The passes, in the order in which they run. This list is the whole middle of the compiler; read it from top to
 * bottom.
 *
 * Level 0 makes what selection needs and keeps locals in registers; level 1 makes code small and fast; level 2 adds
 * what takes longer. A pass that runs several times has a number behind its name, so every place in the list can be
 * named: to see the module after it (`dump`), to stop there, to time and to verify it.
 */
import type { Func } from '../function.ts';
import type { Module } from '../module.ts';
import { verifyFunction } from '../verify.ts';
import { propagateConstantArguments } from './constant-arguments.ts';
import { convertBranches } from './convert-branches.ts';
import { removeDeadCode } from './dce.ts';
import { divideByConstants } from './divide-by-constant.ts';
import { dropUnused } from './drop-unused.ts';
import { expandDivision } from './expand-division.ts';
import { expandMemory } from './expand-memory.ts';
import { foldBranches } from './fold-branches.ts';
import { numberValues } from './gvn.ts';
import { inlineCalls } from './inline.ts';
import { layoutBlocks } from './layout.ts';
import { moveInvariants } from './licm.ts';
import { ownEdges } from './own-edges.ts';
import { placeConstants } from './place-constants.ts';
import { promoteSlots } from './promote-slots.ts';
import { removeUnreachable } from './remove-unreachable.ts';
import { simplify } from './simplify.ts';
import { splitCriticalEdges } from './split-critical-edges.ts';
import { splitStatics } from './split-statics.ts';

export type Level = 0 | 1 | 2;

/** What passes must know of the machine that the code is for. */
export interface PassTarget {
  divisionWraps: boolean;
}

/** A pass looks at one function at a time (`run`) or at the whole module (`runModule`). */
export interface Pass {
  name: string;
  /** runs from this level on */
  level: Level;
  run?: (f: Func, module: Module, target: PassTarget) => void;
  runModule?: (module: Module) => void;
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
  { name: 'own-edges', level: 0, run: ownEdges },
  { name: 'drop-unused', level: 1, runModule: dropUnused },
  // Each function on its own, so that the inliner sees its true size.
  { name: 'promote-slots', level: 0, run: promoteSlots },
  { name: 'simplify', level: 1, run: simplify },
  { name: 'fold-branches', level: 1, run: foldBranches },
  { name: 'dce', level: 1, run: removeDeadCode },
  // And knows who is called once: what only branches that have been folded name calls nobody.
  { name: 'drop-unused-2', level: 1, runModule: dropUnused },
  { name: 'inline', level: 1, runModule: inlineCalls },
  { name: 'drop-unused-3', level: 1, runModule: dropUnused },
  { name: 'constant-arguments', level: 1, runModule: propagateConstantArguments },
  // Again with what came from the callees.
  { name: 'promote-slots-2', level: 1, run: promoteSlots },
  { name: 'simplify-2', level: 1, run: simplify },
  { name: 'fold-branches-2', level: 1, run: foldBranches },
  { name: 'convert-branches', level: 1, run: convertBranches },
  { name: 'split-statics', level: 1, runModule: splitStatics },
  { name: 'divide-by-constant', level: 2, run: divideByConstants },
  { name: 'gvn', level: 1, run: numberValues },
  { name: 'simplify-3', level: 1, run: simplify },
  { name: 'fold-branches-3', level: 1, run: foldBranches },
  { name: 'dce-2', level: 1, run: removeDeadCode },
  { name: 'licm', level: 2, run: moveInvariants },
  // What instruction selection relies on.
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

/** Runs the passes of a level over `module`, in place. */
export function optimise(module: Module, target: PassTarget, options: PassOptions): PassTiming[] {
  const timings: PassTiming[] = [];
  for (const pass of PASSES) {
    if (pass.level <= options.level) {
      const started = options.now?.() ?? 0;
      runPass(pass, module, target);
      timings.push({ name: pass.name, milliseconds: (options.now?.() ?? 0) - started });
      if (options.verifyEach) verify(pass.name, module);
      options.dump?.(pass.name, module);
    }
    if (options.stopAfter === pass.name) break;
  }
  return timings;
}

/** Runs one pass over the whole module. */
export function runPass(pass: Pass, module: Module, target: PassTarget): void {
  pass.runModule?.(module);
  if (pass.run) for (const f of module.functions()) pass.run(f, module, target);
}

function verify(name: string, module: Module): void {
  for (const f of module.functions()) {
    const messages = verifyFunction(f, module);
    if (messages.length > 0) throw new Error(`pass ${name} broke ${f.name}: ${messages.join('; ')}`);
  }
}
