/** Messages FX02xx: Flux code, in blocks, headings and table cells. */
import { messages } from './message.ts';

export const SYNTAX_MESSAGES = messages({
  // ---- tokens ----
  FX0201: {
    text: '`{}` means nothing in Flux code',
    hint: 'names are the letters a to z, digits and `_`; text stands in `"`',
    example: 'let größe = 1',
  },
  FX0202: {
    text: 'this {} is never closed',
    hint: 'close it on its line with {}',
    example: 'print("hello)',
  },
  FX0203: {
    text: '`{}` is not a number',
    hint: 'numbers are `42`, `0x2A`, `0b101010`, `0o52`, `1.5`, `1e-3`; `_` may part digits',
    example: 'let a = 0xG',
  },
  FX0204: {
    text: '`{}` does not fit 64 bits',
    hint: 'the largest integer is 0xFFFF_FFFF_FFFF_FFFF',
    example: 'let a = 0x1_0000_0000_0000_0000',
  },
  FX0205: {
    text: '`{}` is no escape',
    hint: 'there are \\n \\r \\t \\0 \\\\ \\" \\\' \\xNN and \\u{N}',
    example: 'print("\\q")',
  },
  FX0206: {
    text: 'a character is one byte',
    hint: "write one ASCII character or `'\\xNN'`; text of any length stands in `\"`",
    example: "let a = 'ab'",
  },

  // ---- structure ----
  FX0210: { text: 'expected {}, found {}', hint: null, example: 'let = 1' },
  FX0211: {
    text: 'this `{}` is never closed',
    hint: 'add `{}`',
    example: 'while true {\n    step()',
  },
  FX0212: {
    text: 'this `{}` closes nothing',
    hint: 'take it out, or open its block before',
    example: 'step() }',
  },
  FX0213: {
    text: 'this is nested more than {} deep',
    hint: 'give an inner part a name or a function of its own',
    example: 'let a = ((((…))))',
  },
  FX0214: {
    text: 'comparisons do not chain',
    hint: 'write `a < b && b < c`, or parentheses',
    example: 'if a < b < c { }',
  },
  FX0215: {
    text: 'a statement ends with its line, not with `;`',
    hint: 'take the `;` out; a second statement goes on a line of its own',
    example: 'let a = 1;',
  },
  FX0216: {
    text: 'a line cannot start with `{}`',
    hint: 'end the line before with `{}`: then the statement goes on',
    example: 'let a = b\n    + c',
  },
  FX0217: {
    text: '`{}` is a word of the language, not a name',
    hint: 'choose another name',
    example: 'let in = 1',
  },
  FX0218: {
    text: '`if` is a statement and has no value',
    hint: '`match` has: `match condition { true => a, false => b }`',
    example: 'let a = if b { 1 } else { 2 }',
  },
  FX0219: {
    text: 'Flux has no `{}`',
    hint: 'write `{}`',
    example: 'i++',
  },
  FX0220: {
    text: '`=` does not compare',
    hint: 'write `==`',
    example: 'if a = b { }',
  },
  FX0221: {
    text: 'a range stands only after `in`, in `[ ]` and in a `match` arm',
    hint: 'use it there, or keep its two ends as two values',
    example: 'let a = 0..10',
  },
  FX0222: {
    text: '{} cannot stand outside a function',
    hint: 'put it under a heading `## fn name()`, or declare here with `fn`, `const`, `static`, `struct` or `enum`',
    example: '# Title\n\n```flux\nlet a = 1\n```',
  },
  FX0223: {
    text: 'functions do not nest',
    hint: 'close the function before; helpers stand under a heading `### fn name()`',
    example: 'fn a() {\n    fn b() { }\n}',
  },
  FX0224: {
    text: 'this heading does not declare: {}',
    hint: 'write {}; a heading for the reader starts with another word, or with a capital',
    example: '## fn sort the list',
  },
  FX0225: {
    text: 'only a place can be assigned to',
    hint: 'on the left stands a variable, a field `a.b`, an element `a[i]` or what a pointer points at `p.*`',
    example: '1 + a = 2',
  },
  FX0226: {
    text: 'an attribute stands before a function or at the start of its block',
    hint: 'move the line up',
    example: 'step()\n@naked',
  },
  FX0227: {
    text: 'a name goes before each argument behind a named one',
    hint: 'write `name: value`',
    example: 'make(priority: 1, 2)',
  },
});
