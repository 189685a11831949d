/** Messages FX05xx: assembler. FX050x belong to all targets, FX051x to x86_64, FX052x to arm64, FX053x to riscv64. */
import { messages } from './message.ts';

export const ASSEMBLER_MESSAGES = messages({
  FX0501: {
    text: 'there is no instruction `{}` on {}',
    hint: 'instructions, directives and registers are written as for GNU as',
    example: '```asm arm64\nmovi x0, #1\n```',
  },
  FX0502: {
    text: 'expected {}, found {}',
    hint: null,
    example: '```asm arm64\nadd x0, x1, #5000\n```',
  },
  FX0503: {
    text: 'there is no directive `{}`',
    hint: 'directives: .byte .half .word .quad .ascii .asciz .align .balign .p2align .zero .skip .global .set .equ',
    example: '```asm arm64\n.section .data\n```',
  },
  FX0504: {
    text: 'the label `{}` is defined twice',
    hint: 'rename one, or use a numeric label: `1:` with `1b` and `1f`',
    example: '```asm arm64\nagain: nop\nagain: nop\n```',
  },
  FX0505: {
    text: '`.global {}` names no label of this block',
    hint: 'define the label in the block; symbols of other blocks and modules need no declaration',
    example: '```asm arm64\n.global other\nret\n```',
  },
});
