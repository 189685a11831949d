/** `fluxos build`: documents in, images out, for one board or for all. */
import type { KeyObject } from 'node:crypto';
import {
  closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync,
} from 'node:fs';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { Sources } from '../../fluxc/base/source.ts';
import { compile, type Compilation, type CompileResult, type Stage } from '../../fluxc/compile.ts';
import type { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { PASSES, type PassOptions } from '../../fluxc/fir/passes/pipeline.ts';
import { printModule } from '../../fluxc/fir/print.ts';
import { mapOf } from '../../fluxc/link/map.ts';
import type { Disk } from '../../images/disk.ts';
import { boardNames } from '../boards.ts';
import { cardImage, efiProgram, formatsOf } from '../card-image.ts';
import { hostOf } from '../compiler-host.ts';
import { bytesReaderOf, HOME, isFolder, statOf } from '../host.ts';
import { CODE, LIBRARY } from '../library.ts';
import { FORMAT, readKey, sha256, writeManifest } from '../manifest.ts';
import { failure, type Output } from '../output.ts';
import { ALL_BOARDS, type Project, reasonOf } from '../project.ts';
import { VERSION } from '../version.ts';

export interface CompileOptions {
  project: Project;
  /** one board */
  board: string;
  tests?: 'document' | 'all';
  passes?: Partial<PassOptions>;
  /** with the trace of the kernel */
  trace?: boolean;
  /** types and variables for debuggers, and a file for each agent */
  debug?: boolean;
  onStage?: (stage: Stage) => void;
}

export interface BuildOptions extends CompileOptions {
  /** where the image goes; by default `build/<board>/` below the project */
  output?: string;
}

/** Milliseconds by stage, in order. */
export type StageTimes = { stage: Stage | 'write'; milliseconds: number }[];

export interface Compiled {
  compilation: Compilation;
  sources: Sources;
  stages: StageTimes;
}

export interface Built extends Compiled {
  /** paths; there are no ELF file and map beside an image that goes into a device or a pipe */
  image: string;
  elf: string | null;
  map: string | null;
}

/** Compiles and says everything reported. */
function runCompiler(options: CompileOptions, output: Output): { result: CompileResult; stages: StageTimes } {
  const { project, board, tests, passes, trace, debug } = options;
  const stages: StageTimes = [];
  let since = performance.now();
  const leave = () => {
    const now = performance.now();
    if (stages.length > 0) stages[stages.length - 1]!.milliseconds = now - since;
    since = now;
  };
  const onStage = (stage: Stage) => {
    leave();
    stages.push({ stage, milliseconds: 0 });
    options.onStage?.(stage);
    output.progress(`${project.name} for ${board}: ${stage}`);
  };
  const host = hostOf([project.folder, HOME]);
  const result = compile(host, { main: project.main, board, tests, passes, trace, debug, onStage, library: LIBRARY, code: CODE });
  leave();
  output.endProgress();
  output.diagnostics(result.diagnostics, result.sources);
  return { result, stages };
}

/** Compiles. Null, with everything said, if there are errors. */
export function compileProject(options: CompileOptions, output: Output): Compiled | null {
  const { result, stages } = runCompiler(options, output);
  return result.output && { compilation: result.output, sources: result.sources, stages };
}

/** Compiles and writes the image, its ELF file with symbols and its map. Null, with everything said, if that fails. */
export function build(options: BuildOptions, output: Output): Built | null {
  const compiled = compileProject(options, output);
  if (!compiled) return null;
  const { compilation, sources, stages } = compiled;
  const started = performance.now();
  const image = resolve(options.output ?? join(options.project.folder, 'build', options.board, compilation.board.image.file));
  const beside = options.output === undefined ? options.project.name : basename(image, extname(image));
  const stem = join(dirname(image), beside);
  const isDevice = !(statOf(image)?.isFile() ?? true);
  const elf = isDevice ? null : `${stem}.elf` === image ? `${stem}.debug.elf` : `${stem}.elf`;
  const map = isDevice ? null : `${stem}.map.json`;
  const files: [string | null, Uint8Array | string][] = [
    [image, compilation.image],
    [elf, compilation.elf],
    ...compilation.programElfs.map(({ name, elf: bytes }): [string | null, Uint8Array] => [elf && programElf(elf, name), bytes]),
    [map, JSON.stringify(mapOf(compilation.linked, compilation.programs, sources), null, 1) + '\n'],
  ];
  for (const [path, content] of files) {
    if (path === null) continue;
    try {
      if (isDevice) writeFileSync(path, content);
      else writeWhole(path, content);
    } catch (error) {
      output.diagnostics(failure('FX0805', shown(path), reasonOf(error)), new Sources());
      return null;
    }
  }
  stages.push({ stage: 'write', milliseconds: performance.now() - started });
  for (const { stage, milliseconds } of stages) output.detail(`${stage.padEnd(10)} ${milliseconds.toFixed(1).padStart(7)} ms`);
  return { ...compiled, image, elf, map };
}

/** The file for the debugger of one agent, beside that of the whole image. */
export function programElf(elf: string, agent: string): string {
  return elf.replace(/\.elf$/, `.${agent.replace(/[^a-zA-Z0-9_-]+/g, '-')}.elf`);
}

/** Writes beside the place and renames: nobody ever sees half a file. */
function writeWhole(path: string, content: Uint8Array | string): void {
  makeFolder(dirname(path));
  const beside = `${path}.${process.pid}.partial`;
  try {
    writeFileSync(beside, content);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** Makes a folder and those above it. Node's own way of doing so never ends in file systems like `/proc`. */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let folder = path; !isFolder(folder) && folder !== dirname(folder); folder = dirname(folder)) missing.push(folder);
  for (const folder of missing.reverse()) mkdirSync(folder);
}

/** A path as people read it: from here if it lies below, else whole. */
export function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') ? path : near;
}

/** The boards that a command works on. */
export function boardsOf(project: Project): string[] {
  return project.board === ALL_BOARDS ? boardNames([project.folder, HOME]) : [project.board];
}

export interface BuildCommandOptions {
  output?: string;
  O: 0 | 1 | 2;
  dump?: string;
  stopAfter?: string;
  timePasses?: boolean;
  verifyEach?: boolean;
  debug?: boolean;
  manifest?: boolean;
  key?: string;
  format?: Format;
  firmware?: string;
}

/** What to write: what the board's loader takes, the same as an ELF file, as a program for UEFI firmware, or the whole card or disk that the board boots from. */
export const FORMATS = ['image', 'elf', 'efi', 'sd', 'disk'] as const;
export type Format = (typeof FORMATS)[number];

/** What `--json` says of a board. */
interface BoardReport {
  board: string;
  image: string | null;
  elf: string | null;
  map: string | null;
  /** with `--manifest` */
  manifest?: string;
  imageBytes: number | null;
  /** bytes of each agent's parts in its process */
  programs: { name: string; code: number; constants: number; data: number; zeros: number }[];
  stages: StageTimes;
  /** with `--time-passes` */
  passes?: { name: string; milliseconds: number }[];
  /** with `--dump` or `--stop-after`: the FIR behind that pass */
  fir?: string;
}

export async function buildCommand(project: Project, output: Output, options: BuildCommandOptions): Promise<number> {
  if (!isPossible(project, output, options)) return 1;
  const key = options.manifest ? signingKey(options.key, output) : null;
  if (options.manifest && !key) return 1;
  const images: BoardReport[] = [];
  const failed: string[] = [];
  for (const board of boardsOf(project)) {
    const report = buildBoard(project, board, output, options, key);
    if (report) images.push(report);
    else failed.push(board);
  }
  if (failed.length > 0 && project.board === ALL_BOARDS) output.remark(`not built: ${failed.join(', ')}`);
  output.json({ images, failed });
  return failed.length > 0 ? 1 : 0;
}

/** Checks what no single board decides. */
function isPossible(project: Project, output: Output, options: BuildCommandOptions): boolean {
  if (options.output !== undefined && project.board === ALL_BOARDS) {
    output.diagnostics(failure('FX0811'), new Sources());
    return false;
  }
  const running = PASSES.filter(({ level }) => level <= options.O).map(({ name }) => name);
  for (const name of [options.dump, options.stopAfter]) {
    if (name === undefined || running.includes(name)) continue;
    const list = [...new Set(running)].join(', ');
    const isPass = PASSES.some((pass) => pass.name === name);
    output.diagnostics(isPass ? failure('FX0816', name, options.O, list) : failure('FX0812', name, list), new Sources());
    return false;
  }
  return true;
}

function buildBoard(
  project: Project, board: string, output: Output, options: BuildCommandOptions, key: KeyObject | null,
): BoardReport | null {
  const inspection = new PassInspection(options);
  const request = {
    project, board, passes: inspection.passes, debug: options.debug, output: isImage(options) ? options.output : undefined, onStage: (stage: Stage) => inspection.enter(stage),
  };
  if (options.stopAfter !== undefined) {
    const { result, stages } = runCompiler(request, output);
    if (result.diagnostics.failed) return null;
    inspection.print(output);
    output.remark(`${board}: stopped after ${options.stopAfter}, no image was written`);
    return { board, image: null, elf: null, map: null, imageBytes: null, programs: [], stages, ...inspection.report };
  }
  const built = build(request, output);
  if (!built) return null;
  const { compilation, elf, map, stages } = built;
  inspection.print(output);
  const image = isImage(options) ? built.image : writeFormat(project, built, options, output);
  if (image === null) return null;
  output.line(`${board.padEnd(14)} ${String(statOf(image)?.size ?? compilation.image.length).padStart(7)} bytes  ${shown(image)}`);
  const manifest = key && signManifest(project, { ...built, image }, options.O, key, output);
  if (key && !manifest) return null;
  const programs = programSizes(compilation);
  for (const { name, code, constants, data, zeros } of programs) {
    output.detail(`agent ${name}: ${code} bytes of code, ${constants} of constants, ${data} of data, ${zeros} of zeros`);
  }
  const imageBytes = compilation.image.length;
  return { board, image, elf, map, ...(manifest ? { manifest } : {}), imageBytes, programs, stages, ...inspection.report };
}

export function programSizes({ programs }: Compilation): BoardReport['programs'] {
  return programs.map(({ name, numbers }) => ({
    name, code: numbers.code_size, constants: numbers.constant_size, data: numbers.data_size, zeros: numbers.zero_size,
  }));
}

function isImage({ format }: BuildCommandOptions): boolean {
  return format === undefined || format === 'image';
}

/** Writes what `--format` asks for beside the image; null, with everything said, if the board has no such thing or it cannot be written. */
function writeFormat(project: Project, built: Built, options: BuildCommandOptions, output: Output): string | null {
  const { board } = built.compilation;
  const formats = formatsOf(board);
  if (!formats.includes(options.format!)) {
    output.diagnostics(failure('FX0826', board.id, options.format!, formats.join(', ')), new Sources());
    return null;
  }
  if (options.format === 'elf') return writeElfFile(built, options, output);
  return options.format === 'efi' ? writeEfi(project, built, options, output) : writeCard(project, built, options, output);
}

function writeEfi(project: Project, built: Built, options: BuildCommandOptions, output: Output): string | null {
  const bytes = efiProgram(built.compilation, project, output);
  if (!bytes) return null;
  return writeOr(resolve(options.output ?? join(dirname(built.image), `${project.name}.efi`)), output, (path) => writeWhole(path, bytes));
}

/** Writes a file; null, with the reason said, if that fails. */
function writeOr(path: string, output: Output, write: (path: string) => void): string | null {
  try {
    write(path);
  } catch (error) {
    output.diagnostics(failure('FX0805', shown(path), reasonOf(error)), new Sources());
    return null;
  }
  return path;
}

/** The ELF file lies beside the image already; with `-o` it goes where the user wants it too. */
function writeElfFile(built: Built, options: BuildCommandOptions, output: Output): string | null {
  if (options.output === undefined) return built.elf;
  return writeOr(resolve(options.output), output, (path) => writeWhole(path, built.compilation.elf));
}

/** Writes the card or disk of the board. */
function writeCard(project: Project, built: Built, options: BuildCommandOptions, output: Output): string | null {
  const { compilation } = built;
  const { board } = compilation;
  const made = cardImage(compilation, project, options.firmware, output);
  if (!made) return null;
  const { missing } = made.firmware;
  if (missing.length > 0) output.diagnostics(failure('FX0827', board.id, missing.join(', '), 'the folder `firmware`'), new Sources());
  for (const { path, isKnown } of made.firmware.files) if (!isKnown) output.remark(`${path} is another version than the one that is known to work`);
  const path = options.output === undefined ? join(dirname(built.image), `${project.name}.${options.format}.img`) : resolve(options.output);
  return writeOr(path, output, () => writeSparse(path, made.disk));
}

/** Writes a disk as a file that takes only the room of what is on it. */
function writeSparse(path: string, disk: Disk): void {
  const beside = `${path}.${process.pid}.partial`;
  const descriptor = openSync(beside, 'w');
  try {
    ftruncateSync(descriptor, disk.size);
    for (const { offset, bytes } of disk.pieces) writeSync(descriptor, bytes, 0, bytes.length, offset);
  } finally {
    closeSync(descriptor);
  }
  renameSync(beside, path);
}

/** The key that `--key` names; null, with everything said, if there is none. */
function signingKey(file: string | undefined, output: Output): KeyObject | null {
  let diagnostics: Diagnostics;
  if (file === undefined) diagnostics = failure('FX0825');
  else {
    try {
      const key = readKey(readFileSync(file, 'utf8'), 'private');
      if (key) return key;
      diagnostics = failure('FX0820', file, 'private');
    } catch (error) {
      diagnostics = failure('FX0813', file, reasonOf(error));
    }
  }
  output.diagnostics(diagnostics, new Sources());
  return null;
}

/** Writes the signed manifest beside the image; null, with everything said, if that fails. */
function signManifest(project: Project, built: Built, level: number, key: KeyObject, output: Output): string | null {
  const { compilation, image, sources } = built;
  const read = bytesReaderOf([project.folder, HOME]);
  // What fluxos generates (the module `board`) is no source.
  const paths = [...new Set([...sources.list.map((source) => source.path), ...compilation.files])].filter((source) => read(source) !== null).sort();
  const path = join(dirname(image), `${project.name}.manifest.json`);
  const text = writeManifest({
    format: FORMAT, fluxos: VERSION, project: project.name, main: project.main, board: compilation.board.id, level,
    image: basename(image), imageBytes: compilation.image.length, imageSha256: sha256(compilation.image),
    sources: paths.map((source) => ({ path: source, sha256: sha256(read(source)!) })),
  }, key);
  try {
    writeWhole(path, text);
  } catch (error) {
    output.diagnostics(failure('FX0805', shown(path), reasonOf(error)), new Sources());
    return null;
  }
  output.line(`${''.padEnd(14)} ${'signed'.padStart(13)}  ${shown(path)}`);
  return path;
}

/** What `--dump`, `--stop-after`, `--time-passes` and `--verify-each` ask of the passes, and what they saw. */
class PassInspection {
  private readonly fir: string[] = [];
  private readonly timings: { name: string; milliseconds: number }[] = [];
  private since = 0;

  constructor(private readonly options: BuildCommandOptions) {}

  private get dumped(): string | undefined {
    return this.options.dump ?? this.options.stopAfter;
  }

  get passes(): Partial<PassOptions> {
    return {
      level: this.options.O, stopAfter: this.options.stopAfter, verifyEach: this.options.verifyEach,
      dump: (name, module) => {
        this.timings.push({ name, milliseconds: performance.now() - this.since });
        if (name === this.dumped) this.fir.push(printModule(module).trimEnd());
        this.since = performance.now();
      },
    };
  }

  enter(stage: Stage): void {
    if (stage === 'passes') this.since = performance.now();
  }

  print(output: Output): void {
    for (const text of this.fir) output.line(text);
    if (!this.options.timePasses) return;
    for (const { name, milliseconds } of this.timings) output.line(`${name.padEnd(24)} ${milliseconds.toFixed(2).padStart(8)} ms`);
  }

  get report(): Pick<BoardReport, 'passes' | 'fir'> {
    return {
      ...(this.options.timePasses ? { passes: this.timings } : {}),
      ...(this.dumped === undefined ? {} : { fir: this.fir.join('\n') }),
    };
  }
}
