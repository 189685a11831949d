/** Programs through the native back ends: passes, selection, allocation, linking, and a run by Linux or qemu-user. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { arch as hostArch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import type { Module } from '../../fluxc/fir/module.ts';
import { optimise, type PassOptions } from '../../fluxc/fir/passes/pipeline.ts';
import { link } from '../../fluxc/link/link.ts';
import { generate } from '../../fluxc/target/machine/generate.ts';
import type { Target } from '../../fluxc/target/machine/target.ts';
import { type Batch, type Corner, type ProgramResult, readResults } from './corner.ts';
import { runProcess } from './process.ts';
import { addRunner, ENTRY } from './runner.ts';
import { userElf } from './user-elf.ts';

const EMULATORS = { x86_64: 'qemu-x86_64', arm64: 'qemu-aarch64', riscv64: 'qemu-riscv64' };
const HOST = hostArch() === 'x64' ? 'x86_64' : hostArch();
const BASE = 0x400000;

export interface NativeOptions extends PassOptions {
  /** prove each register allocation, which takes longer than everything else */
  check?: boolean;
}

/** A static Linux program that runs `mains`. The module must be legalised. */
export function buildProgram(module: Module, mains: readonly string[], target: Target, check = false): Uint8Array {
  addRunner(module, mains, target.name);
  const diagnostics = new Diagnostics();
  const atoms = generate(module, target, diagnostics, { check });
  const linked = diagnostics.failed ? null
    : link({ module, atoms, target, sources: new Sources(), base: BASE, headerBytes: 0, entry: ENTRY }, diagnostics);
  if (!linked) throw new Error(diagnostics.list.map((diagnostic) => diagnostic.message).join('\n'));
  return userElf(linked, target);
}

export function nativeCorner(target: Target, options: NativeOptions): Corner {
  return {
    name: `${target.name} level ${options.level}${options.check ? ', checked' : ''}`,
    async run(batch: Batch): Promise<ProgramResult[]> {
      optimise(batch.module, target, options);
      const bytes = buildProgram(batch.module, batch.mains, target, options.check);
      const folder = await mkdtemp(join(tmpdir(), 'fluxos-native-'));
      try {
        const program = join(folder, 'batch');
        await writeFile(program, bytes);
        await chmod(program, 0o755);
        const run = HOST === target.name ? await runProcess(program, [], 60)
          : await runProcess(EMULATORS[target.name], [program], 120);
        return readResults(run.output, batch.mains.length);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}
