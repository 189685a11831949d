/**
 * `fluxos debug`: boots the image stopped in QEMU and connects gdb to it, with the documents as its sources.
 *
 * The guest's console comes between gdb's own lines. The two talk over a socket in a folder of their own, so several may run
 * at once. Agents have files of their own: all of their programs lie at the same addresses, so gdb can know one at a time.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { list } from '../../fluxc/lang/entities.ts';
import type { BuiltProgram } from '../../fluxc/program/build-programs.ts';
import { HOME } from '../host.ts';
import { failure, type Output, writeAll } from '../output.ts';
import { ALL_BOARDS, type Project } from '../project.ts';
import { canRun, findProgram, qemuArguments, QEMU_PROGRAMS } from '../qemu.ts';
import { build, programElf } from './build.ts';

export interface DebugCommandOptions {
  /** commands for gdb, in order */
  execute?: string[];
  /** end after the commands */
  batch?: boolean;
  /** whose program gdb is to know besides the kernel */
  agent?: string;
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
  const built = build({ project, board: project.board, passes: { level: options.O }, debug: true }, output);
  if (!built) return 1;
  const { board, programElfs } = built.compilation;
  const names = programElfs.map(({ name }) => name);
  if (options.agent !== undefined && !names.includes(options.agent)) {
    return fail(failure('FX0841', options.agent, names.length > 0 ? `its agents are ${list(names)}` : 'it has none'));
  }
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
      ...(options.agent === undefined ? [] : [`add-symbol-file ${programElf(built.elf!, options.agent)}`]),
      ...(options.execute ?? []),
    ];
    const script = join(folder, 'commands');
    writeFileSync(script, options.agent === undefined ? '' : agentCommands(options.agent, built.compilation.programs));
    const debuggerArguments = [
      '-q', ...(options.batch ? ['-batch'] : []), '-x', script, ...commands.flatMap((command) => ['-ex', command]), built.elf!,
    ];
    const result = await execa(debuggers[0]!, debuggerArguments, { reject: false, stdio: 'inherit' });
    return result.exitCode ?? 1;
  } finally {
    process.off('SIGINT', ignore);
    stop.abort();
    await guest;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How gdb tells one agent from the others: a word of its code that is another in each of them. */
function agentCommands(agent: string, programs: readonly BuiltProgram[]): string {
  const own = programs.find(({ name }) => name === agent)!;
  const others = programs.filter((program) => program !== own);
  const words = new DataView(own.bytes.buffer, own.bytes.byteOffset, own.bytes.byteLength);
  const length = Math.min(...programs.map(({ bytes }) => bytes.length));
  let condition = '';
  for (let at = 0; at + 8 <= length && condition === ''; at += 8) {
    const word = words.getBigUint64(at, true);
    const isOwn = others.every(({ bytes }) => new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at, true) !== word);
    if (isOwn) condition = ` if *(unsigned long *) 0x${(own.linked.start + at).toString(16)} == 0x${word.toString(16)}`;
  }
  const about = `Stop at a line or function of the agent ${agent}, and not in others that have code at its address.`;
  return `define agent-break\n  break $arg0${condition}\nend\ndocument agent-break\n${about}\nend\n`;
}
