/**
 * The `fluxos` command line: what may be written on it, what `--help` says, and which file does the work. Commands are
 * loaded when they are called.
 *
 * Exit statuses: 0 done; 1 the input has errors or the work failed; 2 the command line is wrong; 70 a bug of fluxos. `run`
 * passes the guest's own status on, 124 if its time ran out, 125 if QEMU failed, 128 + n if signal n ended it.
 */
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { Sources } from '../fluxc/base/source.ts';
import { Diagnostics } from '../fluxc/diagnostics/diagnostic.ts';
import { defineIsa } from './define-isa.ts';
import { failure, Output, writeAll } from './output.ts';
import { openProject, type Project } from './project.ts';
import { VERSION } from './version.ts';
import { defineVm } from './vm/define.ts';

const DONE = 0;
const FAILED = 1;
const WRONG_COMMAND_LINE = 2;
/** EX_SOFTWARE of `sysexits.h`. */
const INTERNAL_ERROR = 70;
/** A timer of Node takes 2³¹ milliseconds at most. */
const LONGEST_SECONDS = 2_000_000;

const STATUSES = `
Exit status:
  0  done
  1  the input has errors, or the work failed
  2  the command line is wrong`;

/** Where the help of the whole lists each command; a test holds that none is left out. */
const GROUPS: Record<string, readonly string[]> = {
  'Write and run:': ['new', 'build', 'run', 'test', 'debug'],
  'Real boards:': ['boards', 'flash', 'slot', 'firmware', 'monitor'],
  'Look inside:': ['inspect'],
  'Sign and check:': ['key', 'verify'],
  'Bytecode:': ['vm', 'isa'],
  'Help:': ['doctor'],
};

interface CommonOptions {
  json?: boolean;
  verbose?: boolean;
  board?: string;
}

function seconds(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (value >= 0 && value <= LONGEST_SECONDS) return value;
  throw new InvalidArgumentError(`It must be a number of seconds, at most ${LONGEST_SECONDS}.`);
}

function tries(text: string): number {
  const value = /^\d{1,3}$/.test(text) ? Number(text) : NaN;
  if (value >= 1 && value <= 255) return value;
  throw new InvalidArgumentError('It must be a whole number from 1 to 255.');
}

function whole(text: string): number {
  if (/^[1-9]\d{0,7}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

function level(text: string): 0 | 1 | 2 {
  if (text !== '0' && text !== '1' && text !== '2') throw new InvalidArgumentError('It must be 0, 1 or 2.');
  return Number(text) as 0 | 1 | 2;
}

/** Calls `work` with an output and sees that it is finished, whatever comes of it. */
async function withOutput(options: CommonOptions, work: (output: Output) => Promise<number> | number): Promise<number> {
  const output = new Output({ json: options.json ?? false, verbose: options.verbose ?? false });
  const status = await work(output);
  output.finish();
  return status;
}

/** Opens the project and calls `work`; what is wrong with the project is said, and the status is 1. */
function withProject(
  path: string, options: CommonOptions, work: (project: Project, output: Output) => Promise<number>,
): Promise<number> {
  return withOutput(options, async (output) => {
    const sources = new Sources();
    const diagnostics = new Diagnostics();
    const project = openProject(path, options.board, sources, diagnostics);
    output.diagnostics(diagnostics, sources);
    return project ? work(project, output) : FAILED;
  });
}

function define(finish: (status: number) => void): Command {
  const program = new Command('fluxos')
    .description('Turns Markdown into a bootable operating system.')
    .version(VERSION)
    .showSuggestionAfterError()
    .exitOverride()
    // What is wrong is reported as every other error is: `reportUsage`.
    .configureOutput({ outputError: () => {} })
    .addHelpText('after', `
Examples:
  fluxos new sensor                               a project to start from
  fluxos run examples/hello.flux.md               build and boot the smallest system
  fluxos run --watch                              boot the project in this folder at each save
  fluxos test                                     boot the documents' own tests
  fluxos flash -b rpi4 /dev/sdb                   write a card for a Raspberry Pi 4
  fluxos monitor /dev/ttyUSB0                     and see what the board says
  fluxos build --help                             all that \`build\` can do
${STATUSES}
  \`run\` passes on the status of the system that it boots: see \`fluxos run --help\`.`);
  const common = (name: string, description: string) =>
    program.command(name).description(description)
      .option('--json', 'print one JSON value')
      .option('-v, --verbose', 'say what is being done');
  const onProject = (name: string, description: string) =>
    common(name, description).argument('[path]', 'a document, or a folder with a fluxos.toml', '.');
  const board = () => new Option('-b, --board <name>', 'the board (default: what fluxos.toml says, else qemu-x86_64)');
  const boards = () => new Option('-b, --board <name>', 'the board, or `all` (default: what fluxos.toml says, else qemu-x86_64)');
  const baud = () => new Option('--baud <number>', 'bits a second of the serial port').argParser(whole).default(115200);
  const optimisation = () => new Option('-O <level>', 'how hard to optimise: 0, 1 or 2').argParser(level).default(2);

  common('new', 'make a project: a document with two agents, a test, and what else belongs to it')
    .argument('<folder>', 'where it goes; its last part names the project')
    .option('-b, --board <name>', 'the board that it is for (default: qemu-x86_64)')
    .addHelpText('after', `
Examples:
  fluxos new sensor && cd sensor && fluxos run
  fluxos new greenhouse --board rpi4
${STATUSES}`)
    .action(async (folder, options) => {
      const { newCommand } = await import('./commands/new.ts');
      finish(await withOutput(options, (output) => newCommand(folder, output, options)));
    });

  onProject('build', 'compile documents into a bootable image')
    .addOption(boards())
    .option('-o, --output <file>', 'where the image goes (default: build/<board>/ below the project)')
    .addOption(optimisation())
    .option('--dump <pass>', 'print the FIR behind this pass')
    .option('--stop-after <pass>', 'print the FIR behind this pass and write no image')
    .option('--time-passes', 'print how long each pass took')
    .option('--debug', 'types and variables in the ELF file, and one more file for each agent; the image stays the same')
    .option('--verify-each', 'check the FIR after every pass')
    .addOption(new Option('--format <what>', 'what to write: the loader\'s image, an ELF file, a program for UEFI firmware, or the whole card or disk')
      .choices(['image', 'elf', 'efi', 'sd', 'disk']).default('image'))
    .option('--firmware <folder>', 'where the vendor\'s firmware for a card is')
    .option('--manifest', 'write a signed manifest beside the image: what it was built from, and its checksum')
    .option('--key <file>', 'the private key that signs the manifest')
    .addHelpText('after', `
Beside the image lie an ELF file with symbols, for debuggers, and a map in JSON.

Examples:
  fluxos build                                    the project in this folder
  fluxos build examples/hello.flux.md -b rpi4     one document, for the Raspberry Pi 4
  fluxos build -b rpi4 --format sd                the whole card
  fluxos build -b all --json                      every board, described in JSON
  fluxos build --stop-after promote-slots         the FIR behind one pass
  fluxos build --manifest --key mine              for others to verify: see \`fluxos verify\`
${STATUSES}`)
    .action(async (path, options) => {
      const { buildCommand } = await import('./commands/build.ts');
      finish(await withProject(path, options, (project, output) => buildCommand(project, output, options)));
    });

  onProject('run', 'build, boot in QEMU and stream the console')
    .addOption(board())
    .option('-t, --timeout <seconds>', 'end the guest after this time; 0 is never', seconds, 0)
    .option('--if-possible', 'build only, and say so, where QEMU cannot run the board')
    .option('--input <file>', 'what to type once the kernel has started; `-` is standard input')
    .option('--trace <file>', 'write a time line of what the agents did, for Perfetto')
    .option('-w, --watch', 'boot again whenever a document is saved')
    .addOption(new Option('--monitor <device>', 'no QEMU: show the console of the real board behind this serial port')
      .conflicts(['watch', 'trace', 'input', 'ifPossible']))
    .option('--log <file>', 'with --monitor: also append what the board says to this file')
    .addOption(baud())
    .addOption(optimisation())
    .addHelpText('after', `
The console is the terminal: what is typed goes to the guest, and Ctrl-C ends it (with --monitor it is Ctrl-]).

Examples:
  fluxos run                                      the project in this folder
  fluxos run --watch                              save the document, see it boot again
  fluxos run examples/hello.flux.md -b qemu-riscv64
  fluxos run -b rpi4 --monitor /dev/ttyUSB0       the console of a board that has the card
  fluxos run examples/panic.flux.md --timeout 10; echo $?
  fluxos run examples/greeting.flux.md --trace greeting.json
  echo ps | fluxos run examples/shell.flux.md --input - --timeout 5
${STATUSES}
  124  the time ran out
  125  QEMU could not run the image
  130  Ctrl-C; 128 + n for signal n
  else what the guest's \`main\` returned; 101 is a panic`)
    .action(async (path, options) => {
      if (options.monitor !== undefined) {
        const { runOnBoard } = await import('./commands/monitor.ts');
        finish(await withProject(path, options, (project, output) => runOnBoard(project, output, options)));
        return;
      }
      if (options.watch) {
        const { watchCommand } = await import('./commands/watch.ts');
        finish(await withProject(path, options, (project, output) => watchCommand(project, output, options)));
        return;
      }
      const { runCommand } = await import('./commands/run.ts');
      finish(await withProject(path, options, (project, output) => runCommand(project, output, options)));
    });

  onProject('debug', 'build, boot stopped in QEMU and connect gdb, which shows the documents')
    .addOption(board())
    .option('-x, --execute <command>', 'a command for gdb; may stand several times', (command, before: string[]) => [...before, command], [])
    .option('--batch', 'end after these commands')
    .option('--agent <name>', 'know this agent\'s program as well; all agents lie at the same addresses')
    .addOption(optimisation())
    .addHelpText('after', `
gdb is connected before the first instruction: set breakpoints, then \`continue\`. With --agent, \`agent-break\` stops in that
agent alone.

Examples:
  fluxos debug -x 'break kernel/start.flux.md:34' -x continue
  fluxos debug examples/demo.flux.md -b rpi4 -x 'break demo.speak'
  fluxos debug --batch -x 'break demo.main' -x continue -x backtrace
  fluxos debug examples/greeting.flux.md --agent host -x 'agent-break greeting.flux.md:39'
${STATUSES}`)
    .action(async (path, options) => {
      const { debugCommand } = await import('./commands/debug.ts');
      finish(await withProject(path, options, (project, output) => debugCommand(project, output, options)));
    });

  onProject('test', "boot the documents' own tests and report each")
    .addOption(boards())
    .option('-t, --timeout <seconds>', 'end the guest after this time; 0 is never', seconds, 60)
    .addHelpText('after', `
A document is tested alone; a project is tested with all documents that it uses.

Examples:
  fluxos test                                     every test of the project's documents
  fluxos test kernel/memory.flux.md -b all        one document, on every board that QEMU can run
${STATUSES}
A test that fails or was not run makes the status 1.`)
    .action(async (path, options) => {
      const { testCommand } = await import('./commands/test.ts');
      finish(await withProject(path, options, (project, output) => testCommand(project, output, options)));
    });

  common('boards', 'list the boards there are')
    .argument('[path]', 'a folder whose own boards are listed too', '.')
    .addHelpText('after', `
Examples:
  fluxos boards                                   those of fluxos and of this folder
  fluxos boards --json
${STATUSES}`)
    .action(async (path, options) => {
      const { boardsCommand } = await import('./commands/boards.ts');
      finish(await withOutput(options, (output) => boardsCommand(path, output)));
    });

  onProject('inspect', 'show what an image is made of')
    .addOption(board())
    .option('--symbols', 'list every symbol')
    .option('--disassemble [symbol]', 'print machine code beside the lines it comes from')
    .addOption(new Option('--by <what>', 'sum sizes by this').choices(['document', 'section']).default('document'))
    .addOption(optimisation())
    .option('--html', 'write a page for a browser: treemap, memory map, all parts, how it boots in QEMU')
    .option('-o, --output <file>', 'where the page goes (default: build/<board>/ below the project)')
    .option('--no-run', 'a page without the boot')
    .addOption(new Option('--crash <log>', 'find the panics in what a console said, and name their addresses; `-` is standard input')
      .conflicts(['html', 'disassemble']))
    .addHelpText('after', `
Nothing is written but the page.

Examples:
  fluxos inspect examples/hello.flux.md           sections, and size by document
  fluxos inspect --disassemble kernel.start.start -b rpi4
  fluxos inspect --html                           where every byte goes, in a browser
  fluxos inspect --crash console.log -b rpi4      what a panic of the card in that Raspberry Pi means
  fluxos inspect build/rpi4/sensor.elf --crash -  the same of an image that was built before
${STATUSES}`)
    .action(async (path, options) => {
      if (options.crash !== undefined && path.endsWith('.elf')) {
        const { crashWithElf } = await import('./commands/crash.ts');
        finish(await withOutput(options, async (output) => crashWithElf(path, output, options.crash)));
        return;
      }
      const { inspectCommand } = await import('./commands/inspect.ts');
      finish(await withProject(path, options, (project, output) => inspectCommand(project, output, options)));
    });

  common('flash', 'build the card of a board and write it to a card, a disk or a file')
    .argument('[device]', 'the card, like /dev/sdb, or a file; without it the cards there are are listed')
    .option('-p, --project <path>', 'a document, or a folder with a fluxos.toml', '.')
    .addOption(board())
    .addOption(optimisation())
    .option('--image <file>', 'write this image instead of building one')
    .option('--firmware <folder>', 'where the vendor\'s firmware is')
    .option('-y, --yes', 'do not ask before writing')
    .option('--force <device>', 'write although it does not look like a card: name the device once more')
    .addOption(new Option('--slot <name>', 'write only this slot of a card that is written already, and start it from now on').choices(['a', 'b']).conflicts('image'))
    .option('--tries <n>', 'with --slot: start it so many times at most until it is confirmed', tries)
    .addHelpText('after', `
Disks that hold the running system or are mounted are never written to. What was written is read back and compared; the
first sector goes last, so a card that was not finished does not boot.

Examples:
  fluxos flash                                    list the cards
  fluxos flash -b rpi4 /dev/sdb                   build the project in this folder and write it
  fluxos flash -b rpi4 -p examples/hello.flux.md card.img
  fluxos flash --image sensor.sd.img /dev/sdb --yes
  fluxos flash -b pc --slot b --tries 3 /dev/sdb  an update: three tries, then slot A again
${STATUSES}
  130  Ctrl-C; the card is not bootable then`)
    .action(async (device, options) => {
      const { flashCommand } = await import('./commands/flash.ts');
      if (device === undefined || options.image !== undefined) {
        finish(await withOutput(options, (output) => flashCommand(null, device, output, options)));
      } else finish(await withProject(options.project, options, (project, output) => flashCommand(project, device, output, options)));
    });

  common('slot', 'say which of the two systems on a card is started, or change it')
    .argument('<device>', 'the card, or a file that holds one')
    .addOption(new Option('--start <slot>', 'start this slot from now on').choices(['a', 'b']))
    .option('--tries <n>', 'with --start: so many times at most until it is confirmed', tries)
    .addHelpText('after', `
A slot that is started without \`--tries\` is confirmed. Which firmware and loaders heed this, docs/cards.md says.

Examples:
  fluxos slot card.img                            which slot is started
  fluxos slot /dev/sdb --start a                  back to the system before
  fluxos slot card.img --start b --tries 3        three tries, then slot A
${STATUSES}`)
    .action(async (device, options) => {
      const { slotCommand } = await import('./commands/slot.ts');
      finish(await withOutput(options, (output) => slotCommand(device, output, options)));
    });

  common('firmware', 'list or fetch the files of a board\'s vendor that its card needs')
    .addArgument(new Argument('[action]', 'list them, fetch them, or show the folder that they are kept in').choices(['list', 'fetch', 'path']).default('list'))
    .addOption(new Option('-b, --board <name>', 'only what this board needs'))
    .option('-p, --project <folder>', 'a folder whose boards and `firmware/` count too', '.')
    .option('--from <url>', 'fetch from this mirror instead of the vendor\'s repository')
    .option('--any-version', 'keep files that are not the version that is known to work')
    .addHelpText('after', `
The files may not be handed on with fluxos. They are looked for in the folder that --firmware of build and flash names, in
\`firmware/\` of the project, in the cache, and where distributions install them; what is fetched goes to the cache.

Examples:
  fluxos firmware                                 what each board needs, and where it is
  fluxos firmware fetch --board rpi4
${STATUSES}
  130  Ctrl-C; the next fetch goes on where this one ended`)
    .action(async (action, options) => {
      const { firmwareCommand } = await import('./commands/firmware.ts');
      finish(await withOutput(options, (output) => firmwareCommand(action, output, options)));
    });

  common('monitor', 'show the console of a real board, behind a serial port')
    .argument('[device]', 'the port, like /dev/ttyUSB0; without it the ports there are are listed')
    .option('-p, --project <path>', 'what runs on the board: the addresses of its panics get names')
    .addOption(board())
    .addOption(optimisation())
    .addOption(baud())
    .option('--log <file>', 'also append what the board says to this file')
    .option('-t, --timeout <seconds>', 'end after this time; 0 is never', seconds, 0)
    .addHelpText('after', `
Keys go to the board, Ctrl-C too; Ctrl-] ends. If the adapter is pulled out, the monitor waits until it is back.

Examples:
  fluxos monitor                                  list the ports
  fluxos monitor /dev/ttyUSB0
  fluxos monitor /dev/ttyUSB0 -p . -b rpi4 --log console.log
${STATUSES}
  130  Ctrl-C where there is no terminal; 128 + n for signal n`)
    .action(async (device, options) => {
      const { monitorCommand, monitorWith } = await import('./commands/monitor.ts');
      if (options.project === undefined) finish(await withOutput(options, (output) => monitorCommand(device, null, output, options)));
      else finish(await withProject(options.project, options, (project, output) => monitorWith(project, device, output, options)));
    });

  common('key', 'make a pair of keys for signing manifests')
    .argument('<file>', 'where the private key goes; the public one goes to <file>.pub')
    .addHelpText('after', `
Nothing is overwritten.

Examples:
  fluxos key mine
${STATUSES}`)
    .action(async (file, options) => {
      const { keyCommand } = await import('./commands/key.ts');
      finish(await withOutput(options, (output) => keyCommand(file, output)));
    });

  onProject('verify', 'check that an image is what its sources give, byte for byte')
    .requiredOption('--manifest <file>', 'the signed manifest; the image lies beside it')
    .requiredOption('--key <file>', 'the public key of who built it')
    .addHelpText('after', `
The signature is checked first, then the image, then the sources are built again.

Examples:
  fluxos verify --manifest build/rpi4/sensor.manifest.json --key theirs.pub
${STATUSES}`)
    .action(async (path, options) => {
      const { verifyCommand } = await import('./commands/verify.ts');
      finish(await withProject(path, options, (project, output) => verifyCommand(project, output, options)));
    });

  defineVm(program, finish, withOutput, STATUSES);
  defineIsa(program, finish, withOutput, STATUSES);

  common('doctor', 'say what this machine lacks, and the command that mends it')
    .addHelpText('after', `
Examples:
  fluxos doctor
  fluxos doctor --json

Exit status:
  0  nothing is missing
  1  something is`)
    .action(async (options) => {
      const { doctorCommand } = await import('./commands/doctor.ts');
      finish(await withOutput(options, (output) => doctorCommand(output)));
    });
  program.commandsGroup('Help:').helpCommand('help [command]', 'show the help of a command');
  for (const [heading, names] of Object.entries(GROUPS)) {
    for (const name of names) program.commands.find((command) => command.name() === name)!.helpGroup(heading);
  }
  return program;
}

/** The help of every command, for the page that lists them: `width` letters a line. */
export function helpOfAll(width: number): { name: string; description: string; text: string }[] {
  const pages: { name: string; description: string; text: string }[] = [];
  const add = (command: Command, name: string) => {
    let text = '';
    command.configureOutput({ writeOut: (more) => (text += more), getOutHelpWidth: () => width, getOutHasColors: () => false });
    command.outputHelp();
    pages.push({ name, description: command.description(), text });
    for (const each of command.commands) if (each.name() !== 'help') add(each, `${name} ${each.name()}`);
  };
  add(define(() => {}), 'fluxos');
  return pages;
}

/** Says what is wrong with the command line, and how the help for it is called. */
function reportUsage(program: Command, args: readonly string[], { message }: CommanderError): void {
  const output = new Output({ json: args.includes('--json'), verbose: false });
  const command = program.commands.find((each) => args.includes(each.name()))?.name();
  const [text, suggestion] = message.replace(/^error: /, '').split('\n');
  const diagnostics = failure('FX0809', text!, command ? `${command} ` : '');
  if (suggestion) diagnostics.list[0]!.notes.push({ span: null, text: suggestion.replace(/^\((.*)\)$/, '$1') });
  output.diagnostics(diagnostics, new Sources());
  output.finish();
}

/** `args`: what stands behind the command's name. Gives the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  let status = DONE;
  const program = define((value) => (status = value));
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return DONE;
      // `commander.help` is a call without a command: the help is printed already.
      if (error.code !== 'commander.help') reportUsage(program, args, error);
      return WRONG_COMMAND_LINE;
    }
    const { stack, message } = error as Error;
    writeAll(2, `fluxos: internal error: ${message}\nThis is a bug in fluxos. Please report it with:\n${stack ?? ''}\n`);
    return INTERNAL_ERROR;
  }
  return status;
}
