/** Signed manifests: what verifies, and the many that must not. */
import { copyFileSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { FORMAT, makeKeys, type Manifest, readKey, readManifest, sha256, writeManifest } from '../../cli/manifest.ts';
import { writeContainer } from '../../fluxc/isa/container.ts';
import { bundleIfStale, fluxos } from './fluxos.ts';

const MANIFEST: Manifest = {
  format: FORMAT, fluxos: '0.1.0', project: 'p', main: 'p.flux.md', board: 'rpi4', level: 2, image: 'kernel8.img', imageBytes: 3,
  imageSha256: 'ab', sources: [{ path: 'p.flux.md', sha256: 'cd' }],
};
const PAIR = makeKeys();
const PRIVATE = readKey(PAIR.privateKey, 'private')!;
const PUBLIC = readKey(PAIR.publicKey, 'public')!;
const TEXT = writeManifest(MANIFEST, PRIVATE);

function refused(text: string, key = PUBLIC): string {
  const result = readManifest(text, key);
  return result.ok ? 'accepted' : result.why;
}

describe('a manifest', () => {
  it('is read back as it was written', () => {
    expect(readManifest(TEXT, PUBLIC)).toEqual({ ok: true, manifest: MANIFEST });
  });

  it('is refused when any one byte of it has another value', () => {
    for (let at = 0; at < TEXT.length; at++) {
      const changed = TEXT.slice(0, at) + String.fromCharCode(TEXT.charCodeAt(at) ^ 1) + TEXT.slice(at + 1);
      expect(refused(changed), `byte ${at}`).not.toBe('accepted');
    }
  });

  it('is refused when it was cut short anywhere', () => {
    for (let length = 0; length < TEXT.length; length++) expect(refused(TEXT.slice(0, length)), `${length}`).not.toBe('accepted');
  });

  const value = JSON.parse(TEXT) as Record<string, unknown>;
  const edited = (change: Record<string, unknown>) => JSON.stringify({ ...value, ...change }, null, 2) + '\n';
  const { signature: _, ...unsigned } = value;
  const stranger = readKey(makeKeys().privateKey, 'private')!;
  const forged: [string, string, RegExp][] = [
    ['no signature', JSON.stringify(unsigned, null, 2) + '\n', /no signature/],
    ['an empty signature', edited({ signature: '' }), /no signature/],
    ['a signature that is null', edited({ signature: null }), /no signature/],
    ['half a signature', edited({ signature: String(value['signature']).slice(0, 40) }), /has 30 bytes/],
    ['a signature of zeros', edited({ signature: Buffer.alloc(64).toString('base64') }), /another key/],
    ["a stranger's signature", writeManifest(MANIFEST, stranger), /another key/],
    ['another image', edited({ imageSha256: 'ff' }), /another key/],
    ['a field more', edited({ note: 'trust me' }), /fields/],
    ['a field less', JSON.stringify({ ...value, board: undefined }, null, 2), /fields/],
    ['fields in another order', JSON.stringify({ signature: value['signature'], ...value }), /not written/],
    ['the same fields, compact', JSON.stringify(value), /not written/],
    ['text behind its end', `${TEXT} `, /not written/],
    ['the same field twice', TEXT.replace('"format"', `"format": "x",\n  "format"`), /not written|key/],
    ['a list', '[]', /fields/],
    ['null', 'null', /no manifest/],
    ['nothing', '', /no JSON/],
    ['a source with a field more', edited({ sources: [{ path: 'p', sha256: 'q', more: 1 }] }), /fields/],
  ];
  it.each(forged)('is refused with %s', (_, text, why) => {
    expect(refused(text)).toMatch(why);
  });

  it('is not verified with a private key, a key of another kind, or no key', () => {
    expect(readKey(PAIR.privateKey, 'public')).toBeNull();
    expect(readKey(PAIR.publicKey, 'private')).toBeNull();
    expect(readKey('', 'public')).toBeNull();
  });
});

describe('the commands', () => {
  beforeAll(bundleIfStale);
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-manifest-'));
  const key = join(folder, 'mine');
  const image = join(folder, 'kernel.elf');
  const manifest = join(folder, 'hello.manifest.json');
  const document = join(folder, 'hello.flux.md');

  it('key makes a pair once, the private key for its owner alone', async () => {
    expect((await fluxos(['key', key])).status).toBe(0);
    expect(statSync(key).mode & 0o777).toBe(0o600);
    const again = await fluxos(['key', key]);
    expect(again.status).toBe(1);
    expect(again.stderr).toContain('FX0819');
  });

  it('build signs, verify builds again and agrees', async () => {
    copyFileSync('examples/hello.flux.md', document);
    expect((await fluxos(['build', document, '-o', image, '--manifest'])).stderr).toContain('FX0825');
    expect((await fluxos(['build', document, '-o', image, '--manifest', '--key', `${key}.pub`])).stderr).toContain('FX0820');
    expect((await fluxos(['build', document, '-o', image, '--manifest', '--key', key])).status).toBe(0);
    const verified = await fluxos(['verify', document, '--manifest', manifest, '--key', `${key}.pub`]);
    expect(verified.stderr).toBe('');
    expect(verified.stdout).toMatch(/is what \d+ sources give for qemu-x86_64, byte for byte/);
    expect(verified.status).toBe(0);
  });

  it('verify says which of the three questions had a no', async () => {
    const whole = readFileSync(image);
    const text = readFileSync(document, 'utf8');
    const verify = (publicKey = `${key}.pub`) => fluxos(['verify', document, '--manifest', manifest, '--key', publicKey]);
    const other = join(folder, 'other');
    await fluxos(['key', other]);
    expect((await verify(`${other}.pub`)).stderr).toContain('FX0821');
    expect((await verify(key)).stderr).toContain('FX0820');
    writeFileSync(image, Buffer.concat([whole.subarray(0, 5000), Buffer.of(whole[5000]! ^ 1), whole.subarray(5001)]));
    expect((await verify()).stderr).toContain('FX0822');
    writeFileSync(image, whole.subarray(0, whole.length - 1));
    expect((await verify()).stderr).toContain('FX0822');
    writeFileSync(image, whole);
    writeFileSync(document, text.replace('Hello', 'Howdy'));
    const changed = await verify();
    expect(changed.stderr).toMatch(/FX0823[^]*hello\.flux\.md/);
    expect(changed.status).toBe(1);
    writeFileSync(document, text);
    expect((await verify()).status).toBe(0);
    // Signed and whole, but not what the sources give.
    const changedImage = Buffer.concat([whole.subarray(0, 5000), Buffer.of(whole[5000]! ^ 1), whole.subarray(5001)]);
    const read = readManifest(readFileSync(manifest, 'utf8'), readKey(readFileSync(`${key}.pub`, 'utf8'), 'public')!);
    if (!read.ok) throw new Error(read.why);
    writeFileSync(image, changedImage);
    const forged = { ...read.manifest, imageSha256: sha256(changedImage) };
    writeFileSync(manifest, writeManifest(forged, readKey(readFileSync(key, 'utf8'), 'private')!));
    expect((await verify()).stderr).toContain('FX0824');
  });

  it('the bytecode of an agent is a source as well', async () => {
    const program = (code: number[]) => writeContainer({
      set: 'flux64', profile: 0, name: 'p', capabilities: 0, entry: 0, code: Uint8Array.from(code), regions: [], peers: [], map: null,
    });
    const main = join(folder, 'machine.flux.md');
    const file = join(folder, 'p.fluxbc');
    writeFileSync(main, '---\nmodule: machine\nuses: [kernel.error]\n---\n\n## agent one\n\n- bytecode: p.fluxbc\n');
    writeFileSync(file, program([1, 0, 0, 0]));
    expect((await fluxos(['build', main, '-o', image, '--manifest', '--key', key])).status).toBe(0);
    const verify = () => fluxos(['verify', main, '--manifest', join(folder, 'machine.manifest.json'), '--key', `${key}.pub`]);
    expect(await verify()).toMatchObject({ stderr: '', status: 0 });
    writeFileSync(file, program([0, 0, 0, 0, 1, 0, 0, 0]));
    expect((await verify()).stderr).toMatch(/FX0823[^]*p\.fluxbc/);
  });
});
