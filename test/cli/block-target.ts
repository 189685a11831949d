/**
 * A target for `fluxos flash` with other bytes around it: a loop device on the middle of a file, or where no loop device can be
 * made (that takes root) the description of one beside an ordinary file. The tests are the same; their names say which it was.
 */
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execaSync } from 'execa';
import { type BlockDevice, listDevices } from '../../cli/flash/devices.ts';

const MIB = 2 ** 20;
/** Bytes of the file before and behind the device, which nobody may touch. */
const GUARD = MIB;
const GUARD_BYTE = 0xa5;

function run(program: string, ...args: string[]): string | null {
  const { stdout, exitCode } = execaSync(program, args, { reject: false, stdin: 'ignore' });
  return exitCode === 0 ? stdout.trim() : null;
}

/** Why there is no loop device here; null if there is. */
export const WITHOUT_LOOP = ((): string | null => {
  const file = join(mkdtempSync(join(tmpdir(), 'fluxos-loop-')), 'try');
  writeFileSync(file, new Uint8Array(MIB));
  const device = run('losetup', '--find', '--show', file);
  if (device === null) return 'no loop device can be made here';
  run('losetup', '--detach', device);
  return null;
})();

export const KIND = WITHOUT_LOOP === null ? 'a loop device' : `a file that is taken for a device (${WITHOUT_LOOP})`;

export class BlockTarget {
  private readonly folder = mkdtempSync(join(tmpdir(), 'fluxos-target-'));
  private readonly backing = join(this.folder, 'backing');
  private readonly isLoop = WITHOUT_LOOP === null;
  private isHeld = false;
  readonly path: string;

  /** Filled with `content`, which may be shorter. */
  constructor(readonly bytes: number, content: Uint8Array) {
    const whole = new Uint8Array(bytes + (this.isLoop ? 2 * GUARD : 0)).fill(GUARD_BYTE);
    whole.set(content, this.isLoop ? GUARD : 0);
    writeFileSync(this.backing, whole);
    this.path = this.isLoop
      ? run('losetup', '--find', '--show', '--offset', String(GUARD), '--sizelimit', String(bytes), this.backing)!
      : this.backing;
  }

  /** The disks of this machine, the target among them. */
  get devices(): BlockDevice[] {
    if (this.isLoop) return listDevices();
    const uses = this.isHeld ? ['mounted at /mnt'] : [];
    return [{
      name: basename(this.path), path: this.path, bytes: this.bytes, model: '', isRemovable: false, isLoop: true, isReadOnly: false,
      uses, isSystem: false,
    }];
  }

  /** All that is on it. */
  read(): Buffer {
    const bytes = Buffer.alloc(this.bytes);
    const descriptor = openSync(this.path, 'r');
    for (let at = 0; at < bytes.length;) at += readSync(descriptor, bytes, at, bytes.length - at, at);
    closeSync(descriptor);
    return bytes;
  }

  /** Changes what lies on the medium, behind the back of whoever reads the device. */
  alter(offset: number, change: (byte: number) => number): void {
    const descriptor = openSync(this.backing, 'r+');
    const at = offset + (this.isLoop ? GUARD : 0);
    const byte = Buffer.alloc(1);
    readSync(descriptor, byte, 0, 1, at);
    writeSync(descriptor, Uint8Array.of(change(byte[0]!)), 0, 1, at);
    closeSync(descriptor);
  }

  /** Whether the bytes before and behind it are what they were. */
  get isGuardWhole(): boolean {
    if (!this.isLoop) return readFileSync(this.backing).length === this.bytes;
    run('sync', this.path);
    const whole = readFileSync(this.backing);
    const sides = [whole.subarray(0, GUARD), whole.subarray(GUARD + this.bytes)];
    return whole.length === this.bytes + 2 * GUARD && sides.every((side) => side.every((byte) => byte === GUARD_BYTE));
  }

  /** Makes and mounts a file system on it. */
  mount(): void {
    this.isHeld = true;
    if (!this.isLoop) return;
    execaSync('mkfs.ext4', ['-q', this.path]);
    execaSync('mkdir', [join(this.folder, 'mounted')]);
    execaSync('mount', [this.path, join(this.folder, 'mounted')]);
  }

  unmount(): void {
    this.isHeld = false;
    if (this.isLoop) run('umount', join(this.folder, 'mounted'));
  }

  end(): void {
    if (this.isHeld) this.unmount();
    if (this.isLoop) run('losetup', '--detach', this.path);
  }
}
