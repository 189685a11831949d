/** The board files there are: those of a project, and those of fluxos. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isFolder, readerOf } from './host.ts';

const SUFFIX = '.toml';

/** Names of the files below `folders` that stand for a whole board (they name themselves), in order. */
export function boardNames(folders: readonly string[]): string[] {
  const read = readerOf(folders);
  const names = new Set<string>();
  for (const folder of folders) {
    const boards = join(folder, 'boards');
    if (!isFolder(boards)) continue;
    for (const file of readdirSync(boards)) if (file.endsWith(SUFFIX)) names.add(file.slice(0, -SUFFIX.length));
  }
  return [...names].filter((name) => /^name\s*=/m.test(read(`boards/${name}${SUFFIX}`) ?? '')).sort();
}

export function boardFileExists(folders: readonly string[], name: string): boolean {
  return /^[A-Za-z0-9_-]+$/.test(name) && readerOf(folders)(`boards/${name}${SUFFIX}`) !== null;
}

/** The board whose name is nearest to `name`, if one is near enough to be meant. */
export function nameNear(folders: readonly string[], name: string): string | null {
  let best: string | null = null;
  let least = Math.max(2, Math.floor(name.length / 2));
  for (const candidate of boardNames(folders)) {
    const distance = editDistance(name.toLowerCase(), candidate);
    if (distance > least || (distance === least && best !== null)) continue;
    best = candidate;
    least = distance;
  }
  return best;
}

/** How many letters to put in, take out or change to make `b` of `a` (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
