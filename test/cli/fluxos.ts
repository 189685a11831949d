/** The command as a user calls it: the bundle in a process of its own, its output through pipes. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa, execaSync, type Options } from 'execa';
import { ROOT } from '../host.ts';

const BUNDLE = join(ROOT, 'dist/fluxos.cjs');

/** Bundles the command unless the bundle is newer than everything that it is made of, as it is after `npm test` began. */
export function bundleIfStale(): void {
  const built = statSync(BUNDLE, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const isStale = ['cli', 'fluxc', 'images', 'scripts', 'vm'].some((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .some((name) => statSync(join(ROOT, folder, name)).mtimeMs > built));
  if (isStale) execaSync(process.execPath, [join(ROOT, 'scripts/bundle.mjs')], { cwd: ROOT });
}

export interface Ended {
  status: number | undefined;
  stdout: string;
  stderr: string;
}

export function start(args: string[], options: Options = {}) {
  return execa(process.execPath, [BUNDLE, ...args], { cwd: ROOT, reject: false, stdin: 'ignore', ...options });
}

export async function fluxos(args: string[], options: Options = {}): Promise<Ended> {
  const { exitCode, stdout, stderr } = await start(args, options);
  return { status: exitCode, stdout: String(stdout), stderr: String(stderr) };
}

/** The one value that `--json` prints, with the status. Throws if there is anything else on standard output. */
export async function fluxosJson(args: string[], options: Options = {}) {
  const { status, stdout } = await fluxos([...args, '--json'], options);
  return { status, value: JSON.parse(stdout) };
}
