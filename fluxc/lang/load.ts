/**
 * Finds, reads and parses every document of a build, from its root document along `uses`.
 *
 * A module `a.b.c` is the document `a/b/c.flux.md`, else `a/b/<arch>/c.flux.md`, else `a/b/c/<arch>/c.flux.md`. What
 * comes out is ordered: a module stands behind all modules that it uses. Missing documents and circles are reported
 * where `uses` names them, and the rest is loaded all the same.
 */
import type { Source, Span } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import type { ModuleNode, Name } from './ast.ts';
import type { Documents } from './documents.ts';
import { DOCUMENT_SUFFIX, moduleOfPath } from './parser.ts';

export interface Roots {
  /** path of the root document: the module `system`; null for a build without one */
  main: string | null;
  /** further modules to load */
  roots: readonly string[];
}

export interface LoadOptions {
  arch: string;
  /**
   * Names that stand for other modules, as `hal.boot` for the board's boot document. Loading completes it: afterwards
   * every alias, `system` too, names its module by the name that the module has.
   */
  aliases: Map<string, string>;
  /** documents that no file holds, by module name; one that others may need is made when it is asked for */
  extra: ReadonlyMap<string, Generated | (() => Generated | null)>;
}

/** A document that the compiler wrote. */
export interface Generated {
  path: string;
  text: string;
}

/** Modules that the compiler itself provides, `agents` when all documents are loaded: it tells of all of them. */
const PROVIDED: readonly string[] = ['image', 'agents'];

const SYSTEM = 'system';

/** All modules of a build, each behind those it uses. */
export function loadModules(
  documents: Documents, roots: Roots, options: LoadOptions, diagnostics: Diagnostics,
): ModuleNode[] {
  const loader = new ModuleLoader(documents, options, diagnostics);
  if (roots.main !== null) loader.addMain(roots.main);
  for (const root of roots.roots) loader.add(root);
  return loader.ordered;
}

/** Paths at which a module's document may lie, nearest first. */
export function candidatePaths(name: string, arch: string): string[] {
  const parts = name.split('.');
  const last = parts.pop()!;
  const folder = parts.map((part) => `${part}/`).join('');
  return [
    `${folder}${last}${DOCUMENT_SUFFIX}`,
    `${folder}${arch}/${last}${DOCUMENT_SUFFIX}`,
    `${folder}${last}/${arch}/${last}${DOCUMENT_SUFFIX}`,
  ];
}

interface Entry {
  node: ModuleNode;
  state: 'open' | 'done';
  /** index of the next of `node.uses` to look at */
  next: number;
}

/** The modules of a build as they are found: a module stands behind those that it uses. */
export class ModuleLoader {
  readonly ordered: ModuleNode[] = [];
  /** by the name that asks for it, aliases resolved; null: not there, which is reported */
  private readonly entries = new Map<string, Entry | null>();
  /** the modules between the root and the one being read */
  private readonly stack: Entry[] = [];

  constructor(
    private readonly documents: Documents,
    private readonly options: LoadOptions,
    private readonly diagnostics: Diagnostics,
  ) {}

  addMain(path: string): void {
    const text = this.documents.read(path);
    if (text === null) {
      this.diagnostics.report('FX0116', null, path);
      return;
    }
    const { node } = this.documents.parse(path, text);
    this.options.aliases.set(SYSTEM, node.name);
    const entry: Entry = { node, state: 'open', next: 0 };
    this.entries.set(node.name, entry);
    this.visit(entry);
  }

  add(name: string): void {
    const entry = this.find(name, null);
    if (entry && entry.state === 'open') this.visit(entry);
  }

  /** Loads what `root` uses, and what that uses, with a stack of its own: chains of modules may be long. */
  private visit(root: Entry): void {
    this.stack.push(root);
    while (this.stack.length > 0) {
      const entry = this.stack[this.stack.length - 1]!;
      const use = entry.node.uses[entry.next++];
      if (!use) {
        entry.state = 'done';
        this.ordered.push(entry.node);
        this.stack.pop();
        continue;
      }
      const used = this.find(use.text, use);
      if (!used || used.state === 'done') continue;
      if (this.stack.includes(used)) this.reportCircle(used, use);
      else this.stack.push(used);
    }
  }

  private reportCircle(first: Entry, use: Name): void {
    const circle = this.stack.slice(this.stack.indexOf(first)).map((entry) => entry.node.name);
    this.diagnostics.report('FX0113', use.span, [...circle, first.node.name].join(' → '));
  }

  /** The module that `asked` names, read if it is new; null if it is not there or needs no document. */
  private find(asked: string, use: Name | null): Entry | null {
    const { aliases, extra, arch } = this.options;
    const name = aliases.get(asked) ?? asked;
    const isPath = name.endsWith('.md');
    let known = this.entries.get(name);
    if (known === undefined && isPath) known = this.ofPath(name);
    if (known !== undefined) return known;
    const generated = extra.get(name);
    let document = typeof generated === 'function' ? generated() : generated ?? null;
    const paths = isPath ? [name] : candidatePaths(name, arch);
    for (let i = 0; i < paths.length && !document; i++) {
      const text = this.documents.read(paths[i]!);
      if (text !== null) document = { path: paths[i]!, text };
    }
    let entry: Entry | null = null;
    if (document) {
      const { source, node } = this.documents.parse(document.path, document.text);
      entry = { node: this.settleName(node, name, asked, source), state: 'open', next: 0 };
      const other = this.entries.get(entry.node.name);
      if (!other) this.entries.set(entry.node.name, entry);
      else {
        const span = nameSpan(source, entry.node.name);
        this.diagnostics.report('FX0114', span, entry.node.name, other.node.path, entry.node.path);
      }
    } else if (!PROVIDED.includes(name)) {
      const tried = paths.map((path) => `\`${path}\``).join(', ');
      this.diagnostics.report('FX0112', use?.span ?? null, asked, tried);
    }
    this.entries.set(name, entry);
    if (asked !== name && entry) aliases.set(asked, entry.node.name);
    return entry;
  }

  /** The module that was loaded from `path` under its own name. */
  private ofPath(path: string): Entry | undefined {
    for (const entry of this.entries.values()) if (entry?.node.path === path) return entry;
    return undefined;
  }

  /**
   * A module may call itself what its path says or the alias that it is asked for by. A document of one architecture
   * that does not name itself is called as it is asked for.
   */
  private settleName(node: ModuleNode, name: string, asked: string, source: Source): ModuleNode {
    if (node.name === name || node.name === asked || name === node.path) return node;
    if (node.name !== moduleOfPath(node.path)) {
      this.diagnostics.report('FX0111', nameSpan(source, node.name), node.name, name, node.path);
    }
    return { ...node, name };
  }
}

/** Where the front matter says the module's name. */
function nameSpan(source: Source, name: string): Span {
  const at = Math.max(0, source.text.indexOf(name));
  return { start: source.base + at, end: source.base + at + name.length };
}
