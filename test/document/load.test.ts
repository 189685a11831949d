import { describe, expect, test } from 'vitest';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { Documents } from '../../fluxc/lang/documents.ts';
import { candidatePaths, loadModules } from '../../fluxc/lang/load.ts';

interface Setup {
  main?: string | null;
  roots?: string[];
  aliases?: [string, string][];
  extra?: [string, { path: string; text: string }][];
}

/** A document that uses these modules. */
const uses = (...names: string[]) => `---\nuses: [${names.join(', ')}]\n---\n`;
const named = (name: string, ...names: string[]) => `---\nmodule: ${name}\nuses: [${names.join(', ')}]\n---\n`;

function load(files: Record<string, string>, setup: Setup = {}) {
  const sources = new Sources();
  const diagnostics = new Diagnostics();
  const read: string[] = [];
  const host = {
    read: (path: string) => {
      read.push(path);
      return files[path] ?? null;
    },
    evaluate: () => ({ ok: false as const, error: '', line: 0, column: 0 }),
  };
  const aliases = new Map(setup.aliases ?? []);
  const modules = loadModules(
    new Documents(host, sources, diagnostics), { main: setup.main === undefined ? 'main.flux.md' : setup.main, roots: setup.roots ?? [] },
    { arch: 'riscv64', aliases, extra: new Map(setup.extra ?? []) }, diagnostics,
  );
  return {
    names: modules.map((module) => module.name), aliases: Object.fromEntries(aliases), read, sources,
    messages: diagnostics.list.map(({ code, message }) => `${code} ${message}`),
      hints: diagnostics.list.map(({ hint }) => hint),
  };
}

describe('loading modules', () => {
  test('each module stands behind what it uses, once', () => {
    const { names, messages } = load({
      'main.flux.md': uses('b', 'a'), 'a.flux.md': uses('c.d'), 'b.flux.md': uses('a', 'c.d'), 'c/d.flux.md': '',
    });
    expect(names).toEqual(['c.d', 'a', 'b', 'main']);
    expect(messages).toEqual([]);
  });

  test('paths: plain, by architecture, by architecture in a folder of its own', () => {
    expect(candidatePaths('a.b.c', 'arm64')).toEqual(['a/b/c.flux.md', 'a/b/arm64/c.flux.md', 'a/b/c/arm64/c.flux.md']);
    const { names, messages } = load({
      'main.flux.md': uses('hal.cpu', 'hal.cpu.trap', 'hal.x'), 'hal/cpu/riscv64/cpu.flux.md': named('hal.cpu'),
      'hal/cpu/riscv64/trap.flux.md': '', 'hal/cpu/arm64/trap.flux.md': uses('nowhere'), 'hal/x.flux.md': '',
      'hal/riscv64/x.flux.md': uses('nowhere'),
    });
    expect(names).toEqual(['hal.cpu', 'hal.cpu.trap', 'hal.x', 'main']);
    expect(messages).toEqual([]);
  });

  test('aliases stand for modules and end as the names that these have', () => {
    const { names, aliases, messages } = load(
      { 'main.flux.md': named('demo'), 'k.flux.md': uses('system', 'hal.boot', 'board'),
        'boot/x.flux.md': named('hal.boot') },
      { roots: ['k'], aliases: [['hal.boot', 'boot.x'], ['board', 'boards/b.flux.md']],
        extra: [['board', { path: 'b', text: uses('image') }]] },
    );
    expect(messages).toEqual(['FX0112 there is no module `board`']);
    expect(names).toEqual(['demo', 'hal.boot', 'k']);
    expect(aliases).toEqual({ system: 'demo', 'hal.boot': 'hal.boot', board: 'boards/b.flux.md' });
  });

  test('documents without a file, and the module `image` that needs none', () => {
    const { names, messages } = load({ 'main.flux.md': uses('board', 'image') }, {
      extra: [['board', { path: 'boards/x.toml', text: named('board', 'a') }]],
    });
    expect(messages).toEqual(['FX0112 there is no module `a`']);
    expect(names).toEqual(['board', 'main']);
  });

  test('a missing module is reported once a use, with the paths that were tried, and the rest is loaded', () => {
    const { names, messages, hints, read } = load({
      'main.flux.md': uses('a', 'x.y', 'b'), 'a.flux.md': uses('x.y'), 'b.flux.md': '',
    });
    expect(names).toEqual(['a', 'b', 'main']);
    expect(messages).toEqual(['FX0112 there is no module `x.y`']);
    expect(hints).toEqual(['tried `x/y.flux.md`, `x/riscv64/y.flux.md`, `x/y/riscv64/y.flux.md`']);
    expect(read.filter((path) => path === 'x/y.flux.md').length).toBe(1);
  });

  test('a circle is reported with its whole way, and everything is loaded', () => {
    const { names, messages } = load({
      'main.flux.md': uses('a'), 'a.flux.md': uses('b'), 'b.flux.md': uses('c', 'd'), 'c.flux.md': uses('a'),
        'd.flux.md': uses('d'),
    });
    expect(messages).toEqual([
      'FX0113 these modules use each other in a circle: a → b → c → a',
        'FX0113 these modules use each other in a circle: d → d',
    ]);
    expect(names).toEqual(['c', 'd', 'b', 'a', 'main']);
  });

  test('a name that does not fit the path', () => {
    const { names, messages } = load({ 'main.flux.md': uses('a.b'), 'a/b.flux.md': named('a.c') });
    expect(messages).toEqual(['FX0111 this document is the module `a.c`, not `a.b`']);
    expect(names).toEqual(['a.b', 'main']);
  });

  test('no root document', () => {
    expect(load({}).messages).toEqual(['FX0116 there is no document `main.flux.md`']);
    expect(load({}, { main: null, roots: ['a'] }).messages).toEqual(['FX0112 there is no module `a`']);
  });

  test('a chain of 3,000 modules', () => {
    const files: Record<string, string> = { 'main.flux.md': uses('m0') };
    for (let i = 0; i < 3000; i++) files[`m${i}.flux.md`] = i < 2999 ? uses(`m${i + 1}`) : '';
    const { names, messages } = load(files);
    expect(messages).toEqual([]);
    expect(names.length).toBe(3001);
    expect(names[0]).toBe('m2999');
  });
});
