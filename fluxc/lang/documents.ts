/** The documents of one build: each is parsed once, however often it is asked for, and not at all if the library has it. */
import type { Sources } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import type { Host } from './host.ts';
import type { Library, LibraryDocument } from './library.ts';
import { parseModule } from './parser.ts';

export class Documents {
  private readonly byPath = new Map<string, LibraryDocument>();
  private readonly texts = new Map<string, string | null>();

  constructor(
    private readonly host: Host,
    private readonly sources: Sources,
    private readonly diagnostics: Diagnostics,
    private readonly library: Library | null = null,
  ) {}

  /** The text at `path`, null if there is none. */
  read(path: string): string | null {
    let text = this.texts.get(path);
    if (text === undefined) this.texts.set(path, (text = this.host.read(path)));
    return text;
  }

  /** The document of this path and text. Nobody may change it. */
  parse(path: string, text: string): LibraryDocument {
    const known = this.byPath.get(path);
    if (known && known.source.text === text) return known;
    let document = this.library?.find(path, text) ?? null;
    if (document) this.sources.adopt(document.source);
    else {
      const source = this.sources.add(path, text);
      document = { source, node: parseModule(source, this.diagnostics, this.host) };
    }
    this.byPath.set(path, document);
    return document;
  }
}
