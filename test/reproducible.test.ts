import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { newQuickJSWASMModule } from 'quickjs-emscripten';
import { beforeAll, describe, expect, it } from 'vitest';
import { boardNames } from '../cli/boards.ts';
import { formatsOf } from '../cli/card-image.ts';
import { Sources } from '../fluxc/base/source.ts';
import { loadBoard } from '../fluxc/board/board.ts';
import { compile } from '../fluxc/compile.ts';
import { Diagnostics } from '../fluxc/diagnostics/diagnostic.ts';
import { HOST, readable, ROOT } from './host.ts';

const BOARDS = boardNames([ROOT]);
/** One of each kernel: the others' is the same code at another address. */
const KERNELS = BOARDS.filter((id) => id !== 'qemu-arm64-uefi' && id !== 'rpi-zero2w');
/** A system on every board, and one with agents on a board an architecture. */
const SYSTEMS: [main: string, board: string][] = [
  ...KERNELS.map((board): [string, string] => ['examples/demo.flux.md', board]),
  ...['qemu-x86_64', 'qemu-arm64', 'qemu-riscv64'].map((board): [string, string] => ['examples/greeting.flux.md', board]),
];

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Every text that the compiler may ask for, by path. */
function texts(): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (folder: string) => {
    for (const name of readdirSync(join(ROOT, folder))) {
      const path = `${folder}/${name}`;
      if (statSync(join(ROOT, path)).isDirectory()) walk(path);
      else if (/\.(md|toml)$/.test(name)) found[path] = readFileSync(join(ROOT, path), 'utf8');
    }
  };
  for (const folder of ['boards', 'hal', 'kernel', 'examples']) walk(folder);
  return found;
}

describe('the compiler in QuickJS', () => {
  let evaluate: (code: string) => unknown;

  beforeAll(async () => {
    execaSync(process.execPath, ['scripts/bundle.mjs'], { cwd: ROOT });
    const quickjs = await newQuickJSWASMModule();
    const context = quickjs.newContext();
    context.runtime.setMemoryLimit(1 << 30);
    context.runtime.setMaxStackSize(4 << 20);
    evaluate = (code) => {
      const result = context.unwrapResult(context.evalCode(code));
      const value: unknown = context.dump(result);
      result.dispose();
      return value;
    };
    evaluate(readFileSync(join(ROOT, 'dist/fluxc.js'), 'utf8'));
    evaluate(`const TEXTS = ${JSON.stringify(texts())};`);
  });

  it.each(SYSTEMS)('emits the same image of %s for %s as in Node', (main, board) => {
    const here = compile(HOST, { main, board });
    expect(readable(here)).toBe('');
    const there = evaluate(`(() => {
      const host = { read: (path) => TEXTS[path] ?? null, evaluate: () => ({ error: 'no build scripts here', line: 1, column: 1 }) };
      const { output, diagnostics } = fluxc.compile(host, { main: ${JSON.stringify(main)}, board: ${JSON.stringify(board)} });
      if (!output) return JSON.stringify(diagnostics.list);
      let text = '';
      for (const byte of output.image) text += (byte < 16 ? '0' : '') + byte.toString(16);
      return text;
    })()`);
    expect(there).toBe(Buffer.from(here.output!.image).toString('hex'));
  });
});

/** What the process believes of the time and of chance: loaded before the command. */
const OTHER_DAY = `
const Real = Date;
const ahead = 1000 * 86400 * 1000 + 12345678;
globalThis.Date = class extends Real {
  constructor(...parts) { parts.length === 0 ? super(Real.now() + ahead) : super(...parts); }
  static now() { return Real.now() + ahead; }
};
Math.random = () => 0.25;
`;

describe('two builds', () => {
  const boards = BOARDS.map((id) => loadBoard(id, HOST.read, new Sources(), new Diagnostics())!);

  /**
   * Hashes of all that the command builds for a format in a copy of the sources at `folder`: images, ELF files, maps, and what the format
   * is of. Boards that do not have it are left out.
   */
  function buildIn(folder: string, format: 'sd' | 'efi', env: Record<string, string>): Record<string, string> {
    for (const part of ['boards', 'hal', 'kernel', 'examples', 'dist', 'fluxos.toml']) {
      if (!existsSync(join(folder, part))) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    }
    // In place of the vendor's: the card takes any, and says that it does not know it.
    mkdirSync(join(folder, 'firmware'), { recursive: true });
    for (const name of boards.flatMap(({ card }) => [...(card?.firmware.keys() ?? [])])) writeFileSync(join(folder, 'firmware', name), `${name}\n`.repeat(999));
    const build = (board: string) => {
      const { stdout } = execaSync(process.execPath, [join(folder, 'dist/fluxos.cjs'), 'build', folder, '--board', board, '--format', format, '--json'], {
        cwd: tmpdir(), env: { ...env, NODE_PATH: join(ROOT, 'node_modules') }, reject: false,
      });
      return JSON.parse(stdout) as { images: { board: string; image: string }[]; failed: string[] };
    };
    const having = boards.filter((board) => formatsOf(board).includes(format)).map(({ id }) => id);
    const images = format === 'sd' ? build('all').images : having.flatMap((board) => build(board).images);
    expect(images.map(({ board }) => board)).toEqual(having);
    const hashes: Record<string, string> = {};
    for (const { board, image } of images) {
      expect(existsSync(image)).toBe(true);
      const built = join(folder, 'build', board);
      for (const name of readdirSync(built)) hashes[`${board}/${name}`] = hash(readFileSync(join(built, name)));
    }
    return hashes;
  }

  it.each(['sd', 'efi'] as const)('of every board\'s %s file in other folders, locales and time zones and on another day are the same bytes', (format) => {
    const day = join(mkdtempSync(join(tmpdir(), 'fluxos-day-')), 'day.cjs');
    writeFileSync(day, OTHER_DAY);
    const first = buildIn(mkdtempSync(join(tmpdir(), 'fluxos-a-')), format, { LC_ALL: 'C', TZ: 'UTC' });
    const second = buildIn(mkdtempSync(join(tmpdir(), 'fluxos-a-longer-name ü ')), format, {
      LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8', TZ: 'Pacific/Kiritimati', NODE_OPTIONS: `--require ${day}`,
    });
    const built = new Set(Object.keys(first).map((path) => path.split('/')[0]!));
    expect(built.size).toBeGreaterThanOrEqual(format === 'sd' ? 7 : 2);
    // The image, its ELF file, its map, and what the format is of.
    expect(Object.keys(first)).toHaveLength(4 * built.size);
    expect(second).toEqual(first);
  }, 120_000);
});
