/**
 * Documents that are parsed before any build asks for them: those that fluxos brings.
 *
 * A build takes a document from here if its path and its text are what was parsed, so an edited one is parsed anew. The
 * documents' places in `Loc`s are fixed and come before those of a build's own texts (`Sources`). Nodes are shared by
 * all builds: nobody may change them.
 */
import { type Loc, type Source, Sources } from '../base/source.ts';
import { Diagnostics } from '../diagnostics/diagnostic.ts';
import type { ModuleNode } from './ast.ts';
import type { Host } from './host.ts';
import { parseModule } from './parser.ts';

export interface LibraryDocument {
  source: Source;
  node: ModuleNode;
}

export class Library {
  private readonly texts = new Sources();
  private readonly byPath = new Map<string, LibraryDocument>();

  /** Parses the document at `path`. One that anything is to be said about is left out: a build says it. */
  add(path: string, host: Host): void {
    const text = host.read(path);
    if (text === null) return;
    const source = this.texts.add(path, text);
    const diagnostics = new Diagnostics();
    const node = parseModule(source, diagnostics, host);
    if (diagnostics.list.length === 0) this.byPath.set(path, { source, node });
  }

  /** every text that has a place, in ascending order of it */
  get sources(): readonly Source[] {
    return this.texts.list;
  }

  /** the first place behind all of its texts */
  get end(): Loc {
    return this.texts.end;
  }

  find(path: string, text: string): LibraryDocument | null {
    const document = this.byPath.get(path);
    return document && document.source.text === text ? document : null;
  }
}
