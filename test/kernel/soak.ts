/** The message soak as a system, and what its last lines say. */
import { compile, type Compilation } from '../../fluxc/compile.ts';
import type { Host } from '../../fluxc/lang/host.ts';

export const SOAK = 'test/kernel/soak.flux.md';
const GOAL = /(\| `GOAL` \| )\d+/;

export const KINDS = [
  'tell', 'ask', 'reply', 'delegate', 'result', 'barrier', 'subscribe', 'event', 'error', 'capability', 'heartbeat',
] as const;

export interface SoakResult {
  /** by kind of message; events are received by many */
  sent: Record<string, number>;
  received: Record<string, number>;
  /** refused, returned, swallowed, doubled, wrong, damaged, kills */
  counts: Record<string, number>;
}

/** The soak with another goal than its document has; null with what is wrong on the diagnostics. */
export function compileSoak(host: Host, board: string, messages: number): Compilation | null {
  const read = (path: string) => {
    const text = host.read(path);
    return path === SOAK && text !== null ? text.replace(GOAL, `$1${messages}`) : text;
  };
  return compile({ ...host, read }, { main: SOAK, board }).output ?? null;
}

export function readSoak(console: string): SoakResult {
  const result: SoakResult = { sent: {}, received: {}, counts: {} };
  for (const [, kind, sent, received] of console.matchAll(/^soak: kind (\d+) sent (\d+) received (\d+)$/gm)) {
    result.sent[KINDS[Number(kind)]!] = Number(sent);
    result.received[KINDS[Number(kind)]!] = Number(received);
  }
  for (const [, name, count] of console.matchAll(/^soak: ([a-z]+) (\d+)$/gm)) result.counts[name!] = Number(count);
  return result;
}
