/** `npm run bench`: sets up, then measures all, or the parts that are named (`build`, `boards`, `agents`, `watch`, `kernel`, `vm`); `--json` prints JSON alone. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundle, installPackages, installTools, ROOT } from './setup.mjs';

installPackages();
await bundle();
installTools({ judges: false });
const outfile = join(ROOT, 'dist/bench.cjs');
await build({
  absWorkingDir: ROOT, entryPoints: [join(ROOT, 'bench/main.ts')], outfile, bundle: true, platform: 'node', format: 'cjs',
  target: 'node20', packages: 'external', logLevel: 'warning',
});
const { status } = spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], { cwd: ROOT, stdio: 'inherit' });
process.exit(status ?? 1);
