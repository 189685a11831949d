/** `fluxos run`: build, boot in QEMU, stream the console, end with the guest's status. */
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { Interrupts } from '../interrupt.ts';
import { failure, type Output, writeAll } from '../output.ts';
import { ALL_BOARDS, type Project } from '../project.ts';
import { canRun, QEMU_FAILED, runImage } from '../qemu.ts';
import { build, shown } from './build.ts';
import { installCommand } from './doctor.ts';

export interface RunCommandOptions {
  timeout: number;
  ifPossible?: boolean;
  O: 0 | 1 | 2;
}

export async function runCommand(project: Project, output: Output, options: RunCommandOptions): Promise<number> {
  if (project.board === ALL_BOARDS) {
    output.diagnostics(failure('FX0817', 'fluxos run'), new Sources());
    return 1;
  }
  const built = build({ project, board: project.board, passes: { level: options.O } }, output);
  if (!built) return 1;
  const { board } = built.compilation;
  output.json({ board: board.id, image: built.image, booted: false });
  const diagnostics = new Diagnostics();
  if (!(await canRun(board, diagnostics))) {
    if (!options.ifPossible) {
      output.diagnostics(diagnostics, new Sources());
      return 1;
    }
    const reason = diagnostics.list.map(({ message }) => message).join('; ');
    const install = board.qemu ? installCommand() : null;
    output.json({ reason, install });
    output.line(`not booted: ${reason}. The image is ${shown(built.image)}`);
    if (install !== null) output.line(`to boot it: ${install}`);
    return 0;
  }
  const interrupts = new Interrupts();
  const chunks: Uint8Array[] = [];
  const result = await runImage(board, built.image, {
    timeout: options.timeout, cancel: interrupts.signal, hasInput: true,
    onConsole: (chunk) => {
      if (output.options.json) chunks.push(chunk);
      else if (!writeAll(1, chunk)) interrupts.interrupt('SIGPIPE');
    },
  });
  interrupts.end();
  const status = interrupts.status ?? result.status;
  output.json({
    booted: true, status, timedOut: result.timedOut, complaint: result.complaint || null,
    console: Buffer.concat(chunks).toString('utf8'),
  });
  if (result.complaint !== '') output.remark(result.complaint);
  if (result.timedOut) output.remark(`fluxos: the guest was ended after ${options.timeout} s`);
  else if (interrupts.status === null && status === QEMU_FAILED) output.remark('fluxos: QEMU ended without a word from the guest');
  output.detail(`status ${status}`);
  return status;
}
