/**
 * Firmware of a board's vendor that may not be handed on with fluxos: where this machine has it.
 *
 * Looked for in this order: the folder that the user names, `firmware/` of the project, the cache, the folders where
 * distributions install it. What was found in a named folder is copied to the cache, so it has to be named once only.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Folders of packages: Debian's `raspi-firmware`, Raspberry Pi OS's boot partition, old and new. */
const INSTALLED = ['/usr/lib/raspi-firmware', '/boot/firmware', '/boot'];

export interface FoundFirmware {
  files: { name: string; bytes: Uint8Array; path: string; isKnown: boolean }[];
  missing: string[];
  /** where it was looked for */
  folders: string[];
}

export interface FirmwareOptions {
  /** the user's own */
  folder?: string;
  project: string;
}

export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'fluxos', 'firmware');
}

/** `wanted`: names, and the SHA-256 of the version that is known to work. A start file and its fixup file belong together, so all come from one folder. */
export function findFirmware(wanted: ReadonlyMap<string, string>, { folder, project }: FirmwareOptions): FoundFirmware {
  const folders = folder === undefined ? [join(project, 'firmware'), cacheFolder(), ...INSTALLED] : [folder];
  let best: FoundFirmware = { files: [], missing: [...wanted.keys()], folders };
  for (const place of folders) {
    const found: FoundFirmware = { files: [], missing: [], folders };
    for (const [name, sha256] of wanted) {
      const path = join(place, name);
      const bytes = read(path);
      if (bytes) found.files.push({ name, bytes, path, isKnown: createHash('sha256').update(bytes).digest('hex') === sha256 });
      else found.missing.push(name);
    }
    if (found.missing.length < best.missing.length) best = found;
    if (best.missing.length === 0) break;
  }
  if (folder !== undefined && best.missing.length === 0) remember(best);
  return best;
}

/** A cache that cannot be written is no reason to fail. */
function remember({ files }: FoundFirmware): void {
  try {
    mkdirSync(cacheFolder(), { recursive: true });
    for (const { name, bytes } of files) writeFileSync(join(cacheFolder(), name), bytes);
  } catch {
    return;
  }
}

function read(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}
