/**
 * The trace on the console: lines that the guest puts among its text, each from the byte `FRAME` to the end of its line.
 * `kernel/events.flux.md` says how they are made, and has the constants below. The shell may write the trace as well, so there
 * may be several; the last whole one counts.
 */

const FRAME = 0x1e;
const HEAD = 'T';
const PROCESS = 'P';
const END = 'E';
const LETTERS = '-abcdefghijkl';
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
  const end = lines.lastIndexOf(END);
  let start = end;
  while (start >= 0 && lines[start]![0] !== HEAD) start--;
  if (start < 0) return null;
  const [rate, first] = numbersOf(lines[start]!);
  const programs = new Map<number, number>();
  const events: TraceEvent[] = [];
  let time = 0n;
  let began: bigint | null = null;
  for (const line of lines.slice(start + 1, end)) {
    const numbers = numbersOf(line);
    const kind = LETTERS.indexOf(line[0]!);
    if (line[0] === PROCESS) programs.set(Number(numbers[0]), Number(numbers[1]));
    else if (kind > 0) {
      const [passed = 0n, pid = 0n, a = 0n, b = 0n, id = 0n] = numbers;
      time += passed;
      began ??= time;
      events.push({ kind, time: Number(time - began), pid: Number(pid), id: Number(id), a, b });
    }
  }
  return { rate: Number(rate ?? 0n), lost: Number(first ?? 0n), programs, events };
}

/** The numbers behind a line's first letter. */
function numbersOf(line: string): bigint[] {
  return line.split(' ').slice(1).map((text) => (/^[0-9a-f]+$/.test(text) ? BigInt(`0x${text}`) : 0n));
}
