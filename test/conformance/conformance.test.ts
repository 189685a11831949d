/**
 * Every vector on every target: as WebAssembly in Node, and in a guest on each of the three architectures. All must pass, but for
 * those that `cli/vm/conformance/contradictions.ts` lists, and these must fail as they are listed. What is written of a vector
 * (stack, flags, error, place, instructions, a hash of the memory) must be the same everywhere.
 */
import { describe, expect, it } from 'vitest';
import { conform, type Report } from '../../cli/vm/conformance/conform.ts';
import { CONTRADICTIONS } from '../../cli/vm/conformance/contradictions.ts';
import { TARGETS } from '../../cli/vm/conformance/run.ts';
import { skippedBoards } from '../boot/machine-models.ts';
import { HOST } from '../host.ts';
import { OWN, SHARED } from './suites.ts';

const TASKS = [...OWN, ...SHARED];
const SKIPPED = await skippedBoards(['qemu-x86_64', 'qemu-arm64', 'qemu-riscv64']);
const where = SHARED.length > 0 ? 'and those of ../shared/conformance' : 'BUT NOT those of ../shared/conformance: there is no such folder';

let first: Report[][] | null = null;

describe(`our own vectors, ${where}`, () => {
  it.for(TARGETS)('pass on %s, but for those that are listed', { timeout: 120_000 }, async (target, context) => {
    context.skip(SKIPPED.has(`qemu-${target}`), 'QEMU has no such machine here');
    const { reports, diagnostics, complaint } = await conform(HOST, TASKS, { target, seconds: 30 });
    expect({ said: diagnostics.list.map(({ message }) => message), complaint }).toEqual({ said: [], complaint: null });
    const failed = reports!.flatMap((own, task) => own.filter(({ outcome }) => outcome === 'failed').map((one) => {
      return `${TASKS[task]!.name}, ${one.name}: expected ${one.expected}, got ${one.got}`;
    }));
    expect(failed).toEqual([]);
    const lines = (list: Report[][]) => list.map((own) => own.map(({ name, line }) => `${name}: ${line}`));
    first ??= reports;
    expect(lines(reports!)).toEqual(lines(first!));
  });

  it('are none of ours listed, and of the shared ones just those that are there', () => {
    const listed = (from: number, to?: number) => first!.slice(from, to).flat().filter(({ outcome }) => outcome === 'contradictory');
    expect(listed(0, OWN.length)).toEqual([]);
    const names = listed(OWN.length).map(({ name }) => name).sort();
    expect(names).toEqual(SHARED.length > 0 ? CONTRADICTIONS.map(({ name }) => name).sort() : []);
  });
});
