/**
 * Programs that run beside each other in one process and send each other messages: what a kernel does for bytecode agents,
 * done for the host's tools.
 *
 * Programs take turns, in the order in which they were named, each for a slice of instructions or until it waits; so the same
 * programs with the same input do the same, always. Time is a count of ticks that only goes on when nobody can run.
 *
 * Messages are those of `kernel.interface`: 48 bytes in the region that is active, a payload beside it if the flag LONG is set.
 * Handle 1 is the program itself, 3 and up are the peers of its container, in their order.
 */
import { FIRST_PEER } from '../../fluxc/isa/container.ts';
import type { InstructionSet } from '../../fluxc/isa/instruction-set.ts';
import type { Answer, Ending, Machine, Request } from './machine.ts';

/** What the programs have for a console. */
export interface Console {
  write(bytes: Uint8Array): void;
  /** at most `most` bytes of what was typed; empty at its end */
  read(most: number): Uint8Array;
}

const ERRORS = { general: -1, invalid: -3, timeout: -5, notFound: -7, overflow: -9, unavailable: -11 } as const;
const KINDS = { tell: 0, ask: 1, reply: 2, delegate: 3, result: 4, event: 7, error: 8, capability: 9 } as const;
/** States of `kernel.interface`. */
const STATES = { ready: 1, running: 2, blocked: 3, zombie: 4, idle: 5 } as const;

const MESSAGE_BYTES = 48;
/** The four words of a message start here. */
const FIRST_WORD = 16;
const LONG = 1;
const FOREVER = 0xffff;
const INBOX = 64;
const LONGEST_PAYLOAD = 4096;
const SELF = 1;
const ARGUMENT = 16;
const FIRST_HANDLE_REGISTER = 32;
const LAST_HANDLE_REGISTER = 47;
/** Instructions of a turn. */
const SLICE = 100_000n;
const DONE: Answer = { value: 0n, error: 0 };

interface Message {
  kind: number;
  id: number;
  /** number of the agent, from 1 */
  sender: number;
  topic: number;
  words: bigint[];
  payload: Uint8Array | null;
}

type Waiting =
  | { for: 'message'; from: number | null; until: number }
  | { for: 'answer'; id: number; until: number; wordOnly: boolean }
  | { for: 'barrier'; topic: number; until: number }
  | { for: 'time'; until: number }
  | { for: 'wake'; until: number };

export class Agent {
  readonly inbox: Message[] = [];
  ending: Ending | null = null;
  /** what it waits for; null if it can run */
  waiting: Waiting | null = null;
  request: Request | null = null;
  /** what a `wake` found nobody asleep for */
  isAwakened = false;
  /** fuel that it may still burn; null for no limit */
  fuel: bigint | null;
  /** it ended because `fuel` is burnt */
  isOutOfFuel = false;
  /** every value that an asm16 program emitted */
  readonly emitted: bigint[] = [];
  readonly topics = new Set<number>();
  /** messages that came and wait for this agent's answer, by their numbers */
  readonly open = new Map<number, { sender: number; kind: number }>();

  constructor(readonly name: string, readonly machine: Machine, readonly set: InstructionSet, readonly number: number, fuel: bigint | null) {
    this.fuel = fuel;
    if (machine.container.set !== 'flux64') return;
    const { peers } = machine.container;
    machine.setRegister(ARGUMENT + 1, BigInt(peers.length));
    machine.setRegister(FIRST_HANDLE_REGISTER, BigInt(SELF));
    for (let i = 0; i < peers.length && FIRST_HANDLE_REGISTER + 2 + i <= LAST_HANDLE_REGISTER; i++) {
      machine.setRegister(FIRST_HANDLE_REGISTER + 2 + i, BigInt(FIRST_PEER + i));
    }
  }

  /** The mnemonic of the instruction that wants something. */
  get operation(): string {
    return this.set.byCode.get(this.request!.operation)?.mnemonic ?? '';
  }
}

export type Outcome =
  | { kind: 'ended' }
  /** nobody can go on: all that have not ended wait for messages */
  | { kind: 'stuck'; waiting: Agent[] };

export class Agents {
  readonly list: Agent[] = [];
  ticks = 0;
  private nextMessage = 1;

  constructor(private readonly console: Console) {}

  add(name: string, machine: Machine, set: InstructionSet, fuel: bigint | null): Agent {
    const agent = new Agent(name, machine, set, this.list.length + 1, fuel);
    this.list.push(agent);
    return agent;
  }

  named(name: string): Agent | undefined {
    return this.list.find((agent) => agent.name === name);
  }

  /** Runs all of them until each has ended, or none can go on. */
  run(): Outcome {
    for (;;) {
      let hasRun = false;
      for (const agent of this.list) {
        if (agent.ending !== null) continue;
        this.settle(agent);
        if (agent.waiting) continue;
        this.turn(agent);
        hasRun = true;
      }
      if (hasRun) continue;
      const waiting = this.list.filter(({ ending }) => ending === null);
      if (waiting.length === 0) return { kind: 'ended' };
      if (!this.pass(waiting)) return { kind: 'stuck', waiting };
    }
  }

  /** Gives all but `agent` a turn, or lets time pass. False: nobody can run, and nobody waits for time. */
  runOthers(agent: Agent): boolean {
    let hasRun = false;
    for (const other of this.list) {
      if (other === agent || other.ending !== null) continue;
      this.settle(other);
      if (other.waiting) continue;
      this.turn(other);
      hasRun = true;
    }
    this.settle(agent);
    return hasRun || !agent.waiting || this.pass(this.list.filter(({ ending }) => ending === null));
  }

  private turn(agent: Agent): void {
    const share = agent.fuel === null || agent.fuel > SLICE ? SLICE : agent.fuel;
    if (share <= 0n) {
      agent.ending = 'paused';
      agent.isOutOfFuel = true;
      return;
    }
    const before = agent.machine.executed;
    const ending = agent.machine.run(share);
    if (agent.fuel !== null) agent.fuel -= agent.machine.executed - before;
    this.after(agent, ending);
  }

  /** What follows the end of a run: a request is carried out, or waits. */
  after(agent: Agent, ending: Ending): void {
    if (ending === 'request') {
      agent.request = agent.machine.request;
      const answer = this.carryOut(agent);
      if (answer) this.answer(agent, answer);
      else this.settle(agent);
    } else if (ending === 'halted' || ending === 'error') {
      agent.ending = ending;
      for (const other of this.list) this.settle(other);
    }
  }

  /** A hook for those that must know of answers. */
  protected answer(agent: Agent, answer: Answer): void {
    agent.request = null;
    agent.waiting = null;
    agent.machine.answer(answer);
  }

  /** Lets time go on to the next moment that somebody waits for. False: nobody waits for time. */
  private pass(agents: readonly Agent[]): boolean {
    const next = Math.min(...agents.map(({ waiting }) => waiting?.until ?? Infinity));
    if (next === Infinity) return false;
    this.ticks = Math.max(this.ticks, next);
    return true;
  }

  /** Ends an agent's waiting if what it waits for is there. */
  settle(agent: Agent): void {
    const { waiting } = agent;
    if (!waiting || agent.ending !== null) return;
    const isOver = this.ticks >= waiting.until;
    const end = (error: number) => this.answer(agent, { value: 0n, error });
    switch (waiting.for) {
      case 'message': {
        const at = agent.inbox.findIndex(({ sender }) => waiting.from === null || sender === waiting.from);
        if (at >= 0) this.receive(agent, agent.inbox.splice(at, 1)[0]!);
        else if (isOver) end(ERRORS.timeout);
        return;
      }
      case 'answer': {
        const at = agent.inbox.findIndex(({ kind, id }) => id === waiting.id && (kind === KINDS.reply || kind === KINDS.error));
        if (at >= 0) this.receiveAnswer(agent, agent.inbox.splice(at, 1)[0]!, waiting.wordOnly);
        else if (isOver) end(ERRORS.timeout);
        else if (!this.list.some((other) => other.ending === null && (other.open.has(waiting.id) || other.inbox.some(({ id }) => id === waiting.id)))) {
          end(ERRORS.notFound);
        }
        return;
      }
      case 'barrier': {
        const members = this.list.filter((each) => each.ending === null && each.topics.has(waiting.topic));
        const come = members.filter((each) => each.waiting?.for === 'barrier' && each.waiting.topic === waiting.topic);
        if (come.length === members.length) {
          for (const each of come) this.answer(each, { value: BigInt(members.length), error: 0 });
        } else if (isOver) end(ERRORS.timeout);
        return;
      }
      case 'time':
        if (isOver) this.answer(agent, DONE);
        return;
      case 'wake':
        if (isOver) this.answer(agent, DONE);
    }
  }

  // ---- requests ----

  /** The answer, or null if the agent waits from now on. */
  private carryOut(agent: Agent): Answer | null {
    const { machine, request } = agent;
    const { arguments: [a, b], data } = request!;
    const first = Number(a);
    switch (agent.operation) {
      case 'emit':
        agent.emitted.push(a!);
        return DONE;
      case 'io_write': {
        this.console.write(machine.bytes(data.address, data.size));
        return { value: BigInt(data.size), error: 0 };
      }
      case 'io_read': {
        const bytes = this.console.read(data.size);
        return { value: BigInt(bytes.length), error: 0, writes: [{ address: data.address, bytes }] };
      }
      case 'tell': return this.post(agent, first, KINDS.tell);
      case 'delegate': return this.post(agent, first, KINDS.delegate);
      case 'agent_signal': return this.send(agent, first, { ...this.blank(agent, KINDS.tell), words: [b!, 0n, 0n, 0n] });
      case 'ask': return this.wait(agent, this.post(agent, first, KINDS.ask), { for: 'answer', wordOnly: false, until: this.until(timeoutOf(agent)) });
      case 'call_agent': {
        const sent = this.send(agent, first, { ...this.blank(agent, KINDS.ask), words: [b!, 0n, 0n, 0n] });
        return this.wait(agent, sent, { for: 'answer', wordOnly: true, until: Infinity });
      }
      case 'cap_grant': return this.send(agent, first, { ...this.blank(agent, KINDS.capability), words: [0n, 0n, b!, 0n] });
      case 'reply': return this.reply(agent);
      case 'agent_wait': case 'sys_timed_wait': {
        const from = first === 0 ? null : this.target(agent, first)?.number;
        if (from === undefined) return { value: 0n, error: ERRORS.notFound };
        agent.waiting = { for: 'message', from, until: this.until(Number(b)) };
        return null;
      }
      case 'agent_subscribe': agent.topics.add(first); return DONE;
      case 'agent_unsubscribe':
        agent.topics.delete(first);
        for (const other of this.list) if (other !== agent) this.settle(other);
        return DONE;
      case 'agent_broadcast': return this.publish(agent, first);
      case 'barrier':
        if (!agent.topics.has(first)) return { value: 0n, error: ERRORS.invalid };
        agent.waiting = { for: 'barrier', topic: first, until: b === 0n ? Infinity : this.until(Number(b)) };
        return null;
      case 'agent_query': return this.stateOf(agent, first);
      case 'sys_yield': case 'yield_agent': return DONE;
      case 'sys_sleep': case 'sys_suspend': return this.sleep(agent, agent.operation === 'sys_sleep' ? this.ticks + first : Infinity);
      case 'sys_wake': case 'sys_resume': return this.wake(agent, first);
      default: return { value: 0n, error: ERRORS.unavailable };
    }
  }

  private until(ticks: number): number {
    return ticks >= FOREVER ? Infinity : this.ticks + ticks;
  }

  private target(agent: Agent, handle: number): Agent | null {
    if (handle === SELF) return agent;
    const name = agent.machine.container.peers[handle - FIRST_PEER];
    return (name !== undefined && this.named(name)) || null;
  }

  private blank(agent: Agent, kind: number): Message {
    return { kind, id: 0, sender: agent.number, topic: 0, words: [0n, 0n, 0n, 0n], payload: null };
  }

  /** The message in the region of a request; null if its payload does not lie in the region. */
  private outgoing(agent: Agent, kind: number): Message | null {
    const { machine, request } = agent;
    const bytes = machine.bytes(request!.data.address, MESSAGE_BYTES);
    const view = new DataView(bytes.buffer);
    const message = { ...this.blank(agent, kind), id: view.getUint32(4, true), words: [0, 1, 2, 3].map((i) => view.getBigUint64(FIRST_WORD + 8 * i, true)) };
    if ((bytes[1]! & LONG) === 0) return message;
    const place = this.inRegion(agent, message.words[0]!, message.words[1]!);
    if (place === null || message.words[1]! > BigInt(LONGEST_PAYLOAD)) return null;
    return { ...message, payload: machine.bytes(place, Number(message.words[1])) };
  }

  /** Where bytes of the active region lie; null if they do not. */
  private inRegion({ machine }: Agent, start: bigint, size: bigint): number | null {
    const region = machine.regions.find(({ number }) => number === machine.activeRegion);
    if (!region || start + size > BigInt(region.size)) return null;
    return region.address + Number(start);
  }

  private post(agent: Agent, handle: number, kind: number): Answer {
    const message = this.outgoing(agent, kind);
    return message ? this.send(agent, handle, message) : { value: 0n, error: ERRORS.invalid };
  }

  /** Puts a message into an inbox; the answer has its number. */
  private send(agent: Agent, handle: number, message: Message): Answer {
    const to = this.target(agent, handle);
    if (!to || to.ending !== null) return { value: 0n, error: ERRORS.notFound };
    if (to.inbox.length >= INBOX) return { value: 0n, error: ERRORS.overflow };
    message.id = this.nextMessage++;
    to.inbox.push(message);
    return { value: BigInt(message.id), error: 0 };
  }

  private wait(agent: Agent, sent: Answer, waiting: { for: 'answer'; wordOnly: boolean; until: number }): Answer | null {
    if (sent.error !== 0) return sent;
    agent.waiting = { ...waiting, id: Number(sent.value) };
    return null;
  }

  /** What the message in the region was says what its answer is. */
  private reply(agent: Agent): Answer {
    const { machine, request } = agent;
    const kind = machine.bytes(request!.data.address, 1)[0]!;
    const answerKind = kind === KINDS.error ? KINDS.error : kind === KINDS.delegate || kind === KINDS.result ? KINDS.result : KINDS.reply;
    const message = this.outgoing(agent, answerKind);
    if (!message) return { value: 0n, error: ERRORS.invalid };
    const question = agent.open.get(message.id);
    const to = question && this.list[question.sender - 1];
    if (!to || to.ending !== null) return { value: 0n, error: ERRORS.notFound };
    agent.open.delete(message.id);
    to.inbox.push(message);
    return { value: BigInt(message.id), error: 0 };
  }

  private publish(agent: Agent, topic: number): Answer {
    const message = this.outgoing(agent, KINDS.event);
    if (!message) return { value: 0n, error: ERRORS.invalid };
    const others = this.list.filter((each) => each !== agent && each.ending === null && each.topics.has(topic) && each.inbox.length < INBOX);
    for (const other of others) other.inbox.push({ ...message, topic, id: this.nextMessage++ });
    return { value: BigInt(others.length), error: 0 };
  }

  private stateOf(agent: Agent, handle: number): Answer {
    const other = this.target(agent, handle);
    if (!other) return { value: 0n, error: ERRORS.notFound };
    let state: number = STATES.ready;
    if (other.ending !== null) state = STATES.zombie;
    else if (other === agent) state = STATES.running;
    else if (other.waiting) state = other.waiting.for === 'message' ? STATES.idle : STATES.blocked;
    return { value: BigInt(state), error: 0 };
  }

  private sleep(agent: Agent, until: number): Answer | null {
    if (agent.isAwakened) {
      agent.isAwakened = false;
      return DONE;
    }
    agent.waiting = { for: until === Infinity ? 'wake' : 'time', until };
    return null;
  }

  private wake(agent: Agent, handle: number): Answer {
    const other = this.target(agent, handle);
    if (!other || other.ending !== null) return { value: 0n, error: ERRORS.notFound };
    if (other.waiting?.for === 'time' || other.waiting?.for === 'wake') this.answer(other, DONE);
    else other.isAwakened = true;
    return DONE;
  }

  // ---- what comes ----

  private receive(agent: Agent, message: Message): void {
    if (message.kind === KINDS.ask || message.kind === KINDS.delegate) agent.open.set(message.id, { sender: message.sender, kind: message.kind });
    const capabilities = message.kind === KINDS.capability ? message.words[2] : undefined;
    this.answer(agent, { value: BigInt(message.kind), error: 0, writes: this.incoming(agent, message), capabilities });
  }

  private receiveAnswer(agent: Agent, message: Message, wordOnly: boolean): void {
    const error = message.kind === KINDS.error ? ERRORS.general : 0;
    const writes = wordOnly ? [] : this.incoming(agent, message);
    const value = writes.length > 0 ? new DataView(writes[0]!.bytes.buffer).getBigUint64(FIRST_WORD, true) : message.words[0]!;
    this.answer(agent, { value, error, writes });
  }

  /** What a message changes in the region of the request. Its payload goes to the room that words 2 and 3 name. */
  private incoming(agent: Agent, message: Message): { address: number; bytes: Uint8Array }[] {
    const { machine, request } = agent;
    const { address } = request!.data;
    const asked = machine.bytes(address, MESSAGE_BYTES);
    const room = new DataView(asked.buffer);
    const bytes = new Uint8Array(MESSAGE_BYTES);
    const view = new DataView(bytes.buffer);
    bytes[0] = message.kind;
    view.setUint32(4, message.id, true);
    view.setUint32(8, message.sender, true);
    view.setUint16(14, message.topic, true);
    message.words.forEach((word, i) => view.setBigUint64(FIRST_WORD + 8 * i, word, true));
    const writes: { address: number; bytes: Uint8Array }[] = [{ address, bytes }];
    if (message.payload) {
      const size = (asked[1]! & LONG) === 0 ? 0n : room.getBigUint64(FIRST_WORD + 24, true);
      const payload = message.payload.subarray(0, Number(size < BigInt(message.payload.length) ? size : BigInt(message.payload.length)));
      const place = this.inRegion(agent, room.getBigUint64(FIRST_WORD + 16, true), BigInt(payload.length));
      bytes[1] = LONG;
      view.setUint16(12, place === null ? 0 : payload.length, true);
      view.setBigUint64(FIRST_WORD, room.getBigUint64(FIRST_WORD + 16, true), true);
      view.setBigUint64(FIRST_WORD + 8, BigInt(payload.length), true);
      if (place !== null && payload.length > 0) writes.push({ address: place, bytes: payload });
    }
    return writes;
  }
}

function timeoutOf({ machine, request }: Agent): number {
  const timeout = new DataView(machine.bytes(request!.data.address, MESSAGE_BYTES).buffer).getUint16(2, true);
  return timeout === 0 ? FOREVER : timeout;
}
