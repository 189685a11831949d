/**
 * Programs that once showed a bug: reduced, kept as FIR text under `regressions/`, and run on every corner ever
 * after.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import type { Module } from '../../fluxc/fir/module.ts';
import { parseModule } from '../../fluxc/fir/parse.ts';
import { printModule } from '../../fluxc/fir/print.ts';
import { programOf } from './batch.ts';
import { type Corner, type ProgramResult, sameResult, showResult } from './corner.ts';
import { meaning } from './interpreter-corner.ts';
import { reduce } from './reduce.ts';

/** Under the current folder, which is the repository's for the tests and the script. */
const FOLDER = 'test/differential/regressions';

export interface Regression {
  name: string;
  text: string;
}

export function regressions(): Regression[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER).filter((file) => file.endsWith('.fir')).sort()
    .map((file) => ({ name: file, text: readFileSync(join(FOLDER, file), 'utf8') }));
}

/** The module of a regression and its main function: the one that is a root. */
export function readProgram(text: string): { module: Module; main: string } {
  const diagnostics = new Diagnostics();
  const module = parseModule(new Sources().add('program.fir', text), diagnostics);
  const main = module?.symbols.find((symbol) => symbol.func && symbol.root)?.name;
  if (!module || !main) throw new Error(`no program: ${diagnostics.list[0]?.message ?? 'no function is [root]'}`);
  return { module, main };
}

/** What a corner says about a program; how it fails if it throws. */
export async function runProgram(text: string, corner: Corner): Promise<ProgramResult> {
  const { module, main } = readProgram(text);
  try {
    return (await corner.run({ module, mains: [main] }))[0]!;
  } catch (error) {
    return { kind: 'failure', text: error instanceof Error ? error.message : String(error) };
  }
}

export function interpretProgram(text: string): ProgramResult {
  const { module, main } = readProgram(text);
  return meaning(module, main);
}

/**
 * Reduces the program of `seed`, on which `corner` differs from the interpreter, and keeps it. Gives the file's path.
 */
export async function reduceAndKeep(seed: number, corner: Corner, seconds?: number): Promise<string> {
  const { module, main } = programOf(seed);
  const whole = printModule(module);
  const first = await runProgram(whole, corner);
  const { text } = await reduce(whole, main, async (candidate) => {
    const candidateText = printModule(candidate);
    const expected = meaning(candidate, main);
    if (expected.kind === 'failure') return false;
    const got = await runProgram(candidateText, corner);
    // A program that fails must go on failing the same way, or the reduction ends at some other bug.
    if (first.kind === 'failure') return got.kind === 'failure' && failureKind(got.text) === failureKind(first.text);
    return got.kind !== 'failure' && !sameResult(expected, got);
  }, seconds);
  const path = join(FOLDER, `${corner.name.replace(/[^a-z0-9]+/gi, '-')}-${seed}.fir`);
  const header = `; Seed ${seed}: ${corner.name} gave ${oneLine(showResult(await runProgram(text, corner)))}, ` +
    `the interpreter ${showResult(interpretProgram(text))}.\n`;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(path, header + text);
  return path;
}

/** What stays of a failure's text when the program gets smaller: its words without numbers and names. */
function failureKind(text: string): string {
  return oneLine(text).replace(/[`@'"].*?[`'"\s]/g, '').replace(/[0-9]+/g, '').slice(0, 60);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 200);
}
