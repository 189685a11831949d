/**
 * The module `agents`: the programs of an image as the kernel sees them, written as a FLUX.MD text and compiled like any
 * other.
 *
 * What the documents say stands in it as it is. Where a program's parts lie and how large they are is known only when
 * it is linked, so the text names addresses of the module `image` for that (`PARTS`), and the linker fills them in.
 */
import { PAGE } from '../link/layout.ts';
import type { PlannedGrant, PlannedProgram, ProgramPlan } from './plan.ts';

/** Fields of `kernel.program.Program` that the linker knows, and whether each is an address of the image. */
const PARTS = {
  bytes: true, code_size: false, constant_size: false, data_size: false, zero_size: false, entry: false, finish: false, lines: true,
};
export type ProgramPart = keyof typeof PARTS;

/** The symbol of a part of program `index`. */
export function partSymbol(index: number, part: ProgramPart): string {
  return `image.${partName(index, part)}`;
}

function partName(index: number, part: ProgramPart): string {
  return `program_${index}_${part}`;
}

/** The names that the module `image` needs for a plan. */
export function partNames({ programs }: ProgramPlan): string[] {
  return programs.flatMap(({ options }, index) => [
    ...(Object.keys(PARTS) as ProgramPart[]).map((part) => partName(index, part)),
    ...(options.bytecode ? [machineName(index)] : []),
  ]);
}

/** The module as a document. */
export function agentsModule(plan: ProgramPlan, trace: boolean): { path: string; text: string } {
  const { programs, agents, topics } = plan;
  const declarations = [
    constant('COUNT', 'u64', String(programs.length)),
    constant('AGENTS', 'u64', String(agents)),
    constant('TRACE', 'bool', String(trace)),
    constant('MOST_PAGES', 'u64', String(Math.max(0, ...programs.map(({ options }) => Math.ceil(options.memory / PAGE))))),
    // What nobody in the system does, and so needs no code.
    constant('SPAWNS', 'bool', String(programs.some(({ grants }) => grants.some(({ grant }) => grant.kind === 'program')))),
    constant('DEVICES', 'bool', String(programs.some(({ grants }) => grants.some(({ grant }) => grant.kind === 'device')))),
    constant('HAS_TOPICS', 'bool', String(topics.length > 0)),
    constant('RESTARTS', 'bool', String(programs.some(({ options }) => options.restart.rule !== 'never'))),
    constant('HEARTBEATS', 'bool', String(programs.some(({ options }) => options.heartbeat > 0))),
    constant('SUPERVISORS', 'bool', String(programs.some(({ supervisor }) => supervisor >= 0))),
    constant('BYTECODE', 'bool', String(programs.some(({ options }) => options.bytecode !== null))),
    constant('AUTHORITY', 'u64', bits([...new Set(programs.flatMap(({ options }) => options.capabilities.map(({ text }) => text)))])),
    constant('TOPICS', `[${topics.length}][]u8`, items(topics.map((topic) => JSON.stringify(topic)))),
    ...programs.map(({ grants }, index) => {
      return grants.length === 0 ? '' : constant(`grants_${index}`, `[${grants.length}]program.Grant`, items(grants.map(grantText)));
    }),
    constant('PROGRAMS', `[${programs.length}]program.Program`, items(programs.map(programText))),
    constant('MACHINES', `[${programs.length}]program.Machine`, items(programs.map(machineText))),
  ];
  const uses = programs.length > 0 ? 'image, kernel.interface, kernel.program' : 'kernel.program';
  return { path: 'agents.flux.md', text: `---\nmodule: agents\nuses: [${uses}]\n---\n# Agents\n\n${declarations.join('')}` };
}

function programText({ name, options, grants, supervisor }: PlannedProgram, index: number): string {
  const fields: [string, string | number | boolean][] = [
    ['name', JSON.stringify(name)],
    ...(Object.keys(PARTS) as ProgramPart[]).map((part): [string, string] => {
      const address = `image.${partName(index, part)}`;
      return [part, PARTS[part] ? address : `${address} as u64`];
    }),
    ['priority', options.priority],
    ['restart', `.${options.restart.rule}`],
    ['restart_limit', options.restart.limit],
    ['restart_ticks', ticks(options.restart.milliseconds)],
    ['starts', options.starts],
    ['heartbeat', ticks(options.heartbeat)],
    ['authority', bits(options.capabilities.map(({ text }) => text))],
    ['memory', Math.ceil(options.memory / PAGE)],
    ['stack', Math.ceil(options.stack / PAGE)],
    ['supervisor', supervisor < 0 ? 'program.NOBODY' : supervisor],
  ];
  if (grants.length > 0) fields.push(['grants', `&grants_${index}`]);
  return `program.Program(${fields.map(([field, value]) => `${field}: ${value}`).join(', ')})`;
}

function machineText({ options }: PlannedProgram, index: number): string {
  if (!options.bytecode) return 'program.Machine()';
  return `program.Machine(status: image.${machineName(index)} as u64, takes: ${options.bytecode.path === null})`;
}

function machineName(index: number): string {
  return `program_${index}_machine`;
}

/** The symbol of the address that the status of a machine has in program `index`. */
export function machineSymbol(index: number): string {
  return `image.${machineName(index)}`;
}

/** Whole ticks, at least what was asked for. */
function ticks(milliseconds: number): string {
  return milliseconds === 0 ? '0' : `(${milliseconds} * interface.TICKS_PER_SECOND + 999) / 1000`;
}

/** Constants of the interface, together. */
function bits(names: readonly string[]): string {
  return names.length === 0 ? '0' : names.map((name) => `interface.${name}`).join(' | ');
}

function grantText({ grant, index }: PlannedGrant): string {
  const object = grant.kind === 'agent' ? 'process' : grant.kind;
  return `program.Grant(object: .${object}, rights: ${bits(rightsOf(grant))}, index: ${index})`;
}

function rightsOf({ kind, publishes, subscribes }: PlannedGrant['grant']): string[] {
  switch (kind) {
    case 'agent': return ['MAY_SEND', 'MAY_PASS'];
    case 'topic': return [...(publishes ? ['MAY_SEND'] : []), ...(subscribes ? ['MAY_SUBSCRIBE'] : []), 'MAY_PASS'];
    case 'device': return ['MAY_READ', 'MAY_WRITE', 'MAY_INTERRUPT'];
    case 'program': return ['MAY_SPAWN'];
  }
}

function items(texts: readonly string[]): string {
  return texts.length === 0 ? '[]' : `[\n${texts.map((text) => `    ${text},\n`).join('')}]`;
}

function constant(name: string, type: string, value: string): string {
  return `## const ${name}: ${type}\n\n\`\`\`flux\n${value}\n\`\`\`\n\n`;
}
