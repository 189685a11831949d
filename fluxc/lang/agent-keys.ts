/**
 * The keys of an agent: what its document says of it besides its code.
 *
 * `KEYS` is the mechanism: a row a key, with how its value is written and the function that reads it. Tests that run in
 * an agent have the same keys, but for those that only make sense for what runs for long.
 */
import { CAPABILITIES } from '../base/capabilities.ts';
import type { AgentGrant, AgentOptions, BytecodeOptions, Name } from './ast.ts';
import type { DeclarationContext } from './declaration-context.ts';
import { didYouMean } from './entities.ts';
import { joined, type KeyLine } from './key-list.ts';
import { isPlainName } from './tokens.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const LARGEST_MEMORY = 1024 * MIB;
const LARGEST_STACK = 256 * KIB;
const LONGEST_SECONDS = 1_000_000;
const MOST_FUEL = 1e15;
/** What an agent with bytecode has that says nothing of it. */
const REGIONS = 64 * KIB;

export function defaultOptions(): AgentOptions {
  return {
    priority: 128, capabilities: [], grants: [], memory: 256 * KIB, stack: 16 * KIB,
    restart: { rule: 'never', limit: 0, milliseconds: 0 }, heartbeat: 0, supervisor: null, starts: true,
    bytecode: null,
  };
}

/** Reads a value; false if it is none. What is wrong inside of one that has the right form it reports itself. */
type Reader<Value> = (value: Value, to: AgentOptions, context: DeclarationContext, key: string) => boolean;

interface Key {
  /** what it takes, and an example */
  takes: string;
  example: string;
  /** not for tests */
  isForAgents?: true;
  /** only for agents that run bytecode */
  isForBytecode?: true;
  /** for a key with one value; for one that takes several of a kind; for one whose values differ in what they say */
  read?: Reader<Name[]>;
  readEach?: Reader<Name[]>;
  readAll?: Reader<Name[][]>;
}

const KEYS: ReadonlyMap<string, Key> = new Map<string, Key>([
  ['priority', {
    takes: 'a number from 0 to 255', example: '128',
    read: (value, to) => within(wholeNumber(value), 0, 255, (number) => (to.priority = number)),
  }],
  ['capabilities', {
    takes: 'names of capabilities', example: 'COMMUNICATE, IO_WRITE', readEach: readCapability,
  }],
  ['talks to', { takes: 'names of agents', example: 'alarm, logger', readEach: grantReader('agent') }],
  ['topics', {
    takes: 'topics, each with what the agent does with it', example: 'climate (publish), alarms (publish, subscribe)',
    readEach: readTopic,
  }],
  ['devices', { takes: 'names of devices of the board', example: 'uart1', readEach: grantReader('device') }],
  ['spawns', { takes: 'names of agents', example: 'worker', readEach: grantReader('program') }],
  ['memory', {
    takes: 'a size up to 1024 MiB', example: '64 KiB',
    read: (value, to) => within(bytes(value), 4 * KIB, LARGEST_MEMORY, (size) => (to.memory = size)),
  }],
  ['stack', {
    takes: 'a size from 4 KiB to 256 KiB', example: '16 KiB',
    read: (value, to) => within(bytes(value), 4 * KIB, LARGEST_STACK, (size) => (to.stack = size)),
  }],
  ['restart', {
    takes: '`never`, `on fault` or `always`, and how often at most', example: 'always, at most 5 times in 60 s',
    isForAgents: true, readAll: readRestart,
  }],
  ['heartbeat', {
    takes: 'a time', example: '500 ms', isForAgents: true,
    read: (value, to) => within(milliseconds(value), 1, 1000 * LONGEST_SECONDS, (time) => (to.heartbeat = time)),
  }],
  ['supervisor', {
    takes: 'the name of an agent', example: 'guard', isForAgents: true,
    read: (value, to) => {
      to.supervisor = onlyName(value);
      return to.supervisor !== null;
    },
  }],
  ['start', {
    takes: '`boot` or `on demand`', example: 'on demand', isForAgents: true,
    read: (value, to) => {
      const text = textOf(value);
      to.starts = text === 'boot';
      return text === 'boot' || text === 'on demand';
    },
  }],
  ['bytecode', {
    takes: 'the path of a file `.fluxbc` or `.fasm`, or `any`', example: 'blink.fluxbc', isForAgents: true,
    read: (value, to) => {
      const [path] = value;
      const bytecode = machine(to);
      if (value.length !== 1 || !path || !/^any$|\.fluxbc$|\.fasm$/.test(path.text)) return false;
      bytecode.path = path.text === 'any' ? null : path;
      return true;
    },
  }],
  ['fuel', {
    takes: 'a number of instructions, in all, `per message`, or both', example: '1_000_000, 10_000 per message',
    isForAgents: true, isForBytecode: true, readAll: readFuel,
  }],
  ['regions', {
    takes: 'a size up to 1024 MiB', example: '64 KiB', isForAgents: true, isForBytecode: true,
    read: (value, to) => within(bytes(value), KIB, LARGEST_MEMORY, (size) => (machine(to).regions = size)),
  }],
]);

function machine(options: AgentOptions): BytecodeOptions {
  return (options.bytecode ??= { path: null, fuel: { total: 0, perMessage: 0 }, regions: REGIONS });
}

const TEST_KEYS = [...KEYS].filter(([, key]) => !key.isForAgents).map(([name]) => name);

/** The keys that an agent, or a test, may have. */
export function keyNames(of: 'agent' | 'test'): string[] {
  return of === 'agent' ? [...KEYS.keys()] : ['in', ...TEST_KEYS];
}

export function isAgentKey(name: string): boolean {
  return KEYS.has(name);
}

/** Puts what the lines say into `options`. Reports keys that are unknown or there twice, and values that do not fit. */
export function readOptions(
  context: DeclarationContext, lines: readonly KeyLine[], of: 'agent' | 'test', options: AgentOptions,
): void {
  const { diagnostics } = context;
  const known = keyNames(of);
  const seen = new Set<string>();
  for (const { key, values } of lines) {
    const name = key.text;
    const row = known.includes(name) ? KEYS.get(name) : undefined;
    if (!row) {
      const introduction = of === 'test' ? 'a test in an agent has' : 'an agent has';
      diagnostics.report('FX0902', key.span, name, didYouMean(name, known, `${introduction} ${quoted(known)}`));
      continue;
    }
    if (seen.has(name)) diagnostics.report('FX0903', key.span, name);
    seen.add(name);
    const refuse = (value: readonly Name[]) => {
      const at = value.length > 0 ? joined(value) : { text: ',', span: key.span };
      diagnostics.report('FX0904', at.span, name, row.takes, at.text, name, row.example);
    };
    const whole = values.flat();
    if (row.readEach) {
      for (const value of values) if (!row.readEach(value, options, context, name)) refuse(value);
    } else if (row.readAll ? !row.readAll(values, options, context, name) : values.length > 1) refuse(whole);
    else if (row.read && !row.read(whole, options, context, name)) refuse(whole);
  }
  if (seen.has('bytecode')) return;
  for (const { key } of lines) {
    if (of === 'agent' && KEYS.get(key.text)?.isForBytecode) diagnostics.report('FX0923', key.span, key.text);
  }
  options.bytecode = null;
}

/** Keys for a message: all of them, for there is no other place where they are listed. */
export function quoted(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

// ---- values ----

function within(value: number | null, least: number, most: number, put: (value: number) => void): boolean {
  if (value === null || value < least || value > most) return false;
  put(value);
  return true;
}

/** A number without a unit. */
function wholeNumber(value: readonly Name[]): number | null {
  const read = quantity(value);
  return read && read.unit === '' ? read.number : null;
}

/** `64 KiB` and `64KiB` alike. */
function quantity(value: readonly Name[]): { number: number; unit: string } | null {
  const match = /^(\d[\d_]{0,15}) ?([A-Za-z]*)$/.exec(value.map(({ text }) => text).join(' '));
  return match && { number: Number(match[1]!.replace(/_/g, '')), unit: match[2]! };
}

function bytes(value: readonly Name[]): number | null {
  const read = quantity(value);
  if (read?.unit === 'KiB') return read.number * KIB;
  return read?.unit === 'MiB' ? read.number * MIB : null;
}

function milliseconds(value: readonly Name[]): number | null {
  const read = quantity(value);
  if (read?.unit === 'ms') return read.number;
  return read?.unit === 's' ? read.number * 1000 : null;
}

function onlyName(value: readonly Name[]): Name | null {
  const [name] = value;
  return value.length === 1 && name && isPlainName(name.text) ? name : null;
}

function readCapability(value: Name[], to: AgentOptions, context: DeclarationContext, key: string): boolean {
  const name = onlyName(value);
  if (!name) return false;
  if (!CAPABILITIES.some((known) => known === name.text)) {
    context.diagnostics.report('FX0905', name.span, name.text, didYouMean(name.text, CAPABILITIES, `there are ${quoted(CAPABILITIES)}`));
  } else if (to.capabilities.some(({ text }) => text === name.text)) {
    context.diagnostics.report('FX0906', name.span, key, name.text);
  } else to.capabilities.push(name);
  return true;
}

function grantReader(kind: AgentGrant['kind']): Key['read'] {
  return (value, to, context, key) => {
    const name = onlyName(value);
    if (name) addGrant(to, { kind, name, publishes: false, subscribes: false }, context, key);
    return name !== null;
  };
}

function addGrant(to: AgentOptions, grant: AgentGrant, context: DeclarationContext, key: string): void {
  const { kind, name } = grant;
  const isKnown = to.grants.some((other) => other.kind === kind && other.name.text === name.text);
  if (isKnown) context.diagnostics.report('FX0906', name.span, key, name.text);
  else to.grants.push(grant);
}

/** `climate (publish)`, `climate (publish, subscribe)` */
function readTopic(value: Name[], to: AgentOptions, context: DeclarationContext, key: string): boolean {
  const name = onlyName(value.slice(0, 1));
  const [open, ...rest] = value.slice(1).map(({ text }) => text);
  const close = rest.pop();
  const uses = rest.filter((_, index) => index % 2 === 0);
  const isWhole = name && open === '(' && close === ')' && rest.length % 2 === 1 &&
    rest.every((text, index) => (index % 2 === 0 ? text === 'publish' || text === 'subscribe' : text === ','));
  if (!isWhole || new Set(uses).size < uses.length) return false;
  const grant = { kind: 'topic', name, publishes: uses.includes('publish'), subscribes: uses.includes('subscribe') } as const;
  addGrant(to, grant, context, key);
  return true;
}

const RULES = new Map([['never', 'never'], ['on fault', 'on_fault'], ['always', 'always']] as const);

/** The rule, and behind a comma `at most 5 times in 60 s`. */
function readRestart([first, most, ...more]: Name[][], { restart }: AgentOptions): boolean {
  const rule = RULES.get(textOf(first!) as 'never');
  if (!rule || more.length > 0 || (most && rule === 'never')) return false;
  restart.rule = rule;
  if (!most) return true;
  const match = /^at most (\d{1,3}) times? in (.*)$/.exec(textOf(most));
  const time = match && milliseconds(most.slice(5));
  return within(time, 1, 1000 * LONGEST_SECONDS, (window) => (restart.milliseconds = window)) &&
    within(Number(match![1]), 1, 255, (times) => (restart.limit = times));
}

/** `1_000_000`, `10_000 per message`, or both with a comma between. */
function readFuel(parts: Name[][], to: AgentOptions): boolean {
  const { fuel } = machine(to);
  return parts.length <= 2 && parts.every((part) => {
    const isPerMessage = part.length > 2 && textOf(part.slice(-2)) === 'per message';
    const of = isPerMessage ? 'perMessage' : 'total';
    const isNew = fuel[of] === 0;
    return within(wholeNumber(isPerMessage ? part.slice(0, -2) : part), 1, MOST_FUEL, (count) => (fuel[of] = count)) && isNew;
  });
}

function textOf(words: readonly Name[]): string {
  return words.map(({ text }) => text).join(' ');
}

