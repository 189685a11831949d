/**
 * The bytecode of agents: the files that documents name (`- bytecode: blink.fluxbc`), read, and held against what the agent
 * has. What would be refused when the program is loaded is an error of the build; it is checked once more then.
 */
import { CAPABILITIES } from '../base/capabilities.ts';
import type { Sources } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import { assemble } from '../isa/assemble.ts';
import { type Container, FAULT_TEXTS, FIRST_PEER, isName, readContainer, writeContainer } from '../isa/container.ts';
import type { ModuleNode, Name } from '../lang/ast.ts';
import { handleName } from '../lang/check-agent.ts';
import { list } from '../lang/entities.ts';
import type { Host } from '../lang/host.ts';
import type { Machine } from './machines-module.ts';
import { constantOf, type PlannedProgram, type ProgramPlan } from './plan.ts';

/** The machine of agents; its constants say what it takes for itself. */
export const MACHINE = 'vm.agent';

/** The instruction set of agents, and the module of its table. */
const SET = { name: 'flux64', heading: 'Flux64', module: 'vm.flux64' } as const;

export interface BytecodeRequest {
  host: Host;
  /** with those of the machine */
  documents: readonly ModuleNode[];
  sources: Sources;
}

/** The programs of a plan that run bytecode, by their numbers. */
export function readMachines(plan: ProgramPlan, request: BytecodeRequest, diagnostics: Diagnostics): Map<number, Machine> {
  const machines = new Map<number, Machine>();
  plan.programs.forEach((program, index) => {
    const { bytecode } = program.options;
    if (!bytecode) return;
    const path = bytecode.path && fromDocument(program.document, bytecode.path.text);
    const container = path === null ? null : readBytecode(program, path, bytecode.path!, request, diagnostics);
    machines.set(index, { program, path, container });
  });
  return machines;
}

function readBytecode(
  program: PlannedProgram, path: string, { span }: Name, request: BytecodeRequest, diagnostics: Diagnostics,
): Uint8Array | null {
  const file = path.endsWith('.fasm') ? assembled(program, path, request, diagnostics) : request.host.readBytes?.(path) ?? null;
  if (file === undefined) return null;
  if (file === null) {
    diagnostics.report('FX0925', span, path);
    return null;
  }
  const { fault, container } = readContainer(file);
  if (fault !== 'none') diagnostics.report('FX0926', span, path, FAULT_TEXTS[fault]);
  else if (container.set !== SET.name) diagnostics.report('FX0930', span, path, container.set);
  else checkNeeds(program, path, container, span, request.documents, diagnostics);
  return file;
}

/** Undefined if it is wrong, which was reported; null if it is not there. */
function assembled(
  program: PlannedProgram, path: string, { host, documents, sources }: BytecodeRequest, diagnostics: Diagnostics,
): Uint8Array | null | undefined {
  const text = host.read(path);
  if (text === null) return null;
  const sets = documents.find(({ name }) => name === SET.module)?.instructionSets ?? [];
  const set = sets.find((node) => node.set.name === SET.heading)?.set ?? null;
  const handles = program.grants.map(({ grant }, index): [string, number] => [handleName(grant), FIRST_PEER + index]);
  const name = isName(program.name) ? program.name : SET.name;
  const made = assemble(sources.add(path, text), {
    set: (wanted) => (wanted === SET.name ? set : null), defaultSet: { name: SET.name, profile: 0 }, constants: new Map(handles), name,
  }, diagnostics);
  return made ? writeContainer(made.container) : undefined;
}

/** A path that starts at the folder of a document. */
function fromDocument(document: string, path: string): string {
  const parts = document.split('/').slice(0, -1);
  for (const part of path.split('/')) {
    if (part === '..' && parts.length > 0) parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

function checkNeeds(
  program: PlannedProgram, path: string, container: Container, span: Name['span'], documents: readonly ModuleNode[],
  diagnostics: Diagnostics,
): void {
  const { name, options, grants } = program;
  const held = options.capabilities.map(({ text }) => text);
  const missing = CAPABILITIES.filter((capability, bit) => container.capabilities >> bit & 1 && !held.includes(capability));
  if (missing.length > 0) diagnostics.report('FX0927', span, path, list(missing), name);
  container.peers.forEach((peer, index) => {
    const grant = grants[index]?.grant;
    if (grant?.kind === 'agent' && grant.name.text === peer) return;
    diagnostics.report('FX0928', span, FIRST_PEER + index, path, peer, name, grant ? `for \`${grant.name.text}\`` : 'not there');
  });
  // As `vm.agent` lays it out: code, stacks, and behind them regions, in whose place the verifier has a word an instruction first.
  const own = (constantOf(documents, MACHINE, 'STACK') ?? 0) + (constantOf(documents, MACHINE, 'CALLS') ?? 0);
  const used = container.regions.reduce((sum, { size }) => sum + Math.ceil(size / 8) * 8, 0);
  const needed = Math.ceil(container.code.length / 8) * 8 + own * 8 + Math.max(used, container.code.length * 2, 8);
  const { regions } = options.bytecode!;
  if (needed > regions) diagnostics.report('FX0929', span, path, needed, name, regions);
}
