/** Readers of Flux code, wherever it stands in a document, with the whole grammar behind them. */
import type { Source, Span } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import { blockCode, inlineCode, type CodeText } from '../document/text.ts';
import { parseExpression } from './parser-expressions.ts';
import { parseArmBody } from './parser-statements.ts';
import { type Grammar, TokenReader } from './token-reader.ts';

const GRAMMAR: Grammar = { expression: parseExpression, armBody: parseArmBody };

/** A reader of a block's content. */
export function readBlock(source: Source, span: Span, diagnostics: Diagnostics): TokenReader {
  return new TokenReader(blockCode(source, span), diagnostics, GRAMMAR, 'block');
}

/** A reader of a table cell. */
export function readCell(source: Source, span: Span, diagnostics: Diagnostics): TokenReader {
  return new TokenReader(inlineCode(source, span, 'cell'), diagnostics, GRAMMAR, 'cell');
}

/** A reader of a heading; `form` says how one is written that declares. */
export function readHeading(source: Source, span: Span, diagnostics: Diagnostics, form: string): TokenReader {
  return new TokenReader(inlineCode(source, span, 'heading'), diagnostics, GRAMMAR, 'heading', form);
}

/** A reader of code that was made from parts of a document: each of its characters has a place there. */
export function readText(code: CodeText, diagnostics: Diagnostics): TokenReader {
  return new TokenReader(code, diagnostics, GRAMMAR, 'block');
}
