/** What may be written behind `fluxos isa`, what its help says, and which function does the work. */
import type { Command } from 'commander';
import type { Output } from './output.ts';

type Finish = (status: number) => void;
interface Common { json?: boolean; verbose?: boolean }
type WithOutput = (options: Common, work: (output: Output) => Promise<number>) => Promise<number>;

export function defineIsa(program: Command, finish: Finish, withOutput: WithOutput, statuses: string): void {
  const isa = program.command('isa').description('instruction sets: compare them, and translate programs between them');
  const common = (name: string, description: string) =>
    isa.command(name).description(description)
      .option('--json', 'print one JSON value')
      .option('-v, --verbose', 'say what is being done');
  const load = () => import('./commands/isa.ts');
  const onProgram = (name: string, description: string) =>
    common(name, description)
      .argument('<from>', 'the set that the program is written in')
      .argument('<to>', 'the set that it shall be written in')
      .argument('<file>', 'code, a container of bytecode (.fluxbc), or assembly text (.fasm)');

  common('list', 'the instruction sets that are known')
    .addHelpText('after', `\nExamples:\n  fluxos isa list\n${statuses}`)
    .action(async (options) => finish(await withOutput(options, async (output) => (await load()).listCommand(output))));

  common('show', 'the instructions of a set')
    .argument('<set>', 'its name: see `fluxos isa list`')
    .argument('[instruction]', 'a mnemonic or a code: only this one')
    .addHelpText('after', `
Examples:
  fluxos isa show flux64
  fluxos isa show flux-runtime iadd
  fluxos isa show flux-os 0x41
${statuses}`)
    .action(async (set, instruction, options) =>
      finish(await withOutput(options, async (output) => (await load()).showCommand(set, instruction, output))));

  common('conflicts', 'collisions: numbers with several meanings, names with several numbers or shapes')
    .argument('[set...]', 'sets (default: the seven of the reference)')
    .option('--all', 'ours too')
    .option('--no-aliases', 'take names as they are spelled: ADD and IADD are two')
    .addHelpText('after', `
Examples:
  fluxos isa conflicts
  fluxos isa conflicts flux-runtime vocab-assembler --no-aliases
${statuses}`)
    .action(async (sets, options) =>
      finish(await withOutput(options, async (output) => (await load()).conflictsCommand(sets, output, options))));

  common('compare', 'two sets row by row')
    .argument('<a>', 'a set')
    .argument('<b>', 'another')
    .option('--no-aliases', 'take names as they are spelled')
    .addHelpText('after', `
Examples:
  fluxos isa compare flux-os flux64
${statuses}`)
    .action(async (a, b, options) =>
      finish(await withOutput(options, async (output) => (await load()).compareCommand(a, b, output, options))));

  onProgram('translate', 'a program instruction by instruction, with every place that has no equivalent')
    .option('-o, --output <file>', 'where the new program goes (default: its bytes are printed)')
    .addHelpText('after', `
Operands stay operands; jumps lead to the same instructions. Nothing is guessed: what has no equivalent is an error with its offset.

Examples:
  fluxos isa translate flux-runtime flux64 factorial.bin
  fluxos isa translate flux64 flux-os sum.fluxbc -o sum.bin
${statuses}`)
    .action(async (from, to, file, options) =>
      finish(await withOutput(options, async (output) => (await load()).translateCommand([from, to], file, output, options))));

  common('negotiate', 'the version and the instructions that machines have in common')
    .argument('<set...>', 'two sets or more')
    .addHelpText('after', `
Examples:
  fluxos isa negotiate stack2 stack3
  fluxos isa negotiate flux-os flux64 flux-runtime --json
${statuses}`)
    .action(async (sets, options) =>
      finish(await withOutput(options, async (output) => (await load()).negotiateCommand(sets, output))));

  onProgram('migrate', 'plan how a program moves to another set, and rewrite it')
    .option('-o, --output <file>', 'where the new program goes (default: <file> with the name of the set behind it)')
    .option('--plan', 'say what would be done, and write nothing')
    .addHelpText('after', `
The plan counts what stays, what gets another number, what is encoded anew and what cannot be moved. If anything cannot, the
list is all there is, and nothing is written.

Examples:
  fluxos isa migrate flux-os flux64 old.bin -o new.bin
  fluxos isa migrate vocab-assembler flux-runtime pattern.bin --plan
${statuses}`)
    .action(async (from, to, file, options) =>
      finish(await withOutput(options, async (output) =>
        (await load()).migrateCommand([from, to], file, output, { output: `${file}.${to}`, ...options }))));
}
