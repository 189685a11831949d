/**
 * Systems of agents in QEMU, for the tests of the kernel: compiled once, booted with `-icount`, so that the guest's time is
 * its instructions. A busy machine then makes a test slower, but never changes what happens in it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { runImage } from '../../cli/qemu.ts';
import type { Sources } from '../../fluxc/base/source.ts';
import { type Compilation, compile, type CompileRequest } from '../../fluxc/compile.ts';
import { HOST, readable } from '../host.ts';

/** The clocks of devices go with the guest's time as well, not with this machine's. */
const STEADY = ['-icount', 'shift=3,sleep=off', '-rtc', 'clock=vm'];

/** One board an architecture: everything else is the same for all boards of it. */
export const BOARDS = { x86_64: 'qemu-x86_64', arm64: 'qemu-arm64', riscv64: 'qemu-riscv64' } as const;
export type Arch = keyof typeof BOARDS;
export const ARCHES = Object.keys(BOARDS) as Arch[];

export interface Run {
  console: Buffer;
  lines: string[];
  status: number;
  complaint: string;
}

export function build(main: string, arch: Arch): Compilation {
  return buildWith(main, arch, {}).compilation;
}

/** The same with the sources, for who wants to know lines. */
export function buildWith(main: string, arch: Arch, request: Partial<CompileRequest>): { compilation: Compilation; sources: Sources } {
  const result = compile(HOST, { main, board: BOARDS[arch], ...request });
  expect(readable(result)).toBe('');
  return { compilation: result.output!, sources: result.sources };
}

/**
 * 8 ns an instruction, and no waiting while the guest is idle. `seconds`: of this machine's time, after which it is ended;
 * `memory`: instead of the board's.
 */
export async function boot({ board, image }: Compilation, seconds = 60, memory?: string): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-kernel-'));
  const path = join(folder, board.image.file);
  writeFileSync(path, image);
  const qemu = { ...board.qemu!, arguments: [...board.qemu!.arguments, ...STEADY] };
  const steady = { ...board, qemu: { ...qemu, memory: memory ?? qemu.memory } };
  const chunks: Uint8Array[] = [];
  const { status, complaint } = await runImage(steady, path, { timeout: seconds, onConsole: (chunk) => chunks.push(chunk) });
  rmSync(folder, { recursive: true });
  const console = Buffer.concat(chunks);
  return { console, lines: console.toString('utf8').replace(/\r/g, '').split('\n'), status, complaint };
}
