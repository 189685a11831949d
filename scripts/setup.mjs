/**
 * Makes a fresh clone ready: npm packages, the bundled command, QEMU, and for the tests the tools that judge them.
 *
 * Runs before anything is installed, so it uses Node alone. What is there already is left as it is; what may not be
 * installed here is named, with the one command that would. By itself it installs the tools: `sudo node scripts/setup.mjs`.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { planInstall } from './install-plan.mjs';
import { readMachine } from './machine.mjs';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SELF = fileURLToPath(import.meta.url);
const OLDEST_NODE = 20;

/** Installs the npm packages unless exactly these are installed already. Ends the process if that fails. */
export function installPackages() {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    fail(`Node ${OLDEST_NODE} or newer is needed; this is ${process.versions.node}`);
  }
  const stamp = join(ROOT, 'node_modules', '.fluxos-lock');
  const lock = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json'))).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  say('installing the npm packages');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'],
  });
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
  const setup = `${process.execPath} ${relative(process.cwd(), SELF)}`;
  const plan = planInstall(readMachine({ judges, setup }));
  if (plan.packages.length === 0) return;
  if (plan.steps.length === 0) {
    say(`not installed: ${plan.packages.join(' ')}`);
    say(`to mend it: ${plan.advice}`);
    return;
  }
  say(`installing ${plan.packages.join(' ')}`);
  if (plan.source !== null && !writeSource(plan)) return;
  for (const { command, orElse } of plan.steps) {
    if (!run(command) && orElse) run(orElse);
  }
  const { packages, advice } = planInstall(readMachine({ judges, setup }));
  if (packages.length > 0) say(`still not installed: ${packages.join(' ')}; see above. To try again: ${advice}`);
}

/** The steps' own privileges write the file too: they start with `sudo` or with nothing. */
function writeSource({ source, steps }) {
  const elevate = steps[0].command.slice(0, steps[0].command.indexOf('env'));
  const [program, ...args] = [...elevate, 'tee', source.path];
  const { status } = spawnSync(program, args, { input: source.text, stdio: ['pipe', 'ignore', 'inherit'] });
  if (status !== 0) say(`${source.path} could not be written`);
  return status === 0;
}

function run([program, ...args]) {
  return spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
}

function say(text) {
  process.stderr.write(`fluxos: ${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}

if (process.argv[1] === SELF) installTools({ judges: process.argv.includes('--judges') });
