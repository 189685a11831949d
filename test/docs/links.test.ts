/** The pages lead somewhere: every link of the README and of `docs/` to a file of the repository, and the README to every page. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../host.ts';

const PAGES = ['README.md', ...readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];

/** Headings as GitHub makes anchors of them. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map((match) => match[1]!.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replace(/\s/g, '-'));
}

describe.each(PAGES)('%s', (page) => {
  it('links to what is there', () => {
    const text = readFileSync(join(ROOT, page), 'utf8').replace(/^(`{3,})[^]*?^\1$/gm, '');
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path, anchor] = target!.split('#') as [string, string?];
      const file = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), path);
      expect(existsSync(file), `${target} of ${page}`).toBe(true);
      if (anchor !== undefined) expect(anchors(readFileSync(file, 'utf8')), `${target} of ${page}`).toContain(anchor);
    }
  });
});

it('the README leads to every page of docs/', () => {
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8');
  expect(PAGES.slice(1).filter((page) => !text.includes(`(${page})`))).toEqual([]);
});
