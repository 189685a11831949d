/** Messages FX04xx: FIR text. */
import { messages } from './message.ts';

export const FIR_MESSAGES = messages({
  FX0401: {
    text: 'FIR text cannot hold {} here',
    hint: 'comments start with `;`, strings stand in double quotes and end on their line',
    example: 'data @text size 2 = "ab',
  },
  FX0402: {
    text: 'expected {}, found {}',
    hint: null,
    example: 'v1 = add.i64 v0',
  },
  FX0403: {
    text: 'FIR has no operation `{}`',
    hint: 'docs/fir.md lists the operations; the result type stands after a dot: `add.i64`',
    example: 'v1 = plus.i64 v0, v0',
  },
  FX0404: {
    text: 'nothing in the function defines `{}`',
    hint: 'define it as an instruction (`{} = …`) or block parameter of this function',
    example: 'ret v7',
  },
  FX0405: {
    text: 'the function has no `{}`',
    hint: 'a block starts with its name and a colon, a slot stands before the first block: `slot0: size 8 align 8`',
    example: 'jump block9',
  },
  FX0406: {
    text: 'nothing declares the symbol `{}`',
    hint: 'add `external {}` for what another module defines',
    example: 'v0 = symbol.ptr @nowhere',
  },
  FX0407: {
    text: '`{}` is defined twice',
    hint: 'rename one of the two',
    example: 'two functions `fn @main()`',
  },
  FX0408: {
    text: '`{}` is not {}',
    hint: null,
    example: 'v0 = iconst.i32 5000000000',
  },
  FX0409: {
    text: '`{}` has no result to name',
    hint: 'leave `{} =` out',
    example: 'v0 = store.u8 v1, v2',
  },
  FX0410: {
    text: '`{}` has a result: give it a name',
    hint: 'write `v0 = {}`, with any number that is free',
    example: 'add.i64 v1, v2',
  },
  FX0411: {
    text: 'the object has {} bytes of content but size {}',
    hint: 'make the size at least as large as the content',
    example: 'data @text size 1 align 1 = "ab"',
  },
});
