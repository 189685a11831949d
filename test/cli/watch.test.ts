/** `fluxos run --watch`: a saved document boots again, a broken one is reported, Ctrl-C ends it. */
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { bundleIfStale, start } from './fluxos.ts';

beforeAll(bundleIfStale);

it('boots again when the document is saved', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-watch-'));
  const document = join(folder, 'hello.flux.md');
  copyFileSync('examples/hello.flux.md', document);
  const text = readFileSync(document, 'utf8');
  const child = start(['run', document, '--watch'], { reject: false });
  let said = '';
  child.stdout!.on('data', (chunk) => (said += chunk));
  child.stderr!.on('data', (chunk) => (said += chunk));
  const until = async (what: string) => {
    const end = Date.now() + 20_000;
    while (!said.includes(what)) {
      if (Date.now() > end) throw new Error(`${what} never came: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  try {
    await until('Hello from Markdown!');
    writeFileSync(document, text.replace('Hello from Markdown!', 'Hello again!'));
    await until('Hello again!');
    writeFileSync(document, text.replace('console.print', 'console.prnit'));
    await until('FX0307');
    writeFileSync(document, text.replace('Hello from Markdown!', 'Mended.'));
    await until('Mended.');
    // While it builds: nobody listens to the folder then.
    for (let save = 1; save <= 5; save++) {
      writeFileSync(document, text.replace('Hello from Markdown!', `Hasty ${save}.`));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    await until('Hasty 5.');
  } finally {
    child.kill('SIGINT');
  }
  expect((await child).exitCode).toBe(130);
}, 90_000);
