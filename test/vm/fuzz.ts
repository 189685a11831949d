/** Random programs on every target: the same seeds, and what each target makes of them (`fuzz.flux.md`). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Sources } from '../../fluxc/base/source.ts';
import { lowerAlone } from '../../fluxc/compile-wasm.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { PLAIN, renderDiagnostics } from '../../fluxc/diagnostics/render.ts';
import { TARGETS } from '../../fluxc/targets.ts';
import { showResult } from '../differential/corner.ts';
import { nativeCorner } from '../differential/native-corner.ts';
import { hostWith, ROOT } from '../host.ts';
import { instantiate } from './wasm.ts';

export interface Tally {
  bytes: number;
  accepted: number;
  executed: number;
  escaped: number;
  different: number;
  endless: number;
  untried: number;
}

const FIELDS = ['bytes', 'accepted', 'executed', 'escaped', 'different', 'endless', 'untried'] as const;
const FUZZ = readFileSync(join(ROOT, 'test/vm/fuzz.flux.md'), 'utf8');

/** As WebAssembly: the hash of each seed, and what was counted. `files` come before those of the repository. */
export function fuzzWasm(
  seeds: readonly number[], programs: number, files: Record<string, string> = {},
): { hashes: string[]; tallies: Tally[] } {
  const vm = instantiate('fuzz.flux.md', { 'fuzz.flux.md': FUZZ, ...files });
  const tallies: Tally[] = [];
  const hashes = seeds.map((seed) => {
    const hash = vm.call('fuzz.run', BigInt(seed), BigInt(programs)) as bigint;
    const view = new DataView(vm.memory().buffer, Number(vm.call('fuzz.tallied')));
    tallies.push(Object.fromEntries(FIELDS.map((name, index) => [name, Number(view.getBigUint64(8 * index, true))])) as unknown as Tally);
    return showResult({ kind: 'value', value: hash });
  });
  return { hashes, tallies };
}

/** As a program of Linux, under qemu-user where the architecture is another. */
export async function fuzzNative(name: 'x86_64' | 'arm64' | 'riscv64', seeds: readonly number[], programs: number): Promise<string[]> {
  const mains = seeds.map((seed) => `## fn main_${seed}(): u64\n\n\`\`\`flux\nreturn fuzz.run(${seed}, ${programs})\n\`\`\`\n`);
  const main = `---\nmodule: mains\nuses: [fuzz]\n---\n\n# Mains\n\n${mains.join('\n')}`;
  const sources = new Sources();
  const diagnostics = new Diagnostics();
  const lowered = lowerAlone(hostWith({ 'fuzz.flux.md': FUZZ, 'mains.flux.md': main }), { main: 'mains.flux.md' }, sources, diagnostics);
  if (!lowered) throw new Error(renderDiagnostics(diagnostics.list, sources, PLAIN));
  const batch = { module: lowered.module, mains: seeds.map((seed) => `mains.main_${seed}`) };
  return (await nativeCorner(TARGETS[name], { level: 2 }).run(batch)).map(showResult);
}
