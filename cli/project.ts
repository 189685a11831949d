/**
 * What to build: a document, or a folder with a `fluxos.toml`, as the command line names it.
 *
 * The compiler sees paths relative to the project's folder, with forward slashes, whatever the machine: so the same
 * project gives the same image wherever it lies.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { keySpan, parseToml } from '../fluxc/board/board.ts';
import type { Sources } from '../fluxc/base/source.ts';
import type { Diagnostics } from '../fluxc/diagnostics/diagnostic.ts';

export interface Project {
  /** absolute path of the folder that module names start from */
  folder: string;
  /** the root document, relative to `folder` */
  main: string;
  /** names the image's files */
  name: string;
  /** named by its document: its tests are that document's */
  isDocument: boolean;
  /** the board to take where none is asked for */
  board: string;
}

export const DEFAULT_BOARD = 'qemu-x86_64';
const PROJECT_FILE = 'fluxos.toml';
const KEYS = ['name', 'main', 'board'];

/** The nearest folder above a document that has a `fluxos.toml`, else the document's own. */
function projectFolderOf(document: string): string {
  for (let folder = dirname(document); ; folder = dirname(folder)) {
    if (existsSync(join(folder, PROJECT_FILE))) return folder;
    if (folder === dirname(folder)) return dirname(document);
  }
}

/** The project at `path`, or null with what is wrong reported. */
export function openProject(path: string, sources: Sources, diagnostics: Diagnostics): Project | null {
  const absolute = resolve(path);
  if (!existsSync(absolute)) {
    diagnostics.report('FX0801', null, path);
    return null;
  }
  if (!statSync(absolute).isDirectory()) {
    if (absolute.endsWith('.md')) {
      const folder = projectFolderOf(absolute);
      const name = basename(absolute).replace(/(\.flux)?\.md$/, '');
      return { folder, main: relative(folder, absolute).split(sep).join('/'), name, board: DEFAULT_BOARD, isDocument: true };
    }
    diagnostics.report('FX0802', null, path);
    return null;
  }
  const file = join(absolute, PROJECT_FILE);
  if (!existsSync(file)) {
    diagnostics.report('FX0803', null, path);
    return null;
  }
  const source = sources.add(PROJECT_FILE, readFileSync(file, 'utf8'));
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
    folder: absolute, main: text('main', null), name: text('name', basename(absolute)), board: text('board', DEFAULT_BOARD),
    isDocument: false,
  };
  if (!/^[A-Za-z0-9_.-]+$/.test(project.name)) diagnostics.report('FX0702', keySpan(source, [], 'name'), 'name', 'a file name');
  if (project.main !== '' && !existsSync(join(absolute, project.main))) {
    diagnostics.report('FX0804', keySpan(source, [], 'main'), project.main);
  }
  return diagnostics.list.length > errors ? null : project;
}
