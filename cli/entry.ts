/**
 * Where the process starts: as a plain script, or out of a start-up snapshot that holds the loaded command.
 *
 * Loading and compiling the command costs more than most builds. So `scripts/snapshot.mjs` runs this file once with
 * `--build-snapshot` and the name of a folder to build in: the heap with everything loaded, the documents of fluxos
 * parsed and the byte code of a first build of every architecture becomes `dist/fluxos.blob`.
 */
import { join } from 'node:path';
import { startupSnapshot } from 'node:v8';
import { NOWHERE } from '../fluxc/base/source.ts';
import { HOME } from './host.ts';
import { CODE, fillLibrary, LIBRARY } from './library.ts';
import { main } from './main.ts';

/** Builds that leave their code in the snapshot: a system with agents and one without, on one board an architecture. */
const REHEARSED = ['greeting', 'hello'].flatMap((example) => {
  return ['qemu-x86_64', 'qemu-arm64', 'qemu-riscv64'].map((board) => ({ example, board }));
});

if (startupSnapshot.isBuildingSnapshot()) {
  fillLibrary();
  void rehearse(process.argv[2]!);
  startupSnapshot.setDeserializeMainFunction(() => start(process.argv.slice(1)));
} else start(process.argv.slice(2));

/** Builds, and keeps what is made of the documents of fluxos. Node takes the snapshot when this is over. */
async function rehearse(folder: string): Promise<void> {
  CODE.keepBefore(LIBRARY.end);
  for (const { example, board } of REHEARSED) {
    const document = join(HOME, 'examples', `${example}.flux.md`);
    const status = await main(['build', document, '--board', board, '--output', join(folder, board)]);
    if (status !== 0) process.exit(status);
  }
  CODE.keepBefore(NOWHERE);
}

function start(args: string[]): void {
  // Standard input may still be open for a guest that has ended: leave at once.
  void main(args).then((status) => process.exit(status));
}
