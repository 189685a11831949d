import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../fluxc/diagnostics/catalogue.ts';
import type { Message } from '../../fluxc/diagnostics/message.ts';
import { errorReference } from '../../fluxc/diagnostics/reference.ts';
import { ROOT } from '../host.ts';

const PAGE = join(ROOT, 'docs/errors.md');
const ROWS = Object.entries(CATALOGUE as Record<string, Message>);

/** Texts of the sources below `folder` by path; the catalogue itself, where every code stands, is left out. */
function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('-messages.ts'))
    .map((path) => readFileSync(join(ROOT, folder, path), 'utf8'));
}

describe('the catalogue', () => {
  it('gives no code twice', () => {
    const folder = join(ROOT, 'fluxc/diagnostics');
    const codes = readdirSync(folder).filter((name) => name.endsWith('-messages.ts'))
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').match(/^ {2}FX\d{4}(?=:)/gm)!.map((code) => code.trim()));
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
    expect(codes.sort()).toEqual(ROWS.map(([code]) => code).sort());
  });

  it.each(ROWS)('%s says what is wrong and shows the smallest example', (code, { text, hint, example }) => {
    expect(code).toMatch(/^FX(0[1-9]|1[01])\d\d$/);
    expect(text.trim()).toBe(text);
    expect(text).not.toMatch(/[.!]$|^$/);
    expect(hint?.trim()).toBe(hint ?? undefined);
    expect(hint).not.toBe('');
    expect(example.trim()).not.toBe('');
  });

  it('has a row for every code that is reported, and no row that nothing reports', () => {
    const used = new Set([...sources('fluxc'), ...sources('cli')].flatMap((text) => text.match(/(?<=['"`])FX\d{4}(?=['"`])/g) ?? []));
    const codes = ROWS.map(([code]) => code);
    expect([...used].filter((code) => !codes.includes(code))).toEqual([]);
    expect(codes.filter((code) => !used.has(code))).toEqual([]);
  });
});

it('docs/errors.md is made from the catalogue (UPDATE=1 writes it)', () => {
  if (process.env['UPDATE']) writeFileSync(PAGE, errorReference());
  expect(readFileSync(PAGE, 'utf8')).toBe(errorReference());
});
