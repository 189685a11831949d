/** `fluxos run --watch`: boots, and boots again whenever a document of the project is saved. */
import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { statOf } from '../host.ts';
import { Interrupts } from '../interrupt.ts';
import { type Output, writeAll } from '../output.ts';
import type { Project } from '../project.ts';
import { canRun } from '../qemu.ts';
import { WaitingQemu } from '../waiting-qemu.ts';
import { build, type Built } from './build.ts';

export interface WatchOptions {
  O: 0 | 1 | 2;
}

/** Editors save in several steps: what comes within this time is one change. */
const SETTLE_MILLISECONDS = 10;

/** Ends with Ctrl-C. What is wrong with a document is said, and the next save tries again. */
export async function watchCommand(project: Project, output: Output, options: WatchOptions): Promise<number> {
  const interrupts = new Interrupts();
  const machine = new Machine(output);
  let documents = [project.main];
  let started = performance.now();
  for (;;) {
    const before = new Snapshot(project, documents);
    const built = build({ project, board: project.board, passes: { level: options.O } }, output);
    if (built) {
      documents = [...built.compilation.documents.map(({ path }) => path), ...built.compilation.files];
      if (!(await machine.boot(built, started))) return 1;
    }
    const changed = await nextChange(project, [...documents, SETTINGS], before, interrupts.signal);
    started = performance.now();
    machine.stop();
    if (changed === null) {
      machine.end();
      interrupts.end();
      return interrupts.status ?? 0;
    }
    output.remark(`\n${changed} was saved`);
  }
}

const SETTINGS = 'fluxos.toml';

/** How the files were before a build: what is saved while it runs is seen when it is over. */
class Snapshot {
  private readonly states = new Map<string, string>();
  private readonly began = Date.now();

  constructor(private readonly project: Project, paths: readonly string[]) {
    for (const path of [...paths, SETTINGS]) this.states.set(path, this.stateOf(path).text);
  }

  /** Whether the file is another one now. One that nobody knew of before must not have been written since. */
  differs(path: string): boolean {
    const { text, written } = this.stateOf(path);
    const known = this.states.get(path);
    return known === undefined ? written > this.began : known !== text;
  }

  private stateOf(path: string): { text: string; written: number } {
    const stat = statSync(join(this.project.folder, path), { bigint: true, throwIfNoEntry: false });
    return stat ? { text: `${stat.mtimeNs} ${stat.size} ${stat.ino}`, written: Number(stat.mtimeMs) } : { text: '', written: 0 };
  }
}

/** The guest that runs, and the QEMU that waits for the next one. */
class Machine {
  private guest: WaitingQemu | null = null;
  private next: WaitingQemu | null = null;
  /** the board that this machine was found able to run */
  private known: string | null = null;

  constructor(private readonly output: Output) {}

  /** Boots what was built; false, with what is missing said, if this machine cannot run it at all. */
  async boot({ compilation: { board }, image }: Built, started: number): Promise<boolean> {
    const { output } = this;
    const machine = JSON.stringify([board.id, board.qemu]);
    if (machine !== this.known) {
      const diagnostics = new Diagnostics();
      if (!(await canRun(board, diagnostics))) {
        output.diagnostics(diagnostics, new Sources());
        return false;
      }
      this.known = machine;
    }
    if (!this.next?.fits(board, image)) {
      this.next?.end();
      this.next = new WaitingQemu(board, image);
    }
    const guest = this.next;
    this.guest = guest;
    this.next = null;
    const released = performance.now();
    output.detail(`built after ${(released - started).toFixed(0)} ms`);
    let isSilent = true;
    const prepare = () => (this.next ??= new WaitingQemu(board, image));
    void guest.boot((chunk) => {
      if (isSilent) output.detail(`first byte ${(performance.now() - released).toFixed(0)} ms later`);
      writeAll(1, chunk);
      // Not before: starting takes what the boot needs.
      if (isSilent) prepare();
      isSilent = false;
    }).then((result) => {
      if (!result) return;
      if (result.complaint !== '') output.remark(result.complaint);
      output.remark(`the guest has ended with status ${result.status}; waiting for a change`);
    });
    return true;
  }

  stop(): void {
    this.guest?.end();
    this.guest = null;
  }

  end(): void {
    this.stop();
    this.next?.end();
  }
}

/** The first file among `paths` that is saved from now on, or was since `before`; null if `signal` ends the wait. */
function nextChange(project: Project, paths: readonly string[], before: Snapshot, signal: AbortSignal): Promise<string | null> {
  const byFolder = new Map<string, Set<string>>();
  for (const path of paths) {
    const full = join(project.folder, path);
    const folder = dirname(full);
    // Documents that fluxos brings are not the project's.
    if (!statOf(full) && path !== SETTINGS) continue;
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
    // Only now that nothing more can be missed.
    const missed = paths.find((path) => before.differs(path));
    if (missed !== undefined) timer ??= setTimeout(() => end(basename(missed)), SETTLE_MILLISECONDS);
  });
}
