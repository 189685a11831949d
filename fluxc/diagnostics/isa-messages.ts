/** Messages FX10xx: instruction sets, what their tables say and how they are executed. */
import { messages } from './message.ts';

export const ISA_MESSAGES = messages({
  // ---- the heading and its tables ----
  FX1000: {
    text: 'instructions are made of `u32` words or of `u8` bytes, not of `{}`',
    hint: 'write `## opcodes {}: u32` or `## opcodes {}: u8`',
    example: '## opcodes Tiny: u16',
  },
  FX1001: {
    text: 'a table under `opcodes` has a column `operand` or a column `code`, and this one has neither',
    hint: 'tables for the reader stand under a heading of their own, on the level of this one',
    example: '## opcodes Tiny: u32\n\n| name | meaning |\n|---|---|',
  },
  FX1002: {
    text: 'the instruction set `{}` has no instructions',
    hint: 'add a table `| code | mnemonic | operands | semantics | meaning |` with at least one row',
    example: '## opcodes Tiny: u32',
  },
  FX1003: {
    text: 'there is no instruction set `{}` above this one',
    hint: 'a set extends one of the same document, made of the same unit, that stands before it',
    example: '- extends: Tiny',
  },
  FX1004: {
    text: '`{}` takes {}, not `{}`',
    hint: null,
    example: '- order: middle-endian',
  },

  FX1005: {
    text: '`{}` cannot be executed as one: {}',
    hint: '`fuse` takes sequences of two to four instructions of a set of words; all but the last go on to the next and need no capability: `- fuse: addi blt`',
    example: '- fuse: jmp addi',
  },

  // ---- operands ----
  FX1010: {
    text: '`{}` is no kind of operand',
    hint: '{}',
    example: '| `imm` | 16..31 | `int` | |',
  },
  FX1011: {
    text: '`{}` are no bits of the word beside its code',
    hint: 'write `8..15`, the lowest bit first: bits 0 to 31 without {}, where the code stands',
    example: '| `rd` | 0..15 | `u16` | |',
  },
  FX1012: {
    text: 'the operand `{}` has {} bits, and `{}` needs {}',
    hint: 'a field is as wide as its kind; a register or an address takes what there is, up to {} bits',
    example: '| `imm` | 16..31 | `i8` | |',
  },
  FX1013: {
    text: '`{}` is no limit for {} bits',
    hint: 'a limit is a number from 1 to {}: the value is below it',
    example: '| `rd` | 8..15 | `register r < 300` | |',
  },
  FX1014: {
    text: 'where `{}` leads cannot be told from the bits {}',
    hint: 'a `relative` operand of a word has the bits 8..31, 16..31 or 24..31: there a verifier finds it',
    example: '| `target` | 8..15 | `relative i8` | |',
  },
  FX1015: {
    text: 'no instruction has the operand `{}`',
    hint: 'take the row out, or name it in the column `operands`',
    example: '| `imm` | 16..31 | `i16` | |',
  },
  FX1016: {
    text: 'the array of registers and an operand are both called `{}`',
    hint: 'give the operand another name',
    example: '| `r` | 8..15 | `register r < 64` | |',
  },
  FX1017: {
    text: 'operands of a set of {} have {} column `bits`',
    hint: '{}',
    example: '## opcodes Stack: u8\n\n| operand | bits | kind |',
  },

  // ---- instructions ----
  FX1020: {
    text: '`{}` is no code of {}',
    hint: '{}',
    example: '| 0x100 | `iadd` | `rd, ra, rb` | … |',
  },
  FX1021: {
    text: 'two instructions have the code {}',
    hint: 'give one of them another; the numbers that are free are in the reference page of the set',
    example: '| 0x10 | `iadd` | … |\n| 0x10 | `isub` | … |',
  },
  FX1022: {
    text: 'the code {} begins like the code of another instruction',
    hint: 'a code must tell its instruction before all of it is read: take other first bytes',
    example: '| 0xFF | `nop` | … |\n| 0xFF 0x01 | `halt` | … |',
  },
  FX1023: {
    text: '`{}` is no mnemonic',
    hint: 'a mnemonic is a word of letters, digits and `_`',
    example: '| 0x10 | `i+add` | … |',
  },
  FX1024: {
    text: 'two instructions are called `{}`',
    hint: 'an assembler tells instructions by their names, in small or capital letters: add what makes them differ, as in `{}i`',
    example: '| 0x10 | `add` | … |\n| 0x11 | `ADD` | … |',
  },
  FX1025: {
    text: 'this set has no operand `{}`',
    hint: '{}',
    example: '| 0x10 | `iadd` | `rd, ra, rx` | … |',
  },
  FX1026: {
    text: '`{}` and `{}` are in the same bits',
    hint: 'operands of one instruction stand side by side',
    example: '| 0x10 | `iadd` | `rb, imm` | … |',
  },
  FX1027: {
    text: 'the instruction has the operand `{}` twice',
    hint: 'a field holds one operand: name another for the second',
    example: '| 0x10 | `iadd` | `rd, ra, ra` | … |',
  },
  FX1028: {
    text: '`{}` has no fixed length and is not the last operand',
    hint: 'operands of kind `bytes` stand at the end',
    example: '| 0x10 | `say` | `text, imm` | … |',
  },
  FX1029: {
    text: 'control does not flow `{}`',
    hint: '{}',
    example: '| 0x40 | `jmp` | `target` | | goto | … |',
  },
  FX1030: {
    text: '`{}` is no effect on a stack',
    hint: 'write what it takes, `--`, and what it gives: `a b -- c`; `?` for what depends on the values; 14 each at most',
    example: '| 0x10 | `add` | | a b c | … |',
  },

  // ---- semantics ----
  FX1040: {
    text: '`{}` has no operand `{}`',
    hint: 'its operands are {}: name it in the column `operands`, or take it out of the semantics',
    example: '| 0x10 | `neg` | `rd, ra` | | | | `rd = ra - rb` | |',
  },
  FX1041: {
    text: '`{}` does not use its operand `{}`',
    hint: 'use it, or say that it is read and dropped: `_ = {}`',
    example: '| 0x10 | `neg` | `rd, ra, rb` | | | | `rd = -ra` | |',
  },
  FX1042: {
    text: '`{}` is a name of the instruction set and cannot be declared here',
    hint: 'find another name',
    example: '`let rd = 1`',
  },
  FX1043: {
    text: 'the operand `{}` is a value and cannot be changed',
    hint: 'only registers are places; keep a changed value in a `var`',
    example: '`imm += 1`',
  },

  FX1044: {
    text: '`{}` changes `{}`, and its flow is `{}`',
    hint: 'a verifier believes the column `flow`: write `jump`, `branch`, `call`, `return` or `indirect`',
    example: '| 0x40 | `jmp` | `target` | | | | `pc = target` | |',
  },

  // ---- execute ----
  FX1050: {
    text: 'this document has no instruction set `{}`',
    hint: '{}',
    example: 'execute Tiyn(pc) { illegal => return }',
  },
  FX1051: {
    text: '`{}` cannot be executed: it does not say what `{}` means',
    hint: 'fill its cell `semantics`',
    example: '| 0x10 | `iadd` | `rd, ra, rb` | | | | | |',
  },
  FX1052: {
    text: '`execute {}` takes {}, and here are {}',
    hint: 'write `{}`',
    example: 'execute Tiny(code, pc) { illegal => return }',
  },
  FX1053: {
    text: '`execute {}` has {}',
    hint: 'its arms are {}, each once',
    example: 'execute Tiny(pc) { wrong => return }',
  },
  FX1054: {
    text: '`{}` is a variable of the function: its name says where the next instruction is',
    hint: 'write the name alone, as in `execute {}`',
    example: 'execute Tiny(machine.pc) { illegal => return }',
  },

  // ---- fluxos isa ----
  FX1060: {
    text: 'the authority knows no instruction set `{}`',
    hint: '{}',
    example: 'fluxos isa show flux65',
  },
  FX1061: {
    text: '`{}`, offset {}: `{}` cannot be translated: {}',
    hint: 'nothing was written. `docs/instruction-sets.md` says what can be translated',
    example: 'fluxos isa translate flux-runtime flux64 agents.bin',
  },
  FX1062: {
    text: '`{}` is a program of {}, not of {}',
    hint: 'name the set that it is written in first',
    example: 'fluxos isa translate stack2 stack3 program.fluxbc      which is a program of flux64',
  },
  FX1063: {
    text: '`{}` has no instruction `{}`',
    hint: '{}',
    example: 'fluxos isa show flux64 iad',
  },
  FX1064: {
    text: '`{}` cannot become code of {} alone: {}',
    hint: 'a container of bytecode is written for flux64, stack2, stack3 and asm16; other sets have nothing but code',
    example: 'fluxos isa migrate flux64 flux-os pong.fluxbc -o pong.bin      which has peers',
  },
  FX1065: {
    text: '`{}` is broken: {}',
    hint: 'make the file again',
    example: 'fluxos isa translate flux64 flux-os half.fluxbc',
  },
  FX1066: {
    text: '{} needs two instruction sets or more',
    hint: 'name them: `fluxos isa list` shows which there are',
    example: 'fluxos isa negotiate flux64',
  },
});
