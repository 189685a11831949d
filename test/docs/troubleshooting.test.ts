/** `docs/troubleshooting.md` quotes the product: each message that it names is one that fluxos has, word for word. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../fluxc/diagnostics/catalogue.ts';
import type { Message } from '../../fluxc/diagnostics/message.ts';
import { ROOT } from '../host.ts';

const PAGE = readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8');
const ROWS = PAGE.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| you see')).map((line) => line.slice(2).split(' | '));

/** All that says something: the command and the compiler, loaders, the kernel. */
const PRODUCT = ['cli', 'fluxc', 'hal', 'kernel'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter((path) => /\.(ts|md)$/.test(path))
    .map((path) => readFileSync(join(ROOT, folder, path), 'utf8'))).join('\n');

const CODED = ROWS.flatMap(([seen]) => {
  const [, code, message] = /`(FX\d{4})`(?: `([^`]+)`)?/.exec(seen!) ?? [];
  return code ? [{ code, message: message ?? '…' }] : [];
});
const SPOKEN = ROWS.flatMap(([seen]) => (seen!.includes('FX') ? [] : [.../`([^`]+)`/g[Symbol.matchAll](seen!)].map((match) => match[1]!)))
  .filter((quoted) => /\w \w/.test(quoted) && !quoted.startsWith('fluxos run'));

describe('docs/troubleshooting.md', () => {
  it('has rows', () => {
    expect(CODED.length).toBeGreaterThan(15);
    expect(SPOKEN.length).toBeGreaterThan(8);
  });

  it.each(CODED)('$code says: $message', ({ code, message }) => {
    const known = (CATALOGUE as Record<string, Message>)[code];
    expect(known).toBeDefined();
    const text = known!.text.replaceAll('`', '');
    for (const part of message.split('…')) {
      const words = part.replace(/^[:\s]+|[:\s]+$/g, '');
      // What a `{}` stands for comes from the command.
      expect(text.includes(words) || PRODUCT.includes(words), `"${words}" in "${text}"`).toBe(true);
    }
  });

  it.each(SPOKEN)('something says: %s', (quoted) => {
    for (const part of quoted.replace(/^(fluxos|panic): /, '').split('…')) {
      const words = part.trim();
      if (words.length > 1) expect(PRODUCT).toContain(words);
    }
  });
});
