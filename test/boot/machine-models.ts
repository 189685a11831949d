/**
 * Whether the boards' machine models are on this machine. A test that needs one which is not there is skipped, and counted
 * as skipped; with `CI` set nothing may be: it runs, and fails.
 */
import { Sources } from '../../fluxc/base/source.ts';
import { loadBoard } from '../../fluxc/board/board.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { canRun } from '../../cli/qemu.ts';
import { HOST } from '../host.ts';

/** Those of `boards` whose tests are to be skipped here. */
export async function skippedBoards(boards: readonly string[]): Promise<Set<string>> {
  const skipped = new Set<string>();
  if (process.env['CI']) return skipped;
  for (const name of boards) {
    const board = loadBoard(name, HOST.read, new Sources(), new Diagnostics());
    if (!board || !(await canRun(board, new Diagnostics()))) skipped.add(name);
  }
  return skipped;
}
