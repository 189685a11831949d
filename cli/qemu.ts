/**
 * Running an image in QEMU: the command line from the board's `[qemu]` table, the console, the guest's status.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Board } from '../fluxc/board/board.ts';
import type { Arch } from '../fluxc/target/machine/target.ts';

export const QEMU_PROGRAMS: Record<Arch, string> = {
  x86_64: 'qemu-system-x86_64',
  arm64: 'qemu-system-aarch64',
  riscv64: 'qemu-system-riscv64',
};

/** What the pc_power driver adds to a status before QEMU's debug device codes it as `(value << 1) | 1`. */
const DEBUG_EXIT_BASE = 16;

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
    if (folder !== '' && existsSync(join(folder, name))) return join(folder, name);
  }
  return null;
}

/** Whether the installed QEMU knows the board's machine; a machine's options stand behind a comma. */
export async function hasMachine(program: string, machine: string): Promise<boolean> {
  const { execa } = await import('execa');
  const { stdout } = await execa(program, ['-machine', 'help'], { reject: false });
  const name = machine.split(',')[0]!;
  return stdout.split('\n').some((line) => line.split(/\s+/)[0] === name);
}

export interface RunResult {
  /** the guest's status, or `TIMED_OUT` or `QEMU_FAILED` */
  status: number;
  /** what QEMU itself said */
  complaint: string;
  timedOut: boolean;
}

/**
 * Boots and waits for the end. `onConsole` gets the console's bytes as they come; `timeout` in seconds, 0 for none.
 * Standard input goes to the guest if it is a terminal.
 */
export async function runImage(
  board: Board, image: string, options: { timeout: number; onConsole: (chunk: Uint8Array) => void; cancel?: AbortSignal },
): Promise<RunResult> {
  const { execa } = await import('execa');
  const guest = execa(QEMU_PROGRAMS[board.arch], qemuArguments(board, image), {
    reject: false, buffer: { stdout: false, stderr: true }, encoding: 'utf8', timeout: options.timeout * 1000,
    stdin: process.stdin.isTTY ? 'inherit' : 'ignore',
    ...(options.cancel ? { cancelSignal: options.cancel, gracefulCancel: false } : {}),
  });
  guest.stdout.on('data', (chunk: Uint8Array) => options.onConsole(chunk));
  const result = await guest;
  const complaint = String(result.stderr ?? '').trim();
  if (result.timedOut) return { status: TIMED_OUT, complaint, timedOut: true };
  const status = result.exitCode === undefined ? null : guestStatus(board, result.exitCode);
  return { status: status ?? QEMU_FAILED, complaint, timedOut: false };
}
