/**
 * `fluxos verify`: is this image what these sources give?
 *
 * Three questions, in this order: is the manifest signed by the key, does the image have the bytes that it names, and does a
 * build from the sources here give the same bytes? A no ends it.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Sources } from '../../fluxc/base/source.ts';
import type { Code } from '../../fluxc/diagnostics/catalogue.ts';
import { bytesReaderOf, HOME } from '../host.ts';
import { type Manifest, readKey, readManifest, sha256 } from '../manifest.ts';
import { failure, type Output } from '../output.ts';
import { type Project, reasonOf } from '../project.ts';
import { compileProject } from './build.ts';

export interface VerifyCommandOptions {
  manifest: string;
  key: string;
}

export async function verifyCommand(project: Project, output: Output, options: VerifyCommandOptions): Promise<number> {
  const refuse = (code: Code, ...values: (string | number)[]) => {
    output.json({ verified: false });
    output.diagnostics(failure(code, ...values), new Sources());
    return 1;
  };
  const read = (path: string): Buffer | string => {
    try {
      return readFileSync(path);
    } catch (error) {
      return reasonOf(error);
    }
  };
  const pem = read(options.key);
  if (typeof pem === 'string') return refuse('FX0813', options.key, pem);
  const key = readKey(pem.toString('utf8'), 'public');
  if (!key) return refuse('FX0820', options.key, 'public');
  const text = read(options.manifest);
  if (typeof text === 'string') return refuse('FX0813', options.manifest, text);
  const result = readManifest(text.toString('utf8'), key);
  if (!result.ok) return refuse('FX0821', options.manifest, result.why);
  const { manifest } = result;

  const path = join(dirname(options.manifest), manifest.image);
  const image = read(path);
  if (typeof image === 'string') return refuse('FX0813', path, image);
  if (image.length !== manifest.imageBytes || sha256(image) !== manifest.imageSha256) return refuse('FX0822', path);

  const changed = changedSources(manifest, bytesReaderOf([project.folder, HOME]));
  if (changed.length > 0) return refuse('FX0823', manifest.image, changed.join(', '));
  const built = compileProject({
    project: { ...project, main: manifest.main, name: manifest.project }, board: manifest.board,
    passes: { level: manifest.level as 0 | 1 | 2 },
  }, output);
  if (!built) return 1;
  if (sha256(built.compilation.image) !== manifest.imageSha256) return refuse('FX0824', manifest.image, manifest.fluxos);
  output.json({ verified: true, image: path, sha256: manifest.imageSha256, sources: manifest.sources.length });
  output.line(`${path} is what ${manifest.sources.length} sources give for ${manifest.board}, byte for byte`);
  return 0;
}

/** The sources that are missing here or have another content. */
function changedSources(manifest: Manifest, read: (path: string) => Uint8Array | null): string[] {
  return manifest.sources.filter(({ path, sha256: wanted }) => {
    const content = read(path);
    return content === null || sha256(content) !== wanted;
  }).map(({ path }) => path);
}
