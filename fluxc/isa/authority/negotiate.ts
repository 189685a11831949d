/**
 * What several machines can do together, found by comparing their tables: which instructions they encode alike, which they
 * only have by name, which can be translated, and which version of programs all of them take.
 *
 * Versions are compared number by number, so 1.10 is later than 1.9. A common version is given only where it means
 * something: if programs of one set run unchanged on all the others, which is so if those have all its rows, encoded alike.
 */
import type { InstructionSet, Row } from '../instruction-set.ts';
import { type Authority, type KnownSet, nameOf } from './authority.ts';

export type Verdict =
  /** one encoding, all rows */
  | 'identical'
  /** the programs of one of them run on all */
  | 'compatible'
  /** programs must be translated, as far as they can be */
  | 'translatable'
  | 'incompatible';

export interface Negotiation {
  verdict: Verdict;
  /** the set whose programs all of them run */
  common: string | null;
  version: string | null;
  /** rows encoded alike by all, among all names that any has: 0 to 1, three decimals */
  score: number;
  agreed: string[];
  /** names that all have, encoded differently */
  byNameOnly: string[];
  /** meanings that all have an instruction for */
  translatable: string[];
  /** what stands in the way, by set */
  limits: { set: string; text: string }[];
}

export function negotiate(sets: readonly KnownSet[], authority: Authority): Negotiation {
  const { aliases, equivalences } = authority;
  const rows = sets.map(({ set }) => new Map(set.rows.map((row) => [nameOf(row.mnemonic, aliases), row])));
  const names = [...new Set(rows.flatMap((map) => [...map.keys()]))].sort();
  const everywhere = names.filter((name) => rows.every((map) => map.has(name)));
  const knowsAll = sets.every(({ knowsOperands }) => knowsOperands);
  const isAlike = (name: string) => knowsAll && new Set(sets.map(({ set }, i) => encodingOf(set, rows[i]!.get(name)!))).size === 1;
  const agreed = everywhere.filter(isAlike);
  const translatable = knowsAll
    ? equivalences.filter(({ forms }) => sets.every(({ name }) => forms.has(name))).map(({ meaning }) => meaning) : [];
  // The least set: all of its rows are encoded alike everywhere.
  const common = sets.find((_, i) => rows[i]!.size > 0 && agreed.length === rows[i]!.size) ?? null;
  const isIdentical = agreed.length === names.length;
  const verdict: Verdict = isIdentical ? 'identical' : common ? 'compatible' : translatable.length > 0 ? 'translatable' : 'incompatible';
  const versions = sets.map(({ version }) => version).filter((version) => version !== null).sort(compareVersions);
  return {
    verdict, common: common?.name ?? null,
    version: isIdentical ? versions[0] ?? null : common?.version ?? null,
    score: names.length === 0 ? 0 : Math.round((agreed.length / names.length) * 1000) / 1000,
    agreed, byNameOnly: everywhere.filter((name) => !agreed.includes(name)), translatable,
    limits: sets.flatMap((known, i) => limitsOf(known, sets, rows[i]!, everywhere)),
  };
}

/** `1.9` before `1.10`; a missing number is 0. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  return 0;
}

/** Where every bit of an instruction is. What two sets have the same text for, they encode alike. */
export function encodingOf(set: InstructionSet, row: Row): string {
  const fields = row.operands.map(({ kind, bits, bytes, bigEndian }) => {
    const place = bits ? `${bits.low}..${bits.high}` : `${bytes}${bigEndian ? ' big' : ''}`;
    return `${place}${kind === 'relative' ? ' relative' : ''}${kind === 'bytes' ? ' and data' : ''}`;
  });
  const order = set.unit === 4 ? ` ${set.bigEndian} ${set.opcode.low}..${set.opcode.high}` : '';
  return `${set.unit}${order}: ${row.code.join(' ')}; ${fields.join(', ')}`;
}

function limitsOf(
  known: KnownSet, sets: readonly KnownSet[], rows: ReadonlyMap<string, Row>, everywhere: readonly string[],
): { set: string; text: string }[] {
  const texts: string[] = [];
  const { set } = known;
  if (!known.knowsOperands) texts.push('only numbers are known: its programs cannot be read');
  if (known.version === null) texts.push('nobody says which version it is');
  const others = sets.filter((other) => other !== known);
  if (others.some((other) => other.set.unit !== set.unit)) {
    texts.push(`its instructions are made of ${set.unit === 4 ? '32-bit words' : 'bytes'}, and not all others are`);
  } else if (set.unit === 4 && others.some((other) => other.set.bigEndian !== set.bigEndian)) {
    texts.push(`the ${set.bigEndian ? 'most' : 'least'} significant byte of a word comes first, and not in all others`);
  }
  const alone = rows.size - everywhere.length;
  if (alone > 0) texts.push(`${alone} of its ${rows.size} instructions are not in all others`);
  return texts.map((text) => ({ set: known.name, text }));
}
