/** Messages FX05xx: assembler. */
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
    hint: 'directives: .byte .half .word .quad .ascii .asciz .align .balign .p2align .gap .zero .skip .global .set .equ ' +
      '.rept .endr .interrupted; on x86_64 also .code16 .code32 .code64, on riscv64 .option',
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
  FX0506: {
    text: 'the place of this depends on itself',
    hint: 'sizes and alignments count from labels above them',
    example: '```asm arm64\na: .zero b - a + 1\nb: ret\n```',
  },
  FX0510: {
    text: '`{}` does not take {}',
    hint: 'it takes: {}',
    example: '```asm x86_64\nmov cr5, rax\n```',
  },
  FX0511: {
    text: 'the size of this memory operand is not clear',
    hint: 'write `byte ptr`, `word ptr`, `dword ptr` or `qword ptr` before it',
    example: '```asm x86_64\nmov [rax], 1\n```',
  },
  FX0512: {
    text: '{} is out of the reach of `{}`',
    hint: 'branches go to labels and symbols: branch to a jump nearby that goes on to the target',
    example: '```asm riscv64\nc.j far\n.zero 4096\nfar: ret\n```',
  },
  FX0513: {
    text: '`{}` with these operands does not exist in {}-bit code',
    hint: '`.code16`, `.code32` and `.code64` say for which mode the text behind them is',
    example: '```asm x86_64\npusha\n```',
  },
  FX0514: {
    text: '`{}` without `{}`',
    hint: 'a repetition is `.rept`, how often, lines and `.endr`',
    example: '```asm x86_64\n.rept 3\nnop\n```',
  },
  FX0531: {
    text: '{} does not fit: it must be {}',
    hint: 'load the number into a register first, or use a form with a wider field',
    example: '```asm riscv64\naddi a0, a0, 5000\n```',
  },
  FX0533: {
    text: 'this must be a number that is known here, not {}',
    hint: 'define the name with `.set` above, or use the difference of two labels of this block; `la` loads an address',
    example: '```asm riscv64\nli a0, somewhere\n```',
  },
  FX0534: {
    text: '`{}` is not {}',
    hint: 'these exist: {}',
    example: '```asm riscv64\ncsrr a0, sstate\n```',
  },
});
