/** `fluxos boards`: the boards of fluxos and of the project, with what each needs. */
import { resolve } from 'node:path';
import { Sources } from '../../fluxc/base/source.ts';
import { type Board, loadBoard } from '../../fluxc/board/board.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { boardNames } from '../boards.ts';
import { HOME, isFolder, readerOf } from '../host.ts';
import { failure, type Output } from '../output.ts';

export async function boardsCommand(path: string, output: Output): Promise<number> {
  if (!isFolder(path)) {
    output.diagnostics(failure('FX0815', path), new Sources());
    return 1;
  }
  const folders = [resolve(path), HOME];
  const sources = new Sources();
  const diagnostics = new Diagnostics();
  const boards = boardNames(folders)
    .map((name) => loadBoard(name, readerOf(folders), sources, diagnostics))
    .filter((board): board is Board => board !== null);
  const rows = boards.map((board) => ({
    board: board.id, name: board.name, arch: board.arch, cpu: board.cpu, image: board.image.file,
    qemu: board.qemu?.machine.split(',')[0] ?? null,
  }));
  output.json({ boards: rows });
  const columns = ['board', 'arch', 'cpu', 'image', 'qemu', 'name'] as const;
  const cells = [[...columns] as string[], ...rows.map((row) => columns.map((column) => row[column] ?? '-'))];
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)));
  for (const row of cells) output.line(row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ').trimEnd());
  output.diagnostics(diagnostics, sources);
  return diagnostics.failed ? 1 : 0;
}
