/** Faults stay inside: what supervisors, callers and the restart rules make of them; and a system with too little memory. */
import { describe, expect, it } from 'vitest';
import { skippedBoards } from '../boot/machine-models.ts';
import { ARCHES, boot, BOARDS, build } from './guest.ts';

const SKIPPED = await skippedBoards(Object.values(BOARDS));
const REASON = { exited: 0, bad_address: 3, silent: 8, restarted: 12 };

describe.each(ARCHES)('on %s', (arch) => {
  it.skipIf(SKIPPED.has(BOARDS[arch]))('supervisors hear why, callers get errors, rules start anew', async () => {
    const { lines } = await boot(build('test/kernel/supervision.flux.md', arch));
    const heard = lines.map((text) => /^guard: (\d+) (\d+)$/.exec(text)).filter((match) => match !== null);
    const count = (reason: number, detail?: number) =>
      heard.filter(([, why, what]) => Number(why) === reason && (detail === undefined || Number(what) === detail)).length;
    expect(lines).toContain('patient: answers 3, errors 3');
    // The crasher's first end and two more after its restarts; the doctor's at addresses 1, 3 and 5.
    expect(count(REASON.bad_address, 0x10)).toBe(3);
    expect([1, 3, 5].map((address) => count(REASON.bad_address, address))).toEqual([1, 1, 1]);
    expect(count(REASON.silent)).toBe(1);
    expect(count(REASON.exited, 3)).toBe(1);
    expect(count(REASON.exited, 7)).toBe(1);
    expect(count(REASON.restarted)).toBeGreaterThanOrEqual(2 + 3);
  });
});

describe('memory', () => {
  it.skipIf(SKIPPED.has(BOARDS.x86_64))('of 2 MiB is enough for two agents, and less than enough is said', async () => {
    const output = build('bench/pair.flux.md', 'x86_64');
    const enough = await boot(output, 20, '2M');
    expect(enough.lines).toContain('Hello from two agents!');
    expect(enough.status).toBe(0);
    const little = await boot(output, 20, '1152K');
    expect(little.lines.join('\n')).toMatch(/^too little memory: the system needs \d+ KiB of RAM, and there are \d+ KiB$/m);
    expect(little.lines).not.toContain('Hello from two agents!');
    expect(little.status).not.toBe(0);
  });

  it.skipIf(SKIPPED.has(BOARDS.arm64))('of 2 MiB is enough on ARM64, as its kernel sees it', async () => {
    // QEMU puts its device tree behind the first 2 MiB and wants room there.
    const { lines, status } = await boot(build('bench/pair.flux.md', 'arm64'), 20, '2049K');
    expect(lines).toContain('Hello from two agents!');
    expect(status).toBe(0);
  });
});
