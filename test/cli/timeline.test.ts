/** The trace: lines out of the console, events out of the lines, and the time line that is made of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeTimeline, type TraceNames } from '../../cli/timeline.ts';
import { readTrace, type TraceEvent, TraceFilter } from '../../cli/trace-lines.ts';
import { expectSound } from './timeline.ts';

const EVENTS = [
  '', 'picked', 'stopped', 'blocked', 'woken', 'sent', 'received', 'call', 'answer', 'fault', 'interrupt', 'spawned', 'ended',
];
const numbered = (names: readonly string[]) => new Map(names.map((name, number) => [number, name] as const));

const NAMES: TraceNames = {
  event: numbered(EVENTS), kind: numbered(['tell', 'ask', 'reply']), reason: numbered(['exited', 'killed']),
  waiting: numbered(['nothing', 'receive', 'reply']), stop: numbered(['preempted', 'turn_ended', 'yielded']),
  because: numbered(['message', 'timeout']), call: new Map([[601, 'WRITE'], [300, 'A2A_SEND']]), programs: ['guest', 'host'],
  place: (program, address) => (program === 0 && address === 0x1000n ? 'a.flux.md:7' : null),
};

const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('the filter', () => {
  const console_ = 'hello\r\n\x1eT 3e8 0 2\r\nwor\x1eP 2 0\r\nld\r\n\x1eE\r\n> ';

  it('takes the lines of the trace out of the text, in whatever pieces it comes', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (sizes) => {
      const filter = new TraceFilter();
      let shown = '';
      let at = 0;
      for (let turn = 0; at < console_.length; turn++) {
        const next = at + sizes[turn % sizes.length]!;
        shown += Buffer.from(filter.take(bytes(console_.slice(at, next)))).toString('latin1');
        at = next;
      }
      expect(shown).toBe('hello\r\nworld\r\n> ');
      expect(filter.lines).toEqual(['T 3e8 0 2', 'P 2 0', 'E']);
    }));
  });

  it('leaves text without a trace alone', () => {
    const filter = new TraceFilter();
    const text = bytes('no trace\r\n');
    expect(filter.take(text)).toBe(text);
    expect(readTrace(filter.lines)).toBeNull();
  });
});

describe('the lines', () => {
  it('become events, whose time counts from the first one', () => {
    const trace = readTrace(['T 3e8 5 8', 'P 2 1', 'a 100 2 80', 'e 10 2 100000003 0 7', 'c 1 2', 'E'])!;
    expect(trace).toEqual({
      rate: 1000, lost: 5, programs: new Map([[2, 1]]),
      events: [
        { kind: 1, time: 0, pid: 2, id: 0, a: 0x80n, b: 0n },
        { kind: 5, time: 16, pid: 2, id: 7, a: 0x1_0000_0003n, b: 0n },
        { kind: 3, time: 17, pid: 2, id: 0, a: 0n, b: 0n },
      ],
    });
  });

  it('count if they are whole; the last ones do', () => {
    expect(readTrace(['T 1 0 1', 'a 1 2'])).toBeNull();
    expect(readTrace(['a 1 2', 'E'])).toBeNull();
    expect(readTrace(['T 1 0 1', 'a 1 2', 'E', 'T 2 0 0', 'E'])).toMatchObject({ rate: 2, events: [] });
    expect(readTrace(['T 1 0 1', 'a 1 2', 'E', 'T 2 0 1', 'a 1'])).toMatchObject({ rate: 1, events: [{ pid: 2 }] });
  });

  it('never make it fail, whatever stands in them', () => {
    fc.assert(fc.property(fc.array(fc.string()), (lines) => {
      const trace = readTrace(['T 1 0 1', ...lines, 'E']);
      if (trace) makeTimeline(trace, NAMES);
    }));
  });
});

const event = (kind: string, time: number, pid: number, a = 0n, b = 0n, id = 0): TraceEvent =>
  ({ kind: EVENTS.indexOf(kind), time, pid, id, a, b });

describe('the time line', () => {
  it('has a track a process, slices of running and calls, and an arrow a message', () => {
    const timeline = makeTimeline({
      rate: 1_000_000, lost: 0, programs: new Map([[3, 1]]),
      events: [
        event('spawned', 0, 2, 0n, 0n), event('picked', 1, 2, 128n), event('call', 2, 2, 300n, 0x1001n),
        event('sent', 3, 2, 3n | 1n << 32n, 0n, 77), event('received', 4, 3, 2n | 1n << 32n, 0n, 77), event('woken', 4, 3, 0n, 144n),
        event('blocked', 5, 2, 2n), event('picked', 6, 3, 144n), event('interrupt', 7, 3, 30n, 1n), event('fault', 8, 3, 0x40n, 0x8n),
        event('ended', 9, 3, 1n, 8n),
      ],
    }, NAMES);
    expectSound(timeline);
    expect(timeline.traceEvents).toEqual(expect.arrayContaining([
      expect.objectContaining({ ph: 'M', name: 'thread_name', tid: 2, args: { name: 'guest (pid 2)' } }),
      expect.objectContaining({ ph: 'M', name: 'thread_name', tid: 3, args: { name: 'host (pid 3)' } }),
      expect.objectContaining({ ph: 'X', name: 'runs', tid: 2, ts: 1, dur: 4, args: { level: 128, until: 'waits: reply' } }),
      expect.objectContaining({ ph: 'X', name: 'A2A_SEND', tid: 2, ts: 2, dur: 3, args: { line: 'a.flux.md:7' } }),
      expect.objectContaining({ ph: 's', name: 'ask', tid: 2, ts: 3, args: { message: 77, to: 'host' } }),
      expect.objectContaining({ ph: 'f', name: 'ask', tid: 3, ts: 4, args: { message: 77, from: 'guest' } }),
      expect.objectContaining({ ph: 'i', name: 'tick', tid: 0, args: { during: 3 } }),
      expect.objectContaining({ ph: 'i', name: 'fault', tid: 3, args: { about: '0x8' } }),
      expect.objectContaining({ ph: 'i', name: 'ended', tid: 3, args: { reason: 'killed', detail: '0x8' } }),
    ]));
  });

  it('drops arrows whose message nobody received', () => {
    const timeline = makeTimeline({
      rate: 1, lost: 0, programs: new Map(),
      events: [event('picked', 0, 2), event('sent', 1, 2, 3n, 0n, 5), event('ended', 2, 2)],
    }, NAMES);
    expect(timeline.traceEvents.filter(({ ph }) => ph === 's' || ph === 'f')).toEqual([]);
  });

  it('is sound whatever happened, also if its beginning is lost', () => {
    const some = fc.record({
      kind: fc.integer({ min: 0, max: EVENTS.length }), step: fc.integer({ min: 0, max: 9 }), pid: fc.integer({ min: 1, max: 4 }),
      id: fc.integer({ min: 0, max: 5 }), a: fc.oneof(fc.bigInt(0n, 5n), fc.constantFrom(3n | 1n << 32n, 2n | 2n << 32n, (1n << 64n) - 1n)),
      b: fc.bigInt(0n, 3n),
    });
    fc.assert(fc.property(fc.array(some, { maxLength: 60 }), fc.integer({ min: 0, max: 5 }), (list, rate) => {
      let time = 0;
      const events = list.map(({ step, ...rest }) => ({ ...rest, time: (time += step) }));
      expectSound(makeTimeline({ rate, lost: 0, programs: new Map(), events }, NAMES));
    }), { numRuns: 1000 });
  });
});
