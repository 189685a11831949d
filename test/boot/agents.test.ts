/** Tests that run in agents: each board runs them one after the other, whatever becomes of each. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runImage } from '../../cli/qemu.ts';
import { compile } from '../../fluxc/compile.ts';
import { HOST, readable } from '../host.ts';
import { skippedBoards } from './machine-models.ts';

const BOARDS = ['qemu-x86_64', 'pc', 'qemu-arm64', 'qemu-riscv64', 'rpi3', 'rpi4'];
const SKIPPED = await skippedBoards(BOARDS);
const DOCUMENT = 'test/boot/agents.flux.md';

/** The line of the document that holds `text`. */
function lineOf(text: string): number {
  return HOST.read(DOCUMENT)!.split('\n').findIndex((line) => line.includes(text)) + 1;
}

describe.each(BOARDS)('tests in agents on %s', (board) => {
  beforeEach((context) => context.skip(SKIPPED.has(board), 'QEMU has no such machine here'));

  it('pass, fail, trap, and never touch each other', async () => {
    const result = compile(HOST, { main: DOCUMENT, board, tests: 'document' });
    expect(readable(result)).toBe('');
    expect(result.output!.programs.map(({ name }) => name).slice(0, 2)).toEqual(['echo', 'counter']);
    const image = join(mkdtempSync(join(tmpdir(), 'fluxos-agents-')), result.output!.board.image.file);
    writeFileSync(image, result.output!.image);
    const chunks: Uint8Array[] = [];
    const { status } = await runImage(result.output!.board, image, { timeout: 60, onConsole: (chunk) => chunks.push(chunk) });
    const console = Buffer.concat(chunks).toString('utf8').replace(/\r/g, '');
    const said = console.slice(console.indexOf('test 0:')).replace(/pid \d+/g, 'pid N').trimEnd().split('\n');
    expect(said).toEqual([
      'test 0: ok',
      'test 1: ok',
      `test 2: failed at line ${lineOf('2 + 2 == 5')}`,
      `test 3:test 3 (pid N): index out of bounds in test.boot.agents.test.3 (${DOCUMENT}:${lineOf('numbers[pointer.*]')})`,
      ' failed: it has ended with a fault',
      `test 4:test 4 (pid N): no such access at address 0x10 in test.boot.agents.test.4 (${DOCUMENT}:${lineOf('(16 as u64')})`,
      ' failed: it has ended with a fault',
      'test 5: ok', 'test 6: ok', 'test 7: ok', 'test 8: ok', 'test 9: ok', 'test 10:a word ok',
    ]);
    expect(status).toBe(3);
  });
});
