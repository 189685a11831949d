/**
 * Writes a disk to a file or device, reads it back and compares.
 *
 * Only the pieces are written. **What makes them count goes last**, once everything else is there and has been read back. For a whole
 * card that is the first sector: until then the target has no partition table, so whatever ends the work early leaves a card that no
 * machine takes for a good one. For one slot it is the slot record: until then the other slot is started.
 */
import { spawn } from 'node:child_process';
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { type Disk, type Piece, SECTOR } from '../../images/disk.ts';

export interface WriteProgress {
  phase: 'writing' | 'verifying';
  done: number;
  total: number;
}

export interface WriteOptions {
  /** a block device: it is read back past the cache, and keeps its size */
  isDevice: boolean;
  onProgress?: (progress: WriteProgress) => void;
  /** ends the work at the next step */
  signal?: AbortSignal;
}

export type WriteResult =
  | { kind: 'done'; bytes: number }
  /** ended from outside; the target holds no bootable image */
  | { kind: 'interrupted'; phase: WriteProgress['phase']; done: number; total: number }
  /** the target refused: pulled, full, broken */
  | { kind: 'failed'; phase: WriteProgress['phase']; offset: number; why: string }
  /** read back something else than was written */
  | { kind: 'differs'; offset: number };

/** What one call writes or reads: large enough to be fast, small enough for progress and Ctrl-C. */
const STEP = 1 << 20;

/** Writes `disk` to the file or device at `path`. Never throws for what the target does. */
export function writeDisk(path: string, disk: Disk, options: WriteOptions): Promise<WriteResult> {
  // Old tables must not survive a half-written card.
  const before = { offset: 0, bytes: new Uint8Array(SECTOR) };
  return run(path, options, { size: disk.size, before, pieces: withoutFirstSector(disk), last: { offset: 0, bytes: firstSector(disk) } });
}

/** Writes `pieces` onto the card that is at `path` already, and `last` once they have been read back. What lies between stays. */
export function writeOnto(path: string, pieces: readonly Piece[], last: Piece, options: WriteOptions): Promise<WriteResult> {
  return run(path, options, { size: null, before: null, pieces, last });
}

interface Work {
  /** the size that a file gets; null: it keeps its own */
  size: number | null;
  before: Piece | null;
  pieces: readonly Piece[];
  last: Piece;
}

async function run(path: string, options: WriteOptions, { size, before, pieces, last }: Work): Promise<WriteResult> {
  const total = pieces.reduce((sum, { bytes }) => sum + bytes.length, last.bytes.length);
  const job = new Job(path, options, total);
  try {
    job.open(size);
    if (before) await job.write([before], false);
    await job.write(pieces, true);
    job.flush();
    await job.verify(pieces);
    await job.write([last], false);
    job.flush();
    await job.verify([last]);
    return { kind: 'done', bytes: total };
  } catch (error) {
    if (error instanceof Ended) return error.result;
    const { code, message } = error as NodeJS.ErrnoException;
    return { kind: 'failed', phase: job.phase, offset: job.offset, why: REASONS[code ?? ''] ?? message };
  } finally {
    job.close();
  }
}

/** What calls of the operating system mean here. */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no more room on it', EIO: 'it does not answer: was it pulled out, or is it broken?',
  ENXIO: 'it is gone: was it pulled out?', ENODEV: 'it is gone: was it pulled out?', ENOMEDIUM: 'there is no card in it',
  EROFS: 'it is write-protected', EACCES: 'you may not write to it', EPERM: 'you may not write to it',
};

class Ended extends Error {
  constructor(readonly result: WriteResult) {
    super('the work ended early');
  }
}

class Job {
  phase: WriteProgress['phase'] = 'writing';
  offset = 0;
  private descriptor = -1;
  private done = 0;

  constructor(private readonly path: string, private readonly options: WriteOptions, private readonly total: number) {}

  /** Opens the target; a file becomes one of that size, with nothing in it. */
  open(size: number | null): void {
    const isNew = !this.options.isDevice && size !== null;
    this.descriptor = openSync(this.path, isNew ? 'w+' : 'r+');
    if (isNew && fstatSync(this.descriptor).isFile()) ftruncateSync(this.descriptor, size);
  }

  async write(pieces: readonly Piece[], isCounted: boolean): Promise<void> {
    this.phase = 'writing';
    for (const { offset, bytes } of pieces) {
      for (let at = 0; at < bytes.length; at += STEP) {
        await this.pause();
        this.offset = offset + at;
        let part = bytes.subarray(at, at + STEP);
        while (part.length > 0) {
          const count = writeSync(this.descriptor, part, 0, part.length, this.offset);
          this.offset += count;
          part = part.subarray(count);
          if (isCounted) this.advance(count);
        }
      }
    }
  }

  flush(): void {
    fsyncSync(this.descriptor);
  }

  /** Reads the pieces back, from the medium itself where that can be asked for. */
  async verify(pieces: readonly Piece[]): Promise<void> {
    this.phase = 'verifying';
    this.done = 0;
    for (const { offset, bytes } of pieces) {
      for (let at = 0; at < bytes.length; at += STEP) {
        await this.pause();
        this.offset = offset + at;
        const wanted = bytes.subarray(at, at + STEP);
        const got = this.options.isDevice ? await readPastCache(this.path, this.offset, wanted.length) : this.read(wanted.length);
        for (let i = 0; i < wanted.length; i++) {
          if (got[i] !== wanted[i]) throw new Ended({ kind: 'differs', offset: this.offset + i });
        }
        this.advance(wanted.length);
      }
    }
  }

  close(): void {
    if (this.descriptor >= 0) closeSync(this.descriptor);
  }

  private read(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let count = 0;
    while (count < length) {
      const now = readSync(this.descriptor, bytes, count, length - count, this.offset + count);
      if (now === 0) break;
      count += now;
    }
    return bytes.subarray(0, count);
  }

  private advance(count: number): void {
    this.done += count;
    this.options.onProgress?.({ phase: this.phase, done: this.done, total: this.total });
  }

  /** Lets signals and timers in; ends the work if it was asked to. */
  private async pause(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (!this.options.signal?.aborted) return;
    throw new Ended({ kind: 'interrupted', phase: this.phase, done: this.done, total: this.total });
  }
}

/**
 * Node cannot ask for aligned buffers, which reading past the page cache takes: `dd` can. Whole sectors around what is wanted
 * are read.
 */
function readPastCache(path: string, offset: number, length: number): Promise<Uint8Array> {
  const ALIGNMENT = 4096;
  const start = Math.floor(offset / ALIGNMENT);
  const end = Math.ceil((offset + length) / ALIGNMENT);
  const args = [`if=${path}`, 'iflag=direct', `bs=${ALIGNMENT}`, `skip=${start}`, `count=${end - start}`, 'status=none'];
  return new Promise((resolve, reject) => {
    const reader = spawn('dd', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Uint8Array[] = [];
    let complaint = '';
    reader.stdout.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    reader.stderr.on('data', (chunk: Uint8Array) => (complaint += Buffer.from(chunk).toString()));
    reader.on('error', reject);
    reader.on('close', (status) => {
      if (status !== 0) reject(new Error(complaint.trim() || `dd ended with status ${status}`));
      else resolve(Buffer.concat(chunks).subarray(offset - start * ALIGNMENT, offset - start * ALIGNMENT + length));
    });
  });
}

function firstSector({ pieces }: Disk): Uint8Array {
  const bytes = new Uint8Array(SECTOR);
  for (const piece of pieces) if (piece.offset < SECTOR) bytes.set(piece.bytes.subarray(0, SECTOR - piece.offset), piece.offset);
  return bytes;
}

function withoutFirstSector({ pieces }: Disk): Piece[] {
  return pieces.flatMap((piece) => {
    const cut = Math.max(0, SECTOR - piece.offset);
    return cut >= piece.bytes.length ? [] : [{ offset: piece.offset + cut, bytes: piece.bytes.subarray(cut) }];
  });
}
