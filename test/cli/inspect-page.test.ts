/** `fluxos inspect --html`: a page whose areas are the image's bytes, that needs nothing else and is the same each time. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootSteps } from '../../cli/boot-steps.ts';
import { escape } from '../../cli/page/html.ts';
import { imagePage } from '../../cli/page/image-page.ts';
import { imageParts } from '../../cli/page/image-parts.ts';
import { squarify } from '../../cli/page/treemap.ts';
import { compile } from '../../fluxc/compile.ts';
import { skippedBoards } from '../boot/machine-models.ts';
import { HOST, readable } from '../host.ts';
import { bundleIfStale, fluxos } from './fluxos.ts';

const BOARDS = ['qemu-x86_64', 'qemu-arm64', 'qemu-riscv64'];
const SKIPPED = await skippedBoards(BOARDS);
const folder = mkdtempSync(join(tmpdir(), 'fluxos-page-'));
const GREETING = 'examples/greeting.flux.md';

function build(main: string, board: string) {
  const result = compile(HOST, { main, board });
  expect(readable(result)).toBe('');
  return { compilation: result.output!, sources: result.sources };
}

interface Element {
  name: string;
  attributes: Map<string, string>;
  children: Element[];
  text: string;
}

/** What has no end tag (HTML standard, 13.1.2), and what holds text as it is. */
const VOID = ['meta', 'input'];
const RAW = ['script', 'style'];
const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/**
 * Reads a page by rules that are stricter than HTML's: all tags closed in their order, all attributes in quotes, no `<` or
 * ampersand in text that is not written as an entity. Throws where a page breaks them.
 */
function parse(page: string): Element {
  const root: Element = { name: '', attributes: new Map(), children: [], text: '' };
  const open = [root];
  const plain = (text: string) => {
    if (/[<>]/.test(text)) throw new Error(`a bare bracket in ${JSON.stringify(text)}`);
    return text.replace(/&([^;]*);?/g, (whole, name: string) => {
      if (!whole.endsWith(';') || NAMED[name] === undefined) throw new Error(`no entity: ${whole}`);
      return NAMED[name];
    });
  };
  const tag = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*>/giy;
  let at = page.startsWith('<!DOCTYPE html>\n') ? 16 : NaN;
  while (at < page.length) {
    const next = page.indexOf('<', at);
    const top = open[open.length - 1]!;
    if (next !== at) {
      top.text += plain(page.slice(at, next < 0 ? page.length : next));
      if (next < 0) break;
    }
    tag.lastIndex = next;
    const match = tag.exec(page);
    if (!match) throw new Error(`no tag: ${page.slice(next, next + 80)}`);
    at = tag.lastIndex;
    const [, slash, name, attributes] = match as unknown as [string, string, string, string];
    if (slash) {
      if (open.pop()!.name !== name) throw new Error(`</${name}> closes something else`);
      continue;
    }
    const element: Element = {
      name, children: [], text: '',
      attributes: new Map([...attributes.matchAll(/([a-zA-Z-]+)(?:="([^"]*)")?/g)].map(([, key, value]) => [key!, plain(value ?? '')])),
    };
    top.children.push(element);
    if (VOID.includes(name)) continue;
    if (RAW.includes(name)) {
      const end = page.indexOf(`</${name}>`, at);
      element.text = page.slice(at, end);
      at = end + name.length + 3;
    } else open.push(element);
  }
  if (open.length !== 1) throw new Error(`<${open[open.length - 1]!.name}> is not closed`);
  return root;
}

function all(element: Element, name: string): Element[] {
  return element.children.flatMap((child) => [...(child.name === name ? [child] : []), ...all(child, name)]);
}

beforeAll(bundleIfStale);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the page', () => {
  it.each(BOARDS)('has an area for every byte of the image for %s', (board) => {
    const { compilation, sources } = build(GREETING, board);
    const page = parse(imagePage({ name: 'greeting', compilation, sources, boot: 'not now' }));
    const memory = compilation.linked.end - compilation.linked.start;
    const maps = all(page, 'svg').filter(({ attributes }) => attributes.get('class') === 'treemap');
    expect(maps.map(({ attributes }) => Number(attributes.get('data-total')))).toEqual([compilation.image.length, memory]);
    for (const map of maps) {
      const total = Number(map.attributes.get('data-total'));
      const [, , width, height] = map.attributes.get('viewBox')!.split(' ').map(Number) as [number, number, number, number];
      const leaves = all(map, 'rect').filter(({ attributes }) => attributes.has('data-part'));
      const number = (leaf: Element, key: string) => Number(leaf.attributes.get(key));
      expect(leaves.reduce((sum, leaf) => sum + number(leaf, 'data-bytes'), 0)).toBe(total);
      for (const leaf of leaves) {
        const area = number(leaf, 'width') * number(leaf, 'height');
        expect(Math.abs(area - (number(leaf, 'data-bytes') * width * height) / total)).toBeLessThan(2);
        expect(leaf.attributes.get('aria-label')).toMatch(/: \d+ bytes, \d+\.\d %$/);
      }
    }
    // The table says the same as the pictures, and every function of the agents is in it.
    const rows = all(all(page, 'table')[0]!, 'tr').filter(({ attributes }) => attributes.has('data-file'));
    const sum = (key: string) => rows.reduce((total, { attributes }) => total + Number(attributes.get(key)), 0);
    expect([sum('data-file'), sum('data-memory')]).toEqual([compilation.image.length, memory]);
    const owners = new Set(rows.map((row) => row.children[2]!.text));
    expect([...owners].sort()).toEqual(['agent guest', 'agent host', 'kernel']);
    expect(rows.map((row) => `${row.children[2]!.text} ${row.children[0]!.text}`)).toEqual(expect.arrayContaining(['agent guest greeting.guest', 'agent host greeting.host', 'kernel kernel.console.print']));
    const devices = all(page, 'th').map(({ text }) => text);
    expect(devices).toEqual(expect.arrayContaining([...compilation.board.devices.keys(), '.text', '.bss']));
  });

  it('loads nothing from anywhere, and can be used with keys', () => {
    const text = imagePage({ name: 'hello', ...build('examples/hello.flux.md', 'qemu-x86_64'), boot: 'not now' });
    const page = parse(text);
    const loads = ['img', 'link', 'iframe', 'object', 'image', 'use', 'audio', 'video'].flatMap((name) => all(page, name));
    expect(loads).toEqual([]);
    expect(all(page, 'script').every(({ attributes }) => !attributes.has('src'))).toBe(true);
    expect(text).not.toMatch(/https?:|url\(|@import|\bfetch\(/);
    expect(all(page, 'meta').some(({ attributes }) => attributes.get('content')?.startsWith("default-src 'none'"))).toBe(true);
    expect(text).toContain('prefers-color-scheme: dark');
    const maps = all(page, 'svg').filter(({ attributes }) => attributes.get('class') === 'treemap');
    for (const map of maps) expect(all(map, 'rect').filter(({ attributes }) => attributes.get('tabindex') === '0')).toHaveLength(1);
    const ids = new Set([...text.matchAll(/ id="([^"]*)"/g)].map((match) => match[1]));
    for (const { attributes } of all(page, 'a')) expect(ids).toContain(attributes.get('href')!.slice(1));
    // The script is one that an engine takes.
    expect(() => new Function(all(page, 'script')[0]!.text)).not.toThrow();
  });

  it('shows names as they are, whatever stands in them', () => {
    const { compilation, sources } = build('examples/hello.flux.md', 'qemu-x86_64');
    const bad = `<script>alert("1")</script> & 'x' </title>`;
    const symbols = compilation.linked.symbols.map((symbol) => (symbol.name === 'hello.main' || symbol.name === 'kernel.start.start' ? { ...symbol, name: bad } : symbol));
    const changed = { ...compilation, linked: { ...compilation.linked, symbols } };
    const page = parse(imagePage({ name: bad, compilation: changed, sources, boot: bad }));
    expect(all(page, 'script')).toHaveLength(1);
    expect(all(page, 'h1')[0]!.text).toContain(bad);
    expect(all(page, 'td').some(({ text }) => text === bad)).toBe(true);
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(parse(`<!DOCTYPE html>\n<p title="${escape(text)}">${escape(text)}</p>`).children[0]!.text).toBe(
        parse(`<!DOCTYPE html>\n<p title="${escape(text)}"></p>`).children[0]!.attributes.get('title'),
      );
    }));
  });
});

describe('its parts', () => {
  it('have their share of the area, and do not overlap', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 60 }), (sizes) => {
      const ordered = sizes.sort((a, b) => b - a);
      const total = ordered.reduce((sum, size) => sum + size, 0);
      const placed = squarify(ordered, { x: 0, y: 0, width: 300, height: 200 });
      placed.forEach(({ x, y, width, height }, index) => {
        expect(width * height).toBeCloseTo((ordered[index]! * 60_000) / total, 4);
        expect(x).toBeGreaterThanOrEqual(0);
        expect(y).toBeGreaterThanOrEqual(0);
        expect(x + width).toBeLessThanOrEqual(300 + 1e-6);
        expect(y + height).toBeLessThanOrEqual(200 + 1e-6);
        for (const other of placed.slice(0, index)) {
          const across = Math.min(x + width, other.x + other.width) - Math.max(x, other.x);
          const down = Math.min(y + height, other.y + other.height) - Math.max(y, other.y);
          expect(Math.min(across, down)).toBeLessThan(1e-6);
        }
      });
    }), { numRuns: 50 });
  });

  it('add up in a system without agents too', () => {
    const { compilation, sources } = build('examples/hello.flux.md', 'rpi4');
    const parts = imageParts(compilation, sources);
    expect(parts.reduce((sum, { file }) => sum + file, 0)).toBe(compilation.image.length);
    expect(parts.every(({ file, memory, owner }) => file >= 0 && memory >= 0 && owner === 'kernel')).toBe(true);
  });
});

describe('how it boots', () => {
  it.skipIf(SKIPPED.has('qemu-riscv64'))('is counted from the entry to the first agent, the same each time', async () => {
    const { compilation, sources } = build(GREETING, 'qemu-riscv64');
    const path = join(folder, 'image');
    writeFileSync(path, compilation.image);
    const first = (await bootSteps(compilation, sources, path))!;
    expect(await bootSteps(compilation, sources, path)).toEqual(first);
    expect(first.steps[0]).toMatchObject({ name: 'hal.boot.sbi.entry', at: 0 });
    expect(first.steps.map(({ name }) => name)).toEqual(expect.arrayContaining(['kernel.memory.start', 'kernel.paging.start', 'kernel.start.banner']));
    const times = first.steps.map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(first.end).toBeGreaterThan(times[times.length - 1]!);
    expect(first.console).toContain('fluxos on QEMU virt, RISC-V');
  });

  it.skipIf(SKIPPED.has('qemu-x86_64'))('stands in the page that the command writes; the same page twice', async () => {
    const pages = ['a.html', 'b.html'].map((name) => join(folder, name));
    for (const page of pages) {
      expect(await fluxos(['inspect', 'examples/hello.flux.md', '--html', '-o', page])).toMatchObject({ status: 0, stderr: '' });
    }
    const [one, two] = pages.map((page) => readFileSync(page, 'utf8')) as [string, string];
    expect(one).toBe(two);
    expect(one).toContain('kernel.memory.start');
    expect(one).toContain('After ');
    parse(one);
  });

  it('is left out where it is not wanted, and said to be where there is no QEMU', async () => {
    const page = join(folder, 'c.html');
    const wanted = await fluxos(['inspect', 'examples/hello.flux.md', '--html', '-o', page], { env: { PATH: '' } });
    expect(wanted.status).toBe(0);
    expect(wanted.stderr).toContain('How it boots is not known: QEMU is not installed');
    expect(readFileSync(page, 'utf8')).toContain('How it boots is not known: QEMU is not installed');
    const unwanted = await fluxos(['inspect', 'examples/hello.flux.md', '--html', '--no-run', '-o', page]);
    expect(unwanted).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(page, 'utf8')).toContain('--no-run');
  });
});
