/**
 * The trace on the console: lines that the guest puts among its text, each from the byte `FRAME` to the end of its line.
 *
 * `kernel/events.flux.md` says what the numbers mean, `kernel/trace.flux.md` writes the lines: `trace RATE FIRST END`, then a
 * `process PID PROGRAM` for each process that the guest remembers, an `event KIND TIME PID ID A B` for each event, and `end`.
 * All numbers are hexadecimal. The shell may write the trace as well, so there may be several; the last whole one counts.
 */

/** ASCII's record separator. */
const FRAME = 0x1e;
const LINE_END = 0x0a;

export interface TraceEvent {
  /** number of the event in `kernel.events` */
  kind: number;
  /** counts of the guest's clock, from the first event on */
  time: number;
  pid: number;
  /** of the message; 0 for none */
  id: number;
  a: bigint;
  b: bigint;
}

export interface Trace {
  /** counts a second; 0 if the guest ended before it knew */
  rate: number;
  /** events that were lost because the ring was full */
  lost: number;
  /** index of each process's program, by pid */
  programs: ReadonlyMap<number, number>;
  events: readonly TraceEvent[];
}

/** Takes the lines of the trace out of what a console prints, whatever the pieces it comes in. */
export class TraceFilter {
  readonly lines: string[] = [];
  private line: number[] | null = null;

  /** What of `chunk` is for the reader. */
  take(chunk: Uint8Array): Uint8Array {
    if (this.line === null && !chunk.includes(FRAME)) return chunk;
    const shown: number[] = [];
    for (const byte of chunk) {
      if (byte === FRAME) this.line = [];
      else if (this.line === null) shown.push(byte);
      else if (byte === LINE_END) {
        this.lines.push(String.fromCharCode(...this.line).trim());
        this.line = null;
      } else this.line.push(byte);
    }
    return Uint8Array.from(shown);
  }
}

/** Reads the last whole trace; null if there is none. */
export function readTrace(lines: readonly string[]): Trace | null {
  const end = lines.lastIndexOf('end');
  let start = end;
  while (start >= 0 && !lines[start]!.startsWith('trace ')) start--;
  if (start < 0) return null;
  const [rate, first] = numbersOf(lines[start]!);
  const programs = new Map<number, number>();
  const events: TraceEvent[] = [];
  let began: bigint | null = null;
  for (const line of lines.slice(start + 1, end)) {
    const numbers = numbersOf(line);
    if (line.startsWith('process ')) programs.set(Number(numbers[0]), Number(numbers[1]));
    else if (line.startsWith('event ') && numbers.length === 6) {
      const [kind, time, pid, id, a, b] = numbers as [bigint, bigint, bigint, bigint, bigint, bigint];
      began ??= time;
      events.push({ kind: Number(kind), time: Number(time - began), pid: Number(pid), id: Number(id), a, b });
    }
  }
  return { rate: Number(rate ?? 0n), lost: Number(first ?? 0n), programs, events };
}

/** The numbers behind a line's first word. */
function numbersOf(line: string): bigint[] {
  return line.split(' ').slice(1).map((text) => (/^0x[0-9a-f]+$/.test(text) ? BigInt(text) : 0n));
}
