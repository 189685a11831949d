/**
 * A time line of what a guest did, in the format that Perfetto and `chrome://tracing` read ("Trace Event Format", Google
 * 2016): a track a process, on it the times in which it ran, inside those its system calls, arrows for messages, and
 * marks for faults, ends and interrupts.
 *
 * What always holds: slices of a track do not overlap but by nesting, every arrow that begins ends, and times do not go back.
 */
import type { Trace, TraceEvent } from './trace-lines.ts';

/** What the guest's numbers are called; an unknown one has no name. */
export interface TraceNames {
  event: ReadonlyMap<number, string>;
  kind: ReadonlyMap<number, string>;
  reason: ReadonlyMap<number, string>;
  waiting: ReadonlyMap<number, string>;
  stop: ReadonlyMap<number, string>;
  because: ReadonlyMap<number, string>;
  call: ReadonlyMap<number, string>;
  /** by index */
  programs: readonly string[];
  /** `document:line` of an address in a program; null if it is not known */
  place: (program: number, address: bigint) => string | null;
}

export interface TimelineEvent {
  ph: 'X' | 'i' | 's' | 'f' | 'M';
  name: string;
  cat?: string;
  pid: number;
  tid: number;
  /** microseconds */
  ts: number;
  dur?: number;
  /** of an arrow: both ends have the same */
  id?: string;
  /** of an arrow's end: `e` if it ends in the slice that is open, else in the next one */
  bp?: 'e';
  s?: 't';
  args?: Record<string, string | number>;
}

export interface Timeline {
  traceEvents: TimelineEvent[];
  displayTimeUnit: 'ns';
  otherData: Record<string, string | number>;
}

/** The one process that the format wants around all tracks. */
const SYSTEM = 1;
/** Track of what belongs to no process. */
const MACHINE = 0;
/** What the guest's kernel is called where it is the other party. */
const KERNEL_PID = 0;

/** Lower of the two numbers that share a field. */
const LOW = 0xffff_ffffn;

/** A slice that has begun. */
interface Open {
  ts: number;
  args: Record<string, string | number>;
}

export function makeTimeline(trace: Trace, names: TraceNames): Timeline {
  const writer = new Writer(trace, names);
  for (const event of trace.events) writer.add(event);
  writer.end();
  const otherData = { events: trace.events.length, lost: trace.lost };
  return { traceEvents: [...writer.tracks(), ...writer.events], displayTimeUnit: 'ns', otherData };
}

class Writer {
  readonly events: TimelineEvent[] = [];
  private readonly programs: Map<number, number>;
  private readonly pids = new Set<number>();
  private readonly running = new Map<number, Open>();
  private readonly calls = new Map<number, Open & { name: string }>();
  /** arrows that have begun, and where their beginning stands */
  private readonly arrows = new Map<string, TimelineEvent>();
  private readonly arrived = new Set<string>();
  private now = 0;

  constructor(private readonly trace: Trace, private readonly names: TraceNames) {
    this.programs = new Map(trace.programs);
    for (const event of trace.events) {
      if (this.names.event.get(event.kind) === 'spawned') this.programs.set(event.pid, Number(event.a));
    }
  }

  add(event: TraceEvent): void {
    const { names } = this;
    const { pid, a, b } = event;
    this.now = Math.max(this.now, this.trace.rate > 0 ? Math.round((event.time / this.trace.rate) * 1e9) / 1000 : event.time);
    const kind = names.event.get(event.kind);
    if (kind !== 'interrupt') this.pids.add(pid);
    switch (kind) {
      case 'picked': return this.pick(pid, Number(a));
      case 'stopped': return this.stop(pid, { until: nameOf(names.stop, a & LOW), ...this.line(pid, b) });
      case 'blocked': return this.stop(pid, { until: `waits: ${nameOf(names.waiting, a)}` });
      case 'woken': return this.mark(pid, 'woken', { because: nameOf(names.because, a), level: Number(b) });
      case 'sent': return this.send(event);
      case 'received': return this.receive(event);
      case 'call': return this.call(pid, nameOf(names.call, a), this.line(pid, b === 0n ? 0n : b - 1n));
      case 'answer': return this.answer(pid, b);
      case 'fault': return this.mark(pid, 'fault', { about: hex(b), ...this.line(pid, a) });
      case 'interrupt': return this.mark(MACHINE, b === 1n ? 'tick' : `interrupt ${a}`, { during: pid });
      case 'spawned': return this.mark(pid, 'spawned', { by: this.nameOf(Number(b)) });
      case 'ended': return this.finish(pid, { reason: nameOf(names.reason, a), detail: hex(b) });
    }
  }

  /** Closes what is open: the guest ended in the middle of it. */
  end(): void {
    for (const pid of [...this.running.keys()]) this.stop(pid, { until: 'end of the trace' });
    // An arrow whose message nobody received has no other end.
    for (const [key, start] of this.arrows) if (!this.arrived.has(key)) this.events.splice(this.events.indexOf(start), 1);
  }

  /** Names of the tracks, in the order of the processes. */
  tracks(): TimelineEvent[] {
    const name = (tid: number, what: string, text: string): TimelineEvent =>
      ({ ph: 'M', name: what, pid: SYSTEM, tid, ts: 0, args: { name: text } });
    const pids = [...this.pids].sort((x, y) => x - y);
    return [
      name(MACHINE, 'process_name', 'fluxos'), name(MACHINE, 'thread_name', 'interrupts'),
      ...pids.map((pid) => name(pid, 'thread_name', `${this.nameOf(pid)} (pid ${pid})`)),
    ];
  }

  private nameOf(pid: number): string {
    if (pid <= 1) return 'kernel';
    return this.names.programs[this.programs.get(pid) ?? -1] ?? 'process';
  }

  private line(pid: number, address: bigint): Record<string, string> {
    const place = this.names.place(this.programs.get(pid) ?? -1, address);
    return place === null ? {} : { line: place };
  }

  private put(event: Omit<TimelineEvent, 'pid' | 'ts'> & { ts?: number }): TimelineEvent {
    const whole = { ts: this.now, pid: SYSTEM, ...event };
    this.events.push(whole);
    return whole;
  }

  private slice(name: string, cat: string, tid: number, { ts, args: first }: Open, last: Open['args']): void {
    this.put({ ph: 'X', name, cat, tid, ts, dur: this.now - ts, args: { ...first, ...last } });
  }

  private mark(tid: number, name: string, args: Record<string, string | number>): void {
    this.put({ ph: 'i', name, cat: tid === MACHINE ? 'interrupt' : 'process', tid, s: 't', args });
  }

  /** Whose stop is lost stops here. */
  private pick(pid: number, level: number): void {
    this.stop(pid, {});
    this.running.set(pid, { ts: this.now, args: { level } });
  }

  private stop(pid: number, args: Record<string, string | number>): void {
    const open = this.running.get(pid);
    if (!open) return;
    this.closeCall(pid, {});
    this.running.delete(pid);
    this.slice('runs', 'process', pid, open, args);
  }

  private finish(pid: number, args: Record<string, string | number>): void {
    this.stop(pid, { until: 'its end' });
    this.mark(pid, 'ended', args);
  }

  private call(pid: number, name: string, args: Record<string, string | number>): void {
    this.closeCall(pid, {});
    if (this.running.has(pid)) this.calls.set(pid, { name, ts: this.now, args });
  }

  private answer(pid: number, error: bigint): void {
    this.closeCall(pid, error === 0n ? {} : { error: Number(BigInt.asIntN(32, error)) });
  }

  private closeCall(pid: number, args: Record<string, string | number>): void {
    const open = this.calls.get(pid);
    if (!open) return;
    this.calls.delete(pid);
    this.slice(open.name, 'call', pid, open, args);
  }

  /** An arrow from the slice of the sender; messages of the kernel come from nowhere. */
  private send({ pid, id, a, b }: TraceEvent): void {
    const to = Number(a & LOW);
    const kind = nameOf(this.names.kind, a >> 32n);
    if (!this.running.has(pid)) return;
    const key = `${id}:${kind}:${to}`;
    if (this.arrows.has(key)) return;
    const args = { message: id, to: this.nameOf(to), ...(b === 0n ? {} : { cause: Number(b) }) };
    this.arrows.set(key, this.put({ ph: 's', name: kind, cat: 'message', tid: pid, id: key, args }));
  }

  /** Ends in the receiver's slice, or in its next one if it is just being woken. */
  private receive({ pid, id, a }: TraceEvent): void {
    const from = Number(a & LOW);
    const kind = nameOf(this.names.kind, a >> 32n);
    const key = `${id}:${kind}:${pid}`;
    if (from === KERNEL_PID || !this.arrows.has(key) || this.arrived.has(key)) return;
    this.arrived.add(key);
    const bound = this.running.has(pid) ? { bp: 'e' as const } : {};
    const args = { message: id, from: this.nameOf(from) };
    this.put({ ph: 'f', name: kind, cat: 'message', tid: pid, id: key, ...bound, args });
  }
}

function nameOf(names: ReadonlyMap<number, string>, value: bigint): string {
  return names.get(Number(value)) ?? String(value);
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
