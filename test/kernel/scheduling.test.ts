/** What the scheduler really did on each architecture, read from the trace and held against its rules. */
import { describe, expect, it } from 'vitest';
import { readTrace, type TraceEvent, TraceFilter } from '../../cli/trace-lines.ts';
import { makeTimeline, type TraceNames } from '../../cli/timeline.ts';
import { traceNames } from '../../cli/trace-names.ts';
import { skippedBoards } from '../boot/machine-models.ts';
import { expectSound } from '../cli/timeline.ts';
import { type Arch, ARCHES, boot, BOARDS, buildWith } from './guest.ts';
import { play } from './scheduling.ts';

/** That the two clients ask in all. */
const QUESTIONS = 35;
const SYSTEM = 'test/kernel/scheduling/system.flux.md';
const SKIPPED = await skippedBoards(Object.values(BOARDS));

type Change = (events: readonly TraceEvent[], names: TraceNames) => TraceEvent[];

const isA = (names: TraceNames, kind: string) => (event: TraceEvent) => names.event.get(event.kind) === kind;

/** What would break a rule must be noticed: an end of a turn that did not happen, another level, another order. */
const CORRUPTIONS: Change[] = [
  (events, names) => events.filter((event) => !isA(names, 'stopped')(event)),
  (events, names) => events.filter((event, index) => !(isA(names, 'interrupt')(event) && index % 3 === 0)),
  (events, names) => events.map((event) => (isA(names, 'woken')(event) && event.b === 106n ? { ...event, b: 90n } : event)),
  (events, names) => {
    const picked = events.flatMap((event, index) => (isA(names, 'picked')(event) ? [index] : []));
    const [one, other] = [picked[3]!, picked[picked.length - 3]!];
    return events.map((event, index) => ({ ...event, pid: events[index === one ? other : index === other ? one : index]!.pid }));
  },
];

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
    const names = traceNames(compilation, sources);
    const { wrong, counts } = play(trace, names);
    expect(wrong).toEqual([]);
    // Each rule had its occasion.
    for (const what of [
      'stopped: preempted', 'stopped: turn_ended', 'stopped: yielded', 'woken by message', 'woken by timeout', 'boost ended',
      'picked before equals',
    ]) expect(counts[what] ?? 0, what).toBeGreaterThan(0);
    expect(counts['ended']).toBe(compilation.programs.length);
    for (const change of CORRUPTIONS) expect(play({ ...trace, events: change(trace.events, names) }, names).wrong).not.toEqual([]);
    const timeline = makeTimeline(trace, names);
    expectSound(timeline);
    const arrows = (name: string) => timeline.traceEvents.filter((event) => event.ph === 's' && event.name === name).length;
    expect([arrows('ask'), arrows('reply')]).toEqual([QUESTIONS, QUESTIONS]);
  });
});
