/** `fluxos monitor`: the serial port of a guest in QEMU through a pseudo-terminal, as an adapter would give it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { qemuArguments, QEMU_PROGRAMS } from '../../cli/qemu.ts';
import { listPorts, openPort } from '../../cli/serial/ports.ts';
import { DebugStub } from '../../cli/stub.ts';
import { type Compilation, compile } from '../../fluxc/compile.ts';
import { skippedBoards } from '../boot/machine-models.ts';
import { HOST, readable, ROOT } from '../host.ts';
import { bundleIfStale, fluxosJson, start } from './fluxos.ts';

const BOARD = 'qemu-x86_64';
const isSkipped = (await skippedBoards([BOARD])).size > 0;
const folder = mkdtempSync(join(tmpdir(), 'fluxos-monitor-'));
const CRASH = 'test/cli/fixtures/crash.flux.md';

function build(main: string): Compilation {
  const result = compile(HOST, { main, board: BOARD });
  expect(readable(result)).toBe('');
  return result.output!;
}

/** A guest and the pseudo-terminal that its serial port is. */
async function guestOf({ board, image }: Compilation, more: string[] = []) {
  const path = join(folder, board.image.file);
  writeFileSync(path, image);
  const args = qemuArguments(board, path).map((argument) => (argument === 'stdio' ? 'pty' : argument));
  const guest = execa(QEMU_PROGRAMS[board.arch], [...args, ...more], { reject: false, stdin: 'ignore', timeout: 90_000, all: true });
  const port = await new Promise<string>((resolve) => {
    let said = '';
    guest.all.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = /redirected to (\S+)/.exec(said);
      if (found) resolve(found[1]!);
    });
  });
  return { guest, port };
}

/** What a process says, and a promise of a text in it. */
function listen(stream: NodeJS.ReadableStream) {
  let said = '';
  let wake = () => {};
  stream.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    wake();
  });
  stream.on('end', () => wake());
  return {
    get said() { return said; },
    async until(text: string, from = 0): Promise<void> {
      while (!said.includes(text, from)) {
        await new Promise<void>((resolve) => (wake = resolve));
        if ((stream as { readableEnded?: boolean }).readableEnded && !said.includes(text, from)) throw new Error(`no "${text}" in:\n${said}`);
      }
    },
  };
}

beforeAll(bundleIfStale);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('fluxos monitor', () => {
  it.skipIf(isSkipped)('types on a terminal, shows, logs, finds the port again, ends with Ctrl-]', async () => {
    const compilation = build('examples/shell.flux.md');
    const [path, log] = [join(folder, 'ttyUSB0'), join(folder, 'console.log')];
    const first = await guestOf(compilation);
    symlinkSync(first.port, path);
    const command = [process.execPath, join(ROOT, 'dist/fluxos.cjs'), 'monitor', path, '--log', log].map((word) => `'${word}'`).join(' ');
    const terminal = execa('script', ['-qefc', command, '/dev/null'], { reject: false, stdin: 'pipe', timeout: 90_000 });
    const screen = listen(terminal.stdout);
    await screen.until('Ctrl-] ends');
    terminal.stdin.write('\r');
    await screen.until('> ');
    terminal.stdin.write('ps\r');
    await screen.until('thermometer');
    // Ctrl-C is the board's: the monitor goes on.
    terminal.stdin.write('\x03');
    first.guest.kill();
    await first.guest;
    await screen.until('is gone');
    unlinkSync(path);
    const second = await guestOf(compilation);
    symlinkSync(second.port, path);
    await screen.until('is back');
    const from = screen.said.length;
    terminal.stdin.write('\rps\r');
    await screen.until('thermometer', from);
    terminal.stdin.write('\x1d');
    expect((await terminal).exitCode).toBe(0);
    second.guest.kill();
    await second.guest;
    expect(readFileSync(log, 'utf8').match(/thermometer/g)!.length).toBeGreaterThanOrEqual(2);
  });

  it.skipIf(isSkipped)('says what a panic means as soon as it is over', async () => {
    const compilation = build(CRASH);
    const socket = join(folder, 'gdb');
    const { guest, port } = await guestOf(compilation, ['-S', '-gdb', `unix:${socket},server=on,wait=off`]);
    const monitor = start(['monitor', port, '-p', CRASH, '--timeout', '80'], { stdin: 'pipe' });
    const remarks = listen(monitor.stderr!);
    await remarks.until('115200 baud');
    const stub = (await DebugStub.reach(socket, new AbortController().signal))!;
    for (const address of [compilation.programs[0]!.linked.entry, compilation.linked.symbols.find(({ name }) => name === 'kernel.console.print')!.address]) {
      await stub.setBreakpoint(address);
      expect(await stub.resume()).toBe(true);
      await stub.clearBreakpoint(address);
    }
    await stub.setRegister(5, 0x18n);
    void stub.resume();
    await remarks.until('on the stack:');
    monitor.kill('SIGINT');
    const { exitCode, stdout } = await monitor;
    await guest;
    expect(exitCode).toBe(130);
    expect(stdout).toContain('dump end');
    expect(remarks.said).toMatch(/^ {2}rdi +0x18$/m);
    expect(remarks.said).toMatch(/^of this image: identity [0-9a-f]{8}$/m);
    expect(remarks.said).toMatch(/^while worker \(pid 2\) ran/m);
  });

  it('says what is wrong with a port', async () => {
    const cases: [string[], string][] = [
      [['monitor', join(folder, 'nothing')], 'FX0852'], [['monitor', '/dev/null'], 'FX0854'],
      [['run', 'examples/hello.flux.md', '--monitor', '/dev/null', '--baud', '9600'], 'FX0854'],
    ];
    for (const [args, code] of cases) {
      const { status, value } = await fluxosJson(args);
      expect({ status, codes: value.diagnostics.map(({ code: each }: { code: string }) => each) }).toEqual({ status: 1, codes: [code] });
    }
    expect(openPort(join(folder, 'nothing'), 115200)).toEqual({ kind: 'absent' });
    expect(openPort('/dev/null', 115200)).toMatchObject({ kind: 'failed' });
  });

  it('lists the ports there are, by the name of the adapter where it has one', () => {
    const root = join(folder, 'root');
    mkdirSync(join(root, 'dev/serial/by-id'), { recursive: true });
    for (const name of ['ttyUSB0', 'ttyUSB1', 'ttyACM0', 'tty0', 'cu.usbserial-1', 'null']) writeFileSync(join(root, 'dev', name), '');
    symlinkSync('../../ttyUSB1', join(root, 'dev/serial/by-id/usb-FTDI_TTL232R-if00-port0'));
    symlinkSync('../../gone', join(root, 'dev/serial/by-id/usb-gone'));
    const names = listPorts(root).map(({ path, device }) => [path, device].map((each) => each.slice(root.length)));
    expect(names).toEqual([
      ['/dev/serial/by-id/usb-FTDI_TTL232R-if00-port0', '/dev/ttyUSB1'], ['/dev/cu.usbserial-1', '/dev/cu.usbserial-1'],
      ['/dev/ttyACM0', '/dev/ttyACM0'], ['/dev/ttyUSB0', '/dev/ttyUSB0'],
    ]);
    expect(listPorts(join(root, 'empty'))).toEqual([]);
  });
});
