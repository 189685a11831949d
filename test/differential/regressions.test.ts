/** Programs that once showed a bug, on every corner. */
import { describe, expect, it } from 'vitest';
import { MINUTE } from './agreement.ts';
import { showResult } from './corner.ts';
import { ALL_CORNERS, CORNERS } from './corners.ts';
import { interpretProgram, regressions, runProgram } from './regressions.ts';

describe('regressions', () => {
  it.each(regressions())('$name', async ({ text }) => {
    const expected = showResult(interpretProgram(text));
    for (const name of ALL_CORNERS) {
      expect([name, showResult(await runProgram(text, CORNERS[name]!()))]).toEqual([name, expected]);
    }
  }, MINUTE);
});
