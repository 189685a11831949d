/**
 * A program under a debugger: forward an instruction at a time, and back to any instruction that it has executed.
 *
 * Going back is going forward again. A run depends on nothing but the program and the answers to its requests; the answers are
 * kept, and now and then a copy of the machine. So the state after n instructions is the nearest copy before it, run on to n.
 * Programs beside this one are never taken back: what they said is in the answers.
 */
import { type Agent, Agents, type Console } from './agents.ts';
import type { Answer, Machine, Snapshot } from './machine.ts';
import type { Program } from './programs.ts';

/** Instructions between copies, to begin with. */
const INTERVAL = 200_000n;
/** Copies that are kept, and pages of 64 KiB in them; beyond either every other copy goes, and the interval doubles. */
const MOST_COPIES = 32;
const MOST_PAGES = 4096;

export type Stop =
  | { kind: 'step' }
  | { kind: 'breakpoint'; offset: number }
  | { kind: 'watch'; watch: Watch; before: Uint8Array; after: Uint8Array }
  | { kind: 'halted' } | { kind: 'error' } | { kind: 'stuck' } | { kind: 'start' }
  /** an instruction that asks for a debugger */
  | { kind: 'asked' }
  /** so many instructions have run that something may be wrong */
  | { kind: 'limit' };

export interface Watch {
  region: number;
  offset: number;
  size: number;
}

/** The programs of a session: the answers that the one under the debugger gets are kept. */
class Recorder extends Agents {
  readonly answers: Answer[] = [];
  recorded: Agent | null = null;

  protected override answer(agent: Agent, answer: Answer): void {
    if (agent === this.recorded) this.answers.push(answer);
    super.answer(agent, answer);
  }
}

export class Session {
  readonly machine: Machine;
  readonly breakpoints = new Set<number>();
  readonly watches: Watch[] = [];
  ended: 'halted' | 'error' | 'stuck' | null = null;
  private readonly agents: Recorder;
  private readonly agent: Agent;
  private readonly copies: { snapshot: Snapshot; answered: number }[] = [];
  private answered = 0;
  private interval = INTERVAL;

  constructor(readonly program: Program, machine: Machine, others: readonly { program: Program; machine: Machine }[], console: Console) {
    this.machine = machine;
    this.agents = new Recorder(console);
    this.agent = this.agents.add(program.container.name, machine, program.set, null);
    this.agents.recorded = this.agent;
    for (const other of others) this.agents.add(other.program.container.name, other.machine, other.program.set, null);
    this.keep();
  }

  /** Instructions since the start. */
  get executed(): bigint {
    return this.machine.executed;
  }

  // ---- forward ----

  /** One instruction. */
  step(): Stop {
    return this.go(1n);
  }

  /** At most `count` instructions, without looking at breakpoints. */
  private go(count: bigint): Stop {
    if (this.ended) return { kind: this.ended };
    const last = this.copies[this.copies.length - 1]!;
    if (this.executed >= last.snapshot.executed + this.interval) this.keep();
    const { machine } = this;
    const ending = machine.step(count);
    if (ending === 'request') this.answer();
    else if (ending === 'halted' || ending === 'error') {
      this.ended = ending;
      if (this.answered === this.agents.answers.length) this.agents.after(this.agent, ending);
    }
    if (this.ended) return { kind: this.ended };
    return { kind: ending === 'stopped' ? 'asked' : 'step' };
  }

  /** Answers the request: as it was answered before, or by doing it. */
  private answer(): void {
    const { agents, agent, machine } = this;
    const known = agents.answers[this.answered];
    if (known) machine.answer(known);
    else {
      // Where it waits in vain, the request was made already.
      if (!agent.waiting) agents.after(agent, 'request');
      if (agent.waiting && !this.runOthers()) {
        this.ended = 'stuck';
        return;
      }
    }
    this.answered++;
  }

  /** Lets the other programs run until this one can. False: that will never be. */
  private runOthers(): boolean {
    const { agents, agent } = this;
    while (agent.waiting) if (!agents.runOthers(agent)) return false;
    return true;
  }

  /** Goes on to the next breakpoint or watched change, or the end; at most `most` instructions. */
  continue(most = 1_000_000_000n): Stop {
    const end = this.executed + most;
    const isFree = this.breakpoints.size === 0 && this.watches.length === 0;
    while (this.executed < end) {
      const before = this.watches.map((watch) => this.watched(watch));
      const stop = isFree ? this.go(end - this.executed < this.interval ? end - this.executed : this.interval) : this.step();
      if (stop.kind !== 'step') return stop;
      const changed = this.watches.findIndex((watch, index) => !equal(before[index]!, this.watched(watch)));
      if (changed >= 0) return { kind: 'watch', watch: this.watches[changed]!, before: before[changed]!, after: this.watched(this.watches[changed]!) };
      if (this.breakpoints.has(this.machine.pc)) return { kind: 'breakpoint', offset: this.machine.pc };
    }
    return { kind: 'limit' };
  }

  /** One instruction; of a call, all until it is back. */
  next(): Stop {
    const depth = this.machine.calls.length;
    let stop = this.step();
    while (stop.kind === 'step' && this.machine.calls.length > depth) {
      if (this.breakpoints.has(this.machine.pc)) return { kind: 'breakpoint', offset: this.machine.pc };
      stop = this.step();
    }
    return stop;
  }

  /** Until the function that runs now is back. */
  finish(): Stop {
    const depth = this.machine.calls.length;
    for (;;) {
      const stop = this.step();
      if (stop.kind !== 'step' || this.machine.calls.length < depth) return stop;
      if (this.breakpoints.has(this.machine.pc)) return { kind: 'breakpoint', offset: this.machine.pc };
    }
  }

  watched({ region, offset, size }: Watch): Uint8Array {
    const found = this.machine.regions.find(({ number }) => number === region);
    return found ? this.machine.bytes(found.address + offset, Math.max(0, Math.min(size, found.size - offset))) : new Uint8Array(0);
  }

  // ---- back ----

  /** To where so many instructions have been executed: some that have been already. */
  goTo(executed: bigint): void {
    let index = this.copies.length - 1;
    while (index > 0 && this.copies[index]!.snapshot.executed > executed) index--;
    const { snapshot, answered } = this.copies[index]!;
    this.machine.restore(snapshot);
    this.answered = answered;
    this.ended = null;
    while (this.executed < executed && this.ended === null) this.go(executed - this.executed);
    this.ended = null;
  }

  /** Back by `count` instructions. */
  back(count = 1n): Stop {
    if (this.executed === 0n && this.ended === null) return { kind: 'start' };
    // The other machines do not count an instruction that fails.
    const failed = this.ended === 'error' && this.program.container.set !== 'flux64' ? 1n : 0n;
    const wanted = this.executed + failed - count;
    this.goTo(wanted > 0n ? wanted : 0n);
    return { kind: wanted < 0n ? 'start' : 'step' };
  }

  /** Back to the last breakpoint before here, or the start. */
  continueBack(): Stop {
    const here = this.executed;
    let end = here;
    for (let index = this.copies.length - 1; index >= 0; index--) {
      const { executed } = this.copies[index]!.snapshot;
      if (executed >= end) continue;
      this.goTo(executed);
      let found: bigint | null = null;
      while (this.executed < end) {
        if (this.breakpoints.has(this.machine.pc)) found = this.executed;
        if (this.step().kind !== 'step') break;
      }
      if (found !== null) {
        this.goTo(found);
        return { kind: 'breakpoint', offset: this.machine.pc };
      }
      end = executed;
    }
    this.goTo(0n);
    return { kind: 'start' };
  }

  private keep(): void {
    this.copies.push({ snapshot: this.machine.snapshot(), answered: this.answered });
    const pages = this.copies.reduce((sum, { snapshot }) => sum + snapshot.pages.length, 0);
    if (this.copies.length <= MOST_COPIES && (pages <= MOST_PAGES || this.copies.length < 4)) return;
    for (let index = this.copies.length - 2; index > 0; index -= 2) this.copies.splice(index, 1);
    this.interval *= 2n;
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
