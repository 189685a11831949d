/**
 * `fluxos debug`: boots the image stopped in QEMU and connects gdb to it, with the documents as its sources.
 *
 * The guest's console comes between gdb's own lines. The two talk over a socket in a folder of their own, so several may run
 * at once.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { HOME } from '../host.ts';
import { failure, type Output, writeAll } from '../output.ts';
import { ALL_BOARDS, type Project } from '../project.ts';
import { canRun, findProgram, qemuArguments, QEMU_PROGRAMS } from '../qemu.ts';
import { build } from './build.ts';

export interface DebugCommandOptions {
  /** commands for gdb, in order */
  execute?: string[];
  /** end after the commands */
  batch?: boolean;
  O: 0 | 1 | 2;
}

/** The one for every architecture first; a plain gdb may know the board's as well. */
const DEBUGGERS = ['gdb-multiarch', 'gdb'];

export async function debugCommand(project: Project, output: Output, options: DebugCommandOptions): Promise<number> {
  const fail = (diagnostics: Diagnostics) => {
    output.diagnostics(diagnostics, new Sources());
    return 1;
  };
  if (project.board === ALL_BOARDS) return fail(failure('FX0817', 'fluxos debug'));
  const debuggers = DEBUGGERS.filter((name) => findProgram(name) !== null);
  if (debuggers.length === 0) return fail(failure('FX0818'));
  const built = build({ project, board: project.board, passes: { level: options.O } }, output);
  if (!built) return 1;
  const { board } = built.compilation;
  const diagnostics = new Diagnostics();
  if (!(await canRun(board, diagnostics))) return fail(diagnostics);

  const { execa } = await import('execa');
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-debug-'));
  const socket = join(folder, 'gdb');
  const stop = new AbortController();
  const guest = execa(QEMU_PROGRAMS[board.arch], [
    ...qemuArguments(board, built.image), '-S', '-gdb', `unix:${socket},server=on,wait=off`,
  ], { reject: false, stdin: 'ignore', stderr: 'inherit', buffer: false, cancelSignal: stop.signal, forceKillAfterDelay: 2000 });
  guest.stdout.on('data', (chunk: Uint8Array) => writeAll(1, chunk));
  // Ctrl-C is gdb's: it stops the guest, not this command.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  try {
    const commands = [
      'set confirm off', 'set pagination off', `directory ${project.folder}`, `directory ${HOME}`, `target remote ${socket}`,
      ...(options.execute ?? []),
    ];
    const debuggerArguments = ['-q', ...(options.batch ? ['-batch'] : []), ...commands.flatMap((command) => ['-ex', command]), built.elf!];
    const result = await execa(debuggers[0]!, debuggerArguments, { reject: false, stdio: 'inherit' });
    return result.exitCode ?? 1;
  } finally {
    process.off('SIGINT', ignore);
    stop.abort();
    await guest;
    rmSync(folder, { recursive: true, force: true });
  }
}
