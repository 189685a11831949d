/**
 * Bytecode in the image: hostile programs are loaded into machines one after the other (`agents/warden.flux.md` gives them and looks
 * at what they leave behind), damaged containers too, on every architecture. A row says what each tries and what must come of it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { runImage } from '../../cli/qemu.ts';
import { Sources } from '../../fluxc/base/source.ts';
import { compile } from '../../fluxc/compile.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { PLAIN, renderDiagnostics } from '../../fluxc/diagnostics/render.ts';
import { assemble } from '../../fluxc/isa/assemble.ts';
import { writeContainer } from '../../fluxc/isa/container.ts';
import { instructionSets } from '../../fluxc/lang/instruction-sets.ts';
import { skippedBoards } from '../boot/machine-models.ts';
import { HOST, hostWith, readable } from '../host.ts';
import { ARCHES, boot, BOARDS } from '../kernel/guest.ts';

const SKIPPED = await skippedBoards(Object.values(BOARDS));
const SET = instructionSets(HOST);

const EXITED = 0;
const KILLED = 1;
const BYTECODE = 15;
const OUT_OF_FUEL = 16;

interface Attack {
  title: string;
  /** assembly; `bytes` may spoil what comes out of it */
  text: string;
  spoil?: (bytes: Uint8Array) => Uint8Array;
  reason: number;
  /** the exit code; of `BYTECODE` the error, of which the place is not looked at */
  code?: number;
  /** in the machine with little fuel */
  limited?: true;
  /** is ended after so many ticks, and computes until then or waits */
  ticks?: number;
  computes?: true;
}

const MEMORY = '.region memory 256 write\n.zero 256\n.code\n';
const TALKS = '.capability COMMUNICATE\n.peer bystander\n';
const HALT = '    halt\n';

function withByte(at: number, value: number) {
  return (bytes: Uint8Array) => {
    const changed = bytes.slice();
    changed[at] = value;
    return changed;
  };
}

/** The checksum is right for whatever else is wrong. */
function sealed(change: (bytes: Uint8Array) => void) {
  return (bytes: Uint8Array) => {
    const changed = bytes.slice();
    change(changed);
    new DataView(changed.buffer).setUint32(changed.length - 4, crc32(changed.subarray(0, -4)), true);
    return changed;
  };
}

/** A second writer of the checksum, bit by bit. */
function crc32(bytes: Uint8Array): number {
  let sum = 0xffff_ffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb8_8320 : sum >>> 1;
  }
  return ~sum >>> 0;
}

/** The first word of code in a container without peers and regions. */
const CODE = 72;
function withWord(word: number) {
  return sealed((bytes) => new DataView(bytes.buffer).setUint32(CODE, word, true));
}

/** Numbers of `Stop` (`vm.machine`); 128 and a `Fault` (`vm.container`); 192 and a `Refusal` (`vm.verifier`) or a `Trouble` (`vm.loading`). */
const ATTACKS: Attack[] = [
  { title: 'ends with a code', text: '    movi r16, 77\n' + HALT, reason: EXITED, code: 77 },
  { title: 'counts to a million', text: '    movi r1, 15\n    movhi r1, 16960\n1:  dec r1\n    jnz r1, 1b\n    mov r16, r1\n' + HALT, reason: EXITED, code: 0 },
  { title: 'loops without end', text: '1:  jmp 1b\n', reason: KILLED, ticks: 50, computes: true },
  { title: 'loops until its fuel is burnt', text: '1:  jmp 1b\n', reason: OUT_OF_FUEL, code: 0, limited: true },
  { title: 'loops in a handler of exceptions', text: '    adr r1, 1f\n    set_handler r1\n    throw r0\n1:  jmp 1b\n', reason: OUT_OF_FUEL, limited: true },
  { title: 'catches its own exceptions for ever', text: '1:  catch 1b\n    throw r0\n', reason: OUT_OF_FUEL, limited: true },
  { title: 'starts over for ever', text: '    sys_reset\n', reason: OUT_OF_FUEL, limited: true },
  { title: 'wants more fuel than it has', text: '    movi r1, -1\n    gas_init r1\n1:  jmp 1b\n', reason: OUT_OF_FUEL, limited: true },
  { title: 'lowers its fuel', text: '    movi r1, 100\n    gas_init r1\n1:  jmp 1b\n', reason: OUT_OF_FUEL },
  { title: 'waits for a message that never comes', text: `${TALKS}${MEMORY}    agent_wait r1, r0, r0\n${HALT}`, reason: KILLED, ticks: 20 },
  { title: 'sleeps', text: '    movi r1, 10000\n    sys_sleep r1\n' + HALT, reason: KILLED, ticks: 20 },
  { title: 'stores behind its region', text: `${MEMORY}    movi r1, 249\n    store r1, r1, 0\n${HALT}`, reason: BYTECODE, code: 40 },
  { title: 'stores everywhere', text: `${MEMORY}    movi r1, -1\n1:  store8 r0, r1, 0\n    jmp 1b\n`, reason: BYTECODE, code: 40 },
  { title: 'reads everywhere', text: `${MEMORY}    movi r1, 1\n1:  ishl r1, r1, r1\n    load r2, r1, 0\n    addi r1, 4097\n    jmp 1b\n`, reason: BYTECODE, code: 40 },
  { title: 'writes into its code', text: `${MEMORY}    adr r1, 1f\n1:  addi r1, 4096\n    store32 r1, r1, 0\n    jmp 1b\n`, reason: BYTECODE, code: 40 },
  { title: 'stores without a region', text: '    store r1, r0, 0\n' + HALT, reason: BYTECODE },
  { title: 'stores into what it may only read', text: '.region fixed 16 read\n.text "text"\n.region other 16 write\n.zero 16\n.code\n    region_map r1, r0\n    store8 r1, r0, 0\n' + HALT, reason: BYTECODE, code: 41 },
  { title: 'fills memory that is not there', text: `${MEMORY}    movi r1, -1\n    memset r1, r0, r1\n${HALT}`, reason: BYTECODE, code: 40 },
  { title: 'makes regions until it is refused', text: '.capability MEMORY\n1:  movi r1, 4096\n    region_create r2, r1\n    jmp 1b\n', reason: BYTECODE, code: 224 },
  { title: 'overflows its stack', text: '1:  push r1\n    jmp 1b\n', reason: BYTECODE },
  { title: 'underflows its stack', text: '    pop r1\n' + HALT, reason: BYTECODE, code: 203 },
  { title: 'calls itself for ever', text: '1:  calli 1b\n' + HALT, reason: BYTECODE, code: 3 },
  { title: 'jumps out of its code', text: '    movi r1, -1\n    call r1\n' + HALT, reason: BYTECODE, code: 10 },
  { title: 'jumps into its memory', text: `${MEMORY}    movi r1, 4096\n    tailcall r1\n${HALT}`, reason: BYTECODE, code: 10 },
  { title: 'divides by zero', text: '    idiv r1, r1, r0\n' + HALT, reason: BYTECODE, code: 30 },
  { title: 'panics', text: '    sys_panic r1\n', reason: BYTECODE, code: 72 },
  { title: 'asks for a capability that the agent has not', text: '.capability SPAWN\n    movi r1, 3\n    spawn r2, r1, r0\n' + HALT, reason: BYTECODE, code: 224 },
  { title: 'uses a capability that it did not ask for', text: `${MEMORY}    movi r1, 3\n    tell r2, r1, r0\n${HALT}`, reason: BYTECODE, code: 201 },
  { title: 'uses a capability that it gave up', text: `${TALKS}${MEMORY}    movi r1, 2\n    cap_revoke r1\n    movi r1, 3\n    tell r2, r1, r0\n${HALT}`, reason: BYTECODE, code: 60 },
  { title: 'gives away what it has not', text: `${TALKS}    movi r1, bystander\n    movi r2, -1\n    cap_grant r3, r1, r2\n${HALT}`, reason: BYTECODE, code: 60 },
  { title: 'talks to an agent that this one does not know', text: '.peer keeper\n' + HALT, reason: BYTECODE, code: 191 },
  { title: 'forges handles', text: `${TALKS}${MEMORY}    movi r16, 0\n    movi r1, 80\n1:  dec r1\n    movi r3, 3\n    beq r1, r3, 2f\n    movi r3, 2\n    beq r1, r3, 2f\n    movi r3, 7\n    store r3, r0, 16\n    tell r2, r1, r0\n    bne r61, r0, 2f\n    movi r16, 1\n2:  jnz r1, 1b\n${HALT}`, reason: EXITED, code: 0 },
  { title: 'sends a payload from outside its region', text: `${TALKS}${MEMORY}    movi r1, 256\n    store8 r0, r0, 0\n    movi r2, 1\n    store8 r2, r0, 1\n    store r1, r0, 16\n    store r2, r0, 24\n    movi r3, bystander\n    tell r4, r3, r0\n    ineg r16, r61\n${HALT}`, reason: EXITED, code: 3 },
  { title: 'wants an answer outside its region', text: `${TALKS}${MEMORY}    movi r2, 1\n    store8 r2, r0, 1\n    movi r1, 250\n    store r1, r0, 32\n    store r1, r0, 40\n    agent_wait r4, r0, r0\n    ineg r16, r61\n${HALT}`, reason: EXITED, code: 3 },
  { title: 'has a message half outside its region', text: `${TALKS}${MEMORY}    movi r1, 216\n    agent_wait r4, r0, r1\n${HALT}`, reason: BYTECODE, code: 40 },
  { title: 'floods an agent', text: `${TALKS}${MEMORY}    movi r1, 7\n    store r1, r0, 16\n    movi r3, bystander\n1:  tell r4, r3, r0\n    jmp 1b\n`, reason: KILLED, ticks: 50 },
  { title: 'floods an agent until its fuel is burnt', text: `${TALKS}${MEMORY}    movi r1, 7\n    store r1, r0, 16\n    movi r3, bystander\n1:  tell r4, r3, r0\n    jmp 1b\n`, reason: OUT_OF_FUEL, limited: true },
  { title: 'floods an agent with payloads', text: `${TALKS}${MEMORY}    movi r2, 1\n    store8 r2, r0, 1\n    movi r2, 200\n    store r2, r0, 24\n    movi r3, bystander\n1:  tell r4, r3, r0\n    jmp 1b\n`, reason: OUT_OF_FUEL, limited: true },
  ...[100, 102, 200, 201, 202, 203, 204, 300, 301, 302, 400, 401, 403, 600, 601].map((number): Attack => ({
    title: `makes system call ${number}`, text: `    movi r60, ${number}\n    movi r16, 4096\n    movi r17, 4096\n    syscall\n    ineg r16, r61\n${HALT}`,
    reason: EXITED, code: 11,
  })),
  { title: 'ends its supervisor', text: '    movi r60, 103\n    movi r16, 2\n    syscall\n    ineg r16, r61\n' + HALT, reason: EXITED, code: 4 },
  { title: 'ends itself by force', text: '    movi r60, 103\n    movi r16, 1\n    syscall\n    ineg r16, r61\n' + HALT, reason: EXITED, code: 4 },
  { title: 'waits for ever for itself', text: '    movi r60, 104\n    movi r16, 1\n    movi r17, -1\n    syscall\n    ineg r16, r61\n' + HALT, reason: EXITED, code: 4 },
  { title: 'closes its own handles', text: `${TALKS}${MEMORY}    movi r60, 604\n    movi r16, 3\n    movi r17, 0\n    syscall\n    movi r3, bystander\n    tell r4, r3, r0\n    ineg r16, r61\n${HALT}`, reason: EXITED, code: 3 },
  { title: 'touches a device', text: '.capability HARDWARE\n    io_write32 r1, r2, r0\n' + HALT, reason: BYTECODE, code: 224 },
  { title: 'calls what is not there', text: '    call_native\n' + HALT, reason: BYTECODE, code: 61 },
  { title: 'is no instruction', text: HALT, spoil: withWord(0xff), reason: BYTECODE, code: 196 },
  { title: 'names a register that does not exist', text: '    mov r1, r2\n' + HALT, spoil: withWord(0x00c8_01c4), reason: BYTECODE, code: 197 },
  { title: 'leads out of its code', text: '    jmp 0\n', spoil: withWord(0x7fff_ff40), reason: BYTECODE, code: 198 },
  { title: 'runs on behind its end', text: '    nop\n', reason: BYTECODE, code: 202 },
  { title: 'is no container', text: HALT, spoil: () => new TextEncoder().encode('#!/bin/sh'), reason: BYTECODE, code: 129 },
  { title: 'is cut off', text: HALT, spoil: (bytes) => bytes.slice(0, -1), reason: BYTECODE, code: 130 },
  { title: 'has a version of tomorrow', text: HALT, spoil: sealed((bytes) => (bytes[4] = 2)), reason: BYTECODE, code: 131 },
  { title: 'goes on behind its end', text: HALT, spoil: (bytes) => Uint8Array.from([...bytes, 0]), reason: BYTECODE, code: 132 },
  { title: 'has changed', text: HALT, spoil: withByte(CODE, 0x40), reason: BYTECODE, code: 133 },
  { title: 'is of another set', text: HALT, spoil: sealed((bytes) => (bytes[6] = 4)), reason: BYTECODE, code: 227 },
  { title: 'needs what does not exist', text: HALT, spoil: sealed((bytes) => (bytes[18] = 1)), reason: BYTECODE, code: 136 },
  { title: 'begins outside of its code', text: HALT, spoil: sealed((bytes) => (bytes[24] = 4)), reason: BYTECODE, code: 144 },
  { title: 'has sizes that run over', text: HALT, spoil: sealed((bytes) => bytes.fill(0xff, 28, 32)), reason: BYTECODE, code: 139 },
  { title: 'wants more memory than there is', text: '.region memory 1000000 write\n.code\n' + HALT, reason: BYTECODE, code: 225 },
];

function containerOf({ title, text, spoil }: Attack): Uint8Array {
  const sources = new Sources();
  const diagnostics = new Diagnostics();
  const made = assemble(sources.add(`${title}.fasm`, `.set flux64\n${text}`), { set: SET, name: 'attack' }, diagnostics);
  expect(diagnostics.failed ? renderDiagnostics(diagnostics.list, sources, PLAIN) : '', title).toBe('');
  const bytes = writeContainer(made!.container);
  return spoil ? spoil(bytes) : bytes;
}

/** Needs a capability, and does nothing with it. */
const TALKING: Attack = { title: 'talking', text: TALKS + HALT, reason: EXITED };

/** The programs as a document: their containers are constants of the warden. */
function programsDocument(): string {
  const talking = containerOf(TALKING);
  const constants = ATTACKS.map((attack, index) => {
    return bytesConstant(`c${index}`, containerOf(attack));
  });
  const rows = ATTACKS.map(({ title, reason, code, limited, ticks, computes }, index) => {
    // Behind a fault comes the place: only the error is compared. What is burnt may be anywhere.
    const shift = reason === BYTECODE && code !== undefined ? 32 : reason === EXITED ? 0 : 63;
    const fields = [
      `title: ${JSON.stringify(title)}`, `container: &c${index}`, `reason: ${reason}`, `detail: ${shift === 63 ? 0 : code ?? 0}`, `shift: ${shift}`,
      `limited: ${limited ?? false}`, `ticks: ${ticks ?? 0}`, `computes: ${computes ?? false}`, 'argument: 5',
    ];
    return `    Attack(${fields.join(', ')}),\n`;
  });
  const fields: [string, string][] = [
    ['title', '[]u8'], ['container', '[]u8'], ['reason', 'u64'], ['detail', 'u64'], ['shift', 'u64'], ['limited', 'bool'], ['ticks', 'u64'],
    ['computes', 'bool'], ['argument', 'u64'],
  ];
  const struct = `## struct Attack\n\n| field | type |\n|---|---|\n${fields.map(([name, type]) => `| \`${name}\` | \`${type}\` |\n`).join('')}`;
  const table = `## const ATTACKS: [${rows.length}]Attack\n\n\`\`\`flux\n[\n${rows.join('')}]\n\`\`\`\n`;
  return `---\nmodule: test.vm.agents.programs\n---\n# Programs\n\n${[...constants, bytesConstant('TALKING', talking), struct, table].join('\n')}`;
}

function bytesConstant(name: string, bytes: Uint8Array): string {
  return `## const ${name}: [${bytes.length}]u8\n\n\`\`\`flux\n[${[...bytes].join(', ')}]\n\`\`\`\n`;
}

describe('hostile bytecode', () => {
  it.for(ARCHES)('ends as it must on %s', async (arch, context) => {
    context.skip(SKIPPED.has(BOARDS[arch]), 'QEMU has no such machine here');
    const host = hostWith({ 'test/vm/agents/programs.flux.md': programsDocument() });
    const result = compile(host, { main: 'test/vm/agents/warden.flux.md', board: BOARDS[arch] });
    expect(readable(result)).toBe('');
    const { lines, status, complaint } = await boot(result.output!, 120);
    const seen = lines.filter((line) => line.startsWith('bytecode: ')).map((line) => line.slice('bytecode: '.length).split(' | '));
    const panic = lines.findIndex((line) => line.startsWith('panic: '));
    expect(panic < 0 ? [] : lines.slice(panic), 'the kernel panicked').toEqual([]);
    expect(seen.filter(([, , verdict]) => verdict !== 'ok'), lines.slice(-40).join('\n')).toEqual([]);
    expect(seen.slice(0, ATTACKS.length).map(([title]) => title)).toEqual(ATTACKS.map(({ title }) => title));
    expect(seen.at(-1)![0]).toBe('leaves nothing behind');
    expect({ status, complaint }).toEqual({ status: 0, complaint: '' });
  });
});

/** Lines of a system's console behind the banner, without their order: agents take turns as they like. */
async function linesOf(main: string, arch: (typeof ARCHES)[number]): Promise<{ said: string[]; status: number; complaint: string }> {
  const result = compile(HOST, { main, board: BOARDS[arch] });
  expect(readable(result)).toBe('');
  const { lines, status, complaint } = await boot(result.output!);
  const banner = lines.findIndex((line) => line.startsWith('fluxos on '));
  return { said: lines.slice(banner + 1).filter((line) => line !== '').sort(), status, complaint };
}

describe('agents of bytecode', () => {
  it.for(ARCHES)('get what they ask for, and their faults are reported, on %s', async (arch, context) => {
    context.skip(SKIPPED.has(BOARDS[arch]), 'QEMU has no such machine here');
    const { said, status } = await linesOf('test/vm/agents/services.flux.md', arch);
    const crash = 'a division by zero in test/vm/agents/crasher.fasm:11';
    expect(said.map((line) => line.replace(/pid \d+/, 'pid'))).toEqual([
      `crasher (pid): ${crash}`, `crasher (pid): ${crash}`, `crasher (pid): ${crash}`, 'crasher: here', 'crasher: here', 'crasher: here',
      'helper: told 13, seen 30', 'helper: was given 16', expect.stringMatching(/^miser \(pid\): out of fuel in test\/vm\/agents\/miser.fasm:(9|10)$/),
      'worker: done',
    ]);
    expect(status).toBe(101);
  });

  // The clock of the PC has ports, which bytecode does not reach.
  it.for(['arm64', 'riscv64'] as const)('read the console and a device on %s', async (arch, context) => {
    context.skip(SKIPPED.has(BOARDS[arch]), 'QEMU has no such machine here');
    const { board, image } = compile(HOST, { main: 'test/vm/agents/console.flux.md', board: BOARDS[arch] }).output!;
    const folder = mkdtempSync(join(tmpdir(), 'fluxos-bytecode-'));
    const path = join(folder, board.image.file);
    writeFileSync(path, image);
    const input = new PassThrough();
    let said = '';
    const onConsole = (chunk: Uint8Array) => {
      if (said === '') input.write('hello\r');
      said += Buffer.from(chunk).toString('utf8');
    };
    const { status, complaint } = await runImage(board, path, { timeout: 30, input, onConsole });
    rmSync(folder, { recursive: true });
    expect(said).toMatch(/^echo: hello\r?$/m);
    expect(said).toMatch(/^clock: it moves\r?$/m);
    expect({ status, complaint }).toEqual({ status: 0, complaint: '' });
  });

  it.for(ARCHES)('talk to agents of code, in the example, on %s', async (arch, context) => {
    context.skip(SKIPPED.has(BOARDS[arch]), 'QEMU has no such machine here');
    expect(await linesOf('examples/bytecode.flux.md', arch)).toEqual({
      said: ['pupil: I knew it', 'teacher: the pupil says 385'], status: 0, complaint: '',
    });
  });
});
