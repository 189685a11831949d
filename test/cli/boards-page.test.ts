import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { boardNames } from '../../cli/boards.ts';
import { skippedBoards } from '../boot/machine-models.ts';
import { ROOT } from '../host.ts';
import { bundleIfStale, fluxos } from './fluxos.ts';

const PAGE = readFileSync(join(ROOT, 'docs/boards.md'), 'utf8');
const FOLDER = mkdtempSync(join(tmpdir(), 'fluxos-boards-page-'));
const SKIPPED = await skippedBoards(['qemu-arm64']);

/** The files that the page shows: a path in a line of its own, and the text in the fence below it. */
const FILES = [...PAGE.matchAll(/^`([^`\n]+)`:\n\n(`{3,})\w+\n([\s\S]*?)\n\2$/gm)].map((match) => ({ path: match[1]!, text: match[3]! }));

beforeAll(bundleIfStale);

describe('docs/boards.md', () => {
  it('shows files that build as they stand there', async () => {
    expect(FILES.map(({ path }) => path)).toEqual([
      'boards/zero2w.toml', 'boards/clocked.toml', 'hal/device/pl031.flux.md', 'clock.flux.md',
    ]);
    for (const { path, text } of FILES) {
      mkdirSync(dirname(join(FOLDER, path)), { recursive: true });
      writeFileSync(join(FOLDER, path), text + '\n');
    }
    writeFileSync(join(FOLDER, 'hello.flux.md'), readFileSync(join(ROOT, 'examples/hello.flux.md')));
    expect(await fluxos(['build', join(FOLDER, 'hello.flux.md'), '-b', 'zero2w'])).toMatchObject({ status: 0, stderr: '' });
    expect(await fluxos(['build', join(FOLDER, 'clock.flux.md'), '-b', 'clocked'])).toMatchObject({ status: 0, stderr: '' });
  });

  it.skipIf(SKIPPED.has('qemu-arm64'))('shows a board whose new device works', async () => {
    const { status, stdout } = await fluxos(['run', join(FOLDER, 'clock.flux.md'), '-b', 'clocked', '--timeout', '60']);
    expect(stdout).toContain('the clock goes, its interrupt is 34');
    expect(status).toBe(0);
  });

  it('names every board, every boot document and every key', () => {
    for (const name of boardNames([ROOT])) expect(PAGE).toMatch(new RegExp(`^\\| \`${name}\` \\|`, 'm'));
    const reader = readFileSync(join(ROOT, 'fluxc/board/board.ts'), 'utf8');
    const keys = [...reader.matchAll(/^const [A-Z]+_KEYS = \[(.*)\];$/gm)].flatMap((match) => match[1]!.match(/(?<=')\w+(?=')/g)!);
    expect(keys.length).toBeGreaterThan(10);
    for (const key of keys) expect(PAGE).toMatch(new RegExp(`\`\\[?${key}[\`\\].]`));
  });
});
