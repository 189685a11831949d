/** `npm run soak`: sets up, then lets sixteen agents exchange a million messages on each architecture (`test/kernel/long-soak.ts`). */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundle, installPackages, installTools, ROOT } from './setup.mjs';

installPackages();
await bundle();
installTools({ judges: false });
const outfile = join(ROOT, 'dist/soak.cjs');
await build({
  absWorkingDir: ROOT, entryPoints: [join(ROOT, 'test/kernel/long-soak.ts')], outfile, bundle: true, platform: 'node', format: 'cjs',
  target: 'node20', packages: 'external', logLevel: 'warning',
});
const { status } = spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], { cwd: ROOT, stdio: 'inherit' });
process.exit(status ?? 1);
