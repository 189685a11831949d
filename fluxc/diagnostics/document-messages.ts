/** Messages FX01xx: documents, their front matter, headings, tables and blocks, and the modules they use. */
import { messages } from './message.ts';

export const DOCUMENT_MESSAGES = messages({
  // ---- Markdown ----
  FX0101: {
    text: 'the front matter is never closed',
    hint: 'close it with a line `---`',
    example: '---\nmodule: kernel.log\n\n# Log',
  },
  FX0102: {
    text: 'front matter takes lines of the form `key: value`',
    hint: 'write `key: value`, or `key: [a, b]` for a list',
    example: '---\nmodule kernel.log\n---',
  },
  FX0103: {
    text: 'the front matter sets `{}` twice',
    hint: 'keep one of the two lines',
    example: '---\nmodule: a\nmodule: b\n---',
  },
  FX0104: {
    text: 'the list of `{}` is never closed',
    hint: 'close it with `]` before the next key',
    example: '---\nuses: [hal.cpu, kernel.log\n---',
  },
  FX0105: {
    text: 'this block is never closed',
    hint: 'close it with a line {}',
    example: '## fn stop()\n\n```flux\nhalt()',
  },
  FX0106: {
    text: 'this line has {} characters, more than the {} that a line may have',
    hint: 'break it into several lines',
    example: 'a table of numbers in one line',
  },
  FX0107: {
    text: 'this row has {} cells, the table has {} columns',
    hint: 'write a bar that belongs to a cell as `\\|`, also between backticks',
    example: '| name | value |\n|---|---|\n| `BOTH` | `A | B` | |',
  },
  FX0108: {
    text: 'the line under the head has {} cells, the head has {}',
    hint: 'give each column one `---`: Markdown viewers show no table otherwise',
    example: '| name | value |\n|---|\n| `A` | 1 |',
  },

  // ---- modules ----
  FX0110: {
    text: '`{}` is not a module name',
    hint: 'a module name is lower-case words with dots between them: `hal.device.pl011`',
    example: '---\nmodule: Kernel/Log\n---',
  },
  FX0111: {
    text: 'this document is the module `{}`, not `{}`',
    hint: 'the name follows from the path `{}`: mend the front matter or move the file',
    example: 'module: kernel.log in the file hal/cpu.flux.md',
  },
  FX0112: {
    text: 'there is no module `{}`',
    hint: 'tried {}',
    example: '---\nuses: [kernel.lgo]\n---',
  },
  FX0113: {
    text: 'these modules use each other in a circle: {}',
    hint: 'move what both need into a module of its own that they use, or hand one a function pointer',
    example: 'kernel.a uses kernel.b, which uses kernel.a',
  },
  FX0114: {
    text: 'two documents are the module `{}`: `{}` and `{}`',
    hint: 'give one of them another name',
    example: 'a root document with `module: kernel.log`',
  },
  FX0115: {
    severity: 'warning',
    text: '`{}` is used twice',
    hint: 'take one out',
    example: '---\nuses: [hal.cpu, hal.cpu]\n---',
  },
  FX0116: {
    text: 'there is no document `{}`',
    hint: 'give the path of a file that ends in `.flux.md`, or the name of a module',
    example: 'fluxos build nowhere.flux.md',
  },

  // ---- headings that declare ----
  FX0120: {
    text: '`{}` needs {}',
    hint: 'write {} under the heading',
    example: '## struct Point\n\nNo table follows.',
  },
  FX0121: {
    text: '`{}` has a second {}',
    hint: 'give the second a heading of its own; a block for the reader is of another language: ```text',
    example: '## fn f()\n\n```flux\n```\n\n```flux\n```',
  },
  FX0122: {
    text: 'a block `{}` means nothing under `{}`',
    hint: 'here belongs {}',
    example: '## struct Point\n\n```flux\nlet x = 1\n```',
  },
  FX0123: {
    text: '`{}` has no body: this block is `{}`, which is not compiled',
    hint: 'a body stands in a block ```flux or ```asm <architecture>',
    example: '## fn f()\n\n```rust\n```',
  },
  FX0124: {
    text: '`{}` is declared twice',
    hint: 'give one of the two another name',
    example: '## const\n\n| name | value |\n|---|---|\n| `A` | 1 |\n| `A` | 2 |',
  },
  FX0125: {
    text: 'nothing is known of the column `{}`',
    hint: 'the columns here are {}',
    example: '## struct Point\n\n| field | typ |\n|---|---|\n| `x` | `i32` |',
  },
  FX0126: {
    text: 'the table of `{}` has no column `{}`',
    hint: 'the columns here are {}',
    example: '## struct Point\n\n| field | meaning |\n|---|---|\n| `x` | left to right |',
  },
  FX0127: {
    text: 'the column `{}` stands here twice',
    hint: 'keep one of the two',
    example: '## const\n\n| name | value | value |\n|---|---|---|',
  },
  FX0128: {
    text: 'row {} has no {}',
    hint: 'fill the cell of column `{}`',
    example: '## const\n\n| name | value |\n|---|---|\n| `A` | |',
  },
  FX0129: {
    text: 'there is no architecture `{}`',
    hint: 'an asm block names one of {}',
    example: '```asm arm\n```',
  },

  // ---- registers ----
  FX0140: {
    text: 'there is no register space `{}`',
    hint: 'registers stand in one of {}; leave `in …` out for memory',
    example: '## registers Status in msrs: u64',
  },
  FX0141: {
    text: '`{}` is no register offset',
    hint: 'write a number: {}',
    example: '## registers R: u32\n\n| offset | name | access |\n|---|---|---|\n| here | `data` | rw |',
  },
  FX0142: {
    text: '`{}` is no access',
    hint: 'a register is `r`, `w` or `rw`; a field of one is `bit 5` or `bits 0..3`, and its offset stays empty',
    example: '| 0 | `data` | read |',
  },
  FX0143: {
    text: 'the field `{}` has no register above it',
    hint: 'rows of fields (`.name`, no offset) follow the row of their register',
    example: '## registers R: u32\n\n| offset | name | access |\n|---|---|---|\n| | `.busy` | bit 0 |',
  },
  FX0144: {
    text: 'bits {} to {} are not in a register of {} bits',
    hint: 'bits count from 0, the lower one first',
    example: '## registers R: u8\n\n| offset | name | access |\n|---|---|---|\n| 0 | `a` | r |\n| | `.b` | bit 8 |',
  },
  FX0145: {
    text: 'the fields `{}` and `{}` share bits',
    hint: 'two views of the same bits are two registers at one offset',
    example: '| | `.a` | bits 0..3 |\n| | `.b` | bit 3 |',
  },
  FX0146: {
    text: 'this row is neither a register nor a field',
    hint: 'a register has an offset and a name, a field an empty offset and a name with a dot: `.busy`',
    example: '| | `busy` | bit 0 |',
  },

  // ---- syscalls ----
  FX0160: {
    text: '`{}` is no number of a system call',
    hint: 'numbers are 0 to {}',
    example: '| 100000 | `FLY` | | | - | | `wings.fly` |',
  },
  FX0161: {
    text: 'the system call {} is there twice',
    hint: 'give one of the two another number: agents call by it',
    example: '| 600 | `READ` | | | - | | `terminal.read` |\n| 600 | `WRITE` | | | - | | `terminal.write` |',
  },
  FX0162: {
    text: '`{}` cannot be the name of a system call',
    hint: 'names are in capitals; in small letters they are what agents call, and no words of the language',
    example: '| 105 | `getpid` | | `u64` | - | | `process.identify` |',
  },
  FX0163: {
    text: 'this type cannot be {} of a system call',
    hint: 'it travels in registers: write one of {}',
    example: '| 601 | `WRITE` | `text: [4]u8` | | - | | `terminal.write` |',
  },
  FX0164: {
    text: 'the arguments take {} registers, and a system call has {}',
    hint: 'a `[]u8` takes two: put what is more into memory',
    example: '| 1 | `SORT` | `a: []u8, b: []u8, c: []u8, order: u64` | | - | | `sorter.sort` |',
  },
  FX0165: {
    text: 'the call has no argument `{}`',
    hint: '{}',
    example: '| 104 | `WAIT` | `target: agent` | `u64` | - | `child: process` | `process.wait` |',
  },
  FX0166: {
    text: '`{}` is a slice, no handle',
    hint: 'a handle is a number in one register: `agent`, `capability`, `region` or `bytecode`',
    example: '| 603 | `OPEN` | `name: []u8` | `u64` | - | `name: any` | `handle.open` |',
  },
  FX0167: {
    text: '`{}` does not say what an argument must stand for',
    hint: 'write `argument: object RIGHT|RIGHT`, several with `;` between; `or 0` behind it lets 0 stand for none',
    example: '| 104 | `WAIT` | `target: agent` | `u64` | - | `process` | `process.wait` |',
  },
  FX0168: {
    text: '`{}` is no capability',
    hint: 'write the name of a constant of `kernel.interface`, or `-` for a call that everybody may make',
    example: '| 601 | `WRITE` | `text: []u8` | | yes, please | | `terminal.write` |',
  },
  FX0169: {
    text: '`{}` is no handler',
    hint: 'write `module.function` or the name of a function of this document; `-` answers that there is no such part',
    example: '| 601 | `WRITE` | `text: []u8` | | - | | write it |',
  },

  // ---- js build ----
  FX0150: {
    text: 'the build block fails: {}',
    hint: null,
    example: '## const\n\n```js build\n({ A: missing })\n```',
  },
  FX0151: {
    text: 'the build block gives {}, which is no constant',
    hint: 'a constant is a number, a BigInt, a string, true, false, or a list of these',
    example: '## const A: u32\n\n```js build\nundefined\n```',
  },
  FX0152: {
    text: 'the build block must give an object: name → value',
    hint: 'write `({ NAME: 1 })`; under `## const NAME: Type` the value alone',
    example: '## const\n\n```js build\n42\n```',
  },
  FX0153: {
    text: '`{}` cannot be the name of a constant',
    hint: 'names are letters, digits and `_`, and no words of the language',
    example: '## const\n\n```js build\n({ "a-b": 1 })\n```',
  },
});
