/**
 * The module `machines`: the agents of an image that run bytecode, each a function that hands its container and what its
 * document gives it to `vm.agent`. Written as a FLUX.MD text and compiled like any other; null if there are no such agents.
 */
import type { PlannedProgram } from './plan.ts';

const MODULE = 'machines';
/** What runs them, and where their state can be read. */
const RUNNER = 'vm.agent';
export const MACHINE_STATUS = `${RUNNER}.status`;

const WORD = 8;
const WORDS_PER_LINE = 8;

export interface Machine {
  program: PlannedProgram;
  /** of the file that its document names */
  path: string | null;
  /** the container; null: another process brings it at run time */
  container: Uint8Array | null;
}

/** The function of a program that runs bytecode. */
export function machineFunction(index: number): string {
  return `${MODULE}.${functionName(index)}`;
}

function functionName(index: number): string {
  return `machine_${index}`;
}

/** `machines`: by the number of their program. */
export function machinesModule(machines: ReadonlyMap<number, Machine>): { path: string; text: string } | null {
  if (machines.size === 0) return null;
  const declarations = [...machines].map(([index, machine]) => machineText(index, machine));
  return { path: `${MODULE}.flux.md`, text: `---\nmodule: ${MODULE}\nuses: [${RUNNER}]\n---\n# Machines\n\n${declarations.join('')}` };
}

function machineText(index: number, { program, container }: Machine): string {
  const { grants, options: { bytecode, priority, heartbeat } } = program;
  const { fuel, regions } = bytecode!;
  const name = functionName(index);
  const words = Math.ceil(regions / WORD);
  const bytes = container ? `slice(&${name}_container as addr as *u8, ${container.length})` : '""';
  const constant = container ? block(`## const ${name}_container: [${Math.ceil(container.length / WORD)}]u64`, arrayText(container)) : '';
  const limits = 'agent.Limits(' +
    `fuel: ${fuel.total}, per_message: ${fuel.perMessage}, handles: ${grants.length}, priority: ${priority}, beats: ${heartbeat > 0})`;
  return constant + `## static ${name}_room: [${words}]u64\n\n` +
    block(`## fn ${name}(argument: u64): u32`, `return agent.run(${bytes}, &${name}_room, ${limits}, argument)`);
}

/** The bytes as words, the last one filled up with zeros: code must lie at a multiple of its size. */
function arrayText(bytes: Uint8Array): string {
  const padded = new Uint8Array(Math.ceil(bytes.length / WORD) * WORD);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  const words: string[] = [];
  for (let at = 0; at < padded.length; at += WORD) words.push(`0x${view.getBigUint64(at, true).toString(16)}`);
  const lines: string[] = [];
  for (let at = 0; at < words.length; at += WORDS_PER_LINE) lines.push(`    ${words.slice(at, at + WORDS_PER_LINE).join(', ')},\n`);
  return `[\n${lines.join('')}]`;
}

function block(heading: string, code: string): string {
  return `${heading}\n\n\`\`\`flux\n${code}\n\`\`\`\n\n`;
}
