/**
 * What to build: a document, or a folder with a `fluxos.toml`, as the command line names it.
 *
 * The compiler sees paths relative to the project's folder, with forward slashes, whatever the machine: so the same
 * project gives the same image wherever it lies.
 */
import { isUtf8 } from 'node:buffer';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { keySpan, parseToml } from '../fluxc/board/board.ts';
import type { Source, Sources } from '../fluxc/base/source.ts';
import type { Diagnostics } from '../fluxc/diagnostics/diagnostic.ts';
import { boardFileExists, nameNear } from './boards.ts';
import { HOME, statOf } from './host.ts';

export interface Project {
  /** absolute path of the folder that module names start from */
  folder: string;
  /** the root document, relative to `folder` */
  main: string;
  /** names the image's files */
  name: string;
  /** named by its document: its tests are that document's */
  isDocument: boolean;
  /** the board to build for, or `all` */
  board: string;
}

export const DEFAULT_BOARD = 'qemu-x86_64';
export const ALL_BOARDS = 'all';
const PROJECT_FILE = 'fluxos.toml';
const KEYS = ['name', 'main', 'board'];

/** The project at `path`, or null with what is wrong reported. `board`: what the command line asks for, if it does. */
export function openProject(
  path: string, board: string | undefined, sources: Sources, diagnostics: Diagnostics,
): Project | null {
  const absolute = resolve(path);
  const stats = statOf(absolute);
  let project: Project | null = null;
  let source: Source | null = null;
  if (!stats) diagnostics.report('FX0801', null, path);
  else if (stats.isDirectory()) {
    source = openProjectFile(absolute, path, sources, diagnostics);
    if (source) project = readProject(absolute, source, diagnostics);
  } else if (!stats.isFile() || !absolute.endsWith('.md')) diagnostics.report('FX0802', null, path);
  else project = documentProject(absolute);
  if (!project) return null;
  const main = join(project.folder, project.main);
  if (readText(main, stats!.isDirectory() ? project.main : path, diagnostics) === null) return null;
  return chooseBoard(project, board, source, diagnostics) ? project : null;
}

/** A document with the nearest folder above it that has a `fluxos.toml`, else with its own. */
function documentProject(document: string): Project {
  let folder = dirname(document);
  while (folder !== dirname(folder) && !existsSync(join(folder, PROJECT_FILE))) folder = dirname(folder);
  if (!existsSync(join(folder, PROJECT_FILE))) folder = dirname(document);
  const name = basename(document).replace(/(\.flux)?\.md$/, '');
  return { folder, main: relative(folder, document).split(sep).join('/'), name, board: DEFAULT_BOARD, isDocument: true };
}

function openProjectFile(folder: string, path: string, sources: Sources, diagnostics: Diagnostics): Source | null {
  const file = join(folder, PROJECT_FILE);
  if (!statOf(file)?.isFile()) {
    diagnostics.report('FX0803', null, path);
    return null;
  }
  const text = readText(file, join(path, PROJECT_FILE), diagnostics);
  return text === null ? null : sources.add(PROJECT_FILE, text);
}

/** The text of a file that should be one; null, with why it cannot be read reported. */
function readText(path: string, shown: string, diagnostics: Diagnostics): string | null {
  try {
    const bytes = readFileSync(path);
    if (isUtf8(bytes) && !bytes.includes(0)) return bytes.toString('utf8');
    diagnostics.report('FX0814', null, shown);
  } catch (error) {
    diagnostics.report('FX0813', null, shown, reasonOf(error));
  }
  return null;
}

/** What a call of the operating system says, without the name of the call and the path. */
export function reasonOf(error: unknown): string {
  const { message } = error as Error;
  return /^[A-Z0-9]+: ([^,]*)/.exec(message)?.[1] ?? message;
}

function readProject(folder: string, source: Source, diagnostics: Diagnostics): Project | null {
  const table = parseToml(source, diagnostics);
  if (!table) return null;
  const errors = diagnostics.list.length;
  for (const key of Object.keys(table)) {
    if (!KEYS.includes(key)) diagnostics.report('FX0709', keySpan(source, [], key), key, KEYS.join(', '));
  }
  const text = (key: string, otherwise: string | null): string => {
    const value = table[key];
    if (typeof value === 'string' && value !== '') return value;
    if (value !== undefined) diagnostics.report('FX0702', keySpan(source, [], key), key, 'text');
    else if (otherwise === null) diagnostics.report('FX0708', keySpan(source, [], null), key);
    return otherwise ?? '';
  };
  const project = {
    folder, main: text('main', null), name: text('name', fileName(basename(folder))), board: text('board', DEFAULT_BOARD),
    isDocument: false,
  };
  if (fileName(project.name) !== project.name) {
    diagnostics.report('FX0702', keySpan(source, [], 'name'), 'name', 'a file name of letters, digits, `_`, `-` and `.`');
  }
  if (project.main !== '' && !isBelow(folder, project.main)) {
    diagnostics.report('FX0702', keySpan(source, [], 'main'), 'main', 'a path below the folder of `fluxos.toml`');
  } else if (project.main !== '' && !statOf(join(folder, project.main))?.isFile()) {
    diagnostics.report('FX0804', keySpan(source, [], 'main'), project.main);
  }
  return diagnostics.list.length > errors ? null : project;
}

/** `name` as it may stand in the name of a file on every system. */
function fileName(name: string): string {
  return name.replace(/[^A-Za-z0-9_.-]/g, '_').replace(/^\.+$/, '_');
}

function isBelow(folder: string, path: string): boolean {
  return resolve(folder, path).startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Sets the board of `project`; false, with a better name shown, if there is none of that name. */
function chooseBoard(project: Project, asked: string | undefined, source: Source | null, diagnostics: Diagnostics): boolean {
  project.board = asked ?? project.board;
  const folders = [project.folder, HOME];
  if (project.board === ALL_BOARDS || boardFileExists(folders, project.board)) return true;
  const span = source && asked === undefined ? keySpan(source, [], 'board') : null;
  const { notes } = diagnostics.report('FX0701', span, project.board);
  const near = nameNear(folders, project.board);
  if (near !== null) notes.push({ span: null, text: `did you mean \`${near}\`?` });
  return false;
}
