/** What may be written behind `fluxos vm`, what its help says, and which file does the work. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Output } from '../output.ts';

type Finish = (status: number) => void;
interface Common { json?: boolean; verbose?: boolean }
type WithOutput = (options: Common, work: (output: Output) => Promise<number> | number) => Promise<number>;

const SET_HELP = 'the instruction set: flux64, stack2, stack2:json, stack3, stack3:json, asm16';

function fuel(text: string): bigint {
  const value = /^[0-9]+([kMG]?)$/.test(text) ? Number.parseInt(text, 10) * (UNITS[text.slice(-1)] ?? 1) : NaN;
  if (value > 0 && value <= 2 ** 48) return BigInt(value);
  throw new InvalidArgumentError('It must be a number of instructions: 5000, 10k, 2M, 1G.');
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value < 1e6) return value;
  throw new InvalidArgumentError('It must be a number of seconds.');
}

const UNITS: Readonly<Record<string, number>> = { k: 1e3, M: 1e6, G: 1e9 };

export function defineVm(program: Command, finish: Finish, withOutput: WithOutput, statuses: string): void {
  const vm = program.command('vm').description('bytecode: assemble, run, debug and profile programs of the virtual machine');
  const common = (name: string, description: string) =>
    vm.command(name).description(description)
      .option('--json', 'print one JSON value')
      .option('-v, --verbose', 'say what is being done');
  const grant = () => new Option('-g, --grant <capability>', 'a capability for the programs; may stand several times; `ALL` (default: COMMUNICATE, IO_READ, IO_WRITE, MEMORY)')
    .argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
  const fuelOption = () => new Option('-f, --fuel <count>', 'instructions that each program may execute (default: no limit)').argParser(fuel);

  common('run', 'run programs: each is an agent, and they can send each other messages')
    .argument('<file...>', 'assembly text (.fasm) or bytecode (.fluxbc)')
    .addOption(fuelOption())
    .addOption(grant())
    .addHelpText('after', `
Several programs take turns; \`.peer NAME\` in one names another by its \`.agent\` name, or its file's.

Examples:
  fluxos vm run examples/vm/hello_world.fasm
  fluxos vm run examples/vm/navigator.fasm examples/vm/engine.fasm
  fluxos vm run --fuel 1M --grant IO_WRITE program.fluxbc
${statuses}
  124  the fuel was burnt
  else what the first program left in r16, its low eight bits`)
    .action(async (files, options) => {
      const { runCommand } = await import('./run.ts');
      finish(await withOutput(options, (output) => runCommand(files, output, options)));
    });

  common('asm', 'assemble a program into bytecode')
    .argument('<file>', 'assembly text (.fasm)')
    .option('-o, --output <file>', 'where the bytecode goes (default: beside the text, .fluxbc)')
    .option('--no-map', 'leave out the names and lines for debuggers')
    .addHelpText('after', `
\`docs/vm.md\` describes the language, \`docs/fluxbc.md\` the file.

Examples:
  fluxos vm asm examples/vm/fibonacci.fasm -o fibonacci.fluxbc
${statuses}`)
    .action(async (file, options) => {
      const { asmCommand } = await import('../commands/vm.ts');
      finish(await withOutput(options, (output) => asmCommand(file, output, options)));
    });

  common('disasm', 'show a program as assembly text, which assembles to the same program')
    .argument('<file>', 'bytecode (.fluxbc), assembly text, or raw code with --set')
    .option('-s, --set <name>', `of raw code, ${SET_HELP}`)
    .option('--offsets', 'the offset and source line of each instruction, as a comment')
    .addHelpText('after', `
Examples:
  fluxos vm disasm fibonacci.fluxbc
  fluxos vm disasm --set stack2 code.bin
${statuses}`)
    .action(async (file, options) => {
      const { disasmCommand } = await import('../commands/vm.ts');
      finish(await withOutput(options, (output) => disasmCommand(file, output, options)));
    });

  common('debug', 'step through a program, forward and back; commands come from the terminal, or as lines')
    .argument('<file...>', 'the program, and others that run beside it')
    .addOption(grant())
    .option('--input <file>', 'what the program reads from its console')
    .addHelpText('after', `
\`help\` there lists the commands: step, next, back, continue, break, watch, registers, memory, list and more.

Examples:
  fluxos vm debug examples/vm/fibonacci.fasm
  printf 'break loop\\ncontinue\\nregisters\\nback 3\\n' | fluxos vm debug examples/vm/fibonacci.fasm
${statuses}`)
    .action(async (files, options) => {
      const { vmDebugCommand } = await import('../commands/vm.ts');
      finish(await withOutput(options, (output) => vmDebugCommand(files, output, options)));
    });

  common('repl', 'try instructions and expressions, one a line')
    .option('-s, --set <name>', SET_HELP, 'flux64')
    .addHelpText('after', `
Examples:
  fluxos vm repl
  printf 'push 20\\npush 22\\nadd\\n' | fluxos vm repl --set stack2
${statuses}`)
    .action(async (options) => {
      const { replCommand } = await import('../commands/vm.ts');
      finish(await withOutput(options, (output) => replCommand(output, options)));
    });

  common('profile', 'count how often each instruction and each line of a program runs')
    .argument('<file...>', 'the program, and others that run beside it')
    .addOption(fuelOption())
    .addOption(grant())
    .addHelpText('after', `
Examples:
  fluxos vm profile examples/vm/fibonacci.fasm
  fluxos vm profile --fuel 10M endless.fluxbc --json
${statuses}
  124  the fuel was burnt`)
    .action(async (files, options) => {
      const { profileCommand } = await import('./profile.ts');
      finish(await withOutput(options, (output) => profileCommand(files, output, options)));
    });

  common('conformance', 'run suites of conformance vectors, and report each vector')
    .argument('<file...>', 'suites in the public JSON format')
    .addOption(new Option('-p, --profile <name>', 'the conventions of the vectors (default: what the file says)').choices(['golden', 'json', 'v3']))
    .addOption(new Option('-t, --target <name>', 'where they run').choices(['wasm32', 'x86_64', 'arm64', 'riscv64', 'all']).default('wasm32'))
    .option('--timeout <seconds>', 'how long a guest may take', seconds, 60)
    .addHelpText('after', `
Examples:
  fluxos vm conformance test/conformance/golden.json
  fluxos vm conformance vectors.json --profile json --target all
${statuses}
A vector that fails makes the status 1.`)
    .action(async (files, options) => {
      const { conformanceCommand } = await import('../commands/vm-conformance.ts');
      finish(await withOutput(options, (output) => conformanceCommand(files, output, options)));
    });
}
