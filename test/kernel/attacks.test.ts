/**
 * The attack suite: hostile agents on every architecture. What each tries and what must end it stands in the tables of
 * `attacks/*.flux.md`; `attacks/supervise.flux.md` starts them, looks at what they have left behind, and prints a line for each.
 * Here the lines are held against the tables: an attack without a line has ended the system.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { skippedBoards } from '../boot/machine-models.ts';
import { HOST } from '../host.ts';
import { type Arch, ARCHES, boot, BOARDS, build } from './guest.ts';

const FOLDER = 'test/kernel/attacks';
const DOCUMENTS = ['memory', 'processor', 'calls', 'handles', 'messages', 'devices', 'endless', 'floods', 'leaks'];
const SKIPPED = await skippedBoards(Object.values(BOARDS));

interface Line {
  title: string;
  ended: string;
  verdict: string;
}

/** The titles of a document's tables, with those of the architecture's own document that it uses. */
function titlesOf(document: string, arch: Arch): string[] {
  const own = HOST.read(`${FOLDER}/${document}.flux.md`)!;
  const further = document === 'processor' ? HOST.read(`${FOLDER}/${arch}/instructions.flux.md`)! : '';
  return [...(further + own).matchAll(/^(?: {4}Attack\(title: |supervise\.claim\()"([^"]*)"/gm)].map((match) => match[1]!);
}

function readLine(text: string): Line {
  const [title, ended, verdict] = text.slice('attack: '.length).split(' | ');
  return { title: title!, ended: ended ?? '', verdict: verdict ?? '' };
}

const table = new Map<string, Partial<Record<Arch, string>>>();

describe.each(DOCUMENTS)('attacks of %s', (document) => {
  it.for(ARCHES)('end as they must on %s', async (arch, context) => {
    context.skip(SKIPPED.has(BOARDS[arch]), 'QEMU has no such machine here');
    const { lines, status, complaint } = await boot(build(`${FOLDER}/${document}.flux.md`, arch));
    const seen = lines.filter((text) => text.startsWith('attack: ')).map(readLine);
    for (const { title, ended } of seen) table.set(title, { ...table.get(title), [arch]: ended });
    const panic = lines.findIndex((text) => text.startsWith('panic: '));
    expect(panic < 0 ? [] : lines.slice(panic), 'the kernel panicked').toEqual([]);
    expect(seen.filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
    expect(seen.map(({ title }) => title)).toEqual(titlesOf(document, arch));
    expect({ status, complaint }).toEqual({ status: 0, complaint: '' });
  });
});

it('are forty and more on every architecture', () => {
  for (const arch of ARCHES) {
    const titles = DOCUMENTS.flatMap((document) => titlesOf(document, arch));
    expect(new Set(titles).size).toBe(titles.length);
    expect(titles.length).toBeGreaterThanOrEqual(40);
  }
});

afterAll(() => {
  const rows = [['tried', ...ARCHES], ...[...table].map(([title, ended]) => [title, ...ARCHES.map((arch) => ended[arch] ?? '')])];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  console.log(rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ').trimEnd()).join('\n'));
});
