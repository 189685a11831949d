/** `docs/adding-a-board.md`: its files are a board, a driver and a system that build and boot as they stand there. */
import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Sources } from '../../fluxc/base/source.ts';
import { loadBoard } from '../../fluxc/board/board.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { canRun } from '../../cli/qemu.ts';
import { bundleIfStale, fluxos } from '../cli/fluxos.ts';
import { hostWith, ROOT } from '../host.ts';

const PAGE = readFileSync(join(ROOT, 'docs/adding-a-board.md'), 'utf8');
/** A block belongs to the path that stands last before it. */
const FILES = [...PAGE.matchAll(/`((?:boards|hal)\/[\w/.]+|dice\.flux\.md)`:\n\n(`{3,})\w+\n([\s\S]*?)\n\2$/gm)].map((match) => ({ path: match[1]!, text: `${match[3]!}\n` }));
const BOARD = 'rpi3aplus';
const description = loadBoard(BOARD, hostWith(Object.fromEntries(FILES.map(({ path, text }) => [path, text]))).read, new Sources(), new Diagnostics());
const isThere = Boolean(process.env['CI']) || (description !== null && (await canRun(description, new Diagnostics())));

describe('docs/adding-a-board.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-board-'));
  beforeAll(() => {
    bundleIfStale();
    for (const { path, text } of FILES) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  });

  it('adds a board in under a hundred lines, and says how many', () => {
    expect(FILES.map(({ path }) => path)).toEqual([`boards/${BOARD}.toml`, 'hal/device/bcm_random.flux.md', 'dice.flux.md']);
    const [board, driver, system] = FILES.map(({ text }) => text.trimEnd().split('\n').length) as [number, number, number];
    expect(board + driver + system).toBeLessThan(100);
    expect(PAGE).toContain(`${board} lines of TOML and ${driver} of Markdown`);
  });

  it('shows files that make a card', async () => {
    const card = join(folder, 'card.img');
    expect(await fluxos(['build', join(folder, 'dice.flux.md'), '-b', BOARD, '--format', 'sd', '-o', card])).toMatchObject({ status: 0 });
    expect(statSync(card).size).toBe(128 * 2 ** 20);
  });

  it.skipIf(!isThere)('shows a system that boots, and a device that answers', async () => {
    const { status, stdout } = await fluxos(['run', join(folder, 'dice.flux.md'), '-b', BOARD, '--timeout', '60']);
    expect(stdout).toMatch(/^fluxos on Raspberry Pi 3 Model A\+.*\r?\n([1-6]\r?\n){4}[1-6]\s*$/);
    expect(status).toBe(0);
  }, 90_000);
});
