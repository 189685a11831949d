/** Programs with bytes changed and their checksums right again: refused, or run to an ordinary end. Nothing traps. */
import { describe, expect, it } from 'vitest';
import { assemble, run } from '../../cli/vm/index.ts';
import { Machine } from '../../cli/vm/machine.ts';
import { crc32 } from '../../fluxc/base/crc32.ts';
import { readContainer } from '../../fluxc/isa/container.ts';
import { HOST } from '../host.ts';
import { Random } from '../random.ts';

const PROGRAMS = ['recursion', 'navigator', 'engine', 'readme', 'factorial_stack'];

describe('mutants', () => {
  it.each(PROGRAMS)('of %s are refused, or end', (name) => {
    const file = assemble(HOST.read(`examples/vm/${name}.fasm`)!, { name });
    const random = new Random(name.length);
    const seen = new Map<string, number>();
    for (let i = 0; i < 150; i++) {
      const mutant = file.slice();
      for (let change = random.between(1, 3); change > 0; change--) mutant[random.below(mutant.length - 4)] = random.chance(50) ? random.below(256) : random.below(8);
      new DataView(mutant.buffer).setUint32(mutant.length - 4, crc32(mutant.subarray(0, -4)), true);
      const { machine, refusal } = Machine.load(mutant, 0x7ff);
      const { fault } = readContainer(mutant);
      if (fault !== 'none') expect(refusal?.fault).toBe(fault);
      const outcome = machine ? run([mutant], { fuel: 20_000n }).programs[0]!.ending : refusal!.fault;
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    }
    expect((seen.get('halted') ?? 0) + (seen.get('error') ?? 0)).toBeGreaterThan(0);
    expect(seen.size).toBeGreaterThan(3);
  });
});
