/**
 * The block structure of a Markdown text: headings, paragraphs (tables are read from them), items of lists and fenced
 * blocks, in order, each with its range in the text.
 *
 * `commonmark` finds the blocks; its inline parser never runs, because code is read from the text itself. Quotations
 * and HTML are for the reader and are left out; what stands in list items counts like what stands outside them.
 */
import { Parser } from 'commonmark';
import type { Loc, Source, Span } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import { type Fence, readFence } from './fence.ts';
import { isSpace, lineEnd, trimmed } from './text.ts';

/** Longer lines are refused: some of the parser's regular expressions take quadratic time. */
export const LONGEST_LINE = 10_000;

/** How often reading starts anew behind a fence that is never closed: each time costs a pass over the rest. */
const MOST_RESTARTS = 20;

export interface Heading {
  kind: 'heading';
  level: number;
  /** its text, without `#` */
  span: Span;
}

export interface Paragraph {
  kind: 'paragraph';
  /** each line's range, without indentation and line end */
  lines: Span[];
}

/** An item of a list. Its paragraphs come behind it, as blocks of their own. */
export interface ListItem {
  kind: 'item';
  /** where its list starts: the same for all items of one list */
  list: Loc;
  isOrdered: boolean;
  /** its list stands in an item of another */
  isNested: boolean;
  /** the lines of the paragraph that it starts with; empty if it starts with something else */
  lines: Span[];
}

export type MarkdownBlock = Heading | Paragraph | ListItem | Fence;

/** What this file uses of the parser beyond its published types. */
interface BlockNode {
  readonly type: string;
  readonly firstChild: BlockNode | null;
  readonly next: BlockNode | null;
  readonly parent: BlockNode | null;
  readonly sourcepos: [[number, number], [number, number]];
  readonly level: number;
  readonly listType: 'bullet' | 'ordered';
  readonly _isFenced?: boolean;
  readonly _fenceLength?: number;
  readonly _fenceChar?: string;
  isClosed?: boolean;
}

interface BlockRule {
  continue(parser: unknown, block: BlockNode): 0 | 1 | 2;
  finalize(parser: unknown, block: BlockNode): void;
}

interface BlockParser {
  blocks: Record<string, BlockRule>;
  processInlines(document: unknown): void;
  parse(text: string): BlockNode;
}

function makeParser(): BlockParser {
  const parser = new Parser() as unknown as BlockParser;
  const code = parser.blocks['code_block']!;
  const document = parser.blocks['document']!;
  parser.processInlines = () => {};
  parser.blocks = {
    ...parser.blocks,
    // Link definitions stay in their paragraphs, so that paragraphs keep their lines.
    document: { ...document, finalize: () => {} },
    code_block: {
      ...code,
      continue: (state, block) => {
        const result = code.continue.call(code, state, block);
        if (result === 2) block.isClosed = true;
        return result;
      },
    },
  };
  return parser;
}

/**
 * The blocks of `source` from line `firstLine` (0-based) on. Reports lines that are too long, and fences that are never
 * closed: behind one of these reading starts anew, so that it hides nothing.
 */
export function readMarkdown(source: Source, firstLine: number, diagnostics: Diagnostics): MarkdownBlock[] {
  const blocks: MarkdownBlock[] = [];
  let line: number | null = firstLine;
  for (let restarts = 0; line !== null && line < source.lines().length; restarts++) {
    line = readFrom(source, line, restarts < MOST_RESTARTS, blocks, diagnostics);
  }
  return blocks;
}

/** Appends the blocks from `firstLine` on, and returns the line at which to start anew, or null at the end. */
function readFrom(
  source: Source, firstLine: number, mayRestart: boolean, blocks: MarkdownBlock[], diagnostics: Diagnostics,
): number | null {
  const root = makeParser().parse(bodyText(source, firstLine, diagnostics));
  let node: BlockNode | null = root.firstChild;
  while (node) {
    if (node._isFenced) {
      const { fence, resume } = readFence(source, fenceLines(source, firstLine, node), mayRestart, diagnostics);
      blocks.push(fence);
      if (resume !== null) return resume;
    } else {
      const block = convert(source, firstLine, node);
      if (block) blocks.push(block);
    }
    const isEntered: boolean = node.type === 'list' || node.type === 'item';
    if (isEntered && node.firstChild) {
      node = node.firstChild;
      continue;
    }
    while (node && !node.next) node = node.parent === root ? null : node.parent;
    if (node) node = node.next;
  }
  return null;
}

/** The text from `firstLine` on, line for line, with lines that are too long left empty. */
function bodyText(source: Source, firstLine: number, diagnostics: Diagnostics): string {
  const lines = source.lines();
  const kept: string[] = [];
  for (let line = firstLine; line < lines.length; line++) {
    const text = source.lineText(line);
    const isLong = text.length > LONGEST_LINE;
    if (isLong) diagnostics.report('FX0106', source.base + lines[line]!, text.length, LONGEST_LINE);
    kept.push(isLong ? '' : text);
  }
  if (firstLine === 0 && kept[0]!.charCodeAt(0) === 0xfeff) kept[0] = ' ' + kept[0]!.slice(1);
  return kept.join('\n');
}

/** First and last line of a block, and the offset at which it starts. */
function extent(source: Source, firstLine: number, node: BlockNode): { first: number; last: number; start: number } {
  const first = firstLine + node.sourcepos[0][0] - 1;
  const last = Math.min(firstLine + node.sourcepos[1][0] - 1, source.lines().length - 1);
  return { first, last, start: source.lines()[first]! + node.sourcepos[0][1] - 1 };
}

function fenceLines(source: Source, firstLine: number, node: BlockNode) {
  const isClosed = node.isClosed === true;
  return { ...extent(source, firstLine, node), isClosed, character: node._fenceChar!, length: node._fenceLength! };
}

function convert(source: Source, firstLine: number, node: BlockNode): MarkdownBlock | null {
  const { first, last, start } = extent(source, firstLine, node);
  if (node.type === 'paragraph') return { kind: 'paragraph', lines: paragraphLines(source, start, first, last) };
  if (node.type === 'item') return convertItem(source, firstLine, node);
  if (node.type !== 'heading') return null;
  return { kind: 'heading', level: node.level, span: headingText(source, node.level, start, first, last) };
}

function convertItem(source: Source, firstLine: number, node: BlockNode): ListItem {
  const child = node.firstChild;
  let lines: Span[] = [];
  if (child?.type === 'paragraph') {
    const { first, last, start } = extent(source, firstLine, child);
    lines = paragraphLines(source, start, first, last);
  }
  const parent = node.parent!;
  const list = source.base + extent(source, firstLine, parent).start;
  const isNested = parent.parent?.type === 'item';
  return { kind: 'item', list, isOrdered: node.listType === 'ordered', isNested, lines };
}

/** Of `## text ##` the text; of a heading that is underlined its lines without the underline. */
function headingText(source: Source, level: number, start: number, first: number, last: number): Span {
  if (last > first) return trimmed(source, start, lineEnd(source, last - 1));
  const { text, base } = source;
  const span = trimmed(source, start + level, lineEnd(source, first));
  let end = span.end - base;
  while (end > span.start - base && text.charCodeAt(end - 1) === 35) end--;
  const isClosing = end < span.end - base && (end === span.start - base || isSpace(text.charCodeAt(end - 1)));
  return isClosing ? trimmed(source, span.start - base, end) : span;
}

function paragraphLines(source: Source, start: number, first: number, last: number): Span[] {
  const lines: Span[] = [];
  for (let line = first; line <= last; line++) {
    lines.push(trimmed(source, line === first ? start : source.lines()[line]!, lineEnd(source, line)));
  }
  return lines;
}
