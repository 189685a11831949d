/**
 * The `fluxos` command. Exit statuses: 0 done; 1 the input has errors or the work failed; 2 the command line is wrong;
 * `run` passes the guest's own status on, 124 if its time ran out, 125 if QEMU failed.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { Diagnostics } from '../fluxc/diagnostics/diagnostic.ts';
import { Sources } from '../fluxc/base/source.ts';
import { Output, writeAll } from './output.ts';
import { openProject, type Project } from './project.ts';

const VERSION = '0.1.0';

interface CommonOptions {
  json?: boolean;
  verbose?: boolean;
  board?: string;
}

/** Opens the project and calls `work`; what is wrong with the project is said, and the status is 1. */
async function withProject(
  path: string, options: CommonOptions, work: (project: Project, output: Output, board: string) => Promise<number>,
): Promise<number> {
  const output = new Output({ json: options.json ?? false, verbose: options.verbose ?? false });
  const sources = new Sources();
  const diagnostics = new Diagnostics();
  const project = openProject(path, sources, diagnostics);
  if (!project) {
    output.diagnostics(diagnostics, sources);
    return 1;
  }
  return work(project, output, options.board ?? project.board);
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= 0) || text.trim() === '') throw new InvalidArgumentError('It must be a number of seconds.');
  return value;
}

function level(text: string): 0 | 1 | 2 {
  if (text !== '0' && text !== '1' && text !== '2') throw new InvalidArgumentError('It must be 0, 1 or 2.');
  return Number(text) as 0 | 1 | 2;
}

function define(finish: (status: number) => void): Command {
  const program = new Command('fluxos')
    .description('Turns Markdown into a bootable operating system.')
    .version(VERSION)
    .showSuggestionAfterError()
    .exitOverride();
  const common = (name: string, description: string, path = true) => {
    const command = program.command(name).description(description).exitOverride();
    if (path) command.argument('[path]', 'a document, or a folder with a fluxos.toml', '.');
    return command.option('--json', 'print JSON').option('-v, --verbose', 'say what is being done');
  };
  const board = () => new Option('-b, --board <name>', 'the board (default: what fluxos.toml says, else qemu-x86_64)');
  const optimisation = () => new Option('-O <level>', 'how hard to optimise: 0, 1 or 2').argParser(level).default(2);

  common('build', 'compile documents into a bootable image')
    .addOption(new Option('-b, --board <name>', 'the board, or `all` (default: what fluxos.toml says)'))
    .option('-o, --output <file>', 'where the image goes (default: build/<board>/ below the project)')
    .addOption(optimisation())
    .option('--dump <pass>', 'print the FIR after this pass')
    .option('--stop-after <pass>', 'stop behind this pass')
    .option('--time-passes', 'print how long each pass took')
    .option('--verify-each', 'check the FIR after every pass')
    .addHelpText('after', `
Examples:
  fluxos build                                    the project in this folder
  fluxos build examples/hello.flux.md -b rpi4     one document, for the Raspberry Pi 4
  fluxos build -b all --json                      every board, described in JSON`)
    .action(async (path, options) => {
      const { buildCommand } = await import('./commands/build.ts');
      finish(await withProject(path, options, (project, output, name) => buildCommand(project, output, name, options)));
    });

  common('run', 'build, boot in QEMU and stream the console')
    .addOption(board())
    .option('-t, --timeout <seconds>', 'end the guest after this time; 0 is never', seconds, 0)
    .option('--if-possible', 'build only, and say so, where QEMU cannot run the board')
    .addOption(optimisation())
    .addHelpText('after', `
The status is the guest's own, 124 if its time ran out, 125 if QEMU failed.

Examples:
  fluxos run                                      the project in this folder
  fluxos run examples/hello.flux.md -b qemu-riscv64
  fluxos run examples/panic.flux.md --timeout 10; echo $?`)
    .action(async (path, options) => {
      const { runCommand } = await import('./commands/run.ts');
      finish(await withProject(path, options, (project, output, name) => runCommand(project, output, name, options)));
    });

  common('test', "boot the documents' own tests and report each")
    .addOption(new Option('-b, --board <name>', 'the board, or `all` (default: what fluxos.toml says)'))
    .option('-t, --timeout <seconds>', 'end the guest after this time', seconds, 60)
    .addHelpText('after', `
Examples:
  fluxos test                                     every test of the project's documents
  fluxos test kernel/memory.flux.md -b all        one document, on every board that QEMU can run`)
    .action(async (path, options) => {
      const { testCommand } = await import('./commands/test.ts');
      finish(await withProject(path, options, (project, output, name) => testCommand(project, output, name, options)));
    });

  common('boards', 'list the boards there are', false)
    .argument('[path]', 'a project whose own boards are listed too', '.')
    .action(async (path, options) => {
      const { boardsCommand } = await import('./commands/boards.ts');
      finish(await boardsCommand(path, new Output({ json: options.json ?? false, verbose: options.verbose ?? false })));
    });

  common('inspect', 'show what an image is made of')
    .addOption(board())
    .option('--symbols', 'list every symbol')
    .option('--disassemble [symbol]', 'print machine code beside the lines it comes from')
    .option('--by <what>', 'sum sizes by `document` or `section`')
    .addHelpText('after', `
Examples:
  fluxos inspect examples/hello.flux.md           sections, and size by document
  fluxos inspect --disassemble kernel.start.start -b rpi4`)
    .action(async (path, options) => {
      const { inspectCommand } = await import('./commands/inspect.ts');
      finish(await withProject(path, options, (project, output, name) => inspectCommand(project, output, name, options)));
    });

  common('doctor', 'say what this machine lacks, and the command that mends it', false)
    .action(async (options) => {
      const { doctorCommand } = await import('./commands/doctor.ts');
      finish(await doctorCommand(new Output({ json: options.json ?? false, verbose: options.verbose ?? false })));
    });
  return program;
}

/** Runs the command with its arguments, without the names of Node and of the script. Gives the exit status. */
export async function main(args: string[]): Promise<number> {
  let status = 0;
  try {
    await define((value) => (status = value)).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { stack, message } = error as Error;
    writeAll(2, `fluxos: internal error: ${message}\nThis is a bug in fluxos. Please report it with:\n${stack ?? ''}\n`);
    return 70;
  }
  return status;
}
