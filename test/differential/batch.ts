/** Makes batches of random programs and compares what the corners say about them. */
import { Module } from '../../fluxc/fir/module.ts';
import { verifyModule } from '../../fluxc/fir/verify.ts';
import { type Batch, type Corner, type ProgramResult, sameResult, showResult, UNFINISHED } from './corner.ts';
import { generateProgram } from './generator.ts';
import { meaning } from './interpreter-corner.ts';

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

/** Statements of a function body, by seed. */
const SIZES = [{ least: 2, most: 8 }, { least: 4, most: 30 }, { least: 20, most: 70 }];
/** One in 250 is so long that branches do not reach in their short forms. */
const HUGE = { least: 300, most: 700 };

/** The program of one seed in a module of its own, or added to `module`. */
export function programOf(seed: number, module = new Module('differential')): { module: Module; main: string } {
  const size = seed % 250 === 0 ? HUGE : SIZES[seed % SIZES.length]!;
  const main = generateProgram(module, `p${seed}`, seed, size);
  return { module, main };
}

/** `count` programs from `firstSeed` on, those left out that run for too long. */
export function makeSet(firstSeed: number, count: number): ProgramSet {
  const set: ProgramSet = { seeds: [], expected: [] };
  for (let seed = firstSeed; set.seeds.length < count; seed++) {
    const { module, main } = programOf(seed);
    const problems = verifyModule(module);
    if (problems.length > 0) throw new Error(`unsound FIR from seed ${seed}:\n${problems.join('\n')}`);
    const result = meaning(module, main);
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

/**
 * Runs a set in a corner; the programs that differ from the interpreter. A corner that fails on a batch as a whole (a
 * compiler that throws, a run that does not end) is given smaller ones until it is clear which programs are to blame.
 */
export async function compare(set: ProgramSet, corner: Corner): Promise<Mismatch[]> {
  const { seeds, expected } = set;
  if (seeds.length === 0) return [];
  const mismatch = (index: number, got: string): Mismatch =>
    ({ seed: seeds[index]!, corner: corner.name, expected: showResult(expected[index]!), got });
  const part = (from: number, to = seeds.length): ProgramSet =>
    ({ seeds: seeds.slice(from, to), expected: expected.slice(from, to) });
  let results: ProgramResult[];
  try {
    results = await corner.run(batchOf(set));
  } catch (error) {
    if (seeds.length === 1) return [mismatch(0, String(error))];
    const middle = seeds.length >> 1;
    return [...await compare(part(0, middle), corner), ...await compare(part(middle), corner)];
  }
  const mismatches: Mismatch[] = [];
  for (let index = 0; index < seeds.length; index++) {
    const got = results[index]!;
    if (sameResult(expected[index]!, got)) continue;
    mismatches.push(mismatch(index, showResult(got)));
    if (got.kind !== 'failure' || got.text !== UNFINISHED) continue;
    return [...mismatches, ...await compare(part(index + 1), corner)];
  }
  return mismatches;
}
