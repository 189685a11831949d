/** What holds for every time line, whatever the guest did. */
import { expect } from 'vitest';
import type { Timeline } from '../../cli/timeline.ts';

/** As the viewers read it. */
const nanoseconds = (microseconds: number) => Math.round(microseconds * 1000);

/** Slices of a track nest, arrows have two ends in the right order, and times are numbers that do not go back. */
export function expectSound({ traceEvents }: Timeline): void {
  expect(JSON.parse(JSON.stringify(traceEvents))).toEqual(traceEvents);
  for (const event of traceEvents) expect(event.ts).toBeGreaterThanOrEqual(0);
  const slices = traceEvents.filter(({ ph }) => ph === 'X');
  for (const tid of new Set(slices.map((slice) => slice.tid))) {
    const own = slices.filter((slice) => slice.tid === tid).map(({ name, ts, dur }) => {
      return { name, start: nanoseconds(ts), end: nanoseconds(ts + dur!) };
    });
    for (const { start, end } of own) expect(end).toBeGreaterThanOrEqual(start);
    for (const a of own) {
      for (const b of own) {
        if (a === b || a.end <= b.start || b.end <= a.start) continue;
        const isInside = (inner: typeof a, outer: typeof a) => inner.start >= outer.start && inner.end <= outer.end;
        expect(isInside(a, b) || isInside(b, a), `${a.name} and ${b.name}`).toBe(true);
      }
    }
    for (const { name, start, end } of own) {
      if (name === 'runs') continue;
      expect(own.some((outer) => outer.name === 'runs' && outer.start <= start && end <= outer.end), name).toBe(true);
    }
  }
  const starts = traceEvents.filter(({ ph }) => ph === 's');
  const ends = traceEvents.filter(({ ph }) => ph === 'f');
  expect(ends.map(({ id }) => id).sort()).toEqual(starts.map(({ id }) => id).sort());
  expect(new Set(starts.map(({ id }) => id)).size).toBe(starts.length);
  for (const start of starts) {
    const end = ends.find(({ id }) => id === start.id)!;
    expect(end.ts).toBeGreaterThanOrEqual(start.ts);
    expect(end.name).toBe(start.name);
  }
}
