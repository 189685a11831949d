/**
 * What holds after many rounds: ten thousand processes leave nothing behind, nor do processes that make hundreds of thousands of
 * system calls by chance; and of tens of thousands of messages between sixteen agents, with one killed every few ticks, each has
 * exactly one fate. The million is `npm run soak`.
 */
import { describe, expect, it } from 'vitest';
import { skippedBoards } from '../boot/machine-models.ts';
import { HOST } from '../host.ts';
import { ARCHES, boot, BOARDS, build } from './guest.ts';
import { compileSoak, KINDS, readSoak } from './soak.ts';

const SKIPPED = await skippedBoards(Object.values(BOARDS));
const ROUNDS = 10_000;
const WAVES = 60;
const MESSAGES = 20_000;

describe.each(ARCHES)('on %s', (arch) => {
  const isSkipped = SKIPPED.has(BOARDS[arch]);

  it.skipIf(isSkipped).each([
    { title: 'ten thousand processes', document: 'leak', what: 'rounds', times: ROUNDS },
    { title: 'calls by chance', document: 'fuzz', what: 'waves', times: WAVES },
  ])('$title leave nothing behind', async ({ document, what, times }) => {
    const { lines, status } = await boot(build(`test/kernel/${document}.flux.md`, arch));
    const panic = lines.findIndex((text) => text.startsWith('panic: '));
    expect(panic < 0 ? [] : lines.slice(panic)).toEqual([]);
    const counts = lines.map((text) => /^(?:leak|fuzz): (\w+) (\d+) (\d+)$/.exec(text)).filter((match) => match !== null);
    expect(counts.map(([, counted]) => counted)).toEqual([what, 'pages', 'processes', 'handles', 'messages', 'regions']);
    expect(Number(counts[0]![2])).toBe(times);
    for (const [text, , before, after] of counts) expect(after, text).toBe(before);
    expect(status).toBe(0);
  });

  it.skipIf(isSkipped)('every sender learns the fate of every message', async () => {
    const { console, status } = await boot(compileSoak(HOST, BOARDS[arch], MESSAGES)!);
    const { sent, counts } = readSoak(console.toString('utf8').replace(/\r/g, ''));
    expect(Object.values(sent).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(MESSAGES);
    // Without each of these the soak would prove little.
    expect(KINDS.filter((kind) => !(sent[kind]! > 0))).toEqual([]);
    for (const what of ['refused', 'returned', 'kills']) expect(counts[what], what).toBeGreaterThan(10);
    expect(counts).toMatchObject({ doubled: 0, wrong: 0, damaged: 0 });
    expect(counts['swallowed']).toBeLessThanOrEqual(counts['kills']!);
    expect(status).toBe(0);
  });
});
