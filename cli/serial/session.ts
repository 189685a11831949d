/**
 * A connection to a board through a serial port: what it says to the terminal, what is typed to it, and again when the adapter was
 * pulled out and comes back.
 */
import { closeSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { type Opened, openPort } from './ports.ts';

export interface SessionOptions {
  path: string;
  baud: number;
  /** what the board says, as it comes */
  onData: (chunk: Uint8Array) => void;
  /** the port is open; `again`: after it was gone */
  onOpen: (again: boolean) => void;
  /** the port is gone; it is looked for until it is there */
  onLost: () => void;
  signal: AbortSignal;
}

/** How the session ended: by `signal`, or because the port cannot be had. */
export type SessionEnd = { kind: 'ended' } | Exclude<Opened, { kind: 'open' }>;

const LOOK_AGAIN_MILLISECONDS = 200;
/** How often a board that takes no more bytes is offered one again. */
const FULL_MILLISECONDS = 5;

export class Session {
  private descriptor: number | null = null;
  private readonly typed: Uint8Array[] = [];
  private isWriting = false;

  constructor(private readonly options: SessionOptions) {}

  /** Until `signal`. A port that was never there ends it; one that has gone does not. */
  async run(): Promise<SessionEnd> {
    const { path, baud, signal } = this.options;
    for (let wasOpen = false; !signal.aborted; ) {
      const opened = openPort(path, baud);
      if (opened.kind === 'open') {
        this.descriptor = opened.descriptor;
        this.options.onOpen(wasOpen);
        wasOpen = true;
        void this.write();
        await this.read(opened.descriptor);
        this.descriptor = null;
        if (!signal.aborted) this.options.onLost();
      } else if (!wasOpen) return opened;
      // Right after it was plugged in, a device may be there before its rights are.
      if (!signal.aborted) await pause(LOOK_AGAIN_MILLISECONDS, signal);
    }
    return { kind: 'ended' };
  }

  /** Sends bytes to the board, in their order; while it is away they are kept. */
  send(bytes: Uint8Array): void {
    this.typed.push(bytes);
    void this.write();
  }

  /** Until the port is gone or the session over. */
  private read(descriptor: number): Promise<void> {
    const { onData, signal } = this.options;
    return new Promise((resolve) => {
      const stream = new ReadStream(descriptor);
      const end = () => stream.destroy();
      signal.addEventListener('abort', end, { once: true });
      stream.on('data', onData);
      stream.on('end', end);
      stream.on('error', end);
      stream.on('close', () => {
        signal.removeEventListener('abort', end);
        closeQuietly(descriptor);
        resolve();
      });
    });
  }

  private async write(): Promise<void> {
    if (this.isWriting) return;
    this.isWriting = true;
    while (this.descriptor !== null && this.typed.length > 0) {
      const bytes = this.typed[0]!;
      const written = tryWrite(this.descriptor, bytes);
      if (written === null) break;
      if (written === bytes.length) this.typed.shift();
      else {
        this.typed[0] = bytes.subarray(written);
        await pause(FULL_MILLISECONDS, this.options.signal);
      }
    }
    this.isWriting = false;
  }
}

/** How many bytes went out; null if the port is gone, which the reading side will notice. */
function tryWrite(descriptor: number, bytes: Uint8Array): number | null {
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 0 : null;
  }
}

/** The stream may have closed it. */
function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    return;
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
