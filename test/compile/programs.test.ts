/** Agents as programs: what the image holds of each, where it is linked to, and what the kernel is told of it. */
import { describe, expect, it } from 'vitest';
import { type Compilation, compile, type CompileRequest } from '../../fluxc/compile.ts';
import { mapOf } from '../../fluxc/link/map.ts';
import { hostWith, readable } from '../host.ts';

const BOARDS = ['qemu-x86_64', 'qemu-arm64', 'qemu-riscv64'];
const BASES: Record<string, number> = { 'qemu-x86_64': 0x80_0008_0000, 'qemu-arm64': 0x10_0008_0000, 'qemu-riscv64': 0x10_0008_0000 };
const PAGE = 4096;

const FILES = {
  'pair.flux.md': `---
module: pair
uses: [call, far, agents, kernel.program]
---

# A pair

## agent near

- priority: 200
- capabilities: IO_WRITE, COMMUNICATE
- talks to: remote
- topics: climate (publish), alarms (publish, subscribe)
- spawns: near
- memory: 65 KiB
- stack: 20 KiB
- restart: on fault, at most 3 times in 2 s
- heartbeat: 501 ms
- supervisor: remote

### init

\`\`\`flux
_ = call.write("near\\n")
count += 1
bytes[argument] = 3
return count + tables[argument]
\`\`\`

## static count: u32

\`\`\`flux
41
\`\`\`

## static bytes: [100]u8

## const tables: [4]u32

\`\`\`flux
[1, 2, 3, 4]
\`\`\`

## fn unused(): u32

\`\`\`flux
return count
\`\`\`

## fn main(): u32

\`\`\`flux
var sum = agents.TOPICS.len
for program in agents.PROGRAMS { sum += program.bytes as u64 + program.lines as u64 }
return sum as u32
\`\`\`
`,
  'far.flux.md': `---
module: far
uses: [kernel.interface]
---

## agent remote

- start: on demand

### init

\`\`\`flux
let entry: fn(u64): u32 = worker
return entry(argument)
\`\`\`

### agent helper

- talks to: remote

#### init

\`\`\`flux
return 1
\`\`\`

### fn worker(argument: u64): u32

\`\`\`flux
return argument as u32
\`\`\`
`,
  'tests.flux.md': `---
module: tests
uses: [far, pair]
---

## test one

\`\`\`flux
expect(true)
\`\`\`

## test two

- in: agent
- talks to: helper

\`\`\`flux
expect(self != helper)
\`\`\`

## test three

\`\`\`flux
expect(true)
\`\`\`
`,
  'plain.flux.md': '---\nmodule: plain\nuses: [far]\n---\n\n# Plain\n',
};

function build(main: string, board: string, request: Partial<CompileRequest> = {}): Compilation {
  const result = compile(hostWith(FILES), { main, board, ...request });
  expect(readable(result)).toBe('');
  return result.output!;
}

/** Bytes of the kernel's image from `address` on. */
function memory({ linked }: Compilation, address: number, size: number): DataView {
  const section = linked.sections.find((one) => address >= one.address && address + size <= one.address + one.bytes.length)!;
  return new DataView(section.bytes.buffer, section.bytes.byteOffset + address - section.address, size);
}

function addressOf({ linked }: Compilation, name: string): number {
  return linked.symbols.find((symbol) => symbol.name === name)!.address;
}

/** The records of `agents.PROGRAMS` as the struct of `kernel.program` lies in memory. */
function records(compilation: Compilation) {
  const { size } = compilation.linked.symbols.find(({ name }) => name === 'agents.PROGRAMS')!;
  const bytes = size / compilation.programs.length;
  return compilation.programs.map((_, index) => {
    const view = memory(compilation, addressOf(compilation, 'agents.PROGRAMS') + index * bytes, bytes);
    const word = (offset: number) => Number(view.getBigUint64(offset, true));
    const text = (address: number, length: number) => new TextDecoder().decode(memory(compilation, address, length));
    const count = word(bytes - 8);
    const grants = count === 0 ? null : memory(compilation, word(bytes - 16), count * 8);
    return {
      name: text(word(0), word(8)), bytes: word(16), code: word(24), constants: word(32), data: word(40), zeros: word(48),
      entry: word(56), finish: word(64), lines: word(72), priority: view.getUint8(80), restart: view.getUint8(81),
      restartLimit: view.getUint8(82), starts: view.getUint8(83), restartTicks: word(88), heartbeat: word(96), authority: word(104),
      memory: view.getUint32(112, true), stack: view.getUint32(116, true), supervisor: view.getUint32(120, true),
      grants: Array.from({ length: count }, (_, i) => [grants!.getUint8(8 * i), grants!.getUint16(8 * i + 2, true), grants!.getUint32(8 * i + 4, true)]),
    };
  });
}

describe.each(BOARDS)('the programs of an image for %s', (board) => {
  const compilation = build('pair.flux.md', board);
  const base = BASES[board]!;

  it('are the agents of all documents, in the order of loading', () => {
    expect(compilation.programs.map(({ name }) => name)).toEqual(['remote', 'near']);
  });

  it('hold what the agent reaches, and nothing else', () => {
    const names = compilation.programs.map(({ linked }) => linked.symbols.map(({ name }) => name).sort());
    expect(names[0]!.filter((name) => !name.includes('.string') && !/far\.(remote|worker)|finish$/.test(name))).toEqual([]);
    for (const name of ['pair.near', 'pair.count', 'pair.bytes', 'pair.tables', 'kernel.agent.start.finish', 'call.write']) {
      expect(names[1]).toContain(name);
    }
    expect(names[1]!.length).toBe(7);
  });

  it('are linked to where they lie in a process, each part on a page of its own', () => {
    const { linked, numbers } = compilation.programs[1]!;
    const [code, constants, data, zeros] = linked.sections.map(({ address }) => address);
    expect([code, constants, data]).toEqual([base, base + PAGE, base + 2 * PAGE]);
    expect(zeros).toBe(data! + 16);
    expect(numbers.data_size).toBe(8);
    expect(numbers.zero_size).toBe(linked.end - data! - 8);
    expect(linked.entry).toBe(linked.symbols.find(({ name }) => name === 'pair.near')!.address);
    for (const size of [numbers.code_size, numbers.constant_size, numbers.data_size]) expect(size % 8).toBe(0);
  });

  it('are in the kernel\'s image as the linker made them', () => {
    compilation.programs.forEach((program, index) => {
      const embedded = memory(compilation, addressOf(compilation, `image.program_${index}_bytes`), program.bytes.length);
      expect(Buffer.from(embedded.buffer, embedded.byteOffset, embedded.byteLength).equals(Buffer.from(program.bytes))).toBe(true);
      const { code_size: code, constant_size: constants } = program.numbers;
      program.linked.sections.slice(0, 3).forEach(({ bytes }, part) => {
        const from = [0, code, code + constants][part]!;
        expect(Buffer.from(program.bytes.subarray(from, from + bytes.length)).equals(Buffer.from(bytes))).toBe(true);
      });
    });
  });

  it('are described to the kernel', () => {
    const [remote, near] = records(compilation);
    const { numbers, linked } = compilation.programs[1]!;
    expect(near).toEqual({
      name: 'near', bytes: addressOf(compilation, 'image.program_1_bytes'), lines: addressOf(compilation, 'image.program_1_lines'),
      code: numbers.code_size, constants: numbers.constant_size, data: numbers.data_size, zeros: numbers.zero_size,
      entry: linked.entry, finish: linked.symbols.find(({ name }) => name === 'kernel.agent.start.finish')!.address,
      priority: 200, restart: 1, restartLimit: 3, starts: 1, restartTicks: 200, heartbeat: 51, authority: 0x10 | 0x2,
      memory: 17, stack: 5, supervisor: 0,
      // A process to send to, two topics, a program: object, rights, index.
      grants: [[1, 1 | 256, 0], [2, 1 | 256, 0], [2, 1 | 2 | 256, 1], [5, 128, 1]],
    });
    expect(remote).toMatchObject({ name: 'remote', priority: 128, starts: 0, memory: 64, stack: 4, supervisor: 0xffff_ffff, grants: [] });
  });

  it('leave nothing of their code in the kernel', () => {
    const own = compilation.linked.symbols.filter(({ name }) => /^(pair|far|call)\./.test(name) && name !== 'pair.main');
    expect(own).toEqual([]);
  });

  it('are in the map, with addresses of their own', () => {
    const { programs } = mapOf(compilation.linked, compilation.programs, { place: () => null } as never);
    expect(programs.map(({ name, start, entry }) => [name, start, entry >= start])).toEqual([['remote', base, true], ['near', base, true]]);
  });

  it('come out the same each time', () => {
    expect(Buffer.from(build('pair.flux.md', board).image).equals(Buffer.from(compilation.image))).toBe(true);
  });

  it.each([0, 1] as const)('can be built at level %i', (level) => {
    expect(build('pair.flux.md', board, { passes: { level, verifyEach: true } }).programs.length).toBe(2);
  });
});

describe('a document', () => {
  it('with agents needs no `main`; one without needs it', () => {
    expect(build('plain.flux.md', 'qemu-arm64').programs.map(({ name }) => name)).toEqual(['remote']);
    const alone = compile(hostWith({ 'alone.flux.md': '---\nmodule: alone\n---\n\n# Alone\n' }), { main: 'alone.flux.md', board: 'qemu-arm64' });
    expect(alone.diagnostics.list.map(({ code }) => code)).toEqual(['FX0307']);
  });

  it('without agents has nothing of processes in its image', () => {
    for (const board of BOARDS) {
      const { linked, programs } = build('examples/hello.flux.md', board);
      expect(programs).toEqual([]);
      const modules = new Set(linked.symbols.map(({ name }) => name.slice(0, name.lastIndexOf('.'))));
      const ofProcesses = ['agents', 'kernel.launch', 'kernel.lifecycle', 'kernel.sched', 'kernel.space', 'kernel.message', 'kernel.handle', 'kernel.process', 'kernel.interface', 'kernel.entry'];
      expect(ofProcesses.filter((name) => modules.has(name))).toEqual([]);
    }
  });

  it('says whether the kernel records a trace', () => {
    for (const trace of [true, false]) {
      const { documents } = build('plain.flux.md', 'qemu-arm64', { trace });
      const decl = documents.find(({ name }) => name === 'agents')!.decls.find(({ name }) => name.text === 'TRACE');
      expect(decl?.kind === 'const' && decl.value).toMatchObject({ kind: 'bool', value: trace });
    }
  });
});

describe('tests in agents', () => {
  const compilation = build('tests.flux.md', 'qemu-riscv64', { tests: 'document' });

  it('are programs behind the agents that they name, listed behind the tests of the kernel', () => {
    expect(compilation.programs.map(({ name }) => name)).toEqual(['remote', 'helper', 'test 2']);
    expect(compilation.tests.map(({ title, inAgent }) => [title, inAgent])).toEqual([['one', false], ['three', false], ['two', true]]);
    const [remote, helper, test] = records(compilation);
    expect([remote!.starts, helper!.starts, test!.starts]).toEqual([0, 0, 0]);
    expect([helper!.grants, test!.grants]).toEqual([[[1, 1 | 256, 0]], [[1, 1 | 256, 1]]]);
  });

  it('are no part of other builds', () => {
    expect(build('plain.flux.md', 'qemu-riscv64').programs.length).toBe(1);
  });
});
