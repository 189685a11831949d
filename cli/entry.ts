/**
 * Where the process starts: as a plain script, or out of a start-up snapshot that holds the loaded command.
 *
 * Loading and compiling the command costs more than most builds, so `scripts/bundle.mjs` runs this file once with
 * `--build-snapshot`: the heap with everything loaded, and the code of a first build of every architecture, becomes
 * `dist/fluxos.blob`. `dist/fluxos` starts from it.
 */
import { startupSnapshot } from 'node:v8';
import { compile } from '../fluxc/compile.ts';
import { evaluateBuildScript } from './build-script.ts';
import { HOME, readerOf } from './host.ts';
import { main } from './main.ts';

/** Boards whose builds leave their code in the snapshot: one an architecture. */
const REHEARSED = ['qemu-x86_64', 'qemu-arm64', 'qemu-riscv64'];

if (startupSnapshot.isBuildingSnapshot()) {
  const host = { read: readerOf([HOME]), evaluate: evaluateBuildScript };
  for (const board of REHEARSED) compile(host, { main: 'examples/hello.flux.md', board });
  startupSnapshot.setDeserializeMainFunction(() => start(process.argv.slice(1)));
} else start(process.argv.slice(2));

function start(args: string[]): void {
  // Standard input may still be open for a guest that has ended: leave at once.
  void main(args).then((status) => process.exit(status));
}
