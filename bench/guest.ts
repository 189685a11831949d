/** What a boot costs: instructions of the guest between two symbols, wall time until a line. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { qemuArguments, QEMU_PROGRAMS } from '../cli/qemu.ts';
import type { Compilation } from '../fluxc/compile.ts';

const LIMIT_MS = 60_000;

/** Compiles the counting plugin with the machine's C compiler; null without one. */
export function buildPlugin(root: string): string | null {
  const library = join(mkdtempSync(join(tmpdir(), 'fluxos-plugin-')), 'count-instructions.so');
  const { failed } = execaSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, join(root, 'bench/count-instructions.c')], { reject: false });
  return failed ? null : library;
}

function writeImage(compilation: Compilation): string {
  const path = join(mkdtempSync(join(tmpdir(), 'fluxos-bench-')), compilation.board.image.file);
  writeFileSync(path, compilation.image);
  return path;
}

/** Instructions that core 0 executes from the image's entry until function `to` is entered; null if it never is. */
export async function countInstructions(compilation: Compilation, to: string, plugin: string): Promise<number | null> {
  const symbol = compilation.linked.symbols.find(({ name }) => name === to);
  if (!symbol) return null;
  const out = join(mkdtempSync(join(tmpdir(), 'fluxos-count-')), 'count');
  const setting = `${plugin},from=0x${compilation.linked.entry.toString(16)},to=0x${symbol.address.toString(16)},out=${out}`;
  await boot(compilation, ['-plugin', setting], null);
  try {
    return Number(readFileSync(out, 'utf8'));
  } catch {
    return null;
  }
}

/** Milliseconds from the start of QEMU until `line` has come; null if it never does. */
export function timeUntil(compilation: Compilation, line: string): Promise<number | null> {
  return boot(compilation, [], line);
}

function boot(compilation: Compilation, more: string[], line: string | null): Promise<number | null> {
  const { board } = compilation;
  const started = performance.now();
  const guest = spawn(QEMU_PROGRAMS[board.arch], [...qemuArguments(board, writeImage(compilation)), ...more], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return new Promise((resolve) => {
    let console = '';
    let seen: number | null = null;
    const limit = setTimeout(() => guest.kill('SIGKILL'), LIMIT_MS);
    guest.stdout.on('data', (chunk: Buffer) => {
      console += chunk.toString('latin1');
      if (line !== null && seen === null && console.includes(line)) seen = performance.now() - started;
    });
    guest.on('close', () => {
      clearTimeout(limit);
      resolve(seen);
    });
  });
}
