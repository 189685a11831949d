import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withKernelReference } from '../../fluxc/lang/kernel-reference.ts';
import { HOST, ROOT } from '../host.ts';

const PAGE = join(ROOT, 'docs/kernel.md');

it('docs/kernel.md holds the tables of the kernel as they are (UPDATE=1 writes them)', () => {
  const text = readFileSync(PAGE, 'utf8');
  if (process.env['UPDATE']) writeFileSync(PAGE, withKernelReference(text, HOST));
  expect(readFileSync(PAGE, 'utf8')).toBe(withKernelReference(text, HOST));
});

it('a part that names what is not there is an error', () => {
  const part = (what: string) => `<!-- generated: ${what} -->\n<!-- end -->`;
  expect(() => withKernelReference(part('kernel/interface.flux.md, enum Nothing: u8'), HOST)).toThrow('no `enum Nothing: u8`');
  expect(() => withKernelReference(part('kernel/nowhere.flux.md, const A'), HOST)).toThrow('there is no kernel/nowhere.flux.md');
});
