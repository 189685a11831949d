/** Two instruction sets side by side, row by row. */
import { codeKey, type Row } from '../instruction-set.ts';
import { type Authority, codeText, type KnownSet, nameOf, shapeOf } from './authority.ts';

export type Agreement =
  /** name, number and operands */
  | 'same'
  /** another number */
  | 'renumbered'
  /** other operands, the same number */
  | 'reshaped'
  /** both */
  | 'renumbered and reshaped'
  /** the same number or not: of one of the two the operands are not known */
  | 'same number' | 'other number'
  | 'only here' | 'only there';

export interface ComparedRow {
  name: string;
  a: Row | null;
  b: Row | null;
  agreement: Agreement;
  /** what the number of `a` means in `b`, if that is something else */
  takenBy: string | null;
}

export interface Comparison {
  rows: ComparedRow[];
  counts: Map<Agreement, number>;
}

export function compareSets(a: KnownSet, b: KnownSet, aliases: Authority['aliases'] | null): Comparison {
  const others = new Map<string, Row[]>();
  for (const row of b.set.rows) {
    const name = nameOf(row.mnemonic, aliases);
    others.set(name, [...(others.get(name) ?? []), row]);
  }
  const rows: ComparedRow[] = [];
  const matched = new Set<Row>();
  for (const row of a.set.rows) {
    const name = nameOf(row.mnemonic, aliases);
    const free = (others.get(name) ?? []).filter((candidate) => !matched.has(candidate));
    // The same spelling before an alias of it.
    const spelled = free.find(({ mnemonic }) => mnemonic.toUpperCase() === row.mnemonic.toUpperCase());
    const other = spelled ?? free[0] ?? null;
    if (other) matched.add(other);
    const there = b.set.byCode.get(codeKey(row.code));
    const takenBy = there && there !== other ? there.mnemonic : null;
    rows.push({ name, a: row, b: other, agreement: other ? agreementOf(a, row, b, other) : 'only here', takenBy });
  }
  for (const row of b.set.rows) {
    if (!matched.has(row)) {
      rows.push({ name: nameOf(row.mnemonic, aliases), a: null, b: row, agreement: 'only there', takenBy: null });
    }
  }
  const counts = new Map<Agreement, number>();
  for (const { agreement } of rows) counts.set(agreement, (counts.get(agreement) ?? 0) + 1);
  return { rows, counts };
}

function agreementOf(a: KnownSet, left: Row, b: KnownSet, right: Row): Agreement {
  const isNumber = codeText(left) === codeText(right);
  if (!a.knowsOperands || !b.knowsOperands) return isNumber ? 'same number' : 'other number';
  const isShape = shapeOf(left) === shapeOf(right);
  if (isNumber) return isShape ? 'same' : 'reshaped';
  return isShape ? 'renumbered' : 'renumbered and reshaped';
}
