import {
  appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { skippedBoards } from '../boot/machine-models.ts';
import { ROOT } from '../host.ts';
import { bundleIfStale, type Ended, fluxos } from './fluxos.ts';

/** A fluxos of its own, in a folder with a blank and a quote in its name, with a snapshot taken there. */
const HOME = join(mkdtempSync(join(tmpdir(), 'fluxos-snapshot-')), "it's here");
const LAUNCHER = join(HOME, 'dist/fluxos');
const BLOB = join(HOME, 'dist/fluxos.blob');
const BOARDS = ['pc', 'qemu-arm64', 'qemu-riscv64', 'qemu-x86_64', 'rpi3', 'rpi4'];
const guest = it.skipIf((await skippedBoards(['qemu-x86_64'])).size > 0);

async function launch(args: string[], options: { cwd?: string; env?: Record<string, string>; file?: string } = {}): Promise<Ended> {
  const { exitCode, stdout, stderr } = await execa(options.file ?? LAUNCHER, args, {
    cwd: options.cwd ?? ROOT, env: { NODE_OPTIONS: '', ...options.env }, reject: false, stdin: 'ignore',
  });
  return { status: exitCode, stdout, stderr };
}

/** Did the command start from the snapshot? Only then can it not be fooled by a script that is not there. */
async function startsFromSnapshot(options: Parameters<typeof launch>[1] = {}): Promise<boolean> {
  const script = join(HOME, 'dist/fluxos.cjs');
  renameSync(script, `${script}.away`);
  try {
    return (await launch(['--version'], options)).status === 0;
  } finally {
    renameSync(`${script}.away`, script);
  }
}

beforeAll(async () => {
  bundleIfStale();
  mkdirSync(join(HOME, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'dist/fluxos.cjs'), join(HOME, 'dist/fluxos.cjs'));
  for (const part of ['boards', 'hal', 'kernel', 'examples', 'cli']) cpSync(join(ROOT, part), join(HOME, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(HOME, 'node_modules'));
  await execa(process.execPath, [
    '--input-type=module', '-e', `import { writeLauncher } from './scripts/snapshot.mjs'; writeLauncher(${JSON.stringify(HOME)})`,
  ], { cwd: ROOT });
});

describe('the launcher', () => {
  it('starts from the snapshot', async () => {
    expect(await startsFromSnapshot()).toBe(true);
  });

  it('passes arguments, statuses, output and errors on as the plain script does', async () => {
    const commands = [
      ['--version'], ['--help'], ['build', '--help'], ['boards'], ['boards', '--json'], ['build', 'no such.flux.md'], ['build', '-O', '7'],
      ['build', 'test/cli/fixtures/broken.flux.md'], ['build', 'test/cli/fixtures/broken.flux.md', '--json'],
    ];
    for (const args of commands) expect(await launch(args), args.join(' ')).toEqual(await fluxos(args));
  });

  it('builds the same bytes as the plain script, for every board', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fluxos-bytes-'));
    for (const example of ['hello', 'demo']) {
      for (const board of BOARDS) {
        const args = (name: string) => ['build', `examples/${example}.flux.md`, '-b', board, '-o', join(folder, name, board)];
        expect((await launch(args('snapshot'))).stderr).toBe('');
        expect((await fluxos(args('plain'))).stderr).toBe('');
        for (const file of [board, `${board}.elf`, `${board}.map.json`]) {
          const [one, other] = ['snapshot', 'plain'].map((name) => readFileSync(join(folder, name, file)));
          expect(one!.equals(other!), `${example} ${file}`).toBe(true);
        }
      }
    }
  });

  it('works through links, from other folders and for documents with blanks in their paths', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fluxos link '));
    mkdirSync(join(folder, 'bin'));
    symlinkSync(LAUNCHER, join(folder, 'first'));
    symlinkSync('../first', join(folder, 'bin/fluxos'));
    cpSync(join(ROOT, 'examples/hello.flux.md'), join(folder, 'my system.flux.md'));
    const file = join(folder, 'bin/fluxos');
    expect(await startsFromSnapshot({ file })).toBe(true);
    const { status, stdout } = await launch(['build', 'my system.flux.md'], { file, cwd: folder });
    expect(status).toBe(0);
    expect(stdout).toMatch(/ bytes {2}build\/qemu-x86_64\/kernel\.elf$/);
    expect(statSync(join(folder, 'build/qemu-x86_64/kernel.elf')).isFile()).toBe(true);
  });

  it('evaluates build blocks', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fluxos-block-'));
    const document = readFileSync(join(ROOT, 'examples/hello.flux.md'), 'utf8');
    const block = '\n## const squares: [3]u64\n\n```js build\n[1, 2, 3].map((n) => n * n)\n```\n';
    writeFileSync(join(folder, 'good.flux.md'), document + block);
    writeFileSync(join(folder, 'bad.flux.md'), document + block.replace('n * n', 'n * missing'));
    expect(await launch(['build', 'good.flux.md'], { cwd: folder })).toMatchObject({ status: 0, stderr: '' });
    const bad = await launch(['build', 'bad.flux.md'], { cwd: folder });
    expect(bad.status).toBe(1);
    expect(bad.stderr).toContain("'missing' is not defined");
  });

  it('reads the documents of fluxos as they are now, not as the snapshot knew them', async () => {
    const path = join(HOME, 'kernel/start.flux.md');
    const text = readFileSync(path, 'utf8');
    appendFileSync(path, '\n## fn broken(\n');
    try {
      const { status, stderr } = await launch(['build', join(HOME, 'examples/hello.flux.md'), '-o', join(HOME, 'edited')]);
      expect(status).toBe(1);
      expect(stderr).toContain('kernel/start.flux.md:');
    } finally {
      writeFileSync(path, text);
    }
  });

  guest('runs a guest and ends with its status', async () => {
    const args = ['run', 'examples/panic.flux.md', '--timeout', '60'];
    const { status, stdout } = await launch(args);
    const plain = await fluxos(args);
    expect(status).toBe(plain.status);
    expect(stdout).toBe(plain.stdout);
    expect(status).not.toBe(0);
  });
});

describe('a snapshot that does not fit', () => {
  /** Runs `check` while something about the launcher's folder is different. */
  async function expectFallback(options: Parameters<typeof launch>[1] = {}) {
    expect(await startsFromSnapshot(options)).toBe(false);
    expect(await launch(['boards'], options)).toEqual(await fluxos(['boards']));
  }

  it('is passed by where NODE_OPTIONS would change the engine', async () => {
    await expectFallback({ env: { NODE_OPTIONS: '--max-old-space-size=1000' } });
  });

  it('is passed by if another Node made it', async () => {
    const { atime, mtime } = statSync(BLOB);
    utimesSync(BLOB, atime, new Date(mtime.getTime() + 5000));
    await expectFallback();
    utimesSync(BLOB, atime, new Date(mtime.getTime() - 5000));
    await expectFallback();
    await execa('touch', ['-r', process.execPath, BLOB]);
    expect(await startsFromSnapshot()).toBe(true);
  });

  it('is passed by on another processor', async () => {
    const text = readFileSync(LAUNCHER, 'utf8');
    const file = join(HOME, 'dist/fluxos');
    try {
      writeFileSync(file, text.replace(/^features='[^']*'/m, "features='flags : another'"));
      await expectFallback();
    } finally {
      writeFileSync(file, text);
    }
  });

  it('is passed by if it is not there', async () => {
    renameSync(BLOB, `${BLOB}.away`);
    try {
      await expectFallback();
    } finally {
      renameSync(`${BLOB}.away`, BLOB);
    }
  });

  it('is passed by where the folder was copied to, links included', async () => {
    const copy = join(mkdtempSync(join(tmpdir(), 'fluxos copy ')), 'home');
    cpSync(HOME, copy, { recursive: true, verbatimSymlinks: true });
    rmSync(join(copy, 'hal'), { recursive: true });
    symlinkSync(join(copy, 'dist/fluxos'), join(copy, 'linked'));
    for (const file of [join(copy, 'dist/fluxos'), join(copy, 'linked')]) {
      const { status, stderr } = await launch(['build', 'examples/hello.flux.md', '-o', join(copy, 'image')], { file, cwd: copy });
      expect(status).toBe(1);
      expect(stderr).toContain('hal');
    }
  });
});
