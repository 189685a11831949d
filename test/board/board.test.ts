import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Sources } from '../../fluxc/base/source.ts';
import { loadBoard } from '../../fluxc/board/board.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { Random } from '../random.ts';

const BOARDS = ['qemu-x86_64', 'pc', 'qemu-arm64', 'qemu-riscv64', 'rpi3', 'rpi4'];

function file(path: string): string | null {
  try {
    return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  } catch {
    return null;
  }
}

/** Loads the board `x` whose file is `text`; other files are the project's own. */
function load(text: string) {
  const sources = new Sources();
  const diagnostics = new Diagnostics();
  const board = loadBoard('x', (path) => (path === 'boards/x.toml' ? text : file(path)), sources, diagnostics);
  const said = diagnostics.list.map(({ code, span }) => {
    const place = span ? sources.place(span.start) : null;
    return place ? `${code} ${place.path}:${place.line}:${place.column}` : code;
  });
  return { board, said, messages: diagnostics.list.map(({ message }) => message) };
}

describe('the boards of fluxos', () => {
  it.each(BOARDS)('%s is complete', (id) => {
    const diagnostics = new Diagnostics();
    const board = loadBoard(id, file, new Sources(), diagnostics);
    expect(diagnostics.list).toEqual([]);
    expect([...board!.roles.keys()].sort()).toEqual(['console', 'interrupts', 'power', 'timer']);
    expect(board!.qemu).not.toBeNull();
  });

  it('takes from the chip what the board does not say, and lets the board say it differently', () => {
    const { board } = load('extends = "bcm2711"\nname = "Mine"\n[device.uart0]\ninterrupt = 7\n');
    expect(board!.name).toBe('Mine');
    expect(board!.arch).toBe('arm64');
    const uart = board!.devices.get('uart0')!;
    expect(uart.driver).toBe('pl011');
    expect(uart.properties.get('base')).toBe(0xfe201000);
    expect(uart.properties.get('interrupt')).toBe(7);
  });
});

describe('a broken board', () => {
  it('is named where it is not there', () => {
    const diagnostics = new Diagnostics();
    expect(loadBoard('nowhere', () => null, new Sources(), diagnostics)).toBeNull();
    expect(diagnostics.list.map(({ code }) => code)).toEqual(['FX0701']);
  });

  it('shows the line and column of what is no TOML', () => {
    expect(load('name = "a"\narch = \n').said).toEqual(['FX0705 boards/x.toml:2:8']);
  });

  it('shows everything at once, each at its place', () => {
    const { said } = load('name = 3\narch = "mips"\ncolour = 1\ncpu = "x"\n[boot]\nload = 17\n[image]\nformat = "pvh"\nfile = "f"\n');
    expect(said).toEqual([
      'FX0709 boards/x.toml:3:1', 'FX0702 boards/x.toml:2:1', 'FX0702 boards/x.toml:1:1', 'FX0708 boards/x.toml:5:1',
      'FX0702 boards/x.toml:6:1',
    ]);
  });

  it('says which role has no device, and which devices there are', () => {
    const { messages, said } = load('extends = "bcm2711"\nconsole = "uart7"\n');
    expect(messages[0]).toContain('uart7');
    expect(said).toEqual(['FX0706 boards/x.toml:2:1']);
  });

  it('ends a circle of extends', () => {
    expect(load('extends = "x"\n').said).toEqual(['FX0703 boards/x.toml:1:1']);
    expect(load('extends = "nowhere"\n').said).toEqual(['FX0704 boards/x.toml:1:1']);
    expect(load('extends = "../etc/passwd"\n').said).toEqual(['FX0702 boards/x.toml:1:1']);
  });

  it('always gets a diagnostic or is a board: 10,000 mutations', () => {
    const random = new Random(7);
    const seeds = BOARDS.map((id) => file(`boards/${id}.toml`)!).concat(file('boards/bcm2711.toml')!);
    for (let round = 0; round < 10_000; round++) {
      let text = seeds[round % seeds.length]!;
      for (let edit = random.between(1, 4); edit > 0; edit--) {
        const at = random.below(text.length);
        const to = at + random.below(12);
        const pieces = [text.slice(to), text.slice(at, to) + text.slice(at), String.fromCharCode(random.below(128)) + text.slice(at + 1), '[' + text.slice(at)];
        text = text.slice(0, at) + random.pick(pieces);
      }
      const { board, said } = load(text);
      expect(board !== null || said.length > 0).toBe(true);
    }
  });
});
