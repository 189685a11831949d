/** Makes batches of random programs and compares what the corners say about them. */
import { Interpreter } from '../../fluxc/fir/interpret.ts';
import { Module } from '../../fluxc/fir/module.ts';
import { verifyModule } from '../../fluxc/fir/verify.ts';
import { type Batch, type Corner, type ProgramResult, sameResult, showResult } from './corner.ts';
import { generateProgram } from './generator.ts';
import { FUEL, interpretMain } from './interpreter-corner.ts';

export interface ProgramSet {
  /** seeds of the programs: program i is `p<seed>` */
  seeds: number[];
  /** what the interpreter says */
  expected: ProgramResult[];
}

export interface Mismatch {
  seed: number;
  corner: string;
  expected: string;
  got: string;
}

const SIZES = [{ least: 2, most: 8 }, { least: 4, most: 30 }, { least: 20, most: 70 }];

/** The program of one seed in a module of its own, or added to `module`. */
export function programOf(seed: number, module = new Module('differential')): { module: Module; main: string } {
  const main = generateProgram(module, `p${seed}`, seed, SIZES[seed % SIZES.length]!);
  return { module, main };
}

/** `count` programs from `firstSeed` on, those left out that run for too long. */
export function makeSet(firstSeed: number, count: number): ProgramSet {
  const set: ProgramSet = { seeds: [], expected: [] };
  for (let seed = firstSeed; set.seeds.length < count; seed++) {
    const { module, main } = programOf(seed);
    const problems = verifyModule(module);
    if (problems.length > 0) throw new Error(`the generator made unsound FIR from seed ${seed}:\n${problems.join('\n')}`);
    const result = interpretMain(new Interpreter(module, { fuel: FUEL, stackBytes: 1 << 16 }), main);
    if (result.kind === 'failure') {
      if (result.text === 'out of fuel') continue;
      throw new Error(`the generator made a wrong program from seed ${seed}: ${result.text}`);
    }
    set.seeds.push(seed);
    set.expected.push(result);
  }
  return set;
}

/** All programs of a set in one fresh module: corners change what they run. */
export function batchOf(set: ProgramSet): Batch {
  const module = new Module('differential');
  const mains = set.seeds.map((seed) => programOf(seed, module).main);
  return { module, mains };
}

/** Runs a set in a corner; the programs that differ from the interpreter. */
export async function compare(set: ProgramSet, corner: Corner): Promise<Mismatch[]> {
  const results = await corner.run(batchOf(set));
  const mismatches: Mismatch[] = [];
  set.expected.forEach((expected, index) => {
    const got = results[index]!;
    if (sameResult(expected, got)) return;
    mismatches.push({ seed: set.seeds[index]!, corner: corner.name, expected: showResult(expected), got: showResult(got) });
  });
  return mismatches;
}
