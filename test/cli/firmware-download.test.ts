/** `fluxos firmware`: fetching from a server that behaves, and from those that do not. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { download, type DownloadOptions, OFFICIAL } from '../../cli/firmware-download.ts';
import { ROOT } from '../host.ts';
import { bundleIfStale, fluxos, fluxosJson } from './fluxos.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const FILES: Record<string, Buffer> = {
  'start.elf': Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 31) & 255)), 'fixup.dat': Buffer.from('fixup'),
};
const WANTED = new Map(Object.entries(FILES).map(([name, bytes]) => [name, sha256(bytes)]));

let folder = '';
let server: Server;
let asked: string[] = [];
/** Instead of what the server does by itself; true if it has answered. */
let odd: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;

function serve(request: IncomingMessage, response: ServerResponse): void {
  asked.push(`${request.url} ${request.headers.range ?? ''}`.trim());
  if (odd(request, response)) return;
  const bytes = FILES[request.url!.replace('/boot/', '')];
  if (!bytes) return void response.writeHead(404).end();
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from >= bytes.length && from > 0) return void response.writeHead(416).end();
  if (from === 0) response.writeHead(200, { 'content-length': bytes.length });
  else response.writeHead(206, { 'content-length': bytes.length - from, 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` });
  response.end(bytes.subarray(from));
}

const base = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/boot/`;
const get = (more: Partial<DownloadOptions> = {}) =>
  download(WANTED, { from: more.from ?? base(), folder, signal: new AbortController().signal, onProgress: () => {}, ...more });
const partial = (name: string) => join(folder, 'partial', name);

beforeAll(bundleIfStale);
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fluxos-fetch-'));
  asked = [];
  odd = () => false;
  server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

describe('a download', () => {
  it('puts whole, checked files into the folder, and leaves nothing else', async () => {
    expect(await get()).toMatchObject({ kind: 'done', files: [{ name: 'start.elf', bytes: 300_000, isKnown: true }, { name: 'fixup.dat' }] });
    expect(readdirSync(folder).sort()).toEqual(['fixup.dat', 'start.elf']);
    expect(readFileSync(join(folder, 'start.elf')).equals(FILES['start.elf']!)).toBe(true);
  });

  it('that was cut goes on where it ended', async () => {
    odd = (_, response) => {
      response.writeHead(200, { 'content-length': 300_000 });
      response.write(FILES['start.elf']!.subarray(0, 120_000), () => response.destroy());
      return true;
    };
    expect(await get()).toMatchObject({ kind: 'failed', name: 'start.elf' });
    expect(existsSync(join(folder, 'start.elf'))).toBe(false);
    const have = readFileSync(partial('start.elf')).length;
    expect(have).toBeGreaterThan(0);
    odd = () => false;
    asked = [];
    expect((await get()).kind).toBe('done');
    expect(asked).toEqual([`/boot/start.elf bytes=${have}-`, '/boot/fixup.dat']);
    expect(readFileSync(join(folder, 'start.elf')).equals(FILES['start.elf']!)).toBe(true);
  });

  it('that has all already, or the beginning of another version, comes right', async () => {
    mkdirSync(join(folder, 'partial'));
    writeFileSync(partial('start.elf'), FILES['start.elf']!);
    writeFileSync(partial('fixup.dat'), 'old');
    expect((await get()).kind).toBe('done');
    expect(asked).toEqual(['/boot/start.elf bytes=300000-', '/boot/fixup.dat bytes=3-', '/boot/fixup.dat']);
    expect(readFileSync(join(folder, 'fixup.dat'), 'utf8')).toBe('fixup');
  });

  it('of another file is thrown away, unless any version will do', async () => {
    const wrong = Buffer.from('<html>please log in</html>');
    odd = (request, response) => {
      if (!request.url!.endsWith('fixup.dat')) return false;
      response.end(wrong);
      return true;
    };
    expect(await get()).toEqual({ kind: 'differs', name: 'fixup.dat', sha256: sha256(wrong) });
    expect(readdirSync(folder)).toEqual(['partial']);
    expect(await get({ anyVersion: true })).toMatchObject({ kind: 'done', files: [{ isKnown: true }, { isKnown: false }] });
  });

  it('follows the server to another place, but not for ever', async () => {
    odd = (request, response) => {
      if (request.url!.startsWith('/boot/')) return false;
      response.writeHead(302, { location: request.url!.replace('/old/', '/boot/') }).end();
      return true;
    };
    expect((await get({ from: base().replace('/boot/', '/old/') })).kind).toBe('done');
    odd = (request, response) => {
      response.writeHead(302, { location: request.url! }).end();
      return true;
    };
    expect(await get()).toMatchObject({ kind: 'failed', why: 'the server sends on and on' });
  });

  it('ends when it is interrupted, and keeps what it has', async () => {
    const stop = new AbortController();
    odd = (_, response) => {
      response.writeHead(200, { 'content-length': 300_000 });
      response.write(FILES['start.elf']!.subarray(0, 1000));
      return true;
    };
    expect(await get({ signal: stop.signal, onProgress: () => stop.abort() })).toEqual({ kind: 'interrupted' });
    expect(readdirSync(folder)).toEqual(['partial']);
  });

  it('says what a server answers that has no such file, and one that is not there', async () => {
    odd = (_, response) => {
      response.writeHead(404, 'Not Found').end();
      return true;
    };
    expect(await get()).toEqual({ kind: 'failed', name: 'start.elf', why: 'the server answered 404 Not Found' });
    const gone = base();
    await new Promise((resolve) => server.close(resolve));
    expect(await get({ from: gone })).toMatchObject({ kind: 'failed', why: expect.stringContaining('ECONNREFUSED') });
    server = createServer(serve).listen(0);
  });
});

describe('fluxos firmware', () => {
  it('lists, fetches for the boards of a project, and finds what it has fetched', async () => {
    const project = join(folder, 'project');
    mkdirSync(join(project, 'boards'), { recursive: true });
    const firmware = [...WANTED].map(([name, hash]) => `"${name}" = "${hash}"`).join('\n');
    writeFileSync(join(project, 'boards/mine.toml'), `name = "Mine"\nextends = "qemu-arm64"\n[card]\ntable = "mbr"\nkernel = "Image"\n[card.firmware]\n${firmware}\n`);
    const env = { XDG_CACHE_HOME: join(folder, 'cache') };
    const args = ['-p', project, '-b', 'mine'];
    const before = await fluxos(['firmware', ...args], { env });
    expect(before.status).toBe(0);
    expect(before.stdout).toMatch(/^mine \(Mine\)\n {2}start\.elf +missing\n {2}fixup\.dat +missing\n[^]*`fluxos firmware fetch`/);
    // As it is installed: the start-up snapshot can hold, and load, less than a plain script.
    const { exitCode, stdout, stderr } = await execa(join(ROOT, 'dist/fluxos'), ['firmware', 'fetch', ...args, '--from', base()], { env, reject: false, stdin: 'ignore' });
    expect(exitCode).toBe(0);
    expect(stderr).toContain(OFFICIAL.licence);
    expect(stdout).toMatch(/^start\.elf +300000 bytes {2}known {2}.*cache\/fluxos\/firmware\/start\.elf$/m);
    const after = await fluxosJson(['firmware', 'list', ...args], { env });
    expect(after.value.boards[0].files.map(({ state }: { state: string }) => state)).toEqual(['known', 'known']);
    const wrong = await fluxosJson(['firmware', 'fetch', ...args, '--from', 'usb'], { env });
    expect({ status: wrong.status, code: wrong.value.diagnostics[0].code }).toEqual({ status: 1, code: 'FX0860' });
  });
});
