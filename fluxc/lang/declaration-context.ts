/** What every kind of declaration works with while a document's sections become declarations of its module. */
import type { Source, Span } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import type { Fence } from '../document/fence.ts';
import type { Section } from '../document/document.ts';
import type { Decl, Name, OpcodesNode, SystemCall } from './ast.ts';
import type { Host } from './host.ts';
import { readCell } from './read-code.ts';
import type { TokenReader } from './token-reader.ts';

export class DeclarationContext {
  readonly decls: Decl[] = [];
  readonly systemCalls: SystemCall[] = [];
  readonly instructionSets: OpcodesNode[] = [];
  private readonly names = new NameTable();
  testCount = 0;

  constructor(
    readonly source: Source, readonly diagnostics: Diagnostics, readonly host: Host,
    /** full name of the module */
    readonly module: string,
  ) {}

  /** Adds a declaration; one without a name (its error is reported) is left out, a second of the same name too. */
  add(decl: Decl): void {
    if (decl.name.text !== '' && this.names.add(decl.name, this.diagnostics)) this.decls.push(decl);
  }

  /** A reader of a table cell. */
  cell(span: Span): TokenReader {
    return readCell(this.source, span, this.diagnostics);
  }

  text(span: Span): string {
    return this.source.text.slice(span.start - this.source.base, span.end - this.source.base);
  }

  /** The heading of a section, as written. */
  title(section: Section): string {
    return section.heading ? this.text(section.heading.span) : 'the start of the document';
  }

  /** The one fence that `isWanted` takes, or null; further ones are reported. */
  single(section: Section, what: string, isWanted: (fence: Fence) => boolean): Fence | null {
    const [first, ...others] = section.fences.filter(isWanted);
    for (const other of others) this.diagnostics.report('FX0121', other.head, this.title(section), what);
    return first ?? null;
  }

  /** Reports the blocks of compiled languages that do not belong under this heading. */
  refuse(section: Section, wanted: string, isWanted: (fence: Fence) => boolean): void {
    for (const fence of section.fences) {
      if (!isCompiled(fence) || isWanted(fence)) continue;
      const block = [fence.language, ...fence.words.map((word) => word.text)].join(' ');
      this.diagnostics.report('FX0122', fence.head, block, this.title(section), wanted);
    }
  }
}

/** Whether a fence is code that the compiler reads: others are for the reader. */
function isCompiled(fence: Fence): boolean {
  if (fence.language === 'flux') return true;
  return (fence.language === 'asm' || fence.language === 'js') && fence.words.length > 0;
}

/** Names of one scope: reports the second of two, with a note at the first. */
export class NameTable {
  private readonly spans = new Map<string, Span>();

  add(name: Name, diagnostics: Diagnostics): boolean {
    const known = this.spans.get(name.text);
    if (!known) {
      this.spans.set(name.text, name.span);
      return true;
    }
    const diagnostic = diagnostics.report('FX0124', name.span, name.text);
    diagnostic.notes.push({ span: known, text: 'the first one' });
    return false;
  }
}
