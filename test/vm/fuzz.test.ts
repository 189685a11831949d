/** Millions of bytes of random and mutated bytecode: the same outcome on every target, and nothing escapes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../host.ts';
import { fuzzNative, fuzzWasm, type Tally } from './fuzz.ts';

/** Each seed is so many programs, of 137 bytes on average. */
const SEEDS = [1, 2, 3];
const PROGRAMS = 8_000;

describe('random programs', () => {
  let hashes: string[];
  let tallies: Tally[];
  beforeAll(() => {
    ({ hashes, tallies } = fuzzWasm(SEEDS, PROGRAMS));
  });

  it('stay inside, end, and look the same to an observer', () => {
    for (const { escaped, different, endless } of tallies) expect({ escaped, different, endless }).toEqual({ escaped: 0, different: 0, endless: 0 });
    expect(hashes).not.toContain('0x0');
    expect(new Set(hashes).size).toBe(SEEDS.length);
  });

  it('try every instruction, and are many', () => {
    expect(tallies[SEEDS.length - 1]!.untried).toBe(0);
    const sum = (field: keyof Tally) => tallies.reduce((all, tally) => all + tally[field], 0);
    expect(sum('bytes')).toBeGreaterThan(3_000_000);
    expect(sum('accepted')).toBeGreaterThan(8_000);
    expect(sum('executed')).toBeGreaterThan(200_000);
  });

  it.each([
    ['a span that may end behind its region', 'regions', 'length > region.size - address', 'length > region.size - address + 8'],
    ['stores that may end there', 'regions', 'machine.stores8 = size', 'machine.stores8 = size + 8'],
    ['a register 0 that can be written', 'verifier', 'code[i] = word | limits.SINK << 8', 'code[i] = word'],
  ])('would show %s', (_, module, right, wrong) => {
    const path = `vm/${module}.flux.md`;
    const text = readFileSync(join(ROOT, path), 'utf8');
    expect(text).toContain(right);
    const { tallies, hashes } = fuzzWasm([1], 4_000, { [path]: text.replace(right, wrong) });
    expect(tallies[0]!.escaped).toBeGreaterThan(0);
    expect(hashes).toEqual(['0x0']);
  });

  it.each(['x86_64', 'arm64', 'riscv64'] as const)('end the same on %s', async (name) => {
    expect(await fuzzNative(name, SEEDS, PROGRAMS)).toEqual(hashes);
  });
});
