/** Messages FX06xx: the linker. */
import { messages } from './message.ts';

export const LINK_MESSAGES = messages({
  FX0601: {
    text: 'the symbol `{}` is defined twice',
    hint: 'rename one of the two, or drop `.global` from the label that only its block needs',
    example: 'two asm blocks with `.global vectors`',
  },
  FX0602: {
    text: 'there is no entry: nothing defines `{}`',
    hint: 'the boot document of the board needs `## fn entry` with an asm block in section `.text.boot`',
    example: 'a board whose boot document has no entry function',
  },
  FX0603: {
    text: 'nothing defines `{}` for {}',
    hint: 'give the function a `flux` block, or an `asm` block for this architecture',
    example: '`call nowhere` in an asm block',
  },
  FX0604: {
    text: '`{}` is out of reach: {} cannot hold the distance ({})',
    hint: 'the image is too large for this kind of reference; load the address in two steps',
    example: 'a 32-bit absolute address beyond 4 GiB',
  },
  FX0605: {
    text: 'an image has no section `{}`',
    hint: 'use one of {}, or a name that extends one (`.text.boot`)',
    example: '`@section(".fast")`',
  },
});
