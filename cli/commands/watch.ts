/** `fluxos run --watch`: boots, and boots again whenever a document of the project is saved. */
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { statOf } from '../host.ts';
import { Interrupts } from '../interrupt.ts';
import { type Output, writeAll } from '../output.ts';
import type { Project } from '../project.ts';
import { canRun, runImage } from '../qemu.ts';
import { build, type Built } from './build.ts';

export interface WatchOptions {
  O: 0 | 1 | 2;
}

/** Editors save in several steps: what comes within this time is one change. */
const SETTLE_MILLISECONDS = 10;

/** Ends with Ctrl-C. What is wrong with a document is said, and the next save tries again. */
export async function watchCommand(project: Project, output: Output, options: WatchOptions): Promise<number> {
  const interrupts = new Interrupts();
  let documents = [project.main];
  for (;;) {
    const started = performance.now();
    const built = build({ project, board: project.board, passes: { level: options.O } }, output);
    if (built) documents = built.compilation.documents.map(({ path }) => path);
    const stop = new AbortController();
    const guest = built && boot(built, started, stop.signal, output);
    const changed = await nextChange(project, [...documents, 'fluxos.toml'], interrupts.signal);
    stop.abort();
    if (guest && (await guest) !== null) return 1;
    if (changed === null) {
      interrupts.end();
      return interrupts.status ?? 0;
    }
    output.remark(`\n${changed} was saved`);
  }
}

/** Runs until it is stopped or ends by itself. 1 if this machine cannot run it at all. */
async function boot({ compilation, image }: Built, started: number, stop: AbortSignal, output: Output): Promise<number | null> {
  const diagnostics = new Diagnostics();
  if (!(await canRun(compilation.board, diagnostics))) {
    output.diagnostics(diagnostics, new Sources());
    return 1;
  }
  let isSilent = true;
  const result = await runImage(compilation.board, image, {
    timeout: 0, cancel: stop,
    onConsole: (chunk) => {
      if (isSilent) output.detail(`first byte after ${(performance.now() - started).toFixed(0)} ms`);
      isSilent = false;
      writeAll(1, chunk);
    },
  });
  if (!stop.aborted) output.remark(`the guest has ended with status ${result.status}; waiting for a change`);
  return null;
}

/** The first file among `paths` that is saved from now on; null if `signal` ends the wait. */
function nextChange(project: Project, paths: readonly string[], signal: AbortSignal): Promise<string | null> {
  const byFolder = new Map<string, Set<string>>();
  for (const path of paths) {
    const full = join(project.folder, path);
    const folder = dirname(full);
    // Documents that fluxos brings are not the project's.
    if (!statOf(full) && path !== 'fluxos.toml') continue;
    byFolder.set(folder, (byFolder.get(folder) ?? new Set()).add(basename(full)));
  }
  return new Promise((resolve) => {
    const watchers: FSWatcher[] = [];
    let timer: NodeJS.Timeout | null = null;
    const end = (changed: string | null) => {
      for (const watcher of watchers) watcher.close();
      if (timer) clearTimeout(timer);
      signal.removeEventListener('abort', interrupted);
      resolve(changed);
    };
    const interrupted = () => end(null);
    signal.addEventListener('abort', interrupted);
    if (signal.aborted) return end(null);
    for (const [folder, names] of byFolder) {
      watchers.push(watch(folder, (_, name) => {
        if (name === null || !names.has(name)) return;
        if (timer) clearTimeout(timer);
        timer = setTimeout(() => end(name), SETTLE_MILLISECONDS);
      }));
    }
  });
}
