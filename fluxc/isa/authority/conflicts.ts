/**
 * Collisions between instruction sets, found in their tables and classed:
 *
 * - one number with several meanings: a program of one set does something else in the other
 * - one name with several numbers: assembly text is the same, programs are not
 * - one name with several operand shapes: not even the text is the same
 *
 * Names are compared in capitals. Aliases (`ADD`, `IADD`) explain some of the first kind away and add to the others; the
 * caller says whether they count.
 */
import { codeKey } from '../instruction-set.ts';
import { type Authority, type KnownSet, nameOf, shapeOf } from './authority.ts';

export interface NumberCollision {
  code: number;
  /** mnemonic by set */
  meanings: Map<string, string>;
}

export interface NameCollision {
  name: string;
  /** code by set */
  numbers: Map<string, number>;
  /** the spellings, if there are several */
  spellings: string[];
}

export interface ShapeCollision {
  name: string;
  /** operands by set */
  shapes: Map<string, string>;
}

export interface Pair {
  a: string;
  b: string;
  /** numbers that both have, and those that mean something else in each */
  shared: number;
  differing: number;
}

export interface Conflicts {
  numbers: NumberCollision[];
  names: NameCollision[];
  shapes: ShapeCollision[];
  pairs: Pair[];
  /** numbers that at least three sets have with one name: the nearest that there is to agreement */
  agreed: { code: number; name: string; sets: string[] }[];
}

/** Finds the collisions of `sets`; `aliases` null takes names as they are spelled. */
export function findConflicts(sets: readonly KnownSet[], aliases: Authority['aliases'] | null): Conflicts {
  const numbers: NumberCollision[] = [];
  const agreed: Conflicts['agreed'] = [];
  const codes = new Set(sets.flatMap(({ set }) => [...set.byCode.keys()]));
  for (const code of [...codes].sort((a, b) => a - b)) {
    const meanings = new Map<string, string>();
    const byName = new Map<string, string[]>();
    for (const { name, set } of sets) {
      const row = set.byCode.get(code);
      if (!row) continue;
      meanings.set(name, row.mnemonic);
      const meaning = nameOf(row.mnemonic, aliases);
      byName.set(meaning, [...(byName.get(meaning) ?? []), name]);
    }
    if (byName.size > 1) numbers.push({ code, meanings });
    for (const [name, owners] of byName) if (owners.length >= 3) agreed.push({ code, name, sets: owners });
  }
  return { numbers, ...nameCollisions(sets, aliases), pairs: pairsOf(sets, aliases), agreed };
}

function nameCollisions(
  sets: readonly KnownSet[], aliases: Authority['aliases'] | null,
): Pick<Conflicts, 'names' | 'shapes'> {
  const byName = new Map<string, { set: KnownSet; mnemonic: string; code: number; shape: string }[]>();
  for (const known of sets) {
    for (const row of known.set.rows) {
      const name = nameOf(row.mnemonic, aliases);
      if (!byName.has(name)) byName.set(name, []);
      byName.get(name)!.push({ set: known, mnemonic: row.mnemonic, code: codeKey(row.code), shape: shapeOf(row) });
    }
  }
  const names: NameCollision[] = [];
  const shapes: ShapeCollision[] = [];
  for (const [name, uses] of [...byName].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const spellings = [...new Set(uses.map(({ mnemonic }) => mnemonic.toUpperCase()))];
    if (new Set(uses.map(({ code }) => code)).size > 1) {
      names.push({ name, numbers: new Map(uses.map(({ set, code }) => [set.name, code])), spellings });
    }
    const known = uses.filter(({ set }) => set.knowsOperands);
    if (new Set(known.map(({ shape }) => shape)).size > 1) {
      shapes.push({ name, shapes: new Map(known.map(({ set, shape }) => [set.name, shape])) });
    }
  }
  return { names, shapes };
}

function pairsOf(sets: readonly KnownSet[], aliases: Authority['aliases'] | null): Pair[] {
  const pairs: Pair[] = [];
  sets.forEach((a, index) => {
    for (const b of sets.slice(index + 1)) {
      const shared = a.set.rows.filter((row) => b.set.byCode.has(codeKey(row.code)));
      const differing = shared.filter((row) => {
        const other = b.set.byCode.get(codeKey(row.code))!;
        return nameOf(row.mnemonic, aliases) !== nameOf(other.mnemonic, aliases);
      });
      pairs.push({ a: a.name, b: b.name, shared: shared.length, differing: differing.length });
    }
  });
  return pairs;
}
