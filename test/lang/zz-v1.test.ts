import { test } from 'vitest';
import { readAuthority } from '../../fluxc/lang/read-authority.ts';
import { findConflicts } from '../../fluxc/isa/authority/conflicts.ts';
import { compareSets } from '../../fluxc/isa/authority/compare.ts';
import { negotiate } from '../../fluxc/isa/authority/negotiate.ts';
import { HOST } from '../host.ts';
test('x', () => {
  const a = readAuthority(HOST);
  const seven = a.sets.filter((s) => !s.isOurs);
  for (const al of [null, a.aliases]) { const c = findConflicts(seven, al); console.log(c.numbers.length, c.names.length, c.shapes.length, JSON.stringify(c.pairs.map((p) => `${p.a}/${p.b} ${p.shared}/${p.differing}`)), c.agreed.length); }
  const by = (n: string) => a.sets.find((s) => s.name === n)!;
  for (const [x, y] of [['flux-os', 'flux64'], ['conformance-v2', 'stack2'], ['stack2', 'stack3'], ['flux-runtime', 'vocab-assembler'], ['rust-shim', 'flux64'], ['flux-runtime','flux64']]) {
    console.log(x, y, [...compareSets(by(x!), by(y!), a.aliases).counts]); const n = negotiate([by(x!), by(y!)], a); console.log({ ...n, agreed: n.agreed.length, byNameOnly: n.byNameOnly.length, translatable: n.translatable.length }); }
});
