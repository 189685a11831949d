import { describe, expect, test } from 'vitest';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { blockCode, inlineCode, type CodeText } from '../../fluxc/document/text.ts';
import { tokenize } from '../../fluxc/lang/lexer.ts';
import { SPELLINGS, Token, type TokenList, wordKind } from '../../fluxc/lang/tokens.ts';

function lex(text: string, kind: 'block' | 'cell' | 'heading' = 'block', before = '') {
  const sources = new Sources();
  sources.add('first.flux.md', 'some other document');
  const source = sources.add('test.flux.md', before + text);
  const span = { start: source.base + before.length, end: source.base + source.text.length };
  const code: CodeText = kind === 'block' ? blockCode(source, span) : inlineCode(source, span, kind);
  const diagnostics = new Diagnostics();
  return { tokens: tokenize(code, diagnostics), sources, diagnostics };
}

const texts = (tokens: TokenList): string[] =>
  Array.from({ length: tokens.length - 1 }, (_, i) => (tokens.kinds.at(i) === Token.NewLine ? '⏎' : tokens.text(i)));

describe('lexer', () => {
  test('every word and sign is one token of its kind', () => {
    for (let kind: number = Token.As; kind < SPELLINGS.length; kind++) {
      const { tokens, diagnostics } = lex(SPELLINGS[kind]!);
      expect([SPELLINGS[kind], tokens.kinds.at(0), tokens.kinds.at(1), diagnostics.list.length])
        .toEqual([SPELLINGS[kind], kind, Token.End, 0]);
    }
    expect(SPELLINGS.length).toBe(Token.ShiftRightEqual + 1);
    expect(wordKind('reverse')).toBe(Token.Name);
  });

  const streams: [string, string][] = [
    ['a+b<<=c>>d', 'a + b <<= c >> d'],
    ['a..=b..c.d.*', 'a ..= b .. c . d .*'],
    ['1..2 1.5 1.x 0x1F 1e5', '1 .. 2 1.5 1 . x 0x1F 1e5'],
    ['a // b\nc', 'a ⏎ c'],
    ['a\n\n\n  b\n', 'a ⏎ b ⏎'],
    ['\n\na', 'a'],
    ['a +\nb', 'a + b'],
    ['a,\nb', 'a , b'],
    ['a =\n\n// why\nb', 'a = b'],
    ['{\na\n}\nb', '{ a ⏎ } ⏎ b'],
    ['f(\na\n)\nb', 'f ( a ) ⏎ b'],
    ['[\n{\na\n}\n]\n', '[ { a ⏎ } ] ⏎'],
    ['p.*\nq', 'p .* ⏎ q'],
    ['return\nbreak', 'return ⏎ break'],
    ['a or\nb', 'a or b'],
    ['f(a\nlet b', 'f ( a ⏎ let b'],
    ['f(a\nb = 1\nc', 'f ( a ⏎ b = 1 ⏎ c'],
    ['f(a }\nb', 'f ( a } ⏎ b'],
    ['a\r\nb\rc', 'a ⏎ b ⏎ c'],
    ["'\\'' '\"' \"'\"", "'\\'' '\"' \"'\""],
    ['a=>b==c!=!d', 'a => b == c != ! d'],
    ['&&& |||', '&& & || |'],
  ];
  test.each(streams)('%j', (text, expected) => expect(texts(lex(text).tokens).join(' ')).toBe(expected));

  test('places are those of the document: CRLF, tabs, characters outside ASCII', () => {
    const text = '\tlet a = "é😀"\r\n\r\n  // ü\r  b.c\r\n';
    const { tokens, sources } = lex(text, 'block', 'Größe 😀\r\n```flux\n');
    const places = Array.from({ length: tokens.length - 1 }, (_, i) => {
      const { line, column, path } = sources.place(tokens.start(i))!;
      const end = sources.place(tokens.end(i))!;
      return `${path} ${tokens.text(i).trim()} ${line}:${column}-${end.column}`;
    });
    expect(places.filter((place) => !place.startsWith('test.flux.md  '))).toEqual([
      'test.flux.md let 3:2-5', 'test.flux.md a 3:6-7', 'test.flux.md = 3:8-9', 'test.flux.md "é😀" 3:10-15',
      'test.flux.md b 6:3-4', 'test.flux.md . 6:4-5', 'test.flux.md c 6:5-6',
    ]);
  });

  test('cells: backticks part, escapes go, places stay', () => {
    const { tokens, sources, diagnostics } = lex('`a \\| b`\\*c `"\\\\n"`', 'cell', '| ');
    expect(diagnostics.list).toEqual([]);
    expect(texts(tokens)).toEqual(['a', '|', 'b', '*', 'c', '"\\\\n"']);
    expect([0, 1, 2, 3, 4, 5].map((i) => sources.place(tokens.start(i))!.column)).toEqual([4, 7, 9, 12, 13, 16]);
    expect(sources.place(tokens.end(5))!.column).toBe(21);
  });

  test('headings: a backslash between backticks is itself', () => {
    expect(texts(lex('fn `f(a: *u8)` \\*', 'heading').tokens)).toEqual(['fn', 'f', '(', 'a', ':', '*', 'u8', ')', '*']);
    expect(lex('`a \\| b`', 'heading').diagnostics.list.map(({ code }) => code)).toEqual(['FX0201']);
  });

  test('every token of a long text lies where its text is', () => {
    const text = 'let größer = 0x\n"abc\n\'x\nf(1, \u00a0)\n'.repeat(50);
    const { tokens, sources } = lex(text, 'block', 'x\n');
    for (let i = 0; i < tokens.length; i++) {
      const start = tokens.start(i) - sources.list[1]!.base;
      const end = tokens.end(i) - sources.list[1]!.base;
      expect(sources.list[1]!.text.slice(start, end)).toBe(tokens.text(i));
    }
  });
});
