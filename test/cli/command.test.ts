import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { COMMAND_MESSAGES } from '../../fluxc/diagnostics/command-messages.ts';
import type { JsonDiagnostic } from '../../fluxc/diagnostics/render.ts';
import { skippedBoards } from '../boot/machine-models.ts';
import { ROOT } from '../host.ts';
import { bundleIfStale, fluxos, fluxosJson, start } from './fluxos.ts';

const BOARDS = [
  'pc', 'qemu-arm64', 'qemu-arm64-uefi', 'qemu-riscv64', 'qemu-x86_64', 'rpi-zero2w', 'rpi3', 'rpi4', 'visionfive2',
];
const HELLO = join(ROOT, 'examples/hello.flux.md');
const PANIC = join(ROOT, 'examples/panic.flux.md');
const SKIPPED = await skippedBoards(BOARDS);
/** What boots here: the fast machine. */
const guest = it.skipIf(SKIPPED.has('qemu-x86_64'));

/** A folder with the fixtures, away from the project of the repository. */
function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-cli-'));
  cpSync(join(ROOT, 'test/cli/fixtures'), folder, { recursive: true });
  return folder;
}

/** `PATH` of a machine that has Node and nothing else. */
function onlyNode(): { PATH: string } {
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-path-'));
  symlinkSync(process.execPath, join(folder, 'node'));
  return { PATH: folder };
}

function write(folder: string, path: string, text: string): string {
  const full = join(folder, path);
  mkdirSync(join(full, '..'), { recursive: true });
  writeFileSync(full, text);
  return full;
}

beforeAll(bundleIfStale);

describe('fluxos build', () => {
  it('writes an image, an ELF file and a map for every board, and says so in JSON', async () => {
    const folder = scratch();
    const { status, value } = await fluxosJson(['build', join(folder, 'forever.flux.md'), '-b', 'all']);
    expect(status).toBe(0);
    expect(value).toMatchObject({ failed: [], diagnostics: [] });
    expect(value.images.map(({ board }: { board: string }) => board)).toEqual(BOARDS);
    for (const { board, image, elf, map, imageBytes, stages } of value.images) {
      expect(image.startsWith(join(folder, 'build', board))).toBe(true);
      expect(statSync(image).size).toBe(imageBytes);
      expect(readFileSync(elf).subarray(0, 4).toString('latin1')).toBe('\x7fELF');
      expect(JSON.parse(readFileSync(map, 'utf8')).sections.length).toBeGreaterThan(1);
      expect(stages.map(({ stage }: { stage: string }) => stage)).toEqual([
        'board', 'documents', 'check', 'passes', 'code', 'link', 'image', 'write',
      ]);
    }
  });

  it('says one line a board in a pipe: no progress, no colours', async () => {
    const folder = scratch();
    const { status, stdout, stderr } = await fluxos(['build', join(folder, 'forever.flux.md'), '-b', 'rpi4'], { cwd: folder });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^rpi4 +\d+ bytes {2}build\/rpi4\/kernel8\.img$/);
  });

  it('builds the project of the current folder', async () => {
    const folder = scratch();
    write(folder, 'fluxos.toml', 'name = "mine"\nmain = "forever.flux.md"\nboard = "pc"\n');
    const { status } = await fluxos(['build'], { cwd: folder });
    expect(status).toBe(0);
    expect(readdirSync(join(folder, 'build/pc')).sort()).toEqual(['kernel.elf', 'mine.elf', 'mine.map.json']);
  });

  it('keeps an image and the ELF file for debuggers apart, whatever their names', async () => {
    const folder = scratch();
    write(folder, 'fluxos.toml', 'name = "kernel"\nmain = "forever.flux.md"\nboard = "pc"\n');
    expect((await fluxos(['build', folder])).status).toBe(0);
    expect(readdirSync(join(folder, 'build/pc')).sort()).toEqual(['kernel.debug.elf', 'kernel.elf', 'kernel.map.json']);
  });

  it('writes where -o says, and into a device without a file beside it', async () => {
    const folder = scratch();
    const document = join(folder, 'forever.flux.md');
    expect((await fluxos(['build', document, '-o', join(folder, 'out/a.img')])).status).toBe(0);
    expect(readdirSync(join(folder, 'out')).sort()).toEqual(['a.elf', 'a.img', 'a.map.json']);
    const { status, value } = await fluxosJson(['build', document, '-o', '/dev/null']);
    expect({ status, elf: value.images[0].elf, map: value.images[0].map }).toEqual({ status: 0, elf: null, map: null });
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it('shows the FIR behind a pass, and stops there if asked to', async () => {
    const folder = scratch();
    const document = join(folder, 'forever.flux.md');
    const stopped = await fluxos(['build', document, '--stop-after', 'promote-slots', '--verify-each', '-O0']);
    expect(stopped.status).toBe(0);
    expect(stopped.stdout).toMatch(/^fn @forever\.main\(\)/m);
    expect(stopped.stderr).toContain('no image was written');
    expect(existsSync(join(folder, 'build'))).toBe(false);
    const { value } = await fluxosJson(['build', document, '--dump', 'layout', '--time-passes']);
    expect(value.images[0].fir).toContain('fn @forever.main(');
    expect(value.images[0].passes.map(({ name }: { name: string }) => name)).toContain('layout');
    expect(value.images[0].imageBytes).toBeGreaterThan(0);
  });

  it('shows all errors of a build once, though all boards have them', async () => {
    const { status, stdout, stderr } = await fluxos(['build', join(scratch(), 'broken.flux.md'), '-b', 'all']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr.match(/error\[FX\d{4}\]/g)).toHaveLength(2);
    expect(stderr).toMatch(/^broken\.flux\.md:12:14: error/m);
    expect(stderr).toContain('not built: pc, qemu-arm64');
  });

  it('leaves nothing behind where it cannot write', async () => {
    const folder = scratch();
    const file = write(folder, 'file', '');
    const { status, stderr } = await fluxos(['build', join(folder, 'forever.flux.md'), '-o', join(file, 'image')]);
    expect(status).toBe(1);
    expect(stderr).toContain('FX0805');
    expect((await fluxos(['build', join(folder, 'forever.flux.md'), '-o', folder])).stderr).toContain('FX0805');
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
  });
});

describe('what is wrong', () => {
  const folder = scratch();
  write(folder, 'program.c', 'int main;');
  write(folder, 'garbage.md', '');
  writeFileSync(join(folder, 'garbage.md'), Uint8Array.from({ length: 3000 }, (_, i) => (i * 167 + 13) & 255));
  // A file that nobody can read from its start, not even root.
  symlinkSync('/proc/self/mem', join(folder, 'secret.md'));
  mkdirSync(join(folder, 'empty'));
  mkdirSync(join(folder, 'odd/fluxos.toml'), { recursive: true });
  const project = (name: string, text: string) => write(folder, `${name}/fluxos.toml`, text).replace('/fluxos.toml', '');
  write(folder, 'boards/mine.toml', 'name = "Mine"\nextends = "bcm2711"\n');
  const forever = join(folder, 'forever.flux.md');

  const CASES: [code: string, status: number, args: string[], place?: string][] = [
    ['FX0801', 1, ['build', join(folder, 'nowhere.flux.md')]],
    ['FX0802', 1, ['build', join(folder, 'program.c')]],
    ['FX0803', 1, ['build', join(folder, 'empty')]],
    ['FX0803', 1, ['run', join(folder, 'odd')]],
    ['FX0804', 1, ['build', project('a', 'name = "a"\nmain = "b.flux.md"\n')], 'fluxos.toml:2:1'],
    ['FX0702', 1, ['build', project('b', 'main = 7\n')], 'fluxos.toml:1:1'],
    ['FX0702', 1, ['build', project('c', 'name = "c"\nmain = "../a.md"\n')], 'fluxos.toml:2:1'],
    ['FX0705', 1, ['test', project('d', 'name = "d"\nmain = = 2\n')], 'fluxos.toml:2:8'],
    ['FX0708', 1, ['inspect', project('e', 'name = "e"\n')], 'fluxos.toml:1:1'],
    ['FX0709', 1, ['build', project('f', 'main = "x"\ncolour = "red"\n')], 'fluxos.toml:2:1'],
    ['FX0701', 1, ['build', forever, '-b', 'rpi9']],
    ['FX0701', 1, ['run', forever, '-b', '../../etc/passwd']],
    ['FX0805', 1, ['build', forever, '-o', '/proc/nothing/image']],
    ['FX0808', 1, ['run', forever, '-b', 'mine']],
    ['FX0809', 2, ['bild']],
    ['FX0809', 2, ['build', '--bord', 'pc']],
    ['FX0809', 2, ['build', 'one', 'two']],
    ['FX0809', 2, ['run', '--timeout', 'soon']],
    ['FX0809', 2, ['build', '-O', '3']],
    ['FX0809', 2, ['inspect', '--by', 'colour']],
    ['FX0810', 1, ['inspect', forever, '--disassemble', 'nothing']],
    ['FX0811', 1, ['build', forever, '-b', 'all', '-o', 'x']],
    ['FX0812', 1, ['build', forever, '--dump', 'nothing']],
    ['FX0813', 1, ['build', join(folder, 'secret.md')]],
    ['FX0814', 1, ['build', join(folder, 'garbage.md')]],
    ['FX0815', 1, ['boards', forever]],
    ['FX0817', 1, ['run', forever, '-b', 'all']],
    ['FX0819', 1, ['key', forever]],
    ['FX0820', 1, ['verify', forever, '--manifest', forever, '--key', forever]],
    ['FX0825', 1, ['build', forever, '--manifest']],
    ['FX0826', 1, ['build', forever, '-b', 'qemu-arm64', '--format', 'sd']],
    ['FX0828', 1, ['flash', '-p', forever, folder]],
    ['FX0834', 1, ['new', folder]],
  ];

  it.each(CASES)('is one value in JSON: %s, status %i, %j', async (code, status, args, place) => {
    const { status: ended, stdout, stderr } = await fluxos([...args, '--json']);
    expect({ ended, stderr }).toEqual({ ended: status, stderr: '' });
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: JsonDiagnostic[] };
    const said = diagnostics.find((diagnostic) => diagnostic.code === code)!;
    expect(said.message).not.toBe('');
    expect(said.place && `${said.place.path}:${said.place.line}:${said.place.column}`).toBe(place ?? null);
  });

  it.each(CASES.filter(([, , , place]) => place !== undefined))('is shown at its place: %s', async (code, status, args, place) => {
    const said = await fluxos(args);
    expect({ status: said.status, stdout: said.stdout }).toEqual({ status, stdout: '' });
    expect(said.stderr).toContain(`${place}: error[${code}]: `);
    expect(said.stderr).not.toMatch(/^ +at |\x1b/m);
  });

  it('has an example above for every message of the command', () => {
    // Shown elsewhere: QEMU that is missing or too old, a pass that does not run at a level, a guest without a trace.
    // Below, or in the tests of flash, manifests, firmware, crashes and serial ports.
    const elsewhere = [
      'FX0806', 'FX0807', 'FX0816', 'FX0818', 'FX0821', 'FX0822', 'FX0823', 'FX0824', 'FX0827', 'FX0829', 'FX0830', 'FX0831',
      'FX0832', 'FX0833', 'FX0840', 'FX0841', 'FX0850', 'FX0851', 'FX0852', 'FX0853', 'FX0854', 'FX0860', 'FX0861', 'FX0862', 'FX0863',
      'FX0870', 'FX0871', 'FX0872', 'FX0873', 'FX0874',
    ];
    expect([...new Set(CASES.map(([code]) => code)), ...elsewhere].filter((code) => code.startsWith('FX08')).sort())
      .toEqual(Object.keys(COMMAND_MESSAGES).sort());
  });

  it('knows what was meant', async () => {
    expect((await fluxos(['bild'])).stderr).toContain('Did you mean build?');
    expect((await fluxos(['build', '--bord', 'pc'])).stderr).toContain('Did you mean --board?');
    expect((await fluxos(['build', forever, '-b', 'rp4'])).stderr).toContain('did you mean `rpi4`?');
    const own = project('g', `main = "../forever.flux.md"\nboard = "quemu-arm64"\n`);
    cpSync(forever, join(own, 'forever.flux.md'));
    write(own, 'fluxos.toml', 'main = "forever.flux.md"\nboard = "quemu-arm64"\n');
    const { stderr } = await fluxos(['build', own]);
    expect(stderr).toContain('fluxos.toml:2:1: error[FX0701]');
    expect(stderr).toContain('did you mean `qemu-arm64`?');
  });
});

describe('fluxos run', () => {
  it.for(['qemu-x86_64', 'qemu-riscv64'])('streams the console of %s and passes the status on', async (board, { skip }) => {
    skip(SKIPPED.has(board), 'QEMU has no such machine here');
    const { status, stdout, stderr } = await fluxos(['run', HELLO, '-b', board, '--timeout', '60']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('Hello from Markdown!');
  });

  guest('ends with the status of a panic, and has the console in its JSON', async () => {
    const { status, value } = await fluxosJson(['run', PANIC]);
    expect(status).toBe(101);
    expect(value).toMatchObject({ board: 'qemu-x86_64', booted: true, status: 101, timedOut: false, complaint: null });
    expect(value.console).toContain('panic: index out of bounds');
  });

  guest('ends a guest whose time is out with status 124', async () => {
    const { status, stdout, stderr } = await fluxos(['run', join(scratch(), 'forever.flux.md'), '--timeout', '1.5']);
    expect(status).toBe(124);
    expect(stdout).toContain('waiting');
    expect(stderr).toBe('fluxos: the guest was ended after 1.5 s');
  });

  guest.each([['SIGINT', 130], ['SIGTERM', 143]] as const)('ends the guest and itself on %s', async (signal, status) => {
    const folder = scratch();
    const running = start(['run', join(folder, 'forever.flux.md')]);
    await new Promise<void>((resolve) => {
      // A busy machine hands a line on in pieces.
      let said = '';
      running.stdout!.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('waiting')) resolve();
      });
    });
    running.kill(signal);
    expect((await running).exitCode).toBe(status);
    const left = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && commandOf(name).includes(folder));
    expect(left).toEqual([]);
  });

  guest('ends the guest when nobody reads any more', async () => {
    const running = start(['run', join(scratch(), 'noisy.flux.md')], { buffer: false });
    running.stdout!.once('data', () => running.stdout!.destroy());
    expect((await running).exitCode).toBe(141);
  });

  guest('tells a QEMU that does not start from a guest that fails', async () => {
    const folder = scratch();
    write(folder, 'boards/odd.toml', 'name = "Odd"\nextends = "qemu-x86_64"\n[qemu]\nmemory = "lots"\n');
    const { status, stderr } = await fluxos(['run', join(folder, 'forever.flux.md'), '-b', 'odd']);
    expect(status).toBe(125);
    expect(stderr).toContain('QEMU ended without a word from the guest');
    write(folder, 'boards/new.toml', 'name = "New"\nextends = "qemu-x86_64"\n[qemu]\nmachine = "not-yet"\n');
    expect((await fluxos(['run', join(folder, 'forever.flux.md'), '-b', 'new'])).stderr).toContain('FX0807');
  });

  it('without QEMU builds, says what it could not boot and what to type, if that is enough', async () => {
    const env = onlyNode();
    const document = join(scratch(), 'forever.flux.md');
    const possible = await fluxos(['run', document, '--if-possible'], { env, extendEnv: false });
    expect(possible.status).toBe(0);
    expect(possible.stdout).toMatch(/^not booted: QEMU is not installed: there is no `qemu-system-x86_64`\. The image is \/.*kernel\.elf$/m);
    expect(possible.stdout).toMatch(/^to boot it: .*qemu-system-x86/m);
    const { status, stderr } = await fluxos(['run', document], { env, extendEnv: false });
    expect(status).toBe(1);
    expect(stderr).toContain('FX0806');
    expect((await fluxos(['debug', document], { env, extendEnv: false })).stderr).toContain('FX0818');
  });
});

function commandOf(process: string): string {
  try {
    return readFileSync(`/proc/${process}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

describe('fluxos test', () => {
  guest('reports each test, with the line of what does not hold', async () => {
    const { status, stdout } = await fluxos(['test', join(scratch(), 'sums.flux.md')]);
    expect(status).toBe(1);
    expect(stdout.split('\n')).toEqual([
      'qemu-x86_64  sums.flux.md: 2 of 3 passed',
      '    failed: a sum that nobody gets (sums.flux.md:33)',
      '        sums.flux.md:38: an `expect` does not hold',
      '2 passed, 1 failed',
    ]);
  });

  guest('reports a trap with the panic, and the tests behind it as not run', async () => {
    const { status, value } = await fluxosJson(['test', join(scratch(), 'traps.flux.md')]);
    expect(status).toBe(1);
    expect(value).toMatchObject({ passed: 1, failed: 1, notRun: 1, skipped: [], diagnostics: [] });
    const [first, second, third] = value.tests;
    expect(first).toEqual({
      board: 'qemu-x86_64', document: 'traps.flux.md', title: 'an index in the list', line: 15, inAgent: false, outcome: 'passed',
      reason: null,
    });
    expect(second.outcome).toBe('failed');
    expect(second.reason).toMatch(/^panic: index out of bounds\n {2}in traps\..* \(traps\.flux\.md:12\)/);
    expect(second.reason).not.toContain('kernel.testing');
    expect(third).toMatchObject({ outcome: 'not run', reason: 'the run ended before it' });
  });

  guest('tests one document of the kernel', async () => {
    const { status, stdout } = await fluxos(['test', 'kernel/memory.flux.md']);
    expect(stdout).toMatch(/^qemu-x86_64 {2}kernel\/memory\.flux\.md: (\d+) of \1 passed$/m);
    expect(status).toBe(0);
  });

  it('says that there are none, and which boards cannot run here', async () => {
    expect(await fluxos(['test', HELLO])).toMatchObject({ status: 0, stdout: 'there are no tests' });
    const { status, value } = await fluxosJson(['test', join(scratch(), 'sums.flux.md'), '-b', 'all'], { env: onlyNode(), extendEnv: false });
    expect(status).toBe(0);
    expect(value.skipped.map(({ board }: { board: string }) => board)).toEqual(BOARDS);
  });
});

describe('the other commands', () => {
  it('boards lists those of fluxos and of the project', async () => {
    const folder = scratch();
    write(folder, 'boards/mine.toml', 'name = "My board"\nextends = "bcm2711"\n');
    const { status, value } = await fluxosJson(['boards', folder]);
    expect(status).toBe(0);
    expect(value.boards.map(({ board }: { board: string }) => board)).toEqual([...BOARDS, 'mine'].sort());
    expect(value.boards.find(({ board }: { board: string }) => board === 'mine')).toEqual({
      board: 'mine', name: 'My board', arch: 'arm64', cpu: 'cortex-a72', image: 'kernel8.img', qemu: null,
    });
    write(folder, 'boards/bad.toml', 'name = "Bad"\narch = "mips"\n');
    const broken = await fluxos(['boards', folder]);
    expect(broken.status).toBe(1);
    expect(broken.stderr).toContain('boards/bad.toml:2:1: error[FX0702]');
    expect(broken.stdout).toContain('My board');
  });

  it('inspect shows sections, documents and symbols, and writes nothing', async () => {
    const folder = scratch();
    const document = join(folder, 'forever.flux.md');
    const { status, value } = await fluxosJson(['inspect', document, '-b', 'rpi3']);
    expect(status).toBe(0);
    expect(value.sections.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(['.text', '.rodata']));
    expect(value.documents.map((row: { document: string }) => row.document)).toContain('forever.flux.md');
    const text = await fluxos(['inspect', document, '--symbols']);
    expect(text.stdout).toMatch(/^ +0x[0-9a-f]+ +\d+ {2}forever\.main {2}\(forever\.flux\.md:10\)$/m);
    expect(existsSync(join(folder, 'build'))).toBe(false);
  });

  it.each(BOARDS)('inspect disassembles the code for %s beside its lines', async (board) => {
    const { status, stdout } = await fluxos(['inspect', HELLO, '-b', board, '--disassemble', 'kernel.start.start']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^kernel\.start\.start:$/m);
    expect(stdout).toMatch(/^ {2}; kernel\/start\.flux\.md:\d+ {2}\S/m);
    expect(stdout.split('\n').filter((line) => /^ +[0-9a-f]+ {2}[0-9a-f]{2,} +\S/.test(line)).length).toBeGreaterThan(5);
  });

  it('doctor names what is missing and what mends it', async () => {
    const here = await fluxosJson(['doctor']);
    expect(here.status).toBe(here.value.findings.every(({ state }: { state: string }) => state === 'ok') ? 0 : 1);
    expect(here.value.findings).toContainEqual(expect.objectContaining({ what: 'npm packages', state: 'ok', mend: null }));
    const bare = await fluxos(['doctor'], { env: onlyNode(), extendEnv: false });
    expect(bare.status).toBe(1);
    expect(bare.stdout).toMatch(/^ok +Node: /m);
    expect(bare.stdout).toMatch(/^missing +qemu-system-aarch64: not installed/m);
    expect(bare.stdout).toMatch(/To mend it:\n {4}.*qemu-system-arm/);
  });

  it.each(['build', 'run', 'test', 'boards', 'inspect', 'monitor', 'firmware', 'doctor'])('%s --help has examples and the statuses', async (name) => {
    const { status, stdout, stderr } = await fluxos([name, '--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`fluxos ${name}`);
    expect(stdout).toContain('Examples:');
    expect(stdout).toMatch(/Exit status:\n {2}0/);
  });

  it('shows its help, as a mistake if nothing was asked', async () => {
    expect(await fluxos(['--help'])).toMatchObject({ status: 0, stderr: '' });
    expect((await fluxos(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+$/);
    const { status, stdout, stderr } = await fluxos([]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('Usage: fluxos');
  });
});
