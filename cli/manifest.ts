/**
 * The signed manifest of an image: what it was built from, and what came out.
 *
 * A manifest is a JSON file of exactly one form: the fields of `Manifest` in their order, indented by two, then the
 * signature and a line feed. The signature (Ed25519) is over the same text without itself. Reading refuses whatever is not
 * byte for byte what writing would have made, so nothing can stand beside what is signed: no signature, a short one, one by
 * another key, a field too many or too few are all refused.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';

export interface Manifest {
  /** of this form */
  format: typeof FORMAT;
  /** version of fluxos that built it */
  fluxos: string;
  project: string;
  /** the root document, relative to the project */
  main: string;
  board: string;
  /** how hard it was optimised */
  level: number;
  /** file name of the image, relative to the manifest */
  image: string;
  imageBytes: number;
  imageSha256: string;
  /** every text that the build read, in its order */
  sources: readonly { path: string; sha256: string }[];
}

export const FORMAT = 'fluxos-manifest-1';
const SIGNATURE_BYTES = 64;

export type Read = { ok: true; manifest: Manifest } | { ok: false; why: string };

export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The text of the manifest file. */
export function writeManifest(manifest: Manifest, key: KeyObject): string {
  return withSignature(manifest, sign(null, signed(manifest), key));
}

/** Reads a manifest and checks its signature. Whatever is wrong with it, the answer says so and holds no manifest. */
export function readManifest(text: string, key: KeyObject): Read {
  const refuse = (why: string): Read => ({ ok: false, why });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('it is no JSON, or only a part of one');
  }
  if (typeof value !== 'object' || value === null) return refuse('it is no manifest');
  const { signature, ...manifest } = value as Record<string, unknown>;
  if (!isManifest(manifest)) return refuse(`it has not the fields of ${FORMAT}`);
  if (typeof signature !== 'string' || signature === '') return refuse('it has no signature');
  const bytes = Buffer.from(signature, 'base64');
  if (bytes.length !== SIGNATURE_BYTES) return refuse(`its signature has ${bytes.length} bytes, not ${SIGNATURE_BYTES}`);
  if (!verify(null, signed(manifest), key, bytes)) return refuse('its signature is by another key, or the manifest was changed');
  if (withSignature(manifest, bytes) !== text) return refuse('it is not written as fluxos writes it');
  return { ok: true, manifest };
}

function isManifest(value: Record<string, unknown>): value is Record<string, unknown> & Manifest {
  const kinds: Record<keyof Manifest, string> = {
    format: 'string', fluxos: 'string', project: 'string', main: 'string', board: 'string', level: 'number', image: 'string',
    imageBytes: 'number', imageSha256: 'string', sources: 'object',
  };
  if (Object.keys(value).join() !== Object.keys(kinds).join()) return false;
  for (const [name, kind] of Object.entries(kinds)) if (typeof value[name] !== kind) return false;
  if (value['format'] !== FORMAT || !Array.isArray(value['sources'])) return false;
  return (value['sources'] as unknown[]).every((entry) => {
    if (typeof entry !== 'object' || entry === null || Object.keys(entry).join() !== 'path,sha256') return false;
    return Object.values(entry).every((part) => typeof part === 'string');
  });
}

function signed(manifest: Manifest): Buffer {
  return Buffer.from(JSON.stringify(manifest, null, 2));
}

function withSignature(manifest: Manifest, signature: Uint8Array): string {
  return JSON.stringify({ ...manifest, signature: Buffer.from(signature).toString('base64') }, null, 2) + '\n';
}

// ---- keys ----

/** A new pair, as PEM texts. */
export function makeKeys(): { privateKey: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** The key in a PEM text; null if it is none, or not one for Ed25519. */
export function readKey(pem: string, kind: 'private' | 'public'): KeyObject | null {
  try {
    const key = kind === 'private' ? createPrivateKey(pem) : createPublicKey(pem);
    // A private key would pass for a public one: it must not lie about where manifests are verified.
    if (kind === 'public' && /PRIVATE KEY/.test(pem)) return null;
    return key.asymmetricKeyType === 'ed25519' ? key : null;
  } catch {
    return null;
  }
}
