/** What somebody waits for with `fluxos run --watch`: from saving the document to the first line of the system that boots again. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface WatchTimes {
  /** milliseconds, medians: from the write of the file to the line on standard output */
  total: number;
  /** until the save was noticed, and editors have had time to finish it */
  noticed: number;
  /** until the new image lay on the disk */
  built: number;
  /** until the guest's first byte, from a QEMU that waited */
  booted: number;
}

/** How long the command is waited for. */
const PATIENCE = 60_000;

/** Saves `document` so many times, each time with another text in place of `line`, which its system prints. */
export async function measureWatch(launcher: string, document: string, line: string, saves: number): Promise<WatchTimes> {
  const path = join(mkdtempSync(join(tmpdir(), 'fluxos-watch-')), 'system.flux.md');
  const text = readFileSync(document, 'utf8').replace(/^module: .*$/m, 'module: system');
  writeFileSync(path, text);
  const command = spawn(launcher, ['run', path, '--board', 'qemu-x86_64', '--watch', '--verbose'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let reported = '';
  let check = () => {};
  command.stdout.on('data', (chunk) => { said += chunk; check(); });
  command.stderr.on('data', (chunk) => { reported += chunk; check(); });
  const until = (isThere: () => boolean) => new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing came: ${said}${reported}`)), PATIENCE);
    check = () => {
      if (!isThere()) return;
      clearTimeout(timer);
      resolve();
    };
    check();
  });
  const rows: WatchTimes[] = [];
  try {
    await until(() => said.includes(line));
    for (let save = 0; save < saves; save++) {
      // As long as a person needs to think: the guest has ended, and the next QEMU waits.
      await new Promise((resolve) => setTimeout(resolve, 400));
      const marked = `Save number ${save}.`;
      reported = '';
      const before = performance.now();
      writeFileSync(path, text.replace(line, marked));
      await until(() => said.includes(marked));
      const total = performance.now() - before;
      await until(() => reported.includes('ms later'));
      const built = Number(/built after (\d+) ms/.exec(reported)![1]);
      const booted = Number(/first byte (\d+) ms later/.exec(reported)![1]);
      rows.push({ total, noticed: total - built - booted, built, booted });
    }
  } finally {
    command.kill('SIGINT');
    await new Promise((resolve) => command.on('close', resolve));
  }
  const median = (of: keyof WatchTimes) => rows.map((row) => row[of]).sort((a, b) => a - b)[rows.length >> 1]!;
  return { total: median('total'), noticed: median('noticed'), built: median('built'), booted: median('booted') };
}
