/**
 * `fluxos monitor` and `fluxos run --monitor`: the console of a real board, on this terminal.
 *
 * Keys go to the board as they are; only Ctrl-] is the monitor's. A panic is followed by what its addresses mean, if the project
 * that runs on the board is known.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { Sources } from '../../fluxc/base/source.ts';
import type { Code } from '../../fluxc/diagnostics/catalogue.ts';
import { readCrashes } from '../crash/console-log.ts';
import { type ImageSymbols, symbolsOf } from '../crash/image-symbols.ts';
import { reportLines, reportOf } from '../crash/report.ts';
import { Interrupts } from '../interrupt.ts';
import { failure, type Output, writeAll } from '../output.ts';
import { ALL_BOARDS, type Project, reasonOf } from '../project.ts';
import { listPorts } from '../serial/ports.ts';
import { Session, type SessionEnd } from '../serial/session.ts';
import { build, compileProject, type Compiled } from './build.ts';

export interface MonitorOptions {
  baud: number;
  /** a file that gets all that the board says */
  log?: string;
  /** in seconds; 0 for none */
  timeout: number;
}

/** Ctrl-], as telnet and most monitors have it. */
const END_KEY = 0x1d;
/** Of a console that is kept to find the start of a panic in. */
const MOST_KEPT = 64 * 1024;

/** `compiled`: what runs on the board, if that is known. */
export async function monitorCommand(device: string | undefined, compiled: Compiled | null, output: Output, options: MonitorOptions): Promise<number> {
  if (device === undefined) return showPorts(output);
  const refuse = (code: Code, ...values: (string | number)[]) => {
    output.diagnostics(failure(code, ...values), new Sources());
    return 1;
  };
  let log: number | null = null;
  try {
    if (options.log !== undefined) log = openSync(options.log, 'a');
  } catch (error) {
    return refuse('FX0805', options.log!, reasonOf(error));
  }
  const interrupts = new Interrupts();
  const over = new AbortController();
  const end = () => over.abort();
  interrupts.signal.addEventListener('abort', end);
  const timer = options.timeout > 0 ? setTimeout(end, options.timeout * 1000) : null;
  const watcher = compiled && new PanicWatcher(symbolsOf(compiled.compilation, compiled.sources), (text) => say(text));
  const chunks: Uint8Array[] = [];
  const terminal = process.stdin.isTTY ? process.stdin : null;
  // In a raw terminal a line needs both of its ends.
  const say = (text: string) => output.remark(terminal ? text.replace(/\n/g, '\r\n') + '\r' : text);
  const session = new Session({
    path: device, baud: options.baud, signal: over.signal,
    onData: (chunk) => {
      if (output.options.json) chunks.push(chunk);
      else if (!writeAll(1, chunk)) interrupts.interrupt('SIGPIPE');
      if (log !== null) writeSync(log, chunk);
      watcher?.take(chunk);
    },
    onOpen: (again) => say(again ? `fluxos: ${device} is back` : `fluxos: ${device} at ${options.baud} baud; ${terminal ? 'Ctrl-] ends' : 'Ctrl-C ends'}`),
    onLost: () => say(`fluxos: ${device} is gone; waiting for it`),
  });
  const type = (bytes: Uint8Array) => {
    const key = terminal ? bytes.indexOf(END_KEY) : -1;
    if (key !== 0) session.send(key < 0 ? bytes : bytes.subarray(0, key));
    if (key >= 0) end();
  };
  terminal?.setRawMode(true);
  process.stdin.on('data', type);
  const ended = await session.run();
  process.stdin.off('data', type);
  process.stdin.pause();
  terminal?.setRawMode(false);
  if (timer) clearTimeout(timer);
  interrupts.end();
  if (log !== null) closeSync(log);
  watcher?.end();
  output.json({ device, baud: options.baud, console: Buffer.concat(chunks).toString('utf8') });
  return ended.kind === 'ended' ? interrupts.status ?? 0 : refuse(...complaint(device, ended));
}

/** What is said of a port that cannot be had. */
function complaint(device: string, end: Exclude<SessionEnd, { kind: 'ended' }>): [Code, ...(string | number)[]] {
  switch (end.kind) {
    case 'absent': return ['FX0852', device];
    case 'forbidden': return end.group === null ? ['FX0854', device, 'it is not yours to use'] : ['FX0853', device, end.group, end.group];
    case 'failed': return ['FX0854', device, end.why];
  }
}

function showPorts(output: Output): number {
  const ports = listPorts();
  output.json({ ports });
  for (const { path, device } of ports) output.line(path === device ? path : `${path} (${device})`);
  if (ports.length === 0) output.line('no serial port is there. Plug an adapter in, then name it: `fluxos monitor /dev/ttyUSB0`');
  return 0;
}

/** With names for what runs on the board. */
export async function monitorWith(
  project: Project, device: string | undefined, output: Output, options: MonitorOptions & { O: 0 | 1 | 2 },
): Promise<number> {
  if (project.board === ALL_BOARDS) {
    output.diagnostics(failure('FX0817', 'fluxos monitor'), new Sources());
    return 1;
  }
  const compiled = compileProject({ project, board: project.board, passes: { level: options.O } }, output);
  return compiled ? monitorCommand(device, compiled, output, options) : 1;
}

/** `fluxos run --monitor`: builds, and attaches to the board that has the image. */
export async function runOnBoard(
  project: Project, output: Output, options: { monitor: string; baud: number; timeout: number; log?: string; O: 0 | 1 | 2 },
): Promise<number> {
  if (project.board === ALL_BOARDS) {
    output.diagnostics(failure('FX0817', 'fluxos run'), new Sources());
    return 1;
  }
  const built = build({ project, board: project.board, passes: { level: options.O } }, output);
  if (!built) return 1;
  output.json({ board: project.board, image: built.image });
  return monitorCommand(options.monitor, built, output, options);
}

/** Reads along, and says what a crash means once its last line has come. */
class PanicWatcher {
  private said = '';
  private partial = '';
  private readonly decoder = new StringDecoder('utf8');

  constructor(private readonly image: ImageSymbols, private readonly say: (text: string) => void) {}

  take(chunk: Uint8Array): void {
    const lines = (this.partial + this.decoder.write(Buffer.from(chunk))).split('\n');
    this.partial = lines.pop()!;
    for (const line of lines) {
      this.said = `${this.said}${line}\n`.slice(-MOST_KEPT);
      if (/\bdump end\b/.test(line)) this.end();
    }
  }

  /** Of a panic without a dump this is the first chance. */
  end(): void {
    const agents = this.image.agents.map(({ name }) => name);
    for (const crash of readCrashes(this.said, agents)) {
      if (crash.kind === 'panic') this.say(reportLines(reportOf(crash, this.image), false).join('\n'));
    }
    this.said = '';
  }
}
