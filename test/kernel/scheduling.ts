/**
 * The rules of `kernel/sched.flux.md`, held against what really happened: a trace is played through a scheduler that
 * remembers nothing but lists, and wherever the two differ the line says how.
 */
import type { TraceNames } from '../../cli/timeline.ts';
import type { Trace, TraceEvent } from '../../cli/trace-lines.ts';

const SLICE = 10;
const BOOST = 16;
const HIGHEST = 255;

interface Process {
  priority: number;
  level: number;
  /** ticks of its turn that are left */
  slice: number;
  state: 'running' | 'ready' | 'waiting';
}

export interface Played {
  /** what broke a rule; empty if nothing did */
  wrong: string[];
  /** how often each thing happened: a rule that never mattered was not tested */
  counts: Record<string, number>;
}

export function play(trace: Trace, names: TraceNames): Played {
  const player = new Player(names);
  trace.events.forEach((event, index) => player.add(event, index));
  return { wrong: player.wrong, counts: player.counts };
}

class Player {
  readonly wrong: string[] = [];
  readonly counts: Record<string, number> = {};
  private readonly processes = new Map<number, Process>();
  /** pids by level, first in first */
  private readonly levels = new Map<number, number[]>();
  private running: number | null = null;
  /** who has to stop before anything else happens, because a turn is over */
  private over: number | null = null;
  private at = 0;

  constructor(private readonly names: TraceNames) {}

  add(event: TraceEvent, index: number): void {
    this.at = index;
    const { pid, a, b } = event;
    const kind = this.names.event.get(event.kind);
    if (this.over !== null && kind !== 'stopped' && kind !== 'woken') this.fail(`${this.over} goes on after its turn, ${kind} comes first`);
    switch (kind) {
      case 'spawned': {
        this.processes.set(pid, { priority: -1, level: 0, slice: SLICE, state: 'waiting' });
        break;
      }
      case 'woken': return this.wake(pid, this.names.because.get(Number(a))!, Number(b));
      case 'picked': return this.pick(pid, Number(a));
      case 'stopped': return this.stop(pid, this.names.stop.get(Number(a & 0xffff_ffffn))!, Number(a >> 32n));
      case 'blocked': return this.block(pid);
      case 'call': return this.call(pid);
      case 'interrupt': return b === 1n ? this.tick(pid) : undefined;
      case 'ended': return this.end(pid);
    }
  }

  private count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  private fail(text: string): void {
    this.wrong.push(`event ${this.at}: ${text}`);
  }

  private process(pid: number): Process {
    const found = this.processes.get(pid);
    if (found) return found;
    this.fail(`nobody knows ${pid}`);
    const unknown: Process = { priority: -1, level: 0, slice: SLICE, state: 'waiting' };
    this.processes.set(pid, unknown);
    return unknown;
  }

  private highest(): number {
    return Math.max(-1, ...[...this.levels].filter(([, pids]) => pids.length > 0).map(([level]) => level));
  }

  private enqueue(pid: number, level: number, where: 'front' | 'back'): void {
    for (const [other, pids] of this.levels) if (pids.includes(pid)) this.fail(`${pid} is in level ${other} already`);
    const pids = this.levels.get(level) ?? [];
    this.levels.set(level, pids);
    if (where === 'front') pids.unshift(pid);
    else pids.push(pid);
    Object.assign(this.process(pid), { state: 'ready', level });
  }

  private wake(pid: number, because: string, level: number): void {
    const process = this.process(pid);
    if (process.state !== 'waiting') this.fail(`${pid} is woken, but is ${process.state}`);
    if (because === 'start') process.priority = level;
    const expected = because === 'message' ? Math.min(process.priority + BOOST, HIGHEST) : process.priority;
    if (level !== expected) this.fail(`${pid} is woken by ${because} at level ${level}, not ${expected}`);
    process.slice = SLICE;
    this.count(`woken by ${because}`);
    this.enqueue(pid, level, 'back');
  }

  private pick(pid: number, level: number): void {
    if (this.running !== null) this.fail(`${pid} is picked while ${this.running} runs`);
    const highest = this.highest();
    if (level !== highest) this.fail(`${pid} is picked at level ${level}, while somebody waits in ${highest}`);
    const pids = this.levels.get(level) ?? [];
    if (pids[0] !== pid) this.fail(`${pid} is picked, but ${pids[0]} was first`);
    if (pids.length > 1) this.count('picked before equals');
    this.levels.set(level, pids.filter((other) => other !== pid));
    this.process(pid).state = 'running';
    this.running = pid;
    this.count('picked');
  }

  private stop(pid: number, why: string, level: number): void {
    if (this.running !== pid) this.fail(`${pid} stops, but ${this.running} runs`);
    this.running = null;
    const process = this.process(pid);
    this.count(`stopped: ${why}`);
    if (why === 'preempted') {
      if (this.highest() <= process.level) this.fail(`${pid} is preempted by nobody`);
      this.enqueue(pid, level, 'front');
      return;
    }
    if (why === 'turn_ended' && this.over !== pid) this.fail(`${pid} has ${process.slice} ticks left`);
    this.over = null;
    if (level !== process.priority) this.fail(`${pid} goes on in level ${level}, not ${process.priority}`);
    if (process.level > process.priority) this.count('boost ended');
    process.slice = SLICE;
    this.enqueue(pid, level, 'back');
  }

  private block(pid: number): void {
    if (this.running !== pid) this.fail(`${pid} waits, but ${this.running} runs`);
    this.running = null;
    this.process(pid).state = 'waiting';
  }

  /** Only who runs can make a call, and only if nobody more important is ready. */
  private call(pid: number): void {
    if (this.running !== pid) this.fail(`${pid} makes a call, but ${this.running} runs`);
    const { level } = this.process(pid);
    if (this.highest() > level) this.fail(`${pid} runs at ${level}, while somebody waits in ${this.highest()}`);
    this.count('calls');
  }

  private tick(pid: number): void {
    this.count('ticks');
    if (this.running === null) {
      if (this.highest() >= 0) this.fail('the core sleeps, while somebody is ready');
      this.count('ticks asleep');
      return;
    }
    if (pid !== this.running) this.fail(`the tick is ${pid}'s, but ${this.running} runs`);
    const process = this.process(this.running);
    process.slice--;
    if (process.slice > 0) return;
    process.slice = SLICE;
    // What the same tick wakes comes before the turn ends, and may be the first equal there is.
    if (this.highest() >= process.priority) this.over = this.running;
    else process.level = process.priority;
  }

  private end(pid: number): void {
    for (const [level, pids] of this.levels) this.levels.set(level, pids.filter((other) => other !== pid));
    if (this.running === pid) this.running = null;
    this.processes.delete(pid);
    this.count('ended');
  }
}
