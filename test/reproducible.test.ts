import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { newQuickJSWASMModule } from 'quickjs-emscripten';
import { beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../fluxc/compile.ts';
import { HOST, readable, ROOT } from './host.ts';

const BOARDS = ['qemu-x86_64', 'pc', 'qemu-arm64', 'qemu-riscv64', 'rpi3', 'rpi4'];
/** A system on every board, and one with agents on a board an architecture. */
const SYSTEMS: [main: string, board: string][] = [
  ...BOARDS.map((board): [string, string] => ['examples/demo.flux.md', board]),
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

describe('two builds', () => {
  /** Hashes of all images that the command builds in a copy of the sources at `folder`. */
  function buildIn(folder: string, env: Record<string, string>): Record<string, string> {
    for (const part of ['boards', 'hal', 'kernel', 'examples', 'dist', 'fluxos.toml']) {
      cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    }
    execaSync(process.execPath, [join(folder, 'dist/fluxos.cjs'), 'build', folder, '--board', 'all'], {
      cwd: tmpdir(), env: { ...env, NODE_PATH: join(ROOT, 'node_modules') },
    });
    const hashes: Record<string, string> = {};
    for (const board of BOARDS) {
      const built = join(folder, 'build', board);
      for (const name of readdirSync(built)) hashes[`${board}/${name}`] = hash(readFileSync(join(built, name)));
    }
    return hashes;
  }

  it('in other folders, locales, time zones and at other times are the same bytes', () => {
    const first = buildIn(mkdtempSync(join(tmpdir(), 'fluxos-a-')), { LC_ALL: 'C', TZ: 'UTC' });
    const second = buildIn(mkdtempSync(join(tmpdir(), 'fluxos-a-longer-name ü ')), {
      LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8', TZ: 'Pacific/Kiritimati',
    });
    expect(Object.keys(first)).toHaveLength(3 * BOARDS.length);
    expect(second).toEqual(first);
  });
});
