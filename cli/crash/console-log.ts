/**
 * Crashes in what a console has said: a kernel's panic with its dump (`kernel/panic.flux.md`, `kernel/dump.flux.md`), the line
 * of an agent that was ended (`kernel/fault.flux.md`).
 *
 * Logs come from terminals, loggers and boards with a loose wire: line ends of any kind, colours, a time before each line, lines
 * that are cut or lost. So what is wanted is looked for anywhere in a line, and whatever is missing is said.
 */

export interface SaidFrame {
  /** null if the kernel did not know the function */
  function: string | null;
  document: string | null;
  line: number | null;
  /** of a frame without a function */
  address: bigint | null;
}

export interface Dump {
  version: number | null;
  architecture: number | null;
  start: bigint | null;
  end: bigint | null;
  tick: bigint | null;
  identity: number | null;
  pid: number | null;
  address: bigint | null;
  name: string | null;
  /** null where a word cannot be read */
  frame: (bigint | null)[];
  stack: (bigint | null)[];
}

export interface Crash {
  kind: 'panic' | 'agent';
  /** of the log, from 1 on */
  line: number;
  message: string;
  /** innermost first */
  frames: SaidFrame[];
  /** of the process that ended, or that ran when the kernel panicked */
  agent: { name: string; pid: number | null } | null;
  dump: Dump | null;
  /** what is missing or broken, in words */
  problems: string[];
}

/** Colours and other orders to a terminal (ECMA-48, 5.4), titles of windows, characters that are none. */
const ORDERS = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]|[\0-\x08\x0b-\x1f\x7f]/g;
const PANIC = /(?:^|[^\w-])panic: (.+)$/;
const SECOND_PANIC = /(?:^|\s)panic inside a panic/;
const IN = /(?:^|\s)in ([^\s()]+) \((.+):(\d+)\)\s*$/;
const IN_NAME = /(?:^|\s)in ([A-Za-z_][\w.]*)\s*$/;
const AT = /(?:^|\s)at (0x[0-9a-fA-F]+)\s*$/;
const DUMP = /(?:^|\W)dump (begin|process|name|frame|stack|end)\b ?(.*)$/;
const FAULT = /^(.*\S) \(pid (\d+)\): (.+?) in (\S+)(?: \((.+):(\d+)\))?\s*$/;
const WORD = /^(?:0x)?([0-9a-fA-F]{1,16})$/;
const PARTS = ['begin', 'process', 'name', 'frame', 'stack', 'end'];
/** Lines that may be lost between two of a crash before it counts as over. */
const PATIENCE = 50;

/** `agents`: the names that an agent's line may start with; others are taken from its last word. */
export function readCrashes(log: string, agents: readonly string[]): Crash[] {
  const crashes: Crash[] = [];
  let open: { crash: Crash; parts: Set<string>; since: number } | null = null;
  const close = () => {
    if (open?.crash.dump) open.crash.problems.push(...missingParts(open.parts));
    open = null;
  };
  const begin = (crash: Crash, since: number) => {
    close();
    crashes.push(crash);
    open = { crash, parts: new Set(), since };
    return open;
  };
  const empty = (line: number, message: string): Crash => ({ kind: 'panic', line, message, frames: [], agent: null, dump: null, problems: [] });
  log.split(/\r\n|[\r\n]/).forEach((raw, index) => {
    const text = raw.replace(ORDERS, '');
    const panic = PANIC.exec(text);
    const dump = DUMP.exec(text);
    if (panic) {
      begin(empty(index + 1, panic[1]!.trim()), index);
      return;
    }
    if (open && index - open.since > PATIENCE) close();
    if (dump) {
      const [, part, rest] = dump as unknown as [string, string, string];
      if (!open || open.parts.has(part) || (part === 'begin' && open.crash.kind === 'agent')) {
        const lost = begin(empty(index + 1, 'a panic whose message is lost'), index);
        lost.crash.problems.push('the line with `panic:` is not in the log');
      }
      open!.since = index;
      open!.parts.add(part);
      open!.crash.dump ??= emptyDump();
      readPart(part, rest, open!.crash);
      if (part === 'end') close();
      return;
    }
    const fault = FAULT.exec(text);
    if (fault) {
      close();
      crashes.push(agentFault(fault, index + 1, agents));
      return;
    }
    if (!open || open.crash.dump) return;
    const frame = frameOf(text);
    if (frame) {
      open.since = index;
      open.crash.frames.push(frame);
    } else if (SECOND_PANIC.test(text)) open.crash.problems.push('the kernel panicked once more while it told of this');
  });
  close();
  return crashes;
}

function frameOf(text: string): SaidFrame | null {
  const place = IN.exec(text);
  if (place) return { function: place[1]!, document: place[2]!, line: Number(place[3]), address: null };
  const name = IN_NAME.exec(text);
  if (name) return { function: name[1]!, document: null, line: null, address: null };
  const address = AT.exec(text);
  return address && { function: null, document: null, line: null, address: BigInt(address[1]!) };
}

function agentFault(match: RegExpExecArray, line: number, agents: readonly string[]): Crash {
  const [, before, pid, message, where, document, number] = match as unknown as string[];
  const known = agents.filter((name) => before!.endsWith(name)).sort((a, b) => b.length - a.length)[0];
  const isAddress = WORD.test(where!) && where!.startsWith('0x');
  return {
    kind: 'agent', line, message: message!, dump: null, problems: [],
    agent: { name: known ?? before!.split(/\s+/).pop()!, pid: Number(pid) },
    frames: [{
      function: isAddress ? null : where!, document: document ?? null, line: number === undefined ? null : Number(number),
      address: isAddress ? BigInt(where!) : null,
    }],
  };
}

function emptyDump(): Dump {
  return {
    version: null, architecture: null, start: null, end: null, tick: null, identity: null, pid: null, address: null, name: null,
    frame: [], stack: [],
  };
}

function readPart(part: string, rest: string, { dump, problems }: Crash): void {
  if (part === 'name') dump!.name = rest.trim();
  if (part === 'name' || part === 'end') return;
  const words = rest.trim() === '' ? [] : rest.trim().split(/\s+/).map(wordOf);
  const broken = words.filter((word) => word === null).length;
  if (broken > 0) problems.push(`${broken} ${broken === 1 ? 'word' : 'words'} of \`dump ${part}\` cannot be read`);
  const number = (index: number) => (words[index] == null ? null : Number(words[index]));
  if (part === 'begin') {
    Object.assign(dump!, {
      version: number(0), architecture: number(1), start: words[2] ?? null, end: words[3] ?? null, tick: words[4] ?? null, identity: number(5),
    });
  } else if (part === 'process') Object.assign(dump!, { pid: number(0), address: words[1] ?? null });
  else if (part === 'frame') dump!.frame = words;
  else dump!.stack = words;
}

function wordOf(text: string): bigint | null {
  const digits = WORD.exec(text);
  return digits && BigInt(`0x${digits[1]}`);
}

function missingParts(parts: ReadonlySet<string>): string[] {
  const missing = PARTS.filter((part) => !parts.has(part));
  if (missing.length === 0) return [];
  const lines = missing.map((part) => `\`dump ${part}\``).join(', ');
  return [parts.has('end') ? `lost from the dump: ${lines}` : `the dump is cut: ${lines} ${missing.length === 1 ? 'is' : 'are'} not in the log`];
}
