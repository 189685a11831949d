/** `npm test`: sets up, then runs all tests; arguments go to Vitest. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bundle, installPackages, installTools, ROOT } from './setup.mjs';

installPackages();
await bundle();
installTools({ judges: true });
const run = (program, ...args) => {
  const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules', program), ...args], { cwd: ROOT, stdio: 'inherit' });
  return status ?? 1;
};
process.exit(run('typescript/bin/tsc', '--noEmit') || run('vitest/vitest.mjs', 'run', ...process.argv.slice(2)));
