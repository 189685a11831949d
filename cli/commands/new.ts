/** `fluxos new`: a folder with a project that builds, boots and tests as it stands. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Sources } from '../../fluxc/base/source.ts';
import { boardFileExists } from '../boards.ts';
import { HOME } from '../host.ts';
import { failure, type Output } from '../output.ts';
import { DEFAULT_BOARD, reasonOf } from '../project.ts';
import { projectFiles } from '../template.ts';
import { shown } from './build.ts';

export async function newCommand(path: string, output: Output, options: { board?: string }): Promise<number> {
  const folder = resolve(path);
  const board = options.board ?? DEFAULT_BOARD;
  const refuse = (...values: Parameters<typeof failure>) => {
    output.diagnostics(failure(...values), new Sources());
    return 1;
  };
  if (!boardFileExists([HOME], board)) return refuse('FX0701', board);
  try {
    if (readdirSync(folder).length > 0) return refuse('FX0834', path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') return refuse('FX0834', path);
  }
  const files = projectFiles(basename(folder).replace(/[^A-Za-z0-9_.-]/g, '_'), board);
  try {
    mkdirSync(folder, { recursive: true });
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, { flag: 'wx' });
  } catch (error) {
    return refuse('FX0805', path, reasonOf(error));
  }
  output.json({ folder, files: Object.keys(files) });
  for (const name of Object.keys(files)) output.line(shown(join(folder, name)));
  output.line(`\nNow: cd ${shown(folder) || '.'} && fluxos run`);
  return 0;
}
