/** What this machine says of itself, as `install-plan.mjs` wants to know it. Changes nothing. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JUDGES, QEMU } from './install-plan.mjs';

const SOURCES = '/etc/apt/sources.list';
const SOURCES_FOLDER = '/etc/apt/sources.list.d';

/** `setup`: the command that would set this machine up by itself. See `install-plan.d.mts`. */
export function readMachine({ judges, setup }) {
  return {
    osRelease: read('/etc/os-release'),
    sources: sourceFiles().map((path) => ({ path, text: read(path) })),
    installed: Object.keys({ ...QEMU, ...JUDGES }).filter((name) => (name.startsWith('/') ? existsSync(name) : has(name))),
    qemuVersion: qemuVersion(),
    hasApt: has('apt-get'),
    elevate: elevation(),
    judges,
    setup,
  };
}

/** Whether a program can be called by its name. */
export function has(program) {
  return (process.env.PATH ?? '').split(':').some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

function sourceFiles() {
  let names = [];
  try {
    names = readdirSync(SOURCES_FOLDER).filter((name) => /\.(sources|list)$/.test(name)).sort();
  } catch {
    // No such folder: an old or foreign system.
  }
  return [SOURCES, ...names.map((name) => join(SOURCES_FOLDER, name))];
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Major version of the oldest QEMU that is installed, or null. */
function qemuVersion() {
  const versions = Object.keys(QEMU).filter(has).map((program) => {
    const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
    return Number(/version (\d+)/.exec(stdout ?? '')?.[1] ?? 0);
  });
  return versions.length > 0 ? Math.min(...versions) : null;
}

/** Root needs nothing; others need a `sudo` that asks for no password: a set-up does not stop to ask. */
function elevation() {
  if (process.getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : null;
}
