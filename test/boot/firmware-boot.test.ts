/** Disks and cards, started by the firmware that real machines have: SeaBIOS, OVMF, EDK2 for ARM64, U-Boot. */
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { cardImage, efiProgram, formatsOf } from '../../cli/card-image.ts';
import { Output } from '../../cli/output.ts';
import { guestStatus, QEMU_PROGRAMS, runImage } from '../../cli/qemu.ts';
import { Sources } from '../../fluxc/base/source.ts';
import { type Board, loadBoard } from '../../fluxc/board/board.ts';
import { type Compilation, compile } from '../../fluxc/compile.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { linkLoader } from '../../fluxc/loaders.ts';
import { CONFIGURATION_START, SLOT_A, SLOT_B } from '../../images/card.ts';
import { flatten, SECTOR } from '../../images/disk.ts';
import { HOST, readable, ROOT } from '../host.ts';

/** A way to start a disk: the firmware's file, if QEMU does not bring it, and how QEMU is told of both. */
interface Way {
  name: string;
  board: string;
  firmware: string | null;
  arguments: (disk: string) => string[];
}

const OVMF = '/usr/share/ovmf/OVMF.fd';
const EDK2 = '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd';
const U_BOOT = '/usr/lib/u-boot/qemu-riscv64_smode/uboot.elf';
const DRIVE = (disk: string) => ['-drive', `format=raw,file=${disk}`];
const VIRTIO = (disk: string) => ['-drive', `if=none,id=disk,format=raw,file=${disk}`, '-device', 'virtio-blk-device,drive=disk'];

const WAYS: Way[] = [
  { name: 'a PC with a BIOS', board: 'pc', firmware: null, arguments: DRIVE },
  { name: 'a PC with UEFI', board: 'pc', firmware: OVMF, arguments: (disk) => ['-m', '256M', '-net', 'none', '-bios', OVMF, ...DRIVE(disk)] },
  { name: 'ARM64 with UEFI', board: 'qemu-arm64-uefi', firmware: EDK2, arguments: (disk) => ['-net', 'none', '-bios', EDK2, ...VIRTIO(disk)] },
  {
    name: 'ARM64 with UEFI above a hypervisor\'s level', board: 'qemu-arm64-uefi', firmware: EDK2,
    arguments: (disk) => ['-machine', 'virtualization=on', '-net', 'none', '-bios', EDK2, ...VIRTIO(disk)],
  },
  { name: 'RISC-V with U-Boot', board: 'qemu-riscv64', firmware: U_BOOT, arguments: (disk) => ['-m', '256M', '-kernel', U_BOOT, ...VIRTIO(disk)] },
];

function build(main: string, board: string): Compilation {
  const result = compile(HOST, { main, board });
  expect(readable(result)).toBe('');
  return result.output!;
}

const OUTPUT = new Output({ json: false, verbose: false });
const projectIn = (folder: string, board: string) => ({ folder, main: 'hello.flux.md', name: 'hello', isDocument: false, board });

function diskOf(compilation: Compilation, folder = ROOT): Uint8Array {
  const made = cardImage(compilation, projectIn(folder, compilation.board.id), undefined, OUTPUT);
  return flatten(made!.disk);
}

function start({ board, arguments: more }: Way, disk: Uint8Array, description: Board): { console: string; status: number | null } {
  const path = join(mkdtempSync(join(tmpdir(), 'fluxos-disk-')), `${board}.img`);
  writeFileSync(path, disk);
  const { machine, cpu, memory, arguments: own } = description.qemu!;
  const args = [
    '-machine', machine, ...(cpu === null ? [] : ['-cpu', cpu]), '-m', memory!, '-display', 'none', '-serial', 'stdio', '-monitor', 'none',
    '-no-reboot', ...own, ...more(path),
  ];
  const { stdout, exitCode } = execaSync(QEMU_PROGRAMS[description.arch], args, { reject: false, timeout: 90_000, stdin: 'ignore' });
  return { console: stdout.replace(/\r/g, ''), status: exitCode === undefined ? null : guestStatus(description, exitCode) };
}

describe.each(WAYS)('$name', (way) => {
  // As with machine models (`machine-models.ts`): with `CI` set nothing may be skipped.
  const isThere = way.firmware === null || existsSync(way.firmware) || Boolean(process.env['CI']);

  it.skipIf(!isThere)('boots the disk and tells the status', () => {
    const compilation = build('test/boot/firmware-boot.flux.md', way.board);
    const { console, status } = start(way, diskOf(compilation), compilation.board);
    expect(console).toMatch(/^fluxos on .*\d+ KiB$/m);
    expect(console).toContain('started by its firmware');
    expect(status).toBe(42);
  }, 120_000);
});

describe('a disk without a kernel', () => {
  it('says so on the screen of a PC, and stays there', () => {
    const compilation = build('examples/hello.flux.md', 'pc');
    const disk = diskOf(compilation);
    // The name of the kernel in the root folder, which comes first in the slot; the loaders have it too.
    const at = Buffer.from(disk).indexOf('KERNEL  ELF', SLOT_A * SECTOR);
    disk[at] = 0x58;
    const path = join(mkdtempSync(join(tmpdir(), 'fluxos-disk-')), 'pc.img');
    writeFileSync(path, disk);
    const { stdout, timedOut } = execaSync('qemu-system-x86_64', [
      '-machine', 'pc,graphics=off', '-m', '128M', '-nodefaults', '-display', 'none', '-serial', 'stdio', '-no-reboot', ...DRIVE(path),
    ], { reject: false, timeout: 4000, stdin: 'ignore' });
    expect(stdout).toContain('fluxos: there is no kernel on the disk');
    expect(timedOut).toBe(true);
  }, 30_000);
});

/** Documents of loaders are no part of a kernel, so no kernel's tests lead to theirs. */
describe.each([
  ['hal/boot/sectors.flux.md', 1], ['hal/boot/fat.flux.md', 1], ['hal/boot/slot_record.flux.md', 3], ['hal/boot/efi_disk.flux.md', 1],
  ['hal/boot/pvh_loader.flux.md', 1], ['test/boot/loaders.flux.md', 2],
] as const)('%s', (main, count) => {
  it('passes its own tests', async () => {
    const result = compile(HOST, { main, board: 'qemu-x86_64', tests: 'document' });
    expect(readable(result)).toBe('');
    const { board, image, tests } = result.output!;
    expect(tests).toHaveLength(count);
    const path = join(mkdtempSync(join(tmpdir(), 'fluxos-loader-')), 'kernel.elf');
    writeFileSync(path, image);
    const chunks: Uint8Array[] = [];
    const { status } = await runImage(board, path, { timeout: 60, onConsole: (chunk) => chunks.push(chunk) });
    expect(Buffer.concat(chunks).toString().match(/test \d+: ok/g)).toHaveLength(count);
    expect(status).toBe(0);
  }, 60_000);
});

describe('loaders', () => {
  const BOARDS = ['pc', 'qemu-arm64-uefi'];

  it.each(BOARDS)('for UEFI on %s run at any address: no address of their own is in them', (id) => {
    const result = compile(HOST, { main: 'examples/hello.flux.md', board: id });
    const { board } = result.output!;
    const [here, there] = [0x1000, 0x5000_1000].map((base) => {
      return linkLoader({ host: HOST, board, sources: result.sources, diagnostics: result.diagnostics }, board.boot.efi!, base)!;
    });
    expect(here!.sections.map(({ name, bytes }) => [name, [...bytes]])).toEqual(there!.sections.map(({ name, bytes }) => [name, [...bytes]]));
    expect(here!.sections[0]!.bytes.length).toBeGreaterThan(300);
  });

  it.each(BOARDS)('for UEFI on %s are what objdump takes for a program, and no section is writable and executable', (id) => {
    const path = join(mkdtempSync(join(tmpdir(), 'fluxos-efi-')), 'boot.efi');
    const bytes = efiProgram(build('examples/hello.flux.md', id), projectIn(ROOT, id), OUTPUT)!;
    writeFileSync(path, bytes);
    const view = new DataView(bytes.buffer);
    const count = view.getUint16(0x46, true);
    const rights = Array.from({ length: count }, (_, index) => view.getUint32(0x40 + 24 + 112 + 40 * index + 36, true) >>> 29);
    const [EXECUTE, READ, WRITE] = [1, 2, 4];
    expect(rights[0]).toBe(EXECUTE | READ);
    expect(rights.slice(1).every((right) => right === READ || right === (READ | WRITE))).toBe(true);
    expect(rights).toContain(READ | WRITE);
    if (id !== 'pc') return;
    const { stdout, exitCode } = execaSync('objdump', ['-h', path], { reject: false });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/pei-x86-64[^]*\.text[^]*\.kernel/);
  });
});

describe.each(['pc', 'qemu-arm64-uefi', 'qemu-riscv64', 'rpi3', 'rpi4', 'rpi-zero2w', 'visionfive2'])('the card of %s', (id) => {
  it('is the same bytes from another folder, and others read it', () => {
    const compilation = build('examples/hello.flux.md', id);
    const disk = diskOf(compilation);
    const folder = mkdtempSync(join(tmpdir(), 'fluxos-other-'));
    const again = diskOf(id === 'pc' ? build('examples/hello.flux.md', id) : compilation, folder);
    expect(Buffer.compare(Buffer.from(disk), Buffer.from(again))).toBe(0);
    const path = join(folder, 'card.img');
    writeFileSync(path, disk);
    const run = (program: string, ...args: string[]) => {
      const { stdout, stderr, exitCode } = execaSync(program, args, { reject: false });
      expect(exitCode, `${program}: ${stdout}${stderr}`).toBe(0);
      return stdout;
    };
    const { card } = compilation.board;
    if (card!.table === 'gpt') expect(run('sgdisk', '--verify', path)).toContain('No problems found');
    else expect(run('sfdisk', '--verify', path)).toContain('No errors');
    for (const [from, to] of [[SLOT_A, SLOT_B], [SLOT_B, CONFIGURATION_START]] as const) {
      writeFileSync(`${path}.slot`, disk.subarray(from * SECTOR, to * SECTOR));
      run('fsck.fat', '-n', `${path}.slot`);
    }
    const listed = run('mdir', '-b', '-/', '-i', `${path}@@${SLOT_A * SECTOR}`, '::');
    for (const name of [card!.kernel, ...card!.files.keys(), ...(card!.efi === null ? [] : [card!.efi])]) expect(listed).toContain(`::/${name}`);
  }, 60_000);
});

describe('formats', () => {
  it.each([
    ['pc', 'image, elf, efi, sd, disk'], ['qemu-arm64', 'image, elf'], ['qemu-arm64-uefi', 'image, elf, efi, sd, disk'], ['rpi4', 'image, elf, sd, disk'],
  ])('of %s are %s', (id, formats) => {
    expect(formatsOf(loadBoard(id, HOST.read, new Sources(), new Diagnostics())!).join(', ')).toBe(formats);
  });
});
