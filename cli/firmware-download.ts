/**
 * Downloads firmware into the cache, when the user asks for it.
 *
 * What has come stands in a folder of its own until all of it is there and checked; then it is renamed into place, so nobody
 * ever finds half a file, or a start file without the fixup file that belongs to it. A download that was cut goes on where it
 * ended.
 */
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { statOf } from './host.ts';

/** The vendor's own repository, at the version whose files the boards' descriptions have the checksums of. */
export const OFFICIAL = {
  url: 'https://raw.githubusercontent.com/raspberrypi/firmware/1.20220830/boot/',
  licence: 'https://github.com/raspberrypi/firmware/blob/1.20220830/boot/LICENCE.broadcom',
  terms: 'The firmware is Broadcom\'s: it may be copied unchanged, and used on Raspberry Pi boards only.',
};

const PARTIAL = 'partial';
const MOST_REDIRECTS = 5;
/** Without a byte for so long the server is taken for gone. */
const SILENCE_MILLISECONDS = 30_000;
/** The largest firmware file has three. */
const MOST_BYTES = 64 * 2 ** 20;

export interface DownloadOptions {
  /** where from; ends with a slash */
  from: string;
  /** where the files go at last */
  folder: string;
  /** take files whose checksum is not the known one */
  anyVersion?: boolean;
  signal: AbortSignal;
  /** `total` is null where the server does not say */
  onProgress: (name: string, bytes: number, total: number | null) => void;
}

export type DownloadResult =
  | { kind: 'done'; files: { name: string; path: string; bytes: number; isKnown: boolean }[] }
  | { kind: 'interrupted' }
  | { kind: 'failed'; name: string; why: string }
  /** it came whole, but is another file */
  | { kind: 'differs'; name: string; sha256: string };

/** `wanted`: names and checksums. */
export async function download(wanted: ReadonlyMap<string, string>, options: DownloadOptions): Promise<DownloadResult> {
  const { folder, signal, anyVersion = false } = options;
  const waiting = join(folder, PARTIAL);
  const files: { name: string; bytes: number; isKnown: boolean }[] = [];
  for (const [name, known] of wanted) {
    const path = join(waiting, name);
    try {
      mkdirSync(waiting, { recursive: true });
      let sha256 = await fetchFile(name, path, options);
      if (sha256.digest !== known && sha256.wasResumed) {
        // The beginning may have been of another version.
        rmSync(path, { force: true });
        sha256 = await fetchFile(name, path, options);
      }
      if (sha256.digest !== known && !anyVersion) {
        rmSync(path, { force: true });
        return { kind: 'differs', name, sha256: sha256.digest };
      }
      files.push({ name, bytes: statOf(path)!.size, isKnown: sha256.digest === known });
    } catch (error) {
      return signal.aborted ? { kind: 'interrupted' } : { kind: 'failed', name, why: (error as Error).message };
    }
  }
  if (signal.aborted) return { kind: 'interrupted' };
  try {
    for (const { name } of files) renameSync(join(waiting, name), join(folder, name));
    rmSync(waiting, { recursive: true, force: true });
  } catch (error) {
    return { kind: 'failed', name: files[0]?.name ?? '', why: (error as Error).message };
  }
  return { kind: 'done', files: files.map((file) => ({ ...file, path: join(folder, file.name) })) };
}

/** Fetches what `path` does not have yet; answers the checksum of the whole. */
async function fetchFile(name: string, path: string, options: DownloadOptions): Promise<{ digest: string; wasResumed: boolean }> {
  const { from, signal, onProgress } = options;
  const have = statOf(path)?.size ?? 0;
  const answer = await request(new URL(name, from), have, signal);
  const isRest = answer.statusCode === 206 && answer.headers['content-range']?.startsWith(`bytes ${have}-`) === true;
  // 416: nothing is left of it, or it is shorter than what is here. The checksum will tell.
  if (answer.statusCode === 416 && have > 0) answer.destroy();
  else if (answer.statusCode !== 200 && !isRest) {
    answer.destroy();
    throw new Error(`the server answered ${answer.statusCode} ${answer.statusMessage ?? ''}`.trim());
  } else {
    const start = isRest ? have : 0;
    const length = answer.headers['content-length'];
    const total = length === undefined ? null : start + Number(length);
    const got = await store(answer, path, start, (bytes) => onProgress(name, bytes, total));
    if (total !== null && got !== total) throw new Error(`the connection was cut after ${got} of ${total} bytes`);
  }
  return { digest: createHash('sha256').update(readFileSync(path)).digest('hex'), wasResumed: have > 0 };
}

/** Writes what comes behind the first `start` bytes; answers how many there are then. Each piece is in the file before the next comes. */
async function store(answer: IncomingMessage, path: string, start: number, onProgress: (bytes: number) => void): Promise<number> {
  const descriptor = openSync(path, start > 0 ? 'a' : 'w');
  let got = start;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      writeSync(descriptor, chunk);
      got += chunk.length;
      if (got > MOST_BYTES) throw new Error('it is larger than any firmware');
      onProgress(got);
    }
  } finally {
    closeSync(descriptor);
  }
  return got;
}

/** Asks for a file from byte `start` on, and goes where the server sends it. */
async function request(url: URL, start: number, signal: AbortSignal): Promise<IncomingMessage> {
  const headers = { 'user-agent': 'fluxos', ...(start > 0 ? { range: `bytes=${start}-` } : {}) };
  for (let turn = 0; turn <= MOST_REDIRECTS; turn++) {
    // Loaded here and not above: the start-up snapshot cannot hold these modules, nor import any later (`scripts/snapshot.mjs`).
    const { get } = process.getBuiltinModule(url.protocol === 'http:' ? 'node:http' : 'node:https');
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const asked = get(url, { headers, signal, timeout: SILENCE_MILLISECONDS }, resolve);
      asked.on('timeout', () => asked.destroy(new Error('the server says nothing')));
      asked.on('error', (error) => reject(error));
    });
    const { location } = answer.headers;
    if (answer.statusCode! < 300 || answer.statusCode! >= 400 || location === undefined) return answer;
    answer.destroy();
    const next = new URL(location, url);
    if (url.protocol === 'https:' && next.protocol !== 'https:') throw new Error(`${url.host} sends on to ${next.protocol}//${next.host}, which is not secret`);
    url = next;
  }
  throw new Error('the server sends on and on');
}
