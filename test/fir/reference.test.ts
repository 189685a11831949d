import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { REFERENCE, withReference } from '../../fluxc/fir/reference.ts';
import { verifyModule } from '../../fluxc/fir/verify.ts';
import { firModule } from './text.ts';

const PATH = 'docs/fir.md';

it('docs/fir.md holds the tables as they are (UPDATE=1 writes them)', () => {
  const text = readFileSync(PATH, 'utf8');
  for (const name of Object.keys(REFERENCE)) expect(text).toContain(`<!-- generated: ${name} -->`);
  if (process.env['UPDATE']) writeFileSync(PATH, withReference(text));
  expect(readFileSync(PATH, 'utf8')).toBe(withReference(text));
});

it('the example of docs/fir.md is sound', () => {
  const example = readFileSync(PATH, 'utf8').split('```fir\n')[1]!.split('```')[0]!;
  expect(verifyModule(firModule(example))).toEqual([]);
});
