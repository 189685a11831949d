/**
 * A FLUX.MD document: front matter, and sections with the tables, lists and fenced blocks that stand in them.
 *
 * A heading whose first word is a declaration keyword opens a section that declares. Everything under it belongs to it,
 * up to the next heading of its level or a higher one, or to the next heading that declares; plain headings on the way
 * are part of it. Elsewhere each plain heading opens a section of its own. A title (level 1) never declares.
 */
import type { Source, Span } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import type { Fence } from './fence.ts';
import { readFrontMatter, type FrontMatter } from './front-matter.ts';
import { type Heading, type ListItem, readMarkdown } from './markdown.ts';
import { readTable, type Table } from './table.ts';
import { inlineCode } from './text.ts';

/** What stands under one heading of a section: its own, or a plain one on the way. */
export interface Part {
  heading: Heading | null;
  fences: Fence[];
  items: ListItem[];
}

export interface Section {
  /** null: what stands before the first heading */
  heading: Heading | null;
  /** the declaration keyword that the heading starts with */
  keyword: string | null;
  /** level of the heading; 0 without one */
  level: number;
  tables: Table[];
  fences: Fence[];
  /** the same fences, and the lists, by heading; the first part is that of the section's own */
  parts: Part[];
}

export interface Document {
  source: Source;
  frontMatter: FrontMatter;
  sections: Section[];
}

/** Reads a document. `isKeyword` says which words declare when a heading starts with them. */
export function readDocument(
  source: Source, isKeyword: (word: string) => boolean, diagnostics: Diagnostics,
): Document {
  const frontMatter = readFrontMatter(source, diagnostics);
  let current = makeSection(null, null);
  const sections: Section[] = [current];
  /** the declaring sections that are still open, outermost first */
  const open: Section[] = [];
  for (const block of readMarkdown(source, frontMatter.bodyLine, diagnostics)) {
    if (block.kind === 'heading') {
      while (open.length > 0 && open[open.length - 1]!.level >= block.level) open.pop();
      const word = firstWord(source, block.span);
      const declares = block.level > 1 && isKeyword(word);
      if (!declares && open.length > 0) {
        current = open[open.length - 1]!;
        current.parts.push({ heading: block, fences: [], items: [] });
        continue;
      }
      current = makeSection(block, declares ? word : null);
      sections.push(current);
      if (declares) open.push(current);
      continue;
    }
    const part = current.parts[current.parts.length - 1]!;
    if (block.kind === 'fence') {
      current.fences.push(block);
      part.fences.push(block);
    } else if (block.kind === 'item') part.items.push(block);
    else {
      const table = readTable(source, block, diagnostics);
      if (table) current.tables.push(table);
    }
  }
  return { source, frontMatter, sections };
}

function makeSection(heading: Heading | null, keyword: string | null): Section {
  const parts = [{ heading, fences: [], items: [] }];
  return { heading, keyword, level: heading?.level ?? 0, tables: [], fences: [], parts };
}

function firstWord(source: Source, span: Span): string {
  const code = inlineCode(source, span, 'heading');
  const text = code.text.slice(code.from, code.to).trim();
  let end = 0;
  while (end < text.length && text.charCodeAt(end) >= 97 && text.charCodeAt(end) <= 122) end++;
  const after = text.charCodeAt(end);
  return end === text.length || after === 32 || after === 9 ? text.slice(0, end) : '';
}
