/** `fluxos run`: build, boot in QEMU, stream the console, write the trace, end with the guest's status. */
import { createReadStream, writeFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { statOf } from '../host.ts';
import { Interrupts } from '../interrupt.ts';
import { failure, type Output, writeAll } from '../output.ts';
import { ALL_BOARDS, type Project, reasonOf } from '../project.ts';
import { canRun, QEMU_FAILED, runImage } from '../qemu.ts';
import { makeTimeline } from '../timeline.ts';
import { readTrace, TraceFilter } from '../trace-lines.ts';
import { traceNames } from '../trace-names.ts';
import { build, type Built, shown } from './build.ts';
import { installCommand } from './doctor.ts';

export interface RunCommandOptions {
  timeout: number;
  ifPossible?: boolean;
  /** a file, or `-` for standard input */
  input?: string;
  /** where the time line goes */
  trace?: string;
  O: 0 | 1 | 2;
}

const STANDARD_INPUT = '-';

export async function runCommand(project: Project, output: Output, options: RunCommandOptions): Promise<number> {
  if (project.board === ALL_BOARDS) {
    output.diagnostics(failure('FX0817', 'fluxos run'), new Sources());
    return 1;
  }
  const { input, trace } = options;
  if (input !== undefined && input !== STANDARD_INPUT && !statOf(input)) {
    output.diagnostics(failure('FX0801', input), new Sources());
    return 1;
  }
  const built = build({ project, board: project.board, passes: { level: options.O }, trace: trace !== undefined }, output);
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
  const filter = new TraceFilter();
  const result = await runImage(board, built.image, {
    timeout: options.timeout, cancel: interrupts.signal, hasInput: true, input: input === undefined ? undefined : open(input),
    onConsole: (chunk) => {
      const text = filter.take(chunk);
      if (output.options.json) chunks.push(text);
      else if (!writeAll(1, text)) interrupts.interrupt('SIGPIPE');
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
  if (trace !== undefined && !writeTimeline(trace, built, filter.lines, output)) return status === 0 ? 1 : status;
  return status;
}

function open(input: string): Readable {
  return input === STANDARD_INPUT ? process.stdin : createReadStream(input);
}

/** Writes what the guest said of itself; false, with everything said, if it said nothing or the file cannot be written. */
function writeTimeline(path: string, { compilation, sources }: Built, lines: readonly string[], output: Output): boolean {
  const trace = readTrace(lines);
  if (!trace || trace.events.length === 0) {
    output.diagnostics(failure('FX0840', path), new Sources());
    return false;
  }
  try {
    writeFileSync(path, JSON.stringify(makeTimeline(trace, traceNames(compilation, sources))) + '\n');
  } catch (error) {
    output.diagnostics(failure('FX0805', path, reasonOf(error)), new Sources());
    return false;
  }
  const lost = trace.lost > 0 ? `, the first ${trace.lost} are lost` : '';
  output.json({ trace: path, events: trace.events.length, lost: trace.lost });
  output.remark(`${trace.events.length} events${lost}: ${path} (open it in https://ui.perfetto.dev)`);
  return true;
}
