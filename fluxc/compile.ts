/**
 * The compiler as one pure function: documents and a board in, an image and everything known about it out.
 *
 * The stages stand here in the order in which data flows. Nothing below this file knows where texts come from: the host
 * reads them. The same texts give the same bytes, in Node and in QuickJS.
 */
import { type BootImage, IMAGE_HEADER_BYTES, writeBootImage } from '../images/boot-image.ts';
import { type ElfSection, pvhNote, writeElf } from '../images/elf.ts';
import { NOWHERE, Sources } from './base/source.ts';
import { type Board, loadBoard } from './board/board.ts';
import { driverModule, wire, type Wiring } from './board/wiring.ts';
import { type DebugSection, declarationsOf, writeDwarf } from './debug/dwarf.ts';
import type { Code } from './diagnostics/catalogue.ts';
import { Diagnostics } from './diagnostics/diagnostic.ts';
import { Module } from './fir/module.ts';
import { optimise, type PassOptions, type PassTiming } from './fir/passes/pipeline.ts';
import type { Decl, ModuleNode } from './lang/ast.ts';
import { RECEIVER } from './lang/check-agent.ts';
import { AGENT_MODULES, type Checked, checkModules, listTests, lowerKernel, type TestEntry } from './lang/compile-modules.ts';
import { Documents } from './lang/documents.ts';
import type { Host } from './lang/host.ts';
import type { Library } from './lang/library.ts';
import { type Generated, ModuleLoader } from './lang/load.ts';
import { Definitions } from './lang/lower-program.ts';
import { stubModule } from './lang/syscall-stubs.ts';
import { link, type LinkedImage } from './link/link.ts';
import { dropAbsentCalls } from './program/absent-calls.ts';
import { dropAbsentKinds } from './program/absent-kinds.ts';
import { agentsModule, partNames } from './program/agents-module.ts';
import { MACHINE, readMachines } from './program/bytecode.ts';
import { buildPrograms, type BuiltProgram, embedPrograms, FINISH } from './program/build-programs.ts';
import { machineFunction, machinesModule } from './program/machines-module.ts';
import { planPrograms, type ProgramPlan } from './program/plan.ts';
import type { CodeLibrary } from './target/machine/code-library.ts';
import { generate } from './target/machine/generate.ts';
import type { Target } from './target/machine/target.ts';
import { TARGETS } from './targets.ts';

export interface CompileRequest {
  /** path of the root document, as the host knows it */
  main: string;
  /** name of a board */
  board: string;
  /** build a system that runs tests instead of `main`: those of the root document, or of every document it leads to */
  tests?: 'document' | 'all';
  /** the kernel records events in its trace ring */
  trace?: boolean;
  passes?: Partial<PassOptions>;
  /** types and variables in the ELF file: takes longer, and changes nothing about the image */
  debug?: boolean;
  /** documents that are parsed already; changes nothing about what comes out */
  library?: Library;
  /** code that is made already; likewise */
  code?: CodeLibrary;
  /** called as each stage starts: for progress and timing */
  onStage?: (stage: Stage) => void;
}

export type Stage = 'board' | 'documents' | 'check' | 'programs' | 'passes' | 'code' | 'link' | 'image';

export interface Compilation {
  board: Board;
  target: Target;
  module: Module;
  linked: LinkedImage;
  /** of the agents, as the kernel's image holds them */
  programs: readonly BuiltProgram[];
  /** what the board boots */
  image: Uint8Array;
  /** the same with symbols, for debuggers and `inspect` */
  elf: Uint8Array;
  /** with `debug`: the same of each program, at its address in a process */
  programElfs: readonly { name: string; elf: Uint8Array }[];
  documents: readonly ModuleNode[];
  /** paths of the files that documents name: bytecode */
  files: readonly string[];
  /** the tests that the image runs, in their order; empty without `tests` */
  tests: readonly TestEntry[];
  /** with `passes.now`: how long each took */
  passTimings: readonly PassTiming[];
}

export interface CompileResult {
  sources: Sources;
  diagnostics: Diagnostics;
  /** null if there were errors, or if `passes.stopAfter` ended it before the code */
  output: Compilation | null;
}

const KERNEL_ROOTS = ['kernel.start', 'kernel.program'];
/** Errors that what could not be read brings about elsewhere: names and returns are missing. */
const CONSEQUENCES: readonly Code[] = ['FX0301', 'FX0302', 'FX0306', 'FX0307', 'FX0309', 'FX0316', 'FX0322'];
/** The system that runs the tests. */
const TEST_MAIN = 'kernel/testing.flux.md';

export function compile(host: Host, request: CompileRequest): CompileResult {
  const sources = new Sources(request.library?.sources);
  const diagnostics = new Diagnostics();
  const output = run(host, request, sources, diagnostics);
  return { sources, diagnostics, output: diagnostics.failed ? null : output };
}

function run(host: Host, request: CompileRequest, sources: Sources, diagnostics: Diagnostics): Compilation | null {
  const stage = request.onStage ?? (() => {});
  stage('board');
  const board = loadBoard(request.board, host.read, sources, diagnostics);
  if (!board) return null;
  const target = TARGETS[board.arch];

  stage('documents');
  const reader = new Documents(host, sources, diagnostics, request.library);
  const drivers = readDrivers(board, reader, diagnostics);
  const wiring = wire(board, drivers, diagnostics);
  const { documents, files, plan, aliases } = readDocuments(request, host, sources, board, wiring, reader, diagnostics);

  stage('check');
  const isBroken = diagnostics.failed;
  const findings = isBroken ? new Diagnostics() : diagnostics;
  const checked = checkModules(documents, {
    arch: board.arch, placements: wiring.placements, aliases, tests: request.tests !== undefined,
    imageAddresses: partNames(plan), exports: [], sources, debug: request.debug,
  }, findings);
  if (findings.failed) checkAssembly(documents, target, findings);
  if (isBroken) diagnostics.adopt(findings, (code) => !CONSEQUENCES.includes(code));
  if (diagnostics.failed) return null;

  let programs: BuiltProgram[] = [];
  if (plan.programs.length > 0) {
    stage('programs');
    const { level = 2, verifyEach } = request.passes ?? {};
    const built = buildPrograms(plan, {
      definitions: new Definitions(checked), target, sources, base: programBase(checked), passes: { level, verifyEach },
      code: request.debug ? undefined : request.code,
    }, diagnostics);
    if (!built) return null;
    programs = built;
  }

  stage('passes');
  const module = lowerKernel(checked, AGENT_MODULES);
  for (const { name, systemCalls } of documents) {
    if (systemCalls.length > 0) dropAbsentCalls(module, { module: name, calls: systemCalls }, programs.map(({ calls }) => calls));
  }
  if (!request.tests) dropAbsentKinds(module, programs.map(({ kinds }) => kinds));
  const numbers = embedPrograms(programs, module);
  const passTimings = optimise(module, target, { level: 2, ...request.passes });
  if (request.passes?.stopAfter !== undefined) return null;

  stage('code');
  const atoms = generate(module, target, diagnostics, { library: request.debug ? undefined : request.code });
  if (diagnostics.failed) return null;

  stage('link');
  const linked = link({
    module, atoms, target, sources, base: board.boot.load, entry: `${board.boot.document}.entry`,
    headerBytes: board.image.format === 'boot-image' ? IMAGE_HEADER_BYTES : 0, numbers, agentModules: AGENT_MODULES,
  }, diagnostics);
  if (!linked) return null;

  stage('image');
  const declarations = declarationsOf(checked);
  const debugElf = (of: LinkedImage) => writeDebugElf(target, of, writeDwarf(of, sources, {
    main: request.main, folder: '.', target, declarations, hasVariables: request.debug === true,
  }));
  return {
    board, target, module, linked, programs, documents, files, passTimings,
    image: writeImage(board, target, linked), elf: debugElf(linked),
    programElfs: request.debug ? programs.map((program) => ({ name: program.name, elf: debugElf(program.linked) })) : [],
    tests: request.tests ? listTests(documents, sources) : [],
  };
}

/**
 * Every document of the build. The module `agents` comes last, for it tells of all of them; it stands behind what it uses,
 * though, as every module does.
 */
function readDocuments(
  request: CompileRequest, host: Host, sources: Sources, board: Board, wiring: Wiring, reader: Documents, diagnostics: Diagnostics,
): { documents: ModuleNode[]; files: string[]; plan: ProgramPlan; aliases: Map<string, string> } {
  const aliases = new Map([['hal.boot', board.boot.document]]);
  let machines: Generated | null = null;
  const files: string[] = [];
  const extra = new Map<string, Generated | (() => Generated | null)>([
    ['board', { path: `boards/${board.id}.toml`, text: wiring.text }], ['call', () => stubModule(reader)], ['machines', () => machines],
  ]);
  const loader = new ModuleLoader(reader, { arch: board.arch, aliases, extra }, diagnostics);
  loader.addMain(request.tests ? TEST_MAIN : request.main);
  for (const root of KERNEL_ROOTS) loader.add(root);
  if (request.tests) loader.add(request.main);
  const isWanted = (node: ModuleNode) => request.tests !== 'document' || node.path === request.main;
  const wanted = () => loader.ordered.map((node) => (isWanted(node) ? node : untested(node)));
  const { devices, kernelDevices } = wiring;
  const plan = planPrograms({
    documents: wanted(), board: board.id, devices, kernelDevices, tests: request.tests !== undefined,
  }, diagnostics);
  if (plan.programs.length > 0) loader.add(FINISH.module);
  if (plan.receives) loader.add(RECEIVER.module);
  if (plan.programs.some(({ options }) => options.bytecode)) {
    loader.add(MACHINE);
    const found = readMachines(plan, { host, documents: loader.ordered, sources }, diagnostics);
    machines = machinesModule(found);
    for (const [index, { path }] of found) {
      plan.programs[index]!.symbol = machineFunction(index);
      if (path !== null && !files.includes(path)) files.push(path);
    }
    loader.add('machines');
  }
  const { path, text } = agentsModule(plan, request.trace ?? false);
  const agents = reader.parse(path, text).node;
  const system = aliases.get('system');
  const documents = wanted().map((node) => (node.name === system && plan.programs.length > 0 ? withMain(node) : node));
  const last = Math.max(...agents.uses.map(({ text: name }) => documents.findIndex((node) => node.name === name)));
  documents.splice(last + 1, 0, agents);
  return { documents, files, plan, aliases };
}

/** A root document whose agents are all there is needs no `main`: it gets one that returns 0. */
function withMain(node: ModuleNode): ModuleNode {
  const agent = node.decls.find(({ kind }) => kind === 'agent');
  const span = agent?.span ?? { start: NOWHERE, end: NOWHERE };
  if (node.decls.some(({ kind, name }) => kind === 'fn' && name.text === 'main')) return node;
  const result = { kind: 'named' as const, module: null, name: { text: 'u32', span }, span };
  const value = { kind: 'int' as const, low: 0, high: 0, span };
  const main: Decl = {
    kind: 'fn', name: { text: 'main', span }, isPublic: true, span, params: [], result, assembly: [], attributes: [],
    body: { statements: [{ kind: 'return', value, span }], span },
  };
  return { ...node, decls: [...node.decls, main] };
}

/** The address of programs in their processes: the architecture's documents say it. */
function programBase({ compilation }: Checked): number {
  const entity = compilation.program.byName.get('hal.cpu.paging')?.entities.get('PROGRAM_BASE');
  if (entity?.kind !== 'const' || entity.value?.kind !== 'int') throw new Error('hal.cpu.paging has no PROGRAM_BASE');
  return Number(entity.value.value);
}

/** Assembles what a build with errors will not come to, so that its errors show as well. */
function checkAssembly(documents: readonly ModuleNode[], target: Target, diagnostics: Diagnostics): void {
  const scratch = new Module('scratch');
  for (const { decls } of documents) {
    for (const decl of decls) {
      const body = decl.kind === 'fn' ? decl.assembly.find(({ arch }) => arch.text === target.name) : undefined;
      if (body) target.assemble(body.text, body.span.start, scratch, diagnostics);
    }
  }
}

/** A module without its tests. */
function untested(node: ModuleNode): ModuleNode {
  return { ...node, decls: node.decls.filter((decl) => decl.kind !== 'test') };
}

/** The driver documents of the board's devices; one that is missing is reported at the device. */
function readDrivers(board: Board, documents: Documents, diagnostics: Diagnostics): Map<string, ModuleNode> {
  const drivers = new Map<string, ModuleNode>();
  for (const device of board.devices.values()) {
    const name = driverModule(device);
    if (drivers.has(name)) continue;
    const path = `${name.replace(/\./g, '/')}.flux.md`;
    const text = documents.read(path);
    if (text === null) diagnostics.report('FX0710', device.span, device.driver, device.name, device.driver);
    else drivers.set(name, documents.parse(path, text).node);
  }
  return drivers;
}

function writeImage(board: Board, target: Target, linked: LinkedImage): Uint8Array {
  if (board.image.format === 'pvh') {
    return writeElf({
      machine: target.elfMachine, flags: target.elfFlags, entry: linked.entry, sections: elfSections(linked),
      notes: [pvhNote(linked.entry)], symbols: [],
    });
  }
  const image: BootImage = {
    arch: board.arch as BootImage['arch'], start: linked.start, end: linked.end, entry: linked.entry,
    textOffset: board.boot.textOffset, sections: linked.sections,
  };
  return writeBootImage(image);
}

function writeDebugElf(target: Target, linked: LinkedImage, debug: readonly DebugSection[]): Uint8Array {
  const symbols = linked.symbols.map(({ name, address, size, section }) => ({
    name, section, address, size, kind: section === '.text' ? ('function' as const) : ('object' as const),
  }));
  return writeElf({
    machine: target.elfMachine, flags: target.elfFlags, entry: linked.entry, sections: elfSections(linked), notes: [], symbols, debug,
  });
}

function elfSections(linked: LinkedImage): ElfSection[] {
  return linked.sections.map(({ name, permission, address, bytes, size }) => ({
    name, address, bytes, size, write: permission === 'write', execute: permission === 'execute',
  }));
}
