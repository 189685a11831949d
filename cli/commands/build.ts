/** `fluxos build`: documents in, images out, for one board or for all. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Sources } from '../../fluxc/base/source.ts';
import { compile, type Compilation, type Stage } from '../../fluxc/compile.ts';
import { mapOf } from '../../fluxc/link/map.ts';
import { evaluateBuildScript } from '../build-script.ts';
import { HOME, readerOf } from '../host.ts';
import type { Output } from '../output.ts';
import type { Project } from '../project.ts';

export interface BuildOptions {
  project: Project;
  board: string;
  /** where the image goes; by default `build/<board>/` below the project */
  output?: string;
  tests?: boolean;
  passes?: { level?: 0 | 1 | 2; verifyEach?: boolean };
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
