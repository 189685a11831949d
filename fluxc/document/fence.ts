/**
 * Fenced blocks: language, words behind it, and the exact range of the content.
 *
 * A fence that is not closed swallows what stands below it. It shows by reaching the end of the document, or, in a
 * block of a language that is compiled, by holding the opening line of another block. Such a block is reported and cut
 * at the first heading or opening line in it, where reading is to start anew.
 */
import type { Source, Span } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import { isSpace, lineEnd, trimmed } from './text.ts';

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

export interface FenceLines {
  /** lines of the opening fence and of the closing one, or the last line of the content; from 0 */
  first: number;
  last: number;
  /** offset of the opening fence */
  start: number;
  isClosed: boolean;
  /** what fences are made of here, and how many there are at least */
  character: string;
  length: number;
}

/** Languages whose code never holds a line that looks like the opening of a block. */
const COMPILED: readonly string[] = ['flux', 'asm', 'js'];

/** Reads a fenced block. `resume` is the line at which to read on if it is cut short, which only `mayCut` allows. */
export function readFence(
  source: Source, lines: FenceLines, mayCut: boolean, diagnostics: Diagnostics,
): { fence: Fence; resume: number | null } {
  const { base } = source;
  const { first, isClosed, character, length } = lines;
  const starts = source.lines();
  const startOf = (line: number) => (line < starts.length ? starts[line]! : source.text.length);
  const head = trimmed(source, lines.start, lineEnd(source, first));
  const words = splitWords(source, head.start - base + length, head.end - base);
  const language = words[0]?.text ?? '';
  const swallowed = findSwallowed(source, lines, isClosed && !COMPILED.includes(language));
  const resume = mayCut ? swallowed : null;
  if (!isClosed || swallowed !== null) diagnostics.report('FX0105', head, character.repeat(length));
  const behind = resume ?? (isClosed ? lines.last : lines.last + 1);
  const from = startOf(first + 1);
  const content = { start: base + from, end: base + Math.max(from, startOf(behind)) };
  return { fence: { kind: 'fence', language, words: words.slice(1), head, content }, resume };
}

/** The first heading or opening line in a block that is not closed; null if there is none or the block is. */
function findSwallowed(source: Source, lines: FenceLines, isTrusted: boolean): number | null {
  if (isTrusted) return null;
  let heading: number | null = null;
  for (let line = lines.first + 1; line <= lines.last; line++) {
    const text = source.lineText(line);
    if (isOpening(text, lines.character)) return heading ?? line;
    if (heading === null && isHeading(text)) heading = line;
  }
  return lines.isClosed ? null : heading;
}

/** Three or more of the fence's character at most three blanks from the left, and a language. */
function isOpening(line: string, character: string): boolean {
  let at = 0;
  while (at < 3 && line.charAt(at) === ' ') at++;
  let count = 0;
  while (line.charAt(at + count) === character) count++;
  const first = line.charAt(at + count);
  return count >= 3 && ((first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z'));
}

/** Two `#` or more and a blank: one `#` may be a comment of assembly. */
function isHeading(line: string): boolean {
  let count = 0;
  while (line.charAt(count) === '#') count++;
  return count >= 2 && count <= 6 && isSpace(line.charCodeAt(count));
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
