/** `fluxos inspect --html`: writes the page, with a boot of the image in QEMU where there is one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { type BootSteps, bootSteps } from '../boot-steps.ts';
import { Interrupts } from '../interrupt.ts';
import { failure, type Output } from '../output.ts';
import { imagePage } from '../page/image-page.ts';
import { type Project, reasonOf } from '../project.ts';
import { canRun } from '../qemu.ts';
import { type Compiled, makeFolder, shown } from './build.ts';

export interface PageOptions {
  output?: string;
  /** `--no-run` */
  run?: boolean;
}

export async function writePage(project: Project, compiled: Compiled, output: Output, options: PageOptions): Promise<number> {
  const path = resolve(options.output ?? join(project.folder, 'build', project.board, `${project.name}.html`));
  const interrupts = new Interrupts();
  const boot = options.run === false ? 'Left out: the page was written with --no-run.' : await bootOf(compiled, output, interrupts.signal);
  interrupts.end();
  if (interrupts.status !== null) return interrupts.status;
  const text = imagePage({ name: project.name, ...compiled, boot });
  try {
    makeFolder(dirname(path));
    writeFileSync(path, text);
  } catch (error) {
    output.diagnostics(failure('FX0805', shown(path), reasonOf(error)), new Sources());
    return 1;
  }
  const isKnown = typeof boot !== 'string';
  output.json({ board: project.board, page: path, boot: isKnown ? boot : null, withoutBoot: isKnown ? null : boot });
  output.line(`${shown(path)}: open it in a browser`);
  if (typeof boot === 'string' && options.run !== false) output.remark(boot);
  return 0;
}

/** How the image boots, or a sentence that says why that is not known. */
async function bootOf({ compilation, sources }: Compiled, output: Output, cancel: AbortSignal): Promise<BootSteps | string> {
  const diagnostics = new Diagnostics();
  if (!(await canRun(compilation.board, diagnostics))) {
    return `How it boots is not known: ${diagnostics.list.map(({ message }) => message).join('; ')}.`;
  }
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-page-'));
  const image = join(folder, compilation.board.image.file);
  writeFileSync(image, compilation.image);
  output.progress(`booting ${compilation.board.id}`);
  const steps = await bootSteps(compilation, sources, image, cancel);
  output.endProgress();
  rmSync(folder, { recursive: true, force: true });
  return steps ?? 'How it boots is not known: QEMU counts instructions exactly only on machines with one core.';
}
