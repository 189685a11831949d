/**
 * Running an image in QEMU: the command line from the board's `[qemu]` table, the console, the guest's status.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { isatty } from 'node:tty';
import type { Board } from '../fluxc/board/board.ts';
import type { Diagnostics } from '../fluxc/diagnostics/diagnostic.ts';
import type { Arch } from '../fluxc/target/machine/target.ts';

export const QEMU_PROGRAMS: Record<Arch, string> = {
  x86_64: 'qemu-system-x86_64',
  arm64: 'qemu-system-aarch64',
  riscv64: 'qemu-system-riscv64',
};

/** What the pc_power driver adds to a status before QEMU's debug device codes it as `(value << 1) | 1`. */
const DEBUG_EXIT_BASE = 16;

/** How the kernel's first line starts. */
const BANNER = 'fluxos on ';

/** Status of a run that ended without a word from the guest: killed by the time limit, as `timeout` has it. */
export const TIMED_OUT = 124;
/** Status of a run where QEMU itself failed. */
export const QEMU_FAILED = 125;

/** Arguments that boot `image` on `board` with the serial console on standard input and output. */
export function qemuArguments(board: Board, image: string): string[] {
  const qemu = board.qemu!;
  const optional = (flag: string, value: string | null) => (value === null ? [] : [flag, value]);
  return [
    '-machine', qemu.machine, ...optional('-cpu', qemu.cpu), ...optional('-m', qemu.memory),
    '-display', 'none', '-serial', 'stdio', '-monitor', 'none', '-no-reboot', ...qemu.arguments, '-kernel', image,
  ];
}

/** The status the guest ended with, from QEMU's own; null if QEMU ended for a reason of its own. */
export function guestStatus(board: Board, exitCode: number): number | null {
  if (board.qemu!.status === 'exact') return exitCode;
  if (exitCode === 0) return 0;
  const value = (exitCode >> 1) - DEBUG_EXIT_BASE;
  return exitCode & 1 && value >= 0 ? value : null;
}

/** Full path of a program, or null. */
export function findProgram(name: string): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  return null;
}

/** Whether the installed QEMU knows the board's machine; a machine's options stand behind a comma. */
export async function hasMachine(program: string, machine: string): Promise<boolean> {
  const { execa } = await import('execa');
  const { stdout } = await execa(program, ['-machine', 'help'], { reject: false, stdin: 'ignore' });
  const name = machine.split(',')[0]!;
  return (stdout ?? '').split('\n').some((line) => line.split(/\s+/)[0] === name);
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

export interface RunOptions {
  /** in seconds; 0 for none */
  timeout: number;
  /** gets the console's bytes as they come */
  onConsole: (chunk: Uint8Array) => void;
  /** ends the guest before its time */
  cancel?: AbortSignal;
  /** standard input goes to the guest if it is a terminal */
  hasInput?: boolean;
  /** what is typed instead, once the kernel listens */
  input?: Readable;
}

export interface RunResult {
  /** the guest's status, or `TIMED_OUT` or `QEMU_FAILED` */
  status: number;
  /** what QEMU itself said */
  complaint: string;
  timedOut: boolean;
}

/** Waits for the kernel's first line. What is typed before, a UART that is only being set up would drop. */
class Banner {
  private said = '';
  private isSeen = false;

  constructor(private readonly onSeen: () => void) {}

  take(chunk: Uint8Array): void {
    if (this.isSeen) return;
    this.said = this.said.slice(-BANNER.length) + Buffer.from(chunk).toString('latin1');
    if (!this.said.includes(BANNER)) return;
    this.isSeen = true;
    this.onSeen();
  }
}

/**
 * The guest takes what it has room for. It may end before it has taken all. QEMU is not told of the end of the input: it
 * would take the line for hung up, and lose output whenever the reader is slow.
 */
function type(input: Readable, to: Writable): void {
  to.on('error', () => input.destroy());
  input.pipe(to, { end: false });
}

/** Boots and waits for the end. A terminal is left as it was found, however QEMU ends. */
export async function runImage(board: Board, image: string, options: RunOptions): Promise<RunResult> {
  const { execa } = await import('execa');
  const { input } = options;
  const hasTerminal = options.hasInput === true && !input && isatty(0);
  const settings = hasTerminal ? terminalSettings() : null;
  const guest = execa(QEMU_PROGRAMS[board.arch], qemuArguments(board, image), {
    reject: false, buffer: { stdout: false, stderr: true }, encoding: 'utf8', timeout: options.timeout * 1000,
    stdin: hasTerminal ? 'inherit' : input ? 'pipe' : 'ignore', forceKillAfterDelay: 2000,
    ...(options.cancel ? { cancelSignal: options.cancel } : {}),
  });
  let isSilent = true;
  const banner = new Banner(() => input && type(input, guest.stdin!));
  guest.stdout.on('data', (chunk: Uint8Array) => {
    isSilent = false;
    banner.take(chunk);
    options.onConsole(chunk);
  });
  const result = await guest;
  input?.destroy();
  if (settings !== null) spawnSync('stty', [settings], { stdio: ['inherit', 'ignore', 'ignore'] });
  if (result.timedOut) return { status: TIMED_OUT, complaint: '', timedOut: true };
  if (result.isCanceled) return { status: QEMU_FAILED, complaint: '', timedOut: false };
  const said = String(result.stderr ?? '').trim();
  return statusOf(board, result.exitCode ?? null, said || (result.exitCode === undefined ? (result.shortMessage ?? '') : ''), isSilent);
}

/** What a run came to. `exitCode`: QEMU's, null if it could not be started or was killed; `said`: its own words. */
export function statusOf(board: Board, exitCode: number | null, said: string, isSilent: boolean): RunResult {
  if (exitCode === null) return { status: QEMU_FAILED, complaint: said || 'QEMU could not be started', timedOut: false };
  // QEMU ends with status 1 when it cannot start the machine, which must not pass for the guest's own.
  const couldNotStart = exitCode === 1 && isSilent && said !== '';
  const status = couldNotStart ? null : guestStatus(board, exitCode);
  return { status: status ?? QEMU_FAILED, complaint: said, timedOut: false };
}

/** The terminal's settings in the form that `stty` takes back; null where there is no `stty`. */
function terminalSettings(): string | null {
  const { status, stdout } = spawnSync('stty', ['-g'], { stdio: ['inherit', 'pipe', 'ignore'], encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}
