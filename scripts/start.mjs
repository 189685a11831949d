/** `npm start`: sets up, builds every board's image, boots the demo with its console on this terminal. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bundle, installPackages, installTools, ROOT } from './setup.mjs';

installPackages();
await bundle();
installTools({ judges: false });
const fluxos = (...args) => spawnSync(process.execPath, [join(ROOT, 'dist/fluxos.cjs'), ...args], { cwd: ROOT, stdio: 'inherit' });
// Ctrl-C is for the guest: `fluxos run` ends it and says how.
process.on('SIGINT', () => {});
const built = fluxos('build', '--board', 'all');
if (built.status !== 0) process.exit(built.status ?? 1);
process.exit(fluxos('run', '--if-possible').status ?? 1);
