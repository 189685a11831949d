/** The serial ports of this machine, and opening one: settings through `stty`, which every Unix has. */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Port {
  /** what to name it by: a link that says which adapter it is, where there is one */
  path: string;
  /** the device itself */
  device: string;
}

const BY_ID = '/dev/serial/by-id';
const DEVICES = '/dev';
/** Adapters and boards on USB; the UART of a Raspberry Pi that is the host; macOS's, the one that does not wait for a carrier. */
const NAMES = /^(ttyUSB|ttyACM|ttyAMA|serial|cu\.usb|cu\.SLAB|cu\.wch)/;
const GROUPS = '/etc/group';

/** Links with the adapter's name first, then devices without one. `root` is there for tests. */
export function listPorts(root = ''): Port[] {
  const linked = names(root + BY_ID).flatMap((name) => {
    const path = root + join(BY_ID, name);
    const device = realOf(path);
    return device === null ? [] : [{ path, device }];
  });
  const known = new Set(linked.map(({ device }) => device));
  const plain = names(root + DEVICES).filter((name) => NAMES.test(name)).flatMap((name) => {
    const path = root + join(DEVICES, name);
    const device = realOf(path);
    return device === null || known.has(device) || statSync(device).isDirectory() ? [] : [{ path, device }];
  });
  return [...linked, ...plain];
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function realOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

export type Opened =
  | { kind: 'open'; descriptor: number }
  | { kind: 'absent' }
  /** with the group that may open it, if that has a name */
  | { kind: 'forbidden'; group: string | null }
  | { kind: 'failed'; why: string };

/**
 * Opens a port raw: bytes pass as they are, in both directions, at so many bits a second. It does not become the terminal of this
 * process, and opening does not wait for a carrier.
 */
export function openPort(path: string, baud: number): Opened {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENXIO' || code === 'ENODEV') return { kind: 'absent' };
    if (code === 'EACCES' || code === 'EPERM') return { kind: 'forbidden', group: groupOf(path) };
    return { kind: 'failed', why: code === 'EBUSY' ? 'another program has it' : message };
  }
  // The settings of standard input, which is the port here: the option that names a device differs between systems.
  const settings = ['raw', '-echo', '-echoe', '-echok', 'clocal', '-hupcl', 'cs8', '-parenb', '-cstopb', '-crtscts', String(baud)];
  const { status, stderr, error } = spawnSync('stty', settings, { stdio: [descriptor, 'ignore', 'pipe'], encoding: 'utf8' });
  if (status === 0) return { kind: 'open', descriptor };
  closeSync(descriptor);
  return { kind: 'failed', why: error ? `\`stty\` is not there (${error.message})` : stderr.trim().replace(/^stty: /, '') };
}

/** The group that a device belongs to, if its members may use it. */
function groupOf(path: string): string | null {
  try {
    const { gid, mode } = statSync(path);
    if ((mode & 0o060) !== 0o060) return null;
    const entry = readFileSync(GROUPS, 'utf8').split('\n').map((line) => line.split(':')).find((fields) => Number(fields[2]) === gid);
    return entry?.[0] ?? null;
  } catch {
    return null;
  }
}
