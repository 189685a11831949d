/**
 * Cuts the text of an asm block into statements: labels, a mnemonic or directive, and the range of its operands.
 *
 * Comments are blanked out and repetitions written out. All positions are offsets in the text, which keeps its length;
 * whoever reports an error adds the text's `Loc`.
 */
import { isBlank, isNamePart } from './characters.ts';

export interface Range {
  start: number;
  end: number;
}

/** A label's definition: a name, or the digits of a numeric one. */
export interface Label extends Range {
  name: string;
}

export interface Statement extends Range {
  labels: Label[];
  /** lower case; empty if the line holds only labels */
  mnemonic: string;
  /** where the mnemonic stands */
  at: Range;
  /** the rest of the line, without blanks at both ends */
  operands: Range;
}

/** Thrown by the scanner and caught by whoever processes the statement; never leaves the assembler. */
export class AssemblyError extends Error {
  constructor(readonly range: Range, readonly found: string, readonly expected: string) {
    super(`${found}: expected ${expected}`);
  }
}

/**
 * `text` with every comment replaced by blanks, so that offsets stay. `#` opens one at the start of a line, or anywhere
 * where it starts no operand (`hashAnywhere`); `;` where it separates no statements (`semicolon`).
 */
function withoutComments(text: string, hashAnywhere: boolean, semicolon: boolean): string {
  let out = '';
  let from = 0;
  let lineStart = true;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 10 || code === 13) lineStart = true;
    else if (code === 34) {
      lineStart = false;
      for (i++; i < text.length; i++) {
        const inside = text.charCodeAt(i);
        if (inside === 92) i++;
        else if (inside === 34 || inside === 10) break;
      }
    } else if (code === 39) {
      // A character constant may be a quote or a comment sign.
      lineStart = false;
      i += text.charCodeAt(i + 1) === 92 ? 2 : 1;
    } else if ((code === 35 && (lineStart || hashAnywhere)) || (code === 59 && semicolon) || (code === 47 && text.charCodeAt(i + 1) === 47)) {
      out += text.slice(from, i);
      from = i;
      while (i < text.length && text.charCodeAt(i) !== 10 && text.charCodeAt(i) !== 13) i++;
      out += ' '.repeat(i - from);
      from = i;
      i--;
    } else if (code === 47 && text.charCodeAt(i + 1) === 42) {
      const close = text.indexOf('*/', i + 2);
      const end = close < 0 ? text.length : close + 2;
      out += text.slice(from, i) + text.slice(i, end).replace(/[^\n]/g, ' ');
      from = end;
      i = end - 1;
    } else if (!isBlank(code)) lineStart = false;
  }
  return out + text.slice(from);
}

/** Statements that repetitions may grow a text to. */
const MOST_STATEMENTS = 1 << 20;

export interface AssemblyText {
  /** the text without comments, of the same length */
  text: string;
  /** repetitions written out: a statement may stand here often */
  statements: Statement[];
  /** directives of repetitions that have no partner, each with the one it lacks */
  unpaired: { statement: Statement; partner: string }[];
  /** repetitions whose count is no plain number or too large; they are left out */
  uncounted: Statement[];
}

/** `hashAnywhere`, `semicolon`: see `withoutComments`. */
export function splitStatements(source: string, hashAnywhere: boolean, semicolon = false): AssemblyText {
  const text = withoutComments(source, hashAnywhere, semicolon);
  const lines: Statement[] = [];
  let lineStart = 0;
  while (lineStart < text.length) {
    let lineEnd = lineStart;
    while (lineEnd < text.length && text.charCodeAt(lineEnd) !== 10 && text.charCodeAt(lineEnd) !== 13) lineEnd++;
    const statement = readStatement(text, lineStart, lineEnd);
    if (statement) lines.push(statement);
    lineStart = lineEnd + 1;
  }
  return withRepetitions(text, lines);
}

/** Writes what stands between `.rept count` and `.endr` out `count` times. */
function withRepetitions(text: string, lines: readonly Statement[]): AssemblyText {
  const open: { before: Statement[]; statement: Statement }[] = [];
  const result: AssemblyText = { text, statements: [], unpaired: [], uncounted: [] };
  for (const statement of lines) {
    const current = result.statements;
    if (statement.mnemonic === '.rept') {
      open.push({ before: current, statement });
      result.statements = [];
    } else if (statement.mnemonic === '.endr') {
      const repetition = open.pop();
      if (repetition) {
        const { operands } = repetition.statement;
        const digits = text.slice(operands.start, operands.end);
        const count = /^[0-9]{1,7}$/.test(digits) ? Number(digits) : -1;
        result.statements = repetition.before;
        const isTooLong = result.statements.length + count * current.length > MOST_STATEMENTS;
        if (count < 0 || isTooLong) result.uncounted.push(repetition.statement);
        else for (let i = 0; i < count; i++) for (const part of current) result.statements.push(part);
      } else result.unpaired.push({ statement, partner: '.rept' });
    } else current.push(statement);
  }
  // What follows one that is not closed stands once, so that its errors are seen too.
  for (let i = open.length - 1; i >= 0; i--) {
    const { before, statement } = open[i]!;
    result.unpaired.push({ statement, partner: '.endr' });
    for (const part of result.statements) before.push(part);
    result.statements = before;
  }
  return result;
}

function readStatement(text: string, from: number, to: number): Statement | null {
  const skip = (at: number) => {
    while (at < to && isBlank(text.charCodeAt(at))) at++;
    return at;
  };
  const labels: Label[] = [];
  let at = skip(from);
  const start = at;
  for (;;) {
    let end = at;
    while (end < to && isNamePart(text.charCodeAt(end))) end++;
    const colon = skip(end);
    if (end === at || colon >= to || text.charCodeAt(colon) !== 58) break;
    labels.push({ name: text.slice(at, end), start: at, end });
    at = skip(colon + 1);
  }
  let end = to;
  while (end > at && isBlank(text.charCodeAt(end - 1))) end--;
  if (at === end && labels.length === 0) return null;
  let wordEnd = at;
  while (wordEnd < end && isNamePart(text.charCodeAt(wordEnd))) wordEnd++;
  // A line that starts with no name at all is all "mnemonic": the assembler reports it as unknown.
  if (wordEnd === at) wordEnd = end;
  return {
    start, end, labels,
    mnemonic: text.slice(at, wordEnd).toLowerCase(),
    at: { start: at, end: wordEnd },
    operands: { start: skip(wordEnd), end },
  };
}
