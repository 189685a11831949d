/** `npm test`: sets up, then runs all tests; arguments go to Vitest. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bundle, installPackages, installTools, ROOT } from './setup.mjs';

installPackages();
await bundle();
installTools({ judges: true });
const typecheck = spawnSync('npx', ['tsc', '--noEmit'], { cwd: ROOT, stdio: 'inherit' });
if (typecheck.status !== 0) process.exit(1);
const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', ...process.argv.slice(2)], { cwd: ROOT, stdio: 'inherit' });
process.exit(status ?? 1);
