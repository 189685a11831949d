/** Messages FX11xx: assembly of bytecode, its container, and the commands that deal with them. */
import { messages } from './message.ts';

export const VM_MESSAGES = messages({
  FX1101: {
    text: 'there is no instruction `{}` in {}',
    hint: '{}',
    example: '.set flux64\n    mul r1, r2, r3',
  },
  FX1102: {
    text: '`{}` takes {}, not {}',
    hint: 'it is written `{}`',
    example: '.set flux64\n    iadd r1, r2',
  },
  FX1103: { text: 'expected {}, found {}', hint: null, example: '.set flux64\n    iadd r1, 5, r3' },
  FX1104: {
    text: '{} does not fit: `{}` must be {}',
    hint: 'build larger numbers of several instructions, or read them from a region',
    example: '.set flux64\n    addi r1, 100000',
  },
  FX1105: { text: 'nothing is called `{}` here', hint: '{}', example: '.set flux64\n    jmp agian\nagain: halt' },
  FX1106: {
    text: '`{}` is defined twice',
    hint: 'rename one; labels, constants, regions and peers share their names. A numeric label `1:` may stand often: `1b`, `1f`',
    example: 'again: nop\nagain: halt',
  },
  FX1107: {
    text: 'there is no directive `{}`',
    hint: 'directives: .set .agent .entry .capability .peer .const .register .region .code .bytes .half .word .quad .text .zero .rept .endr',
    example: '.section data',
  },
  FX1108: { text: 'there is no instruction set `{}`', hint: 'the sets are: {}', example: '.set flux32' },
  FX1109: {
    text: 'the instruction set is not named before the first instruction',
    hint: 'begin with `.set flux64`, `.set stack2 golden`, `.set stack3 golden` or `.set asm16`',
    example: '    halt',
  },
  FX1110: {
    text: '`{}` cannot lead to {}: {}',
    hint: 'targets are labels, or offsets in the code in bytes',
    example: '.set flux64\n    jmp 6',
  },
  FX1111: {
    text: 'the region `{}` has {} bytes, its content {}',
    hint: 'make the region larger',
    example: '.region data 4 read\n.text "hello"',
  },
  FX1112: {
    text: 'an instruction cannot stand in the region `{}`',
    hint: '`.code` leads back to the code',
    example: '.region data 8 read\n    halt',
  },
  FX1113: { text: 'there is no capability `{}`', hint: 'there are: {}', example: '.capability SPEAK' },
  FX1114: {
    severity: 'warning',
    text: '`{}` needs the capability `{}`, which the program does not ask for',
    hint: 'write `.capability {}`',
    example: '.set flux64\n    tell r1, r2, r3',
  },
  FX1115: { text: 'the program has no instruction', hint: 'write at least one that ends it', example: '.set flux64' },
  FX1116: { text: 'a program has {} {} at most', hint: null, example: 'seventeen times .region' },
  FX1117: {
    text: '`{}` is no name for {}',
    hint: 'a name starts with a letter or `_`, goes on with letters, digits, `_`, `-` and `.`, and has {} characters at most',
    example: '.agent 2nd',
  },
  FX1118: {
    text: 'the entry {} is not the place of an instruction',
    hint: '`.entry` takes a label of the code',
    example: '.set flux64\n.entry 100\n    halt',
  },
  FX1119: {
    text: 'the code is not a whole number of words here',
    hint: '`.zero` fills up: an instruction of this set starts at a multiple of {} bytes',
    example: '.set flux64\n.bytes 1\n    halt',
  },
  FX1120: { text: '`{}` is refused: {}', hint: '{}', example: 'fluxos vm run photo.fluxbc' },
  FX1121: {
    text: '`{}` is refused by the verifier: {}',
    hint: 'it stands at {}; `fluxos vm disasm` shows the code',
    example: 'fluxos vm run wild.fluxbc      whose jump leads out of its code',
  },
  FX1122: {
    text: 'the program `{}` stopped: {}',
    hint: 'it happened at {}; `fluxos vm debug` stops there too',
    example: 'fluxos vm run divide.fasm      which divides by zero',
  },
  FX1123: {
    text: 'the program `{}` used up its fuel of {} instructions',
    hint: 'give it more with `--fuel`; without it a program may run on',
    example: 'fluxos vm run --fuel 100 endless.fasm',
  },
  FX1124: {
    text: 'no program can go on: {}',
    hint: 'each waits for a message that none of the others will send',
    example: 'fluxos vm run waits.fasm      which receives and nobody sends',
  },
  FX1125: {
    text: 'the program `{}` needs {}, which was not granted',
    hint: 'grant it: `--grant {}`',
    example: 'fluxos vm run talks.fasm --grant IO_WRITE',
  },
  FX1126: {
    text: '`{}` talks to `{}`, which is not among the programs',
    hint: 'name its file too; a program is called as its `.agent` says, else as its file',
    example: 'fluxos vm run ping.fasm      without pong.fasm',
  },
  FX1127: { text: 'two programs are called `{}`', hint: 'give one of them another `.agent`', example: 'fluxos vm run ping.fasm ping.fasm' },
  FX1128: {
    text: '`{}` is no bytecode, and it is not said which instruction set it is',
    hint: 'raw code needs `--set`; assembly text ends in `.fasm`',
    example: 'fluxos vm disasm code.bin',
  },
  FX1129: {
    text: 'the virtual machine is not built',
    hint: '`npm run bundle` makes `dist/vm.wasm`',
    example: 'fluxos vm run hello.fasm      in a checkout that was never built',
  },
});
