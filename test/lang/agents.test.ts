/** Agents in documents: what their sections say, what their code means, and everything that can be wrong with them. */
import { describe, expect, it } from 'vitest';
import { compile, type CompileRequest } from '../../fluxc/compile.ts';
import { Interpreter } from '../../fluxc/fir/interpret.ts';
import { verifyModule } from '../../fluxc/fir/verify.ts';
import { AGENT_MESSAGES } from '../../fluxc/diagnostics/agent-messages.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { Sources } from '../../fluxc/base/source.ts';
import { CAPABILITIES } from '../../fluxc/base/capabilities.ts';
import type { AgentOptions, Decl } from '../../fluxc/lang/ast.ts';
import { checkModules } from '../../fluxc/lang/compile-modules.ts';
import { Definitions, lowerProgram } from '../../fluxc/lang/lower-program.ts';
import { parseModule } from '../../fluxc/lang/parser.ts';
import { HOST, hostWith } from '../host.ts';
import { outcomeText } from './program.ts';

const HEAD = '---\nmodule: a\nuses: [kernel.interface, kernel.error]\n---\n\n';

/** A block of code under a heading. */
function code(heading: string, text: string): string {
  return `${heading}\n\n\`\`\`flux\n${text}\n\`\`\`\n\n`;
}

function agent(name: string, keys: string[], body = code('### init', 'return')): string {
  return `## agent ${name}\n\n${keys.map((key) => `- ${key}\n`).join('')}\n${body}`;
}

function parse(text: string): Decl[] {
  const sources = new Sources();
  const diagnostics = new Diagnostics();
  const { decls } = parseModule(sources.add('a.flux.md', text), diagnostics, HOST);
  expect(diagnostics.list.map(({ code: said, message }) => `${said} ${message}`)).toEqual([]);
  return decls;
}

function options(...keys: string[]): AgentOptions {
  const [decl] = parse(agent('one', keys));
  if (decl?.kind !== 'agent') throw new Error('no agent');
  return decl.options;
}

describe('the keys of an agent', () => {
  it('have defaults', () => {
    expect(options()).toEqual({
      priority: 128, capabilities: [], grants: [], memory: 256 * 1024, stack: 16 * 1024,
      restart: { rule: 'never', limit: 0, milliseconds: 0 }, heartbeat: 0, supervisor: null, starts: true, bytecode: null,
    });
  });

  it('are read whatever their layout', () => {
    const read = options(
      '`priority`: 255', 'memory: 1 MiB', 'stack:4KiB', 'heartbeat: 2 s', 'start: on demand', 'supervisor: `guard`',
      'restart: always, at most 1 time in 500 ms',
    );
    expect(read).toMatchObject({
      priority: 255, memory: 1 << 20, stack: 4096, heartbeat: 2000, starts: false, supervisor: { text: 'guard' },
      restart: { rule: 'always', limit: 1, milliseconds: 500 },
    });
    expect(options('restart: on fault').restart).toEqual({ rule: 'on_fault', limit: 0, milliseconds: 0 });
    expect(options('start: boot', 'priority: 0')).toMatchObject({ starts: true, priority: 0 });
  });

  it('give handles in the order of the document, over lines and with backticks', () => {
    const { grants, capabilities } = options(
      'topics: `climate` (publish),\n  alarms (publish, subscribe)', 'talks to: guard', 'devices: uart1', 'spawns: one, guard',
      'capabilities: `IO_READ`, SUPERVISE',
    );
    const shown = grants.map(({ kind, name, publishes, subscribes }) => {
      return `${kind} ${name.text}${publishes ? ' publish' : ''}${subscribes ? ' subscribe' : ''}`;
    });
    expect(shown).toEqual([
      'topic climate publish', 'topic alarms publish subscribe', 'agent guard', 'device uart1', 'program one', 'program guard',
    ]);
    expect(capabilities.map(({ text }) => text)).toEqual(['IO_READ', 'SUPERVISE']);
  });

  it('stand in the first list: others are for the reader', () => {
    const [decl] = parse(`## agent one\n\n- priority: 1\n  - with a remark: for the reader\n\nWhy:\n\n* because\n\n${code('### init', '')}`);
    expect(decl?.kind === 'agent' && decl.options.priority).toBe(1);
  });

  it('know the capabilities of the interface', () => {
    const { node } = { node: parseModule(new Sources().add('i', HOST.read('kernel/interface.flux.md')!), new Diagnostics(), HOST) };
    const names = node.decls.map(({ name }) => name.text);
    const first = names.indexOf('SPAWN');
    expect(names.slice(first, names.indexOf('ALL'))).toEqual([...CAPABILITIES]);
  });
});

describe('a section', () => {
  it('holds init, loop and handlers; further headings are for the reader', () => {
    const body = code('### init', 'var n = 0') + '### Why\n\nText.\n\n' + code('### loop', 'n += 1') +
      code('### on tell(message: *Message)', 'n = 0') + code('### on `heartbeat`', '') + '### on the choice of words\n\n1. a\n';
    const [decl] = parse(agent('one', [], body));
    if (decl?.kind !== 'agent') throw new Error('no agent');
    expect(decl.code.init?.statements.length).toBe(1);
    expect(decl.code.loop?.statements.length).toBe(1);
    expect(decl.code.handlers.map(({ kind, param }) => [kind.text, param?.name.text])).toEqual([['tell', 'message'], ['heartbeat', undefined]]);
  });

  it('may hold declarations of its own, between its code', () => {
    const body = code('### init', 'help()') + code('### fn help()', '') + code('### loop', 'help()');
    const kinds = parse(agent('one', [], body)).map((decl) => decl.kind);
    expect(kinds.sort()).toEqual(['agent', 'fn']);
  });

  it('of a test has keys if it says where the test runs', () => {
    const tests = parse(
      code('## test one\n\n- in: agent\n- capabilities: SPAWN\n- memory: 8 KiB', '') + code('## test two\n\n- for the reader\n- this: too', ''),
    ).map((decl) => decl.kind === 'test' && decl.agent);
    expect(tests[0]).toMatchObject({ memory: 8192, starts: false, capabilities: [{ text: 'SPAWN' }] });
    expect(tests[1]).toBeNull();
  });
});

/** Runs an agent's function in the interpreter, with a mailbox that holds the kinds of `messages`. */
function run(name: string, text: string, messages: number[] = [], argument = 0n): string {
  const mailbox = `---\nmodule: kernel.agent.messages\nuses: [kernel.interface]\n---\n\n${code(`## static kinds: [${messages.length + 1}]u8`, `[${[...messages, 0].join(', ')}]`)}` +
    `## static taken: u64\n\n## static waits: u64\n\n${code('## fn next(message: *Message, wait: bool): bool', `
if wait { waits += 1 }
if taken == ${messages.length} { if wait { trap("nobody comes any more") } else { return false } }
message.kind = kinds[taken] as Kind
message.id = taken as u32 + 1
taken += 1
return true`)}`;
  const sources = new Sources();
  const diagnostics = new Diagnostics();
  const texts = {
    'kernel/error.flux.md': HOST.read('kernel/error.flux.md')!, 'kernel/interface.flux.md': HOST.read('kernel/interface.flux.md')!,
    'messages.flux.md': mailbox, 'a.flux.md': HEAD.replace('kernel.error', 'kernel.error, kernel.agent.messages') + text,
  };
  const nodes = Object.entries(texts).map(([path, content]) => parseModule(sources.add(path, content), diagnostics, HOST));
  const checked = checkModules(nodes, {
    arch: 'c', placements: new Map(), aliases: new Map(), tests: true, exports: [], sources,
  }, diagnostics);
  expect(diagnostics.list.map(({ message }) => message)).toEqual([]);
  const module = lowerProgram(new Definitions(checked), { name, loc: 0 }, [`a.${name}`], diagnostics);
  expect(verifyModule(module)).toEqual([]);
  return outcomeText(new Interpreter(module).call(`a.${name}`, name.startsWith('test.') ? [] : [argument]));
}

describe('the code of an agent', () => {
  const counting = code('### init', 'var n = 0') + code('### loop', 'n += 1\nif n == 3 { return n }');

  it('runs init once and loop again and again, with the variables of init', () => {
    expect(run('one', agent('one', [], counting))).toBe('3');
  });

  it('ends with 0 behind init, and where `return` names no code', () => {
    expect(run('one', agent('one', [], code('### init', 'if argument == 1 { return 7 }')), [], 1n)).toBe('7');
    expect(run('one', agent('one', [], code('### init', 'if argument == 1 { return 7 }')))).toBe('0');
    expect(run('one', agent('one', [], code('### loop', 'return')))).toBe('0');
  });

  it('goes on with the next turn at `continue`', () => {
    expect(run('one', agent('one', [], code('### init', 'var n = 0') + code('### loop', 'n += 1\nif n < 5 { continue }\nreturn n')))).toBe('5');
  });

  it('knows its handles as constants', () => {
    const keys = ['talks to: guard', 'topics: climate (publish)', 'spawns: one'];
    const text = 'let sum = (self as u64) * 1000 + (supervisor as u64) * 100 + (guard as u64) * 10 + climate as u64\nreturn (sum * 10 + one_program as u64) as u32';
    expect(run('one', agent('one', keys, code('### init', text)))).toBe('12345');
    const shadowed = 'let guard = 9\nreturn guard';
    expect(run('one', agent('one', keys, code('### init', shadowed)))).toBe('9');
  });

  const handlers = code('### on tell(message: *Message)', 'n = n * 10 + message.id') + code('### on event', 'n = n * 10') +
    code('### on error', 'return n');
  const start = code('### init', 'var n: u32 = 0');

  it('waits for messages, if it has nothing else to do, and hands each to the handler of its kind', () => {
    // 7 is an event, 10 a heartbeat, which nobody asked for, 8 an error.
    expect(run('one', agent('one', [], start + handlers), [0, 7, 10, 0, 8])).toBe('104');
    expect(run('one', agent('one', [], start + handlers), [0])).toMatch(/^trap/);
  });

  it('looks for messages before each turn of its loop, if it has one', () => {
    const loop = code('### loop', 'n += 5\nif n > 20 { return n }');
    expect(run('one', agent('one', [], start + handlers + loop), [0, 0])).toBe('22');
    expect(run('one', agent('one', [], start + handlers + loop), [])).toBe('25');
  });

  it('passes over a message at `continue`', () => {
    const skipping = code('### on tell(message: *Message)', 'if message.id == 2 { continue }\nn = n * 10 + message.id') + code('### on error', 'return n');
    expect(run('one', agent('one', [], start + skipping), [0, 0, 0, 8])).toBe('13');
  });

  it('is a test where a test is in an agent, with the line of what failed as its code', () => {
    const test = code('## test it\n\n- in: agent\n- talks to: guard', 'expect(guard as u64 == 3)\nexpect(false)');
    expect(run('test.0', test)).toBe('13');
  });

  it('reaches what functions point to, and constants and statics that lead to functions', () => {
    const table = code('## const table: [2]fn(): u32', '[five, six]') + code('## fn five(): u32', 'return 5') + code('## fn six(): u32', 'return 6');
    expect(run('one', table + agent('one', [], code('### init', 'return table[argument]()')), [], 1n)).toBe('6');
  });
});

const FILES = {
  'b.flux.md': `---\nmodule: b\nuses: [board, call]\n---\n\n${agent('twin', [])}${code('## fn deep()', 'deeper()')}` +
    code('### fn deeper()', 'board.console.put(1)') + code('## fn system()', 'call.exit(0)\nunreachable'),
};

/** What is wrong with a document, as `line CODE message (hint)`. */
function wrong(text: string, request: Partial<CompileRequest> = {}): string[] {
  const host = hostWith({ 'a.flux.md': text, ...FILES });
  const { diagnostics, sources } = compile(host, { main: 'a.flux.md', board: 'qemu-riscv64', ...request });
  return diagnostics.list.map((diagnostic) => {
    const { span } = diagnostic;
    return { ...diagnostic, place: span ? sources.place(span.start) : null };
  }).filter(({ place }) => place === null || place.path.length === 9).map(({ code: said, place, message, hint }) => {
    return `${place ? `${place.line}:${place.column}` : '-'} ${said} ${message}${hint === null ? '' : ` (${hint})`}`;
  });
}

const body = code('### init', 'return');
const other = agent('guard', []);

/** A document's text behind the head, which has 5 lines; what is said. */
const CASES: [string, string, string[]][] = [
  ['no key', agent('one', ['priority 3']), [
    '8:3 FX0901 this list takes lines `- key: value` (the keys are `priority`, `capabilities`, `talks to`, `topics`, `devices`, `spawns`, `memory`, `stack`, `restart`, `heartbeat`, `supervisor`, `start`, `bytecode`, `fuel`, `regions`; lists for the reader stand behind this one)',
  ]],
  ['no value', agent('one', ['priority:']), [expect.stringMatching(/^8:3 FX0901/) as unknown as string]],
  ['an unknown key', agent('one', ['priorty: 3']), ['8:3 FX0902 nothing is known of the key `priorty` (did you mean `priority`?)']],
  ['a key twice', agent('one', ['priority: 3', 'priority: 4']), [
    '9:3 FX0903 the key `priority` stands here twice (keep one of the two lines; several values stand in one line with commas between)',
  ]],
  ['a number out of range', agent('one', ['priority: 256']), [
    '8:13 FX0904 `priority` takes a number from 0 to 255, not `256` (write `- priority: 128`)',
  ]],
  ['two numbers', agent('one', ['priority: 1, 2']), [expect.stringMatching(/^8:13 FX0904 .* not `1 2`/) as unknown as string]],
  ['a size without a unit', agent('one', ['memory: 65536']), [
    '8:11 FX0904 `memory` takes a size up to 1024 MiB, not `65536` (write `- memory: 64 KiB`)',
  ]],
  ['a stack that is too large', agent('one', ['stack: 260 KiB']), [expect.stringMatching(/^8:10 FX0904/) as unknown as string]],
  ['rules that are none', agent('one', ['restart: sometimes']) + agent('two', ['restart: never, at most 5 times in 60 s']) +
    agent('three', ['restart: always, at most 0 times in 60 s']) + agent('four', ['restart: always, on fault']), [
    '8:12 FX0904 `restart` takes `never`, `on fault` or `always`, and how often at most, not `sometimes` (write `- restart: always, at most 5 times in 60 s`)',
    expect.stringMatching(/^18:12 FX0904/) as unknown as string, expect.stringMatching(/^28:12 FX0904/) as unknown as string,
    expect.stringMatching(/^38:12 FX0904/) as unknown as string,
  ]],
  ['topics without a use', agent('one', ['topics: climate', 'heartbeat: 5']), [
    '8:11 FX0904 `topics` takes topics, each with what the agent does with it, not `climate` (write `- topics: climate (publish), alarms (publish, subscribe)`)',
    '9:14 FX0904 `heartbeat` takes a time, not `5` (write `- heartbeat: 500 ms`)',
  ]],
  ['a device with words behind it', agent('one', ['devices: rtc pin 17']), [expect.stringMatching(/^8:12 FX0904/) as unknown as string]],
  ['an unknown capability', agent('one', ['capabilities: IO_WRITE, FLY']), [
    '8:27 FX0905 there is no capability `FLY` (there are `SPAWN`, `COMMUNICATE`, `COMPILE`, `IO_READ`, `IO_WRITE`, `MEMORY`, `HARDWARE`, `NETWORK`, `FILESYSTEM`, `DEBUG`, `SUPERVISE`)',
  ]],
  ['something twice', agent('one', ['capabilities: SPAWN, SPAWN', 'talks to: guard, guard']) + other, [
    '8:24 FX0906 `capabilities` names `SPAWN` twice (take one out)', '9:20 FX0906 `talks to` names `guard` twice (take one out)',
  ]],
  ['keys of a test in the kernel', code('## test it\n\n- memory: 8 KiB', ''), [
    '8:3 FX0907 these are keys of agents, and this test runs in the kernel (add `- in: agent`, or take them out)',
  ]],
  ['a test nowhere', code('## test it\n\n- in: space', ''), ['8:3 FX0904 `in` takes the word `agent`, not `space` (write `- in: agent`)']],
  ['a test with a key for agents', code('## test it\n\n- in: agent\n- restart: always', ''), [
    '9:3 FX0902 nothing is known of the key `restart` (a test in an agent has `in`, `priority`, `capabilities`, `talks to`, `topics`, `devices`, `spawns`, `memory`, `stack`)',
  ]],
  ['nothing to do', agent('one', ['priority: 3'], ''), [
    '6:4 FX0910 the agent `one` does nothing (write what it does in a block ```flux under `init`, `loop` or `on tell(message: *Message)`, a heading one level below its own)',
  ]],
  ['steps', agent('one', [], '### loop\n\n1. Read it.\n2. Send it.\n'), [
    '11:4 FX0911 steps in words are not understood yet (write them as code, in a block ```flux)',
  ]],
  ['a heading without code', agent('one', [], '### loop\n\nText.\n'), ['9:5 FX0120 `loop` needs code (write a block ```flux under the heading)']],
  ['code twice', agent('one', [], code('### init', '') + code('### init', '') + code('### on tell', '') + code('### on tell', '')), [
    '15:5 FX0912 the agent `one` has a second `### init` (put the code of both under one heading)',
    '27:8 FX0912 the agent `one` has a second `### on tell` (put the code of both under one heading)',
  ]],
  ['a second block', agent('one', [], `${body}\`\`\`flux\n\`\`\`\n`), [expect.stringMatching(/^15:1 FX0121/) as unknown as string]],
  ['code elsewhere', agent('one', [], code('### setup', '') + body), [
    '11:1 FX0122 a block `flux` means nothing under `setup` (here belongs `### init`, `### loop` or `### on tell(message: *Message)`)',
  ]],
  ['assembly', agent('one', [], `${body}\`\`\`asm riscv64\n    ret\n\`\`\`\n`), [
    '15:1 FX0122 a block `asm riscv64` means nothing under `agent one` (here belongs `### init`, `### loop` or `### on tell(message: *Message)`)',
  ]],
  ['a handler of no kind', agent('one', [], code('### on ring(message: *Message)', '')), [
    expect.stringMatching(/^9:8 FX0306 .*`ring`/) as unknown as string,
  ]],
  ['a handler of something else', agent('one', [], code('### on tell(number: u64)', '')), [
    '9:21 FX0913 a handler takes a `*Message`, not `u64` (write `### on tell(message: *Message)`, and use `kernel.interface`, where `Message` is declared)',
  ]],
  ['break in the loop', agent('one', [], code('### loop', 'if argument == 1 { continue }\nbreak')), [
    expect.stringMatching(/^13:1 FX0369/) as unknown as string,
  ]],
  ['two of one name', agent('one', []) + agent('twin', []), [
    '15:10 FX0914 two agents are called `twin` (agents speak to each other by name: give one of them another)',
  ]],
  ['an unknown agent', agent('one', ['talks to: gaurd', 'supervisor: nobody']) + other, [
    '8:13 FX0915 there is no agent `gaurd` (did you mean `guard`?)',
    expect.stringMatching(/^9:15 FX0915 there is no agent `nobody` \(the agents of this image are `twin`, `one`, `guard`\)/) as unknown as string,
  ]],
  ['the kernel\'s device', agent('one', ['devices: uart0, uart7']), [
    '8:12 FX0916 the board `qemu-riscv64` has no device `uart0` for agents (this device is the kernel\'s own)',
    expect.stringMatching(/^8:19 FX0916 .*`uart7`/) as unknown as string,
  ]],
  ['itself', agent('one', ['talks to: one']), ['8:13 FX0917 an agent reaches itself by the name `self` (take `one` out)']],
  ['too many handles', agent('one', [`topics: ${Array.from({ length: 62 }, (_, i) => `t${i} (publish)`).join(', ')}`]), [
    '6:10 FX0918 65 handles are more than the 64 that an agent can have',
    expect.stringMatching(/FX0918 62 topics are more than the 32 that an image can have/) as unknown as string,
  ]],
  ['a long name', agent('one_that_has_more_than_thirty_two_bytes', []), [
    '6:10 FX0919 `one_that_has_more_than_thirty_two_bytes` is longer than the 32 bytes that a name may have (find a shorter one)',
  ]],
  ['two handles of one name', agent('one', ['talks to: guard', 'topics: guard (publish)']) + other, [
    expect.stringMatching(/^9:11 FX0305/) as unknown as string,
  ]],
  ['the kernel\'s things', agent('one', [], code('### init', 'b.deep()')).replace('', ''), [
    '6:10 FX0920 agent `one` reaches `board.console`, which only the kernel has: `a.one` → `b.deep` → `b.deeper` (an agent reaches devices by handles that its document gives, everything else by messages and system calls)',
  ]],
  ['too little memory', agent('one', ['memory: 16 KiB']) + code('### static big: [5000]u8', '').replace(/```flux\n\n```/, '') + agent('two', ['memory: 16 KiB'], code('### init', 'big[argument] = 1')), [
    '20:10 FX0921 agent `two` may have 16384 bytes, and its stack and data alone are 21384 (give it more with `- memory:`, or less with `- stack:`)',
  ]],
  ['system calls in the kernel', code('## fn main(): u32', 'b.system()\nreturn 0'), [
    expect.stringMatching(/^\d+:1 FX0922 `call.exit` is for agents, and this is code of the kernel/) as unknown as string,
  ]],
  ['what is not reached', agent('one', [], code('### init', 'return 3') + code('### loop', '')), [
    expect.stringMatching(/^19:1 FX0352/) as unknown as string,
  ]],
];

describe('what is wrong is said at its place', () => {
  const seen = new Set<string>();
  it.each(CASES)('%s', (_, text, expected) => {
    const document = HEAD.replace('kernel.error', 'kernel.error, b') + text;
    const said = wrong(document);
    for (const line of said) seen.add(line.split(' ')[1]!);
    expect(said).toEqual(expected);
  });

  it('and every message is shown', () => {
    expect(Object.keys(AGENT_MESSAGES).filter((known) => !seen.has(known))).toEqual([]);
  });
});
