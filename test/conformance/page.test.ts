/** `docs/conformance.md` shows the list of contradictory vectors, and its figures are those of the runs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CONTRADICTIONS } from '../../cli/vm/conformance/contradictions.ts';
import { ROOT } from '../host.ts';
import { SHARED } from './suites.ts';

const PATH = join(ROOT, 'docs/conformance.md');
const LAST = 'this table is made from it.\n\n';

function table(): string {
  const rows = CONTRADICTIONS.map(({ profile, name, expected, got, reason }) => {
    return `| ${profile} | \`${name}\` | ${expected} | ${got} | ${reason} |\n`;
  });
  return `| profile | vector | expects | comes to | reason |\n|---|---|---|---|---|\n${rows.join('')}`;
}

it('the page lists the contradictory vectors', () => {
  const page = readFileSync(PATH, 'utf8');
  const end = page.indexOf(LAST) + LAST.length;
  const wanted = page.slice(0, end) + table();
  if (process.env['UPDATE']) writeFileSync(PATH, wanted);
  expect(readFileSync(PATH, 'utf8')).toBe(wanted);
});

it('its figures are those of the sets', () => {
  const page = readFileSync(PATH, 'utf8');
  for (const { profile, suite } of SHARED) {
    const listed = CONTRADICTIONS.filter((one) => one.profile === profile).length;
    const count = suite.vectors.length;
    expect(page).toMatch(new RegExp(`, ${profile} \\| ${count} of \\d+ \\| ${count - listed} \\| ${listed} \\|`));
  }
});
