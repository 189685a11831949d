/**
 * The block structure of a Markdown text: headings, paragraphs (tables are read from them) and fenced blocks, in
 * order, each with its range in the text.
 *
 * `commonmark` finds the blocks; its inline parser never runs, because code is read from the text itself. Quotations
 * and HTML are for the reader and are left out; what stands in list items counts like what stands outside them.
 */
import { Parser } from 'commonmark';
import type { Loc, Source, Span } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import { isSpace } from './text.ts';

/** Longer lines are refused: some of the parser's regular expressions take quadratic time. */
export const LONGEST_LINE = 10_000;

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

export interface Word {
  text: string;
  span: Span;
}

export interface Fence {
  kind: 'fence';
  /** first word of the info string, '' if there is none */
  language: string;
  /** the words behind it */
  words: Word[];
  /** the opening line's text */
  head: Span;
  /** the lines between the fences, with the last one's end */
  content: Span;
}

export type MarkdownBlock = Heading | Paragraph | Fence;

/** What this file uses of the parser beyond its published types. */
interface BlockNode {
  readonly type: string;
  readonly firstChild: BlockNode | null;
  readonly next: BlockNode | null;
  readonly parent: BlockNode | null;
  readonly sourcepos: [[number, number], [number, number]];
  readonly level: number;
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

/** The blocks of `source` from line `firstLine` (0-based) on. Reports fences without an end and lines too long. */
export function readMarkdown(source: Source, firstLine: number, diagnostics: Diagnostics): MarkdownBlock[] {
  const lines = source.lines();
  if (firstLine >= lines.length) return [];
  const blocks: MarkdownBlock[] = [];
  const root = makeParser().parse(bodyText(source, firstLine, diagnostics));
  let node: BlockNode | null = root.firstChild;
  while (node) {
    const block = convert(source, firstLine, node, diagnostics);
    if (block) blocks.push(block);
    const isEntered: boolean = node.type === 'list' || node.type === 'item';
    if (isEntered && node.firstChild) {
      node = node.firstChild;
      continue;
    }
    while (node && !node.next) node = node.parent === root ? null : node.parent;
    if (node) node = node.next;
  }
  return blocks;
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

function convert(source: Source, firstLine: number, node: BlockNode, diagnostics: Diagnostics): MarkdownBlock | null {
  const first = firstLine + node.sourcepos[0][0] - 1;
  const last = Math.min(firstLine + node.sourcepos[1][0] - 1, source.lines().length - 1);
  const start = source.lines()[first]! + node.sourcepos[0][1] - 1;
  switch (node.type) {
    case 'heading': {
      const span = headingText(source, node.level, start, first, last);
      return { kind: 'heading', level: node.level, span };
    }
    case 'paragraph': return { kind: 'paragraph', lines: paragraphLines(source, start, first, last) };
    case 'code_block': return node._isFenced ? fence(source, node, start, first, last, diagnostics) : null;
    default: return null;
  }
}

/** Of `## text ##` the text; of a heading that is underlined its lines without the underline. */
function headingText(source: Source, level: number, start: number, first: number, last: number): Span {
  if (last > first) {
    const end = lineEnd(source, last - 1);
    return trim(source, start, end);
  }
  const { text, base } = source;
  const span = trim(source, start + level, lineEnd(source, first));
  let end = span.end - base;
  while (end > span.start - base && text.charCodeAt(end - 1) === 35) end--;
  const isClosing = end < span.end - base && (end === span.start - base || isSpace(text.charCodeAt(end - 1)));
  return isClosing ? trim(source, span.start - base, end) : span;
}

function paragraphLines(source: Source, start: number, first: number, last: number): Span[] {
  const lines: Span[] = [];
  for (let line = first; line <= last; line++) {
    lines.push(trim(source, line === first ? start : source.lines()[line]!, lineEnd(source, line)));
  }
  return lines;
}

function fence(
  source: Source, node: BlockNode, start: number, first: number, last: number, diagnostics: Diagnostics,
): Fence {
  const { base } = source;
  const lines = source.lines();
  const head = trim(source, start, lineEnd(source, first));
  const words = splitWords(source, head.start - base + node._fenceLength!, head.end - base);
  const from = first + 1 < lines.length ? lines[first + 1]! : source.text.length;
  let to = from;
  if (node.isClosed) to = lines[last]!;
  else if (last > first) to = last + 1 < lines.length ? lines[last + 1]! : source.text.length;
  if (!node.isClosed) diagnostics.report('FX0105', head, last + 1, node._fenceChar!.repeat(node._fenceLength!));
  return {
    kind: 'fence',
    language: words[0]?.text ?? '',
    words: words.slice(1),
    head,
    content: { start: base + from, end: base + Math.max(from, to) },
  };
}

function splitWords(source: Source, from: number, to: number): Word[] {
  const { text, base } = source;
  const words: Word[] = [];
  for (let i = from; i < to; ) {
    while (i < to && isSpace(text.charCodeAt(i))) i++;
    const start = i;
    while (i < to && !isSpace(text.charCodeAt(i))) i++;
    if (i > start) words.push({ text: text.slice(start, i), span: { start: base + start, end: base + i } });
  }
  return words;
}

function lineEnd(source: Source, line: number): number {
  const lines = source.lines();
  let end = line + 1 < lines.length ? lines[line + 1]! : source.text.length;
  while (end > lines[line]! && isLineEnd(source.text.charCodeAt(end - 1))) end--;
  return end;
}

function isLineEnd(code: number): boolean {
  return code === 10 || code === 13;
}

/** The range of offsets without blanks at its ends, as places. */
function trim(source: Source, start: number, end: number): Span {
  const { text, base } = source;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  const at: Loc = base + start;
  return { start: at, end: base + Math.max(start, end) };
}
