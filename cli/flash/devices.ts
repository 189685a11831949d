/**
 * The block devices of this machine as Linux describes them, and which of them may be written to.
 *
 * Everything is read from `/sys` and `/proc` below a root folder, so that tests can bring machines of their own. Nothing here
 * opens a device.
 */
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface BlockDevice {
  /** `sdb`, `mmcblk0`, `loop3` */
  name: string;
  /** `/dev/sdb` */
  path: string;
  bytes: number;
  /** what it calls itself; empty if it does not say */
  model: string;
  /** a card reader, a USB stick, a card slot */
  isRemovable: boolean;
  /** a file that looks like a disk */
  isLoop: boolean;
  isReadOnly: boolean;
  /** where the whole disk or parts of it are mounted, or what else uses them */
  uses: readonly string[];
  /** holds the running system */
  isSystem: boolean;
}

const SECTOR = 512;
/** Devices that are no disks: memory, compressed memory, floppies, optical drives, mapped and joined ones. */
const NO_DISKS = /^(ram|zram|fd|sr|dm-|md|nbd|zd)/;
/** Where the system itself is mounted from. */
const SYSTEM_MOUNTS = ['/', '/boot', '/boot/efi', '/boot/firmware', '/usr', '/var', '/home'];

/** All disks, in the order of their names. `root`: the folder that has `sys` and `proc`. */
export function listDevices(root = '/'): BlockDevice[] {
  const mounts = readMounts(root);
  const swaps = lines(join(root, 'proc/swaps')).slice(1).map((line) => line.split(/\s+/)[0]!);
  return names(join(root, 'sys/block')).filter((name) => !NO_DISKS.test(name)).sort().flatMap((name) => {
    const folder = join(root, 'sys/block', name);
    const bytes = Number(text(join(folder, 'size'))) * SECTOR;
    if (!(bytes > 0)) return [];
    const parts = [name, ...names(folder).filter((part) => part.startsWith(name))];
    const numbers = parts.map((part) => text(join(folder, part === name ? '' : part, 'dev')));
    const mounted = mounts.filter((mount) => numbers.includes(mount.number) || parts.includes(basename(mount.source)));
    const swapped = swaps.filter((path) => parts.includes(basename(path)));
    const held = parts.flatMap((part) => names(join(folder, part === name ? '' : part, 'holders')));
    return [{
      name, path: `/dev/${name}`, bytes,
      model: [text(join(folder, 'device/vendor')), text(join(folder, 'device/model')), text(join(folder, 'device/name'))].filter(Boolean).join(' '),
      isRemovable: isRemovable(folder, name), isLoop: name.startsWith('loop'), isReadOnly: text(join(folder, 'ro')) === '1',
      uses: [
        ...mounted.map(({ place }) => `mounted at ${place}`), ...swapped.map((path) => `swap on ${path}`),
        ...held.map((holder) => `part of ${holder}`),
      ],
      isSystem: mounted.some(({ place }) => SYSTEM_MOUNTS.includes(place)),
    }];
  });
}

/** A medium that can be taken out, something on USB, or a card slot (but not a card that is soldered in: eMMC). */
function isRemovable(folder: string, name: string): boolean {
  if (text(join(folder, 'removable')) === '1') return true;
  if (name.startsWith('mmcblk')) return text(join(folder, 'device/type')) === 'SD';
  try {
    return /\/usb\d/.test(realpathSync(join(folder, 'device')));
  } catch {
    return false;
  }
}

interface Mount {
  /** `8:1` */
  number: string;
  place: string;
  source: string;
}

/** See proc(5), /proc/pid/mountinfo: id, parent, number, root, place, options, fields up to `-`, type, source. */
function readMounts(root: string): Mount[] {
  return lines(join(root, 'proc/self/mountinfo')).map((line) => {
    const fields = line.split(' ');
    const source = fields[fields.indexOf('-') + 2] ?? '';
    const place = (fields[4] ?? '').replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
    return { number: fields[2] ?? '', place, source };
  });
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function lines(path: string): string[] {
  return text(path).split('\n').filter((line) => line !== '');
}
