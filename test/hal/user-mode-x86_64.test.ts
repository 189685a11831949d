/**
 * User mode of x86_64 beyond what all architectures promise: `test/hal/x86_64` runs programs of a few instructions at ring 3,
 * with stand-ins for `kernel.entry` and `kernel.exceptions`, and says on the console how each ended.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { guestStatus, QEMU_PROGRAMS, qemuArguments } from '../../cli/qemu.ts';
import { compile } from '../../fluxc/compile.ts';
import type { Host } from '../../fluxc/lang/host.ts';
import { skippedBoards } from '../boot/machine-models.ts';
import { HOST, hostWith, readable, ROOT } from '../host.ts';

const BOARDS = ['qemu-x86_64', 'pc'];
const CORES = ['qemu64', 'max', 'Westmere', 'Opteron_G1'];
const SKIPPED = await skippedBoards(BOARDS);

const FOLDER = join(ROOT, 'test/hal/x86_64');
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');
const FILES = {
  'kernel/entry.flux.md': read('kernel/entry.flux.md'),
  'kernel/exceptions.flux.md': read('kernel/exceptions.flux.md'),
  'programs.flux.md': read('programs.flux.md'),
};
const NAMES = [...FILES['programs.flux.md'].matchAll(/Program\(name: "([^"]+)"/g)].map((match) => match[1]!);
/** The programs from here on may end the system. */
const FIRST_FATAL = NAMES.indexOf('sgdt');

/** Programs that fail, and how; the others check themselves and are good. */
const FAILURES: Record<string, string> = {
  "port that is another's": 'illegal instruction +0x0',
  'word across the last granted port': 'illegal instruction +0x0',
  'last port': 'illegal instruction +0x5',
  cli: 'illegal instruction +0x0',
  sti: 'illegal instruction +0x0',
  hlt: 'illegal instruction +0x0',
  in: 'illegal instruction +0x0',
  out: 'illegal instruction +0x0',
  rdmsr: 'illegal instruction +0x5',
  wrmsr: 'illegal instruction +0x5',
  'mov from cr0': 'illegal instruction +0x0',
  'mov to cr3': 'illegal instruction +0x0',
  'mov to dr7': 'illegal instruction +0x0',
  lgdt: 'illegal instruction +0x0',
  swapgs: 'illegal instruction +0x0',
  sysretq: 'illegal instruction +0x0',
  'iretq to the kernel': 'illegal instruction +0xf',
  'kernel segment': 'illegal instruction +0x5',
  rdpmc: 'illegal instruction +0x2',
  wrfsbase: 'illegal instruction +0x0',
  int3: 'illegal instruction +0x0',
  'int 0x80': 'illegal instruction +0x0',
  'int 47': 'illegal instruction +0x0',
  ud2: 'illegal instruction +0x0',
  'trap of the compiler': 'trap 3',
  division: 'arithmetic +0x2',
  'single step': 'other +0xa',
  'single step over a system call': 'other +0x10',
  sysenter: 'illegal instruction +0x0',
  'address 0': 'bad address 0x0',
  'read of the kernel': 'bad address 0x100000',
  'write to the kernel': 'bad address 0x108008',
  'jump to the kernel': 'bad fetch 0x100000',
  'address that is not canonical': 'illegal instruction +0xa',
  'jump that is not canonical': 'illegal instruction 0x8000000000000000',
  'write to code': 'bad address 0x8000080000',
  'write to constants': 'bad address 0x8000082008',
  'execution of data': 'bad fetch 0x8000081010',
  'stack that has no page': 'bad address 0x800007eff8',
};

interface Run {
  lines: string[];
  status: number | null;
}

/** What the programs from the first to the one before the last say; the one that waits for input gets some. */
async function run(board: string, cpu: string, first: number, last: number, more = ''): Promise<Run> {
  const main = `---\nmodule: user_mode\nuses: [kernel.entry]\n---\n\n## fn main(): u32\n\n\`\`\`flux\nentry.start(${first}, ${last})\nreturn 1\n\`\`\`\n${more}`;
  return boot(hostWith({ ...FILES, 'user_mode.flux.md': main }), 'user_mode.flux.md', board, cpu);
}

async function boot(host: Host, main: string, board: string, cpu: string): Promise<Run> {
  const result = compile(host, { main, board });
  expect(readable(result)).toBe('');
  const { image, board: description } = result.output!;
  const path = join(mkdtempSync(join(tmpdir(), 'fluxos-user-mode-')), description.image.file);
  writeFileSync(path, image);
  const machine = { ...description, qemu: { ...description.qemu!, cpu } };
  const guest = spawn(QEMU_PROGRAMS.x86_64, qemuArguments(machine, path), { stdio: ['pipe', 'pipe', 'ignore'], timeout: 30_000 });
  let console = '';
  let hasTyped = false;
  guest.stdout.on('data', (chunk: Buffer) => {
    console += chunk.toString('latin1').replace(/\r/g, '');
    if (!hasTyped && console.endsWith('input of the console: ')) {
      hasTyped = true;
      guest.stdin.write('abc');
    }
  });
  const exitCode = await new Promise<number | null>((resolve) => guest.on('close', resolve));
  const lines = console.slice(console.indexOf('fluxos on')).trimEnd().split('\n').slice(1);
  return { lines, status: exitCode === null ? null : guestStatus(machine, exitCode) };
}

const MACHINES = BOARDS.flatMap((board) => CORES.map((cpu): [string, string] => [board, cpu]));

describe.each(MACHINES)('ring 3 on %s, core %s', (board, cpu) => {
  it.skipIf(SKIPPED.has(board))('does what it may and is stopped at all else', async () => {
    const { lines, status } = await run(board, cpu, 0, FIRST_FATAL);
    expect(lines).toEqual(NAMES.slice(0, FIRST_FATAL).map((name) => `${name}: ${FAILURES[name] ?? 'good'}`));
    expect(status).toBe(0);
  });
});

describe.skipIf(SKIPPED.has('qemu-x86_64'))('the kernel of x86_64', () => {
  const one = async (name: string, cpu: string, more?: string) => {
    const number = NAMES.indexOf(name);
    const { lines, status } = await run('qemu-x86_64', cpu, number, number + 1, more);
    return { text: lines.join('\n').slice(name.length + 2), status };
  };

  it('lets UMIP, SMAP and SMEP guard what they can, and runs without them', async () => {
    expect(await one('sgdt', 'qemu64')).toEqual({ text: 'good', status: 0 });
    expect(await one('sgdt', 'max')).toEqual({ text: 'illegal instruction +0x0', status: 0 });
    expect(await one("kernel that reads a process's page", 'qemu64')).toEqual({ text: 'good', status: 0 });
    const read = await one("kernel that reads a process's page", 'max');
    expect(read.text).toMatch(/^\npanic: page fault at address 0x8000081000\n {2}in kernel\.entry\.system_call/);
    expect(read.status).toBe(101);
    expect(await one("kernel that jumps to a process's page", 'qemu64')).toEqual({ text: 'good', status: 0 });
    const jump = await one("kernel that jumps to a process's page", 'max');
    expect(jump.text).toMatch(/^\npanic: page fault at address (0x80000800..)\n {2}at \1\n {2}in hal\.cpu\.user\.system_call/);
    expect(jump.status).toBe(101);
  });

  it('panics with a line at exceptions of its own', async () => {
    const { text, status } = await one('kernel that divides by zero', 'qemu64');
    expect(text).toMatch(/^\npanic: division by zero\n {2}in kernel\.entry\.system_call .*\n {2}in hal\.cpu\.user\.system_call/);
    expect(status).toBe(101);
  });

  it('panics at an interrupt that cannot be masked, whoever runs', async () => {
    const { text, status } = await one('interrupt that nobody can mask', 'qemu64');
    expect(text).toMatch(/^\npanic: an interrupt that cannot be masked\n {2}(at 0x80000800..$|in (hal|kernel)\.)/);
    expect(status).toBe(101);
  });

  it('finds out that its stack is used up', async () => {
    const agent = '\n## agent idler\n\n### loop\n\n```flux\ncount += 1\n```\n\n### static count: u64\n';
    const { text, status } = await one('kernel without end', 'qemu64', agent);
    expect(text).toMatch(/^\npanic: stack overflow in the kernel\n {2}in kernel\.entry\.recurse/);
    expect(status).toBe(101);
  });
});

describe.each(BOARDS)('agents on %s', (board) => {
  it.skipIf(SKIPPED.has(board))('drive a clock and a serial port', async () => {
    const { lines, status } = await boot(HOST, 'test/hal/x86_64/drivers.flux.md', board, 'qemu64');
    const [time, ...others] = lines.filter((line) => !line.startsWith('sent'));
    expect(Math.abs(Number(time!.replace('seconds since 1970: ', '')) - Date.now() / 1000)).toBeLessThan(60);
    expect(others).toEqual(['tick 0', 'tick 1', 'tick 2', 'tick 3', 'tick 4', 'alarm']);
    expect(lines.filter((line) => line.startsWith('sent'))).toEqual(Array.from({ length: 5 }, () => 'sent 1'));
    expect(status).toBe(0);
  });
});
