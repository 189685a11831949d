import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What each place of the compiler may import, besides itself: data flows from top to bottom, and no import goes up. */
const MAY_IMPORT: Record<string, string[]> = {
  'images': ['fluxc/base'],
  'fluxc/base': [],
  'fluxc/diagnostics': ['fluxc/base'],
  'fluxc/document': ['fluxc/base', 'fluxc/diagnostics'],
  'fluxc/fir': ['fluxc/base', 'fluxc/diagnostics'],
  'fluxc/isa': ['fluxc/base', 'fluxc/diagnostics', 'fluxc/document', 'fluxc/target/assembly'],
  'fluxc/lang': ['fluxc/base', 'fluxc/diagnostics', 'fluxc/document', 'fluxc/fir', 'fluxc/isa'],
  'fluxc/target': ['fluxc/base', 'fluxc/diagnostics', 'fluxc/fir'],
  'fluxc/link': ['fluxc/base', 'fluxc/diagnostics', 'fluxc/fir', 'fluxc/target'],
  'fluxc/program': ['fluxc/base', 'fluxc/diagnostics', 'fluxc/fir', 'fluxc/isa', 'fluxc/lang', 'fluxc/target', 'fluxc/link'],
  'fluxc/debug': ['fluxc/base', 'fluxc/fir', 'fluxc/lang', 'fluxc/link', 'fluxc/target'],
  'fluxc/board': ['fluxc/base', 'fluxc/diagnostics', 'fluxc/lang', 'fluxc/target'],
};

/** Packages that the compiler itself may use: they run in any JavaScript engine. */
const PACKAGES = ['commonmark', '@iarna/toml/parse-string.js'];

/** What QuickJS does not have, or what differs between machines, times and places. */
const IMPURE =
  /\b(Buffer\b|process\.(env|argv|std|exit|cwd|platform|hrtime|memory|nextTick)|console\.(log|error|warn|info)|TextEncoder\b|TextDecoder\b|Intl\b|Date\.|new Date\b|Math\.(random|sin|cos|tan|exp|log|pow)\b|localeCompare\b|setTimeout\b|performance\.|require\()/;

function files(folder: string): string[] {
  return readdirSync(join(ROOT, folder)).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (statSync(join(ROOT, path)).isDirectory()) return files(path);
    return name.endsWith('.ts') && !name.endsWith('.d.ts') ? [path] : [];
  });
}

function imports(path: string): string[] {
  return [...readFileSync(join(ROOT, path), 'utf8').matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'/gms)].map((match) => match[1]!);
}

function resolved(path: string, from: string): string {
  return normalize(join(dirname(path), from));
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
}

const PURE = [...files('fluxc'), ...files('images')];

describe('the compiler', () => {
  it.each(Object.keys(MAY_IMPORT))('%s imports only what stands before it', (place) => {
    const wrong = files(place).flatMap((path) =>
      imports(path)
        .filter((from) => from.startsWith('.'))
        .map((from) => resolved(path, from))
        .filter((to) => ![place, ...MAY_IMPORT[place]!].some((folder) => to.startsWith(folder + '/')))
        .map((to) => `${path} imports ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps its targets apart: none imports another', () => {
    const wrong = ['x86_64', 'arm64', 'riscv64', 'c'].flatMap((target) =>
      files(`fluxc/target/${target}`).flatMap((path) =>
        imports(path)
          .map((from) => resolved(path, from))
          .filter((to) => to.startsWith('fluxc/target/') && !/^fluxc\/target\/(machine|assembly)\//.test(to) && !to.startsWith(`fluxc/target/${target}/`))
          .map((to) => `${path} imports ${to}`),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('uses only packages that run anywhere', () => {
    const used = new Set(PURE.flatMap(imports).filter((from) => !from.startsWith('.')));
    expect([...used].filter((name) => !PACKAGES.includes(name))).toEqual([]);
  });

  it('is pure: no clock, no environment, no randomness, nothing of Node', () => {
    const wrong = PURE.flatMap((path) => {
      const match = IMPURE.exec(withoutComments(readFileSync(join(ROOT, path), 'utf8')));
      return match ? [`${path}: ${match[0]}`] : [];
    });
    expect(wrong).toEqual([]);
  });

  it('has no circle of imports', () => {
    const state = new Map<string, 'open' | 'done'>();
    const circles: string[] = [];
    const visit = (path: string, chain: string[]) => {
      if (state.get(path) === 'done') return;
      if (state.get(path) === 'open') {
        circles.push([...chain.slice(chain.indexOf(path)), path].join(' -> '));
        return;
      }
      state.set(path, 'open');
      const text = readFileSync(join(ROOT, path), 'utf8');
      // A type import vanishes when the program is built; only what remains can make a circle that matters.
      for (const match of text.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from '(\.[^']+)'/gms)) {
        visit(resolved(path, match[1]!), [...chain, path]);
      }
      state.set(path, 'done');
    };
    for (const path of PURE) visit(path, []);
    expect(circles).toEqual([]);
  });
});
