/** `fluxos build`: documents in, images out, for one board or for all. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { Sources } from '../../fluxc/base/source.ts';
import { compile, type Compilation, type Stage } from '../../fluxc/compile.ts';
import type { Code } from '../../fluxc/diagnostics/catalogue.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { PASSES, type PassOptions } from '../../fluxc/fir/passes/pipeline.ts';
import { printModule } from '../../fluxc/fir/print.ts';
import { mapOf } from '../../fluxc/link/map.ts';
import { evaluateBuildScript } from '../build-script.ts';
import { HOME, readerOf } from '../host.ts';
import type { Output } from '../output.ts';
import type { Project } from '../project.ts';
import { boardNames } from './boards.ts';

export interface BuildOptions {
  project: Project;
  board: string;
  /** where the image goes; by default `build/<board>/` below the project */
  output?: string;
  tests?: 'document' | 'all';
  passes?: Partial<PassOptions>;
}

export interface Built {
  compilation: Compilation;
  sources: Sources;
  /** path of the image */
  image: string;
  elf: string;
  map: string;
  /** milliseconds by stage, in order */
  stages: { stage: Stage | 'write'; milliseconds: number }[];
}

/** Compiles and writes the image, its ELF file with symbols and its map. Null, with everything said, if there are errors. */
export function build(options: BuildOptions, output: Output): Built | null {
  const { project, board } = options;
  const stages: Built['stages'] = [];
  let since = performance.now();
  const enter = (stage: Stage | 'write') => {
    const now = performance.now();
    if (stages.length > 0) stages[stages.length - 1]!.milliseconds = now - since;
    since = now;
    stages.push({ stage, milliseconds: 0 });
    output.progress(`${project.name} for ${board}: ${stage}`);
  };
  const result = compile(
    { read: readerOf([project.folder, HOME]), evaluate: evaluateBuildScript },
    { main: project.main, board, tests: options.tests, passes: options.passes, onStage: enter },
  );
  output.endProgress();
  output.diagnostics(result.diagnostics, result.sources);
  const compilation = result.output;
  if (!compilation) return null;
  enter('write');
  const folder = join(project.folder, 'build', board);
  const image = resolve(options.output ?? join(folder, compilation.board.image.file));
  const elf = join(dirname(image), `${project.name}.elf`);
  const map = join(dirname(image), `${project.name}.map.json`);
  const files: [string, Uint8Array | string][] = [
    [image, compilation.image],
    [elf, compilation.elf],
    [map, JSON.stringify(mapOf(compilation.linked, result.sources), null, 1) + '\n'],
  ];
  for (const [path, content] of files) {
    try {
      writeWhole(path, content);
    } catch (error) {
      result.diagnostics.report('FX0805', null, path, (error as Error).message);
      output.diagnostics(result.diagnostics, result.sources);
      return null;
    }
  }
  stages[stages.length - 1]!.milliseconds = performance.now() - since;
  output.endProgress();
  for (const { stage, milliseconds } of stages) output.detail(`${stage.padEnd(10)} ${milliseconds.toFixed(1).padStart(7)} ms`);
  return { compilation, sources: result.sources, image, elf, map, stages };
}

/** Writes beside the place and renames: nobody ever sees half a file. */
function writeWhole(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  const beside = `${path}.partial`;
  writeFileSync(beside, content);
  renameSync(beside, path);
}

/** A path as people read it: from here if it lies below, else whole. */
export function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') ? path : near;
}

export interface BuildCommandOptions {
  output?: string;
  O: 0 | 1 | 2;
  dump?: string;
  stopAfter?: string;
  timePasses?: boolean;
  verifyEach?: boolean;
}

export async function buildCommand(project: Project, output: Output, board: string, options: BuildCommandOptions): Promise<number> {
  const boards = board === 'all' ? boardNames([project.folder, HOME]) : [board];
  if (options.output && boards.length > 1) {
    output.diagnostics(failure('FX0811'), new Sources());
    return 1;
  }
  for (const name of [options.dump, options.stopAfter]) {
    if (name === undefined || PASSES.some((pass) => pass.name === name)) continue;
    output.diagnostics(failure('FX0812', name, PASSES.map((pass) => pass.name).join(', ')), new Sources());
    return 1;
  }
  const images = [];
  let failed = false;
  for (const name of boards) {
    const passes: Partial<PassOptions> = {
      level: options.O, stopAfter: options.stopAfter, verifyEach: options.verifyEach,
      dump: (pass, module) => {
        if (pass === options.dump) output.line(printModule(module));
      },
      ...(options.timePasses ? { now: () => performance.now() } : {}),
    };
    const built = build({ project, board: name, output: options.output, passes }, output);
    if (!built) {
      failed = true;
      continue;
    }
    const { compilation, image, elf, map, stages } = built;
    for (const { name: pass, milliseconds } of options.timePasses ? compilation.passTimings : []) {
      output.line(`${pass.padEnd(24)} ${milliseconds.toFixed(2).padStart(8)} ms`);
    }
    output.line(`${name.padEnd(14)} ${String(compilation.image.length).padStart(7)} bytes  ${shown(image)}`);
    images.push({ board: name, image, elf, map, imageBytes: compilation.image.length, stages, passes: compilation.passTimings });
  }
  if (!failed) output.json({ images });
  return failed ? 1 : 0;
}

function failure(code: Code, ...values: string[]): Diagnostics {
  const diagnostics = new Diagnostics();
  diagnostics.report(code, null, ...values);
  return diagnostics;
}
