/** `fluxos key`: makes the pair of keys with which manifests are signed and verified. */
import { writeFileSync } from 'node:fs';
import { Sources } from '../../fluxc/base/source.ts';
import { statOf } from '../host.ts';
import { makeKeys } from '../manifest.ts';
import { failure, type Output } from '../output.ts';
import { reasonOf } from '../project.ts';

/** The private key goes to `file`, which its owner alone may read, the public one beside it. Nothing is overwritten. */
export async function keyCommand(file: string, output: Output): Promise<number> {
  const { privateKey, publicKey } = makeKeys();
  const files: [string, string, number][] = [[file, privateKey, 0o600], [`${file}.pub`, publicKey, 0o644]];
  const existing = files.find(([path]) => statOf(path) !== null);
  if (existing) {
    output.diagnostics(failure('FX0819', existing[0]), new Sources());
    return 1;
  }
  for (const [path, content, mode] of files) {
    try {
      writeFileSync(path, content, { mode, flag: 'wx' });
    } catch (error) {
      output.diagnostics(failure('FX0805', path, reasonOf(error)), new Sources());
      return 1;
    }
  }
  output.line(`${file}      the private key: keep it to yourself, \`fluxos build --manifest --key ${file}\` signs with it`);
  output.line(`${file}.pub  the public key: \`fluxos verify\` takes it`);
  output.json({ privateKey: file, publicKey: `${file}.pub` });
  return 0;
}
