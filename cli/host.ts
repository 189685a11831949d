/** The compiler's window on the file system: the project's folder first, then what fluxos brings. */
import { readFileSync, type Stats, statSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';

/** Folder that holds `kernel/`, `hal/` and `boards/`: the bundle lies in `dist/` below it. */
export const HOME = resolve(__dirname, '..');

/** Reads `path` below the first of `folders` that has it; null if none has. Nothing outside of them is ever read. */
export function readerOf(folders: readonly string[]): (path: string) => string | null {
  return (path) => firstOf(folders, path, (full) => readFileSync(full, 'utf8'));
}

/** The same for files that are no text. */
export function bytesReaderOf(folders: readonly string[]): (path: string) => Uint8Array | null {
  return (path) => firstOf(folders, path, (full) => new Uint8Array(readFileSync(full)));
}

function firstOf<T>(folders: readonly string[], path: string, read: (full: string) => T): T | null {
  for (const folder of folders) {
    const full = resolve(join(folder, path));
    const top = resolve(folder);
    if (!full.startsWith(top.endsWith(sep) ? top : top + sep)) continue;
    try {
      return read(full);
    } catch {
      continue;
    }
  }
  return null;
}

/** What lies at `path`; null if nothing does, or nothing that can be reached. */
export function statOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

export function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory() ?? false;
}
