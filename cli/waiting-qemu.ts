/**
 * A QEMU that has started and waits to be told which moment to make its machine: the image is read only then.
 *
 * For `fluxos run --watch`. Starting the process costs as much as a boot, and can be done while somebody is still typing.
 * `--preconfig` holds QEMU before it makes the machine; a command over QMP, on a socket of its own, lets it go on.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { Board } from '../fluxc/board/board.ts';
import { QEMU_PROGRAMS, qemuArguments, type RunResult, statusOf } from './qemu.ts';

/** Number of the socket that QEMU gets. */
const QMP = 3;
const HOLD = ['--preconfig', '-chardev', `socket,id=qmp,fd=${QMP}`, '-mon', 'chardev=qmp,mode=control'];
const GO_ON = '{"execute":"qmp_capabilities"}\n{"execute":"x-exit-preconfig"}\n';

/** Those that run: the command leaves none behind, however it ends. */
const RUNNING = new Set<ChildProcess>();
process.on('exit', () => RUNNING.forEach((child) => child.kill('SIGKILL')));

export class WaitingQemu {
  private readonly child: ChildProcess;
  private readonly ended: Promise<RunResult>;
  private readonly command: string;
  private isWanted = true;
  private onConsole: ((chunk: Uint8Array) => void) | null = null;

  constructor(private readonly board: Board, image: string) {
    this.command = commandOf(board, image);
    this.child = spawn(QEMU_PROGRAMS[board.arch], [...HOLD, ...qemuArguments(board, image)], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
    RUNNING.add(this.child);
    this.child.on('close', () => RUNNING.delete(this.child));
    this.ended = this.wait();
  }

  /** Whether it is what would be started for this board and image. */
  fits(board: Board, image: string): boolean {
    return this.child.exitCode === null && this.command === commandOf(board, image);
  }

  /** Boots what lies at the image's path now. The result comes when the guest ends; null if `end` ended it. */
  async boot(onConsole: (chunk: Uint8Array) => void): Promise<RunResult | null> {
    this.onConsole = onConsole;
    (this.child.stdio[QMP] as Writable).write(GO_ON);
    const result = await this.ended;
    return this.isWanted ? result : null;
  }

  /** At once: nothing that it still says is heard. */
  end(): void {
    this.isWanted = false;
    this.onConsole = null;
    this.child.kill('SIGKILL');
  }

  private wait(): Promise<RunResult> {
    let isSilent = true;
    let complaint = '';
    this.child.stdout!.on('data', (chunk: Uint8Array) => {
      isSilent = false;
      this.onConsole?.(chunk);
    });
    this.child.stderr!.on('data', (chunk: Uint8Array) => (complaint += Buffer.from(chunk).toString('utf8')));
    // A QEMU that has ended takes no more commands: its end says all there is to say.
    const qmp = this.child.stdio[QMP]!;
    qmp.on('error', () => {});
    (qmp as NodeJS.ReadableStream).resume();
    return new Promise((resolve) => {
      this.child.on('error', ({ message }) => resolve(statusOf(this.board, null, message, isSilent)));
      this.child.on('close', (exitCode) => resolve(statusOf(this.board, exitCode, complaint.trim(), isSilent)));
    });
  }
}

function commandOf(board: Board, image: string): string {
  return JSON.stringify([QEMU_PROGRAMS[board.arch], qemuArguments(board, image)]);
}
