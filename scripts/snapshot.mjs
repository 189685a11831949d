/**
 * Takes the start-up snapshot `dist/fluxos.blob` and writes the launcher `dist/fluxos`.
 *
 * A snapshot fits one Node binary on one kind of processor, and Node refuses any other with an error. So the launcher
 * looks first: the blob carries the time stamp of the Node that made it, and the launcher the processor's features. Where
 * anything differs, or `NODE_OPTIONS` would change the engine, it starts the plain script `dist/fluxos.cjs`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * V8's optimising compiler starts later than it would: most builds are over before its work pays. Hash tables stay as the
 * snapshot has them. Node takes a snapshot only with the flags that it was made with.
 */
const FLAGS = ['--interrupt-budget=1000000', '--no-rehash-snapshot'];

/** `root` is the folder above `dist/`. Without a snapshot (Node cannot make one here) the launcher starts the script. */
export function writeLauncher(root) {
  const launcher = join(root, 'dist', 'fluxos');
  takeSnapshot(root);
  const partial = `${launcher}.${process.pid}.partial`;
  writeFileSync(partial, launcherText(root), { mode: 0o755 });
  renameSync(partial, launcher);
}

function takeSnapshot(root) {
  const blob = join(root, 'dist', 'fluxos.blob');
  const partial = `${blob}.${process.pid}.partial`;
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-'));
  const { NODE_OPTIONS: _, ...env } = process.env;
  const node = (...args) => spawnSync(process.execPath, [...FLAGS, '--snapshot-blob', partial, ...args], { env, encoding: 'utf8' });
  const { status, stderr } = node('--build-snapshot', join(root, 'dist', 'fluxos.cjs'), folder);
  rmSync(folder, { recursive: true, force: true });
  const done = status === 0 && node('--', '--version').status === 0 &&
    spawnSync('touch', ['-r', process.execPath, partial]).status === 0;
  if (done) renameSync(partial, blob);
  else {
    rmSync(partial, { force: true });
    rmSync(blob, { force: true });
    process.stderr.write(`fluxos: no start-up snapshot, the command will start more slowly\n${stderr}`);
  }
}

function launcherText(root) {
  return `#!/bin/sh
# Starts fluxos from its start-up snapshot where that fits this machine, else as a plain script.
# Written by scripts/snapshot.mjs, which says how it decides.
home=${quoted(root.replace(/\/$/, ''))}
node=${quoted(process.execPath)}
features=${quoted(processorFeatures())}
blob=$home/dist/fluxos.blob
if [ -z "$NODE_OPTIONS" ] && [ -f "$blob" ] && [ -x "$node" ] && [ "$0" -ef "$home/dist/fluxos" ] &&
   ! [ "$node" -nt "$blob" ] && ! [ "$node" -ot "$blob" ]; then
  found=
  if [ -r /proc/cpuinfo ]; then
    while IFS= read -r line; do
      case $line in flags*|Features*|isa*) found=$line; break ;; esac
    done </proc/cpuinfo
  fi
  [ "$found" = "$features" ] && exec "$node" ${FLAGS.join(' ')} --snapshot-blob "$blob" -- "$@"
fi
file=$0
while [ -L "$file" ]; do
  link=$(readlink "$file")
  case $link in /*) file=$link ;; *) file=\${file%/*}/$link ;; esac
done
case $file in */*) folder=\${file%/*} ;; *) folder=. ;; esac
exec node "$folder/fluxos.cjs" "$@"
`;
}

/** The line of `/proc/cpuinfo` that names the features of the first processor; empty where there is none. */
function processorFeatures() {
  if (!existsSync('/proc/cpuinfo')) return '';
  return readFileSync('/proc/cpuinfo', 'utf8').split('\n').find((line) => /^(flags|Features|isa)/.test(line)) ?? '';
}

function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
