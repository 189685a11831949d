/** `fluxos run`: build, boot in QEMU, stream the console, end with the guest's status. */
import type { Board } from '../../fluxc/board/board.ts';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import type { Output } from '../output.ts';
import { writeAll } from '../output.ts';
import type { Project } from '../project.ts';
import { findProgram, hasMachine, QEMU_FAILED, QEMU_PROGRAMS, runImage } from '../qemu.ts';
import { build, shown } from './build.ts';

export interface RunOptions {
  timeout: number;
  ifPossible?: boolean;
  O: 0 | 1 | 2;
}

export async function runCommand(project: Project, output: Output, board: string, options: RunOptions): Promise<number> {
  const built = build({ project, board, passes: { level: options.O } }, output);
  if (!built) return 1;
  const diagnostics = new Diagnostics();
  if (!(await canRun(built.compilation.board, diagnostics))) {
    if (!options.ifPossible) {
      output.diagnostics(diagnostics, new Sources());
      return 1;
    }
    for (const { message } of diagnostics.list) output.line(`not booted: ${message}. The image is ${shown(built.image)}`);
    return 0;
  }
  const console: Uint8Array[] = [];
  const result = await runImage(built.compilation.board, built.image, {
    timeout: options.timeout,
    onConsole: (chunk) => (output.options.json ? console.push(chunk) : writeAll(1, chunk)),
  });
  output.json({
    board, image: built.image, status: result.status, timedOut: result.timedOut,
    console: Buffer.concat(console).toString('utf8'),
  });
  if (result.complaint !== '') writeAll(2, result.complaint + '\n');
  if (result.timedOut) writeAll(2, `fluxos: the guest was ended after ${options.timeout} s\n`);
  else if (result.status === QEMU_FAILED) writeAll(2, 'fluxos: QEMU ended without a word from the guest\n');
  output.detail(`status ${result.status}`);
  return result.status;
}

/** Whether this machine can boot the board; what is missing is reported. */
export async function canRun(board: Board, diagnostics: Diagnostics): Promise<boolean> {
  const program = QEMU_PROGRAMS[board.arch];
  if (!board.qemu) diagnostics.report('FX0808', null, board.id);
  else if (!findProgram(program)) diagnostics.report('FX0806', null, program);
  else if (!(await hasMachine(program, board.qemu.machine))) {
    diagnostics.report('FX0807', null, board.qemu.machine.split(',')[0]!);
  }
  return !diagnostics.failed;
}
