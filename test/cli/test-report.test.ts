/** What `fluxos test` makes of a guest's console. */
import { expect, it } from 'vitest';
import { readConsole } from '../../cli/commands/test.ts';
import type { TestEntry } from '../../fluxc/lang/tests.ts';

const TESTS: TestEntry[] = ['adds', 'subtracts', 'asks', 'faults', 'is killed', 'never comes'].map((title, number) => ({
  document: 'sums.flux.md', module: 'sums', title, line: 10 * number + 1, symbol: `sums.test.${number}`, inAgent: number >= 2,
}));

it('takes kernel and agents, and each of them for itself', () => {
  const console = [
    'fluxos on QEMU', 'test 0: ok', 'test 1: failed at line 15', 'test 2:a word of its own ok',
    'test 3:test 3 (pid 9): no such access at address 0x10 in sums.test.3 (sums.flux.md:33)', ' failed: it has ended with a fault',
    'test 4: failed: it was killed',
  ].join('\n');
  expect(readConsole('pc', TESTS, console, null).map(({ title, inAgent, outcome, reason }) => ({ title, inAgent, outcome, reason }))).toEqual([
    { title: 'adds', inAgent: false, outcome: 'passed', reason: null },
    { title: 'subtracts', inAgent: false, outcome: 'failed', reason: 'sums.flux.md:15: an `expect` does not hold' },
    { title: 'asks', inAgent: true, outcome: 'passed', reason: null },
    { title: 'faults', inAgent: true, outcome: 'failed', reason: 'no such access at address 0x10 in sums.test.3 (sums.flux.md:33)' },
    { title: 'is killed', inAgent: true, outcome: 'failed', reason: 'it was killed' },
    { title: 'never comes', inAgent: true, outcome: 'not run', reason: 'the run ended before it' },
  ]);
});

it('says that the time was over of a test that was still running', () => {
  const [report] = readConsole('pc', TESTS.slice(0, 1), 'test 0:', 'no end after 5 s');
  expect(report).toMatchObject({ outcome: 'failed', reason: 'no end after 5 s' });
});
