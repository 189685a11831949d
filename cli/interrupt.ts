/** Ctrl-C and its kin while a guest runs: the guest is ended first, and then the command, with the signal's status. */

/** What a shell reports for a program that a signal ended: 128 and the signal's number. */
const STATUS = { SIGHUP: 129, SIGINT: 130, SIGPIPE: 141, SIGTERM: 143 } as const;

export type Interruption = keyof typeof STATUS;

export class Interrupts {
  private readonly controller = new AbortController();
  private first: Interruption | null = null;
  private readonly listen = (signal: NodeJS.Signals) => this.interrupt(signal as Interruption);

  constructor() {
    for (const signal of Object.keys(STATUS) as Interruption[]) process.on(signal, this.listen);
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Status to end with; null if nothing interrupted. */
  get status(): number | null {
    return this.first === null ? null : STATUS[this.first];
  }

  interrupt(signal: Interruption): void {
    this.first ??= signal;
    this.controller.abort();
  }

  /** Back to what signals do by themselves. */
  end(): void {
    for (const signal of Object.keys(STATUS) as Interruption[]) process.off(signal, this.listen);
  }
}
