/** `fluxos debug`: gdb and QEMU themselves, on each architecture. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../host.ts';

function debug(board: string, ...commands: string[]) {
  const args = ['debug', 'examples/demo.flux.md', '--board', board, '--batch', ...commands.flatMap((command) => ['-x', command])];
  const { stdout, stderr } = spawnSync(join(ROOT, 'dist/fluxos'), args, { cwd: ROOT, encoding: 'utf8', timeout: 60_000 });
  return `${stdout}${stderr}`;
}

describe('debug', () => {
  it.each(['qemu-x86_64', 'qemu-arm64', 'qemu-riscv64'])('stops on a line of a document on %s, shows it, steps and walks back', (board) => {
    const text = debug(board, 'break demo.flux.md:34', 'continue', 'backtrace', 'next', 'kill');
    expect(text).toMatch(/Breakpoint 1, demo\.speak \(\) at \.\/examples\/demo\.flux\.md:34\n34\tvar letter: \[1\]u8 = \[name as u8\]/);
    expect(text).toMatch(/#1 .* in kernel\.thread\.begin \(\) at \.\/kernel\/thread\.flux\.md:\d+/);
    expect(text).toContain('35\tfor round in 0..ROUNDS {');
    expect(text).toContain('pages free');
  }, 90_000);
});
