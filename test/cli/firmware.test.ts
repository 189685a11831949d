import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cacheFolder, findFirmware } from '../../cli/firmware.ts';
import { SLOT_A } from '../../images/card.ts';
import { SECTOR } from '../../images/disk.ts';
import { bundleIfStale, fluxos } from './fluxos.ts';

const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const WANTED = new Map([['start.elf', hash('start')], ['fixup.dat', hash('fixup')]]);

let project = '';
let before: string | undefined;

function put(folder: string, files: Record<string, string>): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'fluxos-firmware-'));
  before = process.env['XDG_CACHE_HOME'];
  process.env['XDG_CACHE_HOME'] = join(project, 'cache');
});

afterEach(() => {
  if (before === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = before;
});

describe('firmware', () => {
  it('is taken from the folder that the user names, and from the cache from then on', () => {
    const folder = put(join(project, 'usb'), { 'start.elf': 'start', 'fixup.dat': 'fixup' });
    const named = findFirmware(WANTED, { project, folder });
    expect(named.missing).toEqual([]);
    expect(named.files.map(({ name, path, isKnown }) => [name, path, isKnown])).toEqual([
      ['start.elf', join(folder, 'start.elf'), true], ['fixup.dat', join(folder, 'fixup.dat'), true],
    ]);
    const later = findFirmware(WANTED, { project });
    expect(later.files.map(({ path }) => path)).toEqual([join(cacheFolder(), 'start.elf'), join(cacheFolder(), 'fixup.dat')]);
  });

  it('of the project comes before the cache, and all comes from one folder', () => {
    put(cacheFolder(), { 'start.elf': 'start', 'fixup.dat': 'fixup' });
    put(join(project, 'firmware'), { 'start.elf': 'other' });
    expect(findFirmware(WANTED, { project }).files.every(({ path }) => path.startsWith(cacheFolder()))).toBe(true);
    put(join(project, 'firmware'), { 'fixup.dat': 'other' });
    const own = findFirmware(WANTED, { project });
    expect(own.files.map(({ path, isKnown }) => [path, isKnown])).toEqual([
      [join(project, 'firmware', 'start.elf'), false], [join(project, 'firmware', 'fixup.dat'), false],
    ]);
  });

  it('that is missing is named, and a folder that is named is the only one', () => {
    put(cacheFolder(), { 'start.elf': 'start', 'fixup.dat': 'fixup' });
    const folder = put(join(project, 'half'), { 'fixup.dat': 'fixup' });
    const half = findFirmware(WANTED, { project, folder });
    expect(half).toMatchObject({ missing: ['start.elf'], folders: [folder] });
    expect(half.files.map(({ name }) => name)).toEqual(['fixup.dat']);
    expect(findFirmware(WANTED, { project, folder: join(project, 'none') }).missing).toEqual(['start.elf', 'fixup.dat']);
  });

  it('half of it is not remembered, and a cache that cannot be written is no matter', () => {
    findFirmware(WANTED, { project, folder: put(join(project, 'half'), { 'fixup.dat': 'fixup' }) });
    expect(existsSync(cacheFolder())).toBe(false);
    writeFileSync(join(project, 'file'), '');
    chmodSync(join(project, 'file'), 0o400);
    process.env['XDG_CACHE_HOME'] = join(project, 'file');
    const folder = put(join(project, 'usb'), { 'start.elf': 'start', 'fixup.dat': 'fixup' });
    expect(findFirmware(WANTED, { project, folder }).missing).toEqual([]);
  });
});

describe('a card', () => {
  beforeAll(bundleIfStale);

  it('without firmware is written, and the command says what is missing and where to put it', async () => {
    const card = join(project, 'card.img');
    const none = put(join(project, 'none'), {});
    const { status, stderr } = await fluxos(['build', 'examples/hello.flux.md', '-b', 'rpi4', '--format', 'sd', '-o', card, '--firmware', none]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/warning\[FX0827\]: .*`rpi4`.*start4cd\.elf, fixup4cd\.dat/);
    expect(stderr).toMatch(/QEMU only[^]*`--firmware`[^]*raspi-firmware/);
    const { stdout } = execaSync('mdir', ['-b', '-i', `${card}@@${SLOT_A * SECTOR}`, '::']);
    expect(stdout.split('\n').map((name) => name.replace('::/', '')).sort()).toEqual(['config.txt', 'kernel8.img']);
  });

  it('with other firmware than the known holds it, with a remark', async () => {
    const card = join(project, 'card.img');
    const folder = put(join(project, 'usb'), { 'start4cd.elf': 'new', 'fixup4cd.dat': 'newer' });
    const { status, stderr } = await fluxos(['build', 'examples/hello.flux.md', '-b', 'rpi4', '--format', 'sd', '-o', card, '--firmware', folder]);
    expect(status).toBe(0);
    expect(stderr).toContain(`${join(folder, 'start4cd.elf')} is another version than the one that is known to work`);
    expect(execaSync('mtype', ['-i', `${card}@@${SLOT_A * SECTOR}`, '::start4cd.elf']).stdout).toBe('new');
    expect(readFileSync(join(cacheFolder(), 'fixup4cd.dat'), 'utf8')).toBe('newer');
  });

  it('that the board does not have is an error, with what it has', async () => {
    const sd = await fluxos(['build', 'examples/hello.flux.md', '-b', 'qemu-arm64', '--format', 'sd', '-o', join(project, 'a')]);
    expect(sd.status).toBe(1);
    expect(sd.stderr).toMatch(/FX0826[^]*image, elf/);
    const efi = await fluxos(['build', 'examples/hello.flux.md', '-b', 'rpi4', '--format', 'efi', '-o', join(project, 'a')]);
    expect(efi.status).toBe(1);
    expect(efi.stderr).toMatch(/FX0826[^]*image, elf, sd, disk/);
    expect(existsSync(join(project, 'a'))).toBe(false);
  });

  it('of the efi format is a program for UEFI', async () => {
    const { status, stdout } = await fluxos(['build', 'examples/hello.flux.md', '-b', 'pc', '--format', 'efi', '-o', join(project, 'boot.efi')]);
    expect(status).toBe(0);
    expect(stdout).toContain('boot.efi');
    expect(readFileSync(join(project, 'boot.efi')).subarray(0, 2).toString()).toBe('MZ');
  });
});
