/** `docs/commands.md`: what every command says of itself, and nothing else. `UPDATE=1` writes it anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { helpOfAll } from '../../cli/main.ts';
import { ROOT } from '../host.ts';

const PATH = join(ROOT, 'docs/commands.md');
const WIDTH = 110;
const PAGES = helpOfAll(WIDTH);

function page(): string {
  const title = (name: string) => (name === 'fluxos' ? 'fluxos' : name.replace(/^fluxos /, ''));
  const sections = PAGES.map(({ name, text }) => `## ${title(name)}\n\n\`\`\`text\n${text.trim().replace(/[ \t]+$/gm, '')}\n\`\`\`\n`);
  const list = PAGES.slice(1).map(({ name, description }) => `- [\`${name}\`](#${title(name).replace(/ /g, '-')}): ${description}`);
  return `# Commands

Every command with all of its options, as \`--help\` shows them; the page is made from the same texts (\`npm run update\`).

Results go to standard output, remarks, progress and errors to standard error. With \`--json\` standard output is one JSON value:
the results, and under \`diagnostics\` everything that was reported. Messages have codes, which [errors.md](errors.md) explains.

${list.join('\n')}

${sections.join('\n')}`;
}

describe('docs/commands.md', () => {
  it('is what the commands say', () => {
    if (process.env['UPDATE']) writeFileSync(PATH, page());
    expect(readFileSync(PATH, 'utf8')).toBe(page());
  });

  it.each(PAGES.map(({ name, text }) => [name, text]))('%s says what each of its options does', (_, text) => {
    const options = text.split('\n').filter((line) => /^ {2}-/.test(line));
    expect(options.length).toBeGreaterThan(0);
    // A long option stands alone, its description below it.
    for (const line of options) expect(`${line}${text.slice(text.indexOf(line) + line.length).split(/\n {2}-/)[0]}`).toMatch(/ {2,}\S+ \S+/);
  });

  it('lists every command under a heading that a newcomer understands', () => {
    expect(PAGES[0]!.text).not.toMatch(/^Commands:$/m);
    for (const heading of ['Write and run:', 'Real boards:', 'Look inside:', 'Sign and check:']) expect(PAGES[0]!.text).toContain(`\n${heading}\n`);
  });
});
