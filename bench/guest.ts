/**
 * What a guest costs, by the plugin that counts its instructions (`count-instructions.c`): once between two places, again
 * and again between two places, in the kernel for each entry. And by the clock: until a line of the console has come.
 *
 * Whatever is counted runs with `-icount shift=0,sleep=off`: the guest's time is its instructions, so that two runs are equal.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { guestStatus, qemuArguments, QEMU_PROGRAMS } from '../cli/qemu.ts';
import type { Board } from '../fluxc/board/board.ts';
import type { Arch } from '../fluxc/target/machine/target.ts';

const LIMIT_MS = 60_000;

/** Where agents live and the kernel does not: `USER_BASE` of each `hal.cpu.paging`. */
export const USER_BASE: Record<Arch, number> = { x86_64: 0x80_0000_0000, arm64: 0x10_0000_0000, riscv64: 0x10_0000_0000 };

/** What `count-instructions.c` says of an entry into the kernel that is no system call. */
export const BY_INTERRUPT = -1;
export const FROM_IDLE = -2;

export interface Guest {
  board: Board;
  image: Uint8Array;
}

/** Guest instructions of something that happened `times` times. */
export interface Cost {
  times: number;
  least: number;
  average: number;
  most: number;
}

/** `places`: how often each address was executed, in all of them together or in the longest. */
export interface Way extends Cost {
  places: Map<number, number>;
}

export interface Question {
  /** once from here… */
  from?: number;
  /** …to here, or until the first system call of this number has returned */
  to?: number;
  call?: number;
  pairs?: readonly (readonly [from: number, to: number])[];
  /** every span of the kernel */
  spans?: boolean;
  /** in milliseconds, on this machine's clock */
  limit?: number;
  /** instead of the board's */
  memory?: string;
}

export interface Answer {
  once: number | null;
  pairs: (Way | null)[];
  spans: Map<number, Way>;
  console: string;
  /** the guest's; null if it had to be ended */
  status: number | null;
}

/** Compiles the counting plugin with the machine's C compiler; null without one. */
export function buildPlugin(root: string): string | null {
  const library = join(mkdtempSync(join(tmpdir(), 'fluxos-plugin-')), 'count-instructions.so');
  const { failed } = execaSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, join(root, 'bench/count-instructions.c')], { reject: false });
  return failed ? null : library;
}

/** Runs the guest to its end and counts what is asked. */
export async function count(guest: Guest, plugin: string, question: Question): Promise<Answer> {
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-count-'));
  const out = join(folder, 'count');
  const hex = (address: number) => `0x${address.toString(16)}`;
  const settings = [
    plugin, `out=${out}`,
    ...(question.from === undefined ? [] : [`from=${hex(question.from)}`]),
    ...(question.to === undefined ? [] : [`to=${hex(question.to)}`]),
    ...(question.call === undefined ? [] : [`call=${question.call}`]),
    ...(question.spans || question.call !== undefined ? [`user=${hex(USER_BASE[guest.board.arch])}`] : []),
    ...(question.pairs ?? []).map(([from, to]) => `pair=${hex(from)}:${hex(to)}`),
  ];
  const run = await boot(guest, {
    more: ['-icount', 'shift=0,sleep=off', '-rtc', 'clock=vm', '-plugin', settings.join(',')], limit: question.limit ?? LIMIT_MS, memory: question.memory,
  });
  let text = '';
  try {
    text = readFileSync(out, 'utf8');
  } catch {
    // QEMU ended before it loaded the plugin: nothing was counted.
  }
  rmSync(folder, { recursive: true });
  return { ...readCounts(text, question.pairs?.length ?? 0), console: run.console, status: run.status };
}

/** The plugin's lines; its header has their form. */
export function readCounts(text: string, pairCount: number): Pick<Answer, 'once' | 'pairs' | 'spans'> {
  const pairs: (Way | null)[] = new Array<null>(pairCount).fill(null);
  const spans = new Map<number, Way>();
  let once: number | null = null;
  for (const line of text.split('\n')) {
    const [kind, ...rest] = line.split(' ');
    const [index, a, b, c, d] = rest.map(Number) as [number, number, number, number, number];
    if (kind === 'once') once = index;
    else if (kind === 'pair' && a > 0) pairs[index] = { times: a, least: b, average: c / a, most: d, places: new Map() };
    else if (kind === 'span') spans.set(index, { times: a, least: b, average: c / a, most: d, places: new Map() });
    else if (kind === 'hit') pairs[index]?.places.set(a, b);
    else if (kind === 'worst') spans.get(index)?.places.set(a, b);
  }
  return { once, pairs, spans };
}

/** Milliseconds from the start of QEMU until `line` has come; null if it never does. */
export async function timeUntil(guest: Guest, line: string): Promise<number | null> {
  return (await boot(guest, { line })).seen;
}

/** Whether the guest says `line` with so much memory. */
export async function says(guest: Guest, line: string, memory: string): Promise<boolean> {
  return (await boot(guest, { line, memory, limit: 5000, stop: true })).seen !== null;
}

interface BootOptions {
  more?: string[];
  line?: string;
  /** end the guest as soon as the line has come */
  stop?: boolean;
  memory?: string | undefined;
  limit?: number;
}

export interface Boot {
  console: string;
  /** milliseconds until `line` */
  seen: number | null;
  status: number | null;
}

export function boot(guest: Guest, { more = [], line, stop = false, memory, limit = LIMIT_MS }: BootOptions): Promise<Boot> {
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-bench-'));
  const path = join(folder, guest.board.image.file);
  writeFileSync(path, guest.image);
  const board = memory === undefined ? guest.board : { ...guest.board, qemu: { ...guest.board.qemu!, memory } };
  const started = performance.now();
  const qemu = spawn(QEMU_PROGRAMS[board.arch], [...qemuArguments(board, path), ...more], { stdio: ['ignore', 'pipe', 'ignore'] });
  return new Promise((resolve) => {
    let console = '';
    let seen: number | null = null;
    // The plugin writes what it has counted when QEMU ends in order.
    const timer = setTimeout(() => qemu.kill('SIGTERM'), limit);
    const last = setTimeout(() => qemu.kill('SIGKILL'), limit + 5000);
    qemu.stdout.on('data', (chunk: Buffer) => {
      console += chunk.toString('latin1').replace(/\r/g, '');
      if (line === undefined || seen !== null || !console.includes(line)) return;
      seen = performance.now() - started;
      if (stop) qemu.kill('SIGKILL');
    });
    qemu.on('close', (code) => {
      clearTimeout(timer);
      clearTimeout(last);
      rmSync(folder, { recursive: true });
      resolve({ console, seen, status: code === null ? null : guestStatus(board, code) });
    });
  });
}
