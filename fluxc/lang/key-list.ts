/**
 * Key lists: a Markdown list whose items are lines `- key: value`.
 *
 * What is read here is the form alone: the words of the key, and behind the first colon the words and marks of the
 * value, each with its place. Backticks are for the reader. A value may go on in the lines below.
 */
import type { Span } from '../base/source.ts';
import type { Part } from '../document/document.ts';
import type { ListItem } from '../document/markdown.ts';
import { endPlaceOf, inlineCode, placeOf } from '../document/text.ts';
import type { Name } from './ast.ts';
import type { DeclarationContext } from './declaration-context.ts';

export interface KeyLine {
  /** its words with one blank between */
  key: Name;
  /** what stands between the commas of the value; commas in parentheses do not count */
  values: Name[][];
  span: Span;
}

/** The items of the part's first list, if its items are not numbered: the place for keys. */
export function keyItems(part: Part): ListItem[] {
  const [first] = part.items;
  if (!first || first.isOrdered) return [];
  return part.items.filter(({ list }) => list === first.list);
}

/** The line that an item is; null, reported, if it has no key or nothing behind it. */
export function readKeyLine(context: DeclarationContext, item: ListItem, known: string): KeyLine | null {
  const words = item.lines.flatMap((line) => wordsOf(context, line));
  const colon = words.findIndex(({ text }) => text === ':');
  const [first] = words;
  const last = words[words.length - 1];
  const span = first ? { start: first.span.start, end: last!.span.end } : { start: item.list, end: item.list + 1 };
  if (colon <= 0 || colon === words.length - 1) {
    context.diagnostics.report('FX0901', span, known);
    return null;
  }
  const values: Name[][] = [[]];
  let depth = 0;
  for (const word of words.slice(colon + 1)) {
    if (word.text === '(') depth++;
    if (word.text === ')') depth--;
    if (word.text === ',' && depth <= 0) values.push([]);
    else values[values.length - 1]!.push(word);
  }
  return { key: joined(words.slice(0, colon)), values, span };
}

/** Several words as one, with one blank between. */
export function joined(words: readonly Name[]): Name {
  const last = words[words.length - 1]!;
  return { text: words.map(({ text }) => text).join(' '), span: { start: words[0]!.span.start, end: last.span.end } };
}

/** Words of a line; commas, colons and parentheses are words of their own. */
function wordsOf({ source }: DeclarationContext, line: Span): Name[] {
  const code = inlineCode(source, line, 'heading');
  const words: Name[] = [];
  for (let i = code.from; i < code.to; ) {
    const start = i;
    const kind = kindOf(code.text.charCodeAt(i++));
    if (kind === 'blank') continue;
    while (kind === 'word' && i < code.to && kindOf(code.text.charCodeAt(i)) === 'word') i++;
    words.push({ text: code.text.slice(start, i), span: { start: placeOf(code, start), end: endPlaceOf(code, i) } });
  }
  return words;
}

function kindOf(code: number): 'blank' | 'mark' | 'word' {
  if (code === 32 || code === 9) return 'blank';
  // , : ( )
  return code === 44 || code === 58 || code === 40 || code === 41 ? 'mark' : 'word';
}
