/** What the scheduler really did on each architecture, read from the trace and held against its rules. */
import { describe, expect, it } from 'vitest';
import { readTrace, TraceFilter } from '../../cli/trace-lines.ts';
import { traceNames } from '../../cli/trace-names.ts';
import { skippedBoards } from '../boot/machine-models.ts';
import { type Arch, ARCHES, boot, BOARDS, buildWith } from './guest.ts';
import { play } from './scheduling.ts';

const SYSTEM = 'test/kernel/scheduling/system.flux.md';
const SKIPPED = await skippedBoards(Object.values(BOARDS));

describe.each(ARCHES)('the scheduler on %s', (arch: Arch) => {
  it.skipIf(SKIPPED.has(BOARDS[arch]))('does what its rules say', async () => {
    const { compilation, sources } = buildWith(SYSTEM, arch, { trace: true });
    const { console, status } = await boot(compilation, 30);
    const filter = new TraceFilter();
    const text = Buffer.from(filter.take(console)).toString();
    const trace = readTrace(filter.lines)!;
    expect(text).not.toContain('panic');
    expect(status).toBe(0);
    expect(trace.lost).toBe(0);
    const { wrong, counts } = play(trace, traceNames(compilation, sources));
    expect(wrong).toEqual([]);
    // Each rule had its occasion.
    for (const what of [
      'stopped: preempted', 'stopped: turn_ended', 'stopped: yielded', 'woken by message', 'woken by timeout', 'boost ended',
      'picked before equals',
    ]) expect(counts[what] ?? 0, what).toBeGreaterThan(0);
    expect(counts['ended']).toBe(compilation.programs.length);
  });
});
