/**
 * Makes a fresh clone ready: npm packages, the bundled command, QEMU, and for the tests the tools that judge them.
 *
 * Runs before anything is installed, so it uses Node alone. What is there already is left as it is; what may not be
 * installed here is named, with the command that would. Nothing here ends the process: the caller decides what it needs.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Programs by the Debian package that has them. */
const QEMU = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-system-aarch64': 'qemu-system-arm',
  'qemu-system-riscv64': 'qemu-system-misc',
};
const JUDGES = {
  'qemu-x86_64': 'qemu-user',
  'qemu-aarch64': 'qemu-user',
  'qemu-riscv64': 'qemu-user',
  gcc: 'gcc',
  as: 'binutils',
  'aarch64-linux-gnu-gcc': 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross',
  'riscv64-linux-gnu-gcc': 'gcc-riscv64-linux-gnu libc6-dev-riscv64-cross',
  'aarch64-linux-gnu-as': 'binutils-aarch64-linux-gnu',
  'riscv64-linux-gnu-as': 'binutils-riscv64-linux-gnu',
};
/** The first version with the `raspi4b` machine. */
const QEMU_WANTED = 9;

/** Installs the npm packages unless exactly these are installed already. */
export function installPackages() {
  const stamp = join(ROOT, 'node_modules', '.fluxos-lock');
  const lock = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json'))).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  say('installing the npm packages');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) fail('npm could not install the packages: see above');
  writeFileSync(stamp, lock);
}

/** Bundles the command into `dist/`. */
export async function bundle() {
  const { bundleCommand } = await import('./bundle.mjs');
  await bundleCommand();
}

/** Installs QEMU, and with `judges` what the tests compare against, as far as this machine lets us. */
export function installTools({ judges }) {
  const wanted = judges ? { ...QEMU, ...JUDGES } : QEMU;
  const missing = new Set(Object.keys(wanted).filter((program) => !has(program)).flatMap((program) => wanted[program].split(' ')));
  const version = qemuVersion();
  if (version !== null && version < QEMU_WANTED && backportsSource() !== null) {
    Object.values(QEMU).forEach((name) => missing.add(name));
  }
  if (missing.size === 0) return;
  const packages = [...missing].sort();
  const elevate = process.getuid?.() === 0 ? [] : spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n'] : null;
  if (!has('apt-get') || elevate === null) {
    say(`not installed: ${packages.join(' ')}. To install: ${has('apt-get') ? 'sudo apt-get install -y ' : 'your package manager, '}${packages.join(' ')}`);
    return;
  }
  const run = (...command) => spawnSync(elevate[0] ?? command[0], [...elevate, ...command].slice(1), {
    stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }).status === 0;
  say(`installing ${packages.join(' ')}`);
  const backports = backportsSource();
  if (backports) {
    const file = '/etc/apt/sources.list.d/fluxos-backports.sources';
    if (elevate.length === 0) writeFileSync(file, backports.text);
    else spawnSync('sudo', ['-n', 'tee', file], { input: backports.text, stdio: ['pipe', 'ignore', 'inherit'] });
  }
  run('apt-get', 'update', '-qq');
  const fromQemu = packages.filter((name) => name.startsWith('qemu'));
  const others = packages.filter((name) => !name.startsWith('qemu'));
  const release = backports ? ['-t', backports.suite] : [];
  const done =
    (fromQemu.length === 0 || run('apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...release, ...fromQemu)) &&
    (others.length === 0 || run('apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...others));
  if (!done) say(`not installed: see above. To try again: apt-get install -y ${packages.join(' ')}`);
}

/**
 * Debian 12 has a QEMU that is too old, and a newer one in its backports: the source for it, made from the machine's own.
 * Null where there is nothing to add.
 */
function backportsSource() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  if (!/^ID=debian$/m.test(release) || !/^VERSION_CODENAME=bookworm$/m.test(release)) return null;
  const suite = 'bookworm-backports';
  const folder = '/etc/apt/sources.list.d';
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.sources')).sort() : [];
  for (const name of files) {
    const stanzas = readFileSync(join(folder, name), 'utf8').split(/\n\s*\n/);
    const own = stanzas.find((stanza) => /^Suites:.*\bbookworm\b/m.test(stanza));
    if (own) return { suite, text: own.replace(/^Suites:.*$/m, `Suites: ${suite}`).trimEnd() + '\n' };
  }
  const list = existsSync('/etc/apt/sources.list') ? readFileSync('/etc/apt/sources.list', 'utf8') : '';
  const line = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+bookworm\s+(.+)$/m.exec(list);
  if (!line) return null;
  return { suite, text: `Types: deb\nURIs: ${line[1]}\nSuites: ${suite}\nComponents: ${line[2].trim()}\n` };
}

/** Major version of the oldest QEMU that is installed, or null. */
function qemuVersion() {
  const versions = Object.keys(QEMU).filter(has).map((program) => {
    const output = spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout ?? '';
    return Number(/version (\d+)/.exec(output)?.[1] ?? 0);
  });
  return versions.length > 0 ? Math.min(...versions) : null;
}

function has(program) {
  return (process.env.PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(join(folder, program)));
}

function say(text) {
  process.stderr.write(`fluxos: ${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}

