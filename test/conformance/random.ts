/** Random programs of the stack sets (`random.flux.md`) on each target: one hash a batch. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runImage } from '../../cli/qemu.ts';
import { OUTCOMES } from '../../cli/vm/conformance/cases.ts';
import { compile } from '../../fluxc/compile.ts';
import { compileWasm } from '../../fluxc/compile-wasm.ts';
import type { Host } from '../../fluxc/lang/host.ts';
import { HOST, readable } from '../host.ts';

export interface Plan {
  seed: number;
  batches: number;
  /** in a batch */
  programs: number;
}

/** What the programs of a plan were like. */
export interface Figures {
  bytes: number;
  steps: number;
  /** how many ended so */
  ends: Record<string, number>;
}

const FOLDER = 'test/conformance';
const MODULES: Record<string, string> = { 'random_programs.flux.md': 'random', 'random_host.flux.md': 'random_host', 'random_guest.flux.md': 'random_guest' };
const LINE = 'batch: ';

/** The repository, with the documents of this folder under the names of their modules. */
function hostOf(plan: Plan): Host {
  const constants = [['SEED', plan.seed], ['BATCHES', plan.batches], ['PROGRAMS', plan.programs]];
  const table = constants.map(([name, value]) => `| \`${name}\` | ${value} | \`u64\` | |`).join('\n');
  const text = `---\nmodule: random_plan\n---\n\n## const\n\n| name | value | type | meaning |\n|---|---|---|---|\n${table}\n`;
  return {
    ...HOST,
    read(path) {
      if (path === 'random_plan.flux.md') return text;
      return HOST.read(MODULES[path] ? `${FOLDER}/${MODULES[path]}.flux.md` : path);
    },
  };
}

type Exports = Record<string, (...values: bigint[]) => bigint>;

let compiled: Uint8Array | null = null;

/** The documents as WebAssembly; the plan has no part in them. */
function moduleBytes(plan: Plan): Uint8Array {
  if (compiled) return compiled;
  const result = compileWasm(hostOf(plan), { main: 'random_host.flux.md' });
  if (!result.output) throw new Error(readable(result));
  return (compiled = result.output.bytes);
}

/** A fresh instance that has begun with the plan's seed. */
function open(plan: Plan): (name: string, ...values: number[]) => bigint {
  const trap = (code: number) => {
    throw new Error(`trap ${code}`);
  };
  const vm = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes(plan)), { fluxos: { trap } }).exports as unknown as Exports;
  const call = (name: string, ...values: number[]) => vm[`random_host.${name}`]!(...values.map(BigInt));
  call('begin', plan.seed);
  return call;
}

const hexadecimal = (value: bigint) => BigInt.asUintN(64, value).toString(16);

export function runHere(plan: Plan): { hashes: string[]; figures: Figures } {
  const call = open(plan);
  const hashes: string[] = [];
  for (let batch = 0; batch < plan.batches; batch++) hashes.push(hexadecimal(call('batch', plan.programs)));
  const ends = Object.fromEntries(OUTCOMES.map((outcome, number) => [outcome, Number(call('ends', number))]));
  return { hashes, figures: { bytes: Number(call('bytes')), steps: Number(call('steps')), ends } };
}

/** `seconds`: how long the guest may take. */
export async function runInGuest(plan: Plan, board: string, seconds: number): Promise<string[]> {
  const result = compile(hostOf(plan), { main: 'random_guest.flux.md', board });
  if (!result.output) throw new Error(readable(result));
  const { output } = result;
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-random-'));
  try {
    const image = join(folder, output.board.image.file);
    writeFileSync(image, output.image);
    const chunks: Uint8Array[] = [];
    const { status, complaint } = await runImage(output.board, image, { timeout: seconds, onConsole: (chunk) => chunks.push(chunk) });
    const lines = Buffer.concat(chunks).toString('latin1').replace(/\r/g, '').split('\n');
    const panic = lines.findIndex((line) => line.startsWith('panic: '));
    if (panic >= 0) throw new Error(lines.slice(panic).join('\n'));
    if (status !== 0) throw new Error(complaint || `status ${status} after ${lines.length} lines`);
    return lines.filter((line) => line.startsWith(LINE)).map((line) => line.slice(LINE.length));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
