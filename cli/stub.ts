/**
 * The two sockets through which QEMU lets a guest be watched without changing it: gdb's remote protocol ("GDB Remote Serial
 * Protocol", the manual's appendix E) for breakpoints and registers, and QMP, its own, for the count of instructions.
 *
 * Only what `boot-steps.ts` needs: one request at a time, each with its answer.
 */
import { connect, type Socket } from 'node:net';

/** How long to wait for QEMU to make its sockets. */
const CONNECT_MILLISECONDS = 10_000;
const RETRY_MILLISECONDS = 20;

/** Connects to a socket that is about to be there. Null if it does not come, or `signal` says that nobody waits any more. */
async function reach(path: string, signal: AbortSignal): Promise<Socket | null> {
  const until = performance.now() + CONNECT_MILLISECONDS;
  while (performance.now() < until && !signal.aborted) {
    const socket = connect(path);
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (isThere) return socket;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
  }
  return null;
}

/** What came and was not asked for yet, and who waits for more. An end answers null to everyone. */
class Incoming {
  private text = '';
  private isOver = false;
  private wake: (() => void) | null = null;

  constructor(socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => this.more(chunk));
    socket.on('error', () => this.end());
    socket.on('close', () => this.end());
  }

  /** Takes what `find` finds at the front: it answers how much of the text it has used, or null if that is not whole yet. */
  async take<T>(find: (text: string) => { used: number; value: T } | null): Promise<T | null> {
    for (;;) {
      const found = find(this.text);
      if (found) {
        this.text = this.text.slice(found.used);
        return found.value;
      }
      if (this.isOver) return null;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  private more(chunk: string): void {
    this.text += chunk;
    this.wake?.();
  }

  private end(): void {
    this.isOver = true;
    this.wake?.();
  }
}

/** gdb's side of the connection. */
export class DebugStub {
  private readonly incoming: Incoming;

  private constructor(private readonly socket: Socket) {
    this.incoming = new Incoming(socket);
  }

  static async reach(path: string, signal: AbortSignal): Promise<DebugStub | null> {
    const socket = await reach(path, signal);
    return socket && new DebugStub(socket);
  }

  async setBreakpoint(address: number): Promise<boolean> {
    return (await this.ask(`Z0,${address.toString(16)},1`)) === 'OK';
  }

  async clearBreakpoint(address: number): Promise<boolean> {
    return (await this.ask(`z0,${address.toString(16)},1`)) === 'OK';
  }

  /** Lets the guest go on. True once it stands at a breakpoint, false if it has ended. */
  async resume(): Promise<boolean> {
    const answer = await this.ask('c');
    return answer !== null && answer.startsWith('T');
  }

  /** A register of 64 bits; null if there is none of that number. */
  async register(number: number): Promise<bigint | null> {
    const answer = await this.ask(`p${number.toString(16)}`);
    const bytes = answer?.match(/^(?:[0-9a-f]{2}){8}$/) ? answer.match(/../g)! : null;
    return bytes && BigInt(`0x${bytes.reverse().join('')}`);
  }

  async setRegister(number: number, value: bigint): Promise<boolean> {
    const bytes = value.toString(16).padStart(16, '0').match(/../g)!.reverse().join('');
    return (await this.ask(`P${number.toString(16)}=${bytes}`)) === 'OK';
  }

  end(): void {
    this.socket.destroy();
  }

  private async ask(text: string): Promise<string | null> {
    const sum = [...text].reduce((total, letter) => (total + letter.charCodeAt(0)) & 255, 0);
    this.socket.write(`$${text}#${sum.toString(16).padStart(2, '0')}`);
    const answer = await this.incoming.take((got) => {
      const whole = /\$([^#]*)#../.exec(got);
      return whole && { used: whole.index + whole[0].length, value: whole[1]! };
    });
    this.socket.write('+');
    return answer;
  }
}

/** QEMU's own protocol: a JSON value a line. */
export class Machine {
  private readonly incoming: Incoming;

  private constructor(private readonly socket: Socket) {
    this.incoming = new Incoming(socket);
  }

  static async reach(path: string, signal: AbortSignal): Promise<Machine | null> {
    const socket = await reach(path, signal);
    if (!socket) return null;
    const machine = new Machine(socket);
    return (await machine.ask('qmp_capabilities')) === null ? null : machine;
  }

  /** What a command answers; null if it fails. Events that come between are passed over. */
  async ask(execute: string): Promise<unknown> {
    this.socket.write(JSON.stringify({ execute }));
    for (;;) {
      const line = await this.incoming.take((got) => {
        const end = got.indexOf('\n');
        return end < 0 ? null : { used: end + 1, value: got.slice(0, end) };
      });
      if (line === null) return null;
      const answer = line.trim() === '' ? {} : (JSON.parse(line) as { return?: unknown; error?: unknown });
      if (answer.return !== undefined) return answer.return;
      if (answer.error !== undefined) return null;
    }
  }

  /** Instructions that the guest has executed since it was switched on; null if this machine does not count them. */
  async instructions(): Promise<number | null> {
    const answer = (await this.ask('query-replay')) as { icount?: number } | null;
    return answer?.icount ?? null;
  }

  end(): void {
    this.socket.destroy();
  }
}
